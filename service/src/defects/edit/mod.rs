//! Editing a defect: a merge patch, each field under its own right.

mod references;

use std::sync::Arc;

use sea_orm::ActiveValue::Set;
use serde_json::json;

use super::approvals;
use super::due;
use super::forms::DefectPatch;
use super::record::{Moves, Record, instant, quantity};
use super::translations;
use super::view::{DefectView, view};
use crate::actor::Actor;
use crate::error::Result;
use crate::input::Draft;
use crate::notice::{self, Event, Notice};
use crate::system::{System, Unit};
use crate::value::Text;
use crate::version::IfMatch;
use references::resolve;

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
    let voted_on = |record: &Record<'_>| {
        let row = &record.row;
        let severity = row.severity.clone();
        (
            row.part_id,
            row.customer_id,
            row.quantity_defective,
            severity,
        )
    };
    let (before, assignee) = (voted_on(&record), record.row.assignee_id);
    let texts = translations::digest_of(&record.row);
    let patch = draft.check()?;
    apply(&mut record, patch).await?;
    if voted_on(&record) != before {
        approvals::end_round(&mut record).await?;
        approvals::ask(&mut record).await?;
    }
    if patch.severity.is_some() || patch.is_contained.is_some() || patch.due_at.is_some() {
        due::follow(&mut record).await?;
    }
    if record.row.assignee_id.is_some() && record.row.assignee_id != assignee {
        notice::tell(&unit, vec![Notice::about(Event::Assigned, &record.row)]).await?;
    }
    if translations::digest_of(&record.row) != texts {
        translations::ask(&unit, &record.row).await?;
    }
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
        repeat_of_id,
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
    put!(
        record,
        repeat_of_id,
        repeat_of_id.map(|id| id.map(|id| id.0)),
        |v: &Option<i64>| json!(v)
    );
    let severities = severity.map(|word| Some(word.word().to_owned()));
    put!(record, severity, severities, |v: &Option<String>| json!(v));
    put!(record, assignee_id, numbers(assignee_id), |v: &Option<
        i64,
    >| json!(v));
    if let Some(due_at) = due_at {
        due::put(record, due_at.map(|at| at.0), false)?;
    }
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

fn texts<const MAX: usize>(sent: Option<Option<Text<MAX>>>) -> Option<Option<String>> {
    sent.map(|text| text.map(|text| text.0))
}

fn numbers<const MIN: i64, const MAX: i64>(
    sent: Option<Option<crate::value::Int<MIN, MAX>>>,
) -> Option<Option<i64>> {
    sent.map(|number| number.map(|number| number.0))
}
