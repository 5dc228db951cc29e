//! A defect as it is shown: one query for the record with all that it names, whole or as a row of a list.

use entity::{app_user, code_value, cost_entry, defect, labor_entry, part, partner, work_center};
use sea_orm::sea_query::{
    CaseStatement, Expr, ExprTrait, IntoIden, JoinType, Query, SelectStatement, SimpleExpr,
    TableRef,
};
use sea_orm::{ConnectionTrait, DbErr, QueryResult};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::WHAT;
use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::reference::{PartRef, PartnerRef, PersonRef, WorkCenterRef};
use crate::rights::sees_cost;
use crate::system::System;
use crate::value::{Instant, Quantity};
use crate::words::{CostKind, Language, Origin, Severity, Status};

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
    /// Minutes spent on it.
    pub labor_minutes: i64,
    /// Money spent on it less what was recovered; not there for callers who do not see cost.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(example = "12.50")]
    pub cost_total: Option<String>,
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
    view(system.db.reader(), system, actor, id).await
}

/// Reads a defect on a given connection.
pub(super) async fn view(
    db: &impl ConnectionTrait,
    system: &System,
    actor: &Actor,
    id: i64,
) -> Result<DefectView> {
    let with_cost = sees_cost(actor.roles);
    let mut query = items();
    for column in [
        defect::Column::Description,
        defect::Column::ProcessAnalysis,
        defect::Column::RepairProcess,
        defect::Column::EngineeringFindings,
        defect::Column::RootCause,
        defect::Column::AuditSeq,
        defect::Column::VersionSeq,
    ] {
        query.column((D, column));
    }
    query.expr_as(total_of(minutes(), db), "labor_minutes");
    if with_cost {
        query.expr_as(total_of(cost(), db), "cost_total");
    }
    query.and_where(Expr::col((D, defect::Column::Id)).eq(id));
    let row = db.query_one(&query).await?.ok_or(Error::NotFound(WHAT))?;
    let text = |name: &str| row.try_get::<Option<String>>("", name);
    let cost_total = match with_cost {
        true => Some(system.settings.money(row.try_get("", "cost_total")?)),
        false => None,
    };
    Ok(DefectView {
        item: item(&row)?,
        description: row.try_get("", "description")?,
        process_analysis: text("process_analysis")?,
        repair_process: text("repair_process")?,
        engineering_findings: text("engineering_findings")?,
        root_cause: text("root_cause")?,
        labor_minutes: row.try_get("", "labor_minutes")?,
        cost_total,
        settled: row.try_get::<i64>("", "audit_seq")? == row.try_get::<i64>("", "version_seq")?,
    })
}

/// The alias of the table of defects in [`items`].
pub(super) const D: &str = "d";

/// Everything that a list shows of defects, with all they name, without filter or order.
pub(super) fn items() -> SelectStatement {
    let mut query = Query::select();
    query.from_as(defect::Entity, D);
    for column in ITEM_COLUMNS {
        query.column((D, *column));
    }
    let joins = [
        Join::inner(part::Entity, "p", defect::Column::PartId).with(&[
            "id",
            "part_number",
            "revision",
            "name",
        ]),
        Join::inner(work_center::Entity, "w", defect::Column::WorkCenterId)
            .with(&["id", "code", "name"]),
        Join::inner(app_user::Entity, "r", defect::Column::ReportedBy)
            .with(&["id", "display_name"]),
        Join::left(partner::Entity, "c", defect::Column::CustomerId).with(&["id", "code", "name"]),
        Join::left(partner::Entity, "s", defect::Column::SupplierId).with(&["id", "code", "name"]),
        Join::left(app_user::Entity, "a", defect::Column::AssigneeId).with(&["id", "display_name"]),
        Join::left(app_user::Entity, "b", defect::Column::ClosedBy).with(&["id", "display_name"]),
        Join::left(code_value::Entity, "f", defect::Column::FailureCodeId).with(&["code"]),
        Join::left(code_value::Entity, "u", defect::Column::CauseId).with(&["code"]),
    ];
    for join in joins {
        join.add_to(&mut query);
    }
    query
}

const ITEM_COLUMNS: &[defect::Column] = &[
    defect::Column::Id,
    defect::Column::TagNumber,
    defect::Column::Status,
    defect::Column::Version,
    defect::Column::Origin,
    defect::Column::Severity,
    defect::Column::LotNumber,
    defect::Column::WorkOrder,
    defect::Column::Title,
    defect::Column::Language,
    defect::Column::QuantityInspected,
    defect::Column::QuantityDefective,
    defect::Column::UnitsSampled,
    defect::Column::DefectsFound,
    defect::Column::DetectedAt,
    defect::Column::ReportedAt,
    defect::Column::DueAt,
    defect::Column::IsContained,
    defect::Column::HoldLocation,
    defect::Column::ClosedAt,
    defect::Column::ExternalSystem,
    defect::Column::ExternalId,
    defect::Column::CreatedAt,
    defect::Column::UpdatedAt,
];

/// A table that a defect names, under an alias; its columns are selected as `<alias>_<column>`.
struct Join {
    kind: JoinType,
    table: TableRef,
    alias: &'static str,
    by: defect::Column,
    columns: &'static [&'static str],
}

impl Join {
    fn inner(table: impl IntoIden, alias: &'static str, by: defect::Column) -> Self {
        Self {
            kind: JoinType::InnerJoin,
            table: TableRef::from(table.into_iden()),
            alias,
            by,
            columns: &[],
        }
    }

    fn left(table: impl IntoIden, alias: &'static str, by: defect::Column) -> Self {
        Self {
            kind: JoinType::LeftJoin,
            ..Self::inner(table, alias, by)
        }
    }

    fn with(self, columns: &'static [&'static str]) -> Self {
        Self { columns, ..self }
    }

    fn add_to(self, query: &mut SelectStatement) {
        let on = Expr::col((self.alias, "id")).equals((D, self.by));
        query.join_as(self.kind, self.table, self.alias, on);
        for column in self.columns {
            query.expr_as(
                Expr::col((self.alias, *column)),
                format!("{}_{column}", self.alias),
            );
        }
    }
}

/// Reads a row of [`items`].
pub(super) fn item(row: &QueryResult) -> Result<DefectItem> {
    let text = |name: &str| row.try_get::<Option<String>>("", name);
    let instant = |name: &str| -> std::result::Result<Option<String>, DbErr> {
        let at: Option<chrono::DateTime<chrono::FixedOffset>> = row.try_get("", name)?;
        Ok(at.as_ref().map(Instant::show))
    };
    let known_instant = |name: &str| -> std::result::Result<String, DbErr> {
        Ok(Instant::show(&row.try_get("", name)?))
    };
    let quantity: Option<i64> = row.try_get("", "quantity_inspected")?;
    let severity = text("severity")?;
    Ok(DefectItem {
        id: row.try_get("", "id")?,
        tag_number: row.try_get("", "tag_number")?,
        status: Status::stored(&row.try_get::<String>("", "status")?)?,
        version: row.try_get("", "version")?,
        origin: Origin::stored(&row.try_get::<String>("", "origin")?)?,
        severity: severity.as_deref().map(Severity::stored).transpose()?,
        failure_code: text("f_code")?,
        part: PartRef {
            id: row.try_get("", "p_id")?,
            number: row.try_get("", "p_part_number")?,
            revision: row.try_get("", "p_revision")?,
            name: row.try_get("", "p_name")?,
        },
        work_center: WorkCenterRef {
            id: row.try_get("", "w_id")?,
            code: row.try_get("", "w_code")?,
            name: row.try_get("", "w_name")?,
        },
        customer: partner_of(row, "c")?,
        supplier: partner_of(row, "s")?,
        lot_number: text("lot_number")?,
        work_order: text("work_order")?,
        title: row.try_get("", "title")?,
        language: Language::stored(&row.try_get::<String>("", "language")?)?,
        quantity_inspected: quantity.map(Quantity::show),
        quantity_defective: Quantity::show(row.try_get("", "quantity_defective")?),
        units_sampled: row.try_get("", "units_sampled")?,
        defects_found: row.try_get("", "defects_found")?,
        detected_at: known_instant("detected_at")?,
        reported_at: known_instant("reported_at")?,
        reported_by: PersonRef {
            id: row.try_get("", "r_id")?,
            name: row.try_get("", "r_display_name")?,
        },
        assignee: person_of(row, "a")?,
        due_at: instant("due_at")?,
        is_contained: row.try_get("", "is_contained")?,
        hold_location: text("hold_location")?,
        cause: text("u_code")?,
        closed_at: instant("closed_at")?,
        closed_by: person_of(row, "b")?,
        external_system: text("external_system")?,
        external_id: text("external_id")?,
        created_at: known_instant("created_at")?,
        updated_at: known_instant("updated_at")?,
    })
}

fn partner_of(row: &QueryResult, alias: &str) -> Result<Option<PartnerRef>> {
    let id: Option<i64> = row.try_get("", &format!("{alias}_id"))?;
    id.map(|id| {
        Ok(PartnerRef {
            id,
            code: row.try_get("", &format!("{alias}_code"))?,
            name: row.try_get("", &format!("{alias}_name"))?,
        })
    })
    .transpose()
}

fn person_of(row: &QueryResult, alias: &str) -> Result<Option<PersonRef>> {
    let id: Option<i64> = row.try_get("", &format!("{alias}_id"))?;
    id.map(|id| {
        Ok(PersonRef {
            id,
            name: row.try_get("", &format!("{alias}_display_name"))?,
        })
    })
    .transpose()
}

fn minutes() -> SelectStatement {
    Query::select()
        .expr(Expr::col((labor_entry::Entity, labor_entry::Column::Minutes)).sum())
        .from(labor_entry::Entity)
        .and_where(
            Expr::col((labor_entry::Entity, labor_entry::Column::DefectId))
                .equals((D, defect::Column::Id)),
        )
        .to_owned()
}

/// What came back lowers the total.
fn cost() -> SelectStatement {
    let amount = || Expr::col((cost_entry::Entity, cost_entry::Column::Amount));
    let is_recovery =
        Expr::col((cost_entry::Entity, cost_entry::Column::Kind)).eq(CostKind::Recovery.word());
    let signed: SimpleExpr = CaseStatement::new()
        .case(is_recovery, Expr::value(0).sub(amount()))
        .finally(amount())
        .into();
    Query::select()
        .expr(signed.sum())
        .from(cost_entry::Entity)
        .and_where(
            Expr::col((cost_entry::Entity, cost_entry::Column::DefectId))
                .equals((D, defect::Column::Id)),
        )
        .to_owned()
}

/// A sum as a 64-bit number, 0 of nothing: the engines sum BIGINTs to different types.
fn total_of(sum: SelectStatement, db: &impl ConnectionTrait) -> SimpleExpr {
    let sum = SimpleExpr::from(sum).if_null(0);
    sum.cast_as(db::dialect::sum_type(db.get_database_backend()))
}
