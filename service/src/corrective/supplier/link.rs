//! The link by which a supplier answers a request: random, of which only the SHA-256 is kept; it ends by itself, is
//! taken back at any time, and opens nothing once the request has another supplier. There is one at a time.

use std::sync::Arc;

use chrono::{DateTime, FixedOffset, TimeDelta};
use entity::{car_link, corrective_action};
use sea_orm::sea_query::Condition;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    QueryOrder,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use utoipa::ToSchema;

use super::defects;
use crate::actor::Actor;
use crate::corrective::WHAT;
use crate::corrective::caller::Caller;
use crate::corrective::record::{Record, require};
use crate::corrective::view::partners;
use crate::defects::children::Names;
use crate::error::{Error, FieldError, Result};
use crate::idempotency::Idempotency;
use crate::input::Draft;
use crate::reference::{PartnerRef, PersonRef};
use crate::rights::SUPPLIER_LINKS;
use crate::system::{System, Unit};
use crate::token::{Minted, digest};
use crate::value::{Instant, Int};
use crate::version::IfMatch;
use crate::words::CorrectiveStatus;

/// What the text of a link begins with.
const PREFIX: &str = "car_";

/// For how many days a link is valid, unless said otherwise.
const DAYS: i64 = 14;

/// What history calls it.
pub(in crate::corrective) const FIELD: &str = "supplier_link";

/// What history says of a link before it is taken back.
pub const GIVEN: &str = "given";

/// What history says of it then.
pub const TAKEN_BACK: &str = "taken back";

/// What a missing one is called.
const WHAT_LINK: &str = "supplier link";

crate::input! {
    /// A link to give.
    pub struct NewSupplierLink {
        /// For how many days it is valid; 14 unless said.
        valid_days: optional Int<1, 90>,
    }
}

/// A link as quality sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SupplierLinkView {
    /// Who was given it.
    pub supplier: PartnerRef,
    /// Until when it is valid.
    #[schema(format = DateTime)]
    pub expires_at: String,
    /// When it was given.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// Who gave it.
    pub created_by: PersonRef,
    /// Numbers on the tags of those of the request's defects that it does not show: another supplier's, and void ones.
    #[serde(default)]
    #[schema(required)]
    pub not_shown: Vec<String>,
}

/// A link that was just given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GivenLink {
    /// What is known of it later too.
    #[serde(flatten)]
    pub link: SupplierLinkView,
    /// What opens `/supplier/{token}`, the page for the supplier, and `/api/v1/supplier/{token}`; shown this once, null
    /// where the request is repeated.
    #[schema(required)]
    pub token: Option<String>,
}

/// Gives a link to the request's supplier; the one before opens nothing any more.
///
/// # Errors
/// `NotFound`, `Forbidden`, `VersionStale`, `WrongState`, `Invalid` where no supplier is asked.
pub async fn give(
    system: &System,
    actor: &Actor,
    car_id: i64,
    if_match: &IfMatch,
    draft: &Draft<NewSupplierLink>,
    key: Option<&Idempotency>,
) -> Result<(GivenLink, i64)> {
    let Minted { text, hash } = Minted::with(PREFIX)?;
    let input = (car_id, if_match.clone(), draft.clone(), hash.clone());
    let given = system
        .change(actor, key, input, |unit, input| {
            Box::pin(give_in(unit, input))
        })
        .await?;
    // A kept answer tells of a link that was given before; the text of this one fits only to this one.
    let token = (given.hash == hash).then_some(text);
    let link = GivenLink {
        link: given.link,
        token,
    };
    Ok((link, given.version))
}

/// What is kept for a repeated request: the digest tells whether the answer is a first one, the text is not there.
#[derive(Serialize, Deserialize)]
struct Given {
    link: SupplierLinkView,
    hash: String,
    version: i64,
}

/// Refuses giving a link as [`give`] does before it looks whom the request names.
///
/// # Errors
/// `Forbidden`; `WrongState` where the request is closed or void.
pub fn may_give(actor: &Actor, status: CorrectiveStatus) -> Result<()> {
    require_giver(actor)?;
    Caller { actor, status }.require_open()
}

/// 403.
fn require_giver(actor: &Actor) -> Result<()> {
    actor.require(SUPPLIER_LINKS, "give a supplier a link")
}

async fn give_in(
    unit: Unit<'_>,
    input: Arc<(i64, IfMatch, Draft<NewSupplierLink>, String)>,
) -> Result<Given> {
    let (car_id, if_match, draft, hash) = &*input;
    let mut record = Record::load(&unit, *car_id).await?;
    require_giver(&unit.actor)?;
    if_match.check(record.row.version)?;
    record.require_open()?;
    let new = draft.check()?;
    let Some(supplier) = record.row.supplier_id else {
        let message = "the request must name the supplier first";
        return Err(Error::Invalid(vec![FieldError::unmet(
            "supplier_id",
            message,
        )]));
    };
    revoke_all(&mut record).await?;
    let days = new.valid_days.map_or(DAYS, |days| days.0);
    let link = car_link::ActiveModel {
        car_id: Set(*car_id),
        token_hash: Set(hash.clone()),
        partner_id: Set(supplier),
        expires_at: Set(unit.now + TimeDelta::days(days)),
        created_at: Set(unit.now),
        created_by: Set(unit.actor.user_id()?),
        ..Default::default()
    }
    .insert(unit.tx)
    .await?;
    let link = view(unit.tx, link).await?;
    let told = json!({ "supplier": link.supplier.code, "expires_at": link.expires_at });
    record.note(FIELD, &Json::Null, &told)?;
    Ok(Given {
        link,
        hash: hash.clone(),
        version: record.save().await?,
    })
}

/// The link that is valid now.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub async fn show(system: &System, actor: &Actor, car_id: i64) -> Result<SupplierLinkView> {
    actor.may_read()?;
    let db = system.db.reader();
    require(db, car_id).await?;
    if !actor.roles.has_any(SUPPLIER_LINKS) {
        return Err(Error::forbidden(
            "only quality sees whether a supplier has a link",
        ));
    }
    let standing = standing(car_id).add(car_link::Column::ExpiresAt.gt(system.clock.now()));
    let link = car_link::Entity::find()
        .filter(standing)
        .order_by_desc(car_link::Column::Id)
        .one(db)
        .await?
        .ok_or(Error::NotFound(WHAT_LINK))?;
    view(db, link).await
}

/// Takes the link back: it opens nothing from now on.
///
/// # Errors
/// `NotFound`, `Forbidden`, `VersionStale`.
pub async fn revoke(
    system: &System,
    actor: &Actor,
    car_id: i64,
    if_match: &IfMatch,
) -> Result<i64> {
    let input = (car_id, if_match.clone());
    system
        .change(actor, None, input, |unit, input| {
            Box::pin(revoke_in(unit, input))
        })
        .await
}

async fn revoke_in(unit: Unit<'_>, input: Arc<(i64, IfMatch)>) -> Result<i64> {
    let (car_id, if_match) = &*input;
    let mut record = Record::load(&unit, *car_id).await?;
    unit.actor
        .require(SUPPLIER_LINKS, "take a supplier's link back")?;
    if_match.check(record.row.version)?;
    if revoke_all(&mut record).await? == 0 {
        return Err(Error::NotFound(WHAT_LINK));
    }
    record.save().await
}

/// Takes back whatever link there is, valid or past its end; answers how many.
async fn revoke_all(record: &mut Record<'_>) -> Result<u64> {
    let unit = record.unit;
    let done = car_link::Entity::update_many()
        .set(car_link::ActiveModel {
            revoked_at: Set(Some(unit.now)),
            revoked_by: Set(Some(unit.actor.user_id()?)),
            ..Default::default()
        })
        .filter(standing(record.row.id))
        .exec(unit.tx)
        .await?;
    if done.rows_affected > 0 {
        record.note(FIELD, &json!(GIVEN), &json!(TAKEN_BACK))?;
    }
    Ok(done.rows_affected)
}

fn standing(car_id: i64) -> Condition {
    Condition::all()
        .add(car_link::Column::CarId.eq(car_id))
        .add(car_link::Column::RevokedAt.is_null())
}

/// The request that a link opens now, and for whom.
///
/// # Errors
/// `NotFound` for a text that is unknown, past its end, taken back, or of a request that is void or has another
/// supplier by now; never told apart.
pub(super) async fn opened(
    db: &impl ConnectionTrait,
    token: &str,
    now: DateTime<FixedOffset>,
) -> Result<(corrective_action::Model, car_link::Model)> {
    let missing = || Error::NotFound(WHAT_LINK);
    let link = car_link::Entity::find()
        .filter(car_link::Column::TokenHash.eq(digest(token)))
        .filter(car_link::Column::RevokedAt.is_null())
        .filter(car_link::Column::ExpiresAt.gt(now))
        .one(db)
        .await?
        .ok_or_else(missing)?;
    let row = corrective_action::Entity::find_by_id(link.car_id)
        .one(db)
        .await?
        .filter(|row| row.supplier_id == Some(link.partner_id))
        .filter(|row| row.status != CorrectiveStatus::Void.word())
        .ok_or_else(missing)?;
    Ok((row, link))
}

async fn view(db: &impl ConnectionTrait, link: car_link::Model) -> Result<SupplierLinkView> {
    let names = Names::of(db, [link.created_by]).await?;
    let supplier = partners(db, [link.partner_id]).await?;
    let missing = || Error::internal(format!("a {WHAT} has a link of no partner"));
    Ok(SupplierLinkView {
        supplier: supplier
            .get(&link.partner_id)
            .cloned()
            .ok_or_else(missing)?,
        expires_at: Instant::show(&link.expires_at),
        created_at: Instant::show(&link.created_at),
        created_by: names.person(link.created_by),
        not_shown: defects::not_seen(db, &link).await?,
    })
}

/// As history names whoever comes with a link: by the code of the partner, not by a person.
pub(super) async fn name_of(db: &impl ConnectionTrait, link: &car_link::Model) -> Result<String> {
    let supplier = partners(db, [link.partner_id]).await?;
    let code = supplier.get(&link.partner_id).map(|one| one.code.as_str());
    Ok(format!("supplier: {}", code.unwrap_or_default()))
}
