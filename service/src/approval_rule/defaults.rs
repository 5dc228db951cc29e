//! The rules that a system begins with: engineering and the MRB for what is used although it does not conform, and for
//! everything critical, all of it signed. Where no rule matches, whoever proposes may approve alone, unsigned.

use std::sync::Arc;

use entity::approval_rule;
use sea_orm::{ConnectionTrait, EntityTrait, PaginatorTrait};

use super::forms::{NewApprovalRule, Voter};
use super::{Rule, write};
use crate::actor::Actor;
use crate::error::Result;
use crate::setting;
use crate::system::{System, Unit};
use crate::value::{Code, List, Text};
use crate::words::{Disposition, Severity};

/// A rule to begin with: its code, what it is about, which severity or disposition; all of them ask for the same.
#[derive(Debug)]
pub struct DefaultRule {
    /// Code.
    pub code: &'static str,
    /// What it is about.
    pub name: &'static str,
    /// Only records of this severity.
    pub severity: Option<Severity>,
    /// Only lines of this disposition.
    pub disposition: Option<Disposition>,
}

/// Whose votes each of them asks for: engineering's, and with the quality manager's that of the MRB.
pub const BOARD: &[Voter] = &[Voter::TechEngineer, Voter::QualityManager];

/// The rules to begin with.
pub const DEFAULTS: &[DefaultRule] = &[
    DefaultRule {
        code: "CRITICAL",
        name: "Engineering and MRB for everything critical",
        severity: Some(Severity::Critical),
        disposition: None,
    },
    DefaultRule {
        code: "REPAIR",
        name: "Engineering and MRB for repair",
        severity: None,
        disposition: Some(Disposition::Repair),
    },
    DefaultRule {
        code: "USE-AS-IS",
        name: "Engineering and MRB for use as is",
        severity: None,
        disposition: Some(Disposition::UseAsIs),
    },
];

impl DefaultRule {
    /// As it is applied.
    pub(crate) fn rule(&self) -> Rule {
        Rule {
            code: self.code.to_owned(),
            severity: self.severity,
            disposition: self.disposition,
            least_amount: None,
            roles: BOARD.iter().map(|voter| voter.role()).collect(),
            customer_required: false,
            signature_required: true,
        }
    }
}

/// Fills the table at first start; leaves it alone as soon as it has any rule, retired ones too.
///
/// # Errors
/// `Database`.
pub async fn seed(system: &System) -> Result<()> {
    if system.read_only || has_rules(system.db.reader()).await? {
        return Ok(());
    }
    let actor = Actor {
        name: "set-up".to_owned(),
        ..Actor::command_line()
    };
    system
        .change(&actor, None, (), |unit, _| Box::pin(seed_in(unit)))
        .await
}

async fn has_rules(db: &impl ConnectionTrait) -> Result<bool> {
    Ok(approval_rule::Entity::find().count(db).await? > 0)
}

/// Fills the table within a change.
pub(crate) async fn seed_in(unit: Unit<'_>) -> Result<()> {
    setting::lock(unit.tx).await?;
    if has_rules(unit.tx).await? {
        return Ok(());
    }
    for rule in DEFAULTS {
        let new = NewApprovalRule {
            code: Code(rule.code.to_owned()),
            name: Text(rule.name.to_owned()),
            severity: rule.severity,
            disposition: rule.disposition,
            least_amount: None,
            roles: Some(List(BOARD.to_vec())),
            customer_required: None,
            signature_required: Some(true),
            is_active: None,
        };
        write::create_in(unit.clone(), Arc::new(new)).await?;
    }
    Ok(())
}
