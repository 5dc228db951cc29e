//! Programs that prove the ground: `crash-test` kills what it can reach in the middle of a write storm and looks for
//! what was lost; `outages` takes the database away in every way and watches what is answered;
//! `speed` loads it and its peers in turn; `copy` moves data beside pgloader; `writers` lets many write at once; `answers`
//! asks every database the same; `pages` asks for every page as a browser does.
//!
//! They run the real program (`DMT_BIN`, else the newest in `target`) as its users do: over HTTP, on databases of
//! their own with the durable settings on. Nothing here is part of the product.

mod answers;
mod check;
mod client;
mod copy;
mod crash;
mod database;
mod dmt;
mod fault;
mod ledger;
mod load;
mod outages;
mod pages;
mod proxy;
mod retry;
mod speed;
mod storm;
mod table;
mod times;
mod writers;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// What goes wrong around a run.
type Failure = Box<dyn std::error::Error + Send + Sync>;

#[derive(Debug, Parser)]
#[command(about = "Load and crash programs for dmt")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Copy a generated system into every database, and ask all of them the same: every answer has to be the same
    Answers(answers::Args),
    /// Copy, export and import in turn with pgloader and alone: how fast, and in how much memory
    Copy(copy::Args),
    /// Kill the server or the database in a write storm, and look for acknowledged writes that are gone
    CrashTest(crash::Args),
    /// Take the database away in every way, and watch what is answered
    Outages(outages::Args),
    /// Ask for every page again and again, and compare how soon it begins to come with the goal
    Pages(pages::Args),
    /// Load dmt and its peers in turn, and compare them with the goals
    Speed(speed::Args),
    /// Let many write at once, and count the answers
    Writers(writers::Args),
}

#[tokio::main]
async fn main() -> ExitCode {
    client::trust_ring();
    let Arguments { command } = Arguments::parse();
    let result = match command {
        Command::Answers(args) => answers::run(args).await,
        Command::Copy(args) => copy::run(args).await,
        Command::CrashTest(args) => crash::run(args).await,
        Command::Outages(args) => outages::run(args).await,
        Command::Pages(args) => pages::run(args).await,
        Command::Speed(args) => speed::run(args).await,
        Command::Writers(args) => writers::run(args).await,
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::from(2)
        }
    }
}
