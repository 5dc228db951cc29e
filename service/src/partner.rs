//! Partners: customers and suppliers; one may be both, none is neither.

use std::sync::Arc;

use entity::partner;
use sea_orm::sea_query::{Condition, Expr};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryTrait};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use utoipa::ToSchema;

use crate::actor::Actor;
use crate::error::{Error, FieldError, Result};
use crate::idempotency::Idempotency;
use crate::input::Draft;
use crate::master::{self, Change};
use crate::page::{Count, Limit, Page, PageRequest};
use crate::system::{System, Unit};
use crate::value::{Code, Instant, Text};
use crate::version::IfMatch;

master::master!(partner, "partner");

/// A partner as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PartnerView {
    /// Id.
    pub id: i64,
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Whether it buys from us.
    pub is_customer: bool,
    /// Whether we buy from it.
    pub is_supplier: bool,
    /// False once retired.
    pub is_active: bool,
    /// Moves with every change; the ETag.
    pub version: i64,
    /// When it was added.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it was last changed.
    #[schema(format = DateTime)]
    pub updated_at: String,
}

crate::input! {
    /// A partner to add: a customer, a supplier or both.
    pub struct NewPartner {
        /// Code; unique.
        code: required Code<40>,
        /// Name.
        name: required Text<200>,
        /// Whether it buys from us; false unless said otherwise.
        is_customer: optional bool,
        /// Whether we buy from it; false unless said otherwise.
        is_supplier: optional bool,
        /// False to add it retired; true unless said otherwise.
        is_active: optional bool,
    }
}

crate::input! {
    /// What changes in a partner.
    pub struct PartnerPatch {
        /// Code.
        code: change Code<40>,
        /// Name.
        name: change Text<200>,
        /// Whether it buys from us.
        is_customer: change bool,
        /// Whether we buy from it.
        is_supplier: change bool,
        /// False to retire it.
        is_active: change bool,
    }
}

crate::input! {
    /// Which partners to list, in the order of their codes.
    pub struct PartnerQuery {
        /// What the code or the name begins with.
        q: optional Text<100>,
        /// Only customers, or only others.
        is_customer: optional bool,
        /// Only suppliers, or only others.
        is_supplier: optional bool,
        /// Only active or only retired ones.
        is_active: optional bool,
        /// How many on a page.
        limit: optional Limit,
        /// The page after this one.
        cursor: optional Text<2000>,
        /// Whether to count them.
        count: optional Count,
    }
}

/// Lists partners by code.
pub async fn list(
    system: &System,
    actor: &Actor,
    query: &Draft<PartnerQuery>,
) -> Result<Page<PartnerView>> {
    actor.may_read()?;
    let PartnerQuery {
        q,
        is_customer,
        is_supplier,
        is_active,
        limit,
        cursor,
        count,
    } = query.check()?;
    let (q, cursor) = (
        q.as_ref().map(|text| &text.0),
        cursor.as_ref().map(|text| text.0.as_str()),
    );
    let identity = json!(["partners", q, is_customer, is_supplier, is_active]);
    let request = PageRequest::new(&identity, *limit, cursor, *count)?;
    let select = partner::Entity::find()
        .apply_if(q, |select, q| select.filter(search(q)))
        .apply_if(*is_customer, |select, yes| {
            select.filter(partner::Column::IsCustomer.eq(yes))
        })
        .apply_if(*is_supplier, |select, yes| {
            select.filter(partner::Column::IsSupplier.eq(yes))
        })
        .apply_if(*is_active, |select, yes| {
            select.filter(partner::Column::IsActive.eq(yes))
        });
    let column = partner::Column::Code;
    let page = master::page(system.db.reader(), &request, select, column, |row| {
        &row.code
    })
    .await?;
    Ok(page.map(view))
}

fn search(q: &str) -> Condition {
    Condition::any()
        .add(master::begins_with(|| Expr::col(partner::Column::Code), q))
        .add(master::begins_with(|| Expr::col(partner::Column::Name), q))
}

/// Adds a partner.
pub async fn create(
    system: &System,
    actor: &Actor,
    draft: &Draft<NewPartner>,
    key: Option<&Idempotency>,
) -> Result<PartnerView> {
    master::may_manage(actor, "add partners")?;
    let new = draft.check()?.clone();
    system
        .change(actor, key, new, |unit, new| Box::pin(create_in(unit, new)))
        .await
}

/// Adds a partner within a change.
pub(crate) async fn create_in(unit: Unit<'_>, new: Arc<NewPartner>) -> Result<PartnerView> {
    let NewPartner {
        code,
        name,
        is_customer,
        is_supplier,
        is_active,
    } = &*new;
    let row = partner::Model {
        id: 0,
        code: code.0.clone(),
        name: name.0.clone(),
        is_customer: is_customer.unwrap_or(false),
        is_supplier: is_supplier.unwrap_or(false),
        is_active: is_active.unwrap_or(true),
        version: 0,
        audit_seq: 0,
        audit_head: String::new(),
        created_at: unit.now,
        updated_at: unit.now,
    };
    refuse_neither(&row)?;
    let record = record(&row);
    let row = master::insert::<partner::Entity>(&unit, row, &record).await?;
    Ok(view(row))
}

/// Shows a partner.
pub async fn show(system: &System, actor: &Actor, id: i64) -> Result<PartnerView> {
    actor.may_read()?;
    let row = partner::Entity::find_by_id(id)
        .one(system.db.reader())
        .await?;
    row.map(view).ok_or(Error::NotFound("partner"))
}

/// Changes a partner.
pub async fn change(
    system: &System,
    actor: &Actor,
    id: i64,
    if_match: &IfMatch,
    draft: &Draft<PartnerPatch>,
) -> Result<PartnerView> {
    let change = Change::new(id, if_match, draft);
    system
        .change(actor, None, change, |unit, change| {
            Box::pin(change_in(unit, change))
        })
        .await
}

pub(crate) async fn change_in(
    unit: Unit<'_>,
    change: Arc<Change<PartnerPatch>>,
) -> Result<PartnerView> {
    let old = master::lock(&unit, partner::Entity::find_by_id(change.id)).await?;
    master::may_manage(&unit.actor, "change partners")?;
    change.if_match.check(old.version)?;
    let new = patched(&old, change.draft.check()?);
    refuse_neither(&new)?;
    let records = (record(&old), record(&new));
    let row = master::save::<partner::Entity>(&unit, old, new, &records).await?;
    Ok(view(row))
}

fn patched(old: &partner::Model, patch: &PartnerPatch) -> partner::Model {
    let PartnerPatch {
        code,
        name,
        is_customer,
        is_supplier,
        is_active,
    } = patch;
    let mut new = old.clone();
    if let Some(code) = code {
        new.code.clone_from(&code.0);
    }
    if let Some(name) = name {
        new.name.clone_from(&name.0);
    }
    new.is_customer = is_customer.unwrap_or(old.is_customer);
    new.is_supplier = is_supplier.unwrap_or(old.is_supplier);
    new.is_active = is_active.unwrap_or(old.is_active);
    new
}

fn refuse_neither(row: &partner::Model) -> Result<()> {
    if row.is_customer || row.is_supplier {
        return Ok(());
    }
    let message = "a partner is a customer, a supplier or both: one of is_customer and is_supplier must be true";
    Err(Error::Invalid(vec![
        FieldError::new("is_customer", "required", message),
        FieldError::new("is_supplier", "required", message),
    ]))
}

/// Deletes a partner that nothing refers to.
pub async fn delete(system: &System, actor: &Actor, id: i64, if_match: &IfMatch) -> Result<()> {
    let input = (id, if_match.clone());
    system
        .change(actor, None, input, |unit, input| {
            Box::pin(delete_in(unit, input))
        })
        .await
}

async fn delete_in(unit: Unit<'_>, input: Arc<(i64, IfMatch)>) -> Result<()> {
    let row = master::lock(&unit, partner::Entity::find_by_id(input.0)).await?;
    master::may_manage(&unit.actor, "delete partners")?;
    input.1.check(row.version)?;
    master::delete::<partner::Entity>(&unit, &row, &record(&row)).await
}

/// A partner as its history keeps it.
pub(crate) fn record(row: &partner::Model) -> Json {
    json!({
        "code": row.code,
        "name": row.name,
        "is_customer": row.is_customer,
        "is_supplier": row.is_supplier,
        "is_active": row.is_active,
    })
}

fn view(row: partner::Model) -> PartnerView {
    PartnerView {
        id: row.id,
        code: row.code,
        name: row.name,
        is_customer: row.is_customer,
        is_supplier: row.is_supplier,
        is_active: row.is_active,
        version: row.version,
        created_at: Instant::show(&row.created_at),
        updated_at: Instant::show(&row.updated_at),
    }
}
