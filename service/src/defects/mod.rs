//! Defects: the record, its children, and its way through the plant.
//!
//! | to … | look in |
//! |---|---|
//! | report, read, list, edit | `report`, `view`, `list`, `edit` |
//! | move a record (start analysis, dispose, complete, void) | `transition`, `judge`, `guards` |
//! | close and reopen it, signed | `close` |
//! | the list as a file | `export` |
//! | what the caller may do now | `permissions` |
//! | its children | `lines`, `labor`, `cost`, `serials`, `signatures`, `history` |
//!
//! Every change loads the record locked (`record`), so that its version, its chain and its children move together.

pub mod cost;
pub mod export;
pub mod guards;
pub mod history;
mod judge;
pub mod labor;
pub mod lines;
pub mod serials;
pub mod signatures;
pub mod transition;

mod children;
mod close;
mod edit;
mod entries;
mod list;
mod permissions;
mod query;
mod record;
mod reference;
mod report;
mod view;

use serde::{Deserialize, Serialize};

pub use close::content_hash;
pub use edit::{DefectPatch, change};
pub use entries::Reversal;
pub use list::{DefectQuery, Sort, list, list_statement};
pub use permissions::{ActionView, FieldAccess, PermissionsView, permissions};
pub use record::snapshot;
pub(crate) use record::told_new;
pub use report::{NewDefect, report};
pub use view::{DefectItem, DefectView, show};

/// What was written under a record, and the record's version afterwards.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Written<T> {
    /// What was written.
    pub item: T,
    /// The record's version now.
    pub version: i64,
}

crate::input! {
    /// Which page of a record's children.
    pub struct ChildQuery {
        /// How many rows.
        limit: optional crate::page::Limit,
        /// Where the page begins.
        cursor: optional crate::value::Text<2000>,
        /// Whether to count.
        count: optional crate::page::Count,
    }
}

/// The table name of records, and the name of their audit chains.
pub(crate) const ENTITY: &str = "defect";

/// What a missing record is called.
pub(crate) const WHAT: &str = "defect";
