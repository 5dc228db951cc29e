//! Words in texts, found by the index that each engine has for them: FTS5 on SQLite, GIN on PostgreSQL, FULLTEXT on
//! MariaDB and MySQL.
//!
//! None of them divides texts into words here: they differ in what a word is. The texts are tokens already, of ASCII
//! letters, digits and `_` alone, with a blank between them, so that every engine finds the same. What stands beside
//! the tokens (see [`Tokens`]) is of other signs. Whether tokens stand one after the other, none of the indexes is
//! asked: that is a `LIKE` on the column, the same everywhere.

use sea_orm::sea_query::{Alias, Condition, Expr, ExprTrait, JoinType, Query, SelectStatement};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};

use crate::Engine;

/// The name of the one column of [`Tokens::rows`].
pub const ID: &str = "id";

/// The alias of the table in the conditions that are added to [`Tokens::rows`].
pub const ROW: &str = "s";

/// SQLite: the alias of the index.
const INDEX: &str = "f";

/// A table of tokens, in one or several columns. The names are the schema's, not input.
///
/// Not more than 500,000 bytes in a column of a row: a `tsvector` of PostgreSQL ends at 1 MiB. A token has three to 84
/// characters (`innodb_ft_min_token_size`, `innodb_ft_max_token_size`) and is no word of a language, lest MariaDB and
/// MySQL take it for one that is too common to be looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tokens {
    /// The table.
    pub table: &'static str,
    /// Its primary key, a whole number.
    pub key: &'static str,
    /// The columns, all of which are searched.
    pub columns: &'static [&'static str],
    /// What its index is called: on SQLite a table of its own.
    pub index: &'static str,
}

/// What is looked for in the column.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Token {
    /// A token as it stands.
    Whole(String),
    /// A token that begins so.
    Beginning(String),
}

impl Tokens {
    /// Makes the index of an empty table, as far as it is not there yet.
    ///
    /// # Errors
    /// Whatever the database answers.
    pub async fn make_index(self, connection: &impl ConnectionTrait) -> Result<(), DbErr> {
        let family = connection.get_database_backend();
        if family == DbBackend::Sqlite {
            for statement in self.making_for_sqlite() {
                connection.execute_unprepared(&statement).await?;
            }
            return Ok(());
        }
        for column in self.columns {
            // MariaDB, MySQL: there is no IF NOT EXISTS, and each statement is committed by itself.
            if family == DbBackend::Postgres || !self.has_index(connection, column).await? {
                let statement = self.making(family, column);
                connection.execute_unprepared(&statement).await?;
            }
        }
        Ok(())
    }

    /// Removes what of the index does not go with the table.
    ///
    /// # Errors
    /// Whatever the database answers.
    pub async fn remove_index(self, connection: &impl ConnectionTrait) -> Result<(), DbErr> {
        let index = self.index;
        if connection.get_database_backend() == DbBackend::Sqlite {
            for kind in ["insert", "update", "delete"] {
                let drop = format!("DROP TRIGGER IF EXISTS \"{index}_{kind}\"");
                connection.execute_unprepared(&drop).await?;
            }
            let drop = format!("DROP TABLE IF EXISTS \"{index}\"");
            connection.execute_unprepared(&drop).await?;
        }
        Ok(())
    }

    async fn has_index(
        self,
        connection: &impl ConnectionTrait,
        column: &str,
    ) -> Result<bool, DbErr> {
        let (table, index) = (self.table, self.index);
        let sql = format!(
            "SELECT 1 FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = '{table}' \
             AND index_name = '{index}_{column}'"
        );
        let question = Statement::from_string(connection.get_database_backend(), sql);
        Ok(connection.query_one_raw(question).await?.is_some())
    }

    fn making(self, family: DbBackend, column: &str) -> String {
        let (table, index) = (self.table, self.index);
        if family == DbBackend::MySql {
            return format!("CREATE FULLTEXT INDEX `{index}_{column}` ON `{table}` (`{column}`)");
        }
        let lexemes = lexemes(&format!("\"{column}\""));
        format!(
            "CREATE INDEX IF NOT EXISTS \"{index}_{column}\" ON \"{table}\" USING gin ({lexemes})"
        )
    }

    /// SQLite: where in a column a token stands is not kept (detail), nor how long the column is (columnsize): nobody
    /// asks. One index for all columns, because each has to be written with every commit. The tokenizer divides at
    /// blanks, that is at all but ASCII letters, digits and `_`.
    fn making_for_sqlite(self) -> Vec<String> {
        let Self {
            table, key, index, ..
        } = self;
        let columns = quoted("", self.columns);
        let changed: Vec<String> = self
            .columns
            .iter()
            .map(|column| format!("old.\"{column}\" <> new.\"{column}\""))
            .collect();
        let (put, take) = (
            format!(
                "INSERT INTO \"{index}\"(rowid, {columns}) VALUES (new.\"{key}\", {})",
                quoted("new.", self.columns)
            ),
            // What is taken out is found by what it says.
            format!(
                "INSERT INTO \"{index}\"(\"{index}\", rowid, {columns}) VALUES ('delete', old.\"{key}\", {})",
                quoted("old.", self.columns)
            ),
        );
        let trigger = |kind: &str, when: &str, what: &str| {
            let name = format!("{index}_{}", kind.to_ascii_lowercase());
            format!(
                "CREATE TRIGGER IF NOT EXISTS \"{name}\" AFTER {kind} ON \"{table}\" {when} BEGIN {what}; END"
            )
        };
        vec![
            format!(
                "CREATE VIRTUAL TABLE IF NOT EXISTS \"{index}\" USING fts5({columns}, content='{table}', \
                 content_rowid='{key}', detail='column', columnsize=0, tokenize=\"ascii tokenchars '_'\")"
            ),
            trigger("INSERT", "", &put),
            trigger(
                "UPDATE",
                &format!("WHEN {}", changed.join(" OR ")),
                &format!("{take}; {put}"),
            ),
            trigger("DELETE", "", &take),
        ]
    }

    /// Makes the index anew from what the table holds; nothing where the engine keeps it by itself.
    #[must_use]
    pub fn rebuild(self, engine: Engine) -> Option<String> {
        let index = self.index;
        (engine == Engine::Sqlite)
            .then(|| format!("INSERT INTO \"{index}\"(\"{index}\") VALUES ('rebuild')"))
    }

    /// Fails where the index does not say what the table holds; nothing where the engine keeps it by itself.
    #[must_use]
    pub fn check(self, engine: Engine) -> Option<String> {
        let index = self.index;
        (engine == Engine::Sqlite).then(|| {
            format!("INSERT INTO \"{index}\"(\"{index}\", rank) VALUES ('integrity-check', 1)")
        })
    }

    /// Selects the keys, as [`ID`], of the rows that have all of `tokens` (one at least) in a column and of which `also`
    /// holds, which may name columns of [`ROW`]. In no order; on SQLite, an order by the key costs nothing.
    #[must_use]
    pub fn rows(
        self,
        family: DbBackend,
        column: &str,
        tokens: &[Token],
        also: Condition,
    ) -> SelectStatement {
        let asked = asked(family, tokens);
        let mut select = Query::select();
        if family == DbBackend::Sqlite {
            let index = self.index;
            select
                .expr_as(Expr::col((INDEX, "rowid")), ID)
                .from_as(Alias::new(index), INDEX)
                .and_where(Expr::cust_with_values(
                    format!("{INDEX}.\"{index}\" MATCH ?"),
                    [format!("{{{column}}} : ({asked})")],
                ));
            if !also.is_empty() {
                // A CROSS JOIN, because then the index is read first.
                let (row, table) = (Expr::col((ROW, self.key)), Alias::new(self.table));
                select
                    .join_as(JoinType::CrossJoin, table, ROW, Condition::all())
                    .and_where(row.equals((INDEX, "rowid")))
                    .cond_where(also);
            }
            return select;
        }
        select
            .expr_as(Expr::col((ROW, self.key)), ID)
            .from_as(Alias::new(self.table), ROW)
            .cond_where(also);
        if family == DbBackend::MySql {
            let is_found = format!("MATCH(`{ROW}`.`{column}`) AGAINST (? IN BOOLEAN MODE)");
            select.and_where(Expr::cust_with_values(is_found, [asked]));
        } else {
            let lexemes = lexemes(&format!("\"{ROW}\".\"{column}\""));
            let is_found = format!("{lexemes} @@ CAST($1 AS tsquery)");
            select.and_where(Expr::cust_with_values(is_found, [asked]));
            // PostgreSQL: with an OFFSET it makes a plan for all of these rows, which is to use the index. To find the
            // first few in the order of the key it would rather read row by row, and does so to the end of the table
            // where words that are common by themselves are never together.
            select.offset(0);
        }
        select
    }
}

fn quoted(before: &str, columns: &[&str]) -> String {
    let columns = columns.iter();
    let columns = columns.map(|column| format!("{before}\"{column}\""));
    columns.collect::<Vec<_>>().join(", ")
}

/// Whether [`Tokens::rows`] are best asked for piece by piece, from the newest key down, where only the first are
/// wanted. PostgreSQL gives them in no order: all have to be found first. SQLite has them in order, and MariaDB and
/// MySQL find all of them in any case.
#[must_use]
pub fn in_pieces(family: DbBackend) -> bool {
    family == DbBackend::Postgres
}

/// PostgreSQL: the tokens of a column as its index has them. To the letter, or the index is not used.
fn lexemes(column: &str) -> String {
    format!("array_to_tsvector(string_to_array({column}, ' '))")
}

/// The tokens in the language of the engine's index, in which they need no quoting: they are of letters, digits and
/// `_`, and anything else is left out here.
fn asked(family: DbBackend, tokens: &[Token]) -> String {
    let mut all: Vec<&Token> = tokens.iter().collect();
    all.sort_unstable();
    all.dedup();
    let each = all.into_iter().map(|token| {
        let (text, is_whole) = match token {
            Token::Whole(text) => (text, true),
            Token::Beginning(text) => (text, false),
        };
        let is_sign = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
        let text: String = text.chars().filter(is_sign).collect();
        match (family, is_whole) {
            (DbBackend::Postgres, true) => format!("'{text}'"),
            (DbBackend::Postgres, false) => format!("'{text}':*"),
            (DbBackend::MySql, true) => format!("+{text}"),
            (DbBackend::MySql, false) => format!("+{text}*"),
            (_, true) => format!("\"{text}\""),
            (_, false) => format!("\"{text}\"*"),
        }
    });
    let between = match family {
        DbBackend::Postgres => " & ",
        DbBackend::MySql => " ",
        _ => " AND ",
    };
    each.collect::<Vec<_>>().join(between)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKENS: Tokens = Tokens {
        table: "defect_search",
        key: "defect_id",
        columns: &["head", "body"],
        index: "defect_words",
    };

    fn tokens() -> Vec<Token> {
        vec![
            Token::Whole("weld__".to_owned()),
            Token::Beginning("cr".to_owned()),
            Token::Whole("weld__".to_owned()),
        ]
    }

    #[test]
    fn each_engine_is_asked_in_its_own_language() {
        let asked = |family| asked(family, &tokens());
        assert_eq!(asked(DbBackend::Sqlite), r#""weld__" AND "cr"*"#);
        assert_eq!(asked(DbBackend::Postgres), "'weld__' & 'cr':*");
        assert_eq!(asked(DbBackend::MySql), "+weld__ +cr*");
    }

    #[test]
    fn nothing_but_letters_and_digits_gets_into_the_question() {
        let token = Token::Whole("a'\"*+-|&:) OR b\\".to_owned());
        assert_eq!(asked(DbBackend::Postgres, &[token]), "'aORb'");
    }

    #[test]
    fn names_fit_everywhere() {
        for statement in TOKENS.making_for_sqlite() {
            for name in statement.split('"').skip(1).step_by(2) {
                assert!(name.len() <= 30 || name.contains(' '), "{name}");
            }
        }
    }

    #[test]
    fn rows_are_selected_as_each_engine_does_it() {
        let also = || Condition::all().add(Expr::col((ROW, "body")).like("% x %"));
        let sql = |family: DbBackend, also| {
            let select = TOKENS.rows(family, "head", &tokens(), also);
            family.build(&select).sql
        };
        assert_eq!(
            sql(DbBackend::Sqlite, Condition::all()),
            "SELECT \"f\".\"rowid\" AS \"id\" FROM \"defect_words\" AS \"f\" WHERE f.\"defect_words\" MATCH ?"
        );
        assert!(sql(DbBackend::Sqlite, also()).contains("CROSS JOIN \"defect_search\" AS \"s\""));
        assert_eq!(
            sql(DbBackend::Postgres, Condition::all()),
            "SELECT \"s\".\"defect_id\" AS \"id\" FROM \"defect_search\" AS \"s\" WHERE \
             array_to_tsvector(string_to_array(\"s\".\"head\", ' ')) @@ CAST($1 AS tsquery) OFFSET $2"
        );
        let mysql = sql(DbBackend::MySql, also());
        assert!(mysql.contains("MATCH(`s`.`head`) AGAINST (? IN BOOLEAN MODE)"));
        assert!(mysql.contains("LIKE"), "{mysql}");
    }
}
