//! A record while its life is told: each step is held against the tables that the service itself obeys
//! ([`crate::rights`], [`crate::lifecycle`]) and adds the history that the service would have written.

mod children;
mod end;
mod moves;
mod votes;

use chrono::{DateTime, FixedOffset, TimeDelta};
use entity::{
    approval, cost_entry, defect, defect_serial, disposition_line, labor_entry, signature,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;
use serde_json::{Value as Json, json};

use super::ground::Ground;
use super::plant::PEOPLE;
use crate::approval_rule::Rule;
use crate::audit::{AuditKey, Author, Trail};
use crate::defects::{ENTITY, told_new};
use crate::error::{Error, Result};
use crate::rights::{Access, Right};
use crate::role::Roles;
use crate::setting::Settings;
use crate::value::Instant;
use crate::words::Status;

/// Who takes part in a record's life, by place in [`PEOPLE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    Inspector = 1,
    Operator = 2,
    Engineer = 3,
    Quality = 4,
    Manager = 5,
}

/// What all stories share.
pub(super) struct Stage<'a> {
    pub(super) ground: &'a Ground,
    pub(super) settings: &'a Settings,
    pub(super) key: &'a AuditKey,
    /// What a system begins with.
    pub(super) rules: &'a [Rule],
    pub(super) now: DateTime<FixedOffset>,
    pub(super) seed: u64,
}

/// The last id given out in each table that hangs on the records.
#[derive(Default)]
pub(super) struct Ids {
    line: i64,
    labor: i64,
    cost: i64,
    signature: i64,
    approval: i64,
    serial: i64,
}

fn next(id: &mut i64) -> i64 {
    *id += 1;
    *id
}

/// A record while its life is told.
pub(super) struct Story<'a> {
    pub(super) stage: &'a Stage<'a>,
    pub(super) rng: ChaCha8Rng,
    pub(super) row: defect::Model,
    pub(super) lines: Vec<disposition_line::Model>,
    ids: &'a mut Ids,
    status: Status,
    failure_code: Option<&'static str>,
    cause: Option<&'static str>,
    labor: Vec<labor_entry::Model>,
    costs: Vec<cost_entry::Model>,
    signatures: Vec<signature::Model>,
    approvals: Vec<approval::Model>,
    serials: Vec<defect_serial::Model>,
    trail: Trail,
    author: Author,
    roles: Roles,
    has_changed: bool,
    /// How long a step takes, in microseconds.
    pace: i64,
    is_brief: bool,
}

/// So many steps at most does a life have, so that it ends before now.
const MOST_STEPS: i32 = 70;

impl<'a> Story<'a> {
    /// A story about record `id`, which began at `at`.
    pub(super) fn new(
        stage: &'a Stage<'a>,
        ids: &'a mut Ids,
        id: i64,
        at: DateTime<FixedOffset>,
    ) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(stage.seed);
        rng.set_stream(id.unsigned_abs());
        let pace = TimeDelta::hours(rng.random_range(4..12)).min((stage.now - at) / MOST_STEPS);
        let pace = pace.num_microseconds().unwrap_or(0);
        Self {
            stage,
            rng,
            row: blank(id, at),
            lines: Vec::new(),
            ids,
            status: Status::Reported,
            failure_code: None,
            cause: None,
            labor: Vec::new(),
            costs: Vec::new(),
            signatures: Vec::new(),
            approvals: Vec::new(),
            serials: Vec::new(),
            trail: Trail::begin(ENTITY, id),
            author: Author {
                id: None,
                name: String::new(),
                at,
                request_id: None,
            },
            roles: Roles::default(),
            has_changed: false,
            pace,
            is_brief: false,
        }
    }

    /// Leaves out all history but the report, the state and the closure.
    pub(super) fn briefly(mut self) -> Self {
        self.is_brief = true;
        self
    }

    /// True in so many of a hundred cases.
    pub(super) fn chance(&mut self, percent: u32) -> bool {
        self.rng.random_range(0..100_u32) < percent
    }

    /// One of these.
    pub(super) fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.rng.random_range(0..choices.len() as u64) as usize]
    }

    /// When the step happens that is told.
    pub(super) fn at(&self) -> DateTime<FixedOffset> {
        self.author.at
    }

    /// The id of somebody.
    pub(super) fn id_of(&self, who: Who) -> i64 {
        self.stage.ground.people[who as usize]
    }

    /// The report, which the caller has written on the row.
    pub(super) fn report(&mut self, who: Who, failure_code: Option<&'static str>) -> Result<()> {
        self.is_done_by(who);
        let (id, at) = (self.id_of(who), self.author.at);
        self.row.reported_by = id;
        self.row.created_by = id;
        self.row.updated_by = id;
        self.row.updated_at = at;
        self.row.version = 1;
        self.failure_code = failure_code;
        if !self.is_brief {
            let record = told_new(&self.row, failure_code, None);
            self.trail
                .push_by(self.stage.key, &self.author, None, (None, Some(&record)))?;
            self.remember();
            self.row.version_seq = self.row.audit_seq;
        }
        Ok(())
    }

    /// Some time later, somebody does something: what follows up to [`Story::changed`] is one change.
    pub(super) fn then(&mut self, who: Who) {
        let part = self.rng.random_range(20..160_i64);
        let later = self.author.at + TimeDelta::microseconds(self.pace * part / 100);
        self.author.at = later.min(self.stage.now);
        self.is_done_by(who);
    }

    fn is_done_by(&mut self, who: Who) {
        let person = &PEOPLE[who as usize];
        self.author.id = Some(self.id_of(who));
        self.author.name = person.display_name.to_owned();
        self.roles = [person.role].into_iter().collect();
    }

    /// Writes a field of the record.
    pub(super) fn put<T: Serialize>(
        &mut self,
        name: &str,
        column: fn(&mut defect::Model) -> &mut T,
        value: T,
    ) -> Result<()> {
        self.require(name)?;
        let new = json!(value);
        let old = json!(std::mem::replace(column(&mut self.row), value));
        self.note(name, &old, &new)
    }

    /// Writes until when it is to be done.
    pub(super) fn put_due_at(&mut self, due_at: DateTime<FixedOffset>) -> Result<()> {
        self.require("due_at")?;
        let old = self.row.due_at.replace(due_at);
        // What has passed was told of at its time: the server is not to tell of ten years in its first minute.
        self.row.overdue_told = Some(due_at).filter(|due| *due < self.stage.now);
        self.note(
            "due_at",
            &json!(old.as_ref().map(Instant::show)),
            &json!(Instant::show(&due_at)),
        )
    }

    /// Writes the failure code.
    pub(super) fn put_failure_code(&mut self, id: i64, code: &'static str) -> Result<()> {
        self.require("failure_code")?;
        self.row.failure_code_id = Some(id);
        let old = self.failure_code.replace(code);
        self.note("failure_code", &json!(old), &json!(code))
    }

    /// Writes the cause.
    pub(super) fn put_cause(&mut self, id: i64, code: &'static str) -> Result<()> {
        self.require("cause")?;
        self.row.cause_id = Some(id);
        let old = self.cause.replace(code);
        self.note("cause", &json!(old), &json!(code))
    }

    /// Ends a change that moves the version.
    pub(super) fn changed(&mut self) {
        if self.has_changed {
            self.remember();
            self.row.version += 1;
            self.row.version_seq = self.row.audit_seq;
            self.row.updated_at = self.author.at;
            self.row.updated_by = self.author.id.unwrap_or(self.row.updated_by);
        }
        self.has_changed = false;
    }

    /// Ends a change beside the record.
    fn added(&mut self) {
        self.remember();
        self.has_changed = false;
    }

    fn remember(&mut self) {
        self.row.audit_seq = self.trail.seq();
        self.row.audit_head = self.trail.head().to_owned();
    }

    fn note(&mut self, name: &str, old: &Json, new: &Json) -> Result<()> {
        if old == new {
            return Ok(());
        }
        self.has_changed = true;
        if self.is_brief {
            return Ok(());
        }
        self.trail.push_by(
            self.stage.key,
            &self.author,
            Some(name),
            (Some(old), Some(new)),
        )
    }

    /// The table of rights must allow what is told.
    fn require(&self, name: &str) -> Result<()> {
        let own = self.author.id == Some(self.row.reported_by);
        let may = |right: &Right| right.access(self.roles, self.status, own) == Access::Write;
        if Right::of(name).is_none_or(may) {
            return Ok(());
        }
        let (who, status) = (&self.author.name, self.status);
        Err(Error::internal(format!(
            "demo: {who} may not write {name} in {status}"
        )))
    }
}

/// A record on which nothing is written yet.
fn blank(id: i64, at: DateTime<FixedOffset>) -> defect::Model {
    defect::Model {
        id,
        tag_number: String::new(),
        status: Status::Reported.word().to_owned(),
        version: 0,
        version_seq: 0,
        audit_seq: 0,
        audit_head: String::new(),
        origin: String::new(),
        severity: None,
        failure_code_id: None,
        part_id: 0,
        lot_number: None,
        work_order: None,
        work_center_id: 0,
        customer_id: None,
        supplier_id: None,
        title: String::new(),
        description: String::new(),
        language: String::new(),
        quantity_inspected: None,
        quantity_defective: 0,
        units_sampled: None,
        defects_found: None,
        detected_at: at,
        reported_at: at,
        reported_by: 0,
        assignee_id: None,
        due_at: None,
        is_contained: false,
        hold_location: None,
        process_analysis: None,
        repair_process: None,
        engineering_findings: None,
        root_cause: None,
        cause_id: None,
        repeat_of_id: None,
        closed_at: None,
        closed_by: None,
        external_system: None,
        external_id: None,
        created_at: at,
        created_by: 0,
        updated_at: at,
        updated_by: 0,
        held_at: None,
        hold_until: None,
        hold_reason: None,
        held_seconds: None,
        due_by_rule: None,
        overdue_told: None,
        votes_told: None,
    }
}
