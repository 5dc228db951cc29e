//! Every way to write on a record, tried all at once: for records, servers and tokens on which none may work.

use serde_json::{Value as Json, json};
use service::System;
use service::actor::Actor;
use service::defects::{self, cost, labor, lines, serials, transition};
use service::lifecycle::Action;
use service::role::Role;
use service::words::Status;
use testkit::{PASSWORD, TestSystem, each_db};

use crate::plant::{ANY, body, kind, lines_of, rows, shown};

/// A record with something of each kind under it.
pub(crate) struct Laden {
    pub(crate) id: i64,
    pub(crate) line: i64,
    pub(crate) labor: i64,
    pub(crate) cost: i64,
    pub(crate) serial: i64,
}

impl Laden {
    /// A record in disposition.
    pub(crate) async fn in_disposition(t: &TestSystem) -> Self {
        let id = t.bring_to(Status::Disposition).await.item.id;
        let engineer = t.member(Role::TechEngineer).await;
        let work = body(json!({"work_date": "2026-11-20", "minutes": 30, "activity": "sort"}));
        let worked = labor::add(t, &engineer, id, &ANY, &work, None).await;
        let money = body(json!({"kind": "freight", "amount": "7.50"}));
        let paid = cost::add(t, &engineer, id, &ANY, &money, None).await;
        let serial = body(json!({"serial_number": "SN-1"}));
        let serial = serials::add(t, &engineer, id, &ANY, &serial, None).await;
        Self {
            id,
            line: t.line(id, "scrap", "10").await.id,
            labor: worked.unwrap().item.id,
            cost: paid.unwrap().item.id,
            serial: serial.unwrap().item.id,
        }
    }

    /// Tries everything that changes the record or what stands under it, and tells what became of each.
    pub(crate) async fn write_all(
        &self,
        system: &System,
        actor: &Actor,
    ) -> Vec<(&'static str, &'static str)> {
        let (s, a, id) = (system, actor, self.id);
        let patch = body(json!({"title": "Other", "is_contained": true}));
        let line = body(json!({"disposition": "scrap", "quantity": "1", "justification": "So."}));
        let other = body(json!({"justification": "Other."}));
        let work = body(json!({"work_date": "2026-11-20", "minutes": 5, "activity": "sort"}));
        let money = body(json!({"kind": "freight", "amount": "1"}));
        let serial = body(json!({"serial_number": "SN-2"}));
        let reason = body(json!({"reason": "No."}));
        vec![
            (
                "patch",
                kind(&defects::change(s, a, id, &ANY, &patch).await),
            ),
            (
                "add line",
                kind(&lines::add(s, a, id, &ANY, &line, None).await),
            ),
            (
                "change line",
                kind(&lines::change(s, a, id, self.line, &ANY, &other).await),
            ),
            (
                "remove line",
                kind(&lines::remove(s, a, id, self.line, &ANY).await),
            ),
            (
                "add labor",
                kind(&labor::add(s, a, id, &ANY, &work, None).await),
            ),
            (
                "reverse labor",
                kind(&labor::reverse(s, a, (id, self.labor), &ANY, &reason, None).await),
            ),
            (
                "add cost",
                kind(&cost::add(s, a, id, &ANY, &money, None).await),
            ),
            (
                "reverse cost",
                kind(&cost::reverse(s, a, (id, self.cost), &ANY, &reason, None).await),
            ),
            (
                "add serial",
                kind(&serials::add(s, a, id, &ANY, &serial, None).await),
            ),
            (
                "remove serial",
                kind(&serials::remove(s, a, id, self.serial, &ANY).await),
            ),
            (
                "act",
                kind(&transition::act(s, a, id, &ANY, &body(approval()), None).await),
            ),
        ]
    }
}

fn approval() -> Json {
    json!({"action": "approve_disposition"})
}

/// All but what was answered so.
pub(crate) fn otherwise(
    answers: &[(&'static str, &'static str)],
    expected: &str,
) -> Vec<(&'static str, &'static str)> {
    answers
        .iter()
        .filter(|(_, answer)| *answer != expected)
        .copied()
        .collect()
}

each_db! {
    async fn an_open_record_takes_all_of_it(t: TestSystem) {
        let record = Laden::in_disposition(&t).await;
        let manager = t.member(Role::QualityManager).await;
        let answers = record.write_all(&t, &manager).await;
        // One line of ten was removed, and one of one added.
        assert_eq!(otherwise(&answers, "ok"), [("act", "invalid")]);
    }

    async fn nothing_is_written_on_a_record_that_is_closed_or_void(t: TestSystem) {
        for end in [Status::Closed, Status::Void] {
            let record = Laden::in_disposition(&t).await;
            match end {
                Status::Void => drop(t.act(Role::QualityManager, record.id, Action::Void).await),
                end => drop(t.bring(record.id, end).await),
            }
            let before = (rows(&t).await, shown(&t, record.id).await, lines_of(&t, record.id).await);
            let everybody = t.user_with(Role::ALL).await;
            for actor in [t.member(Role::QualityManager).await, everybody] {
                let answers = record.write_all(&t, &actor).await;
                assert_eq!(otherwise(&answers, "wrong state"), [], "{end}");
                let start = json!({"action": "close", "signature": {"password": PASSWORD, "meaning": "closure"}});
                let again = transition::act(&t, &actor, record.id, &ANY, &body(start), None).await;
                assert_eq!(kind(&again), "wrong state");
            }
            assert_eq!((rows(&t).await, shown(&t, record.id).await, lines_of(&t, record.id).await), before);
        }
    }
}
