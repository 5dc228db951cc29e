//! From forms to what the service reads: ids and days as JSON has them, and what people choose from.

use chrono::NaiveDate;
use serde_json::{Map, Value as Json};
use service::input::Input;
use service::reference::{PartnerRef, PersonRef};
use service::user::{self, NamesQuery};
use service::value::Instant;
use service::{Draft, Error, System};

use crate::web::page::Page;
use crate::web::typed::Typed;
use crate::web::visit::Visit;

/// What is chosen from: what is sent, and what people read.
pub(super) type Choices = Vec<(String, String)>;

/// More people than these times 200 are no choice any more.
const MOST_PAGES: usize = 5;

/// A form as the service reads a body: an empty field is null, ids are numbers, a day is its end in the plant.
pub(super) fn draft<T: Input>(system: &System, typed: &Typed) -> Draft<T> {
    Draft::json(&Json::Object(body(system, typed)))
}

/// The fields of such a body.
pub(super) fn body(system: &System, typed: &Typed) -> Map<String, Json> {
    let field = |(name, text): &(String, String)| (name.clone(), value(system, name, text));
    typed.pairs().iter().map(field).collect()
}

fn value(system: &System, name: &str, text: &str) -> Json {
    match name {
        _ if text.is_empty() => Json::Null,
        "due_at" => until(system, text),
        "owner_id" | "supplier_id" | "valid_days" => {
            text.parse::<i64>().map_or_else(|_| text.into(), Json::from)
        }
        "is_done" | "is_verified" => text
            .parse::<bool>()
            .map_or_else(|_| text.into(), Json::from),
        _ => text.into(),
    }
}

/// The last second of a day in the plant; what is no day is for the service to refuse.
fn until(system: &System, text: &str) -> Json {
    match NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        Ok(day) => Instant::show(&system.settings.end_of_day(day)).into(),
        Err(_) => text.into(),
    }
}

/// Everybody who may be named.
pub(super) async fn people(visit: &Visit) -> Result<Choices, Error> {
    let mut people = Vec::new();
    let mut cursor: Option<String> = None;
    for _ in 0..MOST_PAGES {
        let mut query = vec![("limit".to_owned(), "200".to_owned())];
        query.extend(cursor.take().map(|cursor| ("cursor".to_owned(), cursor)));
        let query = Draft::<NamesQuery>::pairs(&query);
        let page = user::names(&visit.system, &visit.actor, &query).await?;
        let named = page.items.into_iter();
        people.extend(named.map(|person| (person.id.to_string(), person.name)));
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    people.sort_by_cached_key(|(_, name)| name.to_lowercase());
    Ok(people)
}

/// A supplier as people read him.
pub(super) fn supplier_name(supplier: &PartnerRef) -> String {
    named(&supplier.code, &supplier.name)
}

fn named(code: &str, name: &str) -> String {
    if code == name {
        name.to_owned()
    } else {
        format!("{code} {name}")
    }
}

/// That something was done: by whom, and when.
pub(super) fn done(page: &Page, at: Option<&str>, by: Option<&PersonRef>) -> Option<String> {
    let at = page.minute(at?);
    let name = by.map(|person| person.name.as_str()).unwrap_or_default();
    Some(page.with("car-done-by", &[("name", name), ("at", at.as_str())]))
}

/// How a text begins, where it only has to be told from others.
pub(super) fn brief(text: &str) -> String {
    let signs = text
        .chars()
        .map(|sign| if sign.is_whitespace() { ' ' } else { sign });
    signs.take(60).collect()
}
