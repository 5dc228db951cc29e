//! Lists as files over HTTP: what is sent, what is answered, what is refused before anything is read.

use actix_web::http::{Method, header};
use serde_json::json;
use service::role::Role;
use service::sheet::Format;
use testkit::{defect, each_db};

use crate::client::{Answer, Api, Session};

async fn import(
    api: &Api,
    session: &Session,
    path: &str,
    kind: &str,
    file: impl Into<Vec<u8>>,
) -> Answer {
    let request = session.request(Method::POST, path);
    let request = request.insert_header((header::CONTENT_TYPE, kind));
    api.send(request.set_payload(file.into())).await
}

const PARTS: &str = "number,revision,name\r\nPN-1,A,Bolt\r\nPN-2,A,\r\n";

each_db! {
    async fn a_list_is_downloaded_as_a_file(api: Api) {
        let inspector = api.system.user(Role::Inspector).await;
        api.system.report(&inspector, defect()).await;
        let session = api.sign_in(Role::Viewer).await;
        let csv = api.get(&session, "/defects/export?status=reported").await;
        assert_eq!((csv.status, csv.header("content-type")), (200, Some("text/csv; charset=utf-8; header=present")));
        assert_eq!(csv.header("content-disposition"), Some("attachment; filename=\"defects.csv\""));
        let text = String::from_utf8(csv.body.to_vec()).unwrap();
        assert!(text.starts_with("id,tag_number,status,") && !text.contains("cost"), "{text}");
        assert_eq!(text.lines().count(), 2);
        let xlsx = api.get(&session, "/defects/export?format=xlsx").await;
        assert_eq!((xlsx.status, xlsx.header("content-type")), (200, Some(Format::Xlsx.media_type())));
        assert!(xlsx.body.starts_with(b"PK"));
        let none = api.get(&session, "/defects/export?status=closed").await;
        assert_eq!(String::from_utf8(none.body.to_vec()).unwrap().lines().count(), 1);
        for bad in ["format=ods", "limit=5", "cursor=x", "sort=-updated_at", "part_id=x"] {
            api.get(&session, &format!("/defects/export?{bad}")).await.problem(422);
        }
    }

    async fn a_list_comes_from_a_file_after_a_dry_run(api: Api) {
        let session = api.sign_in(Role::QualityManager).await;
        let dry = import(&api, &session, "/parts/import?dry_run=true", "text/csv", PARTS).await;
        let report = dry.json();
        assert_eq!((dry.status, &report["added"], &report["error_count"]), (200, &json!(1), &json!(1)));
        assert_eq!(report["errors"], json!([{"row": 3, "column": "name", "code": "required", "message": "is required"}]));
        let refused = import(&api, &session, "/parts/import", "text/csv; charset=utf-8", PARTS).await;
        let problem = refused.problem(422);
        assert_eq!(problem.errors[0].field, "rows[3].name");
        assert_eq!(api.get(&session, "/parts").await.json()["items"], json!([]));
        let whole = PARTS.replace("PN-2,A,\r\n", "PN-2,A,\"Nut, M8\"\r\n");
        let done = import(&api, &session, "/parts/import", "text/csv", whole).await;
        assert_eq!((done.status, &done.json()["added"]), (200, &json!(2)));
        assert_eq!(api.get(&session, "/parts").await.json()["items"][1]["name"], "Nut, M8");
    }

    async fn a_filled_in_template_is_imported(api: Api) {
        let session = api.sign_in(Role::Admin).await;
        for (noun, columns) in [("parts", "number,revision,name,unit_cost,design_owner_id,is_active"), ("work-centers", "code,name,area,is_active"),
            ("partners", "code,name,is_customer,is_supplier,is_active")] {
            let template = api.get(&session, &format!("/{noun}/import/template")).await;
            assert_eq!(template.body, format!("{columns}\r\n"), "{noun}");
        }
        let xlsx = api.get(&session, "/codes/area/import/template?format=xlsx").await;
        let same = import(&api, &session, "/codes/area/import", Format::Xlsx.media_type(), xlsx.body.to_vec()).await;
        assert_eq!((same.status, &same.json()["rows"]), (200, &json!(0)), "{same:?}");
    }

    async fn what_is_no_such_file_is_refused(api: Api) {
        let session = api.sign_in(Role::QualityManager).await;
        let sheet = Format::Xlsx.media_type();
        import(&api, &session, "/parts/import", "application/json", "{}").await.problem(415);
        import(&api, &session, "/parts/import", sheet, PARTS).await.problem(400);
        import(&api, &session, "/parts/import", sheet, "PK\u{3}\u{4}").await.problem(400);
        import(&api, &session, "/parts/import", "text/csv", "x".repeat(1024 * 1024 + 1)).await.problem(413);
        let unknown = import(&api, &session, "/parts/import", "text/csv", "number,revision,name,colour\n").await;
        assert_eq!(unknown.problem(422).errors[0].field, "rows[1].colour");
        import(&api, &session, "/parts/import", "text/csv", "").await.problem(422);
        import(&api, &session, "/parts/import?mode=replace", "text/csv", PARTS).await.problem(422);
        import(&api, &session, "/codes/colours/import", "text/csv", "code\n").await.problem(404);
        let viewer = api.sign_in(Role::Viewer).await;
        import(&api, &viewer, "/parts/import", "text/csv", "nonsense").await.problem(403);
    }

    async fn a_repeated_import_answers_as_the_first(api: Api) {
        let session = api.sign_in(Role::QualityManager).await;
        let file = "code,name\nWC-1,Saw\n";
        let send = async |query: &str| {
            let request = session.request(Method::POST, &format!("/work-centers/import{query}"));
            let request = request.insert_header(("Idempotency-Key", "k-1")).insert_header((header::CONTENT_TYPE, "text/csv"));
            api.send(request.set_payload(file)).await
        };
        for _ in 0..2 {
            assert_eq!(send("").await.json()["added"], 1);
        }
        send("?mode=upsert").await.problem(422);
    }
}
