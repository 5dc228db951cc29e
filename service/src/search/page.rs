//! A page of what a search finds, the best first: what has all of it in what names the record, and then what has a part
//! of it in the long texts; of each the newest first.

use db::search::{ID, ROW, in_pieces};
use entity::{defect, defect_search};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, JoinType, Order, Query, SelectStatement};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde_json::{Value as Json, json};

use super::{BODY, HEAD, SearchText, TOKENS, has, rows};
use crate::asked;
use crate::error::Result;
use crate::page::bad_key;

/// The alias of what is found.
const H: &str = "h";

/// The alias of the table of defects, in the conditions that are added.
const D: &str = "d";

/// So many ids, from the newest on, are looked through at first where it is done piece by piece.
const FIRST_PIECE: i64 = 2_048;

/// Each piece is so many times as large as the one before.
const GROWTH: i64 = 8;

/// How well a record fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rank {
    /// What names it has all that is looked for.
    Head,
    /// All of it is there, but not all in what names it.
    Body,
}

impl Rank {
    /// As a cursor has it.
    pub(crate) fn key(self) -> Json {
        match self {
            Self::Head => json!(1),
            Self::Body => json!(2),
        }
    }

    fn of(key: &Json) -> Result<Self> {
        match key.as_i64() {
            Some(1) => Ok(Self::Head),
            Some(2) => Ok(Self::Body),
            _ => Err(bad_key()),
        }
    }
}

/// A record that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hit {
    pub(crate) rank: Rank,
    pub(crate) id: i64,
}

impl Hit {
    /// Where it stands, for a cursor.
    pub(crate) fn key(self) -> (Json, i64) {
        (self.rank.key(), self.id)
    }
}

/// The next `limit` records behind `after` that a search finds and of which `wanted` holds, a condition on the alias `d`
/// of the table of defects.
///
/// # Errors
/// `Invalid` for a key of `after` that is not one of [`Hit::key`].
pub(crate) async fn ranked_page(
    db: &impl ConnectionTrait,
    text: &SearchText,
    wanted: &Condition,
    after: Option<&(Json, i64)>,
    limit: u64,
) -> Result<Vec<Hit>> {
    let (first, mut below) = match after {
        Some((key, id)) => (Rank::of(key)?, Some(*id)),
        None => (Rank::Head, None),
    };
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut hits = Vec::new();
    for rank in [Rank::Head, Rank::Body] {
        if rank < first || hits.len() >= limit {
            continue;
        }
        let search = Search {
            family: db.get_database_backend(),
            text,
            wanted,
            rank,
        };
        let ids = search.ids(db, below.take(), limit - hits.len()).await?;
        hits.extend(ids.into_iter().map(|id| Hit { rank, id }));
    }
    Ok(hits)
}

/// The records of one rank.
struct Search<'a> {
    family: DbBackend,
    text: &'a SearchText,
    wanted: &'a Condition,
    rank: Rank,
}

impl Search<'_> {
    /// The newest, below an id.
    async fn ids(
        &self,
        db: &impl ConnectionTrait,
        below: Option<i64>,
        limit: usize,
    ) -> Result<Vec<i64>> {
        if !in_pieces(self.family) {
            return self.between(db, (None, below), limit).await;
        }
        let mut below = match below {
            Some(id) => id,
            None => newest(db).await?.saturating_add(1),
        };
        let (mut ids, mut size) = (Vec::new(), FIRST_PIECE);
        while below > 1 && ids.len() < limit {
            let from = Ord::max(below.saturating_sub(size), 1);
            let found = self.between(db, (Some(from), Some(below)), limit - ids.len());
            ids.extend(found.await?);
            (below, size) = (from, size.saturating_mul(GROWTH));
        }
        Ok(ids)
    }

    /// The newest from an id on and below another.
    async fn between(
        &self,
        db: &impl ConnectionTrait,
        range: (Option<i64>, Option<i64>),
        limit: usize,
    ) -> Result<Vec<i64>> {
        let select = self.select(range);
        asked::note(db, &select);
        let mut statement = self.family.build(&select);
        // In the text, as in every list: a bound one is guessed at.
        statement.sql.push_str(&format!(" LIMIT {limit}"));
        ids_of(db, statement).await
    }

    fn select(&self, (from, below): (Option<i64>, Option<i64>)) -> SelectStatement {
        let (column, mut also) = match self.rank {
            Rank::Head => (HEAD, Condition::all()),
            Rank::Body => {
                let in_head = self.text.wanted.iter();
                let in_head = in_head.fold(Condition::all(), |all, term| all.add(has(HEAD, term)));
                (BODY, Condition::all().add(in_head.not()))
            }
        };
        let found = || Expr::col((H, ID));
        let mut range = Condition::all()
            .add_option(from.map(|from| found().gte(from)))
            .add_option(below.map(|below| found().lt(below)));
        if in_pieces(self.family) {
            // Where the rows of the subquery are all found before any is looked at, the range has to be in it.
            let row = || Expr::col((ROW, TOKENS.key));
            also = also
                .add_option(from.map(|from| row().gte(from)))
                .add_option(below.map(|below| row().lt(below)));
            range = Condition::all();
        }
        let mut select = Query::select();
        select
            .column((H, ID))
            .from_subquery(rows(self.family, column, self.text, also), H)
            .cond_where(range)
            .order_by((H, ID), Order::Desc);
        if !self.wanted.is_empty() {
            // What is found is in the order of the page, or can be brought there: the table of defects comes behind.
            select
                .join_as(JoinType::CrossJoin, defect::Entity, D, Condition::all())
                .and_where(Expr::col((D, defect::Column::Id)).equals((H, ID)))
                .cond_where(self.wanted.clone());
        }
        select
    }
}

/// The newest record that can be found.
async fn newest(db: &impl ConnectionTrait) -> Result<i64> {
    let select = Query::select()
        .expr(Expr::col(defect_search::Column::DefectId).max())
        .from(defect_search::Entity)
        .to_owned();
    let row = db.query_one(&select).await?;
    let id: Option<i64> = row.map_or(Ok(None), |row| row.try_get_by_index(0))?;
    Ok(id.unwrap_or(0))
}

async fn ids_of(db: &impl ConnectionTrait, statement: Statement) -> Result<Vec<i64>> {
    let rows = db.query_all_raw(statement).await?;
    let ids = rows.iter().map(|row| row.try_get_by_index(0));
    Ok(ids.collect::<std::result::Result<_, sea_orm::DbErr>>()?)
}
