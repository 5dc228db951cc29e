//! The page of control charts: what is chosen, the chart, its signals in words, its points, and the frozen limits.

use actix_web::http::StatusCode;
use actix_web::{get, web};
use askama::Template;
use service::chart::{self, ChartQuery, ChartView, Rule, figure};
use service::part::{self, PartQuery, PartView};
use service::words::{ChartKind, Subgroup};
use service::{Draft, Error, Result};

use super::asked::{Asked, Preset};
use super::choices::{self, Options};
use super::limits::{self, Limit};
use super::signals::{self, Point, Signal};
use super::view::{self, Shown};
use super::{days, shown_or_refused};
use crate::answer::Reply;
use crate::problem::Problem;
use crate::rest::control_charts;
use crate::web::page::{self, Page};
use crate::web::typed::Typed;
use crate::web::visit::Visit;

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(show_chart);
}

/// Where the page is.
pub(super) const ADDRESS: &str = "/reports/control-chart";

/// What a chart is called in addresses.
pub(super) const NAME: &str = "control-chart";

/// What the points and the limits of a chart depend on.
pub(super) const SCOPE: [&str; 7] = [
    "chart",
    "part_id",
    "work_center_id",
    "from",
    "to",
    "subgroup",
    EXCLUDE,
];

/// The numbers of points that do not count.
const EXCLUDE: &str = "exclude";

/// A field of ours: a part by its number, and its revision where it has several.
const PART: &str = "part_number";

/// A field of ours: within what the points were numbered that [`EXCLUDE`] names.
const OF: &str = "_of";

/// A field of ours: after which frozen limits the list of them goes on.
const LIMITS: &str = "_limits";

#[derive(Template)]
#[template(path = "reports/chart.html")]
pub(super) struct ChartPage {
    page: Page,
    status: StatusCode,
    /// What happened otherwise than it was asked.
    pub(super) notice: Option<String>,
    form: Typed,
    /// Within what the points are numbered.
    numbering: String,
    presets: Vec<Preset>,
    kinds: Options,
    subgroups: Options,
    centers: Options,
    /// Frozen limits that the points may be held against.
    usable: Options,
    rules: Vec<RuleBox>,
    days: String,
    report: Option<Shown>,
    signals: Vec<Signal>,
    points: Vec<Point>,
    /// What leaving points out keeps as it is.
    kept: Vec<(String, String)>,
    /// What limits would be computed from, and what there is to see of it here.
    scope: Vec<(String, String)>,
    pub(super) limits: Vec<Limit>,
    /// Where the list of limits goes on.
    next_limits: Option<String>,
    /// Limits to be frozen.
    pub(super) freezing: Typed,
    may_freeze: bool,
    /// The query of this page, to come back to it.
    back: String,
}

/// A chart that was asked for.
struct Drawn {
    /// What it was asked in the end.
    asked: Asked,
    view: ChartView,
    /// Whether points that were to be left out are counted, because they were those of another chart.
    is_renumbered: bool,
}

/// A rule that can be ticked.
struct RuleBox {
    number: &'static str,
    label: String,
    is_ticked: bool,
}

/// Shows a control chart, or what there is to choose from.
#[get("/reports/control-chart")]
async fn show_chart(visit: Visit) -> Reply {
    let asked = Asked::of(&visit)?.or("subgroup", "sample");
    ChartPage::of(&visit, &asked).await?.answer()
}

impl ChartPage {
    /// The page of a chart that is asked for.
    pub(super) async fn of(visit: &Visit, asked: &Asked) -> std::result::Result<Self, Problem> {
        let page = visit.page("reports");
        let (form, drawn, status) = shown_or_refused(asked, drawn(visit, asked).await)?;
        let drawn = drawn.flatten();
        let bare = asked.without(&[OF, LIMITS]);
        let known = drawn.as_ref().map_or(&bare, |drawn| &drawn.asked);
        let view = drawn.as_ref().map(|drawn| &drawn.view);
        let is_renumbered = drawn.as_ref().is_some_and(|drawn| drawn.is_renumbered);
        let form = if is_renumbered {
            form.without(&[EXCLUDE])
        } else {
            form
        };
        let cursor = asked.value(LIMITS);
        let (limits, next) = limits::of(visit, &page, known, cursor).await?;
        let further = |next: String| known.with(&[(LIMITS, next.as_str())]).query();
        Ok(Self {
            status,
            notice: is_renumbered.then(|| page.t("report-exclude-dropped")),
            form: with_part_number(form, view),
            numbering: view.map_or_else(|| asked.value(OF).to_owned(), |_| numbering(known)),
            presets: known.presets(&page, ADDRESS),
            kinds: options(
                &page,
                "report-chart",
                ChartKind::ALL.iter().map(|kind| kind.word()),
            ),
            subgroups: options(
                &page,
                "subgroup",
                Subgroup::ALL.iter().map(|word| word.word()),
            ),
            centers: choices::centers(visit).await?,
            usable: limits::usable(visit, &page, known, view).await?,
            rules: rules(&page, known),
            days: days(known),
            report: view.map(|view| shown(&page, view, known, true, visit)),
            signals: view.map_or_else(Vec::new, |view| signals::signals(&page, view)),
            points: view.map_or_else(Vec::new, signals::points),
            kept: known.without(&[EXCLUDE, PART]).filled(),
            scope: scope(known, view),
            limits,
            next_limits: next.map(|next| format!("{ADDRESS}?{}#limits-title", further(next))),
            freezing: Typed::default(),
            may_freeze: limits::may_freeze(visit),
            back: known.without(&[PART]).with(&[(LIMITS, cursor)]).query(),
            page,
        })
    }

    /// The frame of the page.
    pub(super) fn frame(&self) -> &Page {
        &self.page
    }

    /// As it is.
    fn answer(&self) -> Reply {
        page::show_as(self.status, self)
    }

    /// With a form that was refused.
    pub(super) fn refused(&self) -> Reply {
        page::show_as(StatusCode::UNPROCESSABLE_ENTITY, self)
    }
}

/// The chart, and what was asked with its part found; none, while no chart is chosen.
async fn drawn(visit: &Visit, asked: &Asked) -> Result<Option<Drawn>> {
    let asked = with_part(visit, asked).await?;
    if asked.value("chart").is_empty() {
        return Ok(None);
    }
    let is_renumbered = is_renumbered(&asked);
    let asked = asked.without(&[OF, LIMITS]);
    let asked = if is_renumbered {
        asked.without(&[EXCLUDE])
    } else {
        asked
    };
    let view = chart::control_chart(&visit.system, &visit.actor, &asked.draft()).await?;
    Ok(Some(Drawn {
        asked,
        view,
        is_renumbered,
    }))
}

/// Within what the points of a chart are numbered.
fn numbering(asked: &Asked) -> String {
    let others = SCOPE.iter().filter(|name| **name != EXCLUDE);
    let said: Vec<&str> = others.map(|name| asked.value(name)).collect();
    said.join("|")
}

/// Whether the points that are to be left out are those of another chart, of which the form came.
fn is_renumbered(asked: &Asked) -> bool {
    let of = asked.value(OF);
    let is_said = !asked.value(EXCLUDE).is_empty() && !of.is_empty();
    is_said && of != numbering(asked)
}

/// What limits would be computed from, and what it comes to as it is shown: frozen is what was seen, or nothing.
fn scope(asked: &Asked, view: Option<&ChartView>) -> Vec<(String, String)> {
    let mut scope = asked.only(&SCOPE).filled();
    let Some(view) = view else {
        return scope;
    };
    let points = || view.points.iter();
    let seen = [
        ("expected_points", view.points.len().to_string()),
        (
            "expected_units",
            points().map(|point| point.n).sum::<i64>().to_string(),
        ),
        (
            "expected_count",
            points().map(|point| point.count).sum::<i64>().to_string(),
        ),
    ];
    scope.extend(seen.map(|(name, value)| (name.to_owned(), value)));
    scope
}

/// With the part that was named by its number.
async fn with_part(visit: &Visit, asked: &Asked) -> Result<Asked> {
    let named = asked.value(PART);
    if named.is_empty() {
        return Ok(asked.without(&[PART]));
    }
    let (code, message) = match parts(visit, named).await?.as_slice() {
        [part] => {
            let id = part.id.to_string();
            return Ok(asked.with(&[(PART, ""), ("part_id", id.as_str())]));
        }
        [] => ("reference", "there is no such part"),
        _ => ("report_revision", "has several revisions; name one"),
    };
    Err(Error::field(PART, code, message))
}

/// The parts of a number, or of a number and a revision behind it.
async fn parts(visit: &Visit, named: &str) -> Result<Vec<PartView>> {
    let found = numbered(visit, named).await?;
    let Some((number, revision)) = named.rsplit_once(' ').filter(|_| found.is_empty()) else {
        return Ok(found);
    };
    let mut found = numbered(visit, number.trim()).await?;
    found.retain(|part| part.revision == revision);
    Ok(found)
}

/// The parts of a number, in all their revisions.
pub(super) async fn numbered(visit: &Visit, number: &str) -> Result<Vec<PartView>> {
    let query = [("number".to_owned(), number.to_owned())];
    let query = Draft::<PartQuery>::pairs(&query);
    let page = part::list(&visit.system, &visit.actor, &query).await?;
    Ok(page.items)
}

/// The form with the part's number, however the part was named.
fn with_part_number(form: Typed, view: Option<&ChartView>) -> Typed {
    let Some(part) = view.and_then(|view| view.part.as_ref()) else {
        return form;
    };
    let number = format!("{} {}", part.number, part.revision);
    let mut pairs = form.without(&[PART, "part_id"]).pairs().to_vec();
    pairs.push((PART.to_owned(), number));
    Typed::with(pairs)
}

fn options(page: &Page, kind: &str, words: impl Iterator<Item = &'static str>) -> Options {
    words
        .map(|word| (word.to_owned(), page.word(kind, word)))
        .collect()
}

/// The rules; all of them are ticked where nothing is said.
fn rules(page: &Page, asked: &Asked) -> Vec<RuleBox> {
    let said = asked.value("rules");
    let rule = |rule: &Rule| RuleBox {
        number: rule.word(),
        label: page.word("report-rule", rule.word()),
        is_ticked: said.is_empty() || said.split(',').any(|word| word == rule.word()),
    };
    Rule::ALL.iter().map(rule).collect()
}

/// A chart as other reports are shown; `within` says that its drawing stands in the page.
pub(super) fn shown(
    page: &Page,
    view: &ChartView,
    asked: &Asked,
    within: bool,
    visit: &Visit,
) -> Shown {
    let title = title(page, view);
    let is_empty = view.points.is_empty() && view.excluded.is_empty();
    let picture = (within && !is_empty).then(|| chart::picture(view, visit.actor.language));
    Shown {
        name: NAME,
        said: said(page, view),
        is_empty,
        query: asked.query(),
        drawing: picture.and_then(|svg| view::drawing(&svg)),
        grids: vec![signals::grid(page, view, title.clone())],
        title,
    }
}

fn title(page: &Page, view: &ChartView) -> String {
    let mut title = page.word("chart", view.chart.word());
    if let Some(part) = &view.part {
        title.push_str(&format!(
            " · {} {} {}",
            part.number, part.revision, part.name
        ));
    }
    if let Some(place) = &view.work_center {
        title.push_str(&format!(" · {} {}", place.code, place.name));
    }
    title
}

/// What there is to see.
fn said(page: &Page, view: &ChartView) -> String {
    let Some(center) = view.center else {
        return page.t("report-chart-empty");
    };
    let (points, center) = (view.points.len().to_string(), figure(center));
    let figures = [("points", points.as_str()), ("center", center.as_str())];
    let numbers = signals::numbers(view);
    let signals = match numbers.as_str() {
        "" => page.t("report-chart-no-signals"),
        numbers => page.with("report-chart-signals", &[("points", numbers)]),
    };
    format!("{} {signals}", page.with("report-chart-said", &figures))
}

/// Answers a chart as a file or a drawing.
pub(super) async fn file(visit: &Visit, asked: &Asked) -> Reply {
    let draft: Draft<ChartQuery> = with_part(visit, asked).await?.draft();
    let view = chart::control_chart(&visit.system, &visit.actor, &draft).await?;
    control_charts::answered(&view, chart::form(&draft)?, visit.actor.language)
}
