//! What the demo has none of, made through the API, so that every page has something to show: a record and a request with
//! all that can hang on them, and one of everything that is administered.
//!
//! The words are given: plain ones to look at, and hostile ones that would run if a page took them for HTML.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};
use testkit::PICTURE;

use crate::person::{Person, id_of};
use crate::site::Site;

/// What is written wherever somebody can write.
pub(crate) struct Words {
    /// A code: at most 40 characters without a blank.
    pub(crate) code: &'static str,
    /// A revision: at most 20 characters.
    pub(crate) revision: &'static str,
    /// A line: at most 100 characters.
    pub(crate) line: &'static str,
    /// A text: at most 500 characters.
    pub(crate) text: &'static str,
}

/// As people write, one of them at length and without a blank.
pub(crate) const PLAIN: Words = Words {
    code: "QA-7-FLANGE-BORE-0123456789-ABCDEFGHIJ",
    revision: "B",
    line: "Grat an der Flanschbohrung, rebaba en el taladro, 法兰孔毛刺",
    text: "Found with the *plug gauge*, see\n\n- 0.3 mm at the edge\n- drawing 4711-0815-0000000000000000000000000000000000-B\n\n\
           Confirmed on the measuring machine.",
};

/// What it costs, by which cost is found where it must not be seen.
pub(crate) const COST: &str = "8642.13";

/// The ids of what was made, by the names that addresses have for them.
pub(crate) struct Furnished {
    ids: BTreeMap<&'static str, String>,
}

impl Furnished {
    /// An address with ids in the place of names: `/defects/{record}`.
    pub(crate) fn address(&self, pattern: &str) -> String {
        let mut address = pattern.to_owned();
        for (name, id) in &self.ids {
            address = address.replace(&format!("{{{name}}}"), id);
        }
        assert!(!address.contains('{'), "{pattern} names what was not made");
        address
    }

    /// Notes what was made besides.
    pub(crate) fn note(&mut self, name: &'static str, id: i64) {
        self.ids.insert(name, id.to_string());
    }

    fn id(&self, name: &str) -> i64 {
        self.ids[name].parse().unwrap()
    }
}

/// Who makes it, each what is his to make.
struct Team {
    admin: Person,
    manager: Person,
    quality: Person,
    engineer: Person,
    inspector: Person,
}

/// Makes all of it.
pub(crate) async fn furnish(site: &Site, words: &Words) -> Furnished {
    let team = Team {
        admin: site.person("admin").await,
        manager: site.person("manager").await,
        quality: site.person("quality").await,
        engineer: site.person("engineer").await,
        inspector: site.person("inspector").await,
    };
    let mut made = Furnished {
        ids: BTreeMap::new(),
    };
    administered(&team, words, &mut made).await;
    listed(&team, words, &mut made).await;
    inspected(&team, words, &mut made).await;
    reported(&team, words, &mut made).await;
    hung_on_the_record(&team, words, &mut made).await;
    requested(&team, words, &mut made).await;
    worked_through(&team, words, &mut made).await;
    found(&team, words, &mut made).await;
    made
}

/// What administrators set up; the webhook first, so that it is told of what follows.
async fn administered(team: &Team, words: &Words, made: &mut Furnished) {
    let (admin, code, line) = (&team.admin, words.code, words.line);
    let webhook = json!({"url": "https://mes.example.com/dmt", "description": words.text,
        "events": ["reported", "moved"]});
    made.note("webhook", admin.add("/webhooks", &webhook).await);
    let user = json!({"username": code, "display_name": line, "roles": ["inspector", "operator"],
        "password": "correct-horse-battery"});
    made.note("user", admin.add("/users", &user).await);
    let rule = json!({"code": code, "name": line, "roles": ["quality_manager"], "severity": "critical",
        "disposition": "sort"});
    made.note("rule", admin.add("/approval-rules", &rule).await);
    for person in [admin, &team.inspector] {
        person.add("/me/tokens", &json!({"name": line})).await;
    }
}

/// The plant's lists.
async fn listed(team: &Team, words: &Words, made: &mut Furnished) {
    let (manager, code, line) = (&team.manager, words.code, words.line);
    let part =
        json!({"number": code, "revision": words.revision, "name": line, "unit_cost": "12.50"});
    made.note("part", manager.add("/parts", &part).await);
    let center = json!({"code": code, "name": line});
    made.note("center", manager.add("/work-centers", &center).await);
    let partner = json!({"code": code, "name": line, "is_customer": true, "is_supplier": true});
    made.note("partner", manager.add("/partners", &partner).await);
    let label = json!({"code": code, "labels": {"en": line, "es": line, "zh": line}});
    made.note("code", manager.add("/codes/failure_code", &label).await);
    manager.add("/codes/cause", &label).await;
    let due = json!({"code": code, "severity": "minor", "milestone": "containment", "days": 3});
    made.note("due", manager.add("/due-rules", &due).await);
    let concession = json!({"number": code, "customer_id": made.id("partner"), "reference": line,
        "max_quantity": "500", "valid_until": "2099-12-31"});
    made.note("concession", manager.add("/concessions", &concession).await);
    let view = json!({"name": line, "query": {"severity": "major"}, "shared_with": "everyone"});
    manager.add("/saved-views", &view).await;
}

/// An inspection that found something, of this morning.
async fn inspected(team: &Team, words: &Words, made: &mut Furnished) {
    let morning = chrono::Utc::now().format("%Y-%m-%dT00:00:00Z").to_string();
    let sample = json!({"part_id": made.id("part"), "work_center_id": made.id("center"), "inspected_at": morning,
        "sample_size": 50, "defective_units": 2, "note": words.text});
    made.note(
        "inspection",
        team.inspector.add("/inspections", &sample).await,
    );
}

/// A record in disposition, with every text that a record has.
async fn reported(team: &Team, words: &Words, made: &mut Furnished) {
    let (code, line, text) = (words.code, words.line, words.text);
    let report = json!({
        "part_id": made.id("part"), "work_center_id": made.id("center"), "customer_id": made.id("partner"),
        "supplier_id": made.id("partner"), "title": line, "description": text, "language": "en",
        "quantity_defective": "10", "quantity_inspected": "120", "lot_number": line, "work_order": line,
        "external_system": code, "external_id": line, "hold_location": line, "is_contained": true,
    });
    let id = team.inspector.add("/defects", &report).await;
    made.note("record", id);
    let record = format!("/defects/{id}");
    let said = json!({"severity": "minor", "failure_code": code, "cause": code, "process_analysis": text,
        "repair_process": text, "engineering_findings": text, "root_cause": text});
    team.manager.change(&record, &said).await;
    let translated = json!({"title": line, "description": text, "root_cause": text});
    let spanish = format!("{record}/translations/es");
    team.inspector.put(&spanish, &translated).await;
    team.engineer.act(&record, "start_analysis").await;
    team.engineer.act(&record, "submit_analysis").await;
}

/// All that hangs on it.
async fn hung_on_the_record(team: &Team, words: &Words, made: &mut Furnished) {
    let (line, text) = (words.line, words.text);
    let on = |children: &str| format!("/defects/{}/{children}", made.id("record"));
    let proposed = json!({"disposition": "scrap", "quantity": "10", "justification": text, "instructions": text});
    let vote = json!({"decision": "approve", "reason": line});
    let today = chrono::Utc::now().date_naive().to_string();
    let labor = json!({"work_date": today, "minutes": 45, "activity": "inspect", "note": text});
    let cost = json!({"kind": "material", "amount": COST, "note": text,
        "charged_to_id": made.id("partner")});
    let other = team.manager.first("/defects?status=closed&limit=1").await;
    let link = json!({"kind": "relates_to", "other_id": id_of(&other)});
    let ids = [
        (
            "line",
            team.engineer.add(&on("disposition-lines"), &proposed).await,
        ),
        ("vote", team.quality.add(&on("approvals"), &vote).await),
        (
            "labor",
            team.engineer.add(&on("labor-entries"), &labor).await,
        ),
        ("cost", team.engineer.add(&on("cost-entries"), &cost).await),
        (
            "note",
            team.inspector
                .add(&on("notes"), &json!({"body": text}))
                .await,
        ),
        ("link", team.inspector.add(&on("links"), &link).await),
        (
            "serial",
            team.engineer
                .add(&on("serials"), &json!({"serial_number": line}))
                .await,
        ),
        (
            "attachment",
            team.inspector
                .attach(&on("attachments"), "bore's <b>.csv", b"1.5;2.5\n")
                .await,
        ),
        (
            "photo",
            team.inspector
                .attach(&on("attachments"), "bore's <b>.png", PICTURE)
                .await,
        ),
    ];
    team.manager
        .post(&on("hold"), &json!({"reason": line}))
        .await;
    for (name, id) in ids {
        made.note(name, id);
    }
}

/// A request about it, to its supplier, who answers.
async fn requested(team: &Team, words: &Words, made: &mut Furnished) {
    let (manager, line, text) = (&team.manager, words.line, words.text);
    let new = json!({"title": line, "description": text, "severity": "major",
        "supplier_id": made.id("partner"), "defect_ids": [made.id("record")]});
    let id = manager.add("/corrective-actions", &new).await;
    made.note("request", id);
    let request = format!("/corrective-actions/{id}");
    let steps = ["d0", "d1", "d2", "d3", "d4", "d5", "d6", "d7", "d8"];
    let written = steps.map(|step| (step.to_owned(), json!({"text": text})));
    manager
        .change(&request, &Json::Object(written.into_iter().collect()))
        .await;
    let given = manager
        .post(&format!("{request}/supplier-link"), &json!({}))
        .await;
    let token = given["token"].as_str().unwrap().to_owned();
    let answer =
        json!({"d3": text, "d4": text, "d5": text, "d6": text, "d7": text, "occurrence": text});
    manager.answer_by_link(&token, &answer).await;
    made.ids.insert("token", token);
}

/// The request led to D7, with causes, actions and a check of whether they helped.
async fn worked_through(team: &Team, words: &Words, made: &mut Furnished) {
    let (engineer, manager, text) = (&team.engineer, &team.manager, words.text);
    let request = format!("/corrective-actions/{}", made.id("request"));
    let causes = format!("{request}/root-causes");
    for kind in ["occurrence", "non_detection"] {
        let cause = json!({"kind": kind, "cause": words.code, "text": text, "whys": [text, text]});
        made.note("cause", engineer.add(&causes, &cause).await);
        let place = format!("{causes}/{}", made.id("cause"));
        engineer.change(&place, &json!({"is_verified": true})).await;
    }
    let actions = format!("{request}/actions");
    let corrective = json!({"kind": "corrective", "text": text});
    let done = format!("{actions}/{}", engineer.add(&actions, &corrective).await);
    engineer
        .change(&done, &json!({"is_done": true, "outcome": text}))
        .await;
    manager.change(&done, &json!({"is_verified": true})).await;
    let preventive = json!({"kind": "preventive", "text": text});
    made.note("action", engineer.add(&actions, &preventive).await);
    for step in 0..=6 {
        manager.act(&request, &format!("complete_d{step}")).await;
    }
    let check = json!({"criterion": text, "outcome": "effective", "note": text});
    team.quality
        .add(&format!("{request}/effectiveness-checks"), &check)
        .await;
}

/// What the demo has in other states, and limits of one of its charts.
async fn found(team: &Team, words: &Words, made: &mut Furnished) {
    let manager = &team.manager;
    for (name, status) in [
        ("executing", "execution"),
        ("verifying", "verification"),
        ("closed", "closed"),
    ] {
        let record = manager
            .first(&format!("/defects?status={status}&limit=1"))
            .await;
        made.note(name, id_of(&record));
    }
    let lines = format!(
        "/defects/{}/disposition-lines?limit=1",
        made.id("executing")
    );
    made.note("executed", id_of(&manager.first(&lines).await));
    let parts = manager.get("/parts?number=PN-100").await;
    let mut parts = parts["items"].as_array().unwrap().iter();
    let part = id_of(parts.find(|part| part["revision"] == "B").unwrap());
    made.note("inspected", part);
    let limits = json!({"chart": "p", "part_id": part, "name": words.line});
    manager.add("/control-limits", &limits).await;
}
