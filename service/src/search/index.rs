//! The tokens of records, kept in step with their texts in the transaction that changes these.
//!
//! Whoever changes a record has it locked, and so has whoever changes the number of its part: what is read here is what
//! holds when the transaction ends.

use std::collections::HashMap;

use db::bulk::{self, Rows};
use entity::{defect, defect_note, defect_search, defect_serial, part};
use sea_orm::sea_query::{
    Condition, Expr, ExprTrait, Func, InsertStatement, LockType, OnConflict, Order, Query,
    SimpleExpr,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, JoinType, QueryFilter,
    QueryOrder, QuerySelect, RelationTrait,
};

use super::tokens::{self, Tokens};
use crate::error::Result;
use crate::rights::field;

/// So many notes are read at once.
const NOTES_AT_ONCE: u64 = 100;

/// So many ids stand in a statement.
pub(super) const AT_ONCE: usize = 1_000;

/// The fields of a record that are searched, as its history names them.
const SEARCHED: &[&str] = &[
    "title",
    "description",
    "part_id",
    "lot_number",
    "work_order",
    "process_analysis",
    "repair_process",
    "engineering_findings",
    "root_cause",
];

/// Whether a change of this field, as the history names it, may change what a record is found by.
pub(crate) fn is_searched(field: &str) -> bool {
    let is_child = |name: &str| {
        let rest = field.strip_prefix(name);
        rest.is_some_and(|rest| rest.starts_with('/'))
    };
    SEARCHED.contains(&field) || is_child(field::SERIALS) || is_child(field::NOTES)
}

/// What a record says of itself, as far as it is searched.
#[derive(Clone, Debug)]
struct Texts {
    id: i64,
    tag_number: String,
    part_number: String,
    lot_number: Option<String>,
    work_order: Option<String>,
    title: String,
    long: [Option<String>; 5],
}

/// The tokens of a record while they are gathered.
struct Gathering {
    id: i64,
    head: String,
    body: Tokens,
}

impl Gathering {
    fn begin<'a>(texts: &Texts, serials: impl Iterator<Item = &'a str>) -> Self {
        let mut tokens = Tokens::begin(&texts.part_number);
        tokens.field(&texts.tag_number);
        tokens.field(&texts.title);
        for text in [&texts.lot_number, &texts.work_order].into_iter().flatten() {
            tokens.field(text);
        }
        for serial in serials {
            if tokens.is_full() {
                break;
            }
            tokens.field(serial);
        }
        let head = tokens.text().to_owned();
        for text in texts.long.iter().flatten() {
            tokens.field(text);
        }
        Self {
            id: texts.id,
            head,
            body: tokens,
        }
    }

    fn end(self) -> defect_search::Model {
        defect_search::Model {
            defect_id: self.id,
            head: self.head,
            body: self.body.into_text(),
        }
    }
}

/// The row of a record that has no notes.
pub(crate) fn row_of<'a>(
    row: &defect::Model,
    part_number: &str,
    serials: impl Iterator<Item = &'a str>,
) -> defect_search::Model {
    let texts = Texts {
        id: row.id,
        tag_number: row.tag_number.clone(),
        part_number: part_number.to_owned(),
        lot_number: row.lot_number.clone(),
        work_order: row.work_order.clone(),
        title: row.title.clone(),
        long: [
            Some(row.description.clone()),
            row.process_analysis.clone(),
            row.repair_process.clone(),
            row.engineering_findings.clone(),
            row.root_cause.clone(),
        ],
    };
    Gathering::begin(&texts, serials).end()
}

/// Adds the tokens of a record that is just being reported, whose part had this number when it was looked at.
///
/// Should the part have got another one since, the statement is refused as if the record were not there (no record has
/// the id 0), and the report begins anew: whoever gave it another number cannot have seen this record.
pub(crate) fn new_row(
    family: DbBackend,
    row: &defect::Model,
    part_number: &str,
) -> Result<InsertStatement> {
    let tokens = row_of(row, part_number, std::iter::empty());
    let mut is_still = Query::select();
    is_still
        .expr(Expr::value(tokens.defect_id))
        .from(part::Entity)
        .and_where(Expr::col(part::Column::Id).eq(row.part_id))
        .and_where(Expr::col(part::Column::PartNumber).eq(part_number));
    if family == DbBackend::Postgres {
        // Everything else of the statement sees what was there when it began. The others have the part locked by the
        // record's foreign key already, or the whole file.
        is_still.lock(LockType::KeyShare);
    }
    let id = Func::coalesce([SimpleExpr::from(is_still), Expr::value(0_i64)]);
    let mut insert = Query::insert();
    insert
        .into_table(defect_search::Entity)
        .columns([
            defect_search::Column::DefectId,
            defect_search::Column::Head,
            defect_search::Column::Body,
        ])
        .values([
            SimpleExpr::from(id),
            Expr::value(tokens.head),
            Expr::value(tokens.body),
        ])
        .map_err(crate::error::Error::internal)?;
    Ok(insert)
}

/// Brings the tokens of a record, which the caller holds, in step with what was changed in this transaction.
pub(crate) async fn index(tx: &impl ConnectionTrait, id: i64) -> Result<()> {
    for row in gathered(tx, &[id]).await? {
        let columns = [defect_search::Column::Head, defect_search::Column::Body];
        let replaced = OnConflict::column(defect_search::Column::DefectId)
            .update_columns(columns)
            .to_owned();
        let row = defect_search::ActiveModel {
            defect_id: Set(row.defect_id),
            head: Set(row.head),
            body: Set(row.body),
        };
        defect_search::Entity::insert(row)
            .on_conflict(replaced)
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

/// The same for many records.
pub(crate) async fn index_all(tx: &impl ConnectionTrait, ids: &[i64]) -> Result<()> {
    for some in ids.chunks(AT_ONCE / 10) {
        let rows = gathered(tx, some).await?;
        replace(tx, rows).await?;
    }
    Ok(())
}

/// Writes rows, in the place of those that were there.
pub(super) async fn replace(
    tx: &impl ConnectionTrait,
    rows: Vec<defect_search::Model>,
) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    defect_search::Entity::delete_many()
        .filter(defect_search::Column::DefectId.is_in(rows.iter().map(|row| row.defect_id)))
        .exec(tx)
        .await?;
    bulk::insert(tx, Rows::of::<defect_search::Entity>(rows)).await?;
    Ok(())
}

/// Has the records of a part found by its new number. The caller holds the part.
pub(crate) async fn part_renamed(
    tx: &impl ConnectionTrait,
    part_id: i64,
    (old, new): (&str, &str),
) -> Result<()> {
    let (old, new) = (tokens::beginning_with(old), tokens::beginning_with(new));
    if old == new {
        return Ok(());
    }
    let of_part = || {
        let mut ids = Query::select();
        ids.column(defect::Column::Id)
            .from(defect::Entity)
            .and_where(Expr::col(defect::Column::PartId).eq(part_id));
        ids
    };
    // Whoever changes one of them has read the old number, and is waited for, or will read the new one.
    let mut held = of_part();
    held.order_by(defect::Column::Id, Order::Asc)
        .lock_exclusive();
    tx.query_all(&held).await?;
    let moved = |column: defect_search::Column| {
        let parts = [
            Expr::col(column),
            Expr::value(old.as_str()),
            Expr::value(new.as_str()),
        ];
        SimpleExpr::from(Func::cust("REPLACE").args(parts))
    };
    let update = Query::update()
        .table(defect_search::Entity)
        .value(
            defect_search::Column::Head,
            moved(defect_search::Column::Head),
        )
        .value(
            defect_search::Column::Body,
            moved(defect_search::Column::Body),
        )
        .and_where(Expr::col(defect_search::Column::DefectId).in_subquery(of_part()))
        .to_owned();
    tx.execute(&update).await?;
    Ok(())
}

/// What the rows of records are to be, in the order of their ids.
pub(super) async fn gathered(
    db: &impl ConnectionTrait,
    ids: &[i64],
) -> Result<Vec<defect_search::Model>> {
    let texts = texts(db, ids).await?;
    let mut serials: HashMap<i64, Vec<String>> = HashMap::new();
    let found: Vec<(i64, String)> = defect_serial::Entity::find()
        .select_only()
        .columns([
            defect_serial::Column::DefectId,
            defect_serial::Column::SerialNumber,
        ])
        .filter(defect_serial::Column::DefectId.is_in(ids.iter().copied()))
        .order_by_asc(defect_serial::Column::DefectId)
        .order_by_asc(defect_serial::Column::Id)
        .into_tuple()
        .all(db)
        .await?;
    for (id, serial) in found {
        serials.entry(id).or_default().push(serial);
    }
    let mut gathering: Vec<Gathering> = texts
        .iter()
        .map(|texts| {
            let serials = serials.get(&texts.id).map_or(&[][..], Vec::as_slice);
            Gathering::begin(texts, serials.iter().map(String::as_str))
        })
        .collect();
    add_notes(db, &mut gathering).await?;
    Ok(gathering.into_iter().map(Gathering::end).collect())
}

async fn texts(db: &impl ConnectionTrait, ids: &[i64]) -> Result<Vec<Texts>> {
    type Row = (
        i64,
        String,
        String,
        Option<String>,
        Option<String>,
        String,
        String,
        Option<String>,
        Option<String>,
        Option<String>,
        Option<String>,
    );
    let rows: Vec<Row> = defect::Entity::find()
        .select_only()
        .columns([defect::Column::Id, defect::Column::TagNumber])
        .column(part::Column::PartNumber)
        .columns([
            defect::Column::LotNumber,
            defect::Column::WorkOrder,
            defect::Column::Title,
            defect::Column::Description,
            defect::Column::ProcessAnalysis,
            defect::Column::RepairProcess,
            defect::Column::EngineeringFindings,
            defect::Column::RootCause,
        ])
        .join(JoinType::InnerJoin, defect::Relation::Part.def())
        .filter(defect::Column::Id.is_in(ids.iter().copied()))
        .order_by_asc(defect::Column::Id)
        .into_tuple()
        .all(db)
        .await?;
    let texts = rows.into_iter().map(|row| Texts {
        id: row.0,
        tag_number: row.1,
        part_number: row.2,
        lot_number: row.3,
        work_order: row.4,
        title: row.5,
        long: [Some(row.6), row.7, row.8, row.9, row.10],
    });
    Ok(texts.collect())
}

/// Adds the notes of records, some at a time, and of a record no more than are taken.
async fn add_notes(db: &impl ConnectionTrait, gathering: &mut [Gathering]) -> Result<()> {
    let ids: Vec<i64> = gathering.iter().map(|one| one.id).collect();
    let mut after = Some((0, 0));
    while let Some((record, note)) = after.take() {
        let note_id = || Expr::col(defect_note::Column::Id);
        let record_id = || Expr::col(defect_note::Column::DefectId);
        let behind = Condition::any().add(record_id().gt(record)).add(
            Condition::all()
                .add(record_id().eq(record))
                .add(note_id().gt(note)),
        );
        let notes: Vec<(i64, i64, String)> = defect_note::Entity::find()
            .select_only()
            .columns([
                defect_note::Column::DefectId,
                defect_note::Column::Id,
                defect_note::Column::Body,
            ])
            .filter(defect_note::Column::DefectId.is_in(ids.iter().copied()))
            .filter(defect_note::Column::Body.is_not_null())
            .filter(behind)
            .order_by_asc(defect_note::Column::DefectId)
            .order_by_asc(defect_note::Column::Id)
            .limit(NOTES_AT_ONCE)
            .into_tuple()
            .all(db)
            .await?;
        let is_last = (notes.len() as u64) < NOTES_AT_ONCE;
        for (record, note, body) in notes {
            let place = gathering.binary_search_by_key(&record, |one| one.id);
            let Some(one) = place.ok().and_then(|place| gathering.get_mut(place)) else {
                continue;
            };
            if !one.body.is_full() {
                one.body.field(&body);
            }
            // Of a record that takes no more, the rest is passed over.
            let note = if one.body.is_full() { i64::MAX } else { note };
            after = Some((record, note)).filter(|_| !is_last);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::is_searched;

    #[test]
    fn fields_are_those_of_the_history() {
        for field in [
            "title",
            "root_cause",
            "serials/7",
            "notes/7",
            "notes/7.is_redacted",
        ] {
            assert!(is_searched(field), "{field}");
        }
        for field in ["status", "serials", "mentions/7", "severity", "notes_x"] {
            assert!(!is_searched(field), "{field}");
        }
    }
}
