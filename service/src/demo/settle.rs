//! What becomes of the material of a record: disposition, execution, verification and closure.

use rand::RngExt;

use super::ground::in_minor_units;
use super::plant::PARTS;
use super::report::Case;
use super::story::{Story, Who};
use super::texts::{
    COST_NOTES, FAIL_REASONS, INSTRUCTIONS, JUSTIFICATIONS, LABOR_NOTES, REOPEN_REASONS,
};
use crate::error::Result;
use crate::lifecycle::Action;
use crate::words::{Activity, CostKind, Disposition, LineStatus, Reinspection, Severity, Status};

/// Weighted by how often each appears.
const CHOICES: &[Disposition] = &[
    Disposition::Rework,
    Disposition::Rework,
    Disposition::Scrap,
    Disposition::Scrap,
    Disposition::UseAsIs,
    Disposition::Repair,
    Disposition::Sort,
    Disposition::Regrade,
];

/// Adds lines that make up the defective quantity; what needs the authority of engineering, the engineer gives.
pub(super) fn dispose(story: &mut Story<'_>, case: &Case, status: Status) -> Result<()> {
    let mut left = story.row.quantity_defective;
    let mut choices = choices(story, status);
    while left > 0 {
        let disposition = story.one_of(&choices);
        choices.retain(|choice| *choice != disposition);
        let pieces = left / 1_000;
        let splits = pieces > 1 && !choices.is_empty() && story.lines.len() < 2 && story.chance(45);
        let quantity = if splits {
            story.rng.random_range(1..pieces) * 1_000
        } else {
            left
        };
        left -= quantity;
        story.then(Who::Quality);
        let justification = case.text(&JUSTIFICATIONS[disposition as usize]);
        let instructions = story.chance(50).then(|| case.text(&INSTRUCTIONS));
        story.add_line(disposition, quantity, (justification, instructions))?;
    }
    for place in 0..story.lines.len() {
        if Disposition::stored(&story.lines[place].disposition)?.needs_engineering() {
            story.then(Who::Engineer);
            story.put_authority(place)?;
        }
    }
    Ok(())
}

fn choices(story: &mut Story<'_>, status: Status) -> Vec<Disposition> {
    let mut choices = CHOICES.to_vec();
    if story.row.supplier_id.is_some() {
        choices.extend([Disposition::ReturnToSupplier; 6]);
    }
    if story.chance(6) {
        choices = vec![Disposition::NoDefectFound];
    }
    // A record stays in execution only where there is something to carry out.
    if status == Status::Execution {
        choices.retain(|choice| !choice.needs_no_execution());
        choices.push(Disposition::Scrap);
    }
    choices
}

/// The disposition is approved and some of the work is done.
pub(super) fn carry_out_partly(story: &mut Story<'_>, case: &Case) -> Result<()> {
    approve(story)?;
    for place in 0..story.lines.len() {
        if story.chance(40) {
            carry_out_line(story, case, place)?;
        }
    }
    Ok(())
}

/// Where the rules ask for it, engineering and the board have voted first.
fn approve(story: &mut Story<'_>) -> Result<()> {
    if story.needs_votes()? {
        for who in [Who::Engineer, Who::Manager] {
            story.then(who);
            story.vote()?;
        }
    }
    story.then(Who::Quality);
    story.take(Action::ApproveDisposition, None)
}

/// From the open disposition to verification, and to the end where it comes to that; now and then on a second way.
pub(super) fn verify_and_close(story: &mut Story<'_>, case: &Case, status: Status) -> Result<()> {
    carry_out(story, case)?;
    if status == Status::Verification {
        return Ok(());
    }
    if story.chance(4) && fail(story, case)? {
        carry_out(story, case)?;
    }
    inspect_and_close(story, case)?;
    if story.chance(2) {
        story.then(Who::Manager);
        story.take(Action::Reopen, Some(case.text(&REOPEN_REASONS)))?;
        carry_out(story, case)?;
        inspect_and_close(story, case)?;
    }
    Ok(())
}

/// Approves and carries out all of it.
fn carry_out(story: &mut Story<'_>, case: &Case) -> Result<()> {
    approve(story)?;
    let open =
        |story: &Story<'_>, place: usize| story.lines[place].status != LineStatus::Done.word();
    let places: Vec<usize> = (0..story.lines.len())
        .filter(|place| open(story, *place))
        .collect();
    for place in &places {
        carry_out_line(story, case, *place)?;
    }
    // Without anything to carry out, approval led straight to verification.
    if places.is_empty() {
        return Ok(());
    }
    story.then(Who::Operator);
    story.take(Action::CompleteExecution, None)
}

fn carry_out_line(story: &mut Story<'_>, case: &Case, place: usize) -> Result<()> {
    if story.chance(40) {
        story.then(Who::Operator);
        story.put_line_status(place, LineStatus::InExecution)?;
    }
    let disposition = Disposition::stored(&story.lines[place].disposition)?;
    work(story, case, disposition)?;
    pay(story, case, disposition, place)?;
    story.then(Who::Operator);
    story.put_line_status(place, LineStatus::Done)
}

fn work(story: &mut Story<'_>, case: &Case, disposition: Disposition) -> Result<()> {
    let (activity, note) = match disposition {
        Disposition::Rework => (Activity::Rework, &LABOR_NOTES[1]),
        Disposition::Repair => (Activity::Repair, &LABOR_NOTES[1]),
        Disposition::Sort => (Activity::Sort, &LABOR_NOTES[0]),
        _ => return Ok(()),
    };
    story.then(Who::Operator);
    let minutes = story.rng.random_range(2..40_i64) * 15;
    story.add_labor(activity, minutes, Some(case.text(note)))
}

fn pay(story: &mut Story<'_>, case: &Case, disposition: Disposition, place: usize) -> Result<()> {
    let material = PARTS[case.part].cost * story.lines[place].quantity / 1_000;
    let (kind, hundredths, note) = match disposition {
        Disposition::Scrap => (CostKind::Material, material, &COST_NOTES[0]),
        Disposition::ReturnToSupplier => (CostKind::Recovery, material, &COST_NOTES[2]),
        Disposition::Rework | Disposition::Repair if story.chance(30) => (
            CostKind::Freight,
            story.rng.random_range(20..400_i64) * 100,
            &COST_NOTES[1],
        ),
        _ => return Ok(()),
    };
    story.then(Who::Engineer);
    story.add_cost(
        kind,
        in_minor_units(story.stage.settings, hundredths),
        Some(case.text(note)),
    )
}

/// Quality finds that the work did not help; false where nothing was worked on.
fn fail(story: &mut Story<'_>, case: &Case) -> Result<bool> {
    let worked = |line: &entity::disposition_line::Model| is_worked(&line.disposition);
    let Some(place) = story.lines.iter().position(worked) else {
        return Ok(false);
    };
    story.then(Who::Quality);
    story.put_reinspection(place, Reinspection::Fail)?;
    story.then(Who::Quality);
    story.take(Action::FailVerification, Some(case.text(&FAIL_REASONS)))?;
    Ok(true)
}

fn is_worked(disposition: &str) -> bool {
    Disposition::of(disposition).is_some_and(Disposition::is_worked)
}

fn inspect_and_close(story: &mut Story<'_>, case: &Case) -> Result<()> {
    for place in 0..story.lines.len() {
        if is_worked(&story.lines[place].disposition) {
            story.then(Who::Quality);
            story.put_reinspection(place, Reinspection::Pass)?;
        }
    }
    // Who reported it does not close it, unless it is minor.
    let needs_second = case.reporter == Who::Quality && case.severity != Severity::Minor;
    let who = if needs_second || story.chance(30) {
        Who::Manager
    } else {
        Who::Quality
    };
    story.then(who);
    story.take(Action::Close, None)
}
