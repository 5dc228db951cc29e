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
