//! Corrective action requests on their way: copied whole, gone on with, refused where two have one number.

use std::sync::{Arc, Mutex};

use entity::{car_defect, car_link, car_step, corrective_action};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;
use service::Draft;
use service::corrective::supplier::{self, link};
use service::role::Role;
use service::version::IfMatch;
use service::words::{CorrectiveStatus, Status};
use testkit::{TestSystem, each_db};

use super::merge::{REAL, copy_that_went_on, elsewhere, figures, merge, refused, sound};
use super::{beside, content, export, import, started};

/// A request about a closed defect, with something of every kind on it.
async fn full(t: &TestSystem, status: CorrectiveStatus) -> i64 {
    let defect = t.bring_to(Status::Closed).await.item.id;
    let supplier = t.supplier().await.id;
    let fields = json!({"defect_ids": [defect], "supplier_id": supplier, "severity": "major"});
    let id = t.raise(fields).await.item.id;
    t.bring_request(id, status).await.item.id
}

/// Has the ids of an SQLite file's tables go on behind these.
async fn count_on(t: &TestSystem, last: &[(&str, i64)]) {
    let statements: String = last
        .iter()
        .map(|(table, id)| {
            format!(
                "DELETE FROM sqlite_sequence WHERE name = '{table}'; \
                 INSERT INTO sqlite_sequence (name, seq) VALUES ('{table}', {id});"
            )
        })
        .collect();
    let write = t.db.write(move |tx| {
        let statements = statements.clone();
        Box::pin(async move {
            tx.execute_unprepared(&statements).await?;
            Ok::<(), service::db::Error>(())
        })
    });
    write.await.unwrap();
}

async fn given(t: &TestSystem, id: i64) -> String {
    let quality = t.member(Role::QualityEngineer).await;
    let new = Draft::json(&json!({}));
    let given = link::give(t, &quality, id, &IfMatch::Any, &new, None).await;
    given.unwrap().0.token.unwrap()
}

each_db! {
    async fn requests_are_copied_whole_and_a_link_goes_on_to_open_its_own(t: TestSystem) {
        full(&t, CorrectiveStatus::Closed).await;
        let id = full(&t, CorrectiveStatus::D5).await;
        let token = given(&t, id).await;
        let before = content(&t.db).await;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("all.dmt.zip");
        export(&t.db, &path).await;
        let (engine, url, t) = (t.engine, t.url.clone(), Arc::new(t));
        let here = Arc::clone(&t);
        beside(engine, &url, move |_, target| async move {
            import(&target.db, &path).await.unwrap();
            assert_eq!(content(&target.db).await, before);
            let system = started(&here, &target.db).await;
            sound(&system).await;
            assert!(supplier::show(&system, &token).await.unwrap().is_open);
        })
        .await;
    }

    async fn a_request_that_went_on_elsewhere_is_gone_on_with(t: TestSystem) {
        let id = full(&t, CorrectiveStatus::D4).await;
        let same = full(&t, CorrectiveStatus::Closed).await;
        given(&t, id).await;
        let folder = tempfile::tempdir().unwrap();
        let number = Arc::new(Mutex::new(String::new()));
        let slot = Arc::clone(&number);
        let path = copy_that_went_on(&t, folder.path(), move |copy| async move {
            copy.bring_request(id, CorrectiveStatus::D8).await;
            copy.check_request(id, "not_effective").await;
            copy.bring_request(id, CorrectiveStatus::Closed).await;
            let new = full(&copy, CorrectiveStatus::D6).await;
            *slot.lock().unwrap() = copy.request(new).await.item.car_number;
        })
        .await;
        let merged = merge(&t.db, &path, REAL).await.unwrap();
        assert_eq!(merged.refused, 0, "{:?}", merged.refusals);
        assert_eq!(figures(&merged, "corrective_action"), (1, 1, 1, 0));
        assert_eq!(figures(&merged, "car_step").0, 9);
        sound(&t).await;
        let now = t.request(id).await;
        assert_eq!((now.item.status, now.item.attempt), (CorrectiveStatus::Closed, 2));
        assert_eq!(t.request(same).await.item.status, CorrectiveStatus::Closed);
        let steps = car_step::Entity::find().filter(car_step::Column::CarId.eq(id));
        assert_eq!(steps.count(t.db.reader()).await.unwrap(), 9);
        assert_eq!(car_link::Entity::find().count(t.db.reader()).await.unwrap(), 1, "links are not merged");
        let again = merge(&t.db, &path, REAL).await.unwrap();
        assert_eq!(figures(&again, "corrective_action"), (0, 0, 3, 0));
        // Its number is taken here as well, so the next request has another one.
        let taken = number.lock().unwrap().clone();
        assert_ne!(t.raise(json!({})).await.item.car_number, taken);
    }

    async fn an_independent_request_is_added_with_its_defect_and_one_of_the_same_number_is_refused(t: TestSystem) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("other.dmt.zip");
        let archive = path.clone();
        let ours = full(&t, CorrectiveStatus::D2).await;
        let about = car_defect::Entity::find().filter(car_defect::Column::CarId.eq(ours));
        let about = about.one(t.db.reader()).await.unwrap().unwrap().defect_id;
        elsewhere(move |t, system| async move {
            // This system's numbers, and the next ones.
            count_on(&t, &[("defect", about - 1), ("corrective_action", ours - 1)]).await;
            full(&t, CorrectiveStatus::Closed).await;
            full(&t, CorrectiveStatus::D7).await;
            export(&system.db, &archive).await;
        })
        .await;
        let merged = merge(&t.db, &path, REAL).await.unwrap();
        let number = t.request(ours).await.item.car_number;
        assert_eq!(refused(&merged), [format!("defect DMT-{about:06}"), format!("corrective_action {number}")]);
        assert!(!merged.applied, "nothing is lost in silence");
        let options = service::moving::MergeOptions { dry_run: false, skip_refused: true };
        let rest = merge(&t.db, &path, options).await.unwrap();
        assert_eq!(figures(&rest, "corrective_action"), (1, 0, 0, 1));
        assert_eq!(figures(&rest, "car_step"), (9, 0, 0, 9));
        sound(&t).await;
        let all = corrective_action::Entity::find().count(t.db.reader()).await.unwrap();
        assert_eq!(all, 2);
        let next = t.raise(json!({})).await;
        assert_eq!(next.item.car_number, format!("CAR-{:06}", next.item.id), "no number comes twice");
        sound(&t).await;
    }
}
