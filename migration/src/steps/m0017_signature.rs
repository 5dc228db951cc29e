//! Electronic signatures (21 CFR 11.50): who, what it means, when, and the SHA-256 of what was signed.

use crate::table::Table;

pub(super) const NAME: &str = "m0017_signature";

pub(super) fn table() -> Table {
    Table::new("signature", "sign")
        .id()
        .reference("defect_id", "defect")
        .code("action", 30)
        .code("meaning", 20)
        .reference("signer_id", "app_user")
        .text("signer_name", 200)
        .instant("signed_at")
        .big("record_version")
        .code("content_hash", 64)
        .index("defect", &["defect_id", "id"])
}
