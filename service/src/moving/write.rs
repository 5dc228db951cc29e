//! Rows into a database, by a task of its own: while one batch is written, the next one is read.

use db::Engine;
use db::bulk::{Load, Loader, Rows};
use sea_orm::{DbBackend, Value};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::row::{self, Row};
use super::tables::{Table, quoted};
use super::{Error, Result, Side};

/// Rows are handed over in batches of at most so many rows, or so many bytes.
const BATCH_ROWS: usize = 2048;
const BATCH_BYTES: usize = 1 << 20;

/// From so many rows on it pays to relieve a table of its keys.
const MANY_ROWS: u64 = 1000;

/// Batches on their way at most.
const BATCHES: usize = 4;

/// What takes rows in, table after table.
pub(super) struct Writer {
    entrance: mpsc::Sender<Step>,
    task: JoinHandle<std::result::Result<(Loader, Load), Failed>>,
    backend: DbBackend,
}

enum Step {
    /// The table that comes next gets so many rows that it is relieved of its keys until its end.
    Relieve(&'static str),
    Rows(Rows, Span),
    Run(String),
    /// The end of a table: a good moment to commit.
    Rest,
}

/// Which rows of a table a batch has, from 1: the lines of its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) table: &'static str,
    pub(super) first: u64,
    pub(super) last: u64,
}

/// What the database refused.
pub(super) struct Failed {
    pub(super) error: db::Error,
    /// The rows that were being added.
    pub(super) span: Option<Span>,
}

impl From<Failed> for Error {
    fn from(failed: Failed) -> Self {
        Side::Target.failed(failed.error)
    }
}

/// The writer has failed and takes nothing more; [`Writer::finish`] says why.
#[derive(Debug)]
pub(super) struct Ended;

impl Writer {
    /// Starts it. It commits whenever it has written so many rows or a table is at its end, or never.
    pub(super) fn start(loader: Loader, engine: Engine, commit_every: Option<usize>) -> Self {
        let (entrance, steps) = mpsc::channel(BATCHES);
        Self {
            entrance,
            task: tokio::spawn(write(loader, steps, commit_every)),
            backend: engine.family(),
        }
    }

    /// The way into a table.
    pub(super) fn feed<'a>(&'a self, table: &'a Table) -> Feed<'a> {
        Feed {
            writer: self,
            table,
            batch: no_rows(table),
            bytes: 0,
            count: 0,
            later: Vec::new(),
        }
    }

    /// The way into an empty table that gets so many rows. Many rows are written faster into a table without indexes
    /// and foreign keys, where the engine can do that in one transaction; they are there again at its end.
    pub(super) async fn feed_empty<'a>(
        &'a self,
        table: &'a Table,
        rows: u64,
    ) -> std::result::Result<Feed<'a>, Ended> {
        if rows >= MANY_ROWS {
            let relieve = self.entrance.send(Step::Relieve(table.name));
            relieve.await.map_err(|_| Ended)?;
        }
        Ok(self.feed(table))
    }

    /// Has a statement run between the rows.
    pub(super) async fn run(&self, sql: String) -> std::result::Result<(), Ended> {
        self.entrance.send(Step::Run(sql)).await.map_err(|_| Ended)
    }

    /// Waits until all is written. What has not been committed is in the load.
    pub(super) async fn finish(self) -> std::result::Result<(Loader, Load), Failed> {
        drop(self.entrance);
        match self.task.await {
            Ok(result) => result,
            Err(ended) => Err(Failed {
                error: db::Error::Other(db::DbErr::Custom(ended.to_string())),
                span: None,
            }),
        }
    }

    /// Why it ended.
    pub(super) async fn failure(self) -> Error {
        match self.finish().await {
            Err(failed) => failed.into(),
            Ok(_) => Error::Service(crate::Error::internal("the writer ended before its time")),
        }
    }

    /// Waits until all is written and committed.
    pub(super) async fn commit(self) -> Result<Loader> {
        let (loader, load) = self.finish().await?;
        load.commit()
            .await
            .map_err(|error| Side::Target.failed(error))?;
        Ok(loader)
    }
}

async fn write(
    loader: Loader,
    mut steps: mpsc::Receiver<Step>,
    commit_every: Option<usize>,
) -> std::result::Result<(Loader, Load), Failed> {
    let failed = |error| Failed { error, span: None };
    let mut load = loader.begin().await.map_err(failed)?;
    let (mut rows, mut relieved, mut next) = (0, None, None);
    while let Some(step) = match next.take() {
        Some(step) => Some(step),
        None => steps.recv().await,
    } {
        let mut is_rest = false;
        match step {
            Step::Relieve(table) => {
                relieved = load.relieve(table).await.map_err(failed)?;
            }
            // Of a load that is all or nothing it is told which rows were refused.
            Step::Rows(batch, span) if commit_every.is_none() => {
                let added = load.add(batch).await;
                added.map_err(|error| Failed {
                    error,
                    span: Some(span),
                })?;
            }
            Step::Rows(batch, span) => {
                let mut flow = load.flow(&batch).await.map_err(failed)?;
                rows += batch.len();
                flow.add(batch).await.map_err(failed)?;
                // Within a table that is relieved of its keys nothing is committed.
                let most = commit_every.filter(|_| relieved.is_none());
                while next.is_none() && most.is_none_or(|most| rows < most) {
                    match steps.recv().await {
                        Some(Step::Rows(batch, more)) if more.table == span.table => {
                            rows += batch.len();
                            flow.add(batch).await.map_err(failed)?;
                        }
                        Some(other) => next = Some(other),
                        None => break,
                    }
                }
                flow.end().await.map_err(failed)?;
            }
            Step::Run(sql) => {
                load.run(&sql).await.map_err(failed)?;
            }
            Step::Rest => {
                is_rest = true;
                if let Some(relieved) = relieved.take() {
                    load.restore(relieved).await.map_err(failed)?;
                }
            }
        }
        let is_whole = relieved.is_none();
        if commit_every.is_some_and(|most| is_whole && (rows >= most || (is_rest && rows > 0))) {
            load.commit().await.map_err(failed)?;
            load = loader.begin().await.map_err(failed)?;
            rows = 0;
        }
    }
    Ok((loader, load))
}

/// The way into one table.
pub(super) struct Feed<'a> {
    writer: &'a Writer,
    table: &'a Table,
    batch: Rows,
    bytes: usize,
    count: u64,
    /// References to later rows of the same table: the row's id, the column, and the id that it refers to.
    later: Vec<(i64, usize, i64)>,
}

impl Feed<'_> {
    /// Adds a row of about so many bytes.
    pub(super) async fn add(
        &mut self,
        mut row: Row,
        bytes: usize,
    ) -> std::result::Result<(), Ended> {
        self.postpone(&mut row);
        self.batch.push(row);
        self.bytes += bytes;
        self.count += 1;
        if self.batch.len() >= BATCH_ROWS || self.bytes >= BATCH_BYTES {
            self.hand_over().await?;
        }
        Ok(())
    }

    /// A row cannot refer to one that is not there yet: what it refers to is set when all are there.
    fn postpone(&mut self, row: &mut Row) {
        let Some(id) = self.table.id().and_then(|place| row::whole(row, place)) else {
            return;
        };
        for reference in self.table.own_references() {
            let column = reference.column;
            if let Some(to) = row::whole(row, column).filter(|to| *to > id) {
                self.later.push((id, column, to));
                if let Some(value) = row.get_mut(column) {
                    *value = Value::BigInt(None);
                }
            }
        }
    }

    async fn hand_over(&mut self) -> std::result::Result<(), Ended> {
        let batch = std::mem::replace(&mut self.batch, no_rows(self.table));
        self.bytes = 0;
        let span = Span {
            table: self.table.name,
            first: self.count + 1 - batch.len() as u64,
            last: self.count,
        };
        self.send(Step::Rows(batch, span)).await
    }

    /// Hands over what is left.
    pub(super) async fn end(mut self) -> std::result::Result<(), Ended> {
        if !self.batch.is_empty() {
            self.hand_over().await?;
        }
        let backend = self.writer.backend;
        let name = |name| quoted(backend, name);
        for (id, column, to) in std::mem::take(&mut self.later) {
            let column = self
                .table
                .columns
                .get(column)
                .map_or("", |column| column.name);
            let (table, column, key) = (name(self.table.name), name(column), name("id"));
            let sql = format!("UPDATE {table} SET {column} = {to} WHERE {key} = {id}");
            self.writer.run(sql).await?;
        }
        self.send(Step::Rest).await
    }

    async fn send(&self, step: Step) -> std::result::Result<(), Ended> {
        self.writer.entrance.send(step).await.map_err(|_| Ended)
    }
}

fn no_rows(table: &Table) -> Rows {
    Rows::new(table.name, table.columns.iter().map(|column| column.name))
}
