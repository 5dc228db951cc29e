//! `dmt import`: an archive into an empty system, or merged into a filled one.

use std::path::PathBuf;
use std::process::ExitCode;

use service::actor::Actor;
use service::audit::Verification;
use service::moving::{self, MergeOptions, Merged, Stage};
use service::store::Store;

use super::bar::Bar;
use super::{Outcome, copy, say};
use crate::config::Config;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The archive: a zip file or a folder
    file: PathBuf,
    /// Into a system that holds data already: adds what is new, goes on with what went on, and refuses what differs
    #[arg(long)]
    merge: bool,
    /// Only say what would be added, updated and refused
    #[arg(long, requires = "merge")]
    dry_run: bool,
    /// Merge the rest where some records are refused
    #[arg(long, requires = "merge", conflicts_with = "dry_run")]
    skip_refused: bool,
}

pub(super) async fn run(args: &Args, config: &Config) -> Outcome {
    if args.merge {
        return merge(args, config).await;
    }
    let to = copy::open_target(&config.database_url, config).await?;
    let bar = Bar::new();
    let files = Store::new(config.files.clone());
    let (key, watch) = (&config.audit_key, bar.watch());
    let imported = moving::import((&to, &files), &args.file, key, &watch).await;
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
    verified("rows, contents, references", history);
    Ok(ExitCode::SUCCESS)
}

fn verified(what: &str, history: &Verification) {
    say(format_args!(
        "verified: {what}; {} records with {} rows of history, {} findings",
        history.chains,
        history.rows,
        history.findings.len()
    ));
}

async fn merge(args: &Args, config: &Config) -> Outcome {
    let to = copy::open_target(&config.database_url, config).await?;
    let options = MergeOptions {
        dry_run: args.dry_run,
        skip_refused: args.skip_refused,
    };
    let (key, actor) = (&config.audit_key, Actor::command_line());
    let bar = Bar::new();
    let watch = bar.watch();
    let files = Store::new(config.files.clone());
    let to_both = (&to, &files);
    let merged = moving::merge(to_both, &args.file, key, &actor, options, &watch, None).await;
    drop(bar.end());
    let merged = merged?;
    to.close().await;
    tell(&merged);
    match (merged.applied, merged.refused, args.dry_run) {
        (true, 0, _) => say(format_args!("merged")),
        (true, refused, _) => say(format_args!("merged without {refused} records")),
        (false, 0, _) => say(format_args!("nothing was changed: this was a dry run")),
        (false, refused, true) => say(format_args!(
            "nothing was changed: this was a dry run, and {refused} records would be refused"
        )),
        (false, refused, false) => {
            let sentence = format!(
                "{refused} records were refused, so nothing was merged: make them alike in one of the systems, or merge \
                 the rest with --skip-refused"
            );
            return Err(sentence.into());
        }
    }
    Ok(if merged.refused == 0 || merged.applied {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// What becomes of each table, and what is refused.
fn tell(merged: &Merged) {
    say(format_args!(
        "{:<18} {:>12} {:>12} {:>12} {:>12}",
        "", "added", "updated", "same", "refused"
    ));
    for table in &merged.tables {
        let (name, added, updated) = (table.name, table.added, table.updated);
        let (same, refused) = (table.same, table.refused);
        say(format_args!(
            "{name:<18} {added:>12} {updated:>12} {same:>12} {refused:>12}"
        ));
    }
    for refusal in &merged.refusals {
        let (table, key, what) = (refusal.table, &refusal.key, &refusal.what);
        say(format_args!("refused: {table} {key}: {what}"));
    }
    let more = merged.refused - merged.refusals.len() as u64;
    if more > 0 {
        say(format_args!("and {more} more"));
    }
    if let Some(history) = &merged.history {
        verified("rows, references", history);
    }
}
