//! What a file is, told from its bytes and never from what its sender says: the kinds that are taken, on one screen.
//!
//! Neither SVG nor HTML is among them, nor anything else that a browser would run. A text is a text if its name says
//! so and it does not begin as markup does; a workbook must hold one, and no macros.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use zip::ZipArchive;

crate::choice! {
    /// The media types of attachments.
    pub enum MediaType {
        /// Photographs.
        Jpeg = "image/jpeg",
        /// Screenshots and drawings.
        Png = "image/png",
        /// Becomes one of the two above.
        Webp = "image/webp",
        /// Documents.
        Pdf = "application/pdf",
        /// Workbooks without macros.
        Xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        /// Measurements.
        Csv = "text/csv",
        /// Plain text.
        Text = "text/plain",
    }
}

impl MediaType {
    /// What names of such files end in; the first is given to a name that ends otherwise.
    pub(super) fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Jpeg => &["jpg", "jpeg"],
            Self::Png => &["png"],
            Self::Webp => &["webp"],
            Self::Pdf => &["pdf"],
            Self::Xlsx => &["xlsx"],
            Self::Csv => &["csv"],
            Self::Text => &["txt", "log"],
        }
    }
}

/// What is said where a file is none of these.
pub(super) const TAKEN: &str = "must be a picture (JPEG, PNG, WebP), a PDF, a workbook (.xlsx without macros), or a text (.csv, .txt, .log)";

/// What a file is; none where it is not taken. `name` is what its sender calls it.
pub(super) fn of(path: &Path, name: &str) -> io::Result<Option<MediaType>> {
    let mut head = [0; 16];
    let read = read_up_to(&mut File::open(path)?, &mut head)?;
    let head = head.get(..read).unwrap_or_default();
    Ok(match head {
        [0xFF, 0xD8, 0xFF, ..] => Some(MediaType::Jpeg),
        [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => Some(MediaType::Png),
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'E',
            b'B',
            b'P',
            ..,
        ] => Some(MediaType::Webp),
        [b'%', b'P', b'D', b'F', b'-', ..] => Some(MediaType::Pdf),
        [b'P', b'K', 3, 4, ..] => is_workbook(path)?.then_some(MediaType::Xlsx),
        _ => {
            let kinds = [MediaType::Csv, MediaType::Text];
            let end = extension(name).map(str::to_ascii_lowercase);
            let by_name = kinds.into_iter().find(|kind| {
                let ends = kind.extensions();
                end.as_deref().is_some_and(|end| ends.contains(&end))
            });
            match by_name {
                Some(kind) => is_text(path)?.then_some(kind),
                None => None,
            }
        }
    })
}

/// What stands behind the last point of a name.
pub(super) fn extension(name: &str) -> Option<&str> {
    name.rsplit_once('.').map(|(_, end)| end)
}

fn read_up_to(file: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    loop {
        let rest = buffer.get_mut(filled..).unwrap_or_default();
        match file.read(rest)? {
            0 => return Ok(filled),
            read => filled += read,
        }
    }
}

/// A package with a workbook in it; its parts are named, not unpacked.
fn is_workbook(path: &Path) -> io::Result<bool> {
    let Ok(package) = ZipArchive::new(BufReader::new(File::open(path)?)) else {
        return Ok(false);
    };
    let (mut types, mut workbook, mut macros) = (false, false, false);
    for name in package.file_names() {
        let Ok(name) = name else {
            return Ok(false);
        };
        let name = name.to_ascii_lowercase();
        types |= name == "[content_types].xml";
        workbook |= name == "xl/workbook.xml";
        macros |= name.ends_with(".bin") && name.contains("vba");
    }
    Ok(types && workbook && !macros)
}

/// No control characters, in whatever encoding that has none, and not the beginning of markup.
fn is_text(path: &Path) -> io::Result<bool> {
    let mut file = BufReader::new(File::open(path)?);
    let (mut piece, mut is_begun) = (vec![0; 1 << 16], false);
    loop {
        let read = read_up_to(&mut file, &mut piece)?;
        let bytes = piece.get(..read).unwrap_or_default();
        let is_control = |byte: &u8| {
            (*byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0C)) || *byte == 0x7F
        };
        if bytes.iter().any(is_control) {
            return Ok(false);
        }
        let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let mut marks = text.iter().filter(|byte| !byte.is_ascii_whitespace());
        if let (Some(first), false) = (marks.next(), is_begun) {
            if *first == b'<' {
                return Ok(false);
            }
            is_begun = true;
        }
        if read < piece.len() {
            return Ok(true);
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use std::io::Write;

    use zip::write::SimpleFileOptions;

    use super::*;

    fn kind(name: &str, bytes: &[u8]) -> Option<MediaType> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        of(file.path(), name).unwrap()
    }

    fn package(parts: &[&str]) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
        for part in parts {
            zip.start_file(*part, SimpleFileOptions::default()).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    #[test]
    fn a_file_is_what_its_bytes_say() {
        assert_eq!(kind("x.exe", b"%PDF-1.7 ..."), Some(MediaType::Pdf));
        assert_eq!(kind("x.png", b"\xFF\xD8\xFF\xE0"), Some(MediaType::Jpeg));
        assert_eq!(kind("x", b"\x89PNG\r\n\x1a\n"), Some(MediaType::Png));
        assert_eq!(kind("x", b"RIFF\0\0\0\0WEBPVP8 "), Some(MediaType::Webp));
        assert_eq!(
            kind("a.csv", "Maß;1,5\r\n".as_bytes()),
            Some(MediaType::Csv)
        );
        assert_eq!(kind("a.CSV", b"Ma\xDF;1,5\r\n"), Some(MediaType::Csv));
        assert_eq!(kind("a.txt", b" a < b"), Some(MediaType::Text));
        let workbook = ["[Content_Types].xml", "xl/workbook.xml"];
        assert_eq!(kind("a.zip", &package(&workbook)), Some(MediaType::Xlsx));
    }

    #[test]
    fn what_a_browser_might_run_is_not_taken() {
        let svg = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>";
        for name in ["a.svg", "a.txt", "a.csv", "a.png", "a"] {
            assert_eq!(kind(name, svg), None, "{name}");
            assert_eq!(
                kind(name, b"\xEF\xBB\xBF \n<!doctype html>"),
                None,
                "{name}"
            );
            assert_eq!(kind(name, b"GIF89a/*\x01\0*/=1;alert(1)"), None, "{name}");
            assert_eq!(kind(name, b"MZ\x90\0"), None, "{name}");
            assert_eq!(kind(name, &package(&["a.txt"])), None, "{name}");
        }
        let macros = [
            "[Content_Types].xml",
            "xl/workbook.xml",
            "xl/vbaProject.bin",
        ];
        assert_eq!(kind("a.xlsx", &package(&macros)), None);
        assert_eq!(kind("a.html", b"plain words"), None);
        assert_eq!(kind("a.js", b"alert(1)"), None);
        assert_eq!(kind("a.txt", b"a\0b"), None);
        assert_eq!(kind("a.xlsx", b"PK\x03\x04 and nothing more"), None);
    }
}
