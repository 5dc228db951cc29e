//! `dmt openapi`: the document that `docs/openapi.json` is.

use std::io::Write as _;
use std::process::ExitCode;

use super::Outcome;

pub(super) fn run() -> Outcome {
    // A reader that has gone away is not an error.
    let _ = std::io::stdout().write_all(crate::openapi::json().as_bytes());
    Ok(ExitCode::SUCCESS)
}
