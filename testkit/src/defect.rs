//! Defects for tests: a tag with something on it, and a record brought to where a test begins.

use serde_json::{Map, Value as Json, json};
use service::Draft;
use service::actor::Actor;
use service::defects::lines::LineView;
use service::defects::{self, DefectView, labor, lines, transition};
use service::lifecycle::Action;
use service::role::Role;
use service::version::IfMatch;
use service::words::{Disposition, Severity, Status};

use crate::system::{PASSWORD, TestSystem, made};

/// What is to stand on a tag: ten flanges with a burr, found in process, unless it says otherwise.
#[derive(Clone, Debug, Default)]
pub struct Tag {
    fields: Map<String, Json>,
    severity: Option<Severity>,
}

/// A tag to report, see [`TestSystem::report`].
pub fn defect() -> Tag {
    Tag::default()
}

impl Tag {
    /// Critical, and so contained.
    pub fn critical(self) -> Self {
        self.severity(Severity::Critical).with("is_contained", true)
    }

    /// Major.
    pub fn major(self) -> Self {
        self.severity(Severity::Major)
    }

    /// Minor.
    pub fn minor(self) -> Self {
        self.severity(Severity::Minor)
    }

    /// Of a severity, which an engineer sets where the reporter may not.
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = Some(severity);
        self
    }

    /// How many are defective.
    pub fn quantity(self, quantity: &str) -> Self {
        self.with("quantity_defective", quantity)
    }

    /// Any field, as a request writes it.
    pub fn with(mut self, field: &str, value: impl Into<Json>) -> Self {
        self.fields.insert(field.to_owned(), value.into());
        self
    }
}

impl TestSystem {
    /// The body of a report: what the tag says, and what it has to say besides. Part and work center are new
    /// unless it names them.
    pub async fn form(&self, tag: &Tag) -> Json {
        let mut form = json!({
            "title": "Burr on flange bore",
            "description": "A burr of 0.3 mm at the edge of the bore.",
            "quantity_defective": "10",
        });
        if !tag.fields.contains_key("part_id") {
            form["part_id"] = self.part().await.id.into();
        }
        if !tag.fields.contains_key("work_center_id") {
            form["work_center_id"] = self.work_center().await.id.into();
        }
        for (field, value) in &tag.fields {
            form[field] = value.clone();
        }
        form
    }

    /// Reports a defect.
    pub async fn report(&self, actor: &Actor, tag: Tag) -> DefectView {
        let form = Draft::json(&self.form(&tag).await);
        let reported = made("a defect", defects::report(self, actor, &form, None).await);
        match tag.severity {
            Some(severity) => {
                self.set(reported.item.id, json!({"severity": severity.word()}))
                    .await
            }
            None => reported,
        }
    }

    /// A new defect of ten pieces, three to scrap and seven to rework, brought to `status` by the team, each step by
    /// the role whose work it is. It is major unless [`bring`](Self::bring) is given another.
    pub async fn bring_to(&self, status: Status) -> DefectView {
        let reporter = self.member(Role::Inspector).await;
        let reported = self.report(&reporter, defect().major()).await;
        self.bring(reported.item.id, status).await
    }

    /// Brings a defect that was reported, or is on its way, to `status`.
    pub async fn bring(&self, id: i64, status: Status) -> DefectView {
        loop {
            let now = made(
                "a defect",
                defects::show(self, &self.member(Role::QualityManager).await, id).await,
            );
            if now.item.status == status {
                return now;
            }
            let action = match now.item.status {
                Status::Reported if status == Status::Void => Action::Void,
                Status::Reported => Action::StartAnalysis,
                Status::Analysis => Action::SubmitAnalysis,
                Status::Disposition => Action::ApproveDisposition,
                Status::Execution => Action::CompleteExecution,
                Status::Verification => Action::Close,
                Status::Closed | Status::Void => {
                    panic!("testkit: {id} is {} already", now.item.status)
                }
            };
            self.make_ready(id).await;
            self.act(by_whom(action), id, action).await;
        }
    }

    /// Gives a record all that its next step asks for, without taking the step.
    pub async fn make_ready(&self, id: i64) {
        let viewer = self.member(Role::Viewer).await;
        let record = made("a defect", defects::show(self, &viewer, id).await);
        match record.item.status {
            Status::Reported if record.item.severity.is_none() => {
                self.set(id, json!({"severity": Severity::Major.word()}))
                    .await;
            }
            Status::Analysis => {
                let findings = json!({
                    "process_analysis": "The drill was worn.",
                    "engineering_findings": "The tool life is set too high.",
                });
                self.set(id, findings).await;
            }
            Status::Disposition => self.dispose(&record).await,
            Status::Execution => self.execute(&record).await,
            Status::Verification => self.verify(&record).await,
            Status::Reported | Status::Closed | Status::Void => {}
        }
    }

    async fn dispose(&self, analysed: &DefectView) {
        let id = analysed.item.id;
        if self.lines(id).await.is_empty() {
            let quantity = analysed.item.quantity_defective.as_str();
            let plan = if quantity == "10" {
                vec![("scrap", "3"), ("rework", "7")]
            } else {
                vec![("scrap", quantity)]
            };
            for (disposition, quantity) in plan {
                self.line(id, disposition, quantity).await;
            }
        }
    }

    async fn execute(&self, decided: &DefectView) {
        let id = decided.item.id;
        if decided.labor_minutes == 0 {
            let operator = self.member(Role::Operator).await;
            let work = json!({"work_date": "2026-11-20", "minutes": 90, "activity": "rework"});
            made(
                "labor",
                labor::add(
                    self,
                    &operator,
                    id,
                    &IfMatch::Any,
                    &Draft::json(&work),
                    None,
                )
                .await,
            );
        }
        for line in self.lines(id).await {
            let mut done = json!({"status": "done"});
            if line.disposition == Disposition::ReturnToSupplier {
                done["return_number"] = "RMA-1".into();
            }
            self.set_line(Role::Operator, id, line.id, done).await;
        }
    }

    async fn verify(&self, executed: &DefectView) {
        let id = executed.item.id;
        for line in self.lines(id).await {
            if matches!(line.disposition.word(), "rework" | "repair") {
                self.set_line(
                    Role::QualityEngineer,
                    id,
                    line.id,
                    json!({"reinspection_result": "pass"}),
                )
                .await;
            }
        }
        if executed.item.failure_code.is_none() {
            self.set_failure_code(id).await;
        }
    }

    /// Gives a record a failure code of its own.
    pub async fn set_failure_code(&self, id: i64) {
        let code = self.failure_code(&format!("BURR-{}", self.number())).await;
        self.set(id, json!({"failure_code": code.code})).await;
    }

    /// Takes an action in the name of the team's member of a role, with a reason and a signature where they are needed.
    pub async fn act(&self, role: Role, id: i64, action: Action) -> DefectView {
        let actor = self.member(role).await;
        let row = service::lifecycle::Transition::of(action);
        let mut request = json!({"action": action.word()});
        if row.needs_reason {
            request["reason"] = "The test asks for it.".into();
        }
        if row.needs_signature {
            request["signature"] = json!({"password": PASSWORD, "meaning": "closure"});
        }
        made(
            action.word(),
            transition::act(
                self,
                &actor,
                id,
                &IfMatch::Any,
                &Draft::json(&request),
                None,
            )
            .await,
        )
    }

    /// Adds a disposition line in the name of quality.
    pub async fn line(&self, id: i64, disposition: &str, quantity: &str) -> LineView {
        let quality = self.member(Role::QualityEngineer).await;
        let new = json!({"disposition": disposition, "quantity": quantity, "justification": "Cannot be used as it is."});
        made(
            "a line",
            lines::add(self, &quality, id, &IfMatch::Any, &Draft::json(&new), None).await,
        )
        .item
    }

    async fn lines(&self, id: i64) -> Vec<LineView> {
        let viewer = self.member(Role::Viewer).await;
        made(
            "lines",
            lines::list(self, &viewer, id, &Draft::json(&json!({"limit": 200}))).await,
        )
        .items
    }

    async fn set_line(&self, role: Role, id: i64, line: i64, change: Json) {
        let actor = self.member(role).await;
        let change = Draft::json(&change);
        made(
            "a line",
            lines::change(self, &actor, id, line, &IfMatch::Any, &change).await,
        );
    }

    /// Sets fields of a record in the name of the quality manager, who may write most of them.
    async fn set(&self, id: i64, fields: Json) -> DefectView {
        let manager = self.member(Role::QualityManager).await;
        made(
            "a change",
            defects::change(self, &manager, id, &IfMatch::Any, &Draft::json(&fields)).await,
        )
    }
}

/// The role whose work an action is.
fn by_whom(action: Action) -> Role {
    match action {
        Action::StartAnalysis | Action::SubmitAnalysis => Role::TechEngineer,
        Action::CompleteExecution => Role::Operator,
        Action::Reopen | Action::Void => Role::QualityManager,
        _ => Role::QualityEngineer,
    }
}

/// A rework line put into the database past all rules, for tests of what the rules refuse.
pub async fn line_by_force(t: &TestSystem, record: i64) -> i64 {
    use sea_orm::ConnectionTrait;
    use sea_orm::sea_query::Query;
    let now = t.clock.now();
    let user = t.member(Role::QualityEngineer).await.id;
    let columns = [
        "defect_id",
        "disposition",
        "quantity",
        "justification",
        "authority",
        "status",
        "created_at",
        "created_by",
        "updated_at",
        "updated_by",
    ];
    let values = [
        record.into(),
        "rework".into(),
        7000.into(),
        "By force.".into(),
        "quality".into(),
        "approved".into(),
        now.into(),
        user.into(),
        now.into(),
        user.into(),
    ];
    let insert = Query::insert()
        .into_table("disposition_line")
        .columns(columns)
        .values_panic(values)
        .to_owned();
    let done = t.db.write(move |tx| {
        let insert = insert.clone();
        Box::pin(async move { Ok::<_, db::Error>(tx.execute(&insert).await.map(drop)?) })
    });
    made("a line", done.await);
    let viewer = t.member(Role::Viewer).await;
    let page = made(
        "lines",
        lines::list(t, &viewer, record, &Draft::json(&json!({}))).await,
    );
    page.items.last().map_or(0, |line| line.id)
}
