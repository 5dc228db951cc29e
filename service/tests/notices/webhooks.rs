//! Webhooks: who may have them, which addresses, and that a secret is shown once.

use entity::audit_event;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;
use service::outbox::{OutboxStatus, list_of_webhook};
use service::role::Role;
use service::version::IfMatch;
use service::webhook::{change, create, delete, list, renew_secret, show, test};
use service::{Error, audit};
use testkit::{TestSystem, defect, each_db};

use crate::catcher::{Catcher, draft, notices, outbox, webhook};

/// What is kept of a record's changes.
pub(crate) async fn history(t: &TestSystem, entity: &str, id: i64) -> String {
    let rows = audit_event::Entity::find()
        .filter(audit_event::Column::Entity.eq(entity))
        .filter(audit_event::Column::EntityId.eq(id))
        .order_by_asc(audit_event::Column::Seq)
        .all(t.db.reader());
    format!("{:?}", rows.await.unwrap())
}

each_db! {
    async fn a_secret_is_shown_once_and_stands_in_no_history(t: TestSystem) {
        let admin = t.member(Role::Admin).await;
        let issued = webhook(&t, &["reported"]).await;
        let id = issued.view.id;
        let first = issued.secret.clone().unwrap();
        assert!(first.starts_with("whsec_") && !format!("{issued:?}").contains(&first));
        assert_eq!(show(&t, &admin, id).await.unwrap(), issued.view);
        let second = renew_secret(&t, &admin, id, None).await.unwrap();
        assert_eq!(second.view.version, 2);
        let second = second.secret.unwrap();
        assert_ne!(first, second);
        let told = history(&t, "webhook", id).await;
        assert!(told.contains("receiver.test") && !told.contains(&first) && !told.contains(&second), "{told}");
        assert_eq!(audit::verify(&t, |_| {}).await.unwrap().findings, []);
    }

    async fn the_answer_to_a_repeated_request_has_no_secret(t: TestSystem) {
        let admin = t.member(Role::Admin).await;
        let new = json!({"url": "https://mes.example.com/", "events": ["closed"]});
        let key = service::idempotency::Idempotency::new("once", &[b"webhook"]).unwrap();
        let first = create(&t, &admin, &draft(&new), Some(&key)).await.unwrap();
        let again = create(&t, &admin, &draft(&new), Some(&key)).await.unwrap();
        assert_eq!(first.view, again.view);
        assert!(first.secret.is_some() && again.secret.is_none());
    }

    async fn an_address_inside_the_plant_is_refused_unless_the_configuration_names_it(t: TestSystem) {
        let admin = t.member(Role::Admin).await;
        let add = async |url: &str| {
            let new = json!({"url": url, "events": ["closed"]});
            create(&t, &admin, &draft(&new), None).await
        };
        for bad in ["http://mes.example.com/", "https://10.0.0.1/", "https://[::ffff:10.0.0.1]/", "https://0xa.1/", "https://me@x.example/"] {
            assert!(matches!(add(bad).await, Err(Error::Invalid(errors)) if errors[0].field == "url"), "{bad}");
        }
        let id = add("http://receiver.test/").await.unwrap().view.id;
        let patch = draft(&json!({"url": "http://169.254.169.254/"}));
        assert!(matches!(change(&t, &admin, id, &IfMatch::Any, &patch).await, Err(Error::Invalid(_))));
    }

    async fn only_administrators_see_webhooks(t: TestSystem) {
        let id = webhook(&t, &["closed"]).await.view.id;
        let manager = t.member(Role::QualityManager).await;
        assert!(matches!(list(&t, &manager, &draft(&json!({}))).await, Err(Error::Forbidden { .. })));
        assert!(matches!(show(&t, &manager, id).await, Err(Error::Forbidden { .. })));
        assert!(matches!(list_of_webhook(&t, &manager, id, &draft(&json!({}))).await, Err(Error::Forbidden { .. })));
        assert!(matches!(test(&t, &manager, id, None).await, Err(Error::Forbidden { .. })));
    }

    async fn one_that_is_switched_off_is_told_nothing_more(t: TestSystem) {
        let admin = t.member(Role::Admin).await;
        let id = webhook(&t, &["reported"]).await.view.id;
        let inspector = t.member(Role::Inspector).await;
        let catcher = Catcher::default();
        catcher.fail(false);
        t.report(&inspector, defect()).await;
        catcher.work(&t).await;
        assert_eq!(catcher.calls().len(), 1);
        let off = draft(&json!({"is_active": false}));
        change(&t, &admin, id, &IfMatch::Any, &off).await.unwrap();
        t.report(&inspector, defect()).await;
        assert_eq!(notices(&t).await, 0);
        crate::catcher::wait(&t, chrono::TimeDelta::minutes(1));
        catcher.work(&t).await;
        assert!(catcher.calls().is_empty());
        let log = list_of_webhook(&t, &admin, id, &draft(&json!({}))).await.unwrap().items;
        assert_eq!((log.len(), log[0].status), (1, OutboxStatus::Dropped));
    }

    async fn one_that_is_deleted_takes_its_log_along(t: TestSystem) {
        let admin = t.member(Role::Admin).await;
        let id = webhook(&t, &["reported"]).await.view.id;
        test(&t, &admin, id, None).await.unwrap();
        delete(&t, &admin, id, &IfMatch::Any).await.unwrap();
        assert!(matches!(show(&t, &admin, id).await, Err(Error::NotFound(_))));
        assert!(outbox(&t).await.is_empty());
        assert_eq!(audit::verify(&t, |_| {}).await.unwrap().findings, []);
    }
}
