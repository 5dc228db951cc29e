use entity::{access_token, idempotency_key};
use service::idempotency::Idempotency;
use service::token::{create_own, list_own, revoke_own};
use testkit::each_db;

use super::*;

each_db! {
    async fn an_api_token_acts_for_its_user_until_it_is_revoked(t: Plant) {
        t.add("ines", &["inspector"]).await;
        let actor = t.actor("ines").await;
        let made = create_own(&t.system, &actor, &draft(json!({"name": "Gauge 7"})), None).await.unwrap();
        let text = made.token.unwrap();
        let by_token = token::authenticate(&t.system, &text).await.unwrap();
        assert_eq!((by_token.id, by_token.scopes), (actor.id, None));
        let listed = list_own(&t.system, &actor, &draft(json!({"count": "true"}))).await.unwrap();
        assert_eq!((listed.items.len(), listed.total), (1, Some(1)), "the session is not among them");
        assert_eq!((listed.items[0].id, listed.items[0].name.as_str()), (made.view.id, "Gauge 7"));
        revoke_own(&t.system, &actor, made.view.id).await.unwrap();
        assert!(token::authenticate(&t.system, &text).await.is_err());
        assert!(matches!(revoke_own(&t.system, &actor, made.view.id).await, Err(Error::NotFound(_))));
        assert!(list_own(&t.system, &actor, &draft(json!({}))).await.unwrap().items.is_empty());
    }

    async fn somebody_elses_token_is_not_there(t: Plant) {
        t.add("ines", &["inspector"]).await;
        t.add("omar", &["operator"]).await;
        let (ines, omar) = (t.actor("ines").await, t.actor("omar").await);
        let made = create_own(&t.system, &ines, &draft(json!({"name": "hers"})), None).await.unwrap();
        assert!(matches!(revoke_own(&t.system, &omar, made.view.id).await, Err(Error::NotFound(_))));
        assert!(list_own(&t.system, &omar, &draft(json!({}))).await.unwrap().items.is_empty());
        assert!(token::authenticate(&t.system, &made.token.unwrap()).await.is_ok());
    }

    async fn tokens_come_page_by_page_newest_first(t: Plant) {
        t.add("ines", &["inspector"]).await;
        let actor = t.actor("ines").await;
        for n in 0..5 {
            create_own(&t.system, &actor, &draft(json!({"name": n.to_string()})), None).await.unwrap();
        }
        let (mut names, mut cursor) = (Vec::new(), None);
        loop {
            let page = list_own(&t.system, &actor, &draft(json!({"limit": 2, "cursor": cursor}))).await.unwrap();
            names.extend(page.items.into_iter().map(|token| token.name));
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(names, ["4", "3", "2", "1", "0"]);
    }

    async fn a_scoped_token_only_reads(t: Plant) {
        t.add("ada", &["admin"]).await;
        let actor = t.actor("ada").await;
        let new = json!({"name": "reports", "scopes": ["read"]});
        let text = create_own(&t.system, &actor, &draft(new), None).await.unwrap().token.unwrap();
        let reader = token::authenticate(&t.system, &text).await.unwrap();
        assert!(user::list(&t.system, &reader, &draft(json!({}))).await.is_ok());
        let refused = create_own(&t.system, &reader, &draft(json!({"name": "more"})), None).await;
        assert!(matches!(refused, Err(Error::Forbidden { .. })));
        let change = json!({"current_password": "ada-secret", "new_password": "another secret"});
        let refused = user::change_own_password(&t.system, &reader, &draft(change)).await;
        assert!(matches!(refused, Err(Error::Forbidden { .. })));
        assert_eq!(json!(user::me(&t.system, &reader).await.unwrap().scopes), json!(["read"]));
    }

    async fn a_token_ends_in_time_and_cannot_begin_ended(t: Plant) {
        t.add("ines", &["inspector"]).await;
        let actor = t.actor("ines").await;
        let until = |at: &str| draft(json!({"name": "x", "expires_at": at}));
        let past = create_own(&t.system, &actor, &until("2026-11-20T08:00:00Z"), None).await.unwrap_err();
        assert_eq!(refused_fields(past), ["expires_at"]);
        let made = create_own(&t.system, &actor, &until("2026-11-20T09:00:03+01:00"), None).await.unwrap();
        let text = made.token.unwrap();
        assert!(token::authenticate(&t.system, &text).await.is_ok());
        t.wait(3);
        assert!(token::authenticate(&t.system, &text).await.is_err());
    }

    async fn a_repeated_request_makes_one_token_and_keeps_no_secret(t: Plant) {
        t.add("ines", &["inspector"]).await;
        let actor = t.actor("ines").await;
        let key = Idempotency::new("one", &[b"body"]).unwrap();
        let new = || draft(json!({"name": "once"}));
        let first = create_own(&t.system, &actor, &new(), Some(&key)).await.unwrap();
        let again = create_own(&t.system, &actor, &new(), Some(&key)).await.unwrap();
        assert_eq!((first.view, None), (again.view, again.token));
        let kept = idempotency_key::Entity::find().one(t.system.db.reader()).await.unwrap().unwrap();
        assert!(!kept.answer.contains(&first.token.unwrap()[4..]), "{}", kept.answer);
    }

    async fn a_tokens_use_is_noted_once_an_hour(t: Plant) {
        t.add("ines", &["inspector"]).await;
        let actor = t.actor("ines").await;
        let made = create_own(&t.system, &actor, &draft(json!({"name": "x"})), None).await.unwrap();
        let text = made.token.unwrap();
        for expected in ["08:00", "08:00", "09:00"] {
            token::authenticate(&t.system, &text).await.unwrap();
            // The request does not wait for the note; the test does.
            let expected = format!("2026-11-20T{expected}:00.000000Z");
            let noted = async || list_own(&t.system, &actor, &draft(json!({}))).await.unwrap().items[0].last_used_at.clone();
            for _ in 0..200 {
                if noted().await.as_ref() == Some(&expected) {
                    break;
                }
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
            assert_eq!(noted().await, Some(expected));
            t.wait(1800);
        }
    }

    async fn what_ended_a_month_ago_is_removed(t: Plant) {
        t.add("ines", &["inspector"]).await;
        let actor = t.actor("ines").await;
        create_own(&t.system, &actor, &draft(json!({"name": "stays"})), None).await.unwrap();
        t.wait(31 * 24 * 3600);
        assert_eq!(service::housekeeping::tidy(&t.system).await.unwrap(), 1);
        let left = access_token::Entity::find().all(t.system.db.reader()).await.unwrap();
        assert_eq!(left.into_iter().map(|token| token.name).collect::<Vec<_>>(), [Some("stays".to_owned())]);
    }
}
