//! Money spent on a defect, on the page of its record, for who may see it: entries, the form that adds one, and the page
//! that reverses one.

use actix_web::{get, post, web};
use service::Error;
use service::defects::cost::{self, CostView, NewCost};
use service::rights::field;
use service::words::{CostKind, QualityClass};

use super::reason::ReasonPage;
use super::{Choices, Look, Rows, again, partners, section, words};
use crate::answer::Reply;
use crate::problem::Problem;
use crate::web::page::{Page, go};
use crate::web::visit::{Posted, Visit};

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config
        .service(add_cost)
        .service(ask_cost_reversal)
        .service(reverse_cost);
}

/// How many entries the page shows.
const SHOWN: u8 = 30;

const WHAT: &str = "cost entry";

/// The cost entries of a record.
pub(in crate::web) struct Costs {
    pub(in crate::web) rows: Rows<Spent>,
    pub(in crate::web) may_add: bool,
    pub(in crate::web) currency: String,
    pub(in crate::web) kinds: Vec<(&'static str, String)>,
    pub(in crate::web) classes: Vec<(&'static str, String)>,
    pub(in crate::web) partners: Choices,
}

/// A cost entry.
pub(in crate::web) struct Spent {
    pub(in crate::web) id: i64,
    pub(in crate::web) day: String,
    pub(in crate::web) kind: String,
    pub(in crate::web) class: String,
    pub(in crate::web) amount: String,
    pub(in crate::web) charged_to: String,
    pub(in crate::web) who: String,
    pub(in crate::web) note: String,
    pub(in crate::web) is_reversal: bool,
    pub(in crate::web) may_reverse: bool,
}

impl Costs {
    pub(super) async fn of(look: &Look<'_>) -> Result<Self, Problem> {
        let (system, actor) = (&look.visit.system, &look.visit.actor);
        let found = cost::list(system, actor, look.newest(), &look.query(SHOWN)).await?;
        let may_add = look.writes(field::COST);
        let rows = look.rows("cost-entries", found, |one| {
            let may_reverse = cost::reversible(look.may, &one);
            Spent::of(&look.page, one, may_reverse)
        });
        Ok(Self {
            rows,
            may_add,
            currency: system.settings.currency.code.clone(),
            kinds: words(&look.page, "cost-kind", CostKind::ALL, CostKind::word),
            classes: words(
                &look.page,
                "quality-class",
                QualityClass::ALL,
                QualityClass::word,
            ),
            partners: match may_add {
                true => partners(look.visit).await?,
                false => Choices::default(),
            },
        })
    }
}

impl Spent {
    fn of(page: &Page, entry: CostView, may_reverse: bool) -> Self {
        let charged_to = entry.charged_to.map(|partner| partner.name);
        Self {
            id: entry.id,
            day: page.day(&entry.created_at),
            kind: page.word("cost-kind", entry.kind.word()),
            class: page.word("quality-class", entry.quality_class.word()),
            amount: entry.amount,
            charged_to: charged_to.unwrap_or_default(),
            who: entry.created_by.name,
            note: entry.note.or(entry.reason).unwrap_or_default(),
            is_reversal: entry.reverses_id.is_some(),
            may_reverse,
        }
    }
}

/// Adds a cost entry.
#[post("/defects/{id}/cost-entries")]
async fn add_cost(sent: Posted) -> Reply {
    let (id, key) = (sent.id("defect")?, sent.key()?);
    let draft = sent.typed.draft::<NewCost>();
    let (system, actor, if_match) = (&sent.system, &sent.actor, sent.if_match());
    match cost::add(system, actor, id, &if_match, &draft, key.as_ref()).await {
        Ok(_) => go(&section(id, "cost"), Some("cost-added")),
        // Who does not see cost has no place on the page where it could be told.
        Err(error @ Error::Forbidden { .. }) => Err(error.into()),
        Err(error) => again(&sent, id, "cost", sent.typed.clone(), error).await,
    }
}

/// Asks why a cost entry is reversed.
#[get("/defects/{id}/cost-entries/{child_id}/reversal")]
async fn ask_cost_reversal(visit: Visit) -> Reply {
    let place = (visit.id("defect")?, visit.child(WHAT)?);
    cost::may_reverse(&visit.system, &visit.actor, place).await?;
    asked(&visit).await?.asked()
}

/// Reverses a cost entry.
#[post("/defects/{id}/cost-entries/{child_id}/reversal")]
async fn reverse_cost(sent: Posted) -> Reply {
    let (place, key) = ((sent.id("defect")?, sent.child(WHAT)?), sent.key()?);
    let (draft, if_match) = (sent.typed.draft(), sent.if_match());
    let (system, actor) = (&sent.system, &sent.actor);
    match cost::reverse(system, actor, place, &if_match, &draft, key.as_ref()).await {
        Ok(_) => go(&section(place.0, "cost"), Some("cost-reversed")),
        Err(error) => asked(&sent).await?.again(&sent, error),
    }
}

async fn asked(visit: &Visit) -> Result<ReasonPage, Problem> {
    let (id, child) = (visit.id("defect")?, visit.child(WHAT)?);
    let entry = cost::show(&visit.system, &visit.actor, id, child).await?;
    let page = visit.page("defects");
    let (day, kind) = (
        page.day(&entry.created_at),
        page.word("cost-kind", entry.kind.word()),
    );
    let currency = &visit.system.settings.currency.code;
    let what = format!(
        "{day} · {kind} · {} {currency} · {}",
        entry.amount, entry.created_by.name
    );
    let told = (page.t("cost-reverse"), page.t("entry-reverse-hint"));
    Ok(ReasonPage::new(page, (id, "cost"), what, told))
}
