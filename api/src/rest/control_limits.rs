//! Frozen limits of control charts.

use actix_web::{get, post};
use service::control_limit::{
    self, ControlLimitQuery, ControlLimitView, NewControlLimit, Retirement,
};
use service::page::Page;

use crate::answer::{Reply, created, record, shown};
use crate::extract::{Asked, Call, Keyed, Sent};
use crate::routes::Routes;

pub(super) fn configure(routes: &mut Routes<'_, '_>) {
    routes
        .service(list_control_limits)
        .service(create_control_limits)
        .service(show_control_limits)
        .service(approve_control_limits)
        .service(retire_control_limits);
}

/// Lists frozen limits, the latest first.
#[utoipa::path(
    tag = "control_limits",
    params(ControlLimitQuery),
    responses((status = 200, description = "A page of frozen limits", body = Page<ControlLimitView>))
)]
#[get("/control-limits")]
async fn list_control_limits(asked: Asked<ControlLimitQuery>) -> Reply {
    shown(&control_limit::list(&asked.system, &asked.actor, &asked.draft).await?)
}

/// Computes limits from the points of a period, and freezes them as a draft.
#[utoipa::path(
    tag = "control_limits",
    request_body = NewControlLimit,
    responses((status = 201, description = "The new limits", body = ControlLimitView))
)]
#[post("/control-limits")]
async fn create_control_limits(sent: Sent<NewControlLimit>) -> Reply {
    let key = sent.key.as_ref();
    let view = control_limit::create(&sent.system, &sent.actor, &sent.draft, key).await?;
    created(&format!("control-limits/{}", view.id), view.version, &view)
}

/// Shows frozen limits.
#[utoipa::path(
    tag = "control_limits",
    responses((status = 200, description = "The limits", body = ControlLimitView))
)]
#[get("/control-limits/{id}")]
async fn show_control_limits(call: Call) -> Reply {
    let id = call.id("control limits")?;
    let view = control_limit::show(&call.system, &call.actor, id).await?;
    record(view.version, &view)
}

/// Approves a draft: by somebody else than who made it, unless he is a quality manager.
#[utoipa::path(
    tag = "control_limits",
    responses((status = 200, description = "The limits, approved", body = ControlLimitView))
)]
#[post("/control-limits/{id}/approval")]
async fn approve_control_limits(keyed: Keyed) -> Reply {
    let (id, key) = (keyed.id("control limits")?, keyed.key.as_ref());
    let (system, actor) = (&keyed.system, &keyed.actor);
    let view = control_limit::approve(system, actor, id, &keyed.if_match, key).await?;
    record(view.version, &view)
}

/// Retires limits: they stay, and are held against nothing any more.
#[utoipa::path(
    tag = "control_limits",
    request_body = Retirement,
    responses((status = 200, description = "The limits, retired", body = ControlLimitView))
)]
#[post("/control-limits/{id}/retirement")]
async fn retire_control_limits(sent: Sent<Retirement>) -> Reply {
    let (id, key) = (sent.id("control limits")?, sent.key.as_ref());
    let (system, actor) = (&sent.system, &sent.actor);
    let view = control_limit::retire(system, actor, id, &sent.if_match, &sent.draft, key).await?;
    record(view.version, &view)
}
