//! What becomes of a report from the floor: it is reported as any other is, and its photo is attached to it.
//!
//! Title and description are made of the failure and the part where the reporter has written none. The failure code
//! itself is set where his roles let him; otherwise the text says it, and engineers or quality set it.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data};
use actix_web::{HttpResponse, get, post};
use askama::Template;
use serde::Serialize;
use service::defects::{self, floor};
use service::{Draft, Error};

use super::found;
use super::is_script;
use super::view::FloorPage;
use crate::answer::Reply;
use crate::problem::{MEDIA_TYPE, Problem, ProblemDocument};
use crate::rest::attachments;
use crate::state::State;
use crate::web::page::{self, Page, go, show};
use crate::web::typed::Typed;
use crate::web::visit::{Posted, ScriptFile, Visit};

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config
        .service(report_defect)
        .service(show_sent)
        .service(add_photo);
}

/// How long a title may be.
const TITLE: usize = 200;

#[derive(Template)]
#[template(path = "floor/sent.html")]
struct SentPage {
    page: Page,
    id: i64,
    tag_number: String,
    title: String,
}

/// A report that was taken, for the script.
#[derive(Serialize)]
struct Taken<'a> {
    id: i64,
    tag_number: &'a str,
}

/// A report that was refused, for the script: the problem, and what it says in the visitor's language.
#[derive(Serialize)]
struct Refusal {
    #[serde(flatten)]
    problem: ProblemDocument,
    reasons: Vec<String>,
}

/// Reports a defect.
#[post("/floor/reports")]
async fn report_defect(sent: Posted) -> Reply {
    let key = sent.key()?;
    let draft: Draft<_> = completed(&sent).await?.draft();
    match defects::report(&sent.system, &sent.actor, &draft, key.as_ref()).await {
        Err(error) => refused(&sent, error.into()).await,
        Ok(view) if is_script(sent.request()) => Ok(HttpResponse::Created().json(&Taken {
            id: view.item.id,
            tag_number: &view.item.tag_number,
        })),
        Ok(view) => go(&format!("/floor/reports/{}", view.item.id), None),
    }
}

/// Shows the tag number of what was reported.
#[get("/floor/reports/{id}")]
async fn show_sent(visit: Visit) -> Reply {
    let view = defects::show(&visit.system, &visit.actor, visit.id("defect")?).await?;
    show(&SentPage {
        page: visit.page("floor"),
        id: view.item.id,
        tag_number: view.item.tag_number,
        title: view.item.title,
    })
}

/// Attaches a photo to a report, for the script.
#[post("/floor/reports/{id}/photo")]
async fn add_photo(state: Data<State>, sent: ScriptFile) -> Reply {
    let ScriptFile(mut sent) = sent;
    let id = sent.id("defect")?;
    let written = attachments::attach(&state, &mut sent, id).await?;
    Ok(HttpResponse::Created().json(&written.item))
}

/// What was typed, with the texts that were left empty, and without what the reporter may not say.
async fn completed(sent: &Posted) -> Result<Typed, Error> {
    let typed = &sent.typed;
    let code = typed.value("failure_code");
    let (made_title, made_description) = match code {
        "" => (String::new(), String::new()),
        code => made(sent, code).await?,
    };
    let or = |name: &str, made: String| match typed.value(name).trim() {
        "" => made,
        written => written.to_owned(),
    };
    let title = or("title", made_title);
    // Who has words of his own for it need not write them twice.
    let description = or("description", made_description);
    let description = match description.as_str() {
        "" => title.clone(),
        _ => description,
    };
    let may_say_code = defects::may_say(&sent.actor, "failure_code");
    let mut pairs = typed.pairs().to_vec();
    for (_, value) in pairs
        .iter_mut()
        .filter(|(name, _)| name == "quantity_defective")
    {
        *value = with_point(value);
    }
    pairs.retain(|(name, _)| match name.as_str() {
        "title" | "description" => false,
        "failure_code" => may_say_code,
        _ => true,
    });
    pairs.push(("title".to_owned(), title));
    pairs.push(("description".to_owned(), description));
    Ok(Typed::with(pairs))
}

/// A number with a comma, which the keyboard of a telephone has for a decimal point. Where three digits follow it may stand
/// between thousands, but behind a zero: then it stays, for the service to refuse, as a thousand pieces are not one.
fn with_point(typed: &str) -> String {
    let is_below_one = typed.strip_prefix("0,");
    let is_below_one = is_below_one.is_some_and(|rest| !rest.contains(','));
    let is_thousand =
        |digits: &str| digits.len() == 3 && digits.bytes().all(|b| b.is_ascii_digit());
    let has_thousands = typed.trim_end().split(',').skip(1).any(is_thousand);
    if has_thousands && !is_below_one {
        typed.to_owned()
    } else {
        typed.replacen(',', ".", 1)
    }
}

/// The title and the description that failure and part make.
async fn made(sent: &Posted, code: &str) -> Result<(String, String), Error> {
    let part_id = sent.typed.value("part_id").parse().ok();
    let codes = floor::codes(&sent.system, &sent.actor, part_id).await?;
    let offered = codes.iter().find(|offered| offered.code == code);
    let failure = offered.map_or(code, |offered| offered.label.as_str());
    let part = match part_id {
        Some(id) => found::known(sent, id).await?,
        None => None,
    };
    let part = part.map_or_else(String::new, |part| part.label);
    let quantity = sent.typed.value("quantity_defective");
    let (words, part) = (sent.words(), part.as_str());
    let title = words.with("floor-made-title", &[("failure", failure), ("part", part)]);
    let all = [
        ("failure", failure),
        ("code", code),
        ("part", part),
        ("quantity", quantity),
    ];
    let description = words.with("floor-made-description", &all);
    Ok((title.chars().take(TITLE).collect(), description))
}

/// The page again, or what a script can tell, with what is not in order.
async fn refused(sent: &Posted, problem: Problem) -> Reply {
    let (status, document) = (problem.kind().status(), problem.document());
    let form = sent.typed.clone().refused(problem)?;
    if !is_script(sent.request()) {
        let page = FloorPage::again(sent, form).await?;
        return page::show_as(StatusCode::UNPROCESSABLE_ENTITY, &page);
    }
    let page = sent.page("floor");
    let wrong = form.errors().iter().flat_map(|error| {
        let told = format!("{}: {}", page.field(&error.field), page.wrong(error));
        [Some(told), page.more(error)]
    });
    let whole = [form.detail(&page.words), form.more(&page.words)];
    let reasons = whole.into_iter().chain(wrong).flatten().collect();
    Ok(HttpResponse::build(status)
        .content_type(MEDIA_TYPE)
        .json(&Refusal {
            problem: document,
            reasons,
        }))
}

#[cfg(test)]
mod tests {
    use super::with_point;

    #[test]
    fn a_comma_is_a_point_unless_it_may_stand_between_thousands() {
        for (typed, meant) in [
            ("3", "3"),
            ("2,5", "2.5"),
            ("12,50", "12.50"),
            ("0,125", "0.125"),
            ("1,0000", "1.0000"),
        ] {
            assert_eq!(with_point(typed), meant);
        }
        for unclear in [
            "1,000",
            "1,000 ",
            "12,345",
            "1,000,000",
            "0,125,000",
            ",125",
        ] {
            assert_eq!(with_point(unclear), unclear);
        }
    }
}
