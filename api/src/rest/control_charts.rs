//! Control charts, in each form.

use actix_web::get;
use service::chart::{self, ChartQuery, ChartView};
use service::report::ReportForm;
use service::sheet;
use service::words::Language;

use crate::answer::{Reply, drawing, file, shown};
use crate::extract::Asked;
use crate::routes::Routes;

pub(super) fn configure(routes: &mut Routes<'_, '_>) {
    routes.service(control_chart);
}

/// Makes a control chart of what inspections count, with the limits of its own points or with frozen ones.
///
/// A point is a signal where it lies strictly beyond a limit (rule 1) or completes a run (2 to 4). Excluded points count for
/// no limit and are no signal, and a run goes on across them.
#[utoipa::path(
    tag = "reports",
    params(ChartQuery),
    responses((
        status = 200,
        description = "The chart, in the form that was asked for",
        content(
            (ChartView = "application/json"),
            (String = "text/csv"),
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            (String = "image/svg+xml")
        )
    ))
)]
#[get("/reports/control-chart")]
async fn control_chart(asked: Asked<ChartQuery>) -> Reply {
    let view = chart::control_chart(&asked.system, &asked.actor, &asked.draft).await?;
    answered(&view, chart::form(&asked.draft)?, asked.actor.language)
}

/// Answers a chart in the form that was asked for, and its drawing in the reader's language.
pub(crate) fn answered(view: &ChartView, form: ReportForm, language: Language) -> Reply {
    if form == ReportForm::Svg {
        return Ok(drawing("control-chart").body(chart::picture(view, language)));
    }
    let Some(format) = form.sheet() else {
        return shown(view);
    };
    let (headings, rows) = chart::table(view);
    let bytes = sheet::whole(format, "control chart", headings, &rows)?;
    Ok(file(format, "control-chart").body(bytes))
}
