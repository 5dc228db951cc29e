//! Concessions of customers: listed with what is used of them, added, changed, retired, deleted while no line refers to
//! them. Everybody reads them.

use actix_web::{get, post, web};
use service::concession::{self, ConcessionPatch, ConcessionQuery, ConcessionView, NewConcession};

use super::Area;
use super::edit::{Act, EditPage, changes};
use super::field::{Field, completed};
use super::list::{Cell, ListPage, Row, active_filter, columns};
use crate::answer::Reply;
use crate::problem::Problem;
use crate::web::page::{Page, show};
use crate::web::record::named::{Choices, Named, customers};
use crate::web::typed::Typed;
use crate::web::visit::{Posted, Visit};

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config
        .service(list_concessions)
        .service(new_concession)
        .service(create_concession)
        .service(show_concession)
        .service(change_concession)
        .service(delete_concession);
}

fn area() -> &'static Area {
    Area::named("concessions")
}

const WHAT: &str = "concession";

const TICKS: &[&str] = &["is_active"];

/// Lists concessions by number.
#[get("/admin/concessions")]
async fn list_concessions(visit: Visit) -> Reply {
    let (page, filter) = (area().page(&visit)?, visit.query()?);
    let named = Named::of(&visit, &filter).await?;
    let query = named.typed.draft::<ConcessionQuery>();
    let found = concession::list(&visit.system, &visit.actor, &query).await;
    let found = named.told(found);
    let customer = filter.value("customer_id");
    let (customers, today) = (
        customers(&visit, (customer, customer)).await?,
        today(&visit),
    );
    let names = [
        "number",
        "customer",
        "part",
        "reference",
        "used_quantity",
        "max_quantity",
        "valid_until",
        "status",
    ];
    ListPage {
        filters: filters(&page, customers),
        columns: columns(&page, &names),
        ..area().found(page, &visit, found, |page, one| row(page, one, &today))?
    }
    .answer()
}

fn today(visit: &Visit) -> String {
    let system = &visit.system;
    system.settings.today(&system.clock).to_string()
}

fn filters(page: &Page, customers: Option<Choices>) -> Vec<Field> {
    let options = [
        ("false".to_owned(), page.t("admin-concession-runs")),
        ("true".to_owned(), page.t("admin-concession-expired")),
    ];
    vec![
        Field::text(page, "q"),
        Field::named(page, "customer_id", customers).none(page.t("admin-any")),
        Field::choose(page, "expired", options.into()).none(page.t("admin-any")),
        active_filter(page),
    ]
}

fn row(page: &Page, one: &ConcessionView, today: &str) -> Row {
    let (text, tag) = standing(page, one, today);
    let part = match part(one) {
        part if part.is_empty() => page.t("admin-any"),
        part => part,
    };
    let cells = vec![
        Cell::text(customer(one)),
        Cell::text(part),
        Cell::text(one.reference.clone().unwrap_or_default()),
        Cell::number(&one.used_quantity),
        Cell::number(&one.max_quantity),
        Cell::text(&one.valid_until),
        Cell::tag(text, tag),
    ];
    area().row(one.id, &one.number, cells)
}

/// The customer, as people read him.
fn customer(one: &ConcessionView) -> String {
    format!("{} {}", one.customer.code, one.customer.name)
}

/// How it stands today, and how good that is.
fn standing(page: &Page, one: &ConcessionView, today: &str) -> (String, &'static str) {
    if !one.is_active {
        (page.t("admin-retired"), "warn")
    } else if one.valid_until.as_str() < today {
        (page.t("admin-concession-expired"), "bad")
    } else if one.used_quantity == one.max_quantity {
        (page.t("admin-concession-used"), "warn")
    } else {
        (page.t("admin-concession-runs"), "good")
    }
}

/// The part that it is for, as forms write it; empty where it is for any.
fn part(one: &ConcessionView) -> String {
    let part = one.part.as_ref();
    part.map_or_else(String::new, |part| {
        format!("{} {}", part.number, part.revision)
    })
}

/// Asks for a new concession.
#[get("/admin/concessions/new")]
async fn new_concession(visit: Visit) -> Reply {
    show(&page_of_new(&visit).await?)
}

async fn page_of_new(visit: &Visit) -> Result<EditPage, Problem> {
    let page = area().page_to_add(visit)?;
    Ok(EditPage {
        fields: fields(&page, customers(visit, ("", "")).await?),
        ..area().edit(page, visit, None)
    })
}

/// The fields of a concession; without `customers` there are too many of them to choose from.
fn fields(page: &Page, customers: Option<Choices>) -> Vec<Field> {
    let hint = match customers {
        Some(_) => String::new(),
        None => page.t("record-hint-code"),
    };
    vec![
        Field::text(page, "number").required(),
        Field::named(page, "customer_id", customers)
            .required()
            .hint(hint),
        Field::text(page, "reference"),
        Field::text(page, "part_id").hint(page.t("admin-concession-part-hint")),
        Field::text(page, "max_quantity").required(),
        Field::input(page, "valid_until", "date")
            .required()
            .hint(page.t("admin-concession-until-hint")),
        Field::tick(page, "is_active"),
    ]
}

/// Adds a concession.
#[post("/admin/concessions")]
async fn create_concession(sent: Posted) -> Reply {
    let named = Named::of(&sent, &completed(&sent.typed, TICKS, &[])).await?;
    let (draft, key) = (named.typed.draft::<NewConcession>(), sent.key()?);
    let outcome = concession::create(&sent.system, &sent.actor, &draft, key.as_ref()).await;
    let (outcome, again) = (named.told(outcome), page_of_new(&sent));
    area().answered(&sent, "admin-added", outcome, again).await
}

/// Shows a concession; those who may, change it.
#[get("/admin/concessions/{id}")]
async fn show_concession(visit: Visit) -> Reply {
    show(&page_of(&visit).await?)
}

async fn page_of(visit: &Visit) -> Result<EditPage, Problem> {
    let id = visit.id(WHAT)?;
    let page = area().page(visit)?;
    let one = concession::show(&visit.system, &visit.actor, id).await?;
    let customers = customers(visit, (&one.customer.code, &customer(&one))).await?;
    let (standing, _) = standing(&page, &one, &today(visit));
    Ok(EditPage {
        title: one.number.clone(),
        facts: vec![
            (page.field("status"), standing),
            (page.field("used_quantity"), one.used_quantity.clone()),
        ],
        version: Some(one.version),
        fields: fields(&page, customers),
        form: form(&one),
        acts: vec![Act::deletion(&area().address_of(id))],
        ..area().edit(page, visit, Some(id))
    })
}

fn form(one: &ConcessionView) -> Typed {
    Typed::with([
        ("number", one.number.clone()),
        ("customer_id", one.customer.code.clone()),
        ("reference", one.reference.clone().unwrap_or_default()),
        ("part_id", part(one)),
        ("max_quantity", one.max_quantity.clone()),
        ("valid_until", one.valid_until.clone()),
        ("is_active", one.is_active.to_string()),
    ])
}

/// Changes a concession, or retires it.
#[post("/admin/concessions/{id}")]
async fn change_concession(sent: Posted) -> Reply {
    let id = sent.id(WHAT)?;
    let named = Named::of(&sent, &changes(&sent, TICKS, &[])).await?;
    let draft = named.typed.patch::<ConcessionPatch>();
    let if_match = sent.if_match();
    let outcome = concession::change(&sent.system, &sent.actor, id, &if_match, &draft).await;
    let (outcome, again) = (named.told(outcome), page_of(&sent));
    area().answered(&sent, "saved", outcome, again).await
}

/// Deletes a concession that no line refers to.
#[post("/admin/concessions/{id}/deletion")]
async fn delete_concession(sent: Posted) -> Reply {
    let id = sent.id(WHAT)?;
    let outcome = concession::delete(&sent.system, &sent.actor, id, &sent.if_match()).await;
    let again = page_of(&sent);
    area().deleted(&sent, outcome, again).await
}
