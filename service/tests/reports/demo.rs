//! One demo, the same reports on every database: all of them share one snapshot.

use serde_json::{Value as Json, json};
use service::actor::Actor;
use service::role::Role;
use service::words::Language;
use service::{demo, housekeeping, summary};
use testkit::{TestSystem, each_db};

use crate::{shown, ways};

fn manager() -> Actor {
    Actor {
        id: Some(1),
        name: "manager".to_owned(),
        roles: [Role::QualityManager].into_iter().collect(),
        language: Language::Spanish,
        token_id: None,
        scopes: None,
    }
}

/// Without ids, which differ where others had the tables before.
fn without_ids(value: &mut Json) {
    match value {
        Json::Array(items) => items.iter_mut().for_each(without_ids),
        Json::Object(fields) => {
            if fields
                .get("key")
                .is_some_and(|key| key.as_str().is_some_and(|key| key.parse::<i64>().is_ok()))
            {
                fields.remove("key");
            }
            fields.remove("id");
            fields.values_mut().for_each(without_ids);
        }
        _ => {}
    }
}

each_db! {
    async fn every_report_says_the_same_on_every_database(t: TestSystem) {
        demo::seed(&t, 400, 7, |_| ()).await.unwrap();
        assert_eq!(summary::verify(&t, |_| ()).await.unwrap(), None, "the demo has told its sums itself");
        let mut told = String::new();
        for filter in [json!({}), json!({"severity": "major,critical"})] {
            for (name, query) in ways(("2025-03-10", "2026-11-20"), &filter) {
                if query["interval"] == "day" {
                    continue;
                }
                let mut report = shown(&t, &manager(), name, &query).await.unwrap();
                without_ids(&mut report);
                told.push_str(&format!("{name} {query}\n{report}\n"));
            }
        }
        insta::assert_snapshot!("reports_of_the_demo", told);
    }

    async fn a_demo_in_brief_tells_its_sums_too(t: TestSystem) {
        // More than this many have their histories in brief, on the fastest database alone.
        if t.engine != testkit::Engine::Sqlite {
            return;
        }
        demo::seed(&t, 10_050, 7, |_| ()).await.unwrap();
        assert_eq!(summary::verify(&t, |_| ()).await.unwrap(), None);
    }

    async fn a_demo_that_was_cut_off_and_finished_is_summed_up(t: TestSystem) {
        let system = service::System::clone(&t);
        let died = tokio::spawn(async move {
            let die = |told| assert_eq!(told, 0, "this panic is part of the test");
            demo::seed(&system, 2_100, 7, die).await
        });
        assert!(died.await.unwrap_err().is_panic());
        // A server makes the sums of what there is.
        summary::ensure(&t).await.unwrap();
        assert_eq!(summary::verify(&t, |_| ()).await.unwrap(), None);
        assert!(demo::seed(&t, 2_100, 7, |_| ()).await.unwrap());
        assert_eq!(summary::verify(&t, |_| ()).await.unwrap(), None);
    }

    async fn a_server_that_sums_up_while_the_demo_is_made_leaves_no_wrong_sums(t: TestSystem) {
        let (system, server) = (service::System::clone(&t), service::System::clone(&t));
        let made = tokio::spawn(async move {
            let sum_up = |_| {
                let summed = housekeeping::sum_up(&server);
                let summed = || tokio::runtime::Handle::current().block_on(summed);
                assert!(tokio::task::block_in_place(summed).is_ok());
            };
            demo::seed(&system, 2_100, 7, sum_up).await
        });
        assert!(made.await.unwrap().unwrap());
        assert_eq!(summary::verify(&t, |_| ()).await.unwrap(), None);
    }
}
