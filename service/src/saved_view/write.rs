//! Adding, changing, sharing and deleting views. Only its owner changes a view; what he shares, whoever keeps order
//! among the shared ones may take back or delete.

use std::sync::Arc;

use entity::{saved_view, view_choice};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};

use super::{KeptQuery, SavedView, Sharing, WHAT, one, query, show_in, visible};
use crate::actor::Actor;
use crate::error::{Error, FieldError, Result};
use crate::idempotency::Idempotency;
use crate::input::Draft;
use crate::master::Change;
use crate::rights::{SHARED_VIEWS, sees_cost};
use crate::role::Role;
use crate::system::{System, Unit};
use crate::value::Text;
use crate::version::IfMatch;

crate::input! {
    /// A view to keep.
    pub struct NewView {
        /// Name; unique among one's own.
        name: required Text<100>,
        /// Who else sees it: `everyone`, or those of a role; nobody unless said.
        shared_with: optional Sharing,
        /// The parameters of `GET /defects`, but for `limit`, `cursor` and `count`; a text is read as in an address.
        query: required KeptQuery,
    }
}

crate::input! {
    /// What changes in a view.
    pub struct ViewPatch {
        /// Name.
        name: change Text<100>,
        /// Who else sees it; null for nobody.
        shared_with: clearable Sharing,
        /// The parameters of `GET /defects`, as a whole.
        query: change KeptQuery,
    }
}

/// Keeps a view.
///
/// # Errors
/// [`Error::Forbidden`] for sharing with a role that the caller has not, or with everybody, unless he may, and for asking
/// for cost that he does not see.
pub async fn create(
    system: &System,
    actor: &Actor,
    draft: &Draft<NewView>,
    key: Option<&Idempotency>,
) -> Result<SavedView> {
    actor.user_id()?;
    actor.may_write()?;
    let new = draft.check()?.clone();
    if let Some(with) = new.shared_with {
        may_share(actor, with)?;
    }
    may_ask(actor, &new.query.asks_cost(), new.shared_with)?;
    system
        .change(actor, key, new, |unit, new| Box::pin(create_in(unit, new)))
        .await
}

async fn create_in(unit: Unit<'_>, new: Arc<NewView>) -> Result<SavedView> {
    let NewView {
        name,
        shared_with,
        query,
    } = &*new;
    let row = saved_view::ActiveModel {
        id: NotSet,
        owner_id: Set(unit.actor.user_id()?),
        name: Set(name.0.clone()),
        shared_with: Set(shared_with.map(|with| with.word().to_owned())),
        query: Set(query.text()),
        version: Set(1),
        created_at: Set(unit.now),
        updated_at: Set(unit.now),
    };
    let added = saved_view::Entity::insert(row).exec(unit.tx).await?;
    show_in(unit.tx, &unit.actor, added.last_insert_id).await
}

/// With whom somebody may share his views.
pub fn sharings(actor: &Actor) -> Vec<Sharing> {
    let all = Sharing::ALL.iter().copied();
    all.filter(|with| {
        let has_role = with.role().is_some_and(|role| actor.roles.has(role));
        has_role || actor.roles.has_any(SHARED_VIEWS)
    })
    .collect()
}

/// Refuses whoever may not share a view so.
fn may_share(actor: &Actor, with: Sharing) -> Result<()> {
    if sharings(actor).contains(&with) {
        return Ok(());
    }
    let keepers = SHARED_VIEWS.iter().copied();
    let others = keepers.filter(|role| with.role() != Some(*role));
    let who: Vec<_> = with
        .role()
        .into_iter()
        .chain(others)
        .map(Role::word)
        .collect();
    let detail = format!("only {} may share a view with {with}", who.join(", "));
    Err(Error::Forbidden {
        fields: vec![FieldError::new("shared_with", "forbidden", detail.clone())],
        detail,
    })
}

/// Refuses a view that asks for cost to whoever does not see it, and to be shared with those who do not.
fn may_ask(actor: &Actor, asking: &[String], with: Option<Sharing>) -> Result<()> {
    if asking.is_empty() {
        return Ok(());
    }
    if !sees_cost(actor.roles) {
        let fields = asking.iter().map(String::as_str);
        return Err(Error::cost_is_hidden(fields));
    }
    let sees = |with: Sharing| {
        with.role()
            .is_some_and(|role| sees_cost([role].into_iter().collect()))
    };
    if with.is_none_or(sees) {
        return Ok(());
    }
    let all = Sharing::ALL.iter().copied();
    let those: Vec<_> = all
        .filter(|with| sees(*with))
        .map(|with| with.word())
        .collect();
    let message = format!(
        "the view asks for cost, and is shared with those who see it: {}",
        those.join(", ")
    );
    Err(Error::field("shared_with", "together", message))
}

/// Changes a view; only `shared_with` to null for whoever keeps order among those that others share.
pub async fn change(
    system: &System,
    actor: &Actor,
    id: i64,
    if_match: &IfMatch,
    draft: &Draft<ViewPatch>,
) -> Result<SavedView> {
    let change = Change::new(id, if_match, draft);
    system
        .change(actor, None, change, |unit, change| {
            Box::pin(change_in(unit, change))
        })
        .await
}

async fn change_in(unit: Unit<'_>, change: Arc<Change<ViewPatch>>) -> Result<SavedView> {
    let old = lock(&unit, change.id).await?;
    may_change(&unit.actor, &old, &change.draft)?;
    change.if_match.check(old.version)?;
    let patch = change.draft.check()?;
    let new = patched(&old, patch);
    let is_shared_anew = new.shared_with.is_some() && new.shared_with != old.shared_with;
    if is_shared_anew && let Some(Some(with)) = patch.shared_with {
        may_share(&unit.actor, with)?;
    }
    if is_shared_anew || new.query != old.query {
        let asking = query::asks_cost(&query::stored(&new.query)?);
        let with = new.shared_with.as_deref().map(Sharing::stored);
        may_ask(&unit.actor, &asking, with.transpose()?)?;
    }
    let user = unit.actor.user_id()?;
    if new == old {
        return one(unit.tx, user, old).await;
    }
    let changed = save(&unit, &old, new).await?;
    one(unit.tx, user, changed).await
}

/// The view, locked until the transaction ends. What the caller does not see is not there.
async fn lock(unit: &Unit<'_>, id: i64) -> Result<saved_view::Model> {
    unit.actor.may_read()?;
    let row = saved_view::Entity::find_by_id(id)
        .filter(visible(&unit.actor, unit.actor.user_id()?))
        .lock_exclusive()
        .one(unit.tx)
        .await?;
    row.ok_or(Error::NotFound(WHAT))
}

fn may_change(actor: &Actor, view: &saved_view::Model, draft: &Draft<ViewPatch>) -> Result<()> {
    actor.may_write()?;
    if actor.id == Some(view.owner_id) {
        return Ok(());
    }
    actor.require(SHARED_VIEWS, "change views of others")?;
    let others = draft.sent().iter().filter(|field| *field != "shared_with");
    let mut refused: Vec<_> = others.cloned().collect();
    if matches!(draft.check(), Ok(patch) if patch.shared_with.flatten().is_some()) {
        refused.push("shared_with".to_owned());
    }
    if refused.is_empty() {
        return Ok(());
    }
    let detail = "of others' views only the sharing may be taken back (`\"shared_with\": null`)";
    let fields = refused.into_iter();
    Err(Error::Forbidden {
        detail: detail.to_owned(),
        fields: fields
            .map(|field| FieldError::new(field, "forbidden", detail))
            .collect(),
    })
}

fn patched(old: &saved_view::Model, patch: &ViewPatch) -> saved_view::Model {
    let ViewPatch {
        name,
        shared_with,
        query,
    } = patch;
    let mut new = old.clone();
    if let Some(name) = name {
        new.name.clone_from(&name.0);
    }
    if let Some(with) = shared_with {
        new.shared_with = with.map(|with| with.word().to_owned());
    }
    if let Some(query) = query {
        new.query = query.text();
    }
    new
}

async fn save(
    unit: &Unit<'_>,
    old: &saved_view::Model,
    mut new: saved_view::Model,
) -> Result<saved_view::Model> {
    new.version = old.version + 1;
    new.updated_at = unit.now;
    let row = saved_view::ActiveModel {
        name: Set(new.name.clone()),
        shared_with: Set(new.shared_with.clone()),
        query: Set(new.query.clone()),
        version: Set(new.version),
        updated_at: Set(new.updated_at),
        ..Default::default()
    };
    let saved = saved_view::Entity::update_many()
        .set(row)
        .filter(saved_view::Column::Id.eq(old.id))
        .filter(saved_view::Column::Version.eq(old.version))
        .exec(unit.tx)
        .await?;
    if saved.rows_affected != 1 {
        let what = DbErr::Custom("the view changed while it was locked".to_owned());
        return Err(Error::Database(db::Error::Contention(what)));
    }
    Ok(new)
}

/// Deletes a view, and what anybody wanted of it.
pub async fn delete(system: &System, actor: &Actor, id: i64, if_match: &IfMatch) -> Result<()> {
    let input = (id, if_match.clone());
    system
        .change(actor, None, input, |unit, input| {
            Box::pin(delete_in(unit, input))
        })
        .await
}

/// Whether somebody may delete a view that he sees, by whose it is.
pub fn may_delete(actor: &Actor, owner: i64) -> bool {
    actor.may_write().is_ok() && (actor.id == Some(owner) || actor.roles.has_any(SHARED_VIEWS))
}

async fn delete_in(unit: Unit<'_>, input: Arc<(i64, IfMatch)>) -> Result<()> {
    let view = lock(&unit, input.0).await?;
    unit.actor.may_write()?;
    if !may_delete(&unit.actor, view.owner_id) {
        unit.actor.require(SHARED_VIEWS, "delete views of others")?;
    }
    input.1.check(view.version)?;
    view_choice::Entity::delete_many()
        .filter(view_choice::Column::ViewId.eq(view.id))
        .exec(unit.tx)
        .await?;
    saved_view::Entity::delete_by_id(view.id)
        .exec(unit.tx)
        .await?;
    Ok(())
}
