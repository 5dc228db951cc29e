//! What a file is called: as its sender calls it, without folders, without what no file may be called anywhere, and
//! ending in what it is.

use super::kind::{MediaType, extension};

/// Characters of a name before its end.
const LONGEST: usize = 200;

/// A name for people and disks.
pub(super) fn clean(sent: &str, kind: MediaType) -> String {
    let name = sent.rsplit(['/', '\\']).next().unwrap_or_default();
    let visible = name.chars().filter(|c| !is_hidden(*c));
    let name: String = visible
        .map(|c| if "<>:\"|?*".contains(c) { '_' } else { c })
        .collect();
    let name = name.trim().trim_start_matches('.').trim_end_matches('.');
    let ends = kind.extensions();
    let (stem, end) = match extension(name) {
        Some(end) if ends.contains(&end.to_ascii_lowercase().as_str()) => {
            let stem = name.len() - end.len() - 1;
            (name.get(..stem).unwrap_or_default(), end)
        }
        _ => (name, ends.first().copied().unwrap_or_default()),
    };
    let stem: String = stem.chars().take(LONGEST).collect();
    let stem = match stem.trim() {
        "" => "attachment",
        stem => stem,
    };
    format!("{stem}.{end}")
}

/// Control characters, and those that turn the direction of what follows: `gpj.exe` would read as `exe.jpg`.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_no_folders_and_ends_in_what_the_file_is() {
        for (sent, kind, name) in [
            ("burr.JPG", MediaType::Jpeg, "burr.JPG"),
            ("../../etc/passwd", MediaType::Text, "passwd.txt"),
            ("C:\\Users\\ana\\Bore 12.pdf", MediaType::Pdf, "Bore 12.pdf"),
            ("invoice.exe", MediaType::Pdf, "invoice.exe.pdf"),
            ("photo.webp", MediaType::Jpeg, "photo.webp.jpg"),
            ("", MediaType::Png, "attachment.png"),
            ("..", MediaType::Png, "attachment.png"),
            (".htaccess", MediaType::Text, "htaccess.txt"),
            (".png", MediaType::Png, "png.png"),
            (
                "a\r\nSet-Cookie: x\0.csv",
                MediaType::Csv,
                "aSet-Cookie_ x.csv",
            ),
            ("\u{202E}gpj.exe", MediaType::Jpeg, "gpj.exe.jpg"),
            ("Maß «ñ» 漢字 😀.png", MediaType::Png, "Maß «ñ» 漢字 😀.png"),
            ("a\"b<c>.png", MediaType::Png, "a_b_c_.png"),
        ] {
            assert_eq!(clean(sent, kind), name, "{sent:?}");
        }
        let long = clean(&"x".repeat(5_000), MediaType::Csv);
        assert_eq!(long.chars().count(), LONGEST + 4);
    }
}
