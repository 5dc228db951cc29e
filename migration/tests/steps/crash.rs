//! A step that a crash has left half done: the table is there, some of its indexes are not, and it is not recorded.
//! MariaDB and MySQL commit at each statement, so this is what a power cut leaves.

use testkit::{EmptyDatabase, Engine, each_db};

use crate::{WAIT, all_steps, run, schema::schema, up_by};

each_db! {
    async fn a_step_that_crashed_is_completed_by_the_next_run(t: EmptyDatabase) {
        migration::up(&t.db, WAIT).await.unwrap();
        let whole = schema(&t.db).await;
        migration::down(&t.db, u32::try_from(all_steps().len()).unwrap(), WAIT).await.unwrap();

        let defect = all_steps().iter().position(|step| step == "m0012_defect").unwrap();
        up_by(&t.db, u32::try_from(defect + 1).unwrap()).await;
        let drop = |index: &str| match t.engine {
            Engine::MariaDb | Engine::MySql => format!("DROP INDEX {index} ON defect"),
            _ => format!("DROP INDEX {index}"),
        };
        run(&t.db, &[&drop("uq_defect_tag_number"), &drop("ix_defect_status"), &drop("ix_defect_origin")]).await;
        run(&t.db, &["DELETE FROM seaql_migrations WHERE version = 'm0012_defect'"]).await;

        assert_eq!(migration::up(&t.db, WAIT).await.unwrap(), all_steps()[defect..]);
        assert_eq!(sorted(schema(&t.db).await), sorted(whole));
    }
}

/// Indexes that were made later are listed later by MariaDB and MySQL.
fn sorted(schema: Vec<String>) -> Vec<Vec<String>> {
    let lines = |table: String| {
        let mut lines: Vec<String> = table
            .lines()
            .map(|line| line.trim_end_matches(',').to_owned())
            .collect();
        lines.sort();
        lines
    };
    schema.into_iter().map(lines).collect()
}
