//! Inspections from a file, tried out first. They are only ever added.

use actix_web::{get, post, web};
use service::rights::INSPECTORS;

use super::{PLACE, SECTION, trail};
use crate::answer::Reply;
use crate::problem::Problem;
use crate::web::admin::import::{ImportPage, template};
use crate::web::visit::{ImportFile, Visit};

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config
        .service(download_template)
        .service(ask_for_file)
        .service(take_file);
}

/// What is imported, as the import names it.
const KIND: &str = "inspections";

fn page_of(visit: &Visit) -> Result<ImportPage, Problem> {
    visit.actor.require(INSPECTORS, "import inspections")?;
    let page = visit.page(SECTION);
    let (trail, title) = (trail(&page), page.t("inspection-import"));
    let address = format!("{PLACE}/import");
    Ok(ImportPage::at(address, page, trail, title).adding_only())
}

/// An empty file with the headings.
#[get("/inspections/import/template")]
async fn download_template(visit: Visit) -> Reply {
    page_of(&visit)?;
    template(&visit, KIND)
}

/// Asks for a file.
#[get("/inspections/import")]
async fn ask_for_file(visit: Visit) -> Reply {
    page_of(&visit)?.asked()
}

/// Tries a file out, or imports it.
#[post("/inspections/import")]
async fn take_file(sent: ImportFile) -> Reply {
    page_of(&sent)?.take(&sent, KIND).await
}
