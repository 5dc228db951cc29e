//! How a change reads in the timeline: what was changed, from what to what, in the words of the page. What is only for
//! machines (hashes, sizes, ids without a name) is left out.

use serde_json::{Map, Value as Json};
use service::defects::story::Told;
use service::rights::field;

use super::history::Said;
use super::{Look, excerpt};
use crate::web::page::Page;

/// Of a text so many characters are shown.
const LONGEST: usize = 400;

/// A change.
pub(in crate::web) struct Change {
    pub(in crate::web) what: String,
    pub(in crate::web) old: Option<String>,
    pub(in crate::web) new: Option<String>,
    /// What was added or removed: label and text.
    pub(in crate::web) content: Vec<(String, String)>,
    /// Where it stands on the record's page.
    pub(in crate::web) link: Option<String>,
}

/// The note that an event tells of, where it is a new one of this system.
pub(super) fn note_of(told: &Told) -> Option<i64> {
    let (child, id) = told.event.field.as_deref()?.split_once('/')?;
    let is_note = told.is_ours && child == field::NOTES;
    is_note.then(|| id.parse().ok()).flatten()
}

/// How an event reads.
pub(super) fn change(look: &Look<'_>, told: &Told, said: &Said) -> Change {
    let page = &look.page;
    let Some(name) = told.event.field.as_deref() else {
        return plain(page.t("past-reported"));
    };
    let (child, rest) = name.split_once('/').unwrap_or(("", name));
    if child.is_empty() {
        return Reading { look, told, child }.field(label(page, rest), rest);
    }
    let noun = noun(page, child);
    let reading = Reading { look, told, child };
    if let Some((_, name)) = rest.split_once('.') {
        return reading.field(format!("{noun}: {}", label(page, name)), name);
    }
    if let Some(text) = note_of(told).and_then(|id| said.get(&id)) {
        return Change {
            new: Some(text.clone()),
            link: Some(format!("/defects/{}#note-{rest}", look.id())),
            ..plain(noun)
        };
    }
    reading.child(&noun)
}

fn plain(what: String) -> Change {
    Change {
        what,
        old: None,
        new: None,
        content: Vec::new(),
        link: None,
    }
}

/// What a child is called.
fn noun(page: &Page, child: &str) -> String {
    let known = page
        .words
        .maybe(&format!("past-{}", child.replace('_', "-")));
    known.unwrap_or_else(|| child.replace('_', " "))
}

/// What a field is called in the history, where it is no field of a form.
fn label(page: &Page, name: &str) -> String {
    let known = page
        .words
        .maybe(&format!("past-field-{}", name.replace('_', "-")));
    known.unwrap_or_else(|| page.field(name))
}

/// An event that is being read; `child` is empty for what the record itself says.
struct Reading<'a> {
    look: &'a Look<'a>,
    told: &'a Told,
    child: &'a str,
}

impl Reading<'_> {
    /// A field that was changed.
    fn field(&self, what: String, name: &str) -> Change {
        Change {
            old: self.value(name, &self.told.event.old_value),
            new: self.value(name, &self.told.event.new_value),
            ..plain(what)
        }
    }

    /// A child that was added or removed.
    fn child(&self, noun: &str) -> Change {
        let (old, new) = (&self.told.event.old_value, &self.told.event.new_value);
        let page = &self.look.page;
        let (what, value) = match new {
            Json::Null => (page.with("past-removed", &[("what", noun)]), old),
            new => (page.with("past-added", &[("what", noun)]), new),
        };
        match value {
            Json::Object(content) => Change {
                content: self.content(content),
                ..plain(what)
            },
            value => Change {
                new: self.value("", value),
                ..plain(what)
            },
        }
    }

    fn content(&self, content: &Map<String, Json>) -> Vec<(String, String)> {
        let shown = content
            .iter()
            .filter(|(name, _)| !FOR_MACHINES.contains(&name.as_str()));
        let page = &self.look.page;
        shown
            .filter_map(|(name, value)| Some((label(page, name), self.value(name, value)?)))
            .collect()
    }

    /// A value as people read it; none where there is none.
    fn value(&self, name: &str, value: &Json) -> Option<String> {
        let page = &self.look.page;
        match value {
            Json::Null | Json::Object(_) | Json::Array(_) => None,
            Json::Bool(true) => Some(page.t("yes")),
            Json::Bool(false) => Some(page.t("no")),
            Json::Number(number) => {
                let named = number.as_i64().and_then(|id| self.told.name(name, id));
                Some(named.map_or_else(|| number.to_string(), str::to_owned))
            }
            Json::String(text) => Some(self.text(name, text)),
        }
    }

    fn text(&self, name: &str, text: &str) -> String {
        let page = &self.look.page;
        if let Some(kind) = kind_of(self.child, name) {
            return page.word(kind, text);
        }
        match (self.child, name) {
            (_, "roles") => {
                let roles = text.split(',').map(|role| page.word("role", role));
                roles.collect::<Vec<_>>().join(", ")
            }
            (field::TRANSLATIONS, "field") => page.field(text),
            (_, "hold_since" | "hold_until") => page.minute(text),
            _ if name.ends_with("_at") => page.minute(text),
            _ => excerpt(text, LONGEST),
        }
    }
}

/// What of a child's content tells people nothing.
const FOR_MACHINES: &[&str] = &[
    "id",
    "body_digest",
    "byte_count",
    "content_sha256",
    "height",
    "media_type",
    "note_id",
    "record_version",
    "reverses_id",
    "round",
    "sha256",
    "signature_id",
    "signer_id",
    "source_digest",
    "thumbnail_sha256",
    "width",
];

/// The kind of fixed words that a field holds, where it does.
fn kind_of(child: &str, name: &str) -> Option<&'static str> {
    Some(match (child, name) {
        (field::LINES, "status") => "line-status",
        (_, "status") => "status",
        (field::TRANSLATIONS, "origin") => "past-by",
        (_, "origin") => "origin",
        (_, "severity") => "severity",
        (_, "language" | "source_language") => "language",
        (_, "disposition") => "disposition",
        (_, "authority") => "authority",
        (_, "reinspection_result") => "reinspection",
        (_, "activity") => "activity",
        (field::COST, "kind") => "cost-kind",
        (field::LINKS, "kind") => "link-kind",
        (_, "quality_class") => "quality-class",
        (_, "decision") => "decision",
        ("signatures", "action") => "signed",
        (_, "meaning") => "meaning",
        _ => return None,
    })
}
