//! The control chart on the page of all reports: of the one process that the filter names.
//!
//! Of several processes together a chart says nothing, so it is asked for only where both part and work center are known.
//! What else the filter says, it says of records and not of inspections.

use service::work_center::{self, WorkCenterQuery};
use service::{Error, Result};

use super::asked::Asked;
use super::view::Shown;
use super::{chart, choices};
use crate::web::page::Page;
use crate::web::visit::Visit;

/// The share of defective units by week, where the filter names one part and one work center.
pub(super) async fn at_a_glance(visit: &Visit, page: &Page, asked: &Asked) -> Result<Shown> {
    let Some(asked) = one_process(visit, asked).await? else {
        return Ok(to_choose(page, asked));
    };
    let asked = asked.with(&[("chart", "p"), ("subgroup", "week")]);
    match service::chart::control_chart(&visit.system, &visit.actor, &asked.draft()).await {
        Ok(view) => Ok(chart::shown(page, &view, &asked, false, visit)),
        // Too many inspections: somebody has to choose days.
        Err(Error::Invalid(_)) => Ok(to_choose(page, &asked)),
        Err(error) => Err(error),
    }
}

/// That a part and a work center are to be chosen, and the page where they are, with nothing drawn yet.
fn to_choose(page: &Page, asked: &Asked) -> Shown {
    let ids = ["part_id", "work_center_id"].into_iter();
    let one = ids.filter(|name| one_id(asked.value(name)).is_some());
    let kept: Vec<&str> = ["from", "to"].into_iter().chain(one).collect();
    Shown {
        name: chart::NAME,
        title: page.word("chart", "p"),
        said: page.t("report-chart-choose"),
        is_empty: true,
        query: asked.only(&kept).query(),
        drawing: None,
        grids: Vec::new(),
    }
}

/// The period, and the one part and the one work center that a filter names by id, number or code; none where it names
/// none or several of either.
async fn one_process(visit: &Visit, asked: &Asked) -> Result<Option<Asked>> {
    let part = match asked.value("part_id") {
        "" => part_of(visit, asked.value("part")).await?,
        id => one_id(id),
    };
    let place = match asked.value("work_center_id") {
        "" => place_of(visit, asked.value("work_center")).await?,
        id => one_id(id),
    };
    let (Some(part), Some(place)) = (part, place) else {
        return Ok(None);
    };
    let (part, place) = (part.to_string(), place.to_string());
    let period = asked.only(&["from", "to"]);
    let process = [
        ("part_id", part.as_str()),
        ("work_center_id", place.as_str()),
    ];
    Ok(Some(period.with(&process)))
}

/// The id that a filter names, where it names one and nothing else.
fn one_id(named: &str) -> Option<i64> {
    named.parse().ok()
}

/// Whether a filter names one thing by its number or code, and not several, all others, or all that begin so.
fn names_one(named: &str) -> bool {
    !named.is_empty() && !named.starts_with('!') && !named.contains([',', '*'])
}

async fn part_of(visit: &Visit, named: &str) -> Result<Option<i64>> {
    if !names_one(named) {
        return Ok(None);
    }
    Ok(match chart::numbered(visit, named).await?.as_slice() {
        [part] => Some(part.id),
        _ => None,
    })
}

async fn place_of(visit: &Visit, named: &str) -> Result<Option<i64>> {
    if !names_one(named) {
        return Ok(None);
    }
    let query = choices::listed::<WorkCenterQuery>(&[("q", named)]);
    let found = work_center::list(&visit.system, &visit.actor, &query).await?;
    // The list is of codes and names that begin so, in the order of codes.
    let place = found.items.into_iter().find(|place| place.code == named);
    Ok(place.map(|place| place.id))
}
