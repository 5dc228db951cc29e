//! Making the sums anew, finding what is wrong with them, and folding while others read and write.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::json;
use service::role::Role;
use service::words::Status;
use service::{Draft, Error, System, defects, summary};
use testkit::{TestSystem, defect, each_db};

use crate::happened::{Plant, live};
use crate::{by_force, fold_all, shown};

async fn rows(system: &System) -> u64 {
    entity::summary::Entity::find()
        .count(system.db.reader())
        .await
        .unwrap()
}

each_db! {
    async fn a_forged_sum_is_found_and_made_anew(t: TestSystem) {
        summary::ensure(&t).await.unwrap();
        t.bring_to(Status::Closed).await;
        fold_all(&t).await;
        assert_eq!(summary::verify(&t, |_| ()).await.unwrap(), None);
        let forgeries = [
            "UPDATE summary SET records = records + 1 WHERE topic = 'r' AND dimension = 'part' AND grain = 'm'",
            "UPDATE summary SET quantity = 7 WHERE topic = 'x' AND grain = 'y' AND word = 'scrap'",
            "DELETE FROM summary WHERE topic = 'c' AND dimension = 'days' AND grain = 'd'",
            "UPDATE summary SET seconds = seconds + 1 WHERE topic = 's' AND grain = 'd' AND word = 'analysis'",
            "INSERT INTO summary (build, topic, dimension, grain, period, key_id, word, records, quantity, amount, seconds) \
             SELECT build, 'e', 'all', 'm', '2019-05-01', 0, 'prevention', 1, 0, 5, 0 FROM summary WHERE topic = 'r' AND dimension = 'all' AND grain = 'y'",
        ];
        for forgery in forgeries {
            by_force(&t, forgery).await;
            let found = summary::verify(&t, |_| ()).await.unwrap();
            assert!(found.is_some(), "{forgery}");
            let built = summary::rebuild(&t, |_| ()).await.unwrap();
            assert_eq!(summary::verify(&t, |_| ()).await.unwrap(), None, "{forgery}");
            assert_eq!(rows(&t).await, built.rows, "those of the build before are thrown away");
        }
    }

    async fn what_is_wrong_is_named(t: TestSystem) {
        summary::ensure(&t).await.unwrap();
        let reporter = t.member(Role::Inspector).await;
        let part = t.report(&reporter, defect()).await.item.part.id;
        fold_all(&t).await;
        by_force(&t, "UPDATE summary SET records = 5 WHERE topic = 'r' AND dimension = 'part' AND grain = 'm'").await;
        let found = summary::verify(&t, |_| ()).await.unwrap().unwrap();
        assert_eq!(
            found,
            format!(
                "topic r, m 2026-11-01, part {part}, word -: kept are records 5, quantity 10000, amount 0, seconds 0; \
                 the records give records 1, quantity 10000, amount 0, seconds 0"
            )
        );
    }

    async fn sums_that_were_never_made_are_not_read(t: TestSystem) {
        let manager = t.member(Role::QualityManager).await;
        t.bring_to(Status::Closed).await;
        let query = json!({"from": "2026-11-01", "to": "2026-11-30"});
        let trend = || shown(&t, &manager, "trend", &query);
        let direct = trend().await.unwrap();
        assert_eq!(direct["points"][0]["closed"], 1);
        assert!(matches!(summary::verify(&t, |_| ()).await, Err(Error::WrongState(_))));
        // What changes added meanwhile waits, and is not counted twice.
        assert_eq!(summary::fold(&t).await.unwrap(), 0);
        assert!(summary::ensure(&t).await.unwrap());
        assert!(!summary::ensure(&t).await.unwrap());
        assert_eq!(trend().await.unwrap(), direct);
        assert_eq!(summary::verify(&t, |_| ()).await.unwrap(), None);
    }

    async fn one_builds_at_a_time_and_one_that_was_cut_off_is_taken_over(t: TestSystem) {
        summary::ensure(&t).await.unwrap();
        let reporter = t.member(Role::Inspector).await;
        t.report(&reporter, defect()).await;
        let now = service::value::Instant::show(&service::clock::Clock::Real.now());
        let now = now.replace('T', " ").replace('Z', "");
        let now = if t.engine == testkit::Engine::Sqlite { format!("{}+00:00", now.replace(' ', "T")) } else { now };
        by_force(&t, &format!("UPDATE summary_build SET open_build = 99, last_build = 99, beat_at = '{now}'")).await;
        assert!(matches!(summary::rebuild(&t, |_| ()).await, Err(Error::WrongState(_))));
        assert_eq!(summary::fold(&t).await.unwrap(), 0, "nobody folds meanwhile");
        let long_ago = if t.engine == testkit::Engine::Sqlite { "2026-01-01T00:00:00+00:00" } else { "2026-01-01 00:00:00" };
        by_force(&t, &format!("UPDATE summary_build SET beat_at = '{long_ago}'")).await;
        summary::rebuild(&t, |_| ()).await.unwrap();
        assert_eq!(summary::verify(&t, |_| ()).await.unwrap(), None);
        let row = entity::summary_build::Entity::find_by_id(1).one(t.db.reader()).await.unwrap().unwrap();
        assert_eq!((row.live_build, row.open_build), (100, 0));
    }

    async fn the_sums_are_made_anew_while_people_work(t: TestSystem) {
        let plant = Plant::build(&t).await;
        summary::ensure(&t).await.unwrap();
        live(&t, &plant, 5, 40).await;
        let (system, is_over) = (System::clone(&t), Arc::new(AtomicBool::new(false)));
        let over = Arc::clone(&is_over);
        let builder = tokio::spawn(async move {
            let mut built = 0;
            while !over.load(Ordering::SeqCst) || built == 0 {
                summary::rebuild(&system, |_| ()).await.unwrap();
                built += 1;
            }
            built
        });
        live(&t, &plant, 6, 60).await;
        is_over.store(true, Ordering::SeqCst);
        assert!(builder.await.unwrap() > 0);
        assert_eq!(summary::verify(&t, |_| ()).await.unwrap(), None);
        fold_all(&t).await;
        assert_eq!(summary::verify(&t, |_| ()).await.unwrap(), None);
    }

    async fn nothing_is_counted_twice_or_missed_while_it_is_folded(t: TestSystem) {
        summary::ensure(&t).await.unwrap();
        let reporter = t.member(Role::QualityManager).await;
        let form = Draft::json(&t.form(&defect()).await);
        let (begun, done) = (Arc::new(AtomicI64::new(0)), Arc::new(AtomicI64::new(0)));
        let is_over = Arc::new(AtomicBool::new(false));
        let (system, over) = (System::clone(&t), Arc::clone(&is_over));
        let folder = tokio::spawn(async move {
            let mut folded = 0;
            while !over.load(Ordering::SeqCst) {
                folded += summary::fold(&system).await.unwrap();
                tokio::task::yield_now().await;
            }
            folded
        });
        let (system, actor) = (System::clone(&t), reporter.clone());
        let (starting, ending) = (Arc::clone(&begun), Arc::clone(&done));
        let writer = tokio::spawn(async move {
            for _ in 0..60 {
                starting.fetch_add(1, Ordering::SeqCst);
                defects::report(&system, &actor, &form, None).await.unwrap();
                ending.fetch_add(1, Ordering::SeqCst);
            }
        });
        let query = json!({"by": "part", "from": "2026-11-01", "to": "2026-11-30"});
        let mut reads = 0;
        while !writer.is_finished() || reads == 0 {
            let at_least = done.load(Ordering::SeqCst);
            let told = shown(&t, &reporter, "pareto", &query).await.unwrap();
            let at_most = begun.load(Ordering::SeqCst);
            let total = told["total"].as_i64().unwrap();
            assert!((at_least..=at_most).contains(&total), "{at_least} <= {total} <= {at_most}");
            reads += 1;
        }
        writer.await.unwrap();
        is_over.store(true, Ordering::SeqCst);
        folder.await.unwrap();
        fold_all(&t).await;
        let told = shown(&t, &reporter, "pareto", &query).await.unwrap();
        assert_eq!(told["total"], 60);
        assert_eq!(summary::verify(&t, |_| ()).await.unwrap(), None);
    }

    async fn a_change_that_touches_no_sum_adds_nothing(t: TestSystem) {
        summary::ensure(&t).await.unwrap();
        let manager = t.member(Role::QualityManager).await;
        let id = t.report(&manager, defect().major()).await.item.id;
        fold_all(&t).await;
        let patch = Draft::json(&json!({"title": "Another burr", "severity": "minor", "is_contained": true}));
        defects::change(&t, &manager, id, &service::version::IfMatch::Any, &patch).await.unwrap();
        assert_eq!(entity::summary_delta::Entity::find().count(t.db.reader()).await.unwrap(), 0);
    }
}
