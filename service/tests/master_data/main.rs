//! Parts, work centers, partners, due rules and codes: who writes them, what is refused, how they are listed, and
//! that each change leaves its history. Every behaviour on every database.

#![expect(clippy::unwrap_used, reason = "a test")]

mod codes;
mod common;
mod due_rules;
mod lists;
mod partners;
mod parts;
