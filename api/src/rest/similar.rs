//! Similar cases, and the rule by which they propose a corrective action.

use actix_web::{get, patch};
use service::defects::similar::{self, NewCase, SimilarQuery, SimilarView};
use service::repeat_rule::{self, RepeatRulePatch, RepeatRuleView};

use crate::answer::{Reply, record, shown};
use crate::extract::{Asked, Call, Sent};
use crate::routes::Routes;

pub(super) fn configure(routes: &mut Routes<'_, '_>) {
    routes
        .service(similar_to_new)
        .service(similar_to_defect)
        .service(show_repeat_rule)
        .service(change_repeat_rule);
}

/// Defects of the part and failure code that are about to be reported: how many there are, and the newest.
#[utoipa::path(
    tag = "defects",
    params(NewCase),
    responses((status = 200, description = "Similar cases", body = SimilarView))
)]
#[get("/defects/similar")]
async fn similar_to_new(asked: Asked<NewCase>) -> Reply {
    shown(&similar::to_new(&asked.system, &asked.actor, &asked.draft).await?)
}

/// Defects of the same part and failure code as this one: how many there are, and the newest.
#[utoipa::path(
    tag = "defects",
    params(SimilarQuery),
    responses((status = 200, description = "Similar cases", body = SimilarView))
)]
#[get("/defects/{id}/similar")]
async fn similar_to_defect(asked: Asked<SimilarQuery>) -> Reply {
    let (system, actor) = (&asked.system, &asked.actor);
    shown(&similar::to_record(system, actor, asked.id("defect")?, &asked.draft).await?)
}

/// Shows from which repeat on a corrective action is proposed.
#[utoipa::path(tag = "repeat_rule", responses((status = 200, description = "The rule", body = RepeatRuleView)))]
#[get("/repeat-rule")]
async fn show_repeat_rule(call: Call) -> Reply {
    let rule = repeat_rule::show(&call.system, &call.actor).await?;
    record(rule.version, &rule)
}

/// Changes from which repeat on a corrective action is proposed.
#[utoipa::path(
    tag = "repeat_rule",
    request_body = RepeatRulePatch,
    responses((status = 200, description = "The rule", body = RepeatRuleView))
)]
#[patch("/repeat-rule")]
async fn change_repeat_rule(sent: Sent<RepeatRulePatch>) -> Reply {
    let (system, actor) = (&sent.system, &sent.actor);
    let rule = repeat_rule::change(system, actor, &sent.if_match, &sent.draft).await?;
    record(rule.version, &rule)
}
