//! The program in a folder of its own.

use std::path::Path;
use std::process::{Command, Output, Stdio};

/// How many records a source has.
pub(crate) const RECORDS: &str = "300";

/// `dmt` with no settings but `DATABASE_URL`.
pub(crate) fn dmt(folder: &Path, url: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dmt"));
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("DMT_") || name == "RUST_LOG" {
            command.env_remove(name);
        }
    }
    command
        .current_dir(folder)
        .env("DATABASE_URL", url)
        .env("DMT_DB_WAIT_SECS", "5")
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

pub(crate) fn run(folder: &Path, url: &str, arguments: &[&str]) -> Output {
    dmt(folder, url, arguments).output().unwrap()
}

/// What a command that succeeds prints.
#[track_caller]
pub(crate) fn done(folder: &Path, url: &str, arguments: &[&str]) -> String {
    let output = run(folder, url, arguments);
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {told}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The one sentence of a command that fails.
#[track_caller]
pub(crate) fn failed(output: &Output) -> String {
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    let mut sentences = told.lines().filter(|line| line.starts_with("dmt: "));
    let sentence = sentences.next().unwrap().to_owned();
    assert_eq!(sentences.next(), None, "{told}");
    sentence
}

/// A source with demo data: its URL.
pub(crate) fn source(folder: &Path) -> &'static str {
    let url = "sqlite:source.db";
    done(folder, url, &["demo", "--records", RECORDS]);
    url
}

/// What `dmt export` prints of each table of a database.
pub(crate) fn content(folder: &Path, url: &str, name: &str) -> Vec<String> {
    let told = done(folder, url, &["export", name]);
    let tables = told
        .lines()
        .filter(|line| line.split_whitespace().count() == 3);
    tables.map(str::to_owned).collect()
}
