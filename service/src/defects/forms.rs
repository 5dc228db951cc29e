//! A defect as requests write it: a new tag, and what may be changed of one.

use crate::value::{Code, Count, Id, Instant, LongText, Quantity, Text};
use crate::words::{Language, Origin, Severity};

crate::input! {
    /// What stands on a new tag.
    pub struct NewDefect {
        /// Where it was found.
        origin: optional Origin,
        /// What is wrong in kind.
        part_id: required Id,
        /// Lot or batch.
        lot_number: optional Text<100>,
        /// Work order.
        work_order: optional Text<100>,
        /// Where it was found.
        work_center_id: required Id,
        /// Whose order it is.
        customer_id: optional Id,
        /// Who delivered it.
        supplier_id: optional Id,
        /// What is wrong, in a line.
        title: required Text<200>,
        /// What is wrong.
        description: required LongText,
        /// The language of the texts; the reporter's own unless said.
        language: optional Language,
        /// How many were looked at.
        quantity_inspected: optional Quantity,
        /// How many are wrong.
        quantity_defective: required Quantity,
        /// Units in the sample.
        units_sampled: optional Count,
        /// Defects found in the sample.
        defects_found: optional Count,
        /// When it was found; now unless said.
        detected_at: optional Instant,
        /// How grave it is, where the reporter may say so.
        severity: optional Severity,
        /// The kind of failure, where the reporter may say so.
        failure_code: optional Code<40>,
        /// Who takes care of it, where the reporter may say so.
        assignee_id: optional Id,
        /// Until when, where the reporter may say so; otherwise as the due rules have it.
        due_at: optional Instant,
        /// Whether the material is set apart.
        is_contained: optional bool,
        /// Where it is held.
        hold_location: optional Text<200>,
        /// The earlier record of the same part that this one repeats.
        repeat_of_id: optional Id,
        /// The other system that this record is known to.
        external_system: optional Code<60>,
        /// What it is called there.
        external_id: optional Text<200>,
    }
}

crate::input! {
    /// What may be changed of a defect; fields that are not sent stay as they are, null clears.
    pub struct DefectPatch {
        /// Where it was found.
        origin: change Origin,
        /// The part.
        part_id: change Id,
        /// Lot or batch.
        lot_number: clearable Text<100>,
        /// Work order.
        work_order: clearable Text<100>,
        /// The work center.
        work_center_id: change Id,
        /// The customer.
        customer_id: clearable Id,
        /// The supplier.
        supplier_id: clearable Id,
        /// What is wrong, in a line.
        title: change Text<200>,
        /// What is wrong.
        description: change LongText,
        /// The language of the texts.
        language: change Language,
        /// How many were looked at.
        quantity_inspected: clearable Quantity,
        /// How many are wrong.
        quantity_defective: change Quantity,
        /// Units in the sample.
        units_sampled: clearable Count,
        /// Defects found in the sample.
        defects_found: clearable Count,
        /// When it was found.
        detected_at: change Instant,
        /// The other system that it is known to.
        external_system: clearable Code<60>,
        /// What it is called there.
        external_id: clearable Text<200>,
        /// Whether the material is set apart.
        is_contained: change bool,
        /// Where it is held.
        hold_location: clearable Text<200>,
        /// The earlier record of the same part that this one repeats.
        repeat_of_id: clearable Id,
        /// How grave it is; once set it can be changed, not cleared.
        severity: change Severity,
        /// The kind of failure.
        failure_code: clearable Code<40>,
        /// Who takes care of it.
        assignee_id: clearable Id,
        /// Until when; null leaves it to the due rules.
        due_at: clearable Instant,
        /// What happened in the process.
        process_analysis: clearable LongText,
        /// How it is to be repaired.
        repair_process: clearable LongText,
        /// What engineering found.
        engineering_findings: clearable LongText,
        /// The root cause.
        root_cause: clearable LongText,
        /// The most likely cause's code.
        cause: clearable Code<40>,
    }
}
