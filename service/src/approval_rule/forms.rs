//! An approval rule as requests and answers write it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::page::{Count, Limit};
use crate::role::Role;
use crate::value::{Amount, Code, List, Text};
use crate::words::{Disposition, Severity};

crate::choice! {
    /// Who votes on a disposition.
    pub enum Voter {
        /// Engineering.
        TechEngineer = "tech_engineer",
        /// Quality.
        QualityEngineer = "quality_engineer",
        /// The head of quality.
        QualityManager = "quality_manager",
    }
}

impl Voter {
    /// The role.
    pub(super) fn role(self) -> Role {
        match self {
            Self::TechEngineer => Role::TechEngineer,
            Self::QualityEngineer => Role::QualityEngineer,
            Self::QualityManager => Role::QualityManager,
        }
    }
}

/// An approval rule as it is shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ApprovalRuleView {
    /// Id.
    pub id: i64,
    /// Code.
    pub code: String,
    /// What it is about.
    pub name: String,
    /// Only records of this severity.
    #[schema(required)]
    pub severity: Option<Severity>,
    /// Only lines of this disposition.
    #[schema(required)]
    pub disposition: Option<Disposition>,
    /// Only lines whose quantity of the part costs at least so much, in the system's currency.
    #[schema(required, example = "1000.00")]
    pub least_amount: Option<String>,
    /// A vote of each of these roles is needed, each of another person.
    pub roles: Vec<Role>,
    /// Whether the customer must agree: the line needs a concession.
    pub customer_required: bool,
    /// Whether the votes and the approval are signed.
    pub signature_required: bool,
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
    /// An approval rule to add.
    pub struct NewApprovalRule {
        /// Code; unique.
        code: required Code<40>,
        /// What it is about.
        name: required Text<200>,
        /// Only records of this severity; all unless said.
        severity: optional Severity,
        /// Only lines of this disposition; all unless said.
        disposition: optional Disposition,
        /// Only lines whose quantity of the part costs at least so much; all unless said. A cost that is not known reaches it.
        least_amount: optional Amount,
        /// Whose votes are needed.
        roles: optional List<Voter>,
        /// Whether the customer must agree.
        customer_required: optional bool,
        /// Whether the votes and the approval are signed.
        signature_required: optional bool,
        /// False to add it retired; true unless said otherwise.
        is_active: optional bool,
    }
}

crate::input! {
    /// What changes in an approval rule.
    pub struct ApprovalRulePatch {
        /// Code.
        code: change Code<40>,
        /// What it is about.
        name: change Text<200>,
        /// Only records of this severity.
        severity: clearable Severity,
        /// Only lines of this disposition.
        disposition: clearable Disposition,
        /// Only lines whose quantity of the part costs at least so much.
        least_amount: clearable Amount,
        /// Whose votes are needed.
        roles: clearable List<Voter>,
        /// Whether the customer must agree.
        customer_required: change bool,
        /// Whether the votes and the approval are signed.
        signature_required: change bool,
        /// False to retire it.
        is_active: change bool,
    }
}

crate::input! {
    /// Which approval rules to list, in the order of their codes.
    pub struct ApprovalRuleQuery {
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
