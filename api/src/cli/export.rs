//! `dmt export`: all data into an archive.

use std::path::PathBuf;
use std::process::ExitCode;

use service::clock::Clock;
use service::moving::{self, ExportOptions, Stage};
use service::store::Store;

use super::bar::Bar;
use super::{Outcome, copy, say};
use crate::config::Config;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The archive: a zip file if it ends in .zip, otherwise a folder. It must not be there yet
    file: PathBuf,
    /// Leave password hashes and the tokens of programs out: everybody gets a new password afterwards
    #[arg(long)]
    without_secrets: bool,
}

pub(super) async fn run(args: &Args, config: &Config) -> Outcome {
    let from = copy::open_source(&config.database_url, config).await?;
    let steps = migration::status(&from).await?;
    let last = steps.iter().rev().find(|(_, applied)| *applied);
    let options = ExportOptions {
        schema: last.map(|(name, _)| name.clone()).unwrap_or_default(),
        without_secrets: args.without_secrets,
        files: Store::new(config.files.clone()),
    };
    let bar = Bar::new();
    let exported = moving::export(&from, &args.file, &options, &Clock::Real, &bar.watch()).await;
    let took = bar.end()(Stage::Moving).as_secs_f64();
    let exported = exported?;
    from.close().await;
    for (table, rows, sha256) in &exported.tables {
        say(format_args!("{table:<18} {rows:>12}  {sha256}"));
    }
    let rows: u64 = exported.tables.iter().map(|table| table.1).sum();
    let secrets = if args.without_secrets {
        "without password hashes and tokens"
    } else {
        "with password hashes and the hashes of tokens: keep it as safe as the database"
    };
    let rate = rows as f64 / took.max(0.001);
    say(format_args!(
        "{rows} rows in {took:.1} s, {rate:.0} rows/s, into {} {secrets}",
        args.file.display()
    ));
    Ok(ExitCode::SUCCESS)
}
