//! Who only reads: a server that was told to, a token for reading, and one for metrics that reads no record either.

use serde_json::json;
use service::actor::{Actor, Scopes};
use service::audit;
use service::defects::{self, cost, history, labor, lines, serials, signatures, transition};
use service::role::Role;
use service::words::Status;
use service::{Error, code, housekeeping, part, partner, user, work_center};
use testkit::{PASSWORD, TestSystem, defect, each_db};

use crate::idempotency::key;
use crate::plant::{ANY, body, history_of, kind, rows, shown};
use crate::writes::{Laden, otherwise};

fn limited(actor: Actor, read: bool) -> Actor {
    Actor {
        scopes: Some(Scopes {
            read,
            metrics: true,
        }),
        ..actor
    }
}

each_db! {
    async fn a_read_only_server_writes_nothing_and_says_so(t: TestSystem) {
        let record = Laden::in_disposition(&t).await;
        let manager = t.member(Role::QualityManager).await;
        let form = t.form(&defect()).await;
        let server = t.another_server(|options| options.read_only = true);
        let before = rows(&t).await;
        assert_eq!(otherwise(&record.write_all(&server, &manager).await, "read-only"), []);
        assert_eq!(kind(&defects::report(&server, &manager, &body(form), None).await), "read-only");
        let new = body(json!({"code": "P-9", "name": "x", "is_customer": true}));
        assert_eq!(kind(&partner::create(&server, &manager, &new, None).await), "read-only");
        assert_eq!(kind(&housekeeping::tidy(&server).await), "read-only");
        assert_eq!(rows(&t).await, before);
        assert_eq!(defects::show(&server, &manager, record.id).await.unwrap(), shown(&t, record.id).await);
        assert_eq!(audit::verify(&server, |_| ()).await.unwrap().findings, []);
    }

    async fn a_signature_on_a_read_only_server_is_not_judged(t: TestSystem) {
        let record = t.bring_to(Status::Verification).await.item.id;
        t.make_ready(record).await;
        let quality = t.member(Role::QualityEngineer).await;
        let server = t.another_server(|options| options.read_only = true);
        for password in ["wrong", PASSWORD] {
            let close = json!({"action": "close", "signature": {"password": password, "meaning": "closure"}});
            let answer = transition::act(&server, &quality, record, &ANY, &body(close), None).await;
            assert_eq!(kind(&answer), "read-only", "{password}");
        }
        let signer = user::show(&t, &Actor::command_line(), quality.id.unwrap()).await.unwrap();
        assert_eq!(signer.failed_attempts, 0);
    }

    async fn a_token_for_reading_writes_nothing(t: TestSystem) {
        let record = Laden::in_disposition(&t).await;
        let token = limited(t.user_with(Role::ALL).await, true);
        let before = rows(&t).await;
        assert_eq!(otherwise(&record.write_all(&t, &token).await, "forbidden"), []);
        let form = body(t.form(&defect()).await);
        let reported = defects::report(&t, &token, &form, None).await;
        assert!(
            matches!(&reported, Err(Error::Forbidden { detail, .. }) if detail == "this token may only read"),
            "{reported:?}"
        );
        let new = body(json!({"number": "PN", "revision": "A", "name": "x"}));
        assert_eq!(kind(&part::create(&t, &token, &new, None).await), "forbidden");
        let after = rows(&t).await;
        // The form's part and work center have a history of their own.
        let but_history = |rows: Vec<(&'static str, i64)>| {
            rows.into_iter().filter(|(table, _)| *table != "audit_event").collect::<Vec<_>>()
        };
        assert_eq!(but_history(after), but_history(before));

        let seen = defects::show(&t, &token, record.id).await.unwrap();
        assert_eq!(seen.cost_total.as_deref(), Some("7.50"), "it reads what its user reads");
        let story = history::list(&t, &token, record.id, &body(json!({"limit": 200}))).await.unwrap();
        assert_eq!(story.items, history_of(&t, record.id).await);
        let may = defects::permissions(&t, &token, record.id).await.unwrap();
        assert!(may.actions.is_empty() && may.fields.values().all(|access| access.word() == "read"), "{may:?}");
    }

    async fn a_token_that_may_not_write_gets_no_stored_answer(t: TestSystem) {
        let id = t.bring_to(Status::Analysis).await.item.id;
        let engineer = t.member(Role::TechEngineer).await;
        let new = json!({"kind": "freight", "amount": "7.50"});
        let key = key("k1", &new);
        cost::add(&t, &engineer, id, &ANY, &body(new.clone()), Some(&key)).await.unwrap();
        for read in [true, false] {
            let token = limited(engineer.clone(), read);
            let again = cost::add(&t, &token, id, &ANY, &body(new.clone()), Some(&key)).await;
            assert_eq!(kind(&again), "forbidden", "reads: {read}");
        }
    }

    async fn a_token_for_metrics_reads_no_record_and_no_list(t: TestSystem) {
        let record = Laden::in_disposition(&t).await;
        let token = limited(t.user_with(Role::ALL).await, false);
        let page = || body(json!({}));
        let (id, part) = (record.id, shown(&t, record.id).await.item.part.id);
        let answers = [
            ("record", kind(&defects::show(&t, &token, id).await)),
            ("no record", kind(&defects::show(&t, &token, id + 1000).await)),
            ("records", kind(&defects::list(&t, &token, &body(json!({}))).await)),
            ("permissions", kind(&defects::permissions(&t, &token, id).await)),
            ("history", kind(&history::list(&t, &token, id, &page()).await)),
            ("lines", kind(&lines::list(&t, &token, id, &page()).await)),
            ("labor", kind(&labor::list(&t, &token, id, &page()).await)),
            ("cost", kind(&cost::list(&t, &token, id, &page()).await)),
            ("serials", kind(&serials::list(&t, &token, id, &page()).await)),
            ("signatures", kind(&signatures::list(&t, &token, id, &page()).await)),
            ("parts", kind(&part::list(&t, &token, &body(json!({}))).await)),
            ("part", kind(&part::show(&t, &token, part).await)),
            ("work centers", kind(&work_center::list(&t, &token, &body(json!({}))).await)),
            ("partners", kind(&partner::list(&t, &token, &body(json!({}))).await)),
            ("codes", kind(&code::list(&t, &token, "cause", &body(json!({}))).await)),
            ("users", kind(&user::list(&t, &token, &body(json!({}))).await)),
            ("names", kind(&user::names(&t, &token, &body(json!({}))).await)),
        ];
        assert_eq!(otherwise(&answers, "forbidden"), []);
        assert_eq!(otherwise(&record.write_all(&t, &token).await, "forbidden"), []);
        let elsewhere = Laden { id: id + 1000, ..record };
        assert_eq!(otherwise(&elsewhere.write_all(&t, &token).await, "forbidden"), [], "whether there is one");
    }
}
