//! Whether the database's user may do what the server does, and no more with the audit trail.

use db::{Db, Engine, Rejection};
use sea_orm::{ConnectionTrait, Statement};

use super::Finding;
use crate::error::Result;

const WHAT: &str = "privileges";

/// Every table, and a column of it to try.
pub(super) const TABLES: &[(&str, &str)] = &[
    ("setting", "content"),
    ("app_user", "version"),
    ("user_role", "role"),
    ("access_token", "revoked_at"),
    ("setup_token", "id"),
    ("idempotency_key", "answer"),
    ("part", "version"),
    ("code_value", "version"),
    ("code_label", "label"),
    ("work_center", "version"),
    ("partner", "version"),
    ("due_rule", "version"),
    ("repeat_rule", "version"),
    ("control_limit", "version"),
    ("defect", "version"),
    ("defect_serial", "id"),
    ("disposition_line", "status"),
    ("labor_entry", "id"),
    ("cost_entry", "id"),
    ("signature", "id"),
    ("defect_link", "id"),
    ("defect_note", "body"),
    ("defect_search", "head"),
    ("note_mention", "id"),
    ("attachment", "voided_at"),
    ("inspection", "voided_at"),
    ("translation", "content"),
    ("corrective_action", "version"),
    ("car_defect", "id"),
    ("car_step", "content"),
    ("car_cause", "content"),
    ("car_action", "outcome"),
    ("car_check", "id"),
    ("car_signature", "id"),
    ("car_link", "revoked_at"),
    ("subscription", "delivery"),
    ("saved_view", "version"),
    ("view_choice", "digest"),
    ("webhook", "version"),
    ("notice", "event"),
    ("outbox", "status"),
    ("summary", "records"),
    ("summary_delta", "records"),
    ("summary_build", "live_build"),
    (AUDIT, "seq"),
];

/// The one table that is only added to.
const AUDIT: &str = "audit_event";

pub(super) async fn examine(db: &Db) -> Result<Vec<Finding>> {
    if db.engine() == Engine::Sqlite {
        return Ok(vec![sqlite(db)]);
    }
    let (mut missing, mut tampering) = (Vec::new(), Vec::new());
    for (table, column) in TABLES {
        for (verb, statement) in statements(table, column) {
            let only_added_to = *table == AUDIT && matches!(verb, "UPDATE" | "DELETE");
            match (may(db, &statement).await?, only_added_to) {
                (false, false) => missing.push(format!("{verb} on {table}")),
                (true, true) => tampering.push(verb),
                _ => {}
            }
        }
    }
    let mut findings = Vec::new();
    if missing.is_empty() {
        findings.push(Finding::ok(WHAT, "the server's user may read and write"));
    } else {
        let advice =
            "run `dmt migrate` as the owner of the tables, or grant these rights (see db_scripts/)";
        findings.push(Finding::fail(
            WHAT,
            format!("missing: {}", shortened(&missing)),
            advice,
        ));
    }
    if !tampering.is_empty() {
        let found = format!(
            "the server's user may {} the audit trail",
            tampering.join(" and ")
        );
        let advice = "let the server run as a user of its own without these rights (dmt_user in db_scripts/)";
        findings.push(Finding::warn(WHAT, found, advice));
    }
    Ok(findings)
}

/// Whether this user may change the audit trail, as its owner may.
pub(crate) async fn may_change_history(db: &Db) -> Result<bool> {
    if db.engine() == Engine::Sqlite {
        return Ok(true);
    }
    may(
        db,
        &format!("UPDATE {AUDIT} SET actor_name = actor_name WHERE 1 = 0"),
    )
    .await
}

/// A user without any rights lacks them on every table; a few of them say enough.
fn shortened(missing: &[String]) -> String {
    const SHOWN: usize = 8;
    let first = missing
        .iter()
        .take(SHOWN)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    match missing.len().saturating_sub(SHOWN) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

/// SQLite: files have no users but those of the system. That the file can be written is seen with its durability.
fn sqlite(db: &Db) -> Finding {
    let path = db
        .url()
        .sqlite_path()
        .map(|path| path.display().to_string())
        .unwrap_or_default();
    Finding::ok(
        WHAT,
        format!("{path} belongs to whoever may write the file"),
    )
}

/// Whether this user may make tables where DMT's are.
pub(super) async fn may_create(db: &Db) -> Result<bool> {
    let sql = match db.engine() {
        Engine::Sqlite => return Ok(true),
        Engine::Postgres => "SELECT has_schema_privilege(current_schema(), 'CREATE')::int::bigint",
        // A user sees the rights that he was given himself; a grant may be for several databases, by a pattern.
        Engine::MariaDb | Engine::MySql => {
            "SELECT CAST((SELECT COUNT(*) FROM information_schema.user_privileges WHERE privilege_type = 'CREATE') \
             + (SELECT COUNT(*) FROM information_schema.schema_privileges \
             WHERE privilege_type = 'CREATE' AND DATABASE() LIKE table_schema) AS SIGNED)"
        }
    };
    let found: Option<i64> = super::ask(db.reader(), sql).await?;
    Ok(found.is_some_and(|count| count > 0))
}

/// Statements that touch no row; explained, they are not even run.
fn statements(table: &str, column: &str) -> [(&'static str, String); 4] {
    [
        (
            "SELECT",
            format!("SELECT {column} FROM {table} WHERE 1 = 0"),
        ),
        (
            "INSERT",
            format!("INSERT INTO {table} SELECT * FROM {table} WHERE 1 = 0"),
        ),
        (
            "UPDATE",
            format!("UPDATE {table} SET {column} = {column} WHERE 1 = 0"),
        ),
        ("DELETE", format!("DELETE FROM {table} WHERE 1 = 0")),
    ]
}

async fn may(db: &Db, statement: &str) -> Result<bool> {
    let reader = db.reader();
    let explain = Statement::from_string(
        reader.get_database_backend(),
        format!("EXPLAIN {statement}"),
    );
    match reader.query_all_raw(explain).await.map_err(db::Error::from) {
        Ok(_) => Ok(true),
        Err(db::Error::Rejected {
            reason: Rejection::MissingPrivilege,
            ..
        }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
