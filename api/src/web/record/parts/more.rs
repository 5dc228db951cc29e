//! The rows of one noun that have no room on the page of their record, on a page of their own: with the same templates, and
//! the same forms, which lead back to the record.

use actix_web::{get, web};
use askama::Template;
use service::defects::{self, DefectView};

use super::{Look, Parts};
use crate::answer::Reply;
use crate::problem::Problem;
use crate::web::page::{Page, show};
use crate::web::record::lookup::People;
use crate::web::typed::Typed;
use crate::web::visit::Visit;

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(show_more);
}

#[derive(Template)]
#[template(path = "record/more.html")]
struct MorePage {
    page: Page,
    defect: DefectView,
    parts: Parts,
    noun: String,
}

impl MorePage {
    /// Its forms are new ones: what is refused is shown on the record's page.
    fn form(&self, _part: &str) -> Typed {
        Typed::default()
    }
}

/// Shows rows of a noun, from a cursor on.
#[get(
    "/defects/{id}/{noun:disposition-lines|labor-entries|cost-entries|approvals|signatures|notes|attachments|serials|links|history}"
)]
async fn show_more(visit: Visit) -> Reply {
    let (system, actor, id) = (&visit.system, &visit.actor, visit.id("defect")?);
    let defect = defects::show(system, actor, id).await?;
    let may = defects::permissions(system, actor, id).await?;
    let cursor = visit.query()?.value("cursor").to_owned();
    let noun = visit.part("noun");
    let parts = {
        let look = Look {
            cursor: (!cursor.is_empty()).then_some(cursor),
            ..Look::at(&visit, &defect, &may)
        };
        only(&look, noun).await?
    };
    show(&MorePage {
        page: visit.page("defects"),
        parts,
        noun: noun.to_owned(),
        defect,
    })
}

/// The rows of one noun.
async fn only(look: &Look<'_>, noun: &str) -> Result<Parts, Problem> {
    let mut parts = Parts::default();
    match noun {
        "disposition-lines" => parts.lines = super::lines::Lines::of(look).await?,
        "labor-entries" => {
            let people = People::of(look.visit, look.may).await?;
            parts.labor = super::labor::Labor::of(look, &people, None).await?;
        }
        "cost-entries" => parts.cost = Some(super::cost::Costs::of(look).await?),
        "approvals" => parts.votes = super::votes::Votes::of(look).await?,
        "signatures" => parts.signatures = super::signatures::Signatures::of(look).await?,
        "notes" => parts.notes = super::notes::Notes::of(look).await?,
        "attachments" => parts.attachments = super::attachments::Attachments::of(look).await?,
        "serials" => parts.serials = super::serials::Serials::of(look).await?,
        "links" => parts.links = super::links::Links::of(look).await?,
        _ => parts.history = super::history::History::of(look).await?,
    }
    Ok(parts)
}
