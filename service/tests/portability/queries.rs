//! Queries give the same rows in the same order.

use chrono::TimeDelta;
use db::Db;
use entity::{part, partner};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait, Order};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Value};
use serde_json::json;
use service::role::Role;
use service::{Draft, page, part as parts};
use testkit::{TestDatabase, TestSystem, each_db};

use super::{a_part, a_partner, add, new_year};

async fn sum(db: &Db, family: sea_orm::DbBackend) -> Option<i64> {
    part::Entity::find()
        .select_only()
        .column_as(
            part::Column::UnitCost
                .sum()
                .cast_as(db::dialect::sum_type(family)),
            "total",
        )
        .into_tuple()
        .one(db.reader())
        .await
        .unwrap()
        .unwrap()
}

/// What a list is sorted by, of a row.
type Key = fn(&part::Model) -> Value;

/// A list sorted by a column in which many rows are equal.
async fn add_ties(t: &TestDatabase) {
    for number in 0..30_i32 {
        let row = part::ActiveModel {
            revision: Set(["B", "a", "A", "_"][usize::try_from(number % 4).unwrap()].to_owned()),
            updated_at: Set(new_year() + TimeDelta::microseconds(i64::from(number % 3))),
            ..a_part(&number.to_string())
        };
        add(&t.db, row).await.unwrap();
    }
}

async fn ids_by_offset(t: &TestDatabase, column: part::Column, order: Order) -> Vec<i64> {
    let mut ids = Vec::new();
    for offset in (0..30).step_by(7) {
        let query = part::Entity::find()
            .order_by(column, order.clone())
            .order_by(part::Column::Id, order.clone());
        let rows = query
            .limit(7)
            .offset(offset)
            .all(t.db.reader())
            .await
            .unwrap();
        ids.extend(rows.iter().map(|row| row.id));
    }
    ids
}

async fn ids_by_key(t: &TestDatabase, column: part::Column, order: Order, key: Key) -> Vec<i64> {
    let mut ids = Vec::new();
    let mut last: Option<part::Model> = None;
    loop {
        let mut query = part::Entity::find()
            .order_by(column, order.clone())
            .order_by(part::Column::Id, order.clone());
        if let Some(last) = &last {
            let (column, id) = (|| Expr::col(column), || Expr::col(part::Column::Id));
            query = query.filter(page::behind(&order, column, id, key(last), last.id));
        }
        let rows = query.limit(7).all(t.db.reader()).await.unwrap();
        ids.extend(rows.iter().map(|row| row.id));
        match rows.into_iter().next_back() {
            Some(row) => last = Some(row),
            None => return ids,
        }
    }
}

async fn beginning_with(t: &TestSystem, q: &str) -> Vec<String> {
    let reader = t.member(Role::Viewer).await;
    let query = Draft::json(&json!({"q": q}));
    let page = parts::list(t, &reader, &query).await.unwrap();
    page.items.into_iter().map(|part| part.number).collect()
}

each_db! {
    async fn codes_sort_by_code_point(t: TestDatabase) {
        let mut codes =
            vec!["b", "B", "a", "A", "ä", "Z", "z", "_", "-", "10", "9", "é", "e\u{301}", "中", "ﬀ", "🔧", "A B", "A-B", "AB"];
        for code in &codes {
            add(&t.db, a_partner(code)).await.unwrap();
        }
        let rows = partner::Entity::find().order_by_asc(partner::Column::Code).all(t.db.reader()).await.unwrap();
        let sorted: Vec<&str> = rows.iter().map(|row| row.code.as_str()).collect();
        codes.sort_by(|one, other| one.chars().cmp(other.chars()));
        assert_eq!(sorted, codes);
        let range = partner::Entity::find().filter(partner::Column::Code.gt("Z")).filter(partner::Column::Code.lt("a"));
        let range: Vec<String> = range.all(t.db.reader()).await.unwrap().into_iter().map(|row| row.code).collect();
        assert_eq!(range, ["_"]);
    }

    async fn a_sum_of_whole_numbers_is_a_whole_number(t: TestDatabase) {
        let family = t.engine.family();
        assert_eq!(sum(&t.db, family).await, None);
        for (number, cost) in [("1", Some(4_000_000_000_000_000_001)), ("2", Some(5_000_000_000_000_000_002)), ("3", None)] {
            add(&t.db, part::ActiveModel { unit_cost: Set(cost), ..a_part(number) }).await.unwrap();
        }
        assert_eq!(sum(&t.db, family).await, Some(9_000_000_000_000_000_003));
    }

    async fn a_page_by_key_is_the_page_by_offset_on_a_list_with_ties(t: TestDatabase) {
        add_ties(&t).await;
        let keys: [(part::Column, Key); 2] = [
            (part::Column::UpdatedAt, |row| row.updated_at.into()),
            (part::Column::Revision, |row| row.revision.clone().into()),
        ];
        for (column, key) in keys {
            for order in [Order::Asc, Order::Desc] {
                let expected = ids_by_offset(&t, column, order.clone()).await;
                assert_eq!(expected.len(), 30);
                assert_eq!(ids_by_key(&t, column, order, key).await, expected, "{column:?}");
            }
        }
    }

    async fn a_search_takes_wildcards_literally_and_letters_in_either_case(t: TestSystem) {
        for number in ["100%", "1000", "A_B", "AxB", "back\\slash", "back!slash", "b[a]c", "É1", "é2", "straße", "零件"] {
            add(&t.db, a_part(number)).await.unwrap();
        }
        let cases: [(&str, &[&str]); 12] = [
            ("100%", &["100%"]),
            ("a_", &["A_B"]),
            ("AX", &["AxB"]),
            ("BACK\\", &["back\\slash"]),
            ("back!", &["back!slash"]),
            ("B[", &["b[a]c"]),
            ("é", &["é2"]),
            ("É", &["É1"]),
            ("STRAß", &["straße"]),
            ("零", &["零件"]),
            ("'", &[]),
            ("%", &[]),
        ];
        for (q, found) in cases {
            assert_eq!(beginning_with(&t, q).await, found, "{q}");
        }
    }

    async fn an_update_counts_the_rows_that_it_finds_changed_or_not(t: TestDatabase) {
        add(&t.db, a_partner("A")).await.unwrap();
        let counts = t
            .db
            .write::<_, db::Error, _>(|tx| {
                Box::pin(async move {
                    let mut counts = Vec::new();
                    for (version, name) in [(1, "Partner"), (1, "Renamed"), (2, "Renamed")] {
                        let update = partner::Entity::update_many().col_expr(partner::Column::Name, Expr::value(name));
                        counts.push(update.filter(partner::Column::Version.eq(version)).exec(tx).await?.rows_affected);
                    }
                    Ok(counts)
                })
            })
            .await;
        assert_eq!(counts.unwrap(), [1, 1, 0]);
    }
}
