//! Editing a defect: a merge patch, each field under its own right.

use std::sync::Arc;

use sea_orm::ActiveValue::Set;
use serde_json::json;

use super::record::{Moves, Record, code_of, instant, quantity};
use super::reference::{Reference, References};
use super::report::{not_in_future, together};
use super::view::{DefectView, view};
use crate::actor::Actor;
use crate::error::{Result, refuse_if_any};
use crate::input::Draft;
use crate::system::{System, Unit};
use crate::value::{Code, Count, Id, Instant, LongText, Quantity, Text};
use crate::version::IfMatch;
use crate::words::{CodeList, Language, Origin, Severity};

crate::input! {
    /// What may be changed of a defect; fields that are not sent stay as they are, null clears.
    pub struct DefectPatch {
        /// Where it was found.
        origin: change Origin,
        /// The part.
        part_id: change Id,
        /// Lot or batch.
        lot_number: clearable Text<100>,
        /// Work order.
        work_order: clearable Text<100>,
        /// The work center.
        work_center_id: change Id,
        /// The customer.
        customer_id: clearable Id,
        /// The supplier.
        supplier_id: clearable Id,
        /// What is wrong, in a line.
        title: change Text<200>,
        /// What is wrong.
        description: change LongText,
        /// The language of the texts.
        language: change Language,
        /// How many were looked at.
        quantity_inspected: clearable Quantity,
        /// How many are wrong.
        quantity_defective: change Quantity,
        /// Units in the sample.
        units_sampled: clearable Count,
        /// Defects found in the sample.
        defects_found: clearable Count,
        /// When it was found.
        detected_at: change Instant,
        /// The other system that it is known to.
        external_system: clearable Code<60>,
        /// What it is called there.
        external_id: clearable Text<200>,
        /// Whether the material is set apart.
        is_contained: change bool,
        /// Where it is held.
        hold_location: clearable Text<200>,
        /// How grave it is; once set it can be changed, not cleared.
        severity: change Severity,
        /// The kind of failure.
        failure_code: clearable Code<40>,
        /// Who takes care of it.
        assignee_id: clearable Id,
        /// Until when.
        due_at: clearable Instant,
        /// What happened in the process.
        process_analysis: clearable LongText,
        /// How it is to be repaired.
        repair_process: clearable LongText,
        /// What engineering found.
        engineering_findings: clearable LongText,
        /// The root cause.
        root_cause: clearable LongText,
        /// The most likely cause's code.
        cause: clearable Code<40>,
    }
}

/// Changes a defect.
///
/// # Errors
/// `NotFound`, `Forbidden` naming the fields, `VersionMissing`, `VersionStale`, `WrongState`, `Invalid`, `Duplicate`.
pub async fn change(
    system: &System,
    actor: &Actor,
    id: i64,
    if_match: &IfMatch,
    draft: &Draft<DefectPatch>,
) -> Result<DefectView> {
    let input = (id, if_match.clone(), draft.clone());
    system
        .change(actor, None, input, |unit, input| {
            Box::pin(change_in(unit, input))
        })
        .await
}

async fn change_in(
    unit: Unit<'_>,
    input: Arc<(i64, IfMatch, Draft<DefectPatch>)>,
) -> Result<DefectView> {
    let (id, if_match, draft) = &*input;
    let mut record = Record::load(&unit, *id).await?;
    let sent = || draft.sent().iter().map(String::as_str);
    record.require_rights(sent())?;
    if_match.demand(record.row.version)?;
    record.require_state(sent())?;
    apply(&mut record, draft.check()?).await?;
    record.save(Moves::Version).await?;
    view(unit.tx, &unit.system, &unit.actor, *id).await
}

/// Sets a column from a field of the patch that was sent, and writes its history.
macro_rules! put {
    ($record:ident, $field:ident, $sent:expr, $show:expr) => {
        if let Some(new) = $sent {
            let show = $show;
            let (before, after) = (show(&$record.row.$field), show(&new));
            $record.note(stringify!($field), &before, &after)?;
            $record.row.$field = new.clone();
            $record.set.$field = Set(new);
        }
    };
}

async fn apply(record: &mut Record<'_>, patch: &DefectPatch) -> Result<()> {
    let codes = resolve(record, patch).await?;
    // Destructured whole: a new field does not compile until it has a place here.
    let DefectPatch {
        origin,
        part_id,
        lot_number,
        work_order,
        work_center_id,
        customer_id,
        supplier_id,
        title,
        description,
        language,
        quantity_inspected,
        quantity_defective,
        units_sampled,
        defects_found,
        detected_at,
        external_system,
        external_id,
        is_contained,
        hold_location,
        severity,
        failure_code,
        assignee_id,
        due_at,
        process_analysis,
        repair_process,
        engineering_findings,
        root_cause,
        cause,
    } = patch.clone();
    put!(
        record,
        origin,
        origin.map(|word| word.word().to_owned()),
        |v: &String| json!(v)
    );
    put!(record, part_id, part_id.map(|id| id.0), |v: &i64| json!(v));
    put!(record, lot_number, texts(lot_number), |v: &Option<
        String,
    >| json!(v));
    put!(record, work_order, texts(work_order), |v: &Option<
        String,
    >| json!(v));
    put!(
        record,
        work_center_id,
        work_center_id.map(|id| id.0),
        |v: &i64| json!(v)
    );
    put!(record, customer_id, numbers(customer_id), |v: &Option<
        i64,
    >| json!(v));
    put!(record, supplier_id, numbers(supplier_id), |v: &Option<
        i64,
    >| json!(v));
    put!(record, title, title.map(|text| text.0), |v: &String| json!(
        v
    ));
    put!(
        record,
        description,
        description.map(|text| text.0),
        |v: &String| json!(v)
    );
    put!(
        record,
        language,
        language.map(|word| word.word().to_owned()),
        |v: &String| json!(v)
    );
    let quantities = quantity_inspected.map(|q| q.map(|q| q.0));
    put!(record, quantity_inspected, quantities, |v: &Option<i64>| {
        quantity(*v)
    });
    put!(
        record,
        quantity_defective,
        quantity_defective.map(|q| q.0),
        |v: &i64| quantity(Some(*v))
    );
    put!(
        record,
        units_sampled,
        numbers(units_sampled),
        |v: &Option<i64>| json!(v)
    );
    put!(
        record,
        defects_found,
        numbers(defects_found),
        |v: &Option<i64>| json!(v)
    );
    put!(record, detected_at, detected_at.map(|at| at.0), |v: &_| {
        instant(Some(*v))
    });
    let systems = external_system.map(|code| code.map(|code| code.0));
    put!(
        record,
        external_system,
        systems,
        |v: &Option<String>| json!(v)
    );
    put!(record, external_id, texts(external_id), |v: &Option<
        String,
    >| json!(v));
    put!(record, is_contained, is_contained, |v: &bool| json!(v));
    put!(record, hold_location, texts(hold_location), |v: &Option<
        String,
    >| json!(v));
    let severities = severity.map(|word| Some(word.word().to_owned()));
    put!(record, severity, severities, |v: &Option<String>| json!(v));
    put!(record, assignee_id, numbers(assignee_id), |v: &Option<
        i64,
    >| json!(v));
    put!(
        record,
        due_at,
        due_at.map(|at| at.map(|at| at.0)),
        |v: &Option<_>| instant(*v)
    );
    put!(
        record,
        process_analysis,
        texts(process_analysis),
        |v: &Option<String>| json!(v)
    );
    put!(
        record,
        repair_process,
        texts(repair_process),
        |v: &Option<String>| json!(v)
    );
    put!(
        record,
        engineering_findings,
        texts(engineering_findings),
        |v: &Option<String>| json!(v)
    );
    put!(record, root_cause, texts(root_cause), |v: &Option<
        String,
    >| json!(v));
    if let Some(code) = failure_code {
        let (before, after) = (
            json!(codes.failure_code.before),
            json!(code.map(|code| code.0)),
        );
        record.note("failure_code", &before, &after)?;
        record.set.failure_code_id = Set(codes.failure_code.after);
    }
    if let Some(code) = cause {
        let (before, after) = (json!(codes.cause.before), json!(code.map(|code| code.0)));
        record.note("cause", &before, &after)?;
        record.set.cause_id = Set(codes.cause.after);
    }
    Ok(())
}

/// The codes of a patch.
struct Codes {
    failure_code: CodeChange,
    cause: CodeChange,
}

/// A code before the patch, and the id behind the one after it.
struct CodeChange {
    before: Option<String>,
    after: Option<i64>,
}

impl CodeChange {
    /// Before anything is resolved.
    async fn of(record: &Record<'_>, sent: &Sent, id: Option<i64>) -> Result<Self> {
        let before = match sent {
            Some(_) => code_of(record.unit.tx, id).await?,
            None => None,
        };
        let is_kept = match sent {
            Some(Some(code)) => before.as_ref() == Some(&code.0),
            _ => false,
        };
        Ok(Self {
            before,
            after: id.filter(|_| is_kept),
        })
    }

    /// What has to be looked up: a code that is kept may have been retired since.
    fn reference<'a>(&self, sent: &'a Sent, list: CodeList) -> Option<Reference<'a>> {
        let code = sent.as_ref().and_then(Option::as_ref);
        code.filter(|_| self.after.is_none())
            .map(|code| Reference::Code(list, &code.0))
    }
}

type Sent = Option<Option<Code<40>>>;

/// Checks what the patch refers to, and what must hold between its fields and the record's.
async fn resolve(record: &Record<'_>, patch: &DefectPatch) -> Result<Codes> {
    let (unit, row) = (record.unit, &record.row);
    let mut errors = Vec::new();
    let mut codes = Codes {
        failure_code: CodeChange::of(record, &patch.failure_code, row.failure_code_id).await?,
        cause: CodeChange::of(record, &patch.cause, row.cause_id).await?,
    };
    // What stays as it is may have been retired since; only what is new has to be there.
    let new = |sent: Option<Id>, stored: Option<i64>| {
        sent.map(|id| id.0).filter(|id| Some(*id) != stored)
    };
    let found = References::default()
        .add(
            "part_id",
            new(patch.part_id, Some(row.part_id)).map(Reference::Part),
        )
        .add(
            "work_center_id",
            new(patch.work_center_id, Some(row.work_center_id)).map(Reference::WorkCenter),
        )
        .add(
            "customer_id",
            new(patch.customer_id.flatten(), row.customer_id).map(Reference::Customer),
        )
        .add(
            "supplier_id",
            new(patch.supplier_id.flatten(), row.supplier_id).map(Reference::Supplier),
        )
        .add(
            "assignee_id",
            new(patch.assignee_id.flatten(), row.assignee_id).map(Reference::User),
        )
        .add(
            "failure_code",
            codes
                .failure_code
                .reference(&patch.failure_code, CodeList::FailureCode),
        )
        .add(
            "cause",
            codes.cause.reference(&patch.cause, CodeList::Cause),
        )
        .resolve(unit.tx, &mut errors)
        .await?;
    codes.failure_code.after = codes.failure_code.after.or(found.id("failure_code"));
    codes.cause.after = codes.cause.after.or(found.id("cause"));
    let inspected = patch
        .quantity_inspected
        .map_or(row.quantity_inspected, |q| q.map(|q| q.0));
    let defective = patch
        .quantity_defective
        .map_or(row.quantity_defective, |q| q.0);
    let has = |sent: Option<bool>, stored: bool| sent.unwrap_or(stored);
    together(
        &mut errors,
        inspected,
        defective,
        has(
            patch.external_system.as_ref().map(Option::is_some),
            row.external_system.is_some(),
        ),
        has(
            patch.external_id.as_ref().map(Option::is_some),
            row.external_id.is_some(),
        ),
    );
    if let Some(at) = patch.detected_at {
        not_in_future(unit, &mut errors, "detected_at", at);
    }
    refuse_if_any(errors)?;
    Ok(codes)
}

fn texts<const MAX: usize>(sent: Option<Option<Text<MAX>>>) -> Option<Option<String>> {
    sent.map(|text| text.map(|text| text.0))
}

fn numbers<const MIN: i64, const MAX: i64>(
    sent: Option<Option<crate::value::Int<MIN, MAX>>>,
) -> Option<Option<i64>> {
    sent.map(|number| number.map(|number| number.0))
}
