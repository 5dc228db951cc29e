//! The columns that the list may have, and what stands in them.

use chrono::{DateTime, FixedOffset};
use service::defects::{DefectItem, overdue};
use service::words::Severity;

use super::asked::Asked;
use super::bar::Choice;
use super::wrongs::label;
use crate::web::page::Page;
use crate::web::typed::Typed;

/// A column beside the tag number, which is always there.
pub(super) struct Column {
    /// The field of the record.
    name: &'static str,
    /// Whether it is there unless others are chosen.
    is_usual: bool,
    cell: fn(&DefectItem, &Light<'_>) -> Cell,
}

/// In which words, and when, records are looked at.
pub(super) struct Light<'a> {
    pub(super) page: &'a Page,
    pub(super) now: DateTime<FixedOffset>,
}

/// How a time is set off: it stays in one line.
const WHEN: &str = "when";

/// What stands in a column of a row.
#[derive(Default)]
pub(super) struct Cell {
    pub(super) text: String,
    /// How the text is set off; empty for not at all.
    pub(super) tag: &'static str,
    /// A word beside it.
    pub(super) note: String,
    pub(super) note_tag: &'static str,
    pub(super) is_number: bool,
}

/// A row of the list.
pub(super) struct Line {
    pub(super) id: i64,
    pub(super) tag_number: String,
    pub(super) cells: Vec<Cell>,
    /// The record and its version, as a tick sends them.
    pub(super) pick: String,
    pub(super) is_picked: bool,
}

const fn usual(name: &'static str, cell: fn(&DefectItem, &Light<'_>) -> Cell) -> Column {
    Column {
        name,
        is_usual: true,
        cell,
    }
}

const fn extra(name: &'static str, cell: fn(&DefectItem, &Light<'_>) -> Cell) -> Column {
    Column {
        name,
        is_usual: false,
        cell,
    }
}

/// The table.
#[rustfmt::skip]
const COLUMNS: &[Column] = &[
    usual("status", |item, light| Cell { tag: "tag", ..text(light.page.word("status", item.status.word())) }),
    usual("severity", severity),
    usual("title", |item, _| text(&item.title)),
    usual("part", |item, _| text(format!("{} {} {}", item.part.number, item.part.revision, item.part.name))),
    usual("work_center", |item, _| text(format!("{} {}", item.work_center.code, item.work_center.name))),
    usual("quantity_defective", |item, _| Cell { is_number: true, ..text(&item.quantity_defective) }),
    usual("assignee", |item, _| perhaps(item.assignee.as_ref().map(|person| &person.name))),
    usual("due_at", due),
    usual("reported_at", |item, light| moment(Some(&item.reported_at), light)),
    extra("origin", |item, light| text(light.page.word("origin", item.origin.word()))),
    extra("failure_code", |item, _| perhaps(item.failure_code.as_ref())),
    extra("cause", |item, _| perhaps(item.cause.as_ref())),
    extra("customer", |item, _| perhaps(item.customer.as_ref().map(|partner| &partner.name))),
    extra("supplier", |item, _| perhaps(item.supplier.as_ref().map(|partner| &partner.name))),
    extra("lot_number", |item, _| perhaps(item.lot_number.as_ref())),
    extra("work_order", |item, _| perhaps(item.work_order.as_ref())),
    extra("hold_location", |item, _| perhaps(item.hold_location.as_ref())),
    extra("reported_by", |item, _| text(&item.reported_by.name)),
    extra("updated_at", |item, light| moment(Some(&item.updated_at), light)),
    extra("closed_at", |item, light| moment(item.closed_at.as_ref(), light)),
];

fn text(text: impl Into<String>) -> Cell {
    Cell {
        text: text.into(),
        ..Cell::default()
    }
}

fn perhaps(said: Option<&String>) -> Cell {
    said.map_or_else(Cell::default, text)
}

fn moment(at: Option<&String>, light: &Light<'_>) -> Cell {
    at.map_or_else(Cell::default, |at| Cell {
        tag: WHEN,
        ..text(light.page.minute(at))
    })
}

fn severity(item: &DefectItem, light: &Light<'_>) -> Cell {
    item.severity.map_or_else(Cell::default, |severity| Cell {
        tag: severity_tag(severity),
        ..text(light.page.word("severity", severity.word()))
    })
}

/// How a severity is set off; its word says the same.
pub(in crate::web) fn severity_tag(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "tag bad",
        Severity::Major => "tag warn",
        Severity::Minor => "tag",
    }
}

fn due(item: &DefectItem, light: &Light<'_>) -> Cell {
    let (note, note_tag) = if overdue::is_overdue(item, light.now) {
        (light.page.t("list-overdue"), "tag bad")
    } else if item.on_hold {
        (light.page.t("list-on-hold"), "tag warn")
    } else {
        (String::new(), "")
    };
    let at = item.due_at.as_ref();
    let day = at.map_or_else(String::new, |at| light.page.day(at));
    Cell {
        tag: WHEN,
        note,
        note_tag,
        ..text(day)
    }
}

/// The columns that are asked for, in the order of the table.
pub(super) fn chosen(asked: &Asked) -> Vec<&'static Column> {
    let is_named = |column: &&Column| asked.columns.iter().any(|name| name == column.name);
    let named: Vec<_> = COLUMNS.iter().filter(is_named).collect();
    if named.is_empty() {
        return COLUMNS.iter().filter(|column| column.is_usual).collect();
    }
    named
}

/// All columns to choose from.
pub(super) fn choices(page: &Page, chosen: &[&Column]) -> Vec<Choice> {
    let choice = |column: &Column| Choice {
        value: column.name.to_owned(),
        text: label(page, column.name),
        is_chosen: chosen.iter().any(|other| other.name == column.name),
    };
    COLUMNS.iter().map(choice).collect()
}

/// What stands above the columns.
pub(super) fn headings(page: &Page, chosen: &[&Column]) -> Vec<String> {
    let names = chosen.iter();
    names.map(|column| label(page, column.name)).collect()
}

impl Line {
    /// A record; `sent` is a form in which it may have been ticked.
    pub(super) fn of(
        item: &DefectItem,
        columns: &[&Column],
        light: &Light<'_>,
        sent: &Typed,
    ) -> Self {
        let pick = format!("{}-{}", item.id, item.version);
        let cells = columns.iter();
        Self {
            id: item.id,
            tag_number: item.tag_number.clone(),
            cells: cells.map(|column| (column.cell)(item, light)).collect(),
            is_picked: sent.has("pick", &pick),
            pick,
        }
    }
}
