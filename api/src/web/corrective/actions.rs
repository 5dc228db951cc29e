//! The actions of a request: containment, corrective, preventive. Whoever does one says so; somebody else verifies it.

use actix_web::{get, post, web};
use askama::Template;
use service::corrective::actions::{
    self, CorrectiveActionPatch, CorrectiveActionView, NewCorrectiveAction,
};
use service::corrective::overdue::is_action_overdue;
use service::corrective::{self, ActionRights, CorrectiveView};
use service::words::CorrectiveKind;

use super::forms::{self, Choices};
use super::record::{self, back};
use super::{SECTION, WHAT};
use crate::answer::Reply;
use crate::problem::Problem;
use crate::web::edited::{Edited, changed, with_current};
use crate::web::page::{self, Page};
use crate::web::typed::Typed;
use crate::web::visit::{Posted, Visit};

const CHILD: &str = "action";

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config
        .service(add_action)
        .service(write_action)
        .service(save_action)
        .service(remove_action);
}

/// An action as the request's page shows it.
pub(super) struct ActionRow {
    pub(super) id: i64,
    pub(super) kind: &'static str,
    pub(super) brief: String,
    pub(super) text: String,
    pub(super) outcome: Option<String>,
    pub(super) owner: String,
    pub(super) due: Option<String>,
    pub(super) attempt: i64,
    pub(super) done: Option<String>,
    pub(super) verified: Option<String>,
    pub(super) is_late: bool,
    /// What the visitor may do with it now.
    pub(super) may: ActionRights,
}

/// The actions of a request.
pub(super) fn rows(
    visit: &Visit,
    page: &Page,
    view: &CorrectiveView,
    actions: Vec<CorrectiveActionView>,
) -> Vec<ActionRow> {
    let (status, now) = (view.item.status, visit.system.clock.now());
    let row = |action: CorrectiveActionView| ActionRow {
        id: action.id,
        kind: action.kind.word(),
        due: action.due_at.as_deref().map(|due| page.day(due)),
        is_late: is_action_overdue(status, &action, now),
        done: forms::done(page, action.done_at.as_deref(), action.done_by.as_ref()),
        verified: forms::done(
            page,
            action.verified_at.as_deref(),
            action.verified_by.as_ref(),
        ),
        may: ActionRights::of(&visit.actor, status, &action),
        brief: forms::brief(&action.text),
        text: action.text,
        outcome: action.outcome,
        owner: action.owner.name,
        attempt: action.attempt,
    };
    actions.into_iter().map(row).collect()
}

#[derive(Template)]
#[template(path = "corrective/action.html")]
struct ActionPage {
    page: Page,
    id: i64,
    number: String,
    action: CorrectiveActionView,
    edited: Edited,
    people: Choices,
    kinds: Vec<&'static str>,
    /// Which of the fields the visitor writes.
    may: ActionRights,
    /// What he typed into others of them.
    kept: Vec<(String, String)>,
}

impl ActionPage {
    async fn of(
        visit: &Visit,
        view: &CorrectiveView,
        action: CorrectiveActionView,
        edited: Edited,
    ) -> Result<Self, Problem> {
        let owner = Some((action.owner.id, action.owner.name.clone()));
        let people = with_current(forms::people(visit).await?, owner);
        let may = ActionRights::of(&visit.actor, view.item.status, &action);
        let texts = [("text", may.plan), ("outcome", may.tell)].into_iter();
        let over = texts.filter(|(_, writes)| !writes).map(|(name, _)| name);
        let page = visit.page(SECTION);
        Ok(Self {
            kept: edited.kept(&page, over),
            page,
            id: view.item.id,
            number: view.item.car_number.clone(),
            edited: edited.in_words("owner_id", &people),
            people,
            kinds: CorrectiveKind::ALL.iter().map(|word| word.word()).collect(),
            may,
            action,
        })
    }
}

/// Adds an action.
#[post("/corrective-actions/{id}/actions")]
async fn add_action(sent: Posted) -> Reply {
    let (id, key) = (sent.id(WHAT)?, sent.key()?);
    let draft = forms::draft::<NewCorrectiveAction>(&sent.system, &sent.typed);
    let (system, actor) = (&sent.system, &sent.actor);
    match actions::add(system, actor, id, &sent.if_match(), &draft, key.as_ref()).await {
        Ok(_) => back(id, "#actions", "saved"),
        Err(error) => record::refused(&sent, id, error, |forms| &mut forms.action).await,
    }
}

/// Shows the form of an action.
#[get("/corrective-actions/{id}/actions/{child_id}")]
async fn write_action(visit: Visit) -> Reply {
    let (id, child) = (visit.id(WHAT)?, visit.child(CHILD)?);
    let view = corrective::show(&visit.system, &visit.actor, id).await?;
    let action = actions::show(&visit.system, &visit.actor, id, child).await?;
    corrective::may_change_action(&visit.actor, view.item.status, &action)?;
    let edited = Edited::fresh(held(&visit, &action), view.item.version);
    page::show(&ActionPage::of(&visit, &view, action, edited).await?)
}

/// Saves what was changed in an action, that it is done, or that it is verified.
#[post("/corrective-actions/{id}/actions/{child_id}")]
async fn save_action(sent: Posted) -> Reply {
    let (id, child) = (sent.id(WHAT)?, sent.child(CHILD)?);
    let own = |name: &str| sent.own(name);
    let (system, actor) = (&sent.system, &sent.actor);
    let draft = forms::draft::<CorrectiveActionPatch>(system, &changed(&sent.typed, own));
    let done = actions::change(system, actor, (id, child), &sent.if_match(), &draft).await;
    let error = match done {
        Ok(_) => return back(id, &format!("#action-{child}"), "saved"),
        Err(error) => error,
    };
    let view = corrective::show(system, actor, id).await?;
    let action = actions::show(system, actor, id, child).await?;
    let (now, version) = (held(&sent, &action), view.item.version);
    let (status, edited) = Edited::again(&sent.typed, own, &now, version, error.into())?;
    page::show_as(status, &ActionPage::of(&sent, &view, action, edited).await?)
}

/// Takes an action back that is not done.
#[post("/corrective-actions/{id}/actions/{child_id}/removal")]
async fn remove_action(sent: Posted) -> Reply {
    let (id, child) = (sent.id(WHAT)?, sent.child(CHILD)?);
    match actions::remove(&sent.system, &sent.actor, (id, child), &sent.if_match()).await {
        Ok(_) => back(id, "#actions", "car-removed"),
        Err(error) => record::refused(&sent, id, error, |forms| &mut forms.action).await,
    }
}

/// What stands in the fields of the form.
fn held(visit: &Visit, action: &CorrectiveActionView) -> Typed {
    let page = visit.page(SECTION);
    let due = action.due_at.as_deref().map(|due| page.day(due));
    let yes_or_no = |is_so: bool| is_so.to_string();
    Typed::with([
        ("kind", action.kind.word().to_owned()),
        ("text", action.text.clone()),
        ("owner_id", action.owner.id.to_string()),
        ("due_at", due.unwrap_or_default()),
        ("outcome", action.outcome.clone().unwrap_or_default()),
        ("is_done", yes_or_no(action.done_at.is_some())),
        ("is_verified", yes_or_no(action.verified_at.is_some())),
    ])
}
