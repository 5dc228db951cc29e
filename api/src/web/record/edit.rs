//! Saving a section of a record: only what was changed is sent, for the version that the form was made from.
//!
//! Where somebody has changed the record in the meantime, both are shown side by side, field by field, and the choice is
//! saved for the version that was shown. Which of the two changed a field is told by the marks that the form carries of
//! what its fields said when it was made.

use actix_web::http::StatusCode;
use actix_web::{get, post, web};
use askama::Template;
use service::Error;
use service::defects;

use super::fields::{Field, Kind, Section};
use super::texts::{self, Record};
use super::{Refused, lookup, page_with, place};
use crate::answer::Reply;
use crate::problem::Problem;
use crate::web::page::{self, Page, go};
use crate::web::typed::Typed;
use crate::web::visit::{Posted, Visit};

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(save_section).service(show_section);
}

/// Saves a section.
#[post("/defects/{id:[0-9]+}/sections/{section}")]
async fn save_section(sent: Posted) -> Reply {
    let id = sent.id("defect")?;
    let section = Section::named(sent.part("section"))?;
    let edit = Edit::of(&sent, section, id).await?;
    let if_match = sent.if_match();
    // Before anything of it is looked up: what is refused is shown over the record as it is now.
    if if_match.check(edit.record.defect.item.version).is_err() {
        return edit.conflict().await;
    }
    let done = match edit.change().await {
        Ok(change) => {
            let patch = change.patch();
            defects::change(&sent.system, &sent.actor, id, &if_match, &patch).await
        }
        Err(error) => Err(error),
    };
    match done {
        Ok(_) => saved(id, section),
        Err(Error::VersionStale { .. }) => Edit::of(&sent, section, id).await?.conflict().await,
        Err(error) => {
            let form = edit.form().refused(error)?;
            page_with(&sent, id, Refused::Section(section.name, form)).await
        }
    }
}

/// Where a section was saved there is nothing to read but the record.
#[get("/defects/{id:[0-9]+}/sections/{section}")]
async fn show_section(visit: Visit) -> Reply {
    let section = Section::named(visit.part("section"))?;
    go(&place(visit.id("defect")?, section.name), None)
}

fn saved(id: i64, section: &Section) -> Reply {
    let name = section.name;
    go(&format!("/defects/{id}?saved={name}#{name}"), Some("saved"))
}

/// A section that was sent, and the record as it is now.
struct Edit<'a> {
    sent: &'a Posted,
    page: Page,
    section: &'static Section,
    record: Record,
    /// The fields that were sent, but for those whose other text was chosen.
    typed: Vec<(&'static Field, String)>,
}

impl<'a> Edit<'a> {
    async fn of(sent: &'a Posted, section: &'static Section, id: i64) -> Result<Self, Problem> {
        let record = Record::load(sent, id).await?;
        let mut typed = Vec::new();
        for field in section.fields {
            let is_given_up = sent.own(&format!("_take-{}", field.name)) == Some("now");
            // Of a box that is ticked, the box comes behind what it is otherwise.
            let mut pairs = sent.typed.pairs().iter().rev();
            let text = pairs.find(|(name, _)| name == field.name);
            if let Some((_, text)) = text.filter(|_| !is_given_up) {
                typed.push((field, text.clone()));
            }
        }
        Ok(Self {
            sent,
            page: sent.page("defects"),
            section,
            record,
            typed,
        })
    }

    /// What differs from what the record says, as the service wants it.
    async fn change(&self) -> Result<Typed, Error> {
        let (mut change, mut errors) = (Vec::new(), Vec::new());
        for (field, text) in &self.typed {
            if *text == self.record.text(&self.page, field) {
                continue;
            }
            match lookup::meant(self.sent, field, text).await {
                Ok(meant) => change.push((field.name, meant)),
                Err(Error::Invalid(wrong)) => errors.extend(wrong),
                Err(error) => return Err(error),
            }
        }
        if errors.is_empty() {
            Ok(Typed::with(change))
        } else {
            Err(Error::Invalid(errors))
        }
    }

    /// The form as it was typed, with the version and the marks that it came with.
    fn form(&self) -> Typed {
        let text = |field: &Field| {
            let mut typed = self.typed.iter();
            let typed = typed.find(|(other, _)| other.name == field.name);
            typed.map_or_else(
                || self.record.text(&self.page, field),
                |(_, text)| text.clone(),
            )
        };
        let fields = self.section.fields.iter();
        let fields = fields.map(|field| (field.name, text(field)));
        let own = ["_version", "_base"].into_iter();
        let own = own.map(|name| (name, self.sent.own(name).unwrap_or_default().to_owned()));
        Typed::with(fields.chain(own))
    }

    /// Both texts of each field that differs; where none does, all that was typed is there already.
    async fn conflict(&self) -> Reply {
        let mut sides = Vec::new();
        for (field, text) in &self.typed {
            let now = self.record.text(&self.page, field);
            if *text != now {
                sides.push(self.side_by_side(field, text, &now).await?);
            }
        }
        let item = &self.record.defect.item;
        if sides.is_empty() {
            return saved(item.id, self.section);
        }
        let conflict = Conflict {
            page: self.page.clone(),
            id: item.id,
            tag_number: item.tag_number.clone(),
            version: item.version,
            base: self.record.base(&self.page, self.section),
            section: self.section.name,
            sides,
        };
        page::show_as(StatusCode::PRECONDITION_FAILED, &conflict)
    }

    async fn side_by_side(&self, field: &Field, text: &str, now: &str) -> Result<Side, Error> {
        let was = self.mark(field.name);
        let (is_as_typed, is_as_now) = (
            was == Some(texts::mark(text).as_str()),
            was == Some(texts::mark(now).as_str()),
        );
        Ok(Side {
            name: field.name,
            label: self.page.field(field.name),
            is_area: field.kind == Kind::Area,
            typed: text.to_owned(),
            typed_told: texts::told(&self.page, field.kind, text),
            now_told: lookup::told(self.sent, &self.page, &self.record, field).await?,
            // Who left a field alone wants it as the other has left it.
            take: match (is_as_typed, is_as_now) {
                (true, _) => "now",
                (_, true) => "typed",
                _ => "",
            },
        })
    }

    /// The mark of what a field said when the form was made.
    fn mark(&self, name: &str) -> Option<&str> {
        let mut marks = self.sent.own("_base")?.split(',');
        marks.find_map(|mark| mark.strip_prefix(name)?.strip_prefix(':'))
    }
}

/// A field as it is now, and as it was typed.
struct Side {
    name: &'static str,
    label: String,
    is_area: bool,
    typed: String,
    typed_told: String,
    now_told: String,
    /// The side that is taken unless the visitor chooses the other: `now`, `typed`, or none where both have changed it.
    take: &'static str,
}

#[derive(Template)]
#[template(path = "record/conflict.html")]
struct Conflict {
    page: Page,
    id: i64,
    tag_number: String,
    version: i64,
    base: String,
    section: &'static str,
    sides: Vec<Side>,
}
