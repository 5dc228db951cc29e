//! How PostgreSQL is asked for a state, and the others.

#![expect(clippy::unwrap_used, reason = "a test")]

use sea_orm::sea_query::PostgresQueryBuilder;

use super::*;

fn wanted_states(states: &[&'static str]) -> Wanted {
    let states: Vec<SimpleExpr> = states.iter().map(|state| Expr::value(*state)).collect();
    let condition = Expr::col((D, defect::Column::Status)).is_in(states.clone());
    Wanted {
        condition: Condition::all().add(condition),
        besides_state: Condition::all(),
        lists: vec![(defect::Column::Status, states)],
        is_narrow: false,
        searches: Vec::new(),
    }
}

fn page(family: DbBackend, wanted: &Wanted, sort: Sort, after: Option<&(Json, i64)>) -> String {
    let identity = json!("a list");
    let first = PageRequest::new(&identity, None, None, None).unwrap();
    let cursor = after.map(|last| first.write_cursor(last));
    let request = PageRequest::new(&identity, None, cursor.as_deref(), None);
    let select = page_of(family, sort, wanted, &request.unwrap(), false);
    select.unwrap().to_string(PostgresQueryBuilder)
}

#[test]
fn postgresql_finds_a_state_by_the_index_that_begins_with_it() {
    let closed = wanted_states(&["closed"]);
    let newest = page(DbBackend::Postgres, &closed, Sort::NewestReported, None);
    let end = r#"WHERE "d"."status" >= 'closed' AND "d"."status" <= 'closed' ORDER BY "d"."status" DESC, "d"."reported_at" DESC, "d"."id" DESC"#;
    assert!(newest.ends_with(end), "{newest}");
    let last = (json!("2026-11-27T10:00:00Z"), 7);
    let next = page(
        DbBackend::Postgres,
        &closed,
        Sort::NewestReported,
        Some(&last),
    );
    assert!(next.contains(r#""d"."status" >= 'closed' AND ("d"."status", "d"."reported_at", "d"."id") < ('closed', "#), "{next}");
    let oldest = page(
        DbBackend::Postgres,
        &closed,
        Sort::OldestReported,
        Some(&last),
    );
    assert!(oldest.contains(r#""d"."status" <= 'closed' AND ("d"."status", "d"."reported_at", "d"."id") > ('closed', "#), "{oldest}");
    let two = page(
        DbBackend::Postgres,
        &wanted_states(&["closed", "void"]),
        Sort::NewestReported,
        None,
    );
    assert!(
        two.contains(
            r#""d"."status" >= 'void' AND "d"."status" <= 'void' ORDER BY "d"."status" DESC"#
        ),
        "{two}"
    );
}

#[test]
fn others_find_it_as_a_value() {
    let closed = wanted_states(&["closed"]);
    let page = page(DbBackend::Sqlite, &closed, Sort::NewestReported, None);
    let end = r#"WHERE "d"."status" IN ('closed') ORDER BY "d"."reported_at" DESC, "d"."id" DESC"#;
    assert!(page.ends_with(end), "{page}");
}
