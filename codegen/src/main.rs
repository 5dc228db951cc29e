//! `cargo run -p codegen -- entities`: writes `entity/src` from the schema that the migrations make.

use std::path::Path;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// What DMT's developers generate.
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Writes entity/src from the schema that the migrations make.
    Entities,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Command::Entities = Cli::parse().command;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../entity/src");
    match codegen::entities_from_sqlite(&folder).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("entities were not generated: {error}");
            ExitCode::FAILURE
        }
    }
}
