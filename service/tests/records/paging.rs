//! Pages of the list of defects: each record once whatever the ties, and the count.

use serde_json::json;
use service::defects::{self, DefectItem};
use service::page::Page;
use service::role::Role;
use testkit::{TestSystem, defect, each_db};

use crate::plant::{copies, query};

pub(crate) async fn page(t: &TestSystem, text: &str) -> Page<DefectItem> {
    let viewer = t.member(Role::Viewer).await;
    defects::list(t, &viewer, &query(text)).await.unwrap()
}

/// The ids of all pages, one after another.
async fn walk(t: &TestSystem, asked: &str, limit: usize) -> Vec<i64> {
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = page(t, &format!("{asked}&limit={limit}{cursor}")).await;
        assert!(page.items.len() <= limit);
        seen.extend(page.items.iter().map(|item| item.id));
        match page.next_cursor {
            Some(next) => {
                assert_eq!(page.items.len(), limit, "only the last page is short");
                cursor = format!("&cursor={next}");
            }
            None => return seen,
        }
    }
}

each_db! {
    /// The clock stands still, so that every record is reported and changed at the same moment.
    async fn pages_over_ties_show_every_record_once_in_every_order(t: TestSystem) {
        let reporter = t.member(Role::Inspector).await;
        let first = t.report(&reporter, defect()).await.item;
        copies(&t, first.id, 20).await;
        t.clock.advance(chrono::TimeDelta::microseconds(1));
        let later = t.report(&reporter, defect().with("part_id", first.part.id)).await.item.id;
        copies(&t, later, 6).await;
        let up = walk(&t, "sort=tag_number", 200).await;
        assert_eq!((up.len(), up.is_sorted()), (28, true));
        let down: Vec<_> = up.iter().rev().copied().collect();
        for (sort, expected) in
            [("-reported_at", &down), ("reported_at", &up), ("-updated_at", &down), ("tag_number", &up)]
        {
            for limit in [1, 7, 28, 200] {
                let asked = format!("sort={sort}&part_id={}&status=reported", first.part.id);
                assert_eq!(&walk(&t, &asked, limit).await, expected, "{sort}, {limit} at a time");
            }
        }
    }

    async fn a_record_that_changes_between_two_pages_is_not_the_end_of_the_list(t: TestSystem) {
        let reporter = t.member(Role::Inspector).await;
        let first = t.report(&reporter, defect()).await.item.id;
        copies(&t, first, 9).await;
        let newest = page(&t, "limit=4").await;
        let last = newest.items[3].id;
        t.clock.advance(chrono::TimeDelta::hours(1));
        let added = t.report(&reporter, defect()).await.item.id;
        crate::plant::change(&t, &reporter, last, json!({"title": "Changed"})).await.unwrap();
        let rest = page(&t, &format!("cursor={}", newest.next_cursor.unwrap())).await;
        let ids: Vec<_> = rest.items.iter().map(|item| item.id).collect();
        assert_eq!(ids, (first..last).rev().collect::<Vec<_>>(), "neither repeated nor skipped, and {added} is before");
    }

    async fn a_list_is_counted_when_asked_and_exactly_up_to_a_thousand(t: TestSystem) {
        let record = t.report(&t.member(Role::Inspector).await, defect().with("lot_number", "L-1")).await.item;
        let counted = async |asked: &str| {
            let page = page(&t, asked).await;
            (page.total, page.total_is_minimum)
        };
        assert_eq!(counted("status=reported").await, (None, None));
        assert_eq!(counted("count=false").await, (None, None));
        assert_eq!(counted("count=true").await, (Some(1), None));
        assert_eq!(counted("count=true&status=void").await, (Some(0), None));
        copies(&t, record.id, 999).await;
        assert_eq!(counted("count=true&limit=3").await, (Some(1000), None));
        let other = t.report(&t.member(Role::Inspector).await, defect()).await.item;
        assert_eq!(counted("count=true").await, (Some(1000), Some(true)));
        assert_eq!(counted("count=exact").await, (Some(1001), None));
        assert_eq!(counted(&format!("count=true&part_id={}", other.part.id)).await, (Some(1), None));
        let second = page(&t, "limit=200&count=exact").await.next_cursor.unwrap();
        assert_eq!(
            counted(&format!("count=exact&cursor={second}")).await,
            (Some(1001), None),
            "of the list, not of the page"
        );
    }
}
