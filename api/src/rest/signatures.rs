//! Signatures: made by the actions that are signed, and only read here.

use actix_web::get;
use service::defects::ChildQuery;
use service::defects::signatures::{self, SignatureView};
use service::page::Page;

use crate::answer::{Reply, shown};
use crate::extract::Asked;
use crate::routes::Routes;

pub(super) fn configure(routes: &mut Routes<'_, '_>) {
    routes.service(list_signatures);
}

/// Lists a defect's signatures.
#[utoipa::path(
    tag = "signatures",
    params(ChildQuery),
    responses((status = 200, description = "A page of signatures", body = Page<SignatureView>))
)]
#[get("/defects/{id}/signatures")]
async fn list_signatures(asked: Asked<ChildQuery>) -> Reply {
    let id = asked.id("defect")?;
    shown(&signatures::list(&asked.system, &asked.actor, id, &asked.draft).await?)
}
