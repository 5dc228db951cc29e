//! The data of the whole system over HTTP: out, in, and the job that tells how it went.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use actix_web::http::{Method, header};
use actix_web::web::Data;
use api::server::Server;
use api::state::{State, StateOptions};
use serde_json::{Value as Json, json};
use service::clock::Clock;
use service::moving::{self, ExportOptions, Watch};
use service::role::Role;
use service::{audit, demo};
use testkit::{Engine, TestSystem, each_db};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::{Answer, Api, Session};

/// A system with so many records, made in another database, as an archive.
fn made_elsewhere(records: u64) -> Vec<u8> {
    let (sender, archive) = std::sync::mpsc::channel();
    let test = move || {
        testkit::run(Engine::Sqlite, |source: TestSystem| async move {
            assert!(demo::seed(&source, records, 7, |_| {}).await.unwrap());
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("all.dmt.zip");
            exported(&source, &path).await;
            sender.send(std::fs::read(path).unwrap()).unwrap();
        });
    };
    std::thread::spawn(test).join().unwrap();
    archive.recv().unwrap()
}

/// What `dmt export` makes.
async fn exported(system: &TestSystem, path: &Path) -> Vec<(String, u64, String)> {
    let options = ExportOptions {
        files: system.files.clone(),
        schema: "m".to_owned(),
        without_secrets: false,
    };
    let done = moving::export(&system.db, path, &options, &Clock::Real, &Watch::nobody()).await;
    done.unwrap().tables
}

/// A file of an archive.
fn file_of(archive: &[u8], name: &str) -> Vec<u8> {
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(archive)).unwrap();
    let mut bytes = Vec::new();
    std::io::copy(&mut zip.by_name(name).unwrap(), &mut bytes).unwrap();
    bytes
}

/// The same archive with a file of it changed.
fn with_file(archive: &[u8], name: &str, change: impl Fn(String) -> String) -> Vec<u8> {
    use std::io::Write as _;
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(archive)).unwrap();
    let names: Vec<String> = (0..zip.len())
        .map(|place| zip.by_index(place).unwrap().name().unwrap().into_owned())
        .collect();
    let mut changed = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for each in &names {
        let text = String::from_utf8(file_of(archive, each)).unwrap();
        let text = if each == name { change(text) } else { text };
        let options = zip::write::SimpleFileOptions::default();
        changed.start_file(each.as_str(), options).unwrap();
        changed.write_all(text.as_bytes()).unwrap();
    }
    drop(zip);
    changed.finish().unwrap().into_inner()
}

async fn send(api: &Api, by: &Session, query: &str, archive: impl Into<Vec<u8>>) -> Answer {
    let request = by
        .request(Method::POST, &format!("/import{query}"))
        .insert_header((header::CONTENT_TYPE, "application/zip"))
        .set_payload(archive.into());
    api.send(request).await
}

/// The job when it is over.
async fn ended(api: &Api, by: &Session, begun: &Answer) -> Json {
    assert_eq!(begun.status, 202, "{begun:?}");
    let place = begun.header("location").unwrap();
    let place = place.strip_prefix("/api/v1").unwrap();
    assert_eq!(place, format!("/jobs/{}", begun.json()["id"]));
    for _ in 0..1200 {
        let job = api.get(by, place).await;
        assert_eq!(job.status, 200, "{job:?}");
        let job = job.json();
        if !job["finished_at"].is_null() {
            return job;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the job does not end");
}

async fn content(api: &Api) -> Vec<(String, u64, String)> {
    let folder = tempfile::tempdir().unwrap();
    exported(&api.system, &folder.path().join("content")).await
}

each_db! {
    async fn an_export_is_an_archive_as_the_command_line_makes_it(api: Api) {
        assert!(demo::seed(&api.system, 40, 7, |_| {}).await.unwrap());
        let admin = api.sign_in(Role::Admin).await;
        let answer = api.get(&admin, "/export").await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.header("content-type"), Some("application/zip"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let disposition = answer.header("content-disposition").unwrap();
        assert!(disposition.starts_with("attachment; filename=\"dmt-") && disposition.ends_with(".dmt.zip\""));
        assert_eq!(answer.header("content-encoding"), Some("identity"));

        let manifest: Json = serde_json::from_slice(&file_of(&answer.body, "manifest.json")).unwrap();
        assert!(manifest["schema"].as_str().unwrap().starts_with('m'), "{manifest}");
        let tables = manifest["tables"].as_array().unwrap();
        let tables = tables.iter().map(|table| {
            let text = |name: &str| table[name].as_str().unwrap().to_owned();
            (text("name"), table["rows"].as_u64().unwrap(), text("sha256"))
        });
        assert_eq!(tables.collect::<Vec<_>>(), content(&api).await);

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("all.dmt.zip");
        std::fs::write(&path, &answer.body).unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/verify_archive.py");
        let verified = Command::new("python3").arg(script).arg(&path).output().unwrap();
        assert!(verified.status.success(), "{verified:?}");
    }

    async fn an_archive_without_secrets_holds_none(api: Api) {
        let admin = api.sign_in(Role::Admin).await;
        let limited = api.post(&admin, "/me/tokens", &json!({"name": "reader", "scopes": ["read"]})).await;
        let limited = Session { token: limited.json()["token"].as_str().unwrap().to_owned() };
        api.get(&limited, "/export").await.problem(403);
        api.get(&limited, "/export?secrets=true").await.problem(403);
        let answer = api.get(&limited, "/export?secrets=false").await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let users = String::from_utf8(file_of(&answer.body, "app_user.jsonl")).unwrap();
        assert!(!users.contains("$argon2"), "{users}");
        assert_eq!(api.get(&limited, "/jobs").await.status, 200);
        let viewer = api.sign_in(Role::Viewer).await;
        api.get(&viewer, "/export?secrets=false").await.problem(403);
        assert_eq!(api.get(&admin, "/export?secrets=perhaps&x=1").await.refused(422), ["secrets", "x"]);
    }

    async fn an_archive_goes_into_a_system_with_its_administrator_alone(api: Api) {
        let admin = api.sign_in(Role::Admin).await;
        let begun = send(&api, &admin, "", made_elsewhere(60)).await;
        assert_eq!(begun.json()["status"], "queued");
        let job = ended(&api, &admin, &begun).await;
        assert_eq!((&job["status"], &job["error"]), (&json!("done"), &Json::Null), "{job}");
        assert_eq!(job["result"]["refused"], 0, "{job}");

        let list = api.get(&admin, "/defects?count=exact").await.json();
        assert_eq!(list["total"], 60);
        for item in list["items"].as_array().unwrap() {
            let defect = api.get(&admin, &format!("/defects/{}", item["id"])).await;
            assert_eq!(defect.status, 200, "{defect:?}");
            assert_eq!(defect.json()["tag_number"], item["tag_number"]);
        }
        let verified = audit::verify(&api.system, |_| {}).await.unwrap();
        assert!(verified.findings.is_empty(), "{:?}", verified.findings);
        // Its people sign in, with the passwords that they had.
        api.sign_in_as("inspector", "inspector-demo").await;

        let jobs = api.get(&admin, "/jobs?count=true").await.json();
        assert_eq!((&jobs["total"], &jobs["items"][0]["id"]), (&json!(1), &job["id"]));
        let again = send(&api, &admin, "", made_elsewhere(60)).await;
        let again = ended(&api, &admin, &again).await;
        assert_eq!(again["status"], "done", "{again}");
        assert_eq!(api.get(&admin, "/defects?count=exact").await.json()["total"], 60);
    }

    async fn a_dry_run_changes_nothing(api: Api) {
        let admin = api.sign_in(Role::Admin).await;
        let before = content(&api).await;
        let begun = send(&api, &admin, "?dry_run=true", made_elsewhere(20)).await;
        let job = ended(&api, &admin, &begun).await;
        assert_eq!((&job["status"], &job["result"]["applied"]), (&json!("done"), &json!(false)), "{job}");
        let tables = job["result"]["tables"].as_array().unwrap();
        let defects = tables.iter().find(|table| table["name"] == "defect").unwrap();
        assert_eq!(defects["added"], 20);
        assert_eq!(content(&api).await, before);
    }

    async fn what_is_no_archive_is_refused_at_once_and_a_damaged_one_by_its_job(api: Api) {
        let admin = api.sign_in(Role::Admin).await;
        let before = content(&api).await;
        let archive = made_elsewhere(5);
        let cut = archive[..archive.len() / 2].to_vec();
        for bad in [b"no archive at all".to_vec(), Vec::new(), cut] {
            let problem = send(&api, &admin, "", bad).await.problem(400);
            assert!(problem.detail.starts_with("the archive: is no whole zip file"), "{}", problem.detail);
        }
        let other = admin.request(Method::POST, "/import").set_json(json!({}));
        api.send(other).await.problem(415);
        assert_eq!(send(&api, &admin, "?mode=add", archive.clone()).await.refused(422), ["mode"]);
        assert_eq!(api.get(&admin, "/jobs").await.json()["items"], json!([]));

        let edited = with_file(&archive, "part.jsonl", |text| text.replacen("\"revision\":", "\"revision\":\"", 1));
        let begun = send(&api, &admin, "", edited).await;
        let job = ended(&api, &admin, &begun).await;
        assert_eq!(job["status"], "failed");
        let sentence = job["error"].as_str().unwrap();
        assert!(sentence.starts_with("part.jsonl, line 1: "), "{sentence}");
        assert_eq!(content(&api).await, before);
    }

    async fn only_administrators_and_no_read_only_server(api: Api) {
        let archive = made_elsewhere(1);
        for role in [Role::QualityManager, Role::Viewer] {
            let session = api.sign_in(role).await;
            send(&api, &session, "", archive.clone()).await.problem(403);
            api.get(&session, "/export").await.problem(403);
            api.get(&session, "/jobs").await.problem(403);
            api.get(&session, "/jobs/1").await.problem(403);
        }
        let admin = api.sign_in(Role::Admin).await;
        api.get(&admin, "/jobs/1").await.problem(404);
        let Api { system, .. } = api;
        let served = system.another_server(|options| options.read_only = true);
        let api = Api::with(system, served, StateOptions::default()).await;
        let refused = send(&api, &admin, "", archive).await.problem(503);
        assert!(refused.kind.ends_with(":read-only"), "{}", refused.kind);
        assert_eq!(api.get(&admin, "/export").await.status, 200);
    }

    async fn an_archive_that_is_too_large_leaves_nothing(api: Api) {
        let admin = api.sign_in(Role::Admin).await;
        let Api { system, .. } = api;
        let served = system.another_server(|_| {});
        let folder = tempfile::tempdir().unwrap();
        let files = folder.path().join("files");
        let options = StateOptions {
            files: Some(files.clone()),
            max_import_mb: 1,
            ..StateOptions::default()
        };
        let api = Api::with(system, served, options).await;
        let problem = send(&api, &admin, "", vec![0; (1 << 20) + 1]).await.problem(413);
        assert!(problem.detail.contains("1024 KiB"), "{}", problem.detail);
        send(&api, &admin, "", vec![0; 1 << 20]).await.problem(400);
        assert_eq!(std::fs::read_dir(&files).unwrap().count(), 0);
    }
}

/// Half of an upload of 4 MiB.
async fn half(server: std::net::SocketAddr, by: &Session) -> TcpStream {
    let mut stream = TcpStream::connect(server).await.unwrap();
    let head = format!(
        "POST /api/v1/import HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/zip\r\nContent-Length: {}\r\n\r\n",
        by.token,
        4 << 20
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&vec![b'P'; 2 << 20]).await.unwrap();
    stream
}

/// Waits until there are so many files.
async fn wait_for_files(folder: &Path, count: usize) {
    for _ in 0..400 {
        let there = std::fs::read_dir(folder).map_or(0, Iterator::count);
        if there == count {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("there are never {count} files");
}

#[test]
fn an_upload_that_breaks_off_or_stops_coming_leaves_no_file() {
    testkit::run(Engine::Sqlite, |api: Api| async move {
        let admin = api.sign_in(Role::Admin).await;
        let Api { system, .. } = api;
        let folder = tempfile::tempdir().unwrap();
        let files = folder.path().join("files");
        let options = StateOptions {
            files: Some(files.clone()),
            timeout: Duration::from_secs(3),
            ..StateOptions::default()
        };
        let state = Data::new(State::new(system.another_server(|_| {}), options));
        let server = Server::bind(&["127.0.0.1:0".parse().unwrap()], None).unwrap();
        let address = server.addresses()[0];
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let shutdown = async { stopped.await.unwrap_or_default() };
        let running = tokio::task::spawn_local(server.run(state, shutdown));

        let stream = half(address, &admin).await;
        wait_for_files(&files, 1).await;
        drop(stream);
        wait_for_files(&files, 0).await;

        let mut stream = half(address, &admin).await;
        let mut answer = vec![0; 12];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(String::from_utf8_lossy(&answer), "HTTP/1.1 408");
        wait_for_files(&files, 0).await;

        stop.send(()).unwrap();
        running.await.unwrap().unwrap();
    });
}
