//! What is asked for: one's own, somebody else's, what is not there, what was deleted, what hangs on another record.

use std::collections::HashMap;

use serde_json::{Value as Json, json};
use service::actor::Actor;
use service::role::Role;
use testkit::PASSWORD;

use super::people::Caller;
use crate::client::{Api, Session};

/// What a route is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Thing {
    /// Nothing in particular.
    Nothing,
    /// The caller's own session, which ends by it.
    OwnSession,
    /// A list of codes.
    List,
    /// One of the plant's lists, by its address.
    Master(&'static str),
    User,
    OwnToken,
    /// A record in this state.
    Record(&'static str),
    /// Something on a record.
    Child(&'static str),
}

/// Which one of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Object {
    None,
    Own,
    Foreign,
    Missing,
    /// Not even an id.
    Nonsense,
    /// Deleted; of records, void; of entries, reversed.
    Deleted,
    /// A child that is there, under a record that is not its own.
    UnderAnother,
    /// A child that is there, under a record that is not.
    UnderNothing,
    /// A child that is there, of a void record.
    OfVoid,
}

impl Thing {
    pub(super) fn objects(self) -> &'static [Object] {
        use Object::{
            Deleted, Foreign, Missing, None, Nonsense, OfVoid, Own, UnderAnother, UnderNothing,
        };
        match self {
            Self::Nothing | Self::OwnSession => &[None],
            Self::List => &[Foreign, Nonsense],
            Self::Master(_) => &[Foreign, Missing, Nonsense, Deleted],
            Self::User | Self::OwnToken | Self::Record(_) => {
                &[Own, Foreign, Missing, Nonsense, Deleted]
            }
            Self::Child(_) => &[
                Own,
                Foreign,
                Missing,
                Nonsense,
                Deleted,
                UnderAnother,
                UnderNothing,
                OfVoid,
            ],
        }
    }

    /// Whether there is no such record, which everybody who reads may know.
    pub(super) fn is_nowhere(self, object: Object) -> bool {
        match self {
            Self::Record(_) => object == Object::Missing,
            Self::Child(_) => object == Object::UnderNothing,
            _ => false,
        }
    }

    /// Whether there is nothing at the address of such an object.
    pub(super) fn lacks(self, object: Object) -> bool {
        match object {
            Object::Missing | Object::UnderAnother => true,
            Object::Foreign => self == Self::OwnToken,
            Object::Deleted => match self {
                Self::Master(_) | Self::User | Self::OwnToken => true,
                Self::Child(children) => matches!(children, "serials" | "disposition-lines"),
                _ => false,
            },
            _ => false,
        }
    }

    /// Whether it is there and nothing can be done with it any more.
    pub(super) fn is_closed(self, object: Object) -> bool {
        match self {
            Self::Record(_) => object == Object::Deleted,
            Self::Child(_) => matches!(object, Object::Deleted | Object::OfVoid),
            _ => false,
        }
    }
}

/// Makes them, and keeps those that were not changed by being asked for.
pub(super) struct Objects<'a> {
    pub(super) api: &'a Api,
    pub(super) admin: Session,
    pub(super) manager: Session,
    pub(super) engineer: Session,
    pub(super) stranger: Actor,
    pub(super) stranger_session: Session,
    pub(super) part: i64,
    pub(super) work_center: i64,
    kept: HashMap<(Thing, Option<i64>, Object), Vec<String>>,
}

pub(super) const NOWHERE: i64 = 999_999_999;

impl<'a> Objects<'a> {
    pub(super) async fn new(api: &'a Api) -> Self {
        let stranger = api.system.user(Role::QualityManager).await;
        Self {
            api,
            admin: api.sign_in(Role::Admin).await,
            manager: api.sign_in(Role::QualityManager).await,
            engineer: api.sign_in(Role::TechEngineer).await,
            stranger_session: api.sign_in_as(&stranger.name, PASSWORD).await,
            stranger,
            part: api.system.part().await.id,
            work_center: api.system.work_center().await.id,
            kept: HashMap::new(),
        }
    }

    /// A report's body.
    pub(super) fn report(&self) -> Json {
        json!({"part_id": self.part, "work_center_id": self.work_center, "title": "Burr",
            "description": "At the edge.", "quantity_defective": "10"})
    }

    /// What was asked for has changed.
    pub(super) fn forget(&mut self, thing: Thing) {
        self.kept.retain(|(kept, ..), _| *kept != thing);
    }

    /// The route's address for an object; none where the caller cannot have such a one.
    pub(super) async fn path(
        &mut self,
        route: &str,
        thing: Thing,
        caller: &Caller,
        object: Object,
    ) -> Option<String> {
        let pattern = route.split(' ').nth(1)?;
        let key = (
            thing,
            caller.actor.as_ref().and_then(|actor| actor.id),
            object,
        );
        let key = if object == Object::Own {
            key
        } else {
            (key.0, None, object)
        };
        let ids = match self.kept.get(&key) {
            Some(ids) => ids.clone(),
            None => {
                let ids = self.make(thing, caller, object).await?;
                self.kept.insert(key, ids.clone());
                ids
            }
        };
        let mut path = pattern.to_owned();
        for id in ids {
            let (Some(from), Some(to)) = (path.find('{'), path.find('}')) else {
                break;
            };
            path.replace_range(from..=to, &id);
        }
        Some(path)
    }
}
