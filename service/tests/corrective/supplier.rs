//! The supplier: what a link opens, what he sees and writes with it, and what closes it.

use chrono::TimeDelta;
use serde_json::{Value as Json, json};
use service::corrective::supplier::{self, SupplierView, link};
use service::corrective::{self, causes, history};
use service::role::Role;
use service::words::{CorrectiveStatus, Status};
use service::{Error, Result};
use testkit::{TestSystem, defect, each_db};

use crate::{ANY, assert_intact, body, fields, history_of};

/// A request to a supplier about a defect.
async fn asked(t: &TestSystem) -> i64 {
    let supplier = t.supplier().await.id;
    let inspector = t.member(Role::Inspector).await;
    let tag = t
        .report(&inspector, defect().with("lot_number", "L-2031"))
        .await
        .item
        .id;
    t.raise(json!({"supplier_id": supplier, "defect_ids": [tag]}))
        .await
        .item
        .id
}

async fn given(t: &TestSystem, id: i64) -> String {
    let quality = t.member(Role::QualityEngineer).await;
    let (given, _) = link::give(t, &quality, id, &ANY, &body(json!({})), None)
        .await
        .unwrap();
    given.token.unwrap()
}

async fn answer(t: &TestSystem, token: &str, answer: Json) -> Result<SupplierView> {
    supplier::answer(t, token, &ANY, &body(answer)).await
}

fn opens_nothing<T>(done: &Result<T>) -> bool {
    matches!(done, Err(Error::NotFound(_)))
}

each_db! {
    async fn the_supplier_sees_what_he_needs_and_nothing_of_the_plant(t: TestSystem) {
        let id = asked(&t).await;
        t.set_request(id, json!({"d2": {"text": "Secret of the plant"}, "d3": {"text": "Secret of the plant"}})).await;
        let quality = t.member(Role::QualityEngineer).await;
        let new = body(json!({"kind": "occurrence", "text": "Secret of the plant"}));
        causes::add(&t, &quality, id, &ANY, &new, None).await.unwrap();
        let token = given(&t, id).await;
        let seen = supplier::show(&t, &token).await.unwrap();
        assert_eq!((seen.title.as_str(), seen.is_open), ("Burrs on flange bores", true));
        assert_eq!((seen.defects.len(), seen.defects[0].lot_number.as_deref()), (1, Some("L-2031")));
        assert_eq!(seen.defects[0].quantity_defective, "10");
        assert_eq!((&seen.d3.text, &seen.occurrence), (&None, &None));
        let text = serde_json::to_string(&seen).unwrap();
        for hidden in ["Secret", quality.name.as_str(), "cost", "_by", "\"id\""] {
            assert!(!text.contains(hidden), "{hidden} in {text}");
        }
    }

    async fn neither_another_suppliers_material_nor_a_void_record_is_his_to_see(t: TestSystem) {
        let (his, other) = (t.supplier().await.id, t.supplier().await.id);
        let inspector = t.member(Role::Inspector).await;
        let mut tags = Vec::new();
        for supplier in [Some(his), None, Some(other), Some(his)] {
            tags.push(t.report(&inspector, defect().with("supplier_id", supplier)).await.item);
        }
        let ids: Vec<i64> = tags.iter().map(|tag| tag.id).collect();
        let id = t.raise(json!({"supplier_id": his, "defect_ids": ids})).await.item.id;
        t.bring(ids[3], Status::Void).await;
        let numbers = |places: [usize; 2]| places.map(|place| tags[place].tag_number.clone());
        let token = given(&t, id).await;
        let seen = supplier::show(&t, &token).await.unwrap().defects;
        let seen: Vec<String> = seen.into_iter().map(|defect| defect.tag_number).collect();
        assert_eq!(seen, numbers([0, 1]));
        let quality = t.member(Role::QualityEngineer).await;
        let link = link::show(&t, &quality, id).await.unwrap();
        assert_eq!(link.not_shown, numbers([2, 3]), "quality is told what he does not see");
    }

    async fn the_suppliers_words_stand_beside_those_of_the_plant(t: TestSystem) {
        let id = asked(&t).await;
        t.set_request(id, json!({"d3": {"text": "Ours"}})).await;
        let token = given(&t, id).await;
        let first = json!({"d3": "All stock is sorted.", "occurrence": "The furnace was too cold."});
        let seen = answer(&t, &token, first).await.unwrap();
        assert_eq!(seen.d3.text.as_deref(), Some("All stock is sorted."));
        answer(&t, &token, json!({"occurrence": "The thermocouple was worn."})).await.unwrap();
        let now = t.request(id).await;
        assert_eq!((now.d3.text.as_deref(), now.d3.supplier_text.as_deref()), (Some("Ours"), Some("All stock is sorted.")));
        assert_eq!(now.item.updated_by, None);
        let quality = t.member(Role::QualityEngineer).await;
        let found = causes::list(&t, &quality, id, &body(json!({}))).await.unwrap().items;
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].text.as_str(), found[0].from_supplier), ("The thermocouple was worn.", true));
        assert!(!causes::may_reword(&found[0]));
        let theirs = causes::change(&t, &quality, (id, found[0].id), &ANY, &body(json!({"text": "Mine"}))).await;
        assert_eq!(fields(theirs), ["text"]);
        let verified = body(json!({"is_verified": true}));
        causes::change(&t, &quality, (id, found[0].id), &ANY, &verified).await.unwrap();
        let by: Vec<_> = history_of(&t, id).await.into_iter().map(|row| row.actor.name).collect();
        assert!(by.iter().any(|name| name.starts_with("supplier: P-")), "{by:?}");
        assert_intact(&t).await;
    }

    async fn a_complete_step_takes_no_answer(t: TestSystem) {
        let id = asked(&t).await;
        let token = given(&t, id).await;
        t.bring_request(id, CorrectiveStatus::D5).await;
        for late in [json!({"d3": "Late"}), json!({"occurrence": "Late"})] {
            assert!(matches!(answer(&t, &token, late).await, Err(Error::WrongState(_))));
        }
        let seen = answer(&t, &token, json!({"d5": "In time"})).await.unwrap();
        assert_eq!([&seen.d3, &seen.d4, &seen.d5].map(|step| seen.takes(step)), [false, false, true]);
        t.bring_request(id, CorrectiveStatus::D8).await;
        assert!(matches!(answer(&t, &token, json!({"d7": "Late"})).await, Err(Error::WrongState(_))));
        let seen = supplier::show(&t, &token).await.unwrap();
        assert!(!seen.is_open && !seen.takes(&seen.d7));
    }

    async fn a_link_ends_is_taken_back_and_goes_with_its_supplier(t: TestSystem) {
        let id = asked(&t).await;
        let quality = t.member(Role::QualityEngineer).await;
        let first = given(&t, id).await;
        let second = given(&t, id).await;
        assert!(opens_nothing(&supplier::show(&t, &first).await), "there is one at a time");
        assert!(supplier::show(&t, &second).await.is_ok());
        link::revoke(&t, &quality, id, &ANY).await.unwrap();
        assert!(opens_nothing(&supplier::show(&t, &second).await));
        assert!(opens_nothing(&link::show(&t, &quality, id).await));
        assert!(opens_nothing(&link::revoke(&t, &quality, id, &ANY).await));

        let third = given(&t, id).await;
        t.clock.advance(TimeDelta::days(15));
        assert!(opens_nothing(&supplier::show(&t, &third).await), "two weeks are over");
        let fourth = given(&t, id).await;
        let other = t.supplier().await.id;
        corrective::change(&t, &quality, id, &ANY, &body(json!({"supplier_id": other}))).await.unwrap();
        assert!(opens_nothing(&answer(&t, &fourth, json!({"d3": "Not mine any more"})).await));
        let fifth = given(&t, id).await;
        t.bring_request(id, CorrectiveStatus::Void).await;
        assert!(opens_nothing(&supplier::show(&t, &fifth).await));
        for made_up in ["", "car_", "'; DROP TABLE car_link", &first[4..]] {
            assert!(opens_nothing(&supplier::show(&t, made_up).await));
        }
        assert_intact(&t).await;
    }

    async fn whether_there_is_a_link_is_told_to_those_alone_who_give_it(t: TestSystem) {
        let id = asked(&t).await;
        for text in ["One.", "Two."] {
            given(&t, id).await;
            t.set_request(id, json!({"d3": {"text": text}})).await;
        }
        let all = history_of(&t, id).await;
        let links = all.iter().filter(|event| event.field.as_deref() == Some("supplier_link"));
        assert_eq!(links.count(), 3, "given, taken back, given");
        let (quality, engineer) = (t.member(Role::QualityEngineer).await, t.member(Role::TechEngineer).await);
        for (actor, hidden) in [(&quality, 0), (&engineer, 3)] {
            let there = i64::try_from(all.len()).unwrap() - hidden;
            for limit in [1, 2, 200] {
                let (mut seen, mut cursor) = (Vec::new(), None);
                loop {
                    let asked = body(json!({"limit": limit, "cursor": cursor, "count": "true"}));
                    let page = history::list(&t, actor, id, &asked).await.unwrap();
                    assert_eq!(page.total, Some(there));
                    seen.extend(page.items);
                    cursor = page.next_cursor;
                    if cursor.is_none() {
                        break;
                    }
                }
                let numbers: Vec<i64> = seen.iter().map(|event| event.seq).collect();
                assert_eq!(numbers, (1..=there).collect::<Vec<_>>(), "{limit} at a time: no gap tells of a link");
                let told = seen.iter().filter(|event| event.field.as_deref() == Some("supplier_link"));
                assert_eq!(told.count(), if hidden == 0 { 3 } else { 0 });
                let last = seen.last().map(|event| event.new_value.clone());
                assert_eq!(last, Some(json!("Two.")));
            }
        }
    }

    async fn only_quality_gives_a_link_and_only_to_a_supplier_who_is_asked(t: TestSystem) {
        let id = asked(&t).await;
        let engineer = t.member(Role::TechEngineer).await;
        let refused = link::give(&t, &engineer, id, &ANY, &body(json!({})), None).await;
        assert!(matches!(refused, Err(Error::Forbidden { .. })));
        let alone = t.raise(json!({})).await.item.id;
        let quality = t.member(Role::QualityEngineer).await;
        let nobody = link::give(&t, &quality, alone, &ANY, &body(json!({})), None).await;
        assert_eq!(fields(nobody.map(|given| given.1)), ["supplier_id"]);
        let text = given(&t, id).await;
        let kept = serde_json::to_string(&history_of(&t, id).await).unwrap();
        assert!(!kept.contains(&text), "the text stands nowhere");
    }
}
