//! The signed-in user: his password, his mail, his language, where he is signed in, his API tokens; of what he is told is a
//! page of its own.

mod notifications;

use actix_web::http::StatusCode;
use actix_web::{get, post, web};
use askama::Template;
use service::Draft;
use service::page::Page as Rows;
use service::token::{self, NewToken, Scope, SessionView, TokenQuery, TokenView};
use service::user::{self, EmailChange, LocaleChange, Me, PasswordChange};
use service::words::Language;

use super::page::{self, Page, go, show, show_once};
use super::typed::Typed;
use super::visit::{Posted, Visit};
use crate::answer::Reply;
use crate::problem::Problem;

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config
        .service(show_me)
        .service(change_password)
        .service(change_email)
        .service(change_language)
        .service(end_session)
        .service(end_other_sessions)
        .service(create_token)
        .service(revoke_token)
        .configure(notifications::configure);
}

/// After which of his tokens the list of them goes on.
const TOKENS: &str = "tokens";

#[derive(Template)]
#[template(path = "me.html")]
struct MePage {
    page: Page,
    me: Me,
    sessions: Rows<SessionView>,
    tokens: Vec<TokenView>,
    /// Where the list of tokens goes on.
    next_tokens: Option<String>,
    password: Typed,
    email: Typed,
    language: Typed,
    languages: Vec<&'static str>,
    token: Typed,
    /// The text of a token that was just made: shown this once.
    issued: Option<String>,
    scopes: Vec<&'static str>,
}

impl MePage {
    async fn of(visit: &Visit) -> Result<Self, Problem> {
        let me = user::me(&visit.system, &visit.actor).await?;
        let query = Draft::<TokenQuery>::pairs(&[]);
        let sessions = token::list_sessions(&visit.system, &visit.actor, &query).await?;
        let asked = visit.query()?;
        let query = Typed::with([("cursor", asked.value(TOKENS))]).draft::<TokenQuery>();
        let tokens = token::list_own(&visit.system, &visit.actor, &query).await?;
        let next = tokens.next_cursor;
        let email = me.email.clone().unwrap_or_default();
        Ok(Self {
            page: visit.page("me"),
            password: Typed::default(),
            email: Typed::with([("email", email)]),
            language: Typed::with([("locale", me.locale.word())]),
            languages: Language::ALL.iter().map(|word| word.word()).collect(),
            token: Typed::default(),
            issued: None,
            me,
            sessions,
            tokens: tokens.items,
            next_tokens: next.map(|cursor| format!("/me?{TOKENS}={cursor}#tokens-title")),
            scopes: Scope::ALL.iter().map(|scope| scope.word()).collect(),
        })
    }

    /// Whether he is signed in elsewhere too.
    fn is_elsewhere(&self) -> bool {
        self.sessions
            .items
            .iter()
            .any(|session| !session.is_current)
    }

    fn refused(&self) -> Reply {
        page::show_as(StatusCode::UNPROCESSABLE_ENTITY, self)
    }
}

/// Shows who is signed in, and what he can set.
#[get("/me")]
async fn show_me(visit: Visit) -> Reply {
    show(&MePage::of(&visit).await?)
}

/// Changes one's own password; other sessions end.
#[post("/me/password")]
async fn change_password(sent: Posted) -> Reply {
    let draft = sent.typed.draft::<PasswordChange>();
    match user::change_own_password(&sent.system, &sent.actor, &draft).await {
        Ok(()) => go("/me", Some("password")),
        Err(error) => {
            let mut page = MePage::of(&sent).await?;
            page.password = sent.typed.clone().refused(error)?;
            page.refused()
        }
    }
}

/// Changes where one gets mail.
#[post("/me/email")]
async fn change_email(sent: Posted) -> Reply {
    let draft = sent.typed.patch::<EmailChange>();
    match user::change_own_email(&sent.system, &sent.actor, &draft).await {
        Ok(()) => go("/me", Some("email")),
        Err(error) => {
            let mut page = MePage::of(&sent).await?;
            page.email = sent.typed.clone().refused(error)?;
            page.refused()
        }
    }
}

/// Changes the language of one's pages and texts.
#[post("/me/language")]
async fn change_language(sent: Posted) -> Reply {
    let draft = sent.typed.draft::<LocaleChange>();
    match user::change_own_locale(&sent.system, &sent.actor, &draft).await {
        Ok(()) => go("/me", Some("language")),
        Err(error) => {
            let mut page = MePage::of(&sent).await?;
            page.language = sent.typed.clone().refused(error)?;
            page.refused()
        }
    }
}

/// Ends one of one's own sessions.
#[post("/me/sessions/{id}/end")]
async fn end_session(sent: Posted) -> Reply {
    token::end_session(&sent.system, &sent.actor, sent.id("session")?).await?;
    go("/me", Some("session-ended"))
}

/// Ends all of them but this one.
#[post("/me/sessions/end")]
async fn end_other_sessions(sent: Posted) -> Reply {
    token::end_other_sessions(&sent.system, &sent.actor).await?;
    go("/me", Some("sessions-ended"))
}

/// Makes an API token, whose text is shown this once.
#[post("/me/tokens")]
async fn create_token(sent: Posted) -> Reply {
    let draft = sent.typed.draft::<NewToken>();
    let key = sent.key()?;
    let made = token::create_own(&sent.system, &sent.actor, &draft, key.as_ref()).await;
    let mut page = MePage::of(&sent).await?;
    match made {
        Ok(issued) => {
            page.issued = issued.token;
            show_once(&page)
        }
        Err(error) => {
            page.token = sent.typed.clone().refused(error)?;
            page.refused()
        }
    }
}

/// Revokes one of one's own API tokens.
#[post("/me/tokens/{id}/revocation")]
async fn revoke_token(sent: Posted) -> Reply {
    token::revoke_own(&sent.system, &sent.actor, sent.id("token")?).await?;
    go("/me", Some("token-revoked"))
}
