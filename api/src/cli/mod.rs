//! The command line: what each command takes, and how it ends.
//!
//! Exit codes: 0 done, 1 failed or something found, 2 wrong usage. An error is one sentence on stderr; what a
//! command answers goes to stdout. Every command has a file of its own.

mod audit;
mod backup;
mod bar;
mod completions;
mod copy;
mod demo;
mod doctor;
mod dump;
mod erase;
mod export;
mod failure;
mod health;
mod import;
mod migrate;
mod openapi;
mod permissions;
mod progress;
mod reports;
mod restore;
mod search;
mod serve;
mod start;
mod user;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::config::{Config, keys};
use crate::logging;
use failure::Failure;

pub use permissions::markdown as permissions_markdown;

/// How a command ends.
type Outcome = Result<ExitCode, Failure>;

/// Defect management and tracking: REST API and command line in one program.
#[derive(Debug, Parser)]
#[command(name = "dmt", version, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: serve::Args,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server (what `dmt` alone does)
    Serve(serve::Args),
    /// Bring the database's schema up to date
    Migrate,
    /// Fill an empty system with demo data
    Demo(demo::Args),
    /// Write all data into an archive
    Export(export::Args),
    /// Put an archive into an empty system
    Import(import::Args),
    /// Copy all data from one database into another, and verify it
    Copy(copy::Args),
    /// Write a checked copy of an SQLite database, in use or not; for a server, print the line that does it
    Backup(backup::Args),
    /// Put a backup in the place of an SQLite database; for a server, print the lines that do it
    Restore(restore::Args),
    /// Add, list, disable, erase users, or let one in again
    #[command(subcommand)]
    User(user::Command),
    /// Check the audit trail
    #[command(subcommand)]
    Audit(audit::Command),
    /// Make or check what records are found by
    #[command(subcommand)]
    Search(search::Command),
    /// Make the sums that reports are read from anew, or check them
    #[command(subcommand)]
    Reports(reports::Command),
    /// Check the set-up, and say what to do
    Doctor,
    /// Print the OpenAPI document
    Openapi,
    /// Print who may do what, in Markdown
    Permissions,
    /// Print shell completions
    Completions(completions::Args),
    /// Ask the server of this configuration whether it is ready
    Health,
}

/// Runs the command that the process was started with.
pub async fn main() -> ExitCode {
    let cli = match command()
        .try_get_matches()
        .and_then(|matches| Cli::from_arg_matches(&matches))
    {
        Ok(cli) => cli,
        // Help and version are no errors: clap prints them to stdout and they exit with 0.
        Err(error) => error.exit(),
    };
    let command = cli.command.unwrap_or(Command::Serve(cli.serve));
    // Boxed: the futures of all commands together are large.
    match Box::pin(run(command)).await {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("dmt: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// The command line as clap sees it, with the configuration in its help.
fn command() -> clap::Command {
    Cli::command()
        .after_long_help(keys::help())
        .after_help("`dmt --help` lists the configuration as well.")
}

async fn run(command: Command) -> Outcome {
    match command {
        Command::Openapi => openapi::run(),
        Command::Permissions => permissions::run(),
        Command::Completions(args) => completions::run(&args),
        Command::Serve(args) => serve::run(args, configured_to_serve()?).await,
        Command::Migrate => migrate::run(&configured("info")?).await,
        Command::Demo(args) => demo::run(&args, &configured("warn")?).await,
        // The driver warns of statements that take more than a second, as these do.
        Command::Export(args) => export::run(&args, &configured("warn,sqlx::query=error")?).await,
        Command::Import(args) => import::run(&args, &configured("warn,sqlx::query=error")?).await,
        Command::Copy(args) => copy::run(&args, &configured("warn,sqlx::query=error")?).await,
        Command::Backup(args) => backup::run(&args, &configured("warn")?).await,
        Command::Restore(args) => restore::run(&args, &configured("warn")?).await,
        Command::User(command) => user::run(command, &configured("warn")?).await,
        Command::Audit(command) => audit::run(&command, &configured("warn")?).await,
        Command::Search(command) => {
            search::run(&command, &configured("warn,sqlx::query=error")?).await
        }
        Command::Reports(command) => {
            reports::run(&command, &configured("warn,sqlx::query=error")?).await
        }
        Command::Doctor => doctor::run().await,
        Command::Health => health::run(&configured("error")?).await,
    }
}

/// The same for the server, everything that would keep it from starting told at once.
fn configured_to_serve() -> Result<Config, Failure> {
    let config = Config::read_to_serve().map_err(|mistakes| Failure::new(mistakes.to_string()))?;
    Ok(logged(config, "info"))
}

/// The configuration, with logging started: as `RUST_LOG` says, or as it is said here; commands that people watch are quiet.
fn configured(quiet: &str) -> Result<Config, Failure> {
    let config = Config::read().map_err(|mistakes| Failure::new(mistakes.to_string()))?;
    Ok(logged(config, quiet))
}

fn logged(config: Config, otherwise: &str) -> Config {
    logging::start(config.log_filter.as_deref().unwrap_or(otherwise));
    config
        .warnings
        .iter()
        .for_each(|warning| log::warn!("{warning}"));
    config
}

/// Prints a line to stdout; a reader that has gone away (`dmt openapi | head`) is not an error.
fn say(line: impl std::fmt::Display) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stdout(), "{line}");
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::{Cli, Command, command};

    #[test]
    fn the_command_line_is_consistent() {
        command().debug_assert();
    }

    #[test]
    fn serve_is_what_dmt_alone_does() {
        assert!(Cli::parse_from(["dmt"]).command.is_none());
        assert!(Cli::parse_from(["dmt", "--demo"]).serve.demo);
        let cli = Cli::parse_from(["dmt", "serve", "--demo"]);
        assert!(
            matches!(cli.command, Some(Command::Serve(args)) if args.demo && !args.demo_public)
        );
    }

    #[test]
    fn the_help_names_every_key() {
        let help = command().render_long_help().to_string();
        for key in crate::config::keys::KEYS {
            assert!(help.contains(key.name), "{} is not in the help", key.name);
        }
    }
}
