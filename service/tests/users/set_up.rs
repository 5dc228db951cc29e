use entity::{code_label, code_value};
use futures_util::future::join_all;
use service::setup::{is_set_up, prepare, seed_causes, set_up};
use testkit::each_db;

use super::*;

fn first(token: &str, username: &str) -> Draft<service::setup::SetUp> {
    draft(
        json!({"token": token, "username": username, "display_name": "First", "password": "long enough", "locale": "zh"}),
    )
}

each_db! {
    async fn of_ten_servers_that_start_at_once_one_prints_the_set_up_link(t: Plant) {
        let tokens = join_all((0..10).map(|_| prepare(&t.system))).await;
        let tokens: Vec<_> = tokens.into_iter().filter_map(Result::unwrap).collect();
        assert_eq!(tokens.len(), 1);
        assert_eq!(tokens[0].len(), 43);
        t.wait(59);
        assert_eq!(prepare(&t.system).await.unwrap(), None, "the link was printed less than a minute ago");
        t.wait(1);
        let newer = prepare(&t.system).await.unwrap().unwrap();
        assert!(matches!(set_up(&t.system, &first(&tokens[0], "ada")).await, Err(Error::Forbidden { .. })));
        set_up(&t.system, &first(&newer, "ada")).await.unwrap();
        t.wait(61);
        assert_eq!(prepare(&t.system).await.unwrap(), None, "there are users now");
    }

    async fn the_first_administrator_is_made_once(t: Plant) {
        let token = prepare(&t.system).await.unwrap().unwrap();
        assert!(!is_set_up(&t.system).await.unwrap());
        let calls = (0..8).map(|n| {
            let (system, token) = (t.system.clone(), token.clone());
            async move { set_up(&system, &first(&token, &format!("ada{n}"))).await }
        });
        let outcomes = join_all(calls).await;
        let refused = outcomes.iter().filter(|outcome| matches!(outcome, Err(Error::SetUp(_)))).count();
        assert_eq!(refused, 7, "{outcomes:?}");
        let made = outcomes.into_iter().find_map(Result::ok).unwrap();
        assert_eq!(json!([made.roles, made.locale]), json!([["admin"], "zh"]));
        assert!(is_set_up(&t.system).await.unwrap());
        assert!(service::sign_in::sign_in(&t.system, &made.username, "long enough").await.is_ok());
    }

    async fn a_wrong_or_expired_set_up_token_is_refused(t: Plant) {
        let wrong = set_up(&t.system, &first("guess", "ada")).await;
        assert!(matches!(wrong, Err(Error::Forbidden { .. })));
        let token = prepare(&t.system).await.unwrap().unwrap();
        let invalid = set_up(&t.system, &draft(json!({"token": token, "username": "a b"}))).await.unwrap_err();
        assert_eq!(refused_fields(invalid).len(), 3);
        t.wait(24 * 3600);
        assert!(matches!(set_up(&t.system, &first(&token, "ada")).await, Err(Error::Forbidden { .. })));
        assert!(!is_set_up(&t.system).await.unwrap());
    }

    async fn the_causes_are_seeded_once_and_audited(t: Plant) {
        for outcome in join_all((0..5).map(|_| seed_causes(&t.system))).await {
            outcome.unwrap();
        }
        let causes = code_value::Entity::find().all(t.system.db.reader()).await.unwrap();
        assert_eq!(causes.len(), 6);
        let labels = code_label::Entity::find().all(t.system.db.reader()).await.unwrap();
        assert_eq!(labels.len(), 18);
        assert_eq!(t.history("code_value", causes[0].id).await.len(), 1);
    }
}
