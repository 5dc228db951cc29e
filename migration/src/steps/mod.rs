//! The frozen past, one small step per file: a step that has been released is never edited.
//!
//! MySQL and MariaDB commit at each statement, so a step makes one table, or adds columns to one, and can be run again
//! after a crash.

mod m0001_setting;
mod m0002_app_user;
mod m0003_user_role;
mod m0004_access_token;
mod m0005_setup_token;
mod m0006_idempotency_key;
mod m0007_part;
mod m0008_code_value;
mod m0009_code_label;
mod m0010_work_center;
mod m0011_partner;
mod m0012_defect;
mod m0013_defect_serial;
mod m0014_disposition_line;
mod m0015_labor_entry;
mod m0016_cost_entry;
mod m0017_signature;
mod m0018_audit_event;
mod m0019_job;
mod m0020_line_facts;
mod m0021_approval_rule;
mod m0022_approval;
mod m0023_concession;
mod m0024_design_owner;
mod m0025_line_concession;
mod m0026_labor_worker;
mod m0027_cost_class;
mod m0030_corrective_action;
mod m0031_car_step;
mod m0032_car_defect;
mod m0033_car_cause;
mod m0034_car_action;
mod m0035_car_check;
mod m0036_car_signature;
mod m0037_car_link;
mod m0040_defect_link;
mod m0041_repeat_rule;
mod m0042_defect_note;
mod m0043_note_mention;
mod m0044_attachment;
mod m0050_user_email;
mod m0051_webhook;
mod m0052_subscription;
mod m0053_notice;
mod m0054_outbox;
mod m0060_due_rule;
mod m0061_defect_hold;
mod m0062_action_told;
mod m0062_car_told;
mod m0062_step_told;
mod m0063_votes_told;
mod m0070_defect_search;
mod m0072_inspection;
mod m0073_control_limit;
mod m0076_saved_view;
mod m0077_view_choice;
mod m0078_defect_lookup;
mod m0079_translation;
mod m0090_summary;
mod m0091_summary_delta;
mod m0092_summary_build;
mod m0093_defect_closed;
mod m0094_cost_created;
mod m0095_labor_created;
mod m0096_defect_overdue;

use sea_orm_migration::prelude::*;

use crate::addition;
use crate::table::Table;

/// The steps in the order in which they run.
pub(crate) fn all() -> Vec<Box<dyn MigrationTrait>> {
    let tables = tables().into_iter();
    let tables = tables.map(|(name, table)| {
        let step: Box<dyn MigrationTrait> = match name {
            // It has indexes of a kind that a table's description does not know.
            m0070_defect_search::NAME => Box::new(m0070_defect_search::Step),
            _ => Box::new(CreateTable { name, table }),
        };
        (name, step)
    });
    let additions = additions().into_iter();
    let additions = additions.map(|(name, table)| {
        let step: Box<dyn MigrationTrait> = Box::new(AddColumns { name, table });
        (name, step)
    });
    let mut all: Vec<_> = tables.chain(additions).collect();
    all.sort_by_key(|(name, _)| *name);
    all.into_iter().map(|(_, step)| step).collect()
}

/// The names of the steps in their order.
pub(crate) fn names() -> Vec<&'static str> {
    let mut names: Vec<_> = tables()
        .into_iter()
        .chain(additions())
        .map(|(name, _)| name)
        .collect();
    names.sort_unstable();
    names
}

/// A step's name, and the table that it makes or whose columns and indexes it adds.
type Step = (&'static str, fn() -> Table);

pub(crate) fn tables() -> Vec<Step> {
    vec![
        (m0001_setting::NAME, m0001_setting::table),
        (m0002_app_user::NAME, m0002_app_user::table),
        (m0003_user_role::NAME, m0003_user_role::table),
        (m0004_access_token::NAME, m0004_access_token::table),
        (m0005_setup_token::NAME, m0005_setup_token::table),
        (m0006_idempotency_key::NAME, m0006_idempotency_key::table),
        (m0007_part::NAME, m0007_part::table),
        (m0008_code_value::NAME, m0008_code_value::table),
        (m0009_code_label::NAME, m0009_code_label::table),
        (m0010_work_center::NAME, m0010_work_center::table),
        (m0011_partner::NAME, m0011_partner::table),
        (m0012_defect::NAME, m0012_defect::table),
        (m0013_defect_serial::NAME, m0013_defect_serial::table),
        (m0014_disposition_line::NAME, m0014_disposition_line::table),
        (m0015_labor_entry::NAME, m0015_labor_entry::table),
        (m0016_cost_entry::NAME, m0016_cost_entry::table),
        (m0017_signature::NAME, m0017_signature::table),
        (m0018_audit_event::NAME, m0018_audit_event::table),
        (m0019_job::NAME, m0019_job::table),
        (m0021_approval_rule::NAME, m0021_approval_rule::table),
        (m0022_approval::NAME, m0022_approval::table),
        (m0023_concession::NAME, m0023_concession::table),
        (
            m0030_corrective_action::NAME,
            m0030_corrective_action::table,
        ),
        (m0031_car_step::NAME, m0031_car_step::table),
        (m0032_car_defect::NAME, m0032_car_defect::table),
        (m0033_car_cause::NAME, m0033_car_cause::table),
        (m0034_car_action::NAME, m0034_car_action::table),
        (m0035_car_check::NAME, m0035_car_check::table),
        (m0036_car_signature::NAME, m0036_car_signature::table),
        (m0037_car_link::NAME, m0037_car_link::table),
        (m0040_defect_link::NAME, m0040_defect_link::table),
        (m0041_repeat_rule::NAME, m0041_repeat_rule::table),
        (m0042_defect_note::NAME, m0042_defect_note::table),
        (m0043_note_mention::NAME, m0043_note_mention::table),
        (m0044_attachment::NAME, m0044_attachment::table),
        (m0051_webhook::NAME, m0051_webhook::table),
        (m0052_subscription::NAME, m0052_subscription::table),
        (m0053_notice::NAME, m0053_notice::table),
        (m0054_outbox::NAME, m0054_outbox::table),
        (m0060_due_rule::NAME, m0060_due_rule::table),
        (m0070_defect_search::NAME, m0070_defect_search::table),
        (m0072_inspection::NAME, m0072_inspection::table),
        (m0073_control_limit::NAME, m0073_control_limit::table),
        (m0076_saved_view::NAME, m0076_saved_view::table),
        (m0077_view_choice::NAME, m0077_view_choice::table),
        (m0090_summary::NAME, m0090_summary::table),
        (m0091_summary_delta::NAME, m0091_summary_delta::table),
        (m0092_summary_build::NAME, m0092_summary_build::table),
        (m0079_translation::NAME, m0079_translation::table),
    ]
}

/// Columns and indexes of tables that were there before.
pub(crate) fn additions() -> Vec<Step> {
    vec![
        (m0020_line_facts::NAME, m0020_line_facts::columns),
        (m0024_design_owner::NAME, m0024_design_owner::columns),
        (m0025_line_concession::NAME, m0025_line_concession::columns),
        (m0026_labor_worker::NAME, m0026_labor_worker::columns),
        (m0027_cost_class::NAME, m0027_cost_class::columns),
        (m0050_user_email::NAME, m0050_user_email::columns),
        (m0061_defect_hold::NAME, m0061_defect_hold::columns),
        (m0062_action_told::NAME, m0062_action_told::columns),
        (m0062_car_told::NAME, m0062_car_told::columns),
        (m0062_step_told::NAME, m0062_step_told::columns),
        (m0063_votes_told::NAME, m0063_votes_told::columns),
        (m0078_defect_lookup::NAME, m0078_defect_lookup::columns),
        (m0093_defect_closed::NAME, m0093_defect_closed::columns),
        (m0094_cost_created::NAME, m0094_cost_created::columns),
        (m0095_labor_created::NAME, m0095_labor_created::columns),
        (m0096_defect_overdue::NAME, m0096_defect_overdue::columns),
    ]
}

/// A step that makes one table.
struct CreateTable {
    name: &'static str,
    table: fn() -> Table,
}

impl MigrationName for CreateTable {
    fn name(&self) -> &str {
        self.name
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CreateTable {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        (self.table)().create(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        (self.table)().remove(manager).await
    }
}

/// A step that adds columns to one table.
struct AddColumns {
    name: &'static str,
    table: fn() -> Table,
}

impl MigrationName for AddColumns {
    fn name(&self) -> &str {
        self.name
    }
}

#[async_trait::async_trait]
impl MigrationTrait for AddColumns {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        addition::add(&(self.table)(), manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        addition::take_back(&(self.table)(), manager).await
    }
}
