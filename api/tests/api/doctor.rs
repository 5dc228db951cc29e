//! What `dmt doctor` finds on databases that are in order, and on one that is not.

use std::os::unix::process::CommandExt;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use service::audit::AuditKey;
use service::clock::Clock;
use service::doctor::{self, Finding, Level, examine};
use service::setting::Wanted;
use testkit::{Engine, TestSystem, each_db};

use crate::command_line::dmt;

fn found<'a>(findings: &'a [Finding], what: &str) -> Vec<&'a Finding> {
    findings
        .iter()
        .filter(|finding| finding.what == what)
        .collect()
}

each_db! {
    async fn a_database_of_the_tests_is_in_order(t: TestSystem) {
        let findings = examine(&t.db, &Clock::Real, &Wanted::default(), &AuditKey::default(), true).await.unwrap();
        for what in ["database", "settings", "character set", "time zone of the session", "time zone of days", "clock"] {
            assert!(found(&findings, what).iter().all(|finding| finding.level == Level::Ok), "{findings:?}");
            assert!(!found(&findings, what).is_empty(), "{what}: {findings:?}");
        }
        assert!(!found(&findings, "durability").is_empty(), "{findings:?}");
        // The tests' own user owns everything, the audit trail included.
        let privileges = found(&findings, "privileges").into_iter().map(|finding| finding.level).max();
        let expected = if t.engine == Engine::Sqlite { Level::Ok } else { Level::Warn };
        assert_eq!(privileges, Some(expected), "{findings:?}");
    }

    async fn a_wrong_clock_and_settings_of_another_system_are_found(t: TestSystem) {
        let wrong = Clock::at(Clock::Real.now() - TimeDelta::hours(2));
        let wanted = Wanted { time_zone: Some("Europe/Berlin".to_owned()), ..Wanted::default() };
        let findings = examine(&t.db, &wrong, &wanted, &AuditKey::new(Some("another key of the plant")), true).await.unwrap();
        let settings = found(&findings, "settings");
        assert_eq!(settings.len(), 2, "{findings:?}");
        assert!(settings.iter().all(|finding| finding.level == Level::Fail));
        assert!(settings[0].found.contains("DMT_TIME_ZONE") && settings[1].found.contains("DMT_AUDIT_KEY"));
        assert!(doctor::may_migrate(&t.db).await.unwrap(), "the tests' user owns the tables");
        let expected = if t.engine == Engine::Sqlite { Level::Ok } else { Level::Fail };
        assert_eq!(found(&findings, "clock")[0].level, expected, "{findings:?}");
        assert!(findings.iter().all(|finding| (finding.level == Level::Ok) == finding.advice.is_none()));
    }
}

#[test]
fn the_doctor_makes_no_file_and_names_every_mistake() {
    let folder = tempfile::tempdir().unwrap();
    let environment = [
        ("DMT_CURRENCY", "EURO"),
        ("DMT_AUDIT_KEY", "short"),
        ("RUST_LOG", "loud"),
        ("DMT_TLS_CERT", "cert.pem"),
        ("DMT_TLS_KEY", "key.pem"),
    ];
    let output = dmt(folder.path(), &environment, &["doctor"])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1), "{text}");
    for (name, _) in environment {
        assert!(
            text.contains(&format!("fail  configuration: {name}: ")),
            "{name}: {text}"
        );
    }
    assert!(
        text.contains("warn  database: dmt.db is not there yet"),
        "{text}"
    );
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        0,
        "nothing was made"
    );
    let served = dmt(folder.path(), &environment, &["serve"])
        .output()
        .unwrap();
    let sentence = String::from_utf8_lossy(&served.stderr).into_owned();
    assert!(
        environment.iter().all(|(name, _)| sentence.contains(name)),
        "{sentence}"
    );
}

/// As a user who may not write there; only root can become one.
#[test]
fn a_folder_that_cannot_be_written_is_told_at_once() {
    let anybody = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    let folder = tempfile::Builder::new()
        .permissions(anybody)
        .tempdir()
        .unwrap();
    let owner = std::os::unix::fs::MetadataExt::uid(&std::fs::metadata(folder.path()).unwrap());
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_dmt"));
    if owner != 0 {
        println!("skipped: not root");
        return;
    }
    // Where nobody may read either, the program lies beside the file.
    let copy = folder.path().join("dmt");
    std::fs::copy(program, &copy).unwrap();
    for url in ["sqlite://new.db", "sqlite://old.db"] {
        std::fs::write(folder.path().join("old.db"), "").unwrap();
        let began = Instant::now();
        let mut command = std::process::Command::new(&copy);
        let command = command
            .current_dir(folder.path())
            .arg("migrate")
            .env("DATABASE_URL", url);
        let output = command.uid(65_534).gid(65_534).output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert!(text.contains("cannot be written: give the user"), "{text}");
        assert!(began.elapsed() < Duration::from_secs(5), "{text}");
    }
}
