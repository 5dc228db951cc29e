//! `dmt audit verify`: recomputes every chain of the audit trail.

use std::process::ExitCode;

use clap::Subcommand;
use service::audit::{self, Finding};

use super::progress::Progress;
use super::{Outcome, say, start};
use crate::config::Config;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Recompute every chain and compare its end with the record
    Verify,
}

pub(super) async fn run(command: &Command, config: &Config) -> Outcome {
    let Command::Verify = command;
    let system = start::open_existing(config).await?;
    let progress = Progress::new(None, "rows checked");
    let result = audit::verify(&system, |rows| progress.at(rows)).await?;
    drop(progress);
    result.findings.iter().for_each(tell);
    let (chains, rows, found) = (result.chains, result.rows, result.findings.len());
    say(format_args!(
        "{chains} records, {rows} rows of history, {found} findings"
    ));
    system.db.close().await;
    Ok(if found == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
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
