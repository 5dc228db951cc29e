//! What `dmt doctor` finds on databases that are in order, and on one that is not.

use chrono::TimeDelta;
use service::clock::Clock;
use service::doctor::{Finding, Level, examine};
use service::setting::Wanted;
use testkit::{Engine, TestSystem, each_db};

fn found<'a>(findings: &'a [Finding], what: &str) -> Vec<&'a Finding> {
    findings
        .iter()
        .filter(|finding| finding.what == what)
        .collect()
}

each_db! {
    async fn a_database_of_the_tests_is_in_order(t: TestSystem) {
        let findings = examine(&t.db, &Clock::Real, &Wanted::default(), true).await.unwrap();
        for what in ["database", "character set", "time zone of the session", "time zone of days", "clock"] {
            assert!(found(&findings, what).iter().all(|finding| finding.level == Level::Ok), "{findings:?}");
            assert!(!found(&findings, what).is_empty(), "{what}: {findings:?}");
        }
        assert!(!found(&findings, "durability").is_empty(), "{findings:?}");
        // The tests' own user owns everything, the audit trail included.
        let privileges = found(&findings, "privileges").into_iter().map(|finding| finding.level).max();
        let expected = if t.engine == Engine::Sqlite { Level::Ok } else { Level::Warn };
        assert_eq!(privileges, Some(expected), "{findings:?}");
    }

    async fn a_wrong_clock_and_a_wrong_time_zone_are_found(t: TestSystem) {
        let wrong = Clock::at(Clock::Real.now() - TimeDelta::hours(2));
        let wanted = Wanted { time_zone: Some("Europe/Berlin".to_owned()), ..Wanted::default() };
        let findings = examine(&t.db, &wrong, &wanted, true).await.unwrap();
        assert_eq!(found(&findings, "time zone of days")[0].level, Level::Fail, "{findings:?}");
        let expected = if t.engine == Engine::Sqlite { Level::Ok } else { Level::Fail };
        assert_eq!(found(&findings, "clock")[0].level, expected, "{findings:?}");
        assert!(findings.iter().all(|finding| (finding.level == Level::Ok) == finding.advice.is_none()));
    }
}
