//! What anchors add: whoever leaves the database in agreement with itself is found by what was written outside of it.

use std::path::Path;

use serde_json::json;
use service::System;
use service::audit::{self, AnchorError, AuditKey};
use service::role::Role;
use testkit::{TestSystem, each_db};

use crate::chain::{all_found, by_hand, delete, forge, overwrite, remember, story};
use crate::plant::{chain_of, change};

/// When the tests' clock stands.
const AT: &str = "2026-11-20T08:00:00.000000Z";

/// What the anchors of a file find: the record, the row, and what is wrong.
async fn anchored(system: &System, file: &Path) -> Vec<(i64, Option<i64>, String)> {
    let checked = audit::verify_anchors(system, file, |_| ()).await.unwrap();
    let findings = checked.findings.into_iter();
    findings
        .map(|finding| (finding.entity_id, finding.seq, finding.what))
        .collect()
}

async fn anchor(system: &System, file: &Path) -> u64 {
    audit::anchor(system, file, |_| ()).await.unwrap().added
}

each_db! {
    async fn what_grew_lawfully_is_as_it_was_anchored(t: TestSystem) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("anchors");
        let inspector = t.member(Role::Inspector).await;
        let record = t.report(&inspector, testkit::defect()).await.item.id;
        let all = anchor(&t, &file).await;
        assert!(all > 3, "users, a part, a work center and the record: {all}");
        change(&t, &inspector, record, json!({"lot_number": "L-1"})).await.unwrap();
        assert_eq!(anchor(&t, &file).await, 1, "what has not grown is not named again");
        assert_eq!(anchor(&t, &file).await, 0);
        change(&t, &inspector, record, json!({"lot_number": "L-2"})).await.unwrap();
        let checked = audit::verify_anchors(&t, &file, |_| ()).await.unwrap();
        assert_eq!((checked.anchors, checked.rows, checked.findings), (3, all + 1, Vec::new()));
    }

    async fn a_tail_that_was_cut_without_a_trace_is_found_by_the_anchor_alone(t: TestSystem) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("anchors");
        let record = story(&t).await;
        anchor(&t, &file).await;
        let chain = chain_of(&t, record).await;
        delete(&t, record, &[5]).await;
        remember(&t, record, 4, &chain[3].hash).await;
        by_hand(&t, format!("UPDATE defect SET status = 'reported' WHERE id = {record}")).await;
        assert_eq!(all_found(&t, record).await, []);
        let missing = format!("was anchored at {AT}, and is missing: its history was cut off");
        assert_eq!(anchored(&t, &file).await, [(record, Some(5), missing)]);
    }

    async fn a_chain_that_was_computed_anew_is_found_by_the_anchor_alone(t: TestSystem) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("anchors");
        let record = story(&t).await;
        anchor(&t, &file).await;
        let mut rows = chain_of(&t, record).await;
        rows[1].new_value = Some("\"L-2\"".to_owned());
        let rows = forge(rows);
        overwrite(&t, rows.clone()).await;
        remember(&t, record, 5, &rows[4].hash).await;
        by_hand(&t, format!("UPDATE defect SET lot_number = 'L-2' WHERE id = {record}")).await;
        assert_eq!(all_found(&t, record).await, []);
        let anew = format!("is not the row that was anchored at {AT}: its history was computed anew");
        assert_eq!(anchored(&t, &file).await, [(record, Some(5), anew)]);
    }

    async fn a_chain_that_was_removed_with_its_record_is_found_by_the_anchor_alone(t: TestSystem) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("anchors");
        let record = story(&t).await;
        anchor(&t, &file).await;
        delete(&t, record, &[1, 2, 3, 4, 5]).await;
        // What it is found by refers to it.
        by_hand(&t, format!("DELETE FROM defect_search WHERE defect_id = {record}")).await;
        by_hand(&t, format!("DELETE FROM defect WHERE id = {record}")).await;
        assert_eq!(all_found(&t, record).await, []);
        let gone = format!("had a history at {AT}, which is gone");
        assert_eq!(anchored(&t, &file).await, [(record, None, gone)]);
    }

    async fn a_file_of_anchors_that_was_changed_proves_nothing_and_says_so(t: TestSystem) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("anchors");
        story(&t).await;
        anchor(&t, &file).await;
        let written = std::fs::read_to_string(&file).unwrap();
        let refused = async |text: String| {
            std::fs::write(&file, text).unwrap();
            match audit::verify_anchors(&t, &file, |_| ()).await {
                Err(AnchorError::Changed { line, .. }) => line,
                other => panic!("{other:?}"),
            }
        };
        let last = written.lines().count() as u64;
        let row = written.lines().find(|line| line.starts_with("defect ")).unwrap();
        let (start, hash) = row.rsplit_once(' ').unwrap();
        let other = format!("{start} {}", "0".repeat(hash.len()));
        assert_eq!(refused(written.replace(row, &other)).await, last, "another hash");
        assert_eq!(refused(written.replace(&format!("{row}\n"), "")).await, last - 1, "a line less");
        assert_eq!(refused(written.replace("anchor 2026", "anchor 2025")).await, last, "another time");
        assert_eq!(refused(format!("nothing of ours\n{written}")).await, 1, "another beginning");
        std::fs::write(&file, &written).unwrap();
        let keyed = t.another_server(|options| options.audit_key = AuditKey::new(Some("a long secret of this plant")));
        let under_a_key = audit::verify_anchors(&keyed, &file, |_| ()).await;
        assert!(matches!(under_a_key, Err(AnchorError::Changed { .. })), "nobody without the key writes anchors under it");
    }

    async fn an_anchor_that_was_broken_off_counts_as_not_there(t: TestSystem) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("anchors");
        story(&t).await;
        let all = anchor(&t, &file).await;
        let whole = std::fs::read_to_string(&file).unwrap();
        for cut in ["", "dmt anch", "dmt anchors 1\n", &whole[..whole.len() / 2], &whole[..whole.len() - 1]] {
            std::fs::write(&file, cut).unwrap();
            let checked = audit::verify_anchors(&t, &file, |_| ()).await.unwrap();
            assert_eq!((checked.anchors, checked.rows), (0, 0), "{cut:?}");
            assert_eq!(anchor(&t, &file).await, all, "{cut:?}");
            assert_eq!(std::fs::read_to_string(&file).unwrap(), whole, "the next one takes its place");
        }
        std::fs::write(&file, format!("{whole}anchor 2026-11-21T08:00:00.000000Z\ndefect 1 9 ab\n")).unwrap();
        assert_eq!(anchored(&t, &file).await, []);
        assert_eq!(anchor(&t, &file).await, 0);
    }

    async fn a_file_that_holds_something_else_is_left_as_it_is(t: TestSystem) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("notes");
        for text in ["A note", "A note\nof ours\n"] {
            std::fs::write(&file, text).unwrap();
            let refused = audit::anchor(&t, &file, |_| ()).await;
            assert!(matches!(refused, Err(AnchorError::Changed { line: 1, .. })), "{refused:?}");
            assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
        }
    }
}
