//! Pages: `{items, next_cursor}`, found by key and never by offset, so that the last page costs what the first does.
//!
//! A cursor holds the last row's sort key and id, and a fingerprint of the list that it belongs to: with
//! another filter or order it is refused instead of giving a page that means nothing. `limit` is no part of it.
//! Where rows hold long texts, a page ends early rather than being large ([`MOST_BYTES`]).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sea_orm::sea_query::{
    Condition, Expr, ExprTrait, Func, IntoColumnRef, Order, Query, SelectStatement, SimpleExpr,
};
use sea_orm::{ConnectionTrait, EntityTrait, QuerySelect, QueryTrait, Select, Value};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::asked;
use crate::error::{Error, Result};
use crate::value::Int;

/// How many rows a page has.
pub type Limit = Int<1, 200>;

/// How many rows a page has when nobody says so.
pub const DEFAULT_LIMIT: u64 = 50;

/// How many bytes of long texts a page holds, unless its first row alone has more.
pub const MOST_BYTES: i64 = 2 * 1024 * 1024;

/// Up to where `count=true` counts exactly.
pub const COUNTED_EXACTLY: i64 = 1000;

crate::choice! {
    /// Whether a list is counted.
    pub enum Count {
        /// Not counted.
        No = "false",
        /// Exactly up to 1,000, then "at least".
        Yes = "true",
        /// Exactly, whatever it costs.
        Exact = "exact",
    }
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Page<T> {
    /// The rows; fewer than `limit` where their texts are long.
    pub items: Vec<T>,
    /// Where the next page begins; null on the last one, and only there.
    pub next_cursor: Option<String>,
    /// How many rows there are, where `count` was asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub total: Option<i64>,
    /// True where there are more than `total`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub total_is_minimum: Option<bool>,
}

impl<T> Page<T> {
    /// The same page of something made of each row.
    pub fn map<U>(self, mut make: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(&mut make).collect(),
            next_cursor: self.next_cursor,
            total: self.total,
            total_is_minimum: self.total_is_minimum,
        }
    }

    /// The same page of something made of each row, unless a row cannot be made.
    pub fn try_map<U>(self, mut make: impl FnMut(T) -> Result<U>) -> Result<Page<U>> {
        Ok(Page {
            items: self
                .items
                .into_iter()
                .map(&mut make)
                .collect::<Result<_>>()?,
            next_cursor: self.next_cursor,
            total: self.total,
            total_is_minimum: self.total_is_minimum,
        })
    }
}

/// Which page of which list: what every list is asked with.
#[derive(Clone, Debug)]
pub struct PageRequest {
    fingerprint: String,
    limit: u64,
    after: Option<(Json, i64)>,
    count: Count,
}

impl PageRequest {
    /// Reads the paging parameters of a list; `identity` is all that tells this list from another (its name,
    /// its parent, its filters, its order).
    pub fn new(
        identity: &Json,
        limit: Option<Limit>,
        cursor: Option<&str>,
        count: Option<Count>,
    ) -> Result<Self> {
        let digest = Sha256::digest(identity.to_string().as_bytes());
        let fingerprint = URL_SAFE_NO_PAD.encode(&digest[..9]);
        let after = cursor
            .map(|cursor| read_cursor(cursor, &fingerprint))
            .transpose()?;
        Ok(Self {
            fingerprint,
            limit: limit.map_or(DEFAULT_LIMIT, |limit| limit.0.unsigned_abs()),
            after,
            count: count.unwrap_or(Count::No),
        })
    }

    /// The sort key and id of the last row of the page before.
    pub fn after(&self) -> Option<&(Json, i64)> {
        self.after.as_ref()
    }

    /// How many rows to read: one more than the page has, to see whether there is another.
    pub fn to_read(&self) -> u64 {
        self.limit + 1
    }

    /// Makes a page of the rows that were read; `key` gives a row's sort key and id.
    pub fn page<T>(&self, mut rows: Vec<T>, key: impl Fn(&T) -> (Json, i64)) -> Page<T> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        self.part(rows, more, key)
    }

    /// Makes a page of its rows; `more` says whether others follow.
    pub(crate) fn part<T>(
        &self,
        rows: Vec<T>,
        more: bool,
        key: impl Fn(&T) -> (Json, i64),
    ) -> Page<T> {
        let next_cursor = rows
            .last()
            .filter(|_| more)
            .map(|last| self.write_cursor(&key(last)));
        Page {
            items: rows,
            next_cursor,
            total: None,
            total_is_minimum: None,
        }
    }

    /// Reads a page's rows, of those that `behind` selects in its order, and whether others follow. `long` are the
    /// columns with long texts, which are measured before they are read.
    pub(crate) async fn read<E: EntityTrait>(
        &self,
        db: &impl ConnectionTrait,
        behind: Select<E>,
        long: &[E::Column],
    ) -> Result<(Vec<E::Model>, bool)> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        if long.is_empty() {
            let mut rows = self.rows(db, behind).await?;
            let more = rows.len() > limit;
            rows.truncate(limit);
            return Ok((rows, more));
        }
        let sizes = behind
            .clone()
            .select_only()
            .expr_as(bytes_of(db, long), "bytes")
            .limit(self.to_read());
        asked::note(db, sizes.as_query());
        let sizes: Vec<i64> = sizes.into_tuple().all(db).await?;
        let fit = fitting(sizes.iter().take(limit), MOST_BYTES);
        let rows = behind.limit(fit as u64);
        asked::note(db, rows.as_query());
        Ok((rows.all(db).await?, fit < sizes.len()))
    }

    /// Reads a page's rows, of those that `behind` selects in its order, and one more.
    pub(crate) async fn rows<E: EntityTrait>(
        &self,
        db: &impl ConnectionTrait,
        behind: Select<E>,
    ) -> Result<Vec<E::Model>> {
        let rows = behind.limit(self.to_read());
        asked::note(db, rows.as_query());
        Ok(rows.all(db).await?)
    }

    /// Adds the count to a page, if it was asked for; `rows` selects the list's ids without order or limit.
    pub async fn count<T>(
        &self,
        db: &impl ConnectionTrait,
        mut page: Page<T>,
        mut rows: SelectStatement,
    ) -> Result<Page<T>> {
        let most = match self.count {
            Count::No => return Ok(page),
            Count::Yes => COUNTED_EXACTLY + 1,
            Count::Exact => i64::MAX,
        };
        if self.count == Count::Yes {
            rows.limit(most.unsigned_abs());
        }
        let counted = Query::select()
            .expr_as(Expr::cust("COUNT(*)"), "n")
            .from_subquery(rows, "counted")
            .to_owned();
        asked::note(db, &counted);
        let row = db.query_one(&counted).await?;
        let total: i64 = row.map_or(Ok(0), |row| row.try_get("", "n"))?;
        page.total = Some(Ord::min(total, most - 1));
        page.total_is_minimum = (total >= most).then_some(true);
        Ok(page)
    }

    /// The cursor behind a row with this sort key and id.
    pub(crate) fn write_cursor(&self, (key, id): &(Json, i64)) -> String {
        URL_SAFE_NO_PAD.encode(json!([self.fingerprint, key, id]).to_string())
    }
}

/// How many of the first rows hold at most so many bytes together; at least one, if there is one.
pub(crate) fn fitting<'a>(sizes: impl Iterator<Item = &'a i64>, most: i64) -> usize {
    let mut room = most;
    sizes
        .enumerate()
        .take_while(|(place, size)| {
            room = room.saturating_sub(**size);
            *place == 0 || room >= 0
        })
        .count()
}

/// How many bytes the texts in some columns have together, as a 64-bit number; no text has none.
pub(crate) fn bytes_of<C: IntoColumnRef + Copy>(
    db: &impl ConnectionTrait,
    columns: &[C],
) -> SimpleExpr {
    let bytes = columns
        .iter()
        .map(|column| Func::cust("OCTET_LENGTH").arg(Expr::col(*column)))
        .map(|bytes| SimpleExpr::from(bytes).if_null(0))
        .reduce(SimpleExpr::add)
        .unwrap_or_else(|| Expr::value(0));
    bytes.cast_as(db::dialect::sum_type(db.get_database_backend()))
}

fn read_cursor(cursor: &str, fingerprint: &str) -> Result<(Json, i64)> {
    let malformed = || {
        let message = "is not a cursor of this server; take it from next_cursor as it is";
        Error::field("cursor", "format", message)
    };
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| malformed())?;
    let (of, key, id): (String, Json, i64) =
        serde_json::from_slice(&bytes).map_err(|_| malformed())?;
    if of != fingerprint {
        let message = "belongs to another list, filter or sort order; start again without it";
        return Err(Error::field("cursor", "foreign", message));
    }
    // No text of ours holds U+0000, and PostgreSQL refuses it even in a comparison.
    if key.as_str().is_some_and(|key| key.contains('\0')) {
        return Err(malformed());
    }
    Ok((key, id))
}

/// The rows behind `(key, id)` in an order by `column` and then `id`, both `order`. Written as a range on the
/// first column with a tie-break, because row values are not ranges on every database.
pub fn behind(
    order: &Order,
    column: impl Fn() -> SimpleExpr,
    id: impl Fn() -> SimpleExpr,
    key: impl Into<Value>,
    last: i64,
) -> Condition {
    let key = key.into();
    let key = || Expr::value(key.clone());
    let (from, beyond, id_beyond) = match order {
        Order::Desc => (column().lte(key()), column().lt(key()), id().lt(last)),
        _ => (column().gte(key()), column().gt(key()), id().gt(last)),
    };
    Condition::all()
        .add(from)
        .add(Condition::any().add(beyond).add(id_beyond))
}

/// A cursor whose key is not of the kind that the list sorts by was made up.
pub fn bad_key() -> Error {
    Error::field(
        "cursor",
        "format",
        "is not a cursor of this server; take it from next_cursor as it is",
    )
}
