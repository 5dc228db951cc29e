//! `outages`: takes the database away in every way, and watches what is answered, for how long, and how soon all is
//! well again.

use std::time::{Duration, Instant};

use clap::Args as ClapArgs;
use futures_util::future::join_all;

use crate::client::Api;
use crate::database::{Database, Engine};
use crate::dmt::{Server, Set};
use crate::fault::{self, Fault, Readiness};
use crate::load::{Book, Load};
use crate::proxy::Proxy;
use crate::storm::Ground;
use crate::{Failure, table};

#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    /// Which databases; all unless said
    #[arg(long, value_delimiter = ',')]
    database: Vec<Engine>,
    /// Only the faults whose name holds this
    #[arg(long, default_value = "")]
    fault: String,
}

/// What `dmt` is told: how long a request may take, and wait for a connection; how many connections it may have.
const TIMEOUT: u64 = 3;
const SETTINGS: [(&str, &str); 3] = [
    ("DMT_REQUEST_TIMEOUT_SECS", "3"),
    ("DMT_DB_ACQUIRE_TIMEOUT_SECS", "1"),
    ("DMT_DB_MAX_CONNECTIONS", "10"),
];
const CONNECTIONS: u32 = 10;
/// A busy machine is late.
const LATE: Duration = Duration::from_millis(1000);
/// How long `/ready` may take, and `/health`.
const READY: Duration = Duration::from_secs(3);
const HEALTH: Duration = Duration::from_millis(1000);
/// How long it may take until all is well again, and how long it has to stay so.
const RECOVERY: Duration = Duration::from_secs(30);
const WELL: Duration = Duration::from_secs(1);

/// How long connections may take to go back to their pool.
const GIVEN_BACK: Duration = Duration::from_secs(5);

/// Runs all that is asked for, the engines side by side; true if nothing is wrong.
pub(crate) async fn run(args: Args) -> Result<bool, Failure> {
    let engines = if args.database.is_empty() {
        Engine::ALL.to_vec()
    } else {
        args.database
    };
    let all = engines
        .into_iter()
        .map(|engine| all_faults(engine, &args.fault));
    let mut rows = Vec::new();
    let mut wrong = Vec::new();
    for seen in join_all(all).await {
        let (more, found) = seen?;
        rows.extend(more);
        wrong.extend(found);
    }
    println!("requests may take {TIMEOUT} s");
    table::print(
        &[
            "database",
            "fault",
            "lasts",
            "answers",
            "longest",
            "/ready",
            "longest",
            "/health",
            "well after",
            "connections",
        ],
        &rows,
    );
    for line in &wrong {
        println!("WRONG: {line}");
    }
    Ok(wrong.is_empty())
}

type Rows = (Vec<Vec<String>>, Vec<String>);

async fn all_faults(engine: Engine, wanted: &str) -> Result<Rows, Failure> {
    let scene = Scene::set(engine).await?;
    let (mut rows, mut wrong) = (Vec::new(), Vec::new());
    let faults = Fault::of(engine).iter();
    let can_be = |fault: &Fault| *fault != Fault::DiskFull || scene.database.can_be_full();
    for fault in faults.filter(|fault| fault.name().contains(wanted) && can_be(fault)) {
        let seen = scene.suffer(*fault).await?;
        let found = seen.wrong(*fault);
        wrong.extend(
            found
                .into_iter()
                .map(|what| format!("{}, {}: {what}", engine.name(), fault.name())),
        );
        rows.push(seen.row(engine, *fault));
        eprintln!("{}: {} is over", engine.name(), fault.name());
    }
    wrong.extend(scene.set.faults()?.into_iter().take(10));
    Ok((rows, wrong))
}

/// A database behind a proxy, a server, and who asks it.
struct Scene {
    database: Database,
    proxy: Option<Proxy>,
    set: Set,
    _server: Server,
    api: Api,
    ground: Ground,
}

impl Scene {
    async fn set(engine: Engine) -> Result<Self, Failure> {
        let database = Database::create_small(engine).await?;
        let proxy = match database.port() {
            Some(port) => Some(Proxy::to(port).await?),
            None => None,
        };
        let url = match &proxy {
            Some(proxy) => database.url_at(proxy.port),
            None => database.url(),
        };
        let set = Set::new(database.logs.path(), &url, &SETTINGS)?;
        set.demo(20).await?;
        let mut api = Api::new(&set.root(), Duration::from_secs(60))?;
        let server = set.serve(&api, &[]).await?;
        api.sign_in().await?;
        let ground = Ground::find(&api).await?;
        Ok(Self {
            database,
            proxy,
            set,
            _server: server,
            api,
            ground,
        })
    }

    async fn suffer(&self, fault: Fault) -> Result<Seen, Failure> {
        let load = Load::start(&self.api, &self.ground, fault.name());
        tokio::time::sleep(Duration::from_millis(500)).await;
        let proxy = self.proxy.as_ref();
        let hold = fault::begin(fault, &self.database, proxy).await?;
        let began = Instant::now();
        tokio::time::sleep(fault.lasts()).await;
        let ended = Instant::now();
        fault::end(fault, hold, &self.database, proxy).await?;
        let over = Instant::now();
        while !load.is_well_for(WELL) && over.elapsed() < RECOVERY {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let book = load.end().await;
        let last_bad = book
            .requests
            .iter()
            .filter(|told| told.status >= 300 || told.status == 0)
            .map(|told| told.at + told.took)
            .max();
        let (connections, idle) = self.given_back().await?;
        Ok(Seen {
            lasted: ended - began,
            is_well: over.elapsed() < RECOVERY,
            well_after: last_bad.map_or(Duration::ZERO, |at| at.saturating_duration_since(over)),
            not_ready: book
                .ready
                .iter()
                .any(|look| !look.is_ok && look.at + look.took >= began && look.at < ended),
            connections,
            idle,
            book,
        })
    }
}

impl Scene {
    /// How many connections there are, and how many are idle, once all are: they go back behind the answers, and those
    /// that do not answer are waited for.
    async fn given_back(&self) -> Result<(u32, u32), Failure> {
        let began = Instant::now();
        loop {
            let all = self.api.metric("dmt_db_connections").await?;
            let idle = self.api.metric("dmt_db_connections_idle").await?;
            if all == idle || began.elapsed() > GIVEN_BACK {
                return Ok((all, idle));
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

/// What was seen of a fault.
struct Seen {
    lasted: Duration,
    is_well: bool,
    well_after: Duration,
    not_ready: bool,
    connections: u32,
    idle: u32,
    book: Book,
}

impl Seen {
    fn longest(&self) -> Duration {
        let all = self.book.requests.iter().map(|told| told.took);
        all.max().unwrap_or_default()
    }

    fn longest_ready(&self) -> Duration {
        let all = self.book.ready.iter().map(|look| look.took);
        all.max().unwrap_or_default()
    }

    fn longest_health(&self) -> Duration {
        let all = self.book.health.iter().map(|look| look.took);
        all.max().unwrap_or_default()
    }

    fn row(&self, engine: Engine, fault: Fault) -> Vec<String> {
        let seconds = |time: Duration| format!("{:.2} s", time.as_secs_f64());
        let ready = if self.not_ready { "503" } else { "200" };
        vec![
            engine.name().to_owned(),
            fault.name().to_owned(),
            seconds(self.lasted),
            self.book.statuses(),
            seconds(self.longest()),
            ready.to_owned(),
            seconds(self.longest_ready()),
            seconds(self.longest_health()),
            seconds(self.well_after),
            format!("{} ({} idle)", self.connections, self.idle),
        ]
    }

    fn wrong(&self, fault: Fault) -> Vec<String> {
        let mut wrong: Vec<String> = self
            .book
            .requests
            .iter()
            .filter_map(|told| Some(format!("{}: {}", told.status, told.wrong.as_ref()?)))
            .take(5)
            .collect();
        let mut must = |is_so: bool, what: &str| {
            if !is_so {
                wrong.push(what.to_owned());
            }
        };
        let timeout = Duration::from_secs(TIMEOUT);
        must(self.is_well, "all was not well again in time");
        must(self.longest() < timeout + LATE, "an answer took too long");
        must(self.longest_ready() < READY + LATE, "/ready took too long");
        must(self.longest_health() < HEALTH, "/health took too long");
        must(
            self.book.health.iter().all(|look| look.is_ok),
            "/health did not stay up",
        );
        // SQLite has a writer of its own besides.
        must(
            self.connections <= CONNECTIONS + 1,
            "there are too many connections",
        );
        // The driver waits without limit for a connection that was on its way back when it died.
        let may_miss = if fault == Fault::Silent {
            CONNECTIONS / 2
        } else {
            0
        };
        must(
            self.connections - self.idle <= may_miss,
            "connections were not given back",
        );
        match fault.readiness() {
            Readiness::Not => must(self.not_ready, "/ready said yes"),
            Readiness::Still => must(!self.not_ready, "/ready said no"),
            Readiness::Either => {}
        }
        wrong
    }
}
