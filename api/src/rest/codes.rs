//! The lists of codes that an administrator extends.

use actix_web::{delete, get, patch, post};
use service::code::{self, CodePatch, CodeQuery, CodeView, NewCode};
use service::page::Page;

use crate::answer::{Reply, created, gone, record, shown};
use crate::extract::{Asked, Call, Sent};
use crate::routes::Routes;

pub(super) fn configure(routes: &mut Routes<'_, '_>) {
    routes
        .service(list_codes)
        .service(create_code)
        .service(show_code)
        .service(change_code)
        .service(delete_code);
}

/// Lists the codes of a list.
#[utoipa::path(
    tag = "codes",
    params(CodeQuery),
    responses((status = 200, description = "A page of codes", body = Page<CodeView>))
)]
#[get("/codes/{list}")]
async fn list_codes(asked: Asked<CodeQuery>) -> Reply {
    shown(
        &code::list(
            &asked.system,
            &asked.actor,
            asked.part("list"),
            &asked.draft,
        )
        .await?,
    )
}

/// Adds a code to a list.
#[utoipa::path(
    tag = "codes",
    request_body = NewCode,
    responses((status = 201, description = "The new code", body = CodeView))
)]
#[post("/codes/{list}")]
async fn create_code(sent: Sent<NewCode>) -> Reply {
    let list = sent.part("list");
    let view = code::create(
        &sent.system,
        &sent.actor,
        list,
        &sent.draft,
        sent.key.as_ref(),
    )
    .await?;
    created(&format!("codes/{list}/{}", view.id), view.version, &view)
}

/// Shows a code.
#[utoipa::path(
    tag = "codes",
    responses((status = 200, description = "The code", body = CodeView))
)]
#[get("/codes/{list}/{id}")]
async fn show_code(call: Call) -> Reply {
    let view = code::show(
        &call.system,
        &call.actor,
        call.part("list"),
        call.id("code")?,
    )
    .await?;
    record(view.version, &view)
}

/// Changes a code.
#[utoipa::path(
    tag = "codes",
    request_body = CodePatch,
    responses((status = 200, description = "The changed code", body = CodeView))
)]
#[patch("/codes/{list}/{id}")]
async fn change_code(sent: Sent<CodePatch>) -> Reply {
    let (list, id) = (sent.part("list"), sent.id("code")?);
    let view = code::change(
        &sent.system,
        &sent.actor,
        list,
        id,
        &sent.if_match,
        &sent.draft,
    )
    .await?;
    record(view.version, &view)
}

/// Deletes a code that nothing refers to; what is in use is retired with `is_active`.
#[utoipa::path(tag = "codes", responses((status = 204, description = "Deleted")))]
#[delete("/codes/{list}/{id}")]
async fn delete_code(call: Call) -> Reply {
    code::delete(
        &call.system,
        &call.actor,
        call.part("list"),
        call.id("code")?,
        &call.if_match,
    )
    .await?;
    gone()
}
