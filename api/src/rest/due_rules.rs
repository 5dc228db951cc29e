//! Due rules.

use actix_web::{delete, get, patch, post};
use service::due_rule::{self, DueRulePatch, DueRuleQuery, DueRuleView, NewDueRule};
use service::page::Page;

use crate::answer::{Reply, created, gone, record, shown};
use crate::extract::{Asked, Call, Sent};
use crate::routes::Routes;

pub(super) fn configure(routes: &mut Routes<'_, '_>) {
    routes
        .service(list_due_rules)
        .service(create_due_rule)
        .service(show_due_rule)
        .service(change_due_rule)
        .service(delete_due_rule);
}

/// Lists due rules.
#[utoipa::path(
    tag = "due_rules",
    params(DueRuleQuery),
    responses((status = 200, description = "A page of due rules", body = Page<DueRuleView>))
)]
#[get("/due-rules")]
async fn list_due_rules(asked: Asked<DueRuleQuery>) -> Reply {
    shown(&due_rule::list(&asked.system, &asked.actor, &asked.draft).await?)
}

/// Adds a due rule.
///
/// It gives a due date to the records of its severity that have none of a person's, from their next change on. Where
/// several active rules speak of the same, the strictest holds.
#[utoipa::path(
    tag = "due_rules",
    request_body = NewDueRule,
    responses((status = 201, description = "The new due rule", body = DueRuleView))
)]
#[post("/due-rules")]
async fn create_due_rule(sent: Sent<NewDueRule>) -> Reply {
    let view = due_rule::create(&sent.system, &sent.actor, &sent.draft, sent.key.as_ref()).await?;
    created(&format!("due-rules/{}", view.id), view.version, &view)
}

/// Shows a due rule.
#[utoipa::path(
    tag = "due_rules",
    responses((status = 200, description = "The due rule", body = DueRuleView))
)]
#[get("/due-rules/{id}")]
async fn show_due_rule(call: Call) -> Reply {
    let view = due_rule::show(&call.system, &call.actor, call.id("due rule")?).await?;
    record(view.version, &view)
}

/// Changes a due rule.
#[utoipa::path(
    tag = "due_rules",
    request_body = DueRulePatch,
    responses((status = 200, description = "The changed due rule", body = DueRuleView))
)]
#[patch("/due-rules/{id}")]
async fn change_due_rule(sent: Sent<DueRulePatch>) -> Reply {
    let id = sent.id("due rule")?;
    let view = due_rule::change(&sent.system, &sent.actor, id, &sent.if_match, &sent.draft).await?;
    record(view.version, &view)
}

/// Deletes a due rule; the due dates that it has set stay until the next change of their records.
#[utoipa::path(tag = "due_rules", responses((status = 204, description = "Deleted")))]
#[delete("/due-rules/{id}")]
async fn delete_due_rule(call: Call) -> Reply {
    due_rule::delete(
        &call.system,
        &call.actor,
        call.id("due rule")?,
        &call.if_match,
    )
    .await?;
    gone()
}
