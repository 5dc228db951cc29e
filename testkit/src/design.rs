//! The design's two tables, typed anew from the design and not from the code, so that a slip in the code's own
//! tables is seen: who writes what when, and who moves a record from where to where.

use service::lifecycle::Action;
use service::role::Role;
use service::words::Status;

/// What a door must answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// It is done (200, 201).
    Allowed,
    /// No role of the caller ever may (403).
    Forbidden,
    /// Not in this state (409).
    WrongState,
}

/// A row of the table of rights: fields, and a cell for each of [`ROLES`].
pub struct Row {
    /// The fields, as the API names them.
    pub fields: &'static [&'static str],
    /// `w`, `r` or `-`, and when.
    pub cells: [&'static str; 7],
}

/// The columns of the table of rights.
pub const ROLES: [Role; 7] = [
    Role::Inspector,
    Role::Operator,
    Role::TechEngineer,
    Role::QualityEngineer,
    Role::QualityManager,
    Role::Viewer,
    Role::Admin,
];

const BEFORE: &str = "w before execution";

/// The table of rights.
pub const RIGHTS: &[Row] = &[
    Row {
        fields: &[
            "origin",
            "part_id",
            "lot_number",
            "work_order",
            "work_center_id",
            "customer_id",
            "supplier_id",
            "title",
            "description",
            "language",
            "quantity_inspected",
            "quantity_defective",
            "units_sampled",
            "defects_found",
            "detected_at",
            "external_id",
            "serials",
        ],
        cells: [
            "w while reported",
            "w while reported, own",
            BEFORE,
            BEFORE,
            BEFORE,
            "r",
            BEFORE,
        ],
    },
    Row {
        fields: &["repeat_of_id"],
        cells: [
            "w while reported",
            "w while reported, own",
            BEFORE,
            "w",
            "w",
            "r",
            BEFORE,
        ],
    },
    Row {
        fields: &["is_contained", "hold_location"],
        cells: ["w", "w", "w", "w", "w", "r", "w"],
    },
    Row {
        fields: &["severity"],
        cells: ["r", "r", BEFORE, BEFORE, BEFORE, "r", BEFORE],
    },
    Row {
        fields: &["failure_code"],
        cells: ["r", "r", BEFORE, "w", "w", "r", BEFORE],
    },
    Row {
        fields: &["assignee_id", "due_at", "hold"],
        cells: ["r", "r", "w", "w", "w", "r", "w"],
    },
    Row {
        fields: &["process_analysis", "repair_process"],
        cells: ["r", "w in analysis, execution", "w", "r", "w", "r", "w"],
    },
    Row {
        fields: &["labor_entries"],
        cells: ["r", "w in analysis, execution", "w", "r", "w", "r", "r"],
    },
    Row {
        fields: &["engineering_findings", "root_cause", "cause"],
        cells: ["r", "r", "w in analysis, disposition", "r", "w", "r", "w"],
    },
    Row {
        fields: &["cost_entries"],
        cells: ["-", "-", "w", "w", "w", "-", "w"],
    },
    Row {
        fields: &["links"],
        cells: ["w", "w", "w", "w", "w", "r", "w"],
    },
    Row {
        fields: &["attachments"],
        cells: ["w", "w", "w", "w", "w", "r", "w"],
    },
    Row {
        fields: &["notes"],
        cells: [
            "w always", "w always", "w always", "w always", "w always", "r", "w always",
        ],
    },
    Row {
        fields: &["translations"],
        cells: [
            "w always", "w always", "w always", "w always", "w always", "r", "w always",
        ],
    },
    Row {
        fields: &["disposition_lines"],
        cells: [
            "r",
            "r",
            "w in disposition",
            "w in disposition",
            "w in disposition",
            "r",
            "r",
        ],
    },
    Row {
        fields: &["approvals"],
        cells: [
            "r",
            "r",
            "w in disposition",
            "w in disposition",
            "w in disposition",
            "r",
            "r",
        ],
    },
    Row {
        fields: &["disposition_lines.status"],
        cells: [
            "r",
            "w in execution",
            "w in execution",
            "w in execution",
            "w in execution",
            "r",
            "r",
        ],
    },
    Row {
        fields: &["disposition_lines.reinspection_result"],
        cells: [
            "r",
            "r",
            "r",
            "w in verification",
            "w in verification",
            "r",
            "r",
        ],
    },
];

impl Row {
    /// What a role gets when it writes on a record in `status`, its own or not.
    pub fn expected(&self, role: Role, status: Status, own: bool) -> Expected {
        let column = ROLES.iter().position(|of| *of == role);
        let Some(when) = column.and_then(|column| self.cells[column].strip_prefix('w')) else {
            return Expected::Forbidden;
        };
        if when.ends_with("own") && !own {
            return Expected::Forbidden;
        }
        let open = when.trim() == "always" || !matches!(status, Status::Closed | Status::Void);
        let holds = match when.trim() {
            "" | "always" => true,
            "before execution" => matches!(
                status,
                Status::Reported | Status::Analysis | Status::Disposition
            ),
            words if words.starts_with("while reported") => status == Status::Reported,
            words => words.contains(status.word()),
        };
        if open && holds {
            Expected::Allowed
        } else {
            Expected::WrongState
        }
    }

    /// Whether a role sees nothing of these fields.
    pub fn is_hidden(&self, role: Role) -> bool {
        ROLES
            .iter()
            .zip(self.cells)
            .any(|(of, cell)| *of == role && cell == "-")
    }
}

/// A row of the table of transitions: the action, from which states, to which, by whom (as in the design).
pub const TRANSITIONS: &[(Action, &str, &str, &str)] = &[
    (
        Action::StartAnalysis,
        "reported",
        "analysis",
        "tech_engineer, quality_engineer, quality_manager",
    ),
    (
        Action::SubmitAnalysis,
        "analysis",
        "disposition",
        "tech_engineer, quality_engineer, quality_manager",
    ),
    (
        Action::ReturnToAnalysis,
        "disposition",
        "analysis",
        "quality_engineer, quality_manager",
    ),
    (
        Action::ApproveDisposition,
        "disposition",
        "execution",
        "quality_engineer, quality_manager",
    ),
    (
        Action::ReturnToDisposition,
        "execution",
        "disposition",
        "quality_engineer, quality_manager",
    ),
    (
        Action::CompleteExecution,
        "execution",
        "verification",
        "operator, tech_engineer, quality_engineer, quality_manager",
    ),
    (
        Action::FailVerification,
        "verification",
        "disposition",
        "quality_engineer, quality_manager",
    ),
    (
        Action::Close,
        "verification",
        "closed",
        "quality_engineer, quality_manager",
    ),
    (Action::Reopen, "closed", "disposition", "quality_manager"),
    (
        Action::Void,
        "reported, analysis, disposition, execution, verification",
        "void",
        "quality_manager",
    ),
];

/// What a role gets that takes an action on somebody else's record in `status`.
pub fn expected_move(
    (_, from, _, who): &(Action, &str, &str, &str),
    role: Role,
    status: Status,
) -> Expected {
    let among = |list: &str, word: &str| list.split(", ").any(|item| item == word);
    if !among(who, role.word()) {
        Expected::Forbidden
    } else if among(from, status.word()) {
        Expected::Allowed
    } else {
        Expected::WrongState
    }
}
