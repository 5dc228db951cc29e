//! Who may read and write what, on one screen: the table behind the API, `docs/permissions.md` and the tests.
//!
//! A cell says whether a role writes a group of fields, and when; several roles add up. Nothing but notes and
//! translations is writable once a record is closed or void. Who may move a record is in [`crate::lifecycle`].

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
    /// At any time, on a closed or void record too.
    Always,
    /// Until the record is closed or void.
    Open,
    /// Until then, on what is one's own to do.
    OwnOpen,
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
            Self::Always => Status::ALL,
            Self::Open | Self::OwnOpen => {
                &[Reported, Analysis, Disposition, Execution, Verification]
            }
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
            Self::Always => "at any time",
            Self::Open => "",
            Self::OwnOpen => "own",
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
    /// Votes on what is to become of the material.
    pub const APPROVALS: &str = "approvals";
    /// Disposition lines: what and why.
    pub const LINES: &str = "disposition_lines";
    /// How far a disposition line has come.
    pub const LINE_STATUS: &str = "disposition_lines.status";
    /// What inspection found after rework or repair.
    pub const LINE_REINSPECTION: &str = "disposition_lines.reinspection_result";
    /// Stopping the record's clock, and letting it go on.
    pub const HOLD: &str = "hold";
    /// Serial numbers.
    pub const SERIALS: &str = "serials";
    /// Links to other records.
    pub const LINKS: &str = "links";
    /// Notes: add.
    pub const NOTES: &str = "notes";
    /// Translations of the record's texts: write, correct, take back.
    pub const TRANSLATIONS: &str = "translations";
    /// Attachments: add, make void.
    pub const ATTACHMENTS: &str = "attachments";
    /// The defects that a corrective action request is about: link, unlink.
    pub const CAR_DEFECTS: &str = "defects";
    /// Root causes of a corrective action request: add, change, take back.
    pub const ROOT_CAUSES: &str = "root_causes";
    /// That a root cause was verified.
    pub const ROOT_CAUSE_VERIFIED: &str = "root_causes.is_verified";
    /// Actions of a corrective action request: add, change, take back.
    pub const CAR_ACTIONS: &str = "actions";
    /// That an action is done, and with what outcome.
    pub const CAR_ACTION_DONE: &str = "actions.is_done";
    /// That somebody else found it done.
    pub const CAR_ACTION_VERIFIED: &str = "actions.is_verified";
    /// Effectiveness checks.
    pub const CAR_CHECKS: &str = "effectiveness_checks";
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
        title: "repeat of an earlier record",
        fields: &["repeat_of_id"],
        cells: &[
            (Inspector, Write(When::Reported)), (Operator, Write(When::OwnReported)), (TechEngineer, Write(When::BeforeExecution)),
            (QualityEngineer, Write(When::Open)), (QualityManager, Write(When::Open)), (Viewer, Read), (Admin, Write(When::BeforeExecution)),
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
        title: "assignee, due date, hold and release",
        fields: &["assignee_id", "due_at", field::HOLD],
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
        title: "cost entries (add, reverse), part's unit cost, rate of labor",
        fields: &[field::COST],
        cells: &[
            (Inspector, Hidden), (Operator, Hidden), (TechEngineer, Write(When::Open)), (QualityEngineer, Write(When::Open)),
            (QualityManager, Write(When::Open)), (Viewer, Hidden), (Admin, Write(When::Open)),
        ],
    },
    Right {
        title: "links to other records (add, remove)",
        fields: &[field::LINKS],
        cells: &[
            (Inspector, Write(When::Open)), (Operator, Write(When::Open)), (TechEngineer, Write(When::Open)),
            (QualityEngineer, Write(When::Open)), (QualityManager, Write(When::Open)), (Viewer, Read), (Admin, Write(When::Open)),
        ],
    },
    Right {
        title: "attachments (add, void one's own)",
        fields: &[field::ATTACHMENTS],
        cells: &[
            (Inspector, Write(When::Open)), (Operator, Write(When::Open)), (TechEngineer, Write(When::Open)),
            (QualityEngineer, Write(When::Open)), (QualityManager, Write(When::Open)), (Viewer, Read), (Admin, Write(When::Open)),
        ],
    },
    Right {
        title: "notes (add)",
        fields: &[field::NOTES],
        cells: &[
            (Inspector, Write(When::Always)), (Operator, Write(When::Always)), (TechEngineer, Write(When::Always)),
            (QualityEngineer, Write(When::Always)), (QualityManager, Write(When::Always)), (Viewer, Read), (Admin, Write(When::Always)),
        ],
    },
    Right {
        title: "translations of its texts (write, correct, take back)",
        fields: &[field::TRANSLATIONS],
        cells: &[
            (Inspector, Write(When::Always)), (Operator, Write(When::Always)), (TechEngineer, Write(When::Always)),
            (QualityEngineer, Write(When::Always)), (QualityManager, Write(When::Always)), (Viewer, Read), (Admin, Write(When::Always)),
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
        title: "votes on the disposition, none on one's own proposal",
        fields: &[field::APPROVALS],
        cells: &[
            (Inspector, Read), (Operator, Read), (TechEngineer, Write(When::Disposition)), (QualityEngineer, Write(When::Disposition)),
            (QualityManager, Write(When::Disposition)), (Viewer, Read), (Admin, Read),
        ],
    },
    Right {
        title: "a line's `status` (approved → in_execution → done, or straight to done), scrap evidence, return number",
        fields: &[field::LINE_STATUS],
        cells: &[
            (Inspector, Read), (Operator, Write(When::Execution)), (TechEngineer, Write(When::Execution)),
            (QualityEngineer, Write(When::Execution)), (QualityManager, Write(When::Execution)), (Viewer, Read), (Admin, Read),
        ],
    },
    Right {
        title: "a line's `reinspection_result`, and for how much of it",
        fields: &[field::LINE_REINSPECTION],
        cells: &[
            (Inspector, Read), (Operator, Read), (TechEngineer, Read), (QualityEngineer, Write(When::Verification)),
            (QualityManager, Write(When::Verification)), (Viewer, Read), (Admin, Read),
        ],
    },
];

/// The table of corrective action requests. Everybody reads all of it; nothing is writable once one is closed or void.
#[rustfmt::skip]
pub const CORRECTIVE: &[Right] = &[
    Right {
        title: "title, description, severity, supplier, owner, due date",
        fields: &["title", "description", "severity", "supplier_id", "owner_id", "due_at"],
        cells: &[
            (Inspector, Read), (Operator, Read), (TechEngineer, Write(When::Open)), (QualityEngineer, Write(When::Open)),
            (QualityManager, Write(When::Open)), (Viewer, Read), (Admin, Write(When::Open)),
        ],
    },
    Right {
        title: "the steps: text, owner, due date",
        fields: &["d0", "d1", "d2", "d3", "d4", "d5", "d6", "d7", "d8"],
        cells: &[
            (Inspector, Read), (Operator, Read), (TechEngineer, Write(When::Open)), (QualityEngineer, Write(When::Open)),
            (QualityManager, Write(When::Open)), (Viewer, Read), (Admin, Write(When::Open)),
        ],
    },
    Right {
        title: "defects (link, unlink)",
        fields: &[field::CAR_DEFECTS],
        cells: &[
            (Inspector, Read), (Operator, Read), (TechEngineer, Write(When::Open)), (QualityEngineer, Write(When::Open)),
            (QualityManager, Write(When::Open)), (Viewer, Read), (Admin, Read),
        ],
    },
    Right {
        title: "root causes with their whys, and that they are verified",
        fields: &[field::ROOT_CAUSES, field::ROOT_CAUSE_VERIFIED],
        cells: &[
            (Inspector, Read), (Operator, Read), (TechEngineer, Write(When::Open)), (QualityEngineer, Write(When::Open)),
            (QualityManager, Write(When::Open)), (Viewer, Read), (Admin, Read),
        ],
    },
    Right {
        title: "actions (add, change, take back)",
        fields: &[field::CAR_ACTIONS],
        cells: &[
            (Inspector, Read), (Operator, Read), (TechEngineer, Write(When::Open)), (QualityEngineer, Write(When::Open)),
            (QualityManager, Write(When::Open)), (Viewer, Read), (Admin, Read),
        ],
    },
    Right {
        title: "an action's `is_done` and `outcome`",
        fields: &[field::CAR_ACTION_DONE],
        cells: &[
            (Inspector, Write(When::OwnOpen)), (Operator, Write(When::OwnOpen)), (TechEngineer, Write(When::Open)),
            (QualityEngineer, Write(When::Open)), (QualityManager, Write(When::Open)), (Viewer, Read), (Admin, Read),
        ],
    },
    Right {
        title: "an action's `is_verified` (never by whoever did it)",
        fields: &[field::CAR_ACTION_VERIFIED],
        cells: &[
            (Inspector, Read), (Operator, Read), (TechEngineer, Write(When::Open)), (QualityEngineer, Write(When::Open)),
            (QualityManager, Write(When::Open)), (Viewer, Read), (Admin, Read),
        ],
    },
    Right {
        title: "effectiveness checks",
        fields: &[field::CAR_CHECKS],
        cells: &[
            (Inspector, Read), (Operator, Read), (TechEngineer, Read), (QualityEngineer, Write(When::Open)),
            (QualityManager, Write(When::Open)), (Viewer, Read), (Admin, Read),
        ],
    },
];

/// Who gives a supplier the link by which he answers a corrective action request, sees that there is one, and takes it back.
pub const SUPPLIER_LINKS: &[Role] = &[QualityEngineer, QualityManager];

/// What is written outside of records, and by whom.
pub const MASTER_DATA: &[Role] = &[Admin, QualityManager];

/// Who says whose votes a disposition needs.
pub const APPROVAL_RULES: &[Role] = &[Admin];

/// Who keeps the concessions of customers.
pub const CONCESSIONS: &[Role] = &[Admin, QualityEngineer, QualityManager];

/// Who enters inspections, and makes void what he has entered himself; what others have, [`VOIDERS`] do.
pub const INSPECTORS: &[Role] = &[
    Inspector,
    Operator,
    TechEngineer,
    QualityEngineer,
    QualityManager,
];

/// Who freezes the limits of control charts, approves and retires them.
pub const CONTROL_LIMITS: &[Role] = &[QualityEngineer, QualityManager];

/// Who may approve the limits that he froze himself.
pub const OWN_LIMITS: &[Role] = &[QualityManager];

/// Who redacts notes, at any time.
pub const REDACTORS: &[Role] = &[QualityManager];

/// Who makes void what others have attached, while the record is open, and what others have entered as inspections.
pub const VOIDERS: &[Role] = &[QualityEngineer, QualityManager];

/// Who shares saved views with everybody and with roles that he has not, and takes back or deletes what others share.
pub const SHARED_VIEWS: &[Role] = &[Admin, QualityManager];

/// Who manages users.
pub const USERS: &[Role] = &[Admin];

/// Who checks the audit trail.
pub const AUDIT: &[Role] = &[Admin, QualityManager];

/// Who manages webhooks.
pub const WEBHOOKS: &[Role] = &[Admin];

/// Who sees what is sent to others, and has it tried again.
pub const OUTBOX: &[Role] = &[Admin];

/// Who sees what the server stands on: its database, how large that is, what is wrong with it.
pub const PREMISES: &[Role] = &[Admin];

/// Who exports and imports the data as a whole, and sees how far that is.
pub const ARCHIVES: &[Role] = &[Admin];

impl Right {
    /// The row that governs `field`.
    pub fn of(field: &str) -> Option<&'static Self> {
        RIGHTS.iter().find(|right| right.fields.contains(&field))
    }

    /// The row that governs `field` of a corrective action request.
    pub fn of_corrective(field: &str) -> Option<&'static Self> {
        CORRECTIVE
            .iter()
            .find(|right| right.fields.contains(&field))
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
            Write(When::OwnReported | When::OwnOpen) if !own => Access::ReadForeign,
            Write(when) if when.states().contains(&status) => Access::Write,
            Write(_) => Access::WriteLater,
        });
        each.min_by_key(|access| *access as u8)
            .unwrap_or(Access::Hidden)
    }

    /// Whether any of `roles` writes these fields of an open record, `own` to do or not.
    pub fn writes_open(&self, roles: Roles, own: bool) -> bool {
        roles.iter().any(|role| match self.cell(role) {
            Write(When::OwnOpen) => own,
            Write(_) => true,
            Hidden | Read => false,
        })
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

/// Whether `roles` ever write money.
pub fn writes_cost(roles: Roles) -> bool {
    Right::of(field::COST).is_some_and(|right| right.writable_by(roles))
}

/// Whether `roles` see money.
pub fn sees_cost(roles: Roles) -> bool {
    Right::of(field::COST).is_some_and(|right| right.visible_to(roles))
}
