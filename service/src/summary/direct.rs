//! The sums straight from the records, for filters that the summaries know nothing of; and what the summaries are made
//! of and checked against.
//!
//! Each statement answers rows of a day (0 unless it is asked for), an id, a word, and [`Sums`]. All text in them is ours.

use chrono::{DateTime, FixedOffset};
use db::dialect;
use entity::{audit_event, cost_entry, defect, disposition_line, labor_entry};
use sea_orm::sea_query::{
    Condition, DynIden, Expr, ExprTrait, IntoIden, JoinType, Query, SelectStatement,
};
use sea_orm::{ConnectionTrait, DbBackend, QueryResult};

use super::{Dimension, NO_WORD, RECOVERED, Sums, Topic, days};
use crate::defects::{D, ENTITY};
use crate::error::Result;
use crate::rights::When;
use crate::setting::Settings;
use crate::words::{Activity, CostKind, Status};

/// What is asked of the records.
pub(crate) struct Asked<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) now: DateTime<FixedOffset>,
    pub(crate) topic: Topic,
    pub(crate) by: By,
    /// Whether each day is told by itself.
    pub(crate) by_day: bool,
    /// From when to before when, by the instant of the topic.
    pub(crate) span: Option<(DateTime<FixedOffset>, DateTime<FixedOffset>)>,
    /// Which records, over the alias [`D`].
    pub(crate) wanted: &'a Condition,
}

/// By what is added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    Dimension(Dimension),
    /// The dispositions of a record's lines, each of which has the whole of the record; only for what a record has cost.
    Disposition,
}

/// A row of an answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line {
    /// The number of the day; 0 where it was not asked for.
    pub(crate) day: i64,
    pub(crate) id: i64,
    pub(crate) word: String,
    pub(crate) sums: Sums,
}

/// Asks the records.
pub(crate) async fn sums(db: &impl ConnectionTrait, asked: &Asked<'_>) -> Result<Vec<Line>> {
    let mut lines = Vec::new();
    for select in statements(db.get_database_backend(), asked) {
        for row in db.query_all(&select).await? {
            lines.push(line(&row)?);
        }
    }
    Ok(lines)
}

/// Reads a row.
pub(crate) fn line(row: &QueryResult) -> Result<Line> {
    let word: String = row.try_get_by_index(2)?;
    Ok(Line {
        day: row.try_get_by_index(0)?,
        id: row.try_get_by_index(1)?,
        // Of history: a text as JSON has it.
        word: word.trim_matches('"').to_owned(),
        sums: Sums {
            records: row.try_get_by_index(3)?,
            quantity: row.try_get_by_index(4)?,
            amount: row.try_get_by_index(5)?,
            seconds: row.try_get_by_index(6)?,
        },
    })
}

/// A whole number of ours as each engine reads it back.
pub(crate) fn whole(family: DbBackend, sql: &str) -> Expr {
    Expr::cust(whole_sql(family, sql))
}

fn whole_sql(family: DbBackend, sql: &str) -> String {
    format!("CAST({sql} AS {})", dialect::sum_type(family))
}

/// The statements that answer it; the answer is all of their rows together.
pub(crate) fn statements(family: DbBackend, asked: &Asked<'_>) -> Vec<SelectStatement> {
    let maker = Maker { family, asked };
    match asked.topic {
        Topic::Reported => vec![maker.records("d.reported_at", ["COUNT(*)", DEFECTIVE, "0", "0"])],
        Topic::Inspected => {
            let sums = ["COUNT(*)", DEFECTIVE, "SUM(d.quantity_inspected)", "0"];
            let mut select = maker.records("d.reported_at", sums);
            select.and_where(Expr::cust("d.quantity_inspected IS NOT NULL"));
            vec![select]
        }
        Topic::Closed => vec![maker.records("d.closed_at", ["COUNT(*)", "0", "0", "0"])],
        Topic::State => maker.states(),
        Topic::Disposed => maker.disposed(),
        Topic::Spent => vec![
            maker.costs("k.created_at", &cost_class(), ["COUNT(*)", "SUM(k.amount)"]),
            maker.labor("w.created_at", &labor_class(), ["COUNT(*)", "SUM(w.cost)"]),
        ],
        Topic::Cost => {
            let net = format!(
                "SUM(CASE WHEN k.kind = '{}' THEN -k.amount ELSE k.amount END)",
                CostKind::Recovery
            );
            let word = format!("'{NO_WORD}'");
            vec![
                maker.costs("d.reported_at", &word, ["0", &net]),
                maker.labor("d.reported_at", &word, ["0", "SUM(w.cost)"]),
            ]
        }
    }
}

/// Open records by state.
pub(crate) fn open_now(family: DbBackend, asked: &Asked<'_>) -> SelectStatement {
    let maker = Maker { family, asked };
    let mut select = maker.rows("d.reported_at", "d.status", ["COUNT(*)", "0", "0", "0"]);
    let open = When::Open.states().iter().map(|state| format!("'{state}'"));
    let open = open.collect::<Vec<_>>().join(", ");
    select
        .from_as(defect::Entity, D)
        .and_where(Expr::cust(format!("d.status IN ({open})")));
    select
}

const DEFECTIVE: &str = "SUM(d.quantity_defective)";

/// Of cost entries `k`, as `change` has it.
fn cost_class() -> String {
    let cases = CostKind::ALL.iter().map(|kind| match kind {
        CostKind::Recovery => format!(" WHEN k.kind = '{kind}' THEN '{RECOVERED}'"),
        kind => {
            let class = kind.quality_class();
            format!(" WHEN k.kind = '{kind}' THEN COALESCE(k.quality_class, '{class}')")
        }
    });
    format!("CASE{} END", cases.collect::<String>())
}

/// Of labor entries `w`.
fn labor_class() -> String {
    let cases = Activity::ALL.iter().map(|activity| {
        let class = activity.quality_class();
        format!(" WHEN w.activity = '{activity}' THEN '{class}'")
    });
    format!("CASE{} END", cases.collect::<String>())
}

struct Maker<'a> {
    family: DbBackend,
    asked: &'a Asked<'a>,
}

impl Maker<'_> {
    /// Rows of one table: which day, which id, which word, which sums.
    fn rows(
        &self,
        at: &str,
        word: &str,
        [records, quantity, amount, seconds]: [&str; 4],
    ) -> SelectStatement {
        let mut select = Query::select();
        let day = if self.asked.by_day {
            self.day(at)
        } else {
            "0".to_owned()
        };
        select
            .expr_as(whole(self.family, &day), "on_day")
            .expr_as(whole(self.family, &self.id()), "key_id")
            .expr_as(Expr::cust(word.to_owned()), "word");
        for (sum, name) in [
            (records, "records"),
            (quantity, "quantity"),
            (amount, "amount"),
            (seconds, "seconds"),
        ] {
            select.expr_as(whole(self.family, sum), name);
        }
        // By their places: what is grouped by is then what is shown, and not something that looks the same.
        select.add_group_by([1, 2, 3].map(|place| Expr::cust(place.to_string())));
        select.cond_where(self.asked.wanted.clone());
        select.and_where(Expr::cust(format!("d.status <> '{}'", Status::Void)));
        if let Some((from, to)) = self.asked.span {
            let column = || match at.split_once('.') {
                Some((table, column)) => Expr::col((table.to_owned(), column.to_owned())),
                None => Expr::col(at.to_owned()),
            };
            select
                .and_where(column().gte(from))
                .and_where(column().lt(to));
        }
        select
    }

    fn day(&self, at: &str) -> String {
        days::sql(self.asked.settings, &self.asked.now, self.family, at)
    }

    fn id(&self) -> String {
        match self.asked.by {
            By::Disposition | By::Dimension(Dimension::All) => "0".to_owned(),
            By::Dimension(Dimension::Part) => "d.part_id".to_owned(),
            By::Dimension(Dimension::WorkCenter) => "d.work_center_id".to_owned(),
            By::Dimension(Dimension::Supplier) => "COALESCE(d.supplier_id, 0)".to_owned(),
            By::Dimension(Dimension::FailureCode) => "COALESCE(d.failure_code_id, 0)".to_owned(),
            By::Dimension(Dimension::Cause) => "COALESCE(d.cause_id, 0)".to_owned(),
            By::Dimension(Dimension::Days) => {
                format!(
                    "{} - {}",
                    self.day("d.closed_at"),
                    self.day("d.reported_at")
                )
            }
        }
    }

    fn records(&self, at: &str, sums: [&str; 4]) -> SelectStatement {
        let mut select = self.rows(at, &format!("'{NO_WORD}'"), sums);
        select.from_as(defect::Entity, D);
        if at == "d.closed_at" {
            select.and_where(Expr::cust("d.closed_at IS NOT NULL"));
        }
        select
    }

    fn costs(&self, at: &str, word: &str, [records, amount]: [&str; 2]) -> SelectStatement {
        let mut select = self.worded(at, word, [records, "0", amount, "0"]);
        self.of_records(&mut select, at, (cost_entry::Entity.into_iden(), "k"));
        select
    }

    fn labor(&self, at: &str, word: &str, [records, amount]: [&str; 2]) -> SelectStatement {
        let mut select = self.worded(at, word, [records, "0", amount, "0"]);
        select.and_where(Expr::cust("w.cost IS NOT NULL"));
        self.of_records(&mut select, at, (labor_entry::Entity.into_iden(), "w"));
        select
    }

    /// The same, under each disposition of the record where that is asked for.
    fn worded(&self, at: &str, word: &str, sums: [&str; 4]) -> SelectStatement {
        if self.asked.by == By::Disposition {
            let none = format!("COALESCE(x.disposition, '{NO_WORD}')");
            self.rows(at, &none, sums)
        } else {
            self.rows(at, word, sums)
        }
    }

    /// Entries with their records, beginning where the days are: SQLite keeps to the order of a CROSS JOIN, and would else
    /// read all records for the entries of a day.
    fn of_records(
        &self,
        select: &mut SelectStatement,
        at: &str,
        (entries, short): (DynIden, &'static str),
    ) {
        let (first, second) = if at.starts_with("d.") {
            ((defect::Entity.into_iden(), D), (entries, short))
        } else {
            ((entries, short), (defect::Entity.into_iden(), D))
        };
        select.from_as(first.0, first.1);
        select.join_as(JoinType::CrossJoin, second.0, second.1, Condition::all());
        select.and_where(Expr::cust(format!("d.id = {short}.defect_id")));
        if self.asked.by == By::Disposition {
            // The first line of each disposition stands for it.
            let on = Expr::cust(
                "x.defect_id = d.id AND NOT EXISTS (SELECT 1 FROM disposition_line y WHERE y.defect_id = d.id \
                 AND y.disposition = x.disposition AND y.id < x.id)",
            );
            select.join_as(JoinType::LeftJoin, disposition_line::Entity, "x", on);
        }
    }

    /// Where records are now, and from their histories when they came into each state and left it.
    fn states(&self) -> Vec<SelectStatement> {
        let seconds = |column: &str| dialect::epoch(self.family, column);
        let mut now = self.rows("d.reported_at", "d.status", ["COUNT(*)", "0", "0", "0"]);
        now.from_as(defect::Entity, D);
        let first = format!("-SUM({})", seconds("d.reported_at"));
        let first = ["0", "COUNT(*)", "0", &first];
        let mut first = self.rows("d.reported_at", &format!("'{}'", Status::Reported), first);
        first.from_as(defect::Entity, D);
        let came = format!("-SUM({})", seconds("e.at"));
        let came = self.moves("e.new_value", ["0", "COUNT(*)", "0", &came]);
        let left = format!("SUM({})", seconds("e.at"));
        let left = self.moves("e.old_value", ["0", "0", "0", &left]);
        vec![now, first, came, left]
    }

    fn moves(&self, word: &str, sums: [&str; 4]) -> SelectStatement {
        let mut select = self.rows("d.reported_at", word, sums);
        select.from_as(defect::Entity, D);
        let on = format!("e.entity = '{ENTITY}' AND e.entity_id = d.id AND e.field = 'status'");
        select.join_as(
            JoinType::InnerJoin,
            audit_event::Entity,
            "e",
            Expr::cust(on),
        );
        select
    }

    /// By disposition; what has no line yet, by itself.
    fn disposed(&self) -> Vec<SelectStatement> {
        let sums = ["COUNT(DISTINCT d.id)", "SUM(l.quantity)", "0", "0"];
        let mut lines = self.rows("d.reported_at", "l.disposition", sums);
        lines.from_as(defect::Entity, D);
        let on = Expr::cust("l.defect_id = d.id");
        lines.join_as(JoinType::InnerJoin, disposition_line::Entity, "l", on);
        let none = format!("'{NO_WORD}'");
        let mut rest = self.rows("d.reported_at", &none, ["COUNT(*)", DEFECTIVE, "0", "0"]);
        rest.from_as(defect::Entity, D);
        rest.and_where(Expr::cust(
            "NOT EXISTS (SELECT 1 FROM disposition_line l WHERE l.defect_id = d.id)",
        ));
        vec![lines, rest]
    }
}
