//! What a word is, the same on every database: texts as the tokens that are stored and looked for.
//!
//! A text is folded (compatibility forms and accents go, letters become small) and divided at all that is neither
//! letter nor digit. Chinese, Japanese and Korean are written without blanks between words, so a run of their signs
//! becomes each pair of neighbours and then the last sign: 焊接裂纹 is 焊接, 接裂, 裂纹, 纹. Whatever is looked for in it is
//! pairs that follow each other, and a single sign is how one of them begins.
//!
//! A token is of ASCII letters, digits and `_` alone: any other letter is `_` and its number in four digits. It ends in
//! `__`, so that it is never too short for an index nor a word too common for one, and `weld` as the beginning of a
//! token finds `weld` and `welding`.

use db::search::Token;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// How many tokens a record has at most; what comes behind them is not found.
pub(crate) const MOST: usize = 20_000;

/// How many bytes they have together: PostgreSQL's index takes not quite twice as many.
pub(crate) const MOST_BYTES: usize = 500_000;

/// How many bytes of a word count; two that do not differ in these are the same. With its end a token is not longer
/// than the indexes of MariaDB and MySQL take.
const LONGEST: usize = 80;

/// What each token ends in.
const END: &str = "__";

/// Stands before and behind each field, so that nothing is found that begins in one and ends in the next.
const BETWEEN: &str = "|";

/// Stands before the part number, which comes first, so that a statement can put another one in its place.
const BEFORE_PART: &str = "||";

/// Tokens of a record, field by field.
#[derive(Clone, Debug)]
pub(crate) struct Tokens {
    text: String,
    count: usize,
}

impl Tokens {
    /// Begins with the part's number.
    pub(crate) fn begin(part_number: &str) -> Self {
        let mut tokens = Self {
            text: BEFORE_PART.to_owned(),
            count: 0,
        };
        tokens.field(part_number);
        tokens
    }

    /// Adds a field, as far as there is room.
    pub(crate) fn field(&mut self, text: &str) {
        for piece in pieces(text) {
            if self.is_full() {
                break;
            }
            piece.store(|token| self.push(token));
        }
        self.text.push(' ');
        self.text.push_str(BETWEEN);
    }

    /// Whether nothing more is taken.
    pub(crate) fn is_full(&self) -> bool {
        self.count >= MOST || self.text.len() >= MOST_BYTES
    }

    /// As it is stored.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// As it is stored.
    pub(crate) fn into_text(self) -> String {
        self.text
    }

    fn push(&mut self, token: &str) {
        if !self.is_full() {
            self.text.push(' ');
            self.text.push_str(token);
            self.text.push_str(END);
            self.count += 1;
        }
    }
}

/// The tokens that a word or phrase of a question stands for, one after the other; with `is_beginning` its last word
/// may go on.
pub(crate) fn asked(text: &str, is_beginning: bool) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut pieces = pieces(text).peekable();
    while let Some(piece) = pieces.next() {
        let is_last = pieces.peek().is_none();
        match piece {
            Piece::Word(word) if is_last && is_beginning => {
                tokens.push(Token::Beginning(encoded(word.chars())));
            }
            // Where the run goes on, its last sign is followed by another one.
            Piece::Run(signs) if is_last => match signs.as_slice() {
                [sign] => tokens.push(Token::Beginning(encoded([*sign]))),
                signs => tokens.extend(
                    signs
                        .windows(2)
                        .map(|two| whole(encoded(two.iter().copied()))),
                ),
            },
            piece => piece.store(|token| tokens.push(whole(token.to_owned()))),
        }
    }
    tokens
}

/// How a column has tokens that follow each other, as a pattern for `LIKE` with [`ESCAPE`].
pub(crate) fn pattern(tokens: &[Token]) -> String {
    let mut pattern = "%".to_owned();
    let mut goes_on = false;
    for token in tokens {
        let (Token::Whole(text) | Token::Beginning(text)) = token;
        pattern.push(' ');
        for c in text.chars() {
            if c == '_' {
                pattern.push(ESCAPE);
            }
            pattern.push(c);
        }
        goes_on = matches!(token, Token::Beginning(_));
    }
    pattern.push_str(if goes_on { "%" } else { " %" });
    pattern
}

/// What stands before `_` in a [`pattern`].
pub(crate) const ESCAPE: char = '!';

/// How the tokens of a record with this part begin, and no other place in them is like it.
pub(super) fn beginning_with(part_number: &str) -> String {
    Tokens::begin(part_number).text
}

fn whole(token: String) -> Token {
    Token::Whole(token + END)
}

/// What belongs together in a text.
#[derive(Debug, PartialEq, Eq)]
enum Piece {
    /// Letters and digits.
    Word(String),
    /// Signs of a script without blanks.
    Run(Vec<char>),
}

impl Piece {
    /// Its tokens as they are stored, without their end.
    fn store(&self, mut token: impl FnMut(&str)) {
        match self {
            Self::Word(word) => token(&encoded(word.chars())),
            Self::Run(signs) => {
                let last = signs.last().copied();
                signs
                    .windows(2)
                    .for_each(|two| token(&encoded(two.iter().copied())));
                token(&encoded(last));
            }
        }
    }
}

/// The pieces of a text, one at a time: a long text is not divided further than somebody wants to know.
fn pieces(text: &str) -> impl Iterator<Item = Piece> {
    let mut chars = folded(text).peekable();
    std::iter::from_fn(move || {
        while chars.next_if(|c| !c.is_alphanumeric()).is_some() {}
        let is_run = is_sign(*chars.peek()?);
        let belongs = |c: &char| c.is_alphanumeric() && is_sign(*c) == is_run;
        let belonging = std::iter::from_fn(|| chars.next_if(belongs));
        Some(if is_run {
            Piece::Run(belonging.collect())
        } else {
            Piece::Word(belonging.collect())
        })
    })
}

/// Small letters without accents; what is one character in two forms is one.
fn folded(text: &str) -> Box<dyn Iterator<Item = char> + '_> {
    if text.is_ascii() {
        return Box::new(
            text.bytes()
                .map(|byte| char::from(byte.to_ascii_lowercase())),
        );
    }
    // Decomposed for the accents, and composed again: a syllable of Korean is one sign.
    let plain = text.nfkd().filter(|c| !is_combining_mark(*c)).nfc();
    Box::new(plain.flat_map(char::to_lowercase).flat_map(spelled))
}

/// Letters that have no accent which could be taken off, but are written without on many a keyboard.
fn spelled(c: char) -> impl Iterator<Item = char> {
    let (first, second) = match c {
        'ß' => ('s', Some('s')),
        'æ' => ('a', Some('e')),
        'œ' => ('o', Some('e')),
        'þ' => ('t', Some('h')),
        'ø' => ('o', None),
        'ł' => ('l', None),
        'đ' | 'ð' => ('d', None),
        'ı' => ('i', None),
        // At the end of a word.
        'ς' => ('σ', None),
        c => (c, None),
    };
    std::iter::once(first).chain(second)
}

/// Whether a letter is of a script that has no blanks between words: Chinese, Japanese, Korean.
fn is_sign(c: char) -> bool {
    matches!(c,
        '\u{1100}'..='\u{11FF}' // Hangul, the parts of a syllable
        | '\u{3005}'..='\u{3007}' // 々〆〇
        | '\u{3031}'..='\u{318F}' // kana, bopomofo, Hangul
        | '\u{31A0}'..='\u{31FF}'
        | '\u{3400}'..='\u{4DBF}'
        | '\u{4E00}'..='\u{9FFF}'
        | '\u{A960}'..='\u{A97F}'
        | '\u{AC00}'..='\u{D7FF}'
        | '\u{F900}'..='\u{FAFF}'
        | '\u{1B000}'..='\u{1B16F}'
        | '\u{20000}'..='\u{3FFFF}')
}

/// Characters as ASCII, as many as there is room for. No character's code is the beginning of another's.
fn encoded(chars: impl IntoIterator<Item = char>) -> String {
    let mut text = String::new();
    for c in chars {
        let length = if c.is_ascii() { 1 } else { 5 };
        if text.len() + length > LONGEST {
            break;
        }
        if c.is_ascii() {
            text.push(c);
        } else {
            text.push('_');
            text.extend(
                [36 * 36 * 36, 36 * 36, 36, 1].map(|place| digit(u32::from(c) / place % 36)),
            );
        }
    }
    text
}

/// A digit to the base of 36, which in four places counts further than there are characters.
fn digit(value: u32) -> char {
    char::from_digit(value, 36).unwrap_or('0')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Tokens as people read them, fields divided by `|`.
    fn readable(text: &str) -> String {
        let mut told = String::new();
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            match (c, chars.peek()) {
                ('_', Some('_')) => {
                    chars.next();
                }
                ('_', _) => {
                    let code: String = chars.by_ref().take(4).collect();
                    let code = u32::from_str_radix(&code, 36).ok().and_then(char::from_u32);
                    told.push(code.unwrap_or('?'));
                }
                _ => told.push(c),
            }
        }
        told
    }

    fn stored(text: &str) -> String {
        let mut tokens = Tokens::begin("7");
        tokens.field(text);
        readable(tokens.text().strip_prefix("|| 7__ | ").unwrap_or_default())
    }

    #[test]
    fn words_are_folded_and_divided() {
        assert_eq!(stored("Weld crack, 3 mm!"), "weld crack 3 mm |");
        assert_eq!(
            stored("Soldadura AGRIETADA: pestaña"),
            "soldadura agrietada pestana |"
        );
        assert_eq!(
            stored("e\u{301}a\u{308} Å ﬁne ² Ⅷ ½"),
            "ea a fine 2 viii 1 2 |"
        );
        assert_eq!(stored("PN-100_B/7"), "pn 100 b 7 |");
        assert_eq!(
            stored("Straße Łódź Ørsted ΣΊΣΥΦΟΣ Жёлтый"),
            "strasse lodz orsted σισυφοσ желтыи |"
        );
        assert_eq!(stored("…  \u{0} !? 🔧"), "|");
    }

    #[test]
    fn scripts_without_blanks_are_pairs_and_a_last_sign() {
        assert_eq!(stored("焊接裂纹"), "焊接 接裂 裂纹 纹 |");
        assert_eq!(stored("M8螺栓松动。孔"), "m8 螺栓 栓松 松动 动 孔 |");
        assert_eq!(stored("ガｶﾞ 한국"), "カカ カ 한국 국 |");
    }

    #[test]
    fn what_is_asked_follows_from_what_is_stored() {
        let told = |text: &str, is_beginning| {
            let tokens = asked(text, is_beginning);
            let told = tokens.iter().map(|token| match token {
                Token::Whole(text) => readable(text),
                Token::Beginning(text) => readable(text) + "*",
            });
            told.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(told("Grieta", false), "grieta");
        assert_eq!(told("PN-10", true), "pn 10*");
        assert_eq!(told("裂纹", true), "裂纹");
        assert_eq!(told("接裂纹", false), "接裂 裂纹");
        assert_eq!(told("纹", false), "纹*");
        assert_eq!(told("螺栓M8", false), "螺栓 栓 m8");
        assert_eq!(told("M8螺", false), "m8 螺*");
        assert_eq!(told("?!", true), "");
    }

    #[test]
    fn a_phrase_is_a_pattern() {
        assert_eq!(pattern(&asked("a-b", false)), "% a!_!_ b!_!_ %");
        assert_eq!(pattern(&asked("a-b", true)), "% a!_!_ b%");
    }

    #[test]
    fn long_words_count_by_their_beginning() {
        assert_eq!(asked(&"x".repeat(200), false), [whole("x".repeat(80))]);
        assert_eq!(
            asked(&"ж".repeat(200), false),
            asked(&"ж".repeat(16), false)
        );
        assert_eq!(
            asked(&"x".repeat(200), true),
            [Token::Beginning("x".repeat(80))]
        );
    }

    #[test]
    fn there_is_an_end_to_tokens() {
        let mut tokens = Tokens::begin("PN-1");
        tokens.field(&"a ".repeat(MOST + 10));
        assert!(tokens.is_full());
        assert_eq!(tokens.text().matches("__").count(), MOST);
        let mut tokens = Tokens::begin("PN-1");
        tokens.field(&format!("{} ", "ж".repeat(16)).repeat(MOST));
        assert!(tokens.is_full() && tokens.text().len() < MOST_BYTES + 100);
    }

    #[test]
    fn another_part_number_can_be_put_in_place() {
        let mut tokens = Tokens::begin("PN-1");
        tokens.field("PN-1");
        let moved = tokens
            .text()
            .replace(&beginning_with("PN-1"), &beginning_with("Q 2"));
        assert_eq!(readable(&moved), "|| q 2 | pn 1 |");
        assert_eq!(beginning_with("--"), "|| |");
    }

    proptest! {
        #[test]
        fn any_text_has_tokens_of_known_form(text in ".{0,200}", more in "\\PC{0,100}") {
            let mut tokens = Tokens::begin(&text);
            tokens.field(&more);
            let stored = tokens.into_text();
            prop_assert!(stored.starts_with("||") && stored.ends_with(" |"));
            for token in stored.split(' ').skip(1).filter(|token| *token != "|") {
                prop_assert!(token.ends_with(END) && (3..=82).contains(&token.len()), "{token}");
                prop_assert!(token.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'));
            }
        }

        #[test]
        fn a_text_is_found_by_any_of_its_words_and_by_itself(text in "\\PC{0,60}") {
            let mut tokens = Tokens::begin("");
            tokens.field(&text);
            for part in text.split_whitespace().chain([text.as_str()]) {
                for is_beginning in [false, true] {
                    let asked = asked(part, is_beginning);
                    let like = pattern(&asked).replace(ESCAPE, "");
                    prop_assert!(asked.is_empty() || tokens.text().contains(like.trim_matches('%')), "{part}");
                }
            }
        }
    }
}
