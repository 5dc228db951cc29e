//! The tag: what has to be seen from a forklift, and what a scanner needs. One page, whatever stands on it.

use actix_web::get;
use askama::Template;
use service::defects::DefectItem;
use service::defects::translations::TranslatedField;
use service::rights::When;

use super::code128::Bars;
use super::lines::{self, Line};
use super::record::{Record, part, work_center};
use super::section::{Fact, fact};
use super::sheet::{Sheet, TAGS};
use super::texts::Told;
use crate::answer::Reply;
use crate::web::page::show;
use crate::web::visit::Visit;

#[derive(Template)]
#[template(path = "paper/tag.html")]
struct Tag {
    sheet: Sheet,
    number: String,
    bars: Option<Bars>,
    status: String,
    /// Whether the material is not to be used.
    is_stopped: bool,
    /// That it is not, or else how the record stands, in each language.
    first: Vec<(&'static str, String)>,
    wrong: Told,
    facts: Vec<Fact>,
}

/// Shows the tag of a defect, as it is to be printed.
#[get("/defects/{id}/tag")]
pub(super) async fn show_tag(visit: Visit) -> Reply {
    let record = Record::of(&visit).await?;
    let sheet = Sheet::of(&visit, TAGS, record.place())?;
    let (labels, item) = (&sheet.labels, &record.view.item);
    let is_open = When::Open.states().contains(&item.status);
    // What becomes of it is on the tag once it is settled.
    let lines = match is_open {
        true => Vec::new(),
        false => lines::of(&visit, item.id).await?,
    };
    let is_stopped = is_open || lines.iter().any(Line::is_scrap);
    let first = match is_stopped {
        true => labels.each("paper-do-not-use"),
        false => labels.each(&format!("status-{}", item.status.word())),
    };
    let tag = Tag {
        number: item.tag_number.clone(),
        bars: sheet.bars(&item.tag_number),
        status: labels.word("status", item.status.word()),
        is_stopped,
        first,
        wrong: record.text(labels, TranslatedField::Title),
        facts: facts(&sheet, item, &lines),
        sheet,
    };
    show(&tag)
}

fn facts(sheet: &Sheet, item: &DefectItem, lines: &[Line]) -> Vec<Fact> {
    let labels = &sheet.labels;
    let severity = item
        .severity
        .map(|severity| labels.word("severity", severity.word()));
    let reported = sheet.by(Some(&item.reported_by), Some(&item.reported_at));
    let decided = lines::verdicts(sheet, lines).into_iter();
    let decided = decided.filter(|verdict| verdict.is_ticked);
    let decided: Vec<String> = decided
        .map(|verdict| format!("{}: {}", verdict.label, verdict.quantity))
        .collect();
    let mut facts = vec![
        fact(labels.field("part"), part(&item.part)),
        fact(
            labels.field("quantity_defective"),
            item.quantity_defective.clone(),
        ),
        fact(labels.field("severity"), severity),
        fact(labels.field("lot_number"), item.lot_number.clone()),
        fact(labels.field("work_center"), work_center(&item.work_center)),
        fact(labels.field("hold_location"), item.hold_location.clone()),
        fact(labels.field("reported_by"), reported),
    ];
    if !decided.is_empty() {
        let decided = decided.join("; ");
        facts.insert(1, fact(labels.text("paper-dispositions"), decided));
    }
    facts
}
