//! The Idempotency-Key, which makes a POST safe to repeat.

use actix_web::HttpRequest;
use actix_web::http::Method;
use actix_web::http::header::HeaderName;
use service::idempotency::Idempotency;
use service::input::Input;
use service::{Draft, Error, FieldError};

/// The header.
pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The key of a POST, together with all that tells this request from another.
pub(super) fn idempotency(
    request: &HttpRequest,
    body: &[u8],
) -> Result<Option<Idempotency>, Error> {
    if request.method() != Method::POST {
        return Ok(None);
    }
    let mut sent = request.headers().get_all(IDEMPOTENCY_KEY);
    let Some(first) = sent.next() else {
        return Ok(None);
    };
    // Two keys are as bad as one that is no text.
    let key = if sent.next().is_none() {
        first.to_str().unwrap_or_default()
    } else {
        ""
    };
    let mut parts = vec![
        request.method().as_str().as_bytes(),
        request.path().as_bytes(),
        body,
    ];
    // Where a file is imported, the query says how.
    if !request.query_string().is_empty() {
        parts.push(request.query_string().as_bytes());
    }
    Idempotency::new(key, &parts).map(Some)
}

/// The key beside a draft, in which it is told what is wrong with it.
pub(super) fn keyed<T: Input>(
    request: &HttpRequest,
    body: &[u8],
    draft: Draft<T>,
) -> Result<(Option<Idempotency>, Draft<T>), Error> {
    match idempotency(request, body) {
        Err(Error::Invalid(wrong)) => Ok((None, draft.also(wrong))),
        key => Ok((key?, draft)),
    }
}

/// Refuses an Idempotency-Key where it is not honoured: keys belong to users, and here nobody is signed in. What it
/// asks for would not be given, so whoever relies on it is told.
pub fn no_key(request: &HttpRequest) -> Vec<FieldError> {
    if !request.headers().contains_key(IDEMPOTENCY_KEY) {
        return Vec::new();
    }
    let message = "is not taken here; this request can be repeated without";
    vec![FieldError::new("Idempotency-Key", "unknown", message)]
}
