//! Where a person gets mail, if he wants any. It is kept out of the history, so that it can be taken away.

use crate::table::Table;

pub(super) const NAME: &str = "m0050_user_email";

pub(super) fn columns() -> Table {
    Table::new("app_user", "user").text("email", 254).nullable()
}
