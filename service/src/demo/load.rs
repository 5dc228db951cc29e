//! Demo data by choice: who has set a system up may load it before anything else is there. It is told as `dmt demo` tells
//! it, while a server works, and stands beside whoever loads it, who keeps his name and his rights.

use entity::app_user;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use super::ground::{self, State};
use super::plant::{PEOPLE, password};
use super::{DEFAULT_RECORDS, DEFAULT_SEED, fill};
use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::input::Draft;
use crate::rights::ARCHIVES;
use crate::role::Role;
use crate::system::System;
use crate::token::to_the_end;

crate::choice! {
    /// How a system stands to demo data.
    pub enum Standing {
        /// Nobody has worked here yet: it may be loaded.
        Empty = "empty",
        /// It is being loaded, or that was interrupted: it may be gone on with.
        Unfinished = "unfinished",
        /// It is there.
        Loaded = "loaded",
        /// The system holds data of its own, beside which none is loaded.
        Taken = "taken",
    }
}

crate::input! {
    /// Demo data to load.
    pub struct Load {
        /// True: whoever loads it knows that everybody knows the passwords of its users.
        passwords_known: required bool,
    }
}

/// What was loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// How many records.
    pub records: u64,
    /// Who can sign in now, besides whoever has loaded it.
    pub users: Vec<DemoUser>,
}

/// Somebody of the demo, with whose name one signs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoUser {
    /// The name to sign in with.
    pub username: String,
    /// The password that he was made with.
    pub password: String,
    /// His one role.
    pub role: Role,
}

/// Small enough to be told within a request.
const WANTED: (u64, u64) = (DEFAULT_RECORDS, DEFAULT_SEED);

/// How the system stands to demo data, beside the caller himself.
pub async fn standing(system: &System, actor: &Actor) -> Result<Standing> {
    actor.require(ARCHIVES, "load demo data")?;
    let state = ground::state(system.db.reader(), actor).await?;
    Ok(match state {
        State::Empty => Standing::Empty,
        State::Demo(Some(_)) => Standing::Unfinished,
        State::Demo(None) => Standing::Loaded,
        State::Taken => Standing::Taken,
    })
}

/// Loads demo data of the usual size into a system that has nothing but the caller, or goes on with it.
///
/// # Errors
/// [`Error::SetUp`] where the system holds other data, a finished demo or an unfinished one of another size.
pub async fn load(system: &System, actor: &Actor, draft: &Draft<Load>) -> Result<Loaded> {
    actor.require(ARCHIVES, "load demo data")?;
    actor.user_id()?;
    let begun = ground::begun(system.db.reader(), actor).await?;
    if matches!(begun, Some(None)) {
        return Err(there_already());
    }
    if !draft.check()?.passwords_known {
        let message = "must be true: everybody knows the passwords of the demo's users";
        return Err(Error::field("passwords_known", "required", message));
    }
    let (system, actor) = (system.clone(), actor.clone());
    to_the_end(async move { load_to_the_end(&system, &actor).await }).await
}

async fn load_to_the_end(system: &System, actor: &Actor) -> Result<Loaded> {
    let laid = Box::pin(ground::lay(system, actor, WANTED)).await?;
    let begun = laid.ok_or_else(there_already)?;
    let users = users(system.db.reader(), &begun.ground.people).await?;
    Box::pin(fill(system, begun, WANTED, |_| ())).await?;
    log::warn!(
        "{:?} loaded demo data, users with well-known passwords included",
        actor.name
    );
    Ok(Loaded {
        records: WANTED.0,
        users,
    })
}

fn there_already() -> Error {
    Error::SetUp("the demo data is there already".to_owned())
}

/// The people with these ids, in the order of [`PEOPLE`].
async fn users(conn: &impl ConnectionTrait, people: &[i64]) -> Result<Vec<DemoUser>> {
    let rows = app_user::Entity::find()
        .filter(app_user::Column::Id.is_in(people.iter().copied()))
        .all(conn)
        .await?;
    let user = |(id, role): (&i64, Role)| {
        let row = rows.iter().find(|row| row.id == *id)?;
        Some(DemoUser {
            username: row.username.clone(),
            password: password(&row.username),
            role,
        })
    };
    let roles = PEOPLE.iter().map(|person| person.role);
    Ok(people.iter().zip(roles).filter_map(user).collect())
}
