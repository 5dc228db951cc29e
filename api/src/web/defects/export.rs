//! What the list shows as a file: every record that the filters let through.

use actix_web::{get, web};
use service::Draft;
use service::defects::export::{self, DefectExport};

use super::asked::Asked;
use crate::answer::{Reply, exported};
use crate::web::visit::Visit;

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(export_list);
}

/// The list as a file.
#[get("/defects/export")]
async fn export_list(visit: Visit) -> Reply {
    let asked = Asked::read(visit.request().query_string())?;
    let draft = Draft::<DefectExport>::pairs(&asked.pairs);
    let export = export::begin(&visit.system, &visit.actor, &draft).await?;
    Ok(exported(export))
}
