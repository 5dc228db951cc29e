use futures_util::future::join_all;
use service::Error;
use service::audit::AuditKey;
use service::setting::{Wanted, settle};
use testkit::{TestDatabase, each_db};

use super::*;

fn in_currency(code: &str) -> Wanted {
    Wanted {
        currency: Some(code.to_owned()),
        ..Wanted::default()
    }
}

each_db! {
    async fn of_ten_servers_that_start_at_once_one_fixes_the_settings(t: TestDatabase) {
        let starts = (0..10).map(|n| {
            let wanted = in_currency(if n % 2 == 0 { "JPY" } else { "USD" });
            let db = t.db.clone();
            async move { settle(&db, &Clock::Real, &wanted, &AuditKey::default()).await }
        });
        let outcomes = join_all(starts).await;
        let settled: Vec<_> = outcomes.iter().flatten().collect();
        assert_eq!(settled.len(), 5);
        assert!(settled.iter().all(|settings| *settings == settled[0]));
        let refused = outcomes.iter().filter(|outcome| matches!(outcome, Err(Error::SetUp(_)))).count();
        assert_eq!(refused, 5);
    }

    async fn a_system_keeps_the_defaults_of_its_first_start(t: TestDatabase) {
        let first = settle(&t.db, &Clock::Real, &Wanted::default(), &AuditKey::default()).await.unwrap();
        assert_eq!((first.currency.code.as_str(), first.currency.digits), ("EUR", 2));
        assert_eq!((first.tag_prefix.as_str(), first.time_zone.name()), ("DMT", "UTC"));
        let same = Wanted {
            currency: Some("EUR".to_owned()),
            tag_prefix: Some("DMT".to_owned()),
            time_zone: Some("UTC".to_owned()),
        };
        assert_eq!(settle(&t.db, &Clock::Real, &same, &AuditKey::default()).await.unwrap(), first);
    }

    async fn a_differing_environment_or_audit_key_is_an_error(t: TestDatabase) {
        let key = AuditKey::new(Some("the key"));
        settle(&t.db, &Clock::Real, &Wanted::default(), &key).await.unwrap();
        for other in [AuditKey::default(), AuditKey::new(Some("another key"))] {
            let error = settle(&t.db, &Clock::Real, &in_currency("CHF"), &other).await.unwrap_err().to_string();
            assert!(error.contains("DMT_CURRENCY is CHF") && error.contains("DMT_CURRENCY=EUR"), "{error}");
            assert!(error.contains("DMT_AUDIT_KEY") && !error.contains("another key"), "{error}");
        }
        settle(&t.db, &Clock::Real, &Wanted::default(), &key).await.unwrap();
    }

    async fn the_demo_mark_stays(t: TestDatabase) {
        let settings = settle(&t.db, &Clock::Real, &Wanted::default(), &AuditKey::default()).await.unwrap();
        assert!(!settings.is_demo && !setting::is_demo(&t.db).await.unwrap());
        for _ in 0..2 {
            t.db.write(|tx| Box::pin(setting::mark_demo(tx, "yes".to_owned()))).await.unwrap();
        }
        assert!(setting::is_demo(&t.db).await.unwrap());
        let settings = settle(&t.db, &Clock::Real, &Wanted::default(), &AuditKey::default()).await.unwrap();
        assert!(settings.is_demo);
    }
}
