//! Whether the history is as it was written: asked over HTTP, and with anchors on the command line.

use std::path::Path;

use serde_json::{Value as Json, json};
use service::role::Role;
use testkit::{defect, each_db};

use crate::client::Api;
use crate::command_line::dmt;

each_db! {
    async fn the_audit_trail_is_checked_over_http(api: Api) {
        let manager = api.sign_in(Role::QualityManager).await;
        let inspector = api.system.member(Role::Inspector).await;
        let record = api.system.report(&inspector, defect().major()).await.item.id;
        let all = api.get(&manager, "/audit/verify").await;
        assert_eq!(all.status, 200, "{all:?}");
        let seen = all.json();
        assert_eq!((&seen["findings"], &seen["next_cursor"]), (&json!([]), &Json::Null));
        assert!(seen["chains"].as_u64() > Some(3) && seen["rows"].as_u64() > seen["chains"].as_u64(), "{seen}");
        let one = api.get(&manager, &format!("/audit/verify?entity=defect&id={record}")).await.json();
        assert_eq!(one, json!({"chains": 1, "rows": 2, "erased": 0, "findings": [], "next_cursor": null}));
        api.get(&manager, "/audit/verify?entity=defect&id=99999999").await.problem(404);
        assert_eq!(api.get(&manager, "/audit/verify?id=1").await.refused(422), ["entity"]);
        assert_eq!(api.get(&manager, "/audit/verify?cursor=x&all=1").await.refused(422), ["all"]);
        let engineer = api.sign_in(Role::QualityEngineer).await;
        api.get(&engineer, "/audit/verify").await.problem(403);
    }
}

/// Runs `dmt` on an SQLite file; answers its exit code and what it prints.
fn run(folder: &Path, environment: &[(&str, &str)], arguments: &[&str]) -> (Option<i32>, String) {
    let output = dmt(folder, environment, arguments).output().unwrap();
    let mut told = String::from_utf8_lossy(&output.stdout).into_owned();
    told.push_str(&String::from_utf8_lossy(&output.stderr));
    (output.status.code(), told)
}

#[test]
fn anchors_are_added_and_compared_by_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let here = |arguments: &[&str]| run(folder.path(), &[], arguments);
    assert_eq!(here(&["demo", "--records", "20"]).0, Some(0));
    let (code, told) = here(&["audit", "anchor"]);
    assert_eq!(code, Some(1), "{told}");
    assert!(
        told.contains("give --file, or set DMT_AUDIT_ANCHOR"),
        "{told}"
    );
    let (code, told) = here(&["audit", "anchor", "--file", "anchors"]);
    assert_eq!(code, Some(0), "{told}");
    let configured = [("DMT_AUDIT_ANCHOR", "anchors")];
    let (code, told) = run(folder.path(), &configured, &["audit", "anchor"]);
    assert_eq!(code, Some(0), "{told}");
    assert!(
        told.contains(", 0 of them grown since the last anchor"),
        "{told}"
    );
    for (environment, arguments) in [
        (&[][..], &["audit", "verify", "--anchor", "anchors"][..]),
        (&configured[..], &["audit", "verify"][..]),
    ] {
        let (code, told) = run(folder.path(), environment, arguments);
        assert_eq!(code, Some(0), "{told}");
        assert!(told.contains("\n2 anchors, "), "{told}");
    }
    let other = [("DATABASE_URL", "sqlite://other.db")];
    assert_eq!(run(folder.path(), &other, &["migrate"]).0, Some(0));
    let arguments = ["audit", "verify", "--anchor", "anchors"];
    let (code, told) = run(folder.path(), &other, &arguments);
    assert_eq!(code, Some(1), "a database without these histories");
    assert!(told.contains("\ndefect 7: had a history at "), "{told}");
    let (code, told) = here(&["audit", "verify", "--anchor", "nothing"]);
    assert_eq!(code, Some(1));
    assert!(told.contains("dmt: nothing: "), "{told}");
}

#[test]
fn the_server_adds_an_anchor_at_its_start() {
    let folder = tempfile::tempdir().unwrap();
    let settings = [("DMT_BIND", "127.0.0.1:0"), ("DMT_AUDIT_ANCHOR", "anchors")];
    let mut server = dmt(folder.path(), &settings, &["serve"]).spawn().unwrap();
    let is_whole = || {
        let written = std::fs::read_to_string(folder.path().join("anchors"));
        written.is_ok_and(|text| text.contains("\nend ") && text.ends_with('\n'))
    };
    let mut tries = 0..600;
    let found = tries.any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(50));
        is_whole()
    });
    server.kill().unwrap();
    server.wait().unwrap();
    assert!(found);
    let (code, told) = run(folder.path(), &settings, &["audit", "verify"]);
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("\n1 anchors, "), "{told}");
}
