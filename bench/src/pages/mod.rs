//! `pages`: how soon each page begins to come on a system of many records. One browser asks for it again and again, over a
//! connection that is kept; what depends on a record is asked for records drawn at random.
//!
//! The data is that of `speed`, in a copy; corrective action requests are added to it, which a demo has none of.

mod visitor;

use std::path::PathBuf;
use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use reqwest::Method;
use serde_json::json;

use crate::client::{Answer, Api, Request};
use crate::database::Engine;
use crate::dmt::Set;
use crate::speed::data::Site;
use crate::speed::place::Kind;
use crate::times::Times;
use crate::{Failure, dmt, table};
use visitor::Visitor;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which databases
    #[arg(long, value_delimiter = ',', default_value = "sqlite")]
    database: Vec<Engine>,
    /// How many records there are
    #[arg(long, default_value_t = 200_000)]
    records: u32,
    /// How often each page is asked for
    #[arg(long, default_value_t = 200)]
    requests: u32,
    /// Only pages with this in their address
    #[arg(long, default_value = "")]
    only: String,
    /// Make the data anew
    #[arg(long)]
    anew: bool,
    /// Where data is kept
    #[arg(long)]
    folder: Option<PathBuf>,
}

/// Within how many milliseconds the first byte of 95 of 100 has to be there.
const GOAL: f64 = 50.0;
const PERCENT: usize = 95;

/// What is asked before it counts.
const WARM_UP: u32 = 20;

/// How many corrective action requests are raised: more than their list shows at once.
const CORRECTIVE: u32 = 60;

/// How long the client that prepares waits for an answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// The pages, by who asks for them. `{record}` is another one each time; `{part}` and `{request}` are one of each.
#[rustfmt::skip]
const PAGES: &[(&str, &[&str])] = &[
    ("manager", &[
        "/", "/me", "/floor", "/floor?part_id={part}",
        "/defects", "/defects?status=open&sort=-updated_at", "/defects?filter=severity%3Amajor+status%3Aopen+part%3APN-1*",
        "/defects?q=crack", "/defects?q=weld+crack", "/defects?q=%22paint+run%22&status=open", "/board",
        "/defects/{record}", "/defects/{record}/history", "/defects/{record}/disposition-lines",
        "/defects/{record}/tag", "/defects/{record}/form", "/defects/{record}/mrb",
        "/corrective-actions", "/corrective-actions?defect_id=1", "/corrective-actions/{request}",
        "/corrective-actions/{request}/form", "/corrective-actions/new?defect={record}",
        "/reports", "/reports/pareto", "/reports/trend", "/reports/ageing", "/reports/flow", "/reports/copq",
        "/reports/suppliers", "/reports/control-chart", "/reports/control-chart?chart=p&part_id={part}",
    ]),
    ("admin", &[
        "/admin", "/admin/users", "/admin/users/new", "/admin/parts", "/admin/parts?q=PN-1", "/admin/parts/{part}",
        "/admin/work-centers", "/admin/partners", "/admin/codes", "/admin/codes/failure_code", "/admin/approval-rules",
        "/admin/due-rules", "/admin/rights", "/admin/webhooks", "/admin/outbox", "/admin/imports", "/admin/imports/parts",
        "/admin/audit", "/admin/audit/check?entity=defect&id={record}", "/admin/system",
    ]),
];

/// Runs it on each database; true if every page is soon enough.
pub(crate) async fn run(args: Args) -> Result<bool, Failure> {
    let folder = args.folder.clone();
    let folder = folder.unwrap_or_else(|| dmt::target().join("bench"));
    let mut rows = Vec::new();
    let mut is_well = true;
    for engine in &args.database {
        let site = Site::open(*engine, &folder).await?;
        let measured = measure(&site, &args).await;
        site.close().await?;
        for page in measured? {
            is_well &= page.is_soon();
            rows.push(page.row(*engine));
        }
    }
    if rows.is_empty() {
        return Err(format!("no page has {} in its address", args.only).into());
    }
    let headings = [
        "database", "page", "kB sent", "p50 ms", "p95 ms", "max ms", "goal",
    ];
    table::print(&headings, &rows);
    println!(
        "\nfirst byte of {} requests each, {} records; goal: p{PERCENT} of at most {GOAL} ms",
        args.requests,
        table::thousands(f64::from(args.records)),
    );
    Ok(is_well)
}

/// All pages on a copy of the data.
async fn measure(site: &Site, args: &Args) -> Result<Vec<Measured>, Failure> {
    site.make(Kind::Dmt, args.records, args.anew).await?;
    let place = site.copy_for_dmt(args.records).await?;
    let logs = tempfile::tempdir()?;
    let set = Set::new(logs.path(), &place.url(), &[("DMT_NOTIFY", "off")])?;
    let mut api = Api::new(&set.root(), PATIENCE)?;
    let mut server = set.serve(&api, &[]).await?;
    api.sign_in().await?;
    let ground = Ground::lay(&api, args.records).await?;
    let mut measured = Vec::new();
    for (who, pages) in PAGES {
        let visitor = Visitor::sign_in(&set.root(), who).await?;
        for page in pages.iter().filter(|page| page.contains(&args.only)) {
            measured.push(ground.ask(&visitor, page, args.requests).await?);
        }
    }
    server.kill().await?;
    site.forget_dmt(args.records).await?;
    Ok(measured)
}

/// What addresses stand for.
struct Ground {
    records: u32,
    part: i64,
    request: i64,
}

impl Ground {
    /// Raises corrective action requests, about the first record each, and finds a part.
    async fn lay(api: &Api, records: u32) -> Result<Self, Failure> {
        let (parts, _) = api.read("/parts?limit=1").await?;
        let part = parts["items"][0]["id"].as_i64();
        let mut request = None;
        for number in 0..CORRECTIVE {
            let body = json!({"title": format!("Cracks, case {number}"), "description": "They come back.",
                "severity": "major", "defect_ids": [1]});
            let raise = Request {
                method: Method::POST,
                body: Some(body),
                ..Request::get("manager", "/corrective-actions")
            };
            match api.send(&raise).await {
                Answer::Done { body, .. } => request = body["id"].as_i64(),
                other => return Err(format!("no request could be raised: {other:?}").into()),
            }
        }
        Ok(Self {
            records,
            part: part.ok_or("there is no part")?,
            request: request.ok_or("there is no request")?,
        })
    }

    async fn ask(
        &self,
        visitor: &Visitor,
        page: &'static str,
        requests: u32,
    ) -> Result<Measured, Failure> {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let (mut times, mut most) = (Vec::new(), 0);
        for number in 0..WARM_UP + requests {
            let record = rng.random_range(1..=self.records);
            let came = visitor.ask(&self.address(page, record)).await?;
            if number >= WARM_UP {
                times.push(came.after);
                most = most.max(came.bytes);
            }
        }
        Ok(Measured {
            page,
            times: Times::of(times.into_iter()),
            most,
        })
    }

    fn address(&self, page: &str, record: u32) -> String {
        page.replace("{record}", &record.to_string())
            .replace("{part}", &self.part.to_string())
            .replace("{request}", &self.request.to_string())
    }
}

/// A page, and how soon it came.
struct Measured {
    page: &'static str,
    times: Times,
    /// Bytes of the largest answer.
    most: usize,
}

impl Measured {
    fn is_soon(&self) -> bool {
        self.times.at(PERCENT).is_some_and(|time| time <= GOAL)
    }

    fn row(&self, engine: Engine) -> Vec<String> {
        let reached = if self.is_soon() {
            "reached"
        } else {
            "not reached"
        };
        vec![
            engine.name().to_owned(),
            self.page.to_owned(),
            format!("{:.1}", self.most as f64 / 1e3),
            self.times.shown(50),
            self.times.shown(PERCENT),
            self.times.shown(100),
            reached.to_owned(),
        ]
    }
}
