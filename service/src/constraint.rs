//! What a violated key means in the words of a request: one table for all databases.
//!
//! A database names what refused a row in its own way: PostgreSQL and MariaDB by the key, MySQL by
//! `table.key`, SQLite by `table.column, table.column`.

use crate::error::{Error, FieldError};

struct Key {
    name: &'static str,
    /// As SQLite names it.
    columns: &'static str,
    field: &'static str,
    message: &'static str,
}

const KEYS: &[Key] = &[
    Key {
        name: "uq_user_username_key",
        columns: "app_user.username_key",
        field: "username",
        message: "is taken (upper and lower case are the same)",
    },
    Key {
        name: "uq_part_revision",
        columns: "part.part_number, part.revision",
        field: "number",
        message: "there is a part with this number and revision already",
    },
    Key {
        name: "uq_wc_code",
        columns: "work_center.code",
        field: "code",
        message: "there is a work center with this code already",
    },
    Key {
        name: "uq_partner_code",
        columns: "partner.code",
        field: "code",
        message: "there is a partner with this code already",
    },
    Key {
        name: "uq_repeat_name",
        columns: "repeat_rule.name",
        field: "repeats",
        message: "the rule has just been changed; read it again",
    },
    Key {
        name: "uq_due_rule_code",
        columns: "due_rule.code",
        field: "code",
        message: "there is a due rule with this code already",
    },
    Key {
        name: "uq_insp_guid",
        columns: "inspection.guid",
        field: "guid",
        message: "there is an inspection of this name already; send it again",
    },
    Key {
        name: "uq_limit_guid",
        columns: "control_limit.guid",
        field: "guid",
        message: "there are limits of this name already; send it again",
    },
    Key {
        name: "uq_sview_name",
        columns: "saved_view.owner_id, saved_view.name",
        field: "name",
        message: "you have a view of this name already",
    },
    Key {
        name: "uq_code_code",
        columns: "code_value.list_name, code_value.code",
        field: "code",
        message: "there is a code of this name in the list already",
    },
    Key {
        name: "uq_defect_external_system",
        columns: "defect.external_id, defect.external_system",
        field: "external_id",
        message: "there is a defect with this external system and id already",
    },
    Key {
        name: "uq_serial_serial_number",
        columns: "defect_serial.defect_id, defect_serial.serial_number",
        field: "serial_number",
        message: "is on this tag already",
    },
    Key {
        name: "uq_link_kind",
        columns: "defect_link.defect_id, defect_link.other_id, defect_link.kind",
        field: "other_id",
        message: "there is such a link between the two records already",
    },
    Key {
        name: "uq_trans_language",
        columns: "translation.defect_id, translation.field, translation.language",
        field: "language",
        message: "there is such a translation already; read it again",
    },
    Key {
        name: "uq_labor_reverses_id",
        columns: "labor_entry.reverses_id",
        field: "id",
        message: "this entry has been reversed already",
    },
    Key {
        name: "uq_cost_reverses_id",
        columns: "cost_entry.reverses_id",
        field: "id",
        message: "this entry has been reversed already",
    },
    Key {
        name: "uq_rule_code",
        columns: "approval_rule.code",
        field: "code",
        message: "there is an approval rule with this code already",
    },
    Key {
        name: "uq_conc_concession_number",
        columns: "concession.concession_number",
        field: "number",
        message: "there is a concession with this number already",
    },
    Key {
        name: "uq_approval_approver_id",
        columns: "approval.defect_id, approval.round, approval.approver_id",
        field: "decision",
        message: "you have voted on this proposal already",
    },
    Key {
        name: "uq_cdef_defect_id",
        columns: "car_defect.car_id, car_defect.defect_id",
        field: "defect_id",
        message: "the request is about this defect already",
    },
    Key {
        name: "uq_job_slot",
        columns: "job.slot",
        field: "kind",
        message: "such a job has just been begun; /api/v1/jobs tells how far it is",
    },
];

/// A foreign key refused what the checks had let pass: meanwhile somebody has deleted, or begun to use, the row that
/// it is about. The change is run again, and its checks say what is wrong with which field.
pub(crate) fn again_if_overtaken(error: Error) -> Error {
    let Error::Database(db::Error::ForeignKey(key)) = &error else {
        return error;
    };
    let key = key.as_deref().unwrap_or("not named");
    let told = format!("others changed what the foreign key is about ({key})");
    Error::Database(db::Error::Contention(db::DbErr::Custom(told)))
}

/// Turns a refused unique key into the duplicate of a field; any other error stays what it is.
pub(crate) fn explain(error: Error) -> Error {
    let Error::Database(db::Error::Unique(named)) = &error else {
        return error;
    };
    let key = KEYS.iter().find(|key| {
        named == key.columns || named.rsplit('.').next() == Some(key.name) || named == key.name
    });
    match key {
        Some(key) => Error::Duplicate(vec![FieldError::new(key.field, "duplicate", key.message)]),
        None => error,
    }
}
