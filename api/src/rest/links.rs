//! Links between defects, shown from both sides.

use actix_web::{delete, get, post};
use service::defects::ChildQuery;
use service::defects::links::{self, LinkView, NewLink};
use service::page::Page;

use crate::answer::{Reply, added, gone_from, shown};
use crate::extract::{Asked, Call, Sent};
use crate::routes::Routes;

pub(super) fn configure(routes: &mut Routes<'_, '_>) {
    routes
        .service(show_link)
        .service(list_links)
        .service(add_link)
        .service(remove_link);
}

/// Lists a defect's links, those that were made on other defects included.
#[utoipa::path(
    tag = "links",
    params(ChildQuery),
    responses((status = 200, description = "A page of links", body = Page<LinkView>))
)]
#[get("/defects/{id}/links")]
async fn list_links(asked: Asked<ChildQuery>) -> Reply {
    let (system, actor) = (&asked.system, &asked.actor);
    shown(&links::list(system, actor, asked.id("defect")?, &asked.draft).await?)
}

/// Shows a link of a defect, as it reads from there.
#[utoipa::path(tag = "links", responses((status = 200, description = "The link", body = LinkView)))]
#[get("/defects/{id}/links/{child_id}")]
async fn show_link(call: Call) -> Reply {
    let (id, child) = (call.id("defect")?, call.child("link")?);
    shown(&links::show(&call.system, &call.actor, id, child).await?)
}

/// Links a defect to another one. Between two defects there is one link of a kind.
#[utoipa::path(
    tag = "links",
    request_body = NewLink,
    responses((status = 201, description = "The new link", body = LinkView))
)]
#[post("/defects/{id}/links")]
async fn add_link(sent: Sent<NewLink>) -> Reply {
    let (id, key) = (sent.id("defect")?, sent.key.as_ref());
    let (system, actor) = (&sent.system, &sent.actor);
    let written = links::add(system, actor, id, &sent.if_match, &sent.draft, key).await?;
    added(id, "links", written.item.id, &written)
}

/// Removes a link, from either of its defects; the history keeps it.
#[utoipa::path(tag = "links", responses((status = 204, description = "Removed")))]
#[delete("/defects/{id}/links/{child_id}")]
async fn remove_link(call: Call) -> Reply {
    let (id, link) = (call.id("defect")?, call.child("link")?);
    gone_from(links::remove(&call.system, &call.actor, id, link, &call.if_match).await?)
}
