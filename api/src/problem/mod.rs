//! Every error that leaves the server is one RFC 9457 problem document.
//!
//! [`Kind`] is what a client can branch on (`type`); [`KINDS`] gives each its status and title and is printed
//! into the OpenAPI document. What the database said is for the log, which [`Problem::log`] writes once, at the
//! boundary.

mod kind;

use std::error::Error as StdError;
use std::fmt;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};
use serde::{Deserialize, Serialize};
use service::{Error, FieldError, db};
use utoipa::ToSchema;

use crate::limits::Standing;
pub use kind::{KINDS, Kind};
use kind::{detail_of, kind_of};

/// The media type of a problem.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// What the `type` of every problem begins with.
pub const TYPE_PREFIX: &str = "urn:problem-type:dmt:";

/// A problem on its way out.
#[derive(Debug)]
pub struct Problem {
    kind: Kind,
    detail: String,
    errors: Vec<FieldError>,
    oauth: Option<&'static str>,
    allow: Option<String>,
    /// A token came with the request, and was not good.
    token_sent: bool,
    /// The limit that was reached.
    limit: Option<Box<Standing>>,
    cause: Option<Box<Error>>,
}

/// How every error is answered (RFC 9457).
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemDocument {
    /// Says which kind of problem it is; programs branch on this.
    #[serde(rename = "type")]
    pub kind: String,
    /// The same in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What is wrong with this request, and what is allowed.
    pub detail: String,
    /// The id of the request, as in the server's log.
    pub instance: String,
    /// Everything that is wrong, field by field.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// The code of RFC 6749, where a token was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl Problem {
    /// A problem of HTTP itself.
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
            errors: Vec::new(),
            oauth: None,
            allow: None,
            token_sent: false,
            limit: None,
            cause: None,
        }
    }

    /// There is no such route.
    pub fn no_route() -> Self {
        Self::new(
            Kind::NotFound,
            "there is nothing at this address; /openapi.json lists what there is",
        )
    }

    /// The route exists, but not for this method.
    pub fn no_method(allow: String) -> Self {
        let detail = format!("this address knows {allow} only");
        Self {
            allow: Some(allow),
            ..Self::new(Kind::MethodNotAllowed, detail)
        }
    }

    /// The problem that stands for a status which something outside our own code answered.
    pub fn of_status(status: StatusCode) -> Self {
        let kind = KINDS.iter().find(|row| row.1 == status).map_or(
            if status.is_server_error() {
                Kind::Internal
            } else {
                Kind::BadRequest
            },
            |row| row.0,
        );
        Self::new(kind, kind.facts().2)
    }

    /// A limit is reached.
    pub fn too_many(limit: Standing) -> Self {
        let wait = limit.wait().unwrap_or(1);
        let detail = format!("there were too many; try again in {wait} s");
        Self {
            limit: Some(Box::new(limit)),
            ..Self::new(Kind::TooManyRequests, detail)
        }
    }

    /// With a part of the request that is wrong.
    pub fn at(mut self, error: FieldError) -> Self {
        self.errors.push(error);
        self
    }

    /// With the error code of RFC 6749.
    pub fn oauth(mut self, code: &'static str) -> Self {
        self.oauth = Some(code);
        self
    }

    /// A token came with the request, and was not good (RFC 6750, `invalid_token`).
    pub fn token_sent(mut self) -> Self {
        self.token_sent = true;
        self
    }

    /// Its kind.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Writes faults into the log, with all that caused them. Of refusals the access log tells by their kind.
    pub fn log(&self) {
        let (status, word, _) = self.kind.facts();
        let cause = self.cause.as_deref().map(chain).unwrap_or_default();
        if status.is_server_error() {
            log::error!("{word}: {}{cause}", self.detail);
        } else {
            log::debug!("{word}: {}{cause}", self.detail);
        }
    }

    /// The document.
    pub fn document(&self) -> ProblemDocument {
        let (status, word, title) = self.kind.facts();
        ProblemDocument {
            kind: format!("{TYPE_PREFIX}{word}"),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: self.detail.clone(),
            instance: db::request::current().unwrap_or_default(),
            errors: self.errors.clone(),
            error: self.oauth.map(str::to_owned),
        }
    }

    fn add_headers(&self, response: &mut HttpResponseBuilder) {
        match self.kind.status() {
            StatusCode::UNAUTHORIZED => {
                let challenge = if self.token_sent {
                    r#"Bearer realm="dmt", error="invalid_token""#
                } else {
                    r#"Bearer realm="dmt""#
                };
                response.insert_header((header::WWW_AUTHENTICATE, challenge));
            }
            StatusCode::SERVICE_UNAVAILABLE => {
                let seconds = if self.kind == Kind::ReadOnly {
                    "60"
                } else {
                    "2"
                };
                response.insert_header((header::RETRY_AFTER, seconds));
            }
            _ if self.kind == Kind::InFlight => {
                response.insert_header((header::RETRY_AFTER, "1"));
            }
            _ => {}
        }
        if let Some(limit) = &self.limit {
            let seconds = limit.wait().unwrap_or(1);
            response.insert_header((header::RETRY_AFTER, seconds.to_string()));
            for field in limit.fields() {
                response.insert_header(field);
            }
        }
        if let Some(allow) = &self.allow {
            response.insert_header((header::ALLOW, allow.as_str()));
        }
    }
}

/// All that caused an error, from the outside in; for the log only.
fn chain(error: &Error) -> String {
    let mut text = match error {
        Error::Internal(what) | Error::Files(what) => format!(": {what}"),
        _ => String::new(),
    };
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    text
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let mut problem = Self::new(kind_of(&error), detail_of(&error));
        problem.errors = match &error {
            Error::Forbidden { fields: errors, .. }
            | Error::Duplicate(errors)
            | Error::Invalid(errors) => errors.clone(),
            _ => Vec::new(),
        };
        problem.oauth = matches!(error, Error::SignInRefused).then_some("invalid_grant");
        problem.cause = Some(Box::new(error));
        problem
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl StdError for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.kind.status()
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        self.add_headers(&mut response);
        match serde_json::to_string(&self.document()) {
            Ok(document) => response.content_type(MEDIA_TYPE).body(document),
            Err(_) => response.finish(),
        }
    }
}
#[cfg(test)]
mod tests {
    use super::Problem;
    use actix_web::ResponseError;
    use actix_web::http::StatusCode;
    use service::{Error, db};

    #[test]
    fn what_the_database_said_stays_in_the_log() {
        for error in [
            db::Error::Unique("part.part_number".to_owned()),
            db::Error::ForeignKey(Some("fk_secret".to_owned())),
            db::Error::Other(db::DbErr::Custom("SELECT secret".to_owned())),
        ] {
            let document = Problem::from(Error::Database(error)).document();
            let text = format!("{document:?}");
            assert!(
                !text.contains("secret") && !text.contains("part_number"),
                "{text}"
            );
        }
    }

    #[test]
    fn an_unknown_outcome_asks_to_repeat_with_the_same_key() {
        let problem = Problem::from(Error::Database(db::Error::OutcomeUnknown));
        assert_eq!(problem.status_code(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(problem.to_string().contains("same Idempotency-Key"));
    }
}
