//! Approval rules: whose votes a disposition needs. They are retired, never deleted.

use actix_web::{get, post, web};
use service::approval_rule::{
    self, ApprovalRulePatch, ApprovalRuleQuery, ApprovalRuleView, NewApprovalRule, Voter,
};
use service::words::{Disposition, Severity};

use super::Area;
use super::edit::{EditPage, changes};
use super::field::{Field, completed, words};
use super::list::{Cell, ListPage, Row, active_filter, columns};
use crate::answer::Reply;
use crate::problem::Problem;
use crate::web::page::{Page, show};
use crate::web::typed::Typed;
use crate::web::visit::{Posted, Visit};

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config
        .service(list_approval_rules)
        .service(new_approval_rule)
        .service(create_approval_rule)
        .service(show_approval_rule)
        .service(change_approval_rule);
}

fn area() -> &'static Area {
    Area::named("approval-rules")
}

const TICKS: &[&str] = &["customer_required", "signature_required", "is_active"];
const LISTS: &[&str] = &["roles"];

/// Lists rules by code.
#[get("/admin/approval-rules")]
async fn list_approval_rules(visit: Visit) -> Reply {
    let page = area().page(&visit)?;
    let query = visit.asked::<ApprovalRuleQuery>()?;
    let found = approval_rule::list(&visit.system, &visit.actor, &query).await;
    let names = [
        "code",
        "name",
        "severity",
        "disposition",
        "least_amount",
        "roles",
        "customer_required",
        "signature_required",
        "status",
    ];
    ListPage {
        filters: vec![active_filter(&page)],
        columns: columns(&page, &names),
        ..area().found(page, &visit, found, row)?
    }
    .answer()
}

fn row(page: &Page, rule: &ApprovalRuleView) -> Row {
    let any = || page.t("admin-any");
    let severity = rule
        .severity
        .map(|severity| page.word("severity", severity.word()));
    let disposition = rule
        .disposition
        .map(|disposition| page.word("disposition", disposition.word()));
    let cells = vec![
        Cell::text(&rule.name),
        Cell::text(severity.unwrap_or_else(any)),
        Cell::text(disposition.unwrap_or_else(any)),
        Cell::number(rule.least_amount.clone().unwrap_or_default()),
        Cell::words(page, "role", rule.roles.iter().map(|role| role.word())),
        Cell::yes(page, rule.customer_required),
        Cell::yes(page, rule.signature_required),
        Cell::active(page, rule.is_active),
    ];
    area().row(rule.id, &rule.code, cells)
}

/// Asks for a new rule.
#[get("/admin/approval-rules/new")]
async fn new_approval_rule(visit: Visit) -> Reply {
    show(&area().adding(&visit, fields)?)
}

fn fields(page: &Page) -> Vec<Field> {
    let severities = words(page, "severity", Severity::ALL.iter().map(|it| it.word()));
    let dispositions = Disposition::ALL.iter().map(|it| it.word());
    let dispositions = words(page, "disposition", dispositions);
    let voters = words(page, "role", Voter::ALL.iter().map(|it| it.word()));
    vec![
        Field::text(page, "code").required(),
        Field::text(page, "name").required(),
        Field::choose(page, "severity", severities).none(page.t("admin-any")),
        Field::choose(page, "disposition", dispositions).none(page.t("admin-any")),
        Field::text(page, "least_amount").hint(page.t("admin-least-amount-hint")),
        Field::ticks(page, "roles", voters).none(page.t("none")),
        Field::tick(page, "customer_required"),
        Field::tick(page, "signature_required"),
        Field::tick(page, "is_active"),
    ]
}

/// Adds a rule.
#[post("/admin/approval-rules")]
async fn create_approval_rule(sent: Posted) -> Reply {
    let draft = completed(&sent.typed, TICKS, LISTS).draft::<NewApprovalRule>();
    let key = sent.key()?;
    let outcome = approval_rule::create(&sent.system, &sent.actor, &draft, key.as_ref()).await;
    let again = async { area().adding(&sent, fields) };
    area().answered(&sent, "admin-added", outcome, again).await
}

/// Shows a rule; those who may, change it.
#[get("/admin/approval-rules/{id}")]
async fn show_approval_rule(visit: Visit) -> Reply {
    show(&page_of(&visit).await?)
}

async fn page_of(visit: &Visit) -> Result<EditPage, Problem> {
    let id = visit.id("approval rule")?;
    let page = area().page(visit)?;
    let rule = approval_rule::show(&visit.system, &visit.actor, id).await?;
    Ok(EditPage {
        title: format!("{} {}", rule.code, rule.name),
        version: Some(rule.version),
        fields: fields(&page),
        form: form(&rule),
        ..area().edit(page, visit, Some(id))
    })
}

fn form(rule: &ApprovalRuleView) -> Typed {
    let severity = rule.severity.map_or("", Severity::word);
    let disposition = rule.disposition.map_or("", Disposition::word);
    let amount = rule.least_amount.clone().unwrap_or_default();
    let mut fields = vec![
        ("code", rule.code.clone()),
        ("name", rule.name.clone()),
        ("severity", severity.to_owned()),
        ("disposition", disposition.to_owned()),
        ("least_amount", amount),
        ("customer_required", rule.customer_required.to_string()),
        ("signature_required", rule.signature_required.to_string()),
        ("is_active", rule.is_active.to_string()),
    ];
    let roles = rule.roles.iter();
    fields.extend(roles.map(|role| ("roles", role.word().to_owned())));
    Typed::with(fields)
}

/// Changes a rule, or retires it.
#[post("/admin/approval-rules/{id}")]
async fn change_approval_rule(sent: Posted) -> Reply {
    let id = sent.id("approval rule")?;
    let draft = changes(&sent, TICKS, LISTS).patch::<ApprovalRulePatch>();
    let if_match = sent.if_match();
    let outcome = approval_rule::change(&sent.system, &sent.actor, id, &if_match, &draft).await;
    let again = page_of(&sent);
    area().answered(&sent, "saved", outcome, again).await
}
