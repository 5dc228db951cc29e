//! Rows of history in the order of their chains, as many at once as memory bears.

use db::Tx;
use entity::audit_event;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::verify::BATCH_BYTES;
use crate::error::Result;
use crate::page::{bytes_of, fitting};

/// The next rows of a table's chains behind a row (a record and a number), up to the record `last`, of those that are
/// wanted: `most` at once, or as many as a batch has bytes for.
pub(crate) async fn behind(
    db: &Tx,
    entity: &str,
    ((id, seq), last): ((i64, i64), i64),
    wanted: Condition,
    most: u64,
) -> Result<Vec<audit_event::Model>> {
    let behind = Condition::all()
        .add(audit_event::Column::EntityId.between(id, last))
        .add(
            Condition::any()
                .add(audit_event::Column::EntityId.gt(id))
                .add(audit_event::Column::Seq.gt(seq)),
        );
    let behind = audit_event::Entity::find()
        .filter(audit_event::Column::Entity.eq(entity))
        .filter(behind)
        .filter(wanted)
        .order_by_asc(audit_event::Column::EntityId)
        .order_by_asc(audit_event::Column::Seq);
    let long = [
        audit_event::Column::OldValue,
        audit_event::Column::NewValue,
        audit_event::Column::Reason,
    ];
    let sizes: Vec<i64> = behind
        .clone()
        .select_only()
        .expr_as(bytes_of(db, &long), "bytes")
        .limit(most)
        .into_tuple()
        .all(db)
        .await?;
    let fit = fitting(sizes.iter(), BATCH_BYTES);
    Ok(behind.limit(fit as u64).all(db).await?)
}
