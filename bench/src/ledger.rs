//! What the clients of a storm were told: every acknowledged write, and every one without an answer.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use crate::client::Request;

/// What a write is to bring about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// A new record.
    Report,
    /// Fields of the record.
    Edit,
    /// Another state.
    Act,
    /// A child in this collection.
    Add(Children),
    /// Fields of a disposition line.
    Line(i64),
}

/// The collections below a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Children {
    Lines,
    Labor,
    Cost,
    Serials,
}

impl Children {
    /// All of them.
    pub(crate) const ALL: [Self; 4] = [Self::Lines, Self::Labor, Self::Cost, Self::Serials];

    /// As it stands in addresses.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Lines => "disposition-lines",
            Self::Labor => "labor-entries",
            Self::Cost => "cost-entries",
            Self::Serials => "serials",
        }
    }

    /// Whether adding one is a step of the record's version.
    fn is_step(self) -> bool {
        matches!(self, Self::Lines | Self::Serials)
    }
}

/// A write that was sent.
#[derive(Clone, Debug)]
pub(crate) struct Write {
    pub(crate) request: Request,
    pub(crate) effect: Effect,
}

/// A record that one client works on alone: what it must hold.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record {
    /// None as long as its report has no answer.
    pub(crate) id: Option<i64>,
    /// Its version.
    pub(crate) version: i64,
    /// The fields that were acknowledged.
    pub(crate) fields: Map<String, Json>,
    /// The children that were acknowledged, with the fields that were sent.
    pub(crate) children: BTreeMap<(Children, i64), Map<String, Json>>,
    /// The last write, if it had no answer.
    pub(crate) pending: Option<Write>,
    /// How far its life has come.
    pub(crate) step: usize,
}

impl Record {
    /// Takes an acknowledged write in; an error where the answer contradicts what was acknowledged before.
    pub(crate) fn acknowledge(
        &mut self,
        write: &Write,
        answer: &Json,
        version: Option<i64>,
    ) -> Result<(), String> {
        let steps = match write.effect {
            Effect::Add(children) if !children.is_step() => 0,
            _ => 1,
        };
        let sent = match &write.request.body {
            Some(Json::Object(sent)) => sent.clone(),
            _ => Map::new(),
        };
        match write.effect {
            Effect::Report => {
                self.id = answer["id"].as_i64();
                self.fields = sent;
                // Shown as objects, under other names.
                self.fields.remove("part_id");
                self.fields.remove("work_center_id");
                self.fields.insert("status".to_owned(), "reported".into());
            }
            Effect::Edit => self.fields.extend(sent),
            Effect::Act => {
                self.fields
                    .insert("status".to_owned(), answer["status"].clone());
            }
            Effect::Add(children) => {
                let id = answer["id"].as_i64().unwrap_or_default();
                self.children.insert((children, id), sent);
            }
            Effect::Line(id) => self
                .children
                .entry((Children::Lines, id))
                .or_default()
                .extend(sent),
        }
        let expected = self.version + steps;
        let Some(version) = version else {
            return Err(format!(
                "{:?} of {:?} came without ETag",
                write.effect, self.id
            ));
        };
        self.version = version;
        if version == expected {
            Ok(())
        } else {
            Err(format!(
                "{:?} of record {:?} led to version {version} instead of {expected}",
                write.effect, self.id
            ))
        }
    }

    /// The lines' ids in the order in which they were added.
    pub(crate) fn lines(&self) -> impl Iterator<Item = i64> {
        self.children
            .keys()
            .filter(|(children, _)| *children == Children::Lines)
            .map(|(_, id)| *id)
    }
}

/// A write to a record that all clients work on at once.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    pub(crate) record: i64,
    pub(crate) write: Write,
    /// The version that its answer named, and the id of a child; none without an answer.
    pub(crate) acknowledged: Option<(i64, Option<i64>)>,
}

/// All that one client was told.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) records: Vec<Record>,
    pub(crate) shared: Vec<Shared>,
    /// Acknowledged writes.
    pub(crate) acknowledged: u64,
    /// Writes whose outcome is not known.
    pub(crate) unknown: u64,
    /// Writes that were refused because the database was away or busy.
    pub(crate) away: u64,
    /// Answers that must not have come.
    pub(crate) wrong: Vec<String>,
}

impl Ledger {
    /// Takes another client's in.
    pub(crate) fn merge(&mut self, other: Self) {
        self.records.extend(other.records);
        self.shared.extend(other.shared);
        self.acknowledged += other.acknowledged;
        self.unknown += other.unknown;
        self.away += other.away;
        self.wrong.extend(other.wrong);
    }
}
