//! An inspection as requests and answers write it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::defects::NewDefect;
use crate::page::{Count as Counted, Limit};
use crate::part::Designation;
use crate::reference::{PartRef, PersonRef, WorkCenterRef};
use crate::value::{Code, Count, Id, Instant, Int, List, LongText, Quantity, Text};
use crate::words::{Language, Origin, Severity};

/// How many units a sample may have, and how many defects may be found in one: what a thousand of them come to is still
/// exact.
const MOST: i64 = 10_000_000;

/// How many units were looked at.
pub type SampleSize = Int<1, MOST>;

/// How many of them are wrong, or what was found on them.
pub type Found = Int<0, MOST>;

/// An inspection as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InspectionView {
    /// Id.
    pub id: i64,
    /// What tells it apart in every system that it is merged into.
    pub guid: String,
    /// What was inspected.
    pub part: PartRef,
    /// Where.
    pub work_center: WorkCenterRef,
    /// When.
    #[schema(format = DateTime)]
    pub inspected_at: String,
    /// How many units were looked at.
    pub sample_size: i64,
    /// How many of them are defective; null where that was not counted.
    #[schema(required)]
    pub defective_units: Option<i64>,
    /// How many defects were found on them, several on one unit perhaps; null where that was not counted.
    #[schema(required)]
    pub defects_found: Option<i64>,
    /// Whether any unit is defective, or any defect was found.
    pub failed: bool,
    /// The defect that was reported from it.
    #[schema(required)]
    pub defect: Option<InspectedDefect>,
    /// What else there is to say.
    #[schema(required)]
    pub note: Option<String>,
    /// When it was entered.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// Who entered it.
    pub created_by: PersonRef,
    /// When it was made void; void inspections are on no chart.
    #[schema(format = DateTime, required)]
    pub voided_at: Option<String>,
    /// Who made it void.
    #[schema(required)]
    pub voided_by: Option<PersonRef>,
    /// Why.
    #[schema(required)]
    pub void_reason: Option<String>,
    /// Moves with every change; the ETag.
    pub version: i64,
    /// When it was last changed.
    #[schema(format = DateTime)]
    pub updated_at: String,
}

/// The defect that was reported from an inspection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InspectedDefect {
    /// Id of the defect.
    pub id: i64,
    /// The number on its tag.
    pub tag_number: String,
}

crate::input! {
    /// An inspection to enter: at least one of `defective_units` and `defects_found` was counted.
    pub struct NewInspection {
        /// What was inspected.
        part_id: required Id,
        /// Where.
        work_center_id: required Id,
        /// When; not in the future.
        inspected_at: required Instant,
        /// How many units were looked at.
        sample_size: required SampleSize,
        /// How many of them are defective, at most all of them: what p and np charts count.
        defective_units: optional Found,
        /// How many defects were found, several on one unit perhaps: what c and u charts count.
        defects_found: optional Found,
        /// What else there is to say.
        note: optional Text<2000>,
        /// The defect to report from it, in the same call; only where something was found.
        defect: optional InspectionDefect,
    }
}

crate::input! {
    /// The tag of a defect that an inspection found; its part and place are those of the inspection.
    pub struct InspectionDefect {
        /// Where it was found.
        origin: optional Origin,
        /// Lot or batch.
        lot_number: optional Text<100>,
        /// Work order.
        work_order: optional Text<100>,
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
        /// How many were looked at; the sample unless said.
        quantity_inspected: optional Quantity,
        /// How many are wrong; `defective_units` unless said.
        quantity_defective: optional Quantity,
        /// Units in the sample; `sample_size` unless said.
        units_sampled: optional Count,
        /// Defects found in the sample; `defects_found` unless said.
        defects_found: optional Count,
        /// When it was found; `inspected_at` unless said.
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
    /// A row of a file of inspections.
    pub struct InspectionRow {
        /// The part's number.
        part_number: required Designation<100>,
        /// The part's revision.
        part_revision: required Designation<20>,
        /// The work center's code.
        work_center: required Code<40>,
        /// When, as 2026-11-20T08:14:00Z.
        inspected_at: required Instant,
        /// How many units were looked at.
        sample_size: required SampleSize,
        /// How many of them are defective; empty where that was not counted.
        defective_units: optional Found,
        /// How many defects were found; empty where that was not counted.
        defects_found: optional Found,
        /// What else there is to say.
        note: optional Text<2000>,
    }
}

crate::input! {
    /// Why an inspection is void.
    pub struct VoidInspection {
        /// Why.
        reason: required Text<2000>,
    }
}

crate::choice! {
    /// The orders of the list.
    pub enum Sort {
        /// Latest inspection first.
        Newest = "-inspected_at",
        /// Earliest inspection first.
        Oldest = "inspected_at",
    }
}

crate::input! {
    /// Which inspections, in which order, which page of them.
    pub struct InspectionQuery {
        /// Of any of these parts.
        part_id: optional List<Id>,
        /// At any of these work centers.
        work_center_id: optional List<Id>,
        /// At this instant or later.
        inspected_after: optional Instant,
        /// Before this instant.
        inspected_before: optional Instant,
        /// True: only those that found something; false: only the others.
        failed: optional bool,
        /// True: only void ones; false: only the others; both unless said.
        voided: optional bool,
        /// The order; `-inspected_at` unless said.
        sort: optional Sort,
        /// How many rows.
        limit: optional Limit,
        /// Where the page begins.
        cursor: optional Text<2000>,
        /// Whether to count.
        count: optional Counted,
    }
}

impl InspectionDefect {
    /// The tag of an inspection's defect, or nothing where it is not known how many are wrong.
    pub(super) fn tag(&self, of: &NewInspection) -> Option<NewDefect> {
        let Self {
            origin,
            lot_number,
            work_order,
            customer_id,
            supplier_id,
            title,
            description,
            language,
            quantity_inspected,
            quantity_defective,
            units_sampled,
            defects_found,
            detected_at,
            severity,
            failure_code,
            assignee_id,
            due_at,
            is_contained,
            hold_location,
            repeat_of_id,
            external_system,
            external_id,
        } = self.clone();
        let pieces = |count: Found| Quantity(count.0 * 1_000);
        let wrong = of.defective_units.filter(|count| count.0 > 0).map(pieces);
        Some(NewDefect {
            origin,
            part_id: of.part_id,
            lot_number,
            work_order,
            work_center_id: of.work_center_id,
            customer_id,
            supplier_id,
            title,
            description,
            language,
            quantity_inspected: quantity_inspected.or(Some(Quantity(of.sample_size.0 * 1_000))),
            quantity_defective: quantity_defective.or(wrong)?,
            units_sampled: units_sampled.or(Some(Int(of.sample_size.0))),
            defects_found: defects_found.or(of.defects_found.map(|count| Int(count.0))),
            detected_at: detected_at.or(Some(of.inspected_at)),
            severity,
            failure_code,
            assignee_id,
            due_at,
            is_contained,
            hold_location,
            repeat_of_id,
            external_system,
            external_id,
        })
    }
}
