//! Asking for votes: whoever may give one that is missing is told of it.
//!
//! The moment is that at which he can vote and it would count: the record is in `disposition`, its lines come to the
//! defective quantity, and the approval rules ask for votes that it does not have. It is looked for after whatever may
//! bring it about: the record comes to `disposition`, a line is added, changed or taken back, or the quantity, the
//! severity or another field that the rules look at changes. A role is told once in a round: what is written on the
//! proposal afterwards tells it nothing, until votes that were given have become void with it, the proposal was
//! rejected and is changed, or the record has left `disposition`. A change of the rules themselves tells nobody.

use std::collections::BTreeSet;

use sea_orm::ActiveValue::Set;

use crate::approval_rule::{words, words_of};
use crate::defects::guards::lines_of;
use crate::defects::proposal::Proposal;
use crate::defects::record::Record;
use crate::error::Result;
use crate::notice::{self, Event, Notice};
use crate::role::Role;
use crate::words::Status;

/// Asks for the votes that a proposal needs after a change, if this is the moment.
pub(in crate::defects) async fn ask(record: &mut Record<'_>) -> Result<()> {
    if record.status != Status::Disposition {
        forget(record);
        return Ok(());
    }
    if !notice::is_heard(record.unit, Event::ApprovalNeeded).await? {
        return Ok(());
    }
    let db = record.unit.tx;
    let lines = lines_of(db, record.row.id).await?;
    let total: i64 = lines.iter().map(|line| line.quantity).sum();
    if total != record.row.quantity_defective {
        return Ok(());
    }
    let proposal = Proposal::load(db, &record.unit.system, &record.row, &lines).await?;
    let told = record.row.votes_told.as_deref().map(words_of).transpose()?;
    let mut told = told.unwrap_or_default();
    let is_new = |role: &Role| !told.contains(role);
    let roles: Vec<Role> = proposal
        .missing_roles()
        .into_iter()
        .filter(is_new)
        .collect();
    if roles.is_empty() {
        return Ok(());
    }
    let proposers = lines
        .iter()
        .flat_map(|line| [Some(line.created_by), line.proposed_by])
        .flatten();
    let voters = proposal.votes.iter().map(|vote| vote.approver);
    let barred: BTreeSet<i64> = proposers.chain(voters).collect();
    told.extend(&roles);
    let asked =
        Notice::about(Event::ApprovalNeeded, &record.row).ask(roles, barred.into_iter().collect());
    notice::tell(record.unit, vec![asked]).await?;
    put(record, Some(words(&told)));
    Ok(())
}

/// What was asked for is not what will be asked for next.
pub(super) fn forget(record: &mut Record<'_>) {
    if record.row.votes_told.is_some() {
        put(record, None);
    }
}

/// Past the history: whom it was told to is not part of the record.
fn put(record: &mut Record<'_>, told: Option<String>) {
    record.row.votes_told.clone_from(&told);
    record.set.votes_told = Set(told);
}
