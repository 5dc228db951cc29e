//! The bodies that the document shows: each can be sent as it is to a system with demo data.
//!
//! Swagger UI puts them into its forms. Without them it would make up values from patterns, and be refused.

use actix_web::http::Method;
use serde_json::{Value as Json, json};
use utoipa::openapi::RefOr;
use utoipa::openapi::path::Operation;

use crate::answer::BASE;

/// Puts the operation's example into its body.
pub(super) fn add(path: &str, method: &Method, operation: &mut Operation) {
    let Some(RefOr::T(body)) = &mut operation.request_body else {
        return;
    };
    let Some(example) = path
        .strip_prefix(BASE)
        .and_then(|place| example(method, place))
    else {
        return;
    };
    if let Some(RefOr::T(content)) = body.content.get_mut("application/json") {
        content.example = Some(example);
    }
}

fn example(method: &Method, place: &str) -> Option<Json> {
    let example = match (method.as_str(), place) {
        ("POST", "/defects") => json!({
            "part_id": 1,
            "work_center_id": 1,
            "origin": "in_process",
            "title": "Burr on flange bore",
            "description": "Burr of 0.3 mm on the inner edge.",
            "lot_number": "L-2031",
            "quantity_inspected": "120",
            "quantity_defective": "10",
        }),
        ("PATCH", "/defects/{id}") => json!({"is_contained": true, "hold_location": "Cage 4"}),
        ("POST", "/defects/{id}/transitions") => json!({"action": "start_analysis"}),
        ("POST", "/defects/{id}/disposition-lines") => json!({
            "disposition": "rework",
            "quantity": "2.5",
            "justification": "The burr can be removed.",
            "instructions": "Deburr, then gauge every piece.",
        }),
        ("PATCH", "/defects/{id}/disposition-lines/{child_id}") => json!({"status": "done"}),
        ("POST", "/defects/{id}/labor-entries") => json!({
            "work_date": "2026-01-15",
            "minutes": 45,
            "activity": "rework",
            "note": "Deburred by hand.",
        }),
        ("POST", "/defects/{id}/cost-entries") => {
            json!({"kind": "material", "amount": "12.50", "note": "Two blanks."})
        }
        (
            "POST",
            "/defects/{id}/labor-entries/{child_id}/reversal"
            | "/defects/{id}/cost-entries/{child_id}/reversal",
        ) => json!({"reason": "Entered on the wrong tag."}),
        ("POST", "/defects/{id}/serials") => json!({"serial_number": "SN-0042"}),
        ("POST", "/parts") => json!({"number": "PN-2001", "revision": "A", "name": "Flange, long"}),
        ("PATCH", "/parts/{id}") => json!({"name": "Flange, extra long"}),
        ("POST", "/work-centers") => json!({"code": "WC-2001", "name": "Deburring"}),
        ("PATCH", "/work-centers/{id}") => json!({"name": "Deburring, second line"}),
        ("POST", "/partners") => {
            json!({"code": "C-2001", "name": "Northern pump works", "is_customer": true})
        }
        ("PATCH", "/partners/{id}") => json!({"is_supplier": true}),
        ("POST", "/codes/{list}") => {
            json!({"code": "CHATTER", "labels": {"en": "Chatter marks", "es": "Marcas de vibración"}})
        }
        ("PATCH", "/codes/{list}/{id}") => json!({"sort": 20}),
        ("POST", "/users") => json!({
            "username": "drilling-2",
            "display_name": "Drilling, second shift",
            "roles": ["operator"],
            "password": "a long pass phrase",
        }),
        ("PATCH", "/users/{id}") => json!({"locale": "es"}),
        ("PUT", "/me/password") => {
            json!({"current_password": "inspector-demo", "new_password": "a long pass phrase"})
        }
        ("POST", "/me/tokens") => json!({"name": "Nightly import"}),
        ("POST", "/setup") => json!({
            "token": "the token that the server printed",
            "username": "admin",
            "display_name": "Administration",
            "password": "a long pass phrase",
        }),
        _ => return None,
    };
    Some(example)
}
