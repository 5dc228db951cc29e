//! Links by which a supplier answers a corrective action request without an account: only the SHA-256 is kept.

use crate::table::Table;

pub(super) const NAME: &str = "m0037_car_link";

pub(super) fn table() -> Table {
    Table::new("car_link", "clink")
        .id()
        .reference("car_id", "corrective_action")
        .code("token_hash", 64)
        .reference("partner_id", "partner")
        .instant("expires_at")
        .instant("created_at")
        .reference("created_by", "app_user")
        .instant("revoked_at")
        .nullable()
        .reference("revoked_by", "app_user")
        .nullable()
        .unique(&["token_hash"])
}
