//! `dmt migrate`: the schema, up to date.

use std::process::ExitCode;

use super::{Outcome, say, start};
use crate::config::Config;

pub(super) async fn run(config: &Config) -> Outcome {
    let db = start::connect(config).await?;
    let steps = migration::up(&db, start::MIGRATION_WAIT).await?;
    match steps.len() {
        0 => say("the schema is up to date"),
        count => say(format_args!(
            "{count} steps applied; the schema is up to date"
        )),
    }
    db.close().await;
    Ok(ExitCode::SUCCESS)
}
