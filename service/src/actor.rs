//! Who is acting: a signed-in user with roles, or the program itself on the command line.

use crate::error::{Error, Result};
use crate::role::{Role, Roles};
use crate::words::Language;

/// What a token may be used for, where it may not be used for everything that its user may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scopes {
    /// Reading what the user may read.
    pub read: bool,
    /// `/metrics`.
    pub metrics: bool,
}

/// Whoever acts.
#[derive(Clone, Debug)]
pub struct Actor {
    /// The user; `None` for the command line.
    pub id: Option<i64>,
    /// The name as history and signatures print it.
    pub name: String,
    /// All roles together.
    pub roles: Roles,
    /// The language in which texts are written unless said otherwise.
    pub language: Language,
    /// The token that was used, so that it can be revoked.
    pub token_id: Option<i64>,
    /// What the token is limited to, if it is.
    pub scopes: Option<Scopes>,
}

impl Actor {
    /// The program itself, run by whoever may run it on the server: manages users and lists, never decides or signs.
    pub fn command_line() -> Self {
        Self {
            id: None,
            name: "dmt command line".to_owned(),
            roles: [Role::Admin].into_iter().collect(),
            language: Language::English,
            token_id: None,
            scopes: None,
        }
    }

    /// The user's id; the command line has none and may not do what needs one.
    pub fn user_id(&self) -> Result<i64> {
        self.id
            .ok_or_else(|| Error::forbidden("only a signed-in user may do this"))
    }

    /// Refuses whoever has none of `roles`, or a token that may only read.
    pub fn require(&self, roles: &[Role], what: &str) -> Result<()> {
        self.may_write()?;
        if self.roles.has_any(roles) {
            return Ok(());
        }
        let who: Vec<_> = roles.iter().map(|role| role.word()).collect();
        Err(Error::forbidden(format!(
            "only {} may {what}",
            who.join(", ")
        )))
    }

    /// Refuses a token that may not write.
    pub fn may_write(&self) -> Result<()> {
        match self.scopes {
            Some(_) => Err(Error::forbidden("this token may only read")),
            None => Ok(()),
        }
    }

    /// Refuses a token that may not even read records.
    pub fn may_read(&self) -> Result<()> {
        match self.scopes {
            Some(Scopes { read: false, .. }) => {
                Err(Error::forbidden("this token may not read records"))
            }
            _ => Ok(()),
        }
    }
}
