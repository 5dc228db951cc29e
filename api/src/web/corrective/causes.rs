//! Root causes: their category, what they explain, and the chain of whys that leads to them.

use actix_web::{get, post, web};
use askama::Template;
use serde_json::Value as Json;
use service::corrective::causes::{self, NewRootCause, RootCausePatch, RootCauseView};
use service::corrective::{self, CorrectivePermissions, CorrectiveView};
use service::words::RootCauseKind;
use service::{Draft, System};

use super::categories::Categories;
use super::forms::{self, Choices};
use super::record::{self, back};
use super::{SECTION, WHAT};
use crate::answer::Reply;
use crate::problem::Problem;
use crate::web::edited::{Edited, changed};
use crate::web::page::{self, Page};
use crate::web::typed::{Typed, renamed};
use crate::web::visit::{Posted, Visit};

const CHILD: &str = "root cause";

/// How often the form asks why, at least.
const WHYS: usize = 5;

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config
        .service(add_cause)
        .service(write_cause)
        .service(save_cause)
        .service(remove_cause);
}

/// A root cause as the request's page shows it.
pub(super) struct CauseRow {
    pub(super) id: i64,
    pub(super) kind: &'static str,
    pub(super) category: Option<String>,
    pub(super) brief: String,
    pub(super) text: String,
    pub(super) whys: Vec<String>,
    pub(super) from_supplier: bool,
    pub(super) verified: Option<String>,
    pub(super) may_write: bool,
}

/// The root causes of a request.
pub(super) fn rows(
    page: &Page,
    categories: &Categories,
    may: &CorrectivePermissions,
    causes: Vec<RootCauseView>,
) -> Vec<CauseRow> {
    let row = |cause: RootCauseView| CauseRow {
        id: cause.id,
        kind: cause.kind.word(),
        category: cause.cause.as_deref().map(|code| categories.label(code)),
        verified: forms::done(
            page,
            cause.verified_at.as_deref(),
            cause.verified_by.as_ref(),
        ),
        brief: forms::brief(&cause.text),
        text: cause.text,
        whys: cause.whys,
        from_supplier: cause.from_supplier,
        may_write: may.writes("root_causes"),
    };
    causes.into_iter().map(row).collect()
}

#[derive(Template)]
#[template(path = "corrective/cause.html")]
struct CausePage {
    page: Page,
    id: i64,
    child: i64,
    number: String,
    /// Whether its words are the plant's to change.
    may_reword: bool,
    edited: Edited,
    /// The fields of the whys.
    whys: Vec<String>,
    kinds: Vec<&'static str>,
    categories: Choices,
}

impl CausePage {
    async fn of(
        visit: &Visit,
        view: &CorrectiveView,
        cause: &RootCauseView,
        edited: Edited,
    ) -> Result<Self, Problem> {
        let categories = Categories::of(visit).await?;
        let mut choices = categories.choices();
        // A category that is retired by now.
        if let Some(code) = &cause.cause
            && choices.iter().all(|(known, _)| known != code)
        {
            choices.push((code.clone(), categories.label(code)));
        }
        let whys = edited.form.pairs().iter();
        let whys = whys.filter(|pair| is_why(pair));
        Ok(Self {
            page: visit.page(SECTION),
            id: view.item.id,
            child: cause.id,
            number: view.item.car_number.clone(),
            may_reword: causes::may_reword(cause),
            whys: whys.map(|(name, _)| name.clone()).collect(),
            kinds: RootCauseKind::ALL.iter().map(|word| word.word()).collect(),
            edited: edited.in_words("cause", &choices),
            categories: choices,
        })
    }
}

/// Adds a root cause.
#[post("/corrective-actions/{id}/root-causes")]
async fn add_cause(sent: Posted) -> Reply {
    let (id, key) = (sent.id(WHAT)?, sent.key()?);
    let body = body(&sent.system, &sent.typed);
    let draft = Draft::<NewRootCause>::json(&body);
    let (system, actor) = (&sent.system, &sent.actor);
    match causes::add(system, actor, id, &sent.if_match(), &draft, key.as_ref()).await {
        Ok(_) => back(id, "#causes", "saved"),
        Err(error) => {
            let error = renamed(error, |field| why_of(&sent.typed, field));
            record::refused(&sent, id, error, |forms| &mut forms.cause).await
        }
    }
}

/// Shows the form of a root cause.
#[get("/corrective-actions/{id}/root-causes/{child_id}")]
async fn write_cause(visit: Visit) -> Reply {
    let (id, child) = (visit.id(WHAT)?, visit.child(CHILD)?);
    let (system, actor) = (&visit.system, &visit.actor);
    let view = corrective::show(system, actor, id).await?;
    let cause = causes::show(system, actor, id, child).await?;
    corrective::may_write(actor, view.item.status, "root_causes")?;
    let edited = Edited::fresh(held(&cause), view.item.version);
    page::show(&CausePage::of(&visit, &view, &cause, edited).await?)
}

/// Saves what was changed in a root cause, or that it is verified.
#[post("/corrective-actions/{id}/root-causes/{child_id}")]
async fn save_cause(sent: Posted) -> Reply {
    let (id, child) = (sent.id(WHAT)?, sent.child(CHILD)?);
    let own = |name: &str| sent.own(name);
    let (system, actor) = (&sent.system, &sent.actor);
    let draft = Draft::<RootCausePatch>::json(&patch(&sent, &changed(&sent.typed, own)));
    let done = causes::change(system, actor, (id, child), &sent.if_match(), &draft).await;
    let error = match done {
        Ok(_) => return back(id, "#causes", "saved"),
        Err(error) => renamed(error, |field| why_of(&sent.typed, field)),
    };
    let view = corrective::show(system, actor, id).await?;
    let cause = causes::show(system, actor, id, child).await?;
    let (now, version) = (held(&cause), view.item.version);
    let (status, edited) = Edited::again(&sent.typed, own, &now, version, error.into())?;
    page::show_as(status, &CausePage::of(&sent, &view, &cause, edited).await?)
}

/// Takes a root cause back.
#[post("/corrective-actions/{id}/root-causes/{child_id}/removal")]
async fn remove_cause(sent: Posted) -> Reply {
    let (id, child) = (sent.id(WHAT)?, sent.child(CHILD)?);
    match causes::remove(&sent.system, &sent.actor, (id, child), &sent.if_match()).await {
        Ok(_) => back(id, "#causes", "car-removed"),
        Err(error) => record::refused(&sent, id, error, |forms| &mut forms.cause).await,
    }
}

/// A form as the service reads it: the whys are one list, without those that were left empty.
fn body(system: &System, typed: &Typed) -> Json {
    let others = typed.pairs().iter().filter(|pair| !is_why(pair));
    let mut body = forms::body(system, &Typed::with(others.cloned()));
    let whys: Vec<Json> = whys(typed).map(|(_, text)| text.as_str().into()).collect();
    if !whys.is_empty() {
        body.insert("whys".to_owned(), whys.into());
    }
    Json::Object(body)
}

/// A change as the service reads it: where one why has changed, the list is sent as a whole.
fn patch(sent: &Posted, changed: &Typed) -> Json {
    if !changed.pairs().iter().any(is_why) {
        return body(&sent.system, changed);
    }
    let others = changed.pairs().iter().filter(|pair| !is_why(pair));
    let whys = sent.typed.pairs().iter().filter(|pair| is_why(pair));
    let whole = Typed::with(others.chain(whys).cloned());
    let mut body = body(&sent.system, &whole);
    if let Json::Object(body) = &mut body {
        body.entry("whys").or_insert(Json::Null);
    }
    body
}

fn is_why((name, _): &(String, String)) -> bool {
    name.starts_with("why_")
}

/// The whys of a form that say something.
fn whys(typed: &Typed) -> impl Iterator<Item = &(String, String)> {
    let pairs = typed.pairs().iter();
    pairs.filter(|pair| is_why(pair) && !pair.1.trim().is_empty())
}

/// The field of a refusal as the form calls it: `whys[0]` is the first that says something.
fn why_of(typed: &Typed, field: &str) -> String {
    let place = field.strip_prefix("whys[");
    let place = place.and_then(|rest| rest.strip_suffix(']')?.parse::<usize>().ok());
    let named = place.and_then(|place| whys(typed).nth(place));
    named.map_or_else(|| field.to_owned(), |(name, _)| name.clone())
}

/// What stands in the fields of the form.
fn held(cause: &RootCauseView) -> Typed {
    let places = WHYS.max(cause.whys.len() + 1);
    let why = |place: usize| {
        let text = cause.whys.get(place).cloned().unwrap_or_default();
        (format!("why_{}", place + 1), text)
    };
    let fields = [
        ("kind", cause.kind.word()),
        ("cause", cause.cause.as_deref().unwrap_or_default()),
        ("text", cause.text.as_str()),
        (
            "is_verified",
            if cause.verified_at.is_some() {
                "true"
            } else {
                "false"
            },
        ),
    ];
    let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Typed::with(fields.into_iter().chain((0..places).map(why)))
}

#[cfg(test)]
mod tests {
    use super::{Typed, why_of};

    #[test]
    fn a_refusal_names_the_why_that_was_typed() {
        let typed = Typed::with([
            ("why_1", ""),
            ("text", "The drill was worn."),
            ("why_2", " "),
            ("why_3", "Nobody looked."),
            ("why_4", ""),
            ("why_5", "Nobody was told to."),
        ]);
        for (field, named) in [
            ("whys[0]", "why_3"),
            ("whys[1]", "why_5"),
            ("whys[2]", "whys[2]"),
            ("whys", "whys"),
            ("text", "text"),
        ] {
            assert_eq!(why_of(&typed, field), named);
        }
    }
}
