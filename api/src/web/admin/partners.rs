//! Customers and suppliers: listed, added, changed, retired, deleted while nothing refers to them.

use actix_web::{get, post, web};
use service::partner::{self, NewPartner, PartnerPatch, PartnerQuery, PartnerView};

use super::Area;
use super::edit::{Act, EditPage, changes};
use super::field::{Field, completed};
use super::list::{Cell, ListPage, Row, columns, usual_filters};
use crate::answer::Reply;
use crate::problem::Problem;
use crate::web::page::{Page, show};
use crate::web::typed::Typed;
use crate::web::visit::{Posted, Visit};

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config
        .service(list_partners)
        .service(new_partner)
        .service(create_partner)
        .service(show_partner)
        .service(change_partner)
        .service(delete_partner);
}

fn area() -> &'static Area {
    Area::named("partners")
}

const TICKS: &[&str] = &["is_customer", "is_supplier", "is_active"];

/// Lists customers and suppliers by code.
#[get("/admin/partners")]
async fn list_partners(visit: Visit) -> Reply {
    let page = area().page(&visit)?;
    let query = visit.asked::<PartnerQuery>()?;
    let found = partner::list(&visit.system, &visit.actor, &query).await;
    let names = ["code", "name", "is_customer", "is_supplier", "status"];
    ListPage {
        filters: usual_filters(&page),
        columns: columns(&page, &names),
        ..area().found(page, &visit, found, row)?
    }
    .answer()
}

fn row(page: &Page, partner: &PartnerView) -> Row {
    let cells = vec![
        Cell::text(&partner.name),
        Cell::yes(page, partner.is_customer),
        Cell::yes(page, partner.is_supplier),
        Cell::active(page, partner.is_active),
    ];
    area().row(partner.id, &partner.code, cells)
}

/// Asks for a new one.
#[get("/admin/partners/new")]
async fn new_partner(visit: Visit) -> Reply {
    show(&area().adding(&visit, fields)?)
}

fn fields(page: &Page) -> Vec<Field> {
    vec![
        Field::text(page, "code").required(),
        Field::text(page, "name").required(),
        Field::tick(page, "is_customer"),
        Field::tick(page, "is_supplier"),
        Field::tick(page, "is_active"),
    ]
}

/// Adds a customer or supplier.
#[post("/admin/partners")]
async fn create_partner(sent: Posted) -> Reply {
    let draft = completed(&sent.typed, TICKS, &[]).draft::<NewPartner>();
    let key = sent.key()?;
    let outcome = partner::create(&sent.system, &sent.actor, &draft, key.as_ref()).await;
    let again = async { area().adding(&sent, fields) };
    area().answered(&sent, "admin-added", outcome, again).await
}

/// Shows one, to be changed.
#[get("/admin/partners/{id}")]
async fn show_partner(visit: Visit) -> Reply {
    show(&page_of(&visit).await?)
}

async fn page_of(visit: &Visit) -> Result<EditPage, Problem> {
    let id = visit.id("partner")?;
    let page = area().page(visit)?;
    let partner = partner::show(&visit.system, &visit.actor, id).await?;
    Ok(EditPage {
        title: format!("{} {}", partner.code, partner.name),
        version: Some(partner.version),
        fields: fields(&page),
        form: form(&partner),
        acts: vec![Act::deletion(&area().address_of(id))],
        ..area().edit(page, visit, Some(id))
    })
}

fn form(partner: &PartnerView) -> Typed {
    Typed::with([
        ("code", partner.code.clone()),
        ("name", partner.name.clone()),
        ("is_customer", partner.is_customer.to_string()),
        ("is_supplier", partner.is_supplier.to_string()),
        ("is_active", partner.is_active.to_string()),
    ])
}

/// Changes one.
#[post("/admin/partners/{id}")]
async fn change_partner(sent: Posted) -> Reply {
    let id = sent.id("partner")?;
    let draft = changes(&sent, TICKS, &[]).patch::<PartnerPatch>();
    let outcome = partner::change(&sent.system, &sent.actor, id, &sent.if_match(), &draft).await;
    let again = page_of(&sent);
    area().answered(&sent, "saved", outcome, again).await
}

/// Deletes one that nothing refers to.
#[post("/admin/partners/{id}/deletion")]
async fn delete_partner(sent: Posted) -> Reply {
    let id = sent.id("partner")?;
    let outcome = partner::delete(&sent.system, &sent.actor, id, &sent.if_match()).await;
    let again = page_of(&sent);
    area().deleted(&sent, outcome, again).await
}
