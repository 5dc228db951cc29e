//! Headers that every answer has, and the problem document that stands for every foreign error.
//!
//! The API answers differently to different people, so nobody but the asking client may keep its answers.
//! The pages bring policies of their own (`web::page`); beside them only Swagger UI needs scripts and styles, all from
//! this server.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpRequest, HttpResponse};

use crate::access::REQUEST_ID;
use crate::limits;
use crate::problem::{Kind, MEDIA_TYPE, Problem};
use crate::state::State;
use crate::web::Reader;

/// What a page of an allowed origin may read of an answer's headers.
pub const EXPOSED: [HeaderName; 6] = [
    header::ETAG,
    header::LOCATION,
    header::RETRY_AFTER,
    limits::RATE_LIMIT,
    limits::RATE_LIMIT_POLICY,
    REQUEST_ID,
];

/// Nothing may be loaded, framed or sent from an answer that is no page.
const STRICT: &str =
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// Swagger UI sets styles on its elements; its scripts, fonts and requests stay on this server.
const DOCS: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                    font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

/// For a year, browsers come back over HTTPS only (RFC 6797); told where this server itself speaks HTTPS.
const ONLY_ENCRYPTED: &str = "max-age=31536000";

/// Adds the headers.
pub async fn secure<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let is_docs = request.path().starts_with("/docs/");
    let is_page = is_docs || request.path() == "/docs";
    let is_encrypted = request.app_config().secure();
    let mut response = next.call(request).await?;
    let may_keep = is_page && response.status().is_success();
    add(response.headers_mut(), is_docs, may_keep);
    if is_encrypted {
        let only_encrypted = HeaderValue::from_static(ONLY_ENCRYPTED);
        let headers = response.headers_mut();
        headers.insert(header::STRICT_TRANSPORT_SECURITY, only_encrypted);
    }
    Ok(response)
}

/// The origin that a request comes from, if its pages may read the answer.
pub fn allowed_origin(request: &ServiceRequest) -> Option<HeaderValue> {
    let state = request.app_data::<Data<State>>()?;
    let origin = request.headers().get(header::ORIGIN)?;
    let sent = origin.to_str().ok()?;
    let is_allowed = state.cors_origins.iter().any(|allowed| allowed == sent);
    is_allowed.then(|| origin.clone())
}

/// Completes an answer that was made after the request was gone (it took too long, its handler panicked) and so
/// passed nothing on its way out; as a page for whoever reads pages.
pub(crate) fn complete(
    error: Error,
    id: &str,
    origin: Option<HeaderValue>,
    reader: Option<Reader>,
) -> Error {
    let mut answer = error.error_response();
    if let Some(reader) = reader {
        answer = reader.page(&error, answer);
    }
    let headers = answer.headers_mut();
    add(headers, false, false);
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, id);
    }
    if let Some(origin) = origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.append(header::VARY, HeaderValue::from_static("origin"));
        let exposed = EXPOSED.map(|name| name.to_string()).join(", ");
        if let Ok(exposed) = HeaderValue::from_str(&exposed) {
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
        }
    }
    InternalError::from_response(error, answer).into()
}

fn add(headers: &mut HeaderMap, is_docs: bool, may_keep: bool) {
    let mut set = |name: HeaderName, value: &'static str| {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    };
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "no-referrer");
    set(header::X_FRAME_OPTIONS, "DENY");
    set(
        header::CONTENT_SECURITY_POLICY,
        if is_docs { DOCS } else { STRICT },
    );
    set(
        header::CACHE_CONTROL,
        if may_keep {
            "public, max-age=3600"
        } else {
            "private, no-cache"
        },
    );
    if !may_keep {
        // The same address reads otherwise for another role; a cache keeps one copy a caller.
        headers.append(header::VARY, HeaderValue::from_static("authorization"));
    }
}

/// Puts a problem document in the place of an error that something else than our own code has answered
/// (the framework, a library), keeping its status and headers.
pub async fn dress<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse, Error> {
    let response = next.call(request).await?;
    let status = response.status();
    let content_type = response
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let is_ours = content_type
        .is_some_and(|value| value.starts_with(MEDIA_TYPE) || value.starts_with("text/html"));
    if is_ours || !(status.is_client_error() || status.is_server_error()) {
        return Ok(response.map_into_boxed_body());
    }
    let (request, foreign) = response.into_parts();
    let mut answer = HttpResponse::from_error(stand_in(&request, status));
    *answer.status_mut() = status;
    for (name, value) in foreign.headers() {
        if ![
            header::CONTENT_TYPE,
            header::CONTENT_LENGTH,
            header::CONTENT_ENCODING,
        ]
        .contains(name)
        {
            answer.headers_mut().append(name.clone(), value.clone());
        }
    }
    Ok(ServiceResponse::new(request, answer))
}

/// The problem that stands for a foreign error.
fn stand_in(request: &HttpRequest, status: StatusCode) -> Problem {
    let asks_first =
        request.method() == Method::OPTIONS && request.headers().contains_key(header::ORIGIN);
    if asks_first && status == StatusCode::BAD_REQUEST {
        let detail = "pages of this origin may not send this request; DMT_CORS_ORIGINS lists the origins that may call \
                      the API, with the methods and headers that /openapi.json tells of";
        return Problem::new(Kind::BadRequest, detail);
    }
    Problem::of_status(status)
}
