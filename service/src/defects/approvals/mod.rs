//! Votes on what is to become of the material: who voted how, as who, and whether signed.
//!
//! A vote is about the proposal as it stands. The round ends when the disposition is approved or rejected, when a line is
//! added, changed or taken back, and when the record goes back; then everybody may vote again. In a round everybody has
//! one vote, and nobody votes on what he wrote. How a vote is cast is in [`cast`], who is told that his is waited for in
//! [`ask`], which votes are in [`wanted`]; what the votes must come to is asked of the rules, in [`super::proposal`].

mod ask;
mod cast;
mod wanted;

use entity::approval;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use utoipa::ToSchema;

use super::ChildQuery;
use super::children::{Kind, Names, Under, page, require_defect};
use super::proposal::Vote;
use super::record::Record;
use crate::actor::Actor;
use crate::approval_rule::words_of;
use crate::error::{Error, Result};
use crate::input::Draft;
use crate::page::Page;
use crate::reference::PersonRef;
use crate::rights::field;
use crate::role::Role;
use crate::system::System;
use crate::value::Instant;
use crate::words::Decision;

pub(super) use ask::ask;
pub use cast::{NewApproval, cast};
pub use wanted::{NoVote, WantedVote, WantedVotes, wanted};

/// A vote.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ApprovalView {
    /// Id.
    pub id: i64,
    /// Which round of votes on the record's disposition, from 1.
    pub round: i64,
    /// Who voted.
    pub approver: PersonRef,
    /// As what: those of his roles of that time that vote.
    pub roles: Vec<Role>,
    /// How.
    pub decision: Decision,
    /// Why.
    #[schema(required)]
    pub reason: Option<String>,
    /// The signature under it, where it is signed.
    #[schema(required)]
    pub signature_id: Option<i64>,
    /// When.
    #[schema(format = DateTime)]
    pub voted_at: String,
    /// When the round ended; null while the vote stands.
    #[schema(required, format = DateTime)]
    pub ended_at: Option<String>,
}

/// What a missing one is called.
const WHAT: &str = "approval";

/// Lists a record's votes, those of past rounds too.
///
/// # Errors
/// `NotFound`, `Invalid`.
pub async fn list(
    system: &System,
    actor: &Actor,
    under: impl Into<Under>,
    draft: &Draft<ChildQuery>,
) -> Result<Page<ApprovalView>> {
    actor.may_read()?;
    let kind = Kind::<approval::Entity> {
        name: "approvals",
        id: approval::Column::Id,
        parent: approval::Column::DefectId,
        long: &[],
    };
    let page = page(system, under.into(), kind, draft, |vote| vote.id).await?;
    let people = page.items.iter().map(|vote| vote.approver_id);
    let names = Names::of(system.db.reader(), people).await?;
    page.try_map(|vote| view(vote, &names))
}

/// Reads a vote.
///
/// # Errors
/// `NotFound`.
pub async fn show(system: &System, actor: &Actor, defect_id: i64, id: i64) -> Result<ApprovalView> {
    actor.may_read()?;
    let db = system.db.reader();
    require_defect(db, defect_id).await?;
    let vote = approval::Entity::find_by_id(id)
        .filter(approval::Column::DefectId.eq(defect_id))
        .one(db)
        .await?
        .ok_or(Error::NotFound(WHAT))?;
    let names = Names::of(db, [vote.approver_id]).await?;
    view(vote, &names)
}

/// The votes for a record's proposal that stand.
pub(super) async fn standing(db: &impl ConnectionTrait, defect_id: i64) -> Result<Vec<Vote>> {
    let rows = of_this_round(db, defect_id).await?;
    let approves = |row: &approval::Model| row.decision == Decision::Approve.word();
    let rows = rows.into_iter().filter(approves);
    rows.map(|row| {
        Ok(Vote {
            approver: row.approver_id,
            roles: words_of(&row.roles)?.into_iter().collect(),
            is_signed: row.signature_id.is_some(),
        })
    })
    .collect()
}

async fn of_this_round(db: &impl ConnectionTrait, defect_id: i64) -> Result<Vec<approval::Model>> {
    let rows = approval::Entity::find()
        .filter(approval::Column::DefectId.eq(defect_id))
        .filter(approval::Column::EndedAt.is_null())
        .order_by_asc(approval::Column::Id)
        .all(db)
        .await?;
    Ok(rows)
}

/// Ends the round: the votes are about something that is decided, or is not what it was.
pub(super) async fn end_round(record: &mut Record<'_>) -> Result<()> {
    let unit = record.unit;
    let ended = json!(Instant::show(&unit.now));
    let votes = of_this_round(unit.tx, record.row.id).await?;
    if !votes.is_empty() {
        ask::forget(record);
    }
    for vote in votes {
        record.note(&format!("{}.ended_at", path(vote.id)), &Json::Null, &ended)?;
        approval::Entity::update_many()
            .set(approval::ActiveModel {
                ended_at: Set(Some(unit.now)),
                ..Default::default()
            })
            .filter(approval::Column::Id.eq(vote.id))
            .exec(unit.tx)
            .await?;
    }
    Ok(())
}

/// A vote as history names it.
pub(crate) fn path(id: i64) -> String {
    format!("{}/{id}", field::APPROVALS)
}

/// A vote as history keeps it.
pub(crate) fn content(vote: &approval::Model) -> Json {
    json!({
        "round": vote.round,
        "approver_id": vote.approver_id,
        "roles": vote.roles,
        "decision": vote.decision,
        "reason": vote.reason,
        "signature_id": vote.signature_id,
        "voted_at": Instant::show(&vote.voted_at),
        "ended_at": vote.ended_at.as_ref().map(Instant::show),
    })
}

fn view(vote: approval::Model, names: &Names) -> Result<ApprovalView> {
    Ok(ApprovalView {
        id: vote.id,
        round: vote.round,
        approver: names.person(vote.approver_id),
        roles: words_of(&vote.roles)?,
        decision: Decision::stored(&vote.decision)?,
        reason: vote.reason,
        signature_id: vote.signature_id,
        voted_at: Instant::show(&vote.voted_at),
        ended_at: vote.ended_at.as_ref().map(Instant::show),
    })
}
