//! Anybody does anything, thousands of times: only what the tables allow succeeds, quantities balance, costs add up, a
//! closed record does not change, and every change has its row in the history.

use entity::{audit_event, defect as defect_table};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value as Json, json};
use service::actor::Actor;
use service::approval_rule;
use service::audit::verify;
use service::defects::lines::LineView;
use service::defects::{self, DefectView, approvals, cost, labor, lines, totals, transition};
use service::lifecycle::{Action, TRANSITIONS};
use service::role::Role;
use service::version::IfMatch;
use service::words::{Disposition, LineStatus, Status};
use service::{Draft, Error, Result};
use testkit::design::{self, Expected, ROLES, expected_move};
use testkit::{Engine, PASSWORD, TestSystem, defect, each_db};

const ANY: IfMatch = IfMatch::Any;

/// How many records are on their way at once.
const RECORDS: usize = 6;

each_db! {
    async fn whatever_anybody_does_the_records_stay_in_order(t: TestSystem) {
        let steps = if t.engine == Engine::Sqlite { 10_000 } else { 500 };
        approval_rule::seed(&t).await.unwrap();
        let mut walk = Walk::begin(&t, 5).await;
        for step in 0..steps {
            walk.step(step).await;
        }
        let checked = verify(&t, |_| ()).await.unwrap();
        assert_eq!(checked.findings, []);
        assert!(walk.done * 10 > steps, "{} of {steps} steps did something", walk.done);
        assert!(walk.closed > 0, "no record was closed in {steps} steps");
    }
}

/// A record, and what its entries come to by the walk's own count.
struct Known {
    id: i64,
    minutes: i64,
    /// Minor units.
    cost: i64,
}

struct Walk<'a> {
    t: &'a TestSystem,
    rng: ChaCha8Rng,
    people: Vec<(Role, Actor)>,
    viewer: Actor,
    records: Vec<Known>,
    done: usize,
    closed: usize,
}

/// What somebody tries.
#[derive(Clone, Debug)]
enum Attempt {
    Move(Action),
    Vote(Json),
    AddLine(Json),
    RemoveLine(i64),
    PatchLine(i64, Json),
    Edit(Json),
    Labor(i64),
    Cost(i64),
}

impl<'a> Walk<'a> {
    async fn begin(t: &'a TestSystem, seed: u64) -> Self {
        let mut people = Vec::new();
        for role in ROLES {
            for _ in 0..2 {
                people.push((role, t.user(role).await));
            }
        }
        let mut walk = Self {
            t,
            rng: ChaCha8Rng::seed_from_u64(seed),
            people,
            viewer: t.member(Role::Viewer).await,
            records: Vec::new(),
            done: 0,
            closed: 0,
        };
        for _ in 0..RECORDS {
            let new = walk.report().await;
            walk.records.push(new);
        }
        walk
    }

    async fn report(&mut self) -> Known {
        let tag = match self.rng.random_range(0..5_u32) {
            0 => defect().critical(),
            1 | 2 => defect().major(),
            _ => defect().minor(),
        };
        let reporter = self.t.member(Role::Inspector).await;
        Known {
            id: self.t.report(&reporter, tag).await.item.id,
            minutes: 0,
            cost: 0,
        }
    }

    fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.rng.random_range(0..choices.len())]
    }

    async fn step(&mut self, step: usize) {
        let place = self.rng.random_range(0..RECORDS);
        let id = self.records[place].id;
        let before = self.shown(id).await;
        let is_over = matches!(before.item.status, Status::Closed | Status::Void);
        if is_over && self.rng.random_range(0..10_u32) == 0 {
            self.records[place] = self.report().await;
            return;
        }
        if !is_over && self.rng.random_range(0..8_u32) == 0 {
            self.help(place).await;
            return;
        }
        let lines = self.lines(id).await;
        let attempt = self.attempt(&before, &lines);
        let who = self.rng.random_range(0..self.people.len());
        let (role, actor) = self.people[who].clone();
        let answer = self.try_it(&actor, id, &attempt).await;
        let told = format!(
            "step {step}: {role} {attempt:?} in {}: {answer:?}",
            before.item.status
        );
        let after = self.shown(id).await;
        match answer {
            Ok(()) => {
                self.done += 1;
                self.count(place, &attempt);
                require_legal(role, &attempt, (&before, &after), &told);
            }
            Err(Error::Database(_) | Error::Internal(_)) => panic!("{told}"),
            Err(_) => assert_eq!(after, before, "{told}"),
        }
        self.closed += usize::from(after.item.status == Status::Closed && !is_over);
        self.require_order(place, &after, &told).await;
    }

    /// What keeps a record from going on is done by the team, which half of the time takes the next step as well: by
    /// chance alone hardly any record comes to its end.
    async fn help(&mut self, place: usize) {
        let id = self.records[place].id;
        self.t.make_ready(id).await;
        let ready = self.shown(id).await;
        self.records[place].minutes = ready.labor_minutes;
        let onward = match ready.item.status {
            Status::Reported => Action::StartAnalysis,
            Status::Analysis => Action::SubmitAnalysis,
            Status::Disposition => Action::ApproveDisposition,
            Status::Execution => Action::CompleteExecution,
            Status::Verification | Status::Closed | Status::Void => Action::Close,
        };
        if self.rng.random_range(0..2_u32) == 0 {
            let manager = self.t.member(Role::QualityManager).await;
            let taken = self.try_it(&manager, id, &Attempt::Move(onward)).await;
            self.closed += usize::from(taken.is_ok() && onward == Action::Close);
        }
    }

    async fn shown(&self, id: i64) -> DefectView {
        defects::show(self.t, &self.viewer, id).await.unwrap()
    }

    async fn lines(&self, id: i64) -> Vec<LineView> {
        let all = Draft::json(&json!({"limit": 200}));
        let page = lines::list(self.t, &self.viewer, id, &all).await;
        page.unwrap().items
    }

    fn attempt(&mut self, record: &DefectView, all: &[LineView]) -> Attempt {
        match self.rng.random_range(0..20_u32) {
            0..=6 => Attempt::Move(self.action(record.item.status)),
            7 | 8 => self.vote(),
            9 | 10 => self.new_line(all),
            11 if !all.is_empty() => Attempt::RemoveLine(self.one_of(&ids(all))),
            12..=15 if !all.is_empty() => {
                let line = self.one_of(&ids(all));
                Attempt::PatchLine(line, self.line_patch())
            }
            16 => Attempt::Labor(self.rng.random_range(1..100)),
            17 => Attempt::Cost(self.rng.random_range(1..10_000)),
            _ => Attempt::Edit(self.patch()),
        }
    }

    /// Mostly one that begins in the record's state.
    fn action(&mut self, status: Status) -> Action {
        let begins = TRANSITIONS.iter().filter(|row| row.from.contains(&status));
        let begins: Vec<_> = begins.map(|row| row.action).collect();
        // Void ends a walk too early.
        let on: Vec<_> = begins
            .into_iter()
            .filter(|action| *action != Action::Void)
            .collect();
        if on.is_empty() || self.rng.random_range(0..10_u32) == 0 {
            return self.one_of(Action::ALL);
        }
        self.one_of(&on)
    }

    fn vote(&mut self) -> Attempt {
        let mut vote = json!({"decision": "approve"});
        if self.rng.random_range(0..6_u32) == 0 {
            vote = json!({"decision": "reject", "reason": "No.", "goes_back_to": self.one_of(&["analysis", "disposition"])});
        }
        if self.rng.random_range(0..2_u32) == 0 {
            vote["signature"] = json!({"password": PASSWORD, "meaning": "approval"});
        }
        Attempt::Vote(vote)
    }

    fn new_line(&mut self, all: &[LineView]) -> Attempt {
        let left = 10_000
            - all
                .iter()
                .map(|line| thousandths(&line.quantity))
                .sum::<i64>();
        let quantity = if left > 0 && self.rng.random_range(0..4_u32) > 0 {
            left
        } else {
            self.rng.random_range(1..12_000)
        };
        let disposition = self.one_of(Disposition::ALL);
        Attempt::AddLine(json!({
            "disposition": disposition, "quantity": service::value::Quantity::show(quantity),
            "justification": "So.", "authority": "engineering",
        }))
    }

    fn line_patch(&mut self) -> Json {
        match self.rng.random_range(0..8_u32) {
            0 | 1 => json!({"status": "done", "return_number": "RMA-1"}),
            2 | 3 => json!({"status": "done"}),
            4 => json!({"status": "in_execution"}),
            5 => json!({"reinspection_result": self.one_of(&["pass", "fail"])}),
            6 => {
                let part = self.rng.random_range(1..10_000);
                json!({"reinspection_result": "pass", "reinspection_quantity": service::value::Quantity::show(part)})
            }
            _ => json!({"authority": "engineering", "quantity": self.one_of(&["1", "5", "10"])}),
        }
    }

    fn patch(&mut self) -> Json {
        let number = self.t.number();
        match self.rng.random_range(0..5_u32) {
            0 => {
                json!({"severity": self.one_of(&["critical", "major", "minor"]), "is_contained": true})
            }
            1 => json!({"process_analysis": format!("Worn, {number}")}),
            2 => json!({"engineering_findings": format!("Found, {number}")}),
            3 => json!({"title": format!("Burr, {number}")}),
            _ => json!({"hold_location": format!("Cage {number}")}),
        }
    }

    async fn try_it(&self, actor: &Actor, id: i64, attempt: &Attempt) -> Result<()> {
        let t = self.t;
        let draft = |body: &Json| Draft::json(body);
        match attempt {
            Attempt::Move(action) => {
                let mut request = json!({"action": action.word()});
                let row = service::lifecycle::Transition::of(*action);
                if row.needs_reason {
                    request["reason"] = "Because.".into();
                }
                if row.needs_signature || (row.signed_by_rule && t.number().is_multiple_of(2)) {
                    request["signature"] = json!({"password": PASSWORD, "meaning": "approval"});
                }
                transition::act(t, actor, id, &ANY, &Draft::json(&request), None)
                    .await
                    .map(drop)
            }
            Attempt::Vote(vote) => {
                let draft = Draft::json(vote);
                approvals::cast(t, actor, id, &ANY, &draft, None)
                    .await
                    .map(drop)
            }
            Attempt::AddLine(new) => {
                let draft = Draft::json(new);
                lines::add(t, actor, id, &ANY, &draft, None).await.map(drop)
            }
            Attempt::RemoveLine(line) => lines::remove(t, actor, id, *line, &ANY).await.map(drop),
            Attempt::PatchLine(line, patch) => {
                let draft = Draft::json(patch);
                lines::change(t, actor, id, *line, &ANY, &draft)
                    .await
                    .map(drop)
            }
            Attempt::Edit(patch) => {
                let draft = draft(patch);
                defects::change(t, actor, id, &ANY, &draft).await.map(drop)
            }
            Attempt::Labor(minutes) => {
                let new = Draft::json(
                    &json!({"work_date": "2026-11-20", "minutes": minutes, "activity": "rework"}),
                );
                labor::add(t, actor, id, &ANY, &new, None).await.map(drop)
            }
            Attempt::Cost(amount) => {
                let amount = format!("{}.{:02}", amount / 100, amount % 100);
                let new = Draft::json(&json!({"kind": "material", "amount": amount}));
                cost::add(t, actor, id, &ANY, &new, None).await.map(drop)
            }
        }
    }

    fn count(&mut self, place: usize, attempt: &Attempt) {
        match attempt {
            Attempt::Labor(minutes) => self.records[place].minutes += minutes,
            Attempt::Cost(amount) => self.records[place].cost += amount,
            _ => {}
        }
    }

    async fn require_order(&self, place: usize, record: &DefectView, told: &str) {
        let known = &self.records[place];
        let lines = self.lines(known.id).await;
        let decided = matches!(
            record.item.status,
            Status::Execution | Status::Verification | Status::Closed
        );
        if decided {
            let sum: i64 = lines.iter().map(|line| thousandths(&line.quantity)).sum();
            assert_eq!(sum, thousandths(&record.item.quantity_defective), "{told}");
            let open =
                |line: &LineView| line.status == LineStatus::Proposed || line.decided_by.is_none();
            assert!(!lines.iter().any(open), "{told}");
        }
        let manager = self.t.member(Role::QualityManager).await;
        let totals = totals::show(self.t, &manager, known.id).await.unwrap();
        let money = totals.money.unwrap();
        assert_eq!(totals.labor_minutes, known.minutes, "{told}");
        let expected = format!("{}.{:02}", known.cost / 100, known.cost % 100);
        assert_eq!(
            (money.cost_total, money.total),
            (expected.clone(), expected),
            "{told}"
        );
        let db = self.t.db.reader();
        let row = defect_table::Entity::find_by_id(known.id)
            .one(db)
            .await
            .unwrap()
            .unwrap();
        let rows = audit_event::Entity::find()
            .filter(audit_event::Column::Entity.eq("defect"))
            .filter(audit_event::Column::EntityId.eq(known.id))
            .count(db)
            .await
            .unwrap();
        assert_eq!(row.audit_seq.unsigned_abs(), rows, "{told}");
    }
}

/// What succeeded was allowed, by the design's table and not by the code's.
fn require_legal(
    role: Role,
    attempt: &Attempt,
    (before, after): (&DefectView, &DefectView),
    told: &str,
) {
    let (from, to) = (before.item.status, after.item.status);
    match attempt {
        Attempt::Move(action) => {
            let row = design::TRANSITIONS
                .iter()
                .find(|row| row.0 == *action)
                .unwrap();
            assert_eq!(expected_move(row, role, from), Expected::Allowed, "{told}");
            let onward = *action == Action::ApproveDisposition && to == Status::Verification;
            assert!(to.word() == row.2 || onward, "{told}");
            assert_eq!(after.item.version, before.item.version + 1, "{told}");
        }
        Attempt::Vote(vote) => {
            assert_eq!(from, Status::Disposition, "{told}");
            let goes_back = vote["goes_back_to"] == "analysis";
            assert_eq!(
                to,
                if goes_back { Status::Analysis } else { from },
                "{told}"
            );
        }
        _ => {
            assert_eq!(to, from, "{told}");
            assert!(!matches!(from, Status::Closed | Status::Void), "{told}");
        }
    }
}

fn ids(all: &[LineView]) -> Vec<i64> {
    all.iter().map(|line| line.id).collect()
}

/// `"2.5"` as 2500.
fn thousandths(shown: &str) -> i64 {
    let (whole, part) = shown.split_once('.').unwrap_or((shown, ""));
    whole.parse::<i64>().unwrap() * 1_000 + format!("{part:0<3}").parse::<i64>().unwrap()
}
