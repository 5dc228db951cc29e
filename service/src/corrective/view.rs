//! A corrective action request as it is shown, whole or as a row of a list.

use std::collections::HashMap;

use entity::{car_step, corrective_action, partner};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::WHAT;
use super::steps::Steps;
use crate::actor::Actor;
use crate::defects::children::Names;
use crate::error::{Error, Result};
use crate::reference::{PartnerRef, PersonRef};
use crate::system::System;
use crate::value::Instant;
use crate::words::{CorrectiveStatus, Severity, Step};

/// A corrective action request without its long texts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CorrectiveItem {
    /// Id.
    pub id: i64,
    /// Number.
    #[schema(example = "CAR-000123")]
    pub car_number: String,
    /// The step that is being worked on, or the end.
    pub status: CorrectiveStatus,
    /// Moves with every change; the ETag.
    pub version: i64,
    /// What is wrong, in a line.
    pub title: String,
    /// How grave it is.
    #[schema(required)]
    pub severity: Option<Severity>,
    /// The supplier who is asked.
    #[schema(required)]
    pub supplier: Option<PartnerRef>,
    /// Who answers for it.
    pub owner: PersonRef,
    /// Until when it is to be closed.
    #[schema(required, format = DateTime)]
    pub due_at: Option<String>,
    /// The first, and one more for each effectiveness check that failed.
    pub attempt: i64,
    /// When it was closed.
    #[schema(required, format = DateTime)]
    pub closed_at: Option<String>,
    /// Who closed it.
    #[schema(required)]
    pub closed_by: Option<PersonRef>,
    /// When it was raised.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// Who raised it.
    pub created_by: PersonRef,
    /// When it last changed.
    #[schema(format = DateTime)]
    pub updated_at: String,
    /// Who changed it last; null for the supplier.
    #[schema(required)]
    pub updated_by: Option<PersonRef>,
}

/// A corrective action request as a list shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ListedCorrective {
    /// What a request says of itself, too.
    #[serde(flatten)]
    pub item: CorrectiveItem,
    /// Whether it is open and past its date, or has a step or an action that is and is not done. Only here: the clock alone
    /// changes it, and not the version by which a request is known to be the same.
    pub is_overdue: bool,
}

/// A step of 8D as it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StepView {
    /// What the plant writes.
    #[schema(required)]
    pub text: Option<String>,
    /// What the supplier writes.
    #[schema(required)]
    pub supplier_text: Option<String>,
    /// Who sees to it.
    #[schema(required)]
    pub owner: Option<PersonRef>,
    /// Until when.
    #[schema(required, format = DateTime)]
    pub due_at: Option<String>,
    /// When it was completed; null again once the request has gone back before it.
    #[schema(required, format = DateTime)]
    pub done_at: Option<String>,
    /// Who completed it.
    #[schema(required)]
    pub done_by: Option<PersonRef>,
}

/// A corrective action request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CorrectiveView {
    /// What lists show too.
    #[serde(flatten)]
    pub item: CorrectiveItem,
    /// What is wrong.
    pub description: String,
    /// D0: prepare, and take emergency action.
    pub d0: StepView,
    /// D1: form the team.
    pub d1: StepView,
    /// D2: describe the problem.
    pub d2: StepView,
    /// D3: contain it.
    pub d3: StepView,
    /// D4: find and verify the root causes.
    pub d4: StepView,
    /// D5: choose corrective actions.
    pub d5: StepView,
    /// D6: carry them out and validate them.
    pub d6: StepView,
    /// D7: prevent recurrence.
    pub d7: StepView,
    /// D8: recognise the team.
    pub d8: StepView,
}

/// Shows a request.
///
/// # Errors
/// `NotFound`.
pub async fn show(system: &System, actor: &Actor, id: i64) -> Result<CorrectiveView> {
    actor.may_read()?;
    view(system.db.reader(), id).await
}

/// Reads a request with its steps.
pub(super) async fn view(db: &impl ConnectionTrait, id: i64) -> Result<CorrectiveView> {
    let row = corrective_action::Entity::find_by_id(id)
        .one(db)
        .await?
        .ok_or(Error::NotFound(WHAT))?;
    let steps = Steps::of(db, id).await?;
    let of_steps = steps.iter().flat_map(|step| [step.owner_id, step.done_by]);
    let mut people = people_of(&row);
    people.extend(of_steps.flatten());
    let names = Names::of(db, people).await?;
    let partners = partners(db, row.supplier_id).await?;
    let step = |step: Step| Ok::<_, Error>(step_view(steps.get(step)?, &names));
    Ok(CorrectiveView {
        description: row.description.clone(),
        item: item(row, &names, &partners)?,
        d0: step(Step::D0)?,
        d1: step(Step::D1)?,
        d2: step(Step::D2)?,
        d3: step(Step::D3)?,
        d4: step(Step::D4)?,
        d5: step(Step::D5)?,
        d6: step(Step::D6)?,
        d7: step(Step::D7)?,
        d8: step(Step::D8)?,
    })
}

/// The people whom a row names.
pub(super) fn people_of(row: &corrective_action::Model) -> Vec<i64> {
    [row.owner_id, row.created_by]
        .into_iter()
        .chain([row.closed_by, row.updated_by].into_iter().flatten())
        .collect()
}

/// Partners by their ids.
pub(super) async fn partners(
    db: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = i64>,
) -> Result<HashMap<i64, PartnerRef>> {
    let ids: Vec<i64> = ids.into_iter().collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = partner::Entity::find()
        .filter(partner::Column::Id.is_in(ids))
        .all(db)
        .await?;
    let named = rows.into_iter().map(|row| {
        let named = PartnerRef {
            id: row.id,
            code: row.code,
            name: row.name,
        };
        (row.id, named)
    });
    Ok(named.collect())
}

pub(super) fn item(
    row: corrective_action::Model,
    names: &Names,
    partners: &HashMap<i64, PartnerRef>,
) -> Result<CorrectiveItem> {
    Ok(CorrectiveItem {
        id: row.id,
        car_number: row.car_number,
        status: CorrectiveStatus::stored(&row.status)?,
        version: row.version,
        title: row.title,
        severity: row.severity.as_deref().map(Severity::stored).transpose()?,
        supplier: row.supplier_id.and_then(|id| partners.get(&id).cloned()),
        owner: names.person(row.owner_id),
        due_at: row.due_at.as_ref().map(Instant::show),
        attempt: row.attempt,
        closed_at: row.closed_at.as_ref().map(Instant::show),
        closed_by: row.closed_by.map(|id| names.person(id)),
        created_at: Instant::show(&row.created_at),
        created_by: names.person(row.created_by),
        updated_at: Instant::show(&row.updated_at),
        updated_by: row.updated_by.map(|id| names.person(id)),
    })
}

fn step_view(row: &car_step::Model, names: &Names) -> StepView {
    StepView {
        text: row.content.clone(),
        supplier_text: row.supplier_content.clone(),
        owner: row.owner_id.map(|id| names.person(id)),
        due_at: row.due_at.as_ref().map(Instant::show),
        done_at: row.done_at.as_ref().map(Instant::show),
        done_by: row.done_by.map(|id| names.person(id)),
    }
}
