//! Frozen limits on the page of control charts: those that there are, computing new ones, approving, retiring.

use actix_web::{post, web};
use service::chart::{ChartView, figure};
use service::control_limit::{
    self, ControlLimitQuery, ControlLimitView, LimitRights, NewControlLimit, Retirement,
};
use service::page::Page as Found;
use service::words::LimitStatus;
use service::{Error, Result};

use super::asked::{Asked, query, told};
use super::chart::{ADDRESS, ChartPage, SCOPE};
use super::choices::Options;
use crate::answer::Reply;
use crate::extract;
use crate::problem::Problem;
use crate::web::page::{Page, go};
use crate::web::typed::Typed;
use crate::web::visit::{Posted, Visit};

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(freeze).service(approve).service(retire);
}

/// Frozen limits, as the page shows them.
pub(super) struct Limit {
    pub(super) id: i64,
    pub(super) version: i64,
    pub(super) name: String,
    /// Chart, what makes a point, part and work center.
    pub(super) of: String,
    pub(super) days: String,
    pub(super) points: i64,
    /// The numbers of the points that did not count.
    pub(super) excluded: String,
    pub(super) center: String,
    pub(super) ends: String,
    pub(super) status: &'static str,
    /// Who did what when.
    pub(super) history: Vec<String>,
    /// The chart that is held against them, while they are approved.
    pub(super) address: Option<String>,
    /// The chart of the points that they were computed from.
    pub(super) source: String,
    /// What the visitor may do with them now.
    pub(super) may: LimitRights,
    form: Typed,
}

/// What limits are for, as a chart has to be to be held against them.
type Scope = (&'static str, &'static str, Option<i64>, Option<i64>);

impl Limit {
    fn of(visit: &Visit, page: &Page, view: &ControlLimitView) -> Self {
        Self {
            id: view.id,
            version: view.version,
            of: of_what(page, view),
            days: days(view),
            points: view.points,
            excluded: excluded(view),
            center: figure(view.center),
            ends: ends(page, view),
            status: view.status.word(),
            history: history(page, view),
            address: (view.status == LimitStatus::Approved).then(|| held_against(view)),
            source: source(view),
            may: LimitRights::of(&visit.actor, view),
            form: Typed::default(),
            name: name(page, view),
        }
    }

    /// What was typed to retire them.
    pub(super) fn form(&self) -> &Typed {
        &self.form
    }

    /// What the ids of their fields begin with.
    pub(super) fn prefix(&self) -> String {
        format!("limits-{}-", self.id)
    }
}

/// How many limits are shown at once.
const SHOWN: &str = "20";

/// Whether the visitor freezes, approves and retires limits.
pub(super) fn may_freeze(visit: &Visit) -> bool {
    control_limit::may_freeze(&visit.actor).is_ok()
}

/// The limits for what is asked: of that chart, part and work center, as far as these are said; the latest first, behind
/// a cursor, and the cursor that those behind them have.
pub(super) async fn of(
    visit: &Visit,
    page: &Page,
    asked: &Asked,
    cursor: &str,
) -> Result<(Vec<Limit>, Option<String>)> {
    let found = match listed(visit, asked, &[("limit", SHOWN), ("cursor", cursor)]).await {
        // What is wrong with the chart is told at its form.
        Err(Error::Invalid(errors)) if errors.iter().all(|error| error.field != "cursor") => {
            return Ok((Vec::new(), None));
        }
        found => found?,
    };
    let limits = found.items.iter();
    let limits = limits.map(|view| Limit::of(visit, page, view));
    Ok((limits.collect(), found.next_cursor))
}

async fn listed(
    visit: &Visit,
    asked: &Asked,
    more: &[(&str, &str)],
) -> Result<Found<ControlLimitView>> {
    let wanted = asked.only(&["chart", "part_id", "work_center_id"]);
    let wanted = wanted.with(more).draft::<ControlLimitQuery>();
    control_limit::list(&visit.system, &visit.actor, &wanted).await
}

/// Those that a chart may be held against: the approved ones for the same, the latest first.
pub(super) async fn usable(
    visit: &Visit,
    page: &Page,
    asked: &Asked,
    chart: Option<&ChartView>,
) -> Result<Options> {
    let Some(chart) = chart else {
        return Ok(Options::new());
    };
    let scope = (
        chart.chart.word(),
        chart.subgroup.word(),
        chart.part.as_ref().map(|part| part.id),
        chart.work_center.as_ref().map(|place| place.id),
    );
    let approved = LimitStatus::Approved.word();
    let found = listed(visit, asked, &[("limit", "200"), ("status", approved)]).await?;
    let fits = |view: &&ControlLimitView| scope_of_limits(view) == scope;
    let options = found.items.iter().filter(fits).map(|view| {
        let label = format!("{} ({})", name(page, view), days(view));
        (view.id.to_string(), label)
    });
    Ok(options.collect())
}

fn name(page: &Page, view: &ControlLimitView) -> String {
    let named = view.name.clone();
    named.unwrap_or_else(|| page.t("report-limits-unnamed"))
}

fn days(view: &ControlLimitView) -> String {
    format!("{} – {}", view.from, view.to)
}

fn excluded(view: &ControlLimitView) -> String {
    let numbers: Vec<String> = view.excluded.iter().map(i64::to_string).collect();
    numbers.join(",")
}

fn scope_of_limits(view: &ControlLimitView) -> Scope {
    (
        view.chart.word(),
        view.subgroup.word(),
        view.part.as_ref().map(|part| part.id),
        view.work_center.as_ref().map(|place| place.id),
    )
}

fn of_what(page: &Page, view: &ControlLimitView) -> String {
    let mut what = vec![
        page.word("chart", view.chart.word()),
        page.word("subgroup", view.subgroup.word()),
    ];
    let part = view.part.as_ref();
    what.extend(part.map(|part| format!("{} {}", part.number, part.revision)));
    let place = view.work_center.as_ref();
    what.extend(place.map(|place| format!("{} {}", place.code, place.name)));
    what.join(" · ")
}

/// The limits themselves, where they are the same for all points.
fn ends(page: &Page, view: &ControlLimitView) -> String {
    match (view.lcl, view.ucl) {
        (Some(lower), Some(upper)) => format!("{} – {}", figure(lower), figure(upper)),
        _ => page.t("report-limits-vary"),
    }
}

fn history(page: &Page, view: &ControlLimitView) -> Vec<String> {
    let told = |status: &str, name: &str, at: &str| {
        format!(
            "{}: {name}, {}",
            page.word("limit-status", status),
            page.minute(at)
        )
    };
    let mut history = vec![told("draft", &view.created_by.name, &view.created_at)];
    if let (Some(by), Some(at)) = (&view.approved_by, &view.approved_at) {
        history.push(told("approved", &by.name, at));
    }
    if let (Some(by), Some(at)) = (&view.retired_by, &view.retired_at) {
        let reason = view.retire_reason.as_deref().unwrap_or_default();
        history.push(format!("{} ({reason})", told("retired", &by.name, at)));
    }
    history
}

/// The chart of the latest points, held against limits.
fn held_against(view: &ControlLimitView) -> String {
    let id = view.id.to_string();
    address_of(view, &[("limits_id", id.as_str())])
}

/// The chart of the points that limits were computed from, so that whoever approves them sees what was left out.
fn source(view: &ControlLimitView) -> String {
    let excluded = excluded(view);
    let points = [
        ("from", view.from.as_str()),
        ("to", view.to.as_str()),
        ("exclude", excluded.as_str()),
    ];
    address_of(view, &points)
}

/// A chart of what limits are for; of `more`, what says nothing is not asked.
fn address_of(view: &ControlLimitView, more: &[(&str, &str)]) -> String {
    let (chart, subgroup, part, place) = scope_of_limits(view);
    let id = |id: Option<i64>| id.map_or_else(String::new, |id| id.to_string());
    let (part, place) = (id(part), id(place));
    let scope = [
        ("chart", chart),
        ("subgroup", subgroup),
        ("part_id", part.as_str()),
        ("work_center_id", place.as_str()),
    ];
    let pairs = scope
        .iter()
        .chain(more)
        .filter(|(_, said)| !said.is_empty());
    let pairs: Vec<_> = pairs
        .map(|(name, said)| ((*name).to_owned(), (*said).to_owned()))
        .collect();
    format!("{ADDRESS}?{}", query(&pairs))
}

/// Computes limits from the points that the page shows, and freezes them as a draft. Where the points are others by now,
/// nothing is frozen, and the page shows them.
#[post("/reports/control-limits")]
async fn freeze(sent: Posted) -> Reply {
    let draft = sent.typed.draft::<NewControlLimit>();
    let key = sent.key()?;
    let asked = Asked::sent(&sent, sent.typed.pairs()).only(&SCOPE);
    let error = match control_limit::create(&sent.system, &sent.actor, &draft, key.as_ref()).await {
        Ok(_) => return go(&address(&asked), Some("limits-frozen")),
        Err(error) => error,
    };
    let is_moved = matches!(error, Error::WrongState(_));
    let form = match is_moved {
        true => sent.typed.clone(),
        false => form(&sent, error)?,
    };
    let mut page = ChartPage::of(&sent, &asked).await?;
    page.freezing = form;
    if is_moved {
        let words = sent.words();
        page.notice = Some(words.text("report-points-moved"));
    }
    page.refused()
}

/// Approves a draft: by somebody else than who made it, unless he is a quality manager.
#[post("/reports/control-limits/{id}/approval")]
async fn approve(sent: Posted) -> Reply {
    let (id, if_match, key) = (sent.id("control limits")?, sent.if_match(), sent.key()?);
    let (system, actor) = (&sent.system, &sent.actor);
    match control_limit::approve(system, actor, id, &if_match, key.as_ref()).await {
        Ok(_) => go(&address(&back(&sent)?), Some("limits-approved")),
        Err(error) => refused(&sent, id, error).await,
    }
}

/// Retires limits: they stay, and are held against nothing any more.
#[post("/reports/control-limits/{id}/retirement")]
async fn retire(sent: Posted) -> Reply {
    let (id, if_match, key) = (sent.id("control limits")?, sent.if_match(), sent.key()?);
    let (system, actor) = (&sent.system, &sent.actor);
    let draft = sent.typed.draft::<Retirement>();
    match control_limit::retire(system, actor, id, &if_match, &draft, key.as_ref()).await {
        Ok(_) => go(&address(&back(&sent)?), Some("limits-retired")),
        Err(error) => refused(&sent, id, error).await,
    }
}

/// The page from which a form was sent, with what was refused at the limits that it is about. They are there at the version
/// that they have now, also where they are on another page of the list by now.
async fn refused(sent: &Posted, id: i64, error: Error) -> Reply {
    let form = form(sent, error)?;
    let mut page = ChartPage::of(sent, &back(sent)?).await?;
    let known = page.limits.iter().position(|limit| limit.id == id);
    if known.is_none() {
        let view = control_limit::show(&sent.system, &sent.actor, id).await?;
        let limit = Limit::of(sent, page.frame(), &view);
        page.limits.insert(0, limit);
    }
    if let Some(limit) = page.limits.get_mut(known.unwrap_or_default()) {
        limit.form = form;
    }
    page.refused()
}

/// A form with what was refused of it; to whoever has no such form or may not send it, the refusal itself.
fn form(sent: &Posted, error: Error) -> std::result::Result<Typed, Problem> {
    let typed = sent.typed.clone();
    match error {
        error @ Error::Forbidden { .. } => Err(error.into()),
        error if !may_freeze(sent) => Err(error.into()),
        error => typed.refused(told(error)),
    }
}

/// What the page was asked from which a form was sent.
fn back(sent: &Posted) -> std::result::Result<Asked, Problem> {
    let asked = extract::pairs(sent.own("_back").unwrap_or_default())?;
    // Held against limits that are retired now, a chart would be refused.
    Ok(Asked::sent(sent, &asked).without(&["limits_id"]))
}

fn address(asked: &Asked) -> String {
    format!("{ADDRESS}?{}", asked.query())
}
