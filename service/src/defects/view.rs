//! A defect as it is shown, whole or as a row of a list.

use std::collections::HashMap;
use std::mem;
use std::sync::OnceLock;

use db::{Engine, Row};
use entity::defect;
use sea_orm::sea_query::{Expr, ExprTrait, SelectStatement};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, QueryResult, Statement};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::WHAT;
pub(super) use super::query::D;
use super::query::{Columns, Extent, records};
use super::spent::{cost, minutes, total_of};
use super::translations::TranslatedTexts;
use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::names::Names;
use crate::reference::{PartRef, PartnerRef, PersonRef, WorkCenterRef};
use crate::rights::sees_cost;
use crate::system::{System, Unit};
use crate::value::{Instant, Quantity};
use crate::words::{Language, Origin, Severity, Status};

/// A defect as a list shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DefectItem {
    /// Id.
    pub id: i64,
    /// Number on the tag.
    #[schema(example = "DMT-001042")]
    pub tag_number: String,
    /// Where it stands.
    pub status: Status,
    /// Moves with every change of the record, its lines and its state; the ETag.
    pub version: i64,
    /// Where it was found.
    pub origin: Origin,
    /// How grave it is.
    #[schema(required)]
    pub severity: Option<Severity>,
    /// The kind of failure.
    #[schema(required)]
    pub failure_code: Option<String>,
    /// The part.
    pub part: PartRef,
    /// The work center.
    pub work_center: WorkCenterRef,
    /// The customer.
    #[schema(required)]
    pub customer: Option<PartnerRef>,
    /// The supplier.
    #[schema(required)]
    pub supplier: Option<PartnerRef>,
    /// Lot or batch.
    #[schema(required)]
    pub lot_number: Option<String>,
    /// Work order.
    #[schema(required)]
    pub work_order: Option<String>,
    /// What is wrong, in a line.
    pub title: String,
    /// The language of the texts.
    pub language: Language,
    /// How many were looked at.
    #[schema(required, example = "120")]
    pub quantity_inspected: Option<String>,
    /// How many are wrong.
    #[schema(example = "10")]
    pub quantity_defective: String,
    /// Units in the sample.
    #[schema(required)]
    pub units_sampled: Option<i64>,
    /// Defects found in the sample.
    #[schema(required)]
    pub defects_found: Option<i64>,
    /// When it was found.
    #[schema(format = DateTime)]
    pub detected_at: String,
    /// When it was reported.
    #[schema(format = DateTime)]
    pub reported_at: String,
    /// Who reported it.
    pub reported_by: PersonRef,
    /// Who takes care of it.
    #[schema(required)]
    pub assignee: Option<PersonRef>,
    /// Until when.
    #[schema(required, format = DateTime)]
    pub due_at: Option<String>,
    /// Whether its clock stands still.
    pub on_hold: bool,
    /// Since when it does.
    #[schema(required, format = DateTime)]
    pub hold_since: Option<String>,
    /// What it waits for.
    #[schema(required)]
    pub hold_reason: Option<String>,
    /// When that is expected.
    #[schema(required, format = DateTime)]
    pub hold_until: Option<String>,
    /// Whether the material is set apart.
    pub is_contained: bool,
    /// Where it is held.
    #[schema(required)]
    pub hold_location: Option<String>,
    /// The most likely cause's code.
    #[schema(required)]
    pub cause: Option<String>,
    /// When it was closed.
    #[schema(required, format = DateTime)]
    pub closed_at: Option<String>,
    /// Who closed it.
    #[schema(required)]
    pub closed_by: Option<PersonRef>,
    /// The other system that it is known to.
    #[schema(required)]
    pub external_system: Option<String>,
    /// What it is called there.
    #[schema(required)]
    pub external_id: Option<String>,
    /// When it came into the system.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it last changed.
    #[schema(format = DateTime)]
    pub updated_at: String,
}

/// A defect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DefectView {
    /// What lists show too.
    #[serde(flatten)]
    pub item: DefectItem,
    /// What is wrong.
    pub description: String,
    /// What happened in the process.
    #[schema(required)]
    pub process_analysis: Option<String>,
    /// How it is to be repaired.
    #[schema(required)]
    pub repair_process: Option<String>,
    /// What engineering found.
    #[schema(required)]
    pub engineering_findings: Option<String>,
    /// The root cause.
    #[schema(required)]
    pub root_cause: Option<String>,
    /// The earlier record of the same part that this one repeats.
    #[schema(required)]
    pub repeat_of_id: Option<i64>,
    /// Minutes spent on it.
    pub labor_minutes: i64,
    /// Money spent on it less what was recovered; not there for callers who do not see cost.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(example = "12.50")]
    pub cost_total: Option<String>,
    /// Which of its texts are shown in the language that was asked for; only there where one was.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub translated: Option<TranslatedTexts>,
    /// Whether the view is all told by its version: nothing beside the record was added since it last moved.
    #[serde(skip)]
    pub settled: bool,
}

/// Reads a defect.
///
/// # Errors
/// `NotFound`.
pub async fn show(system: &System, actor: &Actor, id: i64) -> Result<DefectView> {
    actor.may_read()?;
    match in_place(system, actor, id)? {
        Some(view) => Ok(view),
        None => view(&system.db.reads(), system, actor, id).await,
    }
}

/// SQLite: the read that is asked most; nothing where it has to be asked in the ordinary way.
fn in_place(system: &System, actor: &Actor, id: i64) -> Result<Option<DefectView>> {
    if system.db.engine() != Engine::Sqlite {
        return Ok(None);
    }
    let with_cost = sees_cost(actor.roles);
    let statement = by_id(DbBackend::Sqlite, false, with_cost, id);
    let read = |row: Row<'_>| without_names(row, system, with_cost);
    let Some(found) = system.db.read_in_place(&statement, read) else {
        return Ok(None);
    };
    let Some((label, record, totals)) = found.into_iter().next() else {
        return Err(Error::NotFound(WHAT));
    };
    let known = |names: &Names| DefectView::of(record, totals, names);
    system.names.at(label.as_deref(), known)
}

/// Reads a defect on a given connection.
pub(super) async fn view(
    db: &impl ConnectionTrait,
    system: &System,
    actor: &Actor,
    id: i64,
) -> Result<DefectView> {
    let with_cost = sees_cost(actor.roles);
    let of = async |with_names| {
        let row = db
            .query_one_raw(by_id(db.get_database_backend(), with_names, with_cost, id))
            .await?;
        row.ok_or(Error::NotFound(WHAT))
    };
    let (label, record, totals) = without_names(&of(false).await?, system, with_cost)?;
    let known = |names: &Names| DefectView::of(record, totals, names);
    if let Some(view) = system.names.at(label.as_deref(), known)? {
        return Ok(view);
    }
    let (view, names) = with_names(&of(true).await?, system, with_cost)?;
    system.names.learn(names);
    Ok(view)
}

/// Selects records with all that is shown of them, without filter or order.
pub(super) fn whole(actor: &Actor, db: &impl ConnectionTrait) -> SelectStatement {
    whole_records(db.get_database_backend(), true, sees_cost(actor.roles))
}

/// Reads a row of [`whole`].
pub(super) fn read_whole(row: &QueryResult, system: &System, actor: &Actor) -> Result<DefectView> {
    with_names(row, system, sees_cost(actor.roles)).map(|(view, _)| view)
}

/// What of a record may be long.
pub(super) const LONG_TEXTS: [defect::Column; 5] = [
    defect::Column::Description,
    defect::Column::ProcessAnalysis,
    defect::Column::RepairProcess,
    defect::Column::EngineeringFindings,
    defect::Column::RootCause,
];

fn whole_records(backend: DbBackend, with_names: bool, with_cost: bool) -> SelectStatement {
    let mut query = records(Extent::Whole, with_names);
    query.expr(total_of(minutes(), backend));
    if with_cost {
        query.expr(total_of(cost(), backend));
    }
    query
}

fn without_names<'a>(
    row: impl Into<Row<'a>>,
    system: &System,
    with_cost: bool,
) -> std::result::Result<(Option<String>, defect::Model, Totals), DbErr> {
    let mut columns = Columns::of(row);
    let (label, record) = (columns.label()?, columns.record(Extent::Whole)?);
    let totals = Totals::read(&mut columns, system, with_cost)?;
    Ok((label, record, totals))
}

fn with_names(row: &QueryResult, system: &System, with_cost: bool) -> Result<(DefectView, Names)> {
    let mut columns = Columns::of(row);
    let mut names = Names::under(columns.label()?);
    let record = columns.record(Extent::Whole)?;
    columns.names(&record, &mut names)?;
    let totals = Totals::read(&mut columns, system, with_cost)?;
    let view = DefectView::of(record, totals, &names)?.ok_or_else(nameless)?;
    Ok((view, names))
}

/// Foreign keys do not let this happen.
pub(super) fn nameless() -> Error {
    Error::internal("a record refers to something that is not there")
}

/// What was spent on a record.
pub(super) struct Totals {
    pub(super) labor_minutes: i64,
    pub(super) cost_total: Option<String>,
}

impl Totals {
    /// Of a new record.
    pub(super) fn nothing(unit: &Unit<'_>) -> Self {
        let with_cost = sees_cost(unit.actor.roles);
        Self {
            labor_minutes: 0,
            cost_total: with_cost.then(|| unit.system.settings.money(0)),
        }
    }

    fn read(
        columns: &mut Columns<'_>,
        system: &System,
        with_cost: bool,
    ) -> std::result::Result<Self, DbErr> {
        Ok(Self {
            labor_minutes: columns.next()?,
            cost_total: match with_cost {
                true => Some(system.settings.money(columns.next()?)),
                false => None,
            },
        })
    }
}

impl DefectItem {
    /// A record as a list shows it; none where a name is not known.
    pub(super) fn of(record: defect::Model, names: &Names) -> Result<Option<Self>> {
        let shown = |at: &Option<_>| at.as_ref().map(Instant::show);
        let (Some(part), Some(work_center), Some(reported_by)) = (
            names.parts.get(&record.part_id).cloned(),
            names.work_centers.get(&record.work_center_id).cloned(),
            names.people.get(&record.reported_by).cloned(),
        ) else {
            return Ok(None);
        };
        let (Some(customer), Some(supplier), Some(assignee), Some(closed_by)) = (
            known(record.customer_id, &names.partners),
            known(record.supplier_id, &names.partners),
            known(record.assignee_id, &names.people),
            known(record.closed_by, &names.people),
        ) else {
            return Ok(None);
        };
        let (Some(failure_code), Some(cause)) = (
            known(record.failure_code_id, &names.codes),
            known(record.cause_id, &names.codes),
        ) else {
            return Ok(None);
        };
        let severity = record.severity.as_deref();
        Ok(Some(Self {
            id: record.id,
            tag_number: record.tag_number,
            status: Status::stored(&record.status)?,
            version: record.version,
            origin: Origin::stored(&record.origin)?,
            severity: severity.map(Severity::stored).transpose()?,
            failure_code,
            part,
            work_center,
            customer,
            supplier,
            lot_number: record.lot_number,
            work_order: record.work_order,
            title: record.title,
            language: Language::stored(&record.language)?,
            quantity_inspected: record.quantity_inspected.map(Quantity::show),
            quantity_defective: Quantity::show(record.quantity_defective),
            units_sampled: record.units_sampled,
            defects_found: record.defects_found,
            detected_at: Instant::show(&record.detected_at),
            reported_at: Instant::show(&record.reported_at),
            reported_by,
            assignee,
            due_at: shown(&record.due_at),
            on_hold: record.held_at.is_some(),
            hold_since: shown(&record.held_at),
            hold_reason: record.hold_reason,
            hold_until: shown(&record.hold_until),
            is_contained: record.is_contained,
            hold_location: record.hold_location,
            cause,
            closed_at: shown(&record.closed_at),
            closed_by,
            external_system: record.external_system,
            external_id: record.external_id,
            created_at: Instant::show(&record.created_at),
            updated_at: Instant::show(&record.updated_at),
        }))
    }
}

/// What an id stands for, if there is one; none where it is not known.
fn known<T: Clone>(id: Option<i64>, names: &HashMap<i64, T>) -> Option<Option<T>> {
    match id {
        Some(id) => names.get(&id).cloned().map(Some),
        None => Some(None),
    }
}

impl DefectView {
    /// A whole record; none where a name is not known.
    pub(super) fn of(
        mut record: defect::Model,
        totals: Totals,
        names: &Names,
    ) -> Result<Option<Self>> {
        let settled = record.audit_seq == record.version_seq;
        let description = mem::take(&mut record.description);
        let process_analysis = record.process_analysis.take();
        let repair_process = record.repair_process.take();
        let engineering_findings = record.engineering_findings.take();
        let root_cause = record.root_cause.take();
        let repeat_of_id = record.repeat_of_id;
        let item = DefectItem::of(record, names)?;
        Ok(item.map(|item| Self {
            item,
            description,
            process_analysis,
            repair_process,
            engineering_findings,
            root_cause,
            repeat_of_id,
            labor_minutes: totals.labor_minutes,
            cost_total: totals.cost_total,
            translated: None,
            settled,
        }))
    }
}

/// Reads one record with its totals. The statement is put together once for each kind, and its text stays the same,
/// so that every connection prepares it once.
fn by_id(backend: DbBackend, with_names: bool, with_cost: bool, id: i64) -> Statement {
    static KINDS: [OnceLock<Statement>; 12] = [const { OnceLock::new() }; 12];
    let engine = match backend {
        DbBackend::Sqlite => 0,
        DbBackend::Postgres => 1,
        _ => 2,
    };
    let kind = &KINDS[engine * 4 + usize::from(with_names) * 2 + usize::from(with_cost)];
    let mut statement = kind
        .get_or_init(|| {
            let mut query = whole_records(backend, with_names, with_cost);
            query.and_where(Expr::col((D, defect::Column::Id)).eq(0_i64));
            backend.build(&query)
        })
        .clone();
    // The id is the last thing that is bound.
    if let Some(last) = statement.values.as_mut().and_then(|all| all.0.last_mut()) {
        *last = id.into();
    }
    statement
}
