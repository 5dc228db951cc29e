//! The form of a defect: the whole record in the order of the work. What is not written yet is an empty box, to be filled
//! in by hand where no screen is at hand.

use actix_web::get;
use service::Error;
use service::defects::translations::TranslatedField;
use service::defects::{labor, serials};
use service::words::CodeList;

use super::read::{all, coded};
use super::record::{Record, part, partner, work_center};
use super::section::{Fact, Section, Table, fact};
use super::sheet::{FORMS, Form, Sheet};
use super::{lines, money, signed};
use crate::answer::Reply;
use crate::web::visit::Visit;

/// Shows the whole record, as it is to be printed.
#[get("/defects/{id}/form")]
pub(super) async fn show_form(visit: Visit) -> Reply {
    let record = Record::of(&visit).await?;
    let sheet = Sheet::of(&visit, FORMS, record.place())?;
    let id = record.view.item.id;
    let mut sections = vec![
        report(&visit, &sheet, &record).await?,
        containment(&sheet, &record),
        analysis(&sheet, &record),
        engineering(&visit, &sheet, &record).await?,
    ];
    let lines = lines::of(&visit, id).await?;
    sections.extend(lines::sections(&sheet, &record, &lines));
    sections.push(labor(&visit, &sheet, &record).await?);
    sections.extend(money::section(&visit, &sheet, id, true).await?);
    sections.push(signed::of_defect(&visit, &sheet, id).await?);
    let title = sheet.labels.text("paper-form");
    Form::show(sheet, title, &record.view.item.tag_number, sections)
}

/// What was found, where, on how much of what.
pub(super) async fn report(
    visit: &Visit,
    sheet: &Sheet,
    record: &Record,
) -> Result<Section, Error> {
    let (labels, item) = (&sheet.labels, &record.view.item);
    let code = item.failure_code.as_deref();
    let code = coded(visit, labels, CodeList::FailureCode, code).await?;
    let mut section = Section::titled(labels.text("paper-report"));
    section.facts = identity(sheet, record);
    section.facts.push(fact(labels.field("failure_code"), code));
    section.facts.extend(quantities(sheet, record));
    section.facts.extend(people_and_days(sheet, record));
    section
        .facts
        .push(serial_numbers(visit, sheet, item.id).await?);
    section.texts = vec![
        record.text(labels, TranslatedField::Title),
        record.text(labels, TranslatedField::Description),
    ];
    Ok(section)
}

fn identity(sheet: &Sheet, record: &Record) -> Vec<Fact> {
    let (labels, item) = (&sheet.labels, &record.view.item);
    let severity = item
        .severity
        .map(|severity| labels.word("severity", severity.word()));
    let external = [&item.external_system, &item.external_id];
    let external: Vec<&str> = external.into_iter().flatten().map(String::as_str).collect();
    vec![
        fact(
            labels.field("status"),
            labels.word("status", item.status.word()),
        ),
        fact(labels.field("severity"), severity),
        fact(
            labels.field("origin"),
            labels.word("origin", item.origin.word()),
        ),
        fact(labels.field("part"), part(&item.part)),
        fact(labels.field("lot_number"), item.lot_number.clone()),
        fact(labels.field("work_order"), item.work_order.clone()),
        fact(labels.field("work_center"), work_center(&item.work_center)),
        fact(
            labels.field("customer"),
            item.customer.as_ref().map(partner),
        ),
        fact(
            labels.field("supplier"),
            item.supplier.as_ref().map(partner),
        ),
        fact(labels.field("external_id"), external.join(" ")),
    ]
}

fn quantities(sheet: &Sheet, record: &Record) -> Vec<Fact> {
    let (labels, item) = (&sheet.labels, &record.view.item);
    let number = |number: Option<i64>| number.map(|number| number.to_string());
    vec![
        fact(
            labels.field("quantity_defective"),
            item.quantity_defective.clone(),
        ),
        fact(
            labels.field("quantity_inspected"),
            item.quantity_inspected.clone(),
        ),
        fact(labels.field("units_sampled"), number(item.units_sampled)),
        fact(labels.field("defects_found"), number(item.defects_found)),
    ]
}

fn people_and_days(sheet: &Sheet, record: &Record) -> Vec<Fact> {
    let (labels, item) = (&sheet.labels, &record.view.item);
    let reported = sheet.by(Some(&item.reported_by), Some(&item.reported_at));
    let closed = sheet.by(item.closed_by.as_ref(), item.closed_at.as_deref());
    vec![
        fact(
            labels.field("detected_at"),
            sheet.minute(Some(&item.detected_at)),
        ),
        fact(labels.field("reported_by"), reported),
        fact(
            labels.field("assignee"),
            sheet.by(item.assignee.as_ref(), None),
        ),
        fact(labels.field("due_at"), sheet.minute(item.due_at.as_deref())),
        fact(labels.field("closed_by"), closed),
    ]
}

async fn serial_numbers(visit: &Visit, sheet: &Sheet, id: i64) -> Result<Fact, Error> {
    let (system, actor) = (&visit.system, &visit.actor);
    let rows = all(|query| async move { serials::list(system, actor, id, &query).await }).await?;
    let numbers: Vec<String> = rows.into_iter().map(|row| row.serial_number).collect();
    Ok(fact(sheet.labels.field("serials"), numbers.join(", ")))
}

/// Whether the material is set apart, and where.
fn containment(sheet: &Sheet, record: &Record) -> Section {
    let (labels, item) = (&sheet.labels, &record.view.item);
    let mut section = Section::titled(labels.text("paper-containment"));
    section.facts = vec![
        fact(
            labels.field("is_contained"),
            labels.whether(item.is_contained),
        ),
        fact(labels.field("hold_location"), item.hold_location.clone()),
    ];
    section
}

fn analysis(sheet: &Sheet, record: &Record) -> Section {
    let mut section = Section::titled(sheet.labels.text("paper-analysis"));
    section.texts = vec![
        record.text(&sheet.labels, TranslatedField::ProcessAnalysis),
        record.text(&sheet.labels, TranslatedField::RepairProcess),
    ];
    section
}

/// What engineering found, and why it happened.
pub(super) async fn engineering(
    visit: &Visit,
    sheet: &Sheet,
    record: &Record,
) -> Result<Section, Error> {
    let labels = &sheet.labels;
    let cause = record.view.item.cause.as_deref();
    let cause = coded(visit, labels, CodeList::Cause, cause).await?;
    let mut section = Section::titled(labels.text("paper-engineering"));
    section.facts.push(fact(labels.field("cause"), cause));
    section.texts = vec![
        record.text(labels, TranslatedField::EngineeringFindings),
        record.text(labels, TranslatedField::RootCause),
    ];
    Ok(section)
}

/// Who worked on it how long; at what cost only for who sees it.
async fn labor(visit: &Visit, sheet: &Sheet, record: &Record) -> Result<Section, Error> {
    let (system, actor, labels) = (&visit.system, &visit.actor, &sheet.labels);
    let (id, sees_cost) = (record.view.item.id, record.view.cost_total.is_some());
    let entries = all(|query| async move { labor::list(system, actor, id, &query).await }).await?;
    let mut heads = vec![
        labels.field("work_date"),
        labels.field("minutes"),
        labels.field("activity"),
        labels.text("paper-by"),
        labels.field("note"),
    ];
    if sees_cost {
        heads.push(labels.text("paper-cost-labor"));
    }
    let rows = entries.into_iter().map(|entry| {
        let worker = entry.worker.unwrap_or(entry.created_by);
        let mut row = vec![
            entry.work_date,
            entry.minutes.to_string(),
            labels.word("activity", entry.activity.word()),
            worker.name,
            entry.note.or(entry.reason).unwrap_or_default(),
        ];
        if sees_cost {
            row.push(entry.cost.flatten().unwrap_or_default());
        }
        row
    });
    let mut section = Section::titled(labels.text("paper-labor"));
    let minutes = record.view.labor_minutes.to_string();
    section
        .facts
        .push(fact(labels.field("labor_minutes"), minutes));
    section.table = Table::of(heads, rows.collect());
    Ok(section)
}
