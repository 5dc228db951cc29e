//! Lists as files.

use actix_web::get;
use bytes::Bytes;
use futures_util::TryStreamExt;
use service::defects::export::{self, DefectExport};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::answer::{Reply, file};
use crate::extract::Asked;
use crate::problem::Problem;

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(export_defects);
}

/// The list of defects as a file: every record that the filters let through, with its long texts and totals, as far
/// as the caller may see them.
///
/// Instants are UTC. A text that a spreadsheet would compute begins with an apostrophe; in a workbook one that is
/// longer than 32,767 characters is cut. An answer that breaks off is not whole.
#[utoipa::path(
    tag = "defects",
    params(DefectExport),
    responses((
        status = 200,
        description = "The file",
        content(
            (String = "text/csv"),
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
        )
    ))
)]
#[get("/defects/export")]
async fn export_defects(asked: Asked<DefectExport>) -> Reply {
    let export = export::begin(&asked.system, &asked.actor, &asked.draft).await?;
    let mut answer = file(export.format, "defects");
    let bytes = export.into_stream().map_ok(Bytes::from);
    // The answer has begun: all that can be done is to break it off, and to say so in the log.
    Ok(answer.streaming(bytes.map_err(|error| {
        let problem = Problem::from(error);
        problem.log();
        problem
    })))
}
