//! Who is named in a note.

use crate::table::Table;

pub(super) const NAME: &str = "m0043_note_mention";

pub(super) fn table() -> Table {
    Table::new("note_mention", "mention")
        .id()
        .reference("defect_id", "defect")
        .reference("note_id", "defect_note")
        .reference("user_id", "app_user")
        .unique(&["note_id", "user_id"])
        .index("user", &["user_id", "id"])
}
