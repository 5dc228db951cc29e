//! The fixed words of the field: stored and sent as the same short strings, checked here and nowhere else.

crate::choice! {
    /// Where a record stands in its life.
    pub enum Status {
        /// Raised on the floor.
        Reported = "reported",
        /// Cause and process are looked into.
        Analysis = "analysis",
        /// What becomes of the material is being decided.
        Disposition = "disposition",
        /// The decision is being carried out.
        Execution = "execution",
        /// The result is being checked.
        Verification = "verification",
        /// Signed and closed.
        Closed = "closed",
        /// Raised in error; kept, never deleted.
        Void = "void",
    }
}

crate::choice! {
    /// How grave a defect is.
    pub enum Severity {
        /// Safety, law, or loss of function.
        Critical = "critical",
        /// Likely to fail or hinder use.
        Major = "major",
        /// Departs from the standard without hindering use.
        Minor = "minor",
    }
}

crate::choice! {
    /// What has to be done with a defect, or for a corrective action request, until a day.
    pub enum Milestone {
        /// The material is set apart.
        Containment = "containment",
        /// What becomes of the material is decided.
        Disposition = "disposition",
        /// The record is closed.
        Closure = "closure",
        /// The problem of a corrective action request is contained.
        D3 = "d3",
        /// Its corrective actions are chosen.
        D5 = "d5",
        /// It is closed.
        D8 = "d8",
    }
}

crate::choice! {
    /// Where a defect was found.
    pub enum Origin {
        /// Incoming goods.
        Receiving = "receiving",
        /// During manufacture.
        InProcess = "in_process",
        /// Final inspection.
        Final = "final",
        /// At the customer.
        Customer = "customer",
        /// In use.
        Field = "field",
        /// At the supplier.
        Supplier = "supplier",
        /// In an audit.
        Audit = "audit",
    }
}

crate::choice! {
    /// The language of a record's texts.
    pub enum Language {
        /// English.
        English = "en",
        /// Spanish.
        Spanish = "es",
        /// Chinese.
        Chinese = "zh",
    }
}

crate::choice! {
    /// What becomes of nonconforming material (ISO 9000:2015 3.12).
    pub enum Disposition {
        /// Accepted as it is.
        UseAsIs = "use_as_is",
        /// Made to conform.
        Rework = "rework",
        /// Made usable, though it does not conform.
        Repair = "repair",
        /// Used for something with other requirements.
        Regrade = "regrade",
        /// Destroyed.
        Scrap = "scrap",
        /// Sent back.
        ReturnToSupplier = "return_to_supplier",
        /// Checked piece by piece.
        Sort = "sort",
        /// It conforms after all.
        NoDefectFound = "no_defect_found",
    }
}

impl Disposition {
    /// Whether the material is worked on, and so inspected again.
    pub fn is_worked(self) -> bool {
        matches!(self, Self::Rework | Self::Repair)
    }

    /// What time is mostly spent on, where it is carried out by working on the material or sorting it.
    pub fn activity(self) -> Option<Activity> {
        match self {
            Self::Rework => Some(Activity::Rework),
            Self::Repair => Some(Activity::Repair),
            Self::Sort => Some(Activity::Sort),
            _ => None,
        }
    }

    /// Whether nothing remains to be carried out once it is approved.
    pub fn needs_no_execution(self) -> bool {
        matches!(self, Self::UseAsIs | Self::NoDefectFound)
    }

    /// Whether nonconforming material is accepted, which an engineer must authorise.
    pub fn needs_engineering(self) -> bool {
        matches!(self, Self::UseAsIs | Self::Repair)
    }
}

crate::choice! {
    /// How far a disposition line has come.
    pub enum LineStatus {
        /// Put forward.
        Proposed = "proposed",
        /// Decided.
        Approved = "approved",
        /// Being carried out.
        InExecution = "in_execution",
        /// Carried out.
        Done = "done",
    }
}

crate::choice! {
    /// Who has authority over a disposition.
    pub enum Authority {
        /// The quality department.
        Quality = "quality",
        /// Engineering.
        Engineering = "engineering",
        /// The material review board.
        Mrb = "mrb",
        /// The customer.
        Customer = "customer",
    }
}

crate::choice! {
    /// What inspection found after rework or repair.
    pub enum Reinspection {
        /// It conforms.
        Pass = "pass",
        /// It does not.
        Fail = "fail",
    }
}

crate::choice! {
    /// What time was spent on.
    pub enum Activity {
        /// Making it conform.
        Rework = "rework",
        /// Making it usable.
        Repair = "repair",
        /// Checking piece by piece.
        Sort = "sort",
        /// Inspecting.
        Inspect = "inspect",
        /// Finding the cause.
        Engineering = "engineering",
    }
}

crate::choice! {
    /// What money was spent on, or came back.
    pub enum CostKind {
        /// Material lost or replaced.
        Material = "material",
        /// Work.
        Labor = "labor",
        /// Engineering.
        Engineering = "engineering",
        /// Transport.
        Freight = "freight",
        /// Work done elsewhere.
        OutsideService = "outside_service",
        /// What a customer charged.
        CustomerClaim = "customer_claim",
        /// What came back (from a supplier, from scrap): lowers the record's cost.
        Recovery = "recovery",
    }
}

crate::choice! {
    /// What kind of cost of quality an expense is (BS 6143-2, PAF model).
    pub enum QualityClass {
        /// Keeping it from happening again.
        Prevention = "prevention",
        /// Finding out whether it conforms.
        Appraisal = "appraisal",
        /// It failed before it left the house.
        InternalFailure = "internal_failure",
        /// It failed at the customer.
        ExternalFailure = "external_failure",
    }
}

impl CostKind {
    /// What kind of cost of quality it is unless an entry says otherwise.
    pub fn quality_class(self) -> QualityClass {
        match self {
            Self::CustomerClaim => QualityClass::ExternalFailure,
            Self::Material
            | Self::Labor
            | Self::Engineering
            | Self::Freight
            | Self::OutsideService
            | Self::Recovery => QualityClass::InternalFailure,
        }
    }
}

impl Activity {
    /// What kind of cost of quality the time is.
    pub fn quality_class(self) -> QualityClass {
        match self {
            Self::Inspect | Self::Sort => QualityClass::Appraisal,
            Self::Rework | Self::Repair | Self::Engineering => QualityClass::InternalFailure,
        }
    }
}

crate::choice! {
    /// A vote on what is to become of the material.
    pub enum Decision {
        /// As it is proposed.
        Approve = "approve",
        /// Not so; the record goes back with the reason.
        Reject = "reject",
    }
}

crate::choice! {
    /// Where a rejected proposal goes back to.
    pub enum GoesBackTo {
        /// What was found is not enough to decide on.
        Analysis = "analysis",
        /// The proposal itself is written anew.
        Disposition = "disposition",
    }
}

crate::choice! {
    /// What was signed.
    pub enum Signed {
        /// A vote on what is to become of the material.
        Vote = "vote",
        /// That it is to become so.
        ApproveDisposition = "approve_disposition",
        /// The closure.
        Close = "close",
        /// That the record is open again.
        Reopen = "reopen",
    }
}

crate::choice! {
    /// What a signature stands for (21 CFR 11.50).
    pub enum Meaning {
        /// I wrote this.
        Authorship = "authorship",
        /// I have read this.
        Review = "review",
        /// I agree to this.
        Approval = "approval",
        /// I answer for this.
        Responsibility = "responsibility",
        /// I have checked this.
        Verification = "verification",
        /// This is finished.
        Closure = "closure",
    }
}

crate::choice! {
    /// What a record has to do with another one.
    pub enum LinkKind {
        /// The other one is why it happened.
        CausedBy = "caused_by",
        /// Both are about the same thing.
        Duplicates = "duplicates",
        /// Whoever reads one should know the other.
        RelatesTo = "relates_to",
    }
}

crate::choice! {
    /// The lists that an administrator extends.
    pub enum CodeList {
        /// What is wrong; a tree.
        FailureCode = "failure_code",
        /// Why it went wrong (6M).
        Cause = "cause",
        /// Areas of the plant.
        Area = "area",
    }
}

crate::choice! {
    /// Where a corrective action request stands: at the step that is being worked on, or at its end.
    pub enum CorrectiveStatus {
        /// Prepare, and take emergency action.
        D0 = "d0",
        /// Form the team.
        D1 = "d1",
        /// Describe the problem.
        D2 = "d2",
        /// Contain it.
        D3 = "d3",
        /// Find and verify the root causes.
        D4 = "d4",
        /// Choose corrective actions.
        D5 = "d5",
        /// Carry them out and validate them.
        D6 = "d6",
        /// Prevent recurrence, here and in like products and processes.
        D7 = "d7",
        /// Recognise the team; what remains is to sign and close.
        D8 = "d8",
        /// Signed and closed.
        Closed = "closed",
        /// Raised in error; kept, never deleted.
        Void = "void",
    }
}

crate::choice! {
    /// A step of 8D.
    pub enum Step {
        /// Prepare, and take emergency action.
        D0 = "d0",
        /// Form the team.
        D1 = "d1",
        /// Describe the problem.
        D2 = "d2",
        /// Contain it.
        D3 = "d3",
        /// Find and verify the root causes.
        D4 = "d4",
        /// Choose corrective actions.
        D5 = "d5",
        /// Carry them out and validate them.
        D6 = "d6",
        /// Prevent recurrence, here and in like products and processes.
        D7 = "d7",
        /// Recognise the team.
        D8 = "d8",
    }
}

crate::choice! {
    /// What a root cause explains.
    pub enum RootCauseKind {
        /// Why it happened.
        Occurrence = "occurrence",
        /// Why it was not found.
        NonDetection = "non_detection",
        /// Why the system let it happen.
        Systemic = "systemic",
    }
}

crate::choice! {
    /// What an action of a corrective action request is for.
    pub enum CorrectiveKind {
        /// Keeps the effect from whoever is downstream.
        Containment = "containment",
        /// Removes the cause.
        Corrective = "corrective",
        /// Keeps it from happening elsewhere.
        Preventive = "preventive",
    }
}

crate::choice! {
    /// What an effectiveness check found.
    pub enum Effectiveness {
        /// The causes are gone.
        Effective = "effective",
        /// They are not; the request goes back to its causes.
        NotEffective = "not_effective",
    }
}

crate::choice! {
    /// The control charts for what is counted (ISO 7870-2).
    pub enum ChartKind {
        /// The share of defective units, of samples of any size.
        P = "p",
        /// How many units are defective, of samples of one size.
        Np = "np",
        /// How many defects there are, on samples of one size.
        C = "c",
        /// Defects for each unit, of samples of any size.
        U = "u",
    }
}

impl ChartKind {
    /// Whether it counts defective units; the others count defects, of which a unit may have several.
    pub fn counts_units(self) -> bool {
        matches!(self, Self::P | Self::Np)
    }

    /// The chart for the same counts of samples that differ in size, where this one needs them to be of one size.
    pub fn for_varying_sizes(self) -> Option<Self> {
        match self {
            Self::Np => Some(Self::P),
            Self::C => Some(Self::U),
            Self::P | Self::U => None,
        }
    }
}

crate::choice! {
    /// What makes a point of a control chart.
    pub enum Subgroup {
        /// Each inspection.
        Sample = "sample",
        /// The inspections of a day, in the system's time zone.
        Day = "day",
        /// The inspections of a week of ISO 8601, in the system's time zone.
        Week = "week",
    }
}

crate::choice! {
    /// How far frozen limits have come.
    pub enum LimitStatus {
        /// Computed, and not yet to be used.
        Draft = "draft",
        /// To be held against new points.
        Approved = "approved",
        /// No longer to be used.
        Retired = "retired",
    }
}
