//! Links between records: what caused this one, what is the same, what belongs together. Each stands on the record that
//! it was made on, in whose history it is, and is shown from both sides. Links do not move the version.

use std::collections::HashMap;
use std::sync::Arc;

use entity::{defect, defect_link};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait,
    PaginatorTrait, QueryFilter, QuerySelect,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use utoipa::ToSchema;

use super::children::{Kind, Names, Under, page_where, require_defect, require_room};
use super::record::{Moves, Record};
use super::{ChildQuery, Written};
use crate::actor::Actor;
use crate::error::{Error, FieldError, Result};
use crate::idempotency::Idempotency;
use crate::input::Draft;
use crate::page::Page;
use crate::reference::PersonRef;
use crate::rights::field;
use crate::system::{System, Unit};
use crate::value::{Id, Instant};
use crate::version::IfMatch;
use crate::words::{LinkKind, Status};

crate::input! {
    /// A link to another record.
    pub struct NewLink {
        /// What this record has to do with the other one.
        kind: required LinkKind,
        /// The other record.
        other_id: required Id,
    }
}

crate::choice! {
    /// Which way a link reads.
    pub enum Direction {
        /// It was made on this record: this one `kind` the other.
        Outgoing = "outgoing",
        /// It was made on the other record: the other one `kind` this.
        Incoming = "incoming",
    }
}

/// A record, as far as a link shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LinkedDefect {
    /// Id.
    pub id: i64,
    /// Number on the tag.
    pub tag_number: String,
    /// Where it stands.
    pub status: Status,
    /// What is wrong, in a line.
    pub title: String,
}

/// A link, as one of the two records shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LinkView {
    /// Id; the same on both records.
    pub id: i64,
    /// What the one has to do with the other.
    pub kind: LinkKind,
    /// Which way it reads.
    pub direction: Direction,
    /// The other record.
    pub other: LinkedDefect,
    /// When it was made.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// Who made it.
    pub created_by: PersonRef,
}

/// How many links are made on a record.
const MOST_LINKS: u64 = 1_000;

const WHAT: &str = "link";

/// Lists the links of a record, whichever side they were made on.
///
/// # Errors
/// `NotFound`, `Invalid`.
pub async fn list(
    system: &System,
    actor: &Actor,
    under: impl Into<Under>,
    draft: &Draft<ChildQuery>,
) -> Result<Page<LinkView>> {
    actor.may_read()?;
    let kind = Kind::<defect_link::Entity> {
        name: "links",
        id: defect_link::Column::Id,
        parent: defect_link::Column::DefectId,
        long: &[],
    };
    let db = system.db.reader();
    let under: Under = under.into();
    let under = under.found(db).await?;
    let wanted = touching(under.id);
    let page = page_where(db, under, kind, wanted, draft, |link| link.id).await?;
    let shown = Shown::of(db, under.id, &page.items).await?;
    page.try_map(|link| shown.view(&link))
}

/// Reads a link from one of its sides.
///
/// # Errors
/// `NotFound`.
pub async fn show(system: &System, actor: &Actor, defect_id: i64, id: i64) -> Result<LinkView> {
    actor.may_read()?;
    let db = system.db.reader();
    let link = find(db, defect_id, id).await?;
    let shown = Shown::of(db, defect_id, std::slice::from_ref(&link)).await?;
    shown.view(&link)
}

/// The links that a record is one side of.
fn touching(defect_id: i64) -> Condition {
    Condition::any()
        .add(defect_link::Column::DefectId.eq(defect_id))
        .add(defect_link::Column::OtherId.eq(defect_id))
}

/// A link through one of its records: under a third one it is not found.
async fn find(db: &impl ConnectionTrait, defect_id: i64, id: i64) -> Result<defect_link::Model> {
    defect_link::Entity::find_by_id(id)
        .filter(touching(defect_id))
        .one(db)
        .await?
        .ok_or(Error::NotFound(WHAT))
}

/// Links a record to another one.
///
/// # Errors
/// `NotFound`, `Forbidden`, `VersionStale`, `WrongState`, `Duplicate`, `Invalid`.
pub async fn add(
    system: &System,
    actor: &Actor,
    defect_id: i64,
    if_match: &IfMatch,
    draft: &Draft<NewLink>,
    key: Option<&Idempotency>,
) -> Result<Written<LinkView>> {
    let input = (defect_id, if_match.clone(), draft.clone());
    system
        .change(actor, key, input, |unit, input| {
            Box::pin(add_in(unit, input))
        })
        .await
}

async fn add_in(
    unit: Unit<'_>,
    input: Arc<(i64, IfMatch, Draft<NewLink>)>,
) -> Result<Written<LinkView>> {
    let (defect_id, if_match, draft) = &*input;
    let mut record = open(Record::load(&unit, *defect_id).await?, if_match)?;
    let new = draft.check()?;
    require_other(&unit, &record, new.other_id.0).await?;
    refuse_second(&unit, *defect_id, new).await?;
    let room = (MOST_LINKS, "links");
    let parent = defect_link::Column::DefectId;
    require_room::<defect_link::Entity>(unit.tx, parent, *defect_id, room).await?;
    let link = defect_link::ActiveModel {
        defect_id: Set(*defect_id),
        other_id: Set(new.other_id.0),
        kind: Set(new.kind.word().to_owned()),
        created_at: Set(unit.now),
        created_by: Set(unit.actor.user_id()?),
        ..Default::default()
    }
    .insert(unit.tx)
    .await?;
    record.note(&path(link.id), &Json::Null, &content(&link))?;
    let version = record.save(Moves::Nothing).await?;
    let shown = Shown::of(unit.tx, *defect_id, std::slice::from_ref(&link)).await?;
    let item = shown.view(&link)?;
    Ok(Written { item, version })
}

/// The record, if the caller may change its links now.
fn open<'a>(record: Record<'a>, if_match: &IfMatch) -> Result<Record<'a>> {
    record.require_right(field::LINKS)?;
    if_match.check(record.row.version)?;
    record.require_state([field::LINKS])?;
    Ok(record)
}

/// Refuses a link to nothing, or to the record itself. The other record is held until the transaction ends, so that
/// nobody makes the same link from its side meanwhile.
async fn require_other(unit: &Unit<'_>, record: &Record<'_>, other: i64) -> Result<()> {
    if other == record.row.id {
        let message = "must be another record";
        return Err(Error::field("other_id", "self", message));
    }
    let found: Option<i64> = defect::Entity::find_by_id(other)
        .select_only()
        .column(defect::Column::Id)
        .lock_exclusive()
        .into_tuple()
        .one(unit.tx)
        .await?;
    match found {
        Some(_) => Ok(()),
        None => Err(Error::Invalid(vec![FieldError::unknown_reference(
            "other_id", "defect",
        )])),
    }
}

/// Between two records there is one link of a kind, whichever way it reads: none causes what it was caused by.
async fn refuse_second(unit: &Unit<'_>, defect_id: i64, new: &NewLink) -> Result<()> {
    let between = |from: i64, to: i64| {
        Condition::all()
            .add(defect_link::Column::DefectId.eq(from))
            .add(defect_link::Column::OtherId.eq(to))
    };
    let other = new.other_id.0;
    let there = defect_link::Entity::find()
        .filter(defect_link::Column::Kind.eq(new.kind.word()))
        .filter(
            Condition::any()
                .add(between(defect_id, other))
                .add(between(other, defect_id)),
        )
        .count(unit.tx)
        .await?;
    if there == 0 {
        return Ok(());
    }
    let message = "there is such a link between the two records already";
    Err(Error::Duplicate(vec![FieldError::new(
        "other_id",
        "duplicate",
        message,
    )]))
}

/// Takes a link away, from either side; answers the version of the record that it was asked of.
///
/// # Errors
/// `NotFound`, `Forbidden`, `VersionStale`, `WrongState`, also where only the record that it was made on is closed.
pub async fn remove(
    system: &System,
    actor: &Actor,
    defect_id: i64,
    link_id: i64,
    if_match: &IfMatch,
) -> Result<i64> {
    let input = (defect_id, link_id, if_match.clone());
    system
        .change(actor, None, input, |unit, input| {
            Box::pin(remove_in(unit, input))
        })
        .await
}

async fn remove_in(unit: Unit<'_>, input: Arc<(i64, i64, IfMatch)>) -> Result<i64> {
    let (defect_id, link_id, if_match) = &*input;
    unit.actor.may_read()?;
    require_defect(unit.tx, *defect_id).await?;
    let link = find(unit.tx, *defect_id, *link_id).await?;
    let asked = open(Record::load(&unit, *defect_id).await?, if_match)?;
    let version = asked.row.version;
    let mut owner = if link.defect_id == *defect_id {
        asked
    } else {
        open(Record::load(&unit, link.defect_id).await?, &IfMatch::Any)?
    };
    let gone = defect_link::Entity::delete_by_id(link.id)
        .exec(unit.tx)
        .await?;
    if gone.rows_affected == 0 {
        return Err(Error::NotFound(WHAT));
    }
    owner.note(&path(link.id), &content(&link), &Json::Null)?;
    owner.save(Moves::Nothing).await?;
    Ok(version)
}

/// A link as history names it.
pub(crate) fn path(id: i64) -> String {
    format!("{}/{id}", field::LINKS)
}

/// A link as history keeps it.
pub(crate) fn content(link: &defect_link::Model) -> Json {
    json!({ "kind": link.kind, "other_id": link.other_id })
}

/// What links show of records and people.
struct Shown {
    side: i64,
    others: HashMap<i64, LinkedDefect>,
    names: Names,
}

impl Shown {
    /// For links as the record `side` shows them.
    async fn of(
        db: &impl ConnectionTrait,
        side: i64,
        links: &[defect_link::Model],
    ) -> Result<Self> {
        let mut others = HashMap::new();
        if links.is_empty() {
            let names = Names::of(db, []).await?;
            return Ok(Self {
                side,
                others,
                names,
            });
        }
        let ids = links.iter().map(|link| across(link, side).1);
        let rows: Vec<(i64, String, String, String)> = defect::Entity::find()
            .select_only()
            .columns([
                defect::Column::Id,
                defect::Column::TagNumber,
                defect::Column::Status,
                defect::Column::Title,
            ])
            .filter(defect::Column::Id.is_in(ids))
            .into_tuple()
            .all(db)
            .await?;
        for (id, tag_number, status, title) in rows {
            let other = LinkedDefect {
                id,
                tag_number,
                status: Status::stored(&status)?,
                title,
            };
            others.insert(id, other);
        }
        let names = Names::of(db, links.iter().map(|link| link.created_by)).await?;
        Ok(Self {
            side,
            others,
            names,
        })
    }

    fn view(&self, link: &defect_link::Model) -> Result<LinkView> {
        let (direction, other) = across(link, self.side);
        let missing = || Error::internal("a link leads nowhere");
        Ok(LinkView {
            id: link.id,
            kind: LinkKind::stored(&link.kind)?,
            direction,
            other: self.others.get(&other).cloned().ok_or_else(missing)?,
            created_at: Instant::show(&link.created_at),
            created_by: self.names.person(link.created_by),
        })
    }
}

/// Which way a link reads from one side, and the record on the other.
fn across(link: &defect_link::Model, side: i64) -> (Direction, i64) {
    if link.defect_id == side {
        (Direction::Outgoing, link.other_id)
    } else {
        (Direction::Incoming, link.defect_id)
    }
}
