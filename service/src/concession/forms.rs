//! A concession as requests and answers write it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::page::{Count, Limit};
use crate::part::Designation;
use crate::reference::{PartRef, PartnerRef};
use crate::value::{Day, Id, Quantity, Text};

/// A concession as it is shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ConcessionView {
    /// Id.
    pub id: i64,
    /// Number.
    pub number: String,
    /// Who grants it.
    pub customer: PartnerRef,
    /// The customer's own reference.
    #[schema(required)]
    pub reference: Option<String>,
    /// The part that it is for; any of the customer's where there is none.
    #[schema(required)]
    pub part_id: Option<i64>,
    /// The same part, as people know it.
    #[serde(default)]
    #[schema(required)]
    pub part: Option<PartRef>,
    /// How much may be used under it.
    #[schema(example = "100")]
    pub max_quantity: String,
    /// How much is used: the approved lines that refer to it.
    #[schema(example = "40")]
    pub used_quantity: String,
    /// The last day on which it is used, in the system's time zone.
    #[schema(format = Date)]
    pub valid_until: String,
    /// False once retired.
    pub is_active: bool,
    /// Moves with every change; the ETag. Uses do not move it.
    pub version: i64,
    /// When it was added.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it was last changed.
    #[schema(format = DateTime)]
    pub updated_at: String,
}

crate::input! {
    /// A concession to add.
    pub struct NewConcession {
        /// Number; unique.
        number: required Designation<60>,
        /// Who grants it.
        customer_id: required Id,
        /// The customer's own reference.
        reference: optional Text<200>,
        /// The part that it is for; any of the customer's unless said.
        part_id: optional Id,
        /// How much may be used under it.
        max_quantity: required Quantity,
        /// The last day on which it is used.
        valid_until: required Day,
        /// False to add it retired; true unless said otherwise.
        is_active: optional bool,
    }
}

crate::input! {
    /// What changes in a concession.
    pub struct ConcessionPatch {
        /// Number.
        number: change Designation<60>,
        /// Who grants it.
        customer_id: change Id,
        /// The customer's own reference.
        reference: clearable Text<200>,
        /// The part that it is for.
        part_id: clearable Id,
        /// How much may be used under it; not less than is used.
        max_quantity: change Quantity,
        /// The last day on which it is used.
        valid_until: change Day,
        /// False to retire it.
        is_active: change bool,
    }
}

crate::input! {
    /// Which concessions to list, in the order of their numbers.
    pub struct ConcessionQuery {
        /// Only this customer's.
        customer_id: optional Id,
        /// Only those for this part alone.
        part_id: optional Id,
        /// What the number or the customer's reference begins with.
        q: optional Text<100>,
        /// True: only those whose last day is over; false: only the others.
        expired: optional bool,
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
