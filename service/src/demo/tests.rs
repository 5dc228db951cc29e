//! Stories by themselves: that every one obeys the rules is seen without a database.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::collections::HashMap;

use super::ground::Ground;
use super::story::{Ids, Stage};
use super::write::Batch;
use super::{codes, plant, tell, texts};
use crate::approval_rule::DEFAULTS;
use crate::audit::AuditKey;
use crate::setting::{Currency, Settings};

fn ids(table: &[impl Sized]) -> Vec<i64> {
    (1..).take(table.len()).collect()
}

/// All records of a demo.
fn told(records: u64, step: usize, seed: u64) -> Batch {
    let ground = Ground {
        people: ids(plant::PEOPLE),
        parts: ids(plant::PARTS),
        work_centers: ids(plant::WORK_CENTERS),
        partners: ids(plant::PARTNERS),
        failures: ids(codes::FAILURES),
        causes: texts::CAUSES
            .iter()
            .map(|texts| texts.cause.to_owned())
            .zip(1..)
            .collect(),
    };
    let settings = Settings {
        currency: Currency {
            code: "EUR".to_owned(),
            digits: 2,
        },
        tag_prefix: "DMT".to_owned(),
        time_zone: chrono_tz::UTC,
        is_demo: true,
    };
    let rules: Vec<_> = DEFAULTS.iter().map(|rule| rule.rule()).collect();
    let stage = Stage {
        rules: &rules,
        ground: &ground,
        settings: &settings,
        key: &AuditKey::default(),
        now: "2026-11-20T08:00:00Z".parse().unwrap(),
        seed,
    };
    let (mut batch, mut ids) = (Batch::default(), Ids::default());
    for number in (0..records).step_by(step) {
        tell(&stage, &mut ids, number, records, &mut batch).unwrap();
    }
    batch
}

#[test]
fn every_story_of_every_seed_obeys_the_rules() {
    for seed in 0..20 {
        assert_eq!(told(150, 1, seed).defects.len(), 150);
    }
}

#[test]
fn a_record_of_a_large_demo_has_at_most_four_rows_of_history() {
    let batch = told(1_000_000, 997, 1);
    let mut rows: HashMap<i64, Vec<_>> = HashMap::new();
    for event in &batch.events {
        rows.entry(event.entity_id).or_default().push(event);
    }
    for row in &batch.defects {
        let history = &rows[&row.id];
        assert!(history.len() <= 4, "{}", row.tag_number);
        assert_eq!(history.last().unwrap().hash, row.audit_head);
        assert_eq!(history.len().cast_signed(), row.audit_seq as isize);
    }
}

#[test]
fn the_tables_refer_to_what_is_there() {
    for failure in codes::FAILURES {
        assert!(
            codes::BRANCHES
                .iter()
                .any(|branch| branch.code == failure.branch),
            "{}",
            failure.code
        );
    }
    for place in plant::WORK_CENTERS {
        assert!(
            codes::AREAS.iter().any(|area| area.code == place.area),
            "{}",
            place.code
        );
    }
    assert_eq!(
        texts::JUSTIFICATIONS.len(),
        crate::words::Disposition::ALL.len()
    );
}
