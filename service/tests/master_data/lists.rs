//! How lists are paged and searched.

use serde_json::json;
use service::part;
use service::role::Role;
use testkit::{TestSystem, each_db};

use crate::common::{body, of, query, refused};

async fn add(plant: &TestSystem, parts: &[(&str, &str, &str)]) {
    for (number, revision, name) in parts {
        let new = body(json!({"number": number, "revision": revision, "name": name}));
        part::create(plant, &of(Role::Admin), &new, None)
            .await
            .unwrap();
    }
}

async fn found(plant: &TestSystem, text: &str) -> Vec<String> {
    let page = part::list(plant, &of(Role::Viewer), &query(text))
        .await
        .unwrap();
    page.items
        .into_iter()
        .map(|item| format!("{}/{}", item.number, item.revision))
        .collect()
}

each_db! {
    async fn pages_follow_each_other_without_gap_or_overlap(plant: TestSystem) {
        add(&plant, &[("b", "1", "x"), ("B", "1", "x"), ("a", "2", "x"), ("a", "1", "x"), ("é", "1", "x"), ("a-1", "1", "x")]).await;
        let mut seen = Vec::new();
        let mut cursor = String::new();
        loop {
            let asked = format!("limit=2{cursor}");
            let page = part::list(&plant, &of(Role::Viewer), &query(&asked)).await.unwrap();
            assert!(page.items.len() <= 2);
            seen.extend(page.items.into_iter().map(|item| format!("{}/{}", item.number, item.revision)));
            match page.next_cursor {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(seen, ["B/1", "a/2", "a/1", "a-1/1", "b/1", "é/1"], "by code point, then by age");
    }

    async fn a_cursor_of_another_list_is_refused(plant: TestSystem) {
        add(&plant, &[("a", "1", "x"), ("b", "1", "x")]).await;
        let page = part::list(&plant, &of(Role::Viewer), &query("limit=1")).await.unwrap();
        let cursor = page.next_cursor.unwrap();
        let other = format!("limit=2&cursor={cursor}");
        assert_eq!(found(&plant, &other).await, ["b/1"], "the limit may change");
        let foreign = query(&format!("is_active=true&cursor={cursor}"));
        assert_eq!(refused(part::list(&plant, &of(Role::Viewer), &foreign).await), ["cursor foreign"]);
        let broken = query("cursor=abc");
        assert_eq!(refused(part::list(&plant, &of(Role::Viewer), &broken).await), ["cursor format"]);
    }

    async fn a_search_finds_beginnings_of_number_and_name_in_either_case(plant: TestSystem) {
        add(&plant, &[("PN-1", "A", "Flange"), ("PX-2", "A", "pn small"), ("X_3", "A", "100% cotton"), ("X43", "A", "Éclair")]).await;
        assert_eq!(found(&plant, "q=pn").await, ["PN-1/A", "PX-2/A"]);
        assert_eq!(found(&plant, "q=FLAN").await, ["PN-1/A"]);
        assert_eq!(found(&plant, "q=lange").await, [""; 0]);
        assert_eq!(found(&plant, "q=x_").await, ["X_3/A"], "no wildcard");
        assert_eq!(found(&plant, "q=%").await, [""; 0]);
        assert_eq!(found(&plant, "q=100%").await, ["X_3/A"]);
        assert_eq!(found(&plant, "q=!").await, [""; 0]);
        assert_eq!(found(&plant, "q=ÉCL").await, ["X43/A"]);
        assert_eq!(found(&plant, "q=écl").await, [""; 0], "other letters are exact, on every database alike");
    }

    async fn filters_add_up_and_are_counted(plant: TestSystem) {
        add(&plant, &[("PN-1", "A", "Flange"), ("PN-1", "B", "Flange"), ("PN-10", "A", "Disc")]).await;
        assert_eq!(found(&plant, "number=PN-1").await, ["PN-1/A", "PN-1/B"]);
        assert_eq!(found(&plant, "number=pn-1").await, [""; 0], "a number is exact");
        let page = part::list(&plant, &of(Role::Viewer), &query("q=PN-1&limit=1&count=true")).await.unwrap();
        assert_eq!((page.items.len(), page.total, page.total_is_minimum), (1, Some(3), None));
        let retired = query("is_active=false&count=exact");
        assert_eq!(part::list(&plant, &of(Role::Viewer), &retired).await.unwrap().total, Some(0));
        let unknown = query("colour=red&limit=0");
        assert_eq!(refused(part::list(&plant, &of(Role::Viewer), &unknown).await), ["limit range", "colour unknown"]);
    }
}
