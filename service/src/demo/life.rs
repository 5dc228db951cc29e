//! What happens to a record of the demo plant, from its report to where it stands today.

use chrono::TimeDelta;
use rand::RngExt;

use super::plant::HOLD_LOCATIONS;
use super::report::{Case, draw, report};
use super::settle::{carry_out_partly, dispose, verify_and_close};
use super::story::{Story, Who};
use super::texts::{CAUSES, LABOR_NOTES, REPAIR_PROCESS, RETURN_REASONS, VOID_REASONS};
use crate::error::Result;
use crate::lifecycle::Action;
use crate::words::{Activity, Severity, Status};

/// Tells a record's life up to `status`.
pub(super) fn live(story: &mut Story<'_>, status: Status) -> Result<()> {
    let case = draw(story);
    report(story, &case)?;
    match status {
        Status::Reported => {
            return if story.chance(50) {
                triage(story, &case)
            } else {
                Ok(())
            };
        }
        Status::Void => return void(story, &case),
        _ => triage(story, &case)?,
    }
    story.then(Who::Engineer);
    story.take(Action::StartAnalysis, None)?;
    if status == Status::Analysis && story.chance(30) {
        return Ok(());
    }
    analyse(story, &case)?;
    if status == Status::Analysis && story.chance(50) {
        return Ok(());
    }
    find_cause(story, &case)?;
    if status == Status::Analysis {
        return Ok(());
    }
    submit(story, &case)?;
    if status == Status::Disposition && story.chance(40) {
        return Ok(());
    }
    dispose(story, &case, status)?;
    match status {
        Status::Disposition => Ok(()),
        Status::Execution => carry_out_partly(story, &case),
        _ => verify_and_close(story, &case, status),
    }
}

/// An engineer sets severity, failure code, who takes care of it and until when.
fn triage(story: &mut Story<'_>, case: &Case) -> Result<()> {
    story.then(Who::Engineer);
    if case.severity == Severity::Critical && !story.row.is_contained {
        let location = story.one_of(HOLD_LOCATIONS).to_owned();
        story.put("is_contained", |row| &mut row.is_contained, true)?;
        story.put(
            "hold_location",
            |row| &mut row.hold_location,
            Some(location),
        )?;
    }
    let severity = case.severity.word().to_owned();
    story.put("severity", |row| &mut row.severity, Some(severity))?;
    let assignee = story.one_of(&[Who::Engineer, Who::Engineer, Who::Quality]);
    let assignee = story.id_of(assignee);
    story.put("assignee_id", |row| &mut row.assignee_id, Some(assignee))?;
    let days = match case.severity {
        Severity::Critical => 5,
        Severity::Major => 14,
        Severity::Minor => 30,
    };
    story.put_due_at(story.at() + TimeDelta::days(days))?;
    let id = story.stage.ground.failures[case.failure];
    story.put_failure_code(id, case.failure().code)?;
    story.changed();
    Ok(())
}

fn void(story: &mut Story<'_>, case: &Case) -> Result<()> {
    let who = if story.chance(50) {
        case.reporter
    } else {
        Who::Manager
    };
    story.then(who);
    story.take(Action::Void, Some(case.text(&VOID_REASONS)))
}

/// The operator says what happened and how it is worked over.
fn analyse(story: &mut Story<'_>, case: &Case) -> Result<()> {
    story.then(Who::Operator);
    let analysis = case.text(&CAUSES[case.cause].process_analysis).to_owned();
    story.put(
        "process_analysis",
        |row| &mut row.process_analysis,
        Some(analysis),
    )?;
    if story.chance(60) {
        let repair = case.text(&REPAIR_PROCESS).to_owned();
        story.put(
            "repair_process",
            |row| &mut row.repair_process,
            Some(repair),
        )?;
    }
    story.changed();
    if story.chance(40) {
        story.then(Who::Operator);
        let minutes = story.rng.random_range(1..13_i64) * 10;
        story.add_labor(Activity::Inspect, minutes, Some(case.text(&LABOR_NOTES[0])))?;
    }
    Ok(())
}

/// The engineer says what was found, and why it came to be.
fn find_cause(story: &mut Story<'_>, case: &Case) -> Result<()> {
    story.then(Who::Engineer);
    let texts = &CAUSES[case.cause];
    let (findings, root_cause) = (
        case.text(&texts.findings).to_owned(),
        case.text(&texts.root_cause).to_owned(),
    );
    story.put(
        "engineering_findings",
        |row| &mut row.engineering_findings,
        Some(findings),
    )?;
    story.put("root_cause", |row| &mut row.root_cause, Some(root_cause))?;
    if let Some(id) = story.stage.ground.causes.get(texts.cause) {
        story.put_cause(*id, texts.cause)?;
    }
    story.changed();
    if story.chance(25) {
        story.then(Who::Engineer);
        let minutes = story.rng.random_range(2..20_i64) * 15;
        story.add_labor(
            Activity::Engineering,
            minutes,
            Some(case.text(&LABOR_NOTES[2])),
        )?;
    }
    Ok(())
}

/// The analysis goes to quality, and now and then back once.
fn submit(story: &mut Story<'_>, case: &Case) -> Result<()> {
    story.then(Who::Engineer);
    story.take(Action::SubmitAnalysis, None)?;
    if story.chance(5) {
        story.then(Who::Quality);
        story.take(Action::ReturnToAnalysis, Some(case.text(&RETURN_REASONS)))?;
        story.then(Who::Engineer);
        story.take(Action::SubmitAnalysis, None)?;
    }
    Ok(())
}
