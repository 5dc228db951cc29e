//! The pages in Debian's headless Chromium, as people use them: real HTTP to `dmt serve`, real cookies, real scripts.
//!
//! Each behaviour is tried on SQLite and on PostgreSQL, each time on a demo of its own. Where there is no Chromium the
//! tests are skipped, loudly; with `DMT_TEST_DATABASES=all` they fail. `scripts/browser.sh` installs what they need.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test")]

/// Names behaviours of a [`Site`](site::Site), and tries each in a browser, on SQLite and on one server.
macro_rules! on_both {
    ($(
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
            fn postgres() {
                crate::site::run(testkit::Engine::Postgres, super::$name);
            }
        }
    )+};
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
