//! The page of the floor, and the pieces of it that the script asks for by themselves.

use askama::Template;
use service::Error;
use service::defects;
use service::defects::floor::{self, OfferedCode};
use service::partner::{self, PartnerQuery, PartnerView};
use service::words::Origin;
use service::work_center::{self, WorkCenterQuery, WorkCenterView};

use super::found::{self, Found};
use crate::problem::Problem;
use crate::web::page::Page;
use crate::web::typed::Typed;
use crate::web::visit::Visit;

/// How many failure codes are shown at once; the others are behind a button.
const FIRST: usize = 9;

/// How many work centers are listed; the one that was taken last is always among them.
const MOST_CENTERS: usize = 400;

/// The page.
#[derive(Template)]
#[template(path = "floor/floor.html")]
pub(super) struct FloorPage {
    page: Page,
    /// In whose name reports are kept while there is no network.
    user_id: i64,
    name: String,
    form: Typed,
    /// What was asked for as a part, and what that may be.
    text: String,
    parts: Vec<Found>,
    nothing_found: bool,
    /// The part, once it is known.
    part: Option<Found>,
    part_id: String,
    tiles: Tiles,
    work_centers: Vec<(String, String)>,
    origins: Vec<(&'static str, String)>,
    suppliers: Vec<(String, String)>,
    may_contain: bool,
}

/// The parts to choose from.
#[derive(Template)]
#[template(path = "floor/parts.html")]
pub(super) struct PartsPart {
    page: Page,
    parts: Vec<Found>,
    nothing_found: bool,
}

/// The failure codes to choose from.
#[derive(Template)]
#[template(path = "floor/tiles.html")]
pub(super) struct TilesPart {
    page: Page,
    form: Typed,
    tiles: Tiles,
}

/// Failure codes as tiles.
struct Tiles {
    first: Vec<OfferedCode>,
    further: Vec<OfferedCode>,
    /// Whether one of the further ones is taken.
    is_further: bool,
}

impl FloorPage {
    /// The page that the query asks for: without a part, with parts to choose from, or with one.
    pub(super) async fn asked(visit: &Visit) -> Result<Self, Problem> {
        defects::may_report(&visit.actor)?;
        let query = visit.query()?;
        let text = query.value("part").trim();
        let mut parts = found::meant(visit, text).await?;
        let part = match query.value("part_id").parse() {
            Ok(id) => found::known(visit, id).await?,
            Err(_) if is_one(&parts, text) => parts.pop(),
            Err(_) => None,
        };
        let center = floor::last_work_center(&visit.system, &visit.actor).await?;
        let center = center.map_or_else(String::new, |center| center.id.to_string());
        let form = Typed::with([
            ("quantity_defective", "1"),
            ("work_center_id", center.as_str()),
            ("failure_code", query.value("failure_code")),
            ("origin", Origin::InProcess.word()),
        ]);
        Self::with(visit, form, part, (text, parts)).await
    }

    /// The page with a report that was refused.
    pub(super) async fn again(visit: &Visit, form: Typed) -> Result<Self, Problem> {
        let part = match form.value("part_id").parse() {
            Ok(id) => found::known(visit, id).await?,
            Err(_) => None,
        };
        Self::with(visit, form, part, ("", Vec::new())).await
    }

    async fn with(
        visit: &Visit,
        form: Typed,
        part: Option<Found>,
        (text, parts): (&str, Vec<Found>),
    ) -> Result<Self, Problem> {
        let id = part.as_ref().map(|part| part.id);
        let tiles = Tiles::of(visit, id, form.value("failure_code")).await?;
        let work_centers = work_centers(visit, form.value("work_center_id")).await?;
        let shown = part.as_ref().map_or(text, |part| part.number.as_str());
        let page = visit.page("floor");
        let origins: Vec<_> = Origin::ALL.iter().map(|origin| origin.word()).collect();
        Ok(Self {
            origins: page.options("origin", &origins),
            suppliers: suppliers(visit).await?,
            may_contain: defects::may_say(&visit.actor, "hold_location"),
            page,
            user_id: visit.actor.id.unwrap_or_default(),
            name: visit.actor.name.clone(),
            text: shown.to_owned(),
            nothing_found: part.is_none() && parts.is_empty() && !text.is_empty(),
            parts,
            part_id: id.map_or_else(String::new, |id| id.to_string()),
            part,
            tiles,
            work_centers,
            form,
        })
    }
}

/// Whether a text is the whole number of the one part that was found.
fn is_one(parts: &[Found], text: &str) -> bool {
    matches!(parts, [part] if part.number.eq_ignore_ascii_case(text))
}

impl PartsPart {
    /// Of the parts that were found.
    pub(super) fn of(visit: &Visit, parts: Vec<Found>, text: &str) -> Self {
        Self {
            page: visit.page("floor"),
            nothing_found: parts.is_empty() && !text.is_empty(),
            parts,
        }
    }
}

impl TilesPart {
    /// Of a part.
    pub(super) async fn of(visit: &Visit, part: Option<i64>) -> Result<Self, Error> {
        Ok(Self {
            page: visit.page("floor"),
            form: Typed::default(),
            tiles: Tiles::of(visit, part, "").await?,
        })
    }
}

impl Tiles {
    async fn of(visit: &Visit, part: Option<i64>, taken: &str) -> Result<Self, Error> {
        let mut first = floor::codes(&visit.system, &visit.actor, part).await?;
        let further = first.split_off(first.len().min(FIRST));
        Ok(Self {
            is_further: further.iter().any(|offered| offered.code == taken),
            first,
            further,
        })
    }
}

/// The work centers to choose from, as ids and what people read; the one that is taken is among them.
async fn work_centers(visit: &Visit, taken: &str) -> Result<Vec<(String, String)>, Error> {
    let mut all = Vec::new();
    let mut cursor = String::new();
    while all.len() < MOST_CENTERS {
        let asked = [
            ("is_active", "true"),
            ("limit", "200"),
            ("cursor", cursor.as_str()),
        ];
        let draft = Typed::with(asked).draft::<WorkCenterQuery>();
        let page = work_center::list(&visit.system, &visit.actor, &draft).await?;
        all.extend(page.items.iter().map(option));
        match page.next_cursor {
            Some(next) => cursor = next,
            None => break,
        }
    }
    if let Ok(id) = taken.parse()
        && !all.iter().any(|(value, _)| value == taken)
    {
        match work_center::show(&visit.system, &visit.actor, id).await {
            Ok(center) => all.insert(0, option(&center)),
            Err(Error::NotFound(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(all)
}

/// The first suppliers in use; others are written on the record.
async fn suppliers(visit: &Visit) -> Result<Vec<(String, String)>, Error> {
    let asked = [
        ("is_supplier", "true"),
        ("is_active", "true"),
        ("limit", "200"),
    ];
    let draft = Typed::with(asked).draft::<PartnerQuery>();
    let page = partner::list(&visit.system, &visit.actor, &draft).await?;
    let named = |row: PartnerView| (row.id.to_string(), format!("{} {}", row.code, row.name));
    Ok(page.items.into_iter().map(named).collect())
}

fn option(center: &WorkCenterView) -> (String, String) {
    let label = format!("{} {}", center.code, center.name);
    (center.id.to_string(), label)
}
