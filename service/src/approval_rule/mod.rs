//! Whose votes a disposition needs, as data: rules that an administrator edits, and the votes that they ask for.
//!
//! A rule matches a line by the record's severity, the line's disposition, and what its quantity of the part costs;
//! what it leaves out matches everything, and a cost that is not known counts as reaching every amount. It asks for a
//! vote of each of its roles, for the customer's consent (a concession), and for signatures. Engineering means a vote of
//! a technical engineer; the material review board (MRB) means here a vote each of a technical engineer and of the
//! quality manager, two different people, none of whom wrote the proposal. Rules are retired, never deleted, so that it
//! can be seen what was once asked. What a new system begins with is in [`defaults`].

pub(crate) mod defaults;
mod forms;
mod write;

use entity::approval_rule;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QueryTrait};
use serde_json::{Value as Json, json};

use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::input::Draft;
use crate::master;
use crate::page::{Page, PageRequest};
use crate::role::Role;
use crate::setting::Settings;
use crate::system::System;
use crate::value::Instant;
use crate::words::{Disposition, Severity};

pub use defaults::{BOARD, DEFAULTS, DefaultRule, seed};
pub use forms::{ApprovalRulePatch, ApprovalRuleQuery, ApprovalRuleView, NewApprovalRule, Voter};
pub use write::{change, create};

master::master!(approval_rule, "approval rule");

/// Who votes.
pub const VOTERS: &[Role] = &[
    Role::TechEngineer,
    Role::QualityEngineer,
    Role::QualityManager,
];

/// A rule as it is applied.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) code: String,
    pub(crate) severity: Option<Severity>,
    pub(crate) disposition: Option<Disposition>,
    /// Minor units of the currency.
    pub(crate) least_amount: Option<i64>,
    pub(crate) roles: Vec<Role>,
    pub(crate) customer_required: bool,
    pub(crate) signature_required: bool,
}

impl Rule {
    fn stored(row: approval_rule::Model) -> Result<Self> {
        let roles = row.roles.as_deref().map(words_of).transpose()?;
        Ok(Self {
            code: row.code,
            severity: row.severity.as_deref().map(Severity::stored).transpose()?,
            disposition: row
                .disposition
                .as_deref()
                .map(Disposition::stored)
                .transpose()?,
            least_amount: row.least_amount,
            roles: roles.unwrap_or_default(),
            customer_required: row.customer_required,
            signature_required: row.signature_required,
        })
    }

    /// Whether it is about a line of a record: so many thousandths of a part that costs so much apiece.
    pub(crate) fn matches(
        &self,
        severity: Option<Severity>,
        disposition: Disposition,
        (quantity, unit_cost): (i64, Option<i64>),
    ) -> bool {
        let reaches = |least: i64| {
            unit_cost.is_none_or(|cost| {
                i128::from(quantity) * i128::from(cost) >= i128::from(least) * 1_000
            })
        };
        self.severity.is_none_or(|only| Some(only) == severity)
            && self.disposition.is_none_or(|only| only == disposition)
            && self.least_amount.is_none_or(reaches)
    }
}

/// The rules that apply, in the order of their codes.
pub(crate) async fn active(db: &impl ConnectionTrait) -> Result<Vec<Rule>> {
    let rows = approval_rule::Entity::find()
        .filter(approval_rule::Column::IsActive.eq(true))
        .order_by_asc(approval_rule::Column::Code)
        .all(db)
        .await?;
    rows.into_iter().map(Rule::stored).collect()
}

/// Roles as they are stored: their words, with commas between them.
pub(crate) fn words(roles: &[Role]) -> String {
    let words: Vec<_> = roles.iter().map(|role| role.word()).collect();
    words.join(",")
}

/// Stored roles.
pub(crate) fn words_of(stored: &str) -> Result<Vec<Role>> {
    stored.split(',').map(Role::stored).collect()
}

/// Lists rules by code.
///
/// # Errors
/// `Invalid`.
pub async fn list(
    system: &System,
    actor: &Actor,
    query: &Draft<ApprovalRuleQuery>,
) -> Result<Page<ApprovalRuleView>> {
    actor.may_read()?;
    let ApprovalRuleQuery {
        is_active,
        limit,
        cursor,
        count,
    } = query.check()?;
    let cursor = cursor.as_ref().map(|text| text.0.as_str());
    let identity = json!(["approval-rules", is_active]);
    let request = PageRequest::new(&identity, *limit, cursor, *count)?;
    let select = approval_rule::Entity::find().apply_if(*is_active, |select, yes| {
        select.filter(approval_rule::Column::IsActive.eq(yes))
    });
    let column = approval_rule::Column::Code;
    let page = master::page(system.db.reader(), &request, select, column, |row| {
        &row.code
    })
    .await?;
    page.try_map(|row| view(&system.settings, row))
}

/// Shows a rule.
///
/// # Errors
/// `NotFound`.
pub async fn show(system: &System, actor: &Actor, id: i64) -> Result<ApprovalRuleView> {
    actor.may_read()?;
    let row = approval_rule::Entity::find_by_id(id)
        .one(system.db.reader())
        .await?
        .ok_or(Error::NotFound("approval rule"))?;
    view(&system.settings, row)
}

/// A rule as its history keeps it.
pub(crate) fn record(settings: &Settings, row: &approval_rule::Model) -> Json {
    json!({
        "code": row.code,
        "name": row.name,
        "severity": row.severity,
        "disposition": row.disposition,
        "least_amount": row.least_amount.map(|amount| settings.money(amount)),
        "roles": row.roles,
        "customer_required": row.customer_required,
        "signature_required": row.signature_required,
        "is_active": row.is_active,
    })
}

fn view(settings: &Settings, row: approval_rule::Model) -> Result<ApprovalRuleView> {
    let rule = Rule::stored(row.clone())?;
    Ok(ApprovalRuleView {
        id: row.id,
        code: row.code,
        name: row.name,
        severity: rule.severity,
        disposition: rule.disposition,
        least_amount: rule.least_amount.map(|amount| settings.money(amount)),
        roles: rule.roles,
        customer_required: row.customer_required,
        signature_required: row.signature_required,
        is_active: row.is_active,
        version: row.version,
        created_at: Instant::show(&row.created_at),
        updated_at: Instant::show(&row.updated_at),
    })
}
