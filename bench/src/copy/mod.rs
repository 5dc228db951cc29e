//! `copy`: how fast `dmt copy`, `dmt export` and `dmt import` move data, and how much memory they take: SQLite into
//! PostgreSQL in turn with pgloader on the same file, then pairs of databases, then an archive.
//!
//! Each move goes into a database that was made for it, with its tables, and is dropped afterwards. What `dmt` copied
//! it has verified itself, and what pgloader copied is verified by `dmt` too: both must have done the whole work.

mod archive;
mod figures;
mod host;
mod moves;
mod pairs;
mod pgloader;
mod process;
mod rivals;

use std::path::PathBuf;

use clap::ValueEnum;

use crate::database::Engine;
use crate::speed::data::Site;
use crate::speed::place::Kind;
use crate::{Failure, dmt};
use figures::Figures;
use host::Hosts;
use pairs::Pair;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How many records are copied in turn with pgloader; 200,000, or 600,000 with --memory
    #[arg(long)]
    records: Option<u32>,
    /// How often each of the two copies
    #[arg(long, default_value_t = 3)]
    rounds: u32,
    /// Only these parts
    #[arg(long, value_delimiter = ',')]
    only: Vec<Part>,
    /// Which pairs dmt copies alone, such as sqlite:mariadb,postgres:sqlite
    #[arg(long, value_delimiter = ',')]
    pairs: Vec<Pair>,
    /// All twelve pairs
    #[arg(long, conflicts_with = "pairs")]
    all: bool,
    /// How many records the pairs and the archive have
    #[arg(long, default_value_t = 20_000)]
    pair_records: u32,
    /// The proof of constant memory: at least 2,000,000 rows of history copied, exported and imported by dmt
    #[arg(long)]
    memory: bool,
    /// On the servers in DMT_TEST_*_URL, however they are set up, instead of the bench's own
    #[arg(long)]
    here: bool,
    /// Make the data anew
    #[arg(long)]
    anew: bool,
    /// Where data is kept
    #[arg(long)]
    folder: Option<PathBuf>,
}

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// SQLite into PostgreSQL, in turn with pgloader
    Pgloader,
    /// dmt alone, from database to database
    Pairs,
    /// Export and import
    Archive,
}

/// What one run of the program does.
struct Plan {
    parts: Vec<Part>,
    records: u32,
    rounds: u32,
    pairs: Vec<Pair>,
    pair_records: u32,
    /// Where the archive is imported.
    into: Vec<Engine>,
    is_memory: bool,
    anew: bool,
}

/// The file that is copied, as `dmt` reads it, and what it is worked on with.
struct Ground {
    hosts: Hosts,
    site: Site,
}

/// Runs all that is asked for, and prints it; true if every goal that was measured is reached.
pub(crate) async fn run(args: Args) -> Result<bool, Failure> {
    let folder = args
        .folder
        .clone()
        .unwrap_or_else(|| dmt::target().join("bench"));
    let mut ground = Ground {
        site: Site::open(Engine::Sqlite, &folder).await?,
        hosts: Hosts::new(&folder, args.here)?,
    };
    let plan = Plan::of(args);
    let mut figures = Figures::of(plan.is_memory);
    if plan.parts.contains(&Part::Pgloader) {
        let source = ground.source(plan.records, plan.anew).await?;
        rivals::run(&source, plan.rounds, &mut ground.hosts, &mut figures).await?;
    }
    if plan.parts.contains(&Part::Pairs) {
        let source = ground.source(plan.pair_records, plan.anew).await?;
        pairs::run(&source, &plan.pairs, &mut ground.hosts, &mut figures).await?;
    }
    if plan.parts.contains(&Part::Archive) {
        let source = ground.source(plan.pair_records, plan.anew).await?;
        archive::run(&source, &plan.into, &mut ground.hosts, &mut figures).await?;
    }
    ground.site.close().await?;
    Ok(figures.print())
}

impl Plan {
    fn of(args: Args) -> Self {
        let records = args
            .records
            .unwrap_or(if args.memory { 600_000 } else { 200_000 });
        let pairs = match (args.all, args.memory) {
            (true, _) => Pair::all(),
            _ if !args.pairs.is_empty() => args.pairs,
            (_, true) => vec![Pair::PROOF],
            _ => Pair::USUAL.to_vec(),
        };
        let parts: &[Part] = if args.memory {
            &[Part::Pairs, Part::Archive]
        } else {
            Part::value_variants()
        };
        Self {
            parts: if args.only.is_empty() {
                parts.to_vec()
            } else {
                args.only
            },
            records,
            rounds: args.rounds,
            pairs,
            pair_records: if args.memory {
                records
            } else {
                args.pair_records
            },
            into: match (args.memory, args.all) {
                (true, _) => vec![Engine::Sqlite],
                (_, true) => Engine::ALL.to_vec(),
                _ => vec![Engine::Sqlite, Engine::Postgres],
            },
            is_memory: args.memory,
            anew: args.anew,
        }
    }
}

impl Ground {
    /// The SQLite file with so many records.
    async fn source(&self, records: u32, anew: bool) -> Result<String, Failure> {
        self.site.make(Kind::Dmt, records, anew).await?;
        Ok(self.site.original(Kind::Dmt, records).url())
    }
}
