//! The head of a request: what is wrong, how grave it is, who answers for it, which supplier is asked.

use actix_web::{get, post, web};
use askama::Template;
use service::corrective::{self, CorrectivePatch, CorrectiveView};
use service::words::Severity;

use super::forms::{self, Choices};
use super::{SECTION, WHAT, address};
use crate::answer::Reply;
use crate::problem::Problem;
use crate::web::edited::{Edited, changed, with_current};
use crate::web::page::{self, Page, go};
use crate::web::record::named::{Named, suppliers};
use crate::web::typed::Typed;
use crate::web::visit::{Posted, Visit};

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(write_head).service(save_head);
}

#[derive(Template)]
#[template(path = "corrective/head.html")]
struct HeadPage {
    page: Page,
    id: i64,
    number: String,
    edited: Edited,
    people: Choices,
    suppliers: Option<Choices>,
    severities: Vec<&'static str>,
}

impl HeadPage {
    async fn of(visit: &Visit, view: &CorrectiveView, edited: Edited) -> Result<Self, Problem> {
        let item = &view.item;
        let owner = Some((item.owner.id, item.owner.name.clone()));
        let people = with_current(forms::people(visit).await?, owner);
        let name = item.supplier.as_ref().map(forms::supplier_name);
        let now = (code_of(view), name.as_deref().unwrap_or_default());
        let suppliers = suppliers(visit, now).await?;
        let edited = edited
            .in_words("owner_id", &people)
            .in_words("supplier_id", suppliers.as_deref().unwrap_or_default());
        Ok(Self {
            page: visit.page(SECTION),
            id: item.id,
            number: item.car_number.clone(),
            edited,
            people,
            suppliers,
            severities: Severity::ALL.iter().map(|word| word.word()).collect(),
        })
    }
}

/// Shows the form.
#[get("/corrective-actions/{id}/head")]
async fn write_head(visit: Visit) -> Reply {
    let id = visit.id(WHAT)?;
    let view = corrective::show(&visit.system, &visit.actor, id).await?;
    corrective::may_write(&visit.actor, view.item.status, "title")?;
    let edited = Edited::fresh(held(&visit, &view), view.item.version);
    page::show(&HeadPage::of(&visit, &view, edited).await?)
}

/// Saves what was changed.
#[post("/corrective-actions/{id}/head")]
async fn save_head(sent: Posted) -> Reply {
    let id = sent.id(WHAT)?;
    let own = |name: &str| sent.own(name);
    let named = Named::of(&sent, &changed(&sent.typed, own)).await?;
    let draft = forms::draft::<CorrectivePatch>(&sent.system, &named.typed);
    let done = corrective::change(&sent.system, &sent.actor, id, &sent.if_match(), &draft).await;
    let error = match named.told(done) {
        Ok(_) => return go(&address(id, ""), Some("saved")),
        Err(error) => error,
    };
    let view = corrective::show(&sent.system, &sent.actor, id).await?;
    let (now, version) = (held(&sent, &view), view.item.version);
    let (status, edited) = Edited::again(&sent.typed, own, &now, version, error.into())?;
    page::show_as(status, &HeadPage::of(&sent, &view, edited).await?)
}

/// What stands in the fields of the form.
fn held(visit: &Visit, view: &CorrectiveView) -> Typed {
    let (page, item) = (visit.page(SECTION), &view.item);
    let due = item.due_at.as_deref().map(|due| page.day(due));
    Typed::with([
        ("title", item.title.clone()),
        ("description", view.description.clone()),
        (
            "severity",
            item.severity.map_or("", Severity::word).to_owned(),
        ),
        ("supplier_id", code_of(view).to_owned()),
        ("owner_id", item.owner.id.to_string()),
        ("due_at", due.unwrap_or_default()),
    ])
}

/// The code of the supplier who is asked.
fn code_of(view: &CorrectiveView) -> &str {
    let supplier = view.item.supplier.as_ref();
    supplier.map_or("", |one| one.code.as_str())
}
