//! `dmt` as people type it: exit codes, one sentence on stderr, what it prints.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// `dmt` in a folder, with no settings but those given.
pub(crate) fn dmt(folder: &Path, environment: &[(&str, &str)], arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dmt"));
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("DMT_") || name == "DATABASE_URL" || name == "RUST_LOG" {
            command.env_remove(name);
        }
    }
    command
        .current_dir(folder)
        .envs(environment.iter().copied())
        .args(arguments);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn run(folder: &Path, environment: &[(&str, &str)], arguments: &[&str]) -> Output {
    dmt(folder, environment, arguments).output().unwrap()
}

fn typed(folder: &Path, arguments: &[&str], stdin: &str) -> Output {
    let mut child = dmt(folder, &[], arguments)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(stdin.as_bytes())
        .unwrap();
    child.wait_with_output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The one sentence of a failure.
#[track_caller]
fn failed(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{text}");
    let sentences: Vec<_> = text
        .lines()
        .filter(|line| line.starts_with("dmt: "))
        .collect();
    assert_eq!(sentences.len(), 1, "{text}");
    sentences[0].to_owned()
}

#[test]
fn what_can_be_printed_without_a_database_is() {
    let folder = tempfile::tempdir().unwrap();
    let prints = |arguments: &[&str], expected: &str| {
        let output = run(folder.path(), &[], arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        assert!(
            out(&output).contains(expected),
            "{arguments:?}: {}",
            out(&output)
        );
    };
    prints(&["openapi"], "\"openapi\": \"3.1.0\"");
    prints(&["permissions"], "| close |");
    prints(&["completions", "bash"], "complete");
    prints(&["--version"], env!("CARGO_PKG_VERSION"));
    prints(&["--help"], "DMT_TRUSTED_PROXIES");
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        0,
        "nothing is left behind"
    );
}

#[test]
fn wrong_usage_is_2_and_a_failure_1() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [
        &["nonsense"][..],
        &["user", "add"],
        &["serve", "--nonsense"],
        &["serve", "--demo-public"],
        &["user", "add", "x", "--role", "boss"],
    ] {
        assert_eq!(
            run(folder.path(), &[], arguments).status.code(),
            Some(2),
            "{arguments:?}"
        );
    }
    let wrong = [
        ("DATABASE_URL", "oracle://scott:tiger@host/db"),
        ("DMT_READ_ONLY", "perhaps"),
    ];
    let sentence = failed(&run(folder.path(), &wrong, &["serve"]));
    assert!(
        sentence.contains("oracle")
            && sentence.contains("DMT_READ_ONLY")
            && !sentence.contains("tiger"),
        "{sentence}"
    );
    let nobody = [
        ("DATABASE_URL", "postgres://me:hunter2@127.0.0.1:9/db"),
        ("DMT_DB_WAIT_SECS", "0"),
    ];
    let sentence = failed(&run(folder.path(), &nobody, &["serve"]));
    assert!(
        sentence.contains("127.0.0.1:9") && !sentence.contains("hunter2"),
        "{sentence}"
    );
    failed(&run(
        folder.path(),
        &[("DMT_BIND", "127.0.0.1:9")],
        &["health"],
    ));
}

#[test]
fn three_slashes_are_relative_to_the_working_directory() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(
        folder.path(),
        &[("DATABASE_URL", "sqlite:///./dmt.db")],
        &["migrate"],
    );
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(folder.path().join("dmt.db").is_file());
    assert!(!Path::new("/dmt.db").exists());
}

#[test]
fn users_are_managed_from_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let add = [
        "user",
        "add",
        "ada",
        "--display-name",
        "Ada Lovelace",
        "--role",
        "admin,tech_engineer",
        "--password-stdin",
    ];
    let output = typed(here, &add, "analytical engine\n");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(
        failed(&typed(here, &add, "analytical engine\n")).contains("taken"),
        "twice the same name"
    );
    assert!(
        failed(&typed(
            here,
            &["user", "add", "b", "--role", "viewer", "--password-stdin"],
            "short\n"
        ))
        .contains("8 characters")
    );
    assert!(
        failed(&run(here, &[], &["user", "add", "c", "--role", "viewer"]))
            .contains("--password-stdin")
    );
    let list = out(&run(here, &[], &["user", "list"]));
    assert!(
        list.contains("ada")
            && list.contains("Ada Lovelace")
            && list.contains("admin, tech_engineer"),
        "{list}"
    );
    assert!(failed(&run(here, &[], &["user", "disable", "nobody"])).contains("no such user"));
    // The way back in, when the last administrator is gone.
    let reset = typed(
        here,
        &["user", "reset", "ada", "--admin", "--password-stdin"],
        "difference engine\n",
    );
    assert_eq!(reset.status.code(), Some(0), "{reset:?}");
    let verified = run(here, &[], &["audit", "verify"]);
    assert_eq!(verified.status.code(), Some(0), "{verified:?}");
    assert!(out(&verified).contains("0 findings"));
}

#[test]
fn a_person_is_erased_from_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    for (name, role) in [("ada", "admin"), ("bob", "admin")] {
        let add = ["user", "add", name, "--role", role, "--password-stdin"];
        let added = typed(here, &add, "analytical engine\n");
        assert_eq!(added.status.code(), Some(0), "{added:?}");
    }
    let erase = |name: &str, more: &[&str]| {
        let arguments = [&["user", "erase", name], more].concat();
        run(here, &[], &arguments)
    };
    assert_eq!(erase("ada", &[]).status.code(), Some(2), "without a reason");
    let reason = ["--reason", "As asked for.", "--yes"];
    assert!(failed(&erase("ada", &reason[..2])).contains("--yes"));
    assert!(failed(&erase("eva", &reason)).contains("no such user"));
    assert!(out(&run(here, &[], &["user", "list"])).contains("ada"));
    let erased = out(&erase("ada", &reason));
    for told in [
        "ada, is erased-1-",
        "\"Erased user 1\"",
        "audit_event               1 rows: names replaced",
        "the printed name of 0 signatures",
        "not searched",
    ] {
        assert!(erased.contains(told), "{told}: {erased}");
    }
    let list = out(&run(here, &[], &["user", "list"]));
    assert!(
        !list.contains("ada") && list.contains("Erased user 1"),
        "{list}"
    );
    assert!(failed(&erase("bob", &reason)).contains("the last active administrator"));
    let verified = out(&run(here, &[], &["audit", "verify"]));
    assert!(verified.contains("0 findings"), "{verified}");
    assert!(
        verified.contains("1 of the rows hold what `dmt user erase` left"),
        "{verified}"
    );
}

#[test]
fn doctor_looks_at_everything_and_ends_at_the_first_thing_in_the_way() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(folder.path(), &[], &["migrate"]).status.code(), Some(0));
    let healthy = run(folder.path(), &[], &["doctor"]);
    assert_eq!(healthy.status.code(), Some(0), "{healthy:?}");
    for line in [
        "ok    schema",
        "ok    durability: synchronous=FULL",
        "ok    character set",
    ] {
        assert!(out(&healthy).contains(line), "{}", out(&healthy));
    }
    let ill = run(
        folder.path(),
        &[("DATABASE_URL", "mysql://me:hunter2@127.0.0.1:9/db")],
        &["doctor"],
    );
    assert_eq!(ill.status.code(), Some(1));
    let text = out(&ill);
    assert!(
        text.contains("fail  port") && text.contains("->") && !text.contains("hunter2"),
        "{text}"
    );
}

#[test]
fn demo_data_stays_on_this_machine() {
    let folder = tempfile::tempdir().unwrap();
    let sentence = failed(&run(
        folder.path(),
        &[("DMT_BIND", "0.0.0.0:0")],
        &["serve", "--demo"],
    ));
    assert!(sentence.contains("--demo-public"), "{sentence}");
    assert!(!folder.path().join("dmt.db").exists());
}

#[test]
fn what_records_are_found_by_is_checked_and_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let none = run(folder.path(), &[], &["search", "rebuild"]);
    assert!(failed(&none).contains("this command makes no new system"));
    let demo = run(folder.path(), &[], &["demo", "--records", "20"]);
    assert!(demo.status.success());
    let verified = run(folder.path(), &[], &["search", "rebuild", "--verify"]);
    assert!(verified.status.success());
    assert_eq!(
        out(&verified),
        "20 records are found by the words of their texts\n"
    );
    let rebuilt = run(folder.path(), &[], &["search", "rebuild"]);
    assert!(rebuilt.status.success());
    assert_eq!(
        out(&rebuilt),
        "20 records, of which 0 were not found as they should be\n"
    );
    let read_only = [("DMT_READ_ONLY", "on")];
    assert!(failed(&run(folder.path(), &read_only, &["search", "rebuild"])).contains("read-only"));
    let unknown = run(folder.path(), &[], &["search", "find"]);
    assert_eq!(unknown.status.code(), Some(2));
}

#[test]
fn the_sums_of_reports_are_made_and_checked_from_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    assert_eq!(run(here, &[], &["migrate"]).status.code(), Some(0));
    let sentence = failed(&run(here, &[], &["reports", "rebuild", "--verify"]));
    assert!(
        sentence.contains("no summaries have been made"),
        "{sentence}"
    );
    let demo = run(here, &[], &["demo", "--records", "60"]);
    assert_eq!(demo.status.code(), Some(0), "{demo:?}");
    let verify = || run(here, &[], &["reports", "rebuild", "--verify"]);
    let checked = verify();
    assert_eq!(checked.status.code(), Some(0), "{checked:?}");
    assert!(out(&checked).contains("the sums are what the records come to"));
    forge(
        here,
        "UPDATE summary SET records = records + 1 WHERE topic = 'r' AND dimension = 'part' AND grain = 'y'",
    );
    let checked = verify();
    assert_eq!(checked.status.code(), Some(1), "{checked:?}");
    let told = out(&checked);
    assert!(
        told.contains("topic r, y ") && told.contains("dmt reports rebuild"),
        "{told}"
    );
    let rebuilt = run(here, &[], &["reports", "rebuild"]);
    assert_eq!(rebuilt.status.code(), Some(0), "{rebuilt:?}");
    assert!(out(&rebuilt).contains("months added up to"), "{rebuilt:?}");
    assert_eq!(verify().status.code(), Some(0));
}

/// Runs SQL on the database in a folder, past all rules.
fn forge(folder: &Path, sql: &'static str) {
    use service::db::bulk::{Durability, Loader};
    use service::db::{Db, PoolOptions};
    let url = format!("sqlite:{}", folder.join("dmt.db").display());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let (url, options) = (url.parse().unwrap(), PoolOptions::default());
        let db = Db::connect(&url, &options).await.unwrap();
        let loader = Loader::open(&db, Durability::EachCommit).await.unwrap();
        let mut load = loader.begin().await.unwrap();
        assert!(load.run(sql).await.unwrap() > 0);
        load.commit().await.unwrap();
        loader.finish().await.unwrap();
        db.close().await;
    });
}
