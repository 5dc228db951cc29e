//! The arrows between the crates: a handler cannot query, the business knows no HTTP.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use cargo_metadata::{DependencyKind, MetadataCommand};

/// Which of our crates each may use; `api` must not reach the database past `service`.
const ARROWS: &[(&str, &[&str])] = &[
    ("api", &["migration", "service"]),
    ("service", &["db", "entity"]),
    ("migration", &["db"]),
    ("bench", &["db", "service", "testkit"]),
    ("codegen", &["db", "migration"]),
    ("testkit", &["db", "migration", "service"]),
    ("entity", &[]),
    ("db", &[]),
];

/// What must not be known where.
const BARRED: &[(&str, &[&str])] = &[
    ("api", &["sea-orm", "sqlx", "sea-query"]),
    ("service", &["actix-web", "actix-http", "clap"]),
    ("db", &["actix-web", "clap"]),
    ("entity", &["serde"]),
];

#[test]
fn no_crate_reaches_past_its_neighbours() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let metadata = MetadataCommand::new()
        .manifest_path(manifest)
        .no_deps()
        .exec()
        .unwrap();
    let ours: BTreeSet<&str> = metadata
        .packages
        .iter()
        .map(|package| package.name.as_str())
        .collect();
    let mut arrows: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for package in &metadata.packages {
        for dependency in &package.dependencies {
            if dependency.kind == DependencyKind::Normal {
                arrows
                    .entry(package.name.as_str())
                    .or_default()
                    .insert(dependency.name.as_str());
            } else if ours.contains(dependency.name.as_str()) && dependency.name != "testkit" {
                // Tests stand on the test kit, and may look at what lies below what they test.
                let allowed = reachable(package.name.as_str());
                assert!(
                    allowed.contains(dependency.name.as_str()),
                    "the tests of {} use {}",
                    package.name,
                    dependency.name
                );
            }
        }
    }
    for (name, allowed) in ARROWS {
        let used: Vec<_> = arrows
            .get(name)
            .into_iter()
            .flatten()
            .filter(|used| ours.contains(*used))
            .copied()
            .collect();
        for used in used {
            assert!(allowed.contains(&used), "{name} must not depend on {used}");
        }
    }
    for (name, barred) in BARRED {
        let used = arrows
            .get(name)
            .into_iter()
            .flatten()
            .find(|used| barred.contains(*used));
        assert_eq!(used, None, "{name} must not depend on it");
    }
    let known: BTreeSet<&str> = ARROWS.iter().map(|(name, _)| *name).collect();
    assert_eq!(ours, known, "a crate without a row in this table");
}

/// All that lies below a crate.
fn reachable(name: &str) -> BTreeSet<&'static str> {
    let direct = ARROWS
        .iter()
        .find(|(of, _)| *of == name)
        .map_or(&[][..], |(_, direct)| direct);
    let mut all: BTreeSet<&str> = direct.iter().copied().collect();
    for below in direct {
        all.extend(reachable(below));
    }
    // Tests may make databases of their own.
    all.insert("migration");
    all
}
