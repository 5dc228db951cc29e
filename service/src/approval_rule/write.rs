//! Adding and changing approval rules.

use std::sync::Arc;

use entity::approval_rule;
use sea_orm::EntityTrait;

use super::forms::{ApprovalRulePatch, ApprovalRuleView, NewApprovalRule, Voter};
use super::{record, view, words};
use crate::actor::Actor;
use crate::error::{Error, FieldError, Result};
use crate::idempotency::Idempotency;
use crate::input::Draft;
use crate::master::{self, Change};
use crate::rights::APPROVAL_RULES;
use crate::role::Role;
use crate::setting::Settings;
use crate::system::{System, Unit};
use crate::value::{Amount, List};
use crate::version::IfMatch;

/// Adds a rule.
///
/// # Errors
/// `Forbidden`, `Invalid`, `Duplicate`.
pub async fn create(
    system: &System,
    actor: &Actor,
    draft: &Draft<NewApprovalRule>,
    key: Option<&Idempotency>,
) -> Result<ApprovalRuleView> {
    actor.require(APPROVAL_RULES, "add approval rules")?;
    let new = draft.check()?.clone();
    system
        .change(actor, key, new, |unit, new| Box::pin(create_in(unit, new)))
        .await
}

/// Adds a rule within a change.
pub(super) async fn create_in(
    unit: Unit<'_>,
    new: Arc<NewApprovalRule>,
) -> Result<ApprovalRuleView> {
    let NewApprovalRule {
        code,
        name,
        severity,
        disposition,
        least_amount,
        roles,
        customer_required,
        signature_required,
        is_active,
    } = &*new;
    let settings = &unit.system.settings;
    let row = approval_rule::Model {
        id: 0,
        code: code.0.clone(),
        name: name.0.clone(),
        severity: severity.map(|severity| severity.word().to_owned()),
        disposition: disposition.map(|disposition| disposition.word().to_owned()),
        least_amount: least_amount
            .map(|amount| minor_units(settings, amount))
            .transpose()?,
        roles: roles.as_ref().map(stored),
        customer_required: customer_required.unwrap_or(false),
        signature_required: signature_required.unwrap_or(false),
        is_active: is_active.unwrap_or(true),
        version: 0,
        audit_seq: 0,
        audit_head: String::new(),
        created_at: unit.now,
        updated_at: unit.now,
    };
    refuse_idle(&row)?;
    let record = record(settings, &row);
    let row = master::insert::<approval_rule::Entity>(&unit, row, &record).await?;
    view(settings, row)
}

/// Changes a rule. It holds for what is approved from then on; votes that were cast stay.
///
/// # Errors
/// `NotFound`, `Forbidden`, `VersionStale`, `Invalid`, `Duplicate`.
pub async fn change(
    system: &System,
    actor: &Actor,
    id: i64,
    if_match: &IfMatch,
    draft: &Draft<ApprovalRulePatch>,
) -> Result<ApprovalRuleView> {
    let change = Change::new(id, if_match, draft);
    system
        .change(actor, None, change, |unit, change| {
            Box::pin(change_in(unit, change))
        })
        .await
}

async fn change_in(
    unit: Unit<'_>,
    change: Arc<Change<ApprovalRulePatch>>,
) -> Result<ApprovalRuleView> {
    let old = master::lock(&unit, approval_rule::Entity::find_by_id(change.id)).await?;
    unit.actor
        .require(APPROVAL_RULES, "change approval rules")?;
    change.if_match.check(old.version)?;
    let settings = &unit.system.settings;
    let new = patched(settings, &old, change.draft.check()?)?;
    refuse_idle(&new)?;
    let records = (record(settings, &old), record(settings, &new));
    let row = master::save::<approval_rule::Entity>(&unit, old, new, &records).await?;
    view(settings, row)
}

fn patched(
    settings: &Settings,
    old: &approval_rule::Model,
    patch: &ApprovalRulePatch,
) -> Result<approval_rule::Model> {
    let ApprovalRulePatch {
        code,
        name,
        severity,
        disposition,
        least_amount,
        roles,
        customer_required,
        signature_required,
        is_active,
    } = patch;
    let mut new = old.clone();
    if let Some(code) = code {
        new.code.clone_from(&code.0);
    }
    if let Some(name) = name {
        new.name.clone_from(&name.0);
    }
    if let Some(severity) = severity {
        new.severity = severity.map(|severity| severity.word().to_owned());
    }
    if let Some(disposition) = disposition {
        new.disposition = disposition.map(|disposition| disposition.word().to_owned());
    }
    if let Some(amount) = least_amount {
        new.least_amount = amount
            .map(|amount| minor_units(settings, amount))
            .transpose()?;
    }
    if let Some(roles) = roles {
        new.roles = roles.as_ref().map(stored);
    }
    new.customer_required = customer_required.unwrap_or(old.customer_required);
    new.signature_required = signature_required.unwrap_or(old.signature_required);
    new.is_active = is_active.unwrap_or(old.is_active);
    Ok(new)
}

/// Each role once, in the order of the design.
fn stored(voters: &List<Voter>) -> String {
    let wanted: Vec<Role> = voters.0.iter().map(|voter| voter.role()).collect();
    let roles: Vec<Role> = Role::ALL
        .iter()
        .copied()
        .filter(|role| wanted.contains(role))
        .collect();
    words(&roles)
}

/// A rule asks for something; for a signature alone too, which is then that of whoever approves.
fn refuse_idle(row: &approval_rule::Model) -> Result<()> {
    if row.roles.is_some() || row.customer_required || row.signature_required {
        return Ok(());
    }
    let message =
        "a rule asks for something: for votes of roles, for the customer, or for a signature";
    let fields = ["roles", "customer_required", "signature_required"];
    let errors = fields.map(|field| FieldError::new(field, "required", message));
    Err(Error::Invalid(errors.to_vec()))
}

fn minor_units(settings: &Settings, amount: Amount) -> Result<i64> {
    settings.units(amount).map_err(|problems| {
        let named = problems
            .into_iter()
            .map(|problem| FieldError::new("least_amount", &problem.code, problem.message));
        Error::Invalid(named.collect())
    })
}
