//! All rows of all tables into an empty target.

use db::Db;
use db::bulk::{Loader, Reading};
use futures_util::TryStreamExt;

use super::super::row::{self, Content, Tally};
use super::super::tables::Table;
use super::super::write::{Ended, Writer};
use super::super::{Progress, Result, Side, Stage, TELL_EVERY, Watch, verify};

/// A transaction in the target has about so many rows: what a copy that is cut off has to do again.
pub(super) const COMMIT_EVERY: usize = 50_000;

/// Moves everything, and says what it was.
pub(super) async fn all(
    source: &mut Reading,
    (from, to): (&Db, &Db),
    tables: &[Table],
    loader: Loader,
    watch: Watch<'_>,
) -> Result<(Vec<Content>, Loader)> {
    let mut progress = Progress {
        stage: Stage::Moving,
        table: "",
        done: 0,
        total: verify::total(source, from, tables, Side::Source).await?,
    };
    let writer = Writer::start(loader, to.engine(), Some(COMMIT_EVERY));
    let mut contents = Vec::new();
    for table in tables {
        progress.table = table.name;
        let tally = one(source, from, table, &writer, |rows| {
            progress.done += rows;
            watch(progress);
        });
        match tally.await? {
            Ok(tally) => contents.push(tally.content()),
            Err(Ended) => return Err(writer.failure().await),
        }
    }
    Ok((contents, writer.commit().await?))
}

/// Moves one table. The inner error is the writer's.
async fn one(
    source: &mut Reading,
    from: &Db,
    table: &Table,
    writer: &Writer,
    mut tell: impl FnMut(u64),
) -> Result<std::result::Result<Tally, Ended>> {
    let failed = |error: db::Error| Side::Source.failed(error);
    let (mut tally, mut line) = (Tally::default(), Vec::new());
    let mut feed = writer.feed(table);
    let mut rows = source.rows(table.select(from.engine().family(), None));
    while let Some(row) = rows.try_next().await.map_err(failed)? {
        let row = row::read(table, &row).map_err(failed)?;
        line.clear();
        row::encode(table, &row, &mut line);
        tally.add(&line);
        if let Err(ended) = feed.add(row, line.len()).await {
            return Ok(Err(ended));
        }
        if tally.rows.is_multiple_of(TELL_EVERY) {
            tell(TELL_EVERY);
        }
    }
    tell(tally.rows % TELL_EVERY);
    Ok(feed.end().await.map(|()| tally))
}
