//! Disposition lines: what becomes of how much of the material, why, and on whose authority.
//!
//! What and why are written while the disposition is open, the status while it is carried out, and the result of
//! the re-inspection in verification. Every change moves the record's version. Here they are listed and shown; how
//! they read is in `forms`, how they are added, changed and removed in `write`, what a patch may do in `patch`, from
//! where to where a line comes in `progress`, what must be on record when one is done in `evidence`, and how a partial
//! pass splits one in `split`.

mod evidence;
mod forms;
mod patch;
mod progress;
mod split;
mod write;

use entity::disposition_line;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde_json::{Value as Json, json};

use super::children::{Kind, Names, Under, page};
use super::{ChildQuery, DefectView};
use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::input::Draft;
use crate::page::Page;
use crate::rights::field;
use crate::system::System;
use crate::value::{Instant, Quantity};
use crate::words::{Authority, Disposition, LineStatus, Reinspection};

pub use forms::{LinePatch, LineProgress, LineView, NewLine};
pub use patch::lacks_authority_of;
pub use progress::LineRights;
pub use write::{add, change, remove};

/// What a missing line is called.
const WHAT_LINE: &str = "disposition line";

/// Lists a record's disposition lines.
///
/// # Errors
/// `NotFound`, `Invalid`.
pub async fn list(
    system: &System,
    actor: &Actor,
    under: impl Into<Under>,
    draft: &Draft<ChildQuery>,
) -> Result<Page<LineView>> {
    actor.may_read()?;
    let kind = Kind::<disposition_line::Entity> {
        name: "disposition-lines",
        id: disposition_line::Column::Id,
        parent: disposition_line::Column::DefectId,
        long: &[
            disposition_line::Column::Justification,
            disposition_line::Column::Instructions,
        ],
    };
    let page = page(system, under.into(), kind, draft, |line| line.id).await?;
    let people = page.items.iter().flat_map(people_of);
    let names = Names::of(system.db.reader(), people).await?;
    page.try_map(|line| view(line, &names))
}

/// Reads a line.
///
/// # Errors
/// `NotFound`.
pub async fn show(system: &System, actor: &Actor, defect_id: i64, id: i64) -> Result<LineView> {
    actor.may_read()?;
    let db = system.db.reader();
    let line = find(db, defect_id, id).await?;
    let names = Names::of(db, people_of(&line)).await?;
    view(line, &names)
}

/// How much of a record none of its lines speaks of; nothing where all of it is spoken for.
pub fn left(record: &DefectView, lines: &[LineView]) -> Option<String> {
    let mut left = Quantity::read(&record.item.quantity_defective)?;
    for line in lines {
        left -= Quantity::read(&line.quantity)?;
    }
    (left > 0).then(|| Quantity::show(left))
}

/// Everybody whom a line names.
fn people_of(line: &disposition_line::Model) -> impl Iterator<Item = i64> + use<> {
    let people = [
        Some(line.created_by),
        line.engineered_by,
        line.proposed_by,
        line.decided_by,
        line.rendered_unusable_by,
    ];
    people.into_iter().flatten()
}

/// A line through its parent: under another record it is not found.
async fn find(
    db: &impl ConnectionTrait,
    defect_id: i64,
    line_id: i64,
) -> Result<disposition_line::Model> {
    disposition_line::Entity::find_by_id(line_id)
        .filter(disposition_line::Column::DefectId.eq(defect_id))
        .one(db)
        .await?
        .ok_or(Error::NotFound(WHAT_LINE))
}

fn view(line: disposition_line::Model, names: &Names) -> Result<LineView> {
    let person = |id: Option<i64>| id.map(|id| names.person(id));
    Ok(LineView {
        id: line.id,
        disposition: Disposition::stored(&line.disposition)?,
        quantity: Quantity::show(line.quantity),
        justification: line.justification,
        instructions: line.instructions,
        authority: Authority::stored(&line.authority)?,
        engineered_by: person(line.engineered_by),
        concession_id: line.concession_id,
        proposed_by: person(line.proposed_by),
        decided_by: person(line.decided_by),
        decided_at: line.decided_at.as_ref().map(Instant::show),
        status: LineStatus::stored(&line.status)?,
        rendered_unusable_by: person(line.rendered_unusable_by),
        rendered_unusable_at: line.rendered_unusable_at.as_ref().map(Instant::show),
        return_number: line.return_number,
        reinspection_result: line
            .reinspection_result
            .as_deref()
            .map(Reinspection::stored)
            .transpose()?,
        created_at: Instant::show(&line.created_at),
        created_by: names.person(line.created_by),
        updated_at: Instant::show(&line.updated_at),
    })
}

/// A line as history names it.
pub(crate) fn path(id: i64) -> String {
    format!("{}/{id}", field::LINES)
}

/// What a line says of what becomes of the material, why and on whose authority: what is voted on.
pub(crate) const PROPOSAL: &[&str] = &[
    "disposition",
    "quantity",
    "justification",
    "instructions",
    "authority",
    "engineered_by",
    "concession_id",
];

/// A line as history and signatures keep it. What came with later versions is there only where it is written, so that
/// what was signed before reads as it did.
pub(crate) fn content(line: &disposition_line::Model) -> Json {
    let mut content = json!({
        "id": line.id,
        "disposition": line.disposition,
        "quantity": Quantity::show(line.quantity),
        "justification": line.justification,
        "instructions": line.instructions,
        "authority": line.authority,
        "engineered_by": line.engineered_by,
        "status": line.status,
        "reinspection_result": line.reinspection_result,
    });
    let at = |at: &Option<_>| json!(at.as_ref().map(Instant::show));
    for (name, value) in [
        ("concession_id", json!(line.concession_id)),
        ("proposed_by", json!(line.proposed_by)),
        ("decided_by", json!(line.decided_by)),
        ("decided_at", at(&line.decided_at)),
        ("rendered_unusable_by", json!(line.rendered_unusable_by)),
        ("rendered_unusable_at", at(&line.rendered_unusable_at)),
        ("return_number", json!(line.return_number)),
    ] {
        if !value.is_null() {
            content[name] = value;
        }
    }
    content
}

/// The fields of [`content`], in the order in which history tells their changes.
pub(crate) const FIELDS: &[&str] = &[
    "disposition",
    "quantity",
    "justification",
    "instructions",
    "authority",
    "engineered_by",
    "concession_id",
    "proposed_by",
    "decided_by",
    "decided_at",
    "status",
    "rendered_unusable_by",
    "rendered_unusable_at",
    "return_number",
    "reinspection_result",
];
