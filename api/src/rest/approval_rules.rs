//! Whose votes a disposition needs.

use actix_web::{get, patch, post};
use service::approval_rule::{
    self, ApprovalRulePatch, ApprovalRuleQuery, ApprovalRuleView, NewApprovalRule,
};
use service::page::Page;

use crate::answer::{Reply, created, record, shown};
use crate::extract::{Asked, Call, Sent};
use crate::routes::Routes;

pub(super) fn configure(routes: &mut Routes<'_, '_>) {
    routes
        .service(list_approval_rules)
        .service(create_approval_rule)
        .service(show_approval_rule)
        .service(change_approval_rule);
}

/// Lists approval rules.
#[utoipa::path(
    tag = "approval_rules",
    params(ApprovalRuleQuery),
    responses((status = 200, description = "A page of approval rules", body = Page<ApprovalRuleView>))
)]
#[get("/approval-rules")]
async fn list_approval_rules(asked: Asked<ApprovalRuleQuery>) -> Reply {
    shown(&approval_rule::list(&asked.system, &asked.actor, &asked.draft).await?)
}

/// Adds an approval rule.
#[utoipa::path(
    tag = "approval_rules",
    request_body = NewApprovalRule,
    responses((status = 201, description = "The new approval rule", body = ApprovalRuleView))
)]
#[post("/approval-rules")]
async fn create_approval_rule(sent: Sent<NewApprovalRule>) -> Reply {
    let key = sent.key.as_ref();
    let view = approval_rule::create(&sent.system, &sent.actor, &sent.draft, key).await?;
    created(&format!("approval-rules/{}", view.id), view.version, &view)
}

/// Shows an approval rule.
#[utoipa::path(
    tag = "approval_rules",
    responses((status = 200, description = "The approval rule", body = ApprovalRuleView))
)]
#[get("/approval-rules/{id}")]
async fn show_approval_rule(call: Call) -> Reply {
    let id = call.id("approval rule")?;
    let view = approval_rule::show(&call.system, &call.actor, id).await?;
    record(view.version, &view)
}

/// Changes an approval rule; it is retired with `is_active`, and never deleted.
#[utoipa::path(
    tag = "approval_rules",
    request_body = ApprovalRulePatch,
    responses((status = 200, description = "The changed approval rule", body = ApprovalRuleView))
)]
#[patch("/approval-rules/{id}")]
async fn change_approval_rule(sent: Sent<ApprovalRulePatch>) -> Reply {
    let id = sent.id("approval rule")?;
    let (if_match, draft) = (&sent.if_match, &sent.draft);
    let view = approval_rule::change(&sent.system, &sent.actor, id, if_match, draft).await?;
    record(view.version, &view)
}
