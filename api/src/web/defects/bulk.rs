//! One thing done with many records: each by itself, at the version that was seen, and what became of each is told.

use actix_web::{post, web};
use askama::Template;
use service::defects::transition::{self, TransitionRequest};
use service::defects::{self, DefectPatch, DefectView};
use service::lifecycle::Action;
use service::reference::PersonRef;
use service::version::IfMatch;
use service::{Draft, Error};

use super::views::sent_from;
use super::wrongs::{Told, told};
use super::{ListPage, bar};
use crate::answer::Reply;
use crate::problem::{Kind, Problem};
use crate::web::page::{Page, show};
use crate::web::typed::Typed;
use crate::web::visit::{Posted, Visit};

/// How many records a form may name.
const MOST: usize = 200;

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(act_on_many);
}

/// What the visitor may do with many records.
pub(super) struct Offer {
    /// To whom he may give them; nobody where he may not.
    pub(super) people: Vec<(String, String)>,
    /// The severities that he may set.
    pub(super) severities: Vec<(String, String)>,
    pub(super) may_start: bool,
}

impl Offer {
    /// What the visitor's roles ever let him do; none where that is nothing.
    pub(super) fn of(page: &Page, visit: &Visit, people: &[PersonRef]) -> Option<Self> {
        let actor = &visit.actor;
        let mut offer = Self {
            people: Vec::new(),
            severities: Vec::new(),
            may_start: defects::ever_takes(actor, Action::StartAnalysis),
        };
        if defects::ever_writes(actor, "assignee_id") {
            offer.people = bar::assignees(page, people, actor.id);
        }
        if defects::ever_writes(actor, "severity") {
            offer.severities = bar::severities(page);
        }
        let is_something =
            offer.may_start || !offer.people.is_empty() || !offer.severities.is_empty();
        is_something.then_some(offer)
    }
}

/// What is done with each record.
enum Deed {
    Change(Box<Draft<DefectPatch>>),
    Move(Box<Draft<TransitionRequest>>),
}

impl Deed {
    /// What a form asks for; none where it does not say to whom, or how grave.
    fn asked(sent: &Posted) -> Option<Self> {
        let change = |name: &str, value: &str| {
            let typed = Typed::with([(name, value)]);
            Self::Change(Box::new(typed.patch()))
        };
        let value = |name| Some(sent.typed.value(name)).filter(|value| !value.is_empty());
        match sent.own("_action")? {
            "assign" => value("assignee_id").map(|person| match person {
                "none" => change("assignee_id", ""),
                person => change("assignee_id", person),
            }),
            "severity" => value("severity").map(|word| change("severity", word)),
            "start_analysis" => {
                let typed = Typed::with([("action", Action::StartAnalysis.word())]);
                Some(Self::Move(Box::new(typed.draft())))
            }
            _ => None,
        }
    }

    async fn done(&self, visit: &Visit, id: i64, version: i64) -> Result<DefectView, Error> {
        let (system, actor) = (&visit.system, &visit.actor);
        let seen = IfMatch::Versions(vec![version]);
        match self {
            Self::Change(draft) => defects::change(system, actor, id, &seen, draft).await,
            Self::Move(draft) => transition::act(system, actor, id, &seen, draft, None).await,
        }
    }
}

/// What became of a record.
struct Outcome {
    id: i64,
    tag_number: String,
    is_done: bool,
    text: String,
    wrongs: Vec<Told>,
}

#[derive(Template)]
#[template(path = "defects/bulk.html")]
struct BulkPage {
    page: Page,
    summary: String,
    outcomes: Vec<Outcome>,
    back: String,
}

/// Does one thing with the records that are ticked.
#[post("/defects/bulk")]
async fn act_on_many(sent: Posted) -> Reply {
    let asked = sent_from(&sent)?;
    let picked = picked(&sent.typed);
    if picked.len() > MOST {
        let message = format!("at most {MOST} records can be worked on at once");
        return Err(Error::field("pick", "range", message).into());
    }
    let Some(deed) = Deed::asked(&sent).filter(|_| !picked.is_empty()) else {
        let missing = match picked.is_empty() {
            true => "list-bulk-none",
            false => "list-bulk-what",
        };
        let mut page = ListPage::of(&sent, asked, &sent.typed).await?;
        page.bulk_wrong = page.page.t(missing);
        return page.refused();
    };
    let page = sent.page("defects");
    let outcomes = outcomes(&sent, &page, &deed, &picked).await?;
    let done = outcomes.iter().filter(|outcome| outcome.is_done).count();
    let (done, all) = (done.to_string(), outcomes.len().to_string());
    let counts = [("done", done.as_str()), ("all", all.as_str())];
    show(&BulkPage {
        summary: page.with("list-bulk-summary", &counts),
        outcomes,
        back: asked.here(),
        page,
    })
}

/// The records that are ticked, and the version that was seen of each.
fn picked(typed: &Typed) -> Vec<(i64, i64)> {
    let ticked = typed.pairs().iter().filter(|(name, _)| name == "pick");
    let read = ticked.filter_map(|(_, value)| {
        let (id, version) = value.split_once('-')?;
        Some((id.parse().ok()?, version.parse().ok()?))
    });
    read.collect()
}

/// Does it with one after the other. Once the server itself has failed, the rest is not tried.
async fn outcomes(
    visit: &Visit,
    page: &Page,
    deed: &Deed,
    picked: &[(i64, i64)],
) -> Result<Vec<Outcome>, Problem> {
    let mut outcomes = Vec::with_capacity(picked.len());
    let mut has_failed = false;
    for (id, version) in picked.iter().copied() {
        if has_failed {
            outcomes.push(Outcome::not_tried(page, id));
            continue;
        }
        match deed.done(visit, id, version).await {
            Ok(view) => outcomes.push(Outcome::done(page, view)),
            Err(Error::Unauthenticated) => return Err(Error::Unauthenticated.into()),
            Err(error) => {
                let problem = Problem::from(error);
                problem.log();
                has_failed = problem.kind().status().is_server_error();
                outcomes.push(Outcome::refused(visit, page, id, &problem).await);
            }
        }
    }
    Ok(outcomes)
}

impl Outcome {
    fn done(page: &Page, view: DefectView) -> Self {
        Self {
            id: view.item.id,
            tag_number: view.item.tag_number,
            is_done: true,
            text: page.t("list-bulk-done"),
            wrongs: Vec::new(),
        }
    }

    fn not_tried(page: &Page, id: i64) -> Self {
        Self {
            id,
            tag_number: format!("#{id}"),
            is_done: false,
            text: page.t("list-bulk-not-tried"),
            wrongs: Vec::new(),
        }
    }

    async fn refused(visit: &Visit, page: &Page, id: i64, problem: &Problem) -> Self {
        let is_there = problem.kind() != Kind::NotFound;
        let record = match is_there {
            true => defects::show(&visit.system, &visit.actor, id).await.ok(),
            false => None,
        };
        Self {
            id,
            tag_number: record.map_or_else(|| format!("#{id}"), |view| view.item.tag_number),
            is_done: false,
            text: page.t("list-bulk-refused"),
            wrongs: told(page, problem),
        }
    }
}
