//! Time spent on a defect, on the page of its record: entries, the form that adds one, and the page that reverses one.

use actix_web::{get, post, web};
use service::defects::labor::{self, LaborView, NewLabor};
use service::rights::field;
use service::words::Activity;

use super::reason::ReasonPage;
use super::{Choices, Look, Rows, again, section, words};
use crate::answer::Reply;
use crate::problem::Problem;
use crate::web::page::{Page, go};
use crate::web::record::lookup::People;
use crate::web::typed::Typed;
use crate::web::visit::{Posted, Visit};

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config
        .service(add_labor)
        .service(ask_labor_reversal)
        .service(reverse_labor);
}

/// How many entries the page shows.
const SHOWN: u8 = 30;

const WHAT: &str = "labor entry";

/// The labor entries of a record.
#[derive(Default)]
pub(in crate::web) struct Labor {
    pub(in crate::web) rows: Rows<Worked>,
    pub(in crate::web) may_add: bool,
    /// Whether what an hour costs may be said.
    pub(in crate::web) may_rate: bool,
    pub(in crate::web) sees_cost: bool,
    pub(in crate::web) activities: Vec<(&'static str, String)>,
    pub(in crate::web) people: Choices,
    /// What is done on the record, where that is one thing.
    activity: Option<Activity>,
    today: String,
}

/// A labor entry.
pub(in crate::web) struct Worked {
    pub(in crate::web) id: i64,
    pub(in crate::web) day: String,
    pub(in crate::web) minutes: i64,
    pub(in crate::web) activity: String,
    pub(in crate::web) who: String,
    pub(in crate::web) cost: String,
    pub(in crate::web) note: String,
    pub(in crate::web) is_reversal: bool,
    pub(in crate::web) may_reverse: bool,
}

impl Labor {
    /// The entries, and the form that adds one, which begins with `activity`.
    pub(super) async fn of(
        look: &Look<'_>,
        people: &People,
        activity: Option<Activity>,
    ) -> Result<Self, Problem> {
        let (system, actor) = (&look.visit.system, &look.visit.actor);
        let found = labor::list(system, actor, look.newest(), &look.query(SHOWN)).await?;
        let may_add = look.writes(field::LABOR);
        let rows = look.rows("labor-entries", found, |one| {
            let may_reverse = labor::reversible(look.may, &one);
            Worked::of(&look.page, one, may_reverse)
        });
        Ok(Self {
            rows,
            may_add,
            may_rate: look.writes(field::COST),
            sees_cost: look.sees(field::COST),
            activities: words(&look.page, "activity", Activity::ALL, Activity::word),
            people: match may_add {
                true => people.choices(),
                false => Choices::default(),
            },
            activity,
            today: system.settings.today(&system.clock).to_string(),
        })
    }

    /// The form that adds one, which begins with today and what is being done.
    pub(in crate::web) fn filled(&self, form: Typed) -> Typed {
        let activity = self.activity.map_or("", Activity::word);
        form.beginning_with([("work_date", self.today.as_str()), ("activity", activity)])
    }
}

impl Worked {
    fn of(page: &Page, entry: LaborView, may_reverse: bool) -> Self {
        let who = entry.worker.unwrap_or(entry.created_by);
        Self {
            id: entry.id,
            day: entry.work_date,
            minutes: entry.minutes,
            activity: page.word("activity", entry.activity.word()),
            who: who.name,
            cost: entry.cost.flatten().unwrap_or_default(),
            note: entry.note.or(entry.reason).unwrap_or_default(),
            is_reversal: entry.reverses_id.is_some(),
            may_reverse,
        }
    }
}

/// Adds a labor entry.
#[post("/defects/{id}/labor-entries")]
async fn add_labor(sent: Posted) -> Reply {
    let (id, key) = (sent.id("defect")?, sent.key()?);
    let draft = sent.typed.draft::<NewLabor>();
    let (system, actor, if_match) = (&sent.system, &sent.actor, sent.if_match());
    match labor::add(system, actor, id, &if_match, &draft, key.as_ref()).await {
        Ok(_) => go(&section(id, "labor"), Some("labor-added")),
        Err(error) => again(&sent, id, "labor", sent.typed.clone(), error).await,
    }
}

/// Asks why a labor entry is reversed.
#[get("/defects/{id}/labor-entries/{child_id}/reversal")]
async fn ask_labor_reversal(visit: Visit) -> Reply {
    let place = (visit.id("defect")?, visit.child(WHAT)?);
    labor::may_reverse(&visit.system, &visit.actor, place).await?;
    asked(&visit).await?.asked()
}

/// Reverses a labor entry.
#[post("/defects/{id}/labor-entries/{child_id}/reversal")]
async fn reverse_labor(sent: Posted) -> Reply {
    let (place, key) = ((sent.id("defect")?, sent.child(WHAT)?), sent.key()?);
    let (draft, if_match) = (sent.typed.draft(), sent.if_match());
    let (system, actor) = (&sent.system, &sent.actor);
    match labor::reverse(system, actor, place, &if_match, &draft, key.as_ref()).await {
        Ok(_) => go(&section(place.0, "labor"), Some("labor-reversed")),
        Err(error) => asked(&sent).await?.again(&sent, error),
    }
}

async fn asked(visit: &Visit) -> Result<ReasonPage, Problem> {
    let (id, child) = (visit.id("defect")?, visit.child(WHAT)?);
    let entry = labor::show(&visit.system, &visit.actor, id, child).await?;
    let page = visit.page("defects");
    let (day, minutes) = (entry.work_date, page.n("labor-minutes", entry.minutes));
    let activity = page.word("activity", entry.activity.word());
    let what = format!("{day} · {minutes} · {activity} · {}", entry.created_by.name);
    let told = (page.t("labor-reverse"), page.t("entry-reverse-hint"));
    Ok(ReasonPage::new(page, (id, "labor"), what, told))
}
