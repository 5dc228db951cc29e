//! `speed`: `dmt` and its peers on data of the same size, loaded in turn, with a table of medians and ratios and
//! what they say about the goals.
//!
//! The servers of a database all run at once, and one after the other is loaded, in an order that moves on by one
//! each round. `dmt` runs as it is shipped, its log (with a line for each request) in a file; the peers write none.
//! Ratios within one run say something; a single run's absolute figures do not.

mod ask;
mod book;
mod contender;
pub(crate) mod data;
mod goals;
pub(crate) mod place;
mod report;
mod run;
pub(crate) mod usage;
mod wrk;

use std::path::PathBuf;

use clap::ValueEnum;

use crate::database::Engine;
use crate::{Failure, dmt};
use book::{Book, Measure};
use contender::Server;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which databases; all unless said
    #[arg(long, value_delimiter = ',')]
    database: Vec<Engine>,
    /// Which servers; all that run on the database unless said
    #[arg(long, value_delimiter = ',')]
    server: Vec<Server>,
    /// Only these measures; all unless said
    #[arg(long, value_delimiter = ',')]
    only: Vec<Measure>,
    /// How many records there are
    #[arg(long, default_value_t = 200_000)]
    records: u32,
    /// Measure dmt alone, on data of several sizes in turn, such as 20000,2000000
    #[arg(long, value_delimiter = ',', value_name = "RECORDS")]
    scale: Vec<u32>,
    /// How often each is loaded
    #[arg(long, default_value_t = 5)]
    rounds: u32,
    /// How long each time
    #[arg(long, default_value_t = 5)]
    seconds: u32,
    /// Two rounds of two seconds: for a first look
    #[arg(long)]
    quick: bool,
    /// Only make the data
    #[arg(long)]
    prepare: bool,
    /// Make the data anew
    #[arg(long)]
    anew: bool,
    /// Only print what is in the file of samples
    #[arg(long, requires = "samples")]
    print: bool,
    /// A file of samples: what is in it counts too, and what is measured is added to it
    #[arg(long)]
    samples: Option<PathBuf>,
    /// Where data is kept
    #[arg(long)]
    folder: Option<PathBuf>,
}

/// What is compared between two sizes.
const SCALE: [Measure; 14] = [
    Measure::Get,
    Measure::List,
    Measure::First,
    Measure::Deep,
    Measure::Open,
    Measure::Search,
    Measure::Summary,
    Measure::Pareto,
    Measure::Trend,
    Measure::Ageing,
    Measure::Flow,
    Measure::Copq,
    Measure::Suppliers,
    Measure::Post,
];

/// Runs all that is asked for, and prints it.
pub(crate) async fn run(args: Args) -> Result<bool, Failure> {
    let mut book = Book::open(args.samples.as_deref())?;
    if !args.print {
        let plan = Plan::of(args);
        for engine in &plan.engines {
            run::on(*engine, &plan, &mut book).await?;
        }
    }
    report::print(&book);
    Ok(true)
}

/// What is to be done.
struct Plan {
    engines: Vec<Engine>,
    measures: Vec<Measure>,
    servers: Vec<Server>,
    records: Vec<u32>,
    rounds: u32,
    seconds: u32,
    prepare: bool,
    anew: bool,
    folder: PathBuf,
}

impl Plan {
    fn of(args: Args) -> Self {
        let is_scale = !args.scale.is_empty();
        let (engines, measures, servers): (&[Engine], &[Measure], &[Server]) = if is_scale {
            let peers_run_on = &[Engine::Sqlite, Engine::Postgres];
            (peers_run_on, &SCALE, &[Server::Dmt])
        } else {
            (&Engine::ALL, &Measure::ALL, Server::value_variants())
        };
        Self {
            engines: unless_said(args.database, engines),
            measures: unless_said(args.only, measures),
            servers: unless_said(args.server, servers),
            records: unless_said(args.scale, &[args.records]),
            rounds: if args.quick { 2 } else { args.rounds },
            seconds: if args.quick { 2 } else { args.seconds },
            prepare: args.prepare,
            anew: args.anew,
            folder: args.folder.unwrap_or_else(|| dmt::target().join("bench")),
        }
    }
}

fn unless_said<T: Copy>(said: Vec<T>, all: &[T]) -> Vec<T> {
    if said.is_empty() { all.to_vec() } else { said }
}
