//! What a code or a text on the floor means: the tag of a record, or a part.

use actix_web::HttpRequest;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use service::Error;
use service::defects;
use service::part::{self, PartQuery, PartView};

use crate::web::here;
use crate::web::tag;
use crate::web::typed::Typed;
use crate::web::visit::Visit;

/// How many parts are suggested.
const SUGGESTED: &str = "10";

/// A part, as the floor shows it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Found {
    pub(super) id: i64,
    pub(super) number: String,
    pub(super) label: String,
}

/// What a scanned code is.
pub(super) enum Scanned {
    /// The tag of a record.
    Record(i64),
    /// A part.
    Part(Found),
    /// The number of a part in several revisions.
    Several,
    /// Nothing that is known here.
    Nothing,
}

impl Found {
    fn of(part: PartView) -> Self {
        Self {
            id: part.id,
            label: format!("{} {} {}", part.number, part.revision, part.name),
            number: part.number,
        }
    }
}

impl Scanned {
    /// Where the code leads; what is not known is told where parts are looked for. Whoever does not report is led to the
    /// records with it.
    pub(super) fn address(&self, code: &str, may_report: bool) -> String {
        let code = utf8_percent_encode(code, NON_ALPHANUMERIC);
        match self {
            Self::Record(id) => format!("/defects/{id}"),
            _ if !may_report => format!("/defects?q={code}"),
            Self::Part(part) => format!("/floor?part_id={}", part.id),
            Self::Several | Self::Nothing => format!("/floor?part={code}"),
        }
    }
}

/// What a code means: the address of a record on this server, a tag number, or the number of a part.
pub(super) async fn by_code(visit: &Visit, code: &str) -> Result<Scanned, Error> {
    if code.is_empty() {
        return Ok(Scanned::Nothing);
    }
    let record = match addressed(visit.request(), code)? {
        Some(id) => existing(visit, id).await?,
        None => tagged(visit, code).await?,
    };
    if let Some(id) = record {
        return Ok(Scanned::Record(id));
    }
    let mut parts = meant(visit, code).await?;
    let is_exact = parts
        .iter()
        .all(|part| part.number.eq_ignore_ascii_case(code));
    Ok(match (parts.pop(), parts.len()) {
        (Some(part), 0) if is_exact => Scanned::Part(part),
        (Some(_), _) if is_exact => Scanned::Several,
        _ => Scanned::Nothing,
    })
}

/// A part by its id, where there is one.
pub(super) async fn known(visit: &Visit, id: i64) -> Result<Option<Found>, Error> {
    match part::show(&visit.system, &visit.actor, id).await {
        Ok(part) => Ok(Some(Found::of(part))),
        Err(Error::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The parts of exactly this number, one for each revision; where there are none, those that the text begins.
pub(super) async fn meant(visit: &Visit, text: &str) -> Result<Vec<Found>, Error> {
    let exact = listed(visit, "number", text).await?;
    if exact.is_empty() {
        return beginning(visit, text).await;
    }
    Ok(exact)
}

/// The parts whose number or name begins with a text.
pub(super) async fn beginning(visit: &Visit, text: &str) -> Result<Vec<Found>, Error> {
    listed(visit, "q", text).await
}

async fn listed(visit: &Visit, by: &str, text: &str) -> Result<Vec<Found>, Error> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let asked = [(by, text), ("is_active", "true"), ("limit", SUGGESTED)];
    let draft = Typed::with(asked).draft::<PartQuery>();
    match part::list(&visit.system, &visit.actor, &draft).await {
        Ok(page) => Ok(page.items.into_iter().map(Found::of).collect()),
        // Longer than the number of any part, or no text that one could have.
        Err(Error::Invalid(_)) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// The record whose address on this server a code is: what the tag's picture holds.
fn addressed(request: &HttpRequest, code: &str) -> Result<Option<i64>, Error> {
    let path = here::path_of(request, code)?;
    Ok(path.and_then(|path| {
        let id = path.strip_prefix("/defects/")?;
        id.split(['/', '?', '#']).next()?.parse().ok()
    }))
}

async fn existing(visit: &Visit, id: i64) -> Result<Option<i64>, Error> {
    match defects::show(&visit.system, &visit.actor, id).await {
        Ok(view) => Ok(Some(view.item.id)),
        Err(Error::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The record with this number on its tag. A number alone is the number of a part.
async fn tagged(visit: &Visit, code: &str) -> Result<Option<i64>, Error> {
    match code.parse::<i64>() {
        Ok(_) => Ok(None),
        Err(_) => tag::record(visit, code).await,
    }
}
