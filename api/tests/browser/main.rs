//! The pages in Debian's headless Chromium, as people use them: real HTTP to `dmt serve`, real cookies, real scripts.
//!
//! Each behaviour is tried on SQLite and on PostgreSQL, the crawls through all pages there only with `--ignored`; each
//! time on a demo of its own. Where there is no Chromium the tests are skipped, loudly; with `DMT_TEST_DATABASES=all` they
//! fail. `scripts/browser.sh` installs what they need.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test")]

/// Names behaviours of a [`Site`](site::Site), and tries each in a browser, on SQLite and, under an attribute, on one server.
macro_rules! browsed {
    ($server:tt $(
        $(#[$attribute:meta])*
        async fn $name:ident($site:ident: Site) $body:block
    )+) => {$(
        $(#[$attribute])*
        async fn $name($site: crate::site::Site) $body

        mod $name {
            #[test]
            fn sqlite() {
                crate::site::run(testkit::Engine::Sqlite, super::$name);
            }

            #[test]
            #$server
            fn postgres() {
                crate::site::run(testkit::Engine::Postgres, super::$name);
            }
        }
    )+};
}

/// Behaviours that are tried on both.
macro_rules! on_both {
    ($($behaviours:tt)+) => { browsed! { [cfg(unix)] $($behaviours)+ } };
}

/// Behaviours that go through all pages for minutes: on the server only with `--ignored`. What a page says does not depend
/// on the database; that it says the same is what `pages` tries on all of them.
macro_rules! crawl {
    ($($behaviours:tt)+) => { browsed! { [ignore = "minutes; just full"] $($behaviours)+ } };
}

mod axe;
mod chromium;
mod code128;
mod conflict;
mod driver;
mod floor;
mod furnished;
mod keyboard;
mod keys;
mod languages;
mod life;
mod offline;
mod pages;
mod paper;
mod person;
#[expect(
    dead_code,
    reason = "shared with the tests of many servers, which use more of it"
)]
#[path = "../servers/process.rs"]
mod process;
mod refused;
mod roles;
mod scripts;
mod sheets;
mod site;
mod weight;
