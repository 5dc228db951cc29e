//! The sums are what the records come to, whatever happened; and reports say the same from both.

use chrono_tz::Tz;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value as Json, json};
use service::actor::Actor;
use service::{System, summary};
use testkit::{Engine, TestSystem, each_db};

use crate::happened::{Plant, live};
use crate::{by_force, fold_all, shown, ways};

/// Spans whose ends lie in the middle of months, at their ends, and around all of it.
const SPANS: [(&str, &str); 5] = [
    ("2026-11-01", "2026-12-31"),
    ("2026-11-23", "2027-01-09"),
    ("2026-12-01", "2026-12-31"),
    ("2026-01-01", "2027-12-31"),
    ("2026-11-25", "2026-11-28"),
];

/// Says every report, from the sums and from the records, and holds both against each other.
async fn compare(system: &System, actor: &Actor, spans: &[(&str, &str)], filter: &Json) {
    let mut told = Vec::new();
    for span in spans {
        for (name, query) in ways(*span, filter) {
            let report = shown(system, actor, name, &query).await.unwrap();
            told.push((name, query, report));
        }
    }
    let live = entity::summary_build::Entity::find_by_id(1).one(system.db.reader());
    let live = live.await.unwrap().unwrap().live_build;
    assert!(live > 0);
    by_force(system, "UPDATE summary_build SET live_build = 0").await;
    for (name, query, from_sums) in told {
        let from_records = shown(system, actor, name, &query).await.unwrap();
        assert_eq!(from_sums, from_records, "{name} {query}");
    }
    by_force(
        system,
        &format!("UPDATE summary_build SET live_build = {live}"),
    )
    .await;
}

fn in_zone(t: &TestSystem, zone: Tz) -> System {
    t.another_server(|options| options.settings.time_zone = zone)
}

async fn waiting(system: &System) -> u64 {
    entity::summary_delta::Entity::find()
        .count(system.db.reader())
        .await
        .unwrap()
}

each_db! {
    async fn whatever_happens_the_sums_are_what_the_records_come_to(t: TestSystem) {
        let steps = if t.engine == Engine::Sqlite { 600 } else { 250 };
        let system = in_zone(&t, chrono_tz::Europe::Berlin);
        let plant = Plant::build(&t).await;
        assert!(summary::ensure(&system).await.unwrap());
        let mut done = 0;
        for seed in [1, 2] {
            done += live(&system, &plant, seed, steps / 2).await;
            assert_eq!(summary::verify(&system, |_| ()).await.unwrap(), None);
        }
        assert!(done * 3 > steps, "{done} of {steps} steps did something");
        // A few more reports, which nobody folds.
        live(&system, &plant, 4, 0).await;
        assert!(waiting(&system).await > 0, "something waits to be folded");
        compare(&system, &plant.manager, &SPANS, &json!({})).await;
        fold_all(&system).await;
        assert_eq!(waiting(&system).await, 0);
        assert_eq!(summary::verify(&system, |_| ()).await.unwrap(), None);
        compare(&system, &plant.manager, &SPANS, &json!({})).await;
        // All together is what all parts come to.
        summary::rebuild(&system, |_| ()).await.unwrap();
        assert_eq!(summary::verify(&system, |_| ()).await.unwrap(), None);
        compare(&system, &plant.manager, &SPANS[1..2], &json!({})).await;
    }

    async fn a_filter_that_the_sums_know_and_one_that_they_do_not_say_the_same(t: TestSystem) {
        let system = in_zone(&t, chrono_tz::America::Havana);
        let plant = Plant::build(&t).await;
        summary::ensure(&system).await.unwrap();
        live(&system, &plant, 3, 120).await;
        let parts = format!("{},{}", plant.parts[0], plant.parts[2]);
        for filter in [
            json!({"part_id": parts}),
            json!({"supplier_id": plant.suppliers[1]}),
            json!({"severity": "minor"}),
            json!({"status": "closed,analysis", "part_id": parts}),
        ] {
            compare(&system, &plant.manager, &SPANS[1..3], &filter).await;
        }
        // Nothing else than minor ones was reported.
        for (name, query) in ways(SPANS[1], &json!({})) {
            let all = shown(&system, &plant.manager, name, &query).await.unwrap();
            let mut filtered = query.clone();
            filtered["severity"] = json!("minor");
            let minor = shown(&system, &plant.manager, name, &filtered).await.unwrap();
            assert_eq!(all, minor, "{name} {query}");
        }
    }
}
