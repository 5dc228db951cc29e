//! Due rules: how many days there are for what, by severity.

use actix_web::{get, post, web};
use service::due_rule::{self, DueRulePatch, DueRuleQuery, DueRuleView, NewDueRule};
use service::words::{Milestone, Severity};

use super::Area;
use super::edit::{Act, EditPage, changes};
use super::field::{Field, completed, words};
use super::list::{Cell, ListPage, Row, active_filter, columns};
use crate::answer::Reply;
use crate::problem::Problem;
use crate::web::page::{Page, show};
use crate::web::typed::Typed;
use crate::web::visit::{Posted, Visit};

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config
        .service(list_due_rules)
        .service(new_due_rule)
        .service(create_due_rule)
        .service(show_due_rule)
        .service(change_due_rule)
        .service(delete_due_rule);
}

fn area() -> &'static Area {
    Area::named("due-rules")
}

const TICKS: &[&str] = &["is_active"];

/// Lists due rules by code.
#[get("/admin/due-rules")]
async fn list_due_rules(visit: Visit) -> Reply {
    let page = area().page(&visit)?;
    let query = visit.asked::<DueRuleQuery>()?;
    let found = due_rule::list(&visit.system, &visit.actor, &query).await;
    let severity = Field::choose(&page, "severity", severities(&page)).none(page.t("admin-any"));
    let names = ["code", "severity", "milestone", "days", "status"];
    ListPage {
        filters: vec![severity, active_filter(&page)],
        columns: columns(&page, &names),
        ..area().found(page, &visit, found, row)?
    }
    .answer()
}

fn row(page: &Page, rule: &DueRuleView) -> Row {
    let cells = vec![
        Cell::text(page.word("severity", rule.severity.word())),
        Cell::text(page.word("milestone", rule.milestone.word())),
        Cell::number(rule.days.to_string()),
        Cell::active(page, rule.is_active),
    ];
    area().row(rule.id, &rule.code, cells)
}

fn severities(page: &Page) -> Vec<(String, String)> {
    words(page, "severity", Severity::ALL.iter().map(|it| it.word()))
}

/// Asks for a new rule.
#[get("/admin/due-rules/new")]
async fn new_due_rule(visit: Visit) -> Reply {
    show(&area().adding(&visit, fields)?)
}

fn fields(page: &Page) -> Vec<Field> {
    let milestones = words(page, "milestone", Milestone::ALL.iter().map(|it| it.word()));
    vec![
        Field::text(page, "code").required(),
        Field::choose(page, "severity", severities(page)).required(),
        Field::choose(page, "milestone", milestones).required(),
        Field::input(page, "days", "number")
            .required()
            .hint(page.t("admin-days-hint")),
        Field::tick(page, "is_active"),
    ]
}

/// Adds a rule.
#[post("/admin/due-rules")]
async fn create_due_rule(sent: Posted) -> Reply {
    let draft = completed(&sent.typed, TICKS, &[]).draft::<NewDueRule>();
    let key = sent.key()?;
    let outcome = due_rule::create(&sent.system, &sent.actor, &draft, key.as_ref()).await;
    let again = async { area().adding(&sent, fields) };
    area().answered(&sent, "admin-added", outcome, again).await
}

/// Shows a rule, to be changed.
#[get("/admin/due-rules/{id}")]
async fn show_due_rule(visit: Visit) -> Reply {
    show(&page_of(&visit).await?)
}

async fn page_of(visit: &Visit) -> Result<EditPage, Problem> {
    let id = visit.id("due rule")?;
    let page = area().page(visit)?;
    let rule = due_rule::show(&visit.system, &visit.actor, id).await?;
    Ok(EditPage {
        title: rule.code.clone(),
        version: Some(rule.version),
        fields: fields(&page),
        form: form(&rule),
        acts: vec![Act::deletion(&area().address_of(id))],
        ..area().edit(page, visit, Some(id))
    })
}

fn form(rule: &DueRuleView) -> Typed {
    Typed::with([
        ("code", rule.code.clone()),
        ("severity", rule.severity.word().to_owned()),
        ("milestone", rule.milestone.word().to_owned()),
        ("days", rule.days.to_string()),
        ("is_active", rule.is_active.to_string()),
    ])
}

/// Changes a rule.
#[post("/admin/due-rules/{id}")]
async fn change_due_rule(sent: Posted) -> Reply {
    let id = sent.id("due rule")?;
    let draft = changes(&sent, TICKS, &[]).patch::<DueRulePatch>();
    let outcome = due_rule::change(&sent.system, &sent.actor, id, &sent.if_match(), &draft).await;
    let again = page_of(&sent);
    area().answered(&sent, "saved", outcome, again).await
}

/// Deletes a rule; what it has set stays.
#[post("/admin/due-rules/{id}/deletion")]
async fn delete_due_rule(sent: Posted) -> Reply {
    let id = sent.id("due rule")?;
    let outcome = due_rule::delete(&sent.system, &sent.actor, id, &sent.if_match()).await;
    let again = page_of(&sent);
    area().deleted(&sent, outcome, again).await
}
