//! Imports as jobs: one at a time, all or nothing, and never both failed and done.

use std::path::Path;
use std::time::Duration;

use chrono::TimeDelta;
use entity::{defect, job};
use sea_orm::ActiveValue::Set;
use sea_orm::{EntityTrait, PaginatorTrait};
use service::actor::Actor;
use service::archive::{self, ArchiveImport, Arrived, Upload};
use service::idempotency::Idempotency;
use service::input::Draft;
use service::job::{JobKind, JobQuery, JobStatus, JobView, LEASE};
use service::role::Role;
use service::{Error, System, audit, housekeeping};
use testkit::{Engine, TestSystem, each_db};

use super::{content, export, seeded};

/// A row of a job that another server works on, or has worked on.
async fn elsewhere(t: &TestSystem, by: &Actor, status: JobStatus) -> i64 {
    let now = t.clock.now();
    let (by, status) = (by.id.unwrap(), status.word());
    let holds = ["queued", "running"].contains(&status);
    let row = job::ActiveModel {
        kind: Set("import".to_owned()),
        status: Set(status.to_owned()),
        slot: Set(holds.then(|| "import".to_owned())),
        holder: Set(Some("another server".to_owned())),
        stage: Set(Some("moving".to_owned())),
        place: Set(Some("defect".to_owned())),
        done: Set(41),
        total: Set(100),
        input: Set("{}".to_owned()),
        created_by: Set(by),
        created_at: Set(now),
        updated_at: Set(now),
        lease_until: Set(now + LEASE),
        ..Default::default()
    };
    let written = t.db.write(move |tx| {
        let row = row.clone();
        Box::pin(async move {
            let added = job::Entity::insert(row).exec(tx).await?;
            Ok::<_, Error>(added.last_insert_id)
        })
    });
    written.await.unwrap()
}

fn query(text: &[(&str, &str)]) -> Draft<ArchiveImport> {
    let pairs: Vec<_> = text
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    Draft::pairs(&pairs)
}

/// An archive as it has arrived.
fn arrived(bytes: &[u8], folder: &Path) -> Arrived {
    let mut upload = Upload::begin(folder).unwrap();
    upload.push(bytes).unwrap();
    upload.end().unwrap()
}

async fn begin(
    system: &System,
    by: &Actor,
    bytes: &[u8],
    key: Option<&Idempotency>,
) -> Result<JobView, Error> {
    let wanted = archive::may_import(system, by, &query(&[]), key.is_some()).await?;
    // It goes with the job, which outlives this.
    let arrived = arrived(bytes, &std::env::temp_dir());
    archive::import(system, by, wanted, arrived, key).await
}

async fn show(system: &System, by: &Actor, id: i64) -> JobView {
    service::job::show(system, by, id).await.unwrap()
}

/// The job when it is over.
async fn ended(system: &System, by: &Actor, id: i64) -> JobView {
    for _ in 0..1200 {
        let view = show(system, by, id).await;
        if view.finished_at.is_some() {
            return view;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the job does not end");
}

async fn defects(system: &System) -> u64 {
    let count = defect::Entity::find().count(system.db.reader());
    count.await.unwrap()
}

/// The archive of a system with so many records, made in another database.
fn made_elsewhere(records: u64) -> Vec<u8> {
    let (sender, archive) = std::sync::mpsc::channel();
    let test = move || {
        testkit::run(Engine::Sqlite, |source: TestSystem| async move {
            seeded(&source, records).await;
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("all.dmt.zip");
            export(&source.db, &path).await;
            sender.send(std::fs::read(path).unwrap()).unwrap();
        });
    };
    std::thread::spawn(test).join().unwrap();
    archive.recv().unwrap()
}

each_db! {
    async fn a_job_of_a_dead_server_is_failed_when_its_lease_is_over(t: TestSystem) {
        let admin = t.user(Role::Admin).await;
        let id = elsewhere(&t, &admin, JobStatus::Running).await;
        t.clock.advance(LEASE);
        let view = show(&t, &admin, id).await;
        assert_eq!((view.status, view.done, view.total), (JobStatus::Running, 41, 100));
        assert_eq!(view.table.as_deref(), Some("defect"));
        t.clock.advance(TimeDelta::microseconds(1));
        // A read-only server leaves it to the others.
        let read_only = t.another_server(|options| options.read_only = true);
        assert_eq!(show(&read_only, &admin, id).await.status, JobStatus::Running);
        let view = show(&t, &admin, id).await;
        assert_eq!(view.status, JobStatus::Failed);
        assert!(view.error.unwrap().contains("ended before its time"), "{:?}", view.finished_at);
        assert!(view.finished_at.is_some());
    }

    async fn a_job_of_a_dead_server_is_failed_in_lists_and_in_the_way_of_none(t: TestSystem) {
        let admin = t.user(Role::Admin).await;
        let id = elsewhere(&t, &admin, JobStatus::Queued).await;
        t.clock.advance(LEASE + TimeDelta::seconds(1));
        let list = service::job::list(&t, &admin, &Draft::<JobQuery>::pairs(&[])).await.unwrap();
        assert_eq!((list.items[0].id, list.items[0].status), (id, JobStatus::Failed));
        let other = elsewhere(&t, &admin, JobStatus::Running).await;
        t.clock.advance(LEASE + TimeDelta::seconds(1));
        let archive = made_elsewhere(1);
        let key = Idempotency::new("k", &[b"a"]).unwrap();
        let begun = begin(&t, &admin, &archive, Some(&key)).await.unwrap();
        assert_eq!(show(&t, &admin, other).await.status, JobStatus::Failed);
        ended(&t, &admin, begun.id).await;
    }

    async fn one_import_at_a_time(t: TestSystem) {
        let admin = t.user(Role::Admin).await;
        let id = elsewhere(&t, &admin, JobStatus::Running).await;
        let archive = made_elsewhere(1);
        let key = Idempotency::new("k", &[b"a"]).unwrap();
        for key in [None, Some(&key)] {
            let refused = begin(&t, &admin, &archive, key).await;
            let Err(Error::Busy(sentence)) = refused else { panic!("{refused:?}") };
            assert!(sentence.contains(&format!("/api/v1/jobs/{id}")), "{sentence}");
        }
        let all = service::job::list(&t, &admin, &Draft::<JobQuery>::pairs(&[])).await.unwrap();
        assert_eq!(all.items.len(), 1);
    }

    async fn the_same_request_is_one_job(t: TestSystem) {
        let admin = t.user(Role::Admin).await;
        let archive = made_elsewhere(5);
        let key = Idempotency::new("k", &[b"a"]).unwrap();
        let first = begin(&t, &admin, &archive, Some(&key)).await.unwrap();
        let again = begin(&t, &admin, &archive, Some(&key)).await.unwrap();
        assert_eq!(first, again);
        assert_eq!(ended(&t, &admin, first.id).await.status, JobStatus::Done);
        let later = begin(&t, &admin, &archive, Some(&key)).await.unwrap();
        assert_eq!(first, later);
        let all = service::job::list(&t, &admin, &Draft::<JobQuery>::pairs(&[])).await.unwrap();
        assert_eq!(all.items.len(), 1);
        assert_eq!(all.items[0].kind, JobKind::Import);
    }

    async fn an_import_into_a_system_that_was_only_set_up_adds_everything(t: TestSystem) {
        let admin = t.user(Role::Admin).await;
        let archive = made_elsewhere(60);
        let begun = begin(&t, &admin, &archive, None).await.unwrap();
        assert_eq!(begun.status, JobStatus::Queued);
        let view = ended(&t, &admin, begun.id).await;
        assert_eq!((view.status, view.error), (JobStatus::Done, None));
        let result = view.result.unwrap();
        assert_eq!(result["refused"], 0);
        assert_eq!(defects(&t).await, 60);
        let verified = audit::verify(&t, |_| {}).await.unwrap();
        assert!(verified.findings.is_empty(), "{:?}", verified.findings);
    }

    async fn a_server_that_stops_gives_up_its_import(t: TestSystem) {
        let admin = t.user(Role::Admin).await;
        let archive = made_elsewhere(300);
        let before = content(&t.db).await;
        let begun = begin(&t, &admin, &archive, None).await.unwrap();
        tokio::time::sleep(Duration::from_millis(40)).await;
        t.jobs.stop().await;
        let view = show(&t, &admin, begun.id).await;
        assert!(view.finished_at.is_some(), "{view:?}");
        // What was told is what is there, wherever the import was caught.
        if view.status == JobStatus::Failed {
            assert!(view.error.unwrap().contains("was stopped"));
            tokio::time::sleep(Duration::from_millis(500)).await;
            assert_eq!(content(&t.db).await, before);
        } else {
            assert_eq!(defects(&t).await, 300);
        }
    }

    async fn jobs_are_thrown_away_after_a_month(t: TestSystem) {
        let admin = t.user(Role::Admin).await;
        let old = elsewhere(&t, &admin, JobStatus::Done).await;
        t.clock.advance(TimeDelta::days(29));
        let newer = elsewhere(&t, &admin, JobStatus::Failed).await;
        t.clock.advance(TimeDelta::days(2));
        housekeeping::tidy(&t).await.unwrap();
        let gone = service::job::show(&t, &admin, old).await;
        assert!(matches!(gone, Err(Error::NotFound("job"))), "{gone:?}");
        assert_eq!(show(&t, &admin, newer).await.id, newer);
    }
}
