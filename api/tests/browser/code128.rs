//! A reader of Code 128 (ISO/IEC 15417): what the bars say that a line across a picture meets.
//!
//! It has a table of its own: with that of the program it would read back any mistake in it.

/// The widths of bar, space, bar, space, bar and space, for each value in turn.
const WIDTHS: &[u8] = b"212222222122222221121223121322131222122213122312132212221213221312231212112232122132122231113222\
    123122123221223211221132221231213212223112312131311222321122321221312212322112322211212123212321232121111323131123131321\
    112313132113132311211313231113231311112133112331132131113123113321133121313121211331231131213113213311213131311123311321\
    331121312113312311332111314111221411431111111224111422121124121421141122141221112214112412122114122411142112142211241211\
    221114413111241112134111111242121142121241114212124112124211411212421112421211212141214121412121111143111341131141114113\
    114311411113411311113141114131311141411131211412211214211232";

/// Begins in set B, of the printable characters; in set C, of pairs of digits.
const BEGINS: [usize; 2] = [104, 105];
/// Change to the other of the two.
const TO_B: usize = 100;
const TO_C: usize = 99;
const STOP: [u8; 7] = *b"2331112";

/// The text, where a line of a picture is a whole code: its greys from left to right.
pub(crate) fn read(line: &[u8]) -> Option<String> {
    let is_dark: Vec<bool> = line.iter().map(|grey| *grey < 128).collect();
    let first = is_dark.iter().position(|is_dark| *is_dark)?;
    let last = is_dark.iter().rposition(|is_dark| *is_dark)?;
    let runs = is_dark[first..=last].chunk_by(|one, next| one == next);
    let runs: Vec<usize> = runs.map(<[bool]>::len).collect();
    let (symbols, stop) = runs.split_at_checked(runs.len().checked_sub(STOP.len())?)?;
    if modules(stop, 13) != STOP || symbols.len() % 6 != 0 {
        return None;
    }
    let values: Option<Vec<usize>> = symbols.chunks(6).map(value).collect();
    let values = values?;
    let (check, values) = values.split_last()?;
    let sum = values.iter().enumerate();
    let sum: usize = sum.map(|(place, value)| value * place.max(1)).sum();
    if sum % 103 != *check {
        return None;
    }
    said(values)
}

/// Widths in modules, as digits; all of them together are `width` modules wide.
fn modules(runs: &[usize], width: usize) -> Vec<u8> {
    let dots: usize = runs.iter().sum();
    let digits = runs.iter().map(|run| (run * width * 2 + dots) / (dots * 2));
    digits
        .map(|digit| b'0' + u8::try_from(digit).unwrap_or(9))
        .collect()
}

fn value(runs: &[usize]) -> Option<usize> {
    let widths = modules(runs, 11);
    WIDTHS.chunks(6).position(|known| known == widths)
}

/// What values say, the first of which tells the set.
fn said(values: &[usize]) -> Option<String> {
    let (begin, values) = values.split_first()?;
    let mut are_pairs = BEGINS.iter().position(|known| known == begin)? == 1;
    let mut text = String::new();
    for value in values {
        match (are_pairs, *value) {
            (true, TO_B) => are_pairs = false,
            (false, TO_C) => are_pairs = true,
            (true, pair @ 0..=99) => text.push_str(&format!("{pair:02}")),
            (false, letter @ 0..=94) => text.push(char::from(b' ' + u8::try_from(letter).ok()?)),
            _ => return None,
        }
    }
    Some(text)
}

mod tests {
    use super::{STOP, WIDTHS, read};

    /// A line across the bars of values, so many dots to a module.
    fn line(values: &[usize], dots: usize) -> Vec<u8> {
        let symbols = values
            .iter()
            .flat_map(|value| &WIDTHS[value * 6..value * 6 + 6]);
        let widths = symbols.chain(&STOP).enumerate();
        let bars = widths.flat_map(|(place, width)| {
            let grey = if place % 2 == 0 { 0 } else { 255 };
            std::iter::repeat_n(grey, usize::from(width - b'0') * dots)
        });
        std::iter::repeat_n(255, 10 * dots).chain(bars).collect()
    }

    #[test]
    fn published_examples_are_read_and_others_are_not() {
        // Wikipedia's article on Code 128, and what a tag has: the check is the last value.
        let wikipedia = [104, 55, 73, 75, 73, 80, 69, 68, 73, 65, 88];
        assert_eq!(read(&line(&wikipedia, 3)).as_deref(), Some("Wikipedia"));
        let digits = [105, 34, 56, 78, 73];
        assert_eq!(read(&line(&digits, 4)).as_deref(), Some("345678"));
        let wrong = [105, 34, 56, 78, 72];
        assert_eq!(read(&line(&wrong, 4)), None, "the check is wrong");
        assert_eq!(read(&line(&digits, 4)[..200]), None, "it is cut off");
        assert_eq!(read(&[255; 50]), None);
    }
}
