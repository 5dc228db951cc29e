//! A corrective action request as an 8D report: its steps, and under each what hangs on it.

use std::collections::HashMap;

use actix_web::get;
use service::Error;
use service::corrective::actions::CorrectiveActionView;
use service::corrective::causes::RootCauseView;
use service::corrective::checks::CheckView;
use service::corrective::{self, CorrectiveView, StepView, actions, causes, checks};
use service::words::{CodeList, CorrectiveKind, Step};

use super::read::{all, codes};
use super::record::{part, partner};
use super::section::{Section, Table, fact};
use super::sheet::{FORMS, Form, Sheet};
use super::signed;
use super::texts::Told;
use crate::answer::Reply;
use crate::web::visit::Visit;

/// Shows a corrective action request, as it is to be printed.
#[get("/corrective-actions/{id}/form")]
pub(super) async fn show_request(visit: Visit) -> Reply {
    let id = visit.id("corrective action request")?;
    let request = corrective::show(&visit.system, &visit.actor, id).await?;
    let sheet = Sheet::of(&visit, FORMS, format!("/corrective-actions/{id}"))?;
    let hung = Hung::of(&visit, &sheet, id).await?;
    let mut sections = vec![
        problem(&sheet, &request),
        defects(&visit, &sheet, id).await?,
    ];
    for step in Step::ALL {
        sections.push(step_of(&sheet, *step, &request));
        sections.extend(hung.under(&sheet, *step));
    }
    let mut signatures = signed::of_request(&visit, &sheet, id).await?;
    signatures.by_hand = vec![
        sheet.labels.text("paper-owner"),
        sheet.labels.word("authority", "quality"),
        sheet.labels.field("supplier"),
    ];
    sections.push(signatures);
    let title = sheet.labels.text("paper-car");
    Form::show(sheet, title, &request.item.car_number, sections)
}

/// What it is about, and who answers for it.
fn problem(sheet: &Sheet, request: &CorrectiveView) -> Section {
    let (labels, item) = (&sheet.labels, &request.item);
    let severity = item
        .severity
        .map(|severity| labels.word("severity", severity.word()));
    let raised = sheet.by(Some(&item.created_by), Some(&item.created_at));
    let closed = sheet.by(item.closed_by.as_ref(), item.closed_at.as_deref());
    let mut section = Section::titled(labels.text("paper-problem"));
    section.facts = vec![
        fact(
            labels.field("status"),
            labels.word("corrective-status", item.status.word()),
        ),
        fact(labels.field("severity"), severity),
        fact(
            labels.field("supplier"),
            item.supplier.as_ref().map(partner),
        ),
        fact(labels.text("paper-owner"), item.owner.name.clone()),
        fact(labels.text("paper-raised"), raised),
        fact(labels.field("due_at"), sheet.minute(item.due_at.as_deref())),
        fact(labels.text("paper-attempt"), item.attempt.to_string()),
        fact(labels.field("closed_by"), closed),
    ];
    section.texts = vec![
        Told::plain(labels.field("title"), Some(&item.title)),
        Told::plain(labels.field("description"), Some(&request.description)),
    ];
    section
}

/// The defects that it is about.
async fn defects(visit: &Visit, sheet: &Sheet, id: i64) -> Result<Section, Error> {
    let (system, actor, labels) = (&visit.system, &visit.actor, &sheet.labels);
    let linked =
        all(|query| async move { corrective::defects::list(system, actor, id, &query).await });
    let heads = vec![
        labels.field("tag_number"),
        labels.field("status"),
        labels.field("part"),
        labels.field("quantity_defective"),
        labels.field("title"),
    ];
    let rows = linked.await?.into_iter().map(|linked| {
        vec![
            linked.tag_number,
            labels.word("status", linked.status.word()),
            part(&linked.part),
            linked.quantity_defective,
            linked.title,
        ]
    });
    let mut section = Section::titled(labels.text("paper-defects"));
    section.table = Table::of(heads, rows.collect());
    Ok(section)
}

fn step_of(sheet: &Sheet, step: Step, request: &CorrectiveView) -> Section {
    let labels = &sheet.labels;
    let view = view_of(step, request);
    let done = sheet.by(view.done_by.as_ref(), view.done_at.as_deref());
    let mut section = Section::titled(labels.word("step", step.word()));
    section.facts = vec![
        fact(
            labels.text("paper-owner"),
            sheet.by(view.owner.as_ref(), None),
        ),
        fact(labels.field("due_at"), sheet.minute(view.due_at.as_deref())),
        fact(labels.text("paper-done"), done),
    ];
    section.texts = vec![Told::plain(
        labels.text("paper-plant-says"),
        view.text.as_deref(),
    )];
    if let Some(said) = &view.supplier_text {
        let label = labels.text("paper-supplier-says");
        section.texts.push(Told::plain(label, Some(said)));
    }
    section
}

fn view_of(step: Step, request: &CorrectiveView) -> &StepView {
    match step {
        Step::D0 => &request.d0,
        Step::D1 => &request.d1,
        Step::D2 => &request.d2,
        Step::D3 => &request.d3,
        Step::D4 => &request.d4,
        Step::D5 => &request.d5,
        Step::D6 => &request.d6,
        Step::D7 => &request.d7,
        Step::D8 => &request.d8,
    }
}

/// What hangs on a request, each with the category of its cause where it has one.
struct Hung {
    causes: Vec<(RootCauseView, String)>,
    actions: Vec<CorrectiveActionView>,
    checks: Vec<CheckView>,
}

impl Hung {
    async fn of(visit: &Visit, sheet: &Sheet, id: i64) -> Result<Self, Error> {
        let (system, actor) = (&visit.system, &visit.actor);
        let found =
            all(|query| async move { causes::list(system, actor, id, &query).await }).await?;
        let known = match found.iter().any(|cause| cause.cause.is_some()) {
            true => codes(visit, &sheet.labels, CodeList::Cause).await?,
            false => HashMap::new(),
        };
        let category = |cause: &RootCauseView| {
            let code = cause.cause.as_ref();
            code.and_then(|code| known.get(code)).cloned()
        };
        let causes = found.into_iter().map(|cause| {
            let category = category(&cause).unwrap_or_default();
            (cause, category)
        });
        let causes = causes.collect();
        let actions = all(|query| async move { actions::list(system, actor, id, &query).await });
        let actions = actions.await?;
        let checks = all(|query| async move { checks::list(system, actor, id, &query).await });
        let checks = checks.await?;
        Ok(Self {
            causes,
            actions,
            checks,
        })
    }

    /// What belongs to a step.
    fn under(&self, sheet: &Sheet, step: Step) -> Vec<Section> {
        match step {
            Step::D3 => self.actions_of(sheet, CorrectiveKind::Containment),
            Step::D4 => self
                .causes
                .iter()
                .map(|cause| cause_of(sheet, cause))
                .collect(),
            Step::D5 => self.actions_of(sheet, CorrectiveKind::Corrective),
            Step::D6 => self
                .checks
                .iter()
                .map(|check| check_of(sheet, check))
                .collect(),
            Step::D7 => self.actions_of(sheet, CorrectiveKind::Preventive),
            Step::D0 | Step::D1 | Step::D2 | Step::D8 => Vec::new(),
        }
    }

    fn actions_of(&self, sheet: &Sheet, kind: CorrectiveKind) -> Vec<Section> {
        let of_kind = self.actions.iter().filter(|action| action.kind == kind);
        of_kind.map(|action| action_of(sheet, action)).collect()
    }
}

/// A root cause, and the whys that lead to it.
fn cause_of(sheet: &Sheet, (cause, category): &(RootCauseView, String)) -> Section {
    let labels = &sheet.labels;
    let verified = sheet.by(cause.verified_by.as_ref(), cause.verified_at.as_deref());
    let given = labels.whether(cause.from_supplier);
    let mut section = Section::below(labels.word("root-cause-kind", cause.kind.word()));
    section.facts = vec![
        fact(labels.field("cause"), category.clone()),
        fact(labels.text("paper-verified"), verified),
        fact(labels.text("paper-from-supplier"), given),
    ];
    for (place, why) in cause.whys.iter().enumerate() {
        let label = labels.numbered("paper-why", place + 1);
        section.texts.push(Told::plain(label, Some(why)));
    }
    let label = labels.field("root_cause");
    section.texts.push(Told::plain(label, Some(&cause.text)));
    section
}

fn action_of(sheet: &Sheet, action: &CorrectiveActionView) -> Section {
    let labels = &sheet.labels;
    let done = sheet.by(action.done_by.as_ref(), action.done_at.as_deref());
    let verified = sheet.by(action.verified_by.as_ref(), action.verified_at.as_deref());
    let mut section = Section::below(labels.word("corrective-kind", action.kind.word()));
    section.facts = vec![
        fact(labels.text("paper-owner"), action.owner.name.clone()),
        fact(
            labels.field("due_at"),
            sheet.minute(action.due_at.as_deref()),
        ),
        fact(labels.text("paper-done"), done),
        fact(labels.text("paper-verified"), verified),
        fact(labels.text("paper-attempt"), action.attempt.to_string()),
    ];
    section.texts = vec![Told::plain(labels.text("paper-action"), Some(&action.text))];
    if let Some(outcome) = &action.outcome {
        let label = labels.text("paper-outcome");
        section.texts.push(Told::plain(label, Some(outcome)));
    }
    section
}

/// Whether the causes are gone, and by what that was seen.
fn check_of(sheet: &Sheet, check: &CheckView) -> Section {
    let labels = &sheet.labels;
    let checked = sheet.by(Some(&check.checked_by), Some(&check.checked_at));
    let mut section = Section::below(labels.text("paper-check"));
    section.facts = vec![
        fact(
            labels.text("paper-outcome"),
            labels.word("effectiveness", check.outcome.word()),
        ),
        fact(labels.text("paper-attempt"), check.attempt.to_string()),
        fact(labels.text("paper-by"), checked),
    ];
    section.texts = vec![Told::plain(
        labels.text("paper-criterion"),
        Some(&check.criterion),
    )];
    if let Some(note) = &check.note {
        section
            .texts
            .push(Told::plain(labels.field("note"), Some(note)));
    }
    section
}
