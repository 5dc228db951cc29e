//! What a report on the floor begins with: the failure codes to choose from, those first that the part has most often,
//! and the work center of one's last report.
//!
//! Of a part's reports the newest alone are looked at, so that a part with a hundred thousand of them is answered as
//! fast as one with ten. Who reports, and what he may say of a new record, is in `report`.

use std::cmp::Reverse;
use std::collections::HashMap;

use entity::{code_value, defect, work_center};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};

use crate::actor::Actor;
use crate::code;
use crate::error::Result;
use crate::reference::WorkCenterRef;
use crate::system::System;
use crate::words::{CodeList, Language, Status};

/// How many reports are looked at.
const NEWEST: u64 = 500;

/// How many codes are offered.
const MOST_CODES: usize = 200;

/// A failure code to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferedCode {
    /// The code, as records write it.
    pub code: String,
    /// For people: in the caller's language, in English where it has no label there.
    pub label: String,
    /// How many of the newest reports have it.
    pub reports: i64,
}

/// The active failure codes, those first that the newest reports of a part (of all parts, where none is named) have
/// most often, then in the order of their list.
///
/// # Errors
/// `Forbidden` for a token that may not read, `Database`.
pub async fn codes(
    system: &System,
    actor: &Actor,
    part_id: Option<i64>,
) -> Result<Vec<OfferedCode>> {
    actor.may_read()?;
    let db = system.db.reader();
    let newest: Vec<Option<i64>> = defect::Entity::find()
        .select_only()
        .column(defect::Column::FailureCodeId)
        .filter(defect::Column::Status.ne(Status::Void.word()))
        .apply_if(part_id, |select, part| {
            select.filter(defect::Column::PartId.eq(part))
        })
        .order_by_desc(defect::Column::ReportedAt)
        .order_by_desc(defect::Column::Id)
        .limit(NEWEST)
        .into_tuple()
        .all(db)
        .await?;
    let mut reports: HashMap<i64, i64> = HashMap::new();
    for id in newest.into_iter().flatten() {
        *reports.entry(id).or_default() += 1;
    }
    let of = |id: i64| reports.get(&id).copied().unwrap_or(0);
    let mut rows = code::on(CodeList::FailureCode)
        .filter(code_value::Column::IsActive.eq(true))
        .order_by_asc(code_value::Column::SortOrder)
        .order_by_asc(code_value::Column::Code)
        .all(db)
        .await?;
    // Stable: those that are as frequent stay in the order of the list.
    rows.sort_by_key(|row| Reverse(of(row.id)));
    rows.truncate(MOST_CODES);
    let mut labels = code::labels_of(db, rows.iter().map(|row| row.id)).await?;
    let offered = rows.into_iter().map(|row| {
        let labels = labels.remove(&row.id).unwrap_or_default();
        let label = labels
            .of(actor.language)
            .or_else(|| labels.of(Language::English));
        OfferedCode {
            label: label.unwrap_or(&row.code).to_owned(),
            reports: of(row.id),
            code: row.code,
        }
    });
    Ok(offered.collect())
}

/// The work center of the caller's last report, while it is in use.
///
/// # Errors
/// `Forbidden` for a token that may not read, `Database`.
pub async fn last_work_center(system: &System, actor: &Actor) -> Result<Option<WorkCenterRef>> {
    actor.may_read()?;
    let Some(user) = actor.id else {
        return Ok(None);
    };
    let db = system.db.reader();
    let last: Option<i64> = defect::Entity::find()
        .select_only()
        .column(defect::Column::WorkCenterId)
        .filter(defect::Column::ReportedBy.eq(user))
        .order_by_desc(defect::Column::Id)
        .limit(1)
        .into_tuple()
        .one(db)
        .await?;
    let Some(id) = last else {
        return Ok(None);
    };
    let row = work_center::Entity::find_by_id(id)
        .filter(work_center::Column::IsActive.eq(true))
        .one(db)
        .await?;
    Ok(row.map(|row| WorkCenterRef {
        id: row.id,
        code: row.code,
        name: row.name,
    }))
}
