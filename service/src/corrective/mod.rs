//! Corrective action requests (CAR), run as 8D: from a problem to the proof that its causes are gone (ISO 9001:2015 10.2).
//!
//! | to … | look in |
//! |---|---|
//! | raise, read, list, edit | `raise`, `view`, `list`, `edit`; what requests hold: `forms` |
//! | see what a step asks for, and where it leads | [`lifecycle`], one table; what a guard looks at: `guards` |
//! | move a request, close it signed | `transition`, `closure` |
//! | see what the caller may do now | `permissions`; what the table of rights says to him: `caller` |
//! | see until when what is to be done, and what is overdue | `due`, `overdue` |
//! | what hangs on it | `defects`, `causes`, `actions`, `checks`, `signatures`, `history` |
//! | let the supplier answer | `supplier` |
//!
//! Every change loads the request locked (`record`), moves its version and writes its history, as with defects.

pub mod actions;
pub mod causes;
pub mod checks;
pub mod defects;
pub mod history;
pub mod lifecycle;
pub mod overdue;
pub mod signatures;
pub mod supplier;
pub mod transition;

mod caller;
mod closure;
mod due;
mod edit;
mod forms;
mod guards;
mod list;
mod permissions;
mod raise;
mod record;
mod steps;
mod view;

pub use edit::change;
pub use forms::{CorrectivePatch, NewCorrective, NewStep, StepPatch};
pub use list::{CorrectiveQuery, CorrectiveSort, list};
pub use permissions::{
    ActionRights, CorrectivePermissions, MoveView, may_change_action, may_write, permissions,
};
pub use raise::{may_raise, raise};
pub(crate) use record::told;
pub(crate) use steps::{content as step_content, path as step_path};
pub use view::{CorrectiveItem, CorrectiveView, ListedCorrective, StepView, show};

/// The table name of requests, and the name of their audit chains.
pub(crate) const ENTITY: &str = "corrective_action";

/// What a missing request is called.
pub(crate) const WHAT: &str = "corrective action request";

/// How many rows of a kind hang on a request at most: what is signed is read as a whole.
const MOST_CHILDREN: u64 = 200;

/// The number of a request (`CAR-000123`).
pub(crate) fn number(id: i64) -> String {
    format!("{NUMBER_PREFIX}{id:06}")
}

/// What each number begins with.
pub(crate) const NUMBER_PREFIX: &str = "CAR-";
