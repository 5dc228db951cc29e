//! The OpenAPI 3.1 document: operations from the handlers, and what holds for all of them by rule.
//!
//! A handler says what is its own (parameters, body, the answer that it gives); problems, headers and the
//! parameters of the address follow from method and path, see [`rules`], so that no operation can forget them.

mod examples;
mod rules;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use actix_web::App;
use actix_web::dev::ResourceDef;
use actix_web::http::Method;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::schema::Components;
use utoipa::openapi::security::{
    Flow, Http, HttpAuthScheme, OAuth2, Password, Scopes, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder};
use utoipa_actix_web::AppExt;

use crate::answer::BASE;
use crate::routes::Routes;

static DOCUMENT: LazyLock<OpenApi> = LazyLock::new(build);
static TEXT: LazyLock<String> = LazyLock::new(|| {
    let mut text = serde_json::to_string_pretty(&*DOCUMENT).unwrap_or_default();
    text.push('\n');
    text
});
static METHODS: LazyLock<Vec<(ResourceDef, Vec<&'static str>)>> = LazyLock::new(methods);

/// What each group of operations is about.
const TAGS: &[(&str, &str)] = &[
    ("auth", "Signing in and out"),
    ("setup", "The first administrator"),
    (
        "me",
        "The signed-in user: himself, his password, his sessions, his API tokens",
    ),
    ("users", "Users and their roles"),
    ("parts", "Parts"),
    ("work_centers", "Work centers"),
    ("partners", "Customers and suppliers"),
    (
        "due_rules",
        "Until when a defect has to be contained, decided on, closed",
    ),
    ("codes", "Lists of codes: failure codes, causes, areas"),
    (
        "approval_rules",
        "Whose votes a disposition needs, by severity, disposition and cost",
    ),
    (
        "concessions",
        "What customers let pass, how much and until when",
    ),
    (
        "inspections",
        "What was looked at, good samples too: what control charts are made of",
    ),
    (
        "control_limits",
        "Limits of control charts, frozen, approved and held against what comes later",
    ),
    ("reports", "What the records come to"),
    ("defects", "Defects: report, list, show, change"),
    (
        "saved_views",
        "Filters of the list of defects, kept under a name: for oneself, or shared",
    ),
    ("transitions", "A defect's way from report to closure"),
    ("hold", "Stopping a defect's clock, and letting it go on"),
    ("disposition_lines", "What becomes of the material"),
    ("approvals", "Votes on what is to become of the material"),
    ("labor_entries", "Time spent"),
    ("cost_entries", "Money spent, or recovered"),
    ("totals", "What a defect has come to"),
    ("serials", "Serial numbers on a tag"),
    ("signatures", "Signatures"),
    (
        "links",
        "What defects have to do with each other: caused_by, duplicates, relates_to",
    ),
    ("notes", "What people say about a defect"),
    ("translations", "A defect's texts in other languages"),
    (
        "attachments",
        "Photographs, documents and measurements on a defect",
    ),
    (
        "repeat_rule",
        "From which repeat of a failure on a corrective action is proposed",
    ),
    ("history", "Who changed what, when and why"),
    ("audit", "Whether the history is as it was written"),
    (
        "corrective_actions",
        "Corrective action requests, run as 8D from D0 to a signed closure",
    ),
    (
        "supplier",
        "A supplier's answers to a corrective action request, by a link and without an account",
    ),
    (
        "archive",
        "The data of the whole system, out and in; for administrators",
    ),
    (
        "jobs",
        "What servers go on with after a request, and how far it is",
    ),
    ("webhooks", "Other programs that are told of events"),
    (
        "outbox",
        "What is sent to people and programs; for administrators",
    ),
    ("system", "For those who run the server"),
];

/// The document.
pub fn document() -> &'static OpenApi {
    &DOCUMENT
}

/// The document as it is served and committed.
pub fn json() -> &'static str {
    &TEXT
}

/// The methods that an address knows; none where there is no such address. `/users/names` is no user's id.
pub fn methods_at(path: &str) -> &'static [&'static str] {
    let mut fitting = METHODS.iter().filter(|(pattern, _)| pattern.is_match(path));
    let first = fitting.next();
    let literal =
        fitting.find(|(pattern, _)| pattern.pattern().is_some_and(|text| !text.contains('{')));
    literal
        .or(first)
        .map_or(&[], |(_, methods)| methods.as_slice())
}

fn methods() -> Vec<(ResourceDef, Vec<&'static str>)> {
    let mut all: BTreeMap<String, Vec<&'static str>> = BTreeMap::new();
    for (path, item) in &DOCUMENT.paths.paths {
        let known = all.entry(path.clone()).or_default();
        for (method, operation) in operations(item) {
            if operation.is_some() {
                known.push(method);
            }
        }
    }
    for path in ["/openapi.json", "/docs", "/docs/"] {
        all.insert(path.to_owned(), vec!["GET"]);
    }
    for known in all.values_mut().filter(|known| known.contains(&"GET")) {
        known.push("HEAD");
    }
    all.into_iter()
        .map(|(path, methods)| (ResourceDef::new(path), methods))
        .collect()
}

fn operations(item: &PathItem) -> [(&'static str, &Option<Operation>); 5] {
    [
        ("GET", &item.get),
        ("POST", &item.post),
        ("PUT", &item.put),
        ("PATCH", &item.patch),
        ("DELETE", &item.delete),
    ]
}

fn operations_mut(item: &mut PathItem) -> [(Method, &mut Option<Operation>); 5] {
    [
        (Method::GET, &mut item.get),
        (Method::POST, &mut item.post),
        (Method::PUT, &mut item.put),
        (Method::PATCH, &mut item.patch),
        (Method::DELETE, &mut item.delete),
    ]
}

fn build() -> OpenApi {
    let (_, mut document) = App::new()
        .into_utoipa_app()
        .openapi(frame())
        .configure(|config| crate::app::documented(&mut Routes::Described(config)))
        .split_for_parts();
    let components = document.components.get_or_insert_default();
    rules::add_problems(components);
    let versioned = rules::versioned_schemas(components);
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations_mut(item) {
            if let Some(operation) = operation {
                rules::apply(path, &method, operation, &versioned);
            }
        }
    }
    document
}

fn frame() -> OpenApi {
    let info = InfoBuilder::new()
        .title("DMT: Defect Management & Tracking")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Defective material from the shop floor to a signed closure. Every error is an RFC 9457 problem document; \
             changes carry the record's ETag in If-Match; a POST with an Idempotency-Key may be repeated.",
        ))
        .license(Some(LicenseBuilder::new().name("MIT OR Apache-2.0").identifier(Some("MIT OR Apache-2.0")).build()))
        .build();
    let password = Password::new(format!("{BASE}/auth/token"), Scopes::new());
    let components = Components::builder()
        .security_scheme(
            "password",
            SecurityScheme::OAuth2(OAuth2::new([Flow::Password(password)])),
        )
        .security_scheme(
            "bearer",
            SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)),
        )
        .build();
    let none: [&str; 0] = [];
    let security = ["password", "bearer"].map(|scheme| SecurityRequirement::new(scheme, none));
    let tags = TAGS.iter().map(|(name, about)| {
        TagBuilder::new()
            .name(*name)
            .description(Some(*about))
            .build()
    });
    OpenApiBuilder::new()
        .info(info)
        .components(Some(components))
        .security(Some(security))
        .tags(Some(tags))
        .build()
}
