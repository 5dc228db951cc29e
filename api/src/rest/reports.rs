//! Reports: Pareto, trend, ageing, flow, cost of poor quality, suppliers, and all at a glance.

use actix_web::get;
use service::report::{
    self, Ageing, AgeingQuery, Copq, CopqQuery, Dashboard, DashboardQuery, Flow, FlowQuery, Pareto,
    ParetoQuery, Rendered, Report, ReportForm, Suppliers, SuppliersQuery, Trend, TrendQuery,
};
use service::words::Language;

use crate::answer::{Reply, drawing, file, shown};
use crate::extract::Asked;
use crate::routes::Routes;

pub(super) fn configure(routes: &mut Routes<'_, '_>) {
    routes
        .service(show_pareto)
        .service(show_trend)
        .service(show_ageing)
        .service(show_flow)
        .service(show_copq)
        .service(show_suppliers)
        .service(show_summary);
}

/// Answers a report in the form that was asked for, and its drawing in the reader's language.
pub(crate) async fn answered<T: Report>(
    (form, report): (ReportForm, T),
    language: Language,
) -> Reply {
    match report::render(report, form, language).await? {
        Rendered::Json(report) => shown(&report),
        Rendered::Sheet {
            name,
            format,
            bytes,
        } => Ok(file(format, name).body(bytes)),
        Rendered::Drawing { name, svg } => Ok(drawing(name).body(svg)),
    }
}

/// Shows a Pareto: which few values bring most of it.
///
/// Shares are in percent to two decimals. Counts are numbers; quantities and money are decimal strings. Cost is for those
/// who see it.
#[utoipa::path(
    tag = "reports",
    params(ParetoQuery),
    responses((
        status = 200,
        description = "The report, in the form that was asked for",
        content(
            (Pareto = "application/json"),
            (String = "text/csv"),
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            (String = "image/svg+xml")
        )
    ))
)]
#[get("/reports/pareto")]
async fn show_pareto(asked: Asked<ParetoQuery>) -> Reply {
    let drawn_up = report::pareto(&asked.system, &asked.actor, &asked.draft).await?;
    answered(drawn_up, asked.actor.language).await
}

/// Shows a trend: what was reported and closed, and what was open at the end of each part of the period.
#[utoipa::path(
    tag = "reports",
    params(TrendQuery),
    responses((
        status = 200,
        description = "The report, in the form that was asked for",
        content(
            (Trend = "application/json"),
            (String = "text/csv"),
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            (String = "image/svg+xml")
        )
    ))
)]
#[get("/reports/trend")]
async fn show_trend(asked: Asked<TrendQuery>) -> Reply {
    let drawn_up = report::trend(&asked.system, &asked.actor, &asked.draft).await?;
    answered(drawn_up, asked.actor.language).await
}

/// Shows how old what is open is, and how many days it took to close what was closed in the period.
#[utoipa::path(
    tag = "reports",
    params(AgeingQuery),
    responses((
        status = 200,
        description = "The report, in the form that was asked for",
        content(
            (Ageing = "application/json"),
            (String = "text/csv"),
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            (String = "image/svg+xml")
        )
    ))
)]
#[get("/reports/ageing")]
async fn show_ageing(asked: Asked<AgeingQuery>) -> Reply {
    let drawn_up = report::ageing(&asked.system, &asked.actor, &asked.draft).await?;
    answered(drawn_up, asked.actor.language).await
}

/// Shows how long the records that were reported in the period have been in each state.
#[utoipa::path(
    tag = "reports",
    params(FlowQuery),
    responses((
        status = 200,
        description = "The report, in the form that was asked for",
        content(
            (Flow = "application/json"),
            (String = "text/csv"),
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            (String = "image/svg+xml")
        )
    ))
)]
#[get("/reports/flow")]
async fn show_flow(asked: Asked<FlowQuery>) -> Reply {
    let drawn_up = report::flow(&asked.system, &asked.actor, &asked.draft).await?;
    answered(drawn_up, asked.actor.language).await
}

/// Shows the cost of poor quality, by the day on which it was entered; for those who see cost.
#[utoipa::path(
    tag = "reports",
    params(CopqQuery),
    responses((
        status = 200,
        description = "The report, in the form that was asked for",
        content(
            (Copq = "application/json"),
            (String = "text/csv"),
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            (String = "image/svg+xml")
        )
    ))
)]
#[get("/reports/copq")]
async fn show_copq(asked: Asked<CopqQuery>) -> Reply {
    let drawn_up = report::copq(&asked.system, &asked.actor, &asked.draft).await?;
    answered(drawn_up, asked.actor.language).await
}

/// Shows what comes from each supplier: records, quantities, parts per million, cost, and how fast he answers.
#[utoipa::path(
    tag = "reports",
    params(SuppliersQuery),
    responses((
        status = 200,
        description = "The report, in the form that was asked for",
        content(
            (Suppliers = "application/json"),
            (String = "text/csv"),
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            (String = "image/svg+xml")
        )
    ))
)]
#[get("/reports/suppliers")]
async fn show_suppliers(asked: Asked<SuppliersQuery>) -> Reply {
    let drawn_up = report::suppliers(&asked.system, &asked.actor, &asked.draft).await?;
    answered(drawn_up, asked.actor.language).await
}

/// Shows all at a glance: what is open and overdue, this month and the last one, what is reported most often.
#[utoipa::path(
    tag = "reports",
    params(DashboardQuery),
    responses((
        status = 200,
        description = "The report, in the form that was asked for",
        content(
            (Dashboard = "application/json"),
            (String = "text/csv"),
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            (String = "image/svg+xml")
        )
    ))
)]
#[get("/reports/summary")]
async fn show_summary(asked: Asked<DashboardQuery>) -> Reply {
    let drawn_up = report::dashboard(&asked.system, &asked.actor, &asked.draft).await?;
    answered(drawn_up, asked.actor.language).await
}
