//! Content that breaks what is moved by way of SQL texts, spreadsheets or floats.

use chrono::{DateTime, FixedOffset};
use entity::{audit_event, setting};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};
use serde_json::json;
use service::db::{Db, Error};
use sha2::{Digest, Sha256};
use testkit::{Engine, TestSystem, each_db};

use super::{beside, content, copy, export, import};

/// What closes a quotation, what looks alike, what is invisible, what other programs take for nothing.
const TEXTS: [&str; 26] = [
    "",
    " ",
    "🔧👩‍🏭",
    "法兰孔毛刺",
    "שלום עולם",
    "\u{202e}rtl\u{202c}",
    "e\u{301}",
    "é",
    "ﬀ",
    "'",
    "''",
    "\"; DROP TABLE part; --",
    "`",
    "back\\slash\\n\\N\\.",
    "\\N",
    "\\.",
    "NULL",
    "%_!?:1$1",
    "trailing ",
    "trailing",
    " leading",
    "line\r\nline\n\ttab\u{b}\u{c}\u{8}",
    "\u{1}\u{1f}\u{7f}\u{85}\u{2028}\u{2029}",
    "\u{feff}bom",
    "\u{fffe}\u{ffff}\u{10ffff}",
    "0x1F,1e5,1.0",
];

const INSTANTS: [&str; 5] = [
    "1970-01-01T00:00:00.000000Z",
    "1970-01-01T00:00:00.000001Z",
    "2038-01-19T03:14:08.000000Z",
    "2100-02-28T23:59:59.999999Z",
    "2026-03-29T01:30:00.100000Z",
];

const NUMBERS: [i64; 6] = [i64::MIN, -1, 0, 1, (1 << 53) + 1, i64::MAX];

fn at(text: &str) -> DateTime<FixedOffset> {
    DateTime::parse_from_rfc3339(text).unwrap()
}

/// Hash v1 of a row of history, as docs/archive.md has it.
fn hash(event: &audit_event::Model, at: &str) -> String {
    let columns = json!([
        event.entity,
        event.entity_id,
        event.seq,
        event.field,
        event.old_value,
        event.new_value,
        event.actor,
        event.actor_name,
        at,
        event.reason,
        event.request_id,
    ]);
    let digest = Sha256::digest(format!("{}{columns}", event.prev_hash).as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Rows of history of things that have no chain, and settings that differ by as little as names can.
pub(super) async fn add(db: &Db) {
    let long: String = "界🔧a\\'\"\n".chars().cycle().take(200_000).collect();
    let texts = TEXTS.iter().map(|text| (*text).to_owned()).chain([long]);
    let mut events = Vec::new();
    for (place, text) in texts.enumerate() {
        let instant = INSTANTS[place % INSTANTS.len()];
        let mut event = audit_event::Model {
            id: 0,
            entity: "hostile".to_owned(),
            entity_id: NUMBERS[place % NUMBERS.len()],
            seq: i64::try_from(place).unwrap(),
            field: (place % 2 == 0).then(|| text.chars().take(100).collect()),
            old_value: (place % 3 == 0).then(|| text.clone()),
            new_value: Some(text.clone()),
            actor: Some(NUMBERS[(place + 1) % NUMBERS.len()]).filter(|_| place % 5 != 0),
            actor_name: text.chars().take(200).collect(),
            at: at(instant),
            reason: None,
            request_id: Some(String::new()),
            prev_hash: "0".repeat(64),
            hash: String::new(),
        };
        event.hash = hash(&event, instant);
        let mut event = event.into_active_model();
        event.id = NotSet;
        events.push(event.reset_all());
    }
    let names = [
        "a", "A", "a ", " a", "á", "a\u{301}", "ß", "ss", "z", "Z", "_", "-", "1", "10", "2", "🔧",
    ];
    let settings = names.map(|name| setting::ActiveModel {
        name: Set(format!("x{name}")),
        content: Set(name.to_owned()),
    });
    db.write(move |tx| {
        let (events, settings) = (events.clone(), settings.clone());
        Box::pin(async move {
            for event in events {
                audit_event::Entity::insert(event)
                    .exec_without_returning(tx)
                    .await?;
            }
            setting::Entity::insert_many(settings)
                .exec_without_returning(tx)
                .await?;
            Ok::<(), Error>(())
        })
    })
    .await
    .unwrap();
}

/// What is the same on all four is also what it was.
const EXPECTED_ROWS: u64 = TEXTS.len() as u64 + 1;

each_db! {
    async fn hostile_content_arrives_everywhere_as_it_was(t: TestSystem) {
        add(&t.db).await;
        let before = content(&t.db).await;
        let (.., last) = before.iter().map(|table| table.1).enumerate().next_back().unwrap();
        assert_eq!(last, EXPECTED_ROWS);
        for engine in Engine::ALL.into_iter().filter(|engine| *engine != t.engine) {
            let expected = before.clone();
            beside(engine, &t.url, move |source, target| async move {
                let copied = copy(&source, &target.db).await;
                assert_eq!(copied.difference, None, "into {engine}");
                assert_eq!(content(&target.db).await, expected, "into {engine}");
            })
            .await;
        }
    }

    async fn hostile_content_survives_an_archive(t: TestSystem) {
        add(&t.db).await;
        let folder = tempfile::tempdir().unwrap();
        let before = content(&t.db).await;
        for name in ["x.dmt.zip", "folder"] {
            let path = folder.path().join(name);
            export(&t.db, &path).await;
            let expected = before.clone();
            beside(t.engine, &t.url, move |_, target| async move {
                import(&target.db, &path).await.unwrap();
                assert_eq!(content(&target.db).await, expected);
            })
            .await;
        }
    }
}
