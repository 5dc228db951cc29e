//! What a person wants of a saved view: to begin with it, to be told by mail what it holds. `last_told`: the morning of
//! which he was told last, so that it is done once, however many servers look.

use crate::table::Table;

pub(super) const NAME: &str = "m0077_view_choice";

pub(super) fn table() -> Table {
    Table::new("view_choice", "vchoice")
        .id()
        .reference("user_id", "app_user")
        .reference("view_id", "saved_view")
        .boolean("is_default")
        .code("digest", 10)
        .nullable()
        .day("last_told")
        .nullable()
        .unique(&["user_id", "view_id"])
        .index("digest", &["digest", "last_told"])
}
