//! The rights of the user that the server runs as, on tables that only the owner can make.
//!
//! `db_scripts/` makes two users: one whose name ends in `_owner` migrates, one whose name ends in `_user` serves.
//! The second may not change or delete a row of history, and cannot grant itself the right to. After each migration
//! the owner gives it what it needs; where there is only one user nothing happens.

use db::Error;
use sea_orm_migration::sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement,
};

use crate::MigrationError;

/// MySQL 1410, MariaDB 1133: there is no such user to grant to.
const NO_SUCH_USER: [&str; 2] = ["1410", "1133"];

/// What the server's user may do with a table.
fn privileges(table: &str) -> &'static str {
    match table {
        "seaql_migrations" => "SELECT",
        "audit_event" => "SELECT, INSERT",
        _ => "SELECT, INSERT, UPDATE, DELETE",
    }
}

/// MySQL, MariaDB: where the account of the server's user may live. One at `localhost` wins over one at `%`, and the
/// owner may not look which there are.
const HOSTS: [&str; 4] = ["%", "localhost", "127.0.0.1", "::1"];

/// Gives the server's user its rights, if there is such a user beside the owner that is signed in.
pub(crate) async fn give(connection: &DatabaseConnection) -> Result<(), MigrationError> {
    let Some(user) = server_user(connection).await? else {
        return Ok(());
    };
    let accounts = accounts_of(connection, &user).await;
    let mut given = Vec::new();
    for account in &accounts {
        match grant_all(connection, account).await {
            Ok(()) => given.push(account.as_str()),
            Err(error) if is_missing_user(&error) => {}
            Err(error) => match Error::from(error) {
                Error::Rejected { .. } => {
                    log::warn!(
                        "the rights of the database user {account} could not be set; see db_scripts/README.md"
                    );
                    return Ok(());
                }
                error => return Err(error.into()),
            },
        }
    }
    match given.join(", ").as_str() {
        "" => log::warn!(
            "no rights were given: there is no database user {}; one of another host needs them by hand, \
             see db_scripts/README.md",
            accounts.join(", ")
        ),
        given => {
            log::info!("the database user {given} may use the tables, and only add to audit_event");
        }
    }
    Ok(())
}

/// The accounts that may be there, as a GRANT names them.
async fn accounts_of(connection: &DatabaseConnection, user: &str) -> Vec<String> {
    if connection.get_database_backend() == DbBackend::Postgres {
        return vec![format!("\"{user}\"")];
    }
    // MariaDB: without this mode an administrator's GRANT would make the account. MySQL never does, and has no mode.
    let mode = "SET SESSION sql_mode = CONCAT(@@sql_mode, ',NO_AUTO_CREATE_USER')";
    if let Err(error) = connection.execute_unprepared(mode).await {
        log::debug!("the server has no mode NO_AUTO_CREATE_USER: {error}");
    }
    HOSTS.map(|host| format!("'{user}'@'{host}'")).to_vec()
}

/// `x_user` where `x_owner` is signed in, and on PostgreSQL only if it exists.
async fn server_user(connection: &DatabaseConnection) -> Result<Option<String>, DbErr> {
    let family = connection.get_database_backend();
    let question = match family {
        DbBackend::Postgres => "SELECT current_user::text AS name",
        DbBackend::MySql => "SELECT SUBSTRING_INDEX(CURRENT_USER(), '@', 1) AS name",
        _ => return Ok(None),
    };
    let name = texts(connection, Statement::from_string(family, question))
        .await?
        .pop();
    let Some(user) = name
        .as_deref()
        .and_then(|name| name.strip_suffix("_owner"))
        .map(|prefix| format!("{prefix}_user"))
    else {
        return Ok(None);
    };
    // Quoted below; a name that would need more than that is not one of ours.
    if !user.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        return Ok(None);
    }
    if family == DbBackend::Postgres {
        let question = "SELECT rolname::text AS name FROM pg_roles WHERE rolname = $1";
        let known = Statement::from_sql_and_values(family, question, [user.as_str().into()]);
        return Ok(texts(connection, known).await?.pop());
    }
    Ok(Some(user))
}

async fn grant_all(connection: &DatabaseConnection, account: &str) -> Result<(), DbErr> {
    let family = connection.get_database_backend();
    let tables = match family {
        DbBackend::Postgres => {
            "SELECT relname::text AS name FROM pg_class WHERE relnamespace = current_schema()::regnamespace \
             AND relkind IN ('r', 'p') AND pg_get_userbyid(relowner) = current_user"
        }
        _ => {
            "SELECT CAST(table_name AS CHAR) AS name FROM information_schema.tables \
             WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'"
        }
    };
    for table in texts(connection, Statement::from_string(family, tables)).await? {
        let table_name = match family {
            DbBackend::Postgres => format!("\"{table}\""),
            _ => format!("`{table}`"),
        };
        let rights = privileges(&table);
        connection
            .execute_unprepared(&format!("GRANT {rights} ON {table_name} TO {account}"))
            .await?;
        if table == "audit_event" {
            take_back(connection, &table_name, account).await?;
        }
    }
    Ok(())
}

/// Takes back what may have been granted by hand.
async fn take_back(
    connection: &DatabaseConnection,
    table: &str,
    grantee: &str,
) -> Result<(), DbErr> {
    let rights = match connection.get_database_backend() {
        DbBackend::Postgres => "UPDATE, DELETE, TRUNCATE",
        _ => "UPDATE, DELETE",
    };
    let done = connection
        .execute_unprepared(&format!("REVOKE {rights} ON {table} FROM {grantee}"))
        .await;
    match done {
        // MySQL, MariaDB: revoking what was never granted is an error (1147).
        Err(error) if error.to_string().contains("1147") => Ok(()),
        done => done.map(|_| ()),
    }
}

fn is_missing_user(error: &DbErr) -> bool {
    let text = error.to_string();
    NO_SUCH_USER.iter().any(|number| text.contains(number))
}

async fn texts(connection: &DatabaseConnection, question: Statement) -> Result<Vec<String>, DbErr> {
    let rows = connection.query_all_raw(question).await?;
    rows.iter().map(|row| row.try_get("", "name")).collect()
}
