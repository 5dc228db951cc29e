//! The API against those who mean it ill, or know no better: every route for everybody, limits, input from hell.
#![expect(clippy::unwrap_used, reason = "a test")]

#[expect(
    dead_code,
    reason = "shared with the tests of the API, which use more of it"
)]
#[path = "../api/client.rs"]
mod client;
mod fuzz;
mod input;
mod limits;
mod matrix;
#[cfg(target_os = "linux")]
mod network;
#[expect(
    dead_code,
    reason = "shared with the tests of many servers, which use more of it"
)]
#[path = "../servers/process.rs"]
mod process;
#[cfg(target_os = "linux")]
mod timing;
