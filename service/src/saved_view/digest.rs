//! The mail of what a view holds: who is due is found here, once for each morning, however many servers look; what the
//! mail says is read at the moment when it goes out, with the rights that its reader has then.
//!
//! Of a morning on which no server ran, people are told when one runs again. A view that finds nothing sends nothing.

use chrono::{DateTime, FixedOffset, NaiveDate};
use entity::{app_user, saved_view, view_choice};
use sea_orm::sea_query::{Condition, Expr, Query};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, SelectExt};

use super::{Rhythm, query, visible};
use crate::actor::Actor;
use crate::defects::{self, DefectItem};
use crate::error::{Error, Result};
use crate::notice::last_morning;
use crate::outbox::{self, Channel, ToSend};
use crate::setting::Settings;
use crate::system::{System, Unit};

/// How many mails are made ready at once.
const AT_ONCE: u64 = 50;

/// How many records a mail names.
const NEWEST: u64 = 10;

/// Makes ready some of the mails of this morning, and answers how many: ask again while there are any. Where there are
/// none nothing is written.
///
/// # Errors
/// `ReadOnly`, `Database`.
pub async fn tell(system: &System) -> Result<usize> {
    if system.read_only {
        return Err(Error::ReadOnly);
    }
    let untold = untold(&system.settings, system.clock.now());
    let due = view_choice::Entity::find()
        .filter(untold)
        .filter(reachable());
    if !due.exists(system.db.reader()).await? {
        return Ok(0);
    }
    let told = system
        .change(&Actor::command_line(), None, (), |unit, _| {
            Box::pin(tell_in(unit))
        })
        .await?;
    if told > 0 {
        system.listeners.wake();
    }
    Ok(told)
}

async fn tell_in(unit: Unit<'_>) -> Result<usize> {
    let settings = &unit.system.settings;
    let found = view_choice::Entity::find()
        .filter(untold(settings, unit.now))
        .filter(reachable())
        .order_by_asc(view_choice::Column::Id)
        .limit(AT_ONCE)
        .all(unit.tx)
        .await?;
    let mut mails = Vec::new();
    for choice in found {
        let rhythm = Rhythm::stored(choice.digest.as_deref().unwrap_or_default())?;
        let morning = last_morning(settings, unit.now, rhythm == Rhythm::Weekly);
        // Of several servers one finds it untold.
        let marked = view_choice::Entity::update_many()
            .col_expr(view_choice::Column::LastTold, Expr::value(morning))
            .filter(view_choice::Column::Id.eq(choice.id))
            .filter(untold(settings, unit.now))
            .exec(unit.tx)
            .await?;
        if marked.rows_affected == 1 {
            mails.push(ToSend {
                channel: Channel::View,
                event: None,
                webhook_id: None,
                user_id: Some(choice.user_id),
                content: choice.view_id.to_string(),
                due_at: unit.now,
            });
        }
    }
    let told = mails.len();
    outbox::add(unit.tx, mails, unit.now).await?;
    Ok(told)
}

/// Chosen, and not told since the last morning that it was chosen for.
fn untold(settings: &Settings, now: DateTime<FixedOffset>) -> Condition {
    let before = |morning: NaiveDate| {
        let told = view_choice::Column::LastTold;
        Condition::any().add(told.is_null()).add(told.lt(morning))
    };
    let of = |rhythm: Rhythm| {
        let morning = last_morning(settings, now, rhythm == Rhythm::Weekly);
        Condition::all()
            .add(view_choice::Column::Digest.eq(rhythm.word()))
            .add(before(morning))
    };
    Condition::any()
        .add(of(Rhythm::Daily))
        .add(of(Rhythm::Weekly))
}

/// Chosen by people who can get mail.
fn reachable() -> Condition {
    let people = Query::select()
        .column(app_user::Column::Id)
        .from(app_user::Entity)
        .cond_where(
            Condition::all()
                .add(app_user::Column::IsActive.eq(true))
                .add(app_user::Column::Email.is_not_null()),
        )
        .to_owned();
    Condition::all().add(view_choice::Column::UserId.in_subquery(people))
}

/// What a view holds for whoever reads it.
pub(crate) struct Overview {
    pub(crate) name: String,
    /// How many records, up to 1,000.
    pub(crate) total: i64,
    /// Whether there are more.
    pub(crate) is_minimum: bool,
    /// The latest reports among them.
    pub(crate) newest: Vec<DefectItem>,
}

/// Reads a view for a mail to somebody; or says why he gets none.
pub(crate) async fn overview(
    system: &System,
    actor: &Actor,
    view: i64,
) -> Result<std::result::Result<Overview, &'static str>> {
    let (db, user) = (system.db.reader(), actor.user_id()?);
    let wanted = view_choice::Entity::find()
        .filter(view_choice::Column::UserId.eq(user))
        .filter(view_choice::Column::ViewId.eq(view))
        .filter(view_choice::Column::Digest.is_not_null())
        .exists(db)
        .await?;
    if !wanted {
        return Ok(Err("the user does not want it any more"));
    }
    let row = saved_view::Entity::find_by_id(view)
        .filter(visible(actor, user))
        .one(db)
        .await?;
    let (Some(row), false) = (row, actor.roles.is_empty()) else {
        return Ok(Err("the user does not see the view any more"));
    };
    let draft = query::newest(&row.query, NEWEST)?;
    let page = match Box::pin(defects::list(system, actor, &draft)).await {
        Ok(page) => page,
        Err(Error::Invalid(_)) => return Ok(Err("the view's filter means nothing any more")),
        Err(Error::Forbidden { .. }) => {
            return Ok(Err(
                "the user does not see any more what the view filters by",
            ));
        }
        Err(error) => return Err(error),
    };
    if page.items.is_empty() {
        return Ok(Err("the view holds nothing"));
    }
    Ok(Ok(Overview {
        name: row.name,
        total: page.total.unwrap_or_default(),
        is_minimum: page.total_is_minimum.unwrap_or_default(),
        newest: page.items,
    }))
}
