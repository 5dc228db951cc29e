//! A request's history as people read it: who changed what, from what to what, when and why.

use std::collections::BTreeMap;

use actix_web::{get, web};
use askama::Template;
use serde_json::{Map, Number, Value as Json};
use service::corrective::supplier::link;
use service::corrective::{self, history};
use service::defects::ChildQuery;
use service::defects::story::Told;
use service::words::Effectiveness;
use service::{Draft, Error};

use super::{SECTION, WHAT};
use crate::answer::Reply;
use crate::web::page::{self, Page};
use crate::web::visit::Visit;

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(show_history);
}

/// More signs of a value than these are cut off: the page that it stands on has them all.
const MOST_SIGNS: usize = 600;

#[derive(Template)]
#[template(path = "corrective/history.html")]
struct HistoryPage {
    page: Page,
    id: i64,
    number: String,
    events: Vec<EventRow>,
    next: Option<String>,
}

struct EventRow {
    at: String,
    who: String,
    what: String,
    old: String,
    new: String,
    reason: Option<String>,
}

/// What values are read with.
struct Reader<'a> {
    page: &'a Page,
    /// The steps by the ids that history names them by.
    steps: &'a BTreeMap<String, String>,
    told: &'a Told,
}

/// Shows a page of a request's history, oldest first.
#[get("/corrective-actions/{id}/history")]
async fn show_history(visit: Visit) -> Reply {
    let id = visit.id(WHAT)?;
    let view = corrective::show(&visit.system, &visit.actor, id).await?;
    let asked = visit.asked::<ChildQuery>()?;
    let listed = history::named(&visit.system, &visit.actor, id, &asked).await?;
    let (page, steps) = (visit.page(SECTION), steps_of(&visit, id).await?);
    let row = |told: &Told| {
        let (page, steps) = (&page, &steps);
        Reader { page, steps, told }.event()
    };
    let events = listed.items.iter().map(row).collect();
    let next = listed.next_cursor.map(|cursor| format!("?cursor={cursor}"));
    page::show(&HistoryPage {
        id,
        number: view.item.car_number,
        events,
        next,
        page,
    })
}

/// The steps by their ids, which the first event tells.
async fn steps_of(visit: &Visit, id: i64) -> Result<BTreeMap<String, String>, Error> {
    let first = Draft::pairs(&[("limit".to_owned(), "1".to_owned())]);
    let first = history::list(&visit.system, &visit.actor, id, &first).await?;
    let told = first
        .items
        .first()
        .and_then(|event| event.new_value.as_object());
    let step = |(path, content): (&String, &Json)| {
        let id = path.strip_prefix("steps/")?;
        let word = content.get("step")?.as_str()?;
        Some((id.to_owned(), word.to_owned()))
    };
    Ok(told.into_iter().flatten().filter_map(step).collect())
}

impl Reader<'_> {
    fn event(&self) -> EventRow {
        let event = &self.told.event;
        let path = event.field.as_deref();
        let name = path.map_or("", |path| path.rsplit('.').next().unwrap_or(path));
        EventRow {
            at: self.page.minute(&event.at),
            who: event.actor.name.clone(),
            what: path.map_or_else(|| self.page.t("car-history-raised"), |path| self.what(path)),
            old: cut(self.value(name, &event.old_value)),
            new: cut(self.value(name, &event.new_value)),
            reason: event.reason.clone(),
        }
    }

    /// What was changed: `steps/12.text`, `actions/4`, `status`.
    fn what(&self, path: &str) -> String {
        let Some((collection, rest)) = path.split_once('/') else {
            return self.page.field(path);
        };
        let (id, field) = match rest.split_once('.') {
            Some((id, field)) => (id, Some(field)),
            None => (rest, None),
        };
        let of = match (collection, self.steps.get(id)) {
            ("steps", Some(step)) => self.page.word("step", step),
            _ => self.page.word("car-one-of", collection),
        };
        match field {
            Some(field) => format!("{of}: {}", self.page.field(field)),
            None => of,
        }
    }

    fn value(&self, name: &str, value: &Json) -> String {
        match value {
            Json::Null => String::new(),
            Json::Bool(yes) => self.page.t(if *yes { "yes" } else { "no" }),
            Json::Number(number) => {
                let named = number.as_i64().and_then(|id| self.told.name(name, id));
                named.map_or_else(|| unnamed(name, number), str::to_owned)
            }
            Json::String(text) => self.text(name, text),
            Json::Array(values) => {
                let values: Vec<_> = values.iter().map(|value| self.value(name, value)).collect();
                values.join("\n")
            }
            Json::Object(fields) => self.fields(fields),
        }
    }

    fn text(&self, name: &str, text: &str) -> String {
        let words = self.page.words;
        let kind = match name {
            "status" => "corrective-status",
            "severity" => "severity",
            "meaning" => "meaning",
            "action" => "car-move",
            "supplier_link" => return self.link(text),
            "outcome" if Effectiveness::of(text).is_some() => "effectiveness",
            "kind" => {
                let id = text.replace('_', "-");
                let cause = words.maybe(&format!("root-cause-kind-{id}"));
                let known = cause.or_else(|| words.maybe(&format!("corrective-kind-{id}")));
                return known.unwrap_or_else(|| text.to_owned());
            }
            _ if name.ends_with("_at") => return self.page.minute(text),
            _ => return text.to_owned(),
        };
        self.page.word(kind, text)
    }

    /// How the supplier's link stood.
    fn link(&self, text: &str) -> String {
        match text {
            link::GIVEN => self.page.t("car-link-was-given"),
            link::TAKEN_BACK => self.page.t("car-link-was-revoked"),
            other => other.to_owned(),
        }
    }

    /// A whole row: its fields that say something, a line for each.
    fn fields(&self, fields: &Map<String, Json>) -> String {
        let told = fields
            .iter()
            .filter(|(name, value)| !value.is_null() && !name.contains('/'));
        let lines = told.map(|(name, value)| {
            let value = self.value(name, value);
            format!("{}: {value}", self.page.field(name))
        });
        let lines: Vec<_> = lines.collect();
        lines.join("\n")
    }
}

/// A number that stands for itself, or for something that is not known here.
fn unnamed(field: &str, number: &Number) -> String {
    let is_id = field.ends_with("_id") || field.ends_with("_by");
    let mark = if is_id { "#" } else { "" };
    format!("{mark}{number}")
}

fn cut(text: String) -> String {
    match text.char_indices().nth(MOST_SIGNS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
