//! What `dmt` must reach, and whether it does: ratios within one run, never one machine's absolute figures.

use super::book::{Book, Case, Measure, Quantity};
use super::contender::Server;
use crate::database::Engine;

/// A goal, with what was measured where it was.
pub(super) struct Goal {
    pub(super) engine: Engine,
    pub(super) what: String,
    pub(super) measured: Option<f64>,
    unit: &'static str,
    least: Option<Bound>,
    stretch: Option<Bound>,
}

/// Where good begins.
#[derive(Clone, Copy)]
enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

impl Bound {
    fn holds(self, number: f64) -> bool {
        match self {
            Self::AtLeast(bound) => number >= bound,
            Self::AtMost(bound) => number <= bound,
        }
    }
}

impl Goal {
    /// A row of the table.
    pub(super) fn row(&self) -> Vec<String> {
        let unit = self.unit;
        let bound = |bound: Option<Bound>| match bound {
            None => String::new(),
            Some(Bound::AtLeast(bound)) => format!("≥ {bound}{unit}"),
            Some(Bound::AtMost(bound)) => format!("≤ {bound}{unit}"),
        };
        let holds = |bound: Option<Bound>| match (bound, self.measured) {
            (None, _) => "",
            (_, None) => "not measured",
            (Some(bound), Some(number)) if bound.holds(number) => "reached",
            _ => "not reached",
        };
        let measured = self
            .measured
            .map_or_else(String::new, |number| format!("{number:.2}{unit}"));
        vec![
            self.engine.name().to_owned(),
            self.what.clone(),
            measured,
            bound(self.least),
            holds(self.least).to_owned(),
            bound(self.stretch),
            holds(self.stretch).to_owned(),
        ]
    }
}

/// The headings of the rows.
pub(super) const HEADINGS: [&str; 7] = [
    "database", "goal", "measured", "at least", "", "stretch", "",
];

/// All goals, in the order of the table; `records` in the data of the comparison, `sizes` in those of the scaling.
pub(super) fn all(book: &Book, records: u32, sizes: Option<(u32, u32)>) -> Vec<Goal> {
    let mut goals = Vec::new();
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let view = View {
            book,
            engine,
            records,
        };
        goals.extend(view.against_sqlx());
        goals.extend(view.against_fastapi());
        goals.push(view.goal(
            "time of a deep page ÷ the first one's",
            " ×",
            view.slower(Measure::Deep, Measure::First),
            Some(Bound::AtMost(1.3)),
            Some(Bound::AtMost(1.1)),
        ));
        goals.push(view.goal(
            "POST with sums for reports ÷ without",
            " ×",
            view.faster(Server::DmtWithoutSums, Measure::Post),
            Some(Bound::AtLeast(0.85)),
            None,
        ));
        if let Some((small, large)) = sizes {
            goals.extend(view.growth(small, large));
        }
        goals.extend(view.start_and_memory());
    }
    goals
}

/// The book, seen from one database.
struct View<'a> {
    book: &'a Book,
    engine: Engine,
    records: u32,
}

impl View<'_> {
    fn goal(
        &self,
        what: &str,
        unit: &'static str,
        measured: Option<f64>,
        least: Option<Bound>,
        stretch: Option<Bound>,
    ) -> Goal {
        Goal {
            engine: self.engine,
            what: what.to_owned(),
            measured,
            unit,
            least,
            stretch,
        }
    }

    fn case(&self, server: Server, measure: Measure) -> Case {
        Case {
            engine: self.engine,
            server,
            measure,
            records: self.records,
        }
    }

    fn rate(&self, server: Server, measure: Measure) -> Option<f64> {
        self.book.median(self.case(server, measure), Quantity::Rate)
    }

    /// How many times as many requests `dmt` answers as another.
    fn faster(&self, other: Server, measure: Measure) -> Option<f64> {
        Some(self.rate(Server::Dmt, measure)? / self.rate(other, measure)?)
    }

    /// How many times as long one takes as another.
    fn slower(&self, slow: Measure, fast: Measure) -> Option<f64> {
        Some(self.rate(Server::Dmt, fast)? / self.rate(Server::Dmt, slow)?)
    }

    fn against_sqlx(&self) -> Vec<Goal> {
        use Bound::{AtLeast, AtMost};
        let sqlx = |measure, least, stretch: Option<f64>| {
            let what = format!("{} ÷ actix_sqlx", Measure::title(measure));
            let measured = self.faster(Server::ActixSqlx, measure);
            self.goal(
                &what,
                " ×",
                measured,
                Some(AtLeast(least)),
                stretch.map(AtLeast),
            )
        };
        if self.engine == Engine::Postgres {
            return vec![
                sqlx(Measure::Get, 0.7, Some(0.9)),
                sqlx(Measure::List, 0.7, Some(1.0)),
                sqlx(Measure::Post, 0.6, Some(0.85)),
            ];
        }
        let rusqlite = self.faster(Server::ActixRusqlite, Measure::Get);
        let p99 = |measure| {
            let case = self.case(Server::Dmt, measure);
            self.book.median(case, Quantity::P99)
        };
        vec![
            sqlx(Measure::Get, 0.7, None),
            self.goal(
                "GET by id ÷ actix_rusqlite",
                " ×",
                rusqlite,
                None,
                Some(AtLeast(0.5)),
            ),
            sqlx(Measure::List, 0.7, Some(1.0)),
            sqlx(Measure::Post, 0.7, Some(2.0)),
            self.goal(
                "p99 of POST, 16 connections",
                " ms",
                p99(Measure::Post),
                Some(AtMost(50.0)),
                None,
            ),
        ]
    }

    fn against_fastapi(&self) -> Vec<Goal> {
        [Measure::Get, Measure::List, Measure::Post]
            .map(|measure| {
                self.goal(
                    &format!("{} ÷ fastapi, 2 workers", measure.title()),
                    " ×",
                    self.faster(Server::Fastapi, measure),
                    Some(Bound::AtLeast(4.0)),
                    Some(Bound::AtLeast(15.0)),
                )
            })
            .into()
    }

    fn growth(&self, small: u32, large: u32) -> Vec<Goal> {
        let rate = |measure, records| {
            let case = Case {
                records,
                ..self.case(Server::Dmt, measure)
            };
            self.book.median(case, Quantity::Rate)
        };
        let slower = |measure| Some(rate(measure, small)? / rate(measure, large)?);
        let growth = |measure: Measure, least, stretch: Option<f64>| {
            self.goal(
                &format!("time of {} at {large} ÷ at {small}", measure.title()),
                " ×",
                slower(measure),
                Some(Bound::AtMost(least)),
                stretch.map(Bound::AtMost),
            )
        };
        let pages = [
            Measure::Get,
            Measure::List,
            Measure::First,
            Measure::Deep,
            Measure::Open,
            Measure::Post,
        ];
        let mut goals: Vec<Goal> = pages.map(|page| growth(page, 1.3, Some(1.1))).into();
        goals.extend(Measure::REPORTS.map(|report| growth(report, 2.0, None)));
        let at_most = |measure: Measure, most| {
            let case = Case {
                records: large,
                ..self.case(Server::Dmt, measure)
            };
            let what = format!("median of {} at {large}", measure.title());
            let median = self.book.median(case, Quantity::P50);
            self.goal(&what, " ms", median, Some(Bound::AtMost(most)), None)
        };
        goals.push(at_most(Measure::Summary, 25.0));
        goals.push(at_most(Measure::Search, 100.0));
        goals
    }

    fn start_and_memory(&self) -> Vec<Goal> {
        use Bound::AtMost;
        let number = |server, quantity| {
            let case = self.case(server, Measure::Start);
            match quantity {
                Quantity::Ready => self.book.median(case, quantity),
                _ => self.book.largest(case, quantity),
            }
        };
        let ratio =
            |quantity| Some(number(Server::Dmt, quantity)? / number(Server::Fastapi, quantity)?);
        vec![
            self.goal(
                "start to ready ÷ fastapi",
                " ×",
                ratio(Quantity::Ready),
                Some(AtMost(0.15)),
                None,
            ),
            self.goal(
                "start to ready",
                " ms",
                number(Server::Dmt, Quantity::Ready),
                None,
                Some(AtMost(50.0)),
            ),
            self.goal(
                "memory after the run ÷ fastapi",
                " ×",
                ratio(Quantity::Memory),
                Some(AtMost(0.5)),
                None,
            ),
            self.goal(
                "memory after the run",
                " MB",
                number(Server::Dmt, Quantity::Memory),
                None,
                Some(AtMost(30.0)),
            ),
        ]
    }
}
