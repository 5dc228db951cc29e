//! Files over HTTP: as forms send them, up to a limit, and served so that no browser does anything with them.

use actix_web::http::{Method, header};
use actix_web::test::TestRequest;
use serde_json::json;
use service::System;
use service::role::Role;
use testkit::{Engine, Fixture, TestDatabase, TestSystem, defect};

use crate::client::{Answer, Api, Session, with_file};
use api::state::StateOptions;

const LIMIT_MB: u64 = 1;

/// An API that takes files up to a limit, somebody who attaches, and a record.
struct Desk {
    api: Api,
    operator: Session,
    path: String,
}

impl Fixture for Desk {
    async fn on(database: TestDatabase) -> Self {
        let system = TestSystem::on(database).await;
        let inspector = system.member(Role::Inspector).await;
        let record = system.report(&inspector, defect()).await.item.id;
        let (served, options) = (
            System::clone(&system),
            StateOptions {
                max_attachment_mb: LIMIT_MB,
                ..StateOptions::default()
            },
        );
        let api = Api::with(system, served, options).await;
        let operator = api.sign_in(Role::Operator).await;
        Self {
            path: format!("/defects/{record}/attachments"),
            api,
            operator,
        }
    }
}

impl Desk {
    fn request(&self) -> TestRequest {
        self.operator.request(Method::POST, &self.path)
    }

    async fn attach(&self, name: &str, content: &[u8]) -> Answer {
        self.api
            .send(with_file(self.request(), name, content))
            .await
    }

    /// A form as it is, whatever it holds.
    async fn form(&self, body: &str) -> Answer {
        let form = "multipart/form-data; boundary=frontier";
        let request = self.request().insert_header((header::CONTENT_TYPE, form));
        self.api.send(request.set_payload(body.to_owned())).await
    }
}

#[test]
fn a_file_is_served_as_something_to_be_kept() {
    testkit::run(Engine::Sqlite, |desk: Desk| async move {
        let pdf = b"%PDF-1.7\n<html><script>alert(1)</script>";
        let added = desk
            .attach("..\\Pr\u{fc}fung \u{201c}7\u{201d}.pdf", pdf)
            .await;
        assert_eq!(added.status, 201, "{added:?}");
        let view = added.json();
        assert_eq!(view["file_name"], "Pr\u{fc}fung \u{201c}7\u{201d}.pdf");
        let place = format!("{}/{}", desk.path, view["id"]);
        assert_eq!(
            added.header("location"),
            Some(format!("/api/v1{place}").as_str())
        );
        assert_eq!(added.etag(), "\"1\"");

        let content = desk
            .api
            .get(&desk.operator, &format!("{place}/content"))
            .await;
        assert_eq!(
            (content.status, content.body.as_ref()),
            (200, pdf.as_slice())
        );
        let expected = [
            ("content-type", "application/pdf"),
            ("x-content-type-options", "nosniff"),
            ("content-security-policy", "sandbox; default-src 'none'"),
            (
                "content-disposition",
                "attachment; filename=\"Pr_fung _7_.pdf\"; filename*=UTF-8''Pr%C3%BCfung%20%E2%80%9C7%E2%80%9D%2Epdf",
            ),
        ];
        for (name, value) in expected {
            assert_eq!(content.header(name), Some(value), "{name}");
        }
        let etag = format!("\"{}\"", view["sha256"].as_str().unwrap());
        assert_eq!(content.etag(), etag);
        let again = desk
            .operator
            .request(Method::GET, &format!("{place}/content"));
        let again = again.insert_header((header::IF_NONE_MATCH, etag));
        let again = desk.api.send(again).await;
        assert_eq!((again.status, again.body.len()), (304, 0));
        let none = desk
            .api
            .get(&desk.operator, &format!("{place}/thumbnail"))
            .await;
        none.problem(404);
    });
}

#[test]
fn what_is_too_large_or_no_form_with_one_file_is_refused() {
    testkit::run(Engine::Sqlite, |desk: Desk| async move {
        let most = usize::try_from(LIMIT_MB << 20).unwrap();
        assert_eq!(desk.attach("a.txt", &vec![b'a'; most]).await.status, 201);
        desk.attach("a.txt", &vec![b'a'; most + 1])
            .await
            .problem(413);
        desk.attach("a.txt", &vec![b'a'; most * 2])
            .await
            .problem(413);
        assert_eq!(desk.attach("a.txt", b"").await.refused(422), ["file"]);
        assert_eq!(desk.attach("a.svg", b"<svg/>").await.refused(422), ["file"]);
        let part = |name: &str, text: &str| {
            format!(
                "--frontier\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n"
            )
        };
        for body in [
            "--frontier--\r\n".to_owned(),
            format!("{}--frontier--\r\n", part("note", "x")),
            format!("{}{}--frontier--\r\n", part("file", "x"), part("file", "y")),
        ] {
            assert_eq!(desk.form(&body).await.refused(422), ["file"], "{body}");
        }
        desk.form("--frontier\r\nContent-Disp").await.problem(400);
        desk.form("no form at all").await.problem(400);
        let json = desk.request().set_json(json!({"file": "x"}));
        desk.api.send(json).await.problem(415);
        let packed = with_file(desk.request(), "a.txt", b"x");
        let packed = packed.insert_header((header::CONTENT_ENCODING, "gzip"));
        desk.api.send(packed).await.problem(415);
        let viewer = desk.api.sign_in(Role::Viewer).await;
        let request = viewer.request(Method::POST, &desk.path);
        desk.api
            .send(with_file(request, "a.txt", b"x"))
            .await
            .problem(403);
    });
}

#[test]
fn the_same_file_with_the_same_key_is_attached_once() {
    testkit::run(Engine::Sqlite, |desk: Desk| async move {
        let send = async |name: &str, content: &[u8]| {
            let request = desk.request().insert_header(("Idempotency-Key", "k-1"));
            desk.api.send(with_file(request, name, content)).await
        };
        let first = send("a.txt", b"one").await;
        assert_eq!(first.status, 201, "{first:?}");
        let again = send("a.txt", b"one").await;
        assert_eq!((again.status, again.body), (201, first.body));
        send("a.txt", b"two").await.problem(422);
        send("b.txt", b"one").await.problem(422);
        let all = desk.api.get(&desk.operator, &desk.path).await.json();
        assert_eq!(all["items"].as_array().unwrap().len(), 1);
    });
}
