//! The children of a defect on its page: what each noun shows, and the forms that add to it and take from it.
//!
//! One noun, one file, as in [`crate::rest`], over the same functions of the service. [`Parts`] is what the page's
//! partial templates show: of each noun the first rows; what stands behind them has a page of its own ([`more`]). What is
//! asked about one row (its reversal, a line's progress) is asked on a small page, so that a page of a hundred rows has
//! not a hundred forms. Nothing here decides: what may be done is asked of the service, and it refuses what it refuses.

mod attachments;
mod cost;
mod history;
mod labor;
mod line;
mod lines;
mod links;
mod more;
mod notes;
mod picture;
mod reason;
mod serials;
mod signatures;
mod similar;
mod story;
mod totals;
mod votes;

use actix_web::web;
use service::defects::{ChildQuery, DefectView, PermissionsView, Under};
use service::page::Page as Found;
use service::partner::{self, PartnerQuery};
use service::rights::field;
use service::{Draft, Error};

use super::lookup::People;
use super::{Refused, page_with};
use crate::answer::Reply;
use crate::problem::{Kind, Problem};
use crate::web::page::Page;
use crate::web::typed::Typed;
use crate::web::visit::Visit;

pub(in crate::web) fn configure(config: &mut web::ServiceConfig) {
    for noun in [
        attachments::configure,
        picture::configure,
        lines::configure,
        line::configure,
        labor::configure,
        cost::configure,
        votes::configure,
        notes::configure,
        serials::configure,
        links::configure,
        more::configure,
    ] {
        noun(config);
    }
}

/// The children of a defect, as its page shows them to a visitor.
#[derive(Default)]
pub(in crate::web) struct Parts {
    pub(in crate::web) lines: lines::Lines,
    pub(in crate::web) labor: labor::Labor,
    /// None for who does not see cost.
    pub(in crate::web) cost: Option<cost::Costs>,
    pub(in crate::web) totals: totals::Totals,
    pub(in crate::web) votes: votes::Votes,
    pub(in crate::web) signatures: signatures::Signatures,
    pub(in crate::web) notes: notes::Notes,
    pub(in crate::web) attachments: attachments::Attachments,
    pub(in crate::web) serials: serials::Serials,
    pub(in crate::web) links: links::Links,
    pub(in crate::web) similar: similar::Similar,
    pub(in crate::web) history: history::History,
}

impl Parts {
    /// The first rows of every noun.
    pub(in crate::web::record) async fn of(
        visit: &Visit,
        defect: &DefectView,
        may: &PermissionsView,
        people: &People,
    ) -> Result<Self, Problem> {
        let look = Look::at(visit, defect, may);
        // Three at a time: a page must not take all connections that there are.
        let (lines, votes, signatures) = tokio::try_join!(
            Box::pin(lines::Lines::of(&look)),
            Box::pin(votes::Votes::of(&look)),
            Box::pin(signatures::Signatures::of(&look)),
        )?;
        let (labor, cost, totals) = tokio::try_join!(
            Box::pin(labor::Labor::of(&look, people, lines.activity)),
            Box::pin(cost_of(&look)),
            Box::pin(totals::Totals::of(&look)),
        )?;
        let (notes, attachments, serials) = tokio::try_join!(
            Box::pin(notes::Notes::of(&look)),
            Box::pin(attachments::Attachments::of(&look)),
            Box::pin(serials::Serials::of(&look)),
        )?;
        let (links, similar, history) = tokio::try_join!(
            Box::pin(links::Links::of(&look)),
            Box::pin(similar::Similar::of(&look)),
            Box::pin(history::History::of(&look)),
        )?;
        Ok(Self {
            lines,
            labor,
            cost,
            totals,
            votes,
            signatures,
            notes,
            attachments,
            serials,
            links,
            similar,
            history,
        })
    }
}

async fn cost_of(look: &Look<'_>) -> Result<Option<cost::Costs>, Problem> {
    if !look.sees(field::COST) {
        return Ok(None);
    }
    cost::Costs::of(look).await.map(Some)
}

/// The rows of a noun on a page, and the address of the page with those behind them.
pub(in crate::web) struct Rows<T> {
    pub(in crate::web) items: Vec<T>,
    pub(in crate::web) next: Option<String>,
}

impl<T> Default for Rows<T> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            next: None,
        }
    }
}

/// Values and what people call them, to choose from.
type Choices = Vec<(String, String)>;

/// Who looks at which record, and what he may do with it.
struct Look<'a> {
    visit: &'a Visit,
    page: Page,
    defect: &'a DefectView,
    may: &'a PermissionsView,
    /// Where the rows begin; at the first one unless said.
    cursor: Option<String>,
}

impl<'a> Look<'a> {
    fn at(visit: &'a Visit, defect: &'a DefectView, may: &'a PermissionsView) -> Self {
        Self {
            page: visit.page("defects"),
            visit,
            defect,
            may,
            cursor: None,
        }
    }

    fn id(&self) -> i64 {
        self.defect.item.id
    }

    /// Whether the visitor may write a field, or add to a collection, now.
    fn writes(&self, name: &str) -> bool {
        self.may.writes(name)
    }

    fn sees(&self, name: &str) -> bool {
        self.may.sees(name)
    }

    /// The record's children, the newest first.
    fn newest(&self) -> Under {
        Under::from(self.defect).newest_first()
    }

    /// Asks for so many rows.
    fn query(&self, limit: u8) -> Draft<ChildQuery> {
        let mut pairs = vec![("limit".to_owned(), limit.to_string())];
        let cursor = self.cursor.iter();
        pairs.extend(cursor.map(|cursor| ("cursor".to_owned(), cursor.clone())));
        Draft::pairs(&pairs)
    }

    /// Rows as they are shown; `noun` is what their address is called.
    fn rows<V, T>(&self, noun: &str, found: Found<V>, make: impl FnMut(V) -> T) -> Rows<T> {
        let (id, next) = (self.id(), found.next_cursor);
        Rows {
            items: found.items.into_iter().map(make).collect(),
            next: next.map(|cursor| format!("/defects/{id}/{noun}?cursor={cursor}")),
        }
    }

    /// Who did something, and when.
    fn by(&self, who: &str, at: &str) -> String {
        let at = self.page.minute(at);
        self.page.with("part-by", &[("who", who), ("at", &at)])
    }
}

/// The options of a choice among all words of a kind.
fn words<T: Copy>(
    page: &Page,
    kind: &str,
    all: &[T],
    word: impl Fn(T) -> &'static str,
) -> Vec<(&'static str, String)> {
    let words: Vec<_> = all.iter().map(|one| word(*one)).collect();
    page.options(kind, &words)
}

/// The first two hundred customers and suppliers.
async fn partners(visit: &Visit) -> Result<Choices, Error> {
    let pairs = [("limit", "200"), ("is_active", "true")];
    let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let query = Draft::<PartnerQuery>::pairs(&pairs);
    let found = partner::list(&visit.system, &visit.actor, &query).await?;
    let partners = found.items.into_iter();
    Ok(partners
        .map(|one| (one.id.to_string(), format!("{} {}", one.code, one.name)))
        .collect())
}

/// The address of a noun on a record's page.
fn section(id: i64, name: &str) -> String {
    format!("/defects/{id}#{name}")
}

/// The record's page again, with the form of a part that was refused.
async fn again(
    visit: &Visit,
    id: i64,
    part: &'static str,
    typed: Typed,
    error: impl Into<Problem>,
) -> Reply {
    let problem = error.into();
    visit.tell(&problem);
    let typed = refused(typed, problem)?;
    page_with(visit, id, Refused::Part(part, typed)).await
}

/// A form with what was refused; a file that is too large is for whoever has a smaller one.
fn refused(typed: Typed, error: impl Into<Problem>) -> Result<Typed, Problem> {
    let problem = error.into();
    match problem.kind() {
        Kind::TooLarge => Ok(typed.refused_with(&problem)),
        _ => typed.refused(problem),
    }
}

/// A text, or its beginning where it is longer than `most` characters.
fn excerpt(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}
