//! The password of a signature, checked before the transaction that acts begins, because hashing takes long; and only
//! where nothing else is wrong, because a wrong password is told last and counts toward the pause of the signer.

use sea_orm::DbErr;

use super::confirm;
use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::system::System;

/// How often a record is looked at before its signature is given up.
pub(crate) const LOOKS: u32 = 3;

/// What is known of a signature's password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    /// Not looked at: the action is not signed, or something else kept it from being taken.
    NotAsked,
    Right,
    Wrong,
}

impl Proof {
    /// Checks a password, where a look found that the action `may` be taken.
    pub(crate) async fn of<T>(
        system: &System,
        actor: &Actor,
        password: &str,
        may: Result<T>,
    ) -> Result<Self> {
        match may {
            Ok(_) if confirm(system, actor, password).await? => Ok(Self::Right),
            Ok(_) => Ok(Self::Wrong),
            Err(error @ (Error::Database(_) | Error::Internal(_))) => Err(error),
            // The transaction says it, unless the request was answered before and is only repeated.
            Err(_) => Ok(Self::NotAsked),
        }
    }

    /// Refuses what must be signed and was not.
    pub(crate) fn demand(self) -> Result<()> {
        match self {
            Self::Right => Ok(()),
            Self::NotAsked | Self::Wrong => Err(Error::SignatureRefused),
        }
    }

    /// What the transaction came to, and what is to be answered; none where it is to be looked at once more, because
    /// what kept the action from being taken has gone since the look, and now the password counts. A refusal is noted.
    pub(crate) async fn settle<T>(
        self,
        done: Result<T>,
        note: impl Future<Output = Result<()>>,
    ) -> Result<Option<T>> {
        match (done, self) {
            (Err(Error::SignatureRefused), Self::NotAsked) => Ok(None),
            (Err(Error::SignatureRefused), _) => {
                note.await?;
                Err(Error::SignatureRefused)
            }
            (done, _) => done.map(Some),
        }
    }
}

/// The record changed each time between the look and the signature.
pub(crate) fn overtaken() -> Error {
    let changing = "the record changed each time between the look and the signature";
    Error::Database(db::Error::Contention(DbErr::Custom(changing.to_owned())))
}
