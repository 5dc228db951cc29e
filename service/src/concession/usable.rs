//! What the lines of a record may be used under.

use std::collections::BTreeSet;

use entity::{concession, defect, part};
use sea_orm::sea_query::Condition;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::forms::ConcessionView;
use super::{Shown, Terms, used};
use crate::actor::Actor;
use crate::defects::WHAT;
use crate::error::{Error, Result};
use crate::system::System;

/// How many are looked at: those that end first.
const MOST: u64 = 200;

/// The least quantity there is, in thousandths.
const LEAST: i64 = 1;

/// The concessions that lines of a record may refer to now, as far as that does not depend on how much is wanted; those
/// that end first come first.
///
/// # Errors
/// `NotFound`.
pub async fn usable(system: &System, actor: &Actor, defect_id: i64) -> Result<Vec<ConcessionView>> {
    actor.may_read()?;
    let db = system.db.reader();
    let record = defect::Entity::find_by_id(defect_id).one(db).await?;
    let record = record.ok_or(Error::NotFound(WHAT))?;
    let part = part::Entity::find_by_id(record.part_id).one(db).await?;
    let owner = part.and_then(|part| part.design_owner_id);
    let Some(customer) = owner.or(record.customer_id) else {
        return Ok(Vec::new());
    };
    let today = system.settings.today(&system.clock);
    // So much of `refusals` as keeps what can never be meant from being read.
    let rows = concession::Entity::find()
        .filter(concession::Column::CustomerId.eq(customer))
        .filter(
            Condition::any()
                .add(concession::Column::PartId.is_null())
                .add(concession::Column::PartId.eq(record.part_id)),
        )
        .filter(concession::Column::IsActive.eq(true))
        .filter(concession::Column::ValidUntil.gte(today))
        .order_by_asc(concession::Column::ValidUntil)
        .order_by_asc(concession::Column::Id)
        .limit(MOST)
        .all(db)
        .await?;
    let ids: BTreeSet<i64> = rows.iter().map(|row| row.id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let used = used(db, &ids).await?;
    let covers = |row: &concession::Model| {
        let terms = Terms {
            used: used.get(&row.id).copied().unwrap_or(0),
            row: row.clone(),
        };
        terms.refusals(&record, owner, today, LEAST).is_empty()
    };
    let rows: Vec<_> = rows.into_iter().filter(covers).collect();
    let shown = Shown::of(db, &rows).await?;
    rows.into_iter().map(|row| shown.view(row)).collect()
}
