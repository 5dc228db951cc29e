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
        ("POST", "/defects/{id}/hold") => {
            json!({"reason": "The customer decides on the deviation."})
        }
        ("POST", "/defects/{id}/release") => json!({"reason": "The customer has answered."}),
        ("POST", "/defects/{id}/disposition-lines") => json!({
            "disposition": "rework",
            "quantity": "2.5",
            "justification": "The burr can be removed.",
            "instructions": "Deburr, then gauge every piece.",
        }),
        ("PATCH", "/defects/{id}/disposition-lines/{child_id}") => json!({"status": "done"}),
        ("POST", "/defects/{id}/approvals") => json!({"decision": "approve"}),
        ("POST", "/approval-rules") => json!({
            "code": "COSTLY-SCRAP",
            "name": "The quality manager for scrap of 1,000 and more",
            "disposition": "scrap",
            "least_amount": "1000",
            "roles": ["quality_manager"],
        }),
        ("PATCH", "/approval-rules/{id}") => json!({"signature_required": true}),
        ("POST", "/concessions") => json!({
            "number": "CON-2001",
            "customer_id": 1,
            "reference": "Letter of 3 March",
            "max_quantity": "100",
            "valid_until": "2030-12-31",
        }),
        ("PATCH", "/concessions/{id}") => json!({"max_quantity": "120"}),
        ("POST", "/inspections") => json!({
            "part_id": 1,
            "work_center_id": 1,
            "inspected_at": "2026-01-15T08:14:00Z",
            "sample_size": 50,
            "defective_units": 2,
            "defects_found": 3,
            "defect": {
                "title": "Burr on flange bore",
                "description": "Burr of 0.3 mm on the inner edge.",
            },
        }),
        ("POST", "/inspections/{id}/void") => json!({"reason": "Entered for the wrong part."}),
        ("POST", "/control-limits") => json!({
            "name": "Flanges, first half of 2026",
            "chart": "p",
            "part_id": 1,
            "from": "2026-01-01",
            "to": "2026-06-30",
        }),
        ("POST", "/control-limits/{id}/retirement") => {
            json!({"reason": "New fixture since 1 July."})
        }
        ("POST", "/defects/{id}/labor-entries") => json!({
            "work_date": "2026-01-15",
            "minutes": 45,
            "activity": "rework",
            "note": "Deburred by hand.",
        }),
        ("POST", "/defects/{id}/cost-entries") => {
            json!({"kind": "material", "amount": "12.50", "quality_class": "internal_failure", "note": "Two blanks."})
        }
        (
            "POST",
            "/defects/{id}/labor-entries/{child_id}/reversal"
            | "/defects/{id}/cost-entries/{child_id}/reversal",
        ) => json!({"reason": "Entered on the wrong tag."}),
        ("POST", "/defects/{id}/links") => json!({"kind": "relates_to", "other_id": 2}),
        ("POST", "/defects/{id}/notes") => {
            json!({"body": "Seen on **three** machines since Monday. @engineer, please look."})
        }
        ("POST", "/defects/{id}/notes/{child_id}/redaction") => {
            json!({"reason": "Names a customer's employee."})
        }
        ("PUT", "/defects/{id}/translations/{language}") => {
            json!({"title": "Rebaba en el taladro de la brida"})
        }
        ("POST", "/defects/{id}/attachments/{child_id}/void") => {
            json!({"reason": "Shows another part."})
        }
        ("POST", "/defects/{id}/serials") => json!({"serial_number": "SN-0042"}),
        ("POST", "/parts") => json!({"number": "PN-2001", "revision": "A", "name": "Flange, long"}),
        ("PATCH", "/parts/{id}") => json!({"name": "Flange, extra long"}),
        ("POST", "/work-centers") => json!({"code": "WC-2001", "name": "Deburring"}),
        ("PATCH", "/work-centers/{id}") => json!({"name": "Deburring, second line"}),
        ("POST", "/partners") => {
            json!({"code": "C-2001", "name": "Northern pump works", "is_customer": true})
        }
        ("PATCH", "/partners/{id}") => json!({"is_supplier": true}),
        ("PATCH", "/repeat-rule") => json!({"repeats": 3, "days": 180}),
        ("POST", "/due-rules") => json!({
            "code": "CRITICAL-CONTAIN",
            "severity": "critical",
            "milestone": "containment",
            "days": 1,
        }),
        ("PATCH", "/due-rules/{id}") => json!({"days": 0}),
        ("POST", "/saved-views") => json!({
            "name": "Open and critical",
            "shared_with": "everyone",
            "query": {"severity": ["critical"], "overdue": true, "sort": "reported_at"},
        }),
        ("PATCH", "/saved-views/{id}") => json!({"name": "Overdue and critical"}),
        ("PUT", "/saved-views/{id}/choice") => json!({"is_default": true, "digest": "weekly"}),
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
        ("PUT", "/me/locale") => json!({"locale": "es"}),
        ("PUT", "/me/email") => json!({"email": "anna.koch@example.com"}),
        ("PUT", "/me/notifications") => {
            json!({"immediate": ["assigned"], "daily": ["moved", "closed"]})
        }
        ("POST", "/webhooks") => {
            json!({"url": "https://mes.example.com/dmt", "events": ["reported", "closed"]})
        }
        ("PATCH", "/webhooks/{id}") => json!({"is_active": false}),
        ("POST", "/me/tokens") => json!({"name": "Nightly import"}),
        ("POST", "/setup") => json!({
            "token": "the token that the server printed",
            "username": "admin",
            "display_name": "Administration",
            "password": "a long pass phrase",
        }),
        ("POST", "/corrective-actions") => json!({
            "title": "Burrs on flange bores, third time this quarter",
            "description": "Burrs of up to 0.3 mm on the inner edge.",
            "severity": "major",
        }),
        ("PATCH", "/corrective-actions/{id}") => json!({
            "d0": {"text": "All flanges of the last three lots are held."},
            "d1": {"text": "Drilling, tool crib, quality.", "due_at": "2027-01-15T16:00:00Z"},
        }),
        ("POST", "/corrective-actions/{id}/transitions") => json!({"action": "complete_d0"}),
        ("POST", "/corrective-actions/{id}/defects") => json!({"defect_id": 1}),
        ("POST", "/corrective-actions/{id}/root-causes") => json!({
            "kind": "occurrence",
            "text": "The drill is changed by the calendar, not by use.",
            "whys": ["The drill was blunt.", "It had drilled twice its life.", "Nobody counts holes."],
        }),
        ("PATCH", "/corrective-actions/{id}/root-causes/{child_id}") => {
            json!({"is_verified": true})
        }
        ("POST", "/corrective-actions/{id}/actions") => json!({
            "kind": "corrective",
            "text": "Count the holes, and stop at the end of the drill's life.",
        }),
        ("PATCH", "/corrective-actions/{id}/actions/{child_id}") => {
            json!({"is_done": true, "outcome": "The counter stops the spindle."})
        }
        ("POST", "/corrective-actions/{id}/effectiveness-checks") => json!({
            "criterion": "No burr in 500 flanges.",
            "outcome": "effective",
        }),
        ("POST", "/corrective-actions/{id}/supplier-link") => json!({"valid_days": 14}),
        ("PATCH", "/supplier/{token}") => {
            json!({"d3": "All stock was sorted.", "occurrence": "The furnace was set 20 K too low."})
        }
        _ => return None,
    };
    Some(example)
}
