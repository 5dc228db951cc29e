//! What the supplier sees of a request, and what he writes.

use std::sync::Arc;

use entity::car_cause;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::defects::{self, SupplierDefect};
use super::link::{name_of, opened};
use crate::actor::Actor;
use crate::corrective::causes::of_supplier;
use crate::corrective::lifecycle::OPEN;
use crate::corrective::record::Record;
use crate::corrective::steps::{self, Steps};
use crate::error::{Error, Result};
use crate::input::Draft;
use crate::role::Roles;
use crate::system::{System, Unit};
use crate::value::{Instant, LongText};
use crate::version::IfMatch;
use crate::words::{CorrectiveStatus, Language, RootCauseKind, Severity, Step};

/// The steps that a supplier answers.
const ASKED: [Step; 5] = [Step::D3, Step::D4, Step::D5, Step::D6, Step::D7];

crate::input! {
    /// What a supplier answers; what is not sent stays as it is.
    pub struct SupplierAnswer {
        /// D3: how the problem is contained.
        d3: clearable LongText,
        /// D4: how the root causes were found and verified.
        d4: clearable LongText,
        /// D5: the corrective actions that were chosen.
        d5: clearable LongText,
        /// D6: how they were carried out and validated.
        d6: clearable LongText,
        /// D7: how recurrence is prevented.
        d7: clearable LongText,
        /// Why it happened.
        occurrence: change LongText,
        /// Why it was not found.
        non_detection: change LongText,
        /// Why the system let it happen.
        systemic: change LongText,
    }
}

/// A step as its supplier sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SupplierStep {
    /// What he wrote.
    #[schema(required)]
    pub text: Option<String>,
    /// Until when it is asked for.
    #[schema(required, format = DateTime)]
    pub due_at: Option<String>,
    /// Whether it is complete; nothing of it can be changed then.
    pub is_complete: bool,
}

/// A corrective action request as its supplier sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SupplierView {
    /// Number of the request.
    #[schema(example = "CAR-000123")]
    pub car_number: String,
    /// Moves with every change; the ETag.
    pub version: i64,
    /// Whether anything may still be answered.
    pub is_open: bool,
    /// What is wrong, in a line.
    pub title: String,
    /// What is wrong.
    pub description: String,
    /// How grave it is.
    #[schema(required)]
    pub severity: Option<Severity>,
    /// Until when the request is to be closed.
    #[schema(required, format = DateTime)]
    pub due_at: Option<String>,
    /// Until when this link is valid.
    #[schema(format = DateTime)]
    pub expires_at: String,
    /// The parts and quantities that it is about, as far as they are his; none that is void.
    pub defects: Vec<SupplierDefect>,
    /// D3: how the problem is contained.
    pub d3: SupplierStep,
    /// D4: how the root causes were found and verified.
    pub d4: SupplierStep,
    /// D5: the corrective actions that were chosen.
    pub d5: SupplierStep,
    /// D6: how they were carried out and validated.
    pub d6: SupplierStep,
    /// D7: how recurrence is prevented.
    pub d7: SupplierStep,
    /// Why it happened, as he gave it.
    #[schema(required)]
    pub occurrence: Option<String>,
    /// Why it was not found, as he gave it.
    #[schema(required)]
    pub non_detection: Option<String>,
    /// Why the system let it happen, as he gave it.
    #[schema(required)]
    pub systemic: Option<String>,
}

impl SupplierView {
    /// Whether an answer to a step is still taken.
    pub fn takes(&self, step: &SupplierStep) -> bool {
        self.is_open && !step.is_complete
    }
}

/// What a link shows.
///
/// # Errors
/// `NotFound` for whatever opens nothing.
pub async fn show(system: &System, token: &str) -> Result<SupplierView> {
    view(system.db.reader(), system, token).await
}

/// Takes what the supplier answers.
///
/// # Errors
/// `NotFound`, `VersionStale`, `WrongState` for what is complete, `Invalid`.
pub async fn answer(
    system: &System,
    token: &str,
    if_match: &IfMatch,
    draft: &Draft<SupplierAnswer>,
) -> Result<SupplierView> {
    let db = system.db.reader();
    let (_, link) = opened(db, token, system.clock.now()).await?;
    let supplier = Actor {
        id: None,
        name: name_of(db, &link).await?,
        roles: Roles::default(),
        language: Language::English,
        token_id: None,
        scopes: None,
    };
    let input = (token.to_owned(), if_match.clone(), draft.clone());
    system
        .change(&supplier, None, input, |unit, input| {
            Box::pin(answer_in(unit, input))
        })
        .await
}

async fn answer_in(
    unit: Unit<'_>,
    input: Arc<(String, IfMatch, Draft<SupplierAnswer>)>,
) -> Result<SupplierView> {
    let (token, if_match, draft) = &*input;
    // Whoever takes the link back changes the request, so it is locked before the link is looked at.
    let (row, _) = opened(unit.tx, token, unit.now).await?;
    let mut record = Record::load_unasked(&unit, row.id).await?;
    opened(unit.tx, token, unit.now).await?;
    if_match.check(record.row.version)?;
    let steps = Steps::of(unit.tx, record.row.id).await?;
    require_state(&record, &steps, draft.sent())?;
    write(&mut record, &steps, draft.check()?).await?;
    record.save().await?;
    view(unit.tx, &unit.system, token).await
}

/// 409: nothing is taken for a step that is complete, nor for a request that is at its end.
fn require_state(record: &Record<'_>, steps: &Steps, sent: &[String]) -> Result<()> {
    if !is_open(record.status) {
        let closed = "the request is complete; nothing can be answered any more";
        return Err(Error::WrongState(closed.to_owned()));
    }
    for field in sent {
        // Root causes are part of D4.
        let step = Step::of(field).or(RootCauseKind::of(field).map(|_| Step::D4));
        let Some(step) = step.filter(|step| ASKED.contains(step)) else {
            continue;
        };
        if steps.get(step)?.done_at.is_some() {
            let complete = format!("{step} is complete; {field} can no longer be changed");
            return Err(Error::WrongState(complete));
        }
    }
    Ok(())
}

/// Whether a supplier may still answer.
fn is_open(status: CorrectiveStatus) -> bool {
    OPEN.contains(&status) && status != CorrectiveStatus::D8
}

async fn write(record: &mut Record<'_>, steps: &Steps, answer: &SupplierAnswer) -> Result<()> {
    // Destructured whole: a new field does not compile until it has a place here.
    let SupplierAnswer {
        d3,
        d4,
        d5,
        d6,
        d7,
        occurrence,
        non_detection,
        systemic,
    } = answer.clone();
    for (step, text) in ASKED.into_iter().zip([d3, d4, d5, d6, d7]) {
        if let Some(text) = text {
            let before = steps.get(step)?;
            let mut after = before.clone();
            after.supplier_content = text.map(|text| text.0);
            steps::update(record, before, after).await?;
        }
    }
    let causes = [
        (RootCauseKind::Occurrence, occurrence),
        (RootCauseKind::NonDetection, non_detection),
        (RootCauseKind::Systemic, systemic),
    ];
    for (kind, text) in causes {
        if let Some(text) = text {
            of_supplier(record, kind, &text.0).await?;
        }
    }
    Ok(())
}

async fn view(db: &impl ConnectionTrait, system: &System, token: &str) -> Result<SupplierView> {
    let (row, link) = opened(db, token, system.clock.now()).await?;
    let steps = Steps::of(db, row.id).await?;
    let step = |step: Step| {
        let row = steps.get(step)?;
        Ok::<_, Error>(SupplierStep {
            text: row.supplier_content.clone(),
            due_at: row.due_at.as_ref().map(Instant::show),
            is_complete: row.done_at.is_some(),
        })
    };
    let causes = causes(db, row.id).await?;
    let cause = |kind: RootCauseKind| {
        let mut given = causes.iter();
        let found = given.find(|(of, _)| of == kind.word());
        found.map(|(_, text)| text.clone())
    };
    Ok(SupplierView {
        is_open: is_open(CorrectiveStatus::stored(&row.status)?),
        defects: defects::seen(db, &link).await?,
        version: row.version,
        severity: row.severity.as_deref().map(Severity::stored).transpose()?,
        due_at: row.due_at.as_ref().map(Instant::show),
        car_number: row.car_number,
        title: row.title,
        description: row.description,
        expires_at: Instant::show(&link.expires_at),
        d3: step(Step::D3)?,
        d4: step(Step::D4)?,
        d5: step(Step::D5)?,
        d6: step(Step::D6)?,
        d7: step(Step::D7)?,
        occurrence: cause(RootCauseKind::Occurrence),
        non_detection: cause(RootCauseKind::NonDetection),
        systemic: cause(RootCauseKind::Systemic),
    })
}

/// The root causes that the supplier gave: their kinds and texts.
async fn causes(db: &impl ConnectionTrait, car_id: i64) -> Result<Vec<(String, String)>> {
    let causes = car_cause::Entity::find()
        .select_only()
        .columns([car_cause::Column::Kind, car_cause::Column::Content])
        .filter(car_cause::Column::CarId.eq(car_id))
        .filter(car_cause::Column::FromSupplier.eq(true))
        .order_by_asc(car_cause::Column::Id)
        .into_tuple()
        .all(db)
        .await?;
    Ok(causes)
}
