//! A record's clock: the due date that the rules give it, the time that it stands on hold, and when it is overdue.

use chrono::TimeDelta;
use serde_json::{Value as Json, json};
use service::actor::Actor;
use service::defects::{self, DefectView, hold, overdue};
use service::role::Role;
use service::version::IfMatch;
use service::words::Status;
use service::{Error, System, due_rule};
use testkit::{TestSystem, defect, each_db};

use crate::plant::{
    ANY, assert_intact, body, change, history_of, kind, query, refused, sent, shown,
};

/// Adds a due rule; answers its id.
async fn rule(t: &TestSystem, severity: &str, milestone: &str, days: i64) -> i64 {
    let code = format!("R-{}", t.number());
    let new = json!({"code": code, "severity": severity, "milestone": milestone, "days": days});
    let added = due_rule::create(t, &Actor::command_line(), &body(new), None).await;
    added.unwrap().id
}

/// Until when a record is due.
async fn due(t: &TestSystem, id: i64) -> Option<String> {
    shown(t, id).await.item.due_at
}

fn end_of(day: &str) -> Option<String> {
    Some(format!("{day}T23:59:59.000000Z"))
}

async fn put_on_hold(
    system: &System,
    actor: &Actor,
    id: i64,
    request: Json,
) -> service::Result<DefectView> {
    hold::begin(system, actor, id, &ANY, &body(request), None).await
}

async fn release(system: &System, actor: &Actor, id: i64) -> service::Result<DefectView> {
    hold::release(system, actor, id, &ANY, &body(json!({})), None).await
}

/// The ids that the list has with this filter.
async fn found(t: &TestSystem, text: &str) -> Vec<i64> {
    let viewer = t.member(Role::Viewer).await;
    let page = defects::list(t, &viewer, &query(text)).await.unwrap();
    page.items.iter().map(|item| item.id).collect()
}

fn waiting() -> Json {
    json!({"reason": "The customer decides on the deviation."})
}

each_db! {
    async fn the_strictest_rule_of_what_comes_next_says_until_when(t: TestSystem) {
        let manager = t.member(Role::QualityManager).await;
        for (milestone, days) in [("containment", 1), ("disposition", 5), ("disposition", 7), ("closure", 30)] {
            rule(&t, "major", milestone, days).await;
        }
        rule(&t, "minor", "containment", 0).await;
        let record = t.report(&manager, defect().with("severity", "major")).await.item;
        assert_eq!(record.due_at, end_of("2026-11-21"), "at the report, where the severity is known");
        let inspector = t.member(Role::Inspector).await;
        let later = t.report(&inspector, defect()).await.item;
        assert_eq!(later.due_at, None);
        change(&t, &manager, later.id, json!({"severity": "major"})).await.unwrap();
        assert_eq!(due(&t, later.id).await, end_of("2026-11-21"), "with the severity");
        change(&t, &manager, later.id, json!({"severity": "minor"})).await.unwrap();
        assert_eq!(due(&t, later.id).await, end_of("2026-11-20"));
        change(&t, &inspector, record.id, json!({"is_contained": true})).await.unwrap();
        assert_eq!(due(&t, record.id).await, end_of("2026-11-25"), "contained: the disposition is next");
        t.bring(record.id, Status::Execution).await;
        assert_eq!(due(&t, record.id).await, end_of("2026-12-20"), "disposed: closure is next");
        t.bring(record.id, Status::Closed).await;
        assert_eq!(due(&t, record.id).await, end_of("2026-12-20"));
        assert_intact(&t).await;
    }

    async fn a_persons_due_date_stays_until_it_is_left_to_the_rules(t: TestSystem) {
        let manager = t.member(Role::QualityManager).await;
        rule(&t, "major", "closure", 30).await;
        let set = defect().with("severity", "major").with("due_at", "2026-12-01T12:00:00Z");
        let record = t.report(&manager, set).await.item.id;
        let mine = Some("2026-12-01T12:00:00.000000Z".to_owned());
        assert_eq!(due(&t, record).await, mine);
        change(&t, &manager, record, json!({"is_contained": true})).await.unwrap();
        assert_eq!(due(&t, record).await, mine);
        change(&t, &manager, record, json!({"due_at": null})).await.unwrap();
        assert_eq!(due(&t, record).await, end_of("2026-12-20"));
        change(&t, &manager, record, json!({"due_at": "2026-12-02T12:00:00Z"})).await.unwrap();
        t.bring(record, Status::Analysis).await;
        assert_eq!(due(&t, record).await.as_deref(), Some("2026-12-02T12:00:00.000000Z"));
        assert_intact(&t).await;
    }

    async fn without_rules_and_by_retired_ones_nothing_is_due(t: TestSystem) {
        let manager = t.member(Role::QualityManager).await;
        let id = rule(&t, "major", "closure", 30).await;
        let retired = body(json!({"is_active": false}));
        due_rule::change(&t, &Actor::command_line(), id, &ANY, &retired).await.unwrap();
        let record = t.report(&manager, defect().with("severity", "major")).await.item;
        assert_eq!(record.due_at, None);
    }

    async fn days_are_counted_in_the_systems_time_zone(t: TestSystem) {
        rule(&t, "major", "closure", 1).await;
        let manager = t.member(Role::QualityManager).await;
        let far_east = t.another_server(|options| options.settings.time_zone = "Asia/Tokyo".parse().unwrap());
        t.clock.advance(TimeDelta::hours(8));
        let form = t.form(&defect().with("severity", "major")).await;
        let record = defects::report(&far_east, &manager, &body(form), None).await.unwrap();
        // 16:00 UTC on the 20th is the 21st there, and the 22nd ends at 15:00 UTC.
        assert_eq!(record.item.due_at.as_deref(), Some("2026-11-22T14:59:59.000000Z"));
    }

    async fn a_hold_stops_the_clock_and_tells_why(t: TestSystem) {
        let engineer = t.member(Role::TechEngineer).await;
        rule(&t, "major", "closure", 30).await;
        let inspector = t.member(Role::Inspector).await;
        let record = t.report(&inspector, defect().major()).await.item.id;
        let until = json!({"reason": "The customer decides.", "until": "2026-11-27T12:00:00Z"});
        let held = put_on_hold(&t, &engineer, record, until).await.unwrap();
        assert_eq!((held.item.on_hold, held.item.version), (true, 3));
        let seen = sent(&held);
        assert_eq!(seen["hold_since"], "2026-11-20T08:00:00.000000Z");
        assert_eq!(seen["hold_reason"], "The customer decides.");
        assert_eq!(seen["hold_until"], "2026-11-27T12:00:00.000000Z");
        assert_eq!(kind(&put_on_hold(&t, &engineer, record, waiting()).await), "wrong state");
        t.clock.advance(TimeDelta::hours(49));
        let released = release(&t, &engineer, record).await.unwrap().item;
        assert_eq!(released.due_at.as_deref(), Some("2026-12-23T00:59:59.000000Z"), "49 hours later");
        assert_eq!((released.on_hold, released.hold_reason, released.hold_until), (false, None, None));
        assert_eq!(kind(&release(&t, &engineer, record).await), "wrong state");
        change(&t, &engineer, record, json!({"is_contained": true})).await.unwrap();
        assert_eq!(due(&t, record).await.as_deref(), Some("2026-12-23T00:59:59.000000Z"), "the rules know of it");
        let told: Vec<_> = history_of(&t, record).await.into_iter().filter(|event| event.reason.is_some()).collect();
        let fields: Vec<_> = told.iter().map(|event| event.field.as_deref().unwrap()).collect();
        assert_eq!(fields, ["hold_since", "hold_reason", "hold_until"]);
        assert_eq!(told[0].reason.as_deref(), Some("The customer decides."));
        assert_intact(&t).await;
    }

    async fn a_hold_is_asked_for_in_order(t: TestSystem) {
        let engineer = t.member(Role::TechEngineer).await;
        let record = t.bring_to(Status::Analysis).await.item.id;
        assert_eq!(refused(put_on_hold(&t, &engineer, record, json!({})).await), ["reason required"]);
        let past = json!({"reason": "x", "until": "2026-11-20T08:00:00Z"});
        assert_eq!(refused(put_on_hold(&t, &engineer, record, past).await), ["until range"]);
        let inspector = t.member(Role::Inspector).await;
        assert_eq!(kind(&put_on_hold(&t, &inspector, record, waiting()).await), "forbidden");
        assert_eq!(kind(&put_on_hold(&t, &engineer, 999_999, waiting()).await), "not found");
        let void = t.bring_to(Status::Void).await.item.id;
        assert_eq!(kind(&put_on_hold(&t, &engineer, void, waiting()).await), "wrong state");
        let (old, request) = (IfMatch::Versions(vec![1]), body(waiting()));
        let stale = hold::begin(&t, &engineer, record, &old, &request, None).await;
        assert_eq!(kind(&stale), "version stale");
    }

    async fn a_record_that_is_closed_is_not_on_hold_any_more(t: TestSystem) {
        let engineer = t.member(Role::TechEngineer).await;
        let record = t.bring_to(Status::Verification).await.item.id;
        change(&t, &engineer, record, json!({"due_at": "2026-12-01T12:00:00Z"})).await.unwrap();
        put_on_hold(&t, &engineer, record, waiting()).await.unwrap();
        t.clock.advance(TimeDelta::hours(1));
        let closed = t.bring(record, Status::Closed).await.item;
        assert_eq!((closed.on_hold, closed.hold_reason), (false, None));
        assert_eq!(closed.due_at.as_deref(), Some("2026-12-01T13:00:00.000000Z"));
        assert_intact(&t).await;
    }

    async fn what_is_overdue_is_open_not_on_hold_and_due_before_now(t: TestSystem) {
        let engineer = t.member(Role::TechEngineer).await;
        let due = json!({"due_at": "2026-11-20T09:00:00Z"});
        let mut ids = Vec::new();
        for status in [Status::Analysis, Status::Analysis, Status::Analysis, Status::Analysis] {
            let id = t.bring_to(status).await.item.id;
            change(&t, &engineer, id, due.clone()).await.unwrap();
            ids.push(id);
        }
        let [late, held, void, later] = ids[..] else { unreachable!() };
        let undated = t.bring_to(Status::Reported).await.item.id;
        put_on_hold(&t, &engineer, held, waiting()).await.unwrap();
        t.bring_to(Status::Closed).await;
        t.act(Role::QualityManager, void, service::lifecycle::Action::Void).await;
        change(&t, &engineer, later, json!({"due_at": "2026-11-20T11:00:00Z"})).await.unwrap();
        assert_eq!(found(&t, "overdue=true").await, Vec::<i64>::new());
        t.clock.advance(TimeDelta::hours(2));
        assert_eq!(found(&t, "overdue=true").await, [late]);
        let others = found(&t, "overdue=false&sort=tag_number").await;
        assert!([held, void, later, undated].iter().all(|id| others.contains(id)) && !others.contains(&late));
        let page = defects::list(&t, &engineer, &query("overdue=true&count=true&status=analysis,execution")).await.unwrap();
        assert_eq!(page.total, Some(1));
        release(&t, &engineer, held).await.unwrap();
        assert_eq!(found(&t, "overdue=true").await, [late], "it is due two hours later");
        t.clock.advance(TimeDelta::hours(2));
        assert_eq!(found(&t, "overdue=true&sort=tag_number").await, [late, held, later]);
    }

    async fn what_has_become_overdue_is_told_once_for_each_due_date(t: TestSystem) {
        let engineer = t.member(Role::TechEngineer).await;
        let mut ids = Vec::new();
        for hour in [10, 9] {
            let id = t.bring_to(Status::Analysis).await.item.id;
            let due = format!("2026-11-20T{hour:02}:00:00Z");
            change(&t, &engineer, id, json!({"due_at": due})).await.unwrap();
            ids.push(id);
        }
        let told = async || overdue::newly_overdue(&t).await.unwrap();
        assert_eq!(told().await, Vec::<i64>::new());
        t.clock.advance(TimeDelta::hours(3));
        let other = t.another_server(|_| ());
        let (one, two) = tokio::join!(overdue::newly_overdue(&t), overdue::newly_overdue(&other));
        let mut both: Vec<_> = one.unwrap().into_iter().chain(two.unwrap()).collect();
        both.sort_unstable();
        assert_eq!(both, ids, "each once, whoever of two servers tells it");
        assert_eq!(told().await, Vec::<i64>::new());
        let version = shown(&t, ids[0]).await.item.version;
        change(&t, &engineer, ids[0], json!({"due_at": "2026-11-20T10:30:00Z"})).await.unwrap();
        assert_eq!(told().await, [ids[0]], "another due date has passed");
        assert_eq!(shown(&t, ids[0]).await.item.version, version + 1, "being told is no change of the record");
        assert_intact(&t).await;
        let silent = t.another_server(|options| options.read_only = true);
        assert!(matches!(overdue::newly_overdue(&silent).await, Err(Error::ReadOnly)));
    }
}
