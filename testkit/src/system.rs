//! A whole system for a test: a clock that stands, weak password hashes, settled settings, and builders that speak
//! the language of the plant.
//!
//! Everything is made through the service, as people would make it, so that a test never rests on a record that could
//! not exist.

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::atomic::{AtomicU32, Ordering};

use chrono::{DateTime, TimeDelta};
use db::{DatabaseUrl, Engine};
use serde_json::json;
use service::actor::Actor;
use service::audit::AuditKey;
use service::clock::Clock;
use service::code::{self, CodeView};
use service::part::{self, PartView};
use service::partner::{self, PartnerView};
use service::password::Hashing;
use service::role::Role;
use service::setting::{self, Wanted};
use service::store::Store;
use service::system::SystemOptions;
use service::words::{CodeList, Language};
use service::work_center::{self, WorkCenterView};
use service::{Draft, System, user};
use tokio::sync::Mutex;

use crate::database::TestDatabase;
use crate::run::Fixture;

/// Everybody's password.
pub const PASSWORD: &str = "correct horse battery";

/// When every test begins.
pub const START: &str = "2026-11-20T08:00:00Z";

/// A system on a database of its own; it is a [`System`] itself.
pub struct TestSystem {
    system: System,
    /// Where the database is.
    pub url: DatabaseUrl,
    /// What the database is.
    pub engine: Engine,
    next: AtomicU32,
    team: Mutex<HashMap<Role, Actor>>,
}

impl Deref for TestSystem {
    type Target = System;

    fn deref(&self) -> &System {
        &self.system
    }
}

impl Fixture for TestSystem {
    async fn on(TestDatabase { db, url, engine }: TestDatabase) -> Self {
        let start = made("the start", DateTime::parse_from_rfc3339(START));
        let clock = Clock::at(start);
        let wanted = Wanted {
            currency: Some("EUR".to_owned()),
            tag_prefix: Some("DMT".to_owned()),
            time_zone: Some("UTC".to_owned()),
        };
        let audit_key = AuditKey::new(None);
        let settings = made(
            "settings",
            setting::settle(&db, &clock, &wanted, &audit_key).await,
        );
        let system = System::new(SystemOptions {
            db,
            clock,
            settings,
            hashing: Hashing::for_tests(),
            audit_key,
            read_only: false,
            session: TimeDelta::hours(12),
            files: Store::memory(),
            webhook_hosts: made("allowed hosts", "127.0.0.1, receiver.test".parse()),
            summaries: true,
            translate_into: Vec::new(),
        });
        Self {
            system,
            url,
            engine,
            next: AtomicU32::new(1),
            team: Mutex::default(),
        }
    }
}

impl TestSystem {
    /// Another server on the same database and clock; `change` says in what it differs.
    pub fn another_server(&self, change: impl FnOnce(&mut SystemOptions)) -> System {
        let mut options = SystemOptions {
            db: self.db.clone(),
            clock: self.clock.clone(),
            settings: self.settings.clone(),
            hashing: self.hashing.clone(),
            audit_key: self.audit_key.clone(),
            read_only: self.read_only,
            session: self.session,
            files: self.files.clone(),
            webhook_hosts: self.webhook_hosts.clone(),
            summaries: self.summaries,
            translate_into: self.translate_into.clone(),
        };
        change(&mut options);
        System::new(options)
    }

    /// A new user with one role, as who has just signed in.
    pub async fn user(&self, role: Role) -> Actor {
        self.user_with(&[role]).await
    }

    /// A new user with several roles. He signs in with the name `user-N` that is his display name too, and [`PASSWORD`].
    pub async fn user_with(&self, roles: &[Role]) -> Actor {
        let name = format!("user-{}", self.number());
        let words: Vec<_> = roles.iter().map(|role| role.word()).collect();
        let new = Draft::json(
            &json!({"username": name, "display_name": name, "roles": words, "password": PASSWORD}),
        );
        let user = made(
            "a user",
            user::create(self, &Actor::command_line(), &new, None).await,
        );
        Actor {
            id: Some(user.id),
            name,
            roles: roles.iter().copied().collect(),
            language: Language::English,
            token_id: None,
            scopes: None,
        }
    }

    /// The one of a role who does what a test does not look at: always the same user.
    pub async fn member(&self, role: Role) -> Actor {
        let mut team = self.team.lock().await;
        if let Some(actor) = team.get(&role) {
            return actor.clone();
        }
        let actor = self.user(role).await;
        team.insert(role, actor.clone());
        actor
    }

    /// A new part.
    pub async fn part(&self) -> PartView {
        let number = format!("PN-{}", self.number());
        let new = Draft::json(&json!({"number": number, "revision": "A", "name": "Flange"}));
        made(
            "a part",
            part::create(self, &Actor::command_line(), &new, None).await,
        )
    }

    /// A new work center.
    pub async fn work_center(&self) -> WorkCenterView {
        let new =
            Draft::json(&json!({"code": format!("WC-{}", self.number()), "name": "Drilling"}));
        made(
            "a work center",
            work_center::create(self, &Actor::command_line(), &new, None).await,
        )
    }

    /// A failure code.
    pub async fn failure_code(&self, code: &str) -> CodeView {
        self.code(CodeList::FailureCode, code).await
    }

    /// A code of any list.
    pub async fn code(&self, list: CodeList, code: &str) -> CodeView {
        let new = Draft::json(&json!({"code": code, "labels": {"en": code}}));
        made(
            "a code",
            code::create(self, &Actor::command_line(), list.word(), &new, None).await,
        )
    }

    /// A new customer.
    pub async fn customer(&self) -> PartnerView {
        self.partner("is_customer").await
    }

    /// A new supplier.
    pub async fn supplier(&self) -> PartnerView {
        self.partner("is_supplier").await
    }

    async fn partner(&self, kind: &str) -> PartnerView {
        let code = format!("P-{}", self.number());
        let new = Draft::json(&json!({"code": code, "name": code, kind: true}));
        made(
            "a partner",
            partner::create(self, &Actor::command_line(), &new, None).await,
        )
    }

    /// A number that this test has not had yet.
    pub fn number(&self) -> u32 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }
}

/// What a builder made; that it could not is a failure of the test.
#[track_caller]
pub(crate) fn made<T, E: std::fmt::Debug>(what: &str, result: Result<T, E>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("testkit: {what} could not be made: {error:?}"),
    }
}
