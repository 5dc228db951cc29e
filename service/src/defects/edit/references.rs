//! What a patch refers to, and what must hold between its fields and the record's.

use crate::defects::forms::DefectPatch;
use crate::defects::record::{Record, code_of};
use crate::defects::reference::{Reference, References};
use crate::defects::together::{not_in_future, together};
use crate::error::{Result, refuse_if_any};
use crate::value::{Code, Id};
use crate::words::CodeList;

/// Checks what the patch refers to, and what must hold between its fields and the record's.
pub(super) async fn resolve(record: &Record<'_>, patch: &DefectPatch) -> Result<Codes> {
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
        .add("repeat_of_id", earlier(record, patch))
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

/// The record that this one will repeat, where that or the part changes: it has to be an earlier one of that part.
fn earlier(record: &Record<'_>, patch: &DefectPatch) -> Option<Reference<'static>> {
    let (row, sent) = (&record.row, patch.repeat_of_id);
    let part_id = patch.part_id.map_or(row.part_id, |id| id.0);
    let repeated = sent.map_or(row.repeat_of_id, |id| id.map(|id| id.0))?;
    let is_new = (Some(repeated), part_id) != (row.repeat_of_id, row.part_id);
    is_new.then_some(Reference::Earlier {
        id: repeated,
        part_id,
        than: Some((row.reported_at, row.id)),
    })
}

/// The codes of a patch.
pub(super) struct Codes {
    pub(super) failure_code: CodeChange,
    pub(super) cause: CodeChange,
}

/// A code before the patch, and the id behind the one after it.
pub(super) struct CodeChange {
    pub(super) before: Option<String>,
    pub(super) after: Option<i64>,
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
