//! `dmt user …`: users from the command line; also the way back in when the last administrator is locked out.

use std::io::{IsTerminal, Read};
use std::process::ExitCode;

use clap::Subcommand;
use service::actor::Actor;
use service::clock::Clock;
use service::role::Role;
use service::user::{self, NewUser, Reset, UserQuery, UserView};
use service::value::{Code, Email, Instant, List, Password, Text, Value};
use service::words::Language;
use service::{Draft, FieldError, System};

use super::permissions::words;
use super::{Failure, Outcome, erase, say, start};
use crate::config::Config;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Add a user
    Add(Add),
    /// List the users
    List,
    /// Disable a user: he is signed out at once
    Disable {
        /// The name to sign in with
        name: String,
    },
    /// Give a user a new password and let him in again
    Reset {
        /// The name to sign in with
        name: String,
        /// Give him the role admin as well
        #[arg(long)]
        admin: bool,
        /// Read the password from stdin
        #[arg(long)]
        password_stdin: bool,
    },
    /// Erase a person for good: names, address and access go, what he did stays
    Erase(erase::Args),
}

#[derive(Debug, clap::Args)]
pub(super) struct Add {
    /// The name to sign in with
    name: String,
    /// The name that others see; the name to sign in with unless said otherwise
    #[arg(long)]
    display_name: Option<String>,
    /// A role; several are given one by one or separated by commas
    #[arg(long = "role", required = true, value_delimiter = ',', value_parser = role)]
    roles: Vec<Role>,
    /// The language of his texts: en, es or zh
    #[arg(long, value_parser = language)]
    locale: Option<Language>,
    /// Where he gets mail, if he chooses to
    #[arg(long)]
    email: Option<String>,
    /// Read the password from stdin
    #[arg(long)]
    password_stdin: bool,
}

fn role(word: &str) -> Result<Role, String> {
    Role::of(word).ok_or_else(|| format!("the roles are {}", words(Role::ALL)))
}

fn language(word: &str) -> Result<Language, String> {
    Language::of(word).ok_or_else(|| "the languages are en, es, zh".to_owned())
}

pub(super) async fn run(command: Command, config: &Config) -> Outcome {
    match command {
        Command::Add(args) => add(args, config).await?,
        Command::List => list(&start::open_existing(config).await?).await?,
        Command::Disable { name } => {
            let view = user::disable(&start::open_existing(config).await?, &name).await?;
            say(format_args!("{} is disabled", view.username));
        }
        Command::Erase(args) => erase::run(args, config).await?,
        Command::Reset {
            name,
            admin,
            password_stdin,
        } => {
            let system = start::open_existing(config).await?;
            let password = password(password_stdin)?;
            let reset = Reset {
                username: name,
                password,
                activate: true,
                make_admin: admin,
            };
            let view = user::reset(&system, &reset).await?;
            say(format_args!(
                "{} has a new password and may sign in; roles: {}",
                view.username,
                words(&view.roles)
            ));
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn add(args: Add, config: &Config) -> Result<(), Failure> {
    let Add {
        name,
        display_name,
        roles,
        locale,
        email,
        password_stdin,
    } = args;
    let display_name = display_name.unwrap_or_else(|| name.clone());
    let username = value::<Code<100>>("NAME", &name)?;
    let display_name = value::<Text<200>>("--display-name", &display_name)?;
    let email = email
        .map(|email| value::<Email>("--email", &email))
        .transpose()?;
    let system = start::open(config).await?;
    let password = password(password_stdin)?;
    let new = NewUser {
        username,
        display_name,
        roles: List(roles),
        locale,
        email,
        password,
    };
    let view = user::create(&system, &Actor::command_line(), &Draft::of(new), None).await?;
    say(format_args!(
        "{} is added; roles: {}",
        view.username,
        words(&view.roles)
    ));
    Ok(())
}

async fn list(system: &System) -> Result<(), Failure> {
    let mut pairs = vec![("limit".to_owned(), "200".to_owned())];
    say(format_args!(
        "{:<20} {:<28} {:<8} {}",
        "NAME", "DISPLAY NAME", "STATE", "ROLES"
    ));
    loop {
        let page = user::list(
            system,
            &Actor::command_line(),
            &Draft::<UserQuery>::pairs(&pairs),
        )
        .await?;
        page.items.iter().for_each(show);
        let Some(cursor) = page.next_cursor else {
            return Ok(());
        };
        pairs.truncate(1);
        pairs.push(("cursor".to_owned(), cursor));
    }
}

fn show(view: &UserView) {
    let state = match (view.is_active, is_paused(view)) {
        (false, _) => "disabled",
        (true, true) => "paused",
        (true, false) => "active",
    };
    let UserView {
        username,
        display_name,
        roles,
        ..
    } = view;
    say(format_args!(
        "{username:<20} {display_name:<28} {state:<8} {}",
        words(roles)
    ));
}

/// Whether he cannot sign in for a while, after too many failures.
fn is_paused(view: &UserView) -> bool {
    let until = view.locked_until.as_deref().map(Instant::from_text);
    until.is_some_and(|until| until.is_ok_and(|until| until.0 > Clock::Real.now()))
}

/// The first line of stdin, or what is typed at the terminal, twice and unseen.
fn password(from_stdin: bool) -> Result<Password, Failure> {
    let text = if from_stdin {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text)?;
        text.lines().next().unwrap_or_default().to_owned()
    } else if std::io::stdin().is_terminal() {
        let first = rpassword::prompt_password("Password: ")?;
        if rpassword::prompt_password("Again: ")? != first {
            return Err(Failure::new("the two passwords differ"));
        }
        first
    } else {
        return Err(Failure::new(
            "there is no terminal to ask for the password at; send it to stdin with --password-stdin",
        ));
    };
    value("the password", &text)
}

pub(super) fn value<T: Value>(what: &str, text: &str) -> Result<T, Failure> {
    T::from_text(text).map_err(|problems| {
        let problems: Vec<_> = problems
            .iter()
            .map(|FieldError { message, .. }| message.as_str())
            .collect();
        Failure::new(format!("{what} {}", problems.join("; ")))
    })
}
