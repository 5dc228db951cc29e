//! Sheets of paper: printed by Chromium, one after the other, and their codes read from pictures of them.
//!
//! What is printed is kept in `target/paper`, to be looked at. Paper depends on no database, so that this is tried on SQLite.

use std::fs;
use std::path::Path;

use image::GrayImage;
use image::imageops::FilterType;
use rqrr::PreparedImage;
use testkit::Engine;

use crate::code128;
use crate::furnished::{PLAIN, furnish};
use crate::sheets::{SHEETS, Sheet};
use crate::site::{self, Site};

#[test]
fn every_sheet_is_printed_on_its_paper() {
    site::run(Engine::Sqlite, print_all);
}

#[test]
fn codes_are_read_from_what_a_label_printer_prints() {
    site::run(Engine::Sqlite, scan_all);
}

async fn print_all(site: Site) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/paper");
    fs::create_dir_all(&folder).unwrap();
    let made = furnish(&site, &PLAIN).await;
    let browser = site.everybody().await;
    let mut wrong = Vec::new();
    for sheet in SHEETS {
        browser.open(&made.address(sheet.address)).await;
        let pdf = browser.print().await;
        fs::write(folder.join(format!("{}.pdf", sheet.name)), &pdf).unwrap();
        wrong
            .extend(misprint(sheet, &pages_of(&pdf)).map(|what| format!("{}: {what}", sheet.name)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Points of PDF in a millimetre.
const POINTS: f64 = 72.0 / 25.4;

/// By how many millimetres a page may differ: Chromium counts in whole dots of the screen.
const TOLERANCE: f64 = 0.5;

/// What is wrong with the pages of a sheet, given by their sizes.
fn misprint(sheet: &Sheet, pages: &[(f64, f64)]) -> Option<String> {
    if !(1..=sheet.most_pages).contains(&pages.len()) {
        return Some(format!("{} pages", pages.len()));
    }
    let is_same = |one: f64, other: f64| (one - other).abs() <= TOLERANCE;
    let mut sizes = pages.iter();
    let other = sizes
        .find(|(width, height)| !is_same(*width, sheet.size.0) || !is_same(*height, sheet.size.1));
    other.map(|(width, height)| format!("a page of {width:.1} mm by {height:.1}"))
}

/// Width and height of each page of a PDF, in millimetres. Chromium writes the objects of pages in the clear, each with
/// its box.
fn pages_of(pdf: &[u8]) -> Vec<(f64, f64)> {
    let text = String::from_utf8_lossy(pdf);
    let objects = text.split("endobj");
    objects.filter_map(page_size).collect()
}

/// The size of an object that is a page.
fn page_size(object: &str) -> Option<(f64, f64)> {
    let (_, behind) = object.split_once("/Type /Page")?;
    // What lists the pages is called `/Pages`.
    if behind.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let (_, sides) = object.split_once("/MediaBox [")?;
    let (sides, _) = sides.split_once(']')?;
    let sides: Vec<f64> = sides
        .split_whitespace()
        .filter_map(|side| side.parse().ok())
        .collect();
    match sides[..] {
        [left, bottom, right, top] => Some(((right - left) / POINTS, (top - bottom) / POINTS)),
        _ => None,
    }
}

/// As label printers have them; office printers have more.
const DOTS_PER_INCH: f64 = 203.0;

async fn scan_all(site: Site) {
    let made = furnish(&site, &PLAIN).await;
    let (record, request) = (
        made.address("/defects/{record}"),
        made.address("/corrective-actions/{request}"),
    );
    let viewer = site.person("viewer").await;
    let (defect, corrective) = (viewer.get(&record).await, viewer.get(&request).await);
    let (tag, car) = (&defect["tag_number"], &corrective["car_number"]);
    let browser = site.everybody().await;
    browser.dots(DOTS_PER_INCH).await;
    // Of a tag the whole sheet is looked at, of a form its top.
    for (sheet, place, number, seen) in [
        (format!("{record}/tag"), &record, tag, "main"),
        (format!("{record}/tag?size=label"), &record, tag, "main"),
        (
            format!("{record}/tag?size=label&languages=en,es,zh"),
            &record,
            tag,
            "main",
        ),
        (format!("{record}/form"), &record, tag, ".top"),
        (format!("{record}/mrb"), &record, tag, ".top"),
        (format!("{request}/form"), &request, car, ".top"),
    ] {
        browser.open(&sheet).await;
        let picture = grey(&browser.picture_of(seen).await);
        assert_eq!(addresses_in(&picture), [site.url(place)], "{sheet}");
        let bars = grey(&browser.picture_of("svg.bars").await);
        let read = code128::read(&middle(&bars));
        assert_eq!(read.as_deref(), Some(number.as_str().unwrap()), "{sheet}");
    }
}

fn grey(png: &[u8]) -> GrayImage {
    image::load_from_memory(png).unwrap().into_luma8()
}

/// What the QR codes in a picture say. The reader is made for cameras, which see a module as more than three dots.
fn addresses_in(picture: &GrayImage) -> Vec<String> {
    let (width, height) = (picture.width() * 3, picture.height() * 3);
    let picture = image::imageops::resize(picture, width, height, FilterType::Triangle);
    let mut prepared =
        PreparedImage::prepare_from_greyscale(width as usize, height as usize, |x, y| {
            picture.get_pixel(x as u32, y as u32).0[0]
        });
    let found = prepared.detect_grids();
    let read = found.iter().filter_map(|grid| grid.decode().ok());
    read.map(|(_, text)| text).collect()
}

/// The line across the middle of a picture.
fn middle(picture: &GrayImage) -> Vec<u8> {
    let row = picture.height() / 2;
    let greys = (0..picture.width()).map(|x| picture.get_pixel(x, row).0[0]);
    greys.collect()
}
