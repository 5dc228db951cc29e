//! Reporting a defect: an inspector raises the tag.

use std::sync::Arc;

use entity::defect;
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::InsertStatement;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryTrait};

use super::ENTITY;
use super::due;
use super::forms::NewDefect;
use super::record::told_new;
use super::reference::{Found, Reference, References};
use super::together::{not_in_future, together};
use super::translations;
use super::view::{DefectView, Totals, view};
use crate::actor::Actor;
use crate::audit::Trail;
use crate::error::{Error, FieldError, Result, refuse_if_any};
use crate::idempotency::Idempotency;
use crate::input::Draft;
use crate::lifecycle::REPORTERS;
use crate::names::Names;
use crate::notice::{self, Event, Notice};
use crate::rights::{Cell, Right, When};
use crate::search;
use crate::summary;
use crate::system::{System, Unit};
use crate::value::Text;
use crate::words::{CodeList, Origin, Status};

/// Reports a defect: inspectors, operators, engineers and quality managers.
///
/// # Errors
/// `Forbidden` for other roles and for fields that a role may not write, `Invalid`, `Duplicate` (external id).
pub async fn report(
    system: &System,
    actor: &Actor,
    draft: &Draft<NewDefect>,
    key: Option<&Idempotency>,
) -> Result<DefectView> {
    may_report(actor)?;
    require_field_rights(actor, draft.sent())?;
    let new = draft.check()?.clone();
    system
        .change(actor, key, new, |unit, new| Box::pin(report_in(unit, new)))
        .await
}

/// Refuses whoever does not report.
///
/// # Errors
/// `Forbidden`.
pub fn may_report(actor: &Actor) -> Result<()> {
    actor.require(REPORTERS, "report a defect")
}

/// Whether the caller may say this of a new record: the kind of failure, for one, is for engineers and quality to set.
pub fn may_say(actor: &Actor, field: &str) -> bool {
    require_field_rights(actor, &[field.to_owned()]).is_ok()
}

/// Fields of a new record are under the same rights as of one that is reported.
pub(crate) fn require_field_rights(actor: &Actor, sent: &[String]) -> Result<()> {
    let may = |right: &Right| {
        actor.roles.iter().any(|role| match right.cell(role) {
            Cell::Write(when) => {
                when == When::OwnReported || when.states().contains(&Status::Reported)
            }
            _ => false,
        })
    };
    let refused: Vec<FieldError> = sent
        .iter()
        .filter_map(|field| {
            Right::of(field)
                .filter(|right| !may(right))
                .map(|right| (field, right))
        })
        .map(|(field, right)| {
            let message = format!("may be written by {}", right.writers().join(", "));
            FieldError::new(field, "forbidden", message)
        })
        .collect();
    if refused.is_empty() {
        return Ok(());
    }
    Err(Error::Forbidden {
        detail: "your roles do not allow some of these fields".to_owned(),
        fields: refused,
    })
}

/// Reports a defect within a change; who may was asked before.
pub(crate) async fn report_in(unit: Unit<'_>, new: Arc<NewDefect>) -> Result<DefectView> {
    let (mut row, found) = prepare(&unit, &new).await?;
    due::begin(&unit, &mut row).await?;
    let failure_code = new.failure_code.as_ref().map(|code| code.0.as_str());
    match found.next_id {
        Some(id) => {
            let trail = number(&unit, &mut row, id, failure_code)?;
            let insert = defect::Entity::insert(defect::ActiveModel::from(row.clone()));
            let beside = [Some(tokens(&unit, &row, &found)?), sums_of(&unit, &row)];
            let beside = beside.into_iter().flatten().collect();
            trail.save_with(&unit, insert.into_query(), beside).await?;
        }
        None => {
            insert_and_number(&unit, &mut row, failure_code).await?;
            unit.tx.execute(&tokens(&unit, &row, &found)?).await?;
        }
    }
    notice::tell(&unit, told_of(&row)).await?;
    translations::ask(&unit, &row).await?;
    let spent = Totals::nothing(&unit);
    let id = row.id;
    let known = |names: &Names| DefectView::of(row, spent, names);
    match unit.system.names.at(found.label.as_deref(), known)? {
        Some(view) => Ok(view),
        None => view(unit.tx, &unit.system, &unit.actor, id).await,
    }
}

/// What a new record is found by.
fn tokens(unit: &Unit<'_>, row: &defect::Model, found: &Found) -> Result<InsertStatement> {
    let part_number = found.part_number.as_deref().unwrap_or_default();
    search::new_row(unit.tx.get_database_backend(), row, part_number)
}

/// What others are told of a new record.
fn told_of(row: &defect::Model) -> Vec<Notice> {
    let mut notices = vec![Notice::about(Event::Reported, row)];
    if row.assignee_id.is_some() {
        notices.push(Notice::about(Event::Assigned, row));
    }
    notices
}

/// Gives a new record its id, its number and the first row of its history.
fn number(
    unit: &Unit<'_>,
    row: &mut defect::Model,
    id: i64,
    failure_code: Option<&str>,
) -> Result<Trail> {
    row.id = id;
    row.tag_number = unit.system.settings.tag_number(id);
    let mut trail = Trail::begin(ENTITY, id);
    trail.created(unit, &told_new(row, failure_code, None))?;
    row.audit_seq = trail.seq();
    row.version_seq = trail.seq();
    trail.head().clone_into(&mut row.audit_head);
    Ok(trail)
}

/// MariaDB, MySQL: the id is known once the row is there, and the number and the chain's first row are made of it.
async fn insert_and_number(
    unit: &Unit<'_>,
    row: &mut defect::Model,
    failure_code: Option<&str>,
) -> Result<()> {
    let mut first = defect::ActiveModel::from(row.clone());
    first.id = NotSet;
    first.tag_number = Set(format!("~{:032x}", rand::random::<u128>()));
    let id = defect::Entity::insert(first)
        .exec(unit.tx)
        .await?
        .last_insert_id;
    let trail = number(unit, row, id, failure_code)?;
    defect::Entity::update_many()
        .set(defect::ActiveModel {
            tag_number: Set(row.tag_number.clone()),
            audit_seq: Set(row.audit_seq),
            version_seq: Set(row.version_seq),
            audit_head: Set(row.audit_head.clone()),
            ..Default::default()
        })
        .filter(defect::Column::Id.eq(id))
        .exec(unit.tx)
        .await?;
    if let Some(sums) = sums_of(unit, row) {
        unit.tx.execute(&sums).await?;
    }
    trail.save(unit).await
}

/// What a new record adds to the summaries.
fn sums_of(unit: &Unit<'_>, row: &defect::Model) -> Option<InsertStatement> {
    let deltas = || summary::told_new(&unit.system.settings, row);
    unit.system.summaries.then(deltas).and_then(summary::insert)
}

/// The row of a new record, after all that only the database can tell was checked.
async fn prepare(unit: &Unit<'_>, new: &NewDefect) -> Result<(defect::Model, Found)> {
    let mut errors = Vec::new();
    check_together(unit, new, &mut errors);
    let found = References::default()
        .add("part_id", Some(Reference::Part(new.part_id.0)))
        .add(
            "work_center_id",
            Some(Reference::WorkCenter(new.work_center_id.0)),
        )
        .add(
            "customer_id",
            new.customer_id.map(|id| Reference::Customer(id.0)),
        )
        .add(
            "supplier_id",
            new.supplier_id.map(|id| Reference::Supplier(id.0)),
        )
        .add(
            "assignee_id",
            new.assignee_id.map(|id| Reference::User(id.0)),
        )
        .add(
            "repeat_of_id",
            new.repeat_of_id.map(|id| Reference::Earlier {
                id: id.0,
                part_id: new.part_id.0,
                // Whatever is there was reported before.
                than: None,
            }),
        )
        .add(
            "failure_code",
            new.failure_code
                .as_ref()
                .map(|code| Reference::Code(CodeList::FailureCode, &code.0)),
        )
        .resolve_for_new(unit.tx, ENTITY, &mut errors)
        .await?;
    refuse_if_any(errors)?;
    let reporter = unit.actor.user_id()?;
    let row = defect::Model {
        id: 0,
        tag_number: String::new(),
        status: Status::Reported.word().to_owned(),
        version: 1,
        version_seq: 0,
        audit_seq: 0,
        audit_head: crate::audit::GENESIS.to_owned(),
        origin: new.origin.unwrap_or(Origin::InProcess).word().to_owned(),
        severity: new.severity.map(|severity| severity.word().to_owned()),
        failure_code_id: found.id("failure_code"),
        part_id: new.part_id.0,
        lot_number: text(new.lot_number.as_ref()),
        work_order: text(new.work_order.as_ref()),
        work_center_id: new.work_center_id.0,
        customer_id: new.customer_id.map(|id| id.0),
        supplier_id: new.supplier_id.map(|id| id.0),
        title: new.title.0.clone(),
        description: new.description.0.clone(),
        language: new
            .language
            .unwrap_or(unit.actor.language)
            .word()
            .to_owned(),
        quantity_inspected: new.quantity_inspected.map(|quantity| quantity.0),
        quantity_defective: new.quantity_defective.0,
        units_sampled: new.units_sampled.map(|count| count.0),
        defects_found: new.defects_found.map(|count| count.0),
        detected_at: new.detected_at.map_or(unit.now, |at| at.0),
        reported_at: unit.now,
        reported_by: reporter,
        assignee_id: new.assignee_id.map(|id| id.0),
        due_at: new.due_at.map(|at| at.0),
        is_contained: new.is_contained.unwrap_or(false),
        hold_location: text(new.hold_location.as_ref()),
        process_analysis: None,
        repair_process: None,
        engineering_findings: None,
        root_cause: None,
        cause_id: None,
        repeat_of_id: new.repeat_of_id.map(|id| id.0),
        closed_at: None,
        closed_by: None,
        external_system: new.external_system.as_ref().map(|system| system.0.clone()),
        external_id: text(new.external_id.as_ref()),
        created_at: unit.now,
        created_by: reporter,
        updated_at: unit.now,
        updated_by: reporter,
        held_at: None,
        hold_until: None,
        hold_reason: None,
        held_seconds: None,
        due_by_rule: None,
        overdue_told: None,
        votes_told: None,
    };
    Ok((row, found))
}

fn check_together(unit: &Unit<'_>, new: &NewDefect, errors: &mut Vec<FieldError>) {
    together(
        errors,
        new.quantity_inspected.map(|quantity| quantity.0),
        new.quantity_defective.0,
        new.external_system.is_some(),
        new.external_id.is_some(),
    );
    if let Some(at) = new.detected_at {
        not_in_future(unit, errors, "detected_at", at);
    }
}

fn text<const MAX: usize>(text: Option<&Text<MAX>>) -> Option<String> {
    text.map(|text| text.0.clone())
}
