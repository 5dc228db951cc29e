//! Archives on the command line, and another program that reads them.

use std::path::Path;
use std::process::Command;

use testkit::{EmptyDatabase, each_db};

use crate::dmt::{content, done, failed, run, source};

each_db! {
    async fn an_archive_travels_between_databases(t: EmptyDatabase) {
        let folder = tempfile::tempdir().unwrap();
        let (folder, target) = (folder.path(), t.url.expose());
        let source = source(folder);
        let told = done(folder, source, &["export", "all.dmt.zip"]);
        assert!(told.contains("password hashes"), "{told}");
        let told = done(folder, &target, &["import", "all.dmt.zip"]);
        assert!(told.contains(" 0 findings"), "{told}");
        assert_eq!(content(folder, &target, "there"), content(folder, source, "here"));
        let sentence = failed(&run(folder, &target, &["import", "all.dmt.zip"]));
        assert!(sentence.contains("holds data already"), "{sentence}");
        done(folder, &target, &["audit", "verify"]);
    }
}

#[test]
fn another_program_reads_an_archive() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let source = source(folder);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/verify_archive.py");
    let verify = |name: &str| {
        Command::new("python3")
            .arg(&script)
            .arg(folder.join(name))
            .output()
            .unwrap()
    };
    for name in ["all.dmt.zip", "folder"] {
        done(folder, source, &["export", name]);
        let output = verify(name);
        let told = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success(),
            "{told}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let mut tables = told.lines().filter(|line| !line.starts_with("files "));
        assert!(tables.all(|line| line.ends_with(" ok")), "{told}");
        assert!(told.lines().count() > 16, "{told}");
    }
    let part = folder.join("folder/part.jsonl");
    let text = std::fs::read_to_string(&part).unwrap();
    std::fs::write(
        &part,
        text.replacen("\"revision\":\"A\"", "\"revision\":\"Q\"", 1),
    )
    .unwrap();
    let output = verify("folder");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("has the SHA-256"));
}

#[test]
fn what_cannot_be_done_is_a_sentence_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let source = source(folder);
    let refuse = |arguments: &[&str], expected: &str| {
        let sentence = failed(&run(folder, source, arguments));
        assert!(
            sentence.contains(expected) && !sentence.contains("secret"),
            "{sentence}"
        );
    };
    refuse(&["copy", "--to", source], "one and the same database");
    refuse(
        &["copy", "--to", "sqlite:./source.db"],
        "one and the same database",
    );
    refuse(
        &["copy", "--from", "sqlite:nowhere.db", "--to", "sqlite:x.db"],
        "nowhere.db does not exist",
    );
    refuse(&["copy", "--to", "oracle://me:secret@host/db"], "--to: ");
    refuse(
        &["copy", "--to", "postgres://me:secret@127.0.0.1:9/db"],
        "the target postgres://",
    );
    refuse(&["import", "nowhere.zip"], "nowhere.zip");
    refuse(&["export", "source.db"], "is there already");
    done(folder, "sqlite:empty.db", &["migrate"]);
    refuse(
        &["copy", "--from", "sqlite:empty.db", "--to", "sqlite:x.db"],
        "no system was ever started",
    );
    done(folder, "sqlite:newer.db", &["migrate"]);
    newer(&folder.join("newer.db"));
    let [newer_source, newer_target] = ["source", "target"].map(|side| {
        format!("the {side} was migrated by a newer dmt (unknown steps: m9999_future)")
    });
    refuse(
        &["copy", "--from", "sqlite:newer.db", "--to", "sqlite:y.db"],
        &newer_source,
    );
    refuse(&["copy", "--to", "sqlite:newer.db"], &newer_target);
    let files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert!(
        !files.iter().any(|name| name == "nowhere.db"
            || name == "y.db"
            || name.to_string_lossy().ends_with(".part")),
        "{files:?}"
    );
}

/// Has a file look as if a dmt of tomorrow had been there.
fn newer(file: &Path) {
    let script = "import sqlite3, sys; file = sqlite3.connect(sys.argv[1]); \
                  file.execute(\"INSERT INTO seaql_migrations VALUES ('m9999_future', 1)\"); file.commit()";
    let ended = Command::new("python3")
        .args(["-c", script])
        .arg(file)
        .status();
    assert!(ended.unwrap().success());
}
