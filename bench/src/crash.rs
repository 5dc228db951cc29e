//! `crash-test`: a write storm, SIGKILL at a random moment, a restart, and a look at what is there.
//!
//! A killed process is not a power cut: what the operating system has taken is still written. So this shows that an
//! answer comes after the commit, that commits are whole, and that both sides recover by themselves; that the disk
//! keeps what it confirmed is the disk's promise.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use clap::ValueEnum;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::check::{Found, check};
use crate::client::Api;
use crate::database::{Database, Engine};
use crate::dmt::{Server, Set};
use crate::ledger::Ledger;
use crate::storm::{Client, Ground};
use crate::{Failure, table};

/// What is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kill {
    /// `dmt`; the database is kept.
    Server,
    /// The database server; `dmt` is kept.
    Database,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How often, for each database
    #[arg(long, default_value_t = 20)]
    rounds: u32,
    /// Which databases; all unless said
    #[arg(long, value_delimiter = ',')]
    database: Vec<Engine>,
    /// What is killed; both unless said
    #[arg(long)]
    kill: Option<Kill>,
    /// What the moments are drawn from; drawn itself unless said
    #[arg(long)]
    seed: Option<u64>,
}

/// How many write at once.
const CLIENTS: u64 = 16;
/// How many records they share.
const SHARED: u32 = 4;
/// How long a client waits for an answer.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long `dmt` may take to find a database again.
const RECOVERY: Duration = Duration::from_secs(60);

/// Runs all that is asked for; true if nothing was lost and nothing is wrong.
pub(crate) async fn run(args: Args) -> Result<bool, Failure> {
    let seed = args.seed.unwrap_or_else(rand::random);
    println!("seed {seed}, {CLIENTS} clients");
    let engines = if args.database.is_empty() {
        Engine::ALL.to_vec()
    } else {
        args.database
    };
    let mut totals = Vec::new();
    for engine in engines {
        for kill in [Kill::Server, Kill::Database] {
            let is_wanted = args.kill.is_none_or(|wanted| wanted == kill);
            // SQLite lives in dmt's own process.
            if is_wanted && !(engine == Engine::Sqlite && kill == Kill::Database) {
                totals.push(campaign(engine, kill, args.rounds, seed).await?);
            }
        }
    }
    let rows: Vec<_> = totals.iter().map(Total::row).collect();
    table::print(
        &[
            "database",
            "killed",
            "rounds",
            "acknowledged",
            "unknown",
            "of these done",
            "refused 503",
            "lost",
            "wrong",
            "back after, median",
            "at most",
        ],
        &rows,
    );
    Ok(totals.iter().all(|total| total.lost + total.wrong == 0))
}

/// The sums of a campaign.
struct Total {
    engine: Engine,
    kill: Kill,
    rounds: u32,
    acknowledged: u64,
    unknown: u64,
    done: u64,
    away: u64,
    lost: usize,
    wrong: usize,
    recoveries: Vec<Duration>,
}

impl Total {
    fn row(&self) -> Vec<String> {
        let killed = match self.kill {
            Kill::Server => "dmt",
            Kill::Database => "database",
        };
        let mut recoveries = self.recoveries.clone();
        recoveries.sort();
        let seconds = |at: Option<&Duration>| {
            at.map_or_else(String::new, |time| format!("{:.2} s", time.as_secs_f64()))
        };
        vec![
            self.engine.name().to_owned(),
            killed.to_owned(),
            self.rounds.to_string(),
            self.acknowledged.to_string(),
            self.unknown.to_string(),
            self.done.to_string(),
            self.away.to_string(),
            self.lost.to_string(),
            self.wrong.to_string(),
            seconds(recoveries.get(recoveries.len() / 2)),
            seconds(recoveries.last()),
        ]
    }

    fn add(&mut self, ledger: &Counts, found: &Found, recovery: Duration) {
        self.rounds += 1;
        self.acknowledged += ledger.acknowledged;
        self.unknown += ledger.unknown;
        self.away += ledger.away;
        self.done += found.done;
        self.lost += found.lost.len();
        self.wrong += found.wrong.len();
        self.recoveries.push(recovery);
    }
}

/// What a round's clients counted.
struct Counts {
    acknowledged: u64,
    unknown: u64,
    away: u64,
}

async fn campaign(engine: Engine, kill: Kill, rounds: u32, seed: u64) -> Result<Total, Failure> {
    let mut total = Total {
        engine,
        kill,
        rounds: 0,
        acknowledged: 0,
        unknown: 0,
        done: 0,
        away: 0,
        lost: 0,
        wrong: 0,
        recoveries: Vec::new(),
    };
    let mut scene = Scene::set(engine, seed ^ (kill as u64) << 32).await?;
    for round in 1..=rounds {
        let (counts, found, recovery) = scene.round(kill, round).await?;
        total.add(&counts, &found, recovery);
        for line in found.lost.iter().chain(&found.wrong).take(20) {
            println!("  round {round}: {line}");
        }
        println!(
            "{} {kill:?} {round}: {} acknowledged, {} unknown, {} lost, {} wrong, back after {:.2} s",
            engine.name(),
            counts.acknowledged,
            counts.unknown,
            found.lost.len(),
            found.wrong.len(),
            recovery.as_secs_f64(),
        );
    }
    let faults = scene.set.faults()?;
    for fault in faults.iter().take(20) {
        println!("  dmt's log: {fault}");
    }
    total.wrong += faults.len();
    Ok(total)
}

/// A database, a server on it, and those who use it.
struct Scene {
    database: Database,
    set: Set,
    server: Server,
    api: Api,
    ground: Ground,
    rng: ChaCha8Rng,
}

impl Scene {
    async fn set(engine: Engine, seed: u64) -> Result<Self, Failure> {
        let database = Database::create(engine).await?;
        let set = Set::new(database.logs.path(), &database.url(), &[])?;
        set.demo(50).await?;
        let mut api = Api::new(&set.root(), PATIENCE)?;
        let server = set.serve(&api, &[]).await?;
        api.sign_in().await?;
        let ground = Ground::find(&api).await?;
        Ok(Self {
            database,
            set,
            server,
            api,
            ground,
            rng: ChaCha8Rng::seed_from_u64(seed),
        })
    }

    async fn round(
        &mut self,
        kill: Kill,
        round: u32,
    ) -> Result<(Counts, Found, Duration), Failure> {
        let name = format!("storm {round}");
        let (shared, since) = self.ground.share(&self.api, &name, SHARED).await?;
        let stop = Arc::new(AtomicBool::new(false));
        let mut clients = tokio::task::JoinSet::new();
        for number in 0..CLIENTS {
            let client = Client {
                api: self.api.clone(),
                ground: self.ground.clone(),
                name: format!("{name} {number}"),
                shared: shared.clone(),
                stop: stop.clone(),
                seed: self.rng.random(),
            };
            clients.spawn(client.run());
        }
        let moment = Duration::from_millis(self.rng.random_range(200..=1500));
        tokio::time::sleep(moment).await;
        let recovery = match kill {
            Kill::Server => {
                self.server.kill().await?;
                stop.store(true, Ordering::Relaxed);
                self.restart().await?
            }
            Kill::Database => {
                let recovery = self.crash_database().await?;
                // What is written right after the recovery counts too.
                tokio::time::sleep(Duration::from_millis(200)).await;
                stop.store(true, Ordering::Relaxed);
                recovery
            }
        };
        let mut ledger = Ledger::default();
        while let Some(part) = clients.join_next().await {
            ledger.merge(part?);
        }
        let counts = Counts {
            acknowledged: ledger.acknowledged,
            unknown: ledger.unknown,
            away: ledger.away,
        };
        let mut found = Found::default();
        found.wrong.extend(self.look().await?);
        found.merge(check(&self.api, ledger, &shared, &since).await?);
        Ok((counts, found, recovery))
    }

    async fn restart(&mut self) -> Result<Duration, Failure> {
        let began = Instant::now();
        self.server = self.set.serve(&self.api, &[]).await?;
        Ok(began.elapsed())
    }

    /// Kills the database and starts it again; how long `dmt` takes from then on.
    async fn crash_database(&mut self) -> Result<Duration, Failure> {
        self.database.kill().await?;
        self.database.start().await?;
        let recovery = self.api.wait_until_ready(RECOVERY).await?;
        if self.server.is_running() {
            Ok(recovery)
        } else {
            Err("dmt ended with its database".into())
        }
    }

    /// What the database itself and `dmt audit verify` find.
    async fn look(&self) -> Result<Vec<String>, Failure> {
        let mut found = self.set.verify().await?;
        if self.database.engine == Engine::Sqlite {
            let said = self.database.texts("PRAGMA integrity_check").await?;
            if said != ["ok"] {
                found.extend(said);
            }
        }
        Ok(found)
    }
}
