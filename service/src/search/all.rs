//! The tokens of all records: filled where there are none yet, made anew, held against what they should be.
//!
//! Records of a system that was upgraded, copied or imported have no tokens at first. [`complete`] gives them theirs,
//! some at a time, each batch in a transaction of its own that holds its records; servers that do it at once share the
//! work. Once none is missing a row of `setting` says so, and nobody looks again: from then on every record gets its
//! tokens in the transaction that makes it.

use db::{Db, Tx, TxError as _};
use entity::{defect, defect_search, setting};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query, SelectStatement};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

use super::TOKENS;
use super::index::{AT_ONCE, gathered, replace};
use crate::error::{Error, Result};
use crate::page::{bytes_of, fitting};

/// The row of `setting` that says that every record has its tokens. It is of this database, and moved nowhere.
pub(crate) const MARK: &str = "search";

/// A batch has records with so many bytes of long texts at most; at least one record.
const BATCH_BYTES: i64 = 4 * 1024 * 1024;

/// The columns that hold them.
const LONG: [(&str, defect::Column); 5] = [
    ("d", defect::Column::Description),
    ("d", defect::Column::ProcessAnalysis),
    ("d", defect::Column::RepairProcess),
    ("d", defect::Column::EngineeringFindings),
    ("d", defect::Column::RootCause),
];

/// What was made anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rebuilt {
    /// How many records were looked at.
    pub records: u64,
    /// How many of them had no tokens, or others than they should.
    pub changed: u64,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// How many records were looked at.
    pub records: u64,
    /// The first thing that is not as it should be.
    pub difference: Option<String>,
}

/// Gives every record its tokens that has none, and says how many had none; `tell` is told how many have been done.
///
/// # Errors
/// The database's; what was done until then stays.
pub async fn complete(db: &Db, tell: impl Fn(u64)) -> Result<u64> {
    let is_complete = setting::Entity::find_by_id(MARK).one(db.reader()).await?;
    if is_complete.is_some() {
        return Ok(0);
    }
    let (mut after, mut done) = (0, 0);
    loop {
        let ids = batch(db.reader(), after, true).await?;
        let Some(last) = ids.last().copied() else {
            break;
        };
        after = last;
        done += each(db, ids, Which::Missing).await?;
        tell(done);
    }
    mark(db).await?;
    Ok(done)
}

/// Makes the tokens of all records anew, and the engine's index where it is not the engine that keeps it.
///
/// # Errors
/// The database's; what was done until then stays.
pub async fn rebuild(db: &Db, tell: impl Fn(u64)) -> Result<Rebuilt> {
    let (mut after, mut rebuilt) = (0, Rebuilt::default());
    loop {
        let ids = batch(db.reader(), after, false).await?;
        let Some(last) = ids.last().copied() else {
            break;
        };
        after = last;
        rebuilt.records += ids.len() as u64;
        rebuilt.changed += each(db, ids, Which::Different).await?;
        tell(rebuilt.records);
    }
    run(db, TOKENS.rebuild(db.engine())).await?;
    mark(db).await?;
    Ok(rebuilt)
}

/// Holds the tokens of all records against what they should be; nothing is changed.
///
/// # Errors
/// The database's.
pub async fn verify(db: &Db, tell: impl Fn(u64)) -> Result<Verified> {
    let (mut after, mut verified) = (0, Verified::default());
    loop {
        // Of each batch texts and tokens are read as of one moment.
        let tx = db.snapshot().await?;
        let ids = batch(&tx, after, false).await?;
        let Some(last) = ids.last().copied() else {
            break;
        };
        after = last;
        verified.records += ids.len() as u64;
        verified.difference = difference(&tx, &ids).await?;
        tx.commit().await?;
        if verified.difference.is_some() {
            return Ok(verified);
        }
        tell(verified.records);
    }
    match run(db, TOKENS.check(db.engine())).await {
        Err(error) if is_damage(&error) => {
            let what = "the index does not hold the words of its table: rebuild it";
            verified.difference = Some(what.to_owned());
        }
        done => done?,
    }
    Ok(verified)
}

/// Takes away all tokens, some at a time.
pub(crate) async fn clear(db: &Db) -> Result<()> {
    loop {
        let removed = db.write(|tx| Box::pin(async move { remove_some(tx).await }));
        if removed.await? == 0 {
            return Ok(());
        }
    }
}

async fn remove_some(tx: &Tx) -> Result<u64> {
    let ids: Vec<i64> = defect_search::Entity::find()
        .select_only()
        .column(defect_search::Column::DefectId)
        .order_by_asc(defect_search::Column::DefectId)
        .limit(AT_ONCE as u64)
        .into_tuple()
        .all(tx)
        .await?;
    let Some(last) = ids.last() else {
        return Ok(0);
    };
    let removed = defect_search::Entity::delete_many()
        .filter(defect_search::Column::DefectId.lte(*last))
        .exec(tx)
        .await?;
    Ok(removed.rows_affected)
}

/// Which of a batch are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Which {
    /// Those that have no tokens.
    Missing,
    /// Those that have none, or others than they should.
    Different,
}

/// Writes the tokens of records; answers of how many.
async fn each(db: &Db, ids: Vec<i64>, which: Which) -> Result<u64> {
    db.write(move |tx| {
        let ids = ids.clone();
        Box::pin(async move { each_in(tx, ids, which).await })
    })
    .await
}

async fn each_in(tx: &Tx, mut ids: Vec<i64>, which: Which) -> Result<u64> {
    // Whoever changes one of them has written its tokens by then, or waits until these are written.
    let mut held = Query::select();
    held.column(defect::Column::Id)
        .from(defect::Entity)
        .and_where(Expr::col(defect::Column::Id).is_in(ids.iter().copied()))
        .order_by(defect::Column::Id, sea_orm::Order::Asc)
        .lock_exclusive();
    tx.query_all(&held).await?;
    let mut rows = Vec::new();
    if which == Which::Missing {
        let there = of_ids(&ids).select_only();
        let there: Vec<i64> = there
            .column(defect_search::Column::DefectId)
            .into_tuple()
            .all(tx)
            .await?;
        ids.retain(|id| !there.contains(id));
    } else {
        rows = of_ids(&ids).all(tx).await?;
    }
    if ids.is_empty() {
        return Ok(0);
    }
    let mut wanted = gathered(tx, &ids).await?;
    wanted.retain(|row| !rows.contains(row));
    let count = wanted.len() as u64;
    replace(tx, wanted).await?;
    Ok(count)
}

fn of_ids(ids: &[i64]) -> sea_orm::Select<defect_search::Entity> {
    defect_search::Entity::find().filter(defect_search::Column::DefectId.is_in(ids.iter().copied()))
}

/// What is not as it should be with the first of some records of which that is so.
async fn difference(tx: &Tx, ids: &[i64]) -> Result<Option<String>> {
    let rows = of_ids(ids)
        .order_by_asc(defect_search::Column::DefectId)
        .all(tx)
        .await?;
    for wanted in gathered(tx, ids).await? {
        let id = wanted.defect_id;
        let place = rows.binary_search_by_key(&id, |row| row.defect_id);
        let what = match place.ok().and_then(|place| rows.get(place)) {
            Some(row) if *row == wanted => continue,
            Some(_) => "is found by other words than those of its texts",
            None => "is found by nothing: it has no words",
        };
        let tag: Option<String> = defect::Entity::find_by_id(id)
            .select_only()
            .column(defect::Column::TagNumber)
            .into_tuple()
            .one(tx)
            .await?;
        return Ok(Some(format!("{} {what}", tag.unwrap_or_default())));
    }
    Ok(None)
}

/// The next records behind an id, as many as are taken at once.
async fn batch(db: &impl ConnectionTrait, after: i64, only_missing: bool) -> Result<Vec<i64>> {
    let mut select = Query::select();
    select
        .column(("d", defect::Column::Id))
        .expr(bytes_of(db, &LONG))
        .from_as(defect::Entity, "d")
        .and_where(Expr::col(("d", defect::Column::Id)).gt(after))
        .order_by(("d", defect::Column::Id), sea_orm::Order::Asc)
        .limit(AT_ONCE as u64);
    if only_missing {
        select.and_where(Expr::exists(tokens_of_record()).not());
    }
    let rows = db.query_all(&select).await?;
    let rows = rows.iter();
    let rows = rows.map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?)));
    let rows: Vec<(i64, i64)> = rows.collect::<std::result::Result<_, sea_orm::DbErr>>()?;
    let fit = fitting(rows.iter().map(|(_, bytes)| bytes), BATCH_BYTES);
    Ok(rows.into_iter().take(fit).map(|(id, _)| id).collect())
}

fn tokens_of_record() -> SelectStatement {
    let id = Expr::col(("s", defect_search::Column::DefectId));
    Query::select()
        .expr(Expr::cust("1"))
        .from_as(defect_search::Entity, "s")
        .and_where(id.equals(("d", defect::Column::Id)))
        .to_owned()
}

/// Says that every record has its tokens.
async fn mark(db: &Db) -> Result<()> {
    db.write(|tx| {
        Box::pin(async move {
            let row = setting::ActiveModel {
                name: Set(MARK.to_owned()),
                content: Set("every record has its words".to_owned()),
            };
            let nothing = OnConflict::column(setting::Column::Name)
                .do_nothing_on([setting::Column::Name])
                .to_owned();
            setting::Entity::insert(row)
                .on_conflict(nothing)
                .exec_without_returning(tx)
                .await?;
            Ok::<(), Error>(())
        })
    })
    .await
}

/// Runs a statement by itself, if there is one.
async fn run(db: &Db, statement: Option<String>) -> Result<()> {
    let Some(statement) = statement else {
        return Ok(());
    };
    db.write(move |tx| {
        let statement = statement.clone();
        Box::pin(async move {
            tx.execute_unprepared(&statement).await?;
            Ok::<(), Error>(())
        })
    })
    .await
}

/// Whether it is what was asked, and not whoever was asked, that failed.
fn is_damage(error: &Error) -> bool {
    !matches!(
        error.database(),
        None | Some(
            db::Error::Unavailable(_) | db::Error::Contention(_) | db::Error::OutcomeUnknown
        )
    )
}
