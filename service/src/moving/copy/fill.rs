//! All rows of all tables into an empty target.

use db::Db;
use db::bulk::{Loader, Reading};
use futures_util::TryStreamExt;

use super::super::row::{self, Content, Lines, Row, Tally};
use super::super::tables::Table;
use super::super::write::{Ended, Writer};
use super::super::{Progress, Result, Side, Stage, Watch, verify};

/// A transaction in the target has about so many rows, or a whole table where that is relieved of its keys: what a copy
/// that is cut off has to do again.
pub(super) const COMMIT_EVERY: usize = 50_000;

/// Rows with the sizes of their lines, and these.
type Batch = (Lines, Vec<(Row, usize)>);

/// Moves everything, and says what it was.
pub(super) async fn all(
    source: &mut Reading,
    (from, to): (&Db, &Db),
    tables: &[Table],
    loader: Loader,
    watch: &Watch,
) -> Result<(Vec<Content>, Loader)> {
    let counts = verify::counts(source, from, tables, Side::Source).await?;
    let mut progress = Progress {
        stage: Stage::Moving,
        table: "",
        done: 0,
        total: counts.iter().sum(),
    };
    let writer = Writer::start(loader, to.engine(), Some(COMMIT_EVERY));
    let mut contents = Vec::new();
    for (table, count) in tables.iter().zip(counts) {
        progress.table = table.name;
        let tally = one(source, from, (table, count), &writer, |rows| {
            watch.count(&mut progress, rows);
        });
        match tally.await? {
            Ok(tally) => contents.push(tally.content()),
            Err(Ended) => return Err(writer.failure().await),
        }
    }
    watch.tell(progress);
    Ok((contents, writer.commit().await?))
}

/// Moves one table. The inner error is the writer's.
async fn one(
    source: &mut Reading,
    from: &Db,
    (table, count): (&Table, u64),
    writer: &Writer,
    mut tell: impl FnMut(u64),
) -> Result<std::result::Result<Tally, Ended>> {
    let mut feed = match writer.feed_empty(table, count).await {
        Ok(feed) => feed,
        Err(ended) => return Ok(Err(ended)),
    };
    let kind = table.clone();
    let add = move |(lines, rows): &mut Batch, row: db::Row<'_>| {
        let row = row::read(&kind, row)?;
        let bytes = lines.add(&kind, &row);
        rows.push((row, bytes));
        Ok(bytes)
    };
    let mut tally = Tally::default();
    let mut batches = source.batches(table.select(from.engine().family(), None), add);
    while let Some((lines, rows)) = batches
        .try_next()
        .await
        .map_err(|error| Side::Source.failed(error))?
    {
        tally.add_all(&lines);
        for (row, bytes) in rows {
            if let Err(ended) = feed.add(row, bytes).await {
                return Ok(Err(ended));
            }
        }
        tell(lines.rows);
    }
    Ok(feed.end().await.map(|()| tally))
}
