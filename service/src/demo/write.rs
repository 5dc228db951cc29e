//! Many records in one transaction, with few statements.

use std::sync::Arc;

use db::{Tx, dialect};
use entity::{
    audit_event, cost_entry, defect, defect_serial, disposition_line, labor_entry, signature,
};
use sea_orm::{ActiveModelTrait, ConnectionTrait, EntityTrait, IntoActiveModel, Iterable};

use crate::audit;
use crate::error::Result;
use crate::system::System;

/// Records with all that belongs to them. Their ids are given, those of the history are not.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) defects: Vec<defect::Model>,
    pub(super) serials: Vec<defect_serial::Model>,
    pub(super) lines: Vec<disposition_line::Model>,
    pub(super) labor: Vec<labor_entry::Model>,
    pub(super) costs: Vec<cost_entry::Model>,
    pub(super) signatures: Vec<signature::Model>,
    pub(super) events: Vec<audit_event::Model>,
}

/// SQLite: the fewest parameters that a statement may have of all four.
const PARAMETERS: usize = 32_766;

impl Batch {
    /// Writes all of it, or nothing.
    pub(super) async fn write(self, system: &System) -> Result<()> {
        let batch = Arc::new(self);
        system
            .db
            .write(move |tx| {
                let batch = Arc::clone(&batch);
                Box::pin(async move { batch.write_in(tx).await })
            })
            .await
    }

    async fn write_in(&self, tx: &Tx) -> Result<()> {
        insert::<defect::Entity>(tx, "defect", &self.defects).await?;
        insert::<defect_serial::Entity>(tx, "defect_serial", &self.serials).await?;
        insert::<disposition_line::Entity>(tx, "disposition_line", &self.lines).await?;
        insert::<labor_entry::Entity>(tx, "labor_entry", &self.labor).await?;
        insert::<cost_entry::Entity>(tx, "cost_entry", &self.costs).await?;
        insert::<signature::Entity>(tx, "signature", &self.signatures).await?;
        for rows in self.events.chunks(at_once::<audit_event::Entity>()) {
            audit_event::Entity::insert_many(rows.iter().cloned().map(audit::to_write))
                .exec_without_returning(tx)
                .await?;
        }
        Ok(())
    }
}

/// Adds rows with the ids that they have.
async fn insert<E>(tx: &Tx, table: &str, rows: &[E::Model]) -> Result<()>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel> + Sync,
    E::ActiveModel: Send,
{
    for rows in rows.chunks(at_once::<E>()) {
        let rows = rows
            .iter()
            .cloned()
            .map(|row| row.into_active_model().reset_all());
        E::insert_many(rows).exec_without_returning(tx).await?;
    }
    // PostgreSQL: ids that are given do not move the sequence.
    if let Some(advance) = dialect::advance_sequence(tx.get_database_backend(), table, rows.len()) {
        tx.execute_unprepared(&advance).await?;
    }
    Ok(())
}

/// How many rows a statement takes.
fn at_once<E: EntityTrait>() -> usize {
    PARAMETERS / E::Column::iter().count()
}
