//! Defects: the record, its children, and its way through the plant.
//!
//! | to … | look in |
//! |---|---|
//! | report, read, list, edit | `report`, `view`, `list`, `edit`; what requests hold: `forms`; what fields must fit: `together` |
//! | move a record (start analysis, dispose, complete, void) | `transition`, `judge`, `guards` |
//! | close and reopen it, signed | `close`; the password of a signature: `sign_in::proof` |
//! | whose votes and which concession a disposition needs | `proposal`; the votes: `approvals` |
//! | the list as a file | `export` |
//! | what is similar to a record | `similar` |
//! | what a report on the floor begins with | `floor` |
//! | what the caller may do now, by the tables of rights and of transitions | `permissions`; what the rights say to him: `caller` |
//! | until when it is due, and what stops that clock | `due`, `hold`, `overdue` |
//! | its texts in other languages, by people and machines | `translations` |
//! | its history as people read it, from its end | `story` |
//! | its children | `lines`, `labor`, `cost`, `serials`, `signatures`, `links`, `notes`, `attachments`, `history`; what they come to: `totals` |
//!
//! Every change loads the record locked (`record`), so that its version, its chain and its children move together.

pub mod approvals;
pub mod attachments;
pub mod cost;
pub mod export;
pub mod floor;
pub mod guards;
pub mod history;
pub mod hold;
mod judge;
pub mod labor;
pub mod lines;
pub mod links;
pub mod notes;
pub mod overdue;
pub mod serials;
pub mod signatures;
pub mod similar;
pub mod story;
pub mod totals;
pub mod transition;
pub mod translations;

mod caller;
pub(crate) mod children;
mod close;
mod due;
mod edit;
mod entries;
pub(crate) mod filter;
mod forms;
mod list;
mod permissions;
pub(crate) mod proposal;
mod query;
mod record;
pub(crate) mod reference;
mod report;
mod spent;
mod together;
mod view;

use serde::{Deserialize, Serialize};

pub use children::Under;
pub use close::{content_hash, proposal_hash};
pub use edit::change;
pub use entries::Reversal;
pub use filter::{DefectFilter, FilterText, Stage};
pub use forms::{DefectPatch, NewDefect};
pub use list::{DefectQuery, Sort, list, list_statement, of_ids};
pub use permissions::{
    ActionView, FieldAccess, PermissionsView, ever_takes, ever_writes, moves_to, permissions,
};
pub(crate) use query::D;
pub use record::snapshot;
pub(crate) use record::told_new;
pub use report::{may_report, may_say, report};
pub(crate) use report::{report_in, require_field_rights};
pub(crate) use together::not_in_future;
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
