//! Going on with a copy that was cut off: the source has moved on since, so its rows of now are held against those
//! that the target has, and what is missing, different or too much is put right.
//!
//! Rows are compared side by side in the order of their keys, so memory grows only with what has changed.

use std::collections::BTreeSet;

use db::Db;
use db::bulk::{Loader, Reading};
use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt, TryStreamExt};
use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};

use super::super::row::{self, Content, Key, KeyPart, Row, Tally};
use super::super::tables::{Kind, Table, quoted};
use super::super::write::Writer;
use super::super::{Progress, Result, Side, Stage, TELL_EVERY, Watch, verify};
use super::fill::COMMIT_EVERY;

/// How a table differs.
struct Difference {
    /// What the source has.
    content: Content,
    /// Not in the target, which has rows behind them.
    missing: BTreeSet<Key>,
    /// In both, but not alike.
    changed: BTreeSet<Key>,
    /// In the target alone.
    extra: BTreeSet<Key>,
    /// The first of the rows behind the target's last one.
    tail: Option<Key>,
    /// The target has no row at all.
    is_empty: bool,
}

impl Difference {
    fn is_wanted(&self, key: &Key) -> bool {
        self.missing.contains(key) || self.tail.as_ref().is_some_and(|tail| key >= tail)
    }

    /// The first key that there is something to do for.
    fn first(&self) -> Option<&Key> {
        let firsts = [
            self.missing.first(),
            self.changed.first(),
            self.tail.as_ref(),
        ];
        firsts.into_iter().flatten().min()
    }
}

/// Puts all tables right; says what the source has, and how many rows were not as they should be.
pub(super) async fn all(
    source: &mut Reading,
    (from, to): (&Db, &Db),
    tables: &[Table],
    mut loader: Loader,
    watch: &Watch,
) -> Result<(Vec<Content>, u64, Loader)> {
    let mut differences = differences(source, (from, to), tables, watch).await?;
    for (table, difference) in tables.iter().zip(&mut differences) {
        let keys = difference
            .changed
            .union(&difference.extra)
            .cloned()
            .collect();
        if is_referred_to(table, tables) {
            give_way(to, table, keys).await?;
        } else {
            // Added anew: the values of its keys may be ids and words that nothing else can stand in for.
            remove(to, table, keys).await?;
            difference.missing.append(&mut difference.changed);
        }
    }
    let mut repaired = 0;
    for (table, difference) in tables.iter().zip(&differences) {
        let changed;
        (changed, loader) = add(source, (from, to), table, difference, loader).await?;
        repaired += (changed.len() + difference.missing.len() + difference.extra.len()) as u64;
        update(to, table, changed).await?;
    }
    for (table, difference) in tables.iter().zip(&differences).rev() {
        remove(to, table, difference.extra.iter().cloned().collect()).await?;
    }
    let contents = differences.into_iter().map(|difference| difference.content);
    Ok((contents.collect(), repaired, loader))
}

/// Whether rows have references to those of a table.
fn is_referred_to(table: &Table, tables: &[Table]) -> bool {
    let mut all = tables.iter().flat_map(|other| &other.references);
    all.any(|reference| reference.to == table.name)
}

async fn differences(
    source: &mut Reading,
    (from, to): (&Db, &Db),
    tables: &[Table],
    watch: &Watch,
) -> Result<Vec<Difference>> {
    let mut target = Reading::begin(to)
        .await
        .map_err(|error| Side::Target.failed(error))?;
    let mut progress = Progress {
        stage: Stage::Comparing,
        table: "",
        done: 0,
        total: verify::total(source, from, tables, Side::Source).await?,
    };
    let mut all = Vec::new();
    for table in tables {
        progress.table = table.name;
        let difference = difference(source, &mut target, (from, to), table, || {
            progress.done += TELL_EVERY;
            watch.tell(progress);
        });
        all.push(difference.await?);
    }
    target
        .end()
        .await
        .map_err(|error| Side::Target.failed(error))?;
    Ok(all)
}

async fn difference(
    source: &mut Reading,
    target: &mut Reading,
    (from, to): (&Db, &Db),
    table: &Table,
    mut tell: impl FnMut(),
) -> Result<Difference> {
    let mut theirs = lines(source, from, table, Side::Source);
    let mut ours = lines(target, to, table, Side::Target);
    let mut tally = Tally::default();
    let (mut missing, mut changed, mut extra) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let mut tail = None;
    let mut next = ours.try_next().await?;
    let is_empty = next.is_none();
    while let Some((key, line)) = theirs.try_next().await? {
        tally.add(&line);
        if tally.rows.is_multiple_of(TELL_EVERY) {
            tell();
        }
        while let Some((early, _)) = next.take_if(|next| next.0 < key) {
            extra.insert(early);
            next = ours.try_next().await?;
        }
        match next.take_if(|next| next.0 == key) {
            Some((_, same)) => {
                if same != line {
                    changed.insert(key);
                }
                next = ours.try_next().await?;
            }
            None if next.is_some() => {
                missing.insert(key);
            }
            None => {
                tail.get_or_insert(key);
            }
        }
    }
    while let Some((key, _)) = next {
        extra.insert(key);
        next = ours.try_next().await?;
    }
    Ok(Difference {
        content: tally.content(),
        missing,
        changed,
        extra,
        tail,
        is_empty,
    })
}

/// The keys and lines of a table's rows.
fn lines<'a>(
    reading: &'a mut Reading,
    db: &Db,
    table: &Table,
    side: Side,
) -> BoxStream<'a, Result<(Key, Vec<u8>)>> {
    let kind = table.clone();
    let add = move |lines: &mut Vec<(Key, Vec<u8>)>, row: db::Row<'_>| {
        let row = row::read(&kind, row)?;
        let mut line = Vec::new();
        row::encode(&kind, &row, &mut line);
        let bytes = line.len();
        lines.push((row::key(&kind, &row), line));
        Ok(bytes)
    };
    reading
        .batches(table.select(db.engine().family(), None), add)
        .map_ok(|lines| stream::iter(lines).map(Ok))
        .try_flatten()
        .map_err(move |error: db::Error| side.failed(error))
        .boxed()
}

/// Adds what is missing; answers the rows that have changed.
async fn add(
    source: &mut Reading,
    (from, to): (&Db, &Db),
    table: &Table,
    difference: &Difference,
    loader: Loader,
) -> Result<(Vec<Row>, Loader)> {
    let mut changed = Vec::new();
    let Some(first) = difference.first() else {
        return Ok((changed, loader));
    };
    let failed = |error: db::Error| Side::Source.failed(error);
    let backend = from.engine().family();
    let behind = match (table.id(), first.as_slice()) {
        (Some(_), [KeyPart::Whole(id)]) => Some(format!("{} >= {id}", quoted(backend, "id"))),
        _ => None,
    };
    let writer = Writer::start(loader, to.engine(), Some(COMMIT_EVERY));
    let feed = if difference.is_empty {
        writer.feed_empty(table, difference.content.rows).await
    } else {
        Ok(writer.feed(table))
    };
    let Ok(mut feed) = feed else {
        return Err(writer.failure().await);
    };
    let kind = table.clone();
    let read = move |rows: &mut Vec<(Row, usize)>, row: db::Row<'_>| {
        let row = row::read(&kind, row)?;
        let bytes = row::size(&row);
        rows.push((row, bytes));
        Ok(bytes)
    };
    let mut batches = source.batches(table.select(backend, behind.as_deref()), read);
    while let Some(rows) = batches.try_next().await.map_err(failed)? {
        for (row, bytes) in rows {
            let key = row::key(table, &row);
            if difference.changed.contains(&key) {
                changed.push(row);
            } else if difference.is_wanted(&key) && feed.add(row, bytes).await.is_err() {
                return Err(writer.failure().await);
            }
        }
    }
    if feed.end().await.is_err() {
        return Err(writer.failure().await);
    }
    Ok((changed, writer.commit().await?))
}

/// Writes a statement for each of `of`, all in one transaction.
async fn each<T: Send + Sync + 'static>(
    to: &Db,
    of: Vec<T>,
    statement: impl Fn(&T) -> Statement + Send + Sync + 'static,
) -> Result<()> {
    if of.is_empty() {
        return Ok(());
    }
    let work = std::sync::Arc::new((of, statement));
    let written = to.write(move |tx| {
        let work = std::sync::Arc::clone(&work);
        Box::pin(async move {
            for one in &work.0 {
                tx.execute_raw((work.1)(one)).await?;
            }
            Ok::<(), db::Error>(())
        })
    });
    written.await.map_err(|error| Side::Target.failed(error))
}

/// Takes rows out of the way of others: in the last column of each unique key they get what no other row has. Rows
/// change places in a unique key, and what takes a value may come before what had it leaves.
async fn give_way(to: &Db, table: &Table, keys: Vec<Key>) -> Result<()> {
    let backend = to.engine().family();
    let ids: Vec<i64> = keys
        .into_iter()
        .filter_map(|key| match key.as_slice() {
            [KeyPart::Whole(id)] => Some(*id),
            _ => None,
        })
        .collect();
    for key in table.unique_keys() {
        let (Some(place), Some(id)) = (key.last().copied(), table.id()) else {
            continue;
        };
        let (owned, places) = (table.clone(), [place, id]);
        each(to, ids.clone(), move |id| {
            let column = owned.columns.get(place);
            let value = match column.map(|column| (column.kind, column.nullable)) {
                Some((Kind::Text, true)) => Value::String(None),
                Some((Kind::Text, false)) => Value::from(format!("~{id}")),
                Some((_, true)) => Value::BigInt(None),
                _ => Value::from(-id),
            };
            let set = equations(backend, &owned, &places, 0..1, "");
            let key = equations(backend, &owned, &places, 1..2, "");
            let table = quoted(backend, owned.name);
            let sql = format!("UPDATE {table} SET {set} WHERE {key}");
            Statement::from_sql_and_values(backend, sql, [value, Value::from(*id)])
        })
        .await?;
    }
    Ok(())
}

async fn update(to: &Db, table: &Table, rows: Vec<Row>) -> Result<()> {
    let (backend, table) = (to.engine().family(), table.clone());
    each(to, rows, move |row| {
        let rest = (0..row.len()).filter(|place| !table.key.contains(place));
        let places: Vec<usize> = rest.chain(table.key.iter().copied()).collect();
        let set = equations(
            backend,
            &table,
            &places,
            0..places.len() - table.key.len(),
            ", ",
        );
        let key = equations(
            backend,
            &table,
            &places,
            places.len() - table.key.len()..places.len(),
            " AND ",
        );
        let name = quoted(backend, table.name);
        let values: Vec<Value> = places
            .iter()
            .filter_map(|place| row.get(*place).cloned())
            .collect();
        let sql = format!("UPDATE {name} SET {set} WHERE {key}");
        Statement::from_sql_and_values(backend, sql, values)
    })
    .await
}

async fn remove(to: &Db, table: &Table, keys: Vec<Key>) -> Result<()> {
    let (backend, table) = (to.engine().family(), table.clone());
    each(to, keys, move |key| {
        let equal = equations(backend, &table, &table.key, 0..table.key.len(), " AND ");
        let values = key.iter().map(|part| match part {
            KeyPart::Whole(number) => Value::from(*number),
            KeyPart::Text(text) => Value::from(text.clone()),
        });
        let sql = format!("DELETE FROM {} WHERE {equal}", quoted(backend, table.name));
        Statement::from_sql_and_values(backend, sql, values)
    })
    .await
}

/// `"a" = $1, "b" = $2`: the columns at `places[range]`, each with the parameter of its number.
fn equations(
    backend: DbBackend,
    table: &Table,
    places: &[usize],
    range: std::ops::Range<usize>,
    between: &str,
) -> String {
    let equations = range.filter_map(|number| {
        let column = table.columns.get(*places.get(number)?)?;
        let name = quoted(backend, column.name);
        Some(if backend == DbBackend::Postgres {
            format!("{name} = ${}", number + 1)
        } else {
            format!("{name} = ?")
        })
    });
    equations.collect::<Vec<_>>().join(between)
}
