//! Bodies: declared as what they are, read up to a limit, parsed.

use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::http::{Method, header};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use serde_json::error::Category;
use service::Draft;
use service::input::Input;

use super::json::Strict;
use super::state;
use crate::problem::{Kind, Problem};

pub(super) async fn read_json<T: Input>(
    request: &HttpRequest,
    payload: &mut Payload,
) -> Result<(Draft<T>, Bytes), Problem> {
    let is_patch = request.method() == Method::PATCH;
    expect_media_type(request, if is_patch { PATCHES } else { JSON })?;
    let body = read_body(request, payload).await?;
    let draft = Draft::json(&parse_json(&body)?);
    Ok((draft, body))
}

/// What a body of JSON is declared as.
const JSON: &[&str] = &["application/json"];

/// What a patch is declared as.
const PATCHES: &[&str] = &["application/json", "application/merge-patch+json"];

/// Refuses a body that is declared as something else; one that declares nothing is read when it is empty.
pub fn expect_media_type(request: &HttpRequest, allowed: &[&str]) -> Result<(), Problem> {
    let declared = request.headers().get(header::CONTENT_TYPE);
    let is_empty = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .is_none_or(|length| length == "0")
        && !request.headers().contains_key(header::TRANSFER_ENCODING);
    if declared.is_none() && is_empty {
        return Ok(());
    }
    let essence = declared.and_then(|value| value.to_str().ok()).map(|value| {
        value
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase()
    });
    if essence.is_some_and(|essence| allowed.contains(&essence.as_str())) {
        return Ok(());
    }
    Err(Problem::new(
        Kind::MediaType,
        format!("send the body as {}", allowed.join(" or ")),
    ))
}

/// Refuses a compressed body: a few bytes could become more than the limit.
pub(super) fn expect_plain(request: &HttpRequest) -> Result<(), Problem> {
    let mut encodings = request.headers().get_all(header::CONTENT_ENCODING);
    if encodings.all(|encoding| encoding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Ok(());
    }
    let detail = "send the body as it is, without Content-Encoding: compressed bodies are not read";
    Err(Problem::new(Kind::MediaType, detail))
}

/// How long a body may take at most; of an archive, each piece of it.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// Reads a body up to the limit.
pub async fn read_body(request: &HttpRequest, payload: &mut Payload) -> Result<Bytes, Problem> {
    let limit = state(request)?.max_body as u64;
    read_at_most(request, payload, limit).await
}

/// The same, of a body that may have so many bytes.
///
/// # Errors
/// As [`read_body`].
pub async fn read_at_most(
    request: &HttpRequest,
    payload: &mut Payload,
    limit: u64,
) -> Result<Bytes, Problem> {
    let state = state(request)?;
    expect_plain(request)?;
    // Something is left for what the body asks for.
    let patience = PATIENCE.min(state.timeout * 2 / 3);
    refuse_declared(request, limit)?;
    let mut body = BytesMut::new();
    let all = async {
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|_| broken())?;
            if (body.len() + chunk.len()) as u64 > limit {
                return Err(too_large(limit));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    };
    tokio::time::timeout(patience, all)
        .await
        .unwrap_or_else(|_| Err(too_slow(patience)))
}

/// Refuses a body that says itself that it has more than `limit` bytes.
pub(super) fn refuse_declared(request: &HttpRequest, limit: u64) -> Result<(), Problem> {
    let declared = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok());
    match declared.and_then(|length| length.parse::<u64>().ok()) {
        Some(length) if length > limit => Err(too_large(limit)),
        _ => Ok(()),
    }
}

pub(super) fn too_large(limit: u64) -> Problem {
    let detail = format!("the body may have at most {} KiB", limit / 1024);
    Problem::new(Kind::TooLarge, detail)
}

pub(super) fn broken() -> Problem {
    Problem::new(
        Kind::BadRequest,
        "the body broke off or is not encoded as declared",
    )
}

pub(super) fn too_slow(patience: Duration) -> Problem {
    let seconds = patience.as_secs_f64();
    let detail = format!("the body did not arrive within {seconds:.1} s");
    Problem::new(Kind::Timeout, detail)
}

fn parse_json(body: &[u8]) -> Result<serde_json::Value, Problem> {
    let bad = |detail: String| Problem::new(Kind::BadRequest, detail);
    if body.is_empty() {
        return Err(bad(
            "the request needs a body of JSON, and has none".to_owned()
        ));
    }
    if std::str::from_utf8(body).is_err() {
        return Err(bad("the body is not valid UTF-8".to_owned()));
    }
    let read = serde_json::from_slice(body).map_err(|error| match error.classify() {
        // What the grammar allows and we do not.
        Category::Data => bad(format!("the body cannot be read: {error}")),
        _ => {
            let (line, column) = (error.line(), error.column());
            bad(format!(
                "the body is not valid JSON, or too deep, at line {line}, column {column}"
            ))
        }
    });
    read.map(|Strict(value)| value)
}

#[cfg(test)]
mod tests {
    use super::parse_json;

    #[test]
    fn json_that_cannot_be_read_is_refused() {
        let deep = "[".repeat(10_000);
        for bad in [
            b"".as_slice(),
            b"{",
            b"\xff",
            b"{} x",
            b"1e400",
            b"{\"a\": 1, \"a\": 2}",
            deep.as_bytes(),
        ] {
            assert!(parse_json(bad).is_err());
        }
        assert!(parse_json(b"{\"a\":1}").is_ok());
    }
}
