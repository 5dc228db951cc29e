//! The filter by cost: what it finds in every way in which it is written, and who gets none of it.

use std::io::Cursor;

use calamine::{Reader, Xlsx};
use chrono::TimeDelta;
use futures_util::TryStreamExt;
use serde_json::json;
use service::System;
use service::actor::Actor;
use service::defects::{self, cost, export};
use service::role::Role;
use service::setting::Currency;
use testkit::design::{RIGHTS, ROLES};
use testkit::{TestSystem, defect, each_db};

use crate::plant::{ANY, body, query, refused};

/// The ids that a query finds.
async fn found(t: &System, actor: &Actor, text: &str) -> Vec<i64> {
    let page = defects::list(t, actor, &query(text)).await.unwrap();
    page.items.iter().map(|item| item.id).collect()
}

async fn spend(t: &TestSystem, record: i64, kind: &str, amount: &str) -> i64 {
    let engineer = t.member(Role::TechEngineer).await;
    let new = body(json!({"kind": kind, "amount": amount}));
    let added = cost::add(t, &engineer, record, &ANY, &new, None).await;
    added.unwrap().item.id
}

/// Five records, reported one after the other: of no cost, of 12.50, of 60.00, of -5.00, and of what was taken back.
async fn plant(t: &TestSystem, reporter: &Actor) -> [i64; 5] {
    let mut ids = [0; 5];
    for id in &mut ids {
        *id = t.report(reporter, defect().minor()).await.item.id;
        t.clock.advance(TimeDelta::minutes(1));
    }
    let [_, some, much, back, undone] = ids;
    spend(t, some, "material", "12.50").await;
    spend(t, much, "freight", "100").await;
    spend(t, much, "recovery", "40").await;
    spend(t, back, "recovery", "5").await;
    let wrong = spend(t, undone, "freight", "7.50").await;
    let why = body(json!({"reason": "Of another record."}));
    let engineer = t.member(Role::TechEngineer).await;
    let reversed = cost::reverse(t, &engineer, (undone, wrong), &ANY, &why, None).await;
    reversed.unwrap();
    ids
}

/// The first row of a workbook.
fn headings(workbook: Vec<u8>) -> Vec<String> {
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(workbook)).unwrap();
    let sheet = workbook.worksheet_range_at(0).unwrap().unwrap();
    let row = sheet.rows().next().unwrap();
    row.iter().map(ToString::to_string).collect()
}

each_db! {
    async fn records_are_found_by_what_they_cost(t: TestSystem) {
        let manager = t.member(Role::QualityManager).await;
        let [nothing, some, much, back, undone] = plant(&t, &manager).await;
        for (asked, expected) in [
            ("cost_total=12.50", vec![some]),
            ("cost_total=12.5..60", vec![much, some]),
            ("cost_total=12.51..", vec![much]),
            ("cost_total=..0", vec![undone, back, nothing]),
            ("cost_total=0", vec![undone, nothing]),
            ("cost_total=..-0.01", vec![back]),
            ("cost_total=-5..-5", vec![back]),
            ("cost_total=60.001..", vec![]),
            ("cost_total=59.999..60.001", vec![much]),
            ("cost_total=999999999999999..", vec![]),
            ("cost_total=-999999999999999..0.5&sort=reported_at", vec![nothing, back, undone]),
            ("cost_total=10..&sort=-updated_at&severity=minor,major", vec![much, some]),
            ("cost_total=10..&sort=tag_number&status=closed,reported", vec![some, much]),
            ("cost_total=10..&severity=major", vec![]),
            ("filter=cost:10.. severity:minor", vec![much, some]),
            ("filter=cost:..20&cost_total=10..", vec![some]),
        ] {
            assert_eq!(found(&t, &manager, asked).await, expected, "{asked}");
        }
        let yen = t.another_server(|options| options.settings.currency = Currency::of("JPY").unwrap());
        for (asked, expected) in [
            ("cost_total=1250", vec![some]),
            ("cost_total=1249.5..1250.5", vec![some]),
            ("cost_total=1250.5", vec![]),
        ] {
            assert_eq!(found(&yen, &manager, asked).await, expected, "{asked} in a currency without a point");
        }
    }

    async fn pages_of_a_range_of_cost_go_on_where_they_ended(t: TestSystem) {
        let manager = t.member(Role::QualityManager).await;
        let [nothing, some, _, back, undone] = plant(&t, &manager).await;
        let (mut read, mut cursor) = (Vec::new(), String::new());
        loop {
            let asked = format!("cost_total=..12.50&limit=2&count=true{cursor}");
            let page = defects::list(&t, &manager, &query(&asked)).await.unwrap();
            assert_eq!(page.total, Some(4));
            read.extend(page.items.iter().map(|item| item.id));
            let Some(next) = page.next_cursor else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(read, [undone, back, some, nothing]);
    }

    async fn a_range_of_cost_that_means_nothing_is_refused(t: TestSystem) {
        let manager = t.member(Role::QualityManager).await;
        for (asked, expected) in [
            ("cost_total=", "cost_total format"),
            ("cost_total=..", "cost_total format"),
            ("cost_total=much", "cost_total format"),
            ("cost_total=1,2", "cost_total format"),
            ("cost_total=1 EUR", "cost_total format"),
            ("cost_total=9..1", "cost_total range"),
            ("cost_total=9999999999999999999..", "cost_total range"),
            ("cost_total=1.0005", "cost_total too_precise"),
            ("filter=cost:9..1", "filter range"),
            ("filter=-cost:5", "filter syntax"),
            ("filter=cost:", "filter format"),
        ] {
            assert_eq!(refused(defects::list(&t, &manager, &query(asked)).await), [expected], "{asked}");
        }
    }

    async fn who_does_not_see_cost_filters_by_none_and_has_no_column_of_it(t: TestSystem) {
        let manager = t.member(Role::QualityManager).await;
        plant(&t, &manager).await;
        let hidden = RIGHTS.iter().find(|row| row.fields == ["cost_entries"]).unwrap();
        for role in ROLES {
            let actor = t.member(role).await;
            for (asked, fields) in [
                ("cost_total=10..", vec!["cost_total forbidden"]),
                ("cost_total=10..&status=open&sort=tag_number", vec!["cost_total forbidden"]),
                ("filter=status:open cost:10..", vec!["filter forbidden"]),
                ("filter=cost:10..&cost_total=..99&q=burr", vec!["cost_total forbidden", "filter forbidden"]),
            ] {
                let list = defects::list(&t, &actor, &query(asked)).await;
                if hidden.is_hidden(role) {
                    assert_eq!(refused(list), fields, "{role} {asked}");
                } else {
                    assert_eq!(list.unwrap().items.len(), 2, "{role} {asked}");
                }
            }
            for asked in ["cost_total=10..", "filter=cost:10.."] {
                let file = export::begin(&t, &actor, &query(asked)).await;
                assert_eq!(file.is_err(), hidden.is_hidden(role), "{role} {asked}");
            }
            let workbook = export::begin(&t, &actor, &query("format=xlsx")).await.unwrap();
            let workbook: Vec<Vec<u8>> = workbook.into_stream().try_collect().await.unwrap();
            let columns = headings(workbook.concat());
            assert!(columns.contains(&"tag_number".to_owned()), "{role}: {columns:?}");
            let names_cost = columns.iter().any(|name| name.contains("cost"));
            assert_eq!(names_cost, !hidden.is_hidden(role), "{role}: {columns:?}");
        }
    }
}
