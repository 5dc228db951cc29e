#![expect(clippy::unwrap_used, reason = "a test")]

use std::io::{Cursor, Write};

use proptest::prelude::*;

use super::guard::{neutral, original};
use super::*;
use crate::part::NewPart;

fn columns() -> Vec<Column> {
    Column::all::<NewPart>()
}

fn csv(bytes: &[u8]) -> Result<Sheet> {
    super::read(Format::Csv, bytes, &columns(), &["number"])
}

fn texts(sheet: &Sheet) -> Vec<Vec<&str>> {
    let text = |cell| Content::text(cell).unwrap_or("-");
    let rows = sheet.rows.iter();
    rows.map(|row| row.cells.iter().map(text).collect())
        .collect()
}

/// `place code` of everything that is refused.
fn refused<T: std::fmt::Debug>(result: Result<T>) -> Vec<String> {
    match result.unwrap_err() {
        Error::Invalid(errors) => errors
            .iter()
            .map(|error| format!("{} {}", error.field, error.code))
            .collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_spreadsheets_write_is_read_alike() {
    let expected = vec![vec!["PN-1", "Größe 5"], vec!["PN-2", "a\r\nb \"c\";"]];
    let plain = "number,name\r\nPN-1,Größe 5\r\n\r\nPN-2,\"a\r\nb \"\"c\"\";\"\r\n";
    let semicolons = "Number ; NAME\nPN-1;Größe 5\n;\nPN-2;\"a\r\nb \"\"c\"\";\"";
    let tabs = "number\tname\rPN-1\tGröße 5\r\rPN-2\t\"a\r\nb \"\"c\"\";\"\r";
    let mut marked = b"\xEF\xBB\xBF".to_vec();
    marked.extend(plain.as_bytes());
    let mut wide = b"\xFF\xFE".to_vec();
    wide.extend(tabs.encode_utf16().flat_map(u16::to_le_bytes));
    let latin: Vec<u8> = plain.chars().map(|sign| sign as u8).collect();
    let files: [&[u8]; 6] = [
        plain.as_bytes(),
        semicolons.as_bytes(),
        tabs.as_bytes(),
        &marked,
        &wide,
        &latin,
    ];
    for file in files {
        let sheet = csv(file).unwrap();
        assert_eq!(texts(&sheet), expected, "{}", String::from_utf8_lossy(file));
        assert_eq!(sheet.rows[1].number, 4, "empty rows count");
    }
}

#[test]
fn bytes_that_may_be_anything_are_refused_where_they_stand() {
    let mixed = b"number,name\nPN-1,Gr\xC3\xB6\xC3\x9Fe\nPN-2,Gr\xF6\xDFe\n";
    let chinese = b"number,name\nPN-1,\xB7\xA8\xC0\xBC\n";
    let undefined = b"number,name\nPN-1,a\x81b\n";
    for file in [&mixed[..], chinese, undefined] {
        let sheet = csv(file).unwrap();
        let errors = sheet.body(&sheet.rows[0]).unwrap_err();
        assert_eq!(errors[0].field, "rows[2].name");
        assert!(errors[0].message.contains("UTF-8"), "{errors:?}");
    }
}

#[test]
fn headings_that_are_not_in_order_are_named() {
    let of = |text: &str| refused(csv(text.as_bytes()));
    assert_eq!(of(""), ["rows[1] required"]);
    assert_eq!(
        of("\n\nnumber\n"),
        ["rows[1] required", "rows[1].number required"]
    );
    assert_eq!(of("name\nx\n"), ["rows[1].number required"]);
    assert_eq!(
        of("number,colour,name,number\n"),
        ["rows[1].colour unknown", "rows[1].number duplicate"]
    );
    assert_eq!(of("number,name\nPN-1,x,y\n"), ["rows[2] unknown"]);
    assert_eq!(of("number,name\nPN-1,\"x\n"), ["rows[2].column 2 format"]);
    assert_eq!(of("number,name\n\"PN\"-1,x\n"), ["rows[2].column 1 format"]);
    let long = format!("number\n{}", "x\n".repeat(MOST_ROWS + 1));
    assert_eq!(of(&long), [format!("rows[{}] range", MOST_ROWS + 2)]);
    assert!(
        csv(b"number,name,,\nPN-1,x,,\n").is_ok(),
        "empty cells at the end"
    );
}

#[test]
fn a_row_is_the_body_of_a_request() {
    let file = "number,revision,name,unit_cost,is_active\n007,A,Bolt,\"2,5\",TRUE\n";
    let sheet = csv(file.as_bytes()).unwrap();
    let body = sheet.body(&sheet.rows[0]).unwrap();
    let expected = serde_json::json!(
        {"number": "007", "revision": "A", "name": "Bolt", "unit_cost": "2,5", "is_active": true}
    );
    assert_eq!(body, expected);
}

#[test]
fn a_workbook_is_read_as_it_is_shown() {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (column, heading) in (0_u16..).zip(["number", "name", "unit_cost", "is_active"]) {
        sheet.write(0, column, heading).unwrap();
    }
    sheet.write(2, 0, 1001).unwrap();
    sheet.write(2, 1, "Größe 5 🙂").unwrap();
    sheet.write(2, 2, 0.1 + 0.2).unwrap();
    sheet.write(2, 3, true).unwrap();
    sheet.write(3, 0, 12_345_678_901_234_567_i64).unwrap();
    let bytes = book.save_to_buffer().unwrap();
    let sheet = super::read(Format::Xlsx, &bytes, &columns(), &["number"]).unwrap();
    assert_eq!(sheet.rows.len(), 2);
    assert_eq!(texts(&sheet)[0], ["1001", "Größe 5 🙂", "0.3", "true"]);
    assert_eq!(sheet.rows[0].number, 3);
    let errors = sheet.body(&sheet.rows[1]).unwrap_err();
    assert_eq!(errors[0].field, "rows[4].number");
}

#[test]
fn two_cells_in_opposite_corners_are_no_table() {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write(0, 0, "number").unwrap();
    sheet.write(1_048_575, 16_383, "far").unwrap();
    let bytes = book.save_to_buffer().unwrap();
    let read = super::read(Format::Xlsx, &bytes, &columns(), &[]);
    assert_eq!(refused(read), ["rows[1048576] range"]);
}

/// A zip with one file of so many zeros beside the parts of a workbook.
fn bomb(size: usize) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    archive
        .start_file("xl/worksheets/sheet1.xml", options)
        .unwrap();
    let zeros = vec![0; 1024 * 1024];
    for _ in 0..size / zeros.len() {
        archive.write_all(&zeros).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[test]
fn what_unfolds_to_too_much_is_never_read() {
    let bomb = bomb(64 * 1024 * 1024);
    assert!(bomb.len() < 100_000);
    let mut lying = bomb.clone();
    // The size in the directory and in the file's head says 1 kB.
    let size = (64_u32 * 1024 * 1024).to_le_bytes();
    for place in 0..lying.len() - 4 {
        if lying[place..place + 4] == size {
            lying[place..place + 4].copy_from_slice(&1024_u32.to_le_bytes());
        }
    }
    for bytes in [&bomb, &lying] {
        let error = super::read(Format::Xlsx, bytes, &columns(), &[]).unwrap_err();
        assert!(matches!(error, Error::Unreadable(_)), "{error:?}");
    }
    for bytes in [
        &b""[..],
        b"PK\x03\x04",
        b"number,name\n",
        &bomb[..bomb.len() / 2],
    ] {
        let error = super::read(Format::Xlsx, bytes, &columns(), &[]).unwrap_err();
        assert!(matches!(error, Error::Unreadable(_)), "{error:?}");
    }
}

#[test]
fn templates_have_every_column_and_can_be_read_back() {
    for format in [Format::Csv, Format::Xlsx] {
        let bytes = template(format, "parts", &columns()).unwrap();
        let sheet = super::read(format, &bytes, &columns(), &["number", "revision", "name"]);
        let sheet = sheet.unwrap();
        assert_eq!(sheet.columns, columns());
        assert!(sheet.rows.is_empty());
    }
    let codes = Column::all::<crate::code::NewCode>();
    let names: Vec<_> = codes.iter().map(|column| column.name.as_str()).collect();
    let labels = ["labels.en", "labels.es", "labels.zh"];
    assert!(labels.iter().all(|name| names.contains(name)), "{names:?}");
}

#[test]
fn formulas_are_neutralised_in_both_forms() {
    let cells = [
        "=1+1", "+1", "-1", "@x", "\tx", "\rx", "'=1", "'x", "a=1", "ok",
    ];
    for format in [Format::Csv, Format::Xlsx] {
        let (mut writer, mut bytes) = Writer::begin(format, "t", &["name"]).unwrap();
        let rows: Vec<_> = cells
            .iter()
            .map(|cell| vec![Cell::Text((*cell).to_owned())])
            .collect();
        bytes.extend(writer.push(&rows).unwrap());
        if let Some(mut file) = writer.end().unwrap() {
            std::io::Read::read_to_end(&mut file, &mut bytes).unwrap();
        } else {
            let text = String::from_utf8(bytes.clone()).unwrap();
            assert!(
                text.starts_with("name\r\n'=1+1\r\n'+1\r\n'-1\r\n'@x\r\n"),
                "{text}"
            );
            assert!(text.contains("\r\n''=1\r\n'x\r\na=1\r\nok\r\n"), "{text}");
        }
        let sheet = super::read(format, &bytes, &columns(), &[]).unwrap();
        let read: Vec<_> = texts(&sheet).into_iter().flatten().collect();
        assert_eq!(read, cells, "{format}");
    }
}

#[test]
fn a_cell_that_is_too_long_for_a_workbook_says_that_it_was_cut() {
    let long = "🙂".repeat(20_000);
    let (mut writer, _) = Writer::begin(Format::Xlsx, "t", &["name"]).unwrap();
    let rows = [
        vec![Cell::Text(long)],
        vec![Cell::Text("\u{FFFF}\u{1}".to_owned())],
    ];
    writer.push(&rows).unwrap();
    let mut bytes = Vec::new();
    let mut file = writer.end().unwrap().unwrap();
    std::io::Read::read_to_end(&mut file, &mut bytes).unwrap();
    let sheet = super::read(Format::Xlsx, &bytes, &columns(), &[]).unwrap();
    let text = sheet.rows[0].cells[0].text().unwrap();
    assert!(text.ends_with("(cut: a cell holds no more)"));
    assert!(text.encode_utf16().count() <= 32_767);
}

proptest! {
    #[test]
    fn what_was_neutralised_is_the_same_again(text in "['=+@\\-\\t\\r\\n＝a]{0,6}") {
        let neutral = neutral(&text);
        prop_assert!(!neutral.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝']));
        prop_assert_eq!(original(&neutral), text.as_str());
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = super::read(Format::Csv, &bytes, &columns(), &[]);
        let mut text = b"number,name\n".to_vec();
        text.extend(&bytes);
        if let Ok(sheet) = super::read(Format::Csv, &text, &columns(), &[]) {
            for row in &sheet.rows {
                prop_assert_eq!(row.cells.len(), sheet.columns.len());
            }
        }
    }
}
