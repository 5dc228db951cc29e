//! `dmt import --merge`: the plan that is printed, and what the exit code says.

use std::path::Path;

use crate::dmt::{content, done, failed, run, source};

/// The figures of a table as they are printed: added, updated, same, refused.
fn figures(told: &str, table: &str) -> Vec<u64> {
    let mut lines = told
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>());
    let line = lines.find(|words| words.first() == Some(&table) && words.len() == 5);
    let words = line.unwrap_or_else(|| panic!("no {table} in {told}"));
    words[1..]
        .iter()
        .map(|number| number.parse().unwrap())
        .collect()
}

/// The archive of another demo, whose tags begin with `prefix`.
fn other(folder: &Path, prefix: &str) -> String {
    let (url, name) = (format!("sqlite:{prefix}.db"), format!("{prefix}.dmt.zip"));
    let arguments = ["demo", "--records", "40", "--seed", "3"];
    let mut command = crate::dmt::dmt(folder, &url, &arguments);
    let output = command.env("DMT_TAG_PREFIX", prefix).output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    done(folder, &url, &["export", &name]);
    name
}

#[test]
fn another_system_is_merged_as_its_dry_run_says() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (target, archive) = (source(folder), other(folder, "B"));
    let before = content(folder, target, "before");
    let dry = done(
        folder,
        target,
        &["import", "--merge", "--dry-run", &archive],
    );
    assert_eq!(figures(&dry, "defect"), [40, 0, 0, 0]);
    assert_eq!(figures(&dry, "app_user"), [0, 0, 7, 0]);
    assert!(
        dry.ends_with("nothing was changed: this was a dry run\n"),
        "{dry}"
    );
    assert_eq!(content(folder, target, "dry"), before);

    let real = done(folder, target, &["import", "--merge", &archive]);
    for table in ["defect", "part", "audit_event", "labor_entry"] {
        assert_eq!(figures(&real, table), figures(&dry, table));
    }
    assert!(real.contains(" 0 findings\nmerged\n"), "{real}");
    done(folder, target, &["audit", "verify"]);
    let after = content(folder, target, "after");
    assert_ne!(after, before);

    let again = done(folder, target, &["import", "--merge", &archive]);
    assert_eq!(figures(&again, "defect"), [0, 0, 40, 0]);
    assert_eq!(content(folder, target, "again"), after);
}

#[test]
fn what_is_refused_is_told_and_keeps_the_rest_out_unless_it_is_skipped() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (target, archive) = (source(folder), other(folder, "DMT"));
    let before = content(folder, target, "before");
    let dry = run(
        folder,
        target,
        &["import", "--merge", "--dry-run", &archive],
    );
    let told = String::from_utf8_lossy(&dry.stdout).into_owned();
    assert_eq!(dry.status.code(), Some(1), "{told}");
    assert_eq!(figures(&told, "defect"), [0, 0, 0, 40]);
    assert_eq!(
        told.lines()
            .filter(|line| line.starts_with("refused: defect DMT-0000"))
            .count(),
        40
    );

    let sentence = failed(&run(folder, target, &["import", "--merge", &archive]));
    assert!(
        sentence.contains("40 records were refused, so nothing was merged"),
        "{sentence}"
    );
    assert!(sentence.contains("--skip-refused"), "{sentence}");
    assert_eq!(content(folder, target, "refused"), before);

    let rest = done(
        folder,
        target,
        &["import", "--merge", "--skip-refused", &archive],
    );
    assert!(rest.ends_with("merged without 40 records\n"), "{rest}");
    // Inspections that found nothing hang on no record, and are added.
    assert!(figures(&rest, "inspection")[0] > 0, "{rest}");
    let others = |content: Vec<String>| -> Vec<String> {
        let is_other = |line: &String| {
            !["inspection", "audit_event"]
                .iter()
                .any(|table| line.starts_with(table))
        };
        content.into_iter().filter(is_other).collect()
    };
    assert_eq!(others(content(folder, target, "rest")), others(before));
}

#[test]
fn the_options_of_a_merge_need_a_merge() {
    let folder = tempfile::tempdir().unwrap();
    for option in ["--dry-run", "--skip-refused"] {
        let output = run(
            folder.path(),
            "sqlite:none.db",
            &["import", option, "x.zip"],
        );
        assert_eq!(output.status.code(), Some(2));
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(told.contains("--merge"), "{told}");
    }
    assert!(!folder.path().join("none.db").exists());
}
