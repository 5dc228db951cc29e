//! `dmt import`: an archive into an empty system.

use std::path::PathBuf;
use std::process::ExitCode;

use service::moving::{self, Stage};

use super::bar::Bar;
use super::{Outcome, copy, say};
use crate::config::Config;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The archive: a zip file or a folder
    file: PathBuf,
}

pub(super) async fn run(args: &Args, config: &Config) -> Outcome {
    let to = copy::open_target(&config.database_url, config).await?;
    let bar = Bar::new();
    let imported = moving::import(&to, &args.file, &config.audit_key, &|at| bar.at(at)).await;
    let took = bar.end();
    let imported = imported?;
    let engine = to.engine();
    to.close().await;
    for (table, rows) in &imported.tables {
        say(format_args!("{table:<18} {rows:>12}"));
    }
    let rows: u64 = imported.tables.iter().map(|table| table.1).sum();
    let (moving, history) = (took(Stage::Moving).as_secs_f64(), &imported.history);
    let rate = rows as f64 / moving.max(0.001);
    say(format_args!(
        "{rows} rows into {engine} in {moving:.1} s, {rate:.0} rows/s"
    ));
    say(format_args!(
        "verified: rows, contents, references; {} records with {} rows of history, {} findings",
        history.chains,
        history.rows,
        history.findings.len()
    ));
    let found = history.findings.iter();
    found.for_each(|finding| {
        say(format_args!(
            "{} {}: {}",
            finding.entity, finding.entity_id, finding.what
        ));
    });
    Ok(if history.findings.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
