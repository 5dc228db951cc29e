//! Markdown as HTML that is safe to show: what people typed as HTML stays text, pictures from elsewhere are not loaded,
//! links lead to the web or to a mailbox, and whatever is left passes a list of allowed tags.

use std::collections::HashSet;
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};
use pulldown_cmark::{Event, Options, Parser, html};

/// What notes need; no attribute but a link's.
const TAGS: [&str; 22] = [
    "a",
    "blockquote",
    "br",
    "code",
    "del",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "li",
    "ol",
    "p",
    "pre",
    "strong",
    "table",
    "td",
    "th",
    "ul",
];

static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::empty();
    let table = ["thead", "tbody", "tr"];
    builder
        .tags(TAGS.into_iter().chain(table).collect())
        .tag_attributes([("a", HashSet::from(["href"]))].into())
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(UrlRelative::Deny)
        .link_rel(Some("noopener noreferrer nofollow"));
    builder
});

/// The HTML of a text.
pub(crate) fn html(text: &str) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let events = Parser::new_ext(text, options).map(|event| match event {
        Event::Html(typed) | Event::InlineHtml(typed) => Event::Text(typed),
        Event::SoftBreak => Event::HardBreak,
        other => other,
    });
    let mut raw = String::with_capacity(text.len() * 2);
    html::push_html(&mut raw, events);
    CLEANER.clean(&raw).to_string()
}

#[cfg(test)]
mod tests {
    use super::html;

    #[test]
    fn markdown_becomes_html() {
        assert_eq!(
            html("**Burr** at\nthe *edge*"),
            "<p><strong>Burr</strong> at<br>\nthe <em>edge</em></p>\n"
        );
        let table = html("|a|b|\n|-|-|\n|1|2|");
        assert!(table.contains("<td>1</td>"), "{table}");
        assert_eq!(
            html("[web](https://example.com/a?b=c)"),
            "<p><a href=\"https://example.com/a?b=c\" rel=\"noopener noreferrer nofollow\">web</a></p>\n"
        );
    }

    #[test]
    fn what_could_do_harm_does_not_come_through() {
        for hostile in [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "![x](https://evil.example/p.png)",
            "[x](javascript:alert(1))",
            "[x](data:text/html;base64,PHNjcmlwdD4=)",
            "[x](//evil.example)",
            "<a href='jav&#x09;ascript:alert(1)'>x</a>",
            "<svg/onload=alert(1)>",
            "<iframe src='https://evil.example'></iframe>",
            "<p style='position:fixed'>x</p>",
            "`<script>`",
            "</p><style>*{display:none}</style>",
        ] {
            let safe = html(hostile).to_lowercase();
            for tag in ["<script", "<img", "<svg", "<iframe", "<style", "<p style"] {
                assert!(!safe.contains(tag), "{hostile}: {safe}");
            }
            for attribute in ["href=\"java", "href=\"data", "href=\"//", "src=\""] {
                assert!(!safe.contains(attribute), "{hostile}: {safe}");
            }
        }
        assert_eq!(html("a < b & c"), "<p>a &lt; b &amp; c</p>\n");
    }

    #[test]
    fn what_is_nested_deeply_is_rendered_all_the_same() {
        for hostile in ["> ".repeat(10_000), "* ".repeat(10_000), "[".repeat(20_000)] {
            assert!(html(&hostile).len() < 5_000_000);
        }
    }
}
