//! Signing in, as Swagger UI and every OAuth2 client does it (RFC 6749, password grant), and out.
//!
//! Refusals are problem documents that carry RFC 6749's `error` as well. A wrong password is 401 and not that
//! RFC's 400: nothing is wrong with the request.

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, HttpResponse, delete, post};
use futures_util::future::LocalBoxFuture;
use service::sign_in::{self, Session};
use service::value::{Secret, Text};
use service::{Draft, Error, FieldError};

use crate::answer::{Reply, gone};
use crate::extract::{Call, expect_media_type, no_key, pairs, read_body, stray};
use crate::limits;
use crate::problem::{Kind, Problem};
use crate::routes::Routes;
use crate::state::State;

pub(super) fn configure(routes: &mut Routes<'_, '_>) {
    routes.service(create_token).service(delete_token);
}

service::input! {
    /// A password grant.
    pub struct PasswordGrant {
        /// `password`.
        grant_type: required Text<40>,
        /// Who signs in.
        username: required Text<100>,
        /// His password.
        password: required Secret,
        /// Not used: a session may do what its user may do.
        scope: optional Secret,
        /// Not used: every client is equal.
        client_id: optional Secret,
        /// Not used.
        client_secret: optional Secret,
    }
}

const FORM: &[&str] = &["application/x-www-form-urlencoded"];

/// The form, read before any of it is judged, and what is wrong around it.
struct Form(Vec<(String, String)>, Vec<FieldError>);

impl FromRequest for Form {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let form = async {
                expect_media_type(&request, FORM)?;
                let body = read_body(&request, &mut payload).await?;
                let text = std::str::from_utf8(&body)
                    .map_err(|_| Problem::new(Kind::BadRequest, "the form is not valid UTF-8"))?;
                // A client leaves out what it has nothing for, or sends it empty.
                let filled = pairs(text)?
                    .into_iter()
                    .filter(|(name, value)| !value.is_empty() || name == "password");
                let around = [stray(&request)?, no_key(&request)].concat();
                Ok(Self(filled.collect(), around))
            };
            form.await
                .map_err(|problem: Problem| problem.oauth("invalid_request"))
        })
    }
}

/// Signs in with user name and password.
///
/// Takes no Idempotency-Key: a sign-in that is repeated begins another session, and a token is never kept.
#[utoipa::path(
    tag = "auth",
    security(()),
    request_body(content = PasswordGrant, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "The session", body = Session))
)]
#[post("/auth/token")]
async fn create_token(request: HttpRequest, state: Data<State>, form: Form) -> Reply {
    let other_grant = form
        .0
        .iter()
        .any(|(name, value)| name == "grant_type" && value != "password");
    if other_grant {
        let problem = Problem::new(Kind::BadRequest, "grant_type must be password");
        return Err(problem.oauth("unsupported_grant_type"));
    }
    let draft = Draft::<PasswordGrant>::pairs(&form.0).also(form.1);
    let grant = draft
        .check()
        .map_err(|error| Problem::from(error).oauth("invalid_request"))?;
    let session = begin(&state, &request, &grant.username.0, &grant.password.0).await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(session))
}

/// Begins a session, at whichever door; failures count against the address and the name.
pub async fn begin(
    state: &State,
    request: &HttpRequest,
    name: &str,
    password: &str,
) -> Result<Session, Problem> {
    let from = limits::place(state, request);
    state.limits.before_sign_in(from, name)?;
    let session = match sign_in::sign_in(&state.system, name, password).await {
        Err(refused @ Error::SignInRefused) => {
            state.limits.after_refused_sign_in(from, name)?;
            Err(refused)
        }
        other => other,
    }?;
    Ok(session)
}

/// Signs out: the token is worth nothing from here on.
#[utoipa::path(tag = "auth", responses((status = 204, description = "Signed out")))]
#[delete("/auth/token")]
async fn delete_token(call: Call) -> Reply {
    sign_in::sign_out(&call.system, &call.actor).await?;
    gone()
}
