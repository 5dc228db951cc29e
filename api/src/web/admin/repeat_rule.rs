//! The repeat rule: from which repeat of part and failure code on a corrective action is proposed. There is one, so that
//! it has a page and no list.

use actix_web::{get, post, web};
use service::repeat_rule::{self, RepeatRulePatch};

use super::edit::{EditPage, changes};
use super::field::Field;
use super::{Area, administration};
use crate::answer::Reply;
use crate::problem::Problem;
use crate::web::page::show;
use crate::web::typed::Typed;
use crate::web::visit::{Posted, Visit};

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(show_repeat_rule).service(change_repeat_rule);
}

fn area() -> &'static Area {
    Area::named("repeat-rule")
}

/// Shows the rule, to be changed.
#[get("/admin/repeat-rule")]
async fn show_repeat_rule(visit: Visit) -> Reply {
    show(&page_of(&visit).await?)
}

async fn page_of(visit: &Visit) -> Result<EditPage, Problem> {
    let page = area().page(visit)?;
    let rule = repeat_rule::show(&visit.system, &visit.actor).await?;
    Ok(EditPage {
        title: area().title(&page),
        trail: vec![administration(&page)],
        version: Some(rule.version),
        fields: vec![
            Field::input(&page, "repeats", "number")
                .required()
                .hint(page.t("admin-repeats-hint")),
            Field::input(&page, "days", "number")
                .required()
                .hint(page.t("admin-repeat-days-hint")),
        ],
        form: Typed::with([
            ("repeats", rule.repeats.to_string()),
            ("days", rule.days.to_string()),
        ]),
        ..area().edit(page, visit, None)
    })
}

/// Changes the rule.
#[post("/admin/repeat-rule")]
async fn change_repeat_rule(sent: Posted) -> Reply {
    let draft = changes(&sent, &[], &[]).patch::<RepeatRulePatch>();
    let outcome = repeat_rule::change(&sent.system, &sent.actor, &sent.if_match(), &draft).await;
    let again = page_of(&sent);
    area().answered(&sent, "saved", outcome, again).await
}
