//! The records as they are, in the form in which their histories tell them, batch by batch.

use std::collections::HashMap;

use db::Tx;
use entity::{
    app_user, code_value, cost_entry, defect, defect_serial, disposition_line, labor_entry, part,
    partner, signature, work_center,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::{Value as Json, json};

use super::weight;
use crate::defects::{cost, labor, lines, serials, signatures, snapshot};
use crate::error::Result;
use crate::system::System;
use crate::{code, part as parts, partner as partners, user, work_center as work_centers};

/// The tables whose rows have a chain.
pub(super) const CHAINED: &[&str] = &[
    "app_user",
    "code_value",
    "defect",
    "part",
    "partner",
    "work_center",
];

/// How many records are read at once, at most.
const BATCH: u64 = 500;

/// A record as it is.
pub(super) struct Present {
    pub(super) id: i64,
    /// The end of its chain, as it remembers it.
    pub(super) seq: i64,
    pub(super) head: String,
    /// What its history should have told.
    pub(super) values: Json,
}

/// The next rows of `$table` behind an id, in the order of their ids.
macro_rules! rows_behind {
    ($db:ident, $table:ident, $after:ident) => {
        rows_behind!($db, $table, $after, BATCH)
    };
    ($db:ident, $table:ident, $after:ident, $most:expr) => {
        $table::Entity::find()
            .filter($table::Column::Id.gt($after))
            .order_by_asc($table::Column::Id)
            .limit($most)
            .all($db)
            .await?
    };
}

/// Makes a [`Present`] of each row.
macro_rules! present {
    ($rows:expr, |$row:ident| $values:expr) => {
        $rows
            .into_iter()
            .map(|$row| Present {
                values: $values,
                id: $row.id,
                seq: $row.audit_seq,
                head: $row.audit_head,
            })
            .collect()
    };
}

/// The next records of a table behind an id; none at its end.
pub(super) async fn behind(
    system: &System,
    db: &Tx,
    table: &str,
    after: i64,
) -> Result<Vec<Present>> {
    Ok(match table {
        "app_user" => {
            let rows = rows_behind!(db, app_user, after);
            let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
            let mut roles = user::roles_of_all(db, &ids).await?;
            present!(rows, |row| user::record(
                &row,
                roles.remove(&row.id).unwrap_or_default()
            ))
        }
        "code_value" => {
            let rows = rows_behind!(db, code_value, after);
            let mut records = code::records(db, &rows).await?;
            present!(rows, |row| records.remove(&row.id).unwrap_or_default())
        }
        "part" => {
            let rows = rows_behind!(db, part, after);
            present!(rows, |row| parts::record(&system.settings, &row))
        }
        "partner" => {
            let rows = rows_behind!(db, partner, after);
            present!(rows, |row| partners::record(&row))
        }
        "work_center" => {
            let rows = rows_behind!(db, work_center, after);
            let areas = code::words_of(db, rows.iter().filter_map(|row| row.area_id)).await?;
            let area = |id: Option<i64>| id.and_then(|id| areas.get(&id)).map(String::as_str);
            present!(rows, |row| work_centers::record(&row, area(row.area_id)))
        }
        _ => {
            let most = weight::defects_behind(db, after, BATCH).await?;
            let rows = rows_behind!(db, defect, after, most);
            let mut values = defects(system, db, &rows).await?;
            present!(rows, |row| values.remove(&row.id).unwrap_or_default())
        }
    })
}

/// Defects with all that hangs on them, children under the names that history gives them.
async fn defects(system: &System, db: &Tx, rows: &[defect::Model]) -> Result<HashMap<i64, Json>> {
    let codes = rows
        .iter()
        .flat_map(|row| [row.failure_code_id, row.cause_id])
        .flatten();
    let codes = code::words_of(db, codes).await?;
    let word = |id: Option<i64>| id.and_then(|id| codes.get(&id)).map(String::as_str);
    let mut all: HashMap<i64, Json> = HashMap::new();
    for row in rows {
        let mut record = snapshot(row, word(row.failure_code_id), word(row.cause_id));
        record["status"] = json!(row.status);
        record["closed_at"] = json!(row.closed_at.as_ref().map(crate::value::Instant::show));
        record["closed_by"] = json!(row.closed_by);
        all.insert(row.id, record);
    }
    if let (Some(first), Some(last)) = (rows.first(), rows.last()) {
        add_children(system, db, (first.id, last.id), &mut all).await?;
    }
    Ok(all)
}

/// The children of `$table` under records from one id to another, each under its name in history.
macro_rules! add {
    ($db:ident, $between:ident, $all:ident, $table:ident, $path:expr, $content:expr) => {
        let rows = $table::Entity::find()
            .filter($table::Column::DefectId.between($between.0, $between.1))
            .all($db)
            .await?;
        for row in rows {
            if let Some(record) = $all.get_mut(&row.defect_id) {
                record[$path(row.id)] = $content(&row);
            }
        }
    };
}

async fn add_children(
    system: &System,
    db: &Tx,
    between: (i64, i64),
    all: &mut HashMap<i64, Json>,
) -> Result<()> {
    let settings = &system.settings;
    add!(
        db,
        between,
        all,
        disposition_line,
        lines::path,
        lines::content
    );
    add!(db, between, all, labor_entry, labor::path, labor::content);
    add!(db, between, all, cost_entry, cost::path, |row: &_| {
        cost::content(settings, row)
    });
    add!(
        db,
        between,
        all,
        defect_serial,
        serials::path,
        serials::content
    );
    add!(
        db,
        between,
        all,
        signature,
        signatures::path,
        signatures::content
    );
    Ok(())
}
