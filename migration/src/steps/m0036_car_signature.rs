//! Signatures under corrective action requests (21 CFR 11.50): who, what it means, when, and the SHA-256 of what was
//! signed.

use crate::table::Table;

pub(super) const NAME: &str = "m0036_car_signature";

pub(super) fn table() -> Table {
    Table::new("car_signature", "csign")
        .id()
        .reference("car_id", "corrective_action")
        .code("action", 30)
        .code("meaning", 20)
        .reference("signer_id", "app_user")
        .text("signer_name", 200)
        .instant("signed_at")
        .big("record_version")
        .code("content_hash", 64)
        .index("car", &["car_id", "id"])
}
