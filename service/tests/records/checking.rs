//! Checking the history over the service's door: one record's, or all of it in parts.

use service::audit::{self, AuditCheck};
use service::role::Role;
use testkit::{TestSystem, defect, each_db};

use crate::chain::{CONTENT, Row, overwrite, story};
use crate::plant::{chain_of, copies, kind, query, refused};

async fn check(t: &TestSystem, text: &str) -> AuditCheck {
    let manager = t.member(Role::QualityManager).await;
    audit::check(t, &manager, &query(text)).await.unwrap()
}

each_db! {
    async fn the_chain_of_one_record_is_checked_and_no_other(t: TestSystem) {
        let (record, other) = (story(&t).await, story(&t).await);
        let row = chain_of(&t, other).await.remove(1);
        overwrite(&t, vec![Row { actor_name: "Somebody else".to_owned(), ..row }]).await;
        let one = check(&t, &format!("entity=defect&id={record}")).await;
        assert_eq!((one.chains, one.rows, one.findings.len(), one.next_cursor), (1, 5, 0, None));
        let tampered = check(&t, &format!("entity=defect&id={other}")).await.findings;
        assert_eq!(tampered.len(), 1);
        assert_eq!((tampered[0].entity.as_str(), tampered[0].entity_id), ("defect", other));
        assert_eq!((tampered[0].seq, tampered[0].what.as_str()), (Some(2), CONTENT));
    }

    async fn all_chains_are_checked_as_the_command_does_it(t: TestSystem) {
        let record = story(&t).await;
        let by_command = audit::verify(&t, |_| ()).await.unwrap();
        let all = check(&t, "").await;
        assert_eq!((all.chains, all.rows, all.next_cursor), (by_command.chains, by_command.rows, None));
        let defects = check(&t, "entity=defect").await;
        assert_eq!((defects.chains, defects.rows), (1, 5));
        let row = chain_of(&t, record).await.remove(4);
        overwrite(&t, vec![Row { reason: None, ..row }]).await;
        let found = check(&t, "").await.findings;
        assert_eq!(found.iter().map(|finding| finding.seq).collect::<Vec<_>>(), [Some(5)]);
    }

    async fn a_check_of_much_goes_on_where_the_one_before_ended(t: TestSystem) {
        let inspector = t.member(Role::Inspector).await;
        let record = t.report(&inspector, defect()).await.item.id;
        copies(&t, record, 450).await;
        let mut found = Vec::new();
        let (mut parts, mut chains) = (0, 0);
        let mut cursor = String::new();
        loop {
            let part = check(&t, &format!("entity=defect{cursor}")).await;
            assert!(part.findings.len() < 400, "no answer without bounds");
            found.extend(part.findings.into_iter().map(|finding| finding.entity_id));
            (parts, chains) = (parts + 1, chains + part.chains);
            match part.next_cursor {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert!(parts > 1);
        assert_eq!((chains, found.len()), (1, 450));
        assert!(found.is_sorted_by(|one, next| one < next), "each once");
    }

    async fn who_may_not_and_what_is_not_there_is_refused(t: TestSystem) {
        let record = story(&t).await;
        for role in Role::ALL {
            let actor = t.member(*role).await;
            let checked = audit::check(&t, &actor, &query(&format!("entity=defect&id={record}"))).await;
            let may = matches!(role, Role::Admin | Role::QualityManager);
            assert_eq!(kind(&checked), if may { "ok" } else { "forbidden" }, "{role}");
        }
        let admin = t.member(Role::Admin).await;
        let asked = async |text: &str| audit::check(&t, &admin, &query(text)).await;
        assert_eq!(kind(&asked("entity=defect&id=999999").await), "not found");
        assert_eq!(refused(asked("id=1").await), ["entity required"]);
        assert_eq!(refused(asked("entity=signature").await), ["entity choice"]);
        assert_eq!(refused(asked("cursor=abc").await), ["cursor format"]);
    }
}
