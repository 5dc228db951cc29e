//! Parts, and what all four kinds have in common.

use serde_json::json;
use service::System;
use service::error::Error;
use service::idempotency::Idempotency;
use service::part::{self, PartView};
use service::role::Role;
use service::user;
use testkit::{TestSystem, each_db};

use crate::common::{ANY, body, history, of, refused, version};

async fn flange(plant: &TestSystem) -> PartView {
    let new =
        body(json!({"number": "PN-100", "revision": "B", "name": "Flange", "unit_cost": "12.5"}));
    part::create(plant, &of(Role::QualityManager), &new, None)
        .await
        .unwrap()
}

each_db! {
    async fn a_part_is_added_changed_and_deleted_and_its_history_tells_it(plant: TestSystem) {
        let (system, manager) = (&plant, of(Role::QualityManager));
        let added = flange(&plant).await;
        assert_eq!((added.number.as_str(), added.version), ("PN-100", 1));
        assert_eq!(added.unit_cost, Some(Some("12.50".to_owned())));
        assert_eq!(part::show(system, &manager, added.id).await.unwrap(), added);

        let patch = body(json!({"name": "Flange DN 80", "unit_cost": null}));
        let changed = part::change(system, &manager, added.id, &version(1), &patch).await.unwrap();
        assert_eq!((changed.name.as_str(), changed.unit_cost.clone()), ("Flange DN 80", Some(None)));
        assert_eq!(changed.version, 2);
        assert_eq!(part::show(system, &manager, added.id).await.unwrap(), changed);

        part::delete(system, &manager, added.id, &ANY).await.unwrap();
        assert!(matches!(part::show(system, &manager, added.id).await, Err(Error::NotFound("part"))));
        let history = history(&plant, "part", added.id).await;
        assert_eq!(history, [None, Some("name".to_owned()), Some("unit_cost".to_owned()), None]);
    }

    async fn a_change_that_changes_nothing_leaves_version_and_history(plant: TestSystem) {
        let added = flange(&plant).await;
        let patch = body(json!({"name": "Flange", "unit_cost": 12.5, "is_active": true}));
        let same = part::change(&plant, &of(Role::Admin), added.id, &ANY, &patch).await.unwrap();
        assert_eq!(same, added);
        assert_eq!(history(&plant, "part", added.id).await.len(), 1);
    }

    async fn what_a_part_costs_is_there_only_for_those_who_see_cost(plant: TestSystem) {
        let added = flange(&plant).await;
        for role in Role::ALL {
            let seen = part::show(&plant, &of(*role), added.id).await.unwrap();
            let json = serde_json::to_value(&seen).unwrap();
            let hidden = matches!(role, Role::Inspector | Role::Operator | Role::Viewer);
            assert_eq!(json.get("unit_cost").is_none(), hidden, "{role}");
            let again: PartView = serde_json::from_value(json).unwrap();
            assert_eq!(again, seen, "an answer that is kept is the answer");
        }
    }

    async fn an_engineer_changes_what_a_part_costs_and_nothing_else(plant: TestSystem) {
        let (system, added) = (&plant, flange(&plant).await);
        for role in [Role::TechEngineer, Role::QualityEngineer] {
            let patch = body(json!({"unit_cost": "13"}));
            let changed = part::change(system, &of(role), added.id, &ANY, &patch).await.unwrap();
            assert_eq!(changed.unit_cost, Some(Some("13.00".to_owned())));
            let patch = body(json!({"name": "Disc", "unit_cost": "14"}));
            assert_eq!(refused(part::change(system, &of(role), added.id, &ANY, &patch).await), ["name forbidden"]);
        }
        for role in [Role::Inspector, Role::Operator, Role::Viewer] {
            let patch = body(json!({"unit_cost": "13"}));
            assert_eq!(refused(part::change(system, &of(role), added.id, &ANY, &patch).await), ["unit_cost forbidden"]);
            let nothing = part::change(system, &of(role), added.id, &ANY, &body(json!({}))).await;
            assert!(matches!(nothing, Err(Error::Forbidden { .. })));
        }
        assert_eq!(part::show(system, &of(Role::Admin), added.id).await.unwrap().version, 2);
    }

    async fn only_who_manages_the_lists_adds_and_deletes(plant: TestSystem) {
        let (system, added) = (&plant, flange(&plant).await);
        for role in Role::ALL.iter().filter(|role| !matches!(role, Role::Admin | Role::QualityManager)) {
            let new = part::create(system, &of(*role), &body(json!({})), None).await;
            assert!(matches!(new, Err(Error::Forbidden { .. })), "{role}");
            let gone = part::delete(system, &of(*role), added.id, &ANY).await;
            assert!(matches!(gone, Err(Error::Forbidden { .. })), "{role}");
        }
    }

    async fn a_request_is_refused_for_the_first_reason_in_the_order_of_the_contract(plant: TestSystem) {
        let (system, added) = (&plant, flange(&plant).await);
        let (viewer, manager) = (of(Role::Viewer), of(Role::QualityManager));
        let bad = body(json!({"name": ""}));
        let missing = part::change(system, &viewer, added.id + 1, &version(9), &bad).await;
        assert!(matches!(missing, Err(Error::NotFound(_))));
        let forbidden = part::change(system, &viewer, added.id, &version(9), &bad).await;
        assert!(matches!(forbidden, Err(Error::Forbidden { .. })));
        let stale = part::change(system, &manager, added.id, &version(9), &bad).await;
        assert!(matches!(stale, Err(Error::VersionStale { current: 1 })));
        assert_eq!(refused(part::change(system, &manager, added.id, &version(1), &bad).await), ["name blank"]);
    }

    async fn everything_that_is_wrong_with_a_part_is_told_at_once(plant: TestSystem) {
        let new = body(json!({"number": " PN", "name": 7, "unit_cost": "-1", "colour": "red"}));
        let told = refused(part::create(&plant, &of(Role::Admin), &new, None).await);
        assert_eq!(told, ["number format", "revision required", "name type", "unit_cost range", "colour unknown"]);
        let new = body(json!({"number": "PN", "revision": "A", "name": "Pin", "unit_cost": "0.001"}));
        assert_eq!(refused(part::create(&plant, &of(Role::Admin), &new, None).await), ["unit_cost too_precise"]);
    }

    async fn a_number_is_there_once_in_each_revision(plant: TestSystem) {
        let (system, admin) = (&plant, of(Role::Admin));
        flange(&plant).await;
        let twice = body(json!({"number": "PN-100", "revision": "B", "name": "Other"}));
        assert_eq!(refused(part::create(system, &admin, &twice, None).await), ["number duplicate"]);
        for other in [("PN-100", "C"), ("PN-100", "b"), ("pn-100", "B"), ("PN-1 00", "B")] {
            let new = body(json!({"number": other.0, "revision": other.1, "name": "Other"}));
            let added = part::create(system, &admin, &new, None).await.unwrap();
            let patch = body(json!({"number": "PN-100", "revision": "B"}));
            assert_eq!(refused(part::change(system, &admin, added.id, &ANY, &patch).await), ["number duplicate"]);
        }
    }

    async fn a_part_is_added_once_per_idempotency_key(plant: TestSystem) {
        let (system, mut admin) = (&plant, of(Role::Admin));
        let who = json!({"username": "ann", "display_name": "Ann", "roles": ["admin"], "password": "long enough"});
        admin.id = Some(user::create(system, &admin, &body(who), None).await.unwrap().id);
        let key = Idempotency::new("k-1", &[b"POST /parts"]).unwrap();
        let new = body(json!({"number": "PN-7", "revision": "A", "name": "Pin"}));
        let first = part::create(system, &admin, &new, Some(&key)).await.unwrap();
        assert_eq!(part::create(system, &admin, &new, Some(&key)).await.unwrap(), first);
        let other = Idempotency::new("k-1", &[b"something else"]).unwrap();
        assert!(matches!(part::create(system, &admin, &new, Some(&other)).await, Err(Error::KeyReused)));
    }

    async fn of_many_changes_of_one_version_one_is_made(plant: TestSystem) {
        let added = flange(&plant).await;
        let tries = (0..20).map(|number| {
            let system = System::clone(&plant);
            tokio::spawn(async move {
                let patch = body(json!({"name": format!("Flange {number}")}));
                part::change(&system, &of(Role::Admin), added.id, &version(1), &patch).await
            })
        });
        let mut made = 0;
        for done in tries.collect::<Vec<_>>() {
            match done.await.unwrap() {
                Ok(_) => made += 1,
                Err(Error::VersionStale { current: 2 }) => {}
                Err(error) => panic!("{error:?}"),
            }
        }
        assert_eq!(made, 1);
        assert_eq!(history(&plant, "part", added.id).await.len(), 2);
    }
}
