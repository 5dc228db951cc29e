//! Erasing a person: nothing of him is left but what is kept as evidence, and every chain and every anchor still holds.
//! That whoever changes something afterwards is found as before is in `tampered_erasures.rs`.

use std::collections::BTreeSet;

use entity::{app_user, audit_event};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, Statement,
};
use serde_json::json;
use service::actor::Actor;
use service::defects::{self, transition};
use service::idempotency::Idempotency;
use service::import::{self, ImportQuery, Upload};
use service::outbox::Worker;
use service::role::Role;
use service::sheet::Format;
use service::user::Erased;
use service::value::Text;
use service::words::{Language, Status};
use service::{Error, System, audit, sign_in, subscription, token, user, webhook};
use testkit::{Engine, PASSWORD, TestSystem, defect, each_db};

use crate::chain::{CONTENT, Row, by_hand, overwrite};
use crate::plant::{ANY, assert_intact, body, change, history_of, past_the_service, query, shown};

/// What Ana is called, was called, and where she gets mail.
const KNOWN: [&str; 4] = ["ana.lopez", "Ana López", "Ana Pérez", "ana@plant.example"];

/// Somebody with a life in the system, and a record that she has reported, changed and closed.
pub(crate) struct Ana {
    pub(crate) id: i64,
    actor: Actor,
    pub(crate) record: i64,
    session: String,
}

fn key(text: &str) -> Idempotency {
    Idempotency::new(text, &[b"POST"]).unwrap()
}

async fn rename(t: &System, id: i64, name: &str) {
    let patch = body(json!({"display_name": name}));
    user::change(t, &Actor::command_line(), id, &ANY, &patch)
        .await
        .unwrap();
}

/// A user with all roles that a test needs, and his password.
async fn person(t: &System, username: &str, name: &str) -> Actor {
    let roles = [
        Role::Admin,
        Role::Inspector,
        Role::TechEngineer,
        Role::QualityManager,
    ];
    let words: Vec<_> = roles.iter().map(|role| role.word()).collect();
    let new = body(json!({
        "username": username, "display_name": name, "roles": words, "password": PASSWORD,
        "email": format!("{}@plant.example", &username[..3]),
    }));
    let made = user::create(t, &Actor::command_line(), &new, None)
        .await
        .unwrap();
    Actor {
        id: Some(made.id),
        name: name.to_owned(),
        roles: roles.into_iter().collect(),
        language: Language::English,
        token_id: None,
        scopes: None,
    }
}

pub(crate) async fn ana(t: &TestSystem) -> Ana {
    t.member(Role::Admin).await;
    let hook =
        body(json!({"url": "http://receiver.test/dmt", "events": ["reported", "moved", "closed"]}));
    webhook::create(t, &Actor::command_line(), &hook, None)
        .await
        .unwrap();
    let mut ana = person(t, "ana.lopez", "Ana López").await;
    let (id, list) = (
        ana.id.unwrap(),
        body(json!({"immediate": ["assigned"], "daily": ["reported"]})),
    );
    subscription::choose(t, &ana, &list).await.unwrap();
    let session = sign_in::sign_in(t, "ana.lopez", PASSWORD)
        .await
        .unwrap()
        .access_token;
    let api = body(json!({"name": "Ana López's script"}));
    token::create_own(t, &ana, &api, None).await.unwrap();
    let form = t.form(&defect()).await;
    let reported = defects::report(t, &ana, &body(form), Some(&key("ana-1")))
        .await
        .unwrap();
    let record = reported.item.id;
    change(
        t,
        &ana,
        record,
        json!({"lot_number": "L-1", "severity": "minor", "assignee_id": id}),
    )
    .await
    .unwrap();
    // Another one's answer that is kept names her.
    let quality = t.member(Role::QualityManager).await;
    let start = body(json!({"action": "start_analysis"}));
    transition::act(t, &quality, record, &ANY, &start, Some(&key("other")))
        .await
        .unwrap();
    rename(t, id, "Ana Pérez").await;
    ana.name = "Ana Pérez".to_owned();
    t.bring(record, Status::Verification).await;
    t.make_ready(record).await;
    let close = |password: &str| {
        body(json!({"action": "close", "signature": {"password": password, "meaning": "closure"}}))
    };
    let refused = transition::act(t, &ana, record, &ANY, &close("not this one"), None).await;
    assert!(
        matches!(refused, Err(Error::SignatureRefused)),
        "{refused:?}"
    );
    transition::act(t, &ana, record, &ANY, &close(PASSWORD), None)
        .await
        .unwrap();
    // Some of what was told is on its way, to her too, and some still waits.
    t.report(&t.member(Role::Inspector).await, defect()).await;
    Worker::new(System::clone(t), silent())
        .turn()
        .await
        .unwrap();
    t.report(&ana, defect()).await;
    Ana {
        id,
        actor: ana,
        record,
        session,
    }
}

/// Sends nothing, as where no receiver can be reached.
fn silent() -> service::outbox::Post {
    let trouble = || service::outbox::Trouble {
        what: "unreachable".to_owned(),
        answer: None,
        is_final: false,
    };
    service::outbox::Post {
        carry: std::sync::Arc::new(move |_| Box::pin(async move { Err(trouble()) })),
        has_mail: true,
        records: String::new(),
        translator: None,
        jitter: || 0.5,
    }
}

pub(crate) async fn erase(t: &System, username: &str) -> Result<Erased, Error> {
    user::erase(
        t,
        username,
        &Text("As asked for on 20 November.".to_owned()),
    )
    .await
}

/// All texts of all tables that name somebody, as `table.column`; signatures' printed names apart.
async fn traces(t: &TestSystem, known: &[&str]) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut found, mut printed) = (BTreeSet::new(), BTreeSet::new());
    for table in tables(t).await {
        let backend = t.db.reader().get_database_backend();
        let sql = match backend {
            DbBackend::MySql => format!("SELECT * FROM `{table}`"),
            _ => format!("SELECT * FROM \"{table}\""),
        };
        let rows =
            t.db.reader()
                .query_all_raw(Statement::from_string(backend, sql))
                .await
                .unwrap();
        for row in rows {
            for column in row.column_names() {
                let Ok(Some(text)) = row.try_get::<Option<String>>("", &column) else {
                    continue;
                };
                if !known.iter().any(|name| text.contains(name)) {
                    continue;
                }
                let field: Option<String> = row.try_get("", "field").unwrap_or_default();
                let is_printed = match (table.as_str(), column.as_str()) {
                    ("signature", "signer_name") => true,
                    ("audit_event", "new_value") => {
                        field.unwrap_or_default().starts_with("signatures/")
                    }
                    _ => false,
                };
                let all = if is_printed { &mut printed } else { &mut found };
                all.insert(format!("{table}.{column}"));
            }
        }
    }
    (found, printed)
}

async fn tables(t: &TestSystem) -> Vec<String> {
    let sql = match t.engine {
        Engine::Sqlite => {
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        }
        Engine::Postgres => "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'",
        Engine::MariaDb | Engine::MySql => {
            "SELECT CAST(table_name AS CHAR) FROM information_schema.tables WHERE table_schema = DATABASE()"
        }
    };
    let backend = t.db.reader().get_database_backend();
    let rows =
        t.db.reader()
            .query_all_raw(Statement::from_string(backend, sql))
            .await
            .unwrap();
    let names: Vec<String> = rows
        .iter()
        .map(|row| row.try_get_by_index(0).unwrap())
        .collect();
    assert!(names.len() > 35, "{names:?}");
    names
}

fn set(words: &[&str]) -> BTreeSet<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// What is found anywhere: the table, the record, the row and what is wrong.
pub(crate) async fn findings(t: &System) -> Vec<(String, i64, Option<i64>, String)> {
    let found = audit::verify(t, |_| ()).await.unwrap().findings.into_iter();
    found
        .map(|one| (one.entity, one.entity_id, one.seq, one.what))
        .collect()
}

pub(crate) async fn user_chain(t: &System, id: i64) -> Vec<Row> {
    audit_event::Entity::find()
        .filter(audit_event::Column::Entity.eq("app_user"))
        .filter(audit_event::Column::EntityId.eq(id))
        .order_by_asc(audit_event::Column::Seq)
        .all(t.db.reader())
        .await
        .unwrap()
}

async fn row_of(t: &System, id: i64) -> app_user::Model {
    app_user::Entity::find_by_id(id)
        .one(t.db.reader())
        .await
        .unwrap()
        .unwrap()
}

each_db! {
    async fn nothing_of_a_person_is_left_but_printed_names_and_every_chain_and_anchor_holds(t: TestSystem) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("anchors");
        let Ana { id, actor, record, session } = ana(&t).await;
        audit::anchor(&t, &file, |_| ()).await.unwrap();
        let (before, printed) = traces(&t, &KNOWN).await;
        let everywhere = [
            "access_token.name", "app_user.display_name", "app_user.email", "app_user.username", "app_user.username_key",
            "audit_event.actor_name", "audit_event.new_value", "audit_event.old_value", "idempotency_key.answer",
            "notice.content", "outbox.content",
        ];
        let by_hand = set(&["audit_event.new_value", "signature.signer_name"]);
        assert_eq!((before, printed), (set(&everywhere), by_hand.clone()), "the test looks where names are");

        let erased = erase(&t, "ANA.lopez").await.unwrap();
        assert_eq!(traces(&t, &KNOWN).await, (BTreeSet::new(), by_hand), "of {id}");
        let left = row_of(&t, id).await;
        assert_eq!((left.display_name, left.email, left.is_active), (format!("Erased user {id}"), None, false));
        assert!(left.username.starts_with(&format!("erased-{id}-")), "{}", left.username);
        assert_eq!(left.username_key, left.username);
        assert_eq!((&erased.username, erased.id, erased.printed), (&left.username, id, 1));
        let tables = |counts: &std::collections::BTreeMap<String, u64>| counts.keys().cloned().collect::<BTreeSet<_>>();
        assert_eq!(tables(&erased.replaced), set(&["audit_event", "idempotency_key", "notice", "outbox"]));
        assert_eq!(tables(&erased.removed), set(&["access_token", "idempotency_key", "outbox", "subscription"]));

        let verified = audit::verify(&t, |_| ()).await.unwrap();
        assert_eq!(verified.findings, []);
        assert_eq!((verified.erased, erased.vouching), (erased.replaced["audit_event"], 1));
        let anchored = audit::verify_anchors(&t, &file, |_| ()).await.unwrap();
        assert_eq!(anchored.findings, []);
        let manager = t.member(Role::QualityManager).await;
        let asked = query(&format!("entity=defect&id={record}"));
        let one = audit::check(&t, &manager, &asked).await.unwrap();
        assert_eq!((one.findings.len(), one.erased > 5), (0, true), "one record alone");
        let asked = query(&format!("entity=app_user&id={id}"));
        assert_eq!(audit::check(&t, &manager, &asked).await.unwrap().findings, []);

        let name = format!("Erased user {id}");
        assert_eq!(shown(&t, record).await.item.reported_by.name, name);
        let told = history_of(&t, record).await;
        assert!(told.iter().any(|event| event.actor.id == Some(id)));
        assert!(told.iter().all(|event| event.actor.id != Some(id) || event.actor.name == name));
        let refused = told.iter().find(|event| event.field.as_deref() == Some("signature_refused")).unwrap();
        assert_eq!(refused.new_value, json!(name));
        assert!(matches!(sign_in::sign_in(&t, "ana.lopez", PASSWORD).await, Err(Error::SignInRefused)));
        assert!(matches!(token::authenticate(&t, &session).await, Err(Error::Unauthenticated)));
        let own = user_chain(&t, id).await.into_iter().filter(|row| row.reason.is_some());
        let told: Vec<_> = own.map(|row| (row.field.unwrap(), row.actor_name)).collect();
        let by = |field: &str| (field.to_owned(), "dmt command line".to_owned());
        assert_eq!(told, ["username", "display_name", "is_active", "password", "email", "erased"].map(by));
        // The system goes on.
        rename(&t, actor.id.unwrap(), "Once more").await;
        assert_intact(&t).await;
    }

    async fn to_erase_again_is_harmless_and_takes_what_has_come_since(t: TestSystem) {
        let Ana { id, actor, record, .. } = ana(&t).await;
        let first = erase(&t, "ana.lopez").await.unwrap();
        let before = row_of(&t, id).await;
        let again = erase(&t, &first.username).await.unwrap();
        assert_eq!((again.replaced.len(), again.removed.len(), again.vouching), (0, 0, 0));
        assert_eq!(row_of(&t, id).await, before);
        assert!(matches!(erase(&t, "ana.lopez").await, Err(Error::NotFound("user"))));
        // What another server still let her do.
        let other = t.report(&t.member(Role::Inspector).await, defect()).await.item.id;
        change(&t, &actor, other, json!({"lot_number": "L-2", "hold_location": "cage 4"})).await.unwrap();
        rename(&t, id, "Ana Pérez").await;
        assert!(!traces(&t, &KNOWN).await.0.is_empty());
        let third = erase(&t, &first.username).await.unwrap();
        // Two rows of the record, and what renamed her.
        assert_eq!((third.replaced["audit_event"], third.vouching, &third.username), (3, 1, &first.username));
        assert_eq!(traces(&t, &KNOWN).await.0, BTreeSet::new());
        let verified = audit::verify(&t, |_| ()).await.unwrap();
        assert_eq!((verified.findings, verified.erased), (vec![], first.replaced["audit_event"] + 3));
        let told = history_of(&t, record).await;
        assert!(told.iter().any(|event| event.actor.name == format!("Erased user {id}")));
    }

    async fn two_who_did_things_to_each_other_can_both_be_erased(t: TestSystem) {
        t.member(Role::Admin).await;
        let ana = person(&t, "ana.lopez", "Ana López").await;
        let eva = person(&t, "eva.ruiz", "Eva Ruiz").await;
        let name = |text: &str| body(json!({"display_name": text}));
        user::change(&t, &eva, ana.id.unwrap(), &ANY, &name("Ana Pérez")).await.unwrap();
        user::change(&t, &ana, eva.id.unwrap(), &ANY, &name("Eva Gil")).await.unwrap();
        erase(&t, "eva.ruiz").await.unwrap();
        assert_intact(&t).await;
        erase(&t, "ana.lopez").await.unwrap();
        assert_intact(&t).await;
        let all = ["ana.lopez", "Ana López", "Ana Pérez", "eva.ruiz", "Eva Ruiz", "Eva Gil", "plant.example"];
        assert_eq!(traces(&t, &all).await, (BTreeSet::new(), BTreeSet::new()));
        // Of both, what vouches is in a chain that must hold itself.
        let told = user_chain(&t, ana.id.unwrap()).await;
        let locale = Row { reason: Some("x".to_owned()), ..told[1].clone() };
        overwrite(&t, vec![locale]).await;
        let found = findings(&t).await;
        assert!(found.len() > 1 && found.iter().all(|(.., what)| what == CONTENT), "{found:?}");
        assert!(found.iter().any(|(_, id, ..)| *id == eva.id.unwrap()), "{found:?}");
    }

    async fn many_rows_are_vouched_for_by_several_and_each_is_found_again(t: TestSystem) {
        t.member(Role::Admin).await;
        let ana = person(&t, "ana.lopez", "Ana López").await;
        let mut file = "number,revision,name\n".to_owned();
        (0..1_200).for_each(|n| file.push_str(&format!("PN-{n},A,Bolt\n")));
        let file = Upload { format: Format::Csv, bytes: file.into_bytes() };
        let how = body::<ImportQuery>(json!({}));
        import::parts(&t, &ana, &how, file, None).await.unwrap();
        let erased = erase(&t, "ana.lopez").await.unwrap();
        assert_eq!((erased.replaced["audit_event"], erased.vouching), (1_201, 3));
        let verified = audit::verify(&t, |_| ()).await.unwrap();
        assert_eq!((verified.findings, verified.erased), (vec![], 1_201));
        let longest = user_chain(&t, ana.id.unwrap()).await.into_iter().map(|row| row.new_value.unwrap_or_default().len());
        assert!(longest.max() < Some(80_000), "each of bounded size");
    }

    async fn the_last_active_administrator_is_not_erased(t: TestSystem) {
        let only = t.user(Role::Admin).await;
        let refused = erase(&t, &only.name).await;
        assert!(matches!(refused, Err(Error::WrongState(_))), "{refused:?}");
        assert_eq!(row_of(&t, only.id.unwrap()).await.username, only.name);
        assert!(matches!(erase(&t, "nobody").await, Err(Error::NotFound("user"))));
        user::disable(&t, &t.user(Role::Admin).await.name).await.unwrap();
        assert!(matches!(erase(&t, &only.name).await, Err(Error::WrongState(_))), "one who is disabled does not count");
        assert_intact(&t).await;
    }

    async fn who_may_not_change_the_history_erases_nobody(t: TestSystem) {
        let Ana { id, .. } = ana(&t).await;
        let Some(url) = runner(&t).await else {
            return; // SQLite: no users
        };
        let db = service::db::Db::connect(&url, &service::db::PoolOptions::default()).await.unwrap();
        let server = t.another_server(|options| options.db = db.clone());
        let before = (row_of(&t, id).await, user_chain(&t, id).await);
        let refused = erase(&server, "ana.lopez").await;
        let demanded = user::demand_rights(&server).await;
        db.close().await;
        by_hand(&t, match t.engine {
            Engine::Postgres => format!("DROP OWNED BY {0}; DROP ROLE {0}", url_user(&t)),
            _ => format!("DROP USER {}", url_user(&t)),
        })
        .await;
        let sentence = refused.unwrap_err().to_string();
        assert!(sentence.contains("a DATABASE_URL of the owner of the tables"), "{sentence}");
        assert_eq!(demanded.unwrap_err().to_string(), sentence);
        assert_eq!((row_of(&t, id).await, user_chain(&t, id).await), before);
        assert!(erase(&t, "ana.lopez").await.is_ok());
    }
}

fn url_user(t: &TestSystem) -> String {
    format!("{}_r", t.url.database().unwrap())
}

/// A user of the database as `dmt serve` runs: it only adds to the history.
async fn runner(t: &TestSystem) -> Option<service::db::DatabaseUrl> {
    let scheme = match t.engine {
        Engine::Sqlite => return None,
        Engine::Postgres => "postgres",
        Engine::MariaDb => "mariadb",
        Engine::MySql => "mysql",
    };
    let (name, database) = (url_user(t), t.url.database()?);
    let mut statements = if t.engine == Engine::Postgres {
        vec![
            format!("DROP ROLE IF EXISTS {name}"),
            format!("CREATE ROLE {name} LOGIN PASSWORD 'Runner-1'"),
        ]
    } else {
        vec![
            format!("DROP USER IF EXISTS {name}"),
            format!("CREATE USER {name} IDENTIFIED BY 'Runner-1'"),
        ]
    };
    for table in tables(t).await {
        let rights = match table.as_str() {
            "audit_event" => "SELECT, INSERT",
            _ => "SELECT, INSERT, UPDATE, DELETE",
        };
        let on = match t.engine {
            Engine::Postgres => table,
            _ => format!("{database}.{table}"),
        };
        statements.push(format!("GRANT {rights} ON {on} TO {name}"));
    }
    if t.engine == Engine::Postgres {
        statements.push(format!(
            "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {name}"
        ));
    }
    for statement in statements {
        past_the_service(t, move |tx| {
            let statement = statement.clone();
            Box::pin(async move { tx.execute_unprepared(&statement).await.map(drop) })
        })
        .await;
    }
    let (host, port) = (t.url.host()?, t.url.port()?);
    let url = format!("{scheme}://{name}:Runner-1@{host}:{port}/{database}");
    Some(url.parse().unwrap())
}
