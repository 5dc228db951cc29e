//! The supplier's side of a corrective action request: the link that quality gives him, and what he sees and writes
//! with it, without an account. Texts that open nothing count like failures to sign in.

use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post};
use service::corrective::supplier::link::{self, GivenLink, NewSupplierLink, SupplierLinkView};
use service::corrective::supplier::{self, SupplierAnswer, SupplierView};
use service::version::IfMatch;
use service::{Draft, Error, Result};

use super::corrective_actions::WHAT;
use crate::answer::{BASE, Reply, etag, gone_from, record, shown};
use crate::extract::{Call, Open, Sent, if_match, stray};
use crate::limits;
use crate::problem::Problem;
use crate::routes::Routes;
use crate::state::State;

pub(super) fn configure(routes: &mut Routes<'_, '_>) {
    routes
        .service(give_supplier_link)
        .service(show_supplier_link)
        .service(revoke_supplier_link);
    routes.service(show_to_supplier).service(answer_by_supplier);
}

/// Gives the supplier of a corrective action request a link to answer it, whose text is shown this once; the one before
/// opens nothing any more.
#[utoipa::path(
    tag = "supplier",
    request_body = NewSupplierLink,
    responses((status = 201, description = "The new link", body = GivenLink))
)]
#[post("/corrective-actions/{id}/supplier-link")]
async fn give_supplier_link(sent: Sent<NewSupplierLink>) -> Reply {
    let (system, actor, id) = (&sent.system, &sent.actor, sent.id(WHAT)?);
    let key = sent.key.as_ref();
    let (given, version) = link::give(system, actor, id, &sent.if_match, &sent.draft, key).await?;
    let place = format!("{BASE}/corrective-actions/{id}/supplier-link");
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, place))
        .insert_header(etag(version))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(given))
}

/// Shows whether the supplier of a corrective action request has a link that is valid, and until when.
#[utoipa::path(
    tag = "supplier",
    responses((status = 200, description = "The link, without its text", body = SupplierLinkView))
)]
#[get("/corrective-actions/{id}/supplier-link")]
async fn show_supplier_link(call: Call) -> Reply {
    shown(&link::show(&call.system, &call.actor, call.id(WHAT)?).await?)
}

/// Takes a supplier's link back: it opens nothing from now on.
#[utoipa::path(tag = "supplier", responses((status = 204, description = "Taken back")))]
#[delete("/corrective-actions/{id}/supplier-link")]
async fn revoke_supplier_link(call: Call) -> Reply {
    let id = call.id(WHAT)?;
    gone_from(link::revoke(&call.system, &call.actor, id, &call.if_match).await?)
}

/// Shows a supplier what he needs of a corrective action request, by his link alone.
#[utoipa::path(
    tag = "supplier",
    security(()),
    responses((status = 200, description = "The request as its supplier sees it", body = SupplierView))
)]
#[get("/supplier/{token}")]
async fn show_to_supplier(request: HttpRequest, state: Data<State>) -> Reply {
    let stray = stray(&request)?;
    if !stray.is_empty() {
        return Err(Error::Invalid(stray).into());
    }
    let view = seen(&state, &request).await?;
    record(view.version, &view)
}

/// Takes a supplier's answers: his texts for D3 to D7, and the root causes that he found. What is not sent stays as it
/// is.
#[utoipa::path(
    tag = "supplier",
    security(()),
    request_body = SupplierAnswer,
    responses((status = 200, description = "The request as its supplier sees it", body = SupplierView))
)]
#[patch("/supplier/{token}")]
async fn answer_by_supplier(
    request: HttpRequest,
    state: Data<State>,
    open: Open<SupplierAnswer>,
) -> Reply {
    let tags = if_match(request.headers())?;
    let view = answered(&state, &request, &tags, &open.draft).await?;
    record(view.version, &view)
}

/// What a link shows, at the address of the API or of the page (`{token}`). A text that opens nothing is counted.
pub async fn seen(
    state: &State,
    request: &HttpRequest,
) -> std::result::Result<SupplierView, Problem> {
    state.limits.before_link(limits::place(state, request))?;
    let shown = supplier::show(&state.system, token(request)).await;
    counted(state, request, shown)
}

/// Takes what comes with a link, at either address. A text that opens nothing is counted.
pub async fn answered(
    state: &State,
    request: &HttpRequest,
    if_match: &IfMatch,
    draft: &Draft<SupplierAnswer>,
) -> std::result::Result<SupplierView, Problem> {
    state.limits.before_link(limits::place(state, request))?;
    let done = supplier::answer(&state.system, token(request), if_match, draft).await;
    counted(state, request, done)
}

fn token(request: &HttpRequest) -> &str {
    request.match_info().get("token").unwrap_or_default()
}

/// Counts a text that opens nothing.
fn counted<T>(
    state: &State,
    request: &HttpRequest,
    done: Result<T>,
) -> std::result::Result<T, Problem> {
    if let Err(Error::NotFound(_)) = done {
        state
            .limits
            .after_refused_link(limits::place(state, request))?;
    }
    Ok(done?)
}
