//! `dmt audit verify`: recomputes every chain of the audit trail, and compares it with its anchors; `dmt audit anchor`
//! adds one.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Subcommand;
use service::System;
use service::audit::{self, Anchored, Finding};

use super::progress::Progress;
use super::{Failure, Outcome, say, start};
use crate::config::Config;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Recompute every chain and compare its end with the record
    Verify {
        /// Compare the chains with the anchors in this file too; DMT_AUDIT_ANCHOR unless said otherwise
        #[arg(long, value_name = "FILE")]
        anchor: Option<PathBuf>,
    },
    /// Add the ends of all chains to a file, so that cutting one off later is seen
    Anchor {
        /// The file; DMT_AUDIT_ANCHOR unless said otherwise
        #[arg(long)]
        file: Option<PathBuf>,
    },
}

pub(super) async fn run(command: &Command, config: &Config) -> Outcome {
    let configured = config.anchor.as_deref();
    match command {
        Command::Verify { anchor } => verify(config, anchor.as_deref().or(configured)).await,
        Command::Anchor { file } => match file.as_deref().or(configured) {
            Some(file) => add_anchor(config, file).await,
            None => Err(Failure::new(
                "there is no file to add an anchor to: give --file, or set DMT_AUDIT_ANCHOR",
            )),
        },
    }
}

async fn verify(config: &Config, anchors: Option<&Path>) -> Outcome {
    let system = start::open_existing(config).await?;
    let progress = Progress::new(None, "rows checked");
    let result = audit::verify(&system, |rows| progress.at(rows)).await?;
    drop(progress);
    result.findings.iter().for_each(tell);
    let (chains, rows, mut found) = (result.chains, result.rows, result.findings.len());
    say(format_args!(
        "{chains} records, {rows} rows of history, {found} findings"
    ));
    if result.erased > 0 {
        let erased = result.erased;
        say(format_args!(
            "{erased} of the rows hold what `dmt user erase` left, and the histories of those persons vouch for them"
        ));
    }
    if let Some(file) = anchors {
        found += compare(&system, file).await?;
    }
    system.db.close().await;
    Ok(if found == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Compares the chains with a file of anchors; answers how much was found.
async fn compare(system: &System, file: &Path) -> Result<usize, Failure> {
    let progress = Progress::new(None, "anchored rows checked");
    let result = audit::verify_anchors(system, file, |rows| progress.at(rows)).await?;
    drop(progress);
    result.findings.iter().for_each(tell);
    let (anchors, rows, found) = (result.anchors, result.rows, result.findings.len());
    say(format_args!(
        "{anchors} anchors, {rows} rows of history in them, {found} findings"
    ));
    Ok(found)
}

async fn add_anchor(config: &Config, file: &Path) -> Outcome {
    let system = start::open_existing(config).await?;
    let progress = Progress::new(None, "chains anchored");
    let anchored = audit::anchor(&system, file, |chains| progress.at(chains)).await?;
    drop(progress);
    let Anchored { chains, added } = anchored;
    say(format_args!(
        "{chains} chains, {added} of them grown since the last anchor"
    ));
    system.db.close().await;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn tell(finding: &Finding) {
    let Finding {
        entity,
        entity_id,
        seq,
        what,
    } = finding;
    let row = seq.map(|seq| format!(", row {seq}")).unwrap_or_default();
    say(format_args!("{entity} {entity_id}{row}: {what}"));
}
