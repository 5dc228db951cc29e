//! The filter bar: what is typed, and quick choices of what is filtered most; all of it works without a script.

use service::reference::PersonRef;
use service::words::{Severity, Status};

use super::asked::Asked;
use super::chips::Known;
use crate::web::page::Page;

/// The fields of the bar.
pub(super) const FIELDS: [&str; 6] = ["filter", "q", "status", "severity", "assignee_id", "sort"];

/// What says the same as one of its fields, and goes when the bar is used.
pub(super) const ALIASES: [&str; 1] = ["assignee"];

/// The orders, and the messages that name them.
const ORDERS: [(&str, &str); 5] = [
    ("", "list-sort-usual"),
    ("-reported_at", "list-sort-newest"),
    ("reported_at", "list-sort-oldest"),
    ("-updated_at", "list-sort-changed"),
    ("tag_number", "list-sort-number"),
];

/// One of several.
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) text: String,
    pub(super) is_chosen: bool,
}

/// A field in which one of several is taken.
pub(super) struct Select {
    pub(super) name: &'static str,
    pub(super) label: String,
    pub(super) options: Vec<Choice>,
}

/// The choices beside the texts of the bar.
pub(super) fn selects(
    page: &Page,
    asked: &Asked,
    known: &Known<'_>,
    me: Option<i64>,
) -> Vec<Select> {
    let any = || (String::new(), page.t("list-any"));
    let mut states = vec![any(), ("open".to_owned(), page.t("list-open"))];
    states.extend(words(
        page,
        "status",
        Status::ALL.iter().map(|word| word.word()),
    ));
    let mut grades = vec![any()];
    grades.extend(severities(page));
    grades.push(("none".to_owned(), page.t("none")));
    let mut people = vec![any()];
    people.extend(assignees(page, known.people, me));
    let mut orders: Vec<_> = ORDERS
        .iter()
        .map(|(value, id)| ((*value).to_owned(), page.words.text(id)))
        .collect();
    if !asked.value("q").is_empty() {
        orders.push(("relevance".to_owned(), page.t("list-sort-best")));
    }
    [
        ("status", states),
        ("severity", grades),
        ("assignee_id", people),
        ("sort", orders),
    ]
    .into_iter()
    .map(|(name, options)| {
        let chosen = asked.value(name);
        match (name, chosen, me) {
            // `assignee=me` says the same as one's own id.
            ("assignee_id", "", Some(me)) if asked.value("assignee") == "me" => {
                Select::of(page, &me.to_string(), known, name, options)
            }
            _ => Select::of(page, chosen, known, name, options),
        }
    })
    .collect()
}

/// Who may be made to take care of a record: oneself first, then nobody, then the others.
pub(super) fn assignees(
    page: &Page,
    people: &[PersonRef],
    me: Option<i64>,
) -> Vec<(String, String)> {
    let mine = me.map(|id| (id.to_string(), page.t("list-me")));
    let nobody = ("none".to_owned(), page.t("list-nobody"));
    let others = people.iter().filter(|person| Some(person.id) != me);
    let others = others.map(|person| (person.id.to_string(), person.name.clone()));
    mine.into_iter().chain([nobody]).chain(others).collect()
}

/// The severities.
pub(super) fn severities(page: &Page) -> Vec<(String, String)> {
    words(
        page,
        "severity",
        Severity::ALL.iter().map(|word| word.word()),
    )
}

fn words(
    page: &Page,
    kind: &str,
    all: impl Iterator<Item = &'static str>,
) -> Vec<(String, String)> {
    all.map(|word| (word.to_owned(), page.word(kind, word)))
        .collect()
}

impl Select {
    fn of(
        page: &Page,
        chosen: &str,
        known: &Known<'_>,
        name: &'static str,
        options: Vec<(String, String)>,
    ) -> Self {
        let mut options: Vec<_> = options
            .into_iter()
            .map(|(value, text)| Choice {
                is_chosen: value == chosen,
                value,
                text,
            })
            .collect();
        // What was chosen elsewhere (several values, somebody who has left) stays chosen.
        if !options.iter().any(|option| option.is_chosen) {
            options.push(Choice {
                value: chosen.to_owned(),
                text: known.shown(page, name, chosen),
                is_chosen: true,
            });
        }
        Self {
            name,
            label: super::wrongs::label(page, name),
            options,
        }
    }
}
