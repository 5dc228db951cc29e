//! Cursors: of which list they are, and what becomes of those that are made up.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, FixedOffset};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRng, TestRunner};
use serde_json::{Value as Json, json};
use service::defects::{self, DefectQuery};
use service::page::PageRequest;
use service::role::Role;
use service::{Draft, Error};
use testkit::{TestSystem, defect, each_db};

use crate::paging::page;
use crate::plant::{copies, query, refused};

/// A query with a cursor that no URL had to carry.
fn with_cursor(sort: &str, cursor: &str) -> Draft<DefectQuery> {
    Draft::pairs(&[
        ("sort".to_owned(), sort.to_owned()),
        ("cursor".to_owned(), cursor.to_owned()),
    ])
}

/// Whether a made-up cursor was taken for one of ours or refused as the field that it is.
#[track_caller]
fn assert_harmless<T: std::fmt::Debug>(answer: service::Result<T>, cursor: &str) {
    match answer {
        Ok(_) => {}
        Err(Error::Invalid(fields)) if fields.len() == 1 && fields[0].field == "cursor" => {}
        Err(error) => panic!("{cursor:?}: {error:?}"),
    }
}

fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<u64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        any::<String>().prop_map(Json::from),
    ];
    leaf.prop_recursive(2, 8, 4, |inner| {
        prop::collection::vec(inner, 0..4).prop_map(Json::from)
    })
}

/// Any moment of the calendar, in any zone, to the nanosecond.
fn any_instant() -> impl Strategy<Value = Json> {
    let seconds = prop_oneof![
        any::<i32>().prop_map(i64::from),
        -70_000_000_000..300_000_000_000_i64
    ];
    (seconds, 0..1_000_000_000_u32, -50_000..50_000).prop_map(|(seconds, nanos, offset)| {
        let at = DateTime::from_timestamp(seconds, nanos - nanos % 1000 * (nanos % 2)).unwrap();
        let zone = FixedOffset::east_opt(offset / 60 * 60).unwrap();
        at.with_timezone(&zone).to_rfc3339().into()
    })
}

/// What to put in the place of a real cursor of three parts.
fn any_parts() -> impl Strategy<Value = Vec<Json>> {
    let whole = || any::<i64>().prop_map(Json::from);
    let key = prop_oneof![3 => any_instant(), 2 => whole(), 1 => any_json()];
    let id = prop_oneof![4 => whole(), 1 => any_json()];
    prop_oneof![
        6 => (key, id).prop_map(|(key, id)| vec![Json::from("ours"), key, id]),
        1 => prop::collection::vec(any_json(), 0..5),
    ]
}

/// The same cases in every run.
fn runner() -> TestRunner {
    let config = Config::default();
    let rng = TestRng::deterministic_rng(config.rng_algorithm);
    TestRunner::new_with_rng(config, rng)
}

proptest! {
    #[test]
    fn a_cursor_of_any_text_is_refused_and_nothing_else(text in "\\PC*") {
        assert_harmless(PageRequest::new(&json!(["defects"]), None, Some(&text), None), &text);
    }

    #[test]
    fn a_cursor_of_any_bytes_is_refused_and_nothing_else(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let text = URL_SAFE_NO_PAD.encode(bytes);
        assert_harmless(PageRequest::new(&json!(["defects"]), None, Some(&text), None), &text);
    }
}

each_db! {
    async fn a_cursor_belongs_to_its_filter_and_order_but_not_to_its_limit(t: TestSystem) {
        let record = t.report(&t.member(Role::Inspector).await, defect().with("lot_number", "L-1")).await.item;
        copies(&t, record.id, 9).await;
        let own = format!("status=reported&part_id={}", record.part.id);
        let cursor = page(&t, &format!("{own}&limit=3")).await.next_cursor.unwrap();
        for same in ["limit=1", "limit=200", "count=true", "count=exact&limit=7", "sort=-reported_at"] {
            let next = page(&t, &format!("{own}&{same}&cursor={cursor}")).await;
            assert_eq!(next.items[0].id, record.id + 6, "{same}");
        }
        let viewer = t.member(Role::Viewer).await;
        for other in [
            "status=reported".to_owned(),
            format!("{own}&sort=reported_at"),
            format!("{own}&sort=-updated_at"),
            format!("{own}&sort=tag_number"),
            format!("{own}&origin=in_process"),
            String::new(),
            format!("{own}&reported_after=2026-11-20T08:00:00Z"),
            format!("status=reported,void&part_id={}", record.part.id),
            format!("status=reported&work_center_id={}", record.part.id),
            format!("{own}&external_id=x"),
        ] {
            let foreign = defects::list(&t, &viewer, &query(&format!("{other}&cursor={cursor}"))).await;
            assert_eq!(refused(foreign), ["cursor foreign"], "{other}");
        }
        let parts = service::part::list(&t, &viewer, &query(&format!("cursor={cursor}"))).await;
        assert_eq!(refused(parts), ["cursor foreign"]);
    }

    async fn a_cursor_goes_into_a_url_as_it_is(t: TestSystem) {
        let record = t.report(&t.member(Role::Inspector).await, defect()).await.item;
        copies(&t, record.id, 3).await;
        for sort in ["-reported_at", "reported_at", "-updated_at", "tag_number"] {
            let cursor = page(&t, &format!("sort={sort}&limit=1")).await.next_cursor.unwrap();
            assert!(cursor.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)), "{cursor}");
        }
    }

    /// With the right fingerprint and a key and id of any kind: the database is asked, and must not fail.
    async fn a_cursor_that_was_made_up_is_refused_or_finds_a_page(t: TestSystem) {
        let record = t.report(&t.member(Role::Inspector).await, defect()).await.item;
        copies(&t, record.id, 3).await;
        let viewer = t.member(Role::Viewer).await;
        let mut runner = runner();
        let (mut taken, mut refused) = (0, 0);
        for sort in ["-reported_at", "reported_at", "-updated_at", "tag_number"] {
            let real = page(&t, &format!("sort={sort}&limit=1")).await.next_cursor.unwrap();
            let ours: Vec<Json> = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(&real).unwrap()).unwrap();
            for _ in 0..60 {
                let mut parts = any_parts().new_tree(&mut runner).unwrap().current();
                if let Some(first) = parts.first_mut().filter(|first| **first == "ours") {
                    *first = ours[0].clone();
                }
                let cursor = URL_SAFE_NO_PAD.encode(Json::from(parts.clone()).to_string());
                let answer = defects::list(&t, &viewer, &with_cursor(sort, &cursor)).await;
                if answer.is_ok() {
                    taken += 1;
                } else {
                    refused += 1;
                }
                if cursor.len() <= 2000 {
                    assert_harmless(answer, &format!("{sort} {parts:?}"));
                }
            }
            for place in 0..real.len() {
                let mut bitten = real.clone().into_bytes();
                bitten[place] = if bitten[place] == b'A' { b'B' } else { b'A' };
                let bitten = String::from_utf8(bitten).unwrap();
                assert_harmless(defects::list(&t, &viewer, &with_cursor(sort, &bitten)).await, &bitten);
                assert_harmless(defects::list(&t, &viewer, &with_cursor(sort, &real[..place])).await, &real[..place]);
            }
        }
        assert!(taken > 30 && refused > 30, "{taken} taken, {refused} refused");
    }

    async fn a_cursor_that_no_server_gave_is_refused(t: TestSystem) {
        let viewer = t.member(Role::Viewer).await;
        let encoded = URL_SAFE_NO_PAD.encode("[\"x\",1,2]");
        for (cursor, code) in [
            ("", "blank"),
            ("abc", "format"),
            ("!", "format"),
            ("AAAA", "format"),
            (&encoded, "foreign"),
            ("a\0b", "format"),
            ("é", "format"),
            ("bnVsbA", "format"),
        ] {
            let answer = defects::list(&t, &viewer, &with_cursor("tag_number", cursor)).await;
            assert_eq!(refused(answer), [format!("cursor {code}")], "{cursor:?}");
        }
        let long = "A".repeat(2001);
        assert_eq!(refused(defects::list(&t, &viewer, &with_cursor("tag_number", &long)).await), ["cursor too_long"]);
    }
}
