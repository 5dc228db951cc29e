//! `dmt serve`: the server, from an empty directory to a graceful end.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use actix_web::web::Data;
use service::demo::{DEFAULT_RECORDS, DEFAULT_SEED};
use service::{
    System, approval_rule, archive, audit, housekeeping, outbox, reminder, saved_view, search,
    setup,
};

use super::{Failure, Outcome, demo, start};
use crate::config::Config;
use crate::outgoing;
use crate::server::{Server, addresses, asked_to_stop};
use crate::state::State;

#[derive(Debug, Default, clap::Args)]
pub(super) struct Args {
    /// Fill an empty system with demo data, users and well-known passwords included
    #[arg(long)]
    pub(super) demo: bool,
    /// Allow --demo beyond this machine, where everybody knows its passwords
    #[arg(long, requires = "demo")]
    pub(super) demo_public: bool,
    /// Tell the summaries nothing, to measure what telling them costs; reports are wrong then
    #[arg(long, hide = true)]
    pub(super) without_summaries: bool,
}

/// How often what is out of date is swept out.
const SWEEP_EVERY: Duration = Duration::from_secs(3600);

/// After how long what records are found by is completed again where that failed.
const SEARCH_AGAIN: Duration = Duration::from_secs(60);
/// How often what changes have added is folded into the summaries.
const SUM_UP_EVERY: Duration = Duration::from_secs(5);

/// How often it is looked whether something has become overdue.
const REMIND_EVERY: Duration = Duration::from_secs(60);

/// Between some of what has become overdue and the rest: where there is much, others are to write too.
const REMIND_PAUSE: Duration = Duration::from_millis(200);

pub(super) async fn run(args: Args, config: Config) -> Outcome {
    let addresses = addresses(&config.bind)?;
    if args.demo {
        refuse_public(&addresses, args.demo_public)?;
    }
    let system = start::open_to_serve(&config, !args.without_summaries).await?;
    if args.demo {
        demo::seed(&system, DEFAULT_RECORDS, DEFAULT_SEED).await?;
    } else if system.settings.is_demo && beyond_loopback(&addresses).is_some() {
        log::warn!(
            "this system holds demo data with well-known passwords, and can be reached from other machines"
        );
    }
    if let Err(said) = system.files.check().await {
        // All else works without; whoever attaches a file is answered 503 until it can be used.
        log::error!("{said}");
    }
    setup::seed_causes(&system).await?;
    approval_rule::seed(&system).await?;
    let server = Server::bind(&addresses, config.tls.as_ref())?;
    let root = public_url(&config, &server.addresses());
    print_set_up_link(&system, &root).await?;
    let (db, jobs) = (system.db.clone(), system.jobs.clone());
    let sweeper = tokio::spawn(sweep(system.clone()));
    let searched = (!system.read_only).then(|| tokio::spawn(complete_search(system.clone())));
    let adder = (!system.read_only && system.summaries)
        .then(|| tokio::spawn(keep_summing_up(system.clone())));
    let anchorer = config
        .anchor
        .clone()
        .map(|file| tokio::spawn(keep_anchoring(system.clone(), file, config.anchor_every)));
    let sender = sender(&system, &config, &root)?;
    let reminder = sender
        .is_some()
        .then(|| tokio::spawn(keep_reminding(system.clone(), config.mail.is_some())));
    let state = Data::new(State::new(system, config.requests));
    match archive::sweep(&state.files) {
        0 => {}
        left => log::warn!("{left} files that a killed server had received were thrown away"),
    }
    log::info!("listening on {root} (API: {root}/docs/)");
    let stop = async {
        if let Err(error) = asked_to_stop().await {
            log::error!(
                "signals cannot be heard, so this server ends only when it is killed: {error}"
            );
            std::future::pending::<()>().await;
        }
        log::info!("asked to stop: finishing what is running");
    };
    server.run(state, stop).await?;
    sweeper.abort();
    if let Some(searched) = searched {
        searched.abort();
    }
    if let Some(adder) = adder {
        adder.abort();
    }
    if let Some(anchorer) = anchorer {
        anchorer.abort();
    }
    if let Some(reminder) = reminder {
        reminder.abort();
    }
    if let Some(sender) = sender {
        sender.stop().await;
    }
    jobs.stop().await;
    db.close().await;
    log::info!("stopped");
    Ok(ExitCode::SUCCESS)
}

/// Whoever sends mail and calls webhooks, unless this server leaves that to others.
fn sender(
    system: &System,
    config: &Config,
    root: &str,
) -> Result<Option<outbox::Running>, Failure> {
    if system.read_only || !config.notify {
        log::info!("this server sends no mail, calls no webhooks and translates nothing");
        return Ok(None);
    }
    let post = outgoing::post(config, root)?;
    Ok(Some(outbox::spawn(system.clone(), post)))
}

/// Everybody knows the demo's passwords.
fn refuse_public(addresses: &[SocketAddr], allowed: bool) -> Result<(), Failure> {
    match beyond_loopback(addresses) {
        Some(address) if !allowed => Err(Failure::new(format!(
            "demo data comes with well-known passwords, and {address} can be reached from other machines: \
             listen on 127.0.0.1, or add --demo-public"
        ))),
        _ => Ok(()),
    }
}

fn beyond_loopback(addresses: &[SocketAddr]) -> Option<&SocketAddr> {
    addresses
        .iter()
        .find(|address| !address.ip().to_canonical().is_loopback())
}

/// The address that people use.
fn public_url(config: &Config, addresses: &[SocketAddr]) -> String {
    let scheme = if config.tls.is_some() {
        "https"
    } else {
        "http"
    };
    match (&config.public_url, addresses.first()) {
        (Some(url), _) => url.clone(),
        (None, Some(address)) => format!("{scheme}://{address}"),
        (None, None) => format!("{scheme}://localhost"),
    }
}

/// In an empty system: how its first administrator is made.
async fn print_set_up_link(system: &System, root: &str) -> Result<(), Failure> {
    if let Some(token) = setup::prepare(system).await? {
        super::say(format_args!(
            "This system has no users yet. Make its first administrator within a day, at\n  {root}/set-up?token={token}\n\
             or with\n  curl {root}/api/v1/setup -H 'Content-Type: application/json' -d \
             '{{\"token\":\"{token}\",\"username\":\"…\",\"display_name\":\"…\",\"password\":\"…\"}}'"
        ));
    }
    Ok(())
}

/// Has every record found that was there before search was, or came by a copy; until it is done, the others are.
async fn complete_search(system: System) {
    let mut times = tokio::time::interval(SEARCH_AGAIN);
    loop {
        times.tick().await;
        let begun = std::time::Instant::now();
        let tell = |done| log::debug!("search is being prepared: {done} records so far");
        match search::complete(&system.db, tell).await {
            Ok(0) => return,
            Ok(count) => {
                let seconds = begun.elapsed().as_secs_f64();
                log::info!("search was prepared for {count} records in {seconds:.1} s");
                return;
            }
            Err(error) => log::warn!("search could not be prepared for all records: {error}"),
        }
    }
}

/// Throws away what is over, from time to time.
async fn sweep(system: System) {
    let (mut times, mut hours) = (tokio::time::interval(SWEEP_EVERY), 0_u64);
    loop {
        times.tick().await;
        match housekeeping::tidy(&system).await {
            Ok(0) | Err(service::Error::ReadOnly) => {}
            Ok(count) => {
                log::info!("{count} ended tokens, kept answers and old jobs were thrown away");
            }
            Err(error) => log::warn!("what is over could not be thrown away: {error}"),
        }
        if hours.is_multiple_of(24) {
            sweep_files(&system).await;
        }
        hours += 1;
    }
}

/// Has the summaries made where there are none, and keeps what waits to be folded short. Until they are made, reports are
/// read from the records.
async fn keep_summing_up(system: System) {
    let mut times = tokio::time::interval(SUM_UP_EVERY);
    times.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        times.tick().await;
        if let Err(error) = housekeeping::sum_up(&system).await {
            log::warn!("the summaries could not be brought up to date: {error}");
        }
    }
}

/// Throws away files that no attachment names.
async fn sweep_files(system: &System) {
    match service::store::sweep(system).await {
        Ok(0) => {}
        Ok(count) => log::info!("{count} files that no attachment names were thrown away"),
        Err(service::Error::Files(said)) => {
            log::warn!("files that no attachment names could not be thrown away: {said}");
        }
        Err(error) => {
            log::warn!("files that no attachment names could not be thrown away: {error}");
        }
    }
}

/// Has people and programs told of what becomes overdue, and people of what the views that they chose hold: now, and from
/// time to time. A look that is broken off does not count.
async fn keep_reminding(system: System, has_mail: bool) {
    let mut times = tokio::time::interval(REMIND_EVERY);
    loop {
        times.tick().await;
        remind(&system).await;
        if has_mail {
            tell_views(&system).await;
        }
    }
}

async fn remind(system: &System) {
    loop {
        match reminder::remind(system).await {
            Ok(0) => return,
            Ok(count) => {
                log::info!("{count} things have become overdue");
                tokio::time::sleep(REMIND_PAUSE).await;
            }
            Err(error) => {
                log::warn!("what has become overdue could not be told: {error}");
                return;
            }
        }
    }
}

async fn tell_views(system: &System) {
    loop {
        match saved_view::tell(system).await {
            Ok(0) => return,
            Ok(count) => log::info!("{count} mails of saved views are on their way"),
            Err(error) => {
                log::warn!("what saved views hold could not be told: {error}");
                return;
            }
        }
    }
}

/// Adds anchors of the audit trail to a file: now, and from time to time. One that is broken off does not count.
async fn keep_anchoring(system: System, file: PathBuf, every: Duration) {
    let mut times = tokio::time::interval(every);
    loop {
        times.tick().await;
        match audit::anchor(&system, &file, |_| ()).await {
            Ok(anchored) => log::info!(
                "the audit trail was anchored: {} of {} chains have grown",
                anchored.added,
                anchored.chains
            ),
            Err(error) => log::error!("the audit trail could not be anchored: {error}"),
        }
    }
}
