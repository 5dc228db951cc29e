//! Effectiveness checks: added, never changed. One that says not effective leads back to the causes by itself.

use actix_web::{post, web};
use service::corrective::checks::{self, NewCheck};

use super::record::{self, back};
use super::{WHAT, forms};
use crate::answer::Reply;
use crate::web::visit::Posted;

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(add_check);
}

/// Adds an effectiveness check.
#[post("/corrective-actions/{id}/effectiveness-checks")]
async fn add_check(sent: Posted) -> Reply {
    let (id, key) = (sent.id(WHAT)?, sent.key()?);
    let draft = forms::draft::<NewCheck>(&sent.system, &sent.typed);
    let (system, actor) = (&sent.system, &sent.actor);
    match checks::add(system, actor, id, &sent.if_match(), &draft, key.as_ref()).await {
        Ok(_) => back(id, "#checks", "saved"),
        Err(error) => record::refused(&sent, id, error, |forms| &mut forms.check).await,
    }
}
