//! `dmt serve`: the server, from an empty directory to a graceful end.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use actix_web::web::Data;
use service::demo::{DEFAULT_RECORDS, DEFAULT_SEED};
use service::{System, housekeeping, setup};

use super::{Failure, Outcome, demo, start};
use crate::config::Config;
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
}

/// How often what is out of date is swept out.
const SWEEP_EVERY: Duration = Duration::from_secs(3600);

pub(super) async fn run(args: Args, config: Config) -> Outcome {
    let addresses = addresses(&config.bind)?;
    if args.demo {
        refuse_public(&addresses, args.demo_public)?;
    }
    let system = start::open(&config).await?;
    if args.demo {
        demo::seed(&system, DEFAULT_RECORDS, DEFAULT_SEED).await?;
    } else if system.settings.is_demo && beyond_loopback(&addresses).is_some() {
        log::warn!(
            "this system holds demo data with well-known passwords, and can be reached from other machines"
        );
    }
    setup::seed_causes(&system).await?;
    let server = Server::bind(&addresses, config.tls.as_ref())?;
    let root = public_url(&config, &server.addresses());
    print_set_up_link(&system, &root).await?;
    let db = system.db.clone();
    let sweeper = tokio::spawn(sweep(system.clone()));
    let state = Data::new(State::new(system, config.requests));
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
    db.close().await;
    log::info!("stopped");
    Ok(ExitCode::SUCCESS)
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
            "This system has no users yet. Make its first administrator within a day, at\n  {root}/docs/#/setup/set_up\n\
             with the token {token}, or with\n  curl {root}/api/v1/setup -H 'Content-Type: application/json' -d \
             '{{\"token\":\"{token}\",\"username\":\"…\",\"display_name\":\"…\",\"password\":\"…\"}}'"
        ));
    }
    Ok(())
}

/// Throws away what is over, from time to time.
async fn sweep(system: System) {
    let mut times = tokio::time::interval(SWEEP_EVERY);
    loop {
        times.tick().await;
        match housekeeping::tidy(&system).await {
            Ok(0) | Err(service::Error::ReadOnly) => {}
            Ok(count) => log::info!("{count} ended tokens and kept answers were thrown away"),
            Err(error) => log::warn!("what is over could not be thrown away: {error}"),
        }
    }
}
