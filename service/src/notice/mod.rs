//! Telling people and programs what has happened: [`tell`] is called by every change that somebody may want to hear of.
//!
//! A notice is one row, written in the change's own transaction, so that nothing is told that did not happen and nothing
//! that happened is forgotten. Where nobody listens no row is written ([`listeners`]). What becomes of it comes later
//! and elsewhere: [`spread`] finds out who is to be told, [`crate::outbox`] tells him. Who may be told of what is one
//! table, [`audience::TOLD`].

pub mod audience;

mod event;
mod listeners;
mod spread;

use entity::{defect, notice};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::EntityTrait;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::error::{Error, Result};
use crate::role::Role;
use crate::system::Unit;
use crate::value::Instant;

pub use event::{Event, Events};
pub use listeners::Listeners;
pub(crate) use spread::{last_morning, spread};

/// Something that has happened, and whom it concerns.
#[derive(Clone, Debug)]
pub(crate) struct Notice {
    event: Event,
    data: Json,
    people: People,
}

/// Whom it concerns; who of them is told is said by [`audience::TOLD`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct People {
    pub(crate) reporter: Option<i64>,
    pub(crate) assignee: Option<i64>,
    /// Those whom the event names: who was mentioned, whose step is due.
    pub(crate) named: Vec<i64>,
    /// The roles whose votes are missing.
    #[serde(default)]
    pub(crate) asked: Vec<Role>,
    /// Who may not vote: he has proposed something of it, or has voted.
    #[serde(default)]
    pub(crate) barred: Vec<i64>,
}

/// A notice as it is kept.
#[derive(Serialize, Deserialize)]
struct Content {
    data: Json,
    people: People,
    /// Who did it: he is not told of it.
    by: Option<i64>,
}

impl Notice {
    /// An event of a defect as it is after the change: what everybody who reads it may see, and so no cost.
    pub(crate) fn about(event: Event, row: &defect::Model) -> Self {
        let data = json!({
            "id": row.id,
            "tag_number": row.tag_number,
            "status": row.status,
            "severity": row.severity,
            "origin": row.origin,
            "title": row.title,
            "part_id": row.part_id,
            "work_center_id": row.work_center_id,
            "assignee_id": row.assignee_id,
            "reported_at": Instant::show(&row.reported_at),
            "due_at": row.due_at.as_ref().map(Instant::show),
        });
        Self {
            event,
            data,
            people: People {
                reporter: Some(row.reported_by),
                assignee: row.assignee_id,
                ..People::default()
            },
        }
    }

    /// An event that concerns those whom it names.
    pub(crate) fn new(event: Event, data: Json) -> Self {
        let people = People::default();
        Self {
            event,
            data,
            people,
        }
    }

    /// Asks for the votes of these roles, of all but these people.
    pub(crate) fn ask(mut self, roles: Vec<Role>, all_but: Vec<i64>) -> Self {
        self = self.with("roles", &roles);
        (self.people.asked, self.people.barred) = (roles, all_but);
        self
    }

    /// Names whom it concerns: who was mentioned, whose step is due.
    pub(crate) fn to(mut self, people: impl IntoIterator<Item = i64>) -> Self {
        self.people.named.extend(people);
        self
    }

    /// With something more that is told of it.
    pub(crate) fn with(mut self, name: &str, value: impl Serialize) -> Self {
        self.data[name] = json!(value);
        self
    }
}

/// Whether anybody wants to hear of an event: for what costs something to find out.
pub(crate) async fn is_heard(unit: &Unit<'_>, event: Event) -> Result<bool> {
    unit.system.listeners.listen(unit, event).await
}

/// Keeps what has happened for those who listen: at most one statement in the change's transaction, and none where
/// nobody does.
pub(crate) async fn tell(unit: &Unit<'_>, notices: Vec<Notice>) -> Result<()> {
    let mut rows = Vec::new();
    for notice in notices {
        if unit.system.listeners.listen(unit, notice.event).await? {
            rows.push(row(unit, notice)?);
        }
    }
    if rows.is_empty() {
        return Ok(());
    }
    notice::Entity::insert_many(rows)
        .exec_without_returning(unit.tx)
        .await?;
    unit.system.listeners.told();
    Ok(())
}

fn row(unit: &Unit<'_>, notice: Notice) -> Result<notice::ActiveModel> {
    let Notice {
        event,
        data,
        people,
    } = notice.with("by", by(unit));
    let content = Content {
        data,
        people,
        by: unit.actor.id,
    };
    Ok(notice::ActiveModel {
        id: NotSet,
        event: Set(event.word().to_owned()),
        content: Set(serde_json::to_string(&content).map_err(Error::internal)?),
        created_at: Set(unit.now),
    })
}

/// Who did it; nobody, where it happens by itself.
fn by(unit: &Unit<'_>) -> Option<Json> {
    let id = unit.actor.id?;
    Some(json!({"id": id, "name": unit.actor.name}))
}
