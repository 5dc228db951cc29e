//! Signing in and out in a browser, and coming back to where one was.

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, get, post, web};
use askama::Template;
use service::{Draft, Error, setup, sign_in};

use super::page::{self, Page, go, show};
use super::session;
use super::typed::Typed;
use super::visit::{Guest, GuestForm, Posted, Unsent};
use crate::answer::Reply;
use crate::problem::{Kind, Problem};
use crate::rest::auth;

/// What a browser is to forget (W3C Clear Site Data).
const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");

/// Where a session ends.
pub(super) const SIGN_OUT: &str = "/sign-out";

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(ask).service(sign_in_here).service(sign_out);
}

service::input! {
    /// The form.
    pub struct SignIn {
        /// Who signs in.
        username: required service::value::Text<100>,
        /// His password.
        password: required service::value::Secret,
    }
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    page: Page,
    form: Typed,
    /// Where to go afterwards.
    to: String,
    /// A form that was sent when the session had ended, as JSON.
    unsent: Option<String>,
}

#[derive(Template)]
#[template(path = "send_again.html")]
struct SendAgainPage {
    page: Page,
    to: String,
    pairs: Vec<(String, String)>,
}

impl SendAgainPage {
    /// In whose name it is sent, where somebody is signed in: not always who has typed it.
    fn sender(&self) -> Option<String> {
        let user = self.page.user()?;
        Some(self.page.with("send-again-as", &[("name", user)]))
    }
}

/// Asks who it is.
#[get("/sign-in")]
async fn ask(guest: Guest) -> Reply {
    if !setup::is_set_up(&guest.state.system).await? {
        return go("/set-up", None);
    }
    let query = crate::extract::pairs(guest.request().query_string())?;
    let query = Typed::with(query);
    with_cookie(
        &guest,
        show(&SignInPage {
            page: guest.page("sign-in"),
            form: Typed::default(),
            to: ours(query.value("to")).to_owned(),
            unsent: None,
        }),
    )
}

/// Begins a session.
#[post("/sign-in")]
async fn sign_in_here(sent: GuestForm) -> Reply {
    let to = ours(sent.own("_to").unwrap_or_default()).to_owned();
    let unsent = sent.own("_unsent").map(str::to_owned);
    let draft: Draft<SignIn> = sent.typed.draft();
    let begun = match draft.check() {
        Ok(form) => {
            let (name, password) = (&form.username.0, &form.password.0);
            auth::begin(&sent.state, sent.request(), name, password).await
        }
        Err(error) => Err(error.into()),
    };
    match begun {
        Ok(begun) => {
            let cookie = session::begin(sent.request(), &begun.access_token, begun.expires_in);
            let mut answer = match unsent {
                None => go(&to, None)?,
                Some(unsent) => {
                    let page =
                        Page::of_guest(sent.request(), "", "sign-in").bound_to(&begun.access_token);
                    let pairs = serde_json::from_str(&unsent).unwrap_or_default();
                    show(&SendAgainPage { page, to, pairs })?
                }
            };
            answer.headers_mut().append(header::SET_COOKIE, cookie);
            Ok(answer)
        }
        Err(problem) => {
            sent.tell(&problem);
            let form = match problem.kind() {
                // What waits to be sent waits on.
                Kind::TooManyRequests | Kind::Unavailable if unsent.is_some() => {
                    sent.typed.clone().refused_with(&problem)
                }
                _ => sent.typed.clone().refused(problem)?,
            };
            let page = SignInPage {
                page: sent.page("sign-in"),
                form,
                to,
                unsent,
            };
            page::show_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

/// A page on which a form waits, and the cookie that it is bound to, where that is a new one.
type Waiting = (String, Option<HeaderValue>);

/// The page on which a form waits that came after its session had ended.
pub(super) fn again(request: &HttpRequest, typed: &Typed) -> Result<Waiting, Problem> {
    let secret = session::guest(request).map_or_else(session::random, Ok)?;
    let kept = kept(typed);
    let html = page::rendered(&SignInPage {
        page: Page::of_guest(request, &secret, "sign-in"),
        form: Typed::default(),
        to: ours(request.path()).to_owned(),
        unsent: Some(serde_json::to_string(&kept).map_err(Error::internal)?),
    })?;
    Ok((html, Some(session::bind(request, &secret))))
}

/// The page on which a form waits that was made for another session than the one that there is now, in whose name it is
/// sent from here; a guest's, for another cookie than he has.
pub(super) fn anew(request: &HttpRequest, unsent: &Unsent) -> Result<Waiting, Problem> {
    let known = request.extensions_mut().remove::<Page>();
    let (page, cookie) = match known.filter(|_| !unsent.is_guests) {
        Some(page) => (page, None),
        None => {
            let secret = session::guest(request).map_or_else(session::random, Ok)?;
            let page = Page::of_guest(request, &secret, "sign-in");
            (page, Some(session::bind(request, &secret)))
        }
    };
    let html = page::rendered(&SendAgainPage {
        page,
        // It was sent there, and so it is ours.
        to: request.path().to_owned(),
        pairs: kept(&unsent.typed),
    })?;
    Ok((html, cookie))
}

/// What waits of a form: passwords do not.
fn kept(typed: &Typed) -> Vec<(String, String)> {
    let pairs = typed.pairs().iter();
    let kept = pairs.filter(|(name, _)| !name.contains("password"));
    kept.cloned().collect()
}

/// Ends the session.
#[post("/sign-out")]
async fn sign_out(sent: Posted) -> Reply {
    sign_in::sign_out(&sent.system, &sent.actor).await?;
    let mut answer = go("/sign-in", Some("signed-out"))?;
    let cookie = session::end(sent.request());
    let headers = answer.headers_mut();
    headers.append(header::SET_COOKIE, cookie);
    // On a shared terminal nobody goes back to the pages of whoever was there before. Not "storage": reports of the floor
    // wait in it.
    let pages = HeaderValue::from_static("\"cache\"");
    headers.insert(CLEAR_SITE_DATA, pages);
    Ok(answer)
}

/// An address of ours to go to, and no other: a link must not lead elsewhere by way of our sign-in.
fn ours(to: &str) -> &str {
    let is_ours = to.starts_with('/')
        && !to.starts_with("//")
        && !to.starts_with("/sign-in")
        && to.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    if is_ours { to } else { "/" }
}

/// An answer that binds a guest's forms.
pub(super) fn with_cookie(guest: &Guest, answer: Reply) -> Reply {
    let mut answer: HttpResponse = answer?;
    answer
        .headers_mut()
        .append(header::SET_COOKIE, guest.cookie());
    Ok(answer)
}
