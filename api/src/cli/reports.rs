//! `dmt reports rebuild`: makes the sums that reports are read from anew, or checks them against the records.

use std::process::ExitCode;

use clap::Subcommand;
use service::summary;

use super::progress::Progress;
use super::{Outcome, say, start};
use crate::config::Config;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make the sums anew from the records; servers may be at work meanwhile
    Rebuild {
        /// Change nothing: hold the sums against the records, and tell the first that differs
        #[arg(long)]
        verify: bool,
    },
}

pub(super) async fn run(command: &Command, config: &Config) -> Outcome {
    let Command::Rebuild { verify } = command;
    let system = start::open_existing(config).await?;
    let progress = Progress::new(None, "months added up");
    let code = if *verify {
        let difference = summary::verify(&system, |months| progress.at(months)).await?;
        drop(progress);
        match difference {
            None => {
                say("the sums are what the records come to");
                ExitCode::SUCCESS
            }
            Some(difference) => {
                say(format_args!("{difference}"));
                say("make the sums anew with: dmt reports rebuild");
                ExitCode::FAILURE
            }
        }
    } else {
        let built = summary::rebuild(&system, |months| progress.at(months)).await?;
        drop(progress);
        say(format_args!(
            "{} months added up to {} rows",
            built.months, built.rows
        ));
        ExitCode::SUCCESS
    };
    system.db.close().await;
    Ok(code)
}
