//! What a report on the floor begins with.

use chrono::TimeDelta;
use serde_json::json;
use service::actor::Actor;
use service::defects::{self, floor};
use service::role::Role;
use service::version::IfMatch;
use service::words::{CodeList, Language, Status};
use service::{code, work_center};
use testkit::{TestSystem, defect, each_db};

use crate::plant::body;

async fn report(t: &TestSystem, part: i64, failure: &str) -> i64 {
    let manager = t.member(Role::QualityManager).await;
    let tag = defect().with("part_id", part).with("failure_code", failure);
    t.report(&manager, tag).await.item.id
}

async fn offered(t: &TestSystem, part: Option<i64>) -> Vec<(String, i64)> {
    let operator = t.member(Role::Operator).await;
    let codes = floor::codes(t, &operator, part).await.unwrap();
    codes
        .into_iter()
        .map(|offered| (offered.code, offered.reports))
        .collect()
}

fn named(codes: &[(&str, i64)]) -> Vec<(String, i64)> {
    codes
        .iter()
        .map(|(code, reports)| ((*code).to_owned(), *reports))
        .collect()
}

each_db! {
    async fn the_codes_that_a_part_has_most_often_come_first(t: TestSystem) {
        for failure in ["BURR", "CRACK", "DENT"] {
            t.failure_code(failure).await;
        }
        let (flange, shaft) = (t.part().await.id, t.part().await.id);
        for failure in ["CRACK", "DENT", "DENT"] {
            report(&t, flange, failure).await;
        }
        report(&t, shaft, "CRACK").await;
        let void = report(&t, shaft, "BURR").await;
        t.bring(void, Status::Void).await;
        t.report(&t.member(Role::Inspector).await, defect().with("part_id", shaft)).await;
        assert_eq!(offered(&t, Some(flange)).await, named(&[("DENT", 2), ("CRACK", 1), ("BURR", 0)]));
        assert_eq!(offered(&t, Some(shaft)).await, named(&[("CRACK", 1), ("BURR", 0), ("DENT", 0)]));
        assert_eq!(offered(&t, None).await, named(&[("CRACK", 2), ("DENT", 2), ("BURR", 0)]));
    }

    async fn codes_are_offered_in_ones_own_language_while_they_are_in_use(t: TestSystem) {
        let admin = t.member(Role::Admin).await;
        let list = CodeList::FailureCode.word();
        for (failure, labels, is_active) in [
            ("BURR", json!({"en": "Burr", "es": "Rebaba"}), true),
            ("CRACK", json!({"en": "Crack"}), true),
            ("DENT", json!({"zh": "凹痕"}), true),
            ("RUST", json!({"es": "Óxido"}), false),
        ] {
            let new = json!({"code": failure, "labels": labels, "is_active": is_active});
            code::create(&t, &admin, list, &body(new), None).await.unwrap();
        }
        let mut operator = t.member(Role::Operator).await;
        operator.language = Language::Spanish;
        let codes = floor::codes(&t, &operator, None).await.unwrap();
        let labels: Vec<_> = codes.into_iter().map(|offered| offered.label).collect();
        assert_eq!(labels, ["Rebaba", "Crack", "DENT"]);
    }

    async fn the_work_center_of_ones_last_report_is_remembered_while_it_is_in_use(t: TestSystem) {
        let (anna, ben) = (t.user(Role::Inspector).await, t.user(Role::Operator).await);
        assert_eq!(floor::last_work_center(&t, &anna).await.unwrap(), None);
        let (saw, drill) = (t.work_center().await, t.work_center().await);
        for center in [&saw, &drill] {
            t.report(&anna, defect().with("work_center_id", center.id)).await;
            t.clock.advance(TimeDelta::minutes(1));
        }
        t.report(&ben, defect().with("work_center_id", saw.id)).await;
        let last = async |actor: &Actor| floor::last_work_center(&t, actor).await.unwrap().map(|center| center.code);
        assert_eq!((last(&anna).await, last(&ben).await), (Some(drill.code), Some(saw.code)));
        let admin = t.member(Role::Admin).await;
        let retired = body(json!({"is_active": false}));
        work_center::change(&t, &admin, drill.id, &IfMatch::Any, &retired).await.unwrap();
        assert_eq!(last(&anna).await, None);
    }

    async fn what_one_may_say_of_a_new_record_is_what_the_report_takes(t: TestSystem) {
        t.failure_code("BURR").await;
        for role in Role::ALL {
            let actor = t.member(*role).await;
            let form = t.form(&defect().with("failure_code", "BURR")).await;
            let taken = defects::report(&t, &actor, &body(form), None).await.is_ok();
            let said = defects::may_report(&actor).is_ok() && defects::may_say(&actor, "failure_code");
            assert_eq!(said, taken, "{role}");
        }
    }
}
