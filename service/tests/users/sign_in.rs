use futures_util::future::join_all;
use service::role::Role;
use service::sign_in::{confirm, sign_in, sign_out};
use testkit::each_db;

use super::*;

async fn fails(plant: &Plant, username: &str, password: &str) -> bool {
    matches!(
        sign_in(&plant.system, username, password).await,
        Err(Error::SignInRefused)
    )
}

each_db! {
    async fn signing_in_gives_a_session_with_all_roles(t: Plant) {
        let user = t.add("Ines", &["operator", "inspector"]).await;
        let session = sign_in(&t.system, "iNES", "Ines-secret").await.unwrap();
        assert_eq!((session.token_type.as_str(), session.expires_in), ("Bearer", 12 * 3600));
        let actor = token::authenticate(&t.system, &session.access_token).await.unwrap();
        assert_eq!((actor.id, actor.name.as_str()), (Some(user.id), "Ines the tester"));
        assert_eq!(actor.roles.iter().collect::<Vec<_>>(), [Role::Inspector, Role::Operator]);
        assert!(t.show(user.id).await.last_sign_in_at.is_some());
    }

    async fn a_session_ends_in_time(t: Plant) {
        t.add("ines", &["inspector"]).await;
        let session = t.sign_in("ines").await;
        t.wait(12 * 3600 - 2);
        assert!(token::authenticate(&t.system, &session.access_token).await.is_ok());
        t.wait(2);
        let late = token::authenticate(&t.system, &session.access_token).await;
        assert!(matches!(late, Err(Error::Unauthenticated)), "the cache outlived the token");
    }

    async fn whatever_is_wrong_the_answer_is_the_same(t: Plant) {
        t.add("ines", &["inspector"]).await;
        t.add("gone", &["viewer"]).await;
        user::disable(&t.system, "gone").await.unwrap();
        assert!(fails(&t, "ines", "wrong").await);
        assert!(fails(&t, "nobody", "wrong").await);
        assert!(fails(&t, "gone", "gone-secret").await);
        assert!(fails(&t, "in\0es", "wrong").await);
        assert!(fails(&t, &"x".repeat(100_000), "").await);
    }

    async fn a_refusal_takes_as_long_whatever_was_wrong(t: Plant) {
        t.add("ines", &["inspector"]).await;
        t.add("gone", &["viewer"]).await;
        user::disable(&t.system, "gone").await.unwrap();
        let system = server(&t.system.db, &t.system.clock, Hashing::production()).await;
        for (username, password) in [("ines", "wrong"), ("nobody", "wrong"), ("gone", "gone-secret")] {
            let began = std::time::Instant::now();
            sign_in(&system, username, password).await.unwrap_err();
            assert!(began.elapsed() >= std::time::Duration::from_millis(400), "{username}");
        }
    }

    async fn five_failures_pause_sign_in_even_for_the_right_password(t: Plant) {
        let user = t.add("ines", &["inspector"]).await;
        for _ in 0..5 {
            assert!(fails(&t, "ines", "wrong").await);
        }
        let paused = t.show(user.id).await;
        assert_eq!((paused.failed_attempts, paused.locked_until.as_deref()), (5, Some("2026-11-20T08:00:30.000000Z")));
        assert_eq!(paused.version, user.version, "an attempt is no edit");
        t.wait(29);
        assert!(fails(&t, "ines", "ines-secret").await);
        assert!(fails(&t, "ines", "wrong").await);
        assert_eq!(t.show(user.id).await.failed_attempts, 5, "a failure during the pause counted");
        t.wait(1);
        assert!(fails(&t, "ines", "wrong").await);
        assert_eq!(t.show(user.id).await.locked_until.as_deref(), Some("2026-11-20T08:01:30.000000Z"));
        t.wait(60);
        t.sign_in("ines").await;
        let free = t.show(user.id).await;
        assert_eq!((free.failed_attempts, free.locked_until), (0, None));
        let history = t.history("app_user", user.id).await;
        let row = entity::app_user::Entity::find().one(t.system.db.reader()).await.unwrap().unwrap();
        assert_eq!(row.audit_seq, history.len() as i64);
        let pauses: Vec<_> = history.iter().filter(|(field, ..)| field.as_deref() == Some("locked_until")).collect();
        assert_eq!(pauses.len(), 3);
        assert_eq!(pauses[2].2, None);
    }

    async fn guesses_sent_at_once_gain_nothing(t: Plant) {
        let user = t.add("ines", &["inspector"]).await;
        let guesses = (0..40).map(|n| {
            let system = t.system.clone();
            async move { sign_in(&system, "ines", &format!("guess {n}")).await }
        });
        assert!(join_all(guesses).await.iter().all(|guess| matches!(guess, Err(Error::SignInRefused))));
        assert_eq!(t.show(user.id).await.failed_attempts, 5);
    }

    async fn a_hash_of_other_parameters_is_replaced_at_sign_in(t: Plant) {
        t.add("ines", &["inspector"]).await;
        let system = server(&t.system.db, &t.system.clock, Hashing::production()).await;
        let both = join_all((0..2).map(|_| sign_in(&system, "ines", "ines-secret"))).await;
        assert!(both.iter().all(Result::is_ok), "{both:?}");
        let row = entity::app_user::Entity::find().one(t.system.db.reader()).await.unwrap().unwrap();
        assert!(row.password_hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", row.password_hash);
        t.sign_in("ines").await;
    }

    async fn giving_the_password_again_counts_like_signing_in(t: Plant) {
        let user = t.add("ines", &["inspector"]).await;
        let actor = t.actor("ines").await;
        assert!(confirm(&t.system, &actor, "ines-secret").await.unwrap());
        for _ in 0..5 {
            assert!(!confirm(&t.system, &actor, "wrong").await.unwrap());
        }
        assert!(!confirm(&t.system, &actor, "ines-secret").await.unwrap());
        assert!(fails(&t, "ines", "ines-secret").await);
        t.wait(30);
        assert!(confirm(&t.system, &actor, "ines-secret").await.unwrap());
        assert_eq!(t.show(user.id).await.failed_attempts, 0);
    }

    async fn signing_out_ends_a_session_here_at_once_and_elsewhere_within_five_seconds(t: Plant) {
        t.add("ines", &["inspector"]).await;
        let elsewhere = t.another_server().await;
        let (one, other) = (t.sign_in("ines").await, t.sign_in("ines").await);
        let actor = token::authenticate(&t.system, &one.access_token).await.unwrap();
        token::authenticate(&elsewhere, &one.access_token).await.unwrap();
        sign_out(&t.system, &actor).await.unwrap();
        assert!(token::authenticate(&t.system, &one.access_token).await.is_err());
        assert!(token::authenticate(&t.system, &other.access_token).await.is_ok());
        t.wait(5);
        assert!(token::authenticate(&elsewhere, &one.access_token).await.is_err());
    }
}
