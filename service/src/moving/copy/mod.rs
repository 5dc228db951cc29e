//! One database into another, straight, with a proof at the end.
//!
//! The target is marked (`setting`, [`MARK`]) until the proof is given, so that no server starts on half a copy, and
//! so that a copy that was cut off can be told from a system with a life of its own: only the first is gone on with.

mod fill;
mod repair;

use db::bulk::{self, Durability, Loader, Reading};
use db::{Db, Engine, Rejection};
use entity::setting;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Statement};

use super::origin::{self, Origin};
use super::row::Content;
use super::tables::{Table, quoted, tables};
use super::{Error, MARK, Result, Side, Stage, Watch, verify};
use crate::audit::{AuditKey, Verification};
use crate::search;
use crate::summary;

/// What was copied, and whether it is what it was.
#[derive(Clone, Debug)]
pub struct Copied {
    /// Each table, in the order in which it was copied.
    pub tables: Vec<CopiedTable>,
    /// How rows went into the target.
    pub way: &'static str,
    /// Rows that were written or removed because an earlier, unfinished copy had them otherwise or not at all.
    pub repaired: u64,
    /// The history of the target, recomputed.
    pub history: Verification,
    /// The first thing in which the target differs; none if the copy is what it should be.
    pub difference: Option<String>,
}

/// A table on both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopiedTable {
    /// The table.
    pub name: &'static str,
    /// How many rows the source has.
    pub source_rows: u64,
    /// How many the target has.
    pub target_rows: u64,
    /// The content hash of the source's rows.
    pub source_sha256: String,
    /// The content hash of the target's rows.
    pub target_sha256: String,
}

/// Copies all data of the system in `from` into `to`, whose tables are there and empty; with `resume`, goes on where
/// a copy of the same system was cut off.
///
/// The source is read as of one moment and may be in use. Memory does not grow with the data.
///
/// # Errors
/// [`Error::Refused`] before anything is written; [`Error::Database`] when either side fails, after which the target
/// can be gone on with. A target that differs in the end is no error but [`Copied::difference`].
pub async fn copy(
    from: &Db,
    to: &Db,
    key: &AuditKey,
    resume: bool,
    watch: &Watch,
) -> Result<Copied> {
    let (source, target) = (
        |error: db::Error| Side::Source.failed(error),
        |error: db::Error| Side::Target.failed(error),
    );
    if bulk::identity(from).await.map_err(source)? == bulk::identity(to).await.map_err(target)? {
        return Err(Error::Refused(
            "the source and the target are one and the same database: name another target"
                .to_owned(),
        ));
    }
    let mut reading = Reading::begin(from).await.map_err(source)?;
    let origin = Origin::read(&mut reading, from.engine().family()).await?;
    origin.require_key(key)?;
    let tables = tables(origin.currency_digits)?;
    let state = state(to, &tables, &origin).await?;
    let mut repaired = 0;
    let contents = match (state, resume) {
        (State::Empty, _) => {
            let loader = Loader::open(to, Durability::AtTheEnd)
                .await
                .map_err(target)?;
            rehearse(&loader, to, &tables).await.map_err(target)?;
            mark(to, &origin).await?;
            let (contents, loader) =
                fill::all(&mut reading, (from, to), &tables, loader, watch).await?;
            finish(loader, &tables).await?;
            contents
        }
        (State::Unfinished, true) => {
            // What was made of records that have changed since, or are gone.
            search::clear(to).await.map_err(of_target)?;
            let loader = Loader::open(to, Durability::EachCommit)
                .await
                .map_err(target)?;
            let (contents, count, loader) =
                repair::all(&mut reading, (from, to), &tables, loader, watch).await?;
            repaired = count;
            finish(loader, &tables).await?;
            contents
        }
        // Nothing is written: if it is what it should be, the copy had come to its end.
        (State::Other(_), true) => {
            verify::contents(
                &mut reading,
                from,
                &tables,
                Side::Source,
                (Stage::Comparing, watch),
            )
            .await?
        }
        (State::Unfinished, false) => {
            let what = "the target holds a copy of this system that was cut off: go on with it by --resume, or empty the target";
            return Err(Error::Refused(what.to_owned()));
        }
        (State::Other(what), false) => return Err(Error::Refused(what)),
    };
    reading.end().await.map_err(source)?;
    let copied = compare(to, &tables, contents, key, watch).await?;
    if copied.difference.is_none() && is_marked(to).await? {
        search::complete(to, |_| ()).await.map_err(of_target)?;
        unmark(to).await?;
    }
    Ok(Copied { repaired, ..copied })
}

/// An error of the service at work in the target.
fn of_target(error: crate::Error) -> Error {
    match error {
        crate::Error::Database(error) => Side::Target.failed(error),
        error => error.into(),
    }
}

/// How rows go into a database.
fn way(engine: Engine) -> &'static str {
    match engine {
        Engine::Postgres => "COPY, foreign keys and indexes made behind the rows,",
        _ => "prepared INSERTs of many rows",
    }
}

/// Fails where the user lacks a right that the copy will need, before anything is written.
async fn rehearse(
    loader: &Loader,
    to: &Db,
    tables: &[Table],
) -> std::result::Result<(), db::Error> {
    let mut load = loader.begin().await?;
    for table in tables {
        load.run(&table.nothing(to.engine().family())).await?;
        if table.id().is_some() {
            load.reset_ids(table.name).await?;
        }
    }
    load.roll_back().await
}

/// Sets the sequences, and makes everything durable.
async fn finish(loader: Loader, tables: &[Table]) -> Result<()> {
    let done = async {
        let mut load = loader.begin().await?;
        for table in tables.iter().filter(|table| table.id().is_some()) {
            load.reset_ids(table.name).await?;
        }
        load.run(summary::FORGET).await?;
        load.commit().await?;
        loader.finish().await
    };
    done.await.map_err(|error| Side::Target.failed(error))
}

/// What a target holds.
enum State {
    Empty,
    /// A part of this very system.
    Unfinished,
    /// Anything else; why it is refused.
    Other(String),
}

async fn state(to: &Db, tables: &[Table], origin: &Origin) -> Result<State> {
    let failed = |error: db::Error| Side::Target.failed(error);
    let mut reading = Reading::begin(to).await.map_err(failed)?;
    let backend = to.engine().family();
    let settings = origin::settings(&mut reading, backend, Side::Target).await?;
    let state = match settings.get(MARK) {
        Some(first_start) if *first_start == origin.first_start => State::Unfinished,
        Some(_) => State::Other(
            "the target holds a copy of another system that was cut off: finish that, or empty the target".to_owned(),
        ),
        None => match held(&mut reading, to, tables).await? {
            None => State::Empty,
            Some(table) => State::Other(format!(
                "the target holds data already (in {table}): copy into an empty database"
            )),
        },
    };
    reading.end().await.map_err(failed)?;
    Ok(state)
}

/// Whether there are rows in any table that is moved; tables may be missing, as in a database whose migration was cut
/// off.
///
/// # Errors
/// [`Error::Database`].
pub async fn holds_data(db: &Db) -> Result<bool> {
    let backend = db.engine().family();
    for table in tables(0)? {
        let name = quoted(backend, table.name);
        let any = Statement::from_string(backend, format!("SELECT 1 FROM {name} LIMIT 1"));
        match db
            .reader()
            .query_one_raw(any)
            .await
            .map_err(db::Error::from)
        {
            Ok(Some(_)) => return Ok(true),
            Ok(None)
            | Err(db::Error::Rejected {
                reason: Rejection::MissingTable,
                ..
            }) => {}
            Err(error) => return Err(Side::Target.failed(error)),
        }
    }
    Ok(false)
}

/// The first table that has rows. The settings of a system that was only started do not count.
pub(super) async fn held(
    reading: &mut Reading,
    db: &Db,
    tables: &[Table],
) -> Result<Option<&'static str>> {
    let backend = db.engine().family();
    for table in tables.iter().filter(|table| table.name != "setting") {
        let name = quoted(backend, table.name);
        let any = reading.number(format!(
            "SELECT COUNT(*) FROM (SELECT 1 FROM {name} LIMIT 1) x"
        ));
        if any.await.map_err(|error| Side::Target.failed(error))? > 0 {
            return Ok(Some(table.name));
        }
    }
    Ok(None)
}

/// Marks an empty target; the settings of a system that was only started there go.
async fn mark(to: &Db, origin: &Origin) -> Result<()> {
    let first_start = origin.first_start.clone();
    let written = to.write(move |tx| {
        let mark = setting::ActiveModel {
            name: Set(MARK.to_owned()),
            content: Set(first_start.clone()),
        };
        Box::pin(async move {
            setting::Entity::delete_many().exec(tx).await?;
            setting::Entity::insert(mark)
                .exec_without_returning(tx)
                .await?;
            Ok::<(), db::Error>(())
        })
    });
    written.await.map_err(|error| Side::Target.failed(error))
}

async fn is_marked(to: &Db) -> Result<bool> {
    let row = setting::Entity::find_by_id(MARK).one(to.reader()).await;
    Ok(row.map_err(|error| Side::Target.failed(error))?.is_some())
}

async fn unmark(to: &Db) -> Result<()> {
    let written = to.write(|tx| {
        Box::pin(async move {
            let mark = setting::Entity::delete_many().filter(setting::Column::Name.eq(MARK));
            mark.exec(tx).await?;
            Ok::<(), db::Error>(())
        })
    });
    written.await.map_err(|error| Side::Target.failed(error))
}

/// Reads the target again, and holds it against what the source had.
async fn compare(
    to: &Db,
    tables: &[Table],
    source: Vec<Content>,
    key: &AuditKey,
    watch: &Watch,
) -> Result<Copied> {
    let failed = |error: db::Error| Side::Target.failed(error);
    let mut reading = Reading::begin(to).await.map_err(failed)?;
    let target = verify::contents(
        &mut reading,
        to,
        tables,
        Side::Target,
        (Stage::Verifying, watch),
    )
    .await?;
    let mut difference = None;
    let mut both = Vec::new();
    for ((table, source), target) in tables.iter().zip(source).zip(target) {
        let name = table.name;
        if difference.is_none() && source.rows != target.rows {
            difference = Some(format!(
                "{name} has {} rows in the source and {} in the target",
                source.rows, target.rows
            ));
        }
        if difference.is_none() && source.sha256 != target.sha256 {
            difference = Some(format!("the rows of {name} are not the same in the target"));
        }
        both.push(CopiedTable {
            name,
            source_rows: source.rows,
            target_rows: target.rows,
            source_sha256: source.sha256,
            target_sha256: target.sha256,
        });
    }
    if difference.is_none() {
        difference = verify::orphan(&mut reading, to, tables).await?;
    }
    reading.end().await.map_err(failed)?;
    let history = match difference {
        Some(_) => Verification::default(),
        None => verify::history(to, key, watch).await?,
    };
    difference = difference.or_else(|| verify::finding(&history));
    Ok(Copied {
        tables: both,
        way: way(to.engine()),
        repaired: 0,
        history,
        difference,
    })
}
