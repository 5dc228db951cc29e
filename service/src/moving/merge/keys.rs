//! How a record is told apart from others, in any system.

use sea_orm::Value;

use super::super::row;
use super::super::tables::Table;
use crate::rights::field;

/// A table of records: its rows have a key that means the same in every system, and a chain.
pub(super) struct Kind {
    pub(super) table: &'static str,
    /// The columns of the natural key.
    key: &'static [&'static str],
    /// The column of the key by which rows are looked for.
    pub(super) sought: &'static str,
    /// The rows without an id of their own that belong to one: their table, and what names the record in them.
    pub(super) part: Option<(&'static str, &'static str)>,
    /// Whether its natural key never changes.
    pub(super) is_fixed: bool,
}

pub(super) const DEFECT: &str = crate::defects::ENTITY;
pub(super) const CORRECTIVE: &str = crate::corrective::ENTITY;
pub(super) const USER: &str = "app_user";
pub(super) const INSPECTION: &str = "inspection";

/// In the order of their tables.
pub(super) const KINDS: &[Kind] = &[
    Kind {
        table: USER,
        key: &["username_key"],
        sought: "username_key",
        part: Some(("user_role", "user_id")),
        // An erased user has another name.
        is_fixed: false,
    },
    Kind {
        table: "partner",
        key: &["code"],
        sought: "code",
        part: None,
        is_fixed: false,
    },
    Kind {
        table: "part",
        key: &["part_number", "revision"],
        sought: "part_number",
        part: None,
        is_fixed: false,
    },
    Kind {
        table: "code_value",
        key: &["list_name", "code"],
        sought: "code",
        part: Some(("code_label", "code_id")),
        is_fixed: true,
    },
    Kind {
        table: "work_center",
        key: &["code"],
        sought: "code",
        part: None,
        is_fixed: false,
    },
    Kind {
        table: "approval_rule",
        key: &["code"],
        sought: "code",
        part: None,
        is_fixed: false,
    },
    Kind {
        table: "concession",
        key: &["concession_number"],
        sought: "concession_number",
        part: None,
        is_fixed: false,
    },
    Kind {
        table: "due_rule",
        key: &["code"],
        sought: "code",
        part: None,
        is_fixed: false,
    },
    Kind {
        table: "control_limit",
        key: &["guid"],
        sought: "guid",
        part: None,
        is_fixed: true,
    },
    Kind {
        table: DEFECT,
        key: &["tag_number"],
        sought: "tag_number",
        part: None,
        is_fixed: true,
    },
    Kind {
        table: INSPECTION,
        key: &["guid"],
        sought: "guid",
        part: None,
        is_fixed: true,
    },
    Kind {
        table: CORRECTIVE,
        key: &["car_number"],
        sought: "car_number",
        part: None,
        is_fixed: true,
    },
];

/// The kinds of records that something hangs on, each behind those that it refers to.
pub(super) const PARENTS: [&str; 2] = [DEFECT, CORRECTIVE];

/// What hangs on a record, and how its history names it.
pub(super) const CHILDREN: &[(&str, &str)] = &[
    ("defect_serial", field::SERIALS),
    ("disposition_line", field::LINES),
    ("labor_entry", field::LABOR),
    ("cost_entry", field::COST),
    ("signature", "signatures"),
    ("approval", field::APPROVALS),
    ("defect_link", field::LINKS),
    ("defect_note", field::NOTES),
    ("note_mention", "mentions"),
    ("attachment", field::ATTACHMENTS),
    ("translation", field::TRANSLATIONS),
    ("car_defect", field::CAR_DEFECTS),
    ("car_step", "steps"),
    ("car_cause", field::ROOT_CAUSES),
    ("car_action", field::CAR_ACTIONS),
    ("car_check", field::CAR_CHECKS),
    ("car_signature", "signatures"),
];

/// The table of the records that a kind of children hangs on, and what names the record in them.
pub(super) fn parent_of(child: &str) -> (&'static str, &'static str) {
    if child.starts_with("car_") {
        (CORRECTIVE, "car_id")
    } else {
        (DEFECT, "defect_id")
    }
}

pub(super) const HISTORY: &str = "audit_event";

/// The tables that are not merged: settings and rules without a key of their own are the target's, what opened another
/// system opens nothing here, and whom this system tells of what happens is said here. Views are people's own affair and
/// ask for parts and people by the ids of their system.
pub(super) const NOT_MERGED: &[&str] = &[
    "setting",
    "access_token",
    "repeat_rule",
    "car_link",
    "subscription",
    "saved_view",
    "view_choice",
    "webhook",
];

pub(super) fn kind(table: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.table == table)
}

/// The kind whose records have parts in this table.
pub(super) fn whole_of(part: &str) -> Option<&'static Kind> {
    let is_whole = |kind: &&Kind| kind.part.is_some_and(|(table, _)| table == part);
    KINDS.iter().find(is_whole)
}

/// The place of a table among the children.
pub(super) fn child(table: &str) -> Option<usize> {
    CHILDREN.iter().position(|(name, _)| *name == table)
}

/// A natural key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key(Vec<String>);

impl Key {
    /// Of a defect, where only the archive's own id is at hand.
    pub(super) fn of_id(id: i64) -> Self {
        Self(vec![format!("number {id} of the archive")])
    }

    /// For people.
    pub(super) fn show(&self) -> String {
        super::differ::short(&self.0.join(" "))
    }
}

impl Kind {
    pub(super) fn key_of(&self, table: &Table, row: &[Value]) -> Key {
        let part = |name: &&str| text_of(table, row, name).unwrap_or_default().to_owned();
        Key(self.key.iter().map(part).collect())
    }
}

/// The text in a column, if there is one.
pub(super) fn text_of<'a>(table: &Table, row: &'a [Value], name: &str) -> Option<&'a str> {
    match row.get(table.place(name)?) {
        Some(Value::String(Some(text))) => Some(text),
        _ => None,
    }
}

/// The whole number in a column, if there is one.
pub(super) fn whole_of_row(table: &Table, row: &[Value], name: &str) -> Option<i64> {
    row::whole(row, table.place(name)?)
}

/// A record's id and the end of its chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct End {
    pub(super) id: i64,
    pub(super) seq: i64,
    pub(super) head: String,
}

impl End {
    pub(super) fn of(table: &Table, row: &[Value]) -> Self {
        let whole = |name| whole_of_row(table, row, name).unwrap_or_default();
        Self {
            id: whole("id"),
            seq: whole("audit_seq"),
            head: text_of(table, row, "audit_head")
                .unwrap_or_default()
                .to_owned(),
        }
    }
}
