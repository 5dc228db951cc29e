//! Lists from files, those that are administered: which there are, and the page of each ([`super::import`]).

use actix_web::{get, post, web};
use service::Error;
use service::words::CodeList;

use super::import::{self, ImportPage};
use super::list::{ListPage, Row};
use super::{Area, administration};
use crate::answer::Reply;
use crate::problem::Problem;
use crate::web::page::{Page, show};
use crate::web::visit::{ImportFile, Visit};

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config
        .service(list_kinds)
        .service(download_template)
        .service(ask_for_file)
        .service(take_file);
}

fn area() -> &'static Area {
    Area::named("imports")
}

/// What is imported, as addresses name it: these, and the lists of codes.
const KINDS: [&str; 3] = ["parts", "work-centers", "partners"];

fn page_of(visit: &Visit, kind: &str) -> Result<ImportPage, Problem> {
    let page = area().page(visit)?;
    let list = (area().address(), area().title(&page));
    let trail = vec![administration(&page), list];
    let title = title(&page, kind);
    let address = format!("/admin/imports/{kind}");
    Ok(ImportPage::at(address, page, trail, title))
}

fn title(page: &Page, kind: &str) -> String {
    match CodeList::of(kind) {
        Some(list) => page.word("code-list", list.word()),
        None => page.word("admin-area", kind),
    }
}

/// What the address names.
fn kind(visit: &Visit) -> Result<&str, Error> {
    let kind = visit.part("kind");
    if KINDS.contains(&kind) || CodeList::of(kind).is_some() {
        return Ok(kind);
    }
    Err(Error::NotFound("list to import"))
}

/// Shows what can be imported.
#[get("/admin/imports")]
async fn list_kinds(visit: Visit) -> Reply {
    let page = area().page(&visit)?;
    let lists = CodeList::ALL.iter().map(|list| list.word());
    let row = |kind: &str| Row {
        name: title(&page, kind),
        address: Some(format!("/admin/imports/{kind}")),
        ..Row::default()
    };
    show(&ListPage {
        columns: vec![page.field("name")],
        rows: KINDS.into_iter().chain(lists).map(row).collect(),
        adds: None,
        ..area().list(page, &visit, None)?
    })
}

/// An empty file with the headings of a list.
#[get("/admin/imports/{kind}/template")]
async fn download_template(visit: Visit) -> Reply {
    import::template(&visit, kind(&visit)?)
}

/// Asks for a file.
#[get("/admin/imports/{kind}")]
async fn ask_for_file(visit: Visit) -> Reply {
    page_of(&visit, kind(&visit)?)?.asked()
}

/// Tries a file out, or imports it.
#[post("/admin/imports/{kind}")]
async fn take_file(sent: ImportFile) -> Reply {
    let kind = kind(&sent)?;
    page_of(&sent, kind)?.take(&sent, kind).await
}
