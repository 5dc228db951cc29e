//! Text in XML.

use std::borrow::Cow;

/// A text as XML has it, in an element or between quotes. What XML 1.0 cannot hold becomes U+FFFD.
pub(crate) fn escape(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for sign in text.chars() {
        match sign {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            sign if is_foreign(sign) => escaped.push('\u{FFFD}'),
            sign => escaped.push(sign),
        }
    }
    Cow::Owned(escaped)
}

fn is_plain(sign: char) -> bool {
    !matches!(sign, '&' | '<' | '>' | '"' | '\'') && !is_foreign(sign)
}

fn is_foreign(sign: char) -> bool {
    let is_control = sign < ' ' && !matches!(sign, '\t' | '\n' | '\r');
    is_control || matches!(sign, '\u{FFFE}' | '\u{FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_means_something_by_is_written_out() {
        assert_eq!(escape("Flange DN 80, 海风"), "Flange DN 80, 海风");
        assert_eq!(
            escape("<a href='x'>\"&\""),
            "&lt;a href=&#39;x&#39;&gt;&quot;&amp;&quot;"
        );
        assert_eq!(
            escape("a\tb\u{0}\u{1B}\u{FFFF}"),
            "a\tb\u{FFFD}\u{FFFD}\u{FFFD}"
        );
    }
}
