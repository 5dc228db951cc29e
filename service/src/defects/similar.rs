//! Similar cases: records of the same part and failure code, asked for while a defect is reported, and on a record.
//!
//! What counts is a report within some days before the record's own, or later; void records do not. The index over a
//! part's reports finds them: an index of its own, over part and code, would cost each new record more than it saves,
//! because a part has few reports in such a time.

use chrono::{DateTime, FixedOffset, TimeDelta};
use entity::{code_value, defect};
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::WHAT;
use super::record::code_of;
use crate::actor::Actor;
use crate::error::{Error, FieldError, Result};
use crate::input::Draft;
use crate::page::COUNTED_EXACTLY;
use crate::repeat_rule::{self, Rule};
use crate::system::System;
use crate::value::{Code, Id, Instant, Int};
use crate::words::{CodeList, Severity, Status};

/// How far back.
type Days = Int<1, 3_650>;

crate::input! {
    /// Within how many days cases are similar.
    pub struct SimilarQuery {
        /// Reported within so many days before the record, or after it; those of the repeat rule unless said.
        days: optional Days,
    }
}

crate::input! {
    /// What is about to be reported.
    pub struct NewCase {
        /// The part.
        part_id: required Id,
        /// The kind of failure.
        failure_code: required Code<40>,
        /// Reported within so many days before now; those of the repeat rule unless said.
        days: optional Days,
    }
}

/// Records of the same part and failure code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SimilarView {
    /// The part.
    pub part_id: i64,
    /// The kind of failure; null, and nothing is similar, where the record has none.
    #[schema(required)]
    pub failure_code: Option<String>,
    /// Within how many days.
    pub days: i64,
    /// They were reported at this instant or later.
    #[schema(format = DateTime)]
    pub reported_after: String,
    /// How many there are, the record itself not counted; exact to 1,000.
    pub count: i64,
    /// True where there are more than `count`.
    pub count_is_minimum: bool,
    /// The newest of them, at most ten; `GET /defects` with the same filters lists all.
    pub newest: Vec<SimilarDefect>,
    /// From which repeat on the plant's rule proposes a corrective action.
    pub proposes_from: i64,
    /// Whether it does here: so many are similar within the days of the rule.
    pub proposes_corrective_action: bool,
}

/// A record of the same part and failure code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SimilarDefect {
    /// Id.
    pub id: i64,
    /// Number on the tag.
    pub tag_number: String,
    /// Where it stands.
    pub status: Status,
    /// How grave it is.
    #[schema(required)]
    pub severity: Option<Severity>,
    /// What is wrong, in a line.
    pub title: String,
    /// Lot or batch.
    #[schema(required)]
    pub lot_number: Option<String>,
    /// When it was reported.
    #[schema(format = DateTime)]
    pub reported_at: String,
}

/// How many are shown.
const NEWEST: u64 = 10;

/// What is similar to a record.
///
/// # Errors
/// `NotFound`, `Invalid`.
pub async fn to_record(
    system: &System,
    actor: &Actor,
    id: i64,
    draft: &Draft<SimilarQuery>,
) -> Result<SimilarView> {
    actor.may_read()?;
    let db = system.db.reader();
    let row = defect::Entity::find_by_id(id).one(db).await?;
    let row = row.ok_or(Error::NotFound(WHAT))?;
    let query = draft.check()?;
    let case = Case {
        part_id: row.part_id,
        code_id: row.failure_code_id,
        failure_code: code_of(db, row.failure_code_id).await?,
        at: row.reported_at,
        own: Some(row.id),
    };
    case.look(db, query.days).await
}

/// What is similar to what is about to be reported.
///
/// # Errors
/// `Invalid`, also for a code that is not on the list.
pub async fn to_new(system: &System, actor: &Actor, draft: &Draft<NewCase>) -> Result<SimilarView> {
    actor.may_read()?;
    let db = system.db.reader();
    let new = draft.check()?;
    let code_id: Option<i64> = code_value::Entity::find()
        .select_only()
        .column(code_value::Column::Id)
        .filter(code_value::Column::ListName.eq(CodeList::FailureCode.word()))
        .filter(code_value::Column::Code.eq(new.failure_code.0.as_str()))
        .into_tuple()
        .one(db)
        .await?;
    if code_id.is_none() {
        let unknown = FieldError::unknown_reference("failure_code", "failure code");
        return Err(Error::Invalid(vec![unknown]));
    }
    let case = Case {
        part_id: new.part_id.0,
        code_id,
        failure_code: Some(new.failure_code.0.clone()),
        at: system.clock.now(),
        own: None,
    };
    case.look(db, new.days).await
}

/// What others are held against.
struct Case {
    part_id: i64,
    code_id: Option<i64>,
    failure_code: Option<String>,
    at: DateTime<FixedOffset>,
    own: Option<i64>,
}

impl Case {
    async fn look(self, db: &impl ConnectionTrait, days: Option<Days>) -> Result<SimilarView> {
        let rule = repeat_rule::current(db).await?;
        let days = days.map_or(rule.days, |days| days.0);
        let since = self.since(days);
        let count = self.count(db, since).await?;
        let repeats = match days {
            days if days == rule.days => count,
            _ => self.count(db, self.since(rule.days)).await?,
        };
        let Rule {
            repeats: proposes_from,
            ..
        } = rule;
        Ok(SimilarView {
            days,
            reported_after: Instant::show(&since),
            count: count.min(COUNTED_EXACTLY),
            count_is_minimum: count > COUNTED_EXACTLY,
            newest: self.newest(db, since).await?,
            proposes_from,
            proposes_corrective_action: repeats >= proposes_from,
            part_id: self.part_id,
            failure_code: self.failure_code,
        })
    }

    fn since(&self, days: i64) -> DateTime<FixedOffset> {
        self.at - TimeDelta::days(days)
    }

    /// None where the case has no failure code: nothing is similar to that.
    fn wanted(&self, since: DateTime<FixedOffset>) -> Option<Condition> {
        let mut wanted = Condition::all()
            .add(defect::Column::PartId.eq(self.part_id))
            .add(defect::Column::FailureCodeId.eq(self.code_id?))
            .add(defect::Column::ReportedAt.gte(since))
            .add(defect::Column::Status.ne(Status::Void.word()));
        if let Some(own) = self.own {
            wanted = wanted.add(defect::Column::Id.ne(own));
        }
        Some(wanted)
    }

    /// How many there are, up to one more than is counted.
    async fn count(&self, db: &impl ConnectionTrait, since: DateTime<FixedOffset>) -> Result<i64> {
        let Some(wanted) = self.wanted(since) else {
            return Ok(0);
        };
        let ids = defect::Entity::find()
            .select_only()
            .column(defect::Column::Id)
            .filter(wanted)
            .limit(COUNTED_EXACTLY.unsigned_abs() + 1)
            .into_query();
        let counted = Query::select()
            .expr_as(Expr::cust("COUNT(*)"), "n")
            .from_subquery(ids, "counted")
            .to_owned();
        let row = db.query_one(&counted).await?;
        Ok(row.map_or(Ok(0), |row| row.try_get("", "n"))?)
    }

    async fn newest(
        &self,
        db: &impl ConnectionTrait,
        since: DateTime<FixedOffset>,
    ) -> Result<Vec<SimilarDefect>> {
        let Some(wanted) = self.wanted(since) else {
            return Ok(Vec::new());
        };
        let rows: Vec<Newest> = defect::Entity::find()
            .select_only()
            .columns([
                defect::Column::Id,
                defect::Column::TagNumber,
                defect::Column::Status,
                defect::Column::Severity,
                defect::Column::Title,
                defect::Column::LotNumber,
                defect::Column::ReportedAt,
            ])
            .filter(wanted)
            .order_by_desc(defect::Column::ReportedAt)
            .order_by_desc(defect::Column::Id)
            .limit(NEWEST)
            .into_tuple()
            .all(db)
            .await?;
        rows.into_iter().map(shown).collect()
    }
}

/// The columns of [`SimilarDefect`], as they are read.
type Newest = (
    i64,
    String,
    String,
    Option<String>,
    String,
    Option<String>,
    DateTime<FixedOffset>,
);

fn shown(
    (id, tag_number, status, severity, title, lot_number, reported_at): Newest,
) -> Result<SimilarDefect> {
    Ok(SimilarDefect {
        id,
        tag_number,
        status: Status::stored(&status)?,
        severity: severity.as_deref().map(Severity::stored).transpose()?,
        title,
        lot_number,
        reported_at: Instant::show(&reported_at),
    })
}
