//! `dmt copy`, `export` and `import` as processes: killed, cut off, without room, and what they say.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test")]

mod archive;
mod cut;
mod dmt;
mod killed;
mod merge;
