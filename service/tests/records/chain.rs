//! A record's history as it is stored: changed past the service, computed anew, and what is found of that.

use entity::audit_event;
use entity::defect;
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{NotSet, Set},
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
};
use serde_json::json;
use service::System;
use service::audit::{self, Finding};
use service::lifecycle::Action;
use service::role::Role;
use sha2::{Digest, Sha256};
use testkit::{TestSystem, defect};

use crate::plant::{change, past_the_service};

pub(crate) use entity::audit_event::Model as Row;

/// A record with five rows of history: reported, changed twice by one patch, severity, voided with a reason.
pub(crate) async fn story(t: &TestSystem) -> i64 {
    let inspector = t.member(Role::Inspector).await;
    let record = t.report(&inspector, defect()).await.item.id;
    let patch = json!({"lot_number": "L-1", "hold_location": "cage 4"});
    change(t, &inspector, record, patch).await.unwrap();
    let engineer = t.member(Role::TechEngineer).await;
    change(t, &engineer, record, json!({"severity": "minor"}))
        .await
        .unwrap();
    t.act(Role::QualityManager, record, Action::Void).await;
    record
}

/// What is found on a record, as row and what is wrong; nothing may be found elsewhere.
pub(crate) async fn all_found(system: &System, record: i64) -> Vec<(Option<i64>, String)> {
    let findings = audit::verify(system, |_| ()).await.unwrap().findings;
    let of = |finding: Finding| {
        assert_eq!(
            (finding.entity.as_str(), finding.entity_id),
            ("defect", record),
            "{}",
            finding.what
        );
        (finding.seq, finding.what)
    };
    findings.into_iter().map(of).collect()
}

pub(crate) const UNTOLD: &str = " is not what its history tells";

/// What is wrong with a record's chain.
pub(crate) async fn found(system: &System, record: i64) -> Vec<(Option<i64>, String)> {
    let mut findings = all_found(system, record).await;
    findings.retain(|(_, what)| !what.ends_with(UNTOLD));
    findings
}

/// The fields in which a record is not what its chain tells.
pub(crate) async fn untold(system: &System, record: i64) -> Vec<String> {
    let findings = all_found(system, record).await.into_iter();
    findings
        .filter_map(|(_, what)| what.strip_suffix(UNTOLD).map(str::to_owned))
        .collect()
}

pub(crate) fn at(row: i64, what: &str) -> (Option<i64>, String) {
    (Some(row), what.to_owned())
}

pub(crate) fn on_record(what: &str) -> (Option<i64>, String) {
    (None, what.to_owned())
}

pub(crate) const CONTENT: &str = "its content does not match its hash";
pub(crate) const ORDER: &str = "it does not follow the row before it";
pub(crate) const END: &str = "does not remember the end of its history";
pub(crate) const LAST: &str = "the last rows of its history are missing";

/// Writes rows over those with the same ids.
pub(crate) async fn overwrite(system: &System, rows: Vec<Row>) {
    past_the_service(system, move |tx| {
        let rows = rows.clone();
        Box::pin(async move {
            // First out of each other's way: no two rows may have one number, not even for a moment.
            for (place, row) in (1..).zip(&rows) {
                let aside = audit_event::ActiveModel {
                    id: Set(row.id),
                    seq: Set(-place),
                    ..Default::default()
                };
                aside.update(tx).await?;
            }
            for row in rows {
                row.into_active_model().reset_all().update(tx).await?;
            }
            Ok(())
        })
    })
    .await;
}

pub(crate) async fn delete(system: &System, record: i64, rows: &'static [i64]) {
    past_the_service(system, move |tx| {
        Box::pin(async move {
            audit_event::Entity::delete_many()
                .filter(audit_event::Column::Entity.eq("defect"))
                .filter(audit_event::Column::EntityId.eq(record))
                .filter(audit_event::Column::Seq.is_in(rows.iter().copied()))
                .exec(tx)
                .await?;
            Ok(())
        })
    })
    .await;
}

pub(crate) async fn insert(system: &System, row: Row) {
    past_the_service(system, move |tx| {
        let new = audit_event::ActiveModel {
            id: NotSet,
            ..row.clone().into()
        };
        Box::pin(async move {
            audit_event::Entity::insert(new)
                .exec_without_returning(tx)
                .await?;
            Ok(())
        })
    })
    .await;
}

pub(crate) async fn by_hand(system: &System, sql: String) {
    past_the_service(system, move |tx| {
        let sql = sql.clone();
        Box::pin(async move { tx.execute_unprepared(&sql).await.map(drop) })
    })
    .await;
}

/// Makes the record remember another end.
pub(crate) async fn remember(system: &System, record: i64, seq: i64, head: &str) {
    let head = head.to_owned();
    past_the_service(system, move |tx| {
        let end = defect::ActiveModel {
            id: Set(record),
            audit_seq: Set(seq),
            audit_head: Set(head.clone()),
            ..Default::default()
        };
        Box::pin(async move { end.update(tx).await.map(drop) })
    })
    .await;
}

/// Hash v1 as the design has it, without a key: what anybody can compute.
pub(crate) fn plain_hash(row: &Row) -> String {
    let instant = row.at.to_utc().format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string();
    let columns = json!([
        row.entity,
        row.entity_id,
        row.seq,
        row.field,
        row.old_value,
        row.new_value,
        row.actor,
        row.actor_name,
        instant,
        row.reason,
        row.request_id,
    ]);
    let digest = Sha256::digest(format!("{}{columns}", row.prev_hash));
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Computes a chain anew from its first row.
pub(crate) fn forge(mut rows: Vec<Row>) -> Vec<Row> {
    let mut head = "0".repeat(64);
    for row in &mut rows {
        row.prev_hash = head;
        row.hash = plain_hash(row);
        head = row.hash.clone();
    }
    rows
}
