//! One inspection: what was counted, the defect that was reported from it, and making it void.

use actix_web::http::StatusCode;
use actix_web::{get, post, web};
use askama::Template;
use service::inspection::{self, InspectedDefect, InspectionView, VoidInspection};

use super::{PLACE, SECTION, counted, outcome, trail};
use crate::answer::Reply;
use crate::problem::Problem;
use crate::web::page::{Page, go, show, show_as};
use crate::web::typed::Typed;
use crate::web::visit::{Posted, Visit};

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(show_inspection).service(void_inspection);
}

const WHAT: &str = "inspection";

#[derive(Template)]
#[template(path = "inspections/one.html")]
struct OnePage {
    page: Page,
    trail: Vec<(String, String)>,
    title: String,
    /// What came of it, and how good that is.
    outcome: (String, &'static str),
    facts: Vec<(String, String)>,
    defect: Option<InspectedDefect>,
    version: i64,
    may_void: bool,
    /// Where the form is sent that makes it void.
    action: String,
    form: Typed,
}

impl OnePage {
    async fn of(visit: &Visit) -> Result<Self, Problem> {
        let id = visit.id(WHAT)?;
        let one = inspection::show(&visit.system, &visit.actor, id).await?;
        let page = visit.page(SECTION);
        let at = page.minute(&one.inspected_at);
        Ok(Self {
            trail: trail(&page),
            title: page.with("inspection-of", &[("at", at.as_str())]),
            outcome: outcome(&page, one.voided_at.is_some(), one.failed),
            facts: facts(&page, &one),
            may_void: inspection::may_void(&visit.actor, &one),
            action: format!("{PLACE}/{id}/void"),
            version: one.version,
            defect: one.defect,
            form: Typed::default(),
            page,
        })
    }
}

fn facts(page: &Page, one: &InspectionView) -> Vec<(String, String)> {
    let (part, center) = (&one.part, &one.work_center);
    let by = |name: &str, at: &str| {
        let at = page.minute(at);
        page.with("part-by", &[("who", name), ("at", at.as_str())])
    };
    let part = format!("{} {} {}", part.number, part.revision, part.name);
    let mut facts = vec![
        (page.field("part"), part),
        (
            page.field("work_center"),
            format!("{} {}", center.code, center.name),
        ),
        (page.field("sample_size"), one.sample_size.to_string()),
        (page.field("defective_units"), counted(one.defective_units)),
        (page.field("defects_found"), counted(one.defects_found)),
        (
            page.t("entry-by"),
            by(&one.created_by.name, &one.created_at),
        ),
    ];
    let note = one.note.clone();
    facts.extend(note.map(|note| (page.field("note"), note)));
    if let (Some(at), Some(who)) = (&one.voided_at, &one.voided_by) {
        facts.push((page.t("inspection-void"), by(&who.name, at)));
    }
    let reason = one.void_reason.clone();
    facts.extend(reason.map(|reason| (page.field("reason"), reason)));
    facts.retain(|(_, text)| !text.is_empty());
    facts
}

/// Shows an inspection.
#[get("/inspections/{id}")]
async fn show_inspection(visit: Visit) -> Reply {
    show(&OnePage::of(&visit).await?)
}

/// Makes an inspection void.
#[post("/inspections/{id}/void")]
async fn void_inspection(sent: Posted) -> Reply {
    let (id, key, if_match) = (sent.id(WHAT)?, sent.key()?, sent.if_match());
    let draft = sent.typed.draft::<VoidInspection>();
    let (system, actor) = (&sent.system, &sent.actor);
    match inspection::void(system, actor, id, &if_match, &draft, key.as_ref()).await {
        Ok(_) => go(&format!("{PLACE}/{id}"), Some("inspection-voided")),
        Err(error) => {
            let mut page = OnePage::of(&sent).await?;
            page.form = sent.typed.clone().refused(error)?;
            show_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}
