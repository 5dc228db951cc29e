//! Users: managed by administrators; everybody sees their names.

use actix_web::web::{resource, to};
use actix_web::{delete, get, patch, post};
use service::page::Page;
use service::reference::PersonRef;
use service::user::{self, NamesQuery, NewUser, UserPatch, UserQuery, UserView};

use crate::answer::{Reply, created, gone, record, shown};
use crate::app::nothing_here;
use crate::extract::{Asked, Call, Sent};
use crate::routes::Routes;

pub(super) fn configure(routes: &mut Routes<'_, '_>) {
    // The names before the ids, which would take `names` for one.
    routes
        .service(list_user_names)
        .untold(resource("/users/names").default_service(to(nothing_here)));
    routes
        .service(list_users)
        .service(create_user)
        .service(show_user)
        .service(change_user)
        .service(delete_user);
}

/// Lists people by id and display name; for everybody.
#[utoipa::path(
    tag = "users",
    params(NamesQuery),
    responses((status = 200, description = "A page of people", body = Page<PersonRef>))
)]
#[get("/users/names")]
async fn list_user_names(asked: Asked<NamesQuery>) -> Reply {
    shown(&user::names(&asked.system, &asked.actor, &asked.draft).await?)
}

/// Lists users.
#[utoipa::path(
    tag = "users",
    params(UserQuery),
    responses((status = 200, description = "A page of users", body = Page<UserView>))
)]
#[get("/users")]
async fn list_users(asked: Asked<UserQuery>) -> Reply {
    shown(&user::list(&asked.system, &asked.actor, &asked.draft).await?)
}

/// Adds a user.
#[utoipa::path(
    tag = "users",
    request_body = NewUser,
    responses((status = 201, description = "The new user", body = UserView))
)]
#[post("/users")]
async fn create_user(sent: Sent<NewUser>) -> Reply {
    let view = user::create(&sent.system, &sent.actor, &sent.draft, sent.key.as_ref()).await?;
    created(&format!("users/{}", view.id), view.version, &view)
}

/// Shows a user.
#[utoipa::path(tag = "users", responses((status = 200, description = "The user", body = UserView)))]
#[get("/users/{id}")]
async fn show_user(call: Call) -> Reply {
    let view = user::show(&call.system, &call.actor, call.id("user")?).await?;
    record(view.version, &view)
}

/// Changes a user; what is taken from him is gone at once, his sessions included.
#[utoipa::path(
    tag = "users",
    request_body = UserPatch,
    responses((status = 200, description = "The changed user", body = UserView))
)]
#[patch("/users/{id}")]
async fn change_user(sent: Sent<UserPatch>) -> Reply {
    let id = sent.id("user")?;
    let view = user::change(&sent.system, &sent.actor, id, &sent.if_match, &sent.draft).await?;
    record(view.version, &view)
}

/// Deletes a user who was never used; others are disabled with `is_active`.
#[utoipa::path(tag = "users", responses((status = 204, description = "Deleted")))]
#[delete("/users/{id}")]
async fn delete_user(call: Call) -> Reply {
    user::delete(&call.system, &call.actor, call.id("user")?, &call.if_match).await?;
    gone()
}
