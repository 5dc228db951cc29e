//! What is filtered, one by one: each a link to the list without it.

use service::defects::{DefectItem, DefectQuery, FilterText};
use service::reference::PersonRef;
use service::words::{Origin, Severity, Status};

use super::asked::Asked;
use super::wrongs::label;
use crate::web::page::Page;

/// Parameters in which a comma is a letter like others.
const TEXTS: [&str; 3] = ["q", "filter", "external_id"];

/// Something that is filtered.
pub(super) struct Chip {
    /// What it is about; empty where the text says it.
    pub(super) label: String,
    pub(super) text: String,
    /// The list without it.
    pub(super) address: String,
}

/// What the page knows of those that a filter names by their ids.
pub(super) struct Known<'a> {
    pub(super) people: &'a [PersonRef],
    pub(super) items: &'a [DefectItem],
}

/// All that is filtered; `query` is how the service read it, where it could.
pub(super) fn chips(
    page: &Page,
    asked: &Asked,
    query: Option<&DefectQuery>,
    known: &Known<'_>,
) -> Vec<Chip> {
    let written = query.and_then(|query| query.filter.filter.as_ref());
    let mut chips = Vec::new();
    for (place, (name, value)) in asked.pairs.iter().enumerate() {
        match (name.as_str(), written) {
            ("sort", _) => {}
            ("filter", Some(filter)) => terms(asked, place, filter, &mut chips),
            _ => chips.push(Chip {
                label: label(page, name),
                text: known.shown(page, name, value),
                address: asked.with(place, ""),
            }),
        }
    }
    chips
}

/// The terms of a filter as people write it, each by itself.
fn terms(asked: &Asked, place: usize, filter: &FilterText, chips: &mut Vec<Chip>) {
    let terms = filter.terms();
    for (nth, term) in terms.iter().enumerate() {
        let others = terms.iter().enumerate().filter(|(other, _)| *other != nth);
        let others: Vec<_> = others.map(|(_, term)| term.as_str()).collect();
        chips.push(Chip {
            label: String::new(),
            text: term.clone(),
            address: asked.with(place, &others.join(" ")),
        });
    }
}

/// The value of a parameter as people read it; `named` says what an id stands for.
pub(in crate::web) fn worded(
    page: &Page,
    name: &str,
    value: &str,
    named: impl Fn(i64) -> Option<String>,
) -> String {
    if TEXTS.contains(&name) {
        return value.to_owned();
    }
    let shown = value.split(',').map(|one| match one.strip_prefix('!') {
        Some(other) => {
            let other = one_worded(page, name, other, &named);
            page.with("list-not", &[("value", other.as_str())])
        }
        None => one_worded(page, name, one, &named),
    });
    shown.collect::<Vec<_>>().join(", ")
}

fn one_worded(
    page: &Page,
    name: &str,
    value: &str,
    named: impl Fn(i64) -> Option<String>,
) -> String {
    match (name, value) {
        (_, "none") => page.t("none"),
        (_, "any") => page.t("list-some"),
        ("status", "open") => page.t("list-open"),
        ("assignee" | "reported_by", "me") => page.t("list-me"),
        ("is_contained" | "on_hold" | "overdue", "true") => page.t("yes"),
        ("is_contained" | "on_hold" | "overdue", "false") => page.t("no"),
        ("status", word) if Status::of(word).is_some() => page.word(name, word),
        ("severity", word) if Severity::of(word).is_some() => page.word(name, word),
        ("origin", word) if Origin::of(word).is_some() => page.word(name, word),
        _ if name.ends_with("_id") => match value.parse::<i64>() {
            Ok(id) => named(id).unwrap_or_else(|| format!("#{id}")),
            Err(_) => value.to_owned(),
        },
        _ => value.to_owned(),
    }
}

impl Known<'_> {
    /// The value of a parameter as people read it.
    pub(super) fn shown(&self, page: &Page, name: &str, value: &str) -> String {
        worded(page, name, value, |id| self.named(name, id))
    }

    /// What an id stands for, as far as the page has it.
    fn named(&self, name: &str, id: i64) -> Option<String> {
        let mut items = self.items.iter();
        match name {
            "assignee_id" | "reported_by_id" => self.person(id),
            "part_id" => items
                .find(|item| item.part.id == id)
                .map(|item| format!("{} {}", item.part.number, item.part.revision)),
            "work_center_id" => items
                .find(|item| item.work_center.id == id)
                .map(|item| item.work_center.code.clone()),
            "customer_id" => items
                .filter_map(|item| item.customer.as_ref())
                .find(|partner| partner.id == id)
                .map(|partner| partner.name.clone()),
            "supplier_id" => items
                .filter_map(|item| item.supplier.as_ref())
                .find(|partner| partner.id == id)
                .map(|partner| partner.name.clone()),
            _ => None,
        }
    }

    fn person(&self, id: i64) -> Option<String> {
        // Who has left is among the rows, not among the people.
        let of_rows = self.items.iter().flat_map(|item| {
            let assignee = item.assignee.iter();
            assignee.chain([&item.reported_by])
        });
        let mut people = self.people.iter().chain(of_rows);
        let found = people.find(|person| person.id == id);
        found.map(|person| person.name.clone())
    }
}
