//! Serial numbers of the pieces that a tag covers: part of the report, under its rights.

use std::sync::Arc;

use entity::defect_serial;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use utoipa::ToSchema;

use super::children::{Kind, Names, Under, page, require_room};
use super::record::{Moves, Record};
use super::{ChildQuery, Written};
use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::idempotency::Idempotency;
use crate::input::Draft;
use crate::page::Page;
use crate::reference::PersonRef;
use crate::rights::field;
use crate::system::{System, Unit};
use crate::value::{Instant, Text};
use crate::version::IfMatch;

crate::input! {
    /// A serial number.
    pub struct NewSerial {
        /// As it stands on the piece.
        serial_number: required Text<100>,
    }
}

/// A serial number on a tag.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SerialView {
    /// Id.
    pub id: i64,
    /// As it stands on the piece.
    pub serial_number: String,
    /// When it was added.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// Who added it.
    pub created_by: PersonRef,
}

/// How many serial numbers a record holds.
const MOST_SERIALS: u64 = 5_000;

/// Lists a record's serial numbers.
///
/// # Errors
/// `NotFound`, `Invalid`.
pub async fn list(
    system: &System,
    actor: &Actor,
    under: impl Into<Under>,
    draft: &Draft<ChildQuery>,
) -> Result<Page<SerialView>> {
    actor.may_read()?;
    let kind = Kind::<defect_serial::Entity> {
        name: "serials",
        id: defect_serial::Column::Id,
        parent: defect_serial::Column::DefectId,
        long: &[],
    };
    let page = page(system, under.into(), kind, draft, |serial| serial.id).await?;
    let names = Names::of(
        system.db.reader(),
        page.items.iter().map(|serial| serial.created_by),
    )
    .await?;
    Ok(page.map(|serial| view(serial, &names)))
}

/// Reads a serial number.
///
/// # Errors
/// `NotFound`.
pub async fn show(system: &System, actor: &Actor, defect_id: i64, id: i64) -> Result<SerialView> {
    actor.may_read()?;
    let db = system.db.reader();
    let serial = find(db, defect_id, id).await?;
    let names = Names::of(db, [serial.created_by]).await?;
    Ok(view(serial, &names))
}

/// A serial number through its parent: under another record it is not found.
async fn find(db: &impl ConnectionTrait, defect_id: i64, id: i64) -> Result<defect_serial::Model> {
    defect_serial::Entity::find_by_id(id)
        .filter(defect_serial::Column::DefectId.eq(defect_id))
        .one(db)
        .await?
        .ok_or(Error::NotFound("serial number"))
}

/// Adds a serial number.
///
/// # Errors
/// `NotFound`, `Forbidden`, `VersionStale`, `WrongState`, `Duplicate`, `Invalid`.
pub async fn add(
    system: &System,
    actor: &Actor,
    defect_id: i64,
    if_match: &IfMatch,
    draft: &Draft<NewSerial>,
    key: Option<&Idempotency>,
) -> Result<Written<SerialView>> {
    let input = (defect_id, if_match.clone(), draft.clone());
    system
        .change(actor, key, input, |unit, input| {
            Box::pin(add_in(unit, input))
        })
        .await
}

async fn add_in(
    unit: Unit<'_>,
    input: Arc<(i64, IfMatch, Draft<NewSerial>)>,
) -> Result<Written<SerialView>> {
    let (defect_id, if_match, draft) = &*input;
    let mut record = Record::load(&unit, *defect_id).await?;
    record.require_right(field::SERIALS)?;
    if_match.check(record.row.version)?;
    record.require_state([field::SERIALS])?;
    let new = draft.check()?;
    let room = (MOST_SERIALS, "serial numbers");
    require_room::<defect_serial::Entity>(
        unit.tx,
        defect_serial::Column::DefectId,
        *defect_id,
        room,
    )
    .await?;
    let serial = defect_serial::ActiveModel {
        defect_id: Set(*defect_id),
        serial_number: Set(new.serial_number.0.clone()),
        created_at: Set(unit.now),
        created_by: Set(unit.actor.user_id()?),
        ..Default::default()
    }
    .insert(unit.tx)
    .await?;
    let names = Names::of(unit.tx, [serial.created_by]).await?;
    record.note(&path(serial.id), &Json::Null, &content(&serial))?;
    let version = record.save(Moves::Version).await?;
    Ok(Written {
        item: view(serial, &names),
        version,
    })
}

/// Takes a serial number off the tag; answers the record's version afterwards.
///
/// # Errors
/// `NotFound`, `Forbidden`, `VersionStale`, `WrongState`.
pub async fn remove(
    system: &System,
    actor: &Actor,
    defect_id: i64,
    serial_id: i64,
    if_match: &IfMatch,
) -> Result<i64> {
    let input = (defect_id, serial_id, if_match.clone());
    system
        .change(actor, None, input, |unit, input| {
            Box::pin(remove_in(unit, input))
        })
        .await
}

async fn remove_in(unit: Unit<'_>, input: Arc<(i64, i64, IfMatch)>) -> Result<i64> {
    let (defect_id, serial_id, if_match) = &*input;
    let mut record = Record::load(&unit, *defect_id).await?;
    let serial = find(unit.tx, *defect_id, *serial_id).await?;
    record.require_right(field::SERIALS)?;
    if_match.check(record.row.version)?;
    record.require_state([field::SERIALS])?;
    defect_serial::Entity::delete_by_id(serial.id)
        .exec(unit.tx)
        .await?;
    record.note(&path(serial.id), &content(&serial), &Json::Null)?;
    record.save(Moves::Version).await
}

/// A serial number as history names it.
pub(crate) fn path(id: i64) -> String {
    format!("{}/{id}", field::SERIALS)
}

/// A serial number as history keeps it.
pub(crate) fn content(serial: &defect_serial::Model) -> Json {
    json!(serial.serial_number)
}

fn view(serial: defect_serial::Model, names: &Names) -> SerialView {
    SerialView {
        id: serial.id,
        serial_number: serial.serial_number,
        created_at: Instant::show(&serial.created_at),
        created_by: names.person(serial.created_by),
    }
}
