//! What is asked for: one's own, somebody else's, what is not there, what was deleted, what hangs on another record.

use std::collections::HashMap;

use serde_json::{Value as Json, json};
use service::actor::Actor;
use service::role::Role;
use testkit::{PASSWORD, defect};

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
    /// An approval rule.
    Rule,
    OwnToken,
    /// A session of the caller's, other than the one that he asks with.
    OtherSession,
    /// What a server goes on with.
    Job,
    Webhook,
    /// A saved view; another's is shared with everybody.
    View,
    /// What is sent to a webhook.
    Message,
    Inspection,
    /// Frozen limits, not yet approved.
    Limits,
    /// A record in this state.
    Record(&'static str),
    /// Something on a record.
    Child(&'static str),
    /// A corrective action request at this step, to a supplier.
    Request(&'static str),
    /// Something on such a request.
    RequestChild(&'static str),
    /// A request whose supplier has a link.
    LinkedRequest,
    /// The link itself.
    SupplierLink,
}

/// Which one of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Object {
    None,
    Own,
    Foreign,
    /// Another's, and kept from all others.
    Private,
    Missing,
    /// Not even an id.
    Nonsense,
    /// Deleted; of records, requests and inspections, void; of entries, reversed; of limits, retired.
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
            Deleted, Foreign, Missing, None, Nonsense, OfVoid, Own, Private, UnderAnother,
            UnderNothing,
        };
        match self {
            Self::Nothing | Self::OwnSession | Self::SupplierLink => &[None],
            Self::List => &[Foreign, Nonsense],
            Self::Job | Self::Rule | Self::Message | Self::LinkedRequest => {
                &[Foreign, Missing, Nonsense]
            }
            Self::RequestChild("effectiveness-checks") => &[
                Foreign,
                Missing,
                Nonsense,
                UnderAnother,
                UnderNothing,
                OfVoid,
            ],
            Self::RequestChild(_) => &[
                Foreign,
                Missing,
                Nonsense,
                Deleted,
                UnderAnother,
                UnderNothing,
                OfVoid,
            ],
            Self::Master(_) | Self::Webhook | Self::Request(_) | Self::Limits => {
                &[Foreign, Missing, Nonsense, Deleted]
            }
            Self::View => &[Own, Foreign, Private, Missing, Nonsense, Deleted],
            Self::User
            | Self::OwnToken
            | Self::OtherSession
            | Self::Record(_)
            | Self::Inspection => &[Own, Foreign, Missing, Nonsense, Deleted],
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
            Self::Record(_) | Self::Request(_) | Self::LinkedRequest => object == Object::Missing,
            Self::Child(_) | Self::RequestChild(_) => object == Object::UnderNothing,
            _ => false,
        }
    }

    /// Whether there is nothing at the address of such an object.
    pub(super) fn lacks(self, object: Object) -> bool {
        match object {
            Object::Missing | Object::Private | Object::UnderAnother => true,
            Object::Foreign => matches!(self, Self::OwnToken | Self::OtherSession),
            Object::Deleted => match self {
                Self::Master(_)
                | Self::Webhook
                | Self::View
                | Self::User
                | Self::OwnToken
                | Self::OtherSession
                | Self::RequestChild(_) => true,
                Self::Child(children) => {
                    matches!(children, "serials" | "disposition-lines" | "links")
                }
                _ => false,
            },
            _ => false,
        }
    }

    /// Whether it is there and nothing can be done with it any more.
    pub(super) fn is_closed(self, object: Object) -> bool {
        match self {
            Self::Record(_) | Self::Request(_) | Self::Inspection | Self::Limits => {
                object == Object::Deleted
            }
            Self::RequestChild(_) => object == Object::OfVoid,
            Self::Child("notes") => object == Object::Deleted,
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
    pub(super) supplier: i64,
    pub(super) customer: i64,
    /// A record that requests are about, and that others are linked to.
    other: i64,
    kept: HashMap<(Thing, Option<i64>, Object), Vec<String>>,
}

pub(super) const NOWHERE: i64 = 999_999_999;

impl<'a> Objects<'a> {
    pub(super) async fn new(api: &'a Api) -> Self {
        let stranger = api.system.user(Role::QualityManager).await;
        let reporter = api.system.member(Role::Inspector).await;
        Self {
            api,
            admin: api.sign_in(Role::Admin).await,
            manager: api.sign_in(Role::QualityManager).await,
            engineer: api.sign_in(Role::TechEngineer).await,
            stranger_session: api.sign_in_as(&stranger.name, PASSWORD).await,
            stranger,
            part: api.system.part().await.id,
            work_center: api.system.work_center().await.id,
            supplier: api.system.supplier().await.id,
            customer: api.system.customer().await.id,
            other: api.system.report(&reporter, defect()).await.item.id,
            kept: HashMap::new(),
        }
    }

    /// A report's body.
    pub(super) fn report(&self) -> Json {
        json!({"part_id": self.part, "work_center_id": self.work_center, "title": "Burr",
            "description": "At the edge.", "quantity_defective": "10"})
    }

    /// An inspection's body.
    pub(super) fn inspection(&self) -> Json {
        json!({"part_id": self.part, "work_center_id": self.work_center, "inspected_at": "2026-11-19T08:00:00Z",
            "sample_size": 50, "defective_units": 1})
    }

    /// The body that has limits frozen.
    pub(super) fn limits(&self) -> Json {
        json!({"chart": "p", "part_id": self.part})
    }

    /// The body that says which defect a request is about.
    pub(super) fn about(&self) -> Json {
        json!({"defect_id": self.other})
    }

    /// A link's body.
    pub(super) fn link(&self) -> Json {
        json!({"kind": "relates_to", "other_id": self.other})
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
        // A part of a record's address, and no object of its own.
        Some(path.replace("{language}", "es"))
    }
}
