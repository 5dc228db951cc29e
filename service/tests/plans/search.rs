//! Search: what is rare is found by the index of words, and no search reads the table of records whole.

use db::bulk::Rows;
use entity::defect_search;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use service::asked::statements_of;
use service::search;
use testkit::{Engine, TestSystem, each_db};

use crate::data::{self, RECORDS};
use crate::explain::{Plan, explain};

/// Of as many records as a plant has the one has a word that no other has.
async fn fill(system: &TestSystem) {
    let plant = data::fill(system).await;
    let rows = (1..RECORDS).map(|number| {
        let rare = if number == 77 { "rare__ " } else { "" };
        let head = format!(
            "|| pn__ {}__ | dmt__ {number}__ | burr__ bore__ |",
            number % 20
        );
        defect_search::Model {
            defect_id: plant.first + number,
            body: format!("{head} left__ by__ the__ drill__ at__ {number}__ {rare}|"),
            head,
        }
    });
    data::store(
        system,
        vec![Rows::of::<defect_search::Entity>(rows.collect())],
    )
    .await;
    if system.engine == Engine::Postgres {
        // As its autovacuum does after a while: what was just added lies beside the index.
        let merge = Statement::from_string(
            DbBackend::Postgres,
            "SELECT gin_clean_pending_list('defect_words_head'::regclass), gin_clean_pending_list('defect_words_body'::regclass)",
        );
        system.db.reader().query_all_raw(merge).await.unwrap();
    }
}

/// How the statements of a search are carried out, in their order; none reads what it should not.
async fn plans(system: &TestSystem, text: &str, found: usize) -> Vec<Plan> {
    let (hits, statements) = statements_of(search::found(&system.db, text, None, 51)).await;
    assert_eq!(hits.unwrap().len(), found, "{text}");
    let mut plans = Vec::with_capacity(statements.len());
    for statement in statements {
        let plan = explain(system, statement.clone(), ("defect", "d")).await;
        assert!(
            !plan
                .text
                .lines()
                .any(|line| line.trim_end().ends_with("Seq Scan on defect")),
            "{}",
            plan.text
        );
        plans.push(explain(system, statement, ("defect_search", "s")).await);
    }
    plans
}

each_db! {
    async fn what_is_rare_is_found_by_the_index_of_words(system: TestSystem) {
        fill(&system).await;
        let plans = plans(&system, "drill rare", 1).await;
        let index = match system.engine {
            Engine::Sqlite => "SCAN f VIRTUAL TABLE",
            _ => "defect_words_body",
        };
        // PostgreSQL: the last of the pieces is so small that reading its rows by their keys may cost less.
        let texts: Vec<_> = plans.iter().map(|plan| plan.text.as_str()).collect();
        assert!(texts.iter().any(|text| text.contains(index)), "{}", texts.join("\n"));
        assert!(plans.iter().all(|plan| !plan.reads_all), "{}", texts.join("\n"));
    }

    /// On SQLite it is read in the order of the page; on PostgreSQL the newest records are looked through first.
    async fn what_is_common_is_found_without_finding_all_of_it(system: TestSystem) {
        fill(&system).await;
        let plans = plans(&system, "burr bore", 51).await;
        assert_eq!(plans.len(), 1);
        if system.engine == Engine::Sqlite {
            assert!(!plans[0].sorts, "{}", plans[0].text);
        }
    }
}
