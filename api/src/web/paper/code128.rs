//! Code 128 (ISO/IEC 15417): a text of ASCII as bars that every scanner on the floor reads.
//!
//! Code set B, with set C (two digits in one character) where a run of digits makes that shorter, as Annex E of the
//! standard has it; a checksum modulo 103; ten modules of nothing on either side.

/// The bars of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bars {
    /// How many modules it is wide, what is left free on either side included.
    pub(super) width: usize,
    /// The bars, one module high, as the path of an SVG.
    pub(super) path: String,
    /// How wide it is to be printed, in millimetres.
    pub(super) across: String,
}

/// How wide a module may be printed, in micrometres, the widest first: whole dots of printers of 203 dots per inch, which are
/// an eighth of a millimetre. What is scaled to anything else has bars of unequal width.
const MODULES: [usize; 3] = [500, 375, 250];

/// Free modules on either side.
const QUIET: usize = 10;
const STOP: &str = "2331112";

/// Bar, space, bar, space, bar, space: how many modules each is wide, by the value of the character.
const WIDTHS: [&str; 106] = [
    "212222", "222122", "222221", "121223", "121322", "131222", "122213", "122312", "132212",
    "221213", "221312", "231212", "112232", "122132", "122231", "113222", "123122", "123221",
    "223211", "221132", "221231", "213212", "223112", "312131", "311222", "321122", "321221",
    "312212", "322112", "322211", "212123", "212321", "232121", "111323", "131123", "131321",
    "112313", "132113", "132311", "211313", "231113", "231311", "112133", "112331", "132131",
    "113123", "113321", "133121", "313121", "211331", "231131", "213113", "213311", "213131",
    "311123", "311321", "331121", "312113", "312311", "332111", "314111", "221411", "431111",
    "111224", "111422", "121124", "121421", "141122", "141221", "112214", "112412", "122114",
    "122411", "142112", "142211", "241211", "221114", "413111", "241112", "134111", "111242",
    "121142", "121241", "114212", "124112", "124211", "411212", "421112", "421211", "212141",
    "214121", "412121", "111143", "111341", "131141", "114113", "114311", "411113", "411311",
    "113141", "114131", "311141", "411131", "211412", "211214", "211232",
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Set {
    B,
    C,
}

impl Set {
    /// The character that begins in the set, and the one that changes to it.
    fn values(self) -> (usize, usize) {
        match self {
            Self::B => (104, 100),
            Self::C => (105, 99),
        }
    }
}

impl Bars {
    /// The bars of a text, as wide as they can be in a room of so many micrometres; none of an empty one, and of one that is
    /// not all printable ASCII.
    pub(super) fn of(text: &str, room: usize) -> Option<Self> {
        let mut values = values(text)?;
        values.push(checksum(&values));
        let widths = values.iter().filter_map(|value| WIDTHS.get(*value));
        let widths = widths.flat_map(|widths| widths.bytes()).chain(STOP.bytes());
        let (mut at, mut path) = (QUIET, String::new());
        for (place, width) in widths.enumerate() {
            let width = usize::from(width - b'0');
            if place % 2 == 0 {
                path.push_str(&format!("M{at} 0h{width}v1h-{width}z"));
            }
            at += width;
        }
        let width = at + QUIET;
        let across = MODULES.map(|module| width * module);
        // Where none has room, the free modules end beyond it: the edge of the paper is free as well.
        let across = across
            .iter()
            .find(|across| **across <= room)
            .or(across.last())?;
        Some(Self {
            width,
            path,
            across: format!("{}.{:03}", across / 1000, across % 1000),
        })
    }
}

/// The characters of a text by their values, but for the checksum and the stop.
fn values(text: &str) -> Option<Vec<usize>> {
    let bytes = text.as_bytes();
    if bytes.is_empty() || !bytes.iter().all(|byte| matches!(byte, b' '..=b'~')) {
        return None;
    }
    let (mut values, mut set, mut rest) = (Vec::new(), None, bytes);
    while let Some((first, behind)) = rest.split_first() {
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let takes_pair = match set {
            None => digits >= 4 || (digits == 2 && digits == bytes.len()),
            Some(Set::C) => digits >= 2,
            // Changing costs a character here, and another one where more follows than the digits.
            Some(Set::B) => digits % 2 == 0 && digits >= if digits == rest.len() { 4 } else { 6 },
        };
        let next = if takes_pair { Set::C } else { Set::B };
        let (begin, change) = next.values();
        match set {
            None => values.push(begin),
            Some(now) if now != next => values.push(change),
            Some(_) => {}
        }
        set = Some(next);
        match (takes_pair, behind.split_first()) {
            (true, Some((second, behind))) => {
                values.push(usize::from(first - b'0') * 10 + usize::from(second - b'0'));
                rest = behind;
            }
            _ => {
                values.push(usize::from(first - b' '));
                rest = behind;
            }
        }
    }
    Some(values)
}

/// The first character counts once, each other one by its place.
fn checksum(values: &[usize]) -> usize {
    let weighed = values
        .iter()
        .enumerate()
        .map(|(place, value)| value * place.max(1));
    weighed.sum::<usize>() % 103
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test")]
mod tests {
    use super::*;

    /// What a scanner would read: the text of the bars, by their widths alone.
    fn read(bars: &Bars) -> String {
        let mut dark = vec![false; bars.width];
        for bar in bars.path.split('M').skip(1) {
            let (at, rest) = bar.split_once(" 0h").unwrap();
            let width: usize = rest.split('v').next().unwrap().parse().unwrap();
            let at: usize = at.parse().unwrap();
            dark[at..at + width].fill(true);
        }
        assert!(
            dark[..QUIET]
                .iter()
                .chain(&dark[bars.width - QUIET..])
                .all(|dark| !dark)
        );
        let runs: String = dark[QUIET..bars.width - QUIET]
            .chunk_by(|a, b| a == b)
            .map(|run| run.len().to_string())
            .collect();
        let symbols = runs.strip_suffix(STOP).unwrap();
        let values: Vec<usize> = (0..symbols.len() / 6)
            .map(|place| &symbols[place * 6..place * 6 + 6])
            .map(|widths| WIDTHS.iter().position(|known| *known == widths).unwrap())
            .collect();
        let (check, values) = values.split_last().unwrap();
        assert_eq!(checksum(values), *check);
        told(values)
    }

    fn told(values: &[usize]) -> String {
        let (mut text, mut pairs) = (String::new(), values[0] == 105);
        for value in &values[1..] {
            match (pairs, *value) {
                (false, 99) => pairs = true,
                (true, 100) => pairs = false,
                (true, value) => text.push_str(&format!("{value:02}")),
                (false, value) => text.push(char::from(u8::try_from(value + 32).unwrap())),
            }
        }
        text
    }

    #[test]
    fn checksums_are_those_of_published_examples() {
        // Wikipedia's article on Code 128, and barcoderesource.com for each of the two sets.
        for (text, characters, sum) in [
            (
                "Wikipedia",
                vec![104, 55, 73, 75, 73, 80, 69, 68, 73, 65],
                88,
            ),
            ("abcdef", vec![104, 65, 66, 67, 68, 69, 70], 97),
            ("345678", vec![105, 34, 56, 78], 73),
        ] {
            let values = values(text).unwrap();
            assert_eq!(
                (values.as_slice(), checksum(&values)),
                (characters.as_slice(), sum),
                "{text}"
            );
        }
        // barcodeisland.com begins "HI345678" in set A, which has the same letters.
        assert_eq!(checksum(&[103, 40, 41, 99, 34, 56, 78]), 67);
    }

    #[test]
    fn digits_are_taken_in_pairs_where_that_is_shorter() {
        for (text, characters) in [
            ("DMT-001042", vec![104, 36, 45, 52, 13, 99, 0, 10, 42]),
            ("HI345678", vec![104, 40, 41, 99, 34, 56, 78]),
            ("A1234567", vec![104, 33, 17, 99, 23, 45, 67]),
            ("A1234B", vec![104, 33, 17, 18, 19, 20, 34]),
            ("A123456B", vec![104, 33, 99, 12, 34, 56, 100, 34]),
            ("12345", vec![105, 12, 34, 100, 21]),
            ("42", vec![105, 42]),
            ("123", vec![104, 17, 18, 19]),
        ] {
            assert_eq!(values(text).unwrap(), characters, "{text}");
        }
    }

    #[test]
    fn bars_read_as_what_they_were_made_of() {
        for text in [
            "DMT-001042",
            "CAR-000007",
            "A",
            " ~ !",
            "00112233",
            "ABCDEFGHIJ-1234567",
            "7Q-99",
        ] {
            assert_eq!(read(&Bars::of(text, A6).unwrap()), text);
        }
        assert!(Bars::of("", A6).is_none() && Bars::of("毛刺", A6).is_none());
    }

    /// What there is room for on each kind of tag.
    const A6: usize = 95_000;
    const LABEL: usize = 56_000;

    #[test]
    fn modules_are_the_widest_that_have_room_and_never_a_fraction_of_a_dot() {
        let across = |text: &str, room| Bars::of(text, room).unwrap().across;
        assert_eq!(across("DMT-001042", A6), "71.500");
        assert_eq!(across("DMT-001042", LABEL), "53.625");
        for length in 1..=10 {
            let text = format!("{}-001042", "X".repeat(length));
            for room in [A6, LABEL] {
                let bars = Bars::of(&text, room).unwrap();
                let across: usize = bars.across.replace('.', "").parse().unwrap();
                let fits = |module: &&usize| bars.width * **module <= room;
                let widest = MODULES.iter().find(fits).unwrap();
                assert_eq!(across, bars.width * widest, "{text} in {room}");
            }
        }
        // More than a label has room for: no narrower than scanners read.
        let long = Bars::of("XXXXXXXXXX-12345678901", LABEL).unwrap();
        assert_eq!(
            long.across,
            format!("{}.{:03}", long.width / 4, long.width % 4 * 250)
        );
    }

    #[test]
    fn every_character_is_eleven_modules_wide_and_another_one() {
        for (place, widths) in WIDTHS.iter().enumerate() {
            let width = |byte: u8| usize::from(byte - b'0');
            assert_eq!(widths.bytes().map(width).sum::<usize>(), 11, "{place}");
            // Bars have an even number of modules together, which scanners check.
            assert_eq!(
                widths.bytes().step_by(2).map(width).sum::<usize>() % 2,
                0,
                "{place}"
            );
            assert!(!WIDTHS[..place].contains(widths), "{place}");
        }
    }
}
