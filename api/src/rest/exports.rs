//! Lists as files.

use std::collections::BTreeMap;

use actix_web::get;
use service::defects::export::{self, DefectExport};
use utoipa::openapi::content::Content;
use utoipa::openapi::{RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, PartialSchema};

use crate::answer::{Reply, exported};
use crate::extract::Asked;
use crate::routes::Routes;

pub(super) fn configure(routes: &mut Routes<'_, '_>) {
    routes.service(export_defects);
}

/// A file that is answered, as the OpenAPI document describes it: CSV or a workbook.
pub(super) struct SheetFile;

const WORKBOOK: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

impl IntoResponses for SheetFile {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let of = |schema| Content::new(Some(schema));
        let answer = ResponseBuilder::new()
            .description("The file")
            .content("text/csv", of(String::schema()))
            .content(WORKBOOK, of(Vec::<u8>::schema()));
        BTreeMap::from([("200".to_owned(), answer.into())])
    }
}

/// The list of defects as a file: every record that the filters let through, with its long texts and totals, as far
/// as the caller may see them.
///
/// Instants are UTC. A text that a spreadsheet would compute begins with an apostrophe; in a workbook one that is
/// longer than 32,767 characters is cut. An answer that breaks off is not whole.
#[utoipa::path(tag = "defects", params(DefectExport), responses(SheetFile))]
#[get("/defects/export")]
async fn export_defects(asked: Asked<DefectExport>) -> Reply {
    let export = export::begin(&asked.system, &asked.actor, &asked.draft).await?;
    Ok(exported(export))
}
