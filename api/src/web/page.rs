//! The frame around every page, and how a template becomes an answer.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use chrono::{DateTime, FixedOffset};
use chrono_tz::Tz;
use service::actor::Actor;
use service::lifecycle::REPORTERS;
use service::role::{Role, Roles};
use service::{Error, System};

use super::admin::ADMINISTRATORS;
use super::wording::Words;
use super::{assets, session};
use crate::answer::Reply;
use crate::extract;
use crate::problem::Problem;

/// What nothing but this server's pages may do: no script but its own, no frame, no form that leads elsewhere.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
                      connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; \
                      frame-ancestors 'none'; base-uri 'none'";

/// No other server learns from which page somebody comes; this one does, because under `no-referrer` browsers name no
/// origin in the forms of a page either (Fetch, "append a request Origin header").
const REFERRER_POLICY: &str = "same-origin";

/// The frame of a page: language, who is signed in, where in the program he is.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    /// The words of the page's language.
    pub(crate) words: Words,
    user: Option<User>,
    proof: String,
    section: &'static str,
    path: String,
    done: Option<String>,
    zone: Tz,
}

#[derive(Clone, Debug)]
struct User {
    name: String,
    roles: Roles,
}

/// A place in the menu, and the roles that see it; all do where none is named.
struct Place {
    section: &'static str,
    address: &'static str,
    roles: &'static [Role],
}

const MENU: &[Place] = &[
    Place {
        section: "home",
        address: "/",
        roles: &[],
    },
    Place {
        section: "floor",
        address: "/floor",
        roles: REPORTERS,
    },
    Place {
        section: "defects",
        address: "/defects",
        roles: &[],
    },
    Place {
        section: "board",
        address: "/board",
        roles: &[],
    },
    Place {
        section: "corrective",
        address: "/corrective-actions",
        roles: &[],
    },
    Place {
        section: "inspections",
        address: "/inspections",
        roles: &[],
    },
    Place {
        section: "reports",
        address: "/reports",
        roles: &[],
    },
    Place {
        section: "admin",
        address: "/admin",
        roles: ADMINISTRATORS,
    },
];

impl Page {
    /// The page of somebody who is signed in; `section` is its place in the menu, and the first part of its name.
    pub(super) fn of(
        request: &HttpRequest,
        system: &System,
        actor: &Actor,
        secret: &str,
        section: &'static str,
    ) -> Self {
        Self {
            words: Words::of(actor.language),
            user: Some(User {
                name: actor.name.clone(),
                roles: actor.roles,
            }),
            proof: session::proof(secret),
            section,
            path: request.path().to_owned(),
            done: done(request),
            zone: system.settings.time_zone,
        }
    }

    /// The page of somebody who is not; `secret` is what his forms are bound to.
    pub(super) fn of_guest(request: &HttpRequest, secret: &str, section: &'static str) -> Self {
        Self {
            proof: session::proof(secret),
            section,
            done: done(request),
            ..Self::of_nobody(accepted(request), request.path())
        }
    }

    /// A page without forms, of a request that is gone.
    pub(super) fn of_nobody(words: Words, path: &str) -> Self {
        Self {
            words,
            user: None,
            proof: String::new(),
            section: "",
            path: path.to_owned(),
            done: None,
            zone: Tz::UTC,
        }
    }

    /// The same page, with forms that are bound to a session which has just begun.
    #[must_use]
    pub(super) fn bound_to(mut self, secret: &str) -> Self {
        self.proof = session::proof(secret);
        self
    }

    /// The same page, with instants in that zone: a guest's page knows of none by itself.
    #[must_use]
    pub(super) fn in_zone(mut self, zone: Tz) -> Self {
        self.zone = zone;
        self
    }

    /// A message.
    pub(crate) fn t(&self, id: &str) -> String {
        self.words.text(id)
    }

    /// A message with arguments.
    pub(crate) fn with(&self, id: &str, arguments: &[(&str, &str)]) -> String {
        self.words.with(id, arguments)
    }

    /// A message about a number, `$count`.
    pub(crate) fn n(&self, id: &str, count: impl Counted) -> String {
        self.words.count(id, count.counted())
    }

    /// What a field is called; the service's names are known to all pages.
    pub(crate) fn field(&self, name: &str) -> String {
        let id = format!("field-{}", name.replace(['_', '.'], "-"));
        let known = self.words.maybe(&id);
        known.unwrap_or_else(|| name.replace('_', " "))
    }

    /// The options of a choice among fixed words: as stored, and as people read them.
    pub(crate) fn options(
        &self,
        kind: &str,
        words: &[&'static str],
    ) -> Vec<(&'static str, String)> {
        let option = |word: &&'static str| (*word, self.words.word(kind, word));
        words.iter().map(option).collect()
    }

    /// A fixed word of the field: `status`, `severity`, … and the word as it is stored.
    pub(crate) fn word(&self, kind: &str, word: &str) -> String {
        self.words.word(kind, word)
    }

    /// The language, as HTML names it.
    pub(crate) fn language(&self) -> &'static str {
        self.words.language().word()
    }

    /// The proof that a form is one of ours.
    pub(crate) fn proof(&self) -> &str {
        &self.proof
    }

    /// An Idempotency-Key for a form: sent twice, it is done once.
    pub(crate) fn key(&self) -> String {
        session::random().unwrap_or_default()
    }

    /// Where an asset is.
    pub(crate) fn asset(&self, name: &str) -> &'static str {
        assets::address(name)
    }

    /// The name of whoever is signed in.
    pub(crate) fn user(&self) -> Option<&str> {
        self.user.as_ref().map(|user| user.name.as_str())
    }

    /// Whether this is a page of that section.
    pub(crate) fn is_in(&self, section: &str) -> bool {
        self.section == section
    }

    /// The address of the page, without its query.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// What was done on the way here, to be told at the top.
    pub(crate) fn done(&self) -> Option<String> {
        let id = format!("done-{}", self.done.as_deref()?);
        self.words.maybe(&id)
    }

    /// The menu: section, address.
    pub(crate) fn menu(&self) -> Vec<(&'static str, &'static str)> {
        let Some(user) = &self.user else {
            return Vec::new();
        };
        let sees = |place: &&Place| place.roles.is_empty() || user.roles.has_any(place.roles);
        let seen = MENU.iter().filter(sees);
        seen.map(|place| (place.section, place.address)).collect()
    }

    /// An instant (RFC 3339) in the plant's time, to the minute.
    pub(crate) fn minute(&self, instant: &str) -> String {
        self.local(instant, "%Y-%m-%d %H:%M")
    }

    /// The day of an instant (RFC 3339) in the plant's time.
    pub(crate) fn day(&self, instant: &str) -> String {
        self.local(instant, "%Y-%m-%d")
    }

    fn local(&self, instant: &str, format: &str) -> String {
        let read: Option<DateTime<FixedOffset>> = DateTime::parse_from_rfc3339(instant).ok();
        read.map_or_else(
            || instant.to_owned(),
            |read| read.with_timezone(&self.zone).format(format).to_string(),
        )
    }

    /// The zone of the plant's time, in which instants are shown and typed.
    pub(crate) fn zone(&self) -> &'static str {
        self.zone.name()
    }

    /// What is told where an instant is typed.
    pub(crate) fn zone_hint(&self) -> String {
        self.with("zone-hint", &[("zone", self.zone())])
    }

    /// What is wrong with a field, in words of the page's language.
    pub(crate) fn wrong(&self, error: &service::FieldError) -> String {
        self.words.wrong(error)
    }

    /// What the service says of it besides, in English, where the page is in another language and has no words for it.
    pub(crate) fn more(&self, error: &service::FieldError) -> Option<String> {
        self.words.more(error)
    }
}

/// A number in a message, however the template has it.
pub(crate) trait Counted {
    /// The number.
    fn counted(self) -> i64;
}

impl Counted for i64 {
    fn counted(self) -> i64 {
        self
    }
}

impl Counted for usize {
    fn counted(self) -> i64 {
        i64::try_from(self).unwrap_or(i64::MAX)
    }
}

impl<T: Counted + Copy> Counted for &T {
    fn counted(self) -> i64 {
        (*self).counted()
    }
}

/// The words of the language that a browser asks for.
pub(super) fn accepted(request: &HttpRequest) -> Words {
    let accepted = request.headers().get(header::ACCEPT_LANGUAGE);
    Words::accepted(accepted.and_then(|value| value.to_str().ok()))
}

/// The word that says what was done: our own only, it names a message.
fn done(request: &HttpRequest) -> Option<String> {
    let pairs = extract::pairs(request.query_string()).ok()?;
    let (_, word) = pairs.into_iter().find(|(name, _)| name == "done")?;
    let is_word = word.len() <= 40 && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    is_word.then_some(word)
}

/// 200 with a page.
pub(crate) fn show(template: &impl Template) -> Reply {
    show_as(StatusCode::OK, template)
}

/// 200 with a page that shows a secret this once: no browser and no cache keeps it.
pub(crate) fn show_once(template: &impl Template) -> Reply {
    let mut answer = show(template)?;
    let no_store = header::HeaderValue::from_static("no-store");
    answer.headers_mut().insert(header::CACHE_CONTROL, no_store);
    Ok(answer)
}

/// A page under another status: 422 for a form that is shown again.
pub(crate) fn show_as(status: StatusCode, template: &impl Template) -> Reply {
    Ok(HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((header::REFERRER_POLICY, REFERRER_POLICY))
        .insert_header((header::VARY, "cookie"))
        .body(rendered(template)?))
}

/// A template as text.
pub(super) fn rendered(template: &impl Template) -> Result<String, Problem> {
    let text = template.render().map_err(Error::internal)?;
    Ok(text)
}

/// 303 to another page of ours, after a form was done; `done` names the message that is told there (`done-…`).
pub(crate) fn go(address: &str, done: Option<&str>) -> Reply {
    let place = match done {
        None => address.to_owned(),
        Some(word) => {
            let (path, fragment) = match address.split_once('#') {
                Some((path, fragment)) => (path, format!("#{fragment}")),
                None => (address, String::new()),
            };
            let join = if path.contains('?') { '&' } else { '?' };
            format!("{path}{join}done={word}{fragment}")
        }
    };
    Ok(HttpResponse::SeeOther()
        .insert_header((header::LOCATION, place))
        .finish())
}

/// What browsers are told of every page, for those that are made elsewhere.
pub(super) fn policies() -> [(header::HeaderName, header::HeaderValue); 2] {
    let value = header::HeaderValue::from_static;
    [
        (header::CONTENT_SECURITY_POLICY, value(POLICY)),
        (header::REFERRER_POLICY, value(REFERRER_POLICY)),
    ]
}
