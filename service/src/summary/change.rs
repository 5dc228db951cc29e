//! What a change of a record adds to the sums and takes from them.
//!
//! A record as the sums see it is [`Seen`]; everything of it together is [`all_of`]. A change of its state, its closure,
//! its lines or its costs adds its own rows alone. One that moves it elsewhere (another part, another quantity) or makes
//! it void takes everything of it from where it was and adds it where it is, for which its lines, costs and moves are read.

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset, NaiveDate};
use entity::{defect, disposition_line, summary_delta};
use sea_orm::ActiveValue::{self, Set};
use sea_orm::sea_query::InsertStatement;
use sea_orm::{EntityTrait, QueryTrait};

use super::whole::{Spent, Whole, of_line};
use super::{Delta, Dims, NO_WORD, Of, Sums, Topic};
use crate::error::Result;
use crate::setting::Settings;
use crate::system::Unit;
use crate::words::Status;

/// A record as the sums see it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Seen {
    dims: Dims,
    defective: i64,
    inspected: Option<i64>,
    reported_at: DateTime<FixedOffset>,
    closed_at: Option<DateTime<FixedOffset>>,
    status: String,
}

/// What a change did beside the record's own columns.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Beside {
    spent: Vec<Spent>,
    /// Dispositions: lines and quantities more or less than before.
    lines: Vec<(String, Sums)>,
}

impl Seen {
    pub(crate) fn of(row: &defect::Model) -> Self {
        Self {
            dims: Dims {
                part: row.part_id,
                work_center: row.work_center_id,
                supplier: row.supplier_id,
                failure_code: row.failure_code_id,
                cause: row.cause_id,
            },
            defective: row.quantity_defective,
            inspected: row.quantity_inspected,
            reported_at: row.reported_at,
            closed_at: row.closed_at,
            status: row.status.clone(),
        }
    }

    /// As it is after a change that sets these columns.
    pub(crate) fn with(&self, set: &defect::ActiveModel) -> Self {
        let mut after = self.clone();
        put(&mut after.dims.part, &set.part_id);
        put(&mut after.dims.work_center, &set.work_center_id);
        put(&mut after.dims.supplier, &set.supplier_id);
        put(&mut after.dims.failure_code, &set.failure_code_id);
        put(&mut after.dims.cause, &set.cause_id);
        put(&mut after.defective, &set.quantity_defective);
        put(&mut after.inspected, &set.quantity_inspected);
        put(&mut after.closed_at, &set.closed_at);
        put(&mut after.status, &set.status);
        after
    }

    fn is_void(&self) -> bool {
        self.status == Status::Void.word()
    }

    fn is_elsewhere(&self, before: &Self) -> bool {
        (self.dims, self.defective, self.inspected)
            != (before.dims, before.defective, before.inspected)
    }
}

fn put<T: Clone + Into<sea_orm::Value>>(slot: &mut T, value: &ActiveValue<T>) {
    if let ActiveValue::Set(value) = value {
        slot.clone_from(value);
    }
}

impl Beside {
    /// Money was spent, or came back.
    pub(crate) fn spent(&mut self, spent: Spent) {
        self.spent.push(spent);
    }

    /// A line was added.
    pub(crate) fn line_added(&mut self, line: &disposition_line::Model) {
        self.lines.push((line.disposition.clone(), of_line(line)));
    }

    /// A line was changed; nothing where it is of the same disposition and quantity.
    pub(crate) fn line_changed(
        &mut self,
        before: &disposition_line::Model,
        after: &disposition_line::Model,
    ) {
        let told = |line: &disposition_line::Model| (line.disposition.clone(), line.quantity);
        if told(before) != told(after) {
            self.line_removed(before);
            self.line_added(after);
        }
    }

    /// A line was removed.
    pub(crate) fn line_removed(&mut self, line: &disposition_line::Model) {
        self.lines.push((line.disposition.clone(), -of_line(line)));
    }
}

/// Deltas while they are gathered: those of one place are one.
struct Gathered<'a> {
    settings: &'a Settings,
    found: BTreeMap<Of, Sums>,
    sign: fn(Sums) -> Sums,
}

impl<'a> Gathered<'a> {
    fn new(settings: &'a Settings) -> Self {
        Self {
            settings,
            found: BTreeMap::new(),
            sign: |sums| sums,
        }
    }

    fn day(&self, at: &DateTime<FixedOffset>) -> NaiveDate {
        self.settings.day(at)
    }

    fn add(&mut self, of: Of, sums: Sums) {
        *self.found.entry(of).or_default() += (self.sign)(sums);
    }

    fn on_report(&mut self, seen: &Seen, topic: Topic, word: &str, sums: Sums) {
        let of = Of {
            day: self.day(&seen.reported_at),
            topic,
            dims: seen.dims,
            word: word.to_owned(),
            days: None,
        };
        self.add(of, sums);
    }

    /// A record in state `word`, once more or once less; and when it came into it or left it.
    fn state(&mut self, seen: &Seen, word: &str, records: i64, came: Option<i64>, left: i64) {
        let sums = Sums {
            records,
            quantity: came.is_some().into(),
            seconds: left - came.unwrap_or(0),
            ..Sums::default()
        };
        self.on_report(seen, Topic::State, word, sums);
    }

    fn closed(&mut self, seen: &Seen) {
        let Some(at) = seen.closed_at else {
            return;
        };
        let (reported, closed) = (self.day(&seen.reported_at), self.day(&at));
        let of = Of {
            day: closed,
            topic: Topic::Closed,
            dims: seen.dims,
            word: NO_WORD.to_owned(),
            days: Some((closed - reported).num_days()),
        };
        self.add(of, one());
    }

    fn spent(&mut self, seen: &Seen, spent: &Spent) {
        let of = Of {
            day: self.day(&spent.at),
            topic: Topic::Spent,
            dims: seen.dims,
            word: spent.word.to_owned(),
            days: None,
        };
        let sums = Sums {
            records: 1,
            amount: spent.amount,
            ..Sums::default()
        };
        self.add(of, sums);
        let net = Sums {
            amount: spent.net(),
            ..Sums::default()
        };
        self.on_report(seen, Topic::Cost, NO_WORD, net);
    }

    /// What becomes of a record's material; a record without a line is counted as such.
    fn disposed(&mut self, seen: &Seen, lines: &BTreeMap<String, Sums>) {
        let mut is_decided = false;
        for (disposition, sums) in lines.iter().filter(|(_, sums)| sums.records > 0) {
            is_decided = true;
            let sums = Sums {
                records: 1,
                quantity: sums.quantity,
                ..Sums::default()
            };
            self.on_report(seen, Topic::Disposed, disposition, sums);
        }
        if !is_decided {
            let sums = Sums {
                quantity: seen.defective,
                ..one()
            };
            self.on_report(seen, Topic::Disposed, NO_WORD, sums);
        }
    }

    /// Everything of a record.
    fn all(&mut self, seen: &Seen, whole: &Whole) {
        if seen.is_void() {
            return;
        }
        let reported = Sums {
            quantity: seen.defective,
            ..one()
        };
        self.on_report(seen, Topic::Reported, NO_WORD, reported);
        if let Some(inspected) = seen.inspected {
            let sums = Sums {
                amount: inspected,
                ..reported
            };
            self.on_report(seen, Topic::Inspected, NO_WORD, sums);
        }
        self.closed(seen);
        self.state(
            seen,
            Status::Reported.word(),
            0,
            Some(seen.reported_at.timestamp()),
            0,
        );
        for (old, new, at) in &whole.moves {
            self.state(seen, old, 0, None, at.timestamp());
            self.state(seen, new, 0, Some(at.timestamp()), 0);
        }
        self.state(seen, &seen.status, 1, None, 0);
        self.disposed(seen, &whole.lines);
        for spent in &whole.spent {
            self.spent(seen, spent);
        }
    }

    /// Takes everything of a record away.
    fn nothing_of(&mut self, seen: &Seen, whole: &Whole) {
        self.sign = |sums| -sums;
        self.all(seen, whole);
        self.sign = |sums| sums;
    }

    fn end(self) -> Vec<Delta> {
        let found = self.found.into_iter();
        let found = found.map(|(of, sums)| Delta { of, sums });
        found.filter(|delta| !delta.sums.is_nothing()).collect()
    }
}

fn one() -> Sums {
    Sums {
        records: 1,
        ..Sums::default()
    }
}

/// Everything of a record.
pub(crate) fn all_of(settings: &Settings, seen: &Seen, whole: &Whole) -> Vec<Delta> {
    let mut gathered = Gathered::new(settings);
    gathered.all(seen, whole);
    gathered.end()
}

/// What a new record adds.
pub(crate) fn told_new(settings: &Settings, row: &defect::Model) -> Vec<Delta> {
    all_of(settings, &Seen::of(row), &Whole::default())
}

/// What a change adds and takes away; asked before the history of the change is written.
pub(crate) async fn told(
    unit: &Unit<'_>,
    id: i64,
    (before, after): (&Seen, &Seen),
    beside: &Beside,
) -> Result<Vec<Delta>> {
    let mut gathered = Gathered::new(&unit.system.settings);
    if before.is_void() {
        return Ok(Vec::new());
    }
    if after.is_elsewhere(before) || after.is_void() {
        let whole = Whole::read(unit, id).await?;
        gathered.nothing_of(before, &whole);
        gathered.all(after, &whole);
        return Ok(gathered.end());
    }
    if before.status != after.status {
        let now = unit.now.timestamp();
        gathered.state(after, &before.status, -1, None, now);
        gathered.state(after, &after.status, 1, Some(now), 0);
    }
    if before.closed_at != after.closed_at {
        gathered.sign = |sums| -sums;
        gathered.closed(before);
        gathered.sign = |sums| sums;
        gathered.closed(after);
    }
    for spent in &beside.spent {
        gathered.spent(after, spent);
    }
    if !beside.lines.is_empty() {
        let now = Whole::read(unit, id).await?.lines;
        let mut earlier = now.clone();
        for (disposition, sums) in &beside.lines {
            *earlier.entry(disposition.clone()).or_default() += -*sums;
        }
        gathered.sign = |sums| -sums;
        gathered.disposed(after, &earlier);
        gathered.sign = |sums| sums;
        gathered.disposed(after, &now);
    }
    Ok(gathered.end())
}

/// The statement that adds deltas to their table; none where there are none.
pub(crate) fn insert(deltas: Vec<Delta>) -> Option<InsertStatement> {
    if deltas.is_empty() {
        return None;
    }
    let rows = deltas.into_iter().map(|Delta { of, sums }| {
        let Of {
            day,
            topic,
            dims,
            word,
            days,
        } = of;
        summary_delta::ActiveModel {
            day: Set(day),
            topic: Set(topic.word().to_owned()),
            part_id: Set(dims.part),
            work_center_id: Set(dims.work_center),
            supplier_id: Set(dims.supplier),
            failure_code_id: Set(dims.failure_code),
            cause_id: Set(dims.cause),
            word: Set(word),
            days: Set(days),
            records: Set(sums.records),
            quantity: Set(sums.quantity),
            amount: Set(sums.amount),
            seconds: Set(sums.seconds),
            ..Default::default()
        }
    });
    Some(summary_delta::Entity::insert_many(rows).into_query())
}
