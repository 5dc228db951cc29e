//! `dmt user erase`: a person's names and mail address, for good.
//!
//! The account is disabled first, and then nothing happens for as long as other servers may still believe its tokens: what
//! he did in that time would be told under his name.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use service::System;
use service::token::BELIEVED;
use service::user::{self, Erased, UserView};
use service::value::Text;

use super::user::value;
use super::{Failure, say, start};
use crate::config::Config;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The name to sign in with
    username: String,
    /// Why; it stands in his history, so it should not name him
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

pub(super) async fn run(args: Args, config: &Config) -> Result<(), Failure> {
    let Args {
        username,
        reason,
        yes,
    } = args;
    let reason = value::<Text<2000>>("--reason", &reason)?;
    let system = start::open_existing(config).await?;
    user::demand_rights(&system).await?;
    let known = user::named(&system, &username).await?;
    if !yes {
        confirm(&known)?;
    }
    if known.is_active {
        shut_out(&system, &known).await?;
    }
    let erased = user::erase(&system, &username, &reason).await?;
    tell(&known, &erased);
    system.db.close().await;
    Ok(())
}

/// Asks for the user name, which a hand that only confirms does not type.
fn confirm(known: &UserView) -> Result<(), Failure> {
    let UserView {
        username,
        display_name,
        ..
    } = known;
    if !std::io::stdin().is_terminal() {
        return Err(Failure::new(
            "there is no terminal to ask at whether this is meant; say it with --yes",
        ));
    }
    print!(
        "{username} ({display_name}) is disabled, and his names and mail address are erased for good.\n\
         Type the user name to go on: "
    );
    std::io::stdout().flush()?;
    let mut typed = String::new();
    std::io::stdin().read_line(&mut typed)?;
    if typed.trim() == username {
        return Ok(());
    }
    Err(Failure::new("nothing was erased"))
}

async fn shut_out(system: &System, known: &UserView) -> Result<(), Failure> {
    user::disable(system, &known.username).await?;
    let wait = BELIEVED.to_std().unwrap_or_default() + Duration::from_secs(1);
    say(format_args!(
        "disabled; other servers know it in {} s",
        wait.as_secs()
    ));
    tokio::time::sleep(wait).await;
    Ok(())
}

fn tell(known: &UserView, erased: &Erased) {
    let Erased {
        id,
        username,
        display_name,
        replaced,
        removed,
        vouching,
        printed,
    } = erased;
    say(format_args!(
        "user {id}, {}, is {username} from now on, and is called {display_name:?}",
        known.username
    ));
    for (table, rows) in replaced {
        say(format_args!("{table:<18} {rows:>8} rows: names replaced"));
    }
    for (table, rows) in removed {
        say(format_args!("{table:<18} {rows:>8} rows removed"));
    }
    say(format_args!(
        "{:<18} {vouching:>8} rows added to his history, which say what was replaced",
        "audit_event"
    ));
    say(format_args!(
        "kept as evidence (21 CFR 11.50): the printed name of {printed} signatures"
    ));
    say(
        "not searched: what people typed (titles, descriptions, notes, reasons, names of files), attachments, and what was \
         taken out before: backups, archives, exports, mails, calls of webhooks, logs",
    );
}
