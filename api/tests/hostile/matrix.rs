//! Every route for everybody on every kind of object: what each cell answers is said by the table below.
//!
//! The routes come from the OpenAPI document; one that is not in the table fails the test. Rows say in the design's
//! words who may do a thing; `expected` has its order of checks: 401, 404, 403, 409.

mod objects;
mod people;

use std::collections::BTreeSet;

use actix_web::http::{Method, header};
use serde_json::Value as Json;
use service::role::Role;
use testkit::each_db;

use crate::client::{Api, Session};
use objects::{Object, Objects, Thing};
use people::{Caller, People};

/// Who may do it.
#[derive(Clone, Copy, Debug)]
enum Who {
    /// Anyone, with or without a token.
    Anyone,
    /// Whoever has a token of whatever scope.
    SignedIn,
    /// Whoever reads.
    Readers,
    /// Readers with one of these roles.
    ReadersOf(&'static [Role]),
    /// Those of these roles, with a token that may write.
    Writers(&'static [Role]),
    /// Writers of these roles everywhere, of those on what they reported themselves.
    WritersOrReporter(&'static [Role], &'static [Role]),
}

struct Row {
    route: &'static str,
    thing: Thing,
    who: Who,
    ok: u16,
    body: &'static str,
    /// Roles that may do it, though not while the record is in this state.
    not_now: &'static [Role],
}

const fn row(route: &'static str, thing: Thing, who: Who, ok: u16, body: &'static str) -> Row {
    Row {
        route,
        thing,
        who,
        ok,
        body,
        not_now: &[],
    }
}

impl Row {
    const fn not_now(mut self, roles: &'static [Role]) -> Self {
        self.not_now = roles;
        self
    }
}

use Role::{Admin, Inspector, Operator, QualityEngineer, QualityManager, TechEngineer, Viewer};
use Thing::{Child, Master, Nothing, OwnToken, Record, User};

const ALL: &[Role] = &[
    Admin,
    Inspector,
    Operator,
    TechEngineer,
    QualityEngineer,
    QualityManager,
    Viewer,
];
const ADMIN: &[Role] = &[Admin];
const MANAGERS: &[Role] = &[Admin, QualityManager];
const REPORTERS: &[Role] = &[
    Inspector,
    Operator,
    TechEngineer,
    QualityEngineer,
    QualityManager,
];
const EDITORS: &[Role] = &[
    Inspector,
    TechEngineer,
    QualityEngineer,
    QualityManager,
    Admin,
];
const COST: &[Role] = &[TechEngineer, QualityEngineer, QualityManager, Admin];
const LABOR: &[Role] = &[Operator, TechEngineer, QualityManager];
const LINES: &[Role] = &[TechEngineer, QualityEngineer, QualityManager];

#[rustfmt::skip]
const TABLE: &[Row] = &[
    row("GET /health", Nothing, Who::Anyone, 200, ""),
    row("GET /ready", Nothing, Who::Anyone, 200, ""),
    row("GET /version", Nothing, Who::Anyone, 200, ""),
    // From another machine; the test of /metrics has the rest.
    row("GET /metrics", Nothing, Who::SignedIn, 200, ""),
    row("POST /api/v1/auth/token", Nothing, Who::Anyone, 422, ""),
    row("DELETE /api/v1/auth/token", Thing::OwnSession, Who::SignedIn, 204, ""),
    row("POST /api/v1/setup", Nothing, Who::Anyone, 409, r#"{"token": "x", "username": "ada", "display_name": "Ada", "password": "analytical engine"}"#),
    row("GET /api/v1/me", Nothing, Who::SignedIn, 200, ""),
    row("PUT /api/v1/me/password", Thing::OwnSession, Who::Writers(ALL), 204, r#"{"current_password": "correct horse battery", "new_password": "staple horse battery"}"#),
    row("GET /api/v1/me/tokens", Nothing, Who::Readers, 200, ""),
    row("POST /api/v1/me/tokens", Nothing, Who::Writers(ALL), 201, r#"{"name": "mes"}"#),
    row("DELETE /api/v1/me/tokens/{id}", OwnToken, Who::Writers(ALL), 204, ""),

    row("GET /api/v1/users/names", Nothing, Who::Readers, 200, ""),
    row("GET /api/v1/users", Nothing, Who::ReadersOf(ADMIN), 200, ""),
    row("POST /api/v1/users", Nothing, Who::Writers(ADMIN), 201, r#"{"username": "NEW", "display_name": "New", "roles": ["viewer"], "password": "correct horse battery"}"#),
    row("GET /api/v1/users/{id}", User, Who::ReadersOf(ADMIN), 200, ""),
    row("PATCH /api/v1/users/{id}", User, Who::Writers(ADMIN), 200, r#"{"display_name": "NEW"}"#),
    row("DELETE /api/v1/users/{id}", User, Who::Writers(ADMIN), 204, ""),

    row("GET /api/v1/parts", Nothing, Who::Readers, 200, ""),
    row("POST /api/v1/parts", Nothing, Who::Writers(MANAGERS), 201, r#"{"number": "NEW", "revision": "A", "name": "Flange"}"#),
    row("GET /api/v1/parts/{id}", Master("parts"), Who::Readers, 200, ""),
    row("PATCH /api/v1/parts/{id}", Master("parts"), Who::Writers(MANAGERS), 200, r#"{"name": "NEW"}"#),
    row("DELETE /api/v1/parts/{id}", Master("parts"), Who::Writers(MANAGERS), 204, ""),
    row("GET /api/v1/work-centers", Nothing, Who::Readers, 200, ""),
    row("POST /api/v1/work-centers", Nothing, Who::Writers(MANAGERS), 201, r#"{"code": "NEW", "name": "Drilling"}"#),
    row("GET /api/v1/work-centers/{id}", Master("work-centers"), Who::Readers, 200, ""),
    row("PATCH /api/v1/work-centers/{id}", Master("work-centers"), Who::Writers(MANAGERS), 200, r#"{"name": "NEW"}"#),
    row("DELETE /api/v1/work-centers/{id}", Master("work-centers"), Who::Writers(MANAGERS), 204, ""),
    row("GET /api/v1/partners", Nothing, Who::Readers, 200, ""),
    row("POST /api/v1/partners", Nothing, Who::Writers(MANAGERS), 201, r#"{"code": "NEW", "name": "Supplier", "is_supplier": true}"#),
    row("GET /api/v1/partners/{id}", Master("partners"), Who::Readers, 200, ""),
    row("PATCH /api/v1/partners/{id}", Master("partners"), Who::Writers(MANAGERS), 200, r#"{"name": "NEW"}"#),
    row("DELETE /api/v1/partners/{id}", Master("partners"), Who::Writers(MANAGERS), 204, ""),
    row("GET /api/v1/codes/{list}", Thing::List, Who::Readers, 200, ""),
    row("POST /api/v1/codes/{list}", Thing::List, Who::Writers(MANAGERS), 201, r#"{"code": "NEW", "labels": {"en": "New"}}"#),
    row("GET /api/v1/codes/{list}/{id}", Master("codes"), Who::Readers, 200, ""),
    row("PATCH /api/v1/codes/{list}/{id}", Master("codes"), Who::Writers(MANAGERS), 200, r#"{"labels": {"en": "NEW"}}"#),
    row("DELETE /api/v1/codes/{list}/{id}", Master("codes"), Who::Writers(MANAGERS), 204, ""),

    row("GET /api/v1/defects", Nothing, Who::Readers, 200, ""),
    row("POST /api/v1/defects", Nothing, Who::Writers(REPORTERS), 201, "REPORT"),
    row("GET /api/v1/defects/{id}", Record("reported"), Who::Readers, 200, ""),
    row("PATCH /api/v1/defects/{id}", Record("reported"), Who::WritersOrReporter(EDITORS, &[Operator]), 200, r#"{"title": "NEW"}"#),
    row("POST /api/v1/defects/{id}/transitions", Record("reported"), Who::WritersOrReporter(&[QualityManager], REPORTERS), 200, r#"{"action": "void", "reason": "A mistake."}"#),
    row("GET /api/v1/defects/{id}/permissions", Record("reported"), Who::Readers, 200, ""),
    row("GET /api/v1/defects/{id}/history", Record("reported"), Who::Readers, 200, ""),
    row("GET /api/v1/defects/{id}/signatures", Record("reported"), Who::Readers, 200, ""),

    row("GET /api/v1/defects/{id}/serials", Record("reported"), Who::Readers, 200, ""),
    row("POST /api/v1/defects/{id}/serials", Record("reported"), Who::WritersOrReporter(EDITORS, &[Operator]), 201, r#"{"serial_number": "NEW"}"#),
    row("GET /api/v1/defects/{id}/serials/{child_id}", Child("serials"), Who::Readers, 200, ""),
    row("DELETE /api/v1/defects/{id}/serials/{child_id}", Child("serials"), Who::WritersOrReporter(EDITORS, &[Operator]), 204, ""),

    row("GET /api/v1/defects/{id}/labor-entries", Record("reported"), Who::Readers, 200, ""),
    row("POST /api/v1/defects/{id}/labor-entries", Record("reported"), Who::Writers(LABOR), 201, r#"{"work_date": "2026-11-19", "minutes": 5, "activity": "inspect"}"#).not_now(&[Operator]),
    row("GET /api/v1/defects/{id}/labor-entries/{child_id}", Child("labor-entries"), Who::Readers, 200, ""),
    row("POST /api/v1/defects/{id}/labor-entries/{child_id}/reversal", Child("labor-entries"), Who::Writers(LABOR), 201, r#"{"reason": "Typed wrongly."}"#).not_now(&[Operator]),

    row("GET /api/v1/defects/{id}/cost-entries", Record("reported"), Who::ReadersOf(COST), 200, ""),
    row("POST /api/v1/defects/{id}/cost-entries", Record("reported"), Who::Writers(COST), 201, r#"{"kind": "freight", "amount": "1"}"#),
    row("GET /api/v1/defects/{id}/cost-entries/{child_id}", Child("cost-entries"), Who::ReadersOf(COST), 200, ""),
    row("POST /api/v1/defects/{id}/cost-entries/{child_id}/reversal", Child("cost-entries"), Who::Writers(COST), 201, r#"{"reason": "Typed wrongly."}"#),

    row("GET /api/v1/defects/{id}/disposition-lines", Record("disposition"), Who::Readers, 200, ""),
    row("POST /api/v1/defects/{id}/disposition-lines", Record("disposition"), Who::Writers(LINES), 201, r#"{"disposition": "scrap", "quantity": "1", "justification": "Cannot be used."}"#),
    row("GET /api/v1/defects/{id}/disposition-lines/{child_id}", Child("disposition-lines"), Who::Readers, 200, ""),
    row("PATCH /api/v1/defects/{id}/disposition-lines/{child_id}", Child("disposition-lines"), Who::Writers(LINES), 200, r#"{"justification": "NEW"}"#),
    row("DELETE /api/v1/defects/{id}/disposition-lines/{child_id}", Child("disposition-lines"), Who::Writers(LINES), 204, ""),
];

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
    if !row.body.is_empty() {
        let number = api.system.number();
        let body: Json = match row.body {
            "REPORT" => objects.report(),
            body => serde_json::from_str(&body.replace("NEW", &format!("N-{number}"))).unwrap(),
        };
        request = request.set_json(body);
    }
    let answer = api.send(request).await;
    if answer.status >= 400 {
        answer.problem(answer.status);
    }
    answer.status
}

/// What the design says, in its order.
fn expected(row: &Row, caller: &Caller, object: Object) -> u16 {
    if matches!(row.who, Who::Anyone) {
        return row.ok;
    }
    if caller.session.is_none() || caller.is_refused {
        return 401;
    }
    // The one route whose token is of a kind of its own.
    if row.route == "GET /metrics" {
        return if caller.scope == Some("metrics") {
            200
        } else {
            403
        };
    }
    let has = |roles: &[Role]| caller.roles.iter().any(|role| roles.contains(role));
    let (reads, writes) = (caller.scope != Some("metrics"), caller.scope.is_none());
    // What is no id is no address; the name of a list is looked at later.
    let is_list = matches!(row.thing, Thing::List | Master("codes"));
    if object == Object::Nonsense && (reads || !is_list || matches!(row.who, Who::Writers(_))) {
        return 404;
    }
    // Where somebody sees nothing at all, he does not learn what is there either.
    let sees = match (row.who, row.thing) {
        (Who::SignedIn, _) => return row.ok,
        (Who::Readers, _) | (_, Record(_)) => reads,
        (Who::ReadersOf(roles), _) => reads && has(roles),
        (_, User) => writes && has(ADMIN),
        (_, Child("cost-entries")) => writes && has(COST),
        (_, OwnToken | Child(_)) => writes,
        _ => true,
    };
    if !sees {
        return 403;
    }
    if row.thing.lacks(object) {
        return 404;
    }
    let own = object == Object::Own;
    let may = match row.who {
        Who::Writers(roles) => writes && has(roles),
        Who::ReadersOf(roles) if !has(roles) => false,
        Who::WritersOrReporter(all, own_only) => writes && (has(all) || has(own_only) && own),
        _ => return row.ok,
    };
    if !may {
        return 403;
    }
    let is_only_not_now = caller.roles.iter().all(|role| row.not_now.contains(role));
    if row.thing.is_closed(object) || (is_only_not_now && !row.not_now.is_empty()) {
        return 409;
    }
    if row.route == "DELETE /api/v1/users/{id}" && own {
        return 409;
    }
    row.ok
}
