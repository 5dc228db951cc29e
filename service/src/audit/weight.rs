//! How many records may be read at once: their texts, and what hangs on them, are measured first.

use std::collections::HashMap;

use db::Tx;
use entity::{cost_entry, defect, defect_serial, disposition_line, labor_entry, signature};
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::verify::BATCH_BYTES;
use crate::error::Result;
use crate::page::{bytes_of, fitting};

/// What a record or a child takes beside its long texts, about.
const ROW: i64 = 1024;

/// How many of the next `most` defects behind an id fit into a batch; at least one, if there is one.
pub(super) async fn defects_behind(db: &Tx, after: i64, most: u64) -> Result<u64> {
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
        .order_by_asc(defect::Column::Id)
        .limit(most)
        .into_tuple()
        .all(db)
        .await?;
    let (Some((first, _)), Some((last, _))) = (records.first(), records.last()) else {
        return Ok(0);
    };
    let children = of_children(db, (*first, *last)).await?;
    let sizes: Vec<i64> = records
        .iter()
        .map(|(id, bytes)| ROW + bytes + children.get(id).unwrap_or(&0))
        .collect();
    Ok(fitting(sizes.iter(), BATCH_BYTES) as u64)
}

/// Adds the bytes of the children in `$table` to those of their records.
macro_rules! add {
    ($db:ident, $between:ident, $all:ident, $table:ident, [$($long:ident),*]) => {
        let long: &[$table::Column] = &[$($table::Column::$long),*];
        let sum = bytes_of($db, long).add(ROW).sum();
        let weighed: Vec<(i64, i64)> = $table::Entity::find()
            .select_only()
            .column($table::Column::DefectId)
            .expr_as(
                sum.cast_as(db::dialect::sum_type($db.get_database_backend())),
                "bytes",
            )
            .filter($table::Column::DefectId.between($between.0, $between.1))
            .group_by($table::Column::DefectId)
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
    Ok(all)
}
