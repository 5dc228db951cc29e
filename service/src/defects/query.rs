//! The one query that records are read with, whole or as rows of a list: columns by position, first without the
//! names of what they refer to ([`names`](crate::names)), and with them where those are not known.

use db::{Cell, Row};
use entity::{app_user, code_value, defect, part, partner, work_center};
use sea_orm::sea_query::{
    Expr, ExprTrait, IntoIden, JoinType, Query, SelectStatement, SimpleExpr, TableRef, Values,
};
use sea_orm::{DbBackend, DbErr, Statement, Value};

use crate::names::{self, Names};
use crate::reference::{PartRef, PartnerRef, PersonRef, WorkCenterRef};

/// The alias of the table of defects.
pub(crate) const D: &str = "d";

/// How much of a record is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// What a list shows.
    Item,
    /// Everything.
    Whole,
}

/// In the order in which [`Columns::record`] reads them.
const ITEM: &[defect::Column] = &[
    defect::Column::Id,
    defect::Column::TagNumber,
    defect::Column::Status,
    defect::Column::Version,
    defect::Column::Origin,
    defect::Column::Severity,
    defect::Column::FailureCodeId,
    defect::Column::PartId,
    defect::Column::LotNumber,
    defect::Column::WorkOrder,
    defect::Column::WorkCenterId,
    defect::Column::CustomerId,
    defect::Column::SupplierId,
    defect::Column::Title,
    defect::Column::Language,
    defect::Column::QuantityInspected,
    defect::Column::QuantityDefective,
    defect::Column::UnitsSampled,
    defect::Column::DefectsFound,
    defect::Column::DetectedAt,
    defect::Column::ReportedAt,
    defect::Column::ReportedBy,
    defect::Column::AssigneeId,
    defect::Column::DueAt,
    defect::Column::HeldAt,
    defect::Column::HoldReason,
    defect::Column::HoldUntil,
    defect::Column::IsContained,
    defect::Column::HoldLocation,
    defect::Column::CauseId,
    defect::Column::ClosedAt,
    defect::Column::ClosedBy,
    defect::Column::ExternalSystem,
    defect::Column::ExternalId,
    defect::Column::CreatedAt,
    defect::Column::UpdatedAt,
];

/// What is shown of a whole record besides.
const REST: &[defect::Column] = &[
    defect::Column::VersionSeq,
    defect::Column::AuditSeq,
    defect::Column::Description,
    defect::Column::ProcessAnalysis,
    defect::Column::RepairProcess,
    defect::Column::EngineeringFindings,
    defect::Column::RootCause,
    defect::Column::RepeatOfId,
];

/// A table that records refer to, its alias, and by which column.
type Join = (Referred, &'static str, defect::Column);

/// In the order in which [`Columns::names`] reads them.
const JOINS: [Join; 9] = [
    (Referred::Part, "p", defect::Column::PartId),
    (Referred::WorkCenter, "w", defect::Column::WorkCenterId),
    (Referred::Partner, "c", defect::Column::CustomerId),
    (Referred::Partner, "s", defect::Column::SupplierId),
    (Referred::Person, "r", defect::Column::ReportedBy),
    (Referred::Person, "a", defect::Column::AssigneeId),
    (Referred::Person, "b", defect::Column::ClosedBy),
    (Referred::Code, "f", defect::Column::FailureCodeId),
    (Referred::Code, "u", defect::Column::CauseId),
];

#[derive(Clone, Copy)]
enum Referred {
    Part,
    WorkCenter,
    Partner,
    Person,
    Code,
}

impl Referred {
    fn table(self) -> TableRef {
        TableRef::from(match self {
            Self::Part => part::Entity.into_iden(),
            Self::WorkCenter => work_center::Entity.into_iden(),
            Self::Partner => partner::Entity.into_iden(),
            Self::Person => app_user::Entity.into_iden(),
            Self::Code => code_value::Entity.into_iden(),
        })
    }

    fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Part => &["part_number", "revision", "name"],
            Self::WorkCenter | Self::Partner => &["code", "name"],
            Self::Person => &["display_name"],
            Self::Code => &["code"],
        }
    }
}

/// Selects the label of the names, the columns of records and, if asked, the names; without filter or order.
pub(super) fn records(extent: Extent, with_names: bool) -> SelectStatement {
    let mut query = Query::select();
    query.from_as(defect::Entity, D);
    query.expr(SimpleExpr::from(names::label()));
    let rest = if extent == Extent::Whole { REST } else { &[] };
    for column in ITEM.iter().chain(rest) {
        query.column((D, *column));
    }
    for (referred, alias, by) in JOINS.into_iter().filter(|_| with_names) {
        // A LEFT JOIN even where there is always a row: it leaves no doubt which table is read first.
        let on = Expr::col((alias, "id")).equals((D, by));
        query.join_as(JoinType::LeftJoin, referred.table(), alias, on);
        for column in referred.columns() {
            query.column((alias, *column));
        }
    }
    query
}

/// `select` as a statement that finds `limit` rows at most.
pub(super) fn limited(backend: DbBackend, select: &SelectStatement, limit: u64) -> Statement {
    let mut statement = backend.build(select);
    statement.sql.push_str(&format!(" LIMIT {limit}"));
    match backend {
        DbBackend::Postgres => limits_in_text(statement),
        _ => statement,
    }
}

/// The same statement with its limits in the text: with a bound LIMIT, PostgreSQL guesses how many rows are wanted, and
/// plans each time anew.
fn limits_in_text(mut statement: Statement) -> Statement {
    let values = statement.values.take().map_or_else(Vec::new, |all| all.0);
    let mut values = values.into_iter();
    let (mut text, mut kept) = (String::with_capacity(statement.sql.len()), Vec::new());
    let mut pieces = statement.sql.split('$');
    text.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let rest = piece.trim_start_matches(|c: char| c.is_ascii_digit());
        let is_place = rest.len() < piece.len();
        match is_place.then(|| values.next()).flatten() {
            Some(Value::BigUnsigned(Some(limit))) if text.ends_with("LIMIT ") => {
                text.push_str(&limit.to_string());
            }
            Some(value) => {
                kept.push(value);
                text.push_str(&format!("${}", kept.len()));
            }
            None => text.push('$'),
        }
        text.push_str(rest);
    }
    statement.sql = text;
    statement.values = Some(Values(kept));
    statement
}

/// The columns of a row, one after the other.
pub(super) struct Columns<'a> {
    row: Row<'a>,
    next: usize,
}

impl<'a> Columns<'a> {
    pub(super) fn of(row: impl Into<Row<'a>>) -> Self {
        Self {
            row: row.into(),
            next: 0,
        }
    }

    /// The next column.
    pub(super) fn next<T: Cell>(&mut self) -> Result<T, DbErr> {
        self.next += 1;
        self.row.get(self.next - 1)
    }

    /// The label of the names, which stands first.
    pub(super) fn label(&mut self) -> Result<Option<String>, DbErr> {
        self.next()
    }

    /// The record; what is not read of it is empty.
    pub(super) fn record(&mut self, extent: Extent) -> Result<defect::Model, DbErr> {
        // In the order of `ITEM`.
        let mut record = defect::Model {
            id: self.next()?,
            tag_number: self.next()?,
            status: self.next()?,
            version: self.next()?,
            origin: self.next()?,
            severity: self.next()?,
            failure_code_id: self.next()?,
            part_id: self.next()?,
            lot_number: self.next()?,
            work_order: self.next()?,
            work_center_id: self.next()?,
            customer_id: self.next()?,
            supplier_id: self.next()?,
            title: self.next()?,
            language: self.next()?,
            quantity_inspected: self.next()?,
            quantity_defective: self.next()?,
            units_sampled: self.next()?,
            defects_found: self.next()?,
            detected_at: self.next()?,
            reported_at: self.next()?,
            reported_by: self.next()?,
            assignee_id: self.next()?,
            due_at: self.next()?,
            held_at: self.next()?,
            hold_reason: self.next()?,
            hold_until: self.next()?,
            is_contained: self.next()?,
            hold_location: self.next()?,
            cause_id: self.next()?,
            closed_at: self.next()?,
            closed_by: self.next()?,
            external_system: self.next()?,
            external_id: self.next()?,
            created_at: self.next()?,
            created_by: 0,
            updated_at: self.next()?,
            updated_by: 0,
            version_seq: 0,
            audit_seq: 0,
            audit_head: String::new(),
            description: String::new(),
            process_analysis: None,
            repair_process: None,
            engineering_findings: None,
            root_cause: None,
            repeat_of_id: None,
            held_seconds: None,
            due_by_rule: None,
            overdue_told: None,
            votes_told: None,
        };
        if extent == Extent::Whole {
            record.version_seq = self.next()?;
            record.audit_seq = self.next()?;
            record.description = self.next()?;
            record.process_analysis = self.next()?;
            record.repair_process = self.next()?;
            record.engineering_findings = self.next()?;
            record.root_cause = self.next()?;
            record.repeat_of_id = self.next()?;
        }
        Ok(record)
    }

    /// The names of what the record refers to, where they were asked for.
    pub(super) fn names(&mut self, record: &defect::Model, names: &mut Names) -> Result<(), DbErr> {
        if let (Some(number), Some(revision), Some(name)) =
            (self.next()?, self.next()?, self.next()?)
        {
            let id = record.part_id;
            let part = PartRef {
                id,
                number,
                revision,
                name,
            };
            names.parts.insert(id, part);
        }
        if let (Some(code), Some(name)) = (self.next()?, self.next()?) {
            let id = record.work_center_id;
            names
                .work_centers
                .insert(id, WorkCenterRef { id, code, name });
        }
        for id in [record.customer_id, record.supplier_id] {
            if let (Some(code), Some(name), Some(id)) = (self.next()?, self.next()?, id) {
                names.partners.insert(id, PartnerRef { id, code, name });
            }
        }
        let people = [
            Some(record.reported_by),
            record.assignee_id,
            record.closed_by,
        ];
        for id in people {
            if let (Some(name), Some(id)) = (self.next()?, id) {
                names.people.insert(id, PersonRef { id, name });
            }
        }
        for id in [record.failure_code_id, record.cause_id] {
            if let (Some(code), Some(id)) = (self.next()?, id) {
                names.codes.insert(id, code);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::sea_query::Query;
    use sea_orm::{DbBackend, Value};

    use super::*;

    #[test]
    fn limits_are_in_the_text_on_postgresql_and_all_else_is_bound() {
        let keys = |state: &str| {
            Query::select()
                .column("id")
                .from("defect")
                .and_where(Expr::col("lot").eq(state))
                .limit(51)
                .to_owned()
        };
        let select = Query::select()
            .column("id")
            .from_subquery(keys("a$1"), "k")
            .and_where(Expr::col("id").gt(7_i64))
            .to_owned();
        let statement = limited(DbBackend::Postgres, &select, 50);
        assert_eq!(
            statement.sql,
            "SELECT \"id\" FROM (SELECT \"id\" FROM \"defect\" WHERE \"lot\" = $1 LIMIT 51) AS \"k\" \
             WHERE \"id\" > $2 LIMIT 50"
        );
        let values = statement.values.map(|values| values.0);
        assert_eq!(values, Some(vec![Value::from("a$1"), Value::from(7_i64)]));
    }
}
