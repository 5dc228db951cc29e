//! The list of inspections. Its filter is written as forms are: a part by its number, days of the plant.

use actix_web::{get, web};
use chrono::NaiveDate;
use service::inspection::{self, InspectionQuery, InspectionView};
use service::page::Page as Rows;
use service::rights::INSPECTORS;
use service::value::Instant;
use service::{Draft, Error, System};

use super::{PLACE, SECTION, counted, outcome};
use crate::answer::Reply;
use crate::web::admin::field::Field;
use crate::web::admin::list::{Cell, ListPage, Row, columns, further};
use crate::web::page::Page;
use crate::web::record::named::{Choices, Named, work_centers};
use crate::web::typed::{Typed, renamed};
use crate::web::visit::Visit;

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(list_inspections);
}

const COLUMNS: [&str; 8] = [
    "inspected_at",
    "part",
    "work_center",
    "sample_size",
    "defective_units",
    "defects_found",
    "status",
    "defect",
];

/// Lists inspections, the latest first.
#[get("/inspections")]
async fn list_inspections(visit: Visit) -> Reply {
    let (page, filter) = (visit.page(SECTION), visit.query()?);
    let (filter, items, next) = match found(&visit, &filter).await {
        Ok(found) => (filter, found.items, found.next_cursor),
        Err(error) => (filter.refused(error)?, Vec::new(), None),
    };
    let may_enter = visit.actor.roles.has_any(INSPECTORS);
    let import = || (format!("{PLACE}/import"), page.t("inspection-import"));
    ListPage {
        trail: Vec::new(),
        title: page.t("menu-inspections"),
        about: page.t("inspections-what"),
        adds: may_enter.then(|| format!("{PLACE}/new")),
        links: may_enter.then(import).into_iter().collect(),
        filters: filters(&page, work_centers(&visit).await?),
        is_later: !filter.value("cursor").is_empty(),
        filter,
        columns: columns(&page, &COLUMNS),
        rows: items.iter().map(|one| row(&page, one)).collect(),
        next: further(&visit, next)?,
        page,
    }
    .answer()
}

/// The inspections that a filter lets through.
async fn found(visit: &Visit, filter: &Typed) -> Result<Rows<InspectionView>, Error> {
    let named = Named::of(visit, filter).await?;
    let draft = asked(&visit.system, &named.typed);
    let found = inspection::list(&visit.system, &visit.actor, &draft).await;
    named.told(found).map_err(|error| {
        renamed(error, |field| match field {
            "inspected_after" => "from".to_owned(),
            "inspected_before" => "to".to_owned(),
            other => other.to_owned(),
        })
    })
}

/// The filter as the service takes it: from where its first day begins to where the one after its last does.
fn asked(system: &System, filter: &Typed) -> Draft<InspectionQuery> {
    let pairs = filter.pairs().iter();
    let pairs = pairs.map(|(name, text)| {
        let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
        let (name, day) = match name.as_str() {
            "from" => ("inspected_after", day),
            "to" => ("inspected_before", day.and_then(|day| day.succ_opt())),
            other => (other, None),
        };
        let at = day.map(|day| Instant::show(&system.settings.start_of_day(day)));
        // What is no day is for the service to refuse.
        (name.to_owned(), at.unwrap_or_else(|| text.clone()))
    });
    Typed::with(pairs).draft()
}

fn filters(page: &Page, centers: Choices) -> Vec<Field> {
    let any = || page.t("admin-any");
    let choose = |name, [yes, no]: [String; 2]| {
        let options = [("true".to_owned(), yes), ("false".to_owned(), no)];
        Field::choose(page, name, options.into()).none(any())
    };
    let center = match centers.is_empty() {
        true => Field::text(page, "work_center_id"),
        false => Field::choose(page, "work_center_id", centers).none(any()),
    };
    vec![
        Field::text(page, "part_id"),
        center,
        Field::input(page, "from", "date"),
        Field::input(page, "to", "date"),
        choose(
            "failed",
            [page.t("inspection-failed"), page.t("inspection-passed")],
        ),
        choose("voided", [page.t("yes"), page.t("no")]),
    ]
}

fn row(page: &Page, one: &InspectionView) -> Row {
    let (text, tag) = outcome(page, one.voided_at.is_some(), one.failed);
    let defect = one.defect.as_ref();
    Row {
        name: page.minute(&one.inspected_at),
        address: Some(format!("{PLACE}/{}", one.id)),
        cells: vec![
            Cell::text(format!("{} {}", one.part.number, one.part.revision)),
            Cell::text(&one.work_center.code),
            Cell::number(one.sample_size.to_string()),
            Cell::number(counted(one.defective_units)),
            Cell::number(counted(one.defects_found)),
            Cell::tag(text, tag),
            defect.map_or_else(Cell::default, |defect| {
                Cell::link(defect.tag_number.clone(), format!("/defects/{}", defect.id))
            }),
        ],
        ..Row::default()
    }
}
