//! The system that a database holds, read without writing: which one it is, and what its values mean.

use std::collections::BTreeMap;

use db::bulk::Reading;
use futures_util::TryStreamExt;
use sea_orm::DbBackend;

use super::tables::quoted;
use super::{Error, MARK, Result, Side};
use crate::audit::AuditKey;
use crate::setting::name;

/// What a system's settings say about its data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    /// The moment of its first start, which no two systems share.
    pub(super) first_start: String,
    pub(super) currency: String,
    pub(super) currency_digits: u32,
    /// The fingerprint of its audit key, or `none`.
    audit_key: String,
}

impl Origin {
    /// The system in the source.
    ///
    /// # Errors
    /// [`Error::Refused`] where there is none, or only a part of one.
    pub(super) async fn read(source: &mut Reading, backend: DbBackend) -> Result<Self> {
        let settings = settings(source, backend, Side::Source).await?;
        if settings.contains_key(MARK) {
            return Err(Error::Refused(
                "the source is itself a copy that was cut off: finish it with `dmt copy --resume` first".to_owned(),
            ));
        }
        Self::of(&settings).ok_or_else(|| {
            let what = "no system was ever started on the source, so there is nothing to move";
            Error::Refused(what.to_owned())
        })
    }

    /// What settings say, where they are whole.
    pub(super) fn of(settings: &BTreeMap<String, String>) -> Option<Self> {
        let of = |name: &str| settings.get(name).cloned();
        Some(Self {
            first_start: of(name::FIRST_START)?,
            currency: of(name::CURRENCY)?,
            currency_digits: of(name::CURRENCY_DIGITS)?.parse().ok()?,
            audit_key: of(name::AUDIT_KEY)?,
        })
    }

    /// Whether the system's history can be verified with this key.
    pub(super) fn require_key(&self, key: &AuditKey) -> Result<()> {
        let now = key.fingerprint()?;
        let what = match (self.audit_key.as_str(), now.as_str()) {
            (then, now) if then == now => return Ok(()),
            ("none", _) => {
                "DMT_AUDIT_KEY is set, but the history of this system has no key: leave it unset"
            }
            (_, "none") => {
                "the history of this system has a key, without which it cannot be verified: set DMT_AUDIT_KEY to it"
            }
            _ => {
                "DMT_AUDIT_KEY is not the key of this system's history: set it to that of the first start"
            }
        };
        Err(Error::Refused(what.to_owned()))
    }
}

/// The rows of `setting`.
pub(super) async fn settings(
    reading: &mut Reading,
    backend: DbBackend,
    side: Side,
) -> Result<BTreeMap<String, String>> {
    let [name, content, table] = ["name", "content", "setting"].map(|word| quoted(backend, word));
    let add = |pairs: &mut Vec<(String, String)>, row: db::Row<'_>| {
        let pair: (String, String) = (row.get(0)?, row.get(1)?);
        let bytes = pair.0.len() + pair.1.len();
        pairs.push(pair);
        Ok(bytes)
    };
    let pairs = reading.batches(format!("SELECT {name}, {content} FROM {table}"), add);
    let pairs = pairs.try_concat().await;
    Ok(pairs
        .map_err(|error| side.failed(error))?
        .into_iter()
        .collect())
}
