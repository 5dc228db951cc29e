//! The rows of records that are added or go on, table by table.

use std::collections::HashMap;

use db::Tx;
use db::bulk::{self, Rows};
use entity::access_token;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Value};

use super::super::row::{self, Row};
use super::super::tables::Table;
use super::apply::{Stop, Told, Work};
use super::carry::Carried;
use super::history::Places;
use super::ids::Ids;
use super::keys::{CHILDREN, End, HISTORY, Kind, NOT_MERGED, USER};
use super::keys::{child, kind, parent_of, text_of, whole_of, whole_of_row};
use super::plan::{Base, Fate};
use super::{reading, rows, target};
use crate::password::NO_PASSWORD;

/// Rows are written in batches of at most so many, or so many bytes.
const BATCH_ROWS: usize = 1_000;
const BATCH_BYTES: usize = 1 << 20;

/// So many ids stand in a statement.
const AT_ONCE: usize = 200;

/// What belongs to the running system and not to the record.
const OF_USERS_HERE: [&str; 2] = ["failed_attempts", "last_sign_in_at"];

pub(super) async fn all(
    work: &Work,
    tx: &Tx,
    ids: &mut Ids,
    carried: &Carried,
    told: &mut Told,
) -> Result<(), Stop> {
    for table in &work.plan.tables {
        if table.name == HISTORY || NOT_MERGED.contains(&table.name) {
            continue;
        }
        let mut writer = Writer {
            work,
            tx,
            ids,
            carried,
            table,
            new: no_rows(table),
            bytes: 0,
            later: Vec::new(),
        };
        let place = child(table.name);
        if let Some(place) = place {
            writer.remove_gone(place).await?;
        }
        let mut rows = reading::one(&work.path, &work.plan.manifest, table);
        while let Some(rows) = rows.next().await? {
            told.rows(table.name, rows.len());
            match (kind(table.name), whole_of(table.name), place) {
                (Some(kind), ..) => writer.records(kind, rows).await?,
                (_, Some(kind), _) => writer.parts(kind, rows).await?,
                (.., Some(place)) => writer.children(place, rows).await?,
                _ => {}
            }
        }
        writer.finish().await?;
    }
    Ok(())
}

/// The way into one table.
struct Writer<'a> {
    work: &'a Work,
    tx: &'a Tx,
    ids: &'a mut Ids,
    carried: &'a Carried,
    table: &'a Table,
    new: Rows,
    bytes: usize,
    /// References to rows of the same table that come later: the row's id, the column, the other's id.
    later: Vec<(i64, usize, i64)>,
}

impl Writer<'_> {
    async fn records(&mut self, kind: &Kind, rows: Vec<Row>) -> Result<(), Stop> {
        for row in rows {
            let there = End::of(self.table, &row);
            match self.work.plan.fates.of(kind.table, there.id) {
                Some(Fate::Add) => {
                    let row = self.led(row, &there)?;
                    self.add(row).await?;
                }
                Some(Fate::Update(base)) => {
                    let row = self.led(row, &there)?;
                    // It may refer to a row that is still on its way.
                    self.write().await?;
                    self.update_record(kind, base, row).await?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// A record with the ids of here, and with the end of its history here.
    fn led(&mut self, mut row: Row, there: &End) -> Result<Row, Stop> {
        let table = self.table;
        let missing = || {
            let what = format!("nothing was carried of the {} {}", table.name, there.id);
            crate::Error::internal(what)
        };
        let end = self.carried.end(table.name, there.id).ok_or_else(missing)?;
        // Whether anything came since its version last moved, stays as it was.
        let settled = table.place("version_seq");
        if whole_of_row(table, &row, "version_seq") == Some(there.seq) {
            rows::put(&mut row, settled, Some(end.seq));
        }
        rows::put(&mut row, table.place("audit_seq"), Some(end.seq));
        rows::put_text(&mut row, table.place("audit_head"), &end.head);
        self.lead(&mut row, (there.id, end.id))?;
        Ok(row)
    }

    /// Gives a row its id and its references of here.
    fn lead(&mut self, row: &mut Row, (there, here): (i64, i64)) -> Result<(), Stop> {
        let table = self.table;
        let own: Vec<(usize, i64)> = table
            .own_references()
            .filter_map(|one| Some((one.column, row::whole(row, one.column)?)))
            .filter(|(_, to)| *to > there)
            .collect();
        let all = rows::lead(table, row, |to, id| match child(to) {
            Some(place) => self.ids.child((place, id)),
            None => self.ids.record(to, id),
        });
        if !all {
            let what = format!(
                "the {} {there} refers to something that is not here",
                table.name
            );
            return Err(crate::Error::internal(what).into());
        }
        rows::put(row, table.id(), Some(here));
        for (column, _) in own {
            if let Some(to) = row::whole(row, column) {
                self.later.push((here, column, to));
                rows::put(row, Some(column), None);
            }
        }
        Ok(())
    }

    /// Goes on with a record, if it still is what it was when the plan was made.
    async fn update_record(&mut self, kind: &Kind, base: &Base, row: Row) -> Result<(), Stop> {
        // Who was told of what is this system's own.
        let mut kept = vec!["id", "overdue_told", "votes_told"];
        if kind.table == USER {
            kept.extend(OF_USERS_HERE);
            if text_of(self.table, &row, "password_hash") == Some(NO_PASSWORD) {
                kept.push("password_hash");
            }
            self.end_tokens(base, &row).await?;
        }
        let End { id, seq, head } = &base.end;
        let is = |name: &str, value: Value| Expr::col(Alias::new(name)).eq(value);
        let mut update = Query::update();
        update
            .table(Alias::new(self.table.name))
            .values(self.values(row, &kept))
            .and_where(is("id", Value::from(*id)))
            .and_where(is("audit_seq", Value::from(*seq)))
            .and_where(is("audit_head", Value::from(head.as_str())));
        let done = self.tx.execute(&update).await.map_err(db::Error::from)?;
        if done.rows_affected() != 1 {
            return Err(Stop::Overtaken);
        }
        if let Some((part, owner)) = kind.part {
            self.delete(part, owner, &[*id]).await?;
        }
        Ok(())
    }

    fn values(&self, row: Row, kept: &[&str]) -> Vec<(Alias, Expr)> {
        let columns = self.table.columns.iter().zip(row);
        let columns = columns.filter(|(column, _)| !kept.contains(&column.name));
        columns
            .map(|(column, value)| (Alias::new(column.name), Expr::value(value)))
            .collect()
    }

    /// Whoever is disabled, or has another password, signs in again.
    async fn end_tokens(&self, base: &Base, row: &Row) -> Result<(), Stop> {
        let here = target::rows(self.tx, self.table, "id", &[base.end.id]).await?;
        let of = |row: &Row| text_of(self.table, row, "password_hash").map(str::to_owned);
        let active = self
            .table
            .place("is_active")
            .and_then(|place| row.get(place));
        let has_new =
            |here: &Row| !matches!(of(row).as_deref(), Some(NO_PASSWORD)) && of(here) != of(row);
        if active == Some(&Value::from(true)) && !here.iter().any(has_new) {
            return Ok(());
        }
        access_token::Entity::update_many()
            .col_expr(
                access_token::Column::RevokedAt,
                Expr::value(self.work.author.at),
            )
            .filter(access_token::Column::UserId.eq(base.end.id))
            .filter(access_token::Column::RevokedAt.is_null())
            .exec(self.tx)
            .await
            .map_err(db::Error::from)?;
        Ok(())
    }

    /// Roles and labels: of a record that goes on, those here have made way.
    async fn parts(&mut self, kind: &Kind, rows: Vec<Row>) -> Result<(), Stop> {
        let owner = kind.part.map_or("", |(_, owner)| owner);
        let place = self.table.place(owner);
        for mut row in rows {
            let there = whole_of_row(self.table, &row, owner).unwrap_or_default();
            let fate = self.work.plan.fates.of(kind.table, there);
            if let Some(Fate::Add | Fate::Update(_)) = fate {
                let here = self.ids.record(kind.table, there);
                rows::put(&mut row, place, here);
                self.add(row).await?;
            }
        }
        Ok(())
    }

    async fn children(&mut self, place: usize, rows: Vec<Row>) -> Result<(), Stop> {
        let (of, name) = parent_of(self.table.name);
        let mut known = HashMap::new();
        for mut row in rows {
            let id = whole_of_row(self.table, &row, "id").unwrap_or_default();
            let parent = whole_of_row(self.table, &row, name).unwrap_or_default();
            let base = match self.work.plan.fates.of(of, parent) {
                Some(Fate::Add) => None,
                Some(Fate::Update(base)) => Some(base),
                _ => continue,
            };
            let is_known = base.is_some_and(|base| base.children.contains_key(&(place, id)));
            let here = self.ids.child_or_new(self.tx, (place, id)).await?;
            self.lead(&mut row, (id, here))?;
            if is_known {
                known.insert(here, row);
            } else {
                self.add(row).await?;
            }
        }
        self.update_children(known).await
    }

    /// Changes the children that are here otherwise than in the archive.
    async fn update_children(&mut self, mut known: HashMap<i64, Row>) -> Result<(), Stop> {
        let ids: Vec<i64> = known.keys().copied().collect();
        for here in target::rows(self.tx, self.table, "id", &ids).await? {
            let id = whole_of_row(self.table, &here, "id").unwrap_or_default();
            match known.remove(&id) {
                Some(row) if row != here => {
                    let mut update = Query::update();
                    update
                        .table(Alias::new(self.table.name))
                        .values(self.values(row, &["id"]))
                        .and_where(Expr::col(Alias::new("id")).eq(id));
                    self.tx.execute(&update).await.map_err(db::Error::from)?;
                }
                _ => {}
            }
        }
        // Somebody removed them meanwhile.
        if known.is_empty() {
            Ok(())
        } else {
            Err(Stop::Overtaken)
        }
    }

    /// Removes the children that the archive no longer has.
    async fn remove_gone(&mut self, place: usize) -> Result<(), Stop> {
        let gone = self.work.plan.gone(place);
        let table = CHILDREN.get(place).map_or("", |(table, _)| table);
        self.delete(table, "id", &gone).await
    }

    async fn delete(&self, table: &str, column: &str, ids: &[i64]) -> Result<(), Stop> {
        for some in ids.chunks(AT_ONCE) {
            let mut delete = Query::delete();
            delete
                .from_table(Alias::new(table))
                .and_where(Expr::col(Alias::new(column)).is_in(some.iter().copied()));
            self.tx.execute(&delete).await.map_err(db::Error::from)?;
        }
        Ok(())
    }

    async fn add(&mut self, row: Row) -> Result<(), Stop> {
        self.bytes += row::size(&row);
        self.new.push(row);
        if self.new.len() >= BATCH_ROWS || self.bytes >= BATCH_BYTES {
            self.write().await?;
        }
        Ok(())
    }

    async fn write(&mut self) -> Result<(), Stop> {
        self.bytes = 0;
        let new = std::mem::replace(&mut self.new, no_rows(self.table));
        bulk::insert(self.tx, new).await?;
        Ok(())
    }

    /// Writes what is left, and the references to rows that came later.
    async fn finish(mut self) -> Result<(), Stop> {
        self.write().await?;
        for (id, column, to) in std::mem::take(&mut self.later) {
            let column = self
                .table
                .columns
                .get(column)
                .map_or("", |column| column.name);
            let mut update = Query::update();
            update
                .table(Alias::new(self.table.name))
                .value(Alias::new(column), to)
                .and_where(Expr::col(Alias::new("id")).eq(id));
            self.tx.execute(&update).await.map_err(db::Error::from)?;
        }
        Ok(())
    }
}

fn no_rows(table: &Table) -> Rows {
    Rows::new(table.name, table.columns.iter().map(|column| column.name))
}
