//! What the ids of a report stand for, as people read it.

use std::collections::{BTreeSet, HashMap};

use entity::{part, partner, work_center};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};

use crate::code;
use crate::error::Result;
use crate::summary::Dimension;
use crate::words::Language;

/// What an id stands for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Named {
    /// For people.
    pub(super) label: String,
    /// What a filter takes.
    pub(super) key: String,
}

/// How many ids are asked for at once: SQLite takes 32,766 values.
const AT_ONCE: usize = 10_000;

/// What ids of a dimension stand for; of codes the label in a language, in English where it has none there.
pub(super) async fn named(
    db: &impl ConnectionTrait,
    dimension: Dimension,
    ids: impl IntoIterator<Item = i64>,
    language: Language,
) -> Result<HashMap<i64, Named>> {
    let ids: BTreeSet<i64> = ids.into_iter().filter(|id| *id > 0).collect();
    let ids: Vec<i64> = ids.into_iter().collect();
    let mut named = HashMap::new();
    for ids in ids.chunks(AT_ONCE) {
        let ids = ids.iter().copied();
        named.extend(match dimension {
            Dimension::Part => parts(db, ids).await?,
            Dimension::WorkCenter => work_centers(db, ids).await?,
            Dimension::Supplier => partners(db, ids).await?,
            Dimension::FailureCode | Dimension::Cause => codes(db, ids, language).await?,
            Dimension::All | Dimension::Days => Vec::new(),
        });
    }
    Ok(named)
}

async fn parts(
    db: &impl ConnectionTrait,
    ids: impl Iterator<Item = i64>,
) -> Result<Vec<(i64, Named)>> {
    let rows: Vec<(i64, String, String, String)> = part::Entity::find()
        .select_only()
        .columns([
            part::Column::Id,
            part::Column::PartNumber,
            part::Column::Revision,
            part::Column::Name,
        ])
        .filter(part::Column::Id.is_in(ids))
        .into_tuple()
        .all(db)
        .await?;
    let named = rows.into_iter();
    let named = named
        .map(|(id, number, revision, name)| (id, of(id, format!("{number} {revision} {name}"))));
    Ok(named.collect())
}

async fn work_centers(
    db: &impl ConnectionTrait,
    ids: impl Iterator<Item = i64>,
) -> Result<Vec<(i64, Named)>> {
    let rows: Vec<(i64, String, String)> = work_center::Entity::find()
        .select_only()
        .columns([
            work_center::Column::Id,
            work_center::Column::Code,
            work_center::Column::Name,
        ])
        .filter(work_center::Column::Id.is_in(ids))
        .into_tuple()
        .all(db)
        .await?;
    let named = rows.into_iter();
    Ok(named
        .map(|(id, code, name)| (id, of(id, format!("{code} {name}"))))
        .collect())
}

async fn partners(
    db: &impl ConnectionTrait,
    ids: impl Iterator<Item = i64>,
) -> Result<Vec<(i64, Named)>> {
    let rows: Vec<(i64, String, String)> = partner::Entity::find()
        .select_only()
        .columns([
            partner::Column::Id,
            partner::Column::Code,
            partner::Column::Name,
        ])
        .filter(partner::Column::Id.is_in(ids))
        .into_tuple()
        .all(db)
        .await?;
    let named = rows.into_iter();
    Ok(named
        .map(|(id, code, name)| (id, of(id, format!("{code} {name}"))))
        .collect())
}

fn of(id: i64, label: String) -> Named {
    let key = id.to_string();
    Named { label, key }
}

async fn codes(
    db: &impl ConnectionTrait,
    ids: impl Iterator<Item = i64>,
    language: Language,
) -> Result<Vec<(i64, Named)>> {
    let ids: Vec<i64> = ids.collect();
    let words = code::words_of(db, ids.iter().copied()).await?;
    let labels = code::labels_of(db, ids).await?;
    let named = words.into_iter().map(|(id, code)| {
        let of = |language| labels.get(&id).and_then(|labels| labels.of(language));
        let label = of(language)
            .or_else(|| of(Language::English))
            .unwrap_or(&code);
        let label = label.to_owned();
        (id, Named { label, key: code })
    });
    Ok(named.collect())
}
