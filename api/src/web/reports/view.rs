//! A report as templates show it: what it comes to in a sentence, its drawing, its values in tables.

use service::report::Report;
use service::words::Language;

use super::asked::Asked;

/// A report.
pub(super) struct Shown {
    /// Its name in addresses.
    pub(super) name: &'static str,
    pub(super) title: String,
    /// The main figure in words; of an empty report, that it is.
    pub(super) said: String,
    pub(super) is_empty: bool,
    /// What it was asked.
    pub(super) query: String,
    /// The drawing itself, where it stands in the page; otherwise the page shows it from an address.
    pub(super) drawing: Option<String>,
    pub(super) grids: Vec<Grid>,
}

/// What a report's figures are shown as.
pub(super) struct Figures {
    pub(super) title: String,
    pub(super) said: String,
    pub(super) is_empty: bool,
    pub(super) grids: Vec<Grid>,
}

/// A table; the first cell of a row says what the row is.
pub(super) struct Grid {
    pub(super) title: String,
    pub(super) headings: Vec<String>,
    pub(super) rows: Vec<Row>,
}

/// A row of a table.
pub(super) struct Row {
    pub(super) head: Cell,
    pub(super) cells: Vec<Cell>,
    /// Whether it is all the others together.
    pub(super) is_total: bool,
}

/// A value, and where what is behind it is listed.
pub(super) struct Cell {
    pub(super) text: String,
    pub(super) link: Option<String>,
}

/// How many bytes a drawing may have that stands in a page; behind an address it may have any.
const LARGEST: usize = 48 * 1024;

impl Shown {
    /// A report that was asked; with a language, its drawing stands in the page, so that pointing at it tells values.
    pub(super) fn of<T: Report>(
        report: &T,
        figures: Figures,
        asked: &Asked,
        within: Option<Language>,
    ) -> Self {
        let drawn = within.filter(|_| !figures.is_empty);
        Self {
            name: T::NAME,
            title: figures.title,
            said: figures.said,
            is_empty: figures.is_empty,
            query: asked.query(),
            drawing: drawn.and_then(|language| drawing(&report.drawing(language))),
            grids: figures.grids,
        }
    }
}

/// A drawing of the service as a page may hold it: without its own style sheet, which the policy of pages forbids; theirs
/// has the same classes. None, where it is large. The service writes out all text of others.
pub(super) fn drawing(svg: &str) -> Option<String> {
    if svg.len() > LARGEST {
        return None;
    }
    let (before, rest) = svg.split_once("<style>")?;
    let (_, behind) = rest.split_once("</style>")?;
    Some(format!("{before}{behind}"))
}

impl Row {
    pub(super) fn new(head: Cell, cells: Vec<Cell>) -> Self {
        Self {
            head,
            cells,
            is_total: false,
        }
    }

    /// The row of all others together.
    pub(super) fn total(head: String, cells: Vec<Cell>) -> Self {
        Self {
            head: Cell::text(head),
            cells,
            is_total: true,
        }
    }
}

impl Cell {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            link: None,
        }
    }

    /// A value with a list behind it, where there is one.
    pub(super) fn linked(text: impl Into<String>, link: Option<String>) -> Self {
        Self {
            text: text.into(),
            link,
        }
    }

    /// A count; nothing is behind none.
    pub(super) fn count(count: i64, link: Option<String>) -> Self {
        Self::linked(count.to_string(), link.filter(|_| count != 0))
    }
}

#[cfg(test)]
mod tests {
    use super::drawing;

    #[test]
    fn a_drawing_in_a_page_has_no_style_of_its_own() {
        let svg = "<svg>\n<style>.a{b:c}</style>\n<text>&lt;style&gt;</text></svg>";
        let within = drawing(svg);
        assert_eq!(
            within.as_deref(),
            Some("<svg>\n\n<text>&lt;style&gt;</text></svg>")
        );
        assert_eq!(drawing(&" ".repeat(100_000)), None);
    }
}
