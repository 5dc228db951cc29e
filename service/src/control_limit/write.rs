//! Freezing limits, approving and retiring them.

use std::collections::BTreeSet;
use std::sync::Arc;

use entity::control_limit;
use sea_orm::EntityTrait;

use super::forms::{ControlLimitView, NewControlLimit, Retirement};
use super::rights::{may_freeze, require_another};
use super::{record, view};
use crate::actor::Actor;
use crate::chart::{Chosen, Wanted};
use crate::defects::reference::{Reference, References};
use crate::error::{Error, Result, refuse_if_any};
use crate::idempotency::Idempotency;
use crate::input::Draft;
use crate::inspection::guid;
use crate::master::{self, Change};
use crate::rights::CONTROL_LIMITS;
use crate::system::{System, Unit};
use crate::version::IfMatch;
use crate::words::LimitStatus;

/// Computes limits from the points of a period, and freezes them as a draft.
///
/// # Errors
/// `Forbidden`, `WrongState` where the points are others than was expected, `Invalid` also where the period has no point
/// that counts.
pub async fn create(
    system: &System,
    actor: &Actor,
    draft: &Draft<NewControlLimit>,
    key: Option<&Idempotency>,
) -> Result<ControlLimitView> {
    may_freeze(actor)?;
    let new = draft.check()?.clone();
    let made = system
        .change(actor, key, new, |unit, new| Box::pin(create_in(unit, new)))
        .await;
    made.map(view::figured)
}

async fn create_in(unit: Unit<'_>, new: Arc<NewControlLimit>) -> Result<ControlLimitView> {
    let wanted = Wanted::of(&unit.system, &new.scope)?;
    let mut errors = Vec::new();
    References::default()
        .add("part_id", wanted.part_id.map(Reference::Part))
        .add(
            "work_center_id",
            wanted.work_center_id.map(Reference::WorkCenter),
        )
        .resolve(unit.tx, &mut errors)
        .await?;
    refuse_if_any(errors)?;
    let exclude = new.scope.exclude.as_ref();
    let chosen = Chosen::read(&unit.system, unit.tx, &wanted, exclude).await?;
    let base = chosen.base(wanted.chart);
    new.expected.require(base.as_ref())?;
    let Some(base) = base else {
        let message = "has no point that counts, so there is nothing to compute limits from";
        return Err(Error::field("from", "range", message));
    };
    let excluded: BTreeSet<i64> = exclude
        .iter()
        .flat_map(|list| list.0.iter().map(|number| number.0))
        .collect();
    let row = control_limit::Model {
        id: 0,
        guid: guid(),
        name: new.name.as_ref().map(|name| name.0.clone()),
        chart: wanted.chart.word().to_owned(),
        part_id: wanted.part_id,
        work_center_id: wanted.work_center_id,
        subgroup: wanted.subgroup.word().to_owned(),
        from_day: wanted.period.from,
        to_day: wanted.period.to,
        excluded: view::stored(&excluded),
        base_points: base.points,
        base_units: base.units,
        base_count: base.count,
        status: LimitStatus::Draft.word().to_owned(),
        created_by: unit.actor.user_id()?,
        approved_by: None,
        approved_at: None,
        retired_by: None,
        retired_at: None,
        retire_reason: None,
        version: 0,
        audit_seq: 0,
        audit_head: String::new(),
        created_at: unit.now,
        updated_at: unit.now,
    };
    let record = record(&row);
    let row = master::insert::<control_limit::Entity>(&unit, row, &record).await?;
    view::of(unit.tx, row).await
}

/// Approves a draft: by somebody else than who made it, unless he is a quality manager.
///
/// # Errors
/// `NotFound`, `Forbidden`, `VersionStale`, `WrongState` unless it is a draft.
pub async fn approve(
    system: &System,
    actor: &Actor,
    id: i64,
    if_match: &IfMatch,
    key: Option<&Idempotency>,
) -> Result<ControlLimitView> {
    let input = (id, if_match.clone());
    let approved = system
        .change(actor, key, input, |unit, input| {
            Box::pin(approve_in(unit, input))
        })
        .await;
    approved.map(view::figured)
}

async fn approve_in(unit: Unit<'_>, input: Arc<(i64, IfMatch)>) -> Result<ControlLimitView> {
    let (id, if_match) = &*input;
    let old = master::lock(&unit, control_limit::Entity::find_by_id(*id)).await?;
    unit.actor
        .require(CONTROL_LIMITS, "approve control limits")?;
    require_another(&unit.actor, old.created_by)?;
    if_match.check(old.version)?;
    if old.status != LimitStatus::Draft.word() {
        let status = &old.status;
        let what = format!("only a draft can be approved, and these limits are {status}");
        return Err(Error::WrongState(what));
    }
    let new = control_limit::Model {
        status: LimitStatus::Approved.word().to_owned(),
        approved_by: Some(unit.actor.user_id()?),
        approved_at: Some(unit.now),
        ..old.clone()
    };
    save(&unit, old, new).await
}

/// Retires limits, drafts too: they are held against nothing any more.
///
/// # Errors
/// `NotFound`, `Forbidden`, `VersionStale`, `WrongState` where they are retired already, `Invalid`.
pub async fn retire(
    system: &System,
    actor: &Actor,
    id: i64,
    if_match: &IfMatch,
    draft: &Draft<Retirement>,
    key: Option<&Idempotency>,
) -> Result<ControlLimitView> {
    let change = Change::new(id, if_match, draft);
    let retired = system
        .change(actor, key, change, |unit, change| {
            Box::pin(retire_in(unit, change))
        })
        .await;
    retired.map(view::figured)
}

async fn retire_in(unit: Unit<'_>, change: Arc<Change<Retirement>>) -> Result<ControlLimitView> {
    let old = master::lock(&unit, control_limit::Entity::find_by_id(change.id)).await?;
    unit.actor
        .require(CONTROL_LIMITS, "retire control limits")?;
    change.if_match.check(old.version)?;
    if old.status == LimitStatus::Retired.word() {
        let what = "these limits are retired already";
        return Err(Error::WrongState(what.to_owned()));
    }
    let reason = &change.draft.check()?.reason.0;
    let new = control_limit::Model {
        status: LimitStatus::Retired.word().to_owned(),
        retired_by: Some(unit.actor.user_id()?),
        retired_at: Some(unit.now),
        retire_reason: Some(reason.clone()),
        ..old.clone()
    };
    save(&unit, old, new).await
}

async fn save(
    unit: &Unit<'_>,
    old: control_limit::Model,
    new: control_limit::Model,
) -> Result<ControlLimitView> {
    let records = (record(&old), record(&new));
    let row = master::save::<control_limit::Entity>(unit, old, new, &records).await?;
    view::of(unit.tx, row).await
}
