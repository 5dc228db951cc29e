//! How a record of the demo plant comes to be: what it is about, and its report.

use chrono::TimeDelta;
use rand::RngExt;

use super::codes::{FAILURES, Failure, Texts};
use super::plant::{HOLD_LOCATIONS, PARTNERS, PARTS, Partner, WORK_CENTERS};
use super::story::{Story, Who};
use super::texts::CAUSES;
use crate::error::Result;
use crate::words::{Language, Origin, Severity};

/// What a record's life is about; the numbers are places in the tables.
pub(super) struct Case {
    pub(super) failure: usize,
    pub(super) part: usize,
    pub(super) cause: usize,
    pub(super) severity: Severity,
    pub(super) reporter: Who,
    language: usize,
}

impl Case {
    pub(super) fn failure(&self) -> &'static Failure {
        &FAILURES[self.failure]
    }

    /// A text in the record's language.
    pub(super) fn text(&self, texts: &Texts) -> &'static str {
        texts[self.language]
    }
}

/// Draws what a record is about.
pub(super) fn draw(story: &mut Story<'_>) -> Case {
    let severity = match story.rng.random_range(0..10_u32) {
        0 => Severity::Critical,
        1..5 => Severity::Major,
        _ => Severity::Minor,
    };
    let language = match story.rng.random_range(0..10_u32) {
        0..5 => 0,
        5..8 => 1,
        _ => 2,
    };
    let reporter = match story.rng.random_range(0..20_u32) {
        0..9 => Who::Inspector,
        9..16 => Who::Operator,
        16..18 => Who::Engineer,
        _ => Who::Quality,
    };
    Case {
        failure: place_in(story, FAILURES),
        part: place_in(story, PARTS),
        cause: place_in(story, CAUSES),
        severity,
        language,
        reporter,
    }
}

fn place_in<T>(story: &mut Story<'_>, table: &[T]) -> usize {
    story.rng.random_range(0..table.len() as u64) as usize
}

/// Writes the tag.
pub(super) fn report(story: &mut Story<'_>, case: &Case) -> Result<()> {
    let part = &PARTS[case.part];
    let origin = story.one_of(ORIGINS);
    write_identification(story, case, origin);
    write_quantities(story);
    let languages = [Language::English, Language::Spanish, Language::Chinese];
    let (row, id) = (&mut story.row, story.stage.ground.parts[case.part]);
    row.tag_number = story.stage.settings.tag_number(row.id);
    row.origin = origin.word().to_owned();
    row.part_id = id;
    row.title = case
        .text(&case.failure().title)
        .replace("{part}", part.name);
    row.description = case.text(&case.failure().observed).to_owned();
    row.language = languages[case.language].word().to_owned();
    row.detected_at = row.reported_at - TimeDelta::minutes(story.rng.random_range(2..180));
    if story.chance(60) {
        contain(story);
    }
    // Engineers say at once what they see; others may not.
    let knows = matches!(case.reporter, Who::Engineer | Who::Quality);
    if knows {
        story.row.severity = Some(case.severity.word().to_owned());
        story.row.failure_code_id = Some(story.stage.ground.failures[case.failure]);
    }
    story.report(case.reporter, knows.then_some(case.failure().code))?;
    if story.chance(8) {
        for piece in 1..=story.rng.random_range(1..4_u32) {
            let serial = format!("SN-{}-{piece:02}", story.row.id);
            story.then(case.reporter);
            story.add_serial(serial)?;
        }
    }
    Ok(())
}

/// Weighted by how often each appears.
const ORIGINS: &[Origin] = &[
    Origin::InProcess,
    Origin::InProcess,
    Origin::InProcess,
    Origin::InProcess,
    Origin::InProcess,
    Origin::Receiving,
    Origin::Receiving,
    Origin::Final,
    Origin::Final,
    Origin::Customer,
    Origin::Field,
    Origin::Supplier,
    Origin::Audit,
];

fn write_identification(story: &mut Story<'_>, case: &Case, origin: Origin) {
    let ground = story.stage.ground;
    let area = match (origin, case.failure().branch) {
        (Origin::Receiving | Origin::Supplier, _) => "RECEIVING",
        (Origin::Final, _) => "ASSEMBLY",
        (_, "DIM") => "MACHINING",
        (_, "WELD") => "WELDING",
        (_, "SURFACE") => "COATING",
        (_, "PACKING") => "DISPATCH",
        (_, "ASSEMBLY") => "ASSEMBLY",
        _ => "RECEIVING",
    };
    let places = || {
        WORK_CENTERS
            .iter()
            .zip(&ground.work_centers)
            .filter(move |(place, _)| place.area == area)
    };
    let place = story.rng.random_range(0..places().count() as u64) as usize;
    let work_center = places().nth(place).map(|(_, id)| *id);
    let customer = partner(story, |partner| partner.is_customer);
    let supplier = partner(story, |partner| partner.is_supplier);
    let (year, number) = (
        story.row.reported_at.format("%y").to_string(),
        story.rng.random_range(1..9_999_u32),
    );
    let has_lot = story.chance(70);
    let has_external = story.chance(4);
    let row = &mut story.row;
    row.work_center_id = work_center.unwrap_or(ground.work_centers[0]);
    row.customer_id = customer.filter(|_| matches!(origin, Origin::Customer | Origin::Field));
    row.supplier_id = supplier.filter(|_| matches!(origin, Origin::Receiving | Origin::Supplier));
    row.lot_number = has_lot.then(|| format!("L{year}-{number:04}"));
    row.work_order = matches!(origin, Origin::InProcess | Origin::Final)
        .then(|| format!("WO-{}", 10_000 + number));
    if has_external {
        row.external_system = Some("ERP".to_owned());
        row.external_id = Some(format!("QN-{:08}", row.id));
    }
}

fn partner(story: &mut Story<'_>, wanted: fn(&Partner) -> bool) -> Option<i64> {
    let all = PARTNERS.iter().zip(&story.stage.ground.partners);
    let ids: Vec<i64> = all
        .filter(|(partner, _)| wanted(partner))
        .map(|(_, id)| *id)
        .collect();
    Some(story.one_of(&ids))
}

fn write_quantities(story: &mut Story<'_>) {
    let pieces = match story.rng.random_range(0..10_u32) {
        0..4 => story.rng.random_range(1..4_i64),
        4..9 => story.rng.random_range(2..30),
        _ => story.rng.random_range(20..200),
    };
    // Some things are counted in metres or kilograms.
    let thousandths = if story.chance(5) {
        pieces * 1_000 + 500
    } else {
        pieces * 1_000
    };
    story.row.quantity_defective = thousandths;
    if story.chance(60) {
        let more = story.rng.random_range(0..200_i64) * 1_000;
        story.row.quantity_inspected = Some(thousandths + more);
    }
    if story.chance(20) {
        story.row.units_sampled = Some(pieces + story.rng.random_range(5..50_i64));
        story.row.defects_found = Some(pieces);
    }
}

fn contain(story: &mut Story<'_>) {
    story.row.is_contained = true;
    story.row.hold_location = Some(story.one_of(HOLD_LOCATIONS).to_owned());
}
