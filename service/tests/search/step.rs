//! What a record is found by follows its texts, in the transaction that changes them.

use serde_json::json;
use service::defects::{self, serials};
use service::role::Role;
use service::{System, part};
use testkit::{TestSystem, defect, each_db};

use crate::{ANY, assert_in_step, body, found, tokens};

const NOTHING: [i64; 0] = [];

each_db! {
    async fn a_change_is_found_and_what_it_replaced_is_not(t: TestSystem) {
        let manager = t.member(Role::QualityManager).await;
        let record = t.report(&manager, defect().with("title", "Scratch")).await.item.id;
        let patch = json!({"title": "Dent", "lot_number": "L-9", "description": "Deep"});
        defects::change(&t, &manager, record, &ANY, &body(patch)).await.unwrap();
        assert_eq!(found(&t, "scratch").await, NOTHING);
        assert_eq!(found(&t, "dent deep L-9").await, [record]);
        let patch = json!({"lot_number": null, "severity": "minor"});
        defects::change(&t, &manager, record, &ANY, &body(patch)).await.unwrap();
        assert_eq!(found(&t, "L-9").await, NOTHING);
        assert_in_step(&t).await;
    }

    async fn serial_numbers_come_and_go(t: TestSystem) {
        let manager = t.member(Role::QualityManager).await;
        let record = t.report(&manager, defect()).await.item.id;
        let serial = body(json!({"serial_number": "SN-42"}));
        let serial = serials::add(&t, &manager, record, &ANY, &serial, None).await.unwrap().item.id;
        assert_eq!(found(&t, "sn-42").await, [record]);
        serials::remove(&t, &manager, record, serial, &ANY).await.unwrap();
        assert_eq!(found(&t, "sn-42").await, NOTHING);
        assert_in_step(&t).await;
    }

    async fn a_part_that_is_renamed_is_found_by_its_new_number(t: TestSystem) {
        let manager = t.member(Role::QualityManager).await;
        let (old, other) = (t.part().await, t.part().await);
        let mut ids = Vec::new();
        for _ in 0..3 {
            ids.push(t.report(&manager, defect().with("part_id", old.id)).await.item.id);
        }
        // The old number stands in a text, too, and stays there.
        let mention = defect().with("part_id", other.id).with("title", old.number.as_str());
        let mention = t.report(&manager, mention).await.item.id;
        let own = defect().with("part_id", old.id).with("lot_number", old.number.as_str());
        let own = t.report(&manager, own).await.item.id;
        let number = json!({"number": "零件-X9"});
        part::change(&t, &manager, old.id, &ANY, &body(number)).await.unwrap();
        let quoted = format!("\"{}\"", old.number);
        assert_eq!(found(&t, &quoted).await, [own, mention]);
        assert_eq!(found(&t, "零件-x9").await, [own, ids[2], ids[1], ids[0]]);
        let patch = json!({"part_id": other.id});
        defects::change(&t, &manager, ids[0], &ANY, &body(patch)).await.unwrap();
        assert_eq!(found(&t, "零件-x9").await, [own, ids[2], ids[1]]);
        let only_case = json!({"number": "零件-x9", "name": "Disc"});
        part::change(&t, &manager, old.id, &ANY, &body(only_case)).await.unwrap();
        assert_in_step(&t).await;
    }

    async fn what_is_refused_leaves_nothing_to_be_found(t: TestSystem) {
        let manager = t.member(Role::QualityManager).await;
        let tag = || defect().with("external_system", "MES").with("external_id", "7");
        let record = t.report(&manager, tag()).await.item.id;
        let again = t.form(&tag().with("title", "Unheard of")).await;
        assert!(defects::report(&t, &manager, &body(again), None).await.is_err());
        let stale = service::version::IfMatch::Versions(vec![7]);
        let patch = body(json!({"title": "Unheard of"}));
        assert!(defects::change(&t, &manager, record, &stale, &patch).await.is_err());
        // The texts are written, and then the key of the table refuses the change.
        let other = t.report(&manager, defect()).await.item.id;
        let patch = json!({"title": "Unheard of", "external_system": "MES", "external_id": "7"});
        assert!(defects::change(&t, &manager, other, &ANY, &body(patch)).await.is_err());
        assert_eq!(found(&t, "unheard").await, NOTHING);
        assert_eq!(tokens(&t).await, 2);
        assert_in_step(&t).await;
    }

    /// A report that has read the old number does not keep it.
    async fn a_part_may_be_renamed_while_its_defects_are_reported(t: TestSystem) {
        let manager = t.member(Role::QualityManager).await;
        let (part, center) = (t.part().await.id, t.work_center().await.id);
        let tag = defect().with("part_id", part).with("work_center_id", center);
        let form = t.form(&tag).await;
        let system: System = (*t).clone();
        let reporting: Vec<_> = (0..24)
            .map(|_| {
                let (system, manager, form) = (system.clone(), manager.clone(), form.clone());
                tokio::spawn(async move {
                    let made = defects::report(&system, &manager, &body(form), None).await.unwrap();
                    let patch = json!({"title": format!("Crack {}", made.item.id)});
                    defects::change(&system, &manager, made.item.id, &ANY, &body(patch)).await.unwrap();
                })
            })
            .collect();
        for round in 0..8 {
            let number = json!({"number": format!("RENAMED-{round}")});
            part::change(&t, &manager, part, &ANY, &body(number)).await.unwrap();
        }
        for report in reporting {
            report.await.unwrap();
        }
        assert_eq!(found(&t, "renamed-7 crack").await.len(), 24);
        assert_eq!(found(&t, "\"renamed-6\"").await, NOTHING);
        assert_in_step(&t).await;
    }
}
