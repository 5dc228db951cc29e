//! Moving a record: its actions, and stopping and starting its clock.
//!
//! Whether an action asks for a reason or a signature is told by the service. What asks for neither is done from its
//! button; the others have a page of their own, where one that is refused is shown again in any case.

use actix_web::http::StatusCode;
use actix_web::{get, post, web};
use askama::Template;
use serde_json::{Map, Value as Json};
use service::defects::hold::{self, Hold, Release};
use service::defects::transition::{self, TransitionRequest};
use service::defects::{self, DefectView};
use service::lifecycle::Action;
use service::words::Meaning;
use service::{Draft, Error};

use super::steps::Step;
use super::{Refused, lookup, page_with, place};
use crate::answer::Reply;
use crate::problem::Problem;
use crate::web::page::{self, Page, go, show};
use crate::web::typed::Typed;
use crate::web::visit::{Posted, Visit};

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config
        .service(show_action)
        .service(take_action)
        .service(hold_record)
        .service(release_record);
}

/// An action that asks for a reason or a signature.
#[derive(Template)]
#[template(path = "record/action.html")]
struct ActionPage {
    page: Page,
    defect: DefectView,
    step: Step,
    needs_reason: bool,
    needs_signature: bool,
    meanings: Vec<&'static str>,
    form: Typed,
}

impl ActionPage {
    /// The page of an action; none where the visitor may not take it from the record's state.
    async fn of(
        visit: &Visit,
        id: i64,
        action: Action,
        form: Option<Typed>,
    ) -> Result<Option<Self>, Error> {
        let defect = defects::show(&visit.system, &visit.actor, id).await?;
        let may = defects::permissions(&visit.system, &visit.actor, id).await?;
        let mut known = may.actions.iter();
        let Some(view) = known.find(|view| view.action == action) else {
            return Ok(None);
        };
        let page = visit.page("defects");
        // A reason that was typed on the board comes along.
        let asked = visit.query().unwrap_or_default();
        let usual = [
            ("signature.meaning", usual_meaning(action).word()),
            ("reason", asked.value("reason")),
        ];
        Ok(Some(Self {
            step: Step::of(&page, view),
            needs_reason: view.needs_reason,
            needs_signature: view.needs_signature,
            meanings: Meaning::ALL.iter().map(|word| word.word()).collect(),
            form: form.unwrap_or_else(|| Typed::with(usual)),
            page,
            defect,
        }))
    }
}

/// What a signature under an action mostly stands for; the signer may choose another.
fn usual_meaning(action: Action) -> Meaning {
    match action {
        Action::Close => Meaning::Closure,
        Action::ApproveDisposition => Meaning::Approval,
        _ => Meaning::Responsibility,
    }
}

/// Shows an action, and what it asks for.
#[get("/defects/{id:[0-9]+}/transitions/{action}")]
async fn show_action(visit: Visit) -> Reply {
    let action = Action::of(visit.part("action")).ok_or(Error::NotFound("action"))?;
    let id = visit.id("defect")?;
    transition::may_act(&visit.system, &visit.actor, id, action).await?;
    let shown = ActionPage::of(&visit, id, action, None).await?;
    show(&shown.ok_or_else(moved_on)?)
}

/// What is said where an action was to be taken a moment ago, and is so no more.
fn moved_on() -> Error {
    Error::WrongState("the record has just moved on".to_owned())
}

/// Takes an action.
#[post("/defects/{id:[0-9]+}/transitions")]
async fn take_action(sent: Posted) -> Reply {
    let (id, key, if_match) = (sent.id("defect")?, sent.key()?, sent.if_match());
    let draft = request(&sent.typed);
    let (system, actor) = (&sent.system, &sent.actor);
    let done = transition::act(system, actor, id, &if_match, &draft, key.as_ref()).await;
    match done {
        Ok(_) => {
            let word = sent.typed.value("action").replace('_', "-");
            go(&format!("/defects/{id}"), Some(&word))
        }
        Err(error) => refused(&sent, id, error).await,
    }
}

/// An action that was refused: its page again, or where it is not to be taken any more, the record as it is now.
async fn refused(sent: &Posted, id: i64, error: Error) -> Reply {
    let Some(action) = Action::of(sent.typed.value("action")) else {
        return Err(error.into());
    };
    let form = match error {
        // What the record lacks is listed in any case, with links to where it is written.
        Error::Invalid(errors) => {
            let others = errors.into_iter().filter(|error| error.code != "unmet");
            let others = others.collect::<Vec<_>>();
            match others.is_empty() {
                true => sent.typed.clone().without(&["signature.password"]),
                false => again(sent, Error::Invalid(others))?,
            }
        }
        error => again(sent, error)?,
    };
    match ActionPage::of(sent, id, action, Some(form.clone())).await? {
        Some(shown) => page::show_as(StatusCode::UNPROCESSABLE_ENTITY, &shown),
        None => {
            let form = match form.is_refused() {
                true => form,
                false => again(sent, moved_on())?,
            };
            let form = form.without(&["action", "signature.meaning"]);
            page_with(sent, id, Refused::Section("next", form)).await
        }
    }
}

/// A form with what was refused.
pub(super) fn again(sent: &Posted, error: Error) -> Result<Typed, Problem> {
    let problem = Problem::from(error);
    sent.tell(&problem);
    sent.typed.clone().refused(problem)
}

/// The request that a form is: what stands in the signature's fields is an object of its own.
fn request(typed: &Typed) -> Draft<TransitionRequest> {
    let filled = |names: &[&str], prefix: &str| -> Map<String, Json> {
        let values = names.iter().map(|name| {
            let text = typed.value(&format!("{prefix}{name}"));
            ((*name).to_owned(), text)
        });
        let filled = values.filter(|(_, text)| !text.is_empty());
        filled
            .map(|(name, text)| (name, Json::from(text)))
            .collect()
    };
    let mut body = filled(&["action", "reason"], "");
    let mut names = typed.pairs().iter().map(|(name, _)| name);
    if names.any(|name| name.starts_with("signature.")) {
        let signature = filled(&["password", "meaning"], "signature.");
        body.insert("signature".to_owned(), signature.into());
    }
    Draft::json(&Json::Object(body))
}

/// Puts a record on hold.
#[post("/defects/{id:[0-9]+}/hold")]
async fn hold_record(sent: Posted) -> Reply {
    let (id, key, if_match) = (sent.id("defect")?, sent.key()?, sent.if_match());
    let until = lookup::instant(sent.system.settings.time_zone, sent.typed.value("until"));
    let typed = [
        ("reason", sent.typed.value("reason")),
        ("until", until.as_str()),
    ];
    let draft = Typed::with(typed).draft::<Hold>();
    let (system, actor) = (&sent.system, &sent.actor);
    match hold::begin(system, actor, id, &if_match, &draft, key.as_ref()).await {
        Ok(_) => go(&place(id, "hold"), Some("held")),
        Err(error) => {
            let form = again(&sent, error)?;
            page_with(&sent, id, Refused::Section("hold", form)).await
        }
    }
}

/// Releases a record that is on hold.
#[post("/defects/{id:[0-9]+}/release")]
async fn release_record(sent: Posted) -> Reply {
    let (id, key, if_match) = (sent.id("defect")?, sent.key()?, sent.if_match());
    let draft = sent.typed.draft::<Release>();
    let (system, actor) = (&sent.system, &sent.actor);
    match hold::release(system, actor, id, &if_match, &draft, key.as_ref()).await {
        Ok(_) => go(&place(id, "hold"), Some("released")),
        Err(error) => {
            let form = again(&sent, error)?;
            page_with(&sent, id, Refused::Section("release", form)).await
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use super::request;
    use crate::web::typed::Typed;

    #[test]
    fn a_signature_that_is_asked_for_is_sent_even_when_it_is_empty() {
        let typed = Typed::with([
            ("action", "close"),
            ("signature.password", ""),
            ("signature.meaning", "closure"),
        ]);
        let draft = request(&typed);
        assert_eq!(draft.sent(), ["action", "signature"]);
        assert_eq!(draft.sent_within("signature"), ["meaning"]);
        let plain = request(&Typed::with([("action", "start_analysis"), ("reason", "")]));
        assert!(plain.check().unwrap().signature.is_none());
    }
}
