//! What is asked: tables of what reports, lists and searches take, and the addresses that they make.

use reqwest::Url;
use serde_json::{Map, Value as Json};

use super::Kind;
use super::sample::Sample;
use crate::Failure;

/// One question, and how many of its pages are read.
pub(super) struct Question {
    pub(super) kind: Kind,
    pub(super) person: &'static str,
    /// Below `/api/v1`, with a query.
    pub(super) path: String,
    pub(super) pages: usize,
    /// Whether the answer differs from one moment to the next: how long records have been in a state, what is overdue.
    pub(super) is_of_the_moment: bool,
}

/// A parameter and its value.
type Pair = (&'static str, String);

/// Several.
type Pairs = Vec<Pair>;

/// A parameter of the list, and values that are asked for one by one.
type Filter = (&'static str, &'static [&'static str]);

#[rustfmt::skip]
const FILTERS: &[Filter] = &[
    ("status", &["open", "closed", "!void", "reported,analysis", "void"]),
    ("severity", &["critical", "major,minor", "none", "!minor"]),
    ("origin", &["customer", "!in_process", "receiving,supplier"]),
    ("part", &["PN-1*", "!PN-1*", "PN-999"]),
    ("customer", &["any", "none"]),
    ("supplier", &["any", "none"]),
    ("assignee", &["me", "none", "!me"]),
    ("reported_by", &["inspector", "!inspector,!operator"]),
    ("failure_code", &["none", "any", "WELD-CRACK,SURFACE-RUST", "!WELD-CRACK"]),
    ("cause", &["any", "none", "MACHINE"]),
    ("lot_number", &["any", "none"]),
    ("work_order", &["any", "none"]),
    ("reported_after", &["-30d", "-6m", "today"]),
    ("reported_before", &["-1y"]),
    ("detected_after", &["-2w"]),
    ("detected_before", &["-1y"]),
    ("due_after", &["today"]),
    ("due_before", &["today"]),
    ("closed_after", &["-9w"]),
    ("closed_before", &["-1y"]),
    ("updated_after", &["-30d"]),
    ("updated_before", &["-6m"]),
    ("quantity_defective", &["1..5", "10..", "..3", "7"]),
    ("cost_total", &["0", "..-0.01", "100..500", "1000.."]),
    ("is_contained", &["true", "false"]),
    ("on_hold", &["true", "false"]),
    ("overdue", &["true", "false"]),
    ("filter", &["severity:major status:open", "-status:closed,void -severity:none", "reported:-90d cost:..50", "part:PN-1* -supplier:none"]),
];

/// Parameters that name what the sample does, and where it does.
#[rustfmt::skip]
const SAMPLED: &[(&str, &[&str])] = &[
    ("tag_number", &["tag_number"]),
    ("part_id", &["part", "id"]),
    ("part", &["part", "number"]),
    ("work_center_id", &["work_center", "id"]),
    ("work_center", &["work_center", "code"]),
    ("customer_id", &["customer", "id"]),
    ("customer", &["customer", "code"]),
    ("supplier_id", &["supplier", "id"]),
    ("supplier", &["supplier", "code"]),
    ("assignee_id", &["assignee", "id"]),
    ("reported_by_id", &["reported_by", "id"]),
    ("lot_number", &["lot_number"]),
    ("work_order", &["work_order"]),
];

/// Filters of reports besides: those that sums are kept by are among [`SAMPLED`].
#[rustfmt::skip]
const NARROW: &[Filter] = &[
    ("severity", &["critical,major"]), ("status", &["open", "closed"]), ("origin", &["customer"]), ("part", &["PN-1*"]),
    ("assignee", &["none"]), ("cost_total", &["100.."]), ("q", &["crack", "裂纹"]),
    ("filter", &["severity:major -supplier:none", "closed:-1y"]),
];

const SORTS: [&str; 4] = ["-reported_at", "reported_at", "-updated_at", "tag_number"];

/// How many pages of a filter are read.
const PAGES: usize = 8;

/// The searches, by language.
const SEARCHES: &str = include_str!("../../../testdata/searches.json");

/// All of them.
pub(super) fn all(sample: &Sample) -> Result<Vec<Question>, Failure> {
    let mut all = reports(sample)?;
    all.extend(charts(sample)?);
    all.extend(lists(sample)?);
    all.extend(files(sample)?);
    all.extend(searches()?);
    Ok(all)
}

impl Question {
    fn new(kind: Kind, path: &str, pairs: &[&[Pair]]) -> Result<Self, Failure> {
        let pairs = pairs.concat();
        let moment = path == "/reports/flow"
            || path == "/reports/summary"
            || pairs.iter().any(|(name, _)| *name == "overdue");
        Ok(Self {
            kind,
            person: "manager",
            path: address(path, &pairs)?,
            pages: 1,
            is_of_the_moment: moment,
        })
    }

    fn pages(self, pages: usize) -> Self {
        Self { pages, ..self }
    }

    fn by(self, person: &'static str) -> Self {
        Self { person, ..self }
    }
}

/// A path with its query, written as addresses want it.
fn address(path: &str, pairs: &[Pair]) -> Result<String, Failure> {
    let url = Url::parse_with_params("http://dmt.test", pairs)?;
    Ok(format!("{path}?{}", url.query().unwrap_or_default()))
}

fn pair(name: &'static str, value: &str) -> Pair {
    (name, value.to_owned())
}

/// Every value of a table of filters by itself.
fn each(filters: &[Filter]) -> Vec<Pairs> {
    let mut each = Vec::new();
    for &(name, values) in filters {
        each.extend(values.iter().map(|value| vec![pair(name, value)]));
    }
    each
}

/// What the sample is found by.
fn sampled(sample: &Sample) -> Vec<Pairs> {
    let values = SAMPLED.iter().filter_map(|&(name, path)| {
        let value = sample.value(path)?;
        Some(vec![(name, value)])
    });
    let external = sample.external.iter();
    let external = external.map(|id| vec![pair("external_id", id)]);
    values.chain(external).collect()
}

/// Every report in every way.
fn ways() -> Vec<(&'static str, Pairs)> {
    let mut ways = Vec::new();
    for by in [
        "failure_code",
        "part",
        "work_center",
        "supplier",
        "cause",
        "disposition",
    ] {
        for measure in ["records", "quantity", "cost"] {
            ways.push(("pareto", vec![pair("by", by), pair("measure", measure)]));
        }
        ways.push(("pareto", vec![pair("by", by), pair("top", "3")]));
    }
    for interval in ["day", "week", "month"] {
        ways.push(("trend", vec![pair("interval", interval)]));
        ways.push(("copq", vec![pair("interval", interval)]));
    }
    for by in ["part", "supplier", "work_center"] {
        ways.push(("copq", vec![pair("by", by)]));
    }
    ways.push(("suppliers", vec![pair("top", "5")]));
    for report in ["suppliers", "ageing", "flow", "summary"] {
        ways.push((report, Vec::new()));
    }
    ways
}

/// All days, a part of them whose ends lie within months, and what is shown unless one says.
fn periods(sample: &Sample) -> [Pairs; 3] {
    let [first, last] = &sample.days;
    let within = last.get(..4).unwrap_or_default();
    [
        vec![pair("from", first), pair("to", last)],
        vec![pair("from", &format!("{within}-01-03")), pair("to", last)],
        Vec::new(),
    ]
}

fn reports(sample: &Sample) -> Result<Vec<Question>, Failure> {
    let filters = [vec![Vec::new()], each(NARROW), sampled(sample)].concat();
    let mut asked = Vec::new();
    for (report, way) in ways() {
        let path = format!("/reports/{report}");
        for period in periods(sample) {
            if report == "summary" && !period.is_empty() {
                continue;
            }
            for filter in &filters {
                let pairs: [&[Pair]; 3] = [&way, &period, filter];
                asked.push(Question::new(Kind::Reports, &path, &pairs)?);
            }
            for form in ["csv", "svg"] {
                let form = [pair("format", form)];
                asked.push(Question::new(
                    Kind::Reports,
                    &path,
                    &[&way, &period, &form],
                )?);
            }
            asked.push(Question::new(Kind::Reports, &path, &[&way, &period])?.by("viewer"));
        }
    }
    Ok(asked)
}

/// Charts of each kind over samples, days and weeks; those that a kind does not allow are refused everywhere.
fn charts(sample: &Sample) -> Result<Vec<Question>, Failure> {
    let lines = sample.lines.iter().map(|(part, place)| {
        let ids = [
            ("part_id", part.to_string()),
            ("work_center_id", place.to_string()),
        ];
        ids.to_vec()
    });
    let scopes: Vec<Pairs> = lines.chain([Vec::new()]).collect();
    let besides = [
        Vec::new(),
        vec![pair("exclude", "1,2"), pair("rules", "1,4")],
        vec![pair("format", "csv")],
        vec![pair("format", "svg")],
    ];
    let mut asked = Vec::new();
    for chart in ["p", "np", "c", "u"] {
        for subgroup in ["sample", "day", "week"] {
            let kind = [pair("chart", chart), pair("subgroup", subgroup)];
            for scope in &scopes {
                for more in &besides {
                    let path = "/reports/control-chart";
                    asked.push(Question::new(Kind::Charts, path, &[&kind, scope, more])?);
                }
            }
        }
    }
    Ok(asked)
}

/// The list with every filter in every order, the whole of it in every order, and the list of inspections.
fn lists(sample: &Sample) -> Result<Vec<Question>, Failure> {
    let mut asked = Vec::new();
    let filters = [each(FILTERS), sampled(sample)].concat();
    for sort in SORTS {
        let sort = [pair("sort", sort)];
        for filter in &filters {
            let page = [pair("limit", "50"), pair("count", "true")];
            let question = Question::new(Kind::Lists, "/defects", &[filter, &sort, &page])?;
            asked.push(question.pages(PAGES));
        }
        // Two that hold together, and a page that is no whole number of others.
        let both = [pair("status", "open"), pair("severity", "critical,major")];
        let page = [pair("limit", "7"), pair("count", "exact")];
        let question = Question::new(Kind::Lists, "/defects", &[&both, &sort, &page])?;
        asked.push(question.pages(PAGES));
        let question = Question::new(Kind::Lists, "/defects", &[&sort, &[pair("limit", "200")]])?;
        asked.push(question.pages(usize::MAX));
    }
    for sort in ["-inspected_at", "inspected_at"] {
        for failed in [
            vec![],
            vec![pair("failed", "true")],
            vec![pair("failed", "false")],
        ] {
            let page = [
                pair("sort", sort),
                pair("limit", "20"),
                pair("count", "true"),
            ];
            let question = Question::new(Kind::Lists, "/inspections", &[&failed, &page])?;
            asked.push(question.pages(usize::MAX));
        }
    }
    Ok(asked)
}

/// The whole list as a file in every order, and what some filters find.
fn files(sample: &Sample) -> Result<Vec<Question>, Failure> {
    let mut asked = Vec::new();
    for sort in ["-reported_at", "reported_at", "tag_number"] {
        let sort = [pair("sort", sort)];
        asked.push(Question::new(Kind::Files, "/defects/export", &[&sort])?);
    }
    for filter in [each(NARROW), sampled(sample)].concat() {
        asked.push(Question::new(Kind::Files, "/defects/export", &[&filter])?);
        let file = Question::new(Kind::Files, "/defects/export", &[&filter])?;
        asked.push(file.by("viewer"));
    }
    Ok(asked)
}

/// Each search by itself, with filters, in another order, and as people write it.
fn searches() -> Result<Vec<Question>, Failure> {
    let known: Map<String, Json> = serde_json::from_str(SEARCHES)?;
    let texts = known.values().filter_map(Json::as_array).flatten();
    let mut asked = Vec::new();
    for text in texts.filter_map(Json::as_str) {
        for pairs in [
            vec![pair("q", text), pair("count", "exact")],
            vec![
                pair("q", text),
                pair("status", "open"),
                pair("sort", "-reported_at"),
            ],
            vec![
                pair("q", text),
                pair("severity", "major,none"),
                pair("part", "PN-1*"),
            ],
            vec![pair("filter", text)],
        ] {
            let page = [pair("limit", "20")];
            let question = Question::new(Kind::Searches, "/defects", &[&pairs, &page])?;
            asked.push(question.pages(5));
        }
    }
    Ok(asked)
}
