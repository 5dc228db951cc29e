//! The signed-in user: who he is, his password, his API tokens.

use actix_web::http::header;
use actix_web::{HttpResponse, delete, get, post, put};
use service::page::Page;
use service::token::{self, IssuedToken, NewToken, TokenQuery, TokenView};
use service::user::{self, Me, PasswordChange};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::answer::{BASE, Reply, gone, shown};
use crate::extract::{Asked, Call, Sent};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(show_me).service(change_my_password);
    config
        .service(list_my_tokens)
        .service(create_my_token)
        .service(delete_my_token);
}

/// Shows who is signed in, and what he is in the plant.
#[utoipa::path(tag = "me", responses((status = 200, description = "The caller", body = Me)))]
#[get("/me")]
async fn show_me(call: Call) -> Reply {
    shown(&user::me(&call.system, &call.actor).await?)
}

/// Changes one's own password.
#[utoipa::path(tag = "me", request_body = PasswordChange, responses((status = 204, description = "Changed")))]
#[put("/me/password")]
async fn change_my_password(sent: Sent<PasswordChange>) -> Reply {
    user::change_own_password(&sent.system, &sent.actor, &sent.draft).await?;
    gone()
}

/// Lists one's own API tokens.
#[utoipa::path(
    tag = "me",
    params(TokenQuery),
    responses((status = 200, description = "A page of API tokens", body = Page<TokenView>))
)]
#[get("/me/tokens")]
async fn list_my_tokens(asked: Asked<TokenQuery>) -> Reply {
    shown(&token::list_own(&asked.system, &asked.actor, &asked.draft).await?)
}

/// Makes an API token, whose text is shown this once.
#[utoipa::path(
    tag = "me",
    request_body = NewToken,
    responses((status = 201, description = "The new API token", body = IssuedToken))
)]
#[post("/me/tokens")]
async fn create_my_token(sent: Sent<NewToken>) -> Reply {
    let issued =
        token::create_own(&sent.system, &sent.actor, &sent.draft, sent.key.as_ref()).await?;
    Ok(HttpResponse::Created()
        .insert_header((
            header::LOCATION,
            format!("{BASE}/me/tokens/{}", issued.view.id),
        ))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(issued))
}

/// Revokes one of one's own API tokens.
#[utoipa::path(tag = "me", responses((status = 204, description = "Revoked")))]
#[delete("/me/tokens/{id}")]
async fn delete_my_token(call: Call) -> Reply {
    token::revoke_own(&call.system, &call.actor, call.id("token")?).await?;
    gone()
}
