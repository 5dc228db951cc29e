//! Parts: listed, added, changed, retired, deleted while nothing refers to them.

use actix_web::{get, post, web};
use service::part::{self, NewPart, PartPatch, PartQuery, PartView};
use service::{Error, partner, rights};

use super::Area;
use super::edit::{Act, EditPage, changes};
use super::field::{Field, completed};
use super::list::{Cell, ListPage, Row, columns, usual_filters};
use crate::answer::Reply;
use crate::problem::Problem;
use crate::web::page::{Page, show};
use crate::web::record::named::{Choices, Named, customers};
use crate::web::typed::Typed;
use crate::web::visit::{Posted, Visit};

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config
        .service(list_parts)
        .service(new_part)
        .service(create_part)
        .service(show_part)
        .service(change_part)
        .service(delete_part);
}

fn area() -> &'static Area {
    Area::named("parts")
}

const TICKS: &[&str] = &["is_active"];

/// Lists parts by number.
#[get("/admin/parts")]
async fn list_parts(visit: Visit) -> Reply {
    let page = area().page(&visit)?;
    let query = visit.asked::<PartQuery>()?;
    let found = part::list(&visit.system, &visit.actor, &query).await;
    let names = ["number", "revision", "name", "unit_cost", "status"];
    ListPage {
        filters: usual_filters(&page),
        columns: columns(&page, &names),
        ..area().found(page, &visit, found, row)?
    }
    .answer()
}

fn row(page: &Page, part: &PartView) -> Row {
    let cells = vec![
        Cell::text(&part.revision),
        Cell::text(&part.name),
        Cell::number(cost(part)),
        Cell::active(page, part.is_active),
    ];
    area().row(part.id, &part.number, cells)
}

fn cost(part: &PartView) -> String {
    part.unit_cost.clone().flatten().unwrap_or_default()
}

/// Asks for a new part.
#[get("/admin/parts/new")]
async fn new_part(visit: Visit) -> Reply {
    show(&page_of_new(&visit).await?)
}

async fn page_of_new(visit: &Visit) -> Result<EditPage, Problem> {
    let page = area().page_to_add(visit)?;
    let sees_cost = rights::writes_cost(visit.actor.roles);
    let owners = customers(visit, ("", "")).await?;
    Ok(EditPage {
        fields: fields(&page, sees_cost, owners),
        ..area().edit(page, visit, None)
    })
}

/// The fields of a part; without `owners` there are too many of them to choose from.
fn fields(page: &Page, sees_cost: bool, owners: Option<Choices>) -> Vec<Field> {
    let mut fields = vec![
        Field::text(page, "number").required(),
        Field::text(page, "revision").required(),
        Field::text(page, "name").required(),
    ];
    if sees_cost {
        fields.push(Field::text(page, "unit_cost").hint(page.t("admin-unit-cost-hint")));
    }
    let hint = match owners {
        Some(_) => "admin-design-owner-hint",
        None => "admin-design-owner-typed-hint",
    };
    fields.extend([
        Field::named(page, "design_owner_id", owners)
            .none(page.t("none"))
            .hint(page.t(hint)),
        Field::tick(page, "is_active"),
    ]);
    fields
}

/// The code of the customer who owns a part's design, and how he is called; empty where nobody does.
async fn owner_of(visit: &Visit, part: &PartView) -> Result<(String, String), Error> {
    let Some(id) = part.design_owner_id else {
        return Ok((String::new(), String::new()));
    };
    let owner = partner::show(&visit.system, &visit.actor, id).await?;
    let label = format!("{} {}", owner.code, owner.name);
    Ok((owner.code, label))
}

/// Adds a part.
#[post("/admin/parts")]
async fn create_part(sent: Posted) -> Reply {
    let named = Named::of(&sent, &completed(&sent.typed, TICKS, &[])).await?;
    let (draft, key) = (named.typed.draft::<NewPart>(), sent.key()?);
    let outcome = part::create(&sent.system, &sent.actor, &draft, key.as_ref()).await;
    let (outcome, again) = (named.told(outcome), page_of_new(&sent));
    area().answered(&sent, "admin-added", outcome, again).await
}

/// Shows a part, to be changed.
#[get("/admin/parts/{id}")]
async fn show_part(visit: Visit) -> Reply {
    show(&page_of(&visit).await?)
}

async fn page_of(visit: &Visit) -> Result<EditPage, Problem> {
    let id = visit.id("part")?;
    let page = area().page(visit)?;
    let part = part::show(&visit.system, &visit.actor, id).await?;
    let (owner, label) = owner_of(visit, &part).await?;
    let owners = customers(visit, (&owner, &label)).await?;
    Ok(EditPage {
        title: format!("{} {}", part.number, part.revision),
        version: Some(part.version),
        fields: fields(&page, part.unit_cost.is_some(), owners),
        form: form(&part, owner),
        acts: vec![Act::deletion(&area().address_of(id))],
        ..area().edit(page, visit, Some(id))
    })
}

fn form(part: &PartView, owner: String) -> Typed {
    Typed::with([
        ("number", part.number.clone()),
        ("revision", part.revision.clone()),
        ("name", part.name.clone()),
        ("unit_cost", cost(part)),
        ("design_owner_id", owner),
        ("is_active", part.is_active.to_string()),
    ])
}

/// Changes a part.
#[post("/admin/parts/{id}")]
async fn change_part(sent: Posted) -> Reply {
    let id = sent.id("part")?;
    let named = Named::of(&sent, &changes(&sent, TICKS, &[])).await?;
    let draft = named.typed.patch::<PartPatch>();
    let outcome = part::change(&sent.system, &sent.actor, id, &sent.if_match(), &draft).await;
    let (outcome, again) = (named.told(outcome), page_of(&sent));
    area().answered(&sent, "saved", outcome, again).await
}

/// Deletes a part that nothing refers to.
#[post("/admin/parts/{id}/deletion")]
async fn delete_part(sent: Posted) -> Reply {
    let id = sent.id("part")?;
    let outcome = part::delete(&sent.system, &sent.actor, id, &sent.if_match()).await;
    let again = page_of(&sent);
    area().deleted(&sent, outcome, again).await
}
