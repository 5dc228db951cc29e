//! A record's history for people who read it from its end: newest first, and with the names of what it refers to by id.
//!
//! What came from another system by a merge has the ids of that system, which mean nothing here, and so no names.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use entity::{app_user, audit_event, concession, defect, part, partner, work_center};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait,
};
use serde_json::{Value as Json, json};

use super::children::Under;
use super::history::{HistoryEvent, LONG, event, ids, visible_rows};
use super::{ChildQuery, ENTITY};
use crate::actor::Actor;
use crate::audit::MERGED_FROM;
use crate::error::Result;
use crate::input::Draft;
use crate::page::{Page, PageRequest};
use crate::rights::sees_cost;
use crate::system::System;

/// A change, and what people call that which it refers to.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// The change.
    pub event: HistoryEvent,
    /// Whether the ids in it are of this system; those of what was merged from another are not.
    pub is_ours: bool,
    names: Arc<Names>,
}

impl Told {
    /// The name of what a field of the record, or of one of its children, refers to by this id; none where the field
    /// holds no ids, or those of another system.
    pub fn name(&self, field: &str, id: i64) -> Option<&str> {
        let name = self.names.get(&(Referred::by(field)?, id));
        name.map(String::as_str)
    }
}

/// Lists a record's history, newest first, without what the caller may not see. The events are numbered as in
/// [`super::history::list`], and a cursor tells as little of what is left out.
///
/// # Errors
/// `NotFound`, `Invalid`.
pub async fn newest(
    system: &System,
    actor: &Actor,
    under: impl Into<Under>,
    draft: &Draft<ChildQuery>,
) -> Result<Page<Told>> {
    actor.may_read()?;
    let db = system.db.reader();
    let under: Under = under.into();
    let Under { id, .. } = under.found(db).await?;
    let query = draft.check()?;
    let with_cost = sees_cost(actor.roles);
    let cursor = query.cursor.as_ref().map(|cursor| cursor.0.as_str());
    let identity = json!(["history, newest first", id, with_cost]);
    let request = PageRequest::new(&identity, query.limit, cursor, query.count)?;
    let before = request.after().map(|(_, last)| *last);
    let wanted = visible_rows(id, with_cost);
    let behind = audit_event::Entity::find()
        .filter(wanted.clone())
        .order_by_desc(audit_event::Column::Seq);
    let merged = merged_up_to(db, ENTITY, id).await?;
    let (rows, more, first) = if with_cost {
        let behind = behind.apply_if(before, |rows, before| {
            rows.filter(audit_event::Column::Seq.lt(before))
        });
        let (rows, more) = request.read(db, behind, LONG).await?;
        (rows, more, None)
    } else {
        let (there, last) = extent(db, wanted.clone()).await?;
        let first = before.map_or(there, |before| before.saturating_sub(1));
        let first = first.clamp(0, there);
        let behind = behind
            .filter(audit_event::Column::Seq.lte(last))
            .offset((there - first).unsigned_abs());
        let (rows, more) = request.read(db, behind, LONG).await?;
        (rows, more, Some(first))
    };
    let rows = numbered(rows, first, merged);
    let page = request.part(rows, more, |(row, _)| (Json::Null, row.seq));
    let page = request.count(db, page, ids(wanted)).await?;
    let page = page.map(|(row, is_ours)| (event(row, with_cost), is_ours));
    told(db, page, false).await
}

/// The rows with the numbers that the caller sees, and whether their ids are of this system.
fn numbered(
    rows: Vec<audit_event::Model>,
    first: Option<i64>,
    merged: i64,
) -> Vec<(audit_event::Model, bool)> {
    let number = |(place, mut row): (i64, audit_event::Model)| {
        let is_ours = row.seq > merged;
        row.seq = first.map_or(row.seq, |first| first - place);
        (row, is_ours)
    };
    (0..).zip(rows).map(number).collect()
}

/// How many events there are, and the number of the last one in the chain: in one look, so that they belong together.
async fn extent(db: &impl ConnectionTrait, wanted: Condition) -> Result<(i64, i64)> {
    let found: Option<(i64, Option<i64>)> = audit_event::Entity::find()
        .select_only()
        .column_as(audit_event::Column::Id.count(), "there")
        .column_as(audit_event::Column::Seq.max(), "last")
        .filter(wanted)
        .into_tuple()
        .one(db)
        .await?;
    let (there, last) = found.unwrap_or_default();
    Ok((there, last.unwrap_or_default()))
}

/// Up to where a history came from another system.
pub(crate) async fn merged_up_to(db: &impl ConnectionTrait, entity: &str, id: i64) -> Result<i64> {
    let found: Option<Option<i64>> = audit_event::Entity::find()
        .select_only()
        .column_as(audit_event::Column::Seq.max(), "last")
        .filter(audit_event::Column::Entity.eq(entity))
        .filter(audit_event::Column::EntityId.eq(id))
        .filter(audit_event::Column::Field.eq(MERGED_FROM))
        .into_tuple()
        .one(db)
        .await?;
    Ok(found.flatten().unwrap_or_default())
}

/// Events with the names of what they refer to, as far as their ids are of this system; `whole` says whether the report
/// itself is shown with what it says.
pub(crate) async fn told(
    db: &impl ConnectionTrait,
    page: Page<(HistoryEvent, bool)>,
    whole: bool,
) -> Result<Page<Told>> {
    let ours = page.items.iter().filter(|(_, is_ours)| *is_ours);
    let ours = ours.filter(|(event, _)| whole || event.field.is_some());
    let wanted: Vec<_> = ours.flat_map(|(event, _)| references(event)).collect();
    let (names, none) = (Arc::new(names_of(db, &wanted).await?), Arc::default());
    Ok(page.map(|(event, is_ours)| Told {
        event,
        is_ours,
        names: Arc::clone(if is_ours { &names } else { &none }),
    }))
}

/// What a field refers to by an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Referred {
    Person,
    Part,
    WorkCenter,
    Partner,
    Concession,
    Defect,
}

type Names = HashMap<(Referred, i64), String>;

impl Referred {
    const ALL: [Self; 6] = [
        Self::Person,
        Self::Part,
        Self::WorkCenter,
        Self::Partner,
        Self::Concession,
        Self::Defect,
    ];

    /// What a field of a record or of one of its children refers to.
    fn by(field: &str) -> Option<Self> {
        let name = field.rsplit('.').next().unwrap_or(field);
        Some(match name {
            "assignee_id"
            | "worker_id"
            | "approver_id"
            | "owner_id"
            | "signer_id"
            | "user_id"
            | "checked_by"
            | "done_by"
            | "verified_by"
            | "reported_by"
            | "closed_by"
            | "engineered_by"
            | "proposed_by"
            | "decided_by"
            | "rendered_unusable_by" => Self::Person,
            "part_id" => Self::Part,
            "work_center_id" => Self::WorkCenter,
            "customer_id" | "supplier_id" | "charged_to_id" => Self::Partner,
            "concession_id" => Self::Concession,
            "defect_id" | "repeat_of_id" | "other_id" => Self::Defect,
            _ => return None,
        })
    }
}

/// What an event refers to.
fn references(event: &HistoryEvent) -> Vec<(Referred, i64)> {
    let field = event.field.as_deref().unwrap_or_default();
    let mut found = Vec::new();
    for value in [&event.old_value, &event.new_value] {
        match value {
            Json::Object(content) => found.extend(
                content
                    .iter()
                    .filter_map(|(name, value)| Some((Referred::by(name)?, value.as_i64()?))),
            ),
            value => found.extend(Referred::by(field).zip(value.as_i64())),
        }
    }
    found
}

/// The ids and names of rows.
macro_rules! rows {
    ($db:ident, $table:ident, $name:ident, $ids:ident) => {{
        let rows: Vec<(i64, String)> = $table::Entity::find()
            .select_only()
            .columns([$table::Column::Id, $table::Column::$name])
            .filter($table::Column::Id.is_in($ids))
            .into_tuple()
            .all($db)
            .await?;
        rows
    }};
}

async fn names_of(db: &impl ConnectionTrait, wanted: &[(Referred, i64)]) -> Result<Names> {
    let mut names = Names::new();
    for kind in Referred::ALL {
        let ids = wanted.iter().filter(|(of, _)| *of == kind);
        let ids: BTreeSet<i64> = ids.map(|(_, id)| *id).collect();
        if ids.is_empty() {
            continue;
        }
        let found = match kind {
            Referred::Person => rows!(db, app_user, DisplayName, ids),
            Referred::Part => rows!(db, part, PartNumber, ids),
            Referred::WorkCenter => rows!(db, work_center, Code, ids),
            Referred::Partner => rows!(db, partner, Name, ids),
            Referred::Concession => rows!(db, concession, ConcessionNumber, ids),
            Referred::Defect => rows!(db, defect, TagNumber, ids),
        };
        names.extend(found.into_iter().map(|(id, name)| ((kind, id), name)));
    }
    Ok(names)
}
