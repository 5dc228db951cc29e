//! How a request becomes arguments of the service: [`Call`] without a body, [`Sent`] with one, [`Asked`] with a
//! query, [`Keyed`] for what a POST without a body does, [`Uploaded`] with a file, [`Streamed`] and [`Attached`] with one
//! that is not read yet; [`Open`] with a body and for anyone.
//!
//! All but the last sign the caller in before anything else is looked at, so that a stranger learns nothing but
//! 401. Values are read into a [`Draft`], which the service judges in its own order; only what cannot be
//! parsed at all is refused here. What is wrong beside the body (a query where there is none, the Idempotency-Key)
//! goes into the draft too, so that it is told in its turn and together with the rest.

mod attached;
mod body;
mod form;
mod json;
mod key;
mod query;
mod tags;
mod upload;

use std::ops::Deref;

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap};
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use futures_util::future::LocalBoxFuture;
use service::actor::Actor;
use service::idempotency::Idempotency;
use service::input::Input;
use service::version::IfMatch;
use service::{Draft, Error, System, token};

use crate::access::SignedInAs;
use crate::openapi;
use crate::problem::Problem;
use crate::state::State;
use body::read_json;
use key::{idempotency, keyed};
use query::Stray;
use tags::{Tags, tags};

pub use attached::{Attached, Form, is_file, one_file};
pub use body::{expect_media_type, read_at_most, read_body};
pub use form::{SentFile, SentForm, read_form};
pub use key::{IDEMPOTENCY_KEY, no_key};
pub use query::{pairs, refuse_stray, stray};
pub use tags::{has_content, if_match};
pub use upload::{Streamed, Uploaded};

/// A signed-in request.
pub struct Call {
    /// The system.
    pub system: System,
    /// Who asks.
    pub actor: Actor,
    /// The version that the request is meant for.
    pub if_match: IfMatch,
    request: HttpRequest,
}

/// A signed-in request with a JSON body.
pub struct Sent<T> {
    /// The body.
    pub draft: Draft<T>,
    /// The Idempotency-Key, on a POST.
    pub key: Option<Idempotency>,
    call: Call,
}

/// A signed-in request with a query.
pub struct Asked<T> {
    /// The query.
    pub draft: Draft<T>,
    call: Call,
}

/// A signed-in POST that says all by its address.
pub struct Keyed {
    /// The Idempotency-Key.
    pub key: Option<Idempotency>,
    call: Call,
}

/// A request with a JSON body that anyone may send.
pub struct Open<T> {
    /// The system.
    pub system: System,
    /// The body.
    pub draft: Draft<T>,
}

impl<T> Deref for Sent<T> {
    type Target = Call;

    fn deref(&self) -> &Call {
        &self.call
    }
}

impl Deref for Keyed {
    type Target = Call;

    fn deref(&self) -> &Call {
        &self.call
    }
}

impl<T> Deref for Asked<T> {
    type Target = Call;

    fn deref(&self) -> &Call {
        &self.call
    }
}

impl Call {
    /// The record that the address names; `what` is what is not there when it names none.
    pub fn id(&self, what: &'static str) -> Result<i64, Error> {
        self.id_in("id", what)
    }

    /// The child that the address names.
    pub fn child(&self, what: &'static str) -> Result<i64, Error> {
        self.id_in("child_id", what)
    }

    /// A part of the address.
    pub fn part(&self, name: &str) -> &str {
        self.request.match_info().get(name).unwrap_or_default()
    }

    /// Whether the client has one of these versions already (If-None-Match).
    pub fn has_version(&self, version: i64) -> Result<bool, Problem> {
        match tags(
            self.request.headers(),
            &header::IF_NONE_MATCH,
            "If-None-Match",
        )? {
            None => Ok(false),
            Some(Tags::Any) => Ok(true),
            Some(Tags::Some(tags)) => Ok(tags.contains(&version)),
        }
    }

    /// Whether the client has content of this SHA-256 already (If-None-Match).
    pub fn has_content(&self, sha256: &str) -> bool {
        has_content(self.request.headers(), sha256)
    }

    fn id_in(&self, name: &str, what: &'static str) -> Result<i64, Error> {
        self.part(name).parse().map_err(|_| Error::NotFound(what))
    }

    /// A request of a page, whose visitor was signed in by his cookie.
    fn of_page(system: System, actor: Actor, request: HttpRequest) -> Result<Self, Problem> {
        Ok(Self {
            system,
            actor,
            if_match: if_match(request.headers())?,
            request,
        })
    }

    async fn of(request: HttpRequest) -> Result<Self, Problem> {
        let state = state(&request)?;
        let actor = sign_in(&state.system, &request).await?;
        require_address(&request)?;
        Ok(Self {
            system: state.system.clone(),
            actor,
            if_match: if_match(request.headers())?,
            request,
        })
    }
}

/// The server's state; without it the server was put together wrongly.
pub fn state(request: &HttpRequest) -> Result<Data<State>, Error> {
    request
        .app_data::<Data<State>>()
        .cloned()
        .ok_or_else(|| Error::internal("the server has no state"))
}

/// Refuses what is no id in the place of one, before anything else of the request is read: 405 where it is another
/// address that knows other methods (`PATCH /users/names`), 404 elsewhere.
fn require_address(request: &HttpRequest) -> Result<(), Problem> {
    // As they are written in answers only: no sign, no leading zero, so that each record has one address.
    let is_written = |text: &str| {
        !text.is_empty() && !text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit())
    };
    let named = |name: &str| request.match_info().get(name).is_none_or(is_written);
    if named("id") && named("child_id") {
        return Ok(());
    }
    let methods = openapi::methods_at(request.path());
    if methods.contains(&request.method().as_str()) {
        return Err(Problem::no_route());
    }
    Err(Problem::no_method(methods.join(", ")))
}

/// Signs the caller in by his token.
pub async fn sign_in(system: &System, request: &HttpRequest) -> Result<Actor, Problem> {
    // Where requests are limited by user, he was found out before.
    if let Some(actor) = request.extensions().get::<Actor>() {
        return Ok(actor.clone());
    }
    let Some(bearer) = bearer(request.headers()) else {
        return Err(Error::Unauthenticated.into());
    };
    let actor = token::authenticate(system, bearer).await.map_err(|error| {
        let refused = matches!(error, Error::Unauthenticated);
        let problem = Problem::from(error);
        if refused {
            problem.token_sent()
        } else {
            problem
        }
    })?;
    request.extensions_mut().insert(SignedInAs(actor.id));
    request.extensions_mut().insert(actor.clone());
    Ok(actor)
}

/// The token of `Authorization: Bearer …`.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

impl FromRequest for Call {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let call = Self::of(request).await?;
            let stray = stray(&call.request)?;
            if stray.is_empty() {
                return Ok(call);
            }
            // A read has its turn first (404, 403). What deletes must not: nothing would be left to refuse.
            if call.request.method() != Method::GET {
                return Err(Error::Invalid(stray).into());
            }
            call.request.extensions_mut().insert(Stray(stray));
            Ok(call)
        })
    }
}

impl<T: Input + 'static> FromRequest for Asked<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let call = Call::of(request).await?;
            let draft = Draft::pairs(&pairs(call.request.query_string())?);
            Ok(Self { draft, call })
        })
    }
}

impl<T: Input + 'static> FromRequest for Sent<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let call = Call::of(request).await?;
            let (draft, body) = read_json::<T>(&call.request, &mut payload).await?;
            let draft = draft.also(stray(&call.request)?);
            let (key, draft) = keyed(&call.request, &body, draft)?;
            Ok(Self { draft, key, call })
        })
    }
}

impl FromRequest for Keyed {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let call = Call::of(request).await?;
            let mut wrong = stray(&call.request)?;
            let key = match idempotency(&call.request, &[]) {
                Err(Error::Invalid(more)) => {
                    wrong.extend(more);
                    None
                }
                key => key?,
            };
            if wrong.is_empty() {
                Ok(Self { key, call })
            } else {
                Err(Error::Invalid(wrong).into())
            }
        })
    }
}

impl<T: Input + 'static> FromRequest for Open<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let system = state(&request)?.system.clone();
            let (draft, _) = read_json::<T>(&request, &mut payload).await?;
            let draft = draft.also(stray(&request)?).also(no_key(&request));
            Ok(Self { system, draft })
        })
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{self, HeaderMap, HeaderValue};

    use super::bearer;

    #[test]
    fn only_bearer_tokens_are_tokens() {
        let of = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, HeaderValue::from_static(text));
            bearer(&headers).map(str::to_owned)
        };
        assert_eq!(of("bearer abc").as_deref(), Some("abc"));
        for bad in ["Basic abc", "Bearer", "Bearer  ", "abc"] {
            assert_eq!(of(bad), None, "{bad}");
        }
    }
}
