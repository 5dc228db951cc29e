//! What is asked before a form is shown is answered as the deed itself: who may take what back, what of a line is open to
//! whom, which steps lead where.

use serde_json::json;
use service::actor::Actor;
use service::archive::Upload;
use service::defects::attachments::{self, Incoming};
use service::defects::lines::{self, LineRights};
use service::defects::{self, cost, labor, notes};
use service::input::Input;
use service::lifecycle::Action;
use service::role::Role;
use service::version::IfMatch;
use service::words::{Disposition, Status};
use service::{Draft, Error, Result};
use testkit::design::{Expected, RIGHTS, ROLES, TRANSITIONS, expected_move};
use testkit::{TestSystem, defect, each_db};

use super::outcome;

const ANY: IfMatch = IfMatch::Any;

/// A record's way from where work on it begins to its end.
const WAY: [Status; 5] = [
    Status::Analysis,
    Status::Disposition,
    Status::Execution,
    Status::Verification,
    Status::Closed,
];

/// Nothing is given that the deed asks for: whoever may do it is told only that.
fn nothing<T: Input>() -> Draft<T> {
    Draft::json(&json!({}))
}

fn tried<T: std::fmt::Debug>(answer: Result<T>) -> Expected {
    match answer {
        Err(Error::Invalid(_)) => Expected::Allowed,
        Ok(done) => panic!("it was done without a reason: {done:?}"),
        other => outcome(other).unwrap(),
    }
}

/// Somebody of a role whom no system knows.
fn somebody(role: Role) -> Actor {
    Actor {
        id: Some(1),
        roles: [role].into_iter().collect(),
        ..Actor::command_line()
    }
}

async fn work(t: &TestSystem, actor: &Actor, record: i64) -> i64 {
    let new = json!({"work_date": "2026-11-20", "minutes": 30, "activity": "rework"});
    let added = labor::add(t, actor, record, &ANY, &Draft::json(&new), None).await;
    added.unwrap().item.id
}

async fn spend(t: &TestSystem, actor: &Actor, record: i64) -> i64 {
    let new = json!({"kind": "material", "amount": "12.50"});
    let added = cost::add(t, actor, record, &ANY, &Draft::json(&new), None).await;
    added.unwrap().item.id
}

each_db! {
    async fn who_may_reverse_an_entry_is_told_before_he_is_asked_why(t: TestSystem) {
        let manager = t.member(Role::QualityManager).await;
        let record = t.bring_to(Status::Analysis).await.item.id;
        let (worked, spent) = (work(&t, &manager, record).await, spend(&t, &manager, record).await);
        for status in WAY {
            t.bring(record, status).await;
            let entries = labor::list(&t, &manager, record, &nothing()).await.unwrap().items;
            let costs = cost::list(&t, &manager, record, &nothing()).await.unwrap().items;
            for role in ROLES {
                let actor = t.member(role).await;
                let asked = labor::may_reverse(&t, &actor, (record, worked)).await;
                let done = tried(labor::reverse(&t, &actor, (record, worked), &ANY, &nothing(), None).await);
                assert_eq!(outcome(asked).unwrap(), done, "{role} reverses labor while {status}");
                let may = defects::permissions(&t, &actor, record).await.unwrap();
                let entry = entries.iter().find(|one| one.id == worked).unwrap();
                let offered = labor::reversible(&may, entry);
                assert_eq!(offered, done == Expected::Allowed, "{role}, labor while {status}");
                let asked = cost::may_reverse(&t, &actor, (record, spent)).await;
                let done = tried(cost::reverse(&t, &actor, (record, spent), &ANY, &nothing(), None).await);
                assert_eq!(outcome(asked).unwrap(), done, "{role} reverses cost while {status}");
                let entry = costs.iter().find(|one| one.id == spent).unwrap();
                let offered = cost::reversible(&may, entry);
                assert_eq!(offered, done == Expected::Allowed, "{role}, cost while {status}");
            }
        }
    }

    async fn neither_a_reversal_nor_what_it_reverses_is_reversed_wherever_it_is_listed(t: TestSystem) {
        let manager = t.member(Role::QualityManager).await;
        let record = t.bring_to(Status::Analysis).await.item.id;
        let (first, second) = (work(&t, &manager, record).await, work(&t, &manager, record).await);
        let reason = Draft::json(&json!({"reason": "Another record's."}));
        let reversal = labor::reverse(&t, &manager, (record, first), &ANY, &reason, None).await.unwrap().item.id;
        let all = labor::list(&t, &manager, record, &nothing()).await.unwrap().items;
        let may = defects::permissions(&t, &manager, record).await.unwrap();
        let offered = all.iter().filter(|one| labor::reversible(&may, one));
        assert_eq!(offered.map(|one| one.id).collect::<Vec<_>>(), [second]);
        let page = labor::list(&t, &manager, record, &Draft::json(&json!({"limit": 1}))).await.unwrap().items;
        assert_eq!(page[0].id, first, "its reversal stands on the next page");
        assert!(!labor::reversible(&may, &page[0]));
        for entry in [first, reversal] {
            let asked = labor::may_reverse(&t, &manager, (record, entry)).await;
            assert!(matches!(asked, Err(Error::WrongState(_))), "{asked:?}");
        }
        let other = t.bring_to(Status::Analysis).await.item.id;
        let elsewhere = labor::may_reverse(&t, &manager, (other, second)).await;
        assert!(matches!(elsewhere, Err(Error::NotFound("labor entry"))), "{elsewhere:?}");
    }

    async fn who_may_redact_a_note_is_told_before_he_is_asked_why(t: TestSystem) {
        let inspector = t.member(Role::Inspector).await;
        let record = t.report(&inspector, defect().major()).await.item.id;
        let said = Draft::json(&json!({"body": "Call Ana."}));
        let note = notes::add(&t, &inspector, record, &ANY, &said, None).await.unwrap().item;
        for status in [Status::Reported, Status::Closed] {
            t.bring(record, status).await;
            for role in ROLES {
                let actor = t.member(role).await;
                let asked = notes::may_redact(&t, &actor, (record, note.id)).await;
                let done = tried(notes::redact(&t, &actor, (record, note.id), &ANY, &nothing(), None).await);
                assert_eq!(outcome(asked).unwrap(), done, "{role} while {status}");
                assert_eq!(notes::redactable(&actor, &note), done == Expected::Allowed, "{role} while {status}");
                assert_eq!(done == Expected::Allowed, role == Role::QualityManager, "{role} while {status}");
            }
        }
        let manager = t.member(Role::QualityManager).await;
        let reason = Draft::json(&json!({"reason": "A name."}));
        let redacted = notes::redact(&t, &manager, (record, note.id), &ANY, &reason, None).await.unwrap().item;
        assert!(!notes::redactable(&manager, &redacted));
        let again = notes::may_redact(&t, &manager, (record, note.id)).await;
        assert!(matches!(again, Err(Error::WrongState(_))), "{again:?}");
    }

    async fn who_may_make_a_file_void_is_told_before_he_is_asked_why(t: TestSystem) {
        let inspector = t.member(Role::Inspector).await;
        let record = t.report(&inspector, defect().major()).await.item.id;
        let mut upload = Upload::begin_attachment(&std::env::temp_dir()).unwrap();
        upload.push(b"1.5;2.5\n").unwrap();
        let (name, arrived) = ("bore.csv".to_owned(), upload.end().unwrap());
        let file = Incoming { name, arrived };
        let file = attachments::add(&t, &inspector, record, &ANY, file, None).await.unwrap().item;
        let place = (record, file.id);
        for status in [Status::Reported, Status::Analysis, Status::Closed] {
            t.bring(record, status).await;
            for role in ROLES {
                let actor = t.member(role).await;
                let asked = attachments::may_void(&t, &actor, place).await;
                let done = tried(attachments::void(&t, &actor, place, &ANY, &nothing(), None).await);
                assert_eq!(outcome(asked).unwrap(), done, "{role} while {status}");
                let may = defects::permissions(&t, &actor, record).await.unwrap();
                let offered = attachments::voidable(&actor, &may, &file);
                assert_eq!(offered, done == Expected::Allowed, "{role} while {status}");
                let is_his = matches!(role, Role::Inspector | Role::QualityEngineer | Role::QualityManager);
                assert_eq!(offered, is_his && status != Status::Closed, "{role} while {status}");
            }
        }
    }

    async fn what_is_open_of_a_line_follows_its_record_and_its_own_progress(t: TestSystem) {
        let record = t.bring_to(Status::Disposition).await.item.id;
        let rework = t.line(record, "rework", "7").await.id;
        t.line(record, "no_defect_found", "3").await;
        // The first asks for the authority of engineering, which nobody gives.
        let (quality, asks) = (t.member(Role::QualityEngineer).await, json!({"authority": "engineering"}));
        lines::change(&t, &quality, record, rework, &ANY, &Draft::json(&asks)).await.unwrap();
        for status in &WAY[1..] {
            t.bring(record, *status).await;
            for role in ROLES {
                let actor = t.member(role).await;
                let may = defects::permissions(&t, &actor, record).await.unwrap();
                let writes = |field: &str| {
                    let row = RIGHTS.iter().find(|row| row.fields.contains(&field)).unwrap();
                    row.expected(role, *status, false) == Expected::Allowed
                };
                for line in lines::list(&t, &actor, record, &nothing()).await.unwrap().items {
                    let is_worked = line.disposition == Disposition::Rework;
                    let tells = writes("disposition_lines.status");
                    let expected = LineRights {
                        change: writes("disposition_lines"),
                        authorise: writes("disposition_lines") && is_worked && role == Role::TechEngineer,
                        remove: writes("disposition_lines"),
                        tell: tells,
                        // Of what is no defect nothing remains to be done once it is approved.
                        start: tells && is_worked,
                        finish: tells && is_worked,
                        inspect: writes("disposition_lines.reinspection_result") && is_worked,
                    };
                    assert_eq!(LineRights::of(&actor, &may, &line), expected, "{role}: {} while {status}", line.disposition);
                }
            }
        }
    }
}

#[test]
fn a_state_is_led_to_from_where_and_by_whom_the_design_says() {
    for role in ROLES {
        for to in Status::ALL {
            let moves = defects::moves_to(&somebody(role), *to).into_iter();
            let moves: Vec<_> = moves.map(|(from, row)| (from, row.action)).collect();
            let rows = TRANSITIONS.iter().filter(|row| row.2 == to.word());
            let expected = rows.flat_map(|row| {
                let from = Status::ALL.iter().copied();
                let from =
                    from.filter(move |from| expected_move(row, role, *from) == Expected::Allowed);
                from.map(move |from| (from, row.0))
            });
            assert_eq!(moves, expected.collect::<Vec<_>>(), "{role} to {to}");
        }
    }
}

#[test]
fn what_a_role_ever_does_is_what_it_does_in_some_state() {
    for role in ROLES {
        let actor = somebody(role);
        for field in ["assignee_id", "severity", "title", "cost_entries"] {
            let row = RIGHTS.iter().find(|row| row.fields.contains(&field));
            let mut states = Status::ALL.iter();
            let ever = states
                .any(|status| row.unwrap().expected(role, *status, true) == Expected::Allowed);
            assert_eq!(defects::ever_writes(&actor, field), ever, "{role}: {field}");
        }
        for row in TRANSITIONS {
            let mut states = Status::ALL.iter();
            let ever = states.any(|status| expected_move(row, role, *status) == Expected::Allowed);
            assert_eq!(
                defects::ever_takes(&actor, row.0),
                ever,
                "{role}: {}",
                row.0
            );
        }
    }
    assert!(!defects::ever_writes(
        &somebody(Role::QualityManager),
        "nothing"
    ));
}

#[test]
fn a_token_that_only_reads_leads_nowhere() {
    let actor = Actor {
        scopes: Some(service::actor::Scopes {
            read: true,
            metrics: false,
        }),
        ..somebody(Role::QualityManager)
    };
    assert!(defects::moves_to(&actor, Status::Analysis).is_empty());
    assert!(!defects::ever_takes(&actor, Action::StartAnalysis));
    assert!(!defects::ever_writes(&actor, "severity"));
}
