//! Whether the history is as it was written: one record's, or all of them, as many as a request has time for.

use std::time::{Duration, Instant};

use actix_web::http::StatusCode;
use actix_web::{get, web};
use askama::Template;
use service::Error;
use service::audit::{self, AuditCheck, AuditQuery, Chained, Finding};

use super::field::words;
use super::{Area, administration};
use crate::answer::Reply;
use crate::problem::Problem;
use crate::web::page::{Page, show, show_as};
use crate::web::typed::Typed;
use crate::web::visit::Visit;

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(ask_what_to_check).service(check_audit);
}

fn area() -> &'static Area {
    Area::named("audit")
}

/// How long one page may check; where there is more, it says how to go on.
const PATIENCE: Duration = Duration::from_secs(5);

/// How many findings are enough for one page.
const ENOUGH: usize = 200;

/// What pages carry on: what was checked before.
const CARRIED: [&str; 3] = ["chains", "rows", "found"];

#[derive(Template)]
#[template(path = "admin/audit.html")]
struct AuditPage {
    page: Page,
    trail: Vec<(String, String)>,
    title: String,
    form: Typed,
    kinds: Vec<(String, String)>,
    checked: Option<Checked>,
}

/// What was checked so far.
#[derive(Default)]
struct Checked {
    chains: u64,
    rows: u64,
    /// How many findings there were on the pages before.
    found: u64,
    findings: Vec<FindingRow>,
    /// Where it goes on.
    next: Option<String>,
}

struct FindingRow {
    kind: String,
    id: i64,
    /// The record's page, where it has one.
    address: Option<String>,
    seq: String,
    what: String,
}

impl AuditPage {
    fn of(visit: &Visit) -> Result<Self, Problem> {
        let page = area().page(visit)?;
        let kinds = Chained::ALL.iter().map(|it| it.word());
        Ok(Self {
            trail: vec![administration(&page)],
            title: area().title(&page),
            form: Typed::default(),
            kinds: words(&page, "admin-chained", kinds),
            checked: None,
            page,
        })
    }
}

/// Asks what to check.
#[get("/admin/audit")]
async fn ask_what_to_check(visit: Visit) -> Reply {
    show(&AuditPage::of(&visit)?)
}

/// Checks the history of a record, or of all.
#[get("/admin/audit/check")]
async fn check_audit(visit: Visit) -> Reply {
    let mut page = AuditPage::of(&visit)?;
    let query = visit.query()?;
    page.form = query.clone();
    match walk(&visit, &page.page, &query).await {
        Ok(checked) => {
            page.checked = Some(checked);
            show(&page)
        }
        Err(error) => {
            page.form = page.form.refused(at_the_id(error))?;
            show_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

/// A record that is not there is for the person at the form to mend.
fn at_the_id(error: Error) -> Error {
    match error {
        Error::NotFound(what) => {
            Error::field("id", "reference", format!("there is no such {what}"))
        }
        other => other,
    }
}

async fn walk(visit: &Visit, page: &Page, query: &Typed) -> Result<Checked, Error> {
    let carried = |name: &str| query.value(name).parse().unwrap_or(0_u64);
    let [chains, rows, found] = CARRIED.map(carried);
    let mut checked = Checked {
        chains,
        rows,
        found,
        ..Checked::default()
    };
    let until = Instant::now() + PATIENCE;
    let mut asked = query.clone().without(&CARRIED);
    loop {
        let draft = asked.draft::<AuditQuery>();
        let part = audit::check(&visit.system, &visit.actor, &draft).await?;
        let Some(cursor) = add(&mut checked, page, part) else {
            return Ok(checked);
        };
        let kept = asked.without(&["cursor"]);
        let next = [("cursor".to_owned(), cursor)];
        asked = Typed::with(kept.pairs().iter().cloned().chain(next));
        if Instant::now() >= until || checked.findings.len() >= ENOUGH {
            checked.next = Some(further(&checked, &asked));
            return Ok(checked);
        }
    }
}

/// Adds a part of the check; where it goes on, if it does.
fn add(checked: &mut Checked, page: &Page, part: AuditCheck) -> Option<String> {
    checked.chains += part.chains;
    checked.rows += part.rows;
    let findings = part.findings.into_iter();
    checked
        .findings
        .extend(findings.map(|finding| row(page, finding)));
    part.next_cursor
}

fn row(page: &Page, finding: Finding) -> FindingRow {
    let (kind, id) = (Chained::of(&finding.entity), finding.entity_id);
    let noun = match kind {
        Some(Chained::Defect) => Some("/defects"),
        Some(Chained::CorrectiveAction) => Some("/corrective-actions"),
        Some(Chained::User) => Some("/admin/users"),
        Some(Chained::Part) => Some("/admin/parts"),
        Some(Chained::Partner) => Some("/admin/partners"),
        Some(Chained::WorkCenter) => Some("/admin/work-centers"),
        Some(Chained::ApprovalRule) => Some("/admin/approval-rules"),
        Some(Chained::Concession) => Some("/admin/concessions"),
        Some(Chained::DueRule) => Some("/admin/due-rules"),
        Some(Chained::Inspection) => Some("/inspections"),
        Some(Chained::Webhook) => Some("/admin/webhooks"),
        _ => None,
    };
    FindingRow {
        kind: match kind {
            Some(kind) => page.word("admin-chained", kind.word()),
            None => finding.entity,
        },
        id,
        address: noun.map(|noun| format!("{noun}/{id}")),
        seq: finding.seq.map(|seq| seq.to_string()).unwrap_or_default(),
        what: finding.what,
    }
}

/// Where the check goes on, with what was counted so far.
fn further(checked: &Checked, asked: &Typed) -> String {
    let found = checked.found + checked.findings.len() as u64;
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(asked.pairs());
    for (name, count) in CARRIED.iter().zip([checked.chains, checked.rows, found]) {
        query.append_pair(name, &count.to_string());
    }
    format!("/admin/audit/check?{}", query.finish())
}
