//! Frozen limits: those of a control chart as it was at one moment, to hold what comes later against.
//!
//! They are computed once, from the points of a period. What is kept are the whole numbers that they follow from, so that
//! they are the same on every database and for every new point, whatever becomes of the inspections meanwhile. A draft is
//! approved, by somebody else than who made it unless he is a quality manager; only approved limits are used, and those
//! that no longer fit are retired, with the reason. None is changed or deleted.

mod forms;
mod rights;
mod view;
mod write;

use entity::control_limit;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QueryTrait};
use serde_json::{Value as Json, json};

use crate::actor::Actor;
use crate::chart::Wanted;
use crate::chart::limits::Base;
use crate::error::{Error, Result};
use crate::input::Draft;
use crate::master;
use crate::page::{Page, PageRequest};
use crate::system::System;
use crate::value::Instant;
use crate::words::{ChartKind, LimitStatus};
use view::Shown;

pub use forms::{ControlLimitQuery, ControlLimitView, Expected, NewControlLimit, Retirement};
pub use rights::{LimitRights, may_freeze};
pub use write::{approve, create, retire};

master::master!(control_limit, "control limits");

/// What missing ones are called.
const WHAT: &str = "control limits";

/// Lists frozen limits, the latest first.
///
/// # Errors
/// `Invalid`.
pub async fn list(
    system: &System,
    actor: &Actor,
    draft: &Draft<ControlLimitQuery>,
) -> Result<Page<ControlLimitView>> {
    use control_limit::Column;
    actor.may_read()?;
    let ControlLimitQuery {
        chart,
        part_id,
        work_center_id,
        status,
        limit,
        cursor,
        count,
    } = draft.check()?;
    let (part, place) = (part_id.map(|id| id.0), work_center_id.map(|id| id.0));
    let charts = chart.as_ref().map(|list| &list.0);
    let statuses = status.as_ref().map(|list| &list.0);
    let identity = json!(["control-limits", charts, part, place, statuses]);
    let cursor = cursor.as_ref().map(|text| text.0.as_str());
    let request = PageRequest::new(&identity, *limit, cursor, *count)?;
    let db = system.db.reader();
    let select = control_limit::Entity::find()
        .apply_if(charts, |select, charts| {
            select.filter(Column::Chart.is_in(charts.iter().map(|chart| chart.word())))
        })
        .apply_if(part, |select, id| select.filter(Column::PartId.eq(id)))
        .apply_if(place, |select, id| {
            select.filter(Column::WorkCenterId.eq(id))
        })
        .apply_if(statuses, |select, statuses| {
            select.filter(Column::Status.is_in(statuses.iter().map(|status| status.word())))
        });
    let rows = select
        .clone()
        .apply_if(request.after(), |select, (_, last)| {
            select.filter(Column::Id.lt(*last))
        })
        .order_by_desc(Column::Id);
    let rows = request.rows(db, rows).await?;
    let page = request.page(rows, |row| (Json::Null, row.id));
    let page = master::counted(db, &request, page, select).await?;
    let shown = Shown::of(db, &page.items).await?;
    page.try_map(|row| shown.view(row))
}

/// Shows frozen limits.
///
/// # Errors
/// `NotFound`.
pub async fn show(system: &System, actor: &Actor, id: i64) -> Result<ControlLimitView> {
    actor.may_read()?;
    let db = system.db.reader();
    let row = control_limit::Entity::find_by_id(id).one(db).await?;
    view::of(db, row.ok_or(Error::NotFound(WHAT))?).await
}

/// What frozen limits follow from, where they may be held against the points that are wanted.
///
/// # Errors
/// `Invalid` where there are none of this id, or they are of something else, or not approved.
pub(crate) async fn base_for(db: &impl ConnectionTrait, id: i64, wanted: &Wanted) -> Result<Base> {
    let refuse = |code, message: String| Err(Error::field("limits_id", code, message));
    let Some(row) = control_limit::Entity::find_by_id(id).one(db).await? else {
        return refuse("reference", format!("there are no such {WHAT}"));
    };
    let is_of_another = [
        ("chart", row.chart != wanted.chart.word()),
        ("subgroup", row.subgroup != wanted.subgroup.word()),
        ("part_id", row.part_id != wanted.part_id),
        (
            "work_center_id",
            row.work_center_id != wanted.work_center_id,
        ),
    ];
    let others = is_of_another.into_iter().filter(|(_, is_other)| *is_other);
    let others: Vec<&str> = others.map(|(name, _)| name).collect();
    if !others.is_empty() {
        let others = others.join(", ");
        return refuse("mismatch", format!("these limits are of another {others}"));
    }
    if row.status != LimitStatus::Approved.word() {
        let status = &row.status;
        return refuse("unmet", format!("must be approved, and these are {status}"));
    }
    base(&row)
}

/// What limits follow from.
fn base(row: &control_limit::Model) -> Result<Base> {
    if row.base_points < 1 || row.base_units < row.base_points {
        return Err(Error::internal(format!(
            "the limits {} rest on nothing",
            row.id
        )));
    }
    Ok(Base {
        chart: ChartKind::stored(&row.chart)?,
        points: row.base_points,
        units: row.base_units,
        count: row.base_count,
    })
}

/// Frozen limits as their history keeps them.
pub(crate) fn record(row: &control_limit::Model) -> Json {
    json!({
        "guid": row.guid,
        "name": row.name,
        "chart": row.chart,
        "part_id": row.part_id,
        "work_center_id": row.work_center_id,
        "subgroup": row.subgroup,
        "from_day": row.from_day.to_string(),
        "to_day": row.to_day.to_string(),
        "excluded": row.excluded,
        "base_points": row.base_points,
        "base_units": row.base_units,
        "base_count": row.base_count,
        "status": row.status,
        "created_by": row.created_by,
        "approved_by": row.approved_by,
        "approved_at": row.approved_at.as_ref().map(Instant::show),
        "retired_by": row.retired_by,
        "retired_at": row.retired_at.as_ref().map(Instant::show),
        "retire_reason": row.retire_reason,
    })
}
