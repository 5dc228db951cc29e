//! Headers that every answer has, and the problem document that stands for every foreign error.
//!
//! The API answers differently to different people, so nobody but the asking client may keep its answers.
//! Only Swagger UI needs scripts and styles, all from this server.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse};

use crate::problem::{MEDIA_TYPE, Problem};

/// Nothing may be loaded, framed or sent from an answer that is no page.
const STRICT: &str =
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// Swagger UI sets styles on its elements; its scripts, fonts and requests stay on this server.
const DOCS: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                    font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

/// Adds the headers.
pub async fn secure<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let is_docs = request.path().starts_with("/docs/");
    let is_page = is_docs || request.path() == "/docs";
    let mut response = next.call(request).await?;
    let may_keep = is_page && response.status().is_success();
    let headers = response.headers_mut();
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
    Ok(response)
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
    let is_ours = content_type.is_some_and(|value| value.starts_with(MEDIA_TYPE));
    if is_ours || !(status.is_client_error() || status.is_server_error()) {
        return Ok(response.map_into_boxed_body());
    }
    let (request, foreign) = response.into_parts();
    let mut answer = HttpResponse::from_error(Problem::of_status(status));
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
