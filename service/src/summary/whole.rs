//! All that hangs on a record and is added up: its lines, its costs, and its way from state to state.

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset};
use entity::{audit_event, cost_entry, disposition_line, labor_entry};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Expr, ExprTrait, Query, UnionType};
use serde_json::Value as Json;

use super::{RECOVERED, Sums};
use crate::defects::ENTITY;
use crate::error::Result;
use crate::system::Unit;
use crate::words::{Activity, CostKind, QualityClass};

/// Money spent, or come back.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Spent {
    pub(super) at: DateTime<FixedOffset>,
    /// The class of cost, or [`RECOVERED`].
    pub(super) word: &'static str,
    pub(super) amount: i64,
}

/// All that hangs on a record and is added up.
#[derive(Clone, Debug, Default)]
pub(crate) struct Whole {
    /// Lines and quantities by disposition.
    pub(super) lines: BTreeMap<String, Sums>,
    pub(super) spent: Vec<Spent>,
    /// From which state to which, and when.
    pub(super) moves: Vec<(String, String, DateTime<FixedOffset>)>,
}

impl Spent {
    /// A cost entry.
    pub(crate) fn cost(entry: &cost_entry::Model) -> Result<Self> {
        Self::of_kind(
            &entry.kind,
            entry.quality_class.as_deref(),
            (entry.created_at, entry.amount),
        )
    }

    /// A labor entry; none where it has no rate.
    pub(crate) fn labor(entry: &labor_entry::Model) -> Result<Option<Self>> {
        let Some(cost) = entry.cost else {
            return Ok(None);
        };
        Ok(Some(Self {
            at: entry.created_at,
            word: Activity::stored(&entry.activity)?.quality_class().word(),
            amount: cost,
        }))
    }

    fn of_kind(
        kind: &str,
        class: Option<&str>,
        (at, amount): (DateTime<FixedOffset>, i64),
    ) -> Result<Self> {
        let kind = CostKind::stored(kind)?;
        let word = match (kind, class) {
            (CostKind::Recovery, _) => RECOVERED,
            (_, Some(class)) => QualityClass::stored(class)?.word(),
            (kind, None) => kind.quality_class().word(),
        };
        Ok(Self { at, word, amount })
    }

    /// What it adds to the cost of its record.
    pub(super) fn net(&self) -> i64 {
        if self.word == RECOVERED {
            -self.amount
        } else {
            self.amount
        }
    }
}

pub(super) fn of_line(line: &disposition_line::Model) -> Sums {
    Sums {
        records: 1,
        quantity: line.quantity,
        ..Sums::default()
    }
}

impl Whole {
    /// Of rows that are at hand.
    pub(crate) fn of<'a>(
        lines: impl IntoIterator<Item = &'a disposition_line::Model>,
        costs: impl IntoIterator<Item = &'a cost_entry::Model>,
        labor: impl IntoIterator<Item = &'a labor_entry::Model>,
        events: impl IntoIterator<Item = &'a audit_event::Model>,
    ) -> Result<Self> {
        let mut whole = Self::default();
        for line in lines {
            *whole.lines.entry(line.disposition.clone()).or_default() += of_line(line);
        }
        for entry in costs {
            whole.spent.push(Spent::cost(entry)?);
        }
        for entry in labor {
            whole.spent.extend(Spent::labor(entry)?);
        }
        for event in events {
            if event.field.as_deref() == Some("status") {
                let word = |value: &Option<String>| word_of(value.as_deref());
                let (old, new) = (word(&event.old_value), word(&event.new_value));
                whole.moves.push((old, new, event.at));
            }
        }
        Ok(whole)
    }

    /// Reads it, all in one statement.
    pub(super) async fn read(unit: &Unit<'_>, id: i64) -> Result<Self> {
        let mut all = Query::select();
        all.expr_as(Expr::cust("'c'"), "what")
            .expr_as(Expr::col(cost_entry::Column::Kind), "word")
            .expr_as(Expr::col(cost_entry::Column::QualityClass), "other")
            .expr_as(Expr::col(cost_entry::Column::CreatedAt), "moment")
            .expr_as(Expr::col(cost_entry::Column::Amount), "amount")
            .from(cost_entry::Entity)
            .and_where(Expr::col(cost_entry::Column::DefectId).eq(id));
        let labor = Query::select()
            .expr(Expr::cust("'w'"))
            .column(labor_entry::Column::Activity)
            .expr(Expr::cust("NULL"))
            .column(labor_entry::Column::CreatedAt)
            .column(labor_entry::Column::Cost)
            .from(labor_entry::Entity)
            .and_where(Expr::col(labor_entry::Column::DefectId).eq(id))
            .and_where(Expr::col(labor_entry::Column::Cost).is_not_null())
            .to_owned();
        let lines = Query::select()
            .expr(Expr::cust("'l'"))
            .column(disposition_line::Column::Disposition)
            .expr(Expr::cust("NULL"))
            .column(disposition_line::Column::CreatedAt)
            .column(disposition_line::Column::Quantity)
            .from(disposition_line::Entity)
            .and_where(Expr::col(disposition_line::Column::DefectId).eq(id))
            .to_owned();
        let moves = Query::select()
            .expr(Expr::cust("'s'"))
            .column(audit_event::Column::OldValue)
            .column(audit_event::Column::NewValue)
            .column(audit_event::Column::At)
            .column(audit_event::Column::Seq)
            .from(audit_event::Entity)
            .and_where(Expr::col(audit_event::Column::Entity).eq(ENTITY))
            .and_where(Expr::col(audit_event::Column::EntityId).eq(id))
            .and_where(Expr::col(audit_event::Column::Field).eq("status"))
            .to_owned();
        for more in [labor, lines, moves] {
            all.union(UnionType::All, more);
        }
        let mut whole = Self::default();
        for row in unit.tx.query_all(&all).await? {
            let what: String = row.try_get("", "what")?;
            let (word, other): (String, Option<String>) =
                (row.try_get("", "word")?, row.try_get("", "other")?);
            let (at, amount) = (row.try_get("", "moment")?, row.try_get("", "amount")?);
            match what.as_str() {
                "c" => {
                    let spent = Spent::of_kind(&word, other.as_deref(), (at, amount))?;
                    whole.spent.push(spent);
                }
                "w" => whole.spent.push(Spent {
                    at,
                    word: Activity::stored(&word)?.quality_class().word(),
                    amount,
                }),
                "l" => {
                    *whole.lines.entry(word).or_default() += Sums {
                        records: 1,
                        quantity: amount,
                        ..Sums::default()
                    };
                }
                _ => {
                    let moved = (word_of(Some(&word)), word_of(other.as_deref()), at);
                    whole.moves.push(moved);
                }
            }
        }
        Ok(whole)
    }
}

/// A word as history keeps it.
fn word_of(stored: Option<&str>) -> String {
    match crate::audit::shown(stored) {
        Json::String(word) => word,
        other => other.to_string(),
    }
}
