//! Until when the steps of a request are due: by the due rules, unless it is said; and which requests are overdue.

use chrono::TimeDelta;
use serde_json::{Value as Json, json};
use service::actor::Actor;
use service::corrective::overdue::{is_action_overdue, is_overdue, is_step_overdue};
use service::corrective::{self, CorrectiveView, actions};
use service::due_rule;
use service::role::Role;
use service::words::CorrectiveStatus;
use testkit::{TestSystem, defect, each_db};

use crate::{ANY, assert_intact, body, fields, history_of};

async fn rule(t: &TestSystem, severity: &str, milestone: &str, days: i64) -> i64 {
    let code = format!("R-{}", t.number());
    let new = json!({"code": code, "severity": severity, "milestone": milestone, "days": days});
    let added = due_rule::create(t, &Actor::command_line(), &body(new), None).await;
    added.unwrap().id
}

/// Until when D0, D3, D5 and D8 are due.
fn dates(request: &CorrectiveView) -> [Option<&str>; 4] {
    [&request.d0, &request.d3, &request.d5, &request.d8].map(|step| step.due_at.as_deref())
}

fn end_of(day: &str) -> String {
    format!("2026-{day}T23:59:59.000000Z")
}

async fn overdue(t: &TestSystem, wanted: bool) -> Vec<i64> {
    let viewer = t.member(Role::Viewer).await;
    let query = body(json!({"overdue": wanted, "sort": "created_at"}));
    let page = corrective::list(t, &viewer, &query).await.unwrap();
    assert!(
        page.items.iter().all(|row| row.is_overdue == wanted),
        "each says what the filter says"
    );
    page.items.iter().map(|row| row.item.id).collect()
}

each_db! {
    async fn a_new_request_gets_its_dates_from_the_strictest_rules_of_its_severity(t: TestSystem) {
        for (severity, milestone, days) in [
            ("critical", "d3", 0), ("critical", "d8", 14), ("major", "d3", 3), ("major", "d3", 1), ("major", "d5", 10),
            ("major", "d8", 30), ("minor", "d3", 20), ("major", "containment", 0),
        ] {
            rule(&t, severity, milestone, days).await;
        }
        let inspector = t.member(Role::Inspector).await;
        let mut tags = Vec::new();
        for tag in [defect().minor(), defect().major(), defect()] {
            tags.push(t.report(&inspector, tag).await.item.id);
        }
        let major = [None, Some(end_of("11-21")), Some(end_of("11-30")), Some(end_of("12-20"))];
        let major = major.each_ref().map(Option::as_deref);
        let of_defects = t.raise(json!({"defect_ids": tags})).await;
        assert_eq!(dates(&of_defects), major, "the worst of its defects");
        assert_eq!(dates(&t.raise(json!({})).await), major, "what nobody has judged");
        let minor = end_of("12-10");
        let of_minor = t.raise(json!({"defect_ids": [tags[0]]})).await;
        assert_eq!(dates(&of_minor), [None, Some(minor.as_str()), None, None]);
        let (first, last) = (end_of("11-20"), end_of("12-04"));
        let own = t.raise(json!({"severity": "critical", "defect_ids": tags})).await;
        assert_eq!(dates(&own), [None, Some(first.as_str()), None, Some(last.as_str())], "its own goes before theirs");
        let told = history_of(&t, own.item.id).await.remove(0).new_value.to_string();
        assert!(told.contains(&first), "{told}");
        t.set_request(own.item.id, json!({"severity": "minor"})).await;
        assert_eq!(dates(&t.request(own.item.id).await)[1], Some(first.as_str()), "what was agreed on stays");
        assert_intact(&t).await;
    }

    async fn what_is_given_goes_before_the_rules(t: TestSystem) {
        rule(&t, "major", "d3", 1).await;
        rule(&t, "major", "d8", 30).await;
        let engineer = t.member(Role::TechEngineer).await;
        let given = "2026-11-22T12:00:00.000000Z";
        let request = t.raise(json!({"d0": {"due_at": given}, "d3": {"due_at": given, "owner_id": engineer.id}, "d8": {"owner_id": engineer.id}})).await;
        assert_eq!(dates(&request), [Some(given), Some(given), None, Some(end_of("12-20").as_str())]);
        let owners = [&request.d0, &request.d3, &request.d8].map(|step| step.owner.as_ref().map(|owner| owner.id));
        assert_eq!(owners, [None, engineer.id, engineer.id]);
        let form = json!({"title": "x", "description": "x", "d4": {"owner_id": 999_999}});
        assert_eq!(fields(corrective::raise(&t, &engineer, &body(form), None).await), ["d4.owner_id"]);
        let form = json!({"title": "x", "description": "x", "d4": {"text": "x"}});
        assert_eq!(fields(corrective::raise(&t, &engineer, &body(form), None).await), ["d4.text"]);
        assert_intact(&t).await;
    }

    async fn days_are_counted_from_the_raising_in_the_systems_time_zone(t: TestSystem) {
        rule(&t, "major", "d3", 1).await;
        rule(&t, "major", "d5", 0).await;
        let far_west = t.another_server(|options| options.settings.time_zone = "America/Los_Angeles".parse().unwrap());
        let far_east = t.another_server(|options| options.settings.time_zone = "Asia/Tokyo".parse().unwrap());
        t.clock.advance(TimeDelta::hours(21));
        let quality = t.member(Role::QualityEngineer).await;
        let form = || body(json!({"title": "Burrs", "description": "Burrs."}));
        // 05:00 UTC on the 21st: still the 20th in the west, where a day ends at 08:00 UTC; 14:00 on the 21st in the east.
        let west = corrective::raise(&far_west, &quality, &form(), None).await.unwrap();
        assert_eq!(west.d5.due_at.as_deref(), Some("2026-11-21T07:59:59.000000Z"));
        assert_eq!(west.d3.due_at.as_deref(), Some("2026-11-22T07:59:59.000000Z"));
        let east = corrective::raise(&far_east, &quality, &form(), None).await.unwrap();
        assert_eq!(east.d3.due_at.as_deref(), Some("2026-11-22T14:59:59.000000Z"));
    }

    async fn rules_for_requests_leave_defects_alone(t: TestSystem) {
        rule(&t, "major", "d3", 0).await;
        let inspector = t.member(Role::Inspector).await;
        let record = t.report(&inspector, defect().major()).await;
        assert_eq!(record.item.due_at, None);
    }

    async fn a_request_is_overdue_with_a_step_or_an_action_that_is(t: TestSystem) {
        let past = "2026-11-20T09:00:00Z";
        let own = t.raise(json!({"due_at": past})).await.item.id;
        let step = t.raise(json!({"d3": {"due_at": past}})).await.item.id;
        let with_action = t.raise(json!({})).await.item.id;
        let done = t.raise(json!({"d0": {"due_at": past}})).await.item.id;
        let void = t.raise(json!({"due_at": past, "d3": {"due_at": past}})).await.item.id;
        let action = t.action(with_action, "containment").await;
        let engineer = t.member(Role::TechEngineer).await;
        let patch = async |fields: Json| {
            actions::change(&t, &engineer, (with_action, action), &ANY, &body(fields)).await.unwrap();
        };
        patch(json!({"due_at": past})).await;
        t.bring_request(done, CorrectiveStatus::D1).await;
        t.bring_request(void, CorrectiveStatus::Void).await;
        assert_eq!(overdue(&t, true).await, [0_i64; 0]);
        t.clock.advance(TimeDelta::hours(2));
        assert_eq!(overdue(&t, true).await, [own, step, with_action]);
        assert_eq!(overdue(&t, false).await, [done, void]);
        patch(json!({"is_done": true})).await;
        assert_eq!(overdue(&t, true).await, [own, step]);
    }

    async fn what_is_marked_as_overdue_is_open_past_its_date_and_not_done(t: TestSystem) {
        let past = json!({"due_at": "2026-11-20T09:00:00Z"});
        let id = t.raise(json!({"due_at": past["due_at"], "d0": past, "d3": past})).await.item.id;
        let action = t.action(id, "containment").await;
        let engineer = t.member(Role::TechEngineer).await;
        let patch = async |fields: Json| {
            actions::change(&t, &engineer, (id, action), &ANY, &body(fields)).await.unwrap();
        };
        patch(past.clone()).await;
        t.bring_request(id, CorrectiveStatus::D1).await;
        let marks = async || {
            let (request, now) = (t.request(id).await, t.clock.now());
            let action = actions::show(&t, &engineer, id, action).await.unwrap();
            let status = request.item.status;
            let steps = [&request.d0, &request.d3].map(|step| is_step_overdue(status, step, now));
            (is_overdue(&request.item, now), steps, is_action_overdue(status, &action, now))
        };
        assert_eq!(marks().await, (false, [false, false], false));
        t.clock.advance(TimeDelta::hours(2));
        assert_eq!(marks().await, (true, [false, true], true), "D0 is done");
        patch(json!({"is_done": true})).await;
        assert_eq!(marks().await, (true, [false, true], false));
        t.bring_request(id, CorrectiveStatus::Void).await;
        assert_eq!(marks().await, (false, [false, false], false), "nothing of it is to be done any more");
    }
}
