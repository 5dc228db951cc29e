//! Links between defects, on the page of either. The other record is named as people name it, by the number on its tag.

use actix_web::{post, web};
use service::defects::links::{self, Direction, LinkView, NewLink};
use service::rights::field;
use service::words::LinkKind;
use service::{Draft, Error, FieldError};

use super::{Look, Rows, again, section, words};
use crate::answer::Reply;
use crate::problem::Problem;
use crate::web::page::{Page, go};
use crate::web::tag;
use crate::web::typed::Typed;
use crate::web::visit::Posted;

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(add_link).service(remove_link);
}

/// How many links the page shows.
const SHOWN: u8 = 30;

const WHAT: &str = "link";

/// The links of a record.
#[derive(Default)]
pub(in crate::web) struct Links {
    pub(in crate::web) rows: Rows<Link>,
    /// Whether links may be added and removed.
    pub(in crate::web) may_change: bool,
    pub(in crate::web) kinds: Vec<(&'static str, String)>,
}

/// A link, as it reads from this record.
pub(in crate::web) struct Link {
    pub(in crate::web) id: i64,
    pub(in crate::web) kind: String,
    pub(in crate::web) other_id: i64,
    pub(in crate::web) tag_number: String,
    pub(in crate::web) title: String,
    pub(in crate::web) status: String,
    pub(in crate::web) by: String,
}

impl Links {
    pub(super) async fn of(look: &Look<'_>) -> Result<Self, Problem> {
        let (system, actor) = (&look.visit.system, &look.visit.actor);
        let found = links::list(system, actor, look.defect, &look.query(SHOWN)).await?;
        Ok(Self {
            rows: look.rows("links", found, |link| Link::of(look, link)),
            may_change: look.writes(field::LINKS),
            kinds: words(&look.page, "link-kind", LinkKind::ALL, LinkKind::word),
        })
    }
}

impl Link {
    fn of(look: &Look<'_>, link: LinkView) -> Self {
        Self {
            id: link.id,
            kind: kind(&look.page, link.kind, link.direction),
            other_id: link.other.id,
            tag_number: link.other.tag_number,
            title: link.other.title,
            status: look.page.word("status", link.other.status.word()),
            by: look.by(&link.created_by.name, &link.created_at),
        }
    }
}

/// What this record has to do with the other, whichever of them the link was made on.
fn kind(page: &Page, kind: LinkKind, direction: Direction) -> String {
    match (direction, kind) {
        (Direction::Outgoing, _) => page.word("link-kind", kind.word()),
        (Direction::Incoming, LinkKind::CausedBy) => page.t("link-causes"),
        (Direction::Incoming, LinkKind::Duplicates) => page.t("link-duplicated"),
        (Direction::Incoming, LinkKind::RelatesTo) => page.word("link-kind", kind.word()),
    }
}

/// Links the record to another one.
#[post("/defects/{id}/links")]
async fn add_link(sent: Posted) -> Reply {
    let (id, key) = (sent.id("defect")?, sent.key()?);
    let draft = match named(&sent).await {
        Ok(draft) => draft,
        Err(error) => return again(&sent, id, "link", sent.typed.clone(), error).await,
    };
    let (system, actor, if_match) = (&sent.system, &sent.actor, sent.if_match());
    match links::add(system, actor, id, &if_match, &draft, key.as_ref()).await {
        Ok(_) => go(&section(id, "links"), Some("link-added")),
        Err(error) => again(&sent, id, "link", sent.typed.clone(), error).await,
    }
}

/// What was typed, with the id of the record whose number it names.
async fn named(sent: &Posted) -> Result<Draft<NewLink>, Error> {
    const FIELD: &str = "other_id";
    let number = sent.typed.value(FIELD).trim();
    if number.is_empty() {
        return Ok(sent.typed.draft());
    }
    let found = tag::record(sent, number).await?;
    let unknown = || Error::Invalid(vec![FieldError::unknown_reference(FIELD, "defect")]);
    let found = found.ok_or_else(unknown)?;
    let pairs = [
        ("kind", sent.typed.value("kind").to_owned()),
        (FIELD, found.to_string()),
    ];
    Ok(Typed::with(pairs).draft())
}

/// Removes a link, from either of its records.
#[post("/defects/{id}/links/{child_id}/removal")]
async fn remove_link(sent: Posted) -> Reply {
    let (id, link) = (sent.id("defect")?, sent.child(WHAT)?);
    match links::remove(&sent.system, &sent.actor, id, link, &sent.if_match()).await {
        // The second time that a button is pressed there is nothing to remove.
        Ok(_) | Err(Error::NotFound(WHAT)) => go(&section(id, "links"), Some("link-removed")),
        Err(error) => again(&sent, id, "link", sent.typed.clone(), error).await,
    }
}
