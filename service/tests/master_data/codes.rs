//! Codes: lists, labels, and the tree that stays one.

use serde_json::{Value as Json, json};
use service::code::{self, CodeView, Labels, Place};
use service::error::Error;
use service::role::Role;
use testkit::{TestSystem, each_db};

use crate::common::{ANY, body, history, of, query, refused};

const LIST: &str = "failure_code";

async fn add(plant: &TestSystem, code: &str, parent: Option<&str>) -> service::Result<CodeView> {
    let new = body(json!({"code": code, "parent": parent, "labels": {"en": code}}));
    code::create(plant, &of(Role::QualityManager), LIST, &new, None).await
}

async fn patch(plant: &TestSystem, id: i64, patch: Json) -> service::Result<CodeView> {
    code::change(plant, &of(Role::Admin), LIST, id, &ANY, &body(patch)).await
}

async fn found(plant: &TestSystem, list: &str, text: &str) -> Vec<String> {
    let page = code::list(plant, &of(Role::Viewer), list, &query(text))
        .await
        .unwrap();
    page.items.into_iter().map(|item| item.code).collect()
}

fn labels(en: Option<&str>, es: Option<&str>, zh: Option<&str>) -> Labels {
    Labels {
        en: en.map(str::to_owned),
        es: es.map(str::to_owned),
        zh: zh.map(str::to_owned),
    }
}

each_db! {
    async fn a_code_belongs_to_one_list(plant: TestSystem) {
        let weld = add(&plant, "WELD", None).await.unwrap();
        let (system, viewer) = (&plant, of(Role::Viewer));
        assert_eq!(code::show(system, &viewer, LIST, weld.id).await.unwrap(), weld);
        assert!(matches!(code::show(system, &viewer, "cause", weld.id).await, Err(Error::NotFound("code"))));
        let elsewhere = code::delete(system, &of(Role::Admin), "cause", weld.id, &ANY).await;
        assert!(matches!(elsewhere, Err(Error::NotFound("code"))));
        assert!(matches!(code::show(system, &viewer, "colour", weld.id).await, Err(Error::NotFound("code list"))));
        assert_eq!(refused(add(&plant, "WELD", None).await), ["code duplicate"]);
        let same = body(json!({"code": "WELD", "labels": {"en": "Weld"}}));
        code::create(system, &of(Role::Admin), "cause", &same, None).await.unwrap();
    }

    async fn labels_are_merged_and_one_remains(plant: TestSystem) {
        let new = body(json!({"code": "WELD", "labels": {"en": "Weld", "es": "Soldadura"}}));
        let weld = code::create(&plant, &of(Role::Admin), LIST, &new, None).await.unwrap();
        assert_eq!(weld.labels, labels(Some("Weld"), Some("Soldadura"), None));
        let changed = patch(&plant, weld.id, json!({"labels": {"en": null, "zh": "焊缝"}})).await.unwrap();
        assert_eq!(changed.labels, labels(None, Some("Soldadura"), Some("焊缝")));
        assert_eq!(code::show(&plant, &of(Role::Viewer), LIST, weld.id).await.unwrap(), changed);
        let history = history(&plant, "code_value", weld.id).await;
        assert_eq!(history, [None, Some("labels.en".to_owned()), Some("labels.zh".to_owned())]);

        assert_eq!(refused(patch(&plant, weld.id, json!({"labels": {"es": null, "zh": null}})).await), ["labels required"]);
        assert_eq!(refused(patch(&plant, weld.id, json!({"labels": {"fr": "x"}})).await), ["labels.fr unknown"]);
        assert_eq!(refused(patch(&plant, weld.id, json!({"labels": null})).await), ["labels not_null"]);
        let without = body(json!({"code": "CUT", "labels": {}}));
        assert_eq!(refused(code::create(&plant, &of(Role::Admin), LIST, &without, None).await), ["labels required"]);
    }

    async fn codes_are_put_in_order_together_or_not_at_all(plant: TestSystem) {
        let mut made = Vec::new();
        for code in ["A", "B", "C"] {
            made.push(add(&plant, code, None).await.unwrap());
        }
        let [a, b, c] = [&made[0], &made[1], &made[2]];
        let place = |code: &CodeView, sort: i64| Place { id: code.id, version: code.version, sort };
        let arrange = async |role: Role, places: &[Place]| code::arrange(&plant, &of(role), LIST, places).await;
        patch(&plant, c.id, json!({"labels": {"es": "C"}})).await.unwrap();
        let wanted = [place(c, 10), place(b, 20), place(a, 30)];
        let stale = arrange(Role::QualityManager, &wanted).await;
        assert!(matches!(stale, Err(Error::VersionStale { current: 2 })), "{stale:?}");
        assert_eq!(found(&plant, LIST, "").await, ["A", "B", "C"], "none has moved");
        assert_eq!(history(&plant, "code_value", a.id).await, [None]);

        let wanted = [Place { version: 2, ..place(c, 10) }, place(b, 20), place(a, 30)];
        assert!(matches!(arrange(Role::Operator, &wanted).await, Err(Error::Forbidden { .. })));
        let far = [place(c, 10), place(b, -1)];
        assert_eq!(refused(arrange(Role::QualityManager, &far).await), ["sort range"]);
        let elsewhere = code::arrange(&plant, &of(Role::Admin), "cause", &wanted).await;
        assert!(matches!(elsewhere, Err(Error::NotFound("code"))));
        arrange(Role::QualityManager, &wanted).await.unwrap();
        assert_eq!(found(&plant, LIST, "").await, ["C", "B", "A"]);
        let now = code::show(&plant, &of(Role::Viewer), LIST, a.id).await.unwrap();
        assert_eq!((now.sort, now.version), (30, 2));
        assert_eq!(history(&plant, "code_value", a.id).await, [None, Some("sort".to_owned())]);
    }

    async fn no_code_stands_below_itself(plant: TestSystem) {
        let root = add(&plant, "A", None).await.unwrap();
        let middle = add(&plant, "B", Some("A")).await.unwrap();
        add(&plant, "C", Some("B")).await.unwrap();
        for below in ["A", "B", "C"] {
            assert_eq!(refused(patch(&plant, root.id, json!({"parent": below})).await), ["parent cycle"], "{below}");
        }
        assert_eq!(refused(patch(&plant, root.id, json!({"parent": "D"})).await), ["parent reference"]);
        patch(&plant, middle.id, json!({"parent": null})).await.unwrap();
        let moved = patch(&plant, root.id, json!({"parent": "C"})).await.unwrap();
        assert_eq!(moved.parent.as_deref(), Some("C"));
        assert!(matches!(code::delete(&plant, &of(Role::Admin), LIST, middle.id, &ANY).await, Err(Error::InUse(_))));
        assert_eq!(found(&plant, LIST, "parent=C").await, ["A"]);
    }

    async fn a_branch_has_at_most_ten_codes(plant: TestSystem) {
        add(&plant, "1", None).await.unwrap();
        for depth in 2..=10 {
            add(&plant, &depth.to_string(), Some(&(depth - 1).to_string())).await.unwrap();
        }
        assert_eq!(refused(add(&plant, "11", Some("10")).await), ["parent too_deep"]);
        let other = add(&plant, "X", None).await.unwrap();
        add(&plant, "Y", Some("X")).await.unwrap();
        assert_eq!(refused(patch(&plant, other.id, json!({"parent": "9"})).await), ["parent too_deep"]);
        patch(&plant, other.id, json!({"parent": "8"})).await.unwrap();
    }

    /// Each of two moves is right by itself; both together would make a ring.
    async fn two_moves_at_once_make_no_ring(plant: TestSystem) {
        for round in 0..10 {
            let (one, other) = (format!("A{round}"), format!("B{round}"));
            let (first, second) = (add(&plant, &one, None).await.unwrap(), add(&plant, &other, None).await.unwrap());
            let moves = futures_util::future::join(
                patch(&plant, first.id, json!({"parent": other})),
                patch(&plant, second.id, json!({"parent": one})),
            );
            let (first, second) = moves.await;
            let (made, refusal) = if first.is_ok() { (first, second) } else { (second, first) };
            made.unwrap();
            assert_eq!(refused(refusal), ["parent cycle"]);
        }
    }

    async fn codes_are_listed_by_place_and_then_by_code(plant: TestSystem) {
        for (code, sort) in [("C", 1), ("B", 2), ("A", 2), ("Z", 0), ("D", 2)] {
            let new = body(json!({"code": code, "sort": sort, "labels": {"en": code}}));
            code::create(&plant, &of(Role::Admin), LIST, &new, None).await.unwrap();
        }
        let other = body(json!({"code": "MACHINE", "labels": {"en": "Machine"}}));
        code::create(&plant, &of(Role::Admin), "cause", &other, None).await.unwrap();
        assert_eq!(found(&plant, LIST, "").await, ["Z", "C", "A", "B", "D"]);
        let first = code::list(&plant, &of(Role::Viewer), LIST, &query("limit=3&count=true")).await.unwrap();
        assert_eq!(first.total, Some(5));
        let rest = format!("limit=3&cursor={}", first.next_cursor.unwrap());
        assert_eq!(found(&plant, LIST, &rest).await, ["B", "D"]);
    }

    async fn codes_are_found_by_code_label_and_state(plant: TestSystem) {
        let new = body(json!({"code": "WELD-CRACK", "labels": {"en": "Crack", "es": "Grieta", "zh": "裂纹"}}));
        let crack = code::create(&plant, &of(Role::Admin), LIST, &new, None).await.unwrap();
        add(&plant, "BURR", None).await.unwrap();
        for q in ["weld", "cra", "GRIETA", "裂"] {
            assert_eq!(found(&plant, LIST, &format!("q={q}")).await, ["WELD-CRACK"], "{q}");
        }
        assert_eq!(found(&plant, LIST, "q=纹").await, [""; 0]);
        patch(&plant, crack.id, json!({"is_active": false})).await.unwrap();
        assert_eq!(found(&plant, LIST, "is_active=true").await, ["BURR"]);
        assert_eq!(refused(add(&plant, "HOT", Some("WELD-CRACK")).await), ["parent inactive"]);
        assert_eq!(found(&plant, LIST, "parent=NONE").await, [""; 0]);
    }

    async fn a_code_is_deleted_with_its_labels(plant: TestSystem) {
        let weld = add(&plant, "WELD", None).await.unwrap();
        code::delete(&plant, &of(Role::Admin), LIST, weld.id, &ANY).await.unwrap();
        assert!(matches!(code::show(&plant, &of(Role::Admin), LIST, weld.id).await, Err(Error::NotFound(_))));
        assert_eq!(history(&plant, "code_value", weld.id).await, [None, None]);
        add(&plant, "WELD", None).await.unwrap();
    }
}
