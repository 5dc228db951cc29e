//! Partners and work centers.

use serde_json::json;
use service::error::Error;
use service::role::Role;
use service::{code, partner, work_center};
use testkit::{TestSystem, each_db};

use crate::common::{ANY, body, of, query, refused};

each_db! {
    async fn a_partner_is_a_customer_a_supplier_or_both(plant: TestSystem) {
        let (system, admin) = (&plant, of(Role::Admin));
        let neither = body(json!({"code": "P-1", "name": "Kestrel"}));
        let told = refused(partner::create(system, &admin, &neither, None).await);
        assert_eq!(told, ["is_customer required", "is_supplier required"]);
        let new = body(json!({"code": "P-1", "name": "Kestrel", "is_customer": true}));
        let added = partner::create(system, &admin, &new, None).await.unwrap();
        let none_left = body(json!({"is_customer": false}));
        assert_eq!(refused(partner::change(system, &admin, added.id, &ANY, &none_left).await).len(), 2);
        let swapped = body(json!({"is_customer": false, "is_supplier": true}));
        let changed = partner::change(system, &admin, added.id, &ANY, &swapped).await.unwrap();
        assert_eq!((changed.is_customer, changed.is_supplier, changed.version), (false, true, 2));
        let customers = partner::list(system, &admin, &query("is_customer=true")).await.unwrap();
        assert!(customers.items.is_empty());
    }

    async fn a_code_is_taken_once(plant: TestSystem) {
        let (system, admin) = (&plant, of(Role::Admin));
        for (code, duplicate) in [("P-1", false), ("P-1", true), ("p-1", false)] {
            let new = body(json!({"code": code, "name": "Kestrel", "is_supplier": true}));
            let added = partner::create(system, &admin, &new, None).await;
            assert_eq!(matches!(added, Err(Error::Duplicate(_))), duplicate, "{code}");
            let new = body(json!({"code": code, "name": "Drilling"}));
            let added = work_center::create(system, &admin, &new, None).await;
            assert_eq!(matches!(added, Err(Error::Duplicate(_))), duplicate, "{code}");
        }
    }

    async fn a_work_center_lies_in_an_area_that_is_there_and_active(plant: TestSystem) {
        let (system, admin) = (&plant, of(Role::Admin));
        let area = body(json!({"code": "HALL-1", "labels": {"en": "Hall 1"}}));
        let area = code::create(system, &admin, "area", &area, None).await.unwrap();
        let cause = body(json!({"code": "MACHINE", "labels": {"en": "Machine"}}));
        code::create(system, &admin, "cause", &cause, None).await.unwrap();

        for elsewhere in ["HALL-2", "MACHINE", "hall-1"] {
            let new = body(json!({"code": "WC-30", "name": "Drilling", "area": elsewhere}));
            assert_eq!(refused(work_center::create(system, &admin, &new, None).await), ["area reference"]);
        }
        let new = body(json!({"code": "WC-30", "name": "Drilling", "area": "HALL-1"}));
        let added = work_center::create(system, &admin, &new, None).await.unwrap();
        assert_eq!(added.area.as_deref(), Some("HALL-1"));
        let in_use = code::delete(system, &admin, "area", area.id, &ANY).await;
        assert!(matches!(in_use, Err(Error::InUse("the code"))));

        let retired = body(json!({"is_active": false}));
        code::change(system, &admin, "area", area.id, &ANY, &retired).await.unwrap();
        let again = body(json!({"area": "HALL-1", "name": "Drilling 1"}));
        let kept = work_center::change(system, &admin, added.id, &ANY, &again).await.unwrap();
        assert_eq!(kept.name, "Drilling 1", "what is retired may stay");
        let left = body(json!({"area": null}));
        assert_eq!(work_center::change(system, &admin, added.id, &ANY, &left).await.unwrap().area, None);
        let told = refused(work_center::change(system, &admin, added.id, &ANY, &again).await);
        assert_eq!(told, ["area inactive"]);
        code::delete(system, &admin, "area", area.id, &ANY).await.unwrap();
    }

    async fn work_centers_are_found_by_area(plant: TestSystem) {
        let (system, admin) = (&plant, of(Role::Admin));
        for area in ["HALL-1", "HALL-2"] {
            let new = body(json!({"code": area, "labels": {"en": area}}));
            code::create(system, &admin, "area", &new, None).await.unwrap();
        }
        for (code, area) in [("WC-1", json!("HALL-1")), ("WC-2", json!("HALL-2")), ("WC-3", json!(null))] {
            let new = body(json!({"code": code, "name": "Place", "area": area}));
            work_center::create(system, &admin, &new, None).await.unwrap();
        }
        let codes = async |text: &str| {
            let page = work_center::list(system, &of(Role::Viewer), &query(text)).await.unwrap();
            page.items.into_iter().map(|item| (item.code, item.area)).collect::<Vec<_>>()
        };
        assert_eq!(codes("area=HALL-2").await, [("WC-2".to_owned(), Some("HALL-2".to_owned()))]);
        assert_eq!(codes("area=HALL-1,HALL-2").await.len(), 2);
        assert_eq!(codes("").await[2], ("WC-3".to_owned(), None));
        assert_eq!(codes("area=HALL-3").await, []);
    }
}
