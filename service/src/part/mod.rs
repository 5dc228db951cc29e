//! Parts: what is made or bought, a number at a revision.
//!
//! The administrator and the quality manager write them. What a piece costs is seen and written by whoever sees
//! and writes cost ([`rights`]), so a technical engineer changes that field and no other.

mod forms;

use std::sync::Arc;

use entity::part;
use sea_orm::sea_query::{Condition, Expr};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryTrait};
use serde_json::{Value as Json, json};

use crate::actor::Actor;
use crate::defects::reference::{Reference, References};
use crate::error::{Error, FieldError, Result, refuse_if_any};
use crate::idempotency::Idempotency;
use crate::input::{Draft, Input};
use crate::master::{self, Change};
use crate::page::{Page, PageRequest};
use crate::rights::{self, MASTER_DATA, Right};
use crate::role::Role;
use crate::search;
use crate::setting::Settings;
use crate::system::{System, Unit};
use crate::value::{Amount, Instant};
use crate::version::IfMatch;

pub(crate) use forms::null_is_a_value;
pub use forms::{Designation, NewPart, PartPatch, PartQuery, PartView};

master::master!(part, "part");

/// Lists parts by number.
pub async fn list(
    system: &System,
    actor: &Actor,
    query: &Draft<PartQuery>,
) -> Result<Page<PartView>> {
    actor.may_read()?;
    let PartQuery {
        number,
        q,
        is_active,
        limit,
        cursor,
        count,
    } = query.check()?;
    let (number, q) = (
        number.as_ref().map(|text| &text.0),
        q.as_ref().map(|text| &text.0),
    );
    let cursor = cursor.as_ref().map(|text| text.0.as_str());
    let request = PageRequest::new(
        &json!(["parts", number, q, is_active]),
        *limit,
        cursor,
        *count,
    )?;
    let select = part::Entity::find()
        .apply_if(number, |select, number| {
            select.filter(part::Column::PartNumber.eq(number))
        })
        .apply_if(q, |select, q| select.filter(search(q)))
        .apply_if(*is_active, |select, yes| {
            select.filter(part::Column::IsActive.eq(yes))
        });
    let column = part::Column::PartNumber;
    let page = master::page(system.db.reader(), &request, select, column, |row| {
        &row.part_number
    })
    .await?;
    Ok(page.map(|row| view(system, actor, row)))
}

fn search(q: &str) -> Condition {
    Condition::any()
        .add(master::begins_with(
            || Expr::col(part::Column::PartNumber),
            q,
        ))
        .add(master::begins_with(|| Expr::col(part::Column::Name), q))
}

/// Adds a part.
pub async fn create(
    system: &System,
    actor: &Actor,
    draft: &Draft<NewPart>,
    key: Option<&Idempotency>,
) -> Result<PartView> {
    master::may_manage(actor, "add parts")?;
    let new = draft.check()?.clone();
    system
        .change(actor, key, new, |unit, new| Box::pin(create_in(unit, new)))
        .await
}

/// Adds a part within a change.
pub(crate) async fn create_in(unit: Unit<'_>, new: Arc<NewPart>) -> Result<PartView> {
    let NewPart {
        number,
        revision,
        name,
        unit_cost,
        design_owner_id,
        is_active,
    } = &*new;
    if unit_cost.is_some() {
        may_write(&unit.actor, &["unit_cost"])?;
    }
    let settings = &unit.system.settings;
    let row = part::Model {
        id: 0,
        part_number: number.0.clone(),
        revision: revision.0.clone(),
        name: name.0.clone(),
        unit_cost: unit_cost
            .map(|cost| minor_units(settings, cost))
            .transpose()?,
        design_owner_id: design_owner_id.map(|id| id.0),
        is_active: is_active.unwrap_or(true),
        version: 0,
        audit_seq: 0,
        audit_head: String::new(),
        created_at: unit.now,
        updated_at: unit.now,
    };
    require_owner(&unit, row.design_owner_id).await?;
    let record = record(settings, &row);
    let row = master::insert::<part::Entity>(&unit, row, &record).await?;
    Ok(view(&unit.system, &unit.actor, row))
}

/// Shows a part.
pub async fn show(system: &System, actor: &Actor, id: i64) -> Result<PartView> {
    actor.may_read()?;
    let row = part::Entity::find_by_id(id).one(system.db.reader()).await?;
    let row = row.ok_or(Error::NotFound("part"))?;
    Ok(view(system, actor, row))
}

/// Changes a part.
pub async fn change(
    system: &System,
    actor: &Actor,
    id: i64,
    if_match: &IfMatch,
    draft: &Draft<PartPatch>,
) -> Result<PartView> {
    let change = Change::new(id, if_match, draft);
    system
        .change(actor, None, change, |unit, change| {
            Box::pin(change_in(unit, change))
        })
        .await
}

pub(crate) async fn change_in(unit: Unit<'_>, change: Arc<Change<PartPatch>>) -> Result<PartView> {
    let old = master::lock(&unit, part::Entity::find_by_id(change.id)).await?;
    may_write(&unit.actor, change.draft.sent())?;
    change.if_match.check(old.version)?;
    let patch = change.draft.check()?;
    may_write(&unit.actor, &held(patch))?;
    let settings = &unit.system.settings;
    let new = patched(settings, &old, patch)?;
    // One that stays as it is may have been retired since.
    let owner = new
        .design_owner_id
        .filter(|_| new.design_owner_id != old.design_owner_id);
    require_owner(&unit, owner).await?;
    let records = (record(settings, &old), record(settings, &new));
    let number = old.part_number.clone();
    let row = master::save::<part::Entity>(&unit, old, new, &records).await?;
    let numbers = (number.as_str(), row.part_number.as_str());
    search::part_renamed(unit.tx, row.id, numbers).await?;
    Ok(view(&unit.system, &unit.actor, row))
}

fn patched(settings: &Settings, old: &part::Model, patch: &PartPatch) -> Result<part::Model> {
    let PartPatch {
        number,
        revision,
        name,
        unit_cost,
        design_owner_id,
        is_active,
    } = patch;
    let mut new = old.clone();
    if let Some(number) = number {
        new.part_number.clone_from(&number.0);
    }
    if let Some(revision) = revision {
        new.revision.clone_from(&revision.0);
    }
    if let Some(name) = name {
        new.name.clone_from(&name.0);
    }
    if let Some(cost) = unit_cost {
        new.unit_cost = cost.map(|cost| minor_units(settings, cost)).transpose()?;
    }
    if let Some(owner) = design_owner_id {
        new.design_owner_id = owner.map(|id| id.0);
    }
    new.is_active = is_active.unwrap_or(old.is_active);
    Ok(new)
}

/// Refuses an owner of the design who is no customer.
async fn require_owner(unit: &Unit<'_>, owner: Option<i64>) -> Result<()> {
    let mut errors = Vec::new();
    References::default()
        .add("design_owner_id", owner.map(Reference::Customer))
        .resolve(unit.tx, &mut errors)
        .await?;
    refuse_if_any(errors)
}

/// Deletes a part that nothing refers to.
pub async fn delete(system: &System, actor: &Actor, id: i64, if_match: &IfMatch) -> Result<()> {
    let input = (id, if_match.clone());
    system
        .change(actor, None, input, |unit, input| {
            Box::pin(delete_in(unit, input))
        })
        .await
}

async fn delete_in(unit: Unit<'_>, input: Arc<(i64, IfMatch)>) -> Result<()> {
    let row = master::lock(&unit, part::Entity::find_by_id(input.0)).await?;
    master::may_manage(&unit.actor, "delete parts")?;
    input.1.check(row.version)?;
    let record = record(&unit.system.settings, &row);
    master::delete::<part::Entity>(&unit, &row, &record).await
}

/// Refuses the fields that the caller never writes, and whoever writes no field at all.
fn may_write(actor: &Actor, fields: &[impl AsRef<str>]) -> Result<()> {
    actor.may_write()?;
    let refused: Vec<_> = fields
        .iter()
        .map(AsRef::as_ref)
        .filter(|field| PartPatch::FIELDS.contains(field) && !actor.roles.has_any(&writers(field)))
        .map(refusal)
        .collect();
    if !refused.is_empty() {
        let detail =
            "some of these fields of a part are never written by any of your roles".to_owned();
        return Err(Error::Forbidden {
            detail,
            fields: refused,
        });
    }
    let all: Vec<_> = PartPatch::FIELDS
        .iter()
        .flat_map(|field| writers(field))
        .collect();
    if actor.roles.has_any(&all) {
        Ok(())
    } else {
        master::may_manage(actor, "change parts")
    }
}

/// Who writes a field of a part.
fn writers(field: &str) -> Vec<Role> {
    match (field, Right::of(rights::field::COST)) {
        ("unit_cost", Some(cost)) => {
            let writes = |role: &Role| cost.writable_by([*role].into_iter().collect());
            Role::ALL.iter().copied().filter(writes).collect()
        }
        _ => MASTER_DATA.to_vec(),
    }
}

fn refusal(field: &str) -> FieldError {
    let who: Vec<_> = writers(field).into_iter().map(Role::word).collect();
    FieldError::new(
        field,
        "forbidden",
        format!("only {} may write this", who.join(", ")),
    )
}

/// The fields that a patch holds, also where it was not read from a request.
fn held(patch: &PartPatch) -> Vec<&'static str> {
    let PartPatch {
        number,
        revision,
        name,
        unit_cost,
        design_owner_id,
        is_active,
    } = patch;
    let fields = [
        number.as_ref().map(|_| "number"),
        revision.as_ref().map(|_| "revision"),
        name.as_ref().map(|_| "name"),
        unit_cost.as_ref().map(|_| "unit_cost"),
        design_owner_id.as_ref().map(|_| "design_owner_id"),
        is_active.as_ref().map(|_| "is_active"),
    ];
    fields.into_iter().flatten().collect()
}

fn minor_units(settings: &Settings, cost: Amount) -> Result<i64> {
    settings.units(cost).map_err(|problems| {
        let named = |problem| FieldError {
            field: "unit_cost".to_owned(),
            ..problem
        };
        Error::Invalid(problems.into_iter().map(named).collect())
    })
}

/// A part as its history keeps it.
pub(crate) fn record(settings: &Settings, row: &part::Model) -> Json {
    json!({
        "number": row.part_number,
        "revision": row.revision,
        "name": row.name,
        "unit_cost": row.unit_cost.map(|cost| settings.money(cost)),
        "design_owner_id": row.design_owner_id,
        "is_active": row.is_active,
    })
}

fn view(system: &System, actor: &Actor, row: part::Model) -> PartView {
    let cost = row.unit_cost.map(|cost| system.settings.money(cost));
    PartView {
        id: row.id,
        number: row.part_number,
        revision: row.revision,
        name: row.name,
        unit_cost: rights::sees_cost(actor.roles).then_some(cost),
        design_owner_id: row.design_owner_id,
        is_active: row.is_active,
        version: row.version,
        created_at: Instant::show(&row.created_at),
        updated_at: Instant::show(&row.updated_at),
    }
}
