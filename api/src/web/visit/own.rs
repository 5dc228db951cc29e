//! The fields of a form that are ours and none of the service's: they begin with `_`.

use service::Error;
use service::idempotency::Idempotency;

use super::Visit;
use crate::web::session;
use crate::web::typed::Typed;

/// Where a form carries its Idempotency-Key.
pub(super) const KEY: &str = "_key";

/// The fields that are ours.
pub(super) struct Own(Vec<(String, String)>);

impl Own {
    /// The fields of a form, told apart: what was typed, and ours.
    pub(super) fn apart(fields: impl IntoIterator<Item = (String, String)>) -> (Typed, Self) {
        let fields = fields.into_iter();
        let (own, typed): (Vec<_>, Vec<_>) = fields.partition(|(name, _)| name.starts_with('_'));
        (Typed::with(typed), Self(own))
    }

    /// All of them.
    pub(super) fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    /// One of them.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        let mut pairs = self.0.iter();
        let found = pairs.find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The proof that the form is one of ours.
    pub(super) fn proof(&self) -> Option<&str> {
        self.value(session::PROOF)
    }

    /// Whether a key came with it.
    pub(super) fn has_key(&self) -> bool {
        self.value(KEY).is_some_and(|key| !key.is_empty())
    }

    /// The Idempotency-Key, together with all that tells this request from another: what is `said` besides its address.
    pub(super) fn key(&self, visit: &Visit, said: &[&[u8]]) -> Result<Option<Idempotency>, Error> {
        let Some(key) = self.value(KEY).filter(|key| !key.is_empty()) else {
            return Ok(None);
        };
        let path = visit.request().path().as_bytes();
        let all = [&[b"form".as_slice(), path][..], said].concat();
        Idempotency::new(key, &all).map(Some)
    }
}
