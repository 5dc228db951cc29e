//! What holds for every operation, by its method and path.

use actix_web::http::{Method, StatusCode};
use service::value::{Id, Value};
use service::words::{CodeList, Language};
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{Components, ObjectBuilder, Schema, Type};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{Ref, RefOr, Required, Response, ResponseBuilder};
use utoipa::{PartialSchema, ToSchema};

use super::examples;
use crate::answer::BASE;
use crate::limits;
use crate::problem::{KINDS, MEDIA_TYPE, ProblemDocument};

/// Adds to an operation what its handler leaves to the rules.
pub(super) fn apply(path: &str, method: &Method, operation: &mut Operation, versioned: &[String]) {
    add_parameters(path, method, operation);
    examples::add(path, method, operation);
    add_merge_patch(method, operation);
    add_refusals(path, method, operation);
    add_headers(path, method, operation, versioned);
}

/// One response for each status of the table of problems.
pub(super) fn add_problems(components: &mut Components) {
    let mut schemas = vec![(
        ProblemDocument::name().into_owned(),
        ProblemDocument::schema(),
    )];
    ProblemDocument::schemas(&mut schemas);
    components.schemas.extend(schemas);
    for (_, status, _, _) in KINDS {
        let kinds: Vec<_> = KINDS.iter().filter(|row| row.1 == *status).collect();
        let about: Vec<_> = kinds
            .iter()
            .map(|row| format!("{} (`{}`)", row.3, row.2))
            .collect();
        let schema = Ref::from_schema_name(ProblemDocument::name());
        let mut response = ResponseBuilder::new()
            .description(about.join("; "))
            .content(
                MEDIA_TYPE,
                ContentBuilder::new().schema(Some(schema)).build(),
            );
        if matches!(
            *status,
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS
        ) {
            response = response.header(
                "Retry-After",
                text_header("Seconds after which to try again."),
            );
        }
        if *status == StatusCode::TOO_MANY_REQUESTS {
            let (limit, policy) = ("What is left of the limit.", "The limit.");
            response = response
                .header("RateLimit", text_header(limit))
                .header("RateLimit-Policy", text_header(policy));
        }
        if *status == StatusCode::METHOD_NOT_ALLOWED {
            response = response.header("Allow", text_header("The methods that the address knows."));
        }
        components
            .responses
            .insert(response_name(*status), response.build().into());
    }
}

fn response_name(status: StatusCode) -> String {
    let words = status.canonical_reason().unwrap_or("Problem");
    words.split([' ', '-']).map(str::to_owned).collect()
}
/// The views that have a version, and so an ETag.
pub(super) fn versioned_schemas(components: &Components) -> Vec<String> {
    let has_version = |schema: &RefOr<Schema>| has_property(components, schema, "version");
    components
        .schemas
        .iter()
        .filter(|(_, schema)| has_version(schema))
        .map(|(name, _)| name.clone())
        .collect()
}

fn has_property(components: &Components, schema: &RefOr<Schema>, property: &str) -> bool {
    match schema {
        RefOr::T(Schema::Object(object)) => object.properties.contains_key(property),
        RefOr::T(Schema::AllOf(all)) => all
            .items
            .iter()
            .any(|part| has_property(components, part, property)),
        RefOr::Ref(reference) => {
            let name = schema_name(&reference.ref_location);
            components
                .schemas
                .get(name)
                .is_some_and(|schema| has_property(components, schema, property))
        }
        RefOr::T(_) => false,
    }
}

fn schema_name(location: &str) -> &str {
    location.rsplit('/').next().unwrap_or(location)
}

/// Whether a request says which version it is meant for: `Some(true)` where it must.
fn precondition(path: &str, method: &Method) -> Option<bool> {
    let is_record = ["/api/v1/defects/{id}", CORRECTIVE_ACTION].contains(&path);
    let must = is_record
        || path.contains("/disposition-lines/")
        || path.starts_with(CORRECTIVE_ACTION) && path.ends_with("/{child_id}");
    match *method {
        Method::PATCH | Method::DELETE if must => Some(true),
        Method::PATCH => Some(false),
        Method::DELETE if !is_own(path) => Some(false),
        Method::POST | Method::PUT if is_of_record(path) => Some(false),
        Method::POST if is_of_sample(path) => Some(false),
        _ => None,
    }
}

const CORRECTIVE_ACTION: &str = "/api/v1/corrective-actions/{id}";

/// Whether the address is a record's, or of something on one: what is written there moves the record's version.
fn is_of_record(path: &str) -> bool {
    path.starts_with("/api/v1/defects/") || path.starts_with("/api/v1/corrective-actions/")
}

/// Whether the address moves an inspection, or frozen limits, on.
fn is_of_sample(path: &str) -> bool {
    path.starts_with("/api/v1/inspections/{id}/")
        || path.starts_with("/api/v1/control-limits/{id}/")
}

/// Whether a client may say which version or content it has.
fn has_etag(path: &str) -> bool {
    let is_bytes = path.ends_with("/content") || path.ends_with("/thumbnail");
    ["/api/v1/defects/{id}", CORRECTIVE_ACTION].contains(&path) || is_bytes
}

/// Whether the address is about the caller himself.
fn is_own(path: &str) -> bool {
    path.starts_with("/api/v1/me") || path.starts_with("/api/v1/auth")
}

/// Whether anyone may ask, from wherever.
fn is_open(operation: &Operation) -> bool {
    // `security(())` is an empty requirement.
    operation
        .security
        .as_ref()
        .is_some_and(|all| all.iter().all(|one| *one == SecurityRequirement::default()))
}

fn add_parameters(path: &str, method: &Method, operation: &mut Operation) {
    let open = is_open(operation);
    let parameters = operation.parameters.get_or_insert_default();
    let names = path
        .split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}'))
        .map(|(name, _)| name);
    parameters.retain(|parameter| !matches!(parameter, RefOr::T(parameter) if parameter.parameter_in == ParameterIn::Path));
    let mut added: Vec<Parameter> = names.map(path_parameter).collect();
    if let Some(required) = precondition(path, method) {
        let about = if path.starts_with("/api/v1/defects/") {
            "The ETag of the defect as it was read, so that nobody's change is overwritten."
        } else {
            "The ETag of the record as it was read, so that nobody's change is overwritten."
        };
        added.push(header_parameter("If-Match", about, required, ETAGS));
    }
    if *method == Method::POST && !open {
        let about = "1 to 255 visible ASCII characters, such as a UUID: the same request with the same key is done once.";
        added.push(header_parameter("Idempotency-Key", about, false, VISIBLE));
    }
    if *method == Method::GET && has_etag(path) {
        let about = "The ETag that the client has: 304 where nothing has changed since.";
        added.push(header_parameter("If-None-Match", about, false, ETAGS));
        let not_modified = Response::new("The client has this version");
        operation
            .responses
            .responses
            .insert("304".to_owned(), not_modified.into());
    }
    parameters.splice(0..0, added.into_iter().map(RefOr::T));
    if parameters.is_empty() {
        operation.parameters = None;
    }
}

fn path_parameter(name: &str) -> Parameter {
    let schema = match name {
        "list" => <CodeList as Value>::schema(),
        "language" => <Language as Value>::schema(),
        "token" => ObjectBuilder::new().schema_type(Type::String).into(),
        _ => <Id as Value>::schema(),
    };
    let about = match name {
        "list" => "The list",
        "language" => "The language",
        "token" => "The text of the link",
        "child_id" => "Id within the record",
        _ => "Id",
    };
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some(about))
        .schema(Some(schema))
        .build()
}

/// One or several ETags, as they are sent back.
const ETAGS: &str = r#"^(\*|(W/)?"[!#-+\--~]*")([ \t]*,[ \t]*(\*|(W/)?"[!#-+\--~]*"))*$"#;

/// What a key may be.
const VISIBLE: &str = "^[!-~]{1,255}$";

fn header_parameter(name: &str, about: &str, required: bool, pattern: &str) -> Parameter {
    let example = if pattern == ETAGS {
        "\"3\""
    } else {
        "5f0c3b1e-6f0a-4c9e-8d0b-2f1f6a7c9e11"
    };
    ParameterBuilder::new()
        .example(Some(example.into()))
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(if required {
            Required::True
        } else {
            Required::False
        })
        .description(Some(about))
        .schema(Some(
            ObjectBuilder::new()
                .schema_type(Type::String)
                .pattern(Some(pattern)),
        ))
        .build()
}

/// A patch may be declared as what it is (RFC 7396).
fn add_merge_patch(method: &Method, operation: &mut Operation) {
    if let (&Method::PATCH, Some(RefOr::T(body))) = (method, &mut operation.request_body)
        && let Some(content) = body.content.get("application/json").cloned()
    {
        body.content
            .insert("application/merge-patch+json".to_owned(), content);
    }
}

/// The statuses of the problems that an operation may answer.
fn refusals(path: &str, method: &Method, operation: &Operation) -> Vec<StatusCode> {
    let mut all = vec![
        StatusCode::INTERNAL_SERVER_ERROR,
        StatusCode::SERVICE_UNAVAILABLE,
    ];
    if !limits::EXEMPT.contains(&path) {
        all.push(StatusCode::TOO_MANY_REQUESTS);
    }
    if path.starts_with(BASE) {
        all.extend([StatusCode::BAD_REQUEST, StatusCode::UNPROCESSABLE_ENTITY]);
    }
    if !is_open(operation) {
        all.extend([StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN]);
    }
    if path.contains('{') || path.ends_with("/default") {
        all.push(StatusCode::NOT_FOUND);
    }
    if operation.request_body.is_some() {
        all.extend([
            StatusCode::REQUEST_TIMEOUT,
            StatusCode::PAYLOAD_TOO_LARGE,
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ]);
    }
    if path.starts_with(BASE) && *method != Method::GET && !is_own(path) {
        all.push(StatusCode::CONFLICT);
    }
    match path {
        "/api/v1/auth/token" => all.push(StatusCode::UNAUTHORIZED),
        "/api/v1/setup" => all.push(StatusCode::FORBIDDEN),
        "/api/v1/import" | "/api/v1/defects/{id}/attachments" if *method == Method::POST => {
            all.push(StatusCode::INSUFFICIENT_STORAGE);
        }
        "/api/v1/me/tokens" if *method == Method::POST => all.push(StatusCode::CONFLICT),
        _ => {}
    }
    match precondition(path, method) {
        Some(true) => all.extend([
            StatusCode::PRECONDITION_FAILED,
            StatusCode::PRECONDITION_REQUIRED,
        ]),
        Some(false) => all.push(StatusCode::PRECONDITION_FAILED),
        None => {}
    }
    all
}

fn add_refusals(path: &str, method: &Method, operation: &mut Operation) {
    for status in refusals(path, method, operation) {
        let response = Ref::from_response_name(response_name(status));
        operation
            .responses
            .responses
            .entry(status.as_str().to_owned())
            .or_insert(RefOr::Ref(response));
    }
}

fn add_headers(path: &str, method: &Method, operation: &mut Operation, versioned: &[String]) {
    let is_child_write = is_of_record(path) && *method != Method::GET;
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else {
            continue;
        };
        if !status.starts_with('2') && status != "304" {
            continue;
        }
        let mut add = |name: &str, about: &str| {
            response
                .headers
                .insert(name.to_owned(), text_header(about).into());
        };
        let id = "The id of the request, as in the server's log.";
        add("X-Request-Id", id);
        if status == "201" {
            add("Location", "The address of what was made.");
        }
        if status == "202" {
            add("Location", "The address of the job.");
        }
        let bodies = response
            .content
            .values()
            .filter_map(|content| match content {
                RefOr::T(content) => content.schema.as_ref(),
                RefOr::Ref(_) => None,
            });
        let is_versioned = bodies.into_iter().any(|schema| match schema {
            RefOr::Ref(reference) => versioned
                .iter()
                .any(|name| name == schema_name(&reference.ref_location)),
            RefOr::T(_) => false,
        });
        if is_versioned || is_child_write || status == "304" || has_etag(path) {
            response.headers.insert(
                "ETag".to_owned(),
                text_header(
                    if path.ends_with("/content") || path.ends_with("/thumbnail") {
                        "The SHA-256 of the content, for If-None-Match."
                    } else if path.starts_with("/api/v1/defects") {
                        "The defect's version, for If-Match."
                    } else {
                        "The record's version, for If-Match."
                    },
                )
                .into(),
            );
        }
    }
}

fn text_header(about: &str) -> utoipa::openapi::Header {
    let text = ObjectBuilder::new().schema_type(Type::String);
    HeaderBuilder::new()
        .schema(Some(text))
        .description(Some(about))
        .build()
}
