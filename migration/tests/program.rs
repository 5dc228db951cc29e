//! `migration up|down|status|fresh`: the program itself, with `DATABASE_URL` in the forms that people write.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::path::Path;
use std::process::{Command, Output};

use testkit::{EmptyDatabase, Engine, each_db};

fn migration(folder: &Path, url: Option<&str>, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_migration"));
    command
        .current_dir(folder)
        .env_remove("DATABASE_URL")
        .env_remove("RUST_LOG")
        .args(arguments);
    if let Some(url) = url {
        command.env("DATABASE_URL", url);
    }
    command.output().unwrap()
}

/// What a program said that did what it should.
fn said(output: &Output) -> String {
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn complaint(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn three_slashes_are_a_file_in_the_working_directory_and_never_in_the_root() {
    let folder = tempfile::tempdir().unwrap();
    let name = format!("dmt-{}.db", std::process::id());
    for url in [
        "sqlite:///./NAME",
        "sqlite:///NAME",
        "sqlite://NAME",
        "sqlite:NAME",
        "sqlite+aiosqlite:///./NAME",
    ] {
        let output = migration(folder.path(), Some(&url.replace("NAME", &name)), &["up"]);
        assert!(said(&output).contains("steps applied"), "{url}");
        assert!(folder.path().join(&name).is_file(), "{url}");
        assert!(!Path::new("/").join(&name).exists(), "{url}");
        std::fs::remove_file(folder.path().join(&name)).unwrap();
    }
}

#[test]
fn four_slashes_are_an_absolute_path() {
    let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let file = elsewhere.path().join("x.db");
    said(&migration(
        folder.path(),
        Some(&format!("sqlite:///{}", file.display())),
        &["up"],
    ));
    assert!(file.is_file());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn without_a_url_it_is_dmt_db_in_the_working_directory() {
    let folder = tempfile::tempdir().unwrap();
    said(&migration(folder.path(), None, &["up"]));
    assert!(folder.path().join("dmt.db").is_file());
}

#[test]
fn a_persons_own_file_of_settings_wins_over_the_committed_one() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join(".env"),
        "DATABASE_URL=sqlite://common.db\n",
    )
    .unwrap();
    said(&migration(folder.path(), None, &["up"]));
    assert!(folder.path().join("common.db").is_file());
    std::fs::write(
        folder.path().join(".env.local"),
        "DATABASE_URL=sqlite://own.db\n",
    )
    .unwrap();
    said(&migration(folder.path(), None, &["up"]));
    assert!(folder.path().join("own.db").is_file());
    said(&migration(
        folder.path(),
        Some("sqlite://environment.db"),
        &["up"],
    ));
    assert!(folder.path().join("environment.db").is_file());
}

#[test]
fn a_scheme_that_is_not_supported_is_named_with_those_that_are() {
    let folder = tempfile::tempdir().unwrap();
    let url = "oracle+oracledb://scott:tiger@host/orcl";
    let complaint = complaint(&migration(folder.path(), Some(url), &["up"]));
    assert!(
        complaint.contains("oracle+oracledb") && complaint.contains("postgresql://"),
        "{complaint}"
    );
    assert!(!complaint.contains("tiger"), "{complaint}");
}

#[test]
fn a_server_that_does_not_answer_is_told_without_the_password() {
    let folder = tempfile::tempdir().unwrap();
    for scheme in ["postgresql", "mysql"] {
        let output = migration(
            folder.path(),
            Some(&format!("{scheme}://dmt:geheim@127.0.0.1:1/dmt")),
            &["status"],
        );
        let complaint = complaint(&output);
        assert!(
            complaint.contains("the database is not available"),
            "{complaint}"
        );
        assert!(!complaint.contains("geheim"), "{complaint}");
    }
}

each_db! {
    async fn every_form_of_the_url_leads_to_the_same_database(t: EmptyDatabase) {
        let folder = tempfile::tempdir().unwrap();
        let exposed = t.url.expose();
        let (_, address) = exposed.split_once(':').unwrap();
        let schemes: &[&str] = match t.engine {
            Engine::Sqlite => &["sqlite", "sqlite+aiosqlite"],
            Engine::Postgres => &["postgres", "postgresql", "postgresql+psycopg2", "postgresql+asyncpg"],
            Engine::MariaDb => &["mariadb", "mysql", "mariadb+mariadbconnector", "mysql+pymysql"],
            Engine::MySql => &["mysql", "mysql+pymysql", "mysql+asyncmy", "mariadb"],
        };
        let steps = migration::status(&t.db).await.unwrap().len();
        for (place, scheme) in schemes.iter().enumerate() {
            let url = format!("{scheme}:{address}");
            let done = if place == 0 { steps } else { 0 };
            assert_eq!(said(&migration(folder.path(), Some(&url), &["up"])), format!("{done} steps applied\n"));
        }
        assert_eq!(migration::state(&t.db).await.unwrap(), migration::State::Current);
    }

    async fn the_program_goes_up_and_down_and_says_where_it_stands(t: EmptyDatabase) {
        let folder = tempfile::tempdir().unwrap();
        let url = t.url.expose();
        let ask = |arguments: &[&str]| said(&migration(folder.path(), Some(&url), arguments));
        let count = |word: &str| ask(&["status"]).lines().filter(|line| line.starts_with(word)).count();
        let steps = count("pending");
        ask(&["up"]);
        assert_eq!((count("applied"), count("pending")), (steps, 0));
        for loses_data in ["down", "fresh"] {
            let refused = complaint(&migration(folder.path(), Some(&url), &[loses_data]));
            assert!(refused.contains("nothing was done") && refused.contains("--yes"), "{refused}");
        }
        assert_eq!(count("applied"), steps);
        ask(&["down", "--yes"]);
        ask(&["down", "-n", "2", "--yes"]);
        assert_eq!((count("applied"), count("pending")), (steps - 3, 3));
        ask(&["fresh", "--yes"]);
        assert_eq!((count("applied"), count("pending")), (steps, 0));
    }
}
