//! Defects: report, list, show, change, and what the caller may do with one.

use actix_web::{get, patch, post};
use service::defects::translations::{self, ShowQuery};
use service::defects::{
    self, DefectItem, DefectPatch, DefectQuery, DefectView, NewDefect, PermissionsView,
};
use service::page::Page;

use crate::answer::{Reply, created, record, shown, unchanged};
use crate::extract::{Asked, Call, Sent};
use crate::routes::Routes;

pub(super) fn configure(routes: &mut Routes<'_, '_>) {
    routes
        .service(list_defects)
        .service(report_defect)
        .service(show_defect)
        .service(change_defect);
    routes.service(show_defect_permissions);
}

/// Lists defects, without their long texts and totals.
///
/// A filter by an id or code that there is not finds nothing; it is no error.
#[utoipa::path(
    tag = "defects",
    params(DefectQuery),
    responses((status = 200, description = "A page of defects", body = Page<DefectItem>))
)]
#[get("/defects")]
async fn list_defects(asked: Asked<DefectQuery>) -> Reply {
    shown(&defects::list(&asked.system, &asked.actor, &asked.draft).await?)
}

/// Reports a defect: raises its tag.
#[utoipa::path(
    tag = "defects",
    request_body = NewDefect,
    responses((status = 201, description = "The new defect", body = DefectView))
)]
#[post("/defects")]
async fn report_defect(sent: Sent<NewDefect>) -> Reply {
    let view = defects::report(&sent.system, &sent.actor, &sent.draft, sent.key.as_ref()).await?;
    created(
        &format!("defects/{}", view.item.id),
        view.item.version,
        &view,
    )
}

/// Shows a defect, as far as the caller may see it; with `lang`, its texts in that language as far as they are
/// translated.
#[utoipa::path(
    tag = "defects",
    params(ShowQuery),
    responses((status = 200, description = "The defect", body = DefectView))
)]
#[get("/defects/{id}")]
async fn show_defect(asked: Asked<ShowQuery>) -> Reply {
    let id = asked.id("defect")?;
    let view = translations::show(&asked.system, &asked.actor, id, &asked.draft).await?;
    // Labor, cost and translations show in the record without moving its version. What was sent is read in any case.
    if asked.has_version(view.item.version)? && view.settled {
        return unchanged(view.item.version);
    }
    record(view.item.version, &view)
}

/// Changes a defect: what is not sent stays as it is, null clears.
#[utoipa::path(
    tag = "defects",
    request_body = DefectPatch,
    responses((status = 200, description = "The changed defect", body = DefectView))
)]
#[patch("/defects/{id}")]
async fn change_defect(sent: Sent<DefectPatch>) -> Reply {
    let id = sent.id("defect")?;
    let view = defects::change(&sent.system, &sent.actor, id, &sent.if_match, &sent.draft).await?;
    record(view.item.version, &view)
}

/// Shows what the caller may do with a defect now: each field, and each action with what is still unmet.
#[utoipa::path(
    tag = "defects",
    responses((status = 200, description = "The caller's permissions", body = PermissionsView))
)]
#[get("/defects/{id}/permissions")]
async fn show_defect_permissions(call: Call) -> Reply {
    shown(&defects::permissions(&call.system, &call.actor, call.id("defect")?).await?)
}
