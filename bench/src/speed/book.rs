//! What was measured, number by number, and its medians; kept in a file, so that a run can be taken in slices.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use clap::ValueEnum;
use serde_json::{Map, Value as Json};

use super::contender::Server;
use crate::Failure;
use crate::database::Engine;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Measure {
    /// One record by its id, drawn at random
    Get,
    /// The first fifty records of a state
    List,
    /// The first fifty of the state in which most are (dmt alone)
    First,
    /// Fifty of these, nine tenths down the list (dmt alone)
    Deep,
    /// The first fifty of all states in which a record is open (dmt alone)
    Open,
    /// The first page of a search (dmt alone)
    Search,
    /// The numbers of a dashboard (dmt alone)
    Summary,
    /// A Pareto of ten years, by failure code (dmt alone)
    Pareto,
    /// A trend of ten years, by month (dmt alone)
    Trend,
    /// The ages of what is open (dmt alone)
    Ageing,
    /// The time in each state, over ten years (dmt alone)
    Flow,
    /// The cost of poor quality of ten years (dmt alone)
    Copq,
    /// What suppliers have delivered in ten years (dmt alone)
    Suppliers,
    /// A report
    Post,
    /// A report, from 32 connections (dmt alone)
    Post32,
    /// A start on a database that exists
    Start,
}

impl Measure {
    /// All of them: those that add records come after those that read.
    pub(super) const ALL: [Self; 16] = [
        Self::Start,
        Self::Get,
        Self::List,
        Self::First,
        Self::Deep,
        Self::Open,
        Self::Search,
        Self::Summary,
        Self::Pareto,
        Self::Trend,
        Self::Ageing,
        Self::Flow,
        Self::Copq,
        Self::Suppliers,
        Self::Post,
        Self::Post32,
    ];

    /// Those that are read from sums of the records.
    pub(super) const REPORTS: [Self; 7] = [
        Self::Summary,
        Self::Pareto,
        Self::Trend,
        Self::Ageing,
        Self::Flow,
        Self::Copq,
        Self::Suppliers,
    ];

    /// What it is called in tables.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Get => "GET by id",
            Self::List => "list of 50",
            Self::First => "first page of closed",
            Self::Deep => "deep page of closed",
            Self::Open => "first page of open",
            Self::Search => "search",
            Self::Summary => "summary",
            Self::Pareto => "Pareto",
            Self::Trend => "trend",
            Self::Ageing => "ageing",
            Self::Flow => "flow",
            Self::Copq => "cost of poor quality",
            Self::Suppliers => "suppliers",
            Self::Post => "POST",
            Self::Post32 => "POST, 32 connections",
            Self::Start => "start",
        }
    }

    /// How many requests are under way at once.
    pub(super) fn connections(self) -> u32 {
        match self {
            Self::Post32 => 32,
            // How long one takes is what matters, not how many are answered.
            Self::Search => 1,
            report if Self::REPORTS.contains(&report) => 1,
            _ => 16,
        }
    }

    /// Whether it is asked of `server`.
    pub(super) fn is_for(self, server: Server) -> bool {
        match server {
            Server::Dmt => true,
            Server::DmtWithoutSums => self == Self::Post,
            _ => matches!(self, Self::Get | Self::List | Self::Post | Self::Start),
        }
    }

    /// Whether it adds records.
    pub(super) fn adds(self) -> bool {
        matches!(self, Self::Post | Self::Post32)
    }
}

/// What is measured, and in which unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Quantity {
    /// Requests a second
    Rate,
    /// Median latency in milliseconds
    P50,
    /// Latency of the slowest hundredth in milliseconds
    P99,
    /// CPU time of the server, in microseconds a request
    Cpu,
    /// From start to ready, in milliseconds
    Ready,
    /// Memory after the load, in MB
    Memory,
    /// Memory at most, in MB
    Peak,
}

/// Who was asked for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Case {
    pub(super) engine: Engine,
    pub(super) server: Server,
    pub(super) measure: Measure,
    /// How many records there were at first.
    pub(super) records: u32,
}

/// All numbers.
#[derive(Default)]
pub(super) struct Book {
    numbers: Vec<(Case, Quantity, f64)>,
    file: Option<File>,
}

impl Book {
    /// With what stands in `file` already; what is added is written there too.
    pub(super) fn open(file: Option<&Path>) -> Result<Self, Failure> {
        let mut book = Self::default();
        let Some(file) = file else {
            return Ok(book);
        };
        let text = if file.exists() {
            std::fs::read_to_string(file)?
        } else {
            String::new()
        };
        for line in text.lines() {
            let line: Json = serde_json::from_str(line)?;
            let (case, numbers) = read(&line).ok_or_else(|| format!("not a sample: {line}"))?;
            book.enter(case, &numbers);
        }
        book.file = Some(File::options().create(true).append(true).open(file)?);
        Ok(book)
    }

    /// Adds what a run gave.
    pub(super) fn add(&mut self, case: Case, numbers: &[(Quantity, f64)]) -> Result<(), Failure> {
        self.enter(case, numbers);
        if let Some(file) = &mut self.file {
            writeln!(file, "{}", written(case, numbers))?;
        }
        Ok(())
    }

    fn enter(&mut self, case: Case, numbers: &[(Quantity, f64)]) {
        let numbers = numbers
            .iter()
            .map(|(quantity, number)| (case, *quantity, *number));
        self.numbers.extend(numbers);
    }

    /// The cases that have numbers, in the order of the tables.
    pub(super) fn cases(&self) -> Vec<Case> {
        let mut cases: Vec<Case> = Vec::new();
        for (case, ..) in &self.numbers {
            if !cases.contains(case) {
                cases.push(*case);
            }
        }
        let place = |case: &Case| {
            (
                case.records,
                case.engine as u8,
                case.measure as u8,
                case.server as u8,
            )
        };
        cases.sort_by_key(place);
        cases
    }

    /// The numbers of a case, in ascending order.
    fn of(&self, case: Case, quantity: Quantity) -> Vec<f64> {
        let mut numbers: Vec<f64> = self
            .numbers
            .iter()
            .filter(|number| number.0 == case && number.1 == quantity)
            .map(|number| number.2)
            .collect();
        numbers.sort_by(f64::total_cmp);
        numbers
    }

    /// The one in the middle.
    pub(super) fn median(&self, case: Case, quantity: Quantity) -> Option<f64> {
        let numbers = self.of(case, quantity);
        let (low, high) = (
            numbers.get(numbers.len().checked_sub(1)? / 2)?,
            numbers.get(numbers.len() / 2)?,
        );
        Some(f64::midpoint(*low, *high))
    }

    /// The largest one.
    pub(super) fn largest(&self, case: Case, quantity: Quantity) -> Option<f64> {
        self.of(case, quantity).last().copied()
    }

    /// How many runs there were.
    pub(super) fn runs(&self, case: Case) -> usize {
        self.of(case, Quantity::Rate).len()
    }
}

fn word<T: ValueEnum>(value: &T) -> String {
    let value = value.to_possible_value();
    value.map_or_else(String::new, |value| value.get_name().to_owned())
}

fn written(case: Case, numbers: &[(Quantity, f64)]) -> Json {
    let mut line = Map::new();
    line.insert("database".to_owned(), word(&case.engine).into());
    line.insert("server".to_owned(), word(&case.server).into());
    line.insert("measure".to_owned(), word(&case.measure).into());
    line.insert("records".to_owned(), case.records.into());
    for (quantity, number) in numbers {
        line.insert(word(quantity), (*number).into());
    }
    line.into()
}

fn read(line: &Json) -> Option<(Case, Vec<(Quantity, f64)>)> {
    fn value<T: ValueEnum>(line: &Json, key: &str) -> Option<T> {
        T::from_str(line[key].as_str()?, false).ok()
    }
    let case = Case {
        engine: value(line, "database")?,
        server: value(line, "server")?,
        measure: value(line, "measure")?,
        records: line["records"].as_u64()?.try_into().ok()?,
    };
    let number = |quantity: &Quantity| Some((*quantity, line[word(quantity)].as_f64()?));
    let numbers = Quantity::value_variants().iter().filter_map(number);
    Some((case, numbers.collect()))
}
