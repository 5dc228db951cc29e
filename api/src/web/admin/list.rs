//! A list as a page: what it is filtered by, its columns, its rows, and the way to its next page.

use actix_web::http::StatusCode;
use askama::Template;
use service::Error;

use super::Area;
use super::field::Field;
use crate::answer::Reply;
use crate::problem::Problem;
use crate::web::page::{Page, show_as};
use crate::web::typed::Typed;
use crate::web::visit::Visit;

/// A page of a list.
#[derive(Template)]
#[template(path = "admin/list.html")]
pub(in crate::web) struct ListPage {
    pub(in crate::web) page: Page,
    /// The way back: address and name.
    pub(in crate::web) trail: Vec<(String, String)>,
    pub(in crate::web) title: String,
    pub(in crate::web) about: String,
    /// Where something is added; none where the visitor may not, or nothing is.
    pub(in crate::web) adds: Option<String>,
    /// Pages that belong to it: address and name.
    pub(in crate::web) links: Vec<(String, String)>,
    pub(in crate::web) filters: Vec<Field>,
    /// What it is filtered by now.
    pub(in crate::web) filter: Typed,
    /// What the columns are called.
    pub(in crate::web) columns: Vec<String>,
    pub(in crate::web) rows: Vec<Row>,
    /// Where the next page is.
    pub(in crate::web) next: Option<String>,
    /// Whether this is not the first page.
    pub(in crate::web) is_later: bool,
}

/// A row.
#[derive(Default)]
pub(in crate::web) struct Row {
    /// What it is called.
    pub(in crate::web) name: String,
    /// Where its page is, where it has one.
    pub(in crate::web) address: Option<String>,
    /// Its other columns.
    pub(in crate::web) cells: Vec<Cell>,
    /// Where a form is sent that has it tried again, where it can be.
    pub(in crate::web) retry: Option<String>,
}

/// A cell.
#[derive(Default)]
pub(in crate::web) struct Cell {
    text: String,
    /// How good it is: `good`, `warn`, `bad`; empty where that is not said.
    tag: &'static str,
    /// A page that it leads to.
    address: Option<String>,
    is_number: bool,
    /// Whether it is English in any language: what programs say of themselves.
    is_english: bool,
}

impl ListPage {
    /// The page as an answer: 422 where its filter was refused.
    pub(in crate::web) fn answer(&self) -> Reply {
        let status = match self.filter.is_refused() {
            true => StatusCode::UNPROCESSABLE_ENTITY,
            false => StatusCode::OK,
        };
        show_as(status, self)
    }
}

impl Area {
    /// A page of its list, with a row for each of what was found; without any where the filter was refused, which is told
    /// at it.
    pub(super) fn found<T>(
        &self,
        page: Page,
        visit: &Visit,
        found: Result<service::page::Page<T>, Error>,
        row: impl Fn(&Page, &T) -> Row,
    ) -> Result<ListPage, Problem> {
        let found = match found {
            Err(error @ Error::Invalid(_)) => {
                let mut list = self.list(page, visit, None)?;
                list.filter = std::mem::take(&mut list.filter).refused(error)?;
                return Ok(list);
            }
            found => found?,
        };
        let rows = found.items.iter().map(|one| row(&page, one)).collect();
        Ok(ListPage {
            rows,
            ..self.list(page, visit, found.next_cursor)?
        })
    }

    /// The row of something that has a page of its own.
    pub(super) fn row(&self, id: i64, name: &str, cells: Vec<Cell>) -> Row {
        Row {
            name: name.to_owned(),
            address: Some(self.address_of(id)),
            cells,
            ..Row::default()
        }
    }
}

impl Cell {
    /// A text.
    pub(in crate::web) fn text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }

    /// A number.
    pub(in crate::web) fn number(text: impl Into<String>) -> Self {
        Self {
            is_number: true,
            ..Self::text(text)
        }
    }

    /// A word that says how good it is.
    pub(in crate::web) fn tag(text: String, tag: &'static str) -> Self {
        Self {
            tag,
            ..Self::text(text)
        }
    }

    /// A text that leads to a page.
    pub(in crate::web) fn link(text: String, address: String) -> Self {
        Self {
            address: Some(address),
            ..Self::text(text)
        }
    }

    /// What a program said, in English.
    pub(in crate::web) fn said(text: impl Into<String>) -> Self {
        Self {
            is_english: true,
            ..Self::text(text)
        }
    }

    /// Yes or no.
    pub(super) fn yes(page: &Page, yes: bool) -> Self {
        Self::text(page.t(if yes { "yes" } else { "no" }))
    }

    /// Fixed words of a kind, one after the other.
    pub(super) fn words(
        page: &Page,
        kind: &str,
        words: impl IntoIterator<Item = &'static str>,
    ) -> Self {
        let words = words.into_iter().map(|word| page.word(kind, word));
        Self::text(words.collect::<Vec<_>>().join(", "))
    }

    /// Whether something is in use.
    pub(in crate::web) fn active(page: &Page, is_active: bool) -> Self {
        if is_active {
            Self::tag(page.t("admin-active"), "good")
        } else {
            Self::tag(page.t("admin-retired"), "warn")
        }
    }
}

/// The filter of a list: what its texts begin with, and whether what is retired is in it.
pub(in crate::web) fn usual_filters(page: &Page) -> Vec<Field> {
    vec![Field::text(page, "q"), active_filter(page)]
}

/// Whether what is retired is in a list.
pub(in crate::web) fn active_filter(page: &Page) -> Field {
    let options = [("true", "admin-active"), ("false", "admin-retired")];
    let options = options.map(|(value, id)| (value.to_owned(), page.words.text(id)));
    Field::choose(page, "is_active", options.into()).none(page.t("admin-any"))
}

/// What columns are called.
pub(in crate::web) fn columns(page: &Page, names: &[&str]) -> Vec<String> {
    names.iter().map(|name| page.field(name)).collect()
}

/// The address of the page behind a cursor, with the same filter.
pub(in crate::web) fn further(
    visit: &Visit,
    cursor: Option<String>,
) -> Result<Option<String>, Problem> {
    let Some(cursor) = cursor else {
        return Ok(None);
    };
    let query = visit.query()?.without(&["cursor"]);
    let mut pairs = url::form_urlencoded::Serializer::new(String::new());
    pairs
        .extend_pairs(query.pairs())
        .append_pair("cursor", &cursor);
    let path = visit.request().path();
    Ok(Some(format!("{path}?{}", pairs.finish())))
}
