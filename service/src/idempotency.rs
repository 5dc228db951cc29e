//! A POST with an Idempotency-Key is done once: its answer is kept for a day and given again.
//!
//! The answer is written in the same transaction as the change, so the two cannot part. Of the key only a
//! digest is stored, and the request is fingerprinted with the key itself: whoever reads the table cannot
//! try passwords against the fingerprint of a body that held one.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::TimeDelta;
use entity::idempotency_key;
use hmac::{Hmac, KeyInit, Mac};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::system::Unit;

/// How long an answer is kept.
pub const KEPT: TimeDelta = TimeDelta::hours(24);

/// A key and the fingerprint of the request that it came with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idempotency {
    key_hash: String,
    request_hash: String,
}

impl Idempotency {
    /// Reads a key (1 to 255 visible ASCII characters) that came with a request; `request` is all that tells
    /// one request from another (method, path, body).
    pub fn new(key: &str, request: &[&[u8]]) -> Result<Self> {
        if key.is_empty() || key.len() > 255 || !key.bytes().all(|b| (0x21..0x7f).contains(&b)) {
            let message = "must be 1 to 255 visible ASCII characters, such as a UUID";
            return Err(Error::field("Idempotency-Key", "format", message));
        }
        let mut fingerprint =
            Hmac::<Sha256>::new_from_slice(key.as_bytes()).map_err(Error::internal)?;
        for part in request {
            fingerprint.update(&(part.len() as u64).to_be_bytes());
            fingerprint.update(part);
        }
        Ok(Self {
            key_hash: crate::hex::encode(&Sha256::digest(key.as_bytes())),
            request_hash: crate::hex::encode(&fingerprint.finalize().into_bytes()),
        })
    }

    /// The request as whoever asks may ask it: an answer is not given again to somebody who has lost a role since,
    /// because it may show what he no longer sees.
    fn asked_as(&self, actor: &Actor) -> String {
        let mut digest = Sha256::new();
        digest.update(self.request_hash.as_bytes());
        for role in actor.roles.iter() {
            digest.update(role.word().as_bytes());
            digest.update(b" ");
        }
        crate::hex::encode(&digest.finalize())
    }

    /// The answer that was given to this request before.
    pub(crate) async fn recall<T: DeserializeOwned>(&self, unit: &Unit<'_>) -> Result<Option<T>> {
        let stored = idempotency_key::Entity::find()
            .filter(idempotency_key::Column::UserId.eq(unit.actor.user_id()?))
            .filter(idempotency_key::Column::KeyHash.eq(&self.key_hash))
            .one(unit.tx)
            .await?;
        let Some(stored) = stored else {
            return Ok(None);
        };
        if stored.created_at < unit.now - KEPT {
            idempotency_key::Entity::delete_by_id(stored.id)
                .exec(unit.tx)
                .await?;
            return Ok(None);
        }
        if stored.request_hash != self.asked_as(&unit.actor) {
            return Err(Error::KeyReused);
        }
        serde_json::from_str(&stored.answer)
            .map(Some)
            .map_err(|error| {
                log::warn!("a kept answer cannot be read, and was not given again: {error}");
                Error::AnswerOutdated
            })
    }

    /// Keeps an answer beside the change that it tells of.
    pub(crate) async fn keep<T: Serialize>(&self, unit: &Unit<'_>, answer: &T) -> Result<()> {
        let row = idempotency_key::ActiveModel {
            user_id: Set(unit.actor.user_id()?),
            key_hash: Set(self.key_hash.clone()),
            request_hash: Set(self.asked_as(&unit.actor)),
            answer: Set(serde_json::to_string(answer).map_err(Error::internal)?),
            created_at: Set(unit.now),
            ..Default::default()
        };
        idempotency_key::Entity::insert(row)
            .exec_without_returning(unit.tx)
            .await?;
        Ok(())
    }
}

/// Forgets answers that are older than a day.
pub(crate) async fn forget_old(unit: &Unit<'_>) -> Result<u64> {
    let done = idempotency_key::Entity::delete_many()
        .filter(idempotency_key::Column::CreatedAt.lt(unit.now - KEPT))
        .exec(unit.tx)
        .await?;
    Ok(done.rows_affected)
}

/// The keys that this server is working on; on another server the database's unique key makes the second wait.
#[derive(Clone, Debug, Default)]
pub(crate) struct InFlight(Arc<Mutex<HashSet<UserKey>>>);

/// Whose key, and its digest.
type UserKey = (Option<i64>, String);

/// A key that is being worked on until this is dropped.
pub(crate) struct Claim {
    all: InFlight,
    key: UserKey,
}

impl InFlight {
    /// Claims a key for one request.
    pub(crate) fn claim(&self, user: Option<i64>, key: &Idempotency) -> Result<Claim> {
        let key = (user, key.key_hash.clone());
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !keys.insert(key.clone()) {
            return Err(Error::KeyInFlight);
        }
        Ok(Claim {
            all: self.clone(),
            key,
        })
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let mut keys = self.all.0.lock().unwrap_or_else(PoisonError::into_inner);
        keys.remove(&self.key);
    }
}
