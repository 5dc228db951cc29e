//! Notes: said once, never changed, redacted for good.

use entity::defect_note;
use sea_orm::EntityTrait;
use serde_json::json;
use service::Result;
use service::actor::Actor;
use service::defects::Written;
use service::defects::notes::{self, NoteView};
use service::role::Role;
use service::version::IfMatch;
use service::words::Status;
use testkit::{TestSystem, defect, each_db};

use crate::chain::{by_hand, untold};
use crate::plant::{
    ANY, assert_intact, body, chain_of, history_of, kind, refused, rows, sent, shown,
};

async fn add(t: &TestSystem, actor: &Actor, record: i64, text: &str) -> Result<Written<NoteView>> {
    notes::add(t, actor, record, &ANY, &body(json!({"body": text})), None).await
}

async fn redact(t: &TestSystem, role: Role, record: i64, note: i64) -> Result<Written<NoteView>> {
    let (actor, reason) = (
        t.member(role).await,
        body(json!({"reason": "Names a customer."})),
    );
    notes::redact(t, &actor, (record, note), &ANY, &reason, None).await
}

each_db! {
    async fn a_note_is_shown_as_it_was_sent_and_as_safe_html(t: TestSystem) {
        let inspector = t.member(Role::Inspector).await;
        let record = t.report(&inspector, defect()).await.item;
        let text = "**Burr** on <b>both</b> sides 😀\r\n[x](javascript:alert(1))";
        let note = add(&t, &inspector, record.id, text).await.unwrap();
        let person = json!({"id": inspector.id, "name": inspector.name});
        let expected = json!({
            "id": note.item.id, "body": text,
            "body_html": "<p><strong>Burr</strong> on &lt;b&gt;both&lt;/b&gt; sides 😀<br>\n\
                          <a rel=\"noopener noreferrer nofollow\">x</a></p>\n",
            "mentions": [], "created_at": "2026-11-20T08:00:00.000000Z", "created_by": person,
            "redacted_at": null, "redacted_by": null, "redaction_reason": null,
        });
        assert_eq!(sent(&note.item), expected);
        assert_eq!(note.version, record.version, "notes do not move the version");
        assert!(!shown(&t, record.id).await.settled, "there is more to see than the version tells");
        assert_eq!(notes::show(&t, &inspector, record.id, note.item.id).await.unwrap(), note.item);
        let all = notes::list(&t, &inspector, record.id, &body(json!({}))).await.unwrap();
        assert_eq!(all.items, [note.item]);
        let other = t.report(&inspector, defect()).await.item.id;
        assert_eq!(kind(&notes::show(&t, &inspector, other, all.items[0].id).await), "not found");
        let stale = IfMatch::Versions(vec![7]);
        let late = notes::add(&t, &inspector, record.id, &stale, &body(json!({"body": "x"})), None).await;
        assert_eq!(kind(&late), "version stale");
        let before = rows(&t).await;
        assert_eq!(refused(add(&t, &inspector, record.id, " ").await), ["body blank"]);
        assert_eq!(refused(add(&t, &inspector, record.id, &"x".repeat(20_001)).await), ["body too_long"]);
        assert_eq!(rows(&t).await, before);
        assert_intact(&t).await;
    }

    async fn users_are_mentioned_by_their_names_in_whatever_case(t: TestSystem) {
        let inspector = t.member(Role::Inspector).await;
        let record = t.report(&inspector, defect()).await.item.id;
        let (one, two, gone) = (t.user(Role::Operator).await, t.user(Role::Viewer).await, t.user(Role::Viewer).await);
        let admin = t.member(Role::Admin).await;
        let disable = body(json!({"is_active": false}));
        service::user::change(&t, &admin, gone.id.unwrap(), &ANY, &disable).await.unwrap();
        let text = format!(
            "@{}, @{} and @{}! Not @{}, not me@{}, not @nobody-at-all.",
            two.name, one.name.to_uppercase(), two.name, gone.name, one.name
        );
        let note = add(&t, &inspector, record, &text).await.unwrap().item;
        let named: Vec<_> = note.mentions.iter().map(|person| person.name.as_str()).collect();
        assert_eq!(named, [two.name.as_str(), one.name.as_str()]);
        let told = history_of(&t, record).await;
        let mentions: Vec<_> = told
            .iter()
            .filter(|event| event.field.as_deref().is_some_and(|field| field.starts_with("mentions/")))
            .map(|event| event.new_value.clone())
            .collect();
        let expected = [two.id, one.id].map(|user| json!({"note_id": note.id, "user_id": user}));
        assert_eq!(mentions, expected);
        assert_intact(&t).await;
    }

    async fn a_redacted_note_is_gone_for_good_and_its_history_holds(t: TestSystem) {
        let inspector = t.member(Role::Inspector).await;
        let record = t.report(&inspector, defect()).await.item.id;
        let note = add(&t, &inspector, record, "Mrs. Example of Plant 7 said so.").await.unwrap().item.id;
        for role in [Role::Admin, Role::QualityEngineer, Role::TechEngineer, Role::Inspector, Role::Viewer] {
            assert_eq!(kind(&redact(&t, role, record, note).await), "forbidden", "{role}");
        }
        t.bring(record, Status::Closed).await;
        let redacted = redact(&t, Role::QualityManager, record, note).await.unwrap().item;
        assert_eq!((&redacted.body, &redacted.body_html), (&None, &None));
        assert_eq!(redacted.redaction_reason.as_deref(), Some("Names a customer."));
        assert_eq!(redacted.redacted_by.unwrap().id, t.member(Role::QualityManager).await.id.unwrap());
        assert_eq!(kind(&redact(&t, Role::QualityManager, record, note).await), "wrong state");
        let row = defect_note::Entity::find_by_id(note).one(t.db.reader()).await.unwrap().unwrap();
        assert_eq!((row.body, row.body_salt), (None, None));
        let chain = chain_of(&t, record).await;
        assert!(!format!("{chain:?}").contains("Example"), "no row of history has the text");
        let told = history_of(&t, record).await.pop().unwrap();
        assert_eq!(told.field, Some(format!("notes/{note}.is_redacted")));
        assert_eq!(told.reason.as_deref(), Some("Names a customer."));
        assert_intact(&t).await;
    }

    async fn what_notes_say_is_read_at_once_and_from_their_own_record_alone(t: TestSystem) {
        let inspector = t.member(Role::Inspector).await;
        let record = t.report(&inspector, defect()).await.item.id;
        let said = add(&t, &inspector, record, "**Burr**").await.unwrap().item.id;
        let secret = add(&t, &inspector, record, "A name.").await.unwrap().item.id;
        redact(&t, Role::QualityManager, record, secret).await.unwrap();
        let other = t.report(&inspector, defect()).await.item.id;
        let foreign = add(&t, &inspector, other, "Elsewhere.").await.unwrap().item.id;
        let bodies = notes::bodies(&t, &inspector, record, &[said, secret, foreign, 999_999]).await.unwrap();
        let bodies: Vec<_> = bodies.into_iter().collect();
        assert_eq!(bodies, [(said, Some("**Burr**".to_owned())), (secret, None)]);
        assert!(notes::bodies(&t, &inspector, record, &[]).await.unwrap().is_empty());
    }

    async fn notes_are_taken_after_closure_and_on_void_records(t: TestSystem) {
        let operator = t.member(Role::Operator).await;
        for status in [Status::Closed, Status::Void] {
            let record = t.report(&t.member(Role::Inspector).await, defect().major()).await.item.id;
            t.bring(record, status).await;
            add(&t, &operator, record, "The customer has called again.").await.unwrap();
            let viewer = t.member(Role::Viewer).await;
            assert_eq!(kind(&add(&t, &viewer, record, "x").await), "forbidden");
        }
        assert_intact(&t).await;
    }

    async fn a_note_that_was_changed_by_hand_is_found(t: TestSystem) {
        let inspector = t.member(Role::Inspector).await;
        let record = t.report(&inspector, defect()).await.item.id;
        let note = add(&t, &inspector, record, "As it was.").await.unwrap().item.id;
        let row = defect_note::Entity::find_by_id(note).one(t.db.reader()).await.unwrap().unwrap();
        let repair = format!(
            "body = 'As it was.', body_salt = '{}', redacted_at = NULL", row.body_salt.unwrap()
        );
        for tamper in [
            "body = 'As it was not.'",
            "body = NULL",
            "body = NULL, body_salt = NULL",
            "body_salt = 'x'",
            "redacted_at = created_at",
        ] {
            by_hand(&t, format!("UPDATE defect_note SET {tamper} WHERE id = {note}")).await;
            assert_eq!(untold(&t, record).await, [format!("notes/{note}")], "{tamper}");
            by_hand(&t, format!("UPDATE defect_note SET {repair} WHERE id = {note}")).await;
            assert_intact(&t).await;
        }
    }
}
