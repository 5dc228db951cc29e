//! The tree of a list: no code is above itself, and no branch is longer than ten.
//!
//! Two changes at once could each be right and together make a ring. So whoever puts a code under another one
//! takes the system's lock first ([`setting::lock`](crate::setting::lock)) and reads the tree afterwards: the branch
//! above and what is below, never the whole list, because a file may add thousands of codes one after the other.

use entity::code_value;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, IntoIden, JoinType, Query, SelectStatement};
use sea_orm::{ConnectionTrait, DbErr, DynIden};

use crate::error::{Error, Result};

/// How many codes a branch may have from its root to its end.
pub(super) const DEEPEST: usize = 10;

/// Refuses to put a code (`None`: a new one) under `parent` where that makes a ring or too long a branch.
/// The lock is held.
pub(super) async fn check(
    conn: &impl ConnectionTrait,
    code: Option<i64>,
    parent: i64,
) -> Result<()> {
    let above = branch(conn, parent).await?;
    if code.is_some_and(|code| above.contains(&code)) {
        return Err(Error::field(
            "parent",
            "cycle",
            "must not be the code itself or one below it",
        ));
    }
    let room = DEEPEST - above.len();
    let fits = match code {
        None => room > 0,
        Some(code) => room > 0 && !is_higher(conn, code, room).await?,
    };
    if !fits {
        let message = format!("a branch of the tree must have at most {DEEPEST} codes");
        return Err(Error::field("parent", "too_deep", message));
    }
    Ok(())
}

/// A code and all above it; at most [`DEEPEST`], so that a stored ring does not hang the server.
async fn branch(conn: &impl ConnectionTrait, code: i64) -> Result<Vec<i64>> {
    let mut query = first();
    query.and_where(Expr::col((step(0), code_value::Column::Id)).eq(code));
    query.column((step(0), code_value::Column::Id));
    for place in 1..DEEPEST {
        let above = Expr::col((step(place), code_value::Column::Id))
            .equals((step(place - 1), code_value::Column::ParentId));
        query.join_as(JoinType::LeftJoin, code_value::Entity, step(place), above);
        query.column((step(place), code_value::Column::Id));
    }
    let Some(row) = conn.query_one(&query).await? else {
        return Ok(Vec::new());
    };
    let ids = (0..DEEPEST).map(|place| row.try_get_by(place));
    let ids: Vec<Option<i64>> = ids.collect::<std::result::Result<_, DbErr>>()?;
    Ok(ids.into_iter().map_while(|id| id).collect())
}

/// Whether the longest branch that begins with a code has more than so many codes.
async fn is_higher(conn: &impl ConnectionTrait, code: i64, most: usize) -> Result<bool> {
    let mut query = first();
    query.and_where(Expr::col((step(0), code_value::Column::ParentId)).eq(code));
    for place in 1..most {
        let below = Expr::col((step(place), code_value::Column::ParentId))
            .equals((step(place - 1), code_value::Column::Id));
        query.join_as(JoinType::InnerJoin, code_value::Entity, step(place), below);
    }
    query.expr(Expr::val(1)).limit(1);
    Ok(conn.query_one(&query).await?.is_some())
}

fn first() -> SelectStatement {
    Query::select()
        .from_as(code_value::Entity, step(0))
        .to_owned()
}

/// A code so many steps above or below the first one, as the query names it.
fn step(place: usize) -> DynIden {
    Alias::new(format!("step{place}")).into_iden()
}
