//! The frozen past, one small step per file: a step that has been released is never edited.
//!
//! MySQL and MariaDB commit at each statement, so a step makes one table and can be run again after a crash.

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

use sea_orm_migration::prelude::*;

use crate::table::Table;

/// The steps in the order in which they run.
pub(crate) fn all() -> Vec<Box<dyn MigrationTrait>> {
    tables()
        .into_iter()
        .map(|(name, table)| Box::new(CreateTable { name, table }) as Box<dyn MigrationTrait>)
        .collect()
}

/// A step's name and the table that it makes.
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
