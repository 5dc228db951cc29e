//! Votes on what is to become of the material: one of each person in a round, with the roles that he had then. A round
//! is over (`ended_at`) when the disposition is approved or rejected, or what it was about has changed.

use crate::table::Table;

pub(super) const NAME: &str = "m0022_approval";

pub(super) fn table() -> Table {
    Table::new("approval", "approval")
        .id()
        .reference("defect_id", "defect")
        .big("round")
        .reference("approver_id", "app_user")
        .code("roles", 200)
        .code("decision", 10)
        .text("reason", 2000)
        .nullable()
        .reference("signature_id", "signature")
        .nullable()
        .instant("voted_at")
        .instant("ended_at")
        .nullable()
        .unique(&["defect_id", "round", "approver_id"])
        .index("defect", &["defect_id", "id"])
}
