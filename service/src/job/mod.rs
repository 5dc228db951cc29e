//! Jobs: long work that a request begins and a server goes on with, such as the import of an archive.
//!
//! The row tells every server of the database how far a job has come; the server that works on it knows better, from
//! memory (`live.rs`), which on SQLite is all there is while an import holds the one writer. Whoever works renews a
//! lease (`work.rs`). A job whose lease is over is failed by the next one who looks: a compare-and-swap on its state,
//! which the work itself has to pass as well before it commits, so that it never does both, fail and come to its end.

mod list;
mod live;
mod work;

use chrono::{DateTime, FixedOffset, TimeDelta};
use entity::{app_user, job};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use utoipa::ToSchema;

use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::reference::PersonRef;
use crate::rights::ARCHIVES;
use crate::system::Unit;
use crate::value::Instant;

pub use list::{JobQuery, list, show};
pub use live::Jobs;
pub(crate) use work::{Failed, take};

/// How long a job may be silent before it counts as one whose server has died.
pub const LEASE: TimeDelta = TimeDelta::seconds(60);

/// How long a job that is over can be read.
const KEPT: TimeDelta = TimeDelta::days(30);

/// What is said of a job whose server has died.
const DIED: &str =
    "the server that worked on it has ended before its time; nothing was changed, begin it again";

crate::choice! {
    /// What a job does.
    pub enum JobKind {
        /// Adds the data of an archive to the system.
        Import = "import",
    }
}

crate::choice! {
    /// How it stands with a job.
    pub enum JobStatus {
        /// Accepted, and not begun.
        Queued = "queued",
        /// Being worked on.
        Running = "running",
        /// Come to its end.
        Done = "done",
        /// Given up: nothing was changed.
        Failed = "failed",
    }
}

/// Those that are not over.
const OPEN: [&str; 2] = [JobStatus::Queued.word(), JobStatus::Running.word()];

/// A job, and how far it has come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct JobView {
    /// Id.
    pub id: i64,
    /// What it does.
    pub kind: JobKind,
    /// How it stands.
    pub status: JobStatus,
    /// What is being done now: `comparing`, `moving`, `verifying`, `history`.
    pub stage: Option<String>,
    /// The table that is being worked on.
    pub table: Option<String>,
    /// How many rows of this stage are done.
    pub done: i64,
    /// How many rows this stage has; 0 where that is not known.
    pub total: i64,
    /// What was asked for.
    #[schema(value_type = Object)]
    pub input: Json,
    /// What was done, or in a dry run would be; once it is done.
    #[schema(value_type = Option<Object>)]
    pub result: Option<Json>,
    /// Why it failed, and what to do; once it has.
    pub error: Option<String>,
    /// Who began it.
    pub created_by: PersonRef,
    /// When it was begun.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it last moved on.
    #[schema(format = DateTime)]
    pub updated_at: String,
    /// When it came to its end or was given up.
    #[schema(format = DateTime)]
    pub finished_at: Option<String>,
}

/// Refuses who may not see jobs; a token that may read will do.
fn may_see(actor: &Actor) -> Result<()> {
    actor.may_read()?;
    if actor.roles.has_any(ARCHIVES) {
        Ok(())
    } else {
        Err(Error::forbidden("only admin may see jobs"))
    }
}

/// Refuses a second job of a kind while one is under way, and names that one.
pub(crate) async fn refuse_second(db: &impl ConnectionTrait, kind: JobKind) -> Result<()> {
    match holder_of(db, kind).await? {
        Some(other) => Err(Error::Busy(format!(
            "job {} ({kind}) is under way, and there is one at a time; /api/v1/jobs/{} tells how far it is",
            other.id, other.id
        ))),
        None => Ok(()),
    }
}

async fn holder_of(db: &impl ConnectionTrait, kind: JobKind) -> Result<Option<job::Model>> {
    let holder = job::Entity::find().filter(job::Column::Slot.eq(kind.word()));
    Ok(holder.one(db).await?)
}

/// Adds a job that holds the slot of its kind, for a server to [`take`].
pub(crate) async fn add(unit: &Unit<'_>, kind: JobKind, input: &Json) -> Result<JobView> {
    bury(unit.tx, unit.now).await?;
    refuse_second(unit.tx, kind).await?;
    let user = unit.actor.user_id()?;
    let row = job::ActiveModel {
        kind: Set(kind.word().to_owned()),
        status: Set(JobStatus::Queued.word().to_owned()),
        slot: Set(Some(kind.word().to_owned())),
        done: Set(0),
        total: Set(0),
        input: Set(input.to_string()),
        created_by: Set(user),
        created_at: Set(unit.now),
        updated_at: Set(unit.now),
        lease_until: Set(unit.now + LEASE),
        ..Default::default()
    };
    let id = job::Entity::insert(row).exec(unit.tx).await?.last_insert_id;
    let row = job::Entity::find_by_id(id).one(unit.tx).await?;
    let row = row.ok_or_else(|| Error::internal("a job is not there after it was added"))?;
    let person = app_user::Entity::find_by_id(user).one(unit.tx).await?;
    view(row, person.map(|row| row.display_name).unwrap_or_default())
}

/// Fails jobs whose lease is over.
async fn bury(db: &impl ConnectionTrait, now: DateTime<FixedOffset>) -> Result<u64> {
    let failed = job::Entity::update_many()
        .col_expr(job::Column::Status, Expr::value(JobStatus::Failed.word()))
        .col_expr(job::Column::Error, Expr::value(DIED))
        .col_expr(job::Column::Slot, Expr::value(None::<String>))
        .col_expr(job::Column::Holder, Expr::value(None::<String>))
        .col_expr(job::Column::UpdatedAt, Expr::value(now))
        .col_expr(job::Column::FinishedAt, Expr::value(now))
        .filter(job::Column::Status.is_in(OPEN))
        .filter(job::Column::LeaseUntil.lt(now));
    Ok(failed.exec(db).await?.rows_affected)
}

/// Throws away jobs that were over a month ago.
pub(crate) async fn forget_old(unit: &Unit<'_>) -> Result<u64> {
    bury(unit.tx, unit.now).await?;
    let old = job::Entity::delete_many()
        .filter(job::Column::CreatedAt.lt(unit.now - KEPT))
        .filter(job::Column::Status.is_not_in(OPEN));
    Ok(old.exec(unit.tx).await?.rows_affected)
}

fn view(row: job::Model, person: String) -> Result<JobView> {
    let json = |text: &String| serde_json::from_str(text).map_err(Error::internal);
    Ok(JobView {
        id: row.id,
        kind: JobKind::stored(&row.kind)?,
        status: JobStatus::stored(&row.status)?,
        stage: row.stage,
        table: row.place,
        done: row.done,
        total: row.total,
        input: json(&row.input)?,
        result: row.result.as_ref().map(json).transpose()?,
        error: row.error,
        created_by: PersonRef {
            id: row.created_by,
            name: person,
        },
        created_at: Instant::show(&row.created_at),
        updated_at: Instant::show(&row.updated_at),
        finished_at: row.finished_at.as_ref().map(Instant::show),
    })
}
