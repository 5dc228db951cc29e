//! Rows of a file become rows of a list: parts, work centers, partners, codes, inspections. All of them, or none.
//!
//! A row is read as the JSON body of a single creation would be, and added by the same function, so that there is no
//! second set of rules, and the same history. Rows are known by their natural key; what is there already is an error
//! unless it was asked for ([`Mode::Upsert`]), and then changed as a patch would change it: an empty cell leaves
//! things as they are.

mod codes;
mod inspections;
mod partners;
mod parts;
mod plan;
mod report;
mod work_centers;

use std::sync::Arc;

use db::TxError;
use sea_orm::prelude::async_trait::async_trait;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryResult, QuerySelect,
    QueryTrait, Select,
};

use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::idempotency::Idempotency;
use crate::input::{Draft, Input};
use crate::master::{Change, Master};
use crate::rights::MASTER_DATA;
use crate::role::Role;
use crate::sheet::{self, Column, Format};
use crate::system::{System, Unit};
use plan::Plan;

pub use codes::{codes, codes_template};
pub use inspections::{inspections, inspections_template};
pub use partners::{partners, partners_template};
pub use parts::{parts, parts_template};
pub use report::{ImportReport, RowError};
pub use work_centers::{work_centers, work_centers_template};

crate::choice! {
    /// What becomes of rows that are there already.
    pub enum Mode {
        /// They are errors.
        Add = "add",
        /// They are changed: what a cell holds is set, what is empty stays as it is.
        Upsert = "upsert",
    }
}

crate::input! {
    /// How a file is imported.
    pub struct ImportQuery {
        /// True to be told what would happen, and nothing done; false unless said otherwise.
        dry_run: optional bool,
        /// What becomes of rows that are there already; `add` unless said otherwise.
        mode: optional Mode,
    }
}

crate::input! {
    /// Which form an empty file with the headings has.
    pub struct TemplateQuery {
        /// The form; `csv` unless said otherwise.
        format: optional Format,
    }
}

/// A file as it was sent.
#[derive(Clone, Debug)]
pub struct Upload {
    /// What it is declared to be.
    pub format: Format,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// A list that files are imported into.
#[async_trait]
pub(crate) trait Imported: Clone + Send + Sync + 'static {
    type Table: Master;
    type New: Input + Clone + Send + Sync + 'static;
    type Patch: Input + Clone + Send + Sync + 'static;

    /// Its rows, as messages and templates name them.
    const ROWS: &'static str;
    /// Who imports them.
    const WRITERS: &'static [Role] = MASTER_DATA;
    /// The columns of a file that tell rows apart; none where nothing does, and rows are only ever added.
    const KEY: &'static [&'static str];
    /// The same of the table; not null, and text.
    const KEY_COLUMNS: &'static [ColumnOf<Self>];
    /// The column that names another row of the same file, which is then added first.
    const PARENT: Option<&'static str> = None;

    /// The rows of the list.
    fn rows(&self) -> Select<Self::Table> {
        Self::Table::find()
    }

    /// Takes what must be locked before any row.
    async fn begin(&self, _unit: &Unit<'_>) -> Result<()> {
        Ok(())
    }

    async fn add(&self, unit: Unit<'_>, new: Arc<Self::New>) -> Result<()>;

    /// Changes a row, and gives its version then.
    async fn change(&self, unit: Unit<'_>, change: Change<Self::Patch>) -> Result<i64>;
}

type ColumnOf<I> = <<I as Imported>::Table as EntityTrait>::Column;

/// A row that is there.
pub(crate) struct Existing {
    pub(crate) key: Vec<String>,
    pub(crate) id: i64,
    pub(crate) version: i64,
}

/// How many keys are asked for at once.
pub(crate) const KEYS_AT_ONCE: usize = 500;

/// The rows that are there with the first part of any of the keys.
pub(crate) async fn existing<I: Imported>(
    list: &I,
    conn: &impl ConnectionTrait,
    keys: &[Vec<String>],
) -> Result<Vec<Existing>> {
    let mut select = list
        .rows()
        .select_only()
        .columns([I::Table::ID, I::Table::VERSION])
        .columns(I::KEY_COLUMNS.iter().copied());
    if let Some(first) = I::KEY_COLUMNS.first() {
        select = select.filter(first.is_in(keys.iter().filter_map(|key| key.first())));
    }
    let read = |row: &QueryResult| {
        let key = (0..I::KEY_COLUMNS.len()).map(|place| row.try_get_by(2 + place));
        Ok(Existing {
            id: row.try_get_by(0)?,
            version: row.try_get_by(1)?,
            key: key.collect::<std::result::Result<_, DbErr>>()?,
        })
    };
    let rows = conn.query_all(select.as_query()).await?;
    rows.iter().map(read).collect()
}

/// An empty file for a list.
pub(crate) fn template<I: Imported>(actor: &Actor, query: &Draft<TemplateQuery>) -> Result<Upload> {
    actor.may_read()?;
    let format = query.check()?.format.unwrap_or(Format::Csv);
    let bytes = sheet::template(format, I::ROWS, &Column::all::<I::New>())?;
    Ok(Upload { format, bytes })
}

/// Imports a file.
///
/// # Errors
/// `Forbidden`; [`Error::Invalid`] naming row and column of everything that is wrong, unless that was all that was
/// asked.
pub(crate) async fn run<I: Imported>(
    list: I,
    system: &System,
    actor: &Actor,
    query: &Draft<ImportQuery>,
    upload: Upload,
    key: Option<&Idempotency>,
) -> Result<ImportReport> {
    actor.require(I::WRITERS, &format!("add {}", I::ROWS))?;
    let ImportQuery { dry_run, mode } = query.check()?;
    let mode = mode.unwrap_or(Mode::Add);
    if I::KEY.is_empty() && mode != Mode::Add {
        let message = format!("must be `add`: {} are never changed by a file", I::ROWS);
        return Err(Error::field("mode", "choice", message));
    }
    if system.read_only {
        return Err(Error::ReadOnly);
    }
    let read = tokio::task::spawn_blocking(move || Plan::read(list, mode, &upload));
    // A file that makes its reader panic is not one.
    let plan = read
        .await
        .map_err(|_| Error::Unreadable("the file cannot be read; save it anew".to_owned()))??;
    if *dry_run == Some(true) {
        return try_out(system, actor, plan).await;
    }
    system
        .change(actor, key, plan, |unit, plan| {
            Box::pin(async move { plan.carry_out(&unit).await?.whole() })
        })
        .await
}

/// Does everything, and takes it back.
async fn try_out<I: Imported>(
    system: &System,
    actor: &Actor,
    plan: Plan<I>,
) -> Result<ImportReport> {
    let work = Arc::new((system.clone(), actor.clone(), plan));
    let ended = system.db.write(move |tx| {
        let work = Arc::clone(&work);
        Box::pin(async move {
            let (system, actor, plan) = &*work;
            let unit = Unit {
                tx,
                system: system.clone(),
                actor: actor.clone(),
                now: system.clock.now(),
            };
            let done = plan.carry_out(&unit).await;
            let done = done.map_err(crate::constraint::again_if_overtaken);
            Err::<(), _>(done.map_or_else(Stop::Failed, Stop::Tried))
        })
    });
    match ended.await {
        Err(Stop::Tried(report)) => Ok(report.tried()),
        Err(Stop::Failed(error)) => Err(crate::constraint::explain(error)),
        Ok(()) => Err(Error::internal("a trial was not taken back")),
    }
}

/// Why a trial ends: always, so that nothing of it stays.
enum Stop {
    Tried(ImportReport),
    Failed(Error),
}

impl From<db::Error> for Stop {
    fn from(error: db::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl TxError for Stop {
    fn database(&self) -> Option<&db::Error> {
        match self {
            Self::Failed(error) => error.database(),
            Self::Tried(_) => None,
        }
    }
}
