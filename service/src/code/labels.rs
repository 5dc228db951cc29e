//! How codes read in each language: rows of their own, read for a whole page at once.

use std::collections::HashMap;

use entity::{code_label, code_value};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde_json::Value as Json;

use super::forms::{Labels, LabelsPatch, NewLabels};
use crate::error::{Error, Result};
use crate::words::Language;

/// The labels of codes.
pub(crate) async fn of(
    conn: &impl ConnectionTrait,
    codes: impl IntoIterator<Item = i64>,
) -> Result<HashMap<i64, Labels>> {
    let rows = code_label::Entity::find()
        .filter(code_label::Column::CodeId.is_in(codes))
        .all(conn)
        .await?;
    let mut labels: HashMap<i64, Labels> = HashMap::new();
    for row in rows {
        let language = Language::stored(&row.locale)?;
        *labels.entry(row.code_id).or_default().slot(language) = Some(row.label);
    }
    Ok(labels)
}

impl NewLabels {
    /// The labels of a new code.
    pub(super) fn made(&self) -> Result<Labels> {
        let Self { en, es, zh } = self;
        let text = |label: &Option<super::Label>| label.as_ref().map(|label| label.0.clone());
        at_least_one(Labels {
            en: text(en),
            es: text(es),
            zh: text(zh),
        })
    }
}

impl LabelsPatch {
    /// The labels after the change.
    pub(super) fn applied(&self, old: &Labels) -> Result<Labels> {
        let Self { en, es, zh } = self;
        let mut new = old.clone();
        for (label, slot) in [(en, &mut new.en), (es, &mut new.es), (zh, &mut new.zh)] {
            if let Some(label) = label {
                *slot = label.as_ref().map(|label| label.0.clone());
            }
        }
        at_least_one(new)
    }
}

fn at_least_one(labels: Labels) -> Result<Labels> {
    if Language::ALL
        .iter()
        .any(|language| labels.of(*language).is_some())
    {
        return Ok(labels);
    }
    let message = "must have a text in at least one of `en`, `es`, `zh`";
    Err(Error::field("labels", "required", message))
}

/// Puts `new` in the place of what was there.
pub(super) async fn replace(
    conn: &impl ConnectionTrait,
    code_id: i64,
    old: &Labels,
    new: &Labels,
) -> Result<()> {
    let changed: Vec<_> = Language::ALL
        .iter()
        .filter(|language| old.of(**language) != new.of(**language))
        .collect();
    if changed.is_empty() {
        return Ok(());
    }
    let gone = changed
        .iter()
        .filter(|language| old.of(***language).is_some());
    let gone: Vec<_> = gone.map(|language| language.word()).collect();
    if !gone.is_empty() {
        code_label::Entity::delete_many()
            .filter(code_label::Column::CodeId.eq(code_id))
            .filter(code_label::Column::Locale.is_in(gone))
            .exec(conn)
            .await?;
    }
    let rows = changed.into_iter().filter_map(|language| {
        Some(code_label::ActiveModel {
            code_id: Set(code_id),
            locale: Set(language.word().to_owned()),
            label: Set(new.of(*language)?.to_owned()),
        })
    });
    let rows: Vec<_> = rows.collect();
    if !rows.is_empty() {
        code_label::Entity::insert_many(rows)
            .exec_without_returning(conn)
            .await?;
    }
    Ok(())
}

/// Removes them all, before their code is deleted.
pub(super) async fn remove(conn: &impl ConnectionTrait, code_id: i64) -> Result<()> {
    code_label::Entity::delete_many()
        .filter(code_label::Column::CodeId.eq(code_id))
        .exec(conn)
        .await?;
    Ok(())
}

/// Codes as their histories keep them, by id.
pub(crate) async fn records(
    conn: &impl ConnectionTrait,
    rows: &[code_value::Model],
) -> Result<HashMap<i64, Json>> {
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let parents: Vec<i64> = rows.iter().filter_map(|row| row.parent_id).collect();
    let labels = of(conn, ids).await?;
    let parents = super::words_of(conn, parents).await?;
    let none = Labels::default();
    let record = |row: &code_value::Model| {
        let parent = row.parent_id.and_then(|id| parents.get(&id));
        let labels = labels.get(&row.id).unwrap_or(&none);
        super::write::record(row, parent.map(String::as_str), labels)
    };
    Ok(rows.iter().map(|row| (row.id, record(row))).collect())
}
