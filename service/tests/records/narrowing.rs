//! What filters say besides "one of these": all others, what is empty, the words of people, times from now.

use chrono::TimeDelta;
use serde_json::json;
use service::defects;
use service::role::Role;
use service::words::Status;
use testkit::{TestSystem, defect, each_db};

use crate::plant::{body, query, refused};

/// The ids that a query finds, for a viewer.
async fn found(t: &TestSystem, text: &str) -> Vec<i64> {
    let viewer = t.member(Role::Viewer).await;
    let page = defects::list(t, &viewer, &query(text)).await.unwrap();
    page.items.iter().map(|item| item.id).collect()
}

/// The ids that a filter finds as people write it.
async fn written(t: &TestSystem, text: &str) -> Vec<i64> {
    let viewer = t.member(Role::Viewer).await;
    let page = defects::list(t, &viewer, &body(json!({"filter": text})))
        .await
        .unwrap();
    page.items.iter().map(|item| item.id).collect()
}

each_db! {
    async fn others_and_empty_fields_are_found(t: TestSystem) {
        let manager = t.member(Role::QualityManager).await;
        let (supplier, other) = (t.supplier().await, t.supplier().await);
        t.failure_code("WELD").await;
        let from = |id: i64| defect().with("supplier_id", id);
        let a = t.report(&manager, from(supplier.id).critical().with("failure_code", "WELD")).await.item.id;
        let b = t.report(&manager, from(other.id).minor().with("lot_number", "L 1")).await.item.id;
        let c = t.report(&manager, defect().with("work_order", "WO-1")).await.item.id;
        t.bring(b, Status::Analysis).await;
        t.act(Role::QualityManager, c, service::lifecycle::Action::Void).await;
        for (asked, expected) in [
            ("status=open".to_owned(), vec![b, a]),
            ("status=!open".to_owned(), vec![c]),
            ("status=!void,!reported".to_owned(), vec![b]),
            ("status=open,void&sort=reported_at".to_owned(), vec![a, b, c]),
            ("severity=none".to_owned(), vec![c]),
            ("severity=any".to_owned(), vec![b, a]),
            ("severity=!minor".to_owned(), vec![c, a]),
            ("severity=!minor,any".to_owned(), vec![a]),
            ("severity=minor,none".to_owned(), vec![c, b]),
            (format!("supplier_id={},none", supplier.id), vec![c, a]),
            (format!("supplier_id=!{}", supplier.id), vec![c, b]),
            (format!("supplier={}", supplier.code), vec![a]),
            (format!("supplier=!{},!none", supplier.code), vec![b]),
            ("supplier=NOBODY".to_owned(), vec![]),
            ("supplier=!NOBODY".to_owned(), vec![c, b, a]),
            ("failure_code=none".to_owned(), vec![c, b]),
            ("failure_code=!WELD".to_owned(), vec![c, b]),
            ("cause=none".to_owned(), vec![c, b, a]),
            ("lot_number=L 1".to_owned(), vec![b]),
            ("lot_number=!L 1".to_owned(), vec![c, a]),
            ("work_order=any".to_owned(), vec![c]),
            ("on_hold=false".to_owned(), vec![c, b, a]),
            ("on_hold=true".to_owned(), vec![]),
        ] {
            assert_eq!(found(&t, &asked).await, expected, "{asked}");
        }
    }

    async fn parts_places_and_people_are_found_by_what_people_call_them(t: TestSystem) {
        let (ines, otto) = (t.member(Role::Inspector).await, t.member(Role::QualityManager).await);
        let (disc, flange) = (t.part().await, t.part().await);
        let center = t.work_center().await;
        let at = |part: i64| defect().with("part_id", part).with("work_center_id", center.id);
        let a = t.report(&ines, at(disc.id)).await.item.id;
        let b = t.report(&otto, at(flange.id).with("assignee_id", ines.id.unwrap())).await.item.id;
        let beginning: String = disc.number.chars().take(2).collect();
        for (asked, expected) in [
            (format!("part={}", disc.number), vec![a]),
            (format!("part={},{}", disc.number, flange.number), vec![b, a]),
            (format!("part={beginning}*"), vec![b, a]),
            (format!("part={}*", beginning.to_lowercase()), vec![b, a]),
            (format!("part=!{}", disc.number), vec![b]),
            (format!("part=!{beginning}*"), vec![]),
            ("part=*%_!*".to_owned(), vec![]),
            (format!("work_center={}", center.code), vec![b, a]),
            (format!("work_center=!{}", center.code), vec![]),
        ] {
            assert_eq!(found(&t, &asked).await, expected, "{asked}");
        }
        let of = |text: &'static str| {
            let (t, ines) = (&t, ines.clone());
            async move {
                let page = defects::list(t, &ines, &query(text)).await.unwrap();
                page.items.iter().map(|item| item.id).collect::<Vec<_>>()
            }
        };
        assert_eq!(of("reported_by=me").await, [a]);
        assert_eq!(of("reported_by=!me").await, [b]);
        assert_eq!(of("assignee=me").await, [b]);
        assert_eq!(of("assignee=none").await, [a]);
        let names = service::user::names(&t, &ines, &body(json!({}))).await.unwrap().items;
        assert!(names.iter().any(|name| Some(name.id) == ines.id));
        assert_eq!(found(&t, &format!("reported_by_id={}", otto.id.unwrap())).await, [b]);
    }

    async fn times_are_counted_from_now_and_days_from_midnight(t: TestSystem) {
        let manager = t.member(Role::QualityManager).await;
        let old = t.report(&manager, defect()).await.item.id;
        t.clock.advance(TimeDelta::days(40));
        let new = t.report(&manager, defect().with("quantity_defective", "7.5")).await.item.id;
        t.clock.advance(TimeDelta::hours(2));
        for (asked, expected) in [
            ("reported_after=-30d", vec![new]),
            ("reported_after=-6w", vec![new, old]),
            ("reported_before=-1m", vec![old]),
            ("reported_after=-1h", vec![]),
            ("reported_after=-3h", vec![new]),
            ("reported_before=today", vec![old]),
            ("reported_after=today", vec![new]),
            ("reported_after=2026-11-20&reported_before=2026-11-21", vec![old]),
            ("closed_after=-1y", vec![]),
            ("updated_after=-1d", vec![new]),
            ("detected_before=-1d", vec![old]),
            ("due_before=+9y", vec![]),
            ("quantity_defective=7.5", vec![new]),
            ("quantity_defective=5..8", vec![new]),
            ("quantity_defective=8..", vec![old]),
            ("quantity_defective=..7", vec![]),
            ("is_contained=true", vec![]),
        ] {
            assert_eq!(found(&t, asked).await, expected, "{asked}");
        }
    }

    async fn a_filter_as_people_write_it_finds_the_same(t: TestSystem) {
        let manager = t.member(Role::QualityManager).await;
        let supplier = t.supplier().await;
        let part = t.part().await;
        let a = t.report(&manager, defect().major().with("part_id", part.id)).await.item.id;
        let b = t.report(&manager, defect().major().with("supplier_id", supplier.id)).await.item.id;
        let c = t.report(&manager, defect().minor().with("lot_number", "A 17")).await.item.id;
        let all = vec![c, b, a];
        for (text, expected) in [
            ("severity:major".to_owned(), vec![b, a]),
            ("severity:major -supplier:none".to_owned(), vec![b]),
            ("  -severity:major ".to_owned(), vec![c]),
            (format!("part:{} severity:major,minor", part.number), vec![a]),
            (format!("part:{}* status:open reported:-1d", part.number), vec![a]),
            ("lot:\"A 17\"".to_owned(), vec![c]),
            ("reported:today".to_owned(), all.clone()),
            ("reported:<today".to_owned(), vec![]),
            ("-overdue:true".to_owned(), all.clone()),
            ("reporter:me".to_owned(), vec![]),
        ] {
            assert_eq!(written(&t, &text).await, expected, "{text}");
        }
        // Both ways in one request have to hold.
        let viewer = t.member(Role::Viewer).await;
        let both = body(json!({"filter": "severity:major", "supplier_id": [supplier.id]}));
        let page = defects::list(&t, &viewer, &both).await.unwrap();
        assert_eq!(page.items.iter().map(|item| item.id).collect::<Vec<_>>(), [b]);
    }

    async fn a_mistake_in_a_filter_is_told_with_its_place(t: TestSystem) {
        let viewer = t.member(Role::Viewer).await;
        for (text, expected) in [
            ("severity:bad", "filter choice"),
            ("sevrity:major", "filter syntax"),
            ("lot:\"A", "filter syntax"),
            ("status:none", "filter choice"),
            ("reported:yesterday", "filter format"),
            ("quantity:9..1", "filter range"),
            ("filter:x", "filter syntax"),
            ("limit:5", "filter syntax"),
        ] {
            let told = defects::list(&t, &viewer, &body(json!({"filter": text}))).await;
            assert_eq!(refused(told), [expected], "{text}");
        }
        let told = defects::list(&t, &viewer, &body(json!({"filter": "status:open severity:bad"}))).await;
        let Err(service::Error::Invalid(fields)) = told else { panic!("{told:?}") };
        assert!(fields[0].message.starts_with("at character 13: `severity:bad` must be one of"), "{fields:?}");
    }

    async fn pages_of_several_values_go_on_where_they_ended(t: TestSystem) {
        let manager = t.member(Role::QualityManager).await;
        let mut expected = Vec::new();
        for number in 0..9 {
            let new = if number % 3 == 0 { defect().critical() } else { defect().minor() };
            let id = t.report(&manager, if number % 3 == 1 { defect().major() } else { new }).await.item.id;
            if number % 3 != 2 {
                expected.insert(0, id);
            }
            // Some are reported at the same instant.
            if number % 2 == 0 {
                t.clock.advance(TimeDelta::minutes(1));
            }
        }
        for sort in ["-reported_at", "-updated_at"] {
            let (mut ids, mut cursor) = (Vec::new(), String::new());
            loop {
                let asked = format!("severity=critical,major&limit=2&sort={sort}{cursor}");
                let page = defects::list(&t, &manager, &query(&asked)).await.unwrap();
                ids.extend(page.items.iter().map(|item| item.id));
                let Some(next) = page.next_cursor else { break };
                cursor = format!("&cursor={next}");
            }
            assert_eq!(ids, expected, "{sort}");
        }
    }
}
