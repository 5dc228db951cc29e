//! How a browser's request becomes arguments of the service.
//!
//! | argument | for |
//! |---|---|
//! | [`Visit`] | a page |
//! | [`Posted`] | a form; what was typed in a session that has ended is kept, to be sent again in another |
//! | [`ImportFile`] | a form with a file that is read into memory as other forms are: lists that are imported |
//! | [`AttachedFile`] | a form with a file that goes into one of the server's as it comes: attachments |
//! | [`ScriptFile`] | the same from a page's script, with proof and key in headers: the photo of a report from the floor |
//! | [`Guest`], [`GuestForm`] | a page and a form where nobody needs to be signed in |

mod attached;
mod imported;
mod own;
mod scripted;

use std::ops::Deref;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use futures_util::future::LocalBoxFuture;
use service::actor::Actor;
use service::idempotency::Idempotency;
use service::input::Input;
use service::version::IfMatch;
use service::{Draft, Error, System, token};

use super::page::Page;
use super::session;
use super::sign_in::SIGN_OUT;
use super::typed::Typed;
use super::wording::Words;
use crate::access::{RefusedAs, SignedInAs};
use crate::extract::{self, expect_media_type, read_at_most};
use crate::problem::{Kind, Problem};
use crate::state::State;
use own::Own;

pub(crate) use attached::AttachedFile;
pub(crate) use imported::ImportFile;
pub(crate) use scripted::ScriptFile;

/// A page that is asked for by somebody who is signed in.
pub(crate) struct Visit {
    /// The system.
    pub(crate) system: System,
    /// Who asks.
    pub(crate) actor: Actor,
    secret: String,
    request: HttpRequest,
}

/// A form that somebody who is signed in has sent.
pub(crate) struct Posted {
    /// What was typed, without the fields that are ours (they begin with `_`).
    pub(crate) typed: Typed,
    own: Own,
    visit: Visit,
}

/// A page for anyone.
pub(crate) struct Guest {
    /// The server's state.
    pub(crate) state: Data<State>,
    secret: String,
    request: HttpRequest,
}

/// A form that anyone may send.
pub(crate) struct GuestForm {
    /// What was typed.
    pub(crate) typed: Typed,
    own: Own,
    guest: Guest,
}

/// What was sent when the session had ended, to be sent again: after the next sign-in, or in the session that there is by
/// now.
pub(super) struct Unsent {
    /// All of it, but for the proof.
    pub(super) typed: Typed,
    /// Whether nobody has to be signed in to send it.
    pub(super) is_guests: bool,
}

impl Unsent {
    /// Keeps it for the page that answers the request.
    fn keep(request: &HttpRequest, (typed, own): (&Typed, &Own), is_guests: bool) {
        // Whoever signs in next would be signed out by it.
        if request.path() == SIGN_OUT {
            return;
        }
        let all = [typed.pairs(), own.pairs()].concat();
        let typed = Typed::with(all).without(&[session::PROOF]);
        request.extensions_mut().insert(Self { typed, is_guests });
    }
}

impl Deref for Posted {
    type Target = Visit;

    fn deref(&self) -> &Visit {
        &self.visit
    }
}

impl Deref for GuestForm {
    type Target = Guest;

    fn deref(&self) -> &Guest {
        &self.guest
    }
}

impl Visit {
    /// The frame of a page in a section of the menu.
    pub(crate) fn page(&self, section: &'static str) -> Page {
        Page::of(
            &self.request,
            &self.system,
            &self.actor,
            &self.secret,
            section,
        )
    }

    /// The words of the visitor's language.
    pub(crate) fn words(&self) -> Words {
        Words::of(self.actor.language)
    }

    /// Tells the access log and the metrics what a page shows as a form that was refused.
    pub(crate) fn tell(&self, problem: &Problem) {
        tell(&self.request, problem);
    }

    /// The record that the address names; `what` is what is not there when it names none.
    pub(crate) fn id(&self, what: &'static str) -> Result<i64, Error> {
        self.id_in("id", what)
    }

    /// The child that the address names.
    pub(crate) fn child(&self, what: &'static str) -> Result<i64, Error> {
        self.id_in("child_id", what)
    }

    fn id_in(&self, name: &str, what: &'static str) -> Result<i64, Error> {
        self.part(name).parse().map_err(|_| Error::NotFound(what))
    }

    /// A part of the address.
    pub(crate) fn part(&self, name: &str) -> &str {
        self.request.match_info().get(name).unwrap_or_default()
    }

    /// The query, but for what is ours (`done`).
    pub(crate) fn query(&self) -> Result<Typed, Problem> {
        let pairs = extract::pairs(self.request.query_string())?;
        Ok(Typed::with(pairs).without(&["done"]))
    }

    /// The query, as the service reads it.
    pub(crate) fn asked<T: Input>(&self) -> Result<Draft<T>, Problem> {
        Ok(self.query()?.draft())
    }

    /// The request itself.
    pub(crate) fn request(&self) -> &HttpRequest {
        &self.request
    }

    /// Finds out who asks, for the page of an error where no other page did; nobody where nobody is signed in.
    pub(super) async fn recognise(request: &HttpRequest) {
        let is_known = request.extensions().contains::<Page>();
        if !is_known && session::token(request).is_some() {
            // Who is not let in is shown the page as a guest.
            drop(Self::of(request.clone()).await);
        }
    }

    async fn of(request: HttpRequest) -> Result<Self, Problem> {
        let state = extract::state(&request)?;
        let Some(secret) = session::token(&request) else {
            return Err(Error::Unauthenticated.into());
        };
        let actor = token::authenticate(&state.system, &secret).await?;
        request.extensions_mut().insert(SignedInAs(actor.id));
        let visit = Self {
            system: state.system.clone(),
            actor,
            secret,
            request,
        };
        // For the page of an error, which is made when the visit is over.
        let page = visit.page("");
        visit.request.extensions_mut().insert(page);
        Ok(visit)
    }
}

impl Posted {
    /// The Idempotency-Key of the form, together with all that tells this request from another.
    pub(crate) fn key(&self) -> Result<Option<Idempotency>, Error> {
        let typed = serde_json::to_vec(self.typed.pairs()).map_err(Error::internal)?;
        self.own.key(&self.visit, &[&typed])
    }

    /// The version that the form was made from (`_version`).
    pub(crate) fn if_match(&self) -> IfMatch {
        match self.own("_version").and_then(|text| text.parse().ok()) {
            Some(version) => IfMatch::Versions(vec![version]),
            None => IfMatch::Missing,
        }
    }

    /// One of the fields that are ours, such as which button was pressed (`_action`).
    pub(crate) fn own(&self, name: &str) -> Option<&str> {
        self.own.value(name)
    }
}

impl Guest {
    /// The frame of a page.
    pub(crate) fn page(&self, section: &'static str) -> Page {
        Page::of_guest(&self.request, &self.secret, section)
    }

    /// Tells the access log and the metrics what a page shows as a form that was refused.
    pub(crate) fn tell(&self, problem: &Problem) {
        tell(&self.request, problem);
    }

    /// The cookie that binds the visitor's forms, for as long again.
    pub(crate) fn cookie(&self) -> header::HeaderValue {
        session::bind(&self.request, &self.secret)
    }

    /// The request itself.
    pub(crate) fn request(&self) -> &HttpRequest {
        &self.request
    }

    fn of(request: HttpRequest) -> Result<Self, Problem> {
        let state = extract::state(&request)?;
        let secret = session::guest(&request).map_or_else(session::random, Ok)?;
        Ok(Self {
            state,
            secret,
            request,
        })
    }
}

impl GuestForm {
    /// One of the fields that are ours.
    pub(crate) fn own(&self, name: &str) -> Option<&str> {
        self.own.value(name)
    }
}

fn tell(request: &HttpRequest, problem: &Problem) {
    request.extensions_mut().insert(RefusedAs(problem.kind()));
}

const FORM: &[&str] = &["application/x-www-form-urlencoded"];

/// How many bytes a form has for each byte of text, at most: `%E7` for one of Chinese.
const ENCODED: usize = 3;

/// What was typed into a form, and the fields that are ours; line ends are as on the server (HTML sends CR LF).
async fn fields(request: &HttpRequest, payload: &mut Payload) -> Result<(Typed, Own), Problem> {
    expect_media_type(request, FORM)?;
    let limit = extract::state(request)?.max_body.saturating_mul(ENCODED);
    let body = read_at_most(request, payload, limit as u64).await?;
    let text = std::str::from_utf8(&body)
        .map_err(|_| Problem::new(Kind::BadRequest, "the form is not valid UTF-8"))?;
    let pairs = extract::pairs(text)?.into_iter();
    Ok(Own::apart(
        pairs.map(|(name, value)| (name, value.replace("\r\n", "\n"))),
    ))
}

/// Refuses a form without the proof of its session. What a page of ours has sent, which was made for another session, is
/// kept; nothing of it is done.
fn check(
    request: &HttpRequest,
    secret: Option<&str>,
    sent: (&Typed, &Own),
    is_guests: bool,
) -> Result<(), Problem> {
    let checked = session::check(request, secret, sent.1.proof());
    if checked.is_err() && session::is_surely_from_here(request) {
        Unsent::keep(request, sent, is_guests);
    }
    checked
}

impl FromRequest for Visit {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        Box::pin(Self::of(request.clone()))
    }
}

impl FromRequest for Posted {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let visit = Visit::of(request.clone()).await;
            let (typed, own) = fields(&request, &mut payload).await?;
            match visit {
                Ok(visit) => {
                    check(&request, Some(&visit.secret), (&typed, &own), false)?;
                    Ok(Self { typed, own, visit })
                }
                Err(problem) => {
                    let is_over = problem.kind() == Kind::Unauthenticated;
                    if is_over && session::is_from_here(&request) {
                        Unsent::keep(&request, (&typed, &own), false);
                    }
                    Err(problem)
                }
            }
        })
    }
}

impl FromRequest for Guest {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(Self::of(request.clone()))
    }
}

impl FromRequest for GuestForm {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let guest = Guest::of(request.clone())?;
            let (typed, own) = fields(&request, &mut payload).await?;
            let bound = session::guest(&request);
            check(&request, bound.as_deref(), (&typed, &own), true)?;
            Ok(Self { typed, own, guest })
        })
    }
}
