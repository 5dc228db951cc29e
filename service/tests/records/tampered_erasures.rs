//! After somebody was erased, whoever changes his rows, or the one that vouches for them, is found as before.

use serde_json::{Value as Json, json};
use service::role::Role;
use service::{System, audit};
use testkit::{TestSystem, defect, each_db};

use crate::chain::{CONTENT, END, Row, by_hand, forge, insert, overwrite, plain_hash, remember};
use crate::erasing::{Ana, ana, erase, findings, user_chain};
use crate::plant::{chain_of, change};

/// What is done to a row behind the program's back.
type Change = fn(Row) -> Row;

fn found(entity: &str, id: i64, seq: i64, what: &str) -> (String, i64, Option<i64>, String) {
    (entity.to_owned(), id, Some(seq), what.to_owned())
}

/// Makes a user remember another end.
async fn user_remembers(t: &System, id: i64, seq: i64, head: &str) {
    by_hand(
        t,
        format!("UPDATE app_user SET audit_seq = {seq}, audit_head = '{head}' WHERE id = {id}"),
    )
    .await;
}

each_db! {
    async fn a_row_that_is_changed_after_an_erasure_is_found(t: TestSystem) {
        let Ana { id, record, .. } = ana(&t).await;
        erase(&t, "ana.lopez").await.unwrap();
        let chain = chain_of(&t, record).await;
        let hers = chain.iter().find(|row| row.field.as_deref() == Some("lot_number")).unwrap();
        assert_eq!((hers.actor, hers.actor_name.as_str()), (Some(id), format!("Erased user {id}").as_str()));
        let changes: [(&str, Change); 8] = [
            ("new_value", |row| Row { new_value: Some("\"L-2\"".to_owned()), ..row }),
            ("new_value to nothing", |row| Row { new_value: None, ..row }),
            ("old_value", |row| Row { old_value: Some("\"L-0\"".to_owned()), ..row }),
            ("field", |row| Row { field: Some("work_order".to_owned()), ..row }),
            ("another person's name", |row| Row { actor_name: "Eva".to_owned(), ..row }),
            ("another person", |row| Row { actor: row.actor.map(|id| id - 1), ..row }),
            ("nobody", |row| Row { actor: None, ..row }),
            ("reason", |row| Row { reason: Some("He was told to.".to_owned()), ..row }),
        ];
        for (what, change) in changes {
            overwrite(&t, vec![change(hers.clone())]).await;
            let found_now: Vec<_> = findings(&t).await.into_iter().filter(|(.., what)| !what.contains("history tells")).collect();
            assert_eq!(found_now, [found("defect", record, hers.seq, CONTENT)], "{what}");
            overwrite(&t, vec![hers.clone()]).await;
        }
        assert_eq!(findings(&t).await, []);
        // Her own row, as it was before.
        let own = user_chain(&t, id).await.remove(0);
        let record_of = own.new_value.clone().unwrap().replace("(erased)", "Eva Ruiz");
        overwrite(&t, vec![Row { new_value: Some(record_of), ..own.clone() }]).await;
        assert_eq!(findings(&t).await.first(), Some(&found("app_user", id, 1, CONTENT)));
        overwrite(&t, vec![own]).await;
        assert_eq!(findings(&t).await, []);
    }

    async fn an_erased_row_that_is_deleted_or_inserted_is_found(t: TestSystem) {
        let Ana { record, .. } = ana(&t).await;
        erase(&t, "ana.lopez").await.unwrap();
        let chain = chain_of(&t, record).await;
        let hers = chain.iter().find(|row| row.field.as_deref() == Some("lot_number")).unwrap().clone();
        by_hand(&t, format!("DELETE FROM audit_event WHERE id = {}", hers.id)).await;
        let missing = format!("rows {0} to {0} before it are missing", hers.seq);
        assert!(findings(&t).await.contains(&found("defect", record, hers.seq + 1, &missing)));
        insert(&t, hers.clone()).await;
        assert_eq!(findings(&t).await, [], "put back, all is as it was");
        let last = chain.last().unwrap();
        let more = Row { seq: last.seq + 1, prev_hash: last.hash.clone(), ..hers };
        insert(&t, more.clone()).await;
        let found_now = findings(&t).await;
        assert!(found_now.contains(&found("defect", record, more.seq, CONTENT)), "{found_now:?}");
        assert!(found_now.contains(&("defect".to_owned(), record, None, END.to_owned())), "{found_now:?}");
    }

    async fn what_vouches_counts_only_as_it_was_written_and_where_it_was_written(t: TestSystem) {
        let Ana { id, record, .. } = ana(&t).await;
        let erased = erase(&t, "ana.lopez").await.unwrap();
        let touched = usize::try_from(erased.replaced["audit_event"]).unwrap();
        let chain = user_chain(&t, id).await;
        let vouching = chain.last().unwrap().clone();
        assert_eq!(vouching.field.as_deref(), Some("erased"));
        // Edited: it is found, and so is each row that it vouched for.
        let told: Json = serde_json::from_str(vouching.new_value.as_deref().unwrap()).unwrap();
        assert_eq!(told["rows"].as_array().unwrap().len(), touched);
        let mut other = told.clone();
        other["rows"][0][1] = json!("f".repeat(64));
        overwrite(&t, vec![Row { new_value: Some(other.to_string()), ..vouching.clone() }]).await;
        let all = findings(&t).await;
        assert_eq!(all.iter().filter(|(.., what)| what == CONTENT).count(), touched + 1, "{all:?}");
        overwrite(&t, vec![vouching.clone()]).await;
        // Removed.
        by_hand(&t, format!("DELETE FROM audit_event WHERE id = {}", vouching.id)).await;
        assert!(findings(&t).await.len() > touched);
        // Put back at the end of a chain that is not whole.
        insert(&t, vouching.clone()).await;
        assert_eq!(findings(&t).await, []);
        user_remembers(&t, id, vouching.seq + 1, &vouching.hash).await;
        assert!(findings(&t).await.len() > touched, "the chain does not end where she remembers it");
        user_remembers(&t, id, vouching.seq, &vouching.hash).await;
        assert_eq!(findings(&t).await, []);
        // In another's chain, well formed, and remembered.
        let engineer = t.member(Role::TechEngineer).await.id.unwrap();
        let end = user_chain(&t, engineer).await.pop().unwrap();
        let hers = chain_of(&t, record).await.into_iter().find(|row| row.field.as_deref() == Some("lot_number")).unwrap();
        let changed = Row { new_value: Some("\"L-2\"".to_owned()), ..hers.clone() };
        let content = json!({"first": ["defect", record, hers.seq], "last": ["defect", record, hers.seq], "rows": [[["defect", record, hers.seq], plain_hash(&changed)]]});
        let mut forged = Row {
            entity_id: engineer,
            seq: end.seq + 1,
            new_value: Some(content.to_string()),
            prev_hash: end.hash,
            ..vouching.clone()
        };
        forged.hash = plain_hash(&forged);
        insert(&t, forged.clone()).await;
        user_remembers(&t, engineer, forged.seq, &forged.hash).await;
        assert_eq!(findings(&t).await, [], "nothing was changed yet");
        overwrite(&t, vec![changed]).await;
        let found_now = findings(&t).await;
        assert!(found_now.contains(&found("defect", record, hers.seq, CONTENT)), "{found_now:?}");
        // Under the name of another, and of what is told of nobody.
        let named = Row { actor_name: "Eva".to_owned(), ..hers.clone() };
        let content = json!({"first": ["defect", record, hers.seq], "last": ["defect", record, hers.seq], "rows": [[["defect", record, hers.seq], plain_hash(&named)]]});
        let end = user_chain(&t, id).await.pop().unwrap();
        let mut forged = Row { seq: end.seq + 1, new_value: Some(content.to_string()), prev_hash: end.hash, ..vouching };
        forged.hash = plain_hash(&forged);
        insert(&t, forged.clone()).await;
        user_remembers(&t, id, forged.seq, &forged.hash).await;
        overwrite(&t, vec![named]).await;
        assert_eq!(findings(&t).await, [found("defect", record, hers.seq, CONTENT)]);
    }

    /// The limit of a chain without a key: what vouches can be forged, but not unseen.
    async fn whoever_forges_an_erasure_is_counted(t: TestSystem) {
        let inspector = t.member(Role::Inspector).await;
        let id = inspector.id.unwrap();
        let record = t.report(&inspector, defect()).await.item.id;
        change(&t, &inspector, record, json!({"lot_number": "L-1"})).await.unwrap();
        let mut row = chain_of(&t, record).await.pop().unwrap();
        row.actor_name = format!("Erased user {id}");
        overwrite(&t, vec![row.clone()]).await;
        assert_eq!(findings(&t).await, [found("defect", record, row.seq, CONTENT)]);
        let place = json!(["defect", record, row.seq]);
        let mut chain = user_chain(&t, id).await;
        let end = chain.pop().unwrap();
        let mut forged = Row {
            seq: end.seq + 1,
            field: Some("erased".to_owned()),
            old_value: None,
            new_value: Some(json!({"first": place, "last": place, "rows": [[place, plain_hash(&row)]]}).to_string()),
            prev_hash: end.hash.clone(),
            ..end
        };
        forged.hash = plain_hash(&forged);
        insert(&t, forged.clone()).await;
        assert!(!findings(&t).await.is_empty(), "the chain does not end where he remembers it");
        user_remembers(&t, id, forged.seq, &forged.hash).await;
        let verified = audit::verify(&t, |_| ()).await.unwrap();
        assert_eq!((verified.findings, verified.erased), (vec![], 1));
    }

    async fn a_chain_that_is_computed_anew_over_erased_rows_is_found_by_the_anchor(t: TestSystem) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("anchors");
        let Ana { record, .. } = ana(&t).await;
        audit::anchor(&t, &file, |_| ()).await.unwrap();
        erase(&t, "ana.lopez").await.unwrap();
        let rows = forge(chain_of(&t, record).await);
        overwrite(&t, rows.clone()).await;
        let last = rows.last().unwrap();
        remember(&t, record, last.seq, &last.hash).await;
        assert_eq!(findings(&t).await, []);
        let anchored = audit::verify_anchors(&t, &file, |_| ()).await.unwrap().findings;
        assert_eq!(anchored.len(), 1, "{anchored:?}");
    }
}
