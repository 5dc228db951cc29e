//! Inspections.

use actix_web::{get, post};
use service::inspection::{self, InspectionQuery, InspectionView, NewInspection, VoidInspection};
use service::page::Page;

use crate::answer::{Reply, created, record, shown};
use crate::extract::{Asked, Call, Sent};
use crate::routes::Routes;

pub(super) fn configure(routes: &mut Routes<'_, '_>) {
    routes
        .service(list_inspections)
        .service(create_inspection)
        .service(show_inspection)
        .service(void_inspection);
}

/// Lists inspections, void ones included unless said otherwise.
#[utoipa::path(
    tag = "inspections",
    params(InspectionQuery),
    responses((status = 200, description = "A page of inspections", body = Page<InspectionView>))
)]
#[get("/inspections")]
async fn list_inspections(asked: Asked<InspectionQuery>) -> Reply {
    shown(&inspection::list(&asked.system, &asked.actor, &asked.draft).await?)
}

/// Enters an inspection, and with `defect` reports a defect from it: both or neither.
#[utoipa::path(
    tag = "inspections",
    request_body = NewInspection,
    responses((status = 201, description = "The new inspection", body = InspectionView))
)]
#[post("/inspections")]
async fn create_inspection(sent: Sent<NewInspection>) -> Reply {
    let key = sent.key.as_ref();
    let view = inspection::create(&sent.system, &sent.actor, &sent.draft, key).await?;
    created(&format!("inspections/{}", view.id), view.version, &view)
}

/// Shows an inspection.
#[utoipa::path(
    tag = "inspections",
    responses((status = 200, description = "The inspection", body = InspectionView))
)]
#[get("/inspections/{id}")]
async fn show_inspection(call: Call) -> Reply {
    let view = inspection::show(&call.system, &call.actor, call.id("inspection")?).await?;
    record(view.version, &view)
}

/// Makes an inspection void: it stays, marked, with the reason, and is on no chart any more.
#[utoipa::path(
    tag = "inspections",
    request_body = VoidInspection,
    responses((status = 200, description = "The inspection, void", body = InspectionView))
)]
#[post("/inspections/{id}/void")]
async fn void_inspection(sent: Sent<VoidInspection>) -> Reply {
    let (id, key) = (sent.id("inspection")?, sent.key.as_ref());
    let (system, actor) = (&sent.system, &sent.actor);
    let view = inspection::void(system, actor, id, &sent.if_match, &sent.draft, key).await?;
    record(view.version, &view)
}
