//! The supplier's side of a request: a link that quality gives him ([`link`]), and what he sees and writes with it
//! (`answer`), without an account.
//!
//! He sees what he needs and nothing else: the request's number, title, description and due date, the parts and
//! quantities as far as they are his (`defects`), the steps asked of him with his own texts, and the root causes that he
//! gave. No text, cost or name of the plant's people is his to see. What he writes stands beside the plant's words, never
//! in their place.

mod answer;
mod defects;
pub mod link;

pub use answer::{SupplierAnswer, SupplierStep, SupplierView, answer, show};
pub use defects::SupplierDefect;
