//! Whoever can write to the database and computes hashes: what a key adds, and what remains without one.

use chrono::TimeDelta;
use serde_json::json;
use service::actor::Actor;
use service::audit::{self, AuditKey};
use service::clock::Clock;
use service::password::Hashing;
use service::role::Role;
use service::setting::{self, Wanted};
use service::store::Store;
use service::system::SystemOptions;
use service::webhook::address::Allowed;
use service::words::Language;
use service::{System, defects, part, user, work_center};
use testkit::{Fixture, TestDatabase, TestSystem, each_db};

use crate::chain::{CONTENT, END, UNTOLD};
use crate::chain::{
    all_found, at, by_hand, forge, found, on_record, overwrite, remember, story, untold,
};
use crate::plant::{body, chain_of, change, sent};

each_db! {
    /// The limit of a chain without a key, and the format that others may rely on.
    async fn without_a_key_whoever_computes_the_whole_chain_anew_is_not_found(t: TestSystem) {
        let record = story(&t).await;
        let chain = chain_of(&t, record).await;
        assert_eq!(forge(chain.clone()), chain, "the hash is the one of the design");
        let mut rows = chain;
        rows[1].new_value = Some("\"L-2\"".to_owned());
        let rows = forge(rows);
        overwrite(&t, rows.clone()).await;
        assert_eq!(found(&t, record).await, [on_record(END)]);
        remember(&t, record, 5, &rows[4].hash).await;
        assert_eq!(all_found(&t, record).await, [on_record(&format!("lot_number{UNTOLD}"))]);
        by_hand(&t, format!("UPDATE defect SET lot_number = 'L-2' WHERE id = {record}")).await;
        assert_eq!(all_found(&t, record).await, []);
    }

    async fn with_a_key_whoever_computes_the_chain_anew_without_it_is_found(t: Keyed) {
        let record = t.story().await;
        assert_eq!(found(&t.system, record).await, []);
        let chain = chain_of(&t.system, record).await;
        let mut rows = chain.clone();
        rows[1].new_value = Some("\"L-2\"".to_owned());
        let rows = forge(rows);
        overwrite(&t.system, rows.clone()).await;
        remember(&t.system, record, 3, &rows[2].hash).await;
        by_hand(&t.system, format!("UPDATE defect SET lot_number = 'L-2' WHERE id = {record}")).await;
        assert_eq!(all_found(&t.system, record).await, [at(1, CONTENT), at(2, CONTENT), at(3, CONTENT)]);
        overwrite(&t.system, chain.clone()).await;
        remember(&t.system, record, 3, &chain[2].hash).await;
        assert_eq!(untold(&t.system, record).await, ["lot_number"]);
    }

    async fn a_chain_is_content_under_its_own_key_alone(t: Keyed) {
        t.story().await;
        for key in [None, Some("another key")] {
            let server = System::new(SystemOptions { audit_key: AuditKey::new(key), ..t.options() });
            let verified = audit::verify(&server, |_| ()).await.unwrap();
            let broken = verified.findings.iter().filter(|finding| finding.what == CONTENT).count();
            assert_eq!(broken, usize::try_from(verified.rows).unwrap(), "{key:?}: every row of every chain");
        }
    }
}

/// A system whose history has a key.
struct Keyed {
    system: System,
}

impl Fixture for Keyed {
    async fn on(database: TestDatabase) -> Self {
        let clock = Clock::at("2026-11-20T08:00:00Z".parse().unwrap());
        let audit_key = AuditKey::new(Some("a long secret of this plant"));
        let wanted = Wanted::default();
        let settings = setting::settle(&database.db, &clock, &wanted, &audit_key).await;
        let system = System::new(SystemOptions {
            db: database.db,
            clock,
            settings: settings.unwrap(),
            hashing: Hashing::for_tests(),
            audit_key,
            read_only: false,
            session: TimeDelta::hours(12),
            files: Store::memory(),
            webhook_hosts: Allowed::default(),
            summaries: true,
            translate_into: Vec::new(),
        });
        Self { system }
    }
}

impl Keyed {
    fn options(&self) -> SystemOptions {
        let system = &self.system;
        SystemOptions {
            db: system.db.clone(),
            clock: system.clock.clone(),
            settings: system.settings.clone(),
            hashing: system.hashing.clone(),
            audit_key: system.audit_key.clone(),
            read_only: false,
            session: system.session,
            files: system.files.clone(),
            webhook_hosts: Allowed::default(),
            summaries: true,
            translate_into: Vec::new(),
        }
    }

    /// A record with three rows of history.
    async fn story(&self) -> i64 {
        let (system, admin) = (&self.system, Actor::command_line());
        let new = json!({
            "username": "ines", "display_name": "Ines", "roles": ["inspector"], "password": "long enough",
        });
        let user = user::create(system, &admin, &body(new), None).await;
        let ines = Actor {
            id: Some(user.unwrap().id),
            name: "Ines".to_owned(),
            roles: [Role::Inspector].into_iter().collect(),
            language: Language::English,
            token_id: None,
            scopes: None,
        };
        let new = json!({"number": "PN-1", "revision": "A", "name": "Flange"});
        let part = part::create(system, &admin, &body(new), None).await;
        let new = json!({"code": "WC-1", "name": "Drilling"});
        let center = work_center::create(system, &admin, &body(new), None).await;
        let form = json!({
            "title": "Burr", "description": "At the edge.", "quantity_defective": "1",
            "part_id": part.unwrap().id, "work_center_id": center.unwrap().id,
        });
        let reported = defects::report(system, &ines, &body(form), None).await;
        let record = sent(&reported.unwrap())["id"].as_i64().unwrap();
        let patch = json!({"lot_number": "L-1", "hold_location": "cage 4"});
        change(system, &ines, record, patch).await.unwrap();
        record
    }
}
