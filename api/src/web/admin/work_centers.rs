//! Work centers: listed, added, changed, retired, deleted while nothing refers to them.

use actix_web::{get, post, web};
use service::words::CodeList;
use service::work_center::{self, NewWorkCenter, WorkCenterPatch, WorkCenterQuery, WorkCenterView};

use super::edit::{Act, EditPage, changes};
use super::field::{Field, completed};
use super::list::{Cell, ListPage, Row, columns, usual_filters};
use super::{Area, codes};
use crate::answer::Reply;
use crate::problem::Problem;
use crate::web::page::{Page, show};
use crate::web::typed::Typed;
use crate::web::visit::{Posted, Visit};

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config
        .service(list_work_centers)
        .service(new_work_center)
        .service(create_work_center)
        .service(show_work_center)
        .service(change_work_center)
        .service(delete_work_center);
}

fn area() -> &'static Area {
    Area::named("work-centers")
}

const TICKS: &[&str] = &["is_active"];

/// Lists work centers by code.
#[get("/admin/work-centers")]
async fn list_work_centers(visit: Visit) -> Reply {
    let page = area().page(&visit)?;
    let query = visit.asked::<WorkCenterQuery>()?;
    let found = work_center::list(&visit.system, &visit.actor, &query).await;
    let names = ["code", "name", "area", "status"];
    ListPage {
        filters: usual_filters(&page),
        columns: columns(&page, &names),
        ..area().found(page, &visit, found, row)?
    }
    .answer()
}

fn row(page: &Page, center: &WorkCenterView) -> Row {
    let cells = vec![
        Cell::text(&center.name),
        Cell::text(center.area.clone().unwrap_or_default()),
        Cell::active(page, center.is_active),
    ];
    area().row(center.id, &center.code, cells)
}

/// Asks for a new work center.
#[get("/admin/work-centers/new")]
async fn new_work_center(visit: Visit) -> Reply {
    show(&page_of_new(&visit).await?)
}

async fn page_of_new(visit: &Visit) -> Result<EditPage, Problem> {
    let page = area().page_to_add(visit)?;
    Ok(EditPage {
        fields: fields(&page, areas(visit, None).await?),
        ..area().edit(page, visit, None)
    })
}

fn fields(page: &Page, areas: Vec<(String, String)>) -> Vec<Field> {
    vec![
        Field::text(page, "code").required(),
        Field::text(page, "name").required(),
        Field::choose(page, "area", areas).none(page.t("none")),
        Field::tick(page, "is_active"),
    ]
}

/// The areas that a work center may lie in, with the one that it does.
async fn areas(visit: &Visit, now: Option<&str>) -> Result<Vec<(String, String)>, Problem> {
    let known = codes::all(visit, CodeList::Area.word()).await?;
    Ok(codes::options(visit, &known, now))
}

/// Adds a work center.
#[post("/admin/work-centers")]
async fn create_work_center(sent: Posted) -> Reply {
    let draft = completed(&sent.typed, TICKS, &[]).draft::<NewWorkCenter>();
    let key = sent.key()?;
    let outcome = work_center::create(&sent.system, &sent.actor, &draft, key.as_ref()).await;
    let again = page_of_new(&sent);
    area().answered(&sent, "admin-added", outcome, again).await
}

/// Shows a work center, to be changed.
#[get("/admin/work-centers/{id}")]
async fn show_work_center(visit: Visit) -> Reply {
    show(&page_of(&visit).await?)
}

async fn page_of(visit: &Visit) -> Result<EditPage, Problem> {
    let id = visit.id("work center")?;
    let page = area().page(visit)?;
    let center = work_center::show(&visit.system, &visit.actor, id).await?;
    let areas = areas(visit, center.area.as_deref()).await?;
    Ok(EditPage {
        title: format!("{} {}", center.code, center.name),
        version: Some(center.version),
        fields: fields(&page, areas),
        form: form(&center),
        acts: vec![Act::deletion(&area().address_of(id))],
        ..area().edit(page, visit, Some(id))
    })
}

fn form(center: &WorkCenterView) -> Typed {
    Typed::with([
        ("code", center.code.clone()),
        ("name", center.name.clone()),
        ("area", center.area.clone().unwrap_or_default()),
        ("is_active", center.is_active.to_string()),
    ])
}

/// Changes a work center.
#[post("/admin/work-centers/{id}")]
async fn change_work_center(sent: Posted) -> Reply {
    let id = sent.id("work center")?;
    let draft = changes(&sent, TICKS, &[]).patch::<WorkCenterPatch>();
    let if_match = sent.if_match();
    let outcome = work_center::change(&sent.system, &sent.actor, id, &if_match, &draft).await;
    let again = page_of(&sent);
    area().answered(&sent, "saved", outcome, again).await
}

/// Deletes a work center that nothing refers to.
#[post("/admin/work-centers/{id}/deletion")]
async fn delete_work_center(sent: Posted) -> Reply {
    let id = sent.id("work center")?;
    let outcome = work_center::delete(&sent.system, &sent.actor, id, &sent.if_match()).await;
    let again = page_of(&sent);
    area().deleted(&sent, outcome, again).await
}
