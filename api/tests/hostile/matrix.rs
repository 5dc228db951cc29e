//! Every route for everybody on every kind of object: what each cell answers is said by the table.
//!
//! The routes come from the OpenAPI document; one that is not in the table fails the test. Rows say in the design's
//! words who may do a thing; `expected` has its order of checks: 401, 404, 403, 409.

mod expected;
mod making;
mod objects;
mod own;
mod people;
mod table;

use std::collections::BTreeSet;

use actix_web::http::{Method, header};
use serde_json::Value as Json;
use testkit::each_db;

use crate::client::{Api, Session};
use expected::expected;
use objects::{Objects, Thing};
use people::People;
use table::{Row, TABLE};

each_db! {
    async fn every_route_answers_everybody_as_the_table_says(api: Api) {
        check(&api).await;
    }
}

async fn check(api: &Api) {
    every_route_is_in_the_table();
    let people = People::gather(api).await;
    let mut objects = Objects::new(api).await;
    let (mut cells, mut wrong) = (0, Vec::new());
    for row in TABLE {
        for caller in &people.callers {
            for object in row.thing.objects() {
                let Some(path) = objects.path(row.route, row.thing, caller, *object).await else {
                    continue;
                };
                let expected = expected(row, caller, *object);
                let session = match row.thing {
                    Thing::OwnSession => people::fresh(api, caller).await,
                    _ => caller.session.clone(),
                };
                let answered = send(api, row, session.as_ref(), &path, &objects).await;
                cells += 1;
                if answered != expected {
                    wrong.push(format!(
                        "{}, {}, {object:?}: {answered}, not {expected}",
                        row.route, caller.name
                    ));
                }
                if answered < 300 && !row.route.starts_with("GET") {
                    objects.forget(row.thing);
                }
            }
        }
    }
    println!(
        "{} routes, {cells} cells, {} wrong",
        TABLE.len(),
        wrong.len()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(cells > 2000, "{cells}");
}

fn every_route_is_in_the_table() {
    let document: Json = serde_json::from_str(api::openapi::json()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let documented: BTreeSet<String> = paths
        .iter()
        .flat_map(|(path, item)| {
            let methods = item.as_object().unwrap().keys();
            methods.map(move |method| format!("{} {path}", method.to_uppercase()))
        })
        .collect();
    let known: BTreeSet<String> = TABLE.iter().map(|row| row.route.to_owned()).collect();
    assert_eq!(documented, known, "the table and the document differ");
    assert_eq!(known.len(), TABLE.len(), "a route is in the table twice");
}

async fn send(
    api: &Api,
    row: &Row,
    session: Option<&Session>,
    path: &str,
    objects: &Objects<'_>,
) -> u16 {
    let method: Method = row.route.split(' ').next().unwrap().parse().unwrap();
    let mut request = crate::client::request(method.clone(), path);
    if let Some(session) = session {
        request =
            request.insert_header((header::AUTHORIZATION, format!("Bearer {}", session.token)));
    }
    if [Method::PATCH, Method::DELETE].contains(&method) {
        request = request.insert_header((header::IF_MATCH, "*"));
    }
    let number = api.system.number();
    if row.route.ends_with("/import") {
        let file = row.body.replace("NEW", &format!("N-{number}"));
        let kind = if row.route == "POST /api/v1/import" {
            "application/zip"
        } else {
            "text/csv"
        };
        let kind = (header::CONTENT_TYPE, kind);
        request = request.insert_header(kind).set_payload(file);
    } else if row.body == "FILE" {
        request = crate::client::with_file(request, "bore.csv", b"1.5;2.5\n");
    } else if !row.body.is_empty() {
        let body: Json = match row.body {
            "REPORT" => objects.report(),
            "LINK" => objects.link(),
            "ABOUT" => objects.about(),
            "INSPECT" => objects.inspection(),
            "LIMITS" => objects.limits(),
            body => {
                let body = body.replace("NEW", &format!("N-{number}"));
                let body = body.replace("CUSTOMER", &objects.customer.to_string());
                serde_json::from_str(&body).unwrap()
            }
        };
        request = request.set_json(body);
    }
    let answer = api.send(request).await;
    if answer.status >= 400 {
        answer.problem(answer.status);
    }
    answer.status
}
