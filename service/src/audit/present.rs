//! The records as they are, in the form in which their histories tell them, batch by batch.

use std::collections::HashMap;

use db::Tx;
use entity::{
    app_user, approval, approval_rule, attachment, car_action, car_cause, car_check, car_defect,
    car_signature, car_step, code_value, concession, control_limit, corrective_action, cost_entry,
    defect, defect_link, defect_note, defect_serial, disposition_line, due_rule, inspection,
    labor_entry, note_mention, part, partner, repeat_rule, signature, translation, webhook,
    work_center,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::{Value as Json, json};

use super::weight;
use crate::corrective::{self, actions, causes, checks};
use crate::defects::{
    approvals, attachments, cost, labor, lines, links, notes, serials, signatures, snapshot,
    translations,
};
use crate::error::Result;
use crate::system::System;
use crate::{
    approval_rule as approval_rules, code, concession as concessions,
    control_limit as control_limits, due_rule as due_rules, inspection as inspections,
    part as parts, partner as partners, repeat_rule as repeat_rules, user, webhook as webhooks,
    work_center as work_centers,
};

/// The tables whose rows have a chain.
pub(crate) const CHAINED: &[&str] = &[
    "app_user",
    "approval_rule",
    "code_value",
    "concession",
    "control_limit",
    "corrective_action",
    "defect",
    "due_rule",
    "inspection",
    "part",
    "partner",
    "repeat_rule",
    "webhook",
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

/// The next rows of `$table` behind an id and up to another, in the order of their ids.
macro_rules! rows_behind {
    ($db:ident, $table:ident, ($after:ident, $last:ident)) => {
        rows_behind!($db, $table, ($after, $last), BATCH)
    };
    ($db:ident, $table:ident, ($after:ident, $last:ident), $most:expr) => {
        $table::Entity::find()
            .filter($table::Column::Id.gt($after))
            .filter($table::Column::Id.lte($last))
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

/// The next records of a table behind an id and up to another; none at the end.
pub(super) async fn behind(
    system: &System,
    db: &Tx,
    table: &str,
    (after, last): (i64, i64),
) -> Result<Vec<Present>> {
    Ok(match table {
        "app_user" => {
            let rows = rows_behind!(db, app_user, (after, last));
            let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
            let mut roles = user::roles_of_all(db, &ids).await?;
            present!(rows, |row| user::record(
                &row,
                roles.remove(&row.id).unwrap_or_default()
            ))
        }
        "approval_rule" => {
            let rows = rows_behind!(db, approval_rule, (after, last));
            present!(rows, |row| approval_rules::record(&system.settings, &row))
        }
        "concession" => {
            let rows = rows_behind!(db, concession, (after, last));
            present!(rows, |row| concessions::record(&row))
        }
        "control_limit" => {
            let rows = rows_behind!(db, control_limit, (after, last));
            present!(rows, |row| control_limits::record(&row))
        }
        "inspection" => {
            let rows = rows_behind!(db, inspection, (after, last));
            present!(rows, |row| inspections::record(&row))
        }
        "code_value" => {
            let rows = rows_behind!(db, code_value, (after, last));
            let mut records = code::records(db, &rows).await?;
            present!(rows, |row| records.remove(&row.id).unwrap_or_default())
        }
        corrective::ENTITY => {
            let most = weight::requests_behind(db, (after, last), BATCH).await?;
            let rows = rows_behind!(db, corrective_action, (after, last), most);
            let mut values = requests(db, &rows).await?;
            present!(rows, |row| values.remove(&row.id).unwrap_or_default())
        }
        "due_rule" => {
            let rows = rows_behind!(db, due_rule, (after, last));
            present!(rows, |row| due_rules::record(&row))
        }
        "part" => {
            let rows = rows_behind!(db, part, (after, last));
            present!(rows, |row| parts::record(&system.settings, &row))
        }
        "partner" => {
            let rows = rows_behind!(db, partner, (after, last));
            present!(rows, |row| partners::record(&row))
        }
        "repeat_rule" => {
            let rows = rows_behind!(db, repeat_rule, (after, last));
            present!(rows, |row| repeat_rules::record(&row))
        }
        "webhook" => {
            let rows = rows_behind!(db, webhook, (after, last));
            present!(rows, |row| webhooks::record(&row))
        }
        "work_center" => {
            let rows = rows_behind!(db, work_center, (after, last));
            let areas: Vec<i64> = rows.iter().filter_map(|row| row.area_id).collect();
            let areas = code::words_of(db, areas).await?;
            let area = |id: Option<i64>| id.and_then(|id| areas.get(&id)).map(String::as_str);
            present!(rows, |row| work_centers::record(&row, area(row.area_id)))
        }
        _ => {
            let most = weight::defects_behind(db, (after, last), BATCH).await?;
            let rows = rows_behind!(db, defect, (after, last), most);
            let mut values = defects(system, db, &rows).await?;
            present!(rows, |row| values.remove(&row.id).unwrap_or_default())
        }
    })
}

/// Defects with all that hangs on them, children under the names that history gives them.
async fn defects(system: &System, db: &Tx, rows: &[defect::Model]) -> Result<HashMap<i64, Json>> {
    let codes: Vec<i64> = rows
        .iter()
        .flat_map(|row| [row.failure_code_id, row.cause_id])
        .flatten()
        .collect();
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
        add!(
            $db,
            $between,
            $all,
            $table,
            (DefectId, defect_id),
            $path,
            $content
        );
    };
    ($db:ident, $between:ident, $all:ident, $table:ident, ($column:ident, $parent:ident), $path:expr, $content:expr) => {
        let rows = $table::Entity::find()
            .filter($table::Column::$column.between($between.0, $between.1))
            .all($db)
            .await?;
        for row in rows {
            if let Some(record) = $all.get_mut(&row.$parent) {
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
    add!(db, between, all, labor_entry, labor::path, |row: &_| {
        labor::content(settings, row)
    });
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
    add!(db, between, all, defect_link, links::path, links::content);
    add!(db, between, all, defect_note, notes::path, notes::content);
    add!(
        db,
        between,
        all,
        approval,
        approvals::path,
        approvals::content
    );
    add!(
        db,
        between,
        all,
        note_mention,
        notes::mention_path,
        notes::mention_content
    );
    add!(
        db,
        between,
        all,
        attachment,
        attachments::path,
        attachments::content
    );
    add!(
        db,
        between,
        all,
        translation,
        translations::path,
        translations::content
    );
    Ok(())
}

/// Corrective action requests with all that hangs on them.
async fn requests(db: &Tx, rows: &[corrective_action::Model]) -> Result<HashMap<i64, Json>> {
    let mut all: HashMap<i64, Json> = rows
        .iter()
        .map(|row| (row.id, corrective::told(row)))
        .collect();
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else {
        return Ok(all);
    };
    let between = (first.id, last.id);
    let of = car_cause::Entity::find()
        .select_only()
        .column(car_cause::Column::CauseId)
        .filter(car_cause::Column::CarId.between(between.0, between.1));
    let codes: Vec<Option<i64>> = of.into_tuple().all(db).await?;
    let codes = code::words_of(db, codes.into_iter().flatten()).await?;
    let cause = |row: &car_cause::Model| {
        let word = row.cause_id.and_then(|id| codes.get(&id));
        causes::content(row, word.map(String::as_str))
    };
    let (step_path, step) = (corrective::step_path, corrective::step_content);
    let (link_path, link) = (corrective::defects::path, corrective::defects::content);
    let (signed_path, signed) = (
        corrective::signatures::path,
        corrective::signatures::content,
    );
    add!(
        db,
        between,
        all,
        car_defect,
        (CarId, car_id),
        link_path,
        link
    );
    add!(db, between, all, car_step, (CarId, car_id), step_path, step);
    add!(
        db,
        between,
        all,
        car_cause,
        (CarId, car_id),
        causes::path,
        cause
    );
    add!(
        db,
        between,
        all,
        car_action,
        (CarId, car_id),
        actions::path,
        actions::content
    );
    add!(
        db,
        between,
        all,
        car_check,
        (CarId, car_id),
        checks::path,
        checks::content
    );
    add!(
        db,
        between,
        all,
        car_signature,
        (CarId, car_id),
        signed_path,
        signed
    );
    Ok(all)
}
