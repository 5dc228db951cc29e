//! What all that stands under a record has in common: it is found under its own record alone, in pages, and serial
//! numbers stand once.

use serde_json::json;
use service::Error;
use service::defects::{Under, cost, history, labor, lines, serials};
use service::role::Role;
use service::version::IfMatch;
use service::words::Status;
use testkit::{TestSystem, defect, each_db};

use crate::plant::{ANY, body, history_of, kind, refused, rows, shown};

each_db! {
    async fn what_stands_under_a_record_is_not_found_under_another(t: TestSystem) {
        let both = t.user_with(&[Role::QualityManager, Role::Inspector]).await;
        let [here, there] =
            [t.bring_to(Status::Disposition).await.item.id, t.bring_to(Status::Disposition).await.item.id];
        let line = t.line(there, "scrap", "10").await.id;
        let work = body(json!({"work_date": "2026-11-20", "minutes": 30, "activity": "sort"}));
        let worked = labor::add(&t, &both, there, &ANY, &work, None).await.unwrap().item.id;
        let money = body(json!({"kind": "freight", "amount": "7.50"}));
        let paid = cost::add(&t, &both, there, &ANY, &money, None).await.unwrap().item.id;
        let serial =
            serials::add(&t, &both, there, &ANY, &body(json!({"serial_number": "1"})), None).await.unwrap().item.id;
        let before = (rows(&t).await, shown(&t, here).await, shown(&t, there).await);
        let reason = || body(json!({"reason": "Wrong tag."}));
        for (record, found) in [(here, "not found"), (there + 1000, "not found"), (there, "ok")] {
            let change = body(json!({"justification": "Other."}));
            assert_eq!(kind(&lines::change(&t, &both, record, line, &ANY, &change).await), found);
            assert_eq!(kind(&lines::remove(&t, &both, record, line, &ANY).await), found);
            assert_eq!(kind(&labor::reverse(&t, &both, (record, worked), &ANY, &reason(), None).await), found);
            assert_eq!(kind(&cost::reverse(&t, &both, (record, paid), &ANY, &reason(), None).await), found);
            assert_eq!(kind(&serials::remove(&t, &both, record, serial, &ANY).await), found);
            if found == "not found" {
                assert_eq!((rows(&t).await, shown(&t, here).await, shown(&t, there).await), before);
            }
        }
    }

    async fn nothing_is_added_to_a_record_that_is_not_there(t: TestSystem) {
        let manager = t.member(Role::QualityManager).await;
        let record = t.bring_to(Status::Disposition).await.item.id + 1;
        let (stale, page) = (IfMatch::Versions(vec![7]), body(json!({"limit": 0})));
        // Whatever else is wrong with the request.
        assert_eq!(kind(&lines::add(&t, &manager, record, &stale, &body(json!({})), None).await), "not found");
        assert_eq!(kind(&labor::add(&t, &manager, record, &stale, &body(json!({})), None).await), "not found");
        assert_eq!(kind(&cost::add(&t, &manager, record, &stale, &body(json!({})), None).await), "not found");
        assert_eq!(kind(&serials::add(&t, &manager, record, &stale, &body(json!({})), None).await), "not found");
        assert_eq!(kind(&lines::list(&t, &manager, record, &page).await), "not found");
        assert_eq!(kind(&labor::list(&t, &manager, record, &page).await), "not found");
        assert_eq!(kind(&cost::list(&t, &manager, record, &page).await), "not found");
        assert_eq!(kind(&serials::list(&t, &manager, record, &page).await), "not found");
        assert_eq!(kind(&history::list(&t, &manager, record, &page).await), "not found");
    }

    async fn children_come_in_pages_in_the_order_in_which_they_were_added(t: TestSystem) {
        let inspector = t.member(Role::Inspector).await;
        let [record, other] =
            [t.report(&inspector, defect()).await.item.id, t.report(&inspector, defect()).await.item.id];
        let numbers = ["C", "A", "b", "B", "10", "9"];
        for number in numbers {
            for on in [record, other] {
                let new = body(json!({"serial_number": number}));
                serials::add(&t, &inspector, on, &ANY, &new, None).await.unwrap();
            }
        }
        for limit in [1, 4, 6, 200] {
            let (mut seen, mut cursor) = (Vec::new(), None);
            loop {
                let page = body(json!({"limit": limit, "cursor": cursor, "count": "true"}));
                let page = serials::list(&t, &inspector, record, &page).await.unwrap();
                assert_eq!(page.total, Some(6));
                seen.extend(page.items.into_iter().map(|serial| serial.serial_number));
                cursor = page.next_cursor;
                if cursor.is_none() {
                    break;
                }
                let foreign = body(json!({"cursor": cursor}));
                assert_eq!(refused(serials::list(&t, &inspector, other, &foreign).await), ["cursor foreign"]);
                assert_eq!(refused(lines::list(&t, &inspector, record, &foreign).await), ["cursor foreign"]);
            }
            assert_eq!(seen, numbers, "{limit} at a time");
        }
        for (page, refusal) in [
            (json!({"limit": 0}), "limit range"),
            (json!({"limit": 201}), "limit range"),
            (json!({"limit": "many"}), "limit type"),
            (json!({"count": "yes"}), "count choice"),
            (json!({"cursor": "x y"}), "cursor format"),
            (json!({"sort": "id"}), "sort unknown"),
        ] {
            assert_eq!(refused(serials::list(&t, &inspector, record, &body(page)).await), [refusal]);
        }
    }

    async fn children_come_the_newest_first_where_that_is_asked_for(t: TestSystem) {
        let inspector = t.member(Role::Inspector).await;
        let record = t.report(&inspector, defect()).await;
        for number in ["C", "A", "b"] {
            let new = body(json!({"serial_number": number}));
            serials::add(&t, &inspector, record.item.id, &ANY, &new, None).await.unwrap();
        }
        let newest = Under::from(&record).newest_first();
        for limit in [1, 2, 200] {
            let (mut seen, mut cursor) = (Vec::new(), None);
            loop {
                let page = body(json!({"limit": limit, "cursor": cursor, "count": "true"}));
                let page = serials::list(&t, &inspector, newest, &page).await.unwrap();
                assert_eq!(page.total, Some(3));
                seen.extend(page.items.into_iter().map(|serial| serial.serial_number));
                cursor = page.next_cursor;
                if cursor.is_none() {
                    break;
                }
                let foreign = body(json!({"cursor": cursor}));
                let other_way = serials::list(&t, &inspector, &record, &foreign).await;
                assert_eq!(refused(other_way), ["cursor foreign"]);
            }
            assert_eq!(seen, ["b", "A", "C"], "{limit} at a time");
        }
        let nowhere = Under::from(record.item.id + 1000).newest_first();
        assert_eq!(kind(&serials::list(&t, &inspector, nowhere, &body(json!({}))).await), "not found");
    }

    async fn a_serial_number_stands_once_on_a_tag(t: TestSystem) {
        let inspector = t.member(Role::Inspector).await;
        let record = t.report(&inspector, defect()).await.item;
        let other = t.report(&inspector, defect()).await.item.id;
        let add = async |id, number: &str| {
            serials::add(&t, &inspector, id, &ANY, &body(json!({"serial_number": number})), None).await
        };
        let first = add(record.id, "SN-1").await.unwrap();
        assert_eq!((first.version, first.item.created_by.name.as_str()), (2, inspector.name.as_str()));
        for number in ["sn-1", "SN-1 ", "SN-１"] {
            add(record.id, number).await.unwrap();
        }
        add(other, "SN-1").await.unwrap();
        let before = rows(&t).await;
        let again = add(record.id, "SN-1").await;
        assert!(matches!(again, Err(Error::Duplicate(_))), "{again:?}");
        assert_eq!(refused(again), ["serial_number duplicate"]);
        assert_eq!(refused(add(record.id, " ").await), ["serial_number blank"]);
        assert_eq!(rows(&t).await, before);
        assert_eq!(serials::remove(&t, &inspector, record.id, first.item.id, &ANY).await.unwrap(), 6);
        assert_eq!(add(record.id, "SN-1").await.unwrap().version, 7);
        let told: Vec<_> = history_of(&t, record.id)
            .await
            .into_iter()
            .skip(1)
            .map(|event| (event.old_value, event.new_value))
            .collect();
        assert_eq!((&told[0], &told[4]), (&(json!(null), json!("SN-1")), &(json!("SN-1"), json!(null))));
        let stale = IfMatch::Versions(vec![1]);
        let late = serials::add(&t, &inspector, record.id, &stale, &body(json!({"serial_number": "X"})), None).await;
        assert_eq!(kind(&late), "version stale");
    }
}
