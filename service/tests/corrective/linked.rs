//! The defects that a request is about: linked, taken back, and not reopened behind its back.

use serde_json::json;
use service::Error;
use service::corrective::defects;
use service::defects::transition;
use service::lifecycle::Action;
use service::role::Role;
use service::words::{CorrectiveStatus, Status};
use testkit::{PASSWORD, TestSystem, defect, each_db};

use crate::{ANY, assert_intact, body, fields, history_of};

each_db! {
    async fn a_request_is_about_one_or_several_defects(t: TestSystem) {
        let inspector = t.member(Role::Inspector).await;
        let one = t.report(&inspector, defect().quantity("2.5")).await;
        let other = t.report(&inspector, defect()).await.item.id;
        let id = t.raise(json!({"defect_ids": [one.item.id]})).await.item.id;
        let quality = t.member(Role::QualityEngineer).await;
        let link = async |defect: i64| {
            defects::add(&t, &quality, id, &ANY, &body(json!({"defect_id": defect})), None).await
        };
        link(other).await.unwrap();
        assert_eq!(fields(link(other).await), ["defect_id"], "it is about this one already");
        assert_eq!(fields(link(999_999).await), ["defect_id"]);
        let listed = defects::list(&t, &quality, id, &body(json!({}))).await.unwrap().items;
        assert_eq!(listed.iter().map(|link| link.id).collect::<Vec<_>>(), [one.item.id, other]);
        assert_eq!((&listed[0].tag_number, listed[0].quantity_defective.as_str()), (&one.item.tag_number, "2.5"));
        assert_eq!(listed[0].part, one.item.part);
        defects::remove(&t, &quality, (id, one.item.id), &ANY).await.unwrap();
        let gone = defects::show(&t, &quality, id, one.item.id).await;
        assert!(matches!(gone, Err(Error::NotFound("defect"))));
        let told = history_of(&t, id).await.pop().unwrap();
        assert_eq!(told.old_value, json!({"defect_id": one.item.id}));
        assert_intact(&t).await;
    }

    async fn what_a_request_begins_with_is_there_and_given_once(t: TestSystem) {
        let inspector = t.member(Role::Inspector).await;
        let there = t.report(&inspector, defect()).await.item.id;
        let quality = t.member(Role::QualityEngineer).await;
        let new = json!({"title": "Burrs", "description": "Again.", "defect_ids": [there, 999_999, there]});
        let refused = service::corrective::raise(&t, &quality, &body(new), None).await;
        assert_eq!(fields(refused), ["defect_ids[1]", "defect_ids[2]"]);
    }

    async fn a_defect_is_not_reopened_behind_the_back_of_an_open_request(t: TestSystem) {
        let closed = t.bring_to(Status::Closed).await.item.id;
        let request = t.raise(json!({"defect_ids": [closed]})).await;
        let manager = t.member(Role::QualityManager).await;
        let reopen = || body(json!({"action": "reopen", "reason": "Two more were found.",
            "signature": {"password": PASSWORD, "meaning": "responsibility"}}));
        let refused = transition::act(&t, &manager, closed, &ANY, &reopen(), None).await;
        let Err(Error::Invalid(errors)) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(errors[0].field, "corrective_actions");
        assert!(errors[0].message.contains(&request.item.car_number), "{errors:?}");
        let may = service::defects::permissions(&t, &manager, closed).await.unwrap();
        let told = may.actions.iter().find(|action| action.action == Action::Reopen).unwrap();
        assert_eq!(told.unmet, errors);
        t.bring_request(request.item.id, CorrectiveStatus::Closed).await;
        let reopened = transition::act(&t, &manager, closed, &ANY, &reopen(), None).await.unwrap();
        assert_eq!(reopened.item.status, Status::Disposition);
    }
}
