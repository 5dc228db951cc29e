//! After a crash: is every acknowledged write there, is every other one wholly there or not at all, and does a
//! repetition with the same key give one result?

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::Value as Json;

use crate::Failure;
use crate::client::{Answer, Api, Request};
use crate::ledger::{Children, Effect, Ledger, Record, Shared, Write};

/// How long a repeated write may be refused because the first one is still being worked on.
const PATIENCE: Duration = Duration::from_secs(20);

/// What was found.
#[derive(Clone, Debug, Default)]
pub(crate) struct Found {
    /// Acknowledged writes that are not there, or not as they were acknowledged.
    pub(crate) lost: Vec<String>,
    /// Anything else that must not be.
    pub(crate) wrong: Vec<String>,
    /// Writes without an answer that turned out to be there.
    pub(crate) done: u64,
}

impl Found {
    pub(crate) fn merge(&mut self, other: Self) {
        self.lost.extend(other.lost);
        self.wrong.extend(other.wrong);
        self.done += other.done;
    }
}

/// Compares what clients were told with what is there; `since` is when the first shared record was reported.
pub(crate) async fn check(
    api: &Api,
    ledger: Ledger,
    shared: &[i64],
    since: &str,
) -> Result<Found, Failure> {
    let mut found = Found {
        wrong: ledger.wrong,
        ..Found::default()
    };
    let mut known: BTreeSet<i64> = shared.iter().copied().collect();
    let mut tasks = tokio::task::JoinSet::new();
    for mut record in ledger.records {
        if tasks.len() >= 8
            && let Some(done) = tasks.join_next().await
        {
            take(&mut found, &mut known, done?)?;
        }
        let api = api.clone();
        tasks.spawn(async move {
            let mut found = Found::default();
            settle(&api, &mut record, &mut found).await?;
            compare(&api, &record, &mut found).await?;
            Ok((found, record.id))
        });
    }
    while let Some(done) = tasks.join_next().await {
        take(&mut found, &mut known, done?)?;
    }
    for id in shared {
        let writes = ledger.shared.iter().filter(|write| write.record == *id);
        check_shared(api, *id, writes, &mut found).await?;
    }
    // Whatever else was reported since then, nobody was told of.
    for row in api
        .rows(&format!("/defects?reported_after={since}"))
        .await?
    {
        if row["id"].as_i64().is_none_or(|id| !known.contains(&id)) {
            let (id, title) = (&row["id"], &row["title"]);
            found.wrong.push(format!(
                "record {id} ({title}) is there twice, or nobody reported it"
            ));
        }
    }
    Ok(found)
}

type Checked = Result<(Found, Option<i64>), Failure>;

fn take(found: &mut Found, known: &mut BTreeSet<i64>, checked: Checked) -> Result<(), Failure> {
    let (part, id) = checked?;
    found.merge(part);
    known.extend(id);
    Ok(())
}

/// Sends the write without an answer again, after a look at what it did.
async fn settle(api: &Api, record: &mut Record, found: &mut Found) -> Result<(), Failure> {
    let Some(write) = record.pending.take() else {
        return Ok(());
    };
    let version = match record.id {
        None => 0,
        Some(id) => api
            .read(&format!("/defects/{id}"))
            .await?
            .1
            .unwrap_or_default(),
    };
    let was_done = version > record.version;
    found.done += u64::from(was_done);
    let answer = repeat(api, &write).await;
    match answer {
        Answer::Done { body, version } => {
            if was_done && write.request.method == Method::PATCH {
                found.wrong.push(format!("{write:?} was done twice"));
            }
            if let Err(wrong) = record.acknowledge(&write, &body, version) {
                found.wrong.push(wrong);
            }
        }
        // A PATCH has no key: its version says that it was done. Then every field of it must be there.
        Answer::Refused(refusal)
            if refusal.status == 412 && was_done && write.request.method == Method::PATCH =>
        {
            let version = Some(record.version + 1);
            if let Err(wrong) = record.acknowledge(&write, &Json::Null, version) {
                found.wrong.push(wrong);
            }
        }
        other => found
            .wrong
            .push(format!("repeating {write:?} was answered {other:?}")),
    }
    Ok(())
}

/// Sends a write again while the first one is still being worked on.
async fn repeat(api: &Api, write: &Write) -> Answer {
    let began = Instant::now();
    loop {
        let answer = api.send(&write.request).await;
        let in_flight = matches!(&answer, Answer::Refused(refusal) if refusal.kind == "in-flight");
        let comes_again = in_flight || answer.is_away() || answer.is_unknown();
        if !comes_again || began.elapsed() > PATIENCE {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Compares a record with what was acknowledged.
async fn compare(api: &Api, record: &Record, found: &mut Found) -> Result<(), Failure> {
    let Some(id) = record.id else {
        return Ok(());
    };
    let request = Request::get("manager", format!("/defects/{id}"));
    let (view, version) = match api.send(&request).await {
        Answer::Done { body, version } => (body, version.unwrap_or_default()),
        other => {
            found.lost.push(format!("record {id}: {other:?}"));
            return Ok(());
        }
    };
    if version < record.version {
        let told = record.version;
        found
            .lost
            .push(format!("record {id} is at version {version}, not {told}"));
    } else if version > record.version {
        let told = record.version;
        found
            .wrong
            .push(format!("record {id} is at version {version}, past {told}"));
    }
    for (field, told) in &record.fields {
        if view[field] != *told {
            let there = &view[field];
            found
                .lost
                .push(format!("record {id}: {field} is {there}, not {told}"));
        }
    }
    let mut minutes = 0;
    for children in Children::ALL {
        let rows = api
            .rows(&format!("/defects/{id}/{}", children.path()))
            .await?;
        if children == Children::Labor {
            minutes = rows.iter().filter_map(|row| row["minutes"].as_i64()).sum();
        }
        compare_children(id, record, children, &rows, found);
    }
    if view["labor_minutes"] != minutes {
        found
            .wrong
            .push(format!("record {id}: labor_minutes is not {minutes}"));
    }
    Ok(())
}

fn compare_children(
    id: i64,
    record: &Record,
    children: Children,
    rows: &[Json],
    found: &mut Found,
) {
    let there: BTreeMap<i64, &Json> = rows
        .iter()
        .filter_map(|row| Some((row["id"].as_i64()?, row)))
        .collect();
    let told = record
        .children
        .iter()
        .filter(|((collection, _), _)| *collection == children);
    let mut count = 0;
    for ((_, child), fields) in told {
        count += 1;
        let Some(row) = there.get(child) else {
            found
                .lost
                .push(format!("record {id}: {children:?} {child}"));
            continue;
        };
        for (field, told) in fields {
            if row[field] != *told {
                let there = &row[field];
                found.lost.push(format!(
                    "record {id}: {children:?} {child}: {field} is {there}, not {told}"
                ));
            }
        }
    }
    if there.len() > count {
        found.wrong.push(format!(
            "record {id} has {} {children:?}, not {count}",
            there.len()
        ));
    }
}

/// Every acknowledged write to a shared record stands in its history once, every other one at most once.
async fn check_shared(
    api: &Api,
    id: i64,
    writes: impl Iterator<Item = &Shared>,
    found: &mut Found,
) -> Result<(), Failure> {
    let mut versions = BTreeSet::new();
    let writes: Vec<&Shared> = writes.collect();
    for shared in &writes {
        if shared.acknowledged.is_none() && matches!(shared.write.effect, Effect::Add(_)) {
            let answer = repeat(api, &shared.write).await;
            if !matches!(answer, Answer::Done { .. }) {
                found.wrong.push(format!(
                    "repeating {:?} was answered {answer:?}",
                    shared.write
                ));
            }
        }
    }
    let titles = times(&api.rows(&format!("/defects/{id}/history")).await?, |row| {
        (row["field"] == "title").then(|| row["new_value"].clone())
    });
    let notes = times(
        &api.rows(&format!("/defects/{id}/labor-entries")).await?,
        |row| Some(row["note"].clone()),
    );
    for shared in writes {
        let body = shared.write.request.body.clone().unwrap_or_default();
        let (times, is_edit) = match shared.write.effect {
            Effect::Edit => (titles.get(&body["title"].to_string()), true),
            _ => (notes.get(&body["note"].to_string()), false),
        };
        let times = times.copied().unwrap_or(0);
        match shared.acknowledged {
            Some((version, _)) if is_edit && !versions.insert(version) => found
                .wrong
                .push(format!("record {id}: two edits led to version {version}")),
            Some(_) if times == 0 => found
                .lost
                .push(format!("shared record {id}: {:?}", shared.write)),
            None if times == 1 => found.done += 1,
            None if times == 0 && !is_edit => found
                .lost
                .push(format!("record {id}: a repeated write: {:?}", shared.write)),
            _ => {}
        }
        if times > 1 {
            found
                .wrong
                .push(format!("record {id}: done twice: {:?}", shared.write));
        }
    }
    Ok(())
}

fn times(rows: &[Json], of: impl Fn(&Json) -> Option<Json>) -> BTreeMap<String, u32> {
    let mut times = BTreeMap::new();
    for row in rows {
        if let Some(value) = of(row) {
            *times.entry(value.to_string()).or_insert(0) += 1;
        }
    }
    times
}
