//! Which of a request's defects its supplier sees: those of his own material, and those of which nobody has said whose it
//! is; none of another supplier, and none that is void. Quality is told what he does not see.

use entity::{car_defect, car_link, defect, part};
use sea_orm::sea_query::{Condition, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::Result;
use crate::value::Quantity;
use crate::words::Status;

/// A defect as the supplier sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SupplierDefect {
    /// Number on the tag.
    #[schema(example = "DMT-001042")]
    pub tag_number: String,
    /// Number of the part.
    pub part_number: String,
    /// Its revision.
    pub revision: String,
    /// Its name.
    pub part_name: String,
    /// Lot or batch.
    #[schema(required)]
    pub lot_number: Option<String>,
    /// How many are wrong.
    #[schema(example = "10")]
    pub quantity_defective: String,
}

/// The defects that the holder of a link sees.
pub(super) async fn seen(
    db: &impl ConnectionTrait,
    link: &car_link::Model,
) -> Result<Vec<SupplierDefect>> {
    type Row = (String, Option<String>, i64, i64);
    let rows: Vec<Row> = defect::Entity::find()
        .select_only()
        .columns([
            defect::Column::TagNumber,
            defect::Column::LotNumber,
            defect::Column::QuantityDefective,
            defect::Column::PartId,
        ])
        .filter(linked(link.car_id))
        .filter(his(link.partner_id))
        .order_by_asc(defect::Column::Id)
        .into_tuple()
        .all(db)
        .await?;
    let parts = part::Entity::find()
        .filter(part::Column::Id.is_in(rows.iter().map(|row| row.3)))
        .all(db)
        .await?;
    let shown = rows
        .into_iter()
        .filter_map(|(tag_number, lot_number, quantity, part_id)| {
            let part = parts.iter().find(|part| part.id == part_id)?;
            Some(SupplierDefect {
                tag_number,
                part_number: part.part_number.clone(),
                revision: part.revision.clone(),
                part_name: part.name.clone(),
                lot_number,
                quantity_defective: Quantity::show(quantity),
            })
        });
    Ok(shown.collect())
}

/// The numbers on the tags of those that he does not see.
pub(super) async fn not_seen(
    db: &impl ConnectionTrait,
    link: &car_link::Model,
) -> Result<Vec<String>> {
    let tags = defect::Entity::find()
        .select_only()
        .column(defect::Column::TagNumber)
        .filter(linked(link.car_id))
        .filter(his(link.partner_id).not())
        .order_by_asc(defect::Column::Id)
        .into_tuple()
        .all(db)
        .await?;
    Ok(tags)
}

/// What a request is about.
fn linked(car_id: i64) -> Condition {
    let ids = Query::select()
        .column(car_defect::Column::DefectId)
        .from(car_defect::Entity)
        .and_where(car_defect::Column::CarId.eq(car_id))
        .to_owned();
    Condition::all().add(defect::Column::Id.in_subquery(ids))
}

/// What a supplier may see of it.
fn his(partner_id: i64) -> Condition {
    let of_no_other = Condition::any()
        .add(defect::Column::SupplierId.is_null())
        .add(defect::Column::SupplierId.eq(partner_id));
    Condition::all()
        .add(of_no_other)
        .add(defect::Column::Status.ne(Status::Void.word()))
}
