//! Reports as pages: all of them at a glance, each by itself with all that can be chosen, and control charts.
//!
//! | to … | look in |
//! |---|---|
//! | read what is asked: period, filter, choices | `asked`, `choices` |
//! | see what a report comes to, and lists behind its figures | `figures`, `links` |
//! | change what templates get | `view` |
//! | change the page of control charts, or frozen limits | `chart`, `limits` |
//! | change what the page of all reports shows of a control chart | `glance` |
//!
//! Figures, rights and drawings are the service's; the files are made by the code that makes those of the API.

mod asked;
mod chart;
mod choices;
mod figures;
mod glance;
mod limits;
mod links;
mod signals;
mod view;

use actix_web::http::StatusCode;
use actix_web::{get, web};
use askama::Template;
use service::report::{self, ReportForm};
use service::{Error, Result};

use self::asked::{Asked, Preset, told};
use self::choices::{Choice, Filters};
use self::view::Shown;
use super::page::{self, Page};
use super::typed::Typed;
use super::visit::Visit;
use crate::answer::Reply;
use crate::problem::Problem;
use crate::rest::reports::answered;

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(show_dashboard).service(show_file);
    chart::configure(config);
    limits::configure(config);
    // Behind those that have a name of their own below the same address.
    config.service(show_report);
}

/// The reports that have a page, in the order in which they are shown.
const REPORTS: [&str; 6] = ["pareto", "trend", "ageing", "flow", "copq", "suppliers"];

#[derive(Template)]
#[template(path = "reports/dashboard.html")]
struct DashboardPage {
    page: Page,
    form: Typed,
    filters: Filters,
    presets: Vec<Preset>,
    reports: Vec<Shown>,
    /// The days that are shown.
    days: String,
}

#[derive(Template)]
#[template(path = "reports/report.html")]
struct ReportPage {
    page: Page,
    form: Typed,
    filters: Filters,
    presets: Vec<Preset>,
    choices: Vec<Choice>,
    address: String,
    title: String,
    days: String,
    report: Option<Shown>,
}

/// Shows all reports at a glance.
#[get("/reports")]
async fn show_dashboard(visit: Visit) -> Reply {
    let asked = Asked::of(&visit)?;
    let page = visit.page("reports");
    let drawn_up = all(&visit, &page, &asked).await;
    let (form, reports, status) = shown_or_refused(&asked, drawn_up)?;
    let template = DashboardPage {
        filters: Filters::of(&visit, &page, &asked).await?,
        presets: asked.presets(&page, "/reports"),
        days: days(&asked),
        reports: reports.unwrap_or_default(),
        form,
        page,
    };
    page::show_as(status, &template)
}

/// The form, with what was refused of it, and what was drawn up otherwise.
fn shown_or_refused<T>(
    asked: &Asked,
    drawn_up: Result<T>,
) -> std::result::Result<(Typed, Option<T>, StatusCode), Problem> {
    match drawn_up {
        Ok(drawn_up) => Ok((asked.form(), Some(drawn_up), StatusCode::OK)),
        Err(error @ Error::Invalid(_)) => {
            let form = asked.form().refused(told(error))?;
            Ok((form, None, StatusCode::UNPROCESSABLE_ENTITY))
        }
        Err(error) => Err(error.into()),
    }
}

/// From which day to which a page shows.
fn days(asked: &Asked) -> String {
    format!("{} – {}", asked.value("from"), asked.value("to"))
}

/// All reports that the visitor may see, as far as there is room on one page.
async fn all(visit: &Visit, page: &Page, asked: &Asked) -> Result<Vec<Shown>> {
    let mut all = Vec::new();
    for name in REPORTS {
        let asked = match name {
            "pareto" => asked.with(&[("by", "failure_code"), ("top", "10")]),
            "suppliers" => asked.with(&[("top", "10")]),
            _ => asked.clone(),
        };
        match drawn_up(name, visit, page, &asked, false).await {
            Ok(report) => all.extend(report),
            // Who sees no cost has no report of it.
            Err(Error::Forbidden { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    all.push(glance::at_a_glance(visit, page, asked).await?);
    Ok(all)
}

/// A report of a name; `within` says that its drawing stands in the page. None, where there is none of that name.
async fn drawn_up(
    name: &str,
    visit: &Visit,
    page: &Page,
    asked: &Asked,
    within: bool,
) -> Result<Option<Shown>> {
    let (system, actor) = (&visit.system, &visit.actor);
    let within = within.then_some(actor.language);
    Ok(Some(match name {
        "pareto" => {
            let (_, report) = report::pareto(system, actor, &asked.draft()).await?;
            Shown::of(
                &report,
                figures::pareto(page, &report, asked),
                asked,
                within,
            )
        }
        "trend" => {
            let (_, report) = report::trend(system, actor, &asked.draft()).await?;
            Shown::of(&report, figures::trend(page, &report, asked), asked, within)
        }
        "ageing" => {
            let (_, report) = report::ageing(system, actor, &asked.draft()).await?;
            Shown::of(
                &report,
                figures::ageing(page, &report, asked),
                asked,
                within,
            )
        }
        "flow" => {
            let (_, report) = report::flow(system, actor, &asked.draft()).await?;
            Shown::of(&report, figures::flow(page, &report, asked), asked, within)
        }
        "copq" => {
            let (_, report) = report::copq(system, actor, &asked.draft()).await?;
            let currency = &system.settings.currency.code;
            Shown::of(
                &report,
                figures::copq(page, &report, currency),
                asked,
                within,
            )
        }
        "suppliers" => {
            let (_, report) = report::suppliers(system, actor, &asked.draft()).await?;
            Shown::of(
                &report,
                figures::suppliers(page, &report, asked),
                asked,
                within,
            )
        }
        _ => return Ok(None),
    }))
}

/// Shows a report by itself.
#[get("/reports/{name}")]
async fn show_report(visit: Visit) -> Reply {
    let name = visit.part("name");
    if !REPORTS.contains(&name) {
        return Err(Problem::no_route());
    }
    let asked = Asked::of(&visit)?;
    let asked = match name {
        "pareto" => asked
            .or("by", "failure_code")
            .or("measure", "records")
            .or("top", "20"),
        "trend" | "copq" => asked.or("interval", "month"),
        "suppliers" => asked.or("top", "20"),
        _ => asked,
    };
    let page = visit.page("reports");
    let drawn_up = drawn_up(name, &visit, &page, &asked, true).await;
    let (form, report, status) = shown_or_refused(&asked, drawn_up)?;
    let report = report.flatten();
    let address = format!("/reports/{name}");
    let title = report.as_ref().map(|report| report.title.clone());
    let template = ReportPage {
        filters: Filters::of(&visit, &page, &asked).await?,
        presets: asked.presets(&page, &address),
        choices: choices::of_report(name, &visit, &page),
        title: title.unwrap_or_else(|| page.word("report", name)),
        days: days(&asked),
        address,
        form,
        report,
        page,
    };
    page::show_as(status, &template)
}

/// Answers a report as a file or a drawing: what the API answers, to whoever has a session.
#[get("/reports/{name}.{form}")]
async fn show_file(visit: Visit) -> Reply {
    let form = ReportForm::of(visit.part("form")).filter(|form| *form != ReportForm::Json);
    let form = form.ok_or_else(Problem::no_route)?;
    let asked = Asked::of(&visit)?.with(&[("format", form.word())]);
    let (system, actor) = (&visit.system, &visit.actor);
    let language = actor.language;
    match visit.part("name") {
        "pareto" => {
            answered(
                report::pareto(system, actor, &asked.draft()).await?,
                language,
            )
            .await
        }
        "trend" => {
            answered(
                report::trend(system, actor, &asked.draft()).await?,
                language,
            )
            .await
        }
        "ageing" => {
            answered(
                report::ageing(system, actor, &asked.draft()).await?,
                language,
            )
            .await
        }
        "flow" => answered(report::flow(system, actor, &asked.draft()).await?, language).await,
        "copq" => answered(report::copq(system, actor, &asked.draft()).await?, language).await,
        "suppliers" => {
            answered(
                report::suppliers(system, actor, &asked.draft()).await?,
                language,
            )
            .await
        }
        "control-chart" => chart::file(&visit, &asked).await,
        _ => Err(Problem::no_route()),
    }
}
