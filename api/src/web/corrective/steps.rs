//! The nine steps of a request: what is written on each, who sees to it and until when.

use actix_web::{get, post, web};
use askama::Template;
use serde_json::{Map, Value as Json};
use service::corrective::overdue::is_step_overdue;
use service::corrective::{self, CorrectivePatch, CorrectivePermissions, CorrectiveView, StepView};
use service::words::Step;
use service::{Draft, Error};

use super::forms::{self, Choices};
use super::{SECTION, WHAT, address};
use crate::answer::Reply;
use crate::problem::Problem;
use crate::web::edited::{Edited, changed, with_current};
use crate::web::page::{self, Page, go};
use crate::web::typed::{Typed, renamed};
use crate::web::visit::{Posted, Visit};

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(write_step).service(save_step);
}

/// A step as the request's page shows it.
pub(super) struct StepRow {
    pub(super) word: &'static str,
    pub(super) name: String,
    pub(super) text: Option<String>,
    pub(super) supplier_text: Option<String>,
    pub(super) owner: Option<String>,
    pub(super) due: Option<String>,
    pub(super) done: Option<String>,
    pub(super) is_late: bool,
    pub(super) is_current: bool,
    pub(super) may_write: bool,
}

/// The steps of a request, in their order.
pub(super) fn rows(
    visit: &Visit,
    page: &Page,
    view: &CorrectiveView,
    permissions: &CorrectivePermissions,
) -> Vec<StepRow> {
    let (status, now) = (view.item.status, visit.system.clock.now());
    let row = |(step, of): (Step, &StepView)| StepRow {
        word: step.word(),
        name: page.word("step", step.word()),
        text: of.text.clone(),
        supplier_text: of.supplier_text.clone(),
        owner: of.owner.as_ref().map(|owner| owner.name.clone()),
        due: of.due_at.as_deref().map(|due| page.day(due)),
        done: forms::done(page, of.done_at.as_deref(), of.done_by.as_ref()),
        is_late: is_step_overdue(status, of, now),
        is_current: status.word() == step.word(),
        may_write: permissions.writes(step.word()),
    };
    steps(view).into_iter().map(row).collect()
}

fn steps(view: &CorrectiveView) -> [(Step, &StepView); 9] {
    [
        (Step::D0, &view.d0),
        (Step::D1, &view.d1),
        (Step::D2, &view.d2),
        (Step::D3, &view.d3),
        (Step::D4, &view.d4),
        (Step::D5, &view.d5),
        (Step::D6, &view.d6),
        (Step::D7, &view.d7),
        (Step::D8, &view.d8),
    ]
}

#[derive(Template)]
#[template(path = "corrective/step.html")]
struct StepPage {
    page: Page,
    id: i64,
    number: String,
    word: &'static str,
    name: String,
    hint: String,
    supplier_text: Option<String>,
    edited: Edited,
    people: Choices,
}

impl StepPage {
    async fn of(
        visit: &Visit,
        view: &CorrectiveView,
        step: Step,
        edited: Edited,
    ) -> Result<Self, Problem> {
        let page = visit.page(SECTION);
        let of = part(view, step);
        let owner = of
            .owner
            .as_ref()
            .map(|owner| (owner.id, owner.name.clone()));
        let people = with_current(forms::people(visit).await?, owner);
        Ok(Self {
            id: view.item.id,
            number: view.item.car_number.clone(),
            word: step.word(),
            name: page.word("step", step.word()),
            hint: page.word("car-step-hint", step.word()),
            supplier_text: of.supplier_text.clone(),
            edited: edited.in_words("owner_id", &people),
            people,
            page,
        })
    }
}

/// Shows the form of a step.
#[get("/corrective-actions/{id}/steps/{step}")]
async fn write_step(visit: Visit) -> Reply {
    let (id, step) = (visit.id(WHAT)?, step_of(&visit)?);
    let view = corrective::show(&visit.system, &visit.actor, id).await?;
    corrective::may_write(&visit.actor, view.item.status, step.word())?;
    let edited = Edited::fresh(held(&visit, part(&view, step)), view.item.version);
    page::show(&StepPage::of(&visit, &view, step, edited).await?)
}

/// Saves what was changed in a step.
#[post("/corrective-actions/{id}/steps/{step}")]
async fn save_step(sent: Posted) -> Reply {
    let (id, step) = (sent.id(WHAT)?, step_of(&sent)?);
    let own = |name: &str| sent.own(name);
    let fields = forms::body(&sent.system, &changed(&sent.typed, own));
    let body = Map::from_iter([(step.word().to_owned(), Json::Object(fields))]);
    let draft = Draft::<CorrectivePatch>::json(&Json::Object(body));
    let done = corrective::change(&sent.system, &sent.actor, id, &sent.if_match(), &draft).await;
    let error = match done {
        Ok(_) => return go(&address(id, &format!("#{step}")), Some("saved")),
        Err(error) => error,
    };
    let within = format!("{step}.");
    let error = renamed(error, |field| field.trim_start_matches(&within).to_owned());
    let view = corrective::show(&sent.system, &sent.actor, id).await?;
    let now = held(&sent, part(&view, step));
    let version = view.item.version;
    let (status, edited) = Edited::again(&sent.typed, own, &now, version, error.into())?;
    page::show_as(status, &StepPage::of(&sent, &view, step, edited).await?)
}

/// The step that the address names.
fn step_of(visit: &Visit) -> Result<Step, Error> {
    Step::of(visit.part("step")).ok_or(Error::NotFound("step"))
}

fn part(view: &CorrectiveView, step: Step) -> &StepView {
    let mut all = steps(view).into_iter();
    all.find(|(known, _)| *known == step)
        .map_or(&view.d0, |(_, part)| part)
}

/// What stands in the fields of a step's form.
fn held(visit: &Visit, of: &StepView) -> Typed {
    let page = visit.page(SECTION);
    let owner = of.owner.as_ref().map(|owner| owner.id.to_string());
    let due = of.due_at.as_deref().map(|due| page.day(due));
    Typed::with([
        ("text", of.text.clone().unwrap_or_default()),
        ("owner_id", owner.unwrap_or_default()),
        ("due_at", due.unwrap_or_default()),
    ])
}
