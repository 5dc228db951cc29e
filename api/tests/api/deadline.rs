//! A request that takes too long is answered like any other: a whole problem, with all headers.

use std::future::pending;
use std::time::Duration;

use actix_web::dev::Service;
use actix_web::http::{Method, header};
use actix_web::middleware::from_fn;
use actix_web::test::init_service;
use actix_web::web::{self, Data};
use actix_web::{App, HttpResponse};
use api::state::{State, StateOptions};
use api::{access, deadline};
use service::System;
use testkit::{Engine, Fixture, TestDatabase, TestSystem, run};

use crate::client::{Answer, request};

const ORIGIN: &str = "https://mes.example.com";

#[test]
fn an_answer_that_does_not_come_in_time_is_a_whole_problem() {
    run(Engine::Sqlite, |database: TestDatabase| async move {
        let system = TestSystem::on(database).await;
        let options = StateOptions {
            timeout: Duration::from_millis(50),
            cors_origins: vec![ORIGIN.to_owned()],
            ..StateOptions::default()
        };
        let state = Data::new(State::new(System::clone(&system), options));
        let never = || async {
            pending::<()>().await;
            HttpResponse::Ok().finish()
        };
        let app = App::new()
            .app_data(state)
            .default_service(web::to(never))
            .wrap(from_fn(deadline::bound))
            .wrap(from_fn(access::observe));
        let service = init_service(app).await;
        for (method, kind) in [
            (Method::GET, "unavailable"),
            (Method::POST, "outcome-unknown"),
        ] {
            let sent = request(method, "/api/v1/defects")
                .insert_header((header::ORIGIN, ORIGIN))
                .insert_header(("X-Request-Id", "shift-3.1"));
            let Err(error) = service.call(sent.to_request()).await else {
                panic!("it was answered");
            };
            let answer = Answer::of(error.error_response()).await;
            let problem = answer.problem(503);
            assert_eq!(problem.kind, format!("urn:problem-type:dmt:{kind}"));
            assert_eq!(problem.instance, "shift-3.1");
            for (name, value) in [
                ("retry-after", "2"),
                ("x-content-type-options", "nosniff"),
                ("x-frame-options", "DENY"),
                ("cache-control", "private, no-cache"),
                ("access-control-allow-origin", ORIGIN),
            ] {
                assert_eq!(answer.header(name), Some(value), "{answer:?}");
            }
            let exposed = answer.header("access-control-expose-headers");
            assert!(exposed.is_some_and(|names| names.contains("x-request-id")));
        }
        let elsewhere =
            request(Method::GET, "/").insert_header((header::ORIGIN, "https://evil.example"));
        let Err(error) = service.call(elsewhere.to_request()).await else {
            panic!("it was answered");
        };
        let answer = Answer::of(error.error_response()).await;
        assert_eq!(answer.header("access-control-allow-origin"), None);
    });
}
