//! The bytes of a CSV file as text: UTF-8, UTF-16 with its mark, or what Excel writes in Western Europe.
//!
//! Bytes that are no UTF-8 are read as Windows-1252 (Latin-1 and a few signs more), where that is plain: single signs
//! among ASCII. Longer runs are another alphabet, and what is UTF-8 here and not there has been mixed.

/// A text, and whether its signs U+FFFD stand for bytes that could not be read.
pub(super) struct Decoded {
    pub(super) text: String,
    pub(super) has_gaps: bool,
}

const GAP: char = char::REPLACEMENT_CHARACTER;

/// Windows-1252 from 0x80 to 0x9F; above, it is Latin-1.
const WINDOWS: [char; 32] = [
    '€', GAP, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', GAP, 'Ž', GAP, GAP, '‘', '’',
    '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', GAP, 'ž', 'Ÿ',
];

/// Words of Western Europe do not have more such letters in a row.
const LONGEST_RUN: usize = 2;

pub(super) fn decode(bytes: &[u8]) -> Decoded {
    if let Some(rest) = bytes.strip_prefix(b"\xEF\xBB\xBF") {
        return unicode(rest);
    }
    if let Some(rest) = bytes.strip_prefix(b"\xFF\xFE") {
        return utf16(rest, u16::from_le_bytes);
    }
    if let Some(rest) = bytes.strip_prefix(b"\xFE\xFF") {
        return utf16(rest, u16::from_be_bytes);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => whole(text.to_owned()),
        Err(_) => western(bytes),
    }
}

fn whole(text: String) -> Decoded {
    Decoded {
        text,
        has_gaps: false,
    }
}

fn unicode(bytes: &[u8]) -> Decoded {
    Decoded {
        text: String::from_utf8_lossy(bytes).into_owned(),
        has_gaps: std::str::from_utf8(bytes).is_err(),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Decoded {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let units = pairs.iter().map(|pair| unit(*pair));
    let mut has_gaps = !rest.is_empty();
    let text = char::decode_utf16(units)
        .map(|sign| {
            sign.unwrap_or_else(|_| {
                has_gaps = true;
                GAP
            })
        })
        .collect();
    Decoded { text, has_gaps }
}

fn western(bytes: &[u8]) -> Decoded {
    let mut text = String::with_capacity(bytes.len() + bytes.len() / 8);
    for run in bytes.chunk_by(|one, other| one.is_ascii() == other.is_ascii()) {
        let plain = run.len() <= LONGEST_RUN && std::str::from_utf8(run).is_err();
        text.extend(run.iter().map(|byte| match byte {
            0..0x80 => char::from(*byte),
            0x80..0xA0 if plain => WINDOWS[usize::from(byte - 0x80)],
            0xA0.. if plain => char::from(*byte),
            _ => GAP,
        }));
    }
    Decoded {
        has_gaps: text.contains(GAP),
        text,
    }
}
