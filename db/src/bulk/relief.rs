//! PostgreSQL: a table without its foreign keys and secondary indexes while it is filled. One check and one sort of all
//! rows take a fraction of what a look-up and an insertion for each row take.
//!
//! All of it is one transaction: whoever is cut off leaves the table empty, and with everything that it had.

use std::fmt::Write;

use sqlx::{AssertSqlSafe, Executor, Postgres, Row, Transaction};

use crate::Error;

/// What a table was relieved of: statements that make it again.
#[derive(Debug)]
pub struct Relieved(Vec<String>);

/// Each foreign key and index: a statement that drops it, and one that makes it as it is. Foreign keys come first, so
/// they are dropped before and, from the end, made behind the indexes. The index of a key that others refer to stays,
/// and where the table is another's, everything.
const PARTS: &str = "\
SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', t.oid::regclass, f.conname), \
       format('ALTER TABLE %s ADD CONSTRAINT %I %s', t.oid::regclass, f.conname, pg_get_constraintdef(f.oid)), \
       1 AS place, f.conname::text AS name \
FROM pg_class t JOIN pg_constraint f ON f.conrelid = t.oid AND f.contype = 'f' \
WHERE t.oid = $1::text::regclass AND pg_has_role(t.relowner, 'USAGE') \
UNION ALL \
SELECT format('DROP INDEX %s', i.indexrelid::regclass), pg_get_indexdef(i.indexrelid), 2, i.indexrelid::regclass::text \
FROM pg_class t JOIN pg_index i ON i.indrelid = t.oid \
WHERE t.oid = $1::text::regclass AND pg_has_role(t.relowner, 'USAGE') AND NOT i.indisprimary \
AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid) \
ORDER BY place, name";

pub(super) async fn relieve(
    tx: &mut Transaction<'_, Postgres>,
    table: &str,
) -> Result<Option<Relieved>, Error> {
    let parts = sqlx::query(PARTS).bind(format!("\"{table}\""));
    let mut relief = String::new();
    let mut again = Vec::new();
    for part in parts.fetch_all(&mut **tx).await? {
        // Writing to a String cannot fail.
        let _ = write!(relief, "{};", part.try_get::<String, _>(0)?);
        again.push(part.try_get(1)?);
    }
    if again.is_empty() {
        return Ok(None);
    }
    (&mut **tx).execute(AssertSqlSafe(relief)).await?;
    again.reverse();
    Ok(Some(Relieved(again)))
}

pub(super) async fn restore(
    tx: &mut Transaction<'_, Postgres>,
    relieved: Relieved,
) -> Result<(), Error> {
    for statement in relieved.0 {
        (&mut **tx).execute(AssertSqlSafe(statement)).await?;
    }
    Ok(())
}
