//! The floor: a defect is reported within seconds, at a bench, by whoever found it.
//!
//! Without a script it is two forms, one after the other: the part, then what is wrong with it. With one (`floor.js`) it is
//! a single page that suggests, scans, takes photos, and keeps reports while there is no network; it asks the small
//! addresses here and sends each report under a key of its own. What is found by a scan is in [`found`], the page in
//! [`view`], what becomes of a report in [`report`].

mod found;
mod report;
mod view;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, web};
use serde::Serialize;
use service::{Error, defects};

use super::page::{go, show};
use super::visit::Visit;
use crate::answer::Reply;
use found::{Found, Scanned};
use view::{FloorPage, PartsPart, TilesPart};

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config
        .service(show_floor)
        .service(suggest_parts)
        .service(offer_codes)
        .service(show_proof)
        .service(find_code)
        .configure(report::configure);
}

/// Asks for the part, and for what is wrong with it.
#[get("/floor")]
async fn show_floor(visit: Visit) -> Reply {
    show(&FloorPage::asked(&visit).await?)
}

/// The parts that a text may become, for the script.
#[get("/floor/parts")]
async fn suggest_parts(visit: Visit) -> Reply {
    let query = visit.query()?;
    let text = query.value("q").trim();
    let parts = found::beginning(&visit, text).await?;
    show(&PartsPart::of(&visit, parts, text))
}

/// The tiles of failure codes as they are for a part, for the script.
#[get("/floor/codes")]
async fn offer_codes(visit: Visit) -> Reply {
    let query = visit.query()?;
    let part = query.value("part_id").parse().ok();
    show(&TilesPart::of(&visit, part).await?)
}

/// What a report needs that waited for a network: who is signed in now, and the proof of his session.
#[derive(Serialize)]
struct Session<'a> {
    proof: &'a str,
    user_id: Option<i64>,
}

/// Tells the script who is signed in, so that what waits is sent in the name of whoever wrote it.
#[get("/floor/proof")]
async fn show_proof(visit: Visit) -> Reply {
    let page = visit.page("floor");
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(&Session {
            proof: page.proof(),
            user_id: visit.actor.id,
        }))
}

/// Where a code leads, for the script.
#[derive(Serialize)]
struct Lead<'a> {
    kind: &'static str,
    to: &'a str,
    part: Option<&'a Found>,
}

/// Follows a scanned code: a tag to its record, a part to its report.
#[get("/floor/find")]
async fn find_code(visit: Visit) -> Reply {
    let query = visit.query()?;
    let code = query.value("code").trim();
    let scanned = found::by_code(&visit, code).await?;
    let may_report = defects::may_report(&visit.actor).is_ok();
    let to = scanned.address(code, may_report);
    if !is_script(visit.request()) {
        return go(&to, None);
    }
    let (kind, part) = match &scanned {
        Scanned::Record(_) => ("record", None),
        Scanned::Part(part) => ("part", Some(part)),
        Scanned::Several => ("parts", None),
        Scanned::Nothing => return Err(Error::NotFound("tag or part").into()),
    };
    let to = to.as_str();
    Ok(HttpResponse::Ok().json(&Lead { kind, to, part }))
}

/// Whether a script asks, which reads JSON.
fn is_script(request: &HttpRequest) -> bool {
    let accept = request.headers().get(header::ACCEPT);
    let accept = accept.and_then(|value| value.to_str().ok());
    accept.is_some_and(|value| value.contains("application/json"))
}
