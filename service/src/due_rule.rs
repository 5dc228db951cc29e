//! Due rules: how many days after its report a defect of a severity has to be contained, decided on and closed, and how
//! many days after its raising a corrective action request has to come through D3, D5 and D8.
//!
//! Where several active rules speak of the same, the strictest holds. For defects a rule works from the next change of a
//! record on, and what it makes of it is in [`crate::defects`]' `due`; a request gets its dates when it is raised
//! ([`crate::corrective`]' `due`). Without rules no due date is set by itself.

use std::sync::Arc;

use chrono::{DateTime, FixedOffset};
use entity::due_rule;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryTrait};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use utoipa::ToSchema;

use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::idempotency::Idempotency;
use crate::input::Draft;
use crate::master::{self, Change};
use crate::page::{Count, Limit, Page, PageRequest};
use crate::setting::Settings;
use crate::system::{System, Unit};
use crate::value::{Code, Instant, Int, Text};
use crate::version::IfMatch;
use crate::words::{Milestone, Severity};

master::master!(due_rule, "due rule");

/// How many days a rule may give.
pub type Days = Int<0, 3650>;

/// A due rule as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DueRuleView {
    /// Id.
    pub id: i64,
    /// Code.
    pub code: String,
    /// The severity of the defects or requests that it is about.
    pub severity: Severity,
    /// What has to be done.
    pub milestone: Milestone,
    /// Until the end of which day after the day of the report or raising; 0: of that day.
    pub days: i64,
    /// False once retired.
    pub is_active: bool,
    /// Moves with every change; the ETag.
    pub version: i64,
    /// When it was added.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it was last changed.
    #[schema(format = DateTime)]
    pub updated_at: String,
}

crate::input! {
    /// A due rule to add.
    pub struct NewDueRule {
        /// Code; unique.
        code: required Code<40>,
        /// The severity of the defects or requests that it is about.
        severity: required Severity,
        /// What has to be done.
        milestone: required Milestone,
        /// Until the end of which day after the day of the report or raising, in the system's time zone; 0: of that day.
        days: required Days,
        /// False to add it retired; true unless said otherwise.
        is_active: optional bool,
    }
}

crate::input! {
    /// What changes in a due rule.
    pub struct DueRulePatch {
        /// Code.
        code: change Code<40>,
        /// The severity of the defects or requests that it is about.
        severity: change Severity,
        /// What has to be done.
        milestone: change Milestone,
        /// Until the end of which day after the day of the report or raising.
        days: change Days,
        /// False to retire it.
        is_active: change bool,
    }
}

crate::input! {
    /// Which due rules to list, in the order of their codes.
    pub struct DueRuleQuery {
        /// Only those about this severity.
        severity: optional Severity,
        /// Only active or only retired ones.
        is_active: optional bool,
        /// How many on a page.
        limit: optional Limit,
        /// The page after this one.
        cursor: optional Text<2000>,
        /// Whether to count them.
        count: optional Count,
    }
}

/// Lists due rules by code.
pub async fn list(
    system: &System,
    actor: &Actor,
    query: &Draft<DueRuleQuery>,
) -> Result<Page<DueRuleView>> {
    actor.may_read()?;
    let DueRuleQuery {
        severity,
        is_active,
        limit,
        cursor,
        count,
    } = query.check()?;
    let cursor = cursor.as_ref().map(|text| text.0.as_str());
    let identity = json!(["due-rules", severity, is_active]);
    let request = PageRequest::new(&identity, *limit, cursor, *count)?;
    let select = due_rule::Entity::find()
        .apply_if(*severity, |select, severity| {
            select.filter(due_rule::Column::Severity.eq(severity.word()))
        })
        .apply_if(*is_active, |select, yes| {
            select.filter(due_rule::Column::IsActive.eq(yes))
        });
    let column = due_rule::Column::Code;
    let page = master::page(system.db.reader(), &request, select, column, |row| {
        &row.code
    })
    .await?;
    page.try_map(view)
}

/// Adds a due rule.
pub async fn create(
    system: &System,
    actor: &Actor,
    draft: &Draft<NewDueRule>,
    key: Option<&Idempotency>,
) -> Result<DueRuleView> {
    master::may_manage(actor, "add due rules")?;
    let new = draft.check()?.clone();
    system
        .change(actor, key, new, |unit, new| Box::pin(create_in(unit, new)))
        .await
}

/// Adds a due rule within a change.
pub(crate) async fn create_in(unit: Unit<'_>, new: Arc<NewDueRule>) -> Result<DueRuleView> {
    let NewDueRule {
        code,
        severity,
        milestone,
        days,
        is_active,
    } = &*new;
    let row = due_rule::Model {
        id: 0,
        code: code.0.clone(),
        severity: severity.word().to_owned(),
        milestone: milestone.word().to_owned(),
        days: days.0,
        is_active: is_active.unwrap_or(true),
        version: 0,
        audit_seq: 0,
        audit_head: String::new(),
        created_at: unit.now,
        updated_at: unit.now,
    };
    let record = record(&row);
    view(master::insert::<due_rule::Entity>(&unit, row, &record).await?)
}

/// Shows a due rule.
pub async fn show(system: &System, actor: &Actor, id: i64) -> Result<DueRuleView> {
    actor.may_read()?;
    let row = due_rule::Entity::find_by_id(id)
        .one(system.db.reader())
        .await?;
    view(row.ok_or(Error::NotFound("due rule"))?)
}

/// Changes a due rule.
pub async fn change(
    system: &System,
    actor: &Actor,
    id: i64,
    if_match: &IfMatch,
    draft: &Draft<DueRulePatch>,
) -> Result<DueRuleView> {
    let change = Change::new(id, if_match, draft);
    system
        .change(actor, None, change, |unit, change| {
            Box::pin(change_in(unit, change))
        })
        .await
}

async fn change_in(unit: Unit<'_>, change: Arc<Change<DueRulePatch>>) -> Result<DueRuleView> {
    let old = master::lock(&unit, due_rule::Entity::find_by_id(change.id)).await?;
    master::may_manage(&unit.actor, "change due rules")?;
    change.if_match.check(old.version)?;
    let new = patched(&old, change.draft.check()?);
    let records = (record(&old), record(&new));
    view(master::save::<due_rule::Entity>(&unit, old, new, &records).await?)
}

fn patched(old: &due_rule::Model, patch: &DueRulePatch) -> due_rule::Model {
    let DueRulePatch {
        code,
        severity,
        milestone,
        days,
        is_active,
    } = patch;
    let mut new = old.clone();
    if let Some(code) = code {
        new.code.clone_from(&code.0);
    }
    if let Some(severity) = severity {
        severity.word().clone_into(&mut new.severity);
    }
    if let Some(milestone) = milestone {
        milestone.word().clone_into(&mut new.milestone);
    }
    new.days = days.map_or(old.days, |days| days.0);
    new.is_active = is_active.unwrap_or(old.is_active);
    new
}

/// Deletes a due rule; what it has set stays.
pub async fn delete(system: &System, actor: &Actor, id: i64, if_match: &IfMatch) -> Result<()> {
    let input = (id, if_match.clone());
    system
        .change(actor, None, input, |unit, input| {
            Box::pin(delete_in(unit, input))
        })
        .await
}

async fn delete_in(unit: Unit<'_>, input: Arc<(i64, IfMatch)>) -> Result<()> {
    let row = master::lock(&unit, due_rule::Entity::find_by_id(input.0)).await?;
    master::may_manage(&unit.actor, "delete due rules")?;
    input.1.check(row.version)?;
    master::delete::<due_rule::Entity>(&unit, &row, &record(&row)).await
}

/// The days that the active rules give to a severity, for each milestone that they speak of; the strictest counts.
pub(crate) async fn days_of(
    db: &impl ConnectionTrait,
    severity: &str,
) -> Result<Vec<(Milestone, i64)>> {
    let rules = due_rule::Entity::find()
        .filter(due_rule::Column::IsActive.eq(true))
        .filter(due_rule::Column::Severity.eq(severity))
        .all(db)
        .await?;
    rules
        .into_iter()
        .map(|rule| Ok((Milestone::stored(&rule.milestone)?, rule.days)))
        .collect()
}

/// The end of the day so many days after `from`, in the system's time zone.
pub(crate) fn until(
    settings: &Settings,
    from: &DateTime<FixedOffset>,
    days: i64,
) -> Result<DateTime<FixedOffset>> {
    let day = settings.day(from);
    let day = day.checked_add_days(chrono::Days::new(days.unsigned_abs()));
    let day = day.ok_or_else(|| Error::internal("a due date is too far away"))?;
    Ok(settings.end_of_day(day))
}

/// A due rule as its history keeps it.
pub(crate) fn record(row: &due_rule::Model) -> Json {
    json!({
        "code": row.code,
        "severity": row.severity,
        "milestone": row.milestone,
        "days": row.days,
        "is_active": row.is_active,
    })
}

fn view(row: due_rule::Model) -> Result<DueRuleView> {
    Ok(DueRuleView {
        id: row.id,
        severity: Severity::stored(&row.severity)?,
        milestone: Milestone::stored(&row.milestone)?,
        code: row.code,
        days: row.days,
        is_active: row.is_active,
        version: row.version,
        created_at: Instant::show(&row.created_at),
        updated_at: Instant::show(&row.updated_at),
    })
}
