//! The one error of the service, and what each case means to whoever asked.
//!
//! A case says what is wrong, never how it is answered: `api::problem` has the one table from case to
//! status. Nothing here carries a driver's text, SQL or a path; what the database said is kept as the source
//! of [`Error::Database`] for the log alone.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What service functions return.
pub type Result<T> = std::result::Result<T, Error>;

/// One thing that is wrong with one field, or one condition that is not met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldError {
    /// The field as it is written in the request; parts of it after a dot or in brackets (`signature.password`, `roles[1]`).
    pub field: String,
    /// A stable word for programs: `required`, `unknown`, `type`, `choice`, `too_long`, `unmet`, …
    pub code: String,
    /// A sentence for people that says what is allowed.
    pub message: String,
    /// Which of several is meant, where the field alone does not say: a stable word, for the doors of this program alone.
    #[serde(skip)]
    pub which: Option<String>,
}

impl FieldError {
    /// A refusal of `field`.
    pub fn new(field: impl Into<String>, code: &str, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            code: code.to_owned(),
            message: message.into(),
            which: None,
        }
    }

    /// The same about one of several, by its word.
    #[must_use]
    pub fn of(mut self, which: &str) -> Self {
        self.which = Some(which.to_owned());
        self
    }

    /// A condition on `field` that the record does not meet yet.
    pub fn unmet(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(field, "unmet", message)
    }

    /// An id or code in `field` that names nothing.
    pub fn unknown_reference(field: impl Into<String>, what: &str) -> Self {
        Self::new(field, "reference", format!("there is no such {what}"))
    }
}

/// Why a service function did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No token, or one that is malformed, expired, revoked or of a disabled user.
    #[error("sign in first: the access token is missing, expired or revoked")]
    Unauthenticated,
    /// The user name or password is wrong, the account is disabled, or sign-in is paused; never told apart.
    #[error(
        "the user name or password is wrong, or sign-in is paused for a while after too many attempts"
    )]
    SignInRefused,
    /// There is no such thing, or the caller may not see it.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// No role of the caller may ever do this.
    #[error("{detail}")]
    Forbidden {
        /// What was refused and who may do it.
        detail: String,
        /// The fields that were refused, where fields were.
        fields: Vec<FieldError>,
    },
    /// The password given with a signature is wrong, or sign-in is paused.
    #[error(
        "the signature was refused: the password is wrong, or signing is paused for a while after too many attempts"
    )]
    SignatureRefused,
    /// A change came without the version that it is meant for.
    #[error("send the record's ETag in If-Match, so that nobody's change is overwritten")]
    VersionMissing,
    /// The record has changed since the caller read it.
    #[error(
        "the record has changed in the meantime: it is at version {current} now; read it again and repeat the change"
    )]
    VersionStale {
        /// The record's version now.
        current: i64,
    },
    /// The record's state does not allow this.
    #[error("{0}")]
    WrongState(String),
    /// Another record has these values already.
    #[error("another record has this value already")]
    Duplicate(Vec<FieldError>),
    /// The record is referred to by others.
    #[error("{0} is in use and cannot be deleted; set is_active to false to retire it")]
    InUse(&'static str),
    /// The fields or conditions that are not in order, all at once.
    #[error("{}", summary(.0))]
    Invalid(Vec<FieldError>),
    /// A file is not what it is declared to be.
    #[error("{0}")]
    Unreadable(String),
    /// The Idempotency-Key was used with another request.
    #[error("this Idempotency-Key was used for another request; use a new key for a new request")]
    KeyReused,
    /// The request was done, but its answer was kept by an older version, and this one cannot read it.
    #[error(
        "this request was done before the server was updated, and its answer cannot be given again; \
         look for the record instead of sending it with another key"
    )]
    AnswerOutdated,
    /// A request with the same Idempotency-Key is being worked on.
    #[error("a request with this Idempotency-Key is being worked on; repeat it in a moment")]
    KeyInFlight,
    /// The server was started with `DMT_READ_ONLY`.
    #[error(
        "this server is read-only (DMT_READ_ONLY is on), as while its data moves or is maintained; nothing was written"
    )]
    ReadOnly,
    /// Something else has to come to its end first.
    #[error("{0}")]
    Busy(String),
    /// As many do the same as this server lets; a moment later there may be room.
    #[error("{0}")]
    Crowded(String),
    /// The system is set up already, or not yet.
    #[error("{0}")]
    SetUp(String),
    /// The database failed or cannot be reached.
    #[error(transparent)]
    Database(#[from] db::Error),
    /// The store of files failed or cannot be reached; what it said is for the log.
    #[error("the store of files is not available; repeat in a moment")]
    Files(String),
    /// A fault of the program.
    #[error("something went wrong inside the server")]
    Internal(String),
}

impl Error {
    /// One field that is wrong.
    pub fn field(field: impl Into<String>, code: &str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError::new(field, code, message)])
    }

    /// A refusal without fields.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::Forbidden {
            detail: detail.into(),
            fields: Vec::new(),
        }
    }

    /// That the caller does not see cost, and in which fields he asked for it.
    pub(crate) fn cost_is_hidden<'a>(fields: impl IntoIterator<Item = &'a str>) -> Self {
        let message = "cost is not for your roles to see";
        let fields = fields.into_iter();
        Self::Forbidden {
            detail: "your roles do not see cost".to_owned(),
            fields: fields
                .map(|field| FieldError::new(field, "forbidden", message))
                .collect(),
        }
    }

    /// A fault of the program, with what the log should say.
    pub fn internal(what: impl fmt::Display) -> Self {
        Self::Internal(what.to_string())
    }
}

impl From<sea_orm::DbErr> for Error {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Database(error.into())
    }
}

impl db::TxError for Error {
    fn database(&self) -> Option<&db::Error> {
        match self {
            Self::Database(error) => Some(error),
            _ => None,
        }
    }
}

/// `Err(Invalid)` with all that was found, if anything was.
pub(crate) fn refuse_if_any(errors: Vec<FieldError>) -> Result<()> {
    if errors.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(errors))
    }
}

fn summary(errors: &[FieldError]) -> String {
    errors
        .iter()
        .map(|error| match error.field.as_str() {
            "" => error.message.clone(),
            field => format!("{field}: {}", error.message),
        })
        .collect::<Vec<_>>()
        .join("; ")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use super::FieldError;

    #[test]
    fn which_of_several_is_meant_is_not_answered_to_programs() {
        let plain = FieldError::unmet("root_causes", "one is needed");
        let told = plain.clone().of("occurrence");
        assert_eq!(told.which.as_deref(), Some("occurrence"));
        assert_ne!(told, plain);
        let sent = serde_json::to_value(&told).unwrap();
        assert_eq!(sent, serde_json::to_value(&plain).unwrap());
        assert_eq!(serde_json::from_value::<FieldError>(sent).unwrap(), plain);
    }
}
