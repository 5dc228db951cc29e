//! The defects that a request is about: linked by what stands on their tags, and unlinked.

use actix_web::{post, web};
use serde_json::{Value as Json, json};
use service::Draft;
use service::corrective::defects::{self, NewLinkedDefect};

use super::WHAT;
use super::record::{self, back};
use crate::answer::Reply;
use crate::web::tag;
use crate::web::visit::Posted;

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(link_defect).service(unlink_defect);
}

/// Links a defect.
#[post("/corrective-actions/{id}/defects")]
async fn link_defect(sent: Posted) -> Reply {
    let (id, key) = (sent.id(WHAT)?, sent.key()?);
    let about = match sent.typed.value("defect_id").trim() {
        "" => Json::Null,
        tag => named(tag::record(&sent, tag).await?),
    };
    let draft = Draft::<NewLinkedDefect>::json(&json!({ "defect_id": about }));
    let (system, actor) = (&sent.system, &sent.actor);
    match defects::add(system, actor, id, &sent.if_match(), &draft, key.as_ref()).await {
        Ok(_) => back(id, "#defects", "saved"),
        Err(error) => record::refused(&sent, id, error, |forms| &mut forms.defect).await,
    }
}

/// Takes a link back; both records stay.
#[post("/corrective-actions/{id}/defects/{child_id}/removal")]
async fn unlink_defect(sent: Posted) -> Reply {
    let (id, defect) = (sent.id(WHAT)?, sent.child("defect")?);
    match defects::remove(&sent.system, &sent.actor, (id, defect), &sent.if_match()).await {
        Ok(_) => back(id, "#defects", "car-removed"),
        Err(error) => record::refused(&sent, id, error, |forms| &mut forms.defect).await,
    }
}

/// The id of the defect that a tag names. A number that no tag has is told by the service as a reference that names
/// nothing.
pub(super) fn named(found: Option<i64>) -> Json {
    found.unwrap_or(i64::MAX).into()
}
