//! Every rule of the business, and nothing of HTTP.
//!
//! One noun, one module, the same noun in `entity`, here, in `api::rest` and in the tests. A request comes as a
//! [`input::Draft`] and leaves as a view; rows of the database never cross this border. Who may do what is
//! data: [`rights`] and [`lifecycle`]. Everything that writes goes through [`system::System::change`].

pub mod actor;
pub mod approval_rule;
pub mod archive;
#[doc(hidden)]
pub mod asked;
pub mod audit;
pub mod chart;
pub mod clock;
pub mod code;
pub mod concession;
pub mod control_limit;
pub mod corrective;
pub mod defects;
pub mod demo;
pub mod doctor;
pub mod due_rule;
pub mod error;
pub mod holdings;
pub mod housekeeping;
pub mod idempotency;
pub mod import;
pub mod input;
pub mod inspection;
pub mod job;
pub mod lifecycle;
pub mod moving;
pub mod notice;
pub mod outbox;
pub mod page;
pub mod part;
pub mod partner;
pub mod password;
pub mod reference;
pub mod reminder;
pub mod repeat_rule;
pub mod report;
pub mod rights;
pub mod role;
pub mod saved_view;
pub mod search;
pub mod setting;
pub mod setup;
pub mod sheet;
pub mod sign_in;
pub mod store;
pub mod subscription;
pub mod summary;
pub mod system;
pub mod token;
pub mod user;
pub mod value;
pub mod version;
pub mod webhook;
pub mod words;
pub mod work_center;

mod constraint;
mod drawing;
mod hex;
mod markdown;
mod master;
mod names;

pub use db;
pub use error::{Error, FieldError, Result};
pub use input::Draft;
pub use system::System;
