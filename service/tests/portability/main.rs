//! What every database must do alike, one fact each: if one of these fails, the design's rules for data no longer
//! hold on that database, and nothing above it can be trusted.

#![expect(clippy::unwrap_used, reason = "a test")]

mod keys;
mod queries;
mod values;
mod writes;

use chrono::{DateTime, FixedOffset};
use db::{Db, Error};
use entity::{part, partner};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ActiveModelBehavior, ActiveModelTrait, EntityTrait, IntoActiveModel};

fn at(text: &str) -> DateTime<FixedOffset> {
    DateTime::parse_from_rfc3339(text).unwrap()
}

fn new_year() -> DateTime<FixedOffset> {
    at("2026-01-01T00:00:00Z")
}

fn a_part(number: &str) -> part::ActiveModel {
    part::ActiveModel {
        id: NotSet,
        part_number: Set(number.to_owned()),
        revision: Set("A".to_owned()),
        name: Set("Flange".to_owned()),
        unit_cost: Set(None),
        design_owner_id: Set(None),
        is_active: Set(true),
        version: Set(1),
        audit_seq: Set(1),
        audit_head: Set("0".repeat(64)),
        created_at: Set(new_year()),
        updated_at: Set(new_year()),
    }
}

fn a_partner(code: &str) -> partner::ActiveModel {
    partner::ActiveModel {
        id: NotSet,
        code: Set(code.to_owned()),
        name: Set("Partner".to_owned()),
        is_customer: Set(true),
        is_supplier: Set(false),
        is_active: Set(true),
        version: Set(1),
        audit_seq: Set(1),
        audit_head: Set("0".repeat(64)),
        created_at: Set(new_year()),
        updated_at: Set(new_year()),
    }
}

/// Writes one row in a transaction of its own.
async fn add<A>(db: &Db, row: A) -> Result<<A::Entity as EntityTrait>::Model, Error>
where
    A: ActiveModelTrait + ActiveModelBehavior + Clone + Send + Sync + 'static,
    <A::Entity as EntityTrait>::Model: IntoActiveModel<A> + Send + Sync + 'static,
{
    db.write(move |tx| {
        let row = row.clone();
        Box::pin(async move { Ok(row.insert(tx).await?) })
    })
    .await
}
