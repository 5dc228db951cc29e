//! A record's history on its way into another system: the ids that it tells become those that things have here.
//!
//! Ids stand in the fields that refer to something (`part_id`), and in the histories of defects and corrective action
//! requests in the names of what hangs on them (`labor_entries/12`) and in what these hold (`reverses_id`). Who, when and
//! why stay as they are.

use std::collections::HashMap;

use entity::audit_event;
use serde_json::{Map, Value as Json, json};

use super::super::tables::Table;
use super::keys::{CHILDREN, End, KINDS, PARENTS, child, parent_of};

/// A child of a record: the place of its table in [`CHILDREN`], and its id.
pub(super) type Child = (usize, i64);

/// What ends the part of a history that came from another system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// Its number in the history here.
    pub(super) seq: i64,
    /// The record there: its id, how many rows its history had, and the hash of the last one.
    pub(super) end: End,
    /// What the ids of its children there have become here.
    pub(super) children: HashMap<Child, i64>,
}

impl Mark {
    pub(super) fn read(entity: &str, seq: i64, content: Option<&str>) -> Option<Self> {
        let content: Map<String, Json> = serde_json::from_str(content?).ok()?;
        let end = End {
            id: content.get("id")?.as_i64()?,
            seq: content.get("rows")?.as_i64()?,
            head: content.get("head")?.as_str()?.to_owned(),
        };
        let children = content.iter();
        let children =
            children.filter_map(|(name, id)| Some((path(entity, name)?.0, id.as_i64()?)));
        let children = children.collect();
        Some(Self { seq, end, children })
    }

    /// As it is kept. What hangs on the record stands under the names that rights are given by.
    pub(super) fn content(end: &End, children: impl IntoIterator<Item = (Child, i64)>) -> Json {
        let mut content = json!({ "id": end.id, "rows": end.seq, "head": end.head });
        for ((child, there), here) in children {
            if let Some((_, name)) = CHILDREN.get(child) {
                content[format!("{name}/{there}")] = json!(here);
            }
        }
        content
    }
}

/// The child that a field of history names, and what follows: `labor_entries/12`, `disposition_lines/3.status`.
fn path<'a>(entity: &str, field: &'a str) -> Option<(Child, &'a str)> {
    let (name, rest) = field.split_once('/')?;
    let is_it = |(table, known): &(&str, &str)| *known == name && parent_of(table).0 == entity;
    let child = CHILDREN.iter().position(is_it)?;
    let digits = rest.find(|c: char| !c.is_ascii_digit());
    let (id, part) = rest.split_at(digits.unwrap_or(rest.len()));
    Some(((child, id.parse().ok()?), part))
}

/// The children that a row of history names, also those that are gone since.
pub(super) fn children_of(event: &audit_event::Model) -> Vec<Child> {
    let entity = event.entity.as_str();
    if !PARENTS.contains(&entity) {
        return Vec::new();
    }
    if let Some(field) = &event.field {
        return path(entity, field)
            .map(|(child, _)| child)
            .into_iter()
            .collect();
    }
    let values = [&event.old_value, &event.new_value].into_iter().flatten();
    let records = values.filter_map(|value| serde_json::from_str::<Map<String, Json>>(value).ok());
    records
        .flat_map(|record| {
            let names = record.into_iter();
            names.filter_map(|(name, _)| path(entity, &name).map(|(child, _)| child))
        })
        .collect()
}

/// Where things of the archive are here.
pub(super) trait Places {
    /// A record.
    fn record(&self, table: &str, id: i64) -> Option<i64>;
    /// What hangs on a record.
    fn child(&self, child: Child) -> Option<i64>;
}

/// How history is led over.
pub(super) struct Guide<'a> {
    /// The tables of records.
    records: Vec<&'a Table>,
    children: Vec<&'a Table>,
}

impl<'a> Guide<'a> {
    /// None where a table is missing, which this program's own never are.
    pub(super) fn new(tables: &'a [Table]) -> Option<Self> {
        let table = |wanted: &str| tables.iter().find(|table| table.name == wanted);
        let children = CHILDREN.iter().map(|(name, _)| table(name));
        let records = KINDS.iter().map(|kind| table(kind.table));
        Some(Self {
            records: records.collect::<Option<_>>()?,
            children: children.collect::<Option<_>>()?,
        })
    }

    /// A row of a record's history with the ids of here; its place in the chain is not its matter.
    pub(super) fn lead(&self, event: &mut audit_event::Model, places: &impl Places) {
        event.actor = event.actor.and_then(|id| places.record("app_user", id));
        let mut records = self.records.iter();
        let Some(of) = records.find(|table| table.name == event.entity) else {
            return;
        };
        let field = event.field.take();
        for value in [&mut event.old_value, &mut event.new_value] {
            let Some(Ok(before)) = value.as_deref().map(serde_json::from_str::<Json>) else {
                continue;
            };
            let after = match &field {
                None => self.record(of, before.clone(), places),
                Some(field) => self.value(of, field, before.clone(), places),
            };
            // As it was written, wherever nothing has to change.
            if after != before {
                *value = Some(after.to_string());
            }
        }
        event.field = field.map(|field| renamed(of.name, &field, places));
    }

    fn record(&self, of: &Table, record: Json, places: &impl Places) -> Json {
        let Json::Object(record) = record else {
            return record;
        };
        let lead = |(name, value): (String, Json)| {
            let value = self.value(of, &name, value, places);
            (renamed(of.name, &name, places), value)
        };
        Json::Object(record.into_iter().map(lead).collect())
    }

    /// A field's value.
    fn value(&self, of: &Table, field: &str, value: Json, places: &impl Places) -> Json {
        match path(of.name, field) {
            None => reference(of, field, value, places),
            Some(((child, _), part)) => match part.strip_prefix('.') {
                Some(part) => self.of_child(child, part, value, places),
                None => self.content(child, value, places),
            },
        }
    }

    fn content(&self, child: usize, content: Json, places: &impl Places) -> Json {
        let Json::Object(content) = content else {
            return content;
        };
        let lead = |(name, value): (String, Json)| {
            let value = self.of_child(child, &name, value, places);
            (name, value)
        };
        Json::Object(content.into_iter().map(lead).collect())
    }

    fn of_child(&self, child: usize, name: &str, value: Json, places: &impl Places) -> Json {
        match (name, value.as_i64()) {
            ("id" | "reverses_id", Some(id)) => told(places.child((child, id)), id),
            _ => match self.children.get(child) {
                Some(table) => reference(table, name, value, places),
                None => value,
            },
        }
    }
}

fn reference(table: &Table, field: &str, value: Json, places: &impl Places) -> Json {
    let column = table.place(field);
    let reference = table
        .references
        .iter()
        .find(|one| Some(one.column) == column);
    match (reference, value.as_i64()) {
        (Some(reference), Some(id)) => match child(&reference.to) {
            Some(place) => told(places.child((place, id)), id),
            None => told(places.record(&reference.to, id), id),
        },
        _ => value,
    }
}

/// An id of here. What the archive itself no longer holds has none, and must not look like something else.
fn told(here: Option<i64>, there: i64) -> Json {
    here.map_or_else(|| json!(format!("{there} of the archive")), |id| json!(id))
}

fn renamed(entity: &str, field: &str, places: &impl Places) -> String {
    let Some(((child, there), part)) = path(entity, field) else {
        return field.to_owned();
    };
    match (CHILDREN.get(child), places.child((child, there))) {
        (Some((_, name)), Some(here)) => format!("{name}/{here}{part}"),
        _ => field.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use super::super::super::tables::tables;
    use super::super::keys::{CORRECTIVE, DEFECT};
    use super::*;

    /// Everything is ten further, and users beyond 100 are gone.
    struct Ten;

    impl Places for Ten {
        fn record(&self, table: &str, id: i64) -> Option<i64> {
            (table != "app_user" || id < 100).then_some(id + 10)
        }

        fn child(&self, (child, id): Child) -> Option<i64> {
            Some(id + 10 + i64::try_from(child).unwrap() * 100)
        }
    }

    fn led(field: Option<&str>, new: &Json) -> (Option<String>, Json) {
        led_of(DEFECT, field, new)
    }

    fn led_of(entity: &str, field: Option<&str>, new: &Json) -> (Option<String>, Json) {
        let tables = tables(2).unwrap();
        let mut event = audit_event::Model {
            id: 1,
            entity: entity.to_owned(),
            entity_id: 1,
            seq: 1,
            field: field.map(str::to_owned),
            old_value: None,
            new_value: Some(new.to_string()),
            actor: Some(3),
            actor_name: "Ana".to_owned(),
            at: "2026-11-20T08:00:00Z".parse().unwrap(),
            reason: None,
            request_id: None,
            prev_hash: String::new(),
            hash: String::new(),
        };
        Guide::new(&tables).unwrap().lead(&mut event, &Ten);
        assert_eq!(event.actor, Some(13));
        let value = serde_json::from_str(&event.new_value.unwrap()).unwrap();
        (event.field, value)
    }

    #[test]
    fn ids_become_those_of_here_wherever_a_history_tells_them() {
        let field = |field: &str, new: Json| {
            let (field, new) = led(Some(field), &new);
            (field.unwrap(), new)
        };
        assert_eq!(
            field("part_id", json!(5)),
            ("part_id".to_owned(), json!(15))
        );
        assert_eq!(field("units_sampled", json!(5)).1, json!(5));
        assert_eq!(
            field("assignee_id", json!(101)).1,
            json!("101 of the archive")
        );
        assert_eq!(
            field("labor_entries/7", json!({"minutes": 5, "reverses_id": 6})),
            (
                "labor_entries/217".to_owned(),
                json!({"minutes": 5, "reverses_id": 216})
            )
        );
        assert_eq!(
            field("disposition_lines/7.engineered_by", json!(3)),
            ("disposition_lines/117.engineered_by".to_owned(), json!(13))
        );
        assert_eq!(
            field("disposition_lines/7.status", json!("done")).0,
            "disposition_lines/117.status"
        );
        assert_eq!(
            field("serials/7", json!("7")),
            ("serials/17".to_owned(), json!("7"))
        );
        assert_eq!(
            field(
                "signatures/7",
                json!({"signer_id": 3, "signer_name": "Ana"})
            )
            .1,
            json!({"signer_id": 13, "signer_name": "Ana"})
        );
        // Texts are never ids, however they look.
        assert_eq!(field("title", json!("part_id")).1, json!("part_id"));
        let (_, record) = led(
            None,
            &json!({"part_id": 5, "title": "5", "serials/7": "x", "labor_entries/x": 1}),
        );
        assert_eq!(
            record,
            json!({"part_id": 15, "title": "5", "serials/17": "x", "labor_entries/x": 1})
        );
    }

    #[test]
    fn a_request_has_children_of_its_own_under_the_same_names() {
        let (field, value) = led_of(
            CORRECTIVE,
            Some("signatures/7"),
            &json!({"signer_id": 3, "signer_name": "Ana"}),
        );
        assert_eq!(field.unwrap(), "signatures/1617");
        assert_eq!(value, json!({"signer_id": 13, "signer_name": "Ana"}));
        let (field, value) = led_of(CORRECTIVE, Some("steps/4.owner_id"), &json!(3));
        assert_eq!(
            (field.unwrap().as_str(), value),
            ("steps/1214.owner_id", json!(13))
        );
        let (_, record) = led_of(
            CORRECTIVE,
            None,
            &json!({"supplier_id": 5, "defects/2": {"defect_id": 9}, "labor_entries/7": 1}),
        );
        let expected =
            json!({"supplier_id": 15, "defects/1112": {"defect_id": 19}, "labor_entries/7": 1});
        assert_eq!(record, expected);
    }

    #[test]
    fn a_mark_is_read_as_it_was_written() {
        let end = End {
            id: 4,
            seq: 9,
            head: "ab".to_owned(),
        };
        let children = HashMap::from([((0, 7), 17), ((3, 1), 2)]);
        let content = Mark::content(&end, children.clone()).to_string();
        assert_eq!(
            Mark::read(DEFECT, 10, Some(&content)),
            Some(Mark {
                seq: 10,
                end,
                children
            })
        );
        for other in [
            "",
            "null",
            "{}",
            "{\"id\":4,\"rows\":\"9\",\"head\":\"ab\"}",
        ] {
            assert_eq!(Mark::read(DEFECT, 10, Some(other)), None);
        }
    }
}
