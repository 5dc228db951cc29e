//! Attachments: rows on every database, bytes in the store. What a file is, its bytes say; pictures lose all that is
//! not to be seen; nothing is lost, and what nobody names is thrown away after a day.

use std::io::{Cursor, Write};

use chrono::TimeDelta;
use entity::setting;
use futures_util::TryStreamExt;
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ExtendedColorType, ImageEncoder, ImageFormat, RgbImage, RgbaImage};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait};
use serde_json::json;
use service::actor::Actor;
use service::archive::Upload;
use service::defects::Written;
use service::defects::attachments::{self, AttachmentView, Incoming, MediaType};
use service::role::Role;
use service::version::IfMatch;
use service::words::Status;
use service::{Error, Result, store};
use testkit::{Engine, TestSystem, defect, each_db};

use crate::chain::{by_hand, untold};
use crate::plant::{ANY, assert_intact, body, count, history_of, kind, refused, sent};

/// A file that has come.
fn incoming(name: &str, bytes: &[u8]) -> Incoming {
    let mut upload = Upload::begin_attachment(&std::env::temp_dir()).unwrap();
    upload.push(bytes).unwrap();
    Incoming {
        name: name.to_owned(),
        arrived: upload.end().unwrap(),
    }
}

async fn attach(
    t: &TestSystem,
    actor: &Actor,
    record: i64,
    (name, bytes): (&str, &[u8]),
) -> Result<Written<AttachmentView>> {
    attachments::add(t, actor, record, &ANY, incoming(name, bytes), None).await
}

async fn void(t: &TestSystem, role: Role, record: i64, id: i64) -> Result<Written<AttachmentView>> {
    let (actor, reason) = (
        t.member(role).await,
        body(json!({"reason": "Another part."})),
    );
    attachments::void(t, &actor, (record, id), &ANY, &reason, None).await
}

/// The content, or the thumbnail.
async fn bytes(t: &TestSystem, record: i64, id: i64, small: bool) -> Vec<u8> {
    let viewer = t.member(Role::Viewer).await;
    let download = match small {
        true => attachments::thumbnail_of(t, &viewer, record, id)
            .await
            .unwrap(),
        false => attachments::content_of(t, &viewer, record, id)
            .await
            .unwrap(),
    };
    let content = attachments::read(t, &download).await.unwrap();
    let pieces: Vec<_> = content.bytes.try_collect().await.unwrap();
    pieces.concat()
}

const CSV: (&str, &[u8]) = ("bore.csv", b"1.5;2.5\n");

each_db! {
    async fn an_attachment_is_told_by_its_record_and_does_not_move_the_version(t: TestSystem) {
        let operator = t.member(Role::Operator).await;
        let record = t.report(&t.member(Role::Inspector).await, defect()).await.item;
        let added = attach(&t, &operator, record.id, ("C:\\fakepath\\bore.csv", CSV.1)).await.unwrap();
        assert_eq!(added.item.sha256.len(), 64);
        let person = json!({"id": operator.id, "name": operator.name});
        let expected = json!({
            "id": added.item.id, "file_name": "bore.csv", "media_type": "text/csv", "byte_count": 8,
            "sha256": added.item.sha256, "width": null, "height": null, "has_thumbnail": false,
            "created_at": "2026-11-20T08:00:00.000000Z", "created_by": person,
            "voided_at": null, "voided_by": null, "void_reason": null,
        });
        assert_eq!((sent(&added.item), added.version), (expected, record.version));
        assert_eq!(bytes(&t, record.id, added.item.id, false).await, CSV.1);
        let viewer = t.member(Role::Viewer).await;
        assert_eq!(attachments::show(&t, &viewer, record.id, added.item.id).await.unwrap(), added.item);
        let none = attachments::thumbnail_of(&t, &viewer, record.id, added.item.id).await;
        assert!(matches!(none, Err(Error::NotFound("thumbnail"))));
        let again = attach(&t, &operator, record.id, ("again.csv", CSV.1)).await.unwrap().item;
        assert_eq!(again.sha256, added.item.sha256, "the same content is there once");
        let all = attachments::list(&t, &viewer, record.id, &body(json!({}))).await.unwrap().items;
        assert_eq!(all, [added.item.clone(), again]);
        let told = &history_of(&t, record.id).await[1];
        assert_eq!(told.field, Some(format!("attachments/{}", added.item.id)));
        assert_eq!(told.new_value["sha256"], added.item.sha256);
        by_hand(&t, format!("UPDATE attachment SET sha256 = 'x' WHERE id = {}", added.item.id)).await;
        assert_eq!(untold(&t, record.id).await, [format!("attachments/{}", added.item.id)]);
    }

    async fn what_was_attached_in_error_is_void_and_stays(t: TestSystem) {
        let inspector = t.member(Role::Inspector).await;
        let record = t.report(&inspector, defect().major()).await.item.id;
        let [own, other] = [
            attach(&t, &inspector, record, CSV).await.unwrap().item.id,
            attach(&t, &inspector, record, CSV).await.unwrap().item.id,
        ];
        for role in [Role::Operator, Role::TechEngineer, Role::Admin, Role::Viewer] {
            assert_eq!(kind(&void(&t, role, record, own).await), "forbidden", "{role}");
        }
        let voided = void(&t, Role::Inspector, record, own).await.unwrap().item;
        assert_eq!(voided.void_reason.as_deref(), Some("Another part."));
        void(&t, Role::QualityEngineer, record, other).await.unwrap();
        assert_eq!(kind(&void(&t, Role::QualityManager, record, own).await), "wrong state");
        assert_eq!(bytes(&t, record, own, false).await, CSV.1);
        let told = history_of(&t, record).await.pop().unwrap();
        assert_eq!(told.field, Some(format!("attachments/{other}.is_void")));
        assert_eq!(told.reason.as_deref(), Some("Another part."));
        assert_intact(&t).await;
    }

    async fn nothing_is_attached_to_a_closed_record_or_by_those_who_only_read(t: TestSystem) {
        let manager = t.member(Role::QualityManager).await;
        let record = t.report(&t.member(Role::Inspector).await, defect().major()).await.item.id;
        let there = attach(&t, &manager, record, CSV).await.unwrap().item.id;
        let early = async |actor: &Actor, if_match: &IfMatch, record: i64| {
            kind(&attachments::may_add(&t, actor, record, if_match, false).await)
        };
        let viewer = t.member(Role::Viewer).await;
        assert_eq!(kind(&attach(&t, &viewer, record, CSV).await), "forbidden");
        assert_eq!(early(&viewer, &ANY, record).await, "forbidden");
        assert_eq!(early(&manager, &ANY, record + 1000).await, "not found");
        assert_eq!(early(&manager, &IfMatch::Versions(vec![99]), record).await, "version stale");
        assert_eq!(early(&manager, &ANY, record).await, "ok");
        t.bring(record, Status::Closed).await;
        assert_eq!(early(&manager, &ANY, record).await, "wrong state");
        assert_eq!(kind(&attach(&t, &manager, record, CSV).await), "wrong state");
        assert_eq!(kind(&void(&t, Role::QualityManager, record, there).await), "wrong state");
        assert_eq!(count(&t, "attachment").await, 1);
        assert_intact(&t).await;
    }

    async fn files_that_no_row_names_for_a_day_are_thrown_away(t: TestSystem) {
        let inspector = t.member(Role::Inspector).await;
        let record = t.report(&inspector, defect()).await.item.id;
        let named = attach(&t, &inspector, record, CSV).await.unwrap().item;
        let orphan = t.files.put(bytes::Bytes::from_static(b"nobody's")).await.unwrap();
        // The store's own clock says when a file came; the test's clock stands where it was set.
        t.clock.advance(chrono::Utc::now().fixed_offset() - t.clock.now());
        assert_eq!(store::sweep(&t).await.unwrap(), 0, "not before a day is over");
        t.clock.advance(TimeDelta::hours(25));
        assert_eq!(store::sweep(&t).await.unwrap(), 1);
        assert!(!t.files.has(&orphan).await.unwrap());
        assert!(t.files.has(&named.sha256).await.unwrap());
        assert_eq!(store::sweep(&t).await.unwrap(), 0);
        // Another database with the same files throws nothing away, though it were a copy of this one.
        let orphan = t.files.put(bytes::Bytes::from_static(b"this one's")).await.unwrap();
        let owner = setting::Entity::find_by_id("files_owner").one(t.db.reader()).await.unwrap().unwrap();
        let was = owner.content.clone();
        for (is_ours, owner) in [(false, "0".repeat(32)), (true, was)] {
            let own = setting::ActiveModel { name: Set("files_owner".to_owned()), content: Set(owner) };
            t.db.write(move |tx| {
                let own = own.clone();
                Box::pin(async move { own.update(tx).await.map(drop).map_err(service::Error::from) })
            })
            .await
            .unwrap();
            t.clock.advance(TimeDelta::hours(25));
            assert_eq!(store::sweep(&t).await.unwrap(), u64::from(is_ours));
            assert_eq!(t.files.has(&orphan).await.unwrap(), !is_ours);
        }
    }
}

/// A picture with a dark left and a light right half.
fn halves(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, _| {
        image::Rgb(if x < width / 2 { [20; 3] } else { [230; 3] })
    })
}

/// A photograph, as a telephone takes it: turned, and with the place where it was taken.
fn photograph() -> Vec<u8> {
    let (picture, mut jpeg) = (halves(400, 200), Vec::new());
    let mut encoder = JpegEncoder::new_with_quality(&mut jpeg, 95);
    // One entry: orientation 6, a quarter turn to the right.
    let mut exif = b"II\x2a\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0".to_vec();
    exif.extend_from_slice(b"GPS 48.137N 11.575E");
    encoder.set_exif_metadata(exif).unwrap();
    encoder
        .write_image(picture.as_raw(), 400, 200, ExtendedColorType::Rgb8)
        .unwrap();
    jpeg
}

fn written(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[test]
fn a_photograph_loses_where_it_was_taken_and_stands_upright() {
    testkit::run(Engine::Sqlite, |t: TestSystem| async move {
        let inspector = t.member(Role::Inspector).await;
        let record = t.report(&inspector, defect()).await.item.id;
        let photograph = photograph();
        assert!(holds(&photograph, b"GPS 48.137N") && holds(&photograph, b"Exif"));
        let kept = attach(&t, &inspector, record, ("IMG_1.HEIC", &photograph))
            .await
            .unwrap()
            .item;
        assert_eq!(
            (kept.file_name.as_str(), kept.media_type),
            ("IMG_1.HEIC.jpg", MediaType::Jpeg)
        );
        assert_eq!(
            (kept.width, kept.height, kept.has_thumbnail),
            (Some(200), Some(400), true)
        );
        for small in [false, true] {
            let bytes = bytes(&t, record, kept.id, small).await;
            assert!(
                !holds(&bytes, b"GPS") && !holds(&bytes, b"Exif"),
                "thumbnail: {small}"
            );
            let picture = image::load_from_memory(&bytes).unwrap().to_luma8();
            let (width, height) = picture.dimensions();
            assert_eq!((width, height), if small { (160, 320) } else { (200, 400) });
            let (top, bottom) = (
                picture.get_pixel(width / 2, 5),
                picture.get_pixel(width / 2, height - 5),
            );
            assert!(
                top.0[0] < 60 && bottom.0[0] > 190,
                "it was turned: {top:?} above {bottom:?}"
            );
        }
        assert_eq!(
            kept.byte_count,
            bytes(&t, record, kept.id, false).await.len() as i64
        );
    });
}

#[test]
fn pictures_are_written_anew_whatever_hangs_on_them() {
    testkit::run(Engine::Sqlite, |t: TestSystem| async move {
        let inspector = t.member(Role::Inspector).await;
        let record = t.report(&inspector, defect()).await.item.id;
        let opaque = DynamicImage::ImageRgb8(halves(64, 64));
        let clear =
            DynamicImage::ImageRgba8(RgbaImage::from_pixel(64, 64, image::Rgba([9, 9, 9, 0])));
        for (picture, format, kind) in [
            (&opaque, ImageFormat::Png, "image/png"),
            (&clear, ImageFormat::Png, "image/png"),
            (&opaque, ImageFormat::WebP, "image/jpeg"),
            (&clear, ImageFormat::WebP, "image/png"),
        ] {
            let mut polyglot = written(picture, format);
            polyglot.extend_from_slice(b"<script>alert(1)</script>");
            let kept = attach(&t, &inspector, record, ("x", &polyglot))
                .await
                .unwrap()
                .item;
            assert_eq!(kept.media_type.word(), kind, "{format:?}");
            assert!(
                !holds(&bytes(&t, record, kept.id, false).await, b"<script>"),
                "{format:?}"
            );
            let small = image::load_from_memory(&bytes(&t, record, kept.id, true).await).unwrap();
            assert_eq!(small.width(), small.height(), "{format:?}");
        }
    });
}

#[test]
fn what_is_not_taken_leaves_nothing_behind() {
    testkit::run(Engine::Sqlite, |t: TestSystem| async move {
        let inspector = t.member(Role::Inspector).await;
        let record = t.report(&inspector, defect()).await.item.id;
        let huge = huge_png();
        let half = photograph();
        for (name, bytes, wrong) in [
            (
                "a.svg",
                b"<svg xmlns='http://www.w3.org/2000/svg'/>".as_slice(),
                "file media_type",
            ),
            (
                "a.html",
                b"<!doctype html><script>alert(1)</script>",
                "file media_type",
            ),
            ("a.txt", b"  <html>", "file media_type"),
            ("a.gif", b"GIF89a/*\x01\0*/=1;alert(1)", "file media_type"),
            ("a.exe", b"MZ\x90\0", "file media_type"),
            ("a.zip", b"PK\x03\x04nothing", "file media_type"),
            ("a.csv", b"", "file empty"),
            ("a.png", &huge, "file too_large"),
            (
                "a.png",
                b"\x89PNG\r\n\x1a\nand nothing more",
                "file damaged",
            ),
            ("a.jpg", &half[..300], "file damaged"),
        ] {
            let refused = refused(attach(&t, &inspector, record, (name, bytes)).await);
            assert_eq!(refused, [wrong], "{name}");
        }
        assert_eq!(count(&t, "attachment").await, 0);
        // A document that is a page as well is served as the document that it is, and never shown.
        let both = b"%PDF-1.7\n<html><script>alert(1)</script>";
        let kept = attach(&t, &inspector, record, ("x.html", both))
            .await
            .unwrap()
            .item;
        assert_eq!(
            (kept.file_name.as_str(), kept.media_type),
            ("x.html.pdf", MediaType::Pdf)
        );
    });
}

/// A PNG of 20,000 × 20,000 pixels in a few bytes: 1.2 GB, were it decoded.
fn huge_png() -> Vec<u8> {
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut chunk = |kind: &[u8; 4], data: &[u8]| {
        let part = [kind.as_slice(), data].concat();
        png.write_all(&u32::try_from(data.len()).unwrap().to_be_bytes())
            .unwrap();
        png.write_all(&part).unwrap();
        png.write_all(&crc(&part).to_be_bytes()).unwrap();
    };
    let side = 20_000_u32.to_be_bytes();
    chunk(
        b"IHDR",
        &[side.as_slice(), &side, &[8, 2, 0, 0, 0]].concat(),
    );
    chunk(b"IDAT", &[0x78, 0x9C, 0x03, 0, 0, 0, 0, 1]);
    chunk(b"IEND", &[]);
    png
}

fn crc(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 {
                (crc >> 1) ^ 0xEDB8_8320
            } else {
                crc >> 1
            }
        })
    };
    !bytes.iter().fold(!0, step)
}
