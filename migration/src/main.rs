//! `cargo run -p migration -- up|down|status|fresh`: the migrations without the server.
//!
//! Reads `DATABASE_URL` as the server does, in all its forms.

use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use db::{DatabaseUrl, Db, PoolOptions};

/// Migrates the database in DATABASE_URL.
#[derive(Parser)]
#[command(name = "migration", version)]
struct Cli {
    /// The database; `.env.local` and `.env` are read too.
    #[arg(long, env = "DATABASE_URL", default_value = DatabaseUrl::DEFAULT, hide_env_values = true, global = true)]
    database_url: String,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Applies the steps that are missing.
    Up,
    /// Takes back the last steps, with the data in their tables.
    Down {
        /// How many.
        #[arg(short = 'n', long, default_value_t = 1)]
        steps: u32,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
    /// Lists the steps.
    Status,
    /// Drops every table and applies all steps: all data is lost.
    Fresh {
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
}

/// How long to wait for another process that is migrating.
const WAIT: Duration = Duration::from_secs(600);

#[tokio::main]
async fn main() -> ExitCode {
    for file in [".env.local", ".env"] {
        // A missing file is nothing to complain about.
        drop(dotenvy::from_filename(file));
    }
    env_logger::Builder::from_env(
        env_logger::Env::default().default_filter_or("warn,migration=info"),
    )
    .init();
    match run(Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("migration: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Asks at the terminal; without one the answer is no.
fn confirm(question: &str) -> Result<(), Box<dyn std::error::Error>> {
    let mut answer = String::new();
    if std::io::stdin().is_terminal() {
        eprint!("{question} Type yes: ");
        std::io::stdin().read_line(&mut answer)?;
    }
    match answer.trim() {
        "yes" => Ok(()),
        _ => Err("nothing was done; --yes answers the question whether data may be lost".into()),
    }
}

async fn run(cli: Cli) -> Result<(), Box<dyn std::error::Error>> {
    let url: DatabaseUrl = cli.database_url.parse()?;
    match &cli.command {
        Command::Fresh { yes: false } => {
            confirm(&format!("Drop all tables in {url}, with all data in them?"))?;
        }
        Command::Down { steps, yes: false } => {
            confirm(&format!(
                "Take back {steps} steps in {url}, with the data in their tables?"
            ))?;
        }
        _ => {}
    }
    let db = Db::connect(&url, &PoolOptions::default()).await?;
    match cli.command {
        Command::Up => {
            let done = migration::up(&db, WAIT).await?;
            println!("{} steps applied", done.len());
        }
        Command::Down { steps, .. } => migration::down(&db, steps, WAIT).await?,
        Command::Fresh { .. } => migration::fresh(&db, WAIT).await?,
        Command::Status => {
            for (name, applied) in migration::status(&db).await? {
                println!("{} {name}", if applied { "applied" } else { "pending" });
            }
        }
    }
    db.close().await;
    Ok(())
}
