//! Who may read and write what, on one screen: the table behind the API, `docs/permissions.md` and the tests.
//!
//! A cell says whether a role writes a group of fields, and when; several roles add up. Nothing is writable
//! once a record is closed or void. Who may move a record is in [`crate::lifecycle`].

use crate::role::{Role, Roles};
use crate::words::Status;

/// What a role may do with a group of fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Sees nothing of it: not in the record, its history, filters or totals.
    Hidden,
    /// Reads.
    Read,
    /// Reads, and writes when this holds.
    Write(When),
}

/// When a write is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Until the record is closed or void.
    Open,
    /// While reported.
    Reported,
    /// While reported, by the person who reported it.
    OwnReported,
    /// Reported, analysis, disposition.
    BeforeExecution,
    /// Analysis or execution.
    AnalysisExecution,
    /// Analysis or disposition.
    AnalysisDisposition,
    /// Disposition.
    Disposition,
    /// Execution.
    Execution,
    /// Verification.
    Verification,
}

impl When {
    /// The states in which it holds.
    pub fn states(self) -> &'static [Status] {
        use Status::{Analysis, Disposition, Execution, Reported, Verification};
        match self {
            Self::Open => &[Reported, Analysis, Disposition, Execution, Verification],
            Self::Reported | Self::OwnReported => &[Reported],
            Self::BeforeExecution => &[Reported, Analysis, Disposition],
            Self::AnalysisExecution => &[Analysis, Execution],
            Self::AnalysisDisposition => &[Analysis, Disposition],
            Self::Disposition => &[Disposition],
            Self::Execution => &[Execution],
            Self::Verification => &[Verification],
        }
    }

    /// As a foreman would say it.
    pub fn phrase(self) -> &'static str {
        match self {
            Self::Open => "",
            Self::Reported => "while reported",
            Self::OwnReported => "while reported, own",
            Self::BeforeExecution => "before execution",
            Self::AnalysisExecution => "in analysis, execution",
            Self::AnalysisDisposition => "in analysis, disposition",
            Self::Disposition => "in disposition",
            Self::Execution => "in execution",
            Self::Verification => "in verification",
        }
    }
}

/// A row of the table.
#[derive(Debug)]
pub struct Right {
    /// What the row is called.
    pub title: &'static str,
    /// The fields it governs, as requests and answers name them.
    pub fields: &'static [&'static str],
    /// One cell for each of [`Role::ALL`].
    pub cells: &'static [(Role, Cell)],
}

/// What a caller may do with a field of a record now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Writes it now.
    Write,
    /// May write it in another state of the record.
    WriteLater,
    /// Reads it; would write it if the record were his own.
    ReadForeign,
    /// Reads it.
    Read,
    /// Does not see it.
    Hidden,
}

use Cell::{Hidden, Read, Write};
use Role::{Admin, Inspector, Operator, QualityEngineer, QualityManager, TechEngineer, Viewer};

/// The child rows and columns that are no fields of the record itself, as the table names them.
pub mod field {
    /// Labor entries: add, reverse.
    pub const LABOR: &str = "labor_entries";
    /// Cost entries: add, reverse.
    pub const COST: &str = "cost_entries";
    /// Disposition lines: what and why.
    pub const LINES: &str = "disposition_lines";
    /// How far a disposition line has come.
    pub const LINE_STATUS: &str = "disposition_lines.status";
    /// What inspection found after rework or repair.
    pub const LINE_REINSPECTION: &str = "disposition_lines.reinspection_result";
    /// Serial numbers.
    pub const SERIALS: &str = "serials";
}

/// The table.
#[rustfmt::skip]
pub const RIGHTS: &[Right] = &[
    Right {
        title: "identification, quantities, texts of the report",
        fields: &[
            "origin", "part_id", "lot_number", "work_order", "work_center_id", "customer_id", "supplier_id", "title", "description",
            "language", "quantity_inspected", "quantity_defective", "units_sampled", "defects_found", "detected_at",
            "external_system", "external_id", field::SERIALS,
        ],
        cells: &[
            (Inspector, Write(When::Reported)), (Operator, Write(When::OwnReported)), (TechEngineer, Write(When::BeforeExecution)),
            (QualityEngineer, Write(When::BeforeExecution)), (QualityManager, Write(When::BeforeExecution)), (Viewer, Read),
            (Admin, Write(When::BeforeExecution)),
        ],
    },
    Right {
        title: "containment, hold location",
        fields: &["is_contained", "hold_location"],
        cells: &[
            (Inspector, Write(When::Open)), (Operator, Write(When::Open)), (TechEngineer, Write(When::Open)),
            (QualityEngineer, Write(When::Open)), (QualityManager, Write(When::Open)), (Viewer, Read), (Admin, Write(When::Open)),
        ],
    },
    Right {
        title: "severity",
        fields: &["severity"],
        cells: &[
            (Inspector, Read), (Operator, Read), (TechEngineer, Write(When::BeforeExecution)),
            (QualityEngineer, Write(When::BeforeExecution)), (QualityManager, Write(When::BeforeExecution)), (Viewer, Read),
            (Admin, Write(When::BeforeExecution)),
        ],
    },
    Right {
        title: "failure code",
        fields: &["failure_code"],
        cells: &[
            (Inspector, Read), (Operator, Read), (TechEngineer, Write(When::BeforeExecution)), (QualityEngineer, Write(When::Open)),
            (QualityManager, Write(When::Open)), (Viewer, Read), (Admin, Write(When::BeforeExecution)),
        ],
    },
    Right {
        title: "assignee, due date",
        fields: &["assignee_id", "due_at"],
        cells: &[
            (Inspector, Read), (Operator, Read), (TechEngineer, Write(When::Open)), (QualityEngineer, Write(When::Open)),
            (QualityManager, Write(When::Open)), (Viewer, Read), (Admin, Write(When::Open)),
        ],
    },
    Right {
        title: "process analysis, repair process",
        fields: &["process_analysis", "repair_process"],
        cells: &[
            (Inspector, Read), (Operator, Write(When::AnalysisExecution)), (TechEngineer, Write(When::Open)), (QualityEngineer, Read),
            (QualityManager, Write(When::Open)), (Viewer, Read), (Admin, Write(When::Open)),
        ],
    },
    Right {
        title: "labor entries (add, reverse)",
        fields: &[field::LABOR],
        cells: &[
            (Inspector, Read), (Operator, Write(When::AnalysisExecution)), (TechEngineer, Write(When::Open)), (QualityEngineer, Read),
            (QualityManager, Write(When::Open)), (Viewer, Read), (Admin, Read),
        ],
    },
    Right {
        title: "engineering findings, root cause, cause",
        fields: &["engineering_findings", "root_cause", "cause"],
        cells: &[
            (Inspector, Read), (Operator, Read), (TechEngineer, Write(When::AnalysisDisposition)), (QualityEngineer, Read),
            (QualityManager, Write(When::Open)), (Viewer, Read), (Admin, Write(When::Open)),
        ],
    },
    Right {
        title: "cost entries (add, reverse), part's unit cost",
        fields: &[field::COST],
        cells: &[
            (Inspector, Hidden), (Operator, Hidden), (TechEngineer, Write(When::Open)), (QualityEngineer, Write(When::Open)),
            (QualityManager, Write(When::Open)), (Viewer, Hidden), (Admin, Write(When::Open)),
        ],
    },
    Right {
        title: "disposition lines (what and why), concession",
        fields: &[field::LINES],
        cells: &[
            (Inspector, Read), (Operator, Read), (TechEngineer, Write(When::Disposition)), (QualityEngineer, Write(When::Disposition)),
            (QualityManager, Write(When::Disposition)), (Viewer, Read), (Admin, Read),
        ],
    },
    Right {
        title: "a line's `status` (approved → in_execution → done, or straight to done)",
        fields: &[field::LINE_STATUS],
        cells: &[
            (Inspector, Read), (Operator, Write(When::Execution)), (TechEngineer, Write(When::Execution)),
            (QualityEngineer, Write(When::Execution)), (QualityManager, Write(When::Execution)), (Viewer, Read), (Admin, Read),
        ],
    },
    Right {
        title: "a line's `reinspection_result`",
        fields: &[field::LINE_REINSPECTION],
        cells: &[
            (Inspector, Read), (Operator, Read), (TechEngineer, Read), (QualityEngineer, Write(When::Verification)),
            (QualityManager, Write(When::Verification)), (Viewer, Read), (Admin, Read),
        ],
    },
];

/// What is written outside of records, and by whom.
pub const MASTER_DATA: &[Role] = &[Admin, QualityManager];

/// Who manages users.
pub const USERS: &[Role] = &[Admin];

impl Right {
    /// The row that governs `field`.
    pub fn of(field: &str) -> Option<&'static Self> {
        RIGHTS.iter().find(|right| right.fields.contains(&field))
    }

    /// The cell of a role.
    pub fn cell(&self, role: Role) -> Cell {
        self.cells
            .iter()
            .find(|(of, _)| *of == role)
            .map_or(Hidden, |(_, cell)| *cell)
    }

    /// Whether any of `roles` sees these fields.
    pub fn visible_to(&self, roles: Roles) -> bool {
        roles.iter().any(|role| self.cell(role) != Hidden)
    }

    /// Whether any of `roles` ever writes these fields.
    pub fn writable_by(&self, roles: Roles) -> bool {
        roles.iter().any(|role| matches!(self.cell(role), Write(_)))
    }

    /// What `roles` may do with these fields on a record in `status`, their `own` or not.
    pub fn access(&self, roles: Roles, status: Status, own: bool) -> Access {
        let each = roles.iter().map(|role| match self.cell(role) {
            Hidden => Access::Hidden,
            Read => Access::Read,
            Write(When::OwnReported) if !own => Access::ReadForeign,
            Write(when) if when.states().contains(&status) => Access::Write,
            Write(_) => Access::WriteLater,
        });
        each.min_by_key(|access| *access as u8)
            .unwrap_or(Access::Hidden)
    }

    /// The roles that write these fields at some time, for messages.
    pub fn writers(&self) -> Vec<&'static str> {
        Role::ALL
            .iter()
            .filter(|role| matches!(self.cell(**role), Write(_)))
            .map(|role| role.word())
            .collect()
    }
}

/// Whether `roles` see money.
pub fn sees_cost(roles: Roles) -> bool {
    Right::of(field::COST).is_some_and(|right| right.visible_to(roles))
}
