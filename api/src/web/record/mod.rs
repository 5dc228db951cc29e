//! One record on one page, in the order of the work: how it stands, what may be done next, what it says, and all that
//! lies under it.
//!
//! Here is the page as a whole. Its sections are in [`sections`] (their fields in [`fields`]) and are saved by [`edit`];
//! [`steps`] tells what may be done next, and [`moves`] does it; lines, money, people, evidence and history are in
//! [`parts`].

mod edit;
mod fields;
mod head;
mod lookup;
mod moves;
pub(super) mod named;
mod parts;
mod sections;
mod steps;
mod texts;
mod translate;

use actix_web::http::StatusCode;
use actix_web::{get, web};
use askama::Template;
use service::corrective;
use service::defects::{self, DefectView, PermissionsView};
use service::rights::field;

use super::page::{self, Page};
use super::typed::Typed;
use super::visit::Visit;
use crate::answer::Reply;
use crate::problem::Problem;
use head::Translation;
use lookup::People;
use parts::Parts;
use sections::{Look, SectionView};
use steps::Step;
use texts::Record;

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(show_record);
    edit::configure(config);
    moves::configure(config);
    translate::configure(config);
    parts::configure(config);
}

/// What of the page was refused, as it was typed.
pub(super) enum Refused {
    /// Nothing: the page is only shown.
    None,
    /// A section, or a form of this file's own.
    Section(&'static str, Typed),
    /// A form of what lies under the record.
    Part(&'static str, Typed),
}

/// The page of a record. Templates of its parts are included in it, and see all of its fields.
#[derive(Template)]
#[template(path = "record/page.html")]
struct RecordPage {
    page: Page,
    /// In whose name what was typed is kept until it is sent.
    user_id: i64,
    defect: DefectView,
    may: PermissionsView,
    parts: Parts,
    /// How it stands: each mark with the class that colours it.
    marks: Vec<(String, &'static str)>,
    /// What is asked first of it.
    facts: Vec<(String, String)>,
    steps: Vec<Step>,
    /// What comes next and who does it, where the visitor does nothing.
    waits: Option<String>,
    sections: Vec<SectionView>,
    /// Who puts it on hold and releases it.
    holders: String,
    translation: Option<Translation>,
    /// The pages on which its texts are translated: address and language; none for who may not.
    translates: Vec<(String, String)>,
    /// Whether the visitor raises corrective action requests.
    may_raise: bool,
    /// The form that was refused.
    refused: Option<(&'static str, Typed)>,
    /// The same, where it is told at the top of the page.
    top: Option<Top>,
}

/// What was refused, and what the ids of its fields begin with.
struct Top {
    form: Typed,
    prefix: String,
    /// Whether its form is not on the page any more, because the record has moved on.
    is_gone: bool,
}

impl RecordPage {
    async fn of(visit: &Visit, id: i64, refused: Refused) -> Result<Self, Problem> {
        let page = visit.page("defects");
        let record = Record::load(visit, id).await?;
        let may = defects::permissions(&visit.system, &visit.actor, id).await?;
        let people = People::of(visit, &may).await?;
        let parts = Box::pin(Parts::of(visit, &record.defect, &may, &people)).await?;
        let (top, refused) = match refused {
            Refused::None => (None, None),
            Refused::Section(name, form) => {
                let top = Top::of(name, &form, &record.defect, &may);
                (Some(top), Some((name, form)))
            }
            Refused::Part(name, form) => (None, Some((name, form))),
        };
        let saved = visit.query()?.value("saved").to_owned();
        let look = Look {
            visit,
            page: &page,
            record: &record,
            may: &may,
            people: &people,
        };
        let sections = look.sections(refused.as_ref(), &saved).await?;
        let status = record.defect.item.status;
        let steps: Vec<Step> = may
            .actions
            .iter()
            .map(|view| Step::of(&page, view))
            .collect();
        Ok(Self {
            user_id: visit.actor.id.unwrap_or_default(),
            marks: head::marks(visit, &page, &record.defect),
            facts: head::facts(&page, &record.defect),
            waits: steps::waits(&page, status).filter(|_| steps.is_empty()),
            holders: sections::who(&page, status, field::HOLD),
            translation: head::translation(visit, &page, &record.defect).await?,
            translates: head::translates(&page, &record.defect, &may),
            may_raise: corrective::may_raise(&visit.actor).is_ok(),
            steps,
            sections,
            refused,
            top,
            parts,
            may,
            defect: record.defect,
            page,
        })
    }

    /// What was typed into a form that was refused; an empty one for any other.
    fn form(&self, part: &str) -> Typed {
        let refused = self.refused.iter().find(|(name, _)| *name == part);
        refused.map(|(_, typed)| typed.clone()).unwrap_or_default()
    }

    /// Whether the visitor writes a field, or adds to a collection, now.
    fn may_write(&self, field: &str) -> bool {
        self.may.writes(field)
    }
}

impl Top {
    fn of(name: &str, form: &Typed, defect: &DefectView, may: &PermissionsView) -> Self {
        let on_hold = defect.item.on_hold;
        let is_there = match name {
            // The forms of actions are on pages of their own.
            "next" => false,
            "hold" => !on_hold && may.writes(field::HOLD),
            "release" => on_hold && may.writes(field::HOLD),
            _ => true,
        };
        Self {
            form: form.clone(),
            prefix: format!("{name}-"),
            is_gone: !is_there,
        }
    }
}

/// Shows a record.
#[get("/defects/{id:[0-9]+}")]
async fn show_record(visit: Visit) -> Reply {
    page_with(&visit, visit.id("defect")?, Refused::None).await
}

/// The page of a record, with a form that was refused: 422 then.
pub(super) async fn page_with(visit: &Visit, id: i64, refused: Refused) -> Reply {
    let status = match &refused {
        Refused::None => StatusCode::OK,
        Refused::Section(..) | Refused::Part(..) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let shown = Box::pin(RecordPage::of(visit, id, refused)).await?;
    page::show_as(status, &shown)
}

/// The address of a place on the page of a record.
fn place(id: i64, name: &str) -> String {
    format!("/defects/{id}#{name}")
}
