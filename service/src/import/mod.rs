//! Rows of a file become rows of a list: parts, work centers, partners, codes. All of them, or none.
//!
//! A row is read as the JSON body of a single creation would be, and added by the same function, so that there is no
//! second set of rules, and the same history. Rows are known by their natural key; what is there already is an error
//! unless it was asked for ([`Mode::Upsert`]), and then changed as a patch would change it: an empty cell leaves
//! things as they are.

mod codes;
mod partners;
mod parts;
mod plan;
mod report;
mod work_centers;

use std::sync::Arc;

use db::TxError;
use sea_orm::prelude::async_trait::async_trait;

use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::idempotency::Idempotency;
use crate::input::{Draft, Input};
use crate::sheet::{self, Column, Format};
use crate::system::{System, Unit};
use plan::Plan;

pub use codes::{codes, codes_template};
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
    type New: Input + Clone + Send + Sync + 'static;
    type Patch: Input + Clone + Send + Sync + 'static;

    /// The columns that tell rows apart.
    const KEY: &'static [&'static str];
    /// The column that names another row of the same file, which is then added first.
    const PARENT: Option<&'static str> = None;
    /// A row, as messages name it.
    const WHAT: &'static str;

    /// Takes what must be locked before any row.
    async fn begin(&self, _unit: &Unit<'_>) -> Result<()> {
        Ok(())
    }

    /// Those of the keys that are there.
    async fn existing(&self, unit: &Unit<'_>, keys: &[Vec<String>]) -> Result<Vec<Existing>>;

    async fn add(&self, unit: Unit<'_>, new: Arc<Self::New>) -> Result<()>;

    /// Changes a row, and gives its version then.
    async fn change(&self, unit: Unit<'_>, id: i64, patch: Draft<Self::Patch>) -> Result<i64>;
}

/// A row that is there.
pub(crate) struct Existing {
    pub(crate) key: Vec<String>,
    pub(crate) id: i64,
    pub(crate) version: i64,
}

impl Existing {
    fn by_code((id, code, version): (i64, String, i64)) -> Self {
        let key = vec![code];
        Self { key, id, version }
    }
}

/// How many keys are asked for at once.
pub(crate) const KEYS_AT_ONCE: usize = 500;

/// An empty file for a list.
pub(crate) fn template<I: Imported>(
    actor: &Actor,
    name: &str,
    query: &Draft<TemplateQuery>,
) -> Result<Upload> {
    actor.may_read()?;
    let format = query.check()?.format.unwrap_or(Format::Csv);
    let bytes = sheet::template(format, name, &Column::all::<I::New>())?;
    Ok(Upload { format, bytes })
}

/// Imports a file. The caller's rights have been judged.
///
/// # Errors
/// [`Error::Invalid`] naming row and column of everything that is wrong, unless that was all that was asked.
pub(crate) async fn run<I: Imported>(
    list: I,
    system: &System,
    actor: &Actor,
    query: &Draft<ImportQuery>,
    upload: Upload,
    key: Option<&Idempotency>,
) -> Result<ImportReport> {
    let ImportQuery { dry_run, mode } = query.check()?;
    let mode = mode.unwrap_or(Mode::Add);
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
