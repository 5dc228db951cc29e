//! How many records may be read at once: their texts, and what hangs on them, are measured first.

use std::collections::HashMap;

use db::Tx;
use entity::{
    approval, attachment, car_action, car_cause, car_check, car_defect, car_signature, car_step,
    corrective_action, cost_entry, defect, defect_link, defect_note, defect_serial,
    disposition_line, labor_entry, note_mention, signature, translation,
};
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::verify::BATCH_BYTES;
use crate::error::Result;
use crate::page::{bytes_of, fitting};

/// What a record or a child takes beside its long texts, about.
const ROW: i64 = 1024;

/// How many of the next `most` defects behind an id and up to another fit into a batch; at least one, if there is one.
pub(super) async fn defects_behind(db: &Tx, (after, last): (i64, i64), most: u64) -> Result<u64> {
    let long = [
        defect::Column::Description,
        defect::Column::ProcessAnalysis,
        defect::Column::RepairProcess,
        defect::Column::EngineeringFindings,
        defect::Column::RootCause,
    ];
    let records: Vec<(i64, i64)> = defect::Entity::find()
        .select_only()
        .column(defect::Column::Id)
        .expr_as(bytes_of(db, &long), "bytes")
        .filter(defect::Column::Id.gt(after))
        .filter(defect::Column::Id.lte(last))
        .order_by_asc(defect::Column::Id)
        .limit(most)
        .into_tuple()
        .all(db)
        .await?;
    let (Some((first, _)), Some((last, _))) = (records.first(), records.last()) else {
        return Ok(0);
    };
    let children = of_children(db, (*first, *last)).await?;
    Ok(fit(&records, &children))
}

/// The same for corrective action requests.
pub(super) async fn requests_behind(db: &Tx, (after, last): (i64, i64), most: u64) -> Result<u64> {
    let records: Vec<(i64, i64)> = corrective_action::Entity::find()
        .select_only()
        .column(corrective_action::Column::Id)
        .expr_as(
            bytes_of(db, &[corrective_action::Column::Description]),
            "bytes",
        )
        .filter(corrective_action::Column::Id.gt(after))
        .filter(corrective_action::Column::Id.lte(last))
        .order_by_asc(corrective_action::Column::Id)
        .limit(most)
        .into_tuple()
        .all(db)
        .await?;
    let (Some((first, _)), Some((last, _))) = (records.first(), records.last()) else {
        return Ok(0);
    };
    let children = of_requests(db, (*first, *last)).await?;
    Ok(fit(&records, &children))
}

/// How many of the first records fit, with what hangs on them.
fn fit(records: &[(i64, i64)], children: &HashMap<i64, i64>) -> u64 {
    let sizes: Vec<i64> = records
        .iter()
        .map(|(id, bytes)| ROW + bytes + children.get(id).unwrap_or(&0))
        .collect();
    fitting(sizes.iter(), BATCH_BYTES) as u64
}

/// Adds the bytes of the children in `$table` to those of their records.
macro_rules! add {
    ($db:ident, $between:ident, $all:ident, $table:ident, [$($long:ident),*]) => {
        add!($db, $between, $all, $table, DefectId, [$($long),*]);
    };
    ($db:ident, $between:ident, $all:ident, $table:ident, $parent:ident, [$($long:ident),*]) => {
        let long: &[$table::Column] = &[$($table::Column::$long),*];
        let sum = bytes_of($db, long).add(ROW).sum();
        let weighed: Vec<(i64, i64)> = $table::Entity::find()
            .select_only()
            .column($table::Column::$parent)
            .expr_as(
                sum.cast_as(db::dialect::sum_type($db.get_database_backend())),
                "bytes",
            )
            .filter($table::Column::$parent.between($between.0, $between.1))
            .group_by($table::Column::$parent)
            .into_tuple()
            .all($db)
            .await?;
        for (record, bytes) in weighed {
            *$all.entry(record).or_default() += bytes;
        }
    };
}

/// The bytes that hang on records from one id to another.
async fn of_children(db: &Tx, between: (i64, i64)) -> Result<HashMap<i64, i64>> {
    let mut all: HashMap<i64, i64> = HashMap::new();
    add!(
        db,
        between,
        all,
        disposition_line,
        [Justification, Instructions]
    );
    add!(db, between, all, labor_entry, [Note, Reason]);
    add!(db, between, all, cost_entry, [Note, Reason]);
    add!(db, between, all, defect_serial, []);
    add!(db, between, all, signature, []);
    add!(db, between, all, approval, [Reason]);
    add!(db, between, all, defect_link, []);
    add!(db, between, all, defect_note, [Body, RedactionReason]);
    add!(db, between, all, note_mention, []);
    add!(db, between, all, attachment, [VoidReason]);
    add!(db, between, all, translation, [Content]);
    Ok(all)
}

/// The same of corrective action requests.
async fn of_requests(db: &Tx, between: (i64, i64)) -> Result<HashMap<i64, i64>> {
    let mut all: HashMap<i64, i64> = HashMap::new();
    add!(
        db,
        between,
        all,
        car_step,
        CarId,
        [Content, SupplierContent]
    );
    add!(db, between, all, car_cause, CarId, [Content, Whys]);
    add!(db, between, all, car_action, CarId, [Content, Outcome]);
    add!(db, between, all, car_check, CarId, [Criterion, Note]);
    add!(db, between, all, car_defect, CarId, []);
    add!(db, between, all, car_signature, CarId, []);
    Ok(all)
}
