//! People, their tokens and their sign-in, and how a system begins: through the service, on every database.

#![expect(clippy::unwrap_used, reason = "a test")]

mod sessions;
mod set_up;
mod settle;
mod sign_in;
mod tokens;
mod users;

use chrono::{DateTime, TimeDelta};
use entity::audit_event;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value as Json, json};
use service::actor::Actor;
use service::audit::AuditKey;
use service::clock::Clock;
use service::db::Db;
use service::password::Hashing;
use service::sign_in::Session;
use service::store::Store;
use service::system::SystemOptions;
use service::user::UserView;
use service::webhook::address::Allowed;
use service::{Draft, Error, System, setting, token, user};
use testkit::{Fixture, TestDatabase};

/// A settled system without users, at a time that only the test moves.
struct Plant {
    system: System,
}

impl Fixture for Plant {
    async fn on(database: TestDatabase) -> Self {
        let clock = Clock::at(DateTime::parse_from_rfc3339("2026-11-20T08:00:00Z").unwrap());
        Self {
            system: server(&database.db, &clock, Hashing::for_tests()).await,
        }
    }
}

/// One more server on a database.
async fn server(db: &Db, clock: &Clock, hashing: Hashing) -> System {
    let audit_key = AuditKey::default();
    let settings = setting::settle(db, clock, &setting::Wanted::default(), &audit_key)
        .await
        .unwrap();
    System::new(SystemOptions {
        db: db.clone(),
        clock: clock.clone(),
        settings,
        hashing,
        audit_key,
        read_only: false,
        session: TimeDelta::hours(12),
        files: Store::memory(),
        webhook_hosts: Allowed::default(),
        summaries: true,
        translate_into: Vec::new(),
    })
}

impl Plant {
    async fn another_server(&self) -> System {
        server(&self.system.db, &self.system.clock, Hashing::for_tests()).await
    }

    async fn add(&self, username: &str, roles: &[&str]) -> UserView {
        let new = json!({
            "username": username, "display_name": format!("{username} the tester"),
            "roles": roles, "password": password(username),
        });
        user::create(
            &self.system,
            &Actor::command_line(),
            &Draft::json(&new),
            None,
        )
        .await
        .unwrap()
    }

    async fn sign_in(&self, username: &str) -> Session {
        service::sign_in::sign_in(&self.system, username, &password(username))
            .await
            .unwrap()
    }

    async fn actor(&self, username: &str) -> Actor {
        let session = self.sign_in(username).await;
        token::authenticate(&self.system, &session.access_token)
            .await
            .unwrap()
    }

    async fn show(&self, id: i64) -> UserView {
        user::show(&self.system, &Actor::command_line(), id)
            .await
            .unwrap()
    }

    fn wait(&self, seconds: i64) {
        self.system.clock.advance(TimeDelta::seconds(seconds));
    }

    /// The history of a record: field, old and new value.
    async fn history(
        &self,
        entity: &str,
        id: i64,
    ) -> Vec<(Option<String>, Option<String>, Option<String>)> {
        audit_event::Entity::find()
            .filter(audit_event::Column::Entity.eq(entity))
            .filter(audit_event::Column::EntityId.eq(id))
            .order_by_asc(audit_event::Column::Seq)
            .all(self.system.db.reader())
            .await
            .unwrap()
            .into_iter()
            .map(|row| (row.field, row.old_value, row.new_value))
            .collect()
    }
}

fn password(username: &str) -> String {
    format!("{username}-secret")
}

#[expect(clippy::needless_pass_by_value, reason = "reads better with json!")]
fn draft<T: service::input::Input>(body: Json) -> Draft<T> {
    Draft::json(&body)
}

/// The fields that a refusal names.
fn refused_fields(error: Error) -> Vec<String> {
    match error {
        Error::Invalid(fields) | Error::Duplicate(fields) | Error::Forbidden { fields, .. } => {
            fields.into_iter().map(|field| field.field).collect()
        }
        other => panic!("another refusal: {other:?}"),
    }
}
