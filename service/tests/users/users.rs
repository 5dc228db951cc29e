use futures_util::future::join_all;
use service::page::Page;
use service::user::{Reset, UserPatch};
use service::value::Password;
use service::version::IfMatch;
use testkit::each_db;

use super::*;

const ANY: IfMatch = IfMatch::Any;

async fn change(plant: &Plant, actor: &Actor, id: i64, patch: Json) -> service::Result<UserView> {
    user::change(&plant.system, actor, id, &ANY, &draft::<UserPatch>(patch)).await
}

async fn listed(plant: &Plant, query: Json) -> Page<UserView> {
    user::list(&plant.system, &Actor::command_line(), &draft(query))
        .await
        .unwrap()
}

fn names(page: &Page<UserView>) -> Vec<&str> {
    page.items
        .iter()
        .map(|user| user.username.as_str())
        .collect()
}

each_db! {
    async fn user_names_differ_by_more_than_case(t: Plant) {
        t.add("Ines", &["inspector"]).await;
        let same = json!({"username": "INES", "display_name": "x", "roles": ["viewer"], "password": "long enough"});
        let error = user::create(&t.system, &Actor::command_line(), &draft(same), None).await.unwrap_err();
        assert!(matches!(error, Error::Duplicate(_)));
        assert_eq!(refused_fields(error), ["username"]);
    }

    async fn a_new_user_is_checked_in_every_field_at_once(t: Plant) {
        let bad = json!({"username": "two words", "display_name": " ", "roles": [], "locale": "fr", "password": "short", "x": 1});
        let error = user::create(&t.system, &Actor::command_line(), &draft(bad), None).await.unwrap_err();
        let mut fields = refused_fields(error);
        fields.sort();
        assert_eq!(fields, ["display_name", "locale", "password", "roles", "username", "x"]);
        let named = json!({"username": "longname", "display_name": "x", "roles": ["viewer"], "password": "LongName"});
        let error = user::create(&t.system, &Actor::command_line(), &draft(named), None).await.unwrap_err();
        assert_eq!(refused_fields(error), ["password"]);
        assert!(listed(&t, json!({})).await.items.is_empty());
    }

    async fn only_administrators_manage_users(t: Plant) {
        let user = t.add("mia", &["quality_manager"]).await;
        let mia = t.actor("mia").await;
        let refused = [
            user::list(&t.system, &mia, &draft(json!({}))).await.err(),
            user::show(&t.system, &mia, user.id).await.err(),
            user::show(&t.system, &mia, 999).await.err(),
            user::create(&t.system, &mia, &draft(json!({})), None).await.err(),
            user::change(&t.system, &mia, user.id, &IfMatch::Missing, &draft(json!({"x": 1}))).await.err(),
            user::delete(&t.system, &mia, user.id, &ANY).await.err(),
        ];
        assert!(refused.iter().all(|error| matches!(error, Some(Error::Forbidden { .. }))), "{refused:?}");
    }

    async fn lists_are_filtered_sorted_and_paged(t: Plant) {
        for (name, role) in [("zoe", "operator"), ("Bo", "operator"), ("ann_x", "viewer"), ("annax", "operator")] {
            t.add(name, &[role]).await;
        }
        user::disable(&t.system, "zoe").await.unwrap();
        assert_eq!(names(&listed(&t, json!({})).await), ["ann_x", "annax", "Bo", "zoe"]);
        assert_eq!(names(&listed(&t, json!({"role": "operator", "is_active": true})).await), ["annax", "Bo"]);
        assert_eq!(names(&listed(&t, json!({"q": "ANN_"})).await), ["ann_x"]);
        assert_eq!(names(&listed(&t, json!({"q": "bo THE"})).await), ["Bo"]);
        let first = listed(&t, json!({"limit": 3, "count": "true"})).await;
        assert_eq!((names(&first), first.total), (vec!["ann_x", "annax", "Bo"], Some(4)));
        assert_eq!(first.items[0].roles.len(), 1);
        let second = listed(&t, json!({"limit": 1, "cursor": first.next_cursor})).await;
        assert_eq!((names(&second), second.next_cursor.as_deref()), (vec!["zoe"], None));
    }

    async fn everybody_sees_the_names_of_active_people(t: Plant) {
        let ids = [t.add("ines", &["inspector"]).await.id, t.add("omar", &["operator"]).await.id];
        t.add("gone", &["operator"]).await;
        user::disable(&t.system, "gone").await.unwrap();
        let actor = t.actor("ines").await;
        let of = async |query: Json| user::names(&t.system, &actor, &draft(query)).await.unwrap();
        let people = of(json!({"count": "exact"})).await;
        assert_eq!(people.items.iter().map(|person| person.id).collect::<Vec<_>>(), ids);
        assert_eq!((people.items[0].name.as_str(), people.total), ("ines the tester", Some(2)));
        assert_eq!(of(json!({"role": "operator"})).await.items.len(), 1);
        assert_eq!(of(json!({"is_active": false})).await.items[0].name, "gone the tester");
        let first = of(json!({"limit": 1})).await;
        let second = of(json!({"limit": 1, "cursor": first.next_cursor})).await;
        assert_eq!((second.items[0].id, second.next_cursor), (ids[1], None));
        assert_eq!(of(json!({"q": "OMAR"})).await.items[0].id, ids[1]);
    }

    async fn a_change_is_versioned_and_told_by_the_history(t: Plant) {
        let user = t.add("ines", &["inspector"]).await;
        let admin = Actor::command_line();
        let patch = json!({"display_name": "Inés", "locale": "es", "roles": ["operator", "viewer", "operator"], "password": "a new secret"});
        let changed = change(&t, &admin, user.id, patch.clone()).await.unwrap();
        assert_eq!((changed.version, changed.display_name.as_str()), (2, "Inés"));
        assert_eq!(json!([changed.locale, changed.roles]), json!(["es", ["operator", "viewer"]]));
        let again = json!({"display_name": "Inés", "roles": ["viewer", "operator"]});
        assert_eq!(change(&t, &admin, user.id, again).await.unwrap().version, 2, "nothing changed");
        let stale = user::change(&t.system, &admin, user.id, &IfMatch::Versions(vec![1]), &draft(json!({"x": 1}))).await;
        assert!(matches!(stale, Err(Error::VersionStale { current: 2 })));
        let history = t.history("app_user", user.id).await;
        let fields: Vec<_> = history.iter().map(|(field, ..)| field.as_deref().unwrap_or("")).collect();
        assert_eq!(fields, ["", "display_name", "locale", "password", "roles"]);
        assert_eq!(history[3], (Some("password".to_owned()), None, Some("\"changed\"".to_owned())));
        assert_eq!(history[4].1.as_deref(), Some("[\"inspector\"]"));
        assert!(!format!("{history:?}").contains("secret") && !format!("{history:?}").contains("argon2"));
    }

    async fn losing_a_role_an_account_or_a_password_shows_at_once(t: Plant) {
        let user = t.add("ines", &["inspector"]).await;
        let admin = Actor::command_line();
        let session = t.sign_in("ines").await;
        let roles = async || token::authenticate(&t.system, &session.access_token).await.map(|actor| actor.roles.iter().count());
        assert_eq!(roles().await.unwrap(), 1);
        change(&t, &admin, user.id, json!({"roles": ["viewer", "operator"]})).await.unwrap();
        assert_eq!(roles().await.unwrap(), 2);
        change(&t, &admin, user.id, json!({"is_active": false})).await.unwrap();
        assert!(matches!(roles().await, Err(Error::Unauthenticated)));
        change(&t, &admin, user.id, json!({"is_active": true})).await.unwrap();
        assert!(matches!(roles().await, Err(Error::Unauthenticated)), "an old token came back to life");
        let session = t.sign_in("ines").await;
        change(&t, &admin, user.id, json!({"password": "a new secret"})).await.unwrap();
        assert!(token::authenticate(&t.system, &session.access_token).await.is_err());
        assert!(service::sign_in::sign_in(&t.system, "ines", "a new secret").await.is_ok());
    }

    async fn an_administrator_ends_a_pause(t: Plant) {
        let user = t.add("ines", &["inspector"]).await;
        let admin = Actor::command_line();
        for _ in 0..5 {
            service::sign_in::sign_in(&t.system, "ines", "wrong").await.unwrap_err();
        }
        let error = change(&t, &admin, user.id, json!({"locked": true})).await.unwrap_err();
        assert_eq!(refused_fields(error), ["locked"]);
        let free = change(&t, &admin, user.id, json!({"locked": false})).await.unwrap();
        assert_eq!((free.failed_attempts, free.locked_until), (0, None));
        t.sign_in("ines").await;
        service::sign_in::sign_in(&t.system, "ines", "wrong").await.unwrap_err();
        let free = change(&t, &admin, user.id, json!({"locked": false})).await.unwrap();
        assert_eq!((free.failed_attempts, free.version), (0, 2), "a counter is no edit");
        assert_eq!(t.show(user.id).await.failed_attempts, 0);
    }

    async fn the_last_administrator_stays(t: Plant) {
        let ada = t.add("ada", &["admin", "viewer"]).await;
        let spare = t.add("spare", &["admin"]).await;
        let admin = Actor::command_line();
        change(&t, &admin, spare.id, json!({"is_active": false})).await.unwrap();
        for patch in [json!({"is_active": false}), json!({"roles": ["viewer"]})] {
            assert!(matches!(change(&t, &admin, ada.id, patch).await, Err(Error::WrongState(_))));
        }
        assert!(matches!(user::delete(&t.system, &admin, ada.id, &ANY).await, Err(Error::WrongState(_))));
        assert_eq!(t.show(ada.id).await.version, 1);
        change(&t, &admin, spare.id, json!({"is_active": true})).await.unwrap();
        change(&t, &admin, ada.id, json!({"roles": ["viewer"]})).await.unwrap();
    }

    async fn administrators_who_disable_each_other_at_once_leave_one(t: Plant) {
        let mut ids = Vec::new();
        for n in 0..6 {
            ids.push(t.add(&format!("admin{n}"), &["admin"]).await.id);
        }
        let admin = Actor::command_line();
        let outcomes = join_all(ids.iter().map(|id| change(&t, &admin, *id, json!({"is_active": false})))).await;
        let refused = outcomes.iter().filter(|outcome| matches!(outcome, Err(Error::WrongState(_)))).count();
        assert_eq!((outcomes.iter().flatten().count(), refused), (5, 1), "{outcomes:?}");
    }

    async fn who_was_never_used_is_deleted_and_anybody_else_is_not(t: Plant) {
        let admin = Actor::command_line();
        let (fresh, used) = (t.add("fresh", &["viewer", "operator"]).await, t.add("used", &["viewer"]).await);
        t.actor("used").await;
        assert!(matches!(user::delete(&t.system, &admin, used.id, &ANY).await, Err(Error::InUse(_))));
        let stale = user::delete(&t.system, &admin, fresh.id, &IfMatch::Versions(vec![7])).await;
        assert!(matches!(stale, Err(Error::VersionStale { .. })));
        user::delete(&t.system, &admin, fresh.id, &ANY).await.unwrap();
        assert!(matches!(user::show(&t.system, &admin, fresh.id).await, Err(Error::NotFound("user"))));
        assert_eq!(t.history("app_user", fresh.id).await.len(), 2);
        t.add("Fresh", &["viewer"]).await;
    }

    async fn people_change_their_own_password(t: Plant) {
        let user = t.add("ines", &["inspector"]).await;
        let (here, elsewhere) = (t.sign_in("ines").await, t.sign_in("ines").await);
        let actor = token::authenticate(&t.system, &here.access_token).await.unwrap();
        let api = token::create_own(&t.system, &actor, &draft(json!({"name": "api"})), None).await.unwrap();
        let to = |current: &str, new: &str| draft(json!({"current_password": current, "new_password": new}));
        let error = user::change_own_password(&t.system, &actor, &to("wrong", "a new secret")).await.unwrap_err();
        assert!(matches!(error, Error::Forbidden { .. }));
        assert_eq!(refused_fields(error), ["current_password"]);
        let error = user::change_own_password(&t.system, &actor, &to("wrong", "short")).await.unwrap_err();
        assert_eq!(refused_fields(error), ["new_password"]);
        assert_eq!(t.show(user.id).await.failed_attempts, 1);
        user::change_own_password(&t.system, &actor, &to("ines-secret", "a new secret")).await.unwrap();
        assert!(token::authenticate(&t.system, &here.access_token).await.is_ok());
        assert!(token::authenticate(&t.system, &api.token.unwrap()).await.is_ok());
        assert!(token::authenticate(&t.system, &elsewhere.access_token).await.is_err());
        assert!(service::sign_in::sign_in(&t.system, "ines", "a new secret").await.is_ok());
        assert_eq!(t.show(user.id).await.version, 2);
    }

    async fn the_command_line_lets_the_last_administrator_back_in(t: Plant) {
        let ada = t.add("ada", &["viewer"]).await;
        for _ in 0..5 {
            service::sign_in::sign_in(&t.system, "ada", "wrong").await.unwrap_err();
        }
        user::disable(&t.system, "ADA").await.unwrap();
        let reset = |activate, make_admin| Reset {
            username: "Ada".to_owned(),
            password: Password("back in again".to_owned()),
            activate,
            make_admin,
        };
        assert!(!user::reset(&t.system, &reset(false, false)).await.unwrap().is_active);
        let back = user::reset(&t.system, &reset(true, true)).await.unwrap();
        assert_eq!((back.id, back.is_active, back.locked_until, back.failed_attempts), (ada.id, true, None, 0));
        assert_eq!(json!(back.roles), json!(["admin", "viewer"]));
        assert!(service::sign_in::sign_in(&t.system, "ada", "back in again").await.is_ok());
        assert!(matches!(user::disable(&t.system, "nobody").await, Err(Error::NotFound("user"))));
    }
}
