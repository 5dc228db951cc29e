//! Whoever changes the history past the service is found out, and the record and the row are named.

use chrono::TimeDelta;
use service::audit;
use service::words::Status;
use testkit::{TestSystem, each_db};

use crate::chain::{CONTENT, END, LAST, ORDER, Row};
use crate::chain::{all_found, at, delete, found, insert, on_record, overwrite, plain_hash, story};
use crate::plant::chain_of;

/// A column, and how it is changed.
type Change = (&'static str, fn(Row) -> Row);

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

const CHANGES: &[Change] = &[
    ("field", |row| Row {
        field: text("work_order"),
        ..row
    }),
    ("field to nothing", |row| Row { field: None, ..row }),
    ("old_value", |row| Row {
        old_value: text("\"L-0\""),
        ..row
    }),
    ("old_value, NULL to empty", |row| Row {
        old_value: text(""),
        ..row
    }),
    ("old_value, NULL to null", |row| Row {
        old_value: text("null"),
        ..row
    }),
    ("new_value", |row| Row {
        new_value: text("\"L-2\""),
        ..row
    }),
    ("new_value, a blank more", |row| Row {
        new_value: text("\"L-1 \""),
        ..row
    }),
    ("new_value to nothing", |row| Row {
        new_value: None,
        ..row
    }),
    ("actor", |row| Row {
        actor: row.actor.map(|id| id + 1),
        ..row
    }),
    ("actor to nobody", |row| Row { actor: None, ..row }),
    ("actor_name", |row| Row {
        actor_name: "Somebody else".to_owned(),
        ..row
    }),
    ("at, by a microsecond", |row| Row {
        at: row.at + TimeDelta::microseconds(1),
        ..row
    }),
    ("reason", |row| Row {
        reason: text("He was told to."),
        ..row
    }),
    ("reason, NULL to empty", |row| Row {
        reason: text(""),
        ..row
    }),
    ("request_id", |row| Row {
        request_id: text("r"),
        ..row
    }),
    ("request_id, NULL to empty", |row| Row {
        request_id: text(""),
        ..row
    }),
];

each_db! {
    async fn a_row_that_was_changed_in_any_column_is_named(t: TestSystem) {
        let record = story(&t).await;
        let chain = chain_of(&t, record).await;
        assert_eq!(found(&t, record).await, []);
        for (what, change) in CHANGES {
            overwrite(&t, vec![change(chain[1].clone())]).await;
            assert_eq!(found(&t, record).await, [at(2, CONTENT)], "{what}");
            overwrite(&t, vec![chain[1].clone()]).await;
        }
        assert_eq!(all_found(&t, record).await, [], "all is as it was");
    }

    async fn a_reason_that_was_changed_or_emptied_in_the_last_row_is_found(t: TestSystem) {
        let record = story(&t).await;
        let last = chain_of(&t, record).await.pop().unwrap();
        assert_eq!((last.seq, last.reason.as_deref()), (5, Some("The test asks for it.")));
        for reason in [None, Some(""), Some("The test asks for it. ")] {
            overwrite(&t, vec![Row { reason: reason.map(str::to_owned), ..last.clone() }]).await;
            assert_eq!(found(&t, record).await, [at(5, CONTENT)], "{reason:?}");
        }
    }

    async fn a_hash_that_was_changed_breaks_the_chain_on_both_sides(t: TestSystem) {
        let record = story(&t).await;
        let row = chain_of(&t, record).await.remove(2);
        overwrite(&t, vec![Row { hash: "f".repeat(64), ..row.clone() }]).await;
        assert_eq!(found(&t, record).await, [at(3, CONTENT), at(4, ORDER)]);
        overwrite(&t, vec![Row { prev_hash: "f".repeat(64), ..row.clone() }]).await;
        assert_eq!(found(&t, record).await, [at(3, ORDER), at(3, CONTENT)]);
        let mut rehashed = Row { new_value: Some("\"cage 5\"".to_owned()), ..row };
        rehashed.hash = plain_hash(&rehashed);
        overwrite(&t, vec![rehashed]).await;
        assert_eq!(found(&t, record).await, [at(4, ORDER)], "a row that was hashed anew does not fit the next");
    }

    async fn rows_that_were_deleted_are_missed(t: TestSystem) {
        for (rows, missed) in [
            (&[3][..], vec![at(4, "rows 3 to 3 before it are missing")]),
            (&[2, 3], vec![at(4, "rows 2 to 3 before it are missing")]),
            (&[1], vec![at(2, "rows 1 to 1 before it are missing")]),
            (&[5], vec![on_record(LAST)]),
            (&[4, 5], vec![on_record(LAST)]),
            (&[2, 5], vec![at(3, "rows 2 to 2 before it are missing"), on_record(LAST)]),
            (&[1, 2, 3, 4, 5], vec![on_record("has no history")]),
        ] {
            let record = story(&t).await;
            let chain = chain_of(&t, record).await;
            delete(&t, record, rows).await;
            assert_eq!(found(&t, record).await, missed, "{rows:?}");
            for row in chain.into_iter().filter(|row| rows.contains(&row.seq)) {
                insert(&t, row).await;
            }
            assert_eq!(found(&t, record).await, [], "put back, all is as it was");
        }
    }

    async fn a_gap_that_was_closed_by_renumbering_is_found(t: TestSystem) {
        let record = story(&t).await;
        let mut chain = chain_of(&t, record).await;
        delete(&t, record, &[3]).await;
        for row in &mut chain[3..] {
            row.seq -= 1;
        }
        overwrite(&t, chain.split_off(3)).await;
        assert_eq!(found(&t, record).await, [at(3, ORDER), at(3, CONTENT), at(4, CONTENT), on_record(LAST)]);
    }

    async fn a_row_that_was_forged_is_found(t: TestSystem) {
        let record = story(&t).await;
        let last = chain_of(&t, record).await.pop().unwrap();
        let mut forged = Row {
            seq: 6,
            field: Some("title".to_owned()),
            old_value: Some("\"Burr on flange bore\"".to_owned()),
            new_value: Some("\"Scratch\"".to_owned()),
            prev_hash: last.hash.clone(),
            hash: "0".repeat(64),
            ..last
        };
        insert(&t, forged.clone()).await;
        assert_eq!(found(&t, record).await, [at(6, CONTENT), on_record(END)]);
        delete(&t, record, &[6]).await;
        forged.hash = plain_hash(&forged);
        insert(&t, forged).await;
        assert_eq!(found(&t, record).await, [on_record(END)], "even with the right hash");
    }

    async fn a_history_that_was_moved_to_another_record_is_found(t: TestSystem) {
        let record = story(&t).await;
        let other = record + 1000;
        let mut rows = chain_of(&t, record).await;
        for row in &mut rows {
            row.entity_id = other;
        }
        overwrite(&t, rows).await;
        let findings = audit::verify(&t, |_| ()).await.unwrap().findings;
        let named: Vec<_> =
            findings.iter().map(|finding| (finding.entity_id, finding.seq, finding.what.as_str())).collect();
        assert_eq!(named[..5], (1..=5).map(|row| (other, Some(row), CONTENT)).collect::<Vec<_>>());
        assert!(named.contains(&(record, None, "has no history")), "{named:?}");
        assert!(named.contains(&(other, None, "has a history, but the record is gone")), "{named:?}");
    }

    async fn the_history_of_a_signed_record_is_sealed_like_any_other(t: TestSystem) {
        let record = t.bring_to(Status::Closed).await.item.id;
        let chain = chain_of(&t, record).await;
        let signed = chain.iter().find(|row| row.field.as_deref().is_some_and(|field| field.starts_with("signatures/")));
        let signed = signed.unwrap();
        overwrite(&t, vec![Row { actor_name: "Somebody else".to_owned(), ..signed.clone() }]).await;
        assert_eq!(found(&t, record).await, [at(signed.seq, CONTENT)], "changed");
        overwrite(&t, vec![signed.clone()]).await;
        delete(&t, record, &[3]).await;
        assert_eq!(found(&t, record).await, [at(4, "rows 3 to 3 before it are missing")], "deleted");
        insert(&t, chain[2].clone()).await;
        let chain = chain_of(&t, record).await;
        let (two, three) = (Row { seq: 3, ..chain[1].clone() }, Row { seq: 2, ..chain[2].clone() });
        overwrite(&t, vec![two, three]).await;
        let found_now = found(&t, record).await;
        assert_eq!(found_now, [at(2, ORDER), at(2, CONTENT), at(3, ORDER), at(3, CONTENT), at(4, ORDER)], "reordered");
        overwrite(&t, chain[1..3].to_vec()).await;
        let last = chain.last().unwrap();
        let mut more = Row { seq: last.seq + 1, prev_hash: last.hash.clone(), ..signed.clone() };
        more.hash = plain_hash(&more);
        insert(&t, more).await;
        assert_eq!(found(&t, record).await, [on_record(END)], "inserted");
    }

    async fn rows_that_changed_places_are_found(t: TestSystem) {
        let record = story(&t).await;
        let chain = chain_of(&t, record).await;
        let swapped = |seq: usize, with: usize| Row { seq: chain[with - 1].seq, ..chain[seq - 1].clone() };
        overwrite(&t, vec![swapped(3, 4), swapped(4, 3)]).await;
        let all = [at(3, ORDER), at(3, CONTENT), at(4, ORDER), at(4, CONTENT), at(5, ORDER)];
        assert_eq!(found(&t, record).await, all);
        let contents = |seq: usize, with: usize| Row {
            id: chain[seq - 1].id,
            seq: chain[seq - 1].seq,
            prev_hash: chain[seq - 1].prev_hash.clone(),
            hash: chain[seq - 1].hash.clone(),
            ..chain[with - 1].clone()
        };
        overwrite(&t, vec![contents(3, 4), contents(4, 3)]).await;
        assert_eq!(found(&t, record).await, [at(3, CONTENT), at(4, CONTENT)], "the words alone");
    }
}
