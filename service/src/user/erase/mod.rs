//! Erasing a person: on request, and for good, what the system knows of him as a person goes; what he did stays.
//!
//! The account is disabled and gets a name that says nothing, what opened it or was on its way to him goes, and his name
//! goes from the history (`history.rs`) and from what waits to be told (`waiting.rs`): all in one transaction, and only
//! for who may change the history, which on a server is the owner of the tables. Printed names of signatures are
//! evidence (21 CFR 11.50) and stay; what somebody typed (notes, descriptions, reasons, names of files) is not searched.
//!
//! The new user name ends in a part of the hash with which his history ended: two systems may each have erased their user
//! 7, and where the archive of one is merged into the other these must not become one person.

mod history;
mod waiting;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use entity::{access_token, app_user, car_signature, idempotency_key, signature};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::change::keep_an_administrator;
use super::{find_by_name, key_of, roles_of};
use crate::actor::Actor;
use crate::audit::Trail;
use crate::audit::erased::{GONE, is_no_name, name_of, username_of};
use crate::doctor::may_change_history;
use crate::error::{Error, Result};
use crate::password::NO_PASSWORD;
use crate::role::Role;
use crate::system::{System, Unit};
use crate::value::Text;
use crate::{master, names, outbox, saved_view, setting, subscription, token};

/// What was erased, and what is left.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    /// The user.
    pub id: i64,
    /// His user name from now on.
    pub username: String,
    /// His name from now on.
    pub display_name: String,
    /// In how many rows his names were replaced, by table.
    pub replaced: BTreeMap<String, u64>,
    /// How many rows were removed, by table.
    pub removed: BTreeMap<String, u64>,
    /// How many rows his history grew by to vouch for those that were replaced in histories.
    pub vouching: u64,
    /// How many signatures keep his printed name, as evidence.
    pub printed: u64,
}

/// Erases a user. Erasing him again finds what has come since, and nothing else.
///
/// Other servers believe his tokens for up to [`token::BELIEVED`] more: disable him that long before, or what he does
/// meanwhile is told under his name.
///
/// # Errors
/// [`Error::Forbidden`] where the database lets this program not change the history, [`Error::NotFound`],
/// [`Error::WrongState`] for the last active administrator.
pub async fn erase(system: &System, username: &str, reason: &Text<2000>) -> Result<Erased> {
    demand_rights(system).await?;
    let user = find_by_name(system.db.reader(), username)
        .await?
        .ok_or(Error::NotFound("user"))?;
    let (system, input) = (system.clone(), (user.id, reason.0.clone()));
    token::to_the_end(async move {
        let done = system
            .change(&Actor::command_line(), None, input, |unit, input| {
                Box::pin(erase_in(unit, input))
            })
            .await;
        system.tokens.forget_user(user.id);
        done
    })
    .await
}

/// Refuses a program that may only add to the history.
///
/// # Errors
/// [`Error::Forbidden`].
pub async fn demand_rights(system: &System) -> Result<()> {
    if may_change_history(&system.db).await? {
        return Ok(());
    }
    Err(Error::forbidden(
        "names stand in the history, which this database user may only add to, so nothing was erased: \
         use a DATABASE_URL of the owner of the tables, the one that `dmt migrate` runs with",
    ))
}

/// Who is erased: all that is known of him, and what stands there instead.
struct Person {
    id: i64,
    /// His user name from now on.
    username: String,
    /// His name from now on.
    display_name: String,
    /// What he is called, and was: names, user names, the mail address.
    known: BTreeSet<String>,
}

impl Person {
    fn of(row: &app_user::Model) -> Self {
        let begin = username_of(row.id);
        let username = if row.username.starts_with(&begin) {
            row.username.clone()
        } else {
            let head = row.audit_head.get(..8).unwrap_or_default();
            format!("{begin}{head}")
        };
        let mut person = Self {
            id: row.id,
            username,
            display_name: name_of(row.id),
            known: row.email.iter().cloned().collect(),
        };
        person.learn(&row.username);
        person.learn(&row.display_name);
        person
    }

    /// Remembers what he is called, unless it says nothing of him.
    fn learn(&mut self, name: &str) {
        if !is_no_name(self.id, name) {
            self.known.insert(name.to_owned());
        }
    }
}

async fn erase_in(unit: Unit<'_>, input: Arc<(i64, String)>) -> Result<Erased> {
    let (id, reason) = &*input;
    setting::lock(unit.tx).await?;
    let old = master::lock(&unit, app_user::Entity::find_by_id(*id)).await?;
    let roles = roles_of(unit.tx, *id).await?;
    if old.is_active && roles.has(Role::Admin) {
        keep_an_administrator(&unit, *id).await?;
    }
    let mut person = Person::of(&old);
    let (seq, head) = (old.audit_seq, &old.audit_head);
    let mut trail = Trail::resume("app_user", *id, seq, head).because(Some(reason));
    tell(&unit, &mut trail, &old, &person)?;
    trail.write(&unit).await?;
    let (rows, vouching) = history::erase(&unit, &mut trail, &mut person).await?;
    if trail.seq() != seq {
        save(&unit, &old, &person, &trail).await?;
    }
    let removed = remove(&unit, *id).await?;
    let mut replaced = waiting::erase(&unit, &person).await?;
    let is_his = |name: &str| key_of(name) == old.username_key;
    let views = saved_view::rename(&unit, is_his, &person.username).await?;
    replaced.insert("saved_view".to_owned(), views);
    replaced.insert("audit_event".to_owned(), rows);
    replaced.retain(|_, rows| *rows > 0);
    Ok(Erased {
        id: *id,
        removed,
        replaced,
        vouching,
        printed: printed(unit.tx, *id).await?,
        username: person.username,
        display_name: person.display_name,
    })
}

/// What changes in the user, as his history tells it: that there was something, and not what.
fn tell(unit: &Unit<'_>, trail: &mut Trail, old: &app_user::Model, person: &Person) -> Result<()> {
    let (gone, changed) = (json!(GONE), json!("changed"));
    if old.username != person.username {
        trail.changed(unit, "username", &gone, &json!(person.username))?;
    }
    if old.display_name != person.display_name {
        trail.changed(unit, "display_name", &gone, &json!(person.display_name))?;
    }
    trail.changed(unit, "is_active", &json!(old.is_active), &json!(false))?;
    if old.password_hash != NO_PASSWORD {
        trail.changed(unit, "password", &Json::Null, &changed)?;
    }
    if old.email.is_some() {
        trail.changed(unit, "email", &Json::Null, &changed)?;
    }
    Ok(())
}

async fn save(
    unit: &Unit<'_>,
    old: &app_user::Model,
    person: &Person,
    trail: &Trail,
) -> Result<()> {
    let new = app_user::ActiveModel {
        username: Set(person.username.clone()),
        username_key: Set(key_of(&person.username)),
        display_name: Set(person.display_name.clone()),
        email: Set(None),
        is_active: Set(false),
        password_hash: Set(NO_PASSWORD.to_owned()),
        version: Set(old.version + 1),
        audit_seq: Set(trail.seq()),
        audit_head: Set(trail.head().to_owned()),
        updated_at: Set(unit.now),
        ..Default::default()
    };
    let saved = app_user::Entity::update_many()
        .set(new)
        .filter(app_user::Column::Id.eq(old.id))
        .filter(app_user::Column::Version.eq(old.version))
        .filter(app_user::Column::AuditSeq.eq(old.audit_seq))
        .exec(unit.tx)
        .await?;
    if saved.rows_affected != 1 {
        let what = DbErr::Custom("the user changed while he was locked".to_owned());
        return Err(Error::Database(db::Error::Contention(what)));
    }
    // No other change's hash begins like this.
    names::moved(unit.tx, &trail.head()[..16]).await
}

/// What opened the account, what was on its way to him, and the answers that were kept for him.
async fn remove(unit: &Unit<'_>, id: i64) -> Result<BTreeMap<String, u64>> {
    let tokens = access_token::Entity::delete_many().filter(access_token::Column::UserId.eq(id));
    let answers =
        idempotency_key::Entity::delete_many().filter(idempotency_key::Column::UserId.eq(id));
    let (views, choices) = saved_view::forget(unit, id, false).await?;
    let removed = [
        ("access_token", tokens.exec(unit.tx).await?.rows_affected),
        (
            "idempotency_key",
            answers.exec(unit.tx).await?.rows_affected,
        ),
        ("outbox", outbox::forget_user(unit, id).await?),
        ("saved_view", views),
        ("subscription", subscription::forget(unit, id).await?),
        ("view_choice", choices),
    ];
    let removed = removed.into_iter().filter(|(_, rows)| *rows > 0);
    Ok(removed
        .map(|(table, rows)| (table.to_owned(), rows))
        .collect())
}

/// How many signatures print his name.
async fn printed(db: &impl ConnectionTrait, id: i64) -> Result<u64> {
    let defects = signature::Entity::find().filter(signature::Column::SignerId.eq(id));
    let requests = car_signature::Entity::find().filter(car_signature::Column::SignerId.eq(id));
    Ok(defects.count(db).await? + requests.count(db).await?)
}
