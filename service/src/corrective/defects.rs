//! The defects that a corrective action request is about.

use std::collections::HashMap;
use std::sync::Arc;

use entity::{car_defect, defect, part};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use utoipa::ToSchema;

use super::record::Record;
use super::{MOST_CHILDREN, WHAT, lifecycle};
use crate::actor::Actor;
use crate::defects::children::{Kind, Names, page_of, require_room};
use crate::defects::{ChildQuery, Written};
use crate::error::{Error, FieldError, Result};
use crate::idempotency::Idempotency;
use crate::input::Draft;
use crate::page::Page;
use crate::reference::{PartRef, PersonRef};
use crate::rights::field;
use crate::system::{System, Unit};
use crate::value::{Id, Instant, Quantity};
use crate::version::IfMatch;
use crate::words::Status;

crate::input! {
    /// A defect to link.
    pub struct NewLinkedDefect {
        /// The defect.
        defect_id: required Id,
    }
}

/// A defect that a request is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LinkedDefect {
    /// Id of the defect.
    pub id: i64,
    /// Number on the tag.
    #[schema(example = "DMT-001042")]
    pub tag_number: String,
    /// Where it stands.
    pub status: Status,
    /// What is wrong, in a line.
    pub title: String,
    /// The part.
    pub part: PartRef,
    /// How many are wrong.
    #[schema(example = "10")]
    pub quantity_defective: String,
    /// When it was linked.
    #[schema(format = DateTime)]
    pub linked_at: String,
    /// Who linked it.
    pub linked_by: PersonRef,
}

/// Lists the defects of a request, in the order in which they were linked.
///
/// # Errors
/// `NotFound`, `Invalid`.
pub async fn list(
    system: &System,
    actor: &Actor,
    car_id: i64,
    draft: &Draft<ChildQuery>,
) -> Result<Page<LinkedDefect>> {
    actor.may_read()?;
    let db = system.db.reader();
    super::record::require(db, car_id).await?;
    let kind = Kind::<car_defect::Entity> {
        name: "corrective-defects",
        id: car_defect::Column::Id,
        parent: car_defect::Column::CarId,
        long: &[],
    };
    let page = page_of(db, car_id, kind, draft, |link| link.id).await?;
    let mut shown = views(db, &page.items).await?;
    page.try_map(|link| shown.remove(&link.id).ok_or(Error::NotFound("defect")))
}

/// Shows a defect of a request.
///
/// # Errors
/// `NotFound`.
pub async fn show(system: &System, actor: &Actor, car_id: i64, id: i64) -> Result<LinkedDefect> {
    actor.may_read()?;
    let db = system.db.reader();
    let link = find(db, car_id, id).await?;
    view(db, link).await
}

/// Links a defect.
///
/// # Errors
/// `NotFound`, `Forbidden`, `VersionStale`, `WrongState`, `Invalid`, `Duplicate`.
pub async fn add(
    system: &System,
    actor: &Actor,
    car_id: i64,
    if_match: &IfMatch,
    draft: &Draft<NewLinkedDefect>,
    key: Option<&Idempotency>,
) -> Result<Written<LinkedDefect>> {
    let input = (car_id, if_match.clone(), draft.clone());
    system
        .change(actor, key, input, |unit, input| {
            Box::pin(add_in(unit, input))
        })
        .await
}

async fn add_in(
    unit: Unit<'_>,
    input: Arc<(i64, IfMatch, Draft<NewLinkedDefect>)>,
) -> Result<Written<LinkedDefect>> {
    let (car_id, if_match, draft) = &*input;
    let mut record = Record::load(&unit, *car_id).await?;
    record.require_right(field::CAR_DEFECTS)?;
    if_match.check(record.row.version)?;
    record.require_open()?;
    let new = draft.check()?;
    let room = (MOST_CHILDREN, "defects");
    require_room::<car_defect::Entity>(unit.tx, car_defect::Column::CarId, *car_id, room).await?;
    require_all(unit.tx, &[new.defect_id.0], "defect_id").await?;
    let link = insert(&unit, *car_id, new.defect_id.0).await?;
    record.note(&path(link.id), &Json::Null, &content(&link))?;
    let version = record.save().await?;
    let item = view(unit.tx, link).await?;
    Ok(Written { item, version })
}

/// Takes a link back; both records stay.
///
/// # Errors
/// `NotFound`, `Forbidden`, `VersionMissing`, `VersionStale`, `WrongState`.
pub async fn remove(
    system: &System,
    actor: &Actor,
    (car_id, defect_id): (i64, i64),
    if_match: &IfMatch,
) -> Result<i64> {
    let input = (car_id, defect_id, if_match.clone());
    system
        .change(actor, None, input, |unit, input| {
            Box::pin(remove_in(unit, input))
        })
        .await
}

async fn remove_in(unit: Unit<'_>, input: Arc<(i64, i64, IfMatch)>) -> Result<i64> {
    let (car_id, defect_id, if_match) = &*input;
    let mut record = Record::load(&unit, *car_id).await?;
    let link = find(unit.tx, *car_id, *defect_id).await?;
    record.require_right(field::CAR_DEFECTS)?;
    if_match.demand(record.row.version)?;
    record.require_open()?;
    record.note(&path(link.id), &content(&link), &Json::Null)?;
    car_defect::Entity::delete_by_id(link.id)
        .exec(unit.tx)
        .await?;
    record.save().await
}

/// The number of an open request that is about a defect, if there is one: the oldest.
pub(crate) async fn open_request(
    db: &impl ConnectionTrait,
    defect_id: i64,
) -> Result<Option<String>> {
    use entity::corrective_action::{Column, Entity};
    let about = sea_orm::sea_query::Query::select()
        .column(car_defect::Column::CarId)
        .from(car_defect::Entity)
        .and_where(car_defect::Column::DefectId.eq(defect_id))
        .to_owned();
    let open = lifecycle::OPEN.iter().map(|status| status.word());
    let number = Entity::find()
        .select_only()
        .column(Column::CarNumber)
        .filter(Column::Id.in_subquery(about))
        .filter(Column::Status.is_in(open))
        .order_by_asc(Column::Id)
        .into_tuple()
        .one(db)
        .await?;
    Ok(number)
}

/// Refuses (422) ids of defects that there are not, or that come twice.
pub(super) async fn require_all(db: &impl ConnectionTrait, ids: &[i64], field: &str) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let known: Vec<i64> = defect::Entity::find()
        .select_only()
        .column(defect::Column::Id)
        .filter(defect::Column::Id.is_in(ids.iter().copied()))
        .into_tuple()
        .all(db)
        .await?;
    let mut errors = Vec::new();
    for (place, id) in ids.iter().enumerate() {
        let name = match field {
            "defect_id" => field.to_owned(),
            _ => format!("{field}[{place}]"),
        };
        if !known.contains(id) {
            errors.push(FieldError::unknown_reference(name, "defect"));
        } else if ids[..place].contains(id) {
            errors.push(FieldError::new(name, "duplicate", "is given twice"));
        }
    }
    crate::error::refuse_if_any(errors)
}

/// Writes a link.
pub(super) async fn insert(
    unit: &Unit<'_>,
    car_id: i64,
    defect_id: i64,
) -> Result<car_defect::Model> {
    let link = car_defect::ActiveModel {
        car_id: Set(car_id),
        defect_id: Set(defect_id),
        created_at: Set(unit.now),
        created_by: Set(unit.actor.user_id()?),
        ..Default::default()
    };
    Ok(link.insert(unit.tx).await?)
}

/// A link by its defect, through its request.
async fn find(db: &impl ConnectionTrait, car_id: i64, defect_id: i64) -> Result<car_defect::Model> {
    car_defect::Entity::find()
        .filter(car_defect::Column::CarId.eq(car_id))
        .filter(car_defect::Column::DefectId.eq(defect_id))
        .one(db)
        .await?
        .ok_or(Error::NotFound("defect"))
}

async fn view(db: &impl ConnectionTrait, link: car_defect::Model) -> Result<LinkedDefect> {
    let id = link.id;
    let mut shown = views(db, &[link]).await?;
    shown.remove(&id).ok_or(Error::NotFound(WHAT))
}

/// A row of a defect as far as a link shows it.
type Row = (i64, String, String, String, i64, i64);

/// Links as they are shown, by their ids.
async fn views(
    db: &impl ConnectionTrait,
    links: &[car_defect::Model],
) -> Result<HashMap<i64, LinkedDefect>> {
    let rows: Vec<Row> = defect::Entity::find()
        .select_only()
        .columns([
            defect::Column::Id,
            defect::Column::TagNumber,
            defect::Column::Status,
            defect::Column::Title,
            defect::Column::PartId,
            defect::Column::QuantityDefective,
        ])
        .filter(defect::Column::Id.is_in(links.iter().map(|link| link.defect_id)))
        .into_tuple()
        .all(db)
        .await?;
    let part_ids: Vec<i64> = rows.iter().map(|row| row.4).collect();
    let parts = parts(db, part_ids).await?;
    let people: Vec<i64> = links.iter().map(|link| link.created_by).collect();
    let names = Names::of(db, people).await?;
    let mut shown = HashMap::new();
    for link in links {
        let row = rows.iter().find(|row| row.0 == link.defect_id);
        let found = row.and_then(|row| Some((row, parts.get(&row.4)?)));
        let Some(((id, tag_number, status, title, _, quantity), part)) = found else {
            continue;
        };
        let view = LinkedDefect {
            id: *id,
            tag_number: tag_number.clone(),
            status: Status::stored(status)?,
            title: title.clone(),
            part: part.clone(),
            quantity_defective: Quantity::show(*quantity),
            linked_at: Instant::show(&link.created_at),
            linked_by: names.person(link.created_by),
        };
        shown.insert(link.id, view);
    }
    Ok(shown)
}

/// Parts by their ids.
async fn parts(db: &impl ConnectionTrait, ids: Vec<i64>) -> Result<HashMap<i64, PartRef>> {
    let rows = part::Entity::find()
        .filter(part::Column::Id.is_in(ids))
        .all(db)
        .await?;
    let named = rows.into_iter().map(|row| {
        let named = PartRef {
            id: row.id,
            number: row.part_number,
            revision: row.revision,
            name: row.name,
        };
        (row.id, named)
    });
    Ok(named.collect())
}

/// A link as history names it.
pub(crate) fn path(id: i64) -> String {
    format!("{}/{id}", field::CAR_DEFECTS)
}

/// A link as history keeps it.
pub(crate) fn content(link: &car_defect::Model) -> Json {
    json!({ "defect_id": link.defect_id })
}
