//! The tokens of all records: completed where they are missing, made anew, and checked.

use service::{demo, search};
use testkit::{Engine, TestSystem, each_db};

use crate::{assert_in_step, by_force, found, tokens};

const RECORDS: u64 = 60;

async fn seeded(t: &TestSystem) {
    assert!(demo::seed(t, RECORDS, 7, |_| {}).await.unwrap());
    assert_eq!(tokens(t).await, RECORDS);
}

/// As after an upgrade: the records are there, the table is empty.
async fn as_after_an_upgrade(t: &TestSystem) {
    by_force(&t.db, "DELETE FROM defect_search").await;
    by_force(&t.db, "DELETE FROM setting WHERE name = 'search'").await;
}

each_db! {
    async fn records_of_a_demo_are_found(t: TestSystem) {
        seeded(&t).await;
        assert_in_step(&t).await;
        assert_eq!(search::complete(&t.db, |_| ()).await.unwrap(), 0);
    }

    async fn records_without_tokens_get_theirs_once(t: TestSystem) {
        seeded(&t).await;
        let before = found(&t, "weld").await;
        as_after_an_upgrade(&t).await;
        assert!(!before.is_empty() && found(&t, "weld").await.is_empty());
        // Two servers at once share the work.
        let both = tokio::join!(search::complete(&t.db, |_| ()), search::complete(&t.db, |_| ()));
        assert_eq!(both.0.unwrap() + both.1.unwrap(), RECORDS);
        assert_eq!(found(&t, "weld").await, before);
        assert_in_step(&t).await;
        assert_eq!(search::complete(&t.db, |_| ()).await.unwrap(), 0);
    }

    async fn what_is_not_as_it_should_be_is_named_and_made_anew(t: TestSystem) {
        seeded(&t).await;
        let id = found(&t, "weld").await[0];
        let tag = t.settings.tag_number(id);
        by_force(&t.db, &format!("UPDATE defect_search SET body = '|| x__ |' WHERE defect_id = {id}")).await;
        let verified = search::verify(&t.db, |_| ()).await.unwrap();
        assert!(verified.difference.unwrap().starts_with(&format!("{tag} is found by other words")));
        by_force(&t.db, &format!("DELETE FROM defect_search WHERE defect_id = {id}")).await;
        let verified = search::verify(&t.db, |_| ()).await.unwrap();
        assert!(verified.difference.unwrap().starts_with(&format!("{tag} is found by nothing")));
        let rebuilt = search::rebuild(&t.db, |_| ()).await.unwrap();
        assert_eq!((rebuilt.records, rebuilt.changed), (RECORDS, 1));
        assert_in_step(&t).await;
        assert_eq!(search::rebuild(&t.db, |_| ()).await.unwrap().changed, 0);
    }
}

#[test]
fn an_index_that_lost_words_is_seen_and_made_anew() {
    testkit::run(Engine::Sqlite, |t: TestSystem| async move {
        seeded(&t).await;
        let before = found(&t, "weld").await;
        by_force(
            &t.db,
            "INSERT INTO defect_words(defect_words) VALUES ('delete-all')",
        )
        .await;
        let verified = search::verify(&t.db, |_| ()).await.unwrap();
        assert!(verified.difference.unwrap().contains("rebuild it"));
        search::rebuild(&t.db, |_| ()).await.unwrap();
        assert_eq!(found(&t, "weld").await, before);
        assert_in_step(&t).await;
    });
}
