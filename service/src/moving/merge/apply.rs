//! Doing what was planned, in one transaction.
//!
//! Histories go first, because a record remembers the end of its own, and nothing refers to them; then the rows, each
//! table behind those that it refers to. Before the commit the chains of all records that were written are recomputed
//! and held against what the records hold now.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use db::{Db, Engine, Tx, TxError, bulk};
use entity::{app_user, user_role};
use sea_orm::sea_query::UpdateStatement;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, JoinType, PaginatorTrait, QueryFilter, QuerySelect,
    RelationTrait,
};

use super::super::{Error, Progress, Result, Side, Stage, TELL_EVERY, Watch, verify};
use super::carry::Carried;
use super::history::Places;
use super::ids::Ids;
use super::keys::{DEFECT, KINDS, PARENTS};
use super::plan::{Fate, Plan};
use super::{carry, write};
use crate::actor::Actor;
use crate::audit::{AuditKey, Author, Verification, Walk};
use crate::clock::Clock;
use crate::role::Role;
use crate::system::System;
use crate::{names, search, setting, summary};

/// Why nothing was done.
pub(super) enum Stop {
    /// Somebody else was faster: the plan no longer holds.
    Overtaken,
    Failed(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        match error {
            Error::Database {
                source: db::Error::Unique(_) | db::Error::ForeignKey(_),
                ..
            }
            | Error::Service(crate::Error::Database(
                db::Error::Unique(_) | db::Error::ForeignKey(_),
            )) => Self::Overtaken,
            error => Self::Failed(error),
        }
    }
}

impl From<db::Error> for Stop {
    fn from(error: db::Error) -> Self {
        Side::Target.failed(error).into()
    }
}

impl From<crate::Error> for Stop {
    fn from(error: crate::Error) -> Self {
        Error::Service(error).into()
    }
}

impl TxError for Stop {
    fn database(&self) -> Option<&db::Error> {
        match self {
            Self::Failed(Error::Database { source, .. }) => Some(source),
            Self::Failed(Error::Service(error)) => error.database(),
            _ => None,
        }
    }
}

/// All that is needed to do it, as often as it takes.
pub(super) struct Work {
    pub(super) plan: Arc<Plan>,
    pub(super) path: PathBuf,
    pub(super) author: Author,
    pub(super) engine: Engine,
    system: System,
    watch: Watch,
    sealed: Option<UpdateStatement>,
}

impl Work {
    pub(super) fn key(&self) -> &AuditKey {
        &self.system.audit_key
    }
}

/// On whose behalf, and how.
pub(super) struct Order<'a> {
    pub(super) key: &'a AuditKey,
    pub(super) actor: &'a Actor,
    pub(super) watch: &'a Watch,
    /// The last word in the transaction.
    pub(super) sealed: Option<UpdateStatement>,
}

pub(super) async fn all(
    to: &Db,
    path: &Path,
    plan: Arc<Plan>,
    order: Order<'_>,
) -> std::result::Result<Verification, Stop> {
    let Order {
        key,
        actor,
        watch,
        sealed,
    } = order;
    let work = Arc::new(Work {
        plan,
        path: path.to_owned(),
        author: Author {
            id: actor.id,
            name: actor.name.clone(),
            at: Clock::Real.now(),
            request_id: db::request::current(),
        },
        engine: to.engine(),
        system: verify::system(to, key).await?,
        watch: watch.clone(),
        sealed,
    });
    to.write(move |tx| {
        let work = Arc::clone(&work);
        Box::pin(async move { work.run(tx).await })
    })
    .await
}

impl Work {
    async fn run(&self, tx: &Tx) -> std::result::Result<Verification, Stop> {
        // Users change one after the other, and so do merges.
        setting::lock(tx).await?;
        let had_administrator = has_administrator(tx).await?;
        let mut told = Told::new(self);
        let mut ids = Ids::take(self, tx).await?;
        let carried = carry::all(self, tx, &mut ids, &mut told).await?;
        write::all(self, tx, &mut ids, &carried, &mut told).await?;
        self.index(tx, &ids).await?;
        for (table, highest) in &self.plan.highest {
            if *highest > ids.last(table).unwrap_or(0) {
                bulk::reserve_up_to(tx, self.engine, table, *highest).await?;
            }
        }
        if had_administrator && !has_administrator(tx).await? {
            let what = "after the merge no active administrator would be left, so nothing was merged: \
                        give another active user the role admin first";
            return Err(Error::Refused(what.to_owned()).into());
        }
        if let Some(label) = self.renamed(&carried) {
            names::moved(tx, label).await?;
        }
        summary::forget(tx).await?;
        let verified = self.verify(tx, &carried).await?;
        self.seal(tx).await?;
        Ok(verified)
    }

    /// Has the records that were written found by what they say now.
    async fn index(&self, tx: &Tx, ids: &Ids) -> std::result::Result<(), Stop> {
        let written = self.plan.fates.table(DEFECT);
        let written =
            written.filter(|(_, entry)| matches!(entry.fate, Fate::Add | Fate::Update(_)));
        let mut written: Vec<i64> = written
            .filter_map(|(there, _)| ids.record(DEFECT, there))
            .collect();
        written.sort_unstable();
        Ok(search::index_all(tx, &written).await?)
    }

    async fn seal(&self, tx: &Tx) -> std::result::Result<(), Stop> {
        if let Some(statement) = &self.sealed {
            let done = tx.execute(statement).await.map_err(db::Error::from)?;
            if done.rows_affected() != 1 {
                let what =
                    "the job that was to merge the archive was given up, so nothing was merged";
                return Err(Error::Refused(what.to_owned()).into());
            }
        }
        Ok(())
    }

    /// A label that is no other change's, where names that others show may have changed.
    fn renamed<'a>(&self, carried: &'a Carried) -> Option<&'a str> {
        let lists = KINDS.iter().filter(|kind| !PARENTS.contains(&kind.table));
        let mut all = lists.flat_map(|kind| {
            self.plan
                .fates
                .table(kind.table)
                .map(|one| (kind.table, one))
        });
        let (table, (id, _)) = all.find(|(_, (_, entry))| matches!(entry.fate, Fate::Update(_)))?;
        let end = carried.end(table, id)?;
        end.head.get(..16)
    }

    /// The chains of what was written, as they are now.
    async fn verify(&self, tx: &Tx, carried: &Carried) -> std::result::Result<Verification, Stop> {
        let tell = verify::tell(&self.watch);
        let mut result = Verification::default();
        let mut walk = Walk::new(&self.system, tx);
        for (table, range) in carried.ranges() {
            walk.between(table, range, &mut result, &tell).await?;
        }
        // Records between them were not touched: what is wrong with these was so before.
        result
            .findings
            .retain(|found| carried.has_written(&found.entity, found.entity_id));
        match result.findings.first() {
            None => Ok(result),
            Some(found) => Err(Error::Refused(format!(
                "what the archive says of the {} that would have the id {} here is not what its history tells ({}), \
                 so nothing was merged: `dmt audit verify` says more where the archive was made",
                found.entity, found.entity_id, found.what
            ))
            .into()),
        }
    }
}

async fn has_administrator(tx: &Tx) -> Result<bool> {
    let count = app_user::Entity::find()
        .join(
            JoinType::InnerJoin,
            user_role::Relation::AppUser.def().rev(),
        )
        .filter(user_role::Column::Role.eq(Role::Admin.word()))
        .filter(app_user::Column::IsActive.eq(true))
        .count(tx)
        .await;
    Ok(count.map_err(|error| Side::Target.failed(error))? > 0)
}

/// How far it has come, for whoever watches.
pub(super) struct Told {
    watch: Watch,
    progress: Progress,
}

impl Told {
    fn new(work: &Work) -> Self {
        let tables = work.plan.manifest.tables.iter();
        Self {
            watch: work.watch.clone(),
            progress: Progress {
                stage: Stage::Moving,
                table: "",
                done: 0,
                total: tables.map(|table| table.rows).sum(),
            },
        }
    }

    pub(super) fn rows(&mut self, table: &'static str, rows: usize) {
        let before = self.progress.done;
        self.progress.done += rows as u64;
        self.progress.table = table;
        if before / TELL_EVERY != self.progress.done / TELL_EVERY {
            self.watch.tell(self.progress);
        }
    }
}
