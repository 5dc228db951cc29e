//! Concessions: what a customer lets pass although it does not conform (ISO 9000:2015, 3.12.5), how much of it, of which
//! part and until when.
//!
//! The quality engineer, the quality manager and the administrator write them. What is used of one is the quantity of
//! the approved lines that refer to it, on records that are not void; it is counted anew each time and kept nowhere, so
//! no merge and no reopened record can leave it wrong. Whoever uses or lowers it holds its row meanwhile.

mod forms;
mod usable;
mod write;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use entity::{concession, defect, disposition_line, partner};
use sea_orm::sea_query::{Condition, Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, JoinType, QueryFilter, QuerySelect, QueryTrait,
    RelationTrait,
};
use serde_json::{Value as Json, json};

use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::input::Draft;
use crate::inspection::view::{known, parts};
use crate::master;
use crate::page::{Page, PageRequest};
use crate::reference::{PartRef, PartnerRef};
use crate::system::System;
use crate::value::{Instant, Quantity};
use crate::words::Status;

pub use forms::{ConcessionPatch, ConcessionQuery, ConcessionView, NewConcession};
pub use usable::usable;
pub(crate) use write::create_in;
pub use write::{change, create, delete};

master::master!(concession, "concession");

/// A concession, and how much of it is used.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    pub(crate) row: concession::Model,
    /// Thousandths.
    used: i64,
}

/// The concessions of these ids as they stand.
pub(crate) async fn terms(db: &impl ConnectionTrait, ids: &BTreeSet<i64>) -> Result<Vec<Terms>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = concession::Entity::find()
        .filter(concession::Column::Id.is_in(ids.iter().copied()))
        .all(db)
        .await?;
    let used = used(db, ids).await?;
    let terms = rows.into_iter().map(|row| Terms {
        used: used.get(&row.id).copied().unwrap_or(0),
        row,
    });
    Ok(terms.collect())
}

/// How much of each is used.
async fn used(db: &impl ConnectionTrait, ids: &BTreeSet<i64>) -> Result<HashMap<i64, i64>> {
    let sum = Expr::col((disposition_line::Entity, disposition_line::Column::Quantity))
        .sum()
        .cast_as(db::dialect::sum_type(db.get_database_backend()));
    let rows: Vec<(i64, i64)> = disposition_line::Entity::find()
        .select_only()
        .column(disposition_line::Column::ConcessionId)
        .expr_as(sum, "used")
        .join(
            JoinType::InnerJoin,
            disposition_line::Relation::Defect.def(),
        )
        .filter(disposition_line::Column::ConcessionId.is_in(ids.iter().copied()))
        .filter(disposition_line::Column::DecidedAt.is_not_null())
        .filter(defect::Column::Status.ne(Status::Void.word()))
        .group_by(disposition_line::Column::ConcessionId)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}

impl Terms {
    /// Why it does not cover so many thousandths more, on a record of a part whose design is of `owner`.
    pub(crate) fn refusals(
        &self,
        record: &defect::Model,
        owner: Option<i64>,
        today: NaiveDate,
        wanted: i64,
    ) -> Vec<String> {
        let row = &self.row;
        let number = &row.concession_number;
        let mut refusals = Vec::new();
        let mut refuse = |is_refused: bool, why: String| {
            if is_refused {
                refusals.push(format!("concession {number} {why}"));
            }
        };
        refuse(!row.is_active, "is retired".to_owned());
        refuse(
            row.valid_until < today,
            format!("was valid until {}", row.valid_until),
        );
        let customer = owner.or(record.customer_id);
        refuse(
            customer != Some(row.customer_id),
            "is of another customer than the record's".to_owned(),
        );
        refuse(
            row.part_id.is_some_and(|part| part != record.part_id),
            "is for another part".to_owned(),
        );
        let left = row.max_quantity - self.used;
        refuse(
            wanted > left,
            format!(
                "has {} left, and {} are wanted",
                Quantity::show(Ord::max(left, 0)),
                Quantity::show(wanted)
            ),
        );
        refusals
    }
}

/// Lists concessions by number.
///
/// # Errors
/// `Invalid`.
pub async fn list(
    system: &System,
    actor: &Actor,
    query: &Draft<ConcessionQuery>,
) -> Result<Page<ConcessionView>> {
    actor.may_read()?;
    let ConcessionQuery {
        customer_id,
        part_id,
        q,
        expired,
        is_active,
        limit,
        cursor,
        count,
    } = query.check()?;
    let (q, cursor) = (
        q.as_ref().map(|text| text.0.as_str()),
        cursor.as_ref().map(|text| text.0.as_str()),
    );
    let (customer, part) = (customer_id.map(|id| id.0), part_id.map(|id| id.0));
    let today = system.settings.today(&system.clock);
    let identity = json!(["concessions", customer, part, q, expired, is_active]);
    let request = PageRequest::new(&identity, *limit, cursor, *count)?;
    let select = concession::Entity::find()
        .apply_if(customer, |select, id| {
            select.filter(concession::Column::CustomerId.eq(id))
        })
        .apply_if(part, |select, id| {
            select.filter(concession::Column::PartId.eq(id))
        })
        .apply_if(q, |select, q| select.filter(search(q)))
        .apply_if(*expired, |select, yes| {
            let last = concession::Column::ValidUntil;
            select.filter(if yes { last.lt(today) } else { last.gte(today) })
        })
        .apply_if(*is_active, |select, yes| {
            select.filter(concession::Column::IsActive.eq(yes))
        });
    let column = concession::Column::ConcessionNumber;
    let db = system.db.reader();
    let page = master::page(db, &request, select, column, |row| &row.concession_number).await?;
    let shown = Shown::of(db, &page.items).await?;
    page.try_map(|row| shown.view(row))
}

fn search(q: &str) -> Condition {
    use concession::Column::{ConcessionNumber, Reference};
    Condition::any()
        .add(master::begins_with(|| Expr::col(ConcessionNumber), q))
        .add(master::begins_with(|| Expr::col(Reference), q))
}

/// Shows a concession.
///
/// # Errors
/// `NotFound`.
pub async fn show(system: &System, actor: &Actor, id: i64) -> Result<ConcessionView> {
    actor.may_read()?;
    let db = system.db.reader();
    let row = concession::Entity::find_by_id(id).one(db).await?;
    viewed(db, row.ok_or(Error::NotFound("concession"))?).await
}

/// The concessions of these ids, by their ids; what is not there is left out.
///
/// # Errors
/// `Forbidden` for a token that may not read, `Database`.
pub async fn of_ids(
    system: &System,
    actor: &Actor,
    ids: &BTreeSet<i64>,
) -> Result<BTreeMap<i64, ConcessionView>> {
    actor.may_read()?;
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let db = system.db.reader();
    let rows = concession::Entity::find()
        .filter(concession::Column::Id.is_in(ids.iter().copied()))
        .all(db)
        .await?;
    let shown = Shown::of(db, &rows).await?;
    rows.into_iter()
        .map(|row| Ok((row.id, shown.view(row)?)))
        .collect()
}

/// A concession as its history keeps it.
pub(crate) fn record(row: &concession::Model) -> Json {
    json!({
        "number": row.concession_number,
        "customer_id": row.customer_id,
        "reference": row.reference,
        "part_id": row.part_id,
        "max_quantity": Quantity::show(row.max_quantity),
        "valid_until": row.valid_until.to_string(),
        "is_active": row.is_active,
    })
}

async fn viewed(db: &impl ConnectionTrait, row: concession::Model) -> Result<ConcessionView> {
    let shown = Shown::of(db, std::slice::from_ref(&row)).await?;
    shown.view(row)
}

/// What concessions are shown with.
struct Shown {
    customers: HashMap<i64, PartnerRef>,
    parts: HashMap<i64, PartRef>,
    used: HashMap<i64, i64>,
}

impl Shown {
    async fn of(db: &impl ConnectionTrait, rows: &[concession::Model]) -> Result<Self> {
        if rows.is_empty() {
            return Ok(Self {
                customers: HashMap::new(),
                parts: HashMap::new(),
                used: HashMap::new(),
            });
        }
        let customers: BTreeSet<i64> = rows.iter().map(|row| row.customer_id).collect();
        let customers = partner::Entity::find()
            .filter(partner::Column::Id.is_in(customers))
            .all(db)
            .await?;
        let customers = customers.into_iter().map(|row| {
            let (id, code, name) = (row.id, row.code, row.name);
            (id, PartnerRef { id, code, name })
        });
        let ids = rows.iter().map(|row| row.id).collect();
        Ok(Self {
            customers: customers.collect(),
            parts: parts(db, rows.iter().filter_map(|row| row.part_id).collect()).await?,
            used: used(db, &ids).await?,
        })
    }

    fn view(&self, row: concession::Model) -> Result<ConcessionView> {
        let part = row.part_id.map(|id| known(&self.parts, id, "part"));
        Ok(ConcessionView {
            id: row.id,
            number: row.concession_number,
            customer: known(&self.customers, row.customer_id, "customer")?,
            reference: row.reference,
            part_id: row.part_id,
            part: part.transpose()?,
            max_quantity: Quantity::show(row.max_quantity),
            used_quantity: Quantity::show(self.used.get(&row.id).copied().unwrap_or(0)),
            valid_until: row.valid_until.to_string(),
            is_active: row.is_active,
            version: row.version,
            created_at: Instant::show(&row.created_at),
            updated_at: Instant::show(&row.updated_at),
        })
    }
}
