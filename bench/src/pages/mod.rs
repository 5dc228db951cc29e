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

/// The pages, by who asks for them. `{record}` is another one each time; the other names stand for one of each. All pages are in
/// `api/tests/browser/pages.rs`; those of one webhook, note, file, entry, root cause or action are not here.
#[rustfmt::skip]
const PAGES: &[(&str, &[&str])] = &[
    ("manager", &[
        "/", "/me", "/me/notifications", "/floor", "/floor?part_id={part}", "/floor/reports/{record}",
        "/defects", "/defects?status=open&sort=-updated_at", "/defects?filter=severity%3Amajor+status%3Aopen+part%3APN-1*",
        "/defects?q=crack", "/defects?q=weld+crack", "/defects?q=%22paint+run%22&status=open", "/board",
        "/defects/{record}", "/defects/{record}/history", "/defects/{record}/disposition-lines",
        "/defects/{record}/labor-entries", "/defects/{record}/cost-entries", "/defects/{record}/approvals",
        "/defects/{record}/signatures", "/defects/{record}/notes", "/defects/{record}/attachments",
        "/defects/{record}/serials", "/defects/{record}/links", "/defects/{executing}/disposition-lines/{line}",
        "/defects/{executing}/transitions/return_to_disposition", "/defects/{executing}/translations/{language}",
        "/defects/{record}/tag", "/defects/{record}/form", "/defects/{record}/mrb",
        "/corrective-actions", "/corrective-actions?defect_id=1", "/corrective-actions/{request}",
        "/corrective-actions/{request}/head", "/corrective-actions/{request}/steps/d0", "/corrective-actions/{request}/history",
        "/corrective-actions/{request}/form", "/corrective-actions/new?defect={record}",
        "/inspections", "/inspections?failed=true&from=2020-01-01", "/inspections/new", "/inspections/import",
        "/inspections/{inspection}",
        "/reports", "/reports/pareto", "/reports/trend", "/reports/ageing", "/reports/flow", "/reports/copq",
        "/reports/suppliers", "/reports/control-chart", "/reports/control-chart?chart=p&part_id={part}",
    ]),
    ("admin", &[
        "/admin", "/admin/users", "/admin/users/new", "/admin/users/{user}",
        "/admin/parts", "/admin/parts?q=PN-1", "/admin/parts/new", "/admin/parts/{part}",
        "/admin/work-centers", "/admin/work-centers/new", "/admin/work-centers/{center}",
        "/admin/partners", "/admin/partners/new", "/admin/partners/{partner}",
        "/admin/codes", "/admin/codes/failure_code", "/admin/codes/failure_code/new", "/admin/codes/failure_code/{code}",
        "/admin/concessions", "/admin/concessions/new", "/admin/concessions/{concession}",
        "/admin/approval-rules", "/admin/approval-rules/new", "/admin/approval-rules/{rule}",
        "/admin/due-rules", "/admin/due-rules/new", "/admin/due-rules/{due}", "/admin/repeat-rule", "/admin/rights",
        "/admin/webhooks", "/admin/webhooks/new", "/admin/outbox", "/admin/imports", "/admin/imports/parts",
        "/admin/audit", "/admin/audit/check?entity=defect&id={record}", "/admin/system", "/set-up/demo",
    ]),
];

/// The names of which the first row of a list is meant.
const FIRST: &[(&str, &str)] = &[
    ("{part}", "/parts"),
    ("{center}", "/work-centers"),
    ("{partner}", "/partners"),
    ("{user}", "/users/names"),
    ("{code}", "/codes/failure_code"),
    ("{concession}", "/concessions"),
    ("{rule}", "/approval-rules"),
    ("{due}", "/due-rules"),
    ("{inspection}", "/inspections"),
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
    /// What is the same each time.
    named: Vec<(&'static str, String)>,
}

impl Ground {
    /// Raises corrective action requests, and finds one of everything else.
    async fn lay(api: &Api, records: u32) -> Result<Self, Failure> {
        let mut named = Vec::new();
        for (name, list) in FIRST {
            named.push((*name, first(api, list).await?));
        }
        let executing = first(api, "/defects?status=execution").await?;
        let record = format!("/defects/{executing}");
        let line = first(api, &format!("{record}/disposition-lines")).await?;
        let (written, _) = api.read(&record).await?;
        // Into its own language a record is not translated.
        let language = if written["language"] == "es" {
            "en"
        } else {
            "es"
        };
        named.extend([
            ("{executing}", executing),
            ("{line}", line),
            ("{language}", language.to_owned()),
            ("{request}", raise(api).await?),
        ]);
        Ok(Self { records, named })
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
        let address = page.replace("{record}", &record.to_string());
        let named = self.named.iter();
        named.fold(address, |address, (name, what)| {
            address.replace(*name, what)
        })
    }
}

/// The id of the first row of a list.
async fn first(api: &Api, list: &str) -> Result<String, Failure> {
    let separator = if list.contains('?') { '&' } else { '?' };
    let (rows, _) = api.read(&format!("{list}{separator}limit=1")).await?;
    let id = rows["items"][0]["id"].as_i64();
    id.map(|id| id.to_string())
        .ok_or_else(|| format!("{list} has no row").into())
}

/// Raises corrective action requests, about the first record each; the id of the last one.
async fn raise(api: &Api) -> Result<String, Failure> {
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
    request
        .map(|id| id.to_string())
        .ok_or_else(|| "there is no request".into())
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
