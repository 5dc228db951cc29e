//! What a supplier sees of a request behind his link, and the form in which he answers: without an account, in the language
//! of his browser. Links that open nothing count as they do at the API.

use std::iter::once;

use actix_web::{get, post, web};
use askama::Template;
use service::corrective::supplier::{SupplierStep, SupplierView};
use service::version::IfMatch;
use service::words::{RootCauseKind, Step};

use crate::answer::Reply;
use crate::problem::Kind;
use crate::rest::supplier as by_link;
use crate::web::edited::{Edited, changed};
use crate::web::page::{self, Page, go};
use crate::web::sign_in::with_cookie;
use crate::web::typed::Typed;
use crate::web::visit::{Guest, GuestForm};

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(show_to_supplier).service(take_answer);
}

#[derive(Template)]
#[template(path = "corrective/supplier.html")]
struct SupplierPage {
    page: Page,
    steps: Vec<Asked>,
    edited: Edited,
    view: SupplierView,
}

/// A step that the supplier answers, and the root causes that go with it.
struct Asked {
    word: &'static str,
    name: String,
    hint: String,
    due: Option<String>,
    text: Option<String>,
    may_answer: bool,
    causes: Vec<AskedCause>,
    /// What he typed when it was complete already.
    kept: Vec<(String, String)>,
}

/// A root cause as the supplier gives it.
struct AskedCause {
    word: &'static str,
    name: String,
    hint: String,
    text: Option<String>,
}

impl SupplierPage {
    fn of(guest: &Guest, view: SupplierView, edited: Edited) -> Self {
        let zone = guest.state.system.settings.time_zone;
        let page = guest.page("supplier").in_zone(zone);
        let asked = |(step, of): (Step, &SupplierStep)| {
            let may_answer = view.takes(of);
            let causes = match step {
                Step::D4 => causes(&page, &view),
                _ => Vec::new(),
            };
            let words = once(step.word()).chain(causes.iter().map(|cause| cause.word));
            let over = words.filter(|_| !may_answer);
            Asked {
                word: step.word(),
                name: page.word("step", step.word()),
                hint: page.word("car-step-hint", step.word()),
                due: of.due_at.as_deref().map(|due| page.day(due)),
                text: of.text.clone(),
                may_answer,
                kept: edited.kept(&page, over),
                causes,
            }
        };
        Self {
            steps: steps(&view).into_iter().map(asked).collect(),
            edited,
            page,
            view,
        }
    }
}

/// Shows the request behind a link.
#[get("/supplier/{token}")]
async fn show_to_supplier(guest: Guest) -> Reply {
    let view = by_link::seen(&guest.state, guest.request()).await?;
    let edited = Edited::fresh(held(&view), view.version);
    with_cookie(&guest, page::show(&SupplierPage::of(&guest, view, edited)))
}

/// Takes what was changed in the answers.
#[post("/supplier/{token}")]
async fn take_answer(sent: GuestForm) -> Reply {
    let own = |name: &str| sent.own(name);
    let draft = changed(&sent.typed, own).patch();
    let (state, request) = (&sent.state, sent.request());
    let problem = match by_link::answered(state, request, &if_match(&sent), &draft).await {
        Ok(_) => return go(request.path(), Some("car-answered")),
        Err(problem) => problem,
    };
    // A link that opens nothing any more has no page to come back to, and is counted once.
    if matches!(problem.kind(), Kind::NotFound | Kind::TooManyRequests) {
        return Err(problem);
    }
    let view = by_link::seen(state, request).await?;
    let (status, edited) = Edited::again(&sent.typed, own, &held(&view), view.version, problem)?;
    page::show_as(status, &SupplierPage::of(&sent, view, edited))
}

/// The version that the form was made from.
fn if_match(sent: &GuestForm) -> IfMatch {
    match sent.own("_version").and_then(|text| text.parse().ok()) {
        Some(version) => IfMatch::Versions(vec![version]),
        None => IfMatch::Missing,
    }
}

fn steps(view: &SupplierView) -> [(Step, &SupplierStep); 5] {
    [
        (Step::D3, &view.d3),
        (Step::D4, &view.d4),
        (Step::D5, &view.d5),
        (Step::D6, &view.d6),
        (Step::D7, &view.d7),
    ]
}

fn given(view: &SupplierView) -> [(RootCauseKind, &Option<String>); 3] {
    [
        (RootCauseKind::Occurrence, &view.occurrence),
        (RootCauseKind::NonDetection, &view.non_detection),
        (RootCauseKind::Systemic, &view.systemic),
    ]
}

fn causes(page: &Page, view: &SupplierView) -> Vec<AskedCause> {
    let cause = |(kind, text): (RootCauseKind, &Option<String>)| AskedCause {
        word: kind.word(),
        name: page.word("root-cause-kind", kind.word()),
        hint: page.word("car-cause-hint", kind.word()),
        text: text.clone(),
    };
    given(view).into_iter().map(cause).collect()
}

/// What stands in the fields of the form.
fn held(view: &SupplierView) -> Typed {
    let texts = steps(view).map(|(step, of)| (step.word(), of.text.clone()));
    let causes = given(view).map(|(kind, text)| (kind.word(), text.clone()));
    let all = texts.into_iter().chain(causes);
    Typed::with(all.map(|(name, text)| (name, text.unwrap_or_default())))
}
