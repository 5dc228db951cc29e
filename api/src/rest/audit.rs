//! Whether the history is as it was written.

use actix_web::get;
use service::audit::{self, AuditCheck, AuditQuery};

use crate::answer::{Reply, shown};
use crate::extract::Asked;
use crate::routes::Routes;

pub(super) fn configure(routes: &mut Routes<'_, '_>) {
    routes.service(verify_audit);
}

/// Recomputes the chains of the audit trail, and compares each with its record.
///
/// With `entity` and `id` that of one record. Without an id all of them, as many as one request has time for: repeat
/// with `cursor` until `next_cursor` is null. All is as it was written if no answer has a finding. What was cut off
/// and computed anew down to the record itself is found by anchors alone: `dmt audit verify --anchor FILE`.
#[utoipa::path(
    tag = "audit",
    params(AuditQuery),
    responses((status = 200, description = "What was checked, and what was found", body = AuditCheck))
)]
#[get("/audit/verify")]
async fn verify_audit(asked: Asked<AuditQuery>) -> Reply {
    shown(&audit::check(&asked.system, &asked.actor, &asked.draft).await?)
}
