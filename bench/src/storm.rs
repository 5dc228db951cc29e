//! A storm of writes: clients that lead records through their lives, each its own, and edit shared ones in between.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use reqwest::Method;
use serde_json::{Value as Json, json};

use crate::Failure;
use crate::client::{Answer, Api, Request};
use crate::ledger::{Children, Effect, Ledger, Record, Shared, Write};

/// What every storm needs to know of the plant.
#[derive(Clone, Debug)]
pub(crate) struct Ground {
    part: i64,
    work_center: i64,
    failure_code: String,
}

impl Ground {
    /// Looks for a part, a work center and a failure code.
    pub(crate) async fn find(api: &Api) -> Result<Self, Failure> {
        let first = async |path: &str| -> Result<Json, Failure> {
            let (page, _) = api.read(&format!("{path}?limit=1")).await?;
            Ok(page["items"][0].clone())
        };
        let part = first("/parts").await?["id"].as_i64();
        let work_center = first("/work-centers").await?["id"].as_i64();
        let code = first("/codes/failure_code").await?;
        Ok(Self {
            part: part.ok_or("there is no part")?,
            work_center: work_center.ok_or("there is no work center")?,
            failure_code: code["code"].as_str().unwrap_or_default().to_owned(),
        })
    }

    /// The body of a report.
    pub(crate) fn report(&self, title: &str) -> Json {
        json!({
            "part_id": self.part, "work_center_id": self.work_center, "title": title,
            "description": "Written in a storm.", "origin": "in_process", "quantity_defective": "10",
        })
    }

    /// Reports the records that all clients share; their ids, and when the first was reported.
    pub(crate) async fn share(
        &self,
        api: &Api,
        name: &str,
        count: u32,
    ) -> Result<(Vec<i64>, String), Failure> {
        let mut ids = Vec::new();
        let mut since = String::new();
        for number in 0..count {
            let title = format!("{name} shared {number}");
            let mut request = Request::get("inspector", "/defects");
            request.method = Method::POST;
            request.body = Some(self.report(&title));
            let Answer::Done { body, .. } = api.send(&request).await else {
                return Err("a shared record could not be reported".into());
            };
            ids.extend(body["id"].as_i64());
            if since.is_empty() {
                since = body["reported_at"].as_str().unwrap_or_default().to_owned();
            }
        }
        Ok((ids, since))
    }
}

/// A client of a storm.
pub(crate) struct Client {
    pub(crate) api: Api,
    pub(crate) ground: Ground,
    /// Unique in the run: it is part of every text and key.
    pub(crate) name: String,
    pub(crate) shared: Vec<i64>,
    pub(crate) stop: Arc<AtomicBool>,
    pub(crate) seed: u64,
}

/// The step that closes a record.
const CLOSING: usize = 16;
/// The last step before which a title may be corrected: the approval of the disposition.
const APPROVAL: usize = 11;

impl Client {
    /// Writes until it is told to stop.
    pub(crate) async fn run(self) -> Ledger {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        let mut ledger = Ledger::default();
        let mut record = Record::default();
        let mut count = 0_u64;
        while !self.stop.load(Ordering::Relaxed) {
            count += 1;
            let label = format!("{} {count}", self.name);
            if record.step > 0 && rng.random_bool(0.15) {
                self.work_on_shared(&mut ledger, &mut rng, &label).await;
                continue;
            }
            let is_extra = (1..=APPROVAL).contains(&record.step) && rng.random_bool(0.15);
            let write = if is_extra {
                edit("manager", &record, json!({"title": label}))
            } else {
                self.next(&record, &label)
            };
            let goes_on = self.send(&mut ledger, &mut record, write, !is_extra).await;
            // The closing hashes a password, which would slow everything else down: one in four is closed.
            let is_over = record.step > CLOSING || record.step == CLOSING && !rng.random_bool(0.25);
            if !goes_on || is_over {
                ledger.records.push(std::mem::take(&mut record));
            }
        }
        if record.id.is_some() || record.pending.is_some() {
            ledger.records.push(record);
        }
        ledger
    }

    /// Sends a write to a record of its own; false where the record cannot be worked on any more.
    async fn send(
        &self,
        ledger: &mut Ledger,
        record: &mut Record,
        mut write: Write,
        is_step: bool,
    ) -> bool {
        if write.request.method == Method::POST {
            write.request.key =
                Some(format!("{}-{}", self.name, rand::random::<u64>()).replace(' ', "-"));
        }
        let answer = self.api.send(&write.request).await;
        if answer.is_unknown() {
            ledger.unknown += 1;
            record.pending = Some(write);
            return false;
        }
        if answer.is_away() {
            ledger.away += 1;
            tokio::time::sleep(Duration::from_millis(50)).await;
            return true;
        }
        match answer {
            Answer::Done { body, version } => {
                ledger.acknowledged += 1;
                if let Err(wrong) = record.acknowledge(&write, &body, version) {
                    ledger.wrong.push(wrong);
                }
                record.step += usize::from(is_step);
                true
            }
            other => {
                let (effect, id) = (write.effect, record.id);
                ledger
                    .wrong
                    .push(format!("{effect:?} of {id:?}: {other:?}"));
                false
            }
        }
    }

    /// The next step of a record's life.
    fn next(&self, record: &Record, label: &str) -> Write {
        let line = |place: usize| record.lines().nth(place).unwrap_or_default();
        let today = "2026-01-15";
        match record.step {
            0 => write(
                record,
                "inspector",
                Effect::Report,
                self.ground.report(label),
            ),
            1 => edit(
                "engineer",
                record,
                json!({"severity": "major", "failure_code": self.ground.failure_code}),
            ),
            2 => add(
                "inspector",
                record,
                Children::Serials,
                json!({"serial_number": label}),
            ),
            3 => act("engineer", record, "start_analysis"),
            4 => edit("operator", record, json!({"process_analysis": label})),
            5 => add(
                "operator",
                record,
                Children::Labor,
                json!({"work_date": today, "minutes": 7, "activity": "rework", "note": label}),
            ),
            6 => edit(
                "engineer",
                record,
                json!({"engineering_findings": label, "root_cause": label}),
            ),
            7 => add(
                "engineer",
                record,
                Children::Cost,
                json!({"kind": "material", "amount": "12.50", "note": label}),
            ),
            8 => act("engineer", record, "submit_analysis"),
            9 => add(
                "quality",
                record,
                Children::Lines,
                json!({"disposition": "scrap", "quantity": "3", "justification": label}),
            ),
            10 => add(
                "quality",
                record,
                Children::Lines,
                json!({"disposition": "rework", "quantity": "7", "justification": label}),
            ),
            11 => act("quality", record, "approve_disposition"),
            12 | 13 => change_line(
                "operator",
                record,
                line(record.step - 12),
                json!({"status": "done"}),
            ),
            14 => act("operator", record, "complete_execution"),
            15 => change_line(
                "quality",
                record,
                line(1),
                json!({"reinspection_result": "pass"}),
            ),
            _ => {
                let mut close = act("quality", record, "close");
                close.request.body = Some(json!({
                    "action": "close", "signature": {"password": "quality-demo", "meaning": "closure"},
                }));
                close
            }
        }
    }

    /// Edits a record that others edit too, or adds labor to it.
    async fn work_on_shared(&self, ledger: &mut Ledger, rng: &mut ChaCha8Rng, label: &str) {
        let id = self.shared[rng.random_range(0..self.shared.len())];
        let path = format!("/defects/{id}");
        let mut record = Record {
            id: Some(id),
            ..Record::default()
        };
        let write = if rng.random_bool(0.5) {
            let Answer::Done { version, .. } = self.api.send(&Request::get("manager", path)).await
            else {
                return tokio::time::sleep(Duration::from_millis(50)).await;
            };
            record.version = version.unwrap_or_default();
            edit("manager", &record, json!({"title": label}))
        } else {
            let labor = json!({"work_date": "2026-01-15", "minutes": 7, "activity": "rework", "note": label});
            let mut write = add("manager", &record, Children::Labor, labor);
            write.request.key = Some(label.replace(' ', "-"));
            write
        };
        let answer = self.api.send(&write.request).await;
        let is_unknown = answer.is_unknown();
        let shared = |acknowledged| Shared {
            record: id,
            write,
            acknowledged,
        };
        match answer {
            _ if is_unknown => {
                ledger.unknown += 1;
                ledger.shared.push(shared(None));
            }
            Answer::Done { body, version } => {
                ledger.acknowledged += 1;
                let child = body["id"].as_i64();
                ledger
                    .shared
                    .push(shared(Some((version.unwrap_or_default(), child))));
            }
            // Somebody was faster.
            Answer::Refused(refusal) if refusal.status == 412 => {}
            other if other.is_away() => {
                ledger.away += 1;
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            other => ledger.wrong.push(format!("shared record {id}: {other:?}")),
        }
    }
}

fn write(record: &Record, person: &'static str, effect: Effect, body: Json) -> Write {
    let id = record.id.unwrap_or_default();
    let (method, path) = match effect {
        Effect::Report => (Method::POST, "/defects".to_owned()),
        Effect::Edit => (Method::PATCH, format!("/defects/{id}")),
        Effect::Act => (Method::POST, format!("/defects/{id}/transitions")),
        Effect::Add(children) => (Method::POST, format!("/defects/{id}/{}", children.path())),
        Effect::Line(line) => (
            Method::PATCH,
            format!("/defects/{id}/disposition-lines/{line}"),
        ),
    };
    let is_versioned = !matches!(
        effect,
        Effect::Report | Effect::Add(Children::Labor | Children::Cost)
    );
    Write {
        request: Request {
            person,
            method,
            path,
            body: Some(body),
            if_match: is_versioned.then_some(record.version),
            key: None,
        },
        effect,
    }
}

fn edit(person: &'static str, record: &Record, fields: Json) -> Write {
    write(record, person, Effect::Edit, fields)
}

fn act(person: &'static str, record: &Record, action: &str) -> Write {
    write(record, person, Effect::Act, json!({"action": action}))
}

fn add(person: &'static str, record: &Record, children: Children, body: Json) -> Write {
    write(record, person, Effect::Add(children), body)
}

fn change_line(person: &'static str, record: &Record, line: i64, fields: Json) -> Write {
    write(record, person, Effect::Line(line), fields)
}
