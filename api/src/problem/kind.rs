//! The kinds of problems on one screen, and the one match from what went wrong to what is answered.

use actix_web::http::StatusCode;
use service::{Error, db};

/// A kind of problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The request cannot be parsed.
    BadRequest,
    /// No valid token.
    Unauthenticated,
    /// Wrong user name or password.
    SignInRefused,
    /// The caller may never do this.
    Forbidden,
    /// Wrong password at a signature.
    SignatureRefused,
    /// No such route or record.
    NotFound,
    /// The route does not know the method.
    MethodNotAllowed,
    /// No answer in a form that the client accepts.
    NotAcceptable,
    /// The body took too long.
    Timeout,
    /// The record's state does not allow it.
    WrongState,
    /// Another record has the value.
    Duplicate,
    /// Referred to by others.
    InUse,
    /// The same Idempotency-Key is being worked on.
    InFlight,
    /// Something else has to come to its end first.
    Busy,
    /// Set up already.
    SetUp,
    /// If-Match names an older version.
    Stale,
    /// The body is too large.
    TooLarge,
    /// The body is of the wrong media type.
    MediaType,
    /// Parsed but refused.
    Invalid,
    /// Too many requests, or too many failures.
    TooManyRequests,
    /// The Idempotency-Key came with another request before.
    KeyReused,
    /// If-Match is missing.
    VersionMissing,
    /// A fault of the server.
    Internal,
    /// The database cannot be reached or is busy.
    Unavailable,
    /// The disk is full.
    NoSpace,
    /// Whether the change was made is not known.
    OutcomeUnknown,
    /// The server takes no changes now.
    ReadOnly,
}

/// Status, last part of the `type`, and title of each kind.
#[rustfmt::skip]
pub const KINDS: &[(Kind, StatusCode, &str, &str)] = &[
    (Kind::BadRequest, StatusCode::BAD_REQUEST, "bad-request", "The request cannot be read"),
    (Kind::Unauthenticated, StatusCode::UNAUTHORIZED, "unauthenticated", "Not signed in"),
    (Kind::SignInRefused, StatusCode::UNAUTHORIZED, "sign-in-refused", "Sign-in refused"),
    (Kind::Forbidden, StatusCode::FORBIDDEN, "forbidden", "Not allowed"),
    (Kind::SignatureRefused, StatusCode::FORBIDDEN, "signature-refused", "Signature refused"),
    (Kind::NotFound, StatusCode::NOT_FOUND, "not-found", "Not found"),
    (Kind::MethodNotAllowed, StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "Method not allowed"),
    (Kind::NotAcceptable, StatusCode::NOT_ACCEPTABLE, "not-acceptable", "No acceptable form of the answer"),
    (Kind::Timeout, StatusCode::REQUEST_TIMEOUT, "timeout", "The request took too long"),
    (Kind::WrongState, StatusCode::CONFLICT, "wrong-state", "The record's state does not allow this"),
    (Kind::Duplicate, StatusCode::CONFLICT, "duplicate", "There is such a record already"),
    (Kind::InUse, StatusCode::CONFLICT, "in-use", "In use"),
    (Kind::InFlight, StatusCode::CONFLICT, "in-flight", "The same request is being worked on"),
    (Kind::Busy, StatusCode::CONFLICT, "busy", "Something else has to end first"),
    (Kind::SetUp, StatusCode::CONFLICT, "set-up", "Set up already"),
    (Kind::Stale, StatusCode::PRECONDITION_FAILED, "stale-version", "The record has changed"),
    (Kind::TooLarge, StatusCode::PAYLOAD_TOO_LARGE, "too-large", "The body is too large"),
    (Kind::MediaType, StatusCode::UNSUPPORTED_MEDIA_TYPE, "media-type", "Wrong media type"),
    (Kind::Invalid, StatusCode::UNPROCESSABLE_ENTITY, "invalid", "Not in order"),
    (Kind::KeyReused, StatusCode::UNPROCESSABLE_ENTITY, "key-reused", "Idempotency-Key used before"),
    (Kind::VersionMissing, StatusCode::PRECONDITION_REQUIRED, "version-missing", "If-Match is missing"),
    (Kind::TooManyRequests, StatusCode::TOO_MANY_REQUESTS, "too-many-requests", "Too many requests"),
    (Kind::Internal, StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something went wrong inside the server"),
    (Kind::Unavailable, StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Not available at the moment"),
    (Kind::NoSpace, StatusCode::INSUFFICIENT_STORAGE, "no-space", "There is no room left for the body"),
    (Kind::OutcomeUnknown, StatusCode::SERVICE_UNAVAILABLE, "outcome-unknown", "The outcome is unknown"),
    (Kind::ReadOnly, StatusCode::SERVICE_UNAVAILABLE, "read-only", "Read-only at the moment"),
];

impl Kind {
    pub(super) fn facts(self) -> (StatusCode, &'static str, &'static str) {
        KINDS
            .iter()
            .find(|(kind, ..)| *kind == self)
            .map_or((StatusCode::INTERNAL_SERVER_ERROR, "internal", ""), |row| {
                (row.1, row.2, row.3)
            })
    }

    /// The last part of its `type`.
    pub fn word(self) -> &'static str {
        self.facts().1
    }

    /// The HTTP status.
    pub fn status(self) -> StatusCode {
        self.facts().0
    }
}

/// The one table from what went wrong to what is answered.
pub(super) fn kind_of(error: &Error) -> Kind {
    match error {
        Error::Unauthenticated => Kind::Unauthenticated,
        Error::SignInRefused => Kind::SignInRefused,
        Error::NotFound(_) => Kind::NotFound,
        Error::Forbidden { .. } => Kind::Forbidden,
        Error::SignatureRefused => Kind::SignatureRefused,
        Error::VersionMissing => Kind::VersionMissing,
        Error::VersionStale { .. } => Kind::Stale,
        Error::WrongState(_) => Kind::WrongState,
        Error::Duplicate(_) | Error::Database(db::Error::Unique(_)) | Error::AnswerOutdated => {
            Kind::Duplicate
        }
        Error::InUse(_) | Error::Database(db::Error::ForeignKey(_)) => Kind::InUse,
        Error::Invalid(_) => Kind::Invalid,
        Error::Unreadable(_) => Kind::BadRequest,
        Error::KeyReused => Kind::KeyReused,
        Error::KeyInFlight => Kind::InFlight,
        Error::ReadOnly => Kind::ReadOnly,
        Error::Busy(_) => Kind::Busy,
        Error::Crowded(_) | Error::Files(_) => Kind::Unavailable,
        Error::SetUp(_) => Kind::SetUp,
        Error::Database(db::Error::OutcomeUnknown) => Kind::OutcomeUnknown,
        Error::Database(
            db::Error::Unavailable(_) | db::Error::Contention(_) | db::Error::Rejected { .. },
        ) => Kind::Unavailable,
        Error::Database(db::Error::Other(_)) | Error::Internal(_) => Kind::Internal,
    }
}

/// The sentence for people. Of the database's own errors nothing is told but what it means for the caller.
pub(super) fn detail_of(error: &Error) -> String {
    match error {
        Error::Database(db::Error::Unique(_)) => "another record has this value already".to_owned(),
        Error::Database(db::Error::ForeignKey(_)) => {
            "a record that this one refers to is missing, or others refer to this one".to_owned()
        }
        Error::Database(db::Error::OutcomeUnknown) => {
            "whether the change was saved is unknown; repeat with the same Idempotency-Key"
                .to_owned()
        }
        Error::Database(db::Error::Contention(_)) => {
            "others are changing the same records; nothing was written, repeat in a moment"
                .to_owned()
        }
        Error::Database(db::Error::Unavailable(_)) => {
            "the database is not available; nothing was written, repeat in a moment".to_owned()
        }
        Error::Database(db::Error::Rejected { .. }) => {
            "the database cannot be used as it is set up; the server's log says why".to_owned()
        }
        Error::Database(db::Error::Other(_)) | Error::Internal(_) => {
            "the server's log has the reason under this request id".to_owned()
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::{KINDS, Kind};

    #[test]
    fn every_kind_has_one_row_and_a_word_of_its_own() {
        for (place, row) in KINDS.iter().enumerate() {
            for other in &KINDS[..place] {
                assert_ne!(row.0, other.0);
                assert_ne!(row.2, other.2);
            }
        }
        assert_eq!(KINDS.len(), Kind::ReadOnly as usize + 1);
    }
}
