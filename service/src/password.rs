//! Passwords: argon2id on threads of their own, as many at a time as there are cores, so that memory is bounded.
//!
//! A password is checked against a hash in every case: where there is no user, against one that nothing matches
//! and that costs the same. The parameters of the first line are OWASP's (19 MiB, two passes, one lane).

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::Error as HashError;
use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use crate::error::{Error, FieldError, Result};

/// What production hashes with: m = 19,456 KiB, t = 2, p = 1.
const PRODUCTION: Params = Params::DEFAULT;

/// The least that argon2 takes.
const MINIMAL: Params = match Params::new(
    Params::MIN_M_COST,
    Params::MIN_T_COST,
    Params::MIN_P_COST,
    None,
) {
    Ok(params) => params,
    Err(_) => Params::DEFAULT,
};

/// How long a refused sign-in takes at least: longer than any check, so that its time tells nothing.
const REFUSAL: Duration = Duration::from_millis(400);

/// How much is asked of the allocator for one hash, in bytes: more than it needs, and only what is used takes memory. What
/// is larger than 32 MiB the C library of Linux has from the system and gives back as soon as it is free; smaller, it keeps
/// it, and does not find it again (it has to be aligned), so that sign-ins add 19 MiB each until some hundred are reached.
const ROOM: usize = 33 << 20;

type Hashed<T> = std::result::Result<T, HashError>;

/// The hash of a password on this thread.
fn digest(argon2: &Argon2<'_>, password: &[u8], salt: &[u8]) -> Hashed<Output> {
    let params = argon2.params();
    let length = params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN);
    let mut out = [0; Output::MAX_LENGTH];
    let out = out.get_mut(..length).ok_or(HashError::OutputSize)?;
    let blocks = params.block_count();
    let mut room = Vec::with_capacity(blocks.max(ROOM / size_of::<Block>()));
    room.resize(blocks, Block::new());
    argon2.hash_password_into_with_memory(password, salt, out, &mut room)?;
    Ok(Output::new(out)?)
}

/// The PHC string of a password with a new salt.
fn hash(argon2: &Argon2<'_>, password: &[u8]) -> Hashed<String> {
    let salt = Salt::generate();
    let hash = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(argon2.params())?,
        salt: Some(salt),
        hash: Some(digest(argon2, password, &salt)?),
    };
    Ok(hash.to_string())
}

/// Whether a password has this hash, whose parameters may be others than today's. Outputs are compared in constant time.
fn matches(password: &[u8], hash: &PasswordHash) -> Hashed<bool> {
    let (Some(salt), Some(expected)) = (&hash.salt, &hash.hash) else {
        return Err(HashError::PasswordInvalid);
    };
    let version = hash
        .version
        .map_or(Ok(Version::default()), Version::try_from)?;
    let argon2 = Argon2::new(
        Algorithm::try_from(hash.algorithm.as_str())?,
        version,
        Params::try_from(hash)?,
    );
    Ok(digest(&argon2, password, salt)? == *expected)
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// How passwords are hashed; cheap to clone.
#[derive(Clone, Debug)]
pub struct Hashing {
    argon2: Argon2<'static>,
    /// A hash with the same parameters that no password has.
    nobody: Arc<str>,
    turns: Arc<Semaphore>,
    refusal: Duration,
}

/// What stands in the place of a hash where an archive left the passwords out: nobody signs in with it, until an
/// administrator sets a new one.
pub(crate) const NO_PASSWORD: &str = "!";

impl Hashing {
    /// For systems with real passwords.
    pub fn production() -> Self {
        Self::with(&PRODUCTION, REFUSAL)
    }

    /// For tests alone: so weak that it takes no time.
    pub fn for_tests() -> Self {
        Self::with(&MINIMAL, Duration::ZERO)
    }

    fn with(params: &Params, refusal: Duration) -> Self {
        let (m, t, p) = (params.m_cost(), params.t_cost(), params.p_cost());
        Self {
            argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone()),
            nobody: format!(
                "$argon2id$v=19$m={m},t={t},p={p}$bm9ib2R5bm9ib2R5bm8${}",
                "A".repeat(43)
            )
            .into(),
            turns: Arc::new(Semaphore::new(cores())),
            refusal,
        }
    }

    /// How long a refused sign-in takes at least.
    pub(crate) fn refusal(&self) -> Duration {
        self.refusal
    }

    /// Hashes a password, with a salt of its own, into a PHC string.
    pub async fn hash(&self, password: &str) -> Result<String> {
        let (argon2, password) = (self.argon2.clone(), password.to_owned());
        let hash = self
            .in_turn(move || hash(&argon2, password.as_bytes()))
            .await?;
        hash.map_err(Error::internal)
    }

    /// Whether a password has this hash; without one it takes as long and is false.
    pub async fn verify(&self, password: &str, hash: Option<&str>) -> Result<bool> {
        let hash = hash.filter(|hash| *hash != NO_PASSWORD);
        let known = hash.is_some();
        let hash = PasswordHash::new(hash.unwrap_or(&self.nobody)).map_err(Error::internal)?;
        let password = password.to_owned();
        let matches = self
            .in_turn(move || matches(password.as_bytes(), &hash))
            .await?;
        Ok(matches.map_err(Error::internal)? && known)
    }

    /// Whether a stored hash was made with other parameters than those of today.
    pub(crate) fn is_outdated(&self, hash: &str) -> bool {
        let parameters = |hash: &str| hash.rsplitn(3, '$').nth(2).map(str::to_owned);
        parameters(hash) != parameters(&self.nobody)
    }

    /// Runs on a thread of its own when it is its turn. The turn ends with the work, even when nobody waits for it any more.
    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let turn = Arc::clone(&self.turns)
            .acquire_owned()
            .await
            .map_err(Error::internal)?;
        let done = spawn_blocking(move || {
            let result = work();
            drop(turn);
            result
        });
        done.await.map_err(Error::internal)
    }
}

/// Refuses a password that is the user's name; its length was checked as it was read.
pub(crate) fn policy(field: &str, password: &str, username: &str) -> Vec<FieldError> {
    if password.to_lowercase() == username.to_lowercase() {
        vec![FieldError::new(field, "weak", "must not be the user name")]
    } else {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use super::{Hashing, policy};

    #[tokio::test]
    async fn a_password_matches_its_hash_and_nothing_else() {
        let hashing = Hashing::for_tests();
        let hash = hashing.hash("correct horse").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{hash}");
        assert!(hashing.verify("correct horse", Some(&hash)).await.unwrap());
        assert!(!hashing.verify("Correct horse", Some(&hash)).await.unwrap());
        assert_ne!(
            hash,
            hashing.hash("correct horse").await.unwrap(),
            "the salt is new each time"
        );
    }

    #[tokio::test]
    async fn without_a_user_the_check_is_made_and_fails() {
        for hashing in [Hashing::for_tests(), Hashing::production()] {
            assert!(!hashing.verify("anything at all", None).await.unwrap());
        }
    }

    #[tokio::test]
    async fn a_hash_that_is_none_is_a_fault_and_not_a_wrong_password() {
        assert!(
            Hashing::for_tests()
                .verify("x", Some("plain text"))
                .await
                .is_err()
        );
    }

    #[tokio::test]
    async fn a_hash_of_other_parameters_is_outdated_but_still_matches() {
        let (old, new) = (Hashing::for_tests(), Hashing::production());
        let hash = old.hash("correct horse").await.unwrap();
        assert!(!old.is_outdated(&hash));
        assert!(new.is_outdated(&hash));
        assert!(new.verify("correct horse", Some(&hash)).await.unwrap());
        assert!(!new.is_outdated(&new.hash("correct horse").await.unwrap()));
    }

    #[test]
    fn the_user_name_is_no_password() {
        assert_eq!(policy("password", "Inspector", "inspector").len(), 1);
        assert!(policy("password", "inspector-demo", "inspector").is_empty());
    }
}
