//! What happens in a plant, by chance: records are reported, changed, moved, costed, voided and reopened over weeks.

use chrono::TimeDelta;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value as Json, json};
use service::actor::Actor;
use service::defects::{self, cost, labor, lines, transition};
use service::role::Role;
use service::version::IfMatch;
use service::words::{CodeList, LineStatus, Status};
use service::{Draft, System, summary};
use testkit::{PASSWORD, TestSystem};

const ANY: IfMatch = IfMatch::Any;

/// Who does what, to what.
pub(crate) struct Plant {
    pub(crate) manager: Actor,
    other: Actor,
    pub(crate) parts: Vec<i64>,
    work_centers: Vec<i64>,
    pub(crate) suppliers: Vec<i64>,
    codes: Vec<String>,
    causes: Vec<String>,
}

impl Plant {
    pub(crate) async fn build(t: &TestSystem) -> Self {
        let mut plant = Self {
            manager: t
                .user_with(&[Role::QualityManager, Role::TechEngineer, Role::Operator])
                .await,
            other: t
                .user_with(&[Role::QualityManager, Role::TechEngineer])
                .await,
            parts: Vec::new(),
            work_centers: Vec::new(),
            suppliers: Vec::new(),
            codes: Vec::new(),
            causes: Vec::new(),
        };
        for number in 0..3 {
            plant.parts.push(t.part().await.id);
            plant.work_centers.push(t.work_center().await.id);
            plant.suppliers.push(t.supplier().await.id);
            plant
                .codes
                .push(t.failure_code(&format!("F-{number}")).await.code);
            plant
                .causes
                .push(t.code(CodeList::Cause, &format!("C-{number}")).await.code);
        }
        plant
    }
}

/// A while in the life of the plant: so many steps of chance. What the rules refuse does not happen.
pub(crate) async fn live(system: &System, plant: &Plant, seed: u64, steps: usize) -> usize {
    let mut life = Life {
        system,
        plant,
        rng: ChaCha8Rng::seed_from_u64(seed),
        records: Vec::new(),
        done: 0,
    };
    for _ in 0..4 {
        life.report().await;
    }
    for _ in 0..steps {
        let minutes = life.rng.random_range(1..3_000);
        system.clock.advance(TimeDelta::minutes(minutes));
        life.step().await;
    }
    life.done
}

struct Life<'a> {
    system: &'a System,
    plant: &'a Plant,
    rng: ChaCha8Rng,
    records: Vec<i64>,
    done: usize,
}

impl Life<'_> {
    fn one_of<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.rng.random_range(0..of.len())].clone()
    }

    /// One of them, or none.
    fn maybe<T: Clone + Into<Json>>(&mut self, of: &[T]) -> Json {
        if self.rng.random_range(0..4_u32) == 0 {
            Json::Null
        } else {
            self.one_of(of).into()
        }
    }

    async fn report(&mut self) {
        let plant = self.plant;
        let form = json!({
            "title": "Burr", "description": "A burr.",
            "part_id": self.one_of(&plant.parts),
            "work_center_id": self.one_of(&plant.work_centers),
            "supplier_id": self.maybe(&plant.suppliers),
            "failure_code": self.maybe(&plant.codes),
            "quantity_defective": self.rng.random_range(1..50_u32).to_string(),
            "quantity_inspected": if self.rng.random_range(0..2_u32) == 0 { Json::Null } else { json!("100.5") },
            "severity": "minor", "is_contained": true,
        });
        let form = Draft::json(&form);
        let reported = defects::report(self.system, &plant.manager, &form, None);
        self.records.push(reported.await.unwrap().item.id);
    }

    async fn step(&mut self) {
        let records = self.records.clone();
        let id = self.one_of(&records);
        let manager = &self.plant.manager;
        let record = defects::show(self.system, manager, id).await.unwrap();
        let status = record.item.status;
        let is_done = match self.rng.random_range(0..14_u32) {
            0 | 1 => {
                self.report().await;
                true
            }
            2..=6 => self.go_on(id, status).await,
            7 => self.act(id, json!({"action": "void"}), manager).await,
            8 => {
                self.act(id, json!({"action": "return_to_analysis"}), manager)
                    .await
            }
            9 | 10 => self.change(id).await,
            11 => self.spend(id).await,
            12 => self.work(id).await,
            _ => self.line(id).await,
        };
        self.done += usize::from(is_done);
        if self.rng.random_range(0..8_u32) == 0 {
            summary::fold(self.system).await.unwrap();
        }
    }

    /// The next step of a record's life, with what it asks for.
    async fn go_on(&mut self, id: i64, status: Status) -> bool {
        let plant = self.plant;
        let action = match status {
            Status::Reported => "start_analysis",
            Status::Analysis => {
                let texts = json!({"process_analysis": "Worn.", "engineering_findings": "Worn."});
                self.patch(id, &texts).await;
                "submit_analysis"
            }
            Status::Disposition => {
                self.balance(id).await;
                "approve_disposition"
            }
            Status::Execution => {
                self.set_lines(id, json!({"status": "done"})).await;
                "complete_execution"
            }
            Status::Verification => {
                self.set_lines(id, json!({"reinspection_result": "pass"}))
                    .await;
                let code = self.one_of(&plant.codes);
                self.patch(id, &json!({"failure_code": code})).await;
                "close"
            }
            Status::Closed => "reopen",
            Status::Void => return false,
        };
        // Who closes is not who reported.
        self.act(id, json!({"action": action}), &plant.other).await
    }

    async fn act(&self, id: i64, mut request: Json, actor: &Actor) -> bool {
        request["reason"] = "By chance.".into();
        if matches!(request["action"].as_str(), Some("close" | "reopen")) {
            request["signature"] = json!({"password": PASSWORD, "meaning": "closure"});
        }
        let request = Draft::json(&request);
        transition::act(self.system, actor, id, &ANY, &request, None)
            .await
            .is_ok()
    }

    async fn patch(&self, id: i64, fields: &Json) -> bool {
        let (manager, fields) = (&self.plant.manager, Draft::json(fields));
        defects::change(self.system, manager, id, &ANY, &fields)
            .await
            .is_ok()
    }

    async fn change(&mut self, id: i64) -> bool {
        let plant = self.plant;
        let fields = match self.rng.random_range(0..7_u32) {
            0 => json!({"part_id": self.one_of(&plant.parts)}),
            1 => json!({"work_center_id": self.one_of(&plant.work_centers)}),
            2 => json!({"supplier_id": self.maybe(&plant.suppliers)}),
            3 => json!({"failure_code": self.maybe(&plant.codes)}),
            4 => json!({"cause": self.maybe(&plant.causes)}),
            5 => json!({"quantity_defective": self.rng.random_range(1..50_u32).to_string()}),
            _ => {
                json!({"quantity_inspected": self.maybe(&["50", "75.25", "200"]), "title": "Another burr"})
            }
        };
        self.patch(id, &fields).await
    }

    async fn spend(&mut self, id: i64) -> bool {
        let manager = &self.plant.manager;
        let kinds = ["material", "freight", "customer_claim", "recovery"];
        let entry = json!({
            "kind": self.one_of(&kinds),
            "amount": format!("{}.25", self.rng.random_range(1..90_u32)),
            "quality_class": self.maybe(&["prevention", "appraisal"]),
        });
        let added = cost::add(self.system, manager, id, &ANY, &Draft::json(&entry), None).await;
        match added {
            Ok(added) if self.rng.random_range(0..3_u32) == 0 => {
                let why = Draft::json(&json!({"reason": "Typed wrongly."}));
                let which = (id, added.item.id);
                cost::reverse(self.system, manager, which, &ANY, &why, None)
                    .await
                    .is_ok()
            }
            added => added.is_ok(),
        }
    }

    async fn work(&mut self, id: i64) -> bool {
        let manager = &self.plant.manager;
        let entry = json!({
            "work_date": "2026-11-20", "minutes": self.rng.random_range(1..300_u32),
            "activity": self.one_of(&["rework", "inspect", "sort"]),
            "rate": self.maybe(&["48", "60.50"]),
        });
        let entry = Draft::json(&entry);
        labor::add(self.system, manager, id, &ANY, &entry, None)
            .await
            .is_ok()
    }

    async fn line(&mut self, id: i64) -> bool {
        let manager = &self.plant.manager;
        let there = self.lines(id).await;
        if let Some((line, _)) = there
            .first()
            .filter(|_| self.rng.random_range(0..2_u32) == 0)
        {
            if self.rng.random_range(0..2_u32) == 0 {
                return lines::remove(self.system, manager, id, *line, &ANY)
                    .await
                    .is_ok();
            }
            let change = json!({"disposition": self.one_of(&["scrap", "regrade", "sort"])});
            return self.set_line(id, *line, &change).await;
        }
        self.add_line(id, "1").await
    }

    async fn add_line(&mut self, id: i64, quantity: &str) -> bool {
        let line = json!({
            "disposition": self.one_of(&["scrap", "regrade", "sort", "no_defect_found"]),
            "quantity": quantity, "justification": "By chance.",
        });
        let (manager, line) = (&self.plant.manager, Draft::json(&line));
        lines::add(self.system, manager, id, &ANY, &line, None)
            .await
            .is_ok()
    }

    /// Lines that come to what is defective.
    async fn balance(&mut self, id: i64) {
        let manager = &self.plant.manager;
        for (line, _) in self.lines(id).await {
            let _ = lines::remove(self.system, manager, id, line, &ANY).await;
        }
        let record = defects::show(self.system, manager, id).await.unwrap();
        let whole: i64 = record.item.quantity_defective.parse().unwrap();
        if whole > 3 {
            self.add_line(id, "3").await;
            self.add_line(id, &(whole - 3).to_string()).await;
        } else {
            self.add_line(id, &whole.to_string()).await;
        }
    }

    async fn lines(&self, id: i64) -> Vec<(i64, LineStatus)> {
        let all = Draft::json(&json!({"limit": 200}));
        let page = lines::list(self.system, &self.plant.manager, id, &all).await;
        let lines = page.unwrap().items.into_iter();
        lines.map(|line| (line.id, line.status)).collect()
    }

    async fn set_line(&self, id: i64, line: i64, change: &Json) -> bool {
        let (manager, change) = (&self.plant.manager, Draft::json(change));
        lines::change(self.system, manager, id, line, &ANY, &change)
            .await
            .is_ok()
    }

    async fn set_lines(&self, id: i64, change: Json) {
        for (line, _) in self.lines(id).await {
            self.set_line(id, line, &change).await;
        }
    }
}
