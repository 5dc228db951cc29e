//! Long texts in pieces that a service takes, and put together again: cut where a paragraph ends, or else a line, a
//! sentence, a word. What is blank between the pieces does not travel, and so comes out as it went in.

use super::translator::Limits;

/// Where a text is cut, the best place first.
const ENDS: [&str; 7] = ["\n\n", "\n\r\n", "\n", ". ", "。", "; ", " "];

/// A part of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part<'a> {
    /// To translate.
    Piece(&'a str),
    /// To leave as it is.
    Gap(&'a str),
}

/// A text in parts, none of them longer than `most` characters but gaps.
pub(super) fn cut(text: &str, most: usize) -> Vec<Part<'_>> {
    let (mut parts, mut rest) = (Vec::new(), text);
    loop {
        let body = rest.trim_start();
        let (gap, _) = rest.split_at(rest.len() - body.len());
        if !gap.is_empty() {
            parts.push(Part::Gap(gap));
        }
        if body.is_empty() {
            return parts;
        }
        let (head, _) = body.split_at(end_of_piece(body, most));
        let piece = head.trim_end();
        parts.push(Part::Piece(piece));
        (_, rest) = body.split_at(piece.len());
    }
}

/// How many bytes the first piece has.
fn end_of_piece(body: &str, most: usize) -> usize {
    let Some((longest, _)) = body.char_indices().nth(most) else {
        return body.len();
    };
    let (head, _) = body.split_at(longest);
    let mut ends = ENDS.iter();
    let end = ends.find_map(|end| head.rfind(end).map(|place| place + end.len()));
    end.unwrap_or(longest)
}

/// The pieces of a text in requests that the service takes.
pub(super) fn batches(parts: &[Part<'_>], limits: Limits) -> Vec<Vec<String>> {
    let (mut batches, mut batch, mut length) = (Vec::new(), Vec::new(), 0);
    for part in parts {
        let Part::Piece(piece) = part else {
            continue;
        };
        let more = piece.chars().count();
        if !batch.is_empty() && (batch.len() >= limits.texts || length + more > limits.request) {
            batches.push(std::mem::take(&mut batch));
            length = 0;
        }
        length += more;
        batch.push((*piece).to_owned());
    }
    if !batch.is_empty() {
        batches.push(batch);
    }
    batches
}

/// The text again, with other pieces; none where there are not as many.
pub(super) fn join(parts: &[Part<'_>], pieces: Vec<String>) -> Option<String> {
    let (mut text, mut pieces) = (String::new(), pieces.into_iter());
    for part in parts {
        match part {
            Part::Gap(gap) => text.push_str(gap),
            Part::Piece(_) => text.push_str(pieces.next()?.trim()),
        }
    }
    pieces.next().is_none().then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces<'a>(parts: &[Part<'a>]) -> Vec<&'a str> {
        let pieces = parts.iter().filter_map(|part| match part {
            Part::Piece(piece) => Some(*piece),
            Part::Gap(_) => None,
        });
        pieces.collect()
    }

    #[test]
    fn a_text_is_cut_where_a_paragraph_ends_or_else_where_it_can_be() {
        let text = "One. Two.\nThree.\n\n  Four five six. Seven\n";
        assert_eq!(pieces(&cut(text, 1_000)), [text.trim()]);
        assert_eq!(
            pieces(&cut(text, 24)),
            ["One. Two.\nThree.", "Four five six. Seven"]
        );
        assert_eq!(
            pieces(&cut(text, 10)),
            ["One. Two.", "Three.", "Four five", "six.", "Seven"]
        );
        assert_eq!(
            pieces(&cut("缺陷。毛刺在边缘", 4)),
            ["缺陷。", "毛刺在边", "缘"]
        );
        assert_eq!(pieces(&cut("ab", 1)), ["a", "b"]);
        assert_eq!(cut(" \n ", 5), [Part::Gap(" \n ")]);
    }

    #[test]
    fn what_is_cut_comes_together_again_as_it_was() {
        let text = "\r\n A first paragraph.\r\n\r\n\tA second one, longer; with 😀 in it.  \nEnd  ";
        for most in 1..80 {
            let parts = cut(text, most);
            let all = pieces(&parts);
            assert!(all.iter().all(|piece| piece.chars().count() <= most));
            let same = all.iter().map(|piece| (*piece).to_owned()).collect();
            assert_eq!(join(&parts, same).as_deref(), Some(text), "{most}");
            assert_eq!(join(&parts, Vec::new()), None);
        }
    }

    #[test]
    fn requests_hold_no_more_than_the_service_takes() {
        let text = "aaaa bbbb cccc dddd eeee";
        let limits = |request, texts| Limits {
            text: 4,
            request,
            texts,
        };
        let parts = cut(text, 4);
        let sizes =
            |limits| -> Vec<usize> { batches(&parts, limits).iter().map(Vec::len).collect() };
        assert_eq!(sizes(limits(100, 50)), [5]);
        assert_eq!(sizes(limits(100, 2)), [2, 2, 1]);
        assert_eq!(sizes(limits(8, 50)), [2, 2, 1]);
        assert_eq!(sizes(limits(4, 50)), [1, 1, 1, 1, 1]);
    }
}
