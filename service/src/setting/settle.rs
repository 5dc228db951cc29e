//! The start of a system: what the environment says becomes the settings once, and is held against them from then on.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use db::Db;

use super::{Currency, Settings, insert_missing, name, read};
use crate::audit::AuditKey;
use crate::clock::Clock;
use crate::error::{Error, FieldError, Result};
use crate::names;
use crate::value::Instant;

/// What the environment says; `None` where it says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// `DMT_CURRENCY`: an ISO 4217 code.
    pub currency: Option<String>,
    /// `DMT_TAG_PREFIX`: 1 to 10 of A–Z and 0–9.
    pub tag_prefix: Option<String>,
    /// `DMT_TIME_ZONE`: a name of the IANA time zone database.
    pub time_zone: Option<String>,
}

impl Wanted {
    /// Each variable whose value is none, and what it must be.
    pub fn mistakes(&self) -> Vec<FieldError> {
        match read_wanted(self) {
            Err(Error::Invalid(errors)) => errors,
            _ => Vec::new(),
        }
    }
}

/// What differs between the environment and what the system was first started with: each a sentence that says what to
/// do. Nothing where it was not started yet.
pub async fn differences(db: &Db, wanted: &Wanted, audit_key: &AuditKey) -> Result<Vec<String>> {
    let stored = read(db.reader()).await?;
    Ok(all_differences(&stored, wanted, &audit_key.fingerprint()?))
}

/// What the first start fixes when the environment says nothing.
const DEFAULT_CURRENCY: &str = "EUR";
const DEFAULT_TAG_PREFIX: &str = "DMT";

/// Fixes the settings at first start, and afterwards holds the environment against them.
///
/// # Errors
/// [`Error::Invalid`] names each variable whose value is none; [`Error::SetUp`] names each that differs from what the
/// system was started with, and says what to do.
pub async fn settle(
    db: &Db,
    clock: &Clock,
    wanted: &Wanted,
    audit_key: &AuditKey,
) -> Result<Settings> {
    let rows = first_rows(clock, wanted, audit_key)?;
    let mut stored = read(db.reader()).await?;
    if stored.contains_key(crate::moving::MARK) {
        return Err(Error::SetUp(
            "this database is a copy that was cut off and is not whole: go on with it by `dmt copy --resume`"
                .to_owned(),
        ));
    }
    if rows.iter().any(|(name, _)| !stored.contains_key(*name)) {
        let missing = rows.clone();
        db.write(move |tx| {
            let missing = missing.clone();
            Box::pin(async move { insert_missing(tx, missing).await })
        })
        .await?;
        stored = read(db.reader()).await?;
    }
    refuse_differences(&stored, wanted, &audit_key.fingerprint()?)?;
    Settings::of(&stored)
}

/// The rows of a first start under this environment, in the one order in which every server inserts them.
fn first_rows(
    clock: &Clock,
    wanted: &Wanted,
    audit_key: &AuditKey,
) -> Result<Vec<(&'static str, String)>> {
    let (currency, tag_prefix, time_zone) = read_wanted(wanted)?;
    let lock = "locked by changes that exclude each other";
    Ok(vec![
        (name::AUDIT_KEY, audit_key.fingerprint()?),
        (name::CURRENCY, currency.code),
        (name::CURRENCY_DIGITS, currency.digits.to_string()),
        (name::FIRST_START, Instant::show(&clock.now())),
        (name::LOCK, lock.to_owned()),
        (names::LABEL, "none was changed yet".to_owned()),
        (name::TAG_PREFIX, tag_prefix.to_owned()),
        (name::TIME_ZONE, time_zone.to_string()),
    ])
}

/// What is wanted, or every variable whose value is none.
fn read_wanted(wanted: &Wanted) -> Result<(Currency, &str, Tz)> {
    let Wanted {
        currency,
        tag_prefix,
        time_zone,
    } = wanted;
    let currency = Currency::of(currency.as_deref().unwrap_or(DEFAULT_CURRENCY));
    let prefix = tag_prefix.as_deref().unwrap_or(DEFAULT_TAG_PREFIX);
    let zone = time_zone.as_deref().map_or(Ok(Tz::UTC), str::parse);
    let mut errors = Vec::new();
    let mut refuse = |field: &str, what: &str| errors.push(FieldError::new(field, "format", what));
    if currency.is_none() {
        let what = "must be an ISO 4217 code in capitals, such as EUR";
        refuse("DMT_CURRENCY", what);
    }
    if !is_tag_prefix(prefix) {
        let what = "must have 1 to 10 characters of A–Z and 0–9";
        refuse("DMT_TAG_PREFIX", what);
    }
    if zone.is_err() {
        let what = "must be a name of the IANA time zone database, such as Europe/Berlin";
        refuse("DMT_TIME_ZONE", what);
    }
    match (currency, zone) {
        (Some(currency), Ok(zone)) if errors.is_empty() => Ok((currency, prefix, zone)),
        _ => Err(Error::Invalid(errors)),
    }
}

fn is_tag_prefix(text: &str) -> bool {
    (1..=10).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

fn refuse_differences(
    stored: &BTreeMap<String, String>,
    wanted: &Wanted,
    fingerprint: &str,
) -> Result<()> {
    let differences = all_differences(stored, wanted, fingerprint);
    if differences.is_empty() {
        Ok(())
    } else {
        Err(Error::SetUp(differences.join("; ")))
    }
}

fn all_differences(
    stored: &BTreeMap<String, String>,
    wanted: &Wanted,
    fingerprint: &str,
) -> Vec<String> {
    let Wanted {
        currency,
        tag_prefix,
        time_zone,
    } = wanted;
    let variables = [
        ("DMT_CURRENCY", name::CURRENCY, currency),
        ("DMT_TAG_PREFIX", name::TAG_PREFIX, tag_prefix),
        ("DMT_TIME_ZONE", name::TIME_ZONE, time_zone),
    ];
    let mut differences: Vec<String> = variables
        .into_iter()
        .filter_map(|(variable, name, wanted)| {
            let (stored, wanted) = (stored.get(name)?, wanted.as_ref()?);
            (stored != wanted).then(|| {
                format!(
                    "{variable} is {wanted}, but this system was first started with {stored}, which stays for its life: \
                     set {variable}={stored} or leave it unset"
                )
            })
        })
        .collect();
    differences.extend(
        stored
            .get(name::AUDIT_KEY)
            .and_then(|stored| key_difference(stored, fingerprint)),
    );
    differences
}

/// Neither key is shown, nor its fingerprint: against that a weak key could be guessed.
fn key_difference(stored: &str, fingerprint: &str) -> Option<String> {
    let text = match (stored, fingerprint) {
        (stored, now) if stored == now => return None,
        ("none", _) => {
            "DMT_AUDIT_KEY is set, but this system was first started without it and its history has no key: leave it unset"
        }
        (_, "none") => {
            "DMT_AUDIT_KEY is not set, but this system was first started with it: set it to the key of the first start"
        }
        _ => {
            "DMT_AUDIT_KEY is not the key that this system was first started with: set it to the key of the first start"
        }
    };
    Some(text.to_owned())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use super::*;

    #[test]
    fn every_wrong_variable_is_named_at_once() {
        let wanted = Wanted {
            currency: Some("EURO".to_owned()),
            tag_prefix: Some("dmt".to_owned()),
            time_zone: Some("Mars/Olympus".to_owned()),
        };
        let Err(Error::Invalid(errors)) = first_rows(&Clock::Real, &wanted, &AuditKey::default())
        else {
            panic!("nothing was refused");
        };
        let fields: Vec<_> = errors.into_iter().map(|error| error.field).collect();
        assert_eq!(fields, ["DMT_CURRENCY", "DMT_TAG_PREFIX", "DMT_TIME_ZONE"]);
    }

    #[test]
    fn differences_name_both_values_but_never_a_key() {
        let first = first_rows(
            &Clock::Real,
            &Wanted::default(),
            &AuditKey::new(Some("first secret")),
        )
        .unwrap();
        let stored: BTreeMap<_, _> = first
            .into_iter()
            .map(|(name, content)| (name.to_owned(), content))
            .collect();
        let wanted = Wanted {
            currency: Some("USD".to_owned()),
            ..Wanted::default()
        };
        let other = AuditKey::new(Some("other secret")).fingerprint().unwrap();
        let text = refuse_differences(&stored, &wanted, &other)
            .unwrap_err()
            .to_string();
        assert!(
            text.contains("DMT_CURRENCY is USD") && text.contains("first started with EUR"),
            "{text}"
        );
        assert!(text.contains("DMT_AUDIT_KEY is not the key"), "{text}");
        assert!(
            !text.contains("secret")
                && !text.contains(&other)
                && !text.contains(&stored["audit_key"]),
            "{text}"
        );
        assert!(refuse_differences(&stored, &Wanted::default(), &stored["audit_key"]).is_ok());
    }
}
