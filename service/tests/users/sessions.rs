use service::token::{
    SessionView, create_own, end_other_sessions, end_session, list_own, list_sessions,
};
use testkit::each_db;

use super::*;

async fn sessions(t: &Plant, actor: &Actor) -> Vec<SessionView> {
    let listed = list_sessions(&t.system, actor, &draft(json!({}))).await;
    listed.unwrap().items
}

async fn holds(t: &Plant, session: &Session) -> bool {
    token::authenticate(&t.system, &session.access_token)
        .await
        .is_ok()
}

each_db! {
    async fn people_see_their_own_open_sessions_the_newest_first(t: Plant) {
        t.add("ines", &["inspector"]).await;
        t.add("omar", &["operator"]).await;
        t.sign_in("ines").await;
        t.sign_in("omar").await;
        t.wait(60);
        let actor = t.actor("ines").await;
        create_own(&t.system, &actor, &draft(json!({"name": "Gauge 7"})), None).await.unwrap();
        let listed = list_sessions(&t.system, &actor, &draft(json!({"count": "true"}))).await.unwrap();
        assert_eq!(listed.total, Some(2), "the API token is not among them");
        let told: Vec<_> = listed.items.iter().map(|session| (session.created_at.as_str(), session.is_current)).collect();
        assert_eq!(told, [("2026-11-20T08:01:00.000000Z", true), ("2026-11-20T08:00:00.000000Z", false)]);
        let older = &listed.items[1];
        assert_eq!(older.expires_at.as_deref(), Some("2026-11-20T20:00:00.000000Z"));
        assert_eq!(older.last_used_at.as_deref(), Some("2026-11-20T08:00:00.000000Z"));
        let one = list_sessions(&t.system, &actor, &draft(json!({"limit": 1}))).await.unwrap();
        let next = json!({"limit": 1, "cursor": one.next_cursor.unwrap()});
        let next = list_sessions(&t.system, &actor, &draft(next)).await.unwrap();
        assert_eq!((&next.items[0], next.next_cursor), (older, None));
        t.wait(12 * 3600 - 60);
        assert_eq!(sessions(&t, &actor).await.len(), 1, "one has ended by itself");
    }

    async fn an_ended_session_is_worth_nothing_from_then_on(t: Plant) {
        t.add("ines", &["inspector"]).await;
        t.add("omar", &["operator"]).await;
        let there = t.sign_in("ines").await;
        let (ines, omar) = (t.actor("ines").await, t.actor("omar").await);
        let made = create_own(&t.system, &ines, &draft(json!({"name": "x"})), None).await.unwrap();
        assert!(holds(&t, &there).await);
        let id = sessions(&t, &ines).await.iter().find(|session| !session.is_current).unwrap().id;
        for (actor, id) in [(&omar, id), (&ines, made.view.id)] {
            let refused = end_session(&t.system, actor, id).await;
            assert!(matches!(refused, Err(Error::NotFound("session"))), "{refused:?}");
        }
        assert!(holds(&t, &there).await);
        end_session(&t.system, &ines, id).await.unwrap();
        assert!(!holds(&t, &there).await);
        assert!(matches!(end_session(&t.system, &ines, id).await, Err(Error::NotFound("session"))));
        let left = sessions(&t, &ines).await;
        assert!(left.len() == 1 && left[0].is_current, "{left:?}");
    }

    async fn all_other_sessions_end_and_nothing_else(t: Plant) {
        t.add("ines", &["inspector"]).await;
        t.add("omar", &["operator"]).await;
        let (one, other, omars) = (t.sign_in("ines").await, t.sign_in("ines").await, t.sign_in("omar").await);
        let this = t.sign_in("ines").await;
        let actor = token::authenticate(&t.system, &this.access_token).await.unwrap();
        let made = create_own(&t.system, &actor, &draft(json!({"name": "x"})), None).await.unwrap();
        assert!(holds(&t, &one).await && holds(&t, &other).await);
        end_other_sessions(&t.system, &actor).await.unwrap();
        assert!(!holds(&t, &one).await && !holds(&t, &other).await);
        assert!(holds(&t, &this).await && holds(&t, &omars).await);
        assert!(token::authenticate(&t.system, &made.token.unwrap()).await.is_ok());
        assert_eq!(sessions(&t, &actor).await.len(), 1);
        end_other_sessions(&t.system, &actor).await.unwrap();
        assert!(holds(&t, &this).await, "there was none");
    }

    async fn an_api_token_ends_all_sessions_unless_it_may_only_read(t: Plant) {
        t.add("ines", &["inspector"]).await;
        let session = t.sign_in("ines").await;
        let actor = token::authenticate(&t.system, &session.access_token).await.unwrap();
        let mut tokens = Vec::new();
        for new in [json!({"name": "reads", "scopes": ["read"]}), json!({"name": "all"})] {
            let made = create_own(&t.system, &actor, &draft(new), None).await.unwrap();
            tokens.push(token::authenticate(&t.system, &made.token.unwrap()).await.unwrap());
        }
        let listed = sessions(&t, &tokens[0]).await;
        assert!(listed.len() == 1 && !listed[0].is_current, "{listed:?}");
        let one = end_session(&t.system, &tokens[0], listed[0].id).await;
        let all = end_other_sessions(&t.system, &tokens[0]).await;
        assert!(matches!((one, all), (Err(Error::Forbidden { .. }), Err(Error::Forbidden { .. }))));
        assert!(holds(&t, &session).await);
        end_other_sessions(&t.system, &tokens[1]).await.unwrap();
        assert!(!holds(&t, &session).await);
        assert_eq!(list_own(&t.system, &tokens[1], &draft(json!({}))).await.unwrap().items.len(), 2);
    }
}
