//! A client of the API: it sends requests through the application without a network.

use std::net::SocketAddr;
use std::rc::Rc;

use actix_web::HttpResponse;
use actix_web::body::{MessageBody, to_bytes_limited};
use actix_web::dev::Service;
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap};
use actix_web::test::{TestRequest, init_service};
use actix_web::web::{Bytes, Data};
use api::app::app;
use api::problem::ProblemDocument;
use api::state::{State, StateOptions};
use futures_util::future::LocalBoxFuture;
use serde_json::Value as Json;
use service::System;
use service::role::Role;
use testkit::{Fixture, PASSWORD, TestDatabase, TestSystem};

/// An API on a database of its own.
pub(crate) struct Api {
    pub(crate) system: TestSystem,
    pub(crate) state: Data<State>,
    call: Box<dyn Fn(TestRequest) -> LocalBoxFuture<'static, Answer>>,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// Somebody who has signed in.
#[derive(Clone)]
pub(crate) struct Session {
    pub(crate) token: String,
}

impl Fixture for Api {
    async fn on(database: TestDatabase) -> Self {
        let system = TestSystem::on(database).await;
        let served = System::clone(&system);
        Self::with(system, served, StateOptions::default()).await
    }
}

impl Api {
    /// An API that serves `served`, with options.
    pub(crate) async fn with(system: TestSystem, served: System, options: StateOptions) -> Self {
        let state = Data::new(State::new(served, options));
        let service = Rc::new(init_service(app(state.clone())).await);
        let call = move |request: TestRequest| -> LocalBoxFuture<'static, Answer> {
            let service = Rc::clone(&service);
            Box::pin(async move {
                // As the server does it with what has no answer of its own.
                let response = match service.call(request.to_request()).await {
                    Ok(response) => response.into_parts().1.map_into_boxed_body(),
                    Err(error) => error.error_response(),
                };
                Answer::of(response).await
            })
        };
        Self {
            system,
            state,
            call: Box::new(call),
        }
    }

    pub(crate) async fn send(&self, request: TestRequest) -> Answer {
        (self.call)(request).await
    }

    /// A new user of a role, signed in.
    pub(crate) async fn sign_in(&self, role: Role) -> Session {
        let user = self.system.user(role).await;
        self.sign_in_as(&user.name, PASSWORD).await
    }

    pub(crate) async fn sign_in_as(&self, username: &str, password: &str) -> Session {
        let form = format!(
            "grant_type=password&username={username}&password={}",
            password.replace(' ', "+")
        );
        let answer = self.send(form_request(&form)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        Session {
            token: answer.json()["access_token"].as_str().unwrap().to_owned(),
        }
    }

    pub(crate) async fn get(&self, session: &Session, path: &str) -> Answer {
        self.send(session.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, session: &Session, path: &str, body: &Json) -> Answer {
        self.send(session.request(Method::POST, path).set_json(body))
            .await
    }

    /// A change for a version.
    pub(crate) async fn patch(
        &self,
        session: &Session,
        path: &str,
        version: &str,
        body: &Json,
    ) -> Answer {
        let request = session
            .request(Method::PATCH, path)
            .insert_header((header::IF_MATCH, version));
        self.send(request.set_json(body)).await
    }
}

impl Session {
    /// A request below `/api/v1`, from another machine.
    pub(crate) fn request(&self, method: Method, path: &str) -> TestRequest {
        request(method, &format!("/api/v1{path}"))
            .insert_header((header::AUTHORIZATION, format!("Bearer {}", self.token)))
    }
}

/// A request of nobody, from another machine.
pub(crate) fn request(method: Method, uri: &str) -> TestRequest {
    let peer: SocketAddr = "192.0.2.7:40000".parse().unwrap();
    TestRequest::with_uri(uri).method(method).peer_addr(peer)
}

/// A form for `/auth/token`.
pub(crate) fn form_request(form: &str) -> TestRequest {
    request(Method::POST, "/api/v1/auth/token")
        .insert_header((header::CONTENT_TYPE, "application/x-www-form-urlencoded"))
        .set_payload(form.to_owned())
}

/// A request with a file, as a form of a page sends it.
pub(crate) fn with_file(request: TestRequest, name: &str, content: &[u8]) -> TestRequest {
    let head = format!(
        "--frontier\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n"
    );
    let body = [head.as_bytes(), content, b"\r\n--frontier--\r\n"].concat();
    let form = "multipart/form-data; boundary=frontier";
    request
        .insert_header((header::CONTENT_TYPE, form))
        .set_payload(body)
}

async fn read(body: impl MessageBody) -> Bytes {
    match to_bytes_limited(body, 50_000_000).await {
        Ok(Ok(bytes)) => bytes,
        _ => panic!("the body broke off"),
    }
}

impl Answer {
    pub(crate) async fn of(response: HttpResponse<impl MessageBody>) -> Self {
        Self {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: read(response.into_body()).await,
        }
    }

    pub(crate) fn json(&self) -> Json {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    pub(crate) fn etag(&self) -> String {
        self.header("etag")
            .unwrap_or_else(|| panic!("no ETag: {self:?}"))
            .to_owned()
    }

    /// The problem document that this has to be, with all that holds for each of them.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16) -> ProblemDocument {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json"),
            "{self:?}"
        );
        let problem: ProblemDocument = serde_json::from_slice(&self.body).unwrap();
        assert_eq!(problem.status, status);
        assert_eq!(Some(problem.instance.as_str()), self.header("x-request-id"));
        assert!(
            problem.kind.starts_with("urn:problem-type:dmt:"),
            "{problem:?}"
        );
        assert!(
            !problem.title.is_empty() && !problem.detail.is_empty(),
            "{problem:?}"
        );
        let text = String::from_utf8_lossy(&self.body).to_lowercase();
        let folder = env!("CARGO_MANIFEST_DIR").to_lowercase();
        for leak in [
            "select ", "insert ", "sqlx", "sqlite", "postgres", "mariadb", "mysql", ".rs", &folder,
        ] {
            assert!(!text.contains(leak), "`{leak}` in {text}");
        }
        problem
    }

    /// The fields that are not in order.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16) -> Vec<String> {
        self.problem(status)
            .errors
            .into_iter()
            .map(|error| error.field)
            .collect()
    }
}
