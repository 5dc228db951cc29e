//! `dmt`: see `api::cli`.

use std::process::ExitCode;

// Tokio's own runtime and not actix's: all workers share it, so that a worker which stops takes no connection of
// the database with it.
#[tokio::main]
async fn main() -> ExitCode {
    api::cli::main().await
}
