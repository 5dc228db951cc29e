//! A record that is not what its history tells, or does not remember its history, is found.

use entity::{defect, defect_search};
use sea_orm::EntityTrait;
use service::audit;
use service::words::Status;
use testkit::{TestSystem, each_db};

use crate::chain::{END, LAST};
use crate::chain::{all_found, by_hand, found, on_record, remember, story, untold};
use crate::plant::{chain_of, copies, past_the_service};
use crate::writes::Laden;

each_db! {
    async fn a_record_that_was_changed_without_its_history_is_found_by_the_field(t: TestSystem) {
        let record = Laden::in_disposition(&t).await;
        let closer = t.bring(record.id, Status::Closed).await.item.closed_by.unwrap().id.to_string();
        let id = record.id;
        let on = |field: &str, new: &str, old: &str| {
            [new, old].map(|value| format!("UPDATE defect SET {field} = {value} WHERE id = {id}"))
        };
        for (field, new, old) in [
            ("title", "'Scratch'", "'Burr on flange bore'"),
            ("status", "'void'", "'closed'"),
            ("severity", "'minor'", "'major'"),
            ("lot_number", "''", "NULL"),
            ("quantity_defective", "10001", "10000"),
            ("is_contained", "TRUE", "FALSE"),
            ("process_analysis", "NULL", "'The drill was worn.'"),
            ("due_at", "reported_at", "NULL"),
            ("closed_by", "reported_by", &closer),
            ("tag_number", "'DMT-X'", &format!("'DMT-{id:06}'")),
        ] {
            let [tamper, repair] = on(field, new, old);
            by_hand(&t, tamper).await;
            assert_eq!(untold(&t, id).await, [field]);
            by_hand(&t, repair).await;
        }
        for (table, child, column, new, old) in [
            ("disposition_line", record.line, "quantity", "9000", "10000"),
            ("labor_entry", record.labor, "minutes", "31", "30"),
            ("cost_entry", record.cost, "amount", "749", "750"),
            ("cost_entry", record.cost, "kind", "'recovery'", "'freight'"),
            ("defect_serial", record.serial, "serial_number", "'SN-2'", "'SN-1'"),
        ] {
            let set = |value: &str| format!("UPDATE {table} SET {column} = {value} WHERE id = {child}");
            by_hand(&t, set(new)).await;
            let named = untold(&t, id).await;
            assert!(named.len() == 1 && named[0].ends_with(&format!("/{child}")), "{table}.{column}: {named:?}");
            by_hand(&t, set(old)).await;
        }
        assert_eq!(all_found(&t, id).await, [], "all is as it was");
        by_hand(&t, format!("DELETE FROM cost_entry WHERE id = {}", record.cost)).await;
        by_hand(&t, format!("UPDATE signature SET signer_name = 'Somebody' WHERE defect_id = {id}")).await;
        by_hand(
            &t,
            format!(
                "INSERT INTO defect_serial (defect_id, serial_number, created_at, created_by) \
            SELECT defect_id, 'SN-9', created_at, created_by FROM defect_serial WHERE id = {}",
                record.serial
            ),
        )
        .await;
        let named = untold(&t, id).await;
        let mut kinds: Vec<_> = named.iter().map(|name| name.split('/').next().unwrap()).collect();
        kinds.sort_unstable();
        assert_eq!(kinds, ["cost_entries", "serials", "signatures"]);
    }

    async fn a_record_that_remembers_another_end_is_found(t: TestSystem) {
        let record = story(&t).await;
        let chain = chain_of(&t, record).await;
        for (seq, head, what) in
            [(5, &"f".repeat(64), END), (4, &chain[3].hash, END), (6, &chain[4].hash, LAST), (4, &chain[4].hash, END)]
        {
            remember(&t, record, seq, head).await;
            assert_eq!(found(&t, record).await, [on_record(what)], "{seq}");
        }
        remember(&t, record, 5, &chain[4].hash).await;
        assert_eq!(found(&t, record).await, []);
    }

    async fn a_record_that_was_deleted_or_made_past_the_service_is_found(t: TestSystem) {
        let record = story(&t).await;
        past_the_service(&t, move |tx| {
            Box::pin(async move {
                // What it is found by refers to it.
                defect_search::Entity::delete_by_id(record).exec(tx).await?;
                defect::Entity::delete_by_id(record).exec(tx).await.map(drop)
            })
        })
        .await;
        assert_eq!(found(&t, record).await, [on_record("has a history, but the record is gone")]);
        let second = story(&t).await;
        copies(&t, second, 1).await;
        let findings = audit::verify(&t, |_| ()).await.unwrap().findings;
        let whats: Vec<_> = findings.iter().map(|finding| finding.what.as_str()).collect();
        assert_eq!(whats, ["has a history, but the record is gone", "has no history"]);
    }
}
