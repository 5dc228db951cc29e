//! The first administrator of an empty system, by the one-time link that its first start printed.

use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::{get, post, web};
use askama::Template;
use service::setup::{self, SetUp};
use service::words::Language;

use super::page::{self, Page, go, show};
use super::session;
use super::sign_in::with_cookie;
use super::typed::Typed;
use super::visit::{Guest, GuestForm};
use crate::answer::Reply;
use crate::problem::Kind;
use crate::rest;

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(ask).service(make);
}

#[derive(Template)]
#[template(path = "set_up.html")]
struct SetUpPage {
    page: Page,
    form: Typed,
    languages: Vec<&'static str>,
}

impl SetUpPage {
    fn of(page: Page, form: Typed) -> Self {
        let languages = Language::ALL.iter().map(|language| language.word());
        Self {
            page,
            form,
            languages: languages.collect(),
        }
    }
}

/// Asks for the first administrator; the link brings the token along.
#[get("/set-up")]
async fn ask(guest: Guest) -> Reply {
    if setup::is_set_up(&guest.state.system).await? {
        return go("/sign-in", None);
    }
    let query = crate::extract::pairs(guest.request().query_string())?;
    let token = Typed::with(query).value("token").to_owned();
    let page = guest.page("set-up");
    let language = page.language();
    let form = Typed::with([("token", token.as_str()), ("locale", language)]);
    with_cookie(&guest, show(&SetUpPage::of(page, form)))
}

/// Makes him, signs him in, and asks what to begin with.
#[post("/set-up")]
async fn make(sent: GuestForm) -> Reply {
    let draft = sent.typed.draft::<SetUp>();
    let made = rest::setup::make(&sent.state, sent.request(), &draft).await;
    let refused = match made {
        Ok(_) => None,
        Err(problem) => match problem.kind() {
            Kind::Invalid | Kind::Forbidden | Kind::SetUp => Some(problem),
            _ => return Err(problem),
        },
    };
    if let Some(problem) = refused {
        let form = sent.typed.clone().refused_with(&problem);
        let page = SetUpPage::of(sent.page("set-up"), form);
        return page::show_as(StatusCode::UNPROCESSABLE_ENTITY, &page);
    }
    let (name, password) = (sent.typed.value("username"), sent.typed.value("password"));
    let begun = rest::auth::begin(&sent.state, sent.request(), name, password).await?;
    let cookie = session::begin(sent.request(), &begun.access_token, begun.expires_in);
    let mut answer = go("/set-up/demo", Some("set-up"))?;
    answer.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(answer)
}
