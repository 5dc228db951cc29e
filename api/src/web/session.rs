//! Who is at the browser: the session's cookie, and the proof that a form is one of ours.
//!
//! The cookie holds the same token as the API's `Authorization`, out of reach of scripts, and is not taken by the API:
//! another site's page can make a browser send it, so each form carries a digest of it besides, which that page cannot
//! know. Before sign-in a random cookie of its own stands in for the session's.

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use rand::TryRng as _;
use rand::rngs::SysRng;
use service::Error;
use sha2::{Digest, Sha256};

use crate::problem::{Kind, Problem};

/// The session's token.
const SESSION: &str = "dmt_session";
/// What forms before sign-in are bound to.
const GUEST: &str = "dmt_form";
/// Where a form carries its proof.
pub(super) const PROOF: &str = "_proof";
/// Where a script carries it that sends something else than a form's fields.
const PROOF_HEADER: HeaderName = HeaderName::from_static("x-proof");

/// The session's token, as the browser sent it.
pub(crate) fn token(request: &HttpRequest) -> Option<String> {
    cookie(request, SESSION)
}

/// What a guest's forms are bound to, as the browser sent it.
pub(super) fn guest(request: &HttpRequest) -> Option<String> {
    cookie(request, GUEST).filter(|sent| sent.len() == 32)
}

/// The proof that forms of a session, or of a guest, carry.
pub(super) fn proof(secret: &str) -> String {
    let mut digest = Sha256::new();
    digest.update(b"a form of dmt ");
    digest.update(secret.as_bytes());
    hex(&digest.finalize()[..16])
}

/// The proof that a script sent beside a file.
pub(super) fn header_proof(request: &HttpRequest) -> Option<&str> {
    request.headers().get(PROOF_HEADER)?.to_str().ok()
}

/// Random text: what a guest's forms are bound to, or a form's Idempotency-Key.
pub(super) fn random() -> Result<String, Error> {
    let mut bytes = [0; 16];
    SysRng.try_fill_bytes(&mut bytes).map_err(Error::internal)?;
    Ok(hex(&bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Refuses a form that another site's page sent, or one that was made for another session.
pub(super) fn check(
    request: &HttpRequest,
    secret: Option<&str>,
    sent: Option<&str>,
) -> Result<(), Problem> {
    let proof = secret.map(proof);
    // Of equal length and kind, and worth nothing without the cookie: comparing it takes no care.
    if is_from_here(request) && proof.is_some() && proof.as_deref() == sent {
        return Ok(());
    }
    Err(Problem::new(
        Kind::Forbidden,
        "this form was made for another session; open the page again and send it from there",
    ))
}

/// Whether a page of this server sent it, as far as the browser says.
pub(super) fn is_from_here(request: &HttpRequest) -> bool {
    said_to_be_from_here(request).unwrap_or(true)
}

/// The same only where the browser does say it, as all do that are in use: where the proof does not, this has to.
pub(super) fn is_surely_from_here(request: &HttpRequest) -> bool {
    said_to_be_from_here(request) == Some(true)
}

/// What the browser says of where it comes from. Over HTTPS and on `localhost` it says so in one word, which no page can
/// make it say; elsewhere it names the origin.
fn said_to_be_from_here(request: &HttpRequest) -> Option<bool> {
    let text = |name: HeaderName| {
        let value = request.headers().get(name)?;
        Some(value.to_str().unwrap_or_default())
    };
    if let Some(site) = text(HeaderName::from_static("sec-fetch-site")) {
        return Some(matches!(site, "same-origin" | "none"));
    }
    let origin = text(header::ORIGIN)?;
    let host = text(header::HOST).unwrap_or_default();
    let of = origin.split_once("://").map(|(_, host)| host);
    Some(of == Some(host))
}

/// The cookie of a session that begins.
pub(super) fn begin(request: &HttpRequest, token: &str, seconds: i64) -> HeaderValue {
    set(request, SESSION, token, seconds)
}

/// The cookie of a session that has ended.
pub(super) fn end(request: &HttpRequest) -> HeaderValue {
    set(request, SESSION, "", 0)
}

/// The cookie that a guest's forms are bound to. Each page with a form gives it anew, so that none outlives it that was
/// opened within the month: a supplier may write his answer over days.
pub(super) fn bind(request: &HttpRequest, text: &str) -> HeaderValue {
    set(request, GUEST, text, 30 * 86_400)
}

fn set(request: &HttpRequest, name: &str, value: &str, seconds: i64) -> HeaderValue {
    // Behind a proxy that speaks HTTPS for us, it says so; who says so without need keeps himself out.
    let forwarded = request.headers().get("x-forwarded-proto");
    let is_encrypted =
        request.app_config().secure() || forwarded.is_some_and(|proto| proto == "https");
    let secure = if is_encrypted { "; Secure" } else { "" };
    let cookie =
        format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::from_str(&cookie).unwrap_or_else(|_| HeaderValue::from_static(""))
}

fn cookie(request: &HttpRequest, name: &str) -> Option<String> {
    let sent = request.headers().get_all(header::COOKIE);
    let mut pairs = sent.flat_map(|value| value.to_str().unwrap_or_default().split(';'));
    pairs.find_map(|pair| {
        let (known, value) = pair.trim().split_once('=')?;
        (known == name && !value.is_empty()).then(|| value.to_owned())
    })
}
