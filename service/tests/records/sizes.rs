//! What is long comes in small pages, and what is much leaves room to take it back.

use entity::{cost_entry, labor_entry};
use sea_orm::{ActiveValue::NotSet, EntityTrait};
use serde_json::{Value as Json, json};
use service::defects::{cost, history, labor, lines};
use service::page::Page;
use service::role::Role;
use service::words::Status;
use testkit::{TestSystem, each_db};

use crate::plant::{ANY, assert_intact, body, chain_of, change, kind, past_the_service};

/// As long as a text may be, in the widest characters: 800,000 bytes.
fn long(mark: u32) -> String {
    format!("{mark}{}", "\u{1F527}".repeat(199_990))
}

fn bytes<T: serde::Serialize>(page: &Page<T>) -> usize {
    serde_json::to_string(page).unwrap().len()
}

each_db! {
    async fn a_history_of_long_texts_comes_in_small_pages(t: TestSystem) {
        let record = t.bring_to(Status::Analysis).await.item.id;
        let engineer = t.member(Role::TechEngineer).await;
        for mark in 0..5 {
            change(&t, &engineer, record, json!({"process_analysis": long(mark)})).await.unwrap();
        }
        let money = body(json!({"kind": "freight", "amount": "7.50"}));
        cost::add(&t, &engineer, record, &ANY, &money, None).await.unwrap();
        let all = chain_of(&t, record).await.len();
        for (role, visible) in [(Role::TechEngineer, all), (Role::Viewer, all - 1)] {
            let (actor, mut seen, mut cursor) = (t.member(role).await, Vec::new(), Json::Null);
            let mut pages = 0;
            loop {
                let asked = body(json!({"limit": 200, "cursor": cursor, "count": "true"}));
                let page = history::list(&t, &actor, record, &asked).await.unwrap();
                assert!(bytes(&page) < 3_000_000, "{}", bytes(&page));
                assert_eq!(page.total, Some(i64::try_from(visible).unwrap()));
                seen.extend(page.items.iter().map(|event| event.seq));
                pages += 1;
                match page.next_cursor {
                    Some(next) => cursor = next.into(),
                    None => break,
                }
            }
            assert_eq!(seen, (1..=i64::try_from(visible).unwrap()).collect::<Vec<_>>(), "{role}");
            assert!(pages > 3, "{pages}");
        }
        // More than `audit verify` reads at once.
        for mark in 0..6 {
            change(&t, &engineer, record, json!({"root_cause": long(mark)})).await.unwrap();
        }
        t.bring_to(Status::Execution).await;
        assert_intact(&t).await;
    }

    async fn lines_of_long_texts_come_in_small_pages(t: TestSystem) {
        let record = t.bring_to(Status::Disposition).await.item.id;
        let quality = t.member(Role::QualityEngineer).await;
        let mut added = Vec::new();
        for mark in 0..5 {
            let new = json!({"disposition": "scrap", "quantity": "1", "justification": long(mark), "instructions": long(mark)});
            added.push(lines::add(&t, &quality, record, &ANY, &body(new), None).await.unwrap().item.id);
        }
        let (mut seen, mut cursor) = (Vec::new(), Json::Null);
        loop {
            let asked = body(json!({"limit": 200, "cursor": cursor}));
            let page = lines::list(&t, &quality, record, &asked).await.unwrap();
            assert_eq!(page.items.len(), 1);
            seen.extend(page.items.iter().map(|line| line.id));
            match page.next_cursor {
                Some(next) => cursor = next.into(),
                None => break,
            }
        }
        assert_eq!(seen, added);
        assert_intact(&t).await;
    }

    async fn a_record_that_is_full_of_entries_still_takes_reversals(t: TestSystem) {
        let record = t.bring_to(Status::Analysis).await.item.id;
        let engineer = t.member(Role::TechEngineer).await;
        let work = || body(json!({"work_date": "2026-11-20", "minutes": 30, "activity": "sort"}));
        let worked = labor::add(&t, &engineer, record, &ANY, &work(), None).await.unwrap().item.id;
        let money = || body(json!({"kind": "freight", "amount": "7.50"}));
        let paid = cost::add(&t, &engineer, record, &ANY, &money(), None).await.unwrap().item.id;
        fill(&t, worked, paid).await;
        assert_eq!(kind(&labor::add(&t, &engineer, record, &ANY, &work(), None).await), "wrong state");
        assert_eq!(kind(&cost::add(&t, &engineer, record, &ANY, &money(), None).await), "wrong state");
        let reason = || body(json!({"reason": "Wrong tag."}));
        labor::reverse(&t, &engineer, (record, worked), &ANY, &reason(), None).await.unwrap();
        cost::reverse(&t, &engineer, (record, paid), &ANY, &reason(), None).await.unwrap();
    }
}

/// 5,000 copies of an entry of each kind, straight into the tables.
async fn fill(t: &TestSystem, worked: i64, paid: i64) {
    let db = t.db.reader();
    let labor = labor_entry::Entity::find_by_id(worked)
        .one(db)
        .await
        .unwrap()
        .unwrap();
    let cost = cost_entry::Entity::find_by_id(paid)
        .one(db)
        .await
        .unwrap()
        .unwrap();
    past_the_service(t, move |tx| {
        let mut labor: labor_entry::ActiveModel = labor.clone().into();
        let mut cost: cost_entry::ActiveModel = cost.clone().into();
        labor.id = NotSet;
        cost.id = NotSet;
        Box::pin(async move {
            for _ in 0..10 {
                labor_entry::Entity::insert_many(vec![labor.clone(); 500])
                    .exec_without_returning(tx)
                    .await?;
                cost_entry::Entity::insert_many(vec![cost.clone(); 500])
                    .exec_without_returning(tx)
                    .await?;
            }
            Ok(())
        })
    })
    .await;
}
