//! Folding: what changes have added is added to the sums, and thrown away, in one transaction.
//!
//! One server at a time does it: it locks the row of `summary_build`. Should it die, nothing has happened.

use db::bulk::Rows;
use db::dialect;
use entity::{summary, summary_delta};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, InsertStatement, OnConflict};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, SelectExt,
};

use super::{Cells, Delta, Dims, Key, Of, Sums, Topic, build, spread};
use crate::actor::Actor;
use crate::error::Result;
use crate::system::{System, Unit};

/// How many deltas are folded in one transaction.
const AT_ONCE: u64 = 1_000;

/// How many rows of `summary` are written by one statement: SQLite takes 32,766 values.
const ROWS: usize = 500;

/// Folds some of what there is to fold, and answers how much that was; ask again while there is any. Nothing is written
/// where there is none.
///
/// # Errors
/// `ReadOnly`, `Database`.
pub async fn fold(system: &System) -> Result<u64> {
    if !summary_delta::Entity::find()
        .exists(system.db.reader())
        .await?
    {
        return Ok(0);
    }
    system
        .change(&Actor::command_line(), None, (), |unit, _| {
            Box::pin(fold_in(unit))
        })
        .await
}

async fn fold_in(unit: Unit<'_>) -> Result<u64> {
    let state = build::lock(unit.tx).await?;
    // What is being made may hold them already, and throws them away itself.
    if state.live_build == 0 || state.open_build != 0 {
        return Ok(0);
    }
    let rows = summary_delta::Entity::find()
        .order_by_asc(summary_delta::Column::Id)
        .limit(AT_ONCE)
        .all(unit.tx)
        .await?;
    let mut cells = Cells::new();
    for row in &rows {
        spread(&delta(row)?, &mut cells);
    }
    add(unit.tx, state.live_build, &cells).await?;
    let ids = rows.iter().map(|row| row.id);
    summary_delta::Entity::delete_many()
        .filter(summary_delta::Column::Id.is_in(ids))
        .exec(unit.tx)
        .await?;
    Ok(rows.len() as u64)
}

/// A row as a delta.
pub(super) fn delta(row: &summary_delta::Model) -> Result<Delta> {
    let of = Of {
        day: row.day,
        topic: Topic::stored(&row.topic)?,
        dims: Dims {
            part: row.part_id,
            work_center: row.work_center_id,
            supplier: row.supplier_id,
            failure_code: row.failure_code_id,
            cause: row.cause_id,
        },
        word: row.word.clone(),
        days: row.days,
    };
    let sums = Sums {
        records: row.records,
        quantity: row.quantity,
        amount: row.amount,
        seconds: row.seconds,
    };
    Ok(Delta { of, sums })
}

/// Adds sums to those of a build.
pub(super) async fn add(db: &impl ConnectionTrait, to: i64, cells: &Cells) -> Result<()> {
    for statement in statements(db.get_database_backend(), to, cells) {
        db.execute(&statement).await?;
    }
    Ok(())
}

/// The statements that add sums to those of a build.
pub(super) fn statements(
    family: DbBackend,
    to: i64,
    cells: &Cells,
) -> impl Iterator<Item = InsertStatement> {
    let rows = cells.iter().filter(|(_, sums)| !sums.is_nothing());
    let rows: Vec<_> = rows.map(|(key, sums)| row(to, key, *sums)).collect();
    let mut rest = rows.into_iter().peekable();
    std::iter::from_fn(move || {
        rest.peek()?;
        let rows = rest.by_ref().take(ROWS).collect::<Vec<_>>();
        let insert = summary::Entity::insert_many(rows).on_conflict(added(family));
        Some(insert.into_query())
    })
}

/// Sums as rows of a build that has none yet.
pub(crate) fn rows(build: i64, cells: &Cells) -> Rows {
    let rows = cells.iter().filter(|(_, sums)| !sums.is_nothing());
    let rows = rows.map(|(key, sums)| summary::Model {
        build,
        topic: key.topic.word().to_owned(),
        dimension: key.dimension.word().to_owned(),
        grain: key.grain.word().to_owned(),
        period: key.period,
        key_id: key.id,
        word: key.word.clone(),
        records: sums.records,
        quantity: sums.quantity,
        amount: sums.amount,
        seconds: sums.seconds,
    });
    Rows::of::<summary::Entity>(rows.collect())
}

fn row(build: i64, key: &Key, sums: Sums) -> summary::ActiveModel {
    summary::ActiveModel {
        build: Set(build),
        topic: Set(key.topic.word().to_owned()),
        dimension: Set(key.dimension.word().to_owned()),
        grain: Set(key.grain.word().to_owned()),
        period: Set(key.period),
        key_id: Set(key.id),
        word: Set(key.word.clone()),
        records: Set(sums.records),
        quantity: Set(sums.quantity),
        amount: Set(sums.amount),
        seconds: Set(sums.seconds),
    }
}

/// A row that is there already is added to.
fn added(family: DbBackend) -> OnConflict {
    use summary::Column;
    let key = [
        Column::Build,
        Column::Topic,
        Column::Dimension,
        Column::Grain,
        Column::Period,
        Column::KeyId,
        Column::Word,
    ];
    let sum = |name: &str| Expr::cust(dialect::added_up(family, "summary", name));
    OnConflict::columns(key)
        .value(Column::Records, sum("records"))
        .value(Column::Quantity, sum("quantity"))
        .value(Column::Amount, sum("amount"))
        .value(Column::Seconds, sum("seconds"))
        .to_owned()
}
