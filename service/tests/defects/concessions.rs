//! Concessions: what they let pass, and that no more is used than they grant.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use serde_json::{Value as Json, json};
use service::audit::verify;
use service::concession::{self, ConcessionView};
use service::defects::{self, lines, transition};
use service::lifecycle::Action;
use service::role::Role;
use service::version::IfMatch;
use service::words::Status;
use service::{Draft, Error, Result};
use testkit::{TestSystem, defect, each_db};

const ANY: IfMatch = IfMatch::Any;

/// A plant whose one customer owns the design of its one part.
struct Plant<'a> {
    t: &'a TestSystem,
    customer: i64,
    part: i64,
}

impl<'a> Plant<'a> {
    async fn of(t: &'a TestSystem) -> Self {
        let (customer, part) = (t.customer().await.id, t.part().await.id);
        let owner = Draft::json(&json!({"design_owner_id": customer}));
        let manager = t.member(Role::QualityManager).await;
        service::part::change(t, &manager, part, &ANY, &owner)
            .await
            .unwrap();
        Self { t, customer, part }
    }

    async fn concession(&self, quantity: &str, more: Json) -> ConcessionView {
        let mut new = json!({
            "number": format!("CON-{}", self.t.number()), "customer_id": self.customer, "part_id": self.part,
            "max_quantity": quantity, "valid_until": "2026-12-31",
        });
        for (name, value) in more.as_object().unwrap() {
            new[name] = value.clone();
        }
        let quality = self.t.member(Role::QualityEngineer).await;
        concession::create(self.t, &quality, &Draft::json(&new), None)
            .await
            .unwrap()
    }

    /// A record of ten pieces of the part, to be decided on.
    async fn record(&self) -> i64 {
        let inspector = self.t.member(Role::Inspector).await;
        let tag = defect()
            .major()
            .with("part_id", self.part)
            .with("customer_id", self.customer);
        let record = self.t.report(&inspector, tag).await.item.id;
        self.t.bring(record, Status::Disposition).await;
        record
    }

    /// A line that the engineer proposes on his authority.
    async fn line(&self, record: i64, quantity: &str, concession: Option<i64>) -> Result<i64> {
        let engineer = self.t.member(Role::TechEngineer).await;
        let new = json!({
            "disposition": "use_as_is", "quantity": quantity, "justification": "It fits.",
            "authority": "engineering", "concession_id": concession,
        });
        let added = lines::add(self.t, &engineer, record, &ANY, &Draft::json(&new), None).await?;
        Ok(added.item.id)
    }

    async fn approve(&self, record: i64) -> Result<Status> {
        let quality = self.t.member(Role::QualityEngineer).await;
        let approve = Draft::json(&json!({"action": "approve_disposition"}));
        let moved = transition::act(self.t, &quality, record, &ANY, &approve, None).await?;
        Ok(moved.item.status)
    }

    async fn used(&self, id: i64) -> String {
        let viewer = self.t.member(Role::Viewer).await;
        concession::show(self.t, &viewer, id)
            .await
            .unwrap()
            .used_quantity
    }
}

/// What was refused, as `field: message`.
#[track_caller]
fn refused<T: std::fmt::Debug>(answer: Result<T>) -> Vec<String> {
    let Err(Error::Invalid(errors)) = answer else {
        panic!("it was not refused for its content: {answer:?}");
    };
    errors
        .into_iter()
        .map(|error| format!("{}: {}", error.field, error.message))
        .collect()
}

each_db! {
    async fn what_the_customer_owns_is_used_under_his_concession_alone(t: TestSystem) {
        let plant = Plant::of(&t).await;
        let record = plant.record().await;
        let line = plant.line(record, "10", None).await.unwrap();
        let told = refused(plant.approve(record).await);
        assert!(told[0].starts_with(&format!("disposition_lines[{line}].concession_id: a valid concession")), "{told:?}");
        let granted = plant.concession("10", json!({})).await;
        let engineer = t.member(Role::TechEngineer).await;
        let under = Draft::json(&json!({"concession_id": granted.id, "authority": "engineering"}));
        lines::change(&t, &engineer, record, line, &ANY, &under).await.unwrap();
        assert_eq!(plant.used(granted.id).await, "0", "a proposal uses nothing");
        assert_eq!(plant.approve(record).await.unwrap(), Status::Verification);
        assert_eq!(plant.used(granted.id).await, "10");
        assert!(verify(&t, |_| ()).await.unwrap().findings.is_empty());
    }

    async fn a_concession_covers_its_customer_its_part_its_quantity_and_its_time(t: TestSystem) {
        let plant = Plant::of(&t).await;
        let record = plant.record().await;
        let (other_customer, other_part) = (t.customer().await.id, t.part().await.id);
        for (more, why) in [
            (json!({"customer_id": other_customer}), "is of another customer"),
            (json!({"part_id": other_part}), "is for another part"),
            (json!({"max_quantity": "9.999"}), "has 9.999 left, and 10 are wanted"),
            (json!({"valid_until": "2026-11-19"}), "was valid until 2026-11-19"),
            (json!({"is_active": false}), "is retired"),
        ] {
            let granted = plant.concession("10", more.clone()).await;
            let told = refused(plant.line(record, "10", Some(granted.id)).await);
            assert_eq!(told.len(), 1, "{told:?}");
            assert!(told[0].starts_with("concession_id: ") && told[0].contains(why), "{told:?}");
        }
        let all = json!({"customer_id": other_customer, "max_quantity": "1", "valid_until": "2020-01-01"});
        let granted = plant.concession("10", all).await;
        assert_eq!(refused(plant.line(record, "10", Some(granted.id)).await).len(), 3, "all at once");
        let nowhere = refused(plant.line(record, "10", Some(999_999)).await);
        assert_eq!(nowhere, ["concession_id: there is no such concession"]);
        let granted = plant.concession("10", json!({"part_id": null, "valid_until": "2026-11-20"})).await;
        let quality = t.member(Role::QualityEngineer).await;
        let scrap = json!({"disposition": "scrap", "quantity": "1", "justification": "x", "concession_id": granted.id});
        let told = refused(lines::add(&t, &quality, record, &ANY, &Draft::json(&scrap), None).await);
        assert!(told[0].contains("only use_as_is and repair"), "{told:?}");
        plant.line(record, "10", Some(granted.id)).await.unwrap();
        t.clock.advance(chrono::TimeDelta::days(1));
        let late = refused(plant.approve(record).await);
        assert!(late[0].contains("was valid until 2026-11-20"), "{late:?}");
    }

    async fn lines_of_one_record_share_what_a_concession_has_left(t: TestSystem) {
        let plant = Plant::of(&t).await;
        let record = plant.record().await;
        let granted = plant.concession("9", json!({})).await;
        for quantity in ["4", "6"] {
            plant.line(record, quantity, Some(granted.id)).await.unwrap();
        }
        let told = refused(plant.approve(record).await);
        assert!(told.len() == 2 && told.iter().all(|line| line.contains("has 9 left, and 10 are wanted")), "{told:?}");
    }

    async fn what_is_decided_anew_or_void_is_used_no_longer(t: TestSystem) {
        let plant = Plant::of(&t).await;
        let granted = plant.concession("15", json!({})).await;
        let record = plant.record().await;
        plant.line(record, "10", Some(granted.id)).await.unwrap();
        plant.approve(record).await.unwrap();
        let other = plant.record().await;
        let told = refused(plant.line(other, "10", Some(granted.id)).await);
        assert!(told[0].contains("has 5 left"), "{told:?}");
        t.act(Role::QualityManager, record, Action::FailVerification).await;
        assert_eq!(plant.used(granted.id).await, "0");
        plant.approve(record).await.unwrap();
        assert_eq!(plant.used(granted.id).await, "10");
        let viewer = t.member(Role::Viewer).await;
        let some = concession::of_ids(&t, &viewer, &BTreeSet::from([granted.id, 999_999])).await.unwrap();
        let one = concession::show(&t, &viewer, granted.id).await.unwrap();
        assert_eq!(some, BTreeMap::from([(granted.id, one)]), "several are told as one is");
        t.act(Role::QualityManager, record, Action::Void).await;
        assert_eq!(plant.used(granted.id).await, "0");
        plant.line(other, "10", Some(granted.id)).await.unwrap();
        plant.approve(other).await.unwrap();
        assert!(verify(&t, |_| ()).await.unwrap().findings.is_empty());
    }

    async fn of_two_who_use_the_last_of_a_concession_at_once_one_wins(t: TestSystem) {
        let plant = Plant::of(&t).await;
        let granted = plant.concession("15", json!({})).await;
        let mut records = Vec::new();
        for _ in 0..4 {
            let record = plant.record().await;
            plant.line(record, "10", Some(granted.id)).await.unwrap();
            records.push(record);
        }
        let answers = join_all(records.iter().map(|record| plant.approve(*record))).await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "{answers:?}");
        for answer in answers.into_iter().filter(|answer| answer.is_err()) {
            let told = refused(answer);
            assert!(told[0].contains("has 5 left, and 10 are wanted"), "{told:?}");
        }
        assert_eq!(plant.used(granted.id).await, "10");
        assert!(verify(&t, |_| ()).await.unwrap().findings.is_empty());
    }

    async fn a_concession_that_is_used_keeps_what_it_was_used_under(t: TestSystem) {
        let plant = Plant::of(&t).await;
        let granted = plant.concession("15", json!({"part_id": null})).await;
        let record = plant.record().await;
        plant.line(record, "10", Some(granted.id)).await.unwrap();
        let quality = t.member(Role::QualityEngineer).await;
        let gone = concession::delete(&t, &quality, granted.id, &ANY).await;
        assert!(matches!(gone, Err(Error::InUse(_))), "{gone:?}");
        plant.approve(record).await.unwrap();
        let other = t.customer().await.id;
        let patch = json!({"max_quantity": "9.5", "customer_id": other, "part_id": plant.part});
        let told = refused(concession::change(&t, &quality, granted.id, &ANY, &Draft::json(&patch)).await);
        let fields: Vec<_> = told.iter().filter_map(|told| told.split(':').next()).collect();
        assert_eq!(fields, ["max_quantity", "customer_id", "part_id"]);
        let patch = Draft::json(&json!({"max_quantity": "10", "is_active": false, "reference": "Letter"}));
        let changed = concession::change(&t, &quality, granted.id, &ANY, &patch).await.unwrap();
        assert_eq!((changed.max_quantity.as_str(), changed.used_quantity.as_str()), ("10", "10"));
        let unused = plant.concession("1", json!({})).await;
        let twice = json!({"number": unused.number, "customer_id": other, "max_quantity": "1", "valid_until": "2027-01-01"});
        let same = concession::create(&t, &quality, &Draft::json(&twice), None).await;
        assert!(matches!(same, Err(Error::Duplicate(_))), "{same:?}");
        concession::delete(&t, &quality, unused.id, &ANY).await.unwrap();
        let engineer = t.member(Role::TechEngineer).await;
        let foreign = concession::create(&t, &engineer, &Draft::json(&twice), None).await;
        assert!(matches!(foreign, Err(Error::Forbidden { .. })), "{foreign:?}");
        let shown = defects::show(&t, &engineer, record).await.unwrap().item;
        assert_eq!(shown.status, Status::Verification, "what was approved stays approved");
        assert!(verify(&t, |_| ()).await.unwrap().findings.is_empty());
    }

    async fn a_record_is_offered_what_covers_it_and_nothing_else(t: TestSystem) {
        let plant = Plant::of(&t).await;
        let (record, other) = (plant.record().await, plant.record().await);
        let (other_customer, other_part) = (t.customer().await.id, t.part().await.id);
        let later = plant.concession("10", json!({"valid_until": "2026-11-30"})).await;
        let today = plant.concession("0.001", json!({"part_id": null, "valid_until": "2026-11-20"})).await;
        for more in [
            json!({"customer_id": other_customer}),
            json!({"part_id": other_part}),
            json!({"valid_until": "2026-11-19"}),
            json!({"is_active": false}),
        ] {
            plant.concession("10", more).await;
        }
        let spent = plant.concession("10", json!({})).await;
        plant.line(other, "10", Some(spent.id)).await.unwrap();
        plant.approve(other).await.unwrap();
        let viewer = t.member(Role::Viewer).await;
        let offered = concession::usable(&t, &viewer, record).await.unwrap();
        let ids: Vec<i64> = offered.iter().map(|one| one.id).collect();
        assert_eq!(ids, [today.id, later.id], "those that end first come first");
        assert_eq!(offered[0].part, None);
        assert_eq!(offered[1].part.as_ref().map(|part| part.id), Some(plant.part));
        let inspector = t.member(Role::Inspector).await;
        let nobodys = t.report(&inspector, defect()).await.item.id;
        assert!(concession::usable(&t, &viewer, nobodys).await.unwrap().is_empty());
        let nowhere = concession::usable(&t, &viewer, 999_999).await;
        assert!(matches!(nowhere, Err(Error::NotFound(_))), "{nowhere:?}");
    }

    async fn the_list_tells_apart_what_is_over_and_finds_by_how_a_number_begins(t: TestSystem) {
        let plant = Plant::of(&t).await;
        let over = plant.concession("10", json!({"number": "OLD-1", "valid_until": "2026-11-19"})).await;
        let last_day = plant.concession("10", json!({"number": "NEW-1", "valid_until": "2026-11-20"})).await;
        let viewer = t.member(Role::Viewer).await;
        let listed = async |query: Json| -> Vec<i64> {
            let found = concession::list(&t, &viewer, &Draft::json(&query)).await.unwrap();
            found.items.into_iter().map(|one| one.id).collect()
        };
        assert_eq!(listed(json!({"expired": true})).await, [over.id]);
        assert_eq!(listed(json!({"expired": false})).await, [last_day.id]);
        assert_eq!(listed(json!({"q": "old"})).await, [over.id]);
        assert_eq!(listed(json!({"q": "LD"})).await, Vec::<i64>::new());
        assert_eq!(listed(json!({})).await, [last_day.id, over.id]);
        plant.concession("1", json!({"number": "X", "reference": "Old letter"})).await;
        assert_eq!(listed(json!({"q": "OLD"})).await.len(), 2, "by the customer's reference, too");
    }
}
