//! `dmt search rebuild`: makes what records are found by anew; with `--verify`, only holds it against their texts.

use std::process::ExitCode;

use clap::Subcommand;
use service::search::{self, Rebuilt, Verified};

use super::progress::Progress;
use super::{Outcome, say, start};
use crate::config::Config;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make the words by which records are found anew from their texts
    Rebuild {
        /// Change nothing: compare them with the texts, and fail if any record is found by others
        #[arg(long)]
        verify: bool,
    },
}

pub(super) async fn run(command: &Command, config: &Config) -> Outcome {
    let Command::Rebuild { verify } = command;
    let system = start::open_existing(config).await?;
    let code = if *verify {
        let progress = Progress::new(None, "records compared");
        let verified = search::verify(&system.db, |records| progress.at(records)).await?;
        drop(progress);
        tell_difference(&verified)
    } else if system.read_only {
        return Err(service::Error::ReadOnly.into());
    } else {
        let progress = Progress::new(None, "records done");
        let rebuilt = search::rebuild(&system.db, |records| progress.at(records)).await?;
        drop(progress);
        let Rebuilt { records, changed } = rebuilt;
        say(format_args!(
            "{records} records, of which {changed} were not found as they should be"
        ));
        ExitCode::SUCCESS
    };
    system.db.close().await;
    Ok(code)
}

fn tell_difference(verified: &Verified) -> ExitCode {
    let records = verified.records;
    match &verified.difference {
        None => {
            say(format_args!(
                "{records} records are found by the words of their texts"
            ));
            ExitCode::SUCCESS
        }
        Some(what) => {
            say(format_args!(
                "of {records} records, the first difference: {what}"
            ));
            ExitCode::FAILURE
        }
    }
}
