//! `dmt`: see `api::cli`.

use std::process::ExitCode;

// The program's own runtime: for commands, and for what a server does beside its requests. Its workers have one each.
#[tokio::main]
async fn main() -> ExitCode {
    api::cli::main().await
}
