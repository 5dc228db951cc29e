//! The signed-in user: who he is, his password, of what he is told, his sessions, his API tokens.

use actix_web::http::header;
use actix_web::{HttpResponse, delete, get, post, put};
use service::page::Page;
use service::subscription::{self, Choice, ChoiceView};
use service::token::{self, IssuedToken, NewToken, SessionView, TokenQuery, TokenView};
use service::user::{self, EmailChange, LocaleChange, Me, PasswordChange};

use crate::answer::{BASE, Reply, gone, shown};
use crate::extract::{Asked, Call, Sent};
use crate::routes::Routes;

pub(super) fn configure(routes: &mut Routes<'_, '_>) {
    routes.service(show_me).service(change_my_password);
    routes
        .service(change_my_email)
        .service(change_my_locale)
        .service(show_my_notifications)
        .service(choose_my_notifications);
    routes
        .service(list_my_sessions)
        .service(end_my_other_sessions)
        .service(end_my_session);
    routes
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

/// Changes where one gets mail.
#[utoipa::path(tag = "me", request_body = EmailChange, responses((status = 204, description = "Changed")))]
#[put("/me/email")]
async fn change_my_email(sent: Sent<EmailChange>) -> Reply {
    user::change_own_email(&sent.system, &sent.actor, &sent.draft).await?;
    gone()
}

/// Changes the language of one's pages and texts.
#[utoipa::path(tag = "me", request_body = LocaleChange, responses((status = 204, description = "Changed")))]
#[put("/me/locale")]
async fn change_my_locale(sent: Sent<LocaleChange>) -> Reply {
    user::change_own_locale(&sent.system, &sent.actor, &sent.draft).await?;
    gone()
}

/// Shows of what one is told by mail, and how.
#[utoipa::path(tag = "me", responses((status = 200, description = "What is chosen", body = ChoiceView)))]
#[get("/me/notifications")]
async fn show_my_notifications(call: Call) -> Reply {
    shown(&subscription::show(&call.system, &call.actor).await?)
}

/// Chooses of what to be told by mail, and how; it replaces what was chosen before.
#[utoipa::path(
    tag = "me",
    request_body = Choice,
    responses((status = 200, description = "What is chosen now", body = ChoiceView))
)]
#[put("/me/notifications")]
async fn choose_my_notifications(sent: Sent<Choice>) -> Reply {
    shown(&subscription::choose(&sent.system, &sent.actor, &sent.draft).await?)
}

/// Lists one's own sessions that have not ended, the newest first.
#[utoipa::path(
    tag = "me",
    params(TokenQuery),
    responses((status = 200, description = "A page of sessions", body = Page<SessionView>))
)]
#[get("/me/sessions")]
async fn list_my_sessions(asked: Asked<TokenQuery>) -> Reply {
    shown(&token::list_sessions(&asked.system, &asked.actor, &asked.draft).await?)
}

/// Ends all of one's own sessions but the one that the request comes with; API tokens stay.
#[utoipa::path(tag = "me", responses((status = 204, description = "Ended")))]
#[delete("/me/sessions")]
async fn end_my_other_sessions(call: Call) -> Reply {
    token::end_other_sessions(&call.system, &call.actor).await?;
    gone()
}

/// Ends one of one's own sessions: whoever sits there is signed out.
#[utoipa::path(tag = "me", responses((status = 204, description = "Ended")))]
#[delete("/me/sessions/{id}")]
async fn end_my_session(call: Call) -> Reply {
    token::end_session(&call.system, &call.actor, call.id("session")?).await?;
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
