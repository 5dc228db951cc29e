//! What a copy does not begin with.

use service::audit::AuditKey;
use service::moving;
use service::setting::{self, Wanted};
use testkit::{TestDatabase, TestSystem, each_db};

use super::{beside, content, refused, seeded};

each_db! {
    async fn a_database_is_not_copied_into_itself(t: TestSystem) {
        let other_way = super::connect(&t.url).await;
        for resume in [false, true] {
            let sentence = refused(&t.db, &other_way, resume).await;
            assert!(sentence.contains("one and the same database"), "{sentence}");
        }
        other_way.close().await;
    }

    async fn a_source_that_was_never_started_holds_nothing(source: TestDatabase) {
        beside(source.engine, &source.url, |source, target| async move {
            let sentence = refused(&source, &target.db, false).await;
            assert!(sentence.contains("no system was ever started on the source"), "{sentence}");
        })
        .await;
    }

    async fn a_target_that_holds_data_is_left_as_it_is(t: TestSystem) {
        beside(t.engine, &t.url, |source, target| async move {
            let other = <TestSystem as testkit::Fixture>::on(target.clone()).await;
            seeded(&other, 5).await;
            let before = content(&target.db).await;
            let sentence = refused(&source, &target.db, false).await;
            assert!(sentence.contains("the target holds data already (in app_user)"), "{sentence}");
            // Nothing there is an unfinished copy, so this looks and does not touch.
            let compared = super::resume(&source, &target.db).await;
            assert!(compared.difference.is_some());
            assert_eq!(content(&target.db).await, before);
        })
        .await;
    }

    async fn without_the_key_of_its_history_a_system_is_not_moved(t: TestDatabase) {
        let key = AuditKey::new(Some("the key of the plant"));
        let clock = service::clock::Clock::Real;
        setting::settle(&t.db, &clock, &Wanted::default(), &key).await.unwrap();
        beside(t.engine, &t.url, move |source, target| async move {
            let sentence = refused(&source, &target.db, false).await;
            assert!(sentence.contains("set DMT_AUDIT_KEY"), "{sentence}");
            let copied = moving::copy(&source, &target.db, &key, false, &|_| {}).await.unwrap();
            assert_eq!(copied.difference, None);
        })
        .await;
    }
}
