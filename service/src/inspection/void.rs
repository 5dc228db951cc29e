//! Making void what was entered in error: by whoever entered it, or by quality. It stays there, marked.

use std::sync::Arc;

use entity::inspection;
use sea_orm::EntityTrait;

use super::forms::{InspectionView, VoidInspection};
use super::{record, view};
use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::idempotency::Idempotency;
use crate::input::Draft;
use crate::master::{self, Change};
use crate::rights::{INSPECTORS, VOIDERS};
use crate::system::{System, Unit};
use crate::version::IfMatch;

/// Makes an inspection void. It is on no chart any more; limits that were frozen before stay as they are, and so does
/// a defect that was reported from it.
///
/// # Errors
/// `NotFound`, `Forbidden`, `VersionStale`, `WrongState` where it is void already, `Invalid`.
pub async fn void(
    system: &System,
    actor: &Actor,
    id: i64,
    if_match: &IfMatch,
    draft: &Draft<VoidInspection>,
    key: Option<&Idempotency>,
) -> Result<InspectionView> {
    let change = Change::new(id, if_match, draft);
    system
        .change(actor, key, change, |unit, change| {
            Box::pin(void_in(unit, change))
        })
        .await
}

async fn void_in(unit: Unit<'_>, change: Arc<Change<VoidInspection>>) -> Result<InspectionView> {
    let old = master::lock(&unit, inspection::Entity::find_by_id(change.id)).await?;
    require_voider(&unit.actor, old.created_by)?;
    change.if_match.check(old.version)?;
    if old.voided_at.is_some() {
        let what = "this inspection is void already";
        return Err(Error::WrongState(what.to_owned()));
    }
    let reason = &change.draft.check()?.reason.0;
    let new = inspection::Model {
        voided_at: Some(unit.now),
        voided_by: Some(unit.actor.user_id()?),
        void_reason: Some(reason.clone()),
        ..old.clone()
    };
    let records = (record(&old), record(&new));
    let row = master::save::<inspection::Entity>(&unit, old, new, &records).await?;
    view::of(unit.tx, row).await
}

/// It is for whoever entered it, and for quality.
fn require_voider(actor: &Actor, entered_by: i64) -> Result<()> {
    actor.require(INSPECTORS, "make inspections void")?;
    if actor.id == Some(entered_by) {
        return Ok(());
    }
    actor.require(VOIDERS, "make void what somebody else has entered")
}

/// Whether the caller may make an inspection void.
pub fn may_void(actor: &Actor, inspection: &InspectionView) -> bool {
    let entered_by = inspection.created_by.id;
    inspection.voided_at.is_none() && require_voider(actor, entered_by).is_ok()
}
