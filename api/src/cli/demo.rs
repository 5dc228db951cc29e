//! `dmt demo`: fills an empty system with a plausible plant; the same seed makes the same records.

use std::process::ExitCode;

use service::{System, demo};

use super::progress::Progress;
use super::{Failure, Outcome, say, start};
use crate::config::Config;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// How many records
    #[arg(long, default_value_t = demo::DEFAULT_RECORDS, value_parser = clap::value_parser!(u64).range(1..=demo::MOST_RECORDS))]
    records: u64,
    /// What the records are drawn from
    #[arg(long, default_value_t = demo::DEFAULT_SEED)]
    seed: u64,
}

pub(super) async fn run(args: &Args, config: &Config) -> Outcome {
    let system = start::open(config).await?;
    seed(&system, args.records, args.seed).await?;
    system.db.close().await;
    Ok(ExitCode::SUCCESS)
}

/// Fills the system, and says what was done; one that was filled before is left as it is.
pub(super) async fn seed(system: &System, records: u64, seed: u64) -> Result<(), Failure> {
    let progress = Progress::new(Some(records), "records");
    let seeded = demo::seed(system, records, seed, |done| progress.at(done)).await?;
    drop(progress);
    if seeded {
        say(format_args!(
            "{records} records of demo data; sign in as admin, inspector, operator, engineer, quality, manager or viewer \
             with the password NAME-demo"
        ));
    } else {
        say("the demo data is there already");
    }
    Ok(())
}
