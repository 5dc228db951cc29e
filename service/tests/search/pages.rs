//! Pages of what is found: the best first, each record once, wherever a page ends.

use serde_json::json;
use service::defects::cost;
use service::role::Role;
use service::{defects, search};
use testkit::design::ROLES;
use testkit::{TestSystem, defect, each_db};

use crate::{ANY, body};

each_db! {
    async fn pages_follow_each_other_without_a_gap(t: TestSystem) {
        let manager = t.member(Role::QualityManager).await;
        let (part, center) = (t.part().await.id, t.work_center().await.id);
        let (mut named, mut told) = (Vec::new(), Vec::new());
        for number in 0..23 {
            let tag = defect().with("part_id", part).with("work_center_id", center);
            if number % 3 == 0 {
                named.push((1, t.report(&manager, tag.with("title", "Spark at electrode")).await.item.id));
            } else if number % 3 == 1 {
                told.push((2, t.report(&manager, tag.with("description", "An electrode, a spark")).await.item.id));
            } else {
                t.report(&manager, tag.with("description", "An electrode")).await;
            }
        }
        let expected: Vec<(i64, i64)> = named.into_iter().rev().chain(told.into_iter().rev()).collect();
        for limit in [1, 4, 8, 50] {
            let (mut read, mut after) = (Vec::new(), None);
            loop {
                let page = search::found(&t.db, "spark electrode", after, limit).await.unwrap();
                after = page.last().copied();
                read.extend(page);
                if after.is_none() {
                    break;
                }
                assert!(read.len() <= expected.len());
            }
            assert_eq!(read, expected, "{limit} at once");
        }
        let made_up = search::found(&t.db, "spark", Some((3, 1)), 10).await;
        assert!(matches!(made_up, Err(service::Error::Invalid(_))), "{made_up:?}");
    }

    async fn the_list_searches_with_its_filters_and_pages(t: TestSystem) {
        let manager = t.member(Role::QualityManager).await;
        let mut expected = Vec::new();
        for number in 0..9 {
            let tag = if number % 2 == 0 { defect().major() } else { defect().minor() };
            let tag = if number % 3 == 0 { tag.with("title", "Spark at electrode") } else { tag.with("description", "A spark") };
            let id = t.report(&manager, tag).await.item.id;
            if number % 2 == 0 {
                expected.push((number % 3 != 0, -id));
            }
        }
        expected.sort_unstable();
        let expected: Vec<i64> = expected.into_iter().map(|(_, id)| -id).collect();
        for asked in [
            json!({"q": "spark", "severity": ["major"]}),
            json!({"filter": "spark severity:major"}),
            json!({"q": "spark", "filter": "severity:major", "sort": "relevance"}),
        ] {
            let (mut ids, mut query) = (Vec::new(), asked.clone());
            query["limit"] = json!(2);
            query["count"] = json!("true");
            loop {
                let page = defects::list(&t, &manager, &body(query.clone())).await.unwrap();
                assert_eq!(page.total, Some(5));
                ids.extend(page.items.iter().map(|item| item.id));
                let Some(next) = page.next_cursor else { break };
                query["cursor"] = json!(next);
            }
            assert_eq!(ids, expected, "{asked}");
        }
        let oldest = body(json!({"q": "spark", "severity": ["major"], "sort": "reported_at"}));
        let page = defects::list(&t, &manager, &oldest).await.unwrap();
        assert!(page.items.iter().map(|item| item.id).is_sorted());
        assert_eq!(page.items.len(), 5);
        let both = body(json!({"q": "electrode", "filter": "spark -severity:minor"}));
        let page = defects::list(&t, &manager, &both).await.unwrap();
        assert_eq!(page.items.len(), 2);
        let none = defects::list(&t, &manager, &body(json!({"q": "nothing of the kind"}))).await.unwrap();
        assert!(none.items.is_empty() && none.next_cursor.is_none());
    }

    async fn no_search_finds_cost_or_shows_it(t: TestSystem) {
        let engineer = t.member(Role::TechEngineer).await;
        let id = t.report(&engineer, defect().with("title", "Spark at electrode")).await.item.id;
        let entry = body(json!({"kind": "freight", "amount": "98.76", "note": "Zeppelin"}));
        cost::add(&t, &engineer, id, &ANY, &entry, None).await.unwrap();
        for role in ROLES {
            let actor = t.member(role).await;
            for asked in [json!({"q": "spark"}), json!({"filter": "spark electrode", "count": "true"})] {
                let page = defects::list(&t, &actor, &body(asked)).await.unwrap();
                let told = serde_json::to_string(&page).unwrap();
                assert!(page.items.len() == 1 && !told.contains("cost") && !told.contains("98.76"), "{role}: {told}");
            }
            for words in ["zeppelin", "98.76", "freight", "spark 98.76"] {
                let page = defects::list(&t, &actor, &body(json!({"q": words}))).await.unwrap();
                assert!(page.items.is_empty(), "{role} finds {words}");
            }
        }
    }
}
