//! The list of defects: what each filter finds, in which order, and what is refused.

use chrono::TimeDelta;
use serde_json::json;
use service::actor::Actor;
use service::defects;
use service::lifecycle::Action;
use service::role::Role;
use service::words::{CodeList, Status};
use service::{Error, code};
use testkit::{TestSystem, defect, each_db};

use crate::plant::{ANY, body, change, query, refused, sent, shown};

/// The ids that a query finds.
async fn found(t: &TestSystem, text: &str) -> Vec<i64> {
    let viewer = t.member(Role::Viewer).await;
    let page = defects::list(t, &viewer, &query(text)).await.unwrap();
    page.items.iter().map(|item| item.id).collect()
}

async fn refusal(t: &TestSystem, text: &str) -> Vec<String> {
    let viewer = t.member(Role::Viewer).await;
    refused(defects::list(t, &viewer, &query(text)).await)
}

each_db! {
    async fn a_tag_is_found_by_the_number_printed_on_it(t: TestSystem) {
        let inspector = t.member(Role::Inspector).await;
        let mut tags = Vec::new();
        for _ in 0..3 {
            tags.push(t.report(&inspector, defect()).await.item);
        }
        let text = format!("tag_number={},{}&sort=tag_number", tags[0].tag_number, tags[2].tag_number);
        assert_eq!(found(&t, &text).await, [tags[0].id, tags[2].id]);
    }

    async fn every_filter_finds_what_it_says_and_several_add_up(t: TestSystem) {
        let manager = t.member(Role::QualityManager).await;
        let (flange, disc) = (t.part().await.id, t.part().await.id);
        let (drill, paint) = (t.work_center().await.id, t.work_center().await.id);
        let (customer, supplier, ines) =
            (t.customer().await.id, t.supplier().await.id, t.user(Role::Operator).await.id);
        let (weld, burr) = (t.failure_code("WELD").await, t.failure_code("BURR").await);
        t.failure_code("NEVER-USED").await;
        let on = |part: i64, center: i64| defect().with("part_id", part).with("work_center_id", center);
        let first = on(flange, drill).with("origin", "final").critical().with("failure_code", "WELD");
        let a = t.report(&manager, first).await.item.id;
        t.clock.advance(TimeDelta::hours(1));
        let second = on(disc, drill)
            .with("origin", "supplier")
            .major()
            .with("supplier_id", supplier)
            .with("failure_code", "BURR");
        let b = t.report(&manager, second.with("external_system", "MES").with("external_id", "7")).await.item.id;
        t.clock.advance(TimeDelta::hours(1));
        let third =
            on(flange, paint).with("origin", "customer").with("customer_id", customer).with("assignee_id", ines);
        let c = t.report(&manager, third.with("external_system", "ERP").with("external_id", "7")).await.item.id;
        t.clock.advance(TimeDelta::hours(1));
        let d = t.report(&manager, on(disc, paint).minor()).await.item.id;
        t.bring(b, Status::Analysis).await;
        t.act(Role::QualityManager, c, Action::Void).await;
        let off = json!({"is_active": false});
        code::change(&t, &Actor::command_line(), CodeList::FailureCode.word(), weld.id, &ANY, &body(off))
            .await
            .unwrap();

        for (asked, expected) in [
            (String::new(), vec![d, c, b, a]),
            ("status=reported".to_owned(), vec![d, a]),
            ("status=analysis,void".to_owned(), vec![c, b]),
            ("status=closed".to_owned(), vec![]),
            ("severity=critical".to_owned(), vec![a]),
            ("severity=minor,major,critical".to_owned(), vec![d, b, a]),
            ("origin=final".to_owned(), vec![a]),
            ("origin=in_process,supplier".to_owned(), vec![d, b]),
            (format!("part_id={flange}"), vec![c, a]),
            (format!("part_id={flange},{disc}"), vec![d, c, b, a]),
            (format!("part_id={}", i64::MAX), vec![]),
            (format!("work_center_id={paint}"), vec![d, c]),
            (format!("customer_id={customer},{supplier}"), vec![c]),
            (format!("supplier_id={supplier}"), vec![b]),
            (format!("assignee_id={}", ines.unwrap()), vec![c]),
            ("failure_code=BURR".to_owned(), vec![b]),
            ("failure_code=WELD,BURR,NEVER-USED".to_owned(), vec![b, a]),
            ("failure_code=NEVER-USED".to_owned(), vec![]),
            ("failure_code=NONE".to_owned(), vec![]),
            ("failure_code=NONE,BURR".to_owned(), vec![b]),
            ("reported_after=2026-11-20T09:00:00Z".to_owned(), vec![d, c, b]),
            ("reported_after=2026-11-20T09:00:00.000001Z".to_owned(), vec![d, c]),
            ("reported_before=2026-11-20T09:00:00Z".to_owned(), vec![a]),
            ("reported_before=2026-11-20T10:00:00.000001+01:00".to_owned(), vec![b, a]),
            ("reported_after=2026-11-20T09:00:00Z&reported_before=2026-11-20T11:00:00Z".to_owned(), vec![c, b]),
            ("external_id=7".to_owned(), vec![c, b]),
            ("external_id=7 ".to_owned(), vec![]),
            (format!("part_id={flange}&status=reported,void&origin=final,customer&work_center_id={drill}"), vec![a]),
            (format!("part_id={flange}&status=analysis"), vec![]),
        ] {
            assert_eq!(found(&t, &asked).await, expected, "{asked}");
        }
        assert!(burr.is_active, "a retired code is still found: WELD");
    }

    async fn a_list_shows_records_as_they_are_shown_themselves(t: TestSystem) {
        let record = t.bring_to(Status::Closed).await;
        let listed = defects::list(&t, &t.member(Role::Viewer).await, &body(json!({}))).await.unwrap().items;
        assert_eq!(listed, [record.item]);
        let long = ["description", "process_analysis", "root_cause", "labor_minutes", "cost_total"];
        assert!(long.iter().all(|field| sent(&listed[0]).get(field).is_none()), "texts and totals are left out");
    }

    async fn records_are_sorted_by_report_by_change_and_by_number(t: TestSystem) {
        let manager = t.member(Role::QualityManager).await;
        let mut ids = Vec::new();
        for _ in 0..4 {
            ids.push(t.report(&manager, defect()).await.item.id);
            t.clock.advance(TimeDelta::hours(1));
        }
        let [a, b, c, d] = ids[..] else { panic!("four records") };
        for id in [c, a] {
            change(&t, &manager, id, json!({"title": "Seen"})).await.unwrap();
            t.clock.advance(TimeDelta::microseconds(1));
        }
        assert_eq!(found(&t, "").await, [d, c, b, a]);
        assert_eq!(found(&t, "sort=-reported_at").await, [d, c, b, a]);
        assert_eq!(found(&t, "sort=reported_at").await, [a, b, c, d]);
        assert_eq!(found(&t, "sort=-updated_at").await, [a, c, d, b]);
        assert_eq!(found(&t, "sort=tag_number").await, [a, b, c, d]);
        let entry = body(json!({"kind": "freight", "amount": "1"}));
        service::defects::cost::add(&t, &manager, b, &ANY, &entry, None).await.unwrap();
        assert_eq!(found(&t, "sort=-updated_at").await, [a, c, d, b], "cost is no change that everybody sees");
        assert_eq!(shown(&t, b).await.cost_total.as_deref(), Some("1.00"));
    }

    async fn a_query_that_means_nothing_is_refused(t: TestSystem) {
        t.report(&t.member(Role::Inspector).await, defect()).await;
        let many = (1..=101).map(|id| id.to_string()).collect::<Vec<_>>().join(",");
        let many = format!("part_id={many}");
        for (asked, expected) in [
            ("status=moon", "status choice"),
            ("status=", "status choice"),
            ("status=void,,closed", "status choice"),
            ("severity=Major", "severity choice"),
            ("origin=1", "origin choice"),
            ("part_id=x", "part_id type"),
            ("part_id=0", "part_id range"),
            ("part_id=-3", "part_id range"),
            ("part_id=1.0", "part_id type"),
            (&many, "part_id range"),
            ("work_center_id=99999999999999999999", "work_center_id range"),
            ("customer_id=", "customer_id type"),
            ("failure_code=a b", "failure_code format"),
            ("reported_after=yesterday", "reported_after format"),
            ("reported_before=2026-02-30", "reported_before format"),
            ("external_id=", "external_id blank"),
            ("sort=title", "sort choice"),
            ("sort=-tag_number", "sort choice"),
            ("limit=0", "limit range"),
            ("limit=201", "limit range"),
            ("limit=ten", "limit type"),
            ("count=1", "count choice"),
            ("colour=red", "colour unknown"),
            ("status=void&status=closed", "status duplicate"),
            ("q=?!", "q no_word"),
            ("sort=relevance", "sort together"),
        ] {
            assert_eq!(refusal(&t, asked).await, [expected], "{asked}");
        }
        let all = refusal(&t, "status=moon&part_id=x&limit=0&colour=red").await;
        assert_eq!(all, ["colour unknown", "limit range", "part_id type", "status choice"]);
        let told = defects::list(&t, &t.member(Role::Viewer).await, &query("sort=title")).await;
        let Err(Error::Invalid(fields)) = told else { panic!("{told:?}") };
        assert_eq!(fields[0].message, "must be one of `-reported_at` `reported_at` `-updated_at` `tag_number` `relevance`");
    }
}
