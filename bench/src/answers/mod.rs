//! `answers`: one generated system, copied into every database, and the same questions to each: every report in every way,
//! control charts, the list with every filter in every order, page after page, files, searches in three languages. What a
//! database answers has to be what SQLite answers, byte by byte.
//!
//! Both are asked at the same moment, because some answers hang on it ([`compare`]); nothing else may differ but the number
//! of a request in a refusal.

mod compare;
mod questions;
mod sample;

use std::collections::BTreeMap;
use std::time::Duration;

use clap::ValueEnum;

use crate::client::Api;
use crate::database::{Database, Engine};
use crate::dmt::Set;
use crate::{Failure, table};
use compare::{Pair, Told};
use sample::Sample;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which databases are held against SQLite; all others unless said
    #[arg(long, value_delimiter = ',')]
    database: Vec<Engine>,
    /// Only these questions
    #[arg(long, value_delimiter = ',')]
    only: Vec<Kind>,
    /// How many records there are
    #[arg(long, default_value_t = 20_000)]
    records: u32,
    /// How many differences are shown of each database and kind
    #[arg(long, default_value_t = 5)]
    show: usize,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
enum Kind {
    /// Every report, in every way and several forms, with and without filters
    Reports,
    /// Control charts of each kind
    Charts,
    /// Lists with every filter in every order, page after page
    Lists,
    /// Lists as files
    Files,
    /// The searches of testdata/searches.json
    Searches,
}

impl Kind {
    /// Its name in the table.
    fn name(self) -> &'static str {
        match self {
            Self::Reports => "reports",
            Self::Charts => "charts",
            Self::Lists => "lists",
            Self::Files => "files",
            Self::Searches => "searches",
        }
    }
}

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// A copy tells nobody anything.
const SETTINGS: [(&str, &str); 2] = [("DMT_NOTIFY", "off"), ("DMT_REQUEST_TIMEOUT_SECS", "120")];

/// Asks all that is wanted on each database; true if every answer is SQLite's and each kind of question was answered.
pub(crate) async fn run(args: Args) -> Result<bool, Failure> {
    let source = Database::create(Engine::Sqlite).await?;
    let ours = Set::new(source.logs.path(), &source.url(), &SETTINGS)?;
    println!("making {} records", args.records);
    ours.demo(args.records).await?;
    let (mut rows, mut is_well) = (Vec::new(), true);
    for engine in engines(&args.database) {
        for (kind, told) in hold(&ours, engine, &args.only).await? {
            is_well &= told.is_well();
            told.print(engine, kind, args.show);
            rows.push(told.row(engine, kind));
        }
    }
    let headings = ["database", "asked", "questions", "answered", "differences"];
    table::print(&headings, &rows);
    Ok(is_well)
}

fn engines(said: &[Engine]) -> Vec<Engine> {
    let is_said = |engine: &Engine| said.is_empty() || said.contains(engine);
    let others = Engine::ALL.into_iter();
    others
        .filter(|engine| *engine != Engine::Sqlite && is_said(engine))
        .collect()
}

/// Copies the system into a database, and holds its answers against those of the source.
async fn hold(ours: &Set, engine: Engine, only: &[Kind]) -> Result<BTreeMap<Kind, Told>, Failure> {
    let target = Database::create(engine).await?;
    let theirs = Set::new(target.logs.path(), &target.url(), &SETTINGS)?;
    println!("copying them into {}", engine.name());
    ours.copy(&target.url()).await?;
    // What a server would make by itself, a while after its start.
    theirs.rebuild().await?;
    let mut pair = Pair {
        ours: Api::new(&ours.root(), PATIENCE)?,
        theirs: Api::new(&theirs.root(), PATIENCE)?,
    };
    let mut source = ours.serve(&pair.ours, &[]).await?;
    let mut copy = theirs.serve(&pair.theirs, &[]).await?;
    pair.ours.sign_in().await?;
    pair.theirs.sign_in().await?;
    let mut questions = questions::all(&Sample::of(&pair.ours).await?)?;
    questions.retain(|question| only.is_empty() || only.contains(&question.kind));
    println!("asking {}", engine.name());
    let told = pair.ask_all(questions).await?;
    source.kill().await?;
    copy.kill().await?;
    match [ours.faults()?, theirs.faults()?].concat().first() {
        Some(fault) => Err(format!("a fault in the log of dmt: {fault}").into()),
        None => Ok(told),
    }
}
