//! Serial numbers on a tag. Each write answers the record's ETag.

use actix_web::{delete, get, post};
use service::defects::ChildQuery;
use service::defects::serials::{self, NewSerial, SerialView};
use service::page::Page;

use crate::answer::{Reply, added, gone_from, shown};
use crate::extract::{Asked, Call, Sent};
use crate::routes::Routes;

pub(super) fn configure(routes: &mut Routes<'_, '_>) {
    routes.service(show_serial);
    routes
        .service(list_serials)
        .service(add_serial)
        .service(remove_serial);
}

/// Lists the serial numbers on a tag.
#[utoipa::path(
    tag = "serials",
    params(ChildQuery),
    responses((status = 200, description = "A page of serial numbers", body = Page<SerialView>))
)]
#[get("/defects/{id}/serials")]
async fn list_serials(asked: Asked<ChildQuery>) -> Reply {
    let id = asked.id("defect")?;
    shown(&serials::list(&asked.system, &asked.actor, id, &asked.draft).await?)
}

/// Shows a serial number of a defect.
#[utoipa::path(tag = "serials", responses((status = 200, description = "The serial number", body = SerialView)))]
#[get("/defects/{id}/serials/{child_id}")]
async fn show_serial(call: Call) -> Reply {
    let (id, child) = (call.id("defect")?, call.child("serial number")?);
    shown(&serials::show(&call.system, &call.actor, id, child).await?)
}

/// Adds a serial number to a tag.
#[utoipa::path(
    tag = "serials",
    request_body = NewSerial,
    responses((status = 201, description = "The new serial number", body = SerialView))
)]
#[post("/defects/{id}/serials")]
async fn add_serial(sent: Sent<NewSerial>) -> Reply {
    let (system, actor, id) = (&sent.system, &sent.actor, sent.id("defect")?);
    let key = sent.key.as_ref();
    let written = serials::add(system, actor, id, &sent.if_match, &sent.draft, key).await?;
    added(id, "serials", written.item.id, &written)
}

/// Removes a serial number from a tag.
#[utoipa::path(tag = "serials", responses((status = 204, description = "Removed")))]
#[delete("/defects/{id}/serials/{child_id}")]
async fn remove_serial(call: Call) -> Reply {
    let (id, serial) = (call.id("defect")?, call.child("serial number")?);
    gone_from(serials::remove(&call.system, &call.actor, id, serial, &call.if_match).await?)
}
