//! Whose votes a disposition needs, who may give them, and when they are about something else.

use futures_util::future::join_all;
use serde_json::{Value as Json, json};
use service::actor::Actor;
use service::approval_rule::{self, DEFAULTS};
use service::audit::verify;
use service::defects::approvals::{self, ApprovalView, NoVote};
use service::defects::{self, DefectView, Written, lines, signatures, transition};
use service::role::Role;
use service::version::IfMatch;
use service::words::{Decision, Status};
use service::{Draft, Error, Result};
use testkit::{PASSWORD, TestSystem, defect, each_db};

const ANY: IfMatch = IfMatch::Any;

fn signature() -> Json {
    json!({"password": PASSWORD, "meaning": "approval"})
}

async fn vote(
    t: &TestSystem,
    actor: &Actor,
    record: i64,
    vote: Json,
) -> Result<Written<ApprovalView>> {
    approvals::cast(t, actor, record, &ANY, &Draft::json(&vote), None).await
}

async fn approve(t: &TestSystem, actor: &Actor, record: i64) -> Result<Written<ApprovalView>> {
    vote(
        t,
        actor,
        record,
        json!({"decision": "approve", "signature": signature()}),
    )
    .await
}

async fn decide(t: &TestSystem, actor: &Actor, record: i64, signed: bool) -> Result<DefectView> {
    let mut request = json!({"action": "approve_disposition"});
    if signed {
        request["signature"] = signature();
    }
    transition::act(t, actor, record, &ANY, &Draft::json(&request), None).await
}

/// The fields that were refused.
#[track_caller]
fn unmet<T: std::fmt::Debug>(answer: Result<T>) -> Vec<String> {
    let Err(Error::Invalid(errors)) = answer else {
        panic!("it was not refused for its content: {answer:?}");
    };
    errors.into_iter().map(|error| error.field).collect()
}

/// A record of ten pieces with one proposed line, on which engineering has given its authority.
async fn proposed(t: &TestSystem, disposition: &str) -> (i64, i64) {
    let record = t.bring_to(Status::Disposition).await.item.id;
    let line = t.line(record, disposition, "10").await.id;
    let engineer = t.member(Role::TechEngineer).await;
    let authority = Draft::json(&json!({"authority": "engineering"}));
    lines::change(t, &engineer, record, line, &ANY, &authority)
        .await
        .unwrap();
    (record, line)
}

async fn votes(t: &TestSystem, record: i64) -> Vec<ApprovalView> {
    let viewer = t.member(Role::Viewer).await;
    let page = approvals::list(t, &viewer, record, &Draft::json(&json!({}))).await;
    page.unwrap().items
}

each_db! {
    async fn a_system_begins_with_rules_and_is_given_them_once(t: TestSystem) {
        for outcome in join_all((0..4).map(|_| approval_rule::seed(&t))).await {
            outcome.unwrap();
        }
        let viewer = t.member(Role::Viewer).await;
        let listed = approval_rule::list(&t, &viewer, &Draft::json(&json!({}))).await.unwrap();
        let codes: Vec<_> = listed.items.iter().map(|rule| rule.code.clone()).collect();
        assert_eq!(codes, DEFAULTS.iter().map(|rule| rule.code).collect::<Vec<_>>());
        for rule in &listed.items {
            assert_eq!(rule.roles, [Role::TechEngineer, Role::QualityManager]);
            assert!(rule.signature_required && rule.is_active && !rule.customer_required);
        }
        let admin = t.member(Role::Admin).await;
        let retired = Draft::json(&json!({"is_active": false}));
        approval_rule::change(&t, &admin, listed.items[0].id, &ANY, &retired).await.unwrap();
        approval_rule::seed(&t).await.unwrap();
        let active = Draft::json(&json!({"is_active": true}));
        assert_eq!(approval_rule::list(&t, &viewer, &active).await.unwrap().items.len(), 2);
        assert!(verify(&t, |_| ()).await.unwrap().findings.is_empty());
    }

    async fn each_default_rule_asks_for_the_signed_votes_of_its_board(t: TestSystem) {
        approval_rule::seed(&t).await.unwrap();
        let quality = t.member(Role::QualityEngineer).await;
        let board = [t.user(Role::TechEngineer).await, t.user(Role::QualityManager).await];
        for rule in DEFAULTS {
            let reporter = t.member(Role::Inspector).await;
            let tag = if rule.severity.is_some() { defect().critical() } else { defect().minor() };
            let record = t.report(&reporter, tag).await.item.id;
            t.bring(record, Status::Disposition).await;
            let disposition = rule.disposition.map_or("scrap", |disposition| disposition.word());
            let line = t.line(record, disposition, "10").await.id;
            let engineer = t.member(Role::TechEngineer).await;
            let authority = Draft::json(&json!({"authority": "engineering"}));
            lines::change(&t, &engineer, record, line, &ANY, &authority).await.unwrap();
            let both = ["approvals[tech_engineer]", "approvals[quality_manager]"];
            assert_eq!(unmet(decide(&t, &quality, record, true).await), both, "{}", rule.code);
            approve(&t, &board[0], record).await.unwrap();
            assert_eq!(unmet(decide(&t, &quality, record, true).await), both[1..], "{}", rule.code);
            approve(&t, &board[1], record).await.unwrap();
            assert_eq!(unmet(decide(&t, &quality, record, false).await), ["signature"], "{}", rule.code);
            decide(&t, &quality, record, true).await.unwrap();
        }
        assert!(verify(&t, |_| ()).await.unwrap().findings.is_empty());
    }

    async fn where_no_rule_matches_the_proposer_approves_alone_and_unsigned(t: TestSystem) {
        approval_rule::seed(&t).await.unwrap();
        let record = t.bring_to(Status::Disposition).await.item.id;
        let quality = t.member(Role::QualityEngineer).await;
        for (disposition, quantity) in [("scrap", "3"), ("rework", "7")] {
            t.line(record, disposition, quantity).await;
        }
        assert_eq!(unmet(decide(&t, &quality, record, true).await), ["signature"], "it would mean nothing");
        let approved = decide(&t, &quality, record, false).await.unwrap();
        assert_eq!(approved.item.status, Status::Execution);
    }

    async fn a_rule_counts_what_the_quantity_costs(t: TestSystem) {
        let admin = t.member(Role::Admin).await;
        let rule = json!({"code": "COSTLY", "name": "Costly", "least_amount": "100.00", "roles": ["quality_manager"]});
        approval_rule::create(&t, &admin, &Draft::json(&rule), None).await.unwrap();
        let quality = t.member(Role::QualityEngineer).await;
        let manager = t.member(Role::QualityManager).await;
        // Ten pieces: 99.90, 100.00, and what is not known.
        for (unit_cost, asks) in [(json!("9.99"), false), (json!("10.00"), true), (Json::Null, true)] {
            let record = t.bring_to(Status::Disposition).await.item;
            let cost = Draft::json(&json!({"unit_cost": unit_cost}));
            service::part::change(&t, &manager, record.part.id, &ANY, &cost).await.unwrap();
            t.line(record.id, "scrap", "10").await;
            let answer = decide(&t, &quality, record.id, false).await;
            if asks {
                assert_eq!(unmet(answer), ["approvals[quality_manager]"], "{unit_cost}");
            } else {
                answer.unwrap();
            }
        }
    }

    async fn nobody_votes_on_what_he_wrote_nor_twice(t: TestSystem) {
        let (record, line) = proposed(&t, "repair").await;
        let author = t.member(Role::QualityEngineer).await;
        let own = vote(&t, &author, record, json!({"decision": "approve"})).await;
        assert_eq!(unmet(own), [format!("disposition_lines[{line}].proposed_by")]);
        let other = t.user(Role::TechEngineer).await;
        let reworded = Draft::json(&json!({"justification": "Weld it."}));
        lines::change(&t, &other, record, line, &ANY, &reworded).await.unwrap();
        let rewrote = vote(&t, &other, record, json!({"decision": "approve"})).await;
        assert_eq!(unmet(rewrote), [format!("disposition_lines[{line}].proposed_by")]);
        // Whoever only gave the authority of engineering did not write it.
        let engineer = t.member(Role::TechEngineer).await;
        vote(&t, &engineer, record, json!({"decision": "approve"})).await.unwrap();
        let twice = vote(&t, &engineer, record, json!({"decision": "reject", "reason": "No."})).await;
        assert!(matches!(twice, Err(Error::WrongState(_))), "{twice:?}");
        for role in [Role::Inspector, Role::Operator, Role::Viewer, Role::Admin] {
            let actor = t.member(role).await;
            let refused = vote(&t, &actor, record, json!({"decision": "approve"})).await;
            assert!(matches!(refused, Err(Error::Forbidden { .. })), "{role}");
        }
    }

    async fn whoever_looks_is_told_which_votes_are_waited_for(t: TestSystem) {
        approval_rule::seed(&t).await.unwrap();
        let (record, _) = proposed(&t, "repair").await;
        let (engineer, author) = (t.user(Role::TechEngineer).await, t.member(Role::QualityEngineer).await);
        let missing = async |actor: &Actor| {
            let wanted = approvals::wanted(&t, actor, record).await.unwrap();
            assert!(wanted.is_signed && wanted.votes.iter().all(|vote| vote.rules == ["REPAIR"]));
            let missing = wanted.votes.iter().filter(|vote| vote.is_missing);
            let missing: Vec<_> = missing.map(|vote| vote.role).collect();
            (missing, wanted.hindrance())
        };
        let board = vec![Role::TechEngineer, Role::QualityManager];
        assert_eq!(missing(&engineer).await, (board.clone(), None));
        assert_eq!(missing(&author).await, (board, Some(NoVote::Own)));
        approve(&t, &engineer, record).await.unwrap();
        assert_eq!(missing(&engineer).await, (vec![Role::QualityManager], Some(NoVote::Given)));
    }

    async fn a_vote_is_about_the_proposal_as_it_stands(t: TestSystem) {
        let (record, line) = proposed(&t, "repair").await;
        let voter = t.user(Role::QualityManager).await;
        let quality = t.member(Role::QualityEngineer).await;
        let approve = || json!({"decision": "approve"});
        let version = defects::show(&t, &voter, record).await.unwrap().item.version;
        let cast = vote(&t, &voter, record, approve()).await.unwrap();
        assert_eq!((cast.version, cast.item.round), (version, 1), "a vote stands beside the record");
        let patches = [json!({"instructions": "Weld, then test."}), json!({"quantity": "9"}), json!({"quantity": "10"})];
        for patch in patches {
            lines::change(&t, &quality, record, line, &ANY, &Draft::json(&patch)).await.unwrap();
            assert!(votes(&t, record).await.iter().all(|vote| vote.ended_at.is_some()), "{patch}");
        }
        assert_eq!(vote(&t, &voter, record, approve()).await.unwrap().item.round, 2);
        let manager = t.member(Role::QualityManager).await;
        let graver = Draft::json(&json!({"severity": "critical"}));
        defects::change(&t, &manager, record, &ANY, &graver).await.unwrap();
        assert_eq!(vote(&t, &voter, record, approve()).await.unwrap().item.round, 3);
        let title = Draft::json(&json!({"title": "Burr, all around"}));
        defects::change(&t, &manager, record, &ANY, &title).await.unwrap();
        assert_eq!(votes(&t, record).await.last().unwrap().ended_at, None, "that was not voted on");
        t.act(Role::QualityEngineer, record, service::lifecycle::Action::ReturnToAnalysis).await;
        assert!(votes(&t, record).await.last().unwrap().ended_at.is_some());
        let early = vote(&t, &voter, record, approve()).await;
        assert!(matches!(early, Err(Error::WrongState(_))), "{early:?}");
        assert!(verify(&t, |_| ()).await.unwrap().findings.is_empty());
    }

    async fn a_rejection_sends_the_record_back_with_its_reason(t: TestSystem) {
        let voter = t.user(Role::TechEngineer).await;
        let other = t.user(Role::QualityManager).await;
        for (to, status) in [("analysis", Status::Analysis), ("disposition", Status::Disposition)] {
            let (record, _) = proposed(&t, "repair").await;
            vote(&t, &other, record, json!({"decision": "approve"})).await.unwrap();
            let silent = vote(&t, &voter, record, json!({"decision": "reject", "goes_back_to": to})).await;
            assert_eq!(unmet(silent), ["reason"]);
            let reject = json!({"decision": "reject", "reason": "Not weldable.", "goes_back_to": to});
            let cast = vote(&t, &voter, record, reject).await.unwrap();
            assert_eq!(cast.item.decision, Decision::Reject);
            let shown = defects::show(&t, &voter, record).await.unwrap().item;
            assert_eq!((shown.status, shown.version), (status, cast.version));
            assert!(votes(&t, record).await.iter().all(|vote| vote.ended_at.is_some()));
            let all = Draft::json(&json!({"limit": 200}));
            let history = defects::history::list(&t, &voter, record, &all).await.unwrap();
            let told = history.items.last().unwrap();
            assert_eq!(told.reason.as_deref(), Some("Not weldable."));
        }
        assert!(verify(&t, |_| ()).await.unwrap().findings.is_empty());
    }

    async fn a_vote_is_signed_where_a_rule_asks_for_it_and_a_wrong_password_is_told_last(t: TestSystem) {
        approval_rule::seed(&t).await.unwrap();
        let (record, _) = proposed(&t, "use_as_is").await;
        let voter = t.user(Role::TechEngineer).await;
        assert_eq!(unmet(vote(&t, &voter, record, json!({"decision": "approve"})).await), ["signature"]);
        let mistyped = json!({"decision": "approve", "signature": {"password": "not this one", "meaning": "approval"}});
        let refused = vote(&t, &voter, record, mistyped).await;
        assert!(matches!(refused, Err(Error::SignatureRefused)), "{refused:?}");
        assert!(votes(&t, record).await.is_empty());
        let user = service::user::show(&t, &Actor::command_line(), voter.id.unwrap()).await.unwrap();
        assert_eq!(user.failed_attempts, 1);
        let cast = approve(&t, &voter, record).await.unwrap().item;
        let signed = signatures::list(&t, &voter, record, &Draft::json(&json!({}))).await.unwrap().items;
        assert_eq!((Some(signed[0].id), signed[0].action.word()), (cast.signature_id, "vote"));
        assert_eq!(signed[0].matches, Some(true));
        let history = defects::history::list(&t, &voter, record, &Draft::json(&json!({"limit": 200}))).await.unwrap();
        let told: Vec<_> = history.items.iter().filter_map(|event| event.field.as_deref()).collect();
        assert!(told.contains(&"signature_refused"), "{told:?}");
    }

    async fn of_two_who_approve_at_once_one_decides(t: TestSystem) {
        let record = t.bring_to(Status::Disposition).await.item.id;
        t.line(record, "scrap", "10").await;
        let people = [t.user(Role::QualityEngineer).await, t.user(Role::QualityManager).await];
        let answers = join_all(people.iter().map(|person| decide(&t, person, record, false))).await;
        let done = answers.iter().filter(|answer| answer.is_ok()).count();
        assert_eq!(done, 1, "{answers:?}");
        assert!(answers.iter().any(|answer| matches!(answer, Err(Error::WrongState(_)))), "{answers:?}");
        let all = lines::list(&t, &people[0], record, &Draft::json(&json!({}))).await.unwrap();
        assert!(all.items[0].decided_by.is_some() && all.items[0].decided_at.is_some());
        assert!(verify(&t, |_| ()).await.unwrap().findings.is_empty());
    }

    async fn of_votes_cast_at_once_each_counts_and_none_twice(t: TestSystem) {
        let (record, _) = proposed(&t, "repair").await;
        let mut people = Vec::new();
        for role in [Role::TechEngineer, Role::QualityManager, Role::QualityEngineer] {
            people.push(t.user(role).await);
        }
        let all = people.iter().chain(&people);
        let answers = join_all(all.map(|person| vote(&t, person, record, json!({"decision": "approve"})))).await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 3, "{answers:?}");
        let mut approvers: Vec<_> = votes(&t, record).await.iter().map(|vote| vote.approver.id).collect();
        approvers.sort_unstable();
        let mut expected: Vec<_> = people.iter().filter_map(|person| person.id).collect();
        expected.sort_unstable();
        assert_eq!(approvers, expected);
        assert!(verify(&t, |_| ()).await.unwrap().findings.is_empty());
    }

    async fn a_rule_asks_for_something_and_only_the_administrator_writes_it(t: TestSystem) {
        let admin = t.member(Role::Admin).await;
        let idle = Draft::json(&json!({"code": "IDLE", "name": "Nothing"}));
        let refused = approval_rule::create(&t, &admin, &idle, None).await;
        assert_eq!(unmet(refused), ["roles", "customer_required", "signature_required"]);
        let board = json!({"code": "BOARD", "name": "Board", "roles": ["quality_manager", "tech_engineer", "quality_manager"]});
        let made = approval_rule::create(&t, &admin, &Draft::json(&board), None).await.unwrap();
        assert_eq!(made.roles, [Role::TechEngineer, Role::QualityManager], "each once");
        let same = approval_rule::create(&t, &admin, &Draft::json(&board), None).await;
        assert!(matches!(same, Err(Error::Duplicate(_))), "{same:?}");
        let emptied = Draft::json(&json!({"roles": null}));
        let refused = approval_rule::change(&t, &admin, made.id, &ANY, &emptied).await;
        assert_eq!(unmet(refused).len(), 3);
        let stale = approval_rule::change(&t, &admin, made.id, &IfMatch::Versions(vec![7]), &emptied).await;
        assert!(matches!(stale, Err(Error::VersionStale { .. })), "{stale:?}");
        let manager = t.member(Role::QualityManager).await;
        let foreign = approval_rule::create(&t, &manager, &Draft::json(&board), None).await;
        assert!(matches!(foreign, Err(Error::Forbidden { .. })), "{foreign:?}");
    }
}
