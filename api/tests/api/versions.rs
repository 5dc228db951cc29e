//! Two people who edit one record: ETags, If-Match, If-None-Match, and the same request twice.

use actix_web::http::{Method, header};
use futures_util::future::join_all;
use serde_json::json;
use service::role::Role;
use service::words::Status;
use testkit::{defect, each_db};

use crate::client::Api;

each_db! {
    async fn of_a_hundred_changes_for_one_version_one_is_made(api: Api) {
        let reporter = api.system.user(Role::Inspector).await;
        let record = api.system.report(&reporter, defect()).await;
        let path = format!("/defects/{}", record.item.id);
        let session = api.sign_in(Role::QualityManager).await;
        let etag = api.get(&session, &path).await.etag();
        let changes = (0..100).map(|number| {
            let body = json!({"title": format!("Burr {number}")});
            let (api, session, path, etag) = (&api, &session, &path, &etag);
            async move { api.patch(session, path, etag, &body).await.status }
        });
        let statuses = join_all(changes).await;
        let count = |wanted: u16| statuses.iter().filter(|status| **status == wanted).count();
        assert_eq!((count(200), count(412)), (1, 99), "{statuses:?}");
    }

    async fn a_change_says_which_version_it_is_for(api: Api) {
        let reporter = api.system.user(Role::Inspector).await;
        let record = api.system.report(&reporter, defect()).await;
        let path = format!("/defects/{}", record.item.id);
        let session = api.sign_in(Role::QualityManager).await;
        let body = json!({"title": "Burr on the bore"});
        let etag = api.get(&session, &path).await.etag();
        api.send(session.request(Method::PATCH, &path).set_json(&body)).await.problem(428);
        api.patch(&session, &path, "\"4711\"", &body).await.problem(412);
        api.patch(&session, &path, "\"of-another-server\"", &body).await.problem(412);
        api.patch(&session, &path, "4711", &body).await.problem(400);
        let changed = api.patch(&session, &path, &format!("W/{etag}"), &body).await;
        assert_eq!(changed.status, 200, "{changed:?}");
        assert_ne!(changed.etag(), etag);
        assert_eq!(changed.json()["title"], "Burr on the bore");
        api.patch(&session, &path, &etag, &body).await.problem(412);
    }

    async fn an_unchanged_record_is_not_sent_again(api: Api) {
        let reporter = api.system.user(Role::Inspector).await;
        let record = api.system.report(&reporter, defect()).await;
        let path = format!("/defects/{}", record.item.id);
        let manager = api.sign_in(Role::QualityManager).await;
        let etag = api.get(&manager, &path).await.etag();
        let ask = |tag: &str| manager.request(Method::GET, &path).insert_header((header::IF_NONE_MATCH, tag.to_owned()));
        let same = api.send(ask(&etag)).await;
        assert_eq!((same.status, same.body.len(), same.etag()), (304, 0, etag.clone()));
        assert_eq!(api.send(ask("\"4711\"")).await.status, 200);
        assert_eq!(api.send(ask(&format!("\"4711\", W/{etag}"))).await.status, 304);

        // Cost shows in the record, but does not move its version.
        let cost = json!({"kind": "freight", "amount": "12.50"});
        let added = api.post(&manager, &format!("{path}/cost-entries"), &cost).await;
        assert_eq!((added.status, added.etag()), (201, etag.clone()), "{added:?}");
        let answer = api.send(ask(&etag)).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.json()["cost_total"], "12.50");

        // What is no tag is refused, whether the record could have been unchanged or not.
        for wrong in ["", "null", "4711"] {
            api.send(ask(wrong)).await.problem(400);
        }
    }

    async fn what_is_made_can_be_found_at_its_location(api: Api) {
        let admin = api.sign_in(Role::Admin).await;
        let part = json!({"number": "PN-100", "revision": "B", "name": "Flange"});
        let made = api.post(&admin, "/parts", &part).await;
        assert_eq!(made.status, 201);
        let place = made.header("location").unwrap().strip_prefix("/api/v1").unwrap().to_owned();
        let found = api.get(&admin, &place).await;
        assert_eq!((found.json(), found.etag()), (made.json(), made.etag()));
        assert_eq!(api.send(admin.request(Method::DELETE, &place).insert_header((header::IF_MATCH, "*"))).await.status, 204);
        api.get(&admin, &place).await.problem(404);
    }

    async fn what_is_added_to_a_defect_can_be_found_at_its_location(api: Api) {
        let manager = api.sign_in(Role::QualityManager).await;
        let record = api.system.bring_to(Status::Disposition).await.item.id;
        let other = api.system.bring_to(Status::Disposition).await.item.id;
        for (children, body) in [
            ("disposition-lines", json!({"disposition": "scrap", "quantity": "10", "justification": "Scored."})),
            ("labor-entries", json!({"work_date": "2026-11-20", "minutes": 30, "activity": "inspect"})),
            ("cost-entries", json!({"kind": "material", "amount": "12.50"})),
            ("serials", json!({"serial_number": "SN-1"})),
        ] {
            let made = api.post(&manager, &format!("/defects/{record}/{children}"), &body).await;
            assert_eq!(made.status, 201, "{made:?}");
            let place = made.header("location").unwrap().strip_prefix("/api/v1").unwrap().to_owned();
            assert_eq!(api.get(&manager, &place).await.json(), made.json());
            let foreign = place.replace(&format!("/{record}/"), &format!("/{other}/"));
            api.get(&manager, &foreign).await.problem(404);
        }
    }

    async fn a_request_with_the_same_key_is_done_once(api: Api) {
        let admin = api.sign_in(Role::Admin).await;
        let send = |key: &str, number: &str| {
            let body = json!({"number": number, "revision": "A", "name": "Flange"});
            let request = admin.request(Method::POST, "/parts").insert_header(("Idempotency-Key", key.to_owned()));
            api.send(request.set_json(body))
        };
        let (first, again) = (send("k-1", "PN-1").await, send("k-1", "PN-1").await);
        assert_eq!((first.status, again.status), (201, 201));
        assert_eq!((first.json(), first.etag()), (again.json(), again.etag()));
        assert_eq!(first.header("location"), again.header("location"));
        send("k-1", "PN-2").await.problem(422);
        assert_eq!(send("a b", "PN-3").await.refused(422), ["Idempotency-Key"]);
        assert_eq!(api.get(&admin, "/parts").await.json()["items"].as_array().unwrap().len(), 1);
    }
}
