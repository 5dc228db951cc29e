//! The list: its filters, and pages that end.

use serde_json::{Value as Json, json};
use service::corrective::{self, ListedCorrective};
use service::page::Page;
use service::role::Role;
use service::words::CorrectiveStatus;
use testkit::{TestSystem, defect, each_db};

use crate::body;

async fn found(t: &TestSystem, query: Json) -> Page<ListedCorrective> {
    let viewer = t.member(Role::Viewer).await;
    corrective::list(t, &viewer, &body(query)).await.unwrap()
}

async fn ids(t: &TestSystem, query: Json) -> Vec<i64> {
    let page = found(t, query).await;
    page.items.iter().map(|row| row.item.id).collect()
}

each_db! {
    async fn requests_are_found_by_what_they_are(t: TestSystem) {
        let supplier = t.supplier().await.id;
        let owner = t.member(Role::TechEngineer).await.id;
        let inspector = t.member(Role::Inspector).await;
        let tag = t.report(&inspector, defect()).await.item.id;
        let late = t.raise(json!({"due_at": "2026-11-19T08:00:00Z", "severity": "critical"})).await.item;
        let asked = t.raise(json!({"supplier_id": supplier, "due_at": "2026-12-19T08:00:00Z"})).await.item.id;
        let owned = t.raise(json!({"owner_id": owner, "defect_ids": [tag]})).await.item.id;
        let over = t.raise(json!({"due_at": "2026-11-19T08:00:00Z"})).await.item.id;
        t.bring_request(over, CorrectiveStatus::Void).await;
        assert_eq!(ids(&t, json!({})).await, [over, owned, asked, late.id], "the latest first");
        assert_eq!(ids(&t, json!({"sort": "created_at"})).await, [late.id, asked, owned, over]);
        assert_eq!(ids(&t, json!({"supplier_id": [supplier]})).await, [asked]);
        assert_eq!(ids(&t, json!({"owner_id": [owner]})).await, [owned]);
        assert_eq!(ids(&t, json!({"defect_id": [tag]})).await, [owned]);
        assert_eq!(ids(&t, json!({"overdue": true})).await, [late.id], "what is void is not overdue");
        assert_eq!(ids(&t, json!({"overdue": false})).await, [over, owned, asked]);
        assert_eq!(ids(&t, json!({"status": ["void"]})).await, [over]);
        assert_eq!(ids(&t, json!({"severity": ["critical"]})).await, [late.id]);
        assert_eq!(ids(&t, json!({"car_number": [late.car_number]})).await, [late.id]);
    }

    async fn pages_follow_each_other_and_are_counted(t: TestSystem) {
        let mut raised = Vec::new();
        for _ in 0..5 {
            raised.push(t.raise(json!({})).await.item.id);
        }
        raised.reverse();
        let (mut seen, mut cursor) = (Vec::new(), None);
        loop {
            let page = found(&t, json!({"limit": 2, "cursor": cursor, "count": "true"})).await;
            assert_eq!((page.total, page.total_is_minimum), (Some(5), None));
            seen.extend(page.items.iter().map(|row| row.item.id));
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(seen, raised);
    }
}
