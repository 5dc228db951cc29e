//! Files that are printed by the program, compared with what it prints now.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value as Json;

fn committed(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    std::fs::read_to_string(root.join(path)).unwrap_or_default()
}

#[test]
fn the_openapi_document_is_what_the_code_says() {
    let same = committed("docs/openapi.json") == api::openapi::json();
    assert!(
        same,
        "write it anew: cargo run -p api -- openapi > docs/openapi.json"
    );
}

#[test]
fn the_permissions_page_is_what_the_code_says() {
    let same = committed("docs/permissions.md") == api::cli::permissions_markdown();
    assert!(
        same,
        "write it anew: cargo run -p api -- permissions > docs/permissions.md"
    );
}

#[test]
fn the_readme_has_the_table_of_keys() {
    let table = api::config::keys::markdown();
    assert!(
        committed("README.md").contains(&table),
        "put this table into README.md, under Configuration:\n{table}"
    );
}

/// Every operation of the document with its method and path.
fn operations(document: &Json) -> Vec<(String, String, Json)> {
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            all.push((method.clone(), path.clone(), operation.clone()));
        }
    }
    all
}

#[test]
fn every_operation_is_documented_to_its_end() {
    let document: Json = serde_json::from_str(api::openapi::json()).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let mut ids = BTreeSet::new();
    for (method, path, operation) in operations(&document) {
        let id = operation["operationId"].as_str().unwrap().to_owned();
        assert!(ids.insert(id.clone()), "{id} is there twice");
        assert!(
            operation["summary"]
                .as_str()
                .is_some_and(|summary| summary.ends_with('.')),
            "{id} has no summary"
        );
        let responses = operation["responses"].as_object().unwrap();
        assert!(
            responses.keys().any(|status| status.starts_with('2')),
            "{id}"
        );
        assert!(
            responses.contains_key("500") && responses.contains_key("503"),
            "{id}"
        );
        let is_open = operation.get("security") == Some(&serde_json::json!([{}]));
        assert_eq!(
            responses.contains_key("401"),
            !is_open || path.ends_with("/auth/token"),
            "{id}"
        );
        let parameters: Vec<_> = operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .collect();
        let has = |name: &str| parameters.iter().any(|parameter| parameter["name"] == name);
        assert_eq!(has("Idempotency-Key"), method == "post" && !is_open, "{id}");
        assert_eq!(
            path.matches('{').count(),
            parameters.iter().filter(|one| one["in"] == "path").count(),
            "{id}"
        );
    }
    assert!(ids.len() > 50);
}

#[test]
fn every_reference_of_the_document_leads_somewhere() {
    fn walk(document: &Json, value: &Json) {
        match value {
            Json::Object(map) => {
                if let Some(Json::String(reference)) = map.get("$ref") {
                    let pointer = reference.strip_prefix('#').unwrap();
                    assert!(
                        document.pointer(pointer).is_some(),
                        "{reference} leads nowhere"
                    );
                }
                map.values().for_each(|value| walk(document, value));
            }
            Json::Array(items) => items.iter().for_each(|value| walk(document, value)),
            _ => {}
        }
    }
    let document: Json = serde_json::from_str(api::openapi::json()).unwrap();
    walk(&document, &document);
}
