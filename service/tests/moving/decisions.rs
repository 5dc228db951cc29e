//! What was decided, by whose votes and under which concession, comes along into another system.

use serde_json::json;
use service::defects::{approvals, lines, signatures, transition};
use service::role::Role;
use service::version::IfMatch;
use service::words::Status;
use service::{Draft, approval_rule, concession, part};
use testkit::{PASSWORD, TestSystem, defect, each_db};

use super::export;
use super::merge::{REAL, elsewhere, figures, merge, sound};

const ANY: IfMatch = IfMatch::Any;

/// A record of ten pieces, used as they are: under a concession, by the signed votes of engineering and the board.
async fn decided(t: &TestSystem) {
    approval_rule::seed(t).await.unwrap();
    let manager = t.member(Role::QualityManager).await;
    let (customer, flange) = (t.customer().await.id, t.part().await.id);
    let owner = Draft::json(&json!({"design_owner_id": customer}));
    part::change(t, &manager, flange, &ANY, &owner)
        .await
        .unwrap();
    let granted = json!({
        "number": "CON-1", "customer_id": customer, "part_id": flange, "max_quantity": "12", "valid_until": "2026-12-31",
    });
    let granted = concession::create(t, &manager, &Draft::json(&granted), None).await;
    let inspector = t.member(Role::Inspector).await;
    let tag = defect()
        .major()
        .with("part_id", flange)
        .with("customer_id", customer);
    let record = t.report(&inspector, tag).await.item.id;
    t.bring(record, Status::Disposition).await;
    let engineer = t.member(Role::TechEngineer).await;
    let line = json!({
        "disposition": "use_as_is", "quantity": "10", "justification": "It fits.", "authority": "engineering",
        "concession_id": granted.unwrap().id,
    });
    lines::add(t, &engineer, record, &ANY, &Draft::json(&line), None)
        .await
        .unwrap();
    let signature = json!({"password": PASSWORD, "meaning": "approval"});
    for role in [Role::TechEngineer, Role::QualityManager] {
        let voter = t.user(role).await;
        let vote = Draft::json(&json!({"decision": "approve", "signature": signature}));
        approvals::cast(t, &voter, record, &ANY, &vote, None)
            .await
            .unwrap();
    }
    let approve = Draft::json(&json!({"action": "approve_disposition", "signature": signature}));
    transition::act(t, &manager, record, &ANY, &approve, None)
        .await
        .unwrap();
}

each_db! {
    async fn votes_and_concessions_are_merged_with_their_records(t: TestSystem) {
        approval_rule::seed(&t).await.unwrap();
        // So that ids are not the same by chance.
        for _ in 0..3 {
            t.customer().await;
            t.part().await;
        }
        let viewer = t.member(Role::Viewer).await;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("other.dmt.zip");
        let archive = path.clone();
        elsewhere(move |other, system| async move {
            decided(&other).await;
            export(&system.db, &archive).await;
        })
        .await;

        let merged = merge(&t.db, &path, REAL).await.unwrap();
        assert_eq!((merged.refused, &merged.refusals), (0, &Vec::new()));
        assert_eq!(figures(&merged, "approval_rule"), (0, 0, 3, 0), "both began with the same");
        for (table, rows) in [("concession", 1), ("defect", 1), ("approval", 2), ("signature", 3)] {
            assert_eq!(figures(&merged, table), (rows, 0, 0, 0), "{table}");
        }
        sound(&t).await;
        let (every, all) = (Draft::json(&json!({})), Draft::json(&json!({})));
        let granted = concession::list(&t, &viewer, &every).await.unwrap().items.remove(0);
        assert_eq!((granted.number.as_str(), granted.used_quantity.as_str()), ("CON-1", "10"));
        let records = service::defects::list(&t, &viewer, &Draft::json(&json!({}))).await.unwrap().items;
        let record = records[0].id;
        let votes = approvals::list(&t, &viewer, record, &all).await.unwrap().items;
        let signed = signatures::list(&t, &viewer, record, &all).await.unwrap().items;
        let ids: Vec<_> = signed.iter().map(|signature| Some(signature.id)).collect();
        assert_eq!(votes.iter().map(|vote| vote.signature_id).collect::<Vec<_>>(), ids[..2]);
        assert!(signed.iter().all(|one| one.matches.is_none()), "they were made over other ids: {signed:?}");

        let again = merge(&t.db, &path, REAL).await.unwrap();
        assert_eq!(figures(&again, "defect"), (0, 0, 1, 0));
        assert_eq!(figures(&again, "concession"), (0, 0, 1, 0));
    }
}
