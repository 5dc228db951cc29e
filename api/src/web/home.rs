//! Home: what waits for whoever is signed in, what is overdue first, and the plant in one look ([`plant`]). Each number
//! leads to the list behind it.
//!
//! Which states wait for whom, the service's table of transitions says; what a record lacks there, the record itself.

mod plant;

use actix_web::{get, web};
use askama::Template;
use service::Error;
use service::defects::{self, DefectItem, DefectQuery};
use service::lifecycle::{follows_reports, waiting_for};
use service::report::{self, Report};

use super::page::{Page, show};
use super::typed::Typed;
use super::visit::Visit;
use crate::answer::{Reply, drawing};
use plant::Plant;

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config
        .service(show_home)
        .service(draw_trend)
        .service(draw_pareto);
}

/// How many records of a group are shown.
const SHOWN: usize = 8;

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    page: Page,
    may_report: bool,
    groups: Vec<Group>,
    plant: Plant,
}

/// Records that wait for the same reason.
struct Group {
    title: String,
    /// Where all of them are listed.
    address: String,
    rows: Vec<Row>,
}

/// A record that waits.
struct Row {
    id: i64,
    tag_number: String,
    title: String,
    part: String,
    status: &'static str,
    severity: Option<&'static str>,
    due_at: Option<String>,
    is_overdue: bool,
    assignee: Option<String>,
}

/// Shows what waits for the visitor, and how the plant stands.
#[get("/")]
async fn show_home(visit: Visit) -> Reply {
    show(&HomePage {
        page: visit.page("home"),
        may_report: defects::may_report(&visit.actor).is_ok(),
        groups: groups(&visit).await?,
        plant: Plant::of(&visit).await?,
    })
}

/// Draws what was reported, closed and open in the last weeks.
#[get("/home/trend.svg")]
async fn draw_trend(visit: Visit) -> Reply {
    let asked = plant::weekly(&visit.system);
    let (_, trend) = report::trend(&visit.system, &visit.actor, &asked).await?;
    drawn(&visit, &trend)
}

/// Draws the kinds of failure of the last weeks.
#[get("/home/pareto.svg")]
async fn draw_pareto(visit: Visit) -> Reply {
    let asked = plant::failures(&visit.system);
    let (_, pareto) = report::pareto(&visit.system, &visit.actor, &asked).await?;
    drawn(&visit, &pareto)
}

fn drawn<T: Report>(visit: &Visit, report: &T) -> Reply {
    Ok(drawing(T::NAME).body(report.drawing(visit.actor.language)))
}

/// What waits for the visitor: what is assigned to him, what his roles take on, and what he reported himself.
async fn groups(visit: &Visit) -> Result<Vec<Group>, Error> {
    let words = visit.words();
    let me = visit.actor.id.unwrap_or_default().to_string();
    // By the id, as the list's own bar does it: there he is one of several who may be chosen.
    let mine = [("status", "open"), ("assignee_id", me.as_str())];
    let mut groups = vec![Group::of(visit, words.text("home-mine"), &mine).await?];
    for status in waiting_for(visit.actor.roles) {
        let title = words.word("status", status.word());
        groups.push(Group::of(visit, title, &[("status", status.word())]).await?);
    }
    if follows_reports(visit.actor.roles) {
        let own = [("status", "open"), ("reported_by", "me")];
        groups.push(Group::of(visit, words.text("home-own"), &own).await?);
    }
    groups.retain(|group| !group.rows.is_empty());
    Ok(groups)
}

impl Group {
    /// The first records that a filter lets through: what is overdue, then what was reported earliest.
    async fn of(visit: &Visit, title: String, filter: &[(&str, &str)]) -> Result<Self, Error> {
        let late = listed(visit, filter, true).await?;
        let mut rows: Vec<Row> = late.into_iter().map(|item| Row::of(item, true)).collect();
        if rows.len() < SHOWN {
            for item in listed(visit, filter, false).await? {
                if !rows.iter().any(|row| row.id == item.id) {
                    rows.push(Row::of(item, false));
                }
            }
            rows.truncate(SHOWN);
        }
        let query: Vec<_> = filter
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        Ok(Self {
            title,
            address: format!("/defects?{}", query.join("&")),
            rows,
        })
    }
}

async fn listed(
    visit: &Visit,
    filter: &[(&str, &str)],
    only_overdue: bool,
) -> Result<Vec<DefectItem>, Error> {
    let shown = SHOWN.to_string();
    let mut asked = filter.to_vec();
    asked.extend([("sort", "reported_at"), ("limit", shown.as_str())]);
    if only_overdue {
        asked.push(("overdue", "true"));
    }
    let draft = Typed::with(asked).draft::<DefectQuery>();
    let page = defects::list(&visit.system, &visit.actor, &draft).await?;
    Ok(page.items)
}

impl Row {
    fn of(item: DefectItem, is_overdue: bool) -> Self {
        Self {
            id: item.id,
            tag_number: item.tag_number,
            title: item.title,
            part: format!("{} {}", item.part.number, item.part.name),
            status: item.status.word(),
            severity: item.severity.map(|severity| severity.word()),
            due_at: item.due_at,
            is_overdue,
            assignee: item.assignee.map(|person| person.name),
        }
    }
}
