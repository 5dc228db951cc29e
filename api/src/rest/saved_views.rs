//! Saved views of the list of defects.

use actix_web::{delete, get, patch, post, put};
use service::page::Page;
use service::saved_view::{self, NewView, SavedView, SavedViewQuery, ViewChoice, ViewPatch};

use crate::answer::{Reply, created, gone, record, shown};
use crate::extract::{Asked, Call, Sent};
use crate::routes::Routes;

/// What there is none of.
const WHAT: &str = "saved view";

pub(super) fn configure(routes: &mut Routes<'_, '_>) {
    routes
        .service(list_saved_views)
        .service(create_saved_view)
        .service(show_default_view)
        .service(show_saved_view)
        .service(change_saved_view)
        .service(delete_saved_view)
        .service(choose_saved_view);
}

/// Lists saved views: one's own, and those that are shared with everybody or with a role that one has.
///
/// Admin and quality_manager see all that are shared.
#[utoipa::path(
    tag = "saved_views",
    params(SavedViewQuery),
    responses((status = 200, description = "A page of saved views", body = Page<SavedView>))
)]
#[get("/saved-views")]
async fn list_saved_views(asked: Asked<SavedViewQuery>) -> Reply {
    shown(&saved_view::list(&asked.system, &asked.actor, &asked.draft).await?)
}

/// Keeps a filter of the list of defects under a name.
///
/// Relative dates and `me` stay as they are written, and mean the reader's when he reads.
#[utoipa::path(
    tag = "saved_views",
    request_body = NewView,
    responses((status = 201, description = "The new view", body = SavedView))
)]
#[post("/saved-views")]
async fn create_saved_view(sent: Sent<NewView>) -> Reply {
    let view =
        saved_view::create(&sent.system, &sent.actor, &sent.draft, sent.key.as_ref()).await?;
    created(&format!("saved-views/{}", view.id), view.version, &view)
}

/// Shows the view that one begins with.
#[utoipa::path(
    tag = "saved_views",
    responses((status = 200, description = "The view", body = SavedView))
)]
#[get("/saved-views/default")]
async fn show_default_view(call: Call) -> Reply {
    let view = saved_view::show_default(&call.system, &call.actor).await?;
    record(view.version, &view)
}

/// Shows a saved view.
#[utoipa::path(
    tag = "saved_views",
    responses((status = 200, description = "The view", body = SavedView))
)]
#[get("/saved-views/{id}")]
async fn show_saved_view(call: Call) -> Reply {
    let view = saved_view::show(&call.system, &call.actor, call.id(WHAT)?).await?;
    record(view.version, &view)
}

/// Changes a saved view: its owner all of it; admin and quality_manager take back what others share.
#[utoipa::path(
    tag = "saved_views",
    request_body = ViewPatch,
    responses((status = 200, description = "The changed view", body = SavedView))
)]
#[patch("/saved-views/{id}")]
async fn change_saved_view(sent: Sent<ViewPatch>) -> Reply {
    let id = sent.id(WHAT)?;
    let view =
        saved_view::change(&sent.system, &sent.actor, id, &sent.if_match, &sent.draft).await?;
    record(view.version, &view)
}

/// Deletes a saved view, with what anybody chose of it.
#[utoipa::path(tag = "saved_views", responses((status = 204, description = "Deleted")))]
#[delete("/saved-views/{id}")]
async fn delete_saved_view(call: Call) -> Reply {
    let id = call.id(WHAT)?;
    saved_view::delete(&call.system, &call.actor, id, &call.if_match).await?;
    gone()
}

/// Chooses whether to begin with a view, and whether to be told by mail what it holds; it replaces what was chosen.
///
/// One begins with one view at most. The mail comes in the morning, every day or on Mondays, unless the view holds nothing.
#[utoipa::path(
    tag = "saved_views",
    request_body = ViewChoice,
    responses((status = 200, description = "The view as one chose it", body = SavedView))
)]
#[put("/saved-views/{id}/choice")]
async fn choose_saved_view(sent: Sent<ViewChoice>) -> Reply {
    let id = sent.id(WHAT)?;
    let view = saved_view::choose(&sent.system, &sent.actor, id, &sent.draft).await?;
    record(view.version, &view)
}
