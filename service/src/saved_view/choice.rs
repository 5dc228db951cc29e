//! What a person wants of a view that he sees, his own or another's: to begin with it, and to be told what it holds.
//!
//! A choice of a view that he no longer sees is kept and does nothing; shared again, it is as he had it.

use std::sync::Arc;

use entity::{app_user, saved_view, view_choice};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use super::{Rhythm, SavedView, WHAT, one, visible};
use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::input::Draft;
use crate::notice::last_morning;
use crate::system::{System, Unit};

crate::input! {
    /// What the caller wants of a view, as a whole.
    pub struct ViewChoice {
        /// Whether to begin with it; what was begun with until now is not any more.
        is_default: required bool,
        /// How often to be told by mail what it holds; null for never.
        digest: optional Rhythm,
    }
}

/// Shows the view that the caller begins with.
///
/// # Errors
/// [`Error::NotFound`] where there is none, or none that he still sees.
pub async fn show_default(system: &System, actor: &Actor) -> Result<SavedView> {
    actor.may_read()?;
    let (db, user) = (system.db.reader(), actor.user_id()?);
    let chosen = view_choice::Entity::find()
        .filter(view_choice::Column::UserId.eq(user))
        .filter(view_choice::Column::IsDefault.eq(true))
        .one(db)
        .await?;
    let missing = || Error::NotFound("default view");
    let row = saved_view::Entity::find_by_id(chosen.ok_or_else(missing)?.view_id)
        .filter(visible(actor, user))
        .one(db)
        .await?;
    one(db, user, row.ok_or_else(missing)?).await
}

/// Chooses what the caller wants of a view.
///
/// # Errors
/// [`Error::NotFound`] for a view that he does not see.
pub async fn choose(
    system: &System,
    actor: &Actor,
    id: i64,
    draft: &Draft<ViewChoice>,
) -> Result<SavedView> {
    let input = (id, draft.clone());
    system
        .change(actor, None, input, |unit, input| {
            Box::pin(choose_in(unit, input))
        })
        .await
}

async fn choose_in(unit: Unit<'_>, input: Arc<(i64, Draft<ViewChoice>)>) -> Result<SavedView> {
    unit.actor.may_read()?;
    let user = unit.actor.user_id()?;
    let view = saved_view::Entity::find_by_id(input.0)
        .filter(visible(&unit.actor, user))
        .one(unit.tx)
        .await?
        .ok_or(Error::NotFound(WHAT))?;
    unit.actor.may_write()?;
    let choice = input.1.check()?;
    // Of two choices of a person at the same time one comes after the other.
    app_user::Entity::find_by_id(user)
        .lock_exclusive()
        .one(unit.tx)
        .await?
        .ok_or(Error::Unauthenticated)?;
    if choice.is_default {
        leave_default(&unit, user).await?;
    }
    replace(&unit, user, view.id, choice).await?;
    one(unit.tx, user, view).await
}

/// What says no more than that goes; of the others only that.
async fn leave_default(unit: &Unit<'_>, user: i64) -> Result<()> {
    view_choice::Entity::delete_many()
        .filter(view_choice::Column::UserId.eq(user))
        .filter(view_choice::Column::IsDefault.eq(true))
        .filter(view_choice::Column::Digest.is_null())
        .exec(unit.tx)
        .await?;
    view_choice::Entity::update_many()
        .col_expr(view_choice::Column::IsDefault, Expr::value(false))
        .filter(view_choice::Column::UserId.eq(user))
        .filter(view_choice::Column::IsDefault.eq(true))
        .exec(unit.tx)
        .await?;
    Ok(())
}

async fn replace(unit: &Unit<'_>, user: i64, view: i64, choice: &ViewChoice) -> Result<()> {
    view_choice::Entity::delete_many()
        .filter(view_choice::Column::UserId.eq(user))
        .filter(view_choice::Column::ViewId.eq(view))
        .exec(unit.tx)
        .await?;
    let ViewChoice { is_default, digest } = choice;
    if !is_default && digest.is_none() {
        return Ok(());
    }
    // Told from the next morning on: of the last one he was, or did not ask to be.
    let settings = &unit.system.settings;
    let told = digest.map(|rhythm| last_morning(settings, unit.now, rhythm == Rhythm::Weekly));
    let row = view_choice::ActiveModel {
        id: NotSet,
        user_id: Set(user),
        view_id: Set(view),
        is_default: Set(*is_default),
        digest: Set(digest.map(|rhythm| rhythm.word().to_owned())),
        last_told: Set(told),
    };
    view_choice::Entity::insert(row)
        .exec_without_returning(unit.tx)
        .await?;
    Ok(())
}
