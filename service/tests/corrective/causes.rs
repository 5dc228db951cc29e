//! Root causes: with their whys, verified, and counted only then.

use serde_json::json;
use service::corrective::{self, causes};
use service::role::Role;
use service::words::{CodeList, CorrectiveStatus};
use testkit::{TestSystem, each_db};

use crate::{ANY, assert_intact, body, fields, history_of, try_move};

each_db! {
    async fn a_root_cause_keeps_its_whys_in_order_and_its_history(t: TestSystem) {
        let id = t.raise(json!({})).await.item.id;
        t.code(CodeList::Cause, "METHOD-2").await;
        let engineer = t.member(Role::TechEngineer).await;
        let new = json!({
            "kind": "occurrence", "cause": "METHOD-2", "text": "Nobody counts the holes.",
            "whys": ["The drill was blunt.", "It had drilled \"twice\" its life.", "没有人数孔。"],
        });
        let added = causes::add(&t, &engineer, id, &ANY, &body(new), None).await.unwrap().item;
        assert!(causes::may_reword(&added));
        assert_eq!(added.whys, ["The drill was blunt.", "It had drilled \"twice\" its life.", "没有人数孔。"]);
        assert_eq!((added.cause.as_deref(), added.from_supplier, added.verified_at), (Some("METHOD-2"), false, None));
        let change = async |fields| causes::change(&t, &engineer, (id, added.id), &ANY, &body(fields)).await;
        let verified = change(json!({"is_verified": true})).await.unwrap().item;
        assert_eq!(verified.verified_by.map(|by| by.id), engineer.id);
        let other = change(json!({"whys": null, "cause": null})).await.unwrap().item;
        assert_eq!((other.whys.len(), other.cause, other.verified_at), (0, None, None), "other words are verified anew");
        assert_eq!(fields(change(json!({"cause": "NO-SUCH"})).await), ["cause"]);
        causes::remove(&t, &engineer, (id, added.id), &ANY).await.unwrap();
        let told = history_of(&t, id).await.pop().unwrap();
        assert_eq!(told.field, Some(format!("root_causes/{}", added.id)));
        assert_eq!((told.old_value["text"].as_str(), told.new_value.is_null()), (Some("Nobody counts the holes."), true));
        assert_intact(&t).await;
    }

    async fn causes_count_once_they_are_verified(t: TestSystem) {
        let id = t.request_at(CorrectiveStatus::D4).await.item.id;
        let engineer = t.member(Role::TechEngineer).await;
        t.set_request(id, json!({"d4": {"text": "Is / is not."}})).await;
        let mut made = Vec::new();
        for kind in ["occurrence", "non_detection", "systemic"] {
            let new = body(json!({"kind": kind, "text": "Nobody looks."}));
            made.push(causes::add(&t, &engineer, id, &ANY, &new, None).await.unwrap().item.id);
        }
        let complete = async || try_move(&t, &engineer, id, json!({"action": "complete_d4"})).await;
        assert_eq!(fields(complete().await), ["root_causes", "root_causes"]);
        let kinds = async || {
            let told = corrective::permissions(&t, &engineer, id).await.unwrap().actions;
            let lacks = told[0].unmet.iter().map(|error| error.which.clone());
            lacks.map(Option::unwrap).collect::<Vec<_>>()
        };
        assert_eq!(kinds().await, ["occurrence", "non_detection"]);
        let verify = async |cause| {
            let verified = body(json!({"is_verified": true}));
            causes::change(&t, &engineer, (id, cause), &ANY, &verified).await.unwrap();
        };
        verify(made[0]).await;
        verify(made[2]).await;
        assert_eq!(fields(complete().await), ["root_causes"], "nobody knows yet why it was not found");
        assert_eq!(kinds().await, ["non_detection"]);
        verify(made[1]).await;
        assert_eq!(complete().await.unwrap().item.status, CorrectiveStatus::D5);
    }
}
