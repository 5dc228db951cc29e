//! Adding, changing and deleting codes.

use std::sync::Arc;

use entity::code_value;
use sea_orm::{ColumnTrait, QueryFilter};
use serde_json::{Value as Json, json};

use super::forms::{CodePatch, CodeView, Labels, NewCode};
use super::{find_active, labels, list_named, on, tree, view, views};
use crate::actor::Actor;
use crate::error::{Error, Result, refuse_if_any};
use crate::idempotency::Idempotency;
use crate::input::Draft;
use crate::master::{self, Change};
use crate::setting;
use crate::system::{System, Unit};
use crate::version::IfMatch;
use crate::words::CodeList;

/// Adds a code to a list.
pub async fn create(
    system: &System,
    actor: &Actor,
    list: &str,
    draft: &Draft<NewCode>,
    key: Option<&Idempotency>,
) -> Result<CodeView> {
    let list = list_named(list)?;
    master::may_manage(actor, "add codes")?;
    let input = (list, draft.check()?.clone());
    system
        .change(actor, key, input, |unit, input| {
            Box::pin(create_in(unit, input))
        })
        .await
}

/// Adds a code within a change.
pub(crate) async fn create_in(unit: Unit<'_>, input: Arc<(CodeList, NewCode)>) -> Result<CodeView> {
    let (
        list,
        NewCode {
            code,
            parent,
            sort,
            labels,
            is_active,
        },
    ) = &*input;
    let labels = labels.made()?;
    let parent = parent.as_ref().map(|parent| parent.0.clone());
    if parent.is_some() {
        setting::lock(unit.tx).await?;
    }
    let row = code_value::Model {
        id: 0,
        list_name: list.word().to_owned(),
        code: code.0.clone(),
        parent_id: checked_parent(&unit, *list, None, parent.as_deref()).await?,
        sort_order: sort.map_or(0, |sort| sort.0),
        is_active: is_active.unwrap_or(true),
        version: 0,
        audit_seq: 0,
        audit_head: String::new(),
        created_at: unit.now,
        updated_at: unit.now,
    };
    let record = record(&row, parent.as_deref(), &labels);
    let row = master::insert::<code_value::Entity>(&unit, row, &record).await?;
    labels::replace(unit.tx, row.id, &Labels::default(), &labels).await?;
    view(&row, parent, labels)
}

/// The id of the code above, which is active and leaves the tree a tree.
async fn checked_parent(
    unit: &Unit<'_>,
    list: CodeList,
    code: Option<i64>,
    parent: Option<&str>,
) -> Result<Option<i64>> {
    let Some(parent) = parent else {
        return Ok(None);
    };
    let mut errors = Vec::new();
    let id = find_active(unit.tx, list, parent, "parent", &mut errors).await?;
    refuse_if_any(errors)?;
    if let Some(id) = id {
        tree::check(unit.tx, code, id).await?;
    }
    Ok(id)
}

/// Changes a code of a list.
pub async fn change(
    system: &System,
    actor: &Actor,
    list: &str,
    id: i64,
    if_match: &IfMatch,
    draft: &Draft<CodePatch>,
) -> Result<CodeView> {
    let input = (list_named(list)?, Change::new(id, if_match, draft));
    system
        .change(actor, None, input, |unit, input| {
            Box::pin(change_in(unit, input))
        })
        .await
}

pub(crate) async fn change_in(
    unit: Unit<'_>,
    input: Arc<(CodeList, Change<CodePatch>)>,
) -> Result<CodeView> {
    let (list, change) = &*input;
    changed(&unit, *list, change).await
}

/// A code with the place in its list that it is to have; `version` is the one that was looked at.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The code.
    pub id: i64,
    /// Its version.
    pub version: i64,
    /// Its place: lower ones come first.
    pub sort: i64,
}

/// Puts codes of a list in order: all of them, or none where somebody has changed one of them meanwhile.
///
/// # Errors
/// `Forbidden`, `NotFound`, `VersionStale`, `Invalid` for what is no place.
pub async fn arrange(system: &System, actor: &Actor, list: &str, places: &[Place]) -> Result<()> {
    let list = list_named(list)?;
    master::may_manage(actor, "change codes")?;
    let change = |place: &Place| {
        let sort = [("sort".to_owned(), place.sort.to_string())];
        let if_match = IfMatch::Versions(vec![place.version]);
        Change::<CodePatch>::new(place.id, &if_match, &Draft::pairs(&sort))
    };
    let mut changes: Vec<_> = places.iter().map(change).collect();
    // Whoever arranges the same ones at the same time waits, in whatever order they are to be.
    changes.sort_by_key(|change| change.id);
    system
        .change(actor, None, (list, changes), |unit, input| {
            Box::pin(arrange_in(unit, input))
        })
        .await
}

async fn arrange_in(unit: Unit<'_>, input: Arc<(CodeList, Vec<Change<CodePatch>>)>) -> Result<()> {
    let (list, changes) = &*input;
    for change in changes {
        changed(&unit, *list, change).await?;
    }
    Ok(())
}

async fn changed(unit: &Unit<'_>, list: CodeList, change: &Change<CodePatch>) -> Result<CodeView> {
    // Before any other row, as the lock demands; what is asked may yet be refused.
    if change
        .draft
        .check()
        .is_ok_and(|patch| matches!(patch.parent, Some(Some(_))))
    {
        setting::lock(unit.tx).await?;
    }
    let old = lock(unit, list, change.id).await?;
    master::may_manage(&unit.actor, "change codes")?;
    change.if_match.check(old.version)?;
    let patch = change.draft.check()?;
    let shown = shown(unit, &old).await?;
    let labels = match &patch.labels {
        Some(patch) => patch.applied(&shown.labels)?,
        None => shown.labels.clone(),
    };
    let (new, parent) = patched(unit, list, &old, &shown, patch).await?;
    let records = (
        record(&old, shown.parent.as_deref(), &shown.labels),
        record(&new, parent.as_deref(), &labels),
    );
    let row = master::save::<code_value::Entity>(unit, old, new, &records).await?;
    labels::replace(unit.tx, row.id, &shown.labels, &labels).await?;
    view(&row, parent, labels)
}

/// The row after the change, and the code above it.
async fn patched(
    unit: &Unit<'_>,
    list: CodeList,
    old: &code_value::Model,
    shown: &CodeView,
    patch: &CodePatch,
) -> Result<(code_value::Model, Option<String>)> {
    let CodePatch {
        parent,
        sort,
        labels: _,
        is_active,
    } = patch;
    let mut new = old.clone();
    let parent = match parent {
        None => shown.parent.clone(),
        Some(parent) => parent.as_ref().map(|parent| parent.0.clone()),
    };
    // A parent that has been retired since may stay, but not be newly set.
    if parent != shown.parent {
        new.parent_id = checked_parent(unit, list, Some(old.id), parent.as_deref()).await?;
    }
    new.sort_order = sort.map_or(old.sort_order, |sort| sort.0);
    new.is_active = is_active.unwrap_or(old.is_active);
    Ok((new, parent))
}

/// Deletes a code that nothing refers to and nothing stands below.
pub async fn delete(
    system: &System,
    actor: &Actor,
    list: &str,
    id: i64,
    if_match: &IfMatch,
) -> Result<()> {
    let input = (list_named(list)?, id, if_match.clone());
    system
        .change(actor, None, input, |unit, input| {
            Box::pin(delete_in(unit, input))
        })
        .await
}

async fn delete_in(unit: Unit<'_>, input: Arc<(CodeList, i64, IfMatch)>) -> Result<()> {
    let (list, id, if_match) = &*input;
    let row = lock(&unit, *list, *id).await?;
    master::may_manage(&unit.actor, "delete codes")?;
    if_match.check(row.version)?;
    let shown = shown(&unit, &row).await?;
    let record = record(&row, shown.parent.as_deref(), &shown.labels);
    labels::remove(unit.tx, row.id).await?;
    master::delete::<code_value::Entity>(&unit, &row, &record).await
}

async fn lock(unit: &Unit<'_>, list: CodeList, id: i64) -> Result<code_value::Model> {
    master::lock(unit, on(list).filter(code_value::Column::Id.eq(id))).await
}

async fn shown(unit: &Unit<'_>, row: &code_value::Model) -> Result<CodeView> {
    let views = views(unit.tx, std::slice::from_ref(row)).await?;
    views.into_iter().next().ok_or(Error::NotFound("code"))
}

/// A code as its history keeps it.
pub(super) fn record(row: &code_value::Model, parent: Option<&str>, labels: &Labels) -> Json {
    json!({
        "list": row.list_name,
        "code": row.code,
        "parent": parent,
        "sort": row.sort_order,
        "is_active": row.is_active,
        "labels": labels,
    })
}
