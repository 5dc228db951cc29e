//! Languages of a record over HTTP: `?lang=`, corrections, and what is refused.

use actix_web::http::{Method, header};
use serde_json::{Value as Json, json};
use service::role::Role;
use service::words::Status;
use testkit::{defect, each_db};

use crate::client::{Answer, Api, Session};

async fn put(api: &Api, session: &Session, record: i64, language: &str, body: &Json) -> Answer {
    let path = format!("/defects/{record}/translations/{language}");
    api.send(session.request(Method::PUT, &path).set_json(body))
        .await
}

each_db! {
    async fn a_record_is_read_in_the_language_that_is_asked_for(api: Api) {
        let inspector = api.system.member(Role::Inspector).await;
        let record = api.system.report(&inspector, defect()).await.item;
        let operator = api.sign_in(Role::Operator).await;
        let plain = api.get(&operator, &format!("/defects/{}", record.id)).await;
        assert!(plain.json().get("translated").is_none(), "{plain:?}");
        let own = api.get(&operator, &format!("/defects/{}?lang=en", record.id)).await.json();
        assert_eq!((&own["title"], &own["translated"]["title"]), (&json!(record.title), &json!("none")));

        let path = format!("/defects/{}?lang=es", record.id);
        let known = api.get(&operator, &path).await;
        let again = |tag: String| operator.request(Method::GET, &path).insert_header((header::IF_NONE_MATCH, tag));
        assert_eq!(api.send(again(known.etag())).await.status, 304);
        let written = put(&api, &operator, record.id, "es", &json!({"title": "Rebaba"})).await;
        assert_eq!((written.status, &written.json()["title"], written.etag()), (200, &json!("Rebaba"), known.etag()));
        // A translation moves no version, and nobody is told that nothing has changed.
        let shown = api.send(again(known.etag())).await;
        assert_eq!(shown.status, 200, "{shown:?}");
        let said = json!({"title": "human", "description": "none", "process_analysis": "none", "repair_process": "none",
            "engineering_findings": "none", "root_cause": "none"});
        let shown = shown.json();
        assert_eq!((&shown["title"], &shown["language"], &shown["translated"]), (&json!("Rebaba"), &json!("en"), &said));
        let all = api.get(&operator, &format!("/defects/{}/translations?count=true", record.id)).await.json();
        assert_eq!((&all["total"], &all["items"][0]["field"], &all["items"][0]["is_current"]), (&json!(1), &json!("title"), &json!(true)));
        let corrected = put(&api, &operator, record.id, "es", &json!({"title": "Rebaba en el taladro"})).await;
        assert_eq!(corrected.json()["title"], "Rebaba en el taladro");
        let back = put(&api, &operator, record.id, "es", &json!({"title": null})).await.json();
        assert_eq!((&back["title"], &back["translated"]["title"]), (&json!(record.title), &json!("none")));
    }

    async fn bad_requests_are_refused_by_name(api: Api) {
        let inspector = api.system.member(Role::Inspector).await;
        let record = api.system.report(&inspector, defect()).await.item.id;
        let session = api.sign_in(Role::QualityManager).await;
        for lang in ["xx", "EN", "", "es,zh", "es&lang=zh", "%00"] {
            let answer = api.get(&session, &format!("/defects/{record}?lang={lang}")).await;
            assert_eq!(answer.problem(422).errors[0].field, "lang", "{lang}");
        }
        let unknown = api.get(&session, &format!("/defects/{record}?language=es")).await;
        assert_eq!(unknown.problem(422).errors[0].field, "language");
        api.get(&session, "/defects/999999999?lang=xx").await.problem(404);
        api.get(&session, "/defects/999999999/translations").await.problem(404);

        put(&api, &session, record, "xx", &json!({"title": "x"})).await.problem(404);
        put(&api, &session, 999_999_999, "es", &json!({"title": "x"})).await.problem(404);
        put(&api, &session, record, "en", &json!({"title": "x"})).await.problem(409);
        for (body, field, code) in [
            (json!({"title": " "}), "title", "blank"),
            (json!({"title": "x".repeat(501)}), "title", "too_long"),
            (json!({"title": 1}), "title", "type"),
            (json!({"description": "a\u{0}b"}), "description", "format"),
            (json!({"root_cause": "x"}), "root_cause", "unmet"),
            (json!({"status": "closed"}), "status", "unknown"),
            (json!({"origin": "human"}), "origin", "unknown"),
        ] {
            let problem = put(&api, &session, record, "es", &body).await.problem(422);
            let error = &problem.errors[0];
            assert_eq!((error.field.as_str(), error.code.as_str()), (field, code), "{body}");
        }
        let viewer = api.sign_in(Role::Viewer).await;
        put(&api, &viewer, record, "es", &json!({"title": "x"})).await.problem(403);
        let stale = session.request(Method::PUT, &format!("/defects/{record}/translations/es"));
        let stale = stale.insert_header((header::IF_MATCH, "\"7\"")).set_json(json!({"title": "x"}));
        api.send(stale).await.problem(412);
        let none = api.get(&session, &format!("/defects/{record}/translations")).await.json();
        assert_eq!(none["items"], json!([]), "what is refused leaves nothing");
        assert_eq!(put(&api, &session, record, "es", &json!({})).await.status, 200);
        api.system.bring(record, Status::Void).await;
        assert_eq!(put(&api, &session, record, "es", &json!({"title": "Rebaba"})).await.status, 200);
    }
}
