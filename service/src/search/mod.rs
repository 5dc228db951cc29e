//! Full-text search of defects: words and phrases, in any language, the same on every database.
//!
//! | to … | look in |
//! |---|---|
//! | know what a word is | `tokens` |
//! | read what people write | `query` |
//! | keep a record's tokens in step with its texts | `index` |
//! | fill, rebuild and check the tokens of all records | `all` |
//! | find records, the best first | here and in `page` |
//!
//! `defect_search` holds the tokens of each record: in `head` those of what names it (tag, part, lot, work order, serial
//! numbers, title), in `body` the same and those of its long texts and notes. The index of the engine (`db::search`)
//! finds the records that have all tokens, and `LIKE` those in which the tokens of a phrase follow each other.

mod all;
mod index;
mod page;
mod query;
mod tokens;

use db::Db;
use db::search::{ROW, Token, Tokens};
use sea_orm::sea_query::{
    Condition, Expr, ExprTrait, IntoColumnRef, LikeExpr, Order, Query, SelectStatement,
};
use sea_orm::{ConnectionTrait, DbBackend};

use crate::error::{Error, Result};

pub(crate) use all::{MARK, clear};
pub use all::{Rebuilt, Verified, complete, rebuild, verify};
pub(crate) use index::{index, index_all, is_searched, new_row, part_renamed, row_of};
pub(crate) use page::{Hit, ranked_page};
pub use query::{LONGEST, MOST_TERMS, SearchText};

const TOKENS: Tokens = Tokens {
    table: "defect_search",
    key: "defect_id",
    columns: &[HEAD, BODY],
    index: "defect_words",
};

const HEAD: &str = "head";

const BODY: &str = "body";

/// Whether the record with an id has in its head all that is looked for, and nowhere what is not wanted.
pub(crate) fn head_condition(
    family: DbBackend,
    text: &SearchText,
    id: impl IntoColumnRef,
) -> Condition {
    let rows = rows(family, HEAD, text, Condition::all());
    Condition::all().add(Expr::col(id).in_subquery(rows))
}

/// Whether the record with an id has anywhere all that is looked for, and nowhere what is not wanted.
pub(crate) fn body_condition(
    family: DbBackend,
    text: &SearchText,
    id: impl IntoColumnRef,
) -> Condition {
    let rows = rows(family, BODY, text, Condition::all());
    Condition::all().add(Expr::col(id).in_subquery(rows))
}

/// The next records behind `after` that a search finds, the best first, each as its rank (1 where what names it has all
/// that is looked for, otherwise 2) and its id: for tests, which look at nothing else.
#[doc(hidden)]
pub async fn found(
    db: &Db,
    text: &str,
    after: Option<(i64, i64)>,
    limit: u64,
) -> Result<Vec<(i64, i64)>> {
    let text = SearchText::parse(text).map_err(Error::Invalid)?;
    let after = after.map(|(rank, id)| (rank.into(), id));
    let hits = ranked_page(db.reader(), &text, &Condition::all(), after.as_ref(), limit).await?;
    let told = hits.into_iter().map(|hit| {
        let (rank, id) = hit.key();
        (rank.as_i64().unwrap_or_default(), id)
    });
    Ok(told.collect())
}

/// The ids that [`head_condition`] and [`body_condition`] let through, in their order: for tests.
#[doc(hidden)]
pub async fn found_by_condition(db: &Db, text: &str) -> Result<(Vec<i64>, Vec<i64>)> {
    let text = SearchText::parse(text).map_err(Error::Invalid)?;
    let family = db.engine().family();
    let id = ("d", entity::defect::Column::Id);
    let ids = |condition: Condition| {
        let select = Query::select()
            .column(id)
            .from_as(entity::defect::Entity, "d")
            .cond_where(condition)
            .order_by(id, Order::Asc)
            .to_owned();
        async move {
            let rows = db.reader().query_all(&select).await?;
            let ids = rows.iter().map(|row| row.try_get_by_index(0));
            ids.collect::<std::result::Result<Vec<i64>, sea_orm::DbErr>>()
        }
    };
    let head = ids(head_condition(family, &text, id)).await?;
    let body = ids(body_condition(family, &text, id)).await?;
    Ok((head, body))
}

/// Selects the ids of the records that have in a column what is looked for, and of which `also` holds.
fn rows(
    family: DbBackend,
    column: &'static str,
    text: &SearchText,
    mut also: Condition,
) -> SelectStatement {
    for term in text.wanted.iter().filter(|term| term.len() > 1) {
        also = also.add(has(column, term));
    }
    for term in &text.unwanted {
        also = also.add(has(BODY, term).not());
    }
    let tokens: Vec<Token> = text.wanted.iter().flatten().cloned().collect();
    TOKENS.rows(family, column, &tokens, also)
}

/// Whether a column has tokens that follow each other. Reads the text, and needs no index.
fn has(column: &'static str, term: &[Token]) -> Expr {
    let pattern = LikeExpr::new(tokens::pattern(term)).escape(tokens::ESCAPE);
    Expr::col((ROW, column)).like(pattern)
}
