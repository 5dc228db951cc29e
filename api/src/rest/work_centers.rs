//! Work centers.

use actix_web::{delete, get, patch, post};
use service::page::Page;
use service::work_center::{self, NewWorkCenter, WorkCenterPatch, WorkCenterQuery, WorkCenterView};

use crate::answer::{Reply, created, gone, record, shown};
use crate::extract::{Asked, Call, Sent};
use crate::routes::Routes;

pub(super) fn configure(routes: &mut Routes<'_, '_>) {
    routes
        .service(list_work_centers)
        .service(create_work_center)
        .service(show_work_center)
        .service(change_work_center)
        .service(delete_work_center);
}

/// Lists work centers.
#[utoipa::path(
    tag = "work_centers",
    params(WorkCenterQuery),
    responses((status = 200, description = "A page of work centers", body = Page<WorkCenterView>))
)]
#[get("/work-centers")]
async fn list_work_centers(asked: Asked<WorkCenterQuery>) -> Reply {
    shown(&work_center::list(&asked.system, &asked.actor, &asked.draft).await?)
}

/// Adds a work center.
#[utoipa::path(
    tag = "work_centers",
    request_body = NewWorkCenter,
    responses((status = 201, description = "The new work center", body = WorkCenterView))
)]
#[post("/work-centers")]
async fn create_work_center(sent: Sent<NewWorkCenter>) -> Reply {
    let view =
        work_center::create(&sent.system, &sent.actor, &sent.draft, sent.key.as_ref()).await?;
    created(&format!("work-centers/{}", view.id), view.version, &view)
}

/// Shows a work center.
#[utoipa::path(
    tag = "work_centers",
    responses((status = 200, description = "The work center", body = WorkCenterView))
)]
#[get("/work-centers/{id}")]
async fn show_work_center(call: Call) -> Reply {
    let view = work_center::show(&call.system, &call.actor, call.id("work center")?).await?;
    record(view.version, &view)
}

/// Changes a work center.
#[utoipa::path(
    tag = "work_centers",
    request_body = WorkCenterPatch,
    responses((status = 200, description = "The changed work center", body = WorkCenterView))
)]
#[patch("/work-centers/{id}")]
async fn change_work_center(sent: Sent<WorkCenterPatch>) -> Reply {
    let id = sent.id("work center")?;
    let view =
        work_center::change(&sent.system, &sent.actor, id, &sent.if_match, &sent.draft).await?;
    record(view.version, &view)
}

/// Deletes a work center that nothing refers to; what is in use is retired with `is_active`.
#[utoipa::path(tag = "work_centers", responses((status = 204, description = "Deleted")))]
#[delete("/work-centers/{id}")]
async fn delete_work_center(call: Call) -> Reply {
    work_center::delete(
        &call.system,
        &call.actor,
        call.id("work center")?,
        &call.if_match,
    )
    .await?;
    gone()
}
