//! Checking chains as a request asks for it: one record's, or of all the next ones that a request has time for.
//!
//! A check of everything is a walk of many requests: each reads a bounded number of records as of one moment and says
//! where the next begins. So it needs neither a job nor a writer, works on a read-only server, and whoever asks may
//! stop. `dmt audit verify` walks in one go.

use db::Tx;
use entity::audit_event;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::verify::{Finding, Verification, Walk};
use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::input::Draft;
use crate::page::{PageRequest, bad_key};
use crate::rights::AUDIT;
use crate::system::System;
use crate::value::{Id, Text};

/// How many rows of history are enough for one request.
const ENOUGH_ROWS: u64 = 20_000;

/// How many findings are.
const ENOUGH_FINDINGS: usize = 200;

/// How many ids are looked at between two looks at what is enough.
const STRIDE: i64 = 100;

crate::choice! {
    /// What has a history: the table names of its records.
    pub enum Chained {
        /// A user.
        User = "app_user",
        /// An approval rule.
        ApprovalRule = "approval_rule",
        /// A code of a list.
        Code = "code_value",
        /// A concession.
        Concession = "concession",
        /// Frozen limits of a control chart.
        ControlLimit = "control_limit",
        /// A corrective action request, with all that hangs on it.
        CorrectiveAction = "corrective_action",
        /// A defect, with all that hangs on it.
        Defect = "defect",
        /// A due rule.
        DueRule = "due_rule",
        /// An inspection.
        Inspection = "inspection",
        /// A part.
        Part = "part",
        /// A customer or supplier.
        Partner = "partner",
        /// The repeat rule.
        RepeatRule = "repeat_rule",
        /// A webhook.
        Webhook = "webhook",
        /// A work center.
        WorkCenter = "work_center",
    }
}

crate::input! {
    /// Which chains are checked; all of them, unless said otherwise.
    pub struct AuditQuery {
        /// Only those of records of this kind.
        entity: optional Chained,
        /// Only that of this record; `entity` says of which kind it is.
        id: optional Id,
        /// Where to go on: `next_cursor` of the answer before, with the same `entity`.
        cursor: optional Text<2000>,
    }
}

/// What a check has found so far as it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AuditCheck {
    /// How many records' chains were checked by this request.
    #[schema(minimum = 0)]
    pub chains: u64,
    /// How many rows of history.
    #[schema(minimum = 0)]
    pub rows: u64,
    /// How many of them hold what the erasure of a person left, and are vouched for by that person's history.
    #[schema(minimum = 0)]
    pub erased: u64,
    /// What is not as it was written; empty where all is.
    pub findings: Vec<Finding>,
    /// Where the next request goes on; null once everything was checked.
    pub next_cursor: Option<String>,
}

/// Checks the chain of a record, or the next ones of all.
///
/// # Errors
/// `Forbidden`, `NotFound` for a record that neither is nor was, `Invalid`.
pub async fn check(
    system: &System,
    actor: &Actor,
    draft: &Draft<AuditQuery>,
) -> Result<AuditCheck> {
    actor.may_read()?;
    if !actor.roles.has_any(AUDIT) {
        let who: Vec<_> = AUDIT.iter().map(|role| role.word()).collect();
        let detail = format!("only {} may check the audit trail", who.join(", "));
        return Err(Error::forbidden(detail));
    }
    let AuditQuery { entity, id, cursor } = draft.check()?;
    let cursor = cursor.as_ref().map(|cursor| cursor.0.as_str());
    let identity = json!(["audit", entity, id.map(|id| id.0)]);
    let request = PageRequest::new(&identity, None, cursor, None)?;
    match (entity, id) {
        (Some(entity), Some(id)) => one(system, *entity, id.0).await,
        (None, Some(_)) => Err(Error::field(
            "entity",
            "required",
            "must say of which kind the record of this id is",
        )),
        (entity, None) => walk(system, *entity, &request).await,
    }
}

async fn one(system: &System, entity: Chained, id: i64) -> Result<AuditCheck> {
    let mut result = Verification::default();
    let db = system.db.snapshot().await?;
    let mut walk = Walk::new(system, &db);
    walk.between(entity.word(), (id, id), &mut result, &|_| ())
        .await?;
    db.commit().await?;
    if result.chains == 0 && result.findings.is_empty() {
        return Err(Error::NotFound("record"));
    }
    Ok(answer(result, None))
}

/// Where a walk stands: a table's place in the order, and the id that comes next there.
type Place = (usize, i64);

async fn walk(
    system: &System,
    entity: Option<Chained>,
    request: &PageRequest,
) -> Result<AuditCheck> {
    let kinds = entity.map_or(Chained::ALL.to_vec(), |entity| vec![entity]);
    let start = match request.after() {
        None => (0, 1),
        Some((key, id)) => {
            let kind = key.as_str().and_then(Chained::of);
            let place = kind.and_then(|kind| kinds.iter().position(|known| *known == kind));
            (place.ok_or_else(bad_key)?, *id)
        }
    };
    let mut result = Verification::default();
    let db = system.db.snapshot().await?;
    let stopped = advance(system, &db, &kinds, start, &mut result).await?;
    db.commit().await?;
    let next = stopped.map(|(kind, id)| request.write_cursor(&(json!(kinds[kind]), id)));
    Ok(answer(result, next))
}

/// Checks from a place on until it is enough; answers where it goes on.
async fn advance(
    system: &System,
    db: &Tx,
    kinds: &[Chained],
    (start, mut from): Place,
    result: &mut Verification,
) -> Result<Option<Place>> {
    let mut walk = Walk::new(system, db);
    for (place, kind) in kinds.iter().enumerate().skip(start) {
        let table = kind.word();
        while let Some(first) = first_from(db, table, from).await? {
            if result.rows >= ENOUGH_ROWS || result.findings.len() >= ENOUGH_FINDINGS {
                return Ok(Some((place, first)));
            }
            let last = first.saturating_add(STRIDE - 1);
            walk.between(table, (first, last), result, &|_| ()).await?;
            from = last.saturating_add(1);
        }
        from = 1;
    }
    Ok(None)
}

/// The first id from one on that has a record or a history.
async fn first_from(db: &Tx, table: &str, from: i64) -> Result<Option<i64>> {
    let record = Query::select()
        .expr_as(Expr::col(Alias::new("id")).min(), Alias::new("first"))
        .from(Alias::new(table))
        .and_where(Expr::col(Alias::new("id")).gte(from))
        .to_owned();
    let record: Option<i64> = match db.query_one(&record).await? {
        Some(row) => row.try_get("", "first")?,
        None => None,
    };
    let history: Option<Option<i64>> = audit_event::Entity::find()
        .select_only()
        .column_as(audit_event::Column::EntityId.min(), "first")
        .filter(audit_event::Column::Entity.eq(table))
        .filter(audit_event::Column::EntityId.gte(from))
        .into_tuple()
        .one(db)
        .await?;
    Ok([record, history.flatten()].into_iter().flatten().min())
}

fn answer(result: Verification, next_cursor: Option<String>) -> AuditCheck {
    AuditCheck {
        chains: result.chains,
        rows: result.rows,
        erased: result.erased,
        findings: result.findings,
        next_cursor,
    }
}

#[cfg(test)]
mod tests {
    use super::super::present::CHAINED;
    use super::Chained;

    #[test]
    fn a_request_may_ask_for_every_table_that_has_chains() {
        let words: Vec<_> = Chained::ALL.iter().map(|kind| kind.word()).collect();
        assert_eq!(words, CHAINED);
    }
}
