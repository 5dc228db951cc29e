//! A request as a whole, on one page: its head, what comes next, its steps, and all that hangs on it.
//!
//! The short forms are on this page. One that was refused brings the page back with what was typed in it.

use actix_web::http::StatusCode;
use actix_web::{get, web};
use askama::Template;
use service::corrective::actions::CorrectiveActionView;
use service::corrective::causes::RootCauseView;
use service::corrective::checks::{self, CheckView};
use service::corrective::defects::{self, LinkedDefect};
use service::corrective::overdue::is_overdue;
use service::corrective::signatures::{self, CorrectiveSignature};
use service::corrective::supplier::link::{SupplierLinkView, may_give};
use service::corrective::{self, CorrectiveItem, CorrectivePermissions, CorrectiveView};
use service::defects::ChildQuery;
use service::words::{CorrectiveKind, Effectiveness, Meaning, RootCauseKind};
use service::{Draft, Error};

use super::actions::{self, ActionRow};
use super::categories::Categories;
use super::causes::{self, CauseRow};
use super::forms::{self, Choices};
use super::moves::{self, MoveRow};
use super::steps::{self, StepRow};
use super::{SECTION, WHAT, address, link};
use crate::answer::Reply;
use crate::problem::Problem;
use crate::web::page::{self, Page};
use crate::web::typed::Typed;
use crate::web::visit::{Posted, Visit};

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(show_request);
}

/// What the page's forms hold, and what is told on top; nothing, unless one of them was refused.
#[derive(Default)]
pub(super) struct Forms {
    pub(super) defect: Typed,
    pub(super) cause: Typed,
    pub(super) action: Typed,
    pub(super) check: Typed,
    pub(super) link: Typed,
    /// A move, and its form.
    pub(super) moved: (String, Typed),
    /// The address of the supplier's page, where a link was just given.
    pub(super) given: Option<String>,
    /// What is told on top.
    pub(super) told: Option<Told>,
}

/// Something that is told on top of the page.
pub(super) struct Told {
    text: String,
    /// Whether it is in the service's words.
    is_english: bool,
}

impl Told {
    /// One of our messages.
    pub(super) fn ours(text: String) -> Self {
        Self {
            text,
            is_english: false,
        }
    }
}

/// Which of a page's forms it is.
pub(super) type Place = fn(&mut Forms) -> &mut Typed;

#[derive(Template)]
#[template(path = "corrective/record.html")]
struct RecordPage {
    page: Page,
    car: CorrectiveItem,
    description: String,
    supplier: Option<String>,
    is_late: bool,
    may_edit: bool,
    may_link: bool,
    may_add_cause: bool,
    may_add_action: bool,
    may_check: bool,
    moves: Vec<MoveRow>,
    steps: Vec<StepRow>,
    defects: Vec<LinkedDefect>,
    causes: Vec<CauseRow>,
    actions: Vec<ActionRow>,
    checks: Vec<CheckView>,
    signatures: Vec<CorrectiveSignature>,
    /// Whether the visitor may know of the supplier's link, may give one, and the one that is valid now.
    sees_link: bool,
    may_give_link: bool,
    link: Option<SupplierLinkView>,
    /// Whether there is more of something than the page shows.
    is_cut: bool,
    people: Choices,
    categories: Choices,
    forms: Forms,
    words: FixedWords,
}

/// What is chosen from fixed words.
struct FixedWords {
    kinds: Vec<&'static str>,
    cause_kinds: Vec<&'static str>,
    outcomes: Vec<&'static str>,
    meanings: Vec<&'static str>,
}

impl Default for FixedWords {
    fn default() -> Self {
        Self {
            kinds: CorrectiveKind::ALL.iter().map(|word| word.word()).collect(),
            cause_kinds: RootCauseKind::ALL.iter().map(|word| word.word()).collect(),
            outcomes: Effectiveness::ALL.iter().map(|word| word.word()).collect(),
            meanings: Meaning::ALL.iter().map(|word| word.word()).collect(),
        }
    }
}

/// A request and all that hangs on it, as the service gives it.
struct Whole {
    view: CorrectiveView,
    may: CorrectivePermissions,
    defects: Vec<LinkedDefect>,
    causes: Vec<RootCauseView>,
    actions: Vec<CorrectiveActionView>,
    checks: Vec<CheckView>,
    signatures: Vec<CorrectiveSignature>,
    is_cut: bool,
}

impl Whole {
    async fn read(visit: &Visit, id: i64) -> Result<Self, Error> {
        let (system, actor) = (&visit.system, &visit.actor);
        let view = corrective::show(system, actor, id).await?;
        let may = corrective::permissions(system, actor, id).await?;
        let defects = defects::list(system, actor, id, &all()).await?;
        let causes = corrective::causes::list(system, actor, id, &all()).await?;
        let actions = corrective::actions::list(system, actor, id, &all()).await?;
        let checks = checks::list(system, actor, id, &all()).await?;
        let signatures = signatures::list(system, actor, id, &all()).await?;
        // What holds long texts ends early where they are many; of all else there is no more than a page.
        let cursors = [
            &causes.next_cursor,
            &actions.next_cursor,
            &checks.next_cursor,
        ];
        Ok(Self {
            is_cut: cursors.iter().any(|cursor| cursor.is_some()),
            view,
            may,
            defects: defects.items,
            causes: causes.items,
            actions: actions.items,
            checks: checks.items,
            signatures: signatures.items,
        })
    }
}

impl RecordPage {
    async fn of(visit: &Visit, id: i64, forms: Forms) -> Result<Self, Problem> {
        let whole = Whole::read(visit, id).await?;
        let (page, status, may) = (visit.page(SECTION), whole.view.item.status, &whole.may);
        let categories = Categories::of(visit).await?;
        let (sees_link, link) = link::standing(visit, id).await?;
        let (actor, now) = (&visit.actor, visit.system.clock.now());
        let may_add_action = may.writes("actions");
        let people = match may_add_action {
            true => forms::people(visit).await?,
            false => Choices::new(),
        };
        Ok(Self {
            supplier: whole.view.item.supplier.as_ref().map(forms::supplier_name),
            is_late: is_overdue(&whole.view.item, now),
            may_edit: may.writes("title"),
            may_link: may.writes("defects"),
            may_add_cause: may.writes("root_causes"),
            may_add_action,
            may_check: checks::may_add(actor, status).is_ok(),
            moves: moves::rows(&page, may, &whole.actions, &forms.moved),
            steps: steps::rows(visit, &page, &whole.view, may),
            causes: causes::rows(&page, &categories, may, whole.causes),
            actions: actions::rows(visit, &page, &whole.view, whole.actions),
            description: whole.view.description,
            car: whole.view.item,
            defects: whole.defects,
            checks: whole.checks,
            signatures: whole.signatures,
            is_cut: whole.is_cut,
            sees_link,
            may_give_link: may_give(actor, status).is_ok(),
            link,
            people,
            categories: categories.choices(),
            forms,
            words: FixedWords::default(),
            page,
        })
    }

    /// What was typed for a move that is none any more.
    fn left(&self) -> Typed {
        let (word, form) = &self.forms.moved;
        match self.moves.iter().any(|row| row.word == word) {
            true => Typed::default(),
            false => form.clone().without(&["action", "signature.meaning"]),
        }
    }
}

/// As many of the children as the service gives at once: a request has no more.
pub(super) fn all() -> Draft<ChildQuery> {
    Draft::pairs(&[("limit".to_owned(), "200".to_owned())])
}

/// Shows a request with all that hangs on it.
#[get("/corrective-actions/{id}")]
async fn show_request(visit: Visit) -> Reply {
    let id = visit.id(WHAT)?;
    page::show(&RecordPage::of(&visit, id, Forms::default()).await?)
}

/// The page with a link that was just given: told this once, and kept by nobody.
pub(super) async fn with_link(sent: &Posted, id: i64, forms: Forms) -> Reply {
    page::show_once(&RecordPage::of(sent, id, forms).await?)
}

/// Where a short form leads once it is done: to its part of the page.
pub(super) fn back(id: i64, place: &str, done: &str) -> Reply {
    page::go(&address(id, place), Some(done))
}

/// The page again, with the form that was refused; what is no matter of a form is passed on.
pub(super) async fn refused(sent: &Posted, id: i64, error: Error, place: Place) -> Reply {
    let mut forms = Forms::default();
    let status = refuse(sent, &mut forms, error, place)?;
    let template = RecordPage::of(sent, id, forms).await?;
    page::show_as(status, &template)
}

/// The page again with a form that was filled in otherwise.
pub(super) async fn again(sent: &Posted, id: i64, status: StatusCode, forms: Forms) -> Reply {
    page::show_as(status, &RecordPage::of(sent, id, forms).await?)
}

/// Puts what was typed back into its form, with what is wrong; answers the status that goes with it.
pub(super) fn refuse(
    sent: &Posted,
    forms: &mut Forms,
    error: Error,
    place: Place,
) -> Result<StatusCode, Problem> {
    let typed = sent.typed.clone();
    match error {
        Error::VersionStale { .. } => {
            forms.told = Some(Told::ours(sent.words().text("edited-overtaken")));
            *place(forms) = typed.without(&["signature.password"]);
            Ok(StatusCode::PRECONDITION_FAILED)
        }
        Error::WrongState(detail) => {
            forms.told = Some(Told {
                text: detail,
                is_english: true,
            });
            *place(forms) = typed.without(&["signature.password"]);
            Ok(StatusCode::CONFLICT)
        }
        Error::Forbidden { .. } => Err(error.into()),
        error => {
            let problem = Problem::from(error);
            sent.tell(&problem);
            *place(forms) = typed.refused(problem)?;
            Ok(StatusCode::UNPROCESSABLE_ENTITY)
        }
    }
}
