//! A filter as conditions on records, and what its indexes can find.

use std::collections::HashMap;

use entity::{app_user, defect, part, partner, work_center};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, IntoCondition, Query, SimpleExpr};
use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QuerySelect};

use super::DefectFilter;
use crate::actor::Actor;
use crate::code;
use crate::defects::query::D;
use crate::defects::{overdue, spent};
use crate::error::{Error, Result};
use crate::rights::sees_cost;
use crate::search::{self, SearchText};
use crate::setting::Settings;
use crate::system::System;
use crate::user;
use crate::value::{Chosen, Code, Emptiness, Id, Moment, Span};
use crate::words::CodeList;

/// The conditions of a filter.
#[derive(Clone, Debug)]
pub(in crate::defects) struct Wanted {
    /// All of them, over the alias [`D`].
    pub(in crate::defects) condition: Condition,
    /// All but those that want one state and no other.
    pub(in crate::defects) besides_state: Condition,
    /// Columns of which one of these values is wanted and nothing else.
    pub(in crate::defects) lists: Vec<(defect::Column, Vec<SimpleExpr>)>,
    /// Whether there are conditions that let few rows through and have an index of their own.
    pub(in crate::defects) is_narrow: bool,
    /// What is searched for, and is no condition yet.
    pub(in crate::defects) searches: Vec<SearchText>,
}

/// The conditions that records have to meet.
///
/// # Errors
/// `Forbidden` where it asks for cost and the caller does not see it, `Database`.
pub(crate) async fn conditions(
    system: &System,
    actor: &Actor,
    db: &impl ConnectionTrait,
    filter: &DefectFilter,
) -> Result<Condition> {
    let wanted = wanted(system, actor, db, filter).await?;
    Ok(wanted.searched(db.get_database_backend()).condition)
}

/// The same, with what the indexes can find.
///
/// # Errors
/// As [`conditions`].
pub(in crate::defects) async fn wanted(
    system: &System,
    actor: &Actor,
    db: &impl ConnectionTrait,
    filter: &DefectFilter,
) -> Result<Wanted> {
    let asks_cost = filter.asks_cost();
    if !asks_cost.is_empty() && !sees_cost(actor.roles) {
        return Err(Error::cost_is_hidden(asks_cost));
    }
    let mut all = Wanted {
        condition: Condition::all(),
        besides_state: Condition::all(),
        lists: Vec::new(),
        is_narrow: false,
        searches: Vec::new(),
    };
    for part in filter.parts() {
        all.searches.extend(part.q.clone());
        all.add_facts(part);
        all.add_cost(&system.settings, part);
        all.add_moments(system, part);
        all.add_references(part);
        all.add_codes(actor, db, part).await?;
    }
    Ok(all)
}

fn put(all: &mut Condition, condition: Condition) {
    *all = std::mem::replace(all, Condition::all()).add(condition);
}

impl Wanted {
    /// With what is searched for as conditions like the others.
    pub(in crate::defects) fn searched(mut self, family: DbBackend) -> Self {
        for text in std::mem::take(&mut self.searches) {
            self.add(search::body_condition(
                family,
                &text,
                (D, defect::Column::Id),
            ));
            self.is_narrow = true;
        }
        self
    }

    fn add(&mut self, condition: impl IntoCondition) {
        let condition = condition.into_condition();
        put(&mut self.condition, condition.clone());
        put(&mut self.besides_state, condition);
    }

    /// One of some values, and the like.
    fn choose<const EMPTY: bool>(
        &mut self,
        column: defect::Column,
        chosen: &Chosen<SimpleExpr, EMPTY>,
    ) {
        let only = chosen.only();
        match (column, only) {
            (defect::Column::Status, Some([_])) => put(&mut self.condition, choice(column, chosen)),
            _ => self.add(choice(column, chosen)),
        }
        if let Some(values) = only {
            self.lists.push((column, values.to_vec()));
        }
    }

    /// What the record itself says.
    fn add_facts(&mut self, filter: &DefectFilter) {
        // In the text, where PostgreSQL sees how many rows have a word: they are our own, and few.
        let word = |word: &'static str| SimpleExpr::from(Expr::cust(format!("'{word}'")));
        if let Some(chosen) = &filter.status {
            let words = chosen.map(|stage| {
                stage
                    .states()
                    .into_iter()
                    .map(|status| word(status.word()))
                    .collect()
            });
            self.choose(defect::Column::Status, &words);
        }
        if let Some(chosen) = &filter.severity {
            self.choose(
                defect::Column::Severity,
                &chosen.map(|severity| vec![word(severity.word())]),
            );
        }
        if let Some(chosen) = &filter.origin {
            self.choose(
                defect::Column::Origin,
                &chosen.map(|origin| vec![word(origin.word())]),
            );
        }
        if let Some(chosen) = &filter.tag_number {
            self.choose(
                defect::Column::TagNumber,
                &chosen.map(|tag| vec![Expr::value(tag.0.as_str())]),
            );
        }
        if let Some(chosen) = &filter.lot_number {
            self.choose(
                defect::Column::LotNumber,
                &chosen.map(|lot| vec![Expr::value(lot.0.as_str())]),
            );
        }
        if let Some(chosen) = &filter.work_order {
            self.choose(
                defect::Column::WorkOrder,
                &chosen.map(|order| vec![Expr::value(order.0.as_str())]),
            );
        }
        if let Some(id) = &filter.external_id {
            self.add(Expr::col((D, defect::Column::ExternalId)).eq(id.0.as_str()));
            self.is_narrow = true;
        }
        if let Some(span) = filter.quantity_defective {
            self.add(within(defect::Column::QuantityDefective, span));
        }
        if let Some(is_contained) = filter.is_contained {
            self.add(Expr::col((D, defect::Column::IsContained)).eq(is_contained));
        }
        if let Some(on_hold) = filter.on_hold {
            let held = Expr::col((D, defect::Column::HeldAt));
            self.add(if on_hold {
                held.is_not_null()
            } else {
                held.is_null()
            });
        }
    }

    /// What it has cost, in the currency's minor units.
    fn add_cost(&mut self, settings: &Settings, filter: &DefectFilter) {
        if let Some(span) = filter.cost_total {
            let digits = settings.currency.digits;
            let least = span.least.map_or(i64::MIN, |least| least.0.ceil(digits));
            let most = span.most.map_or(i64::MAX, |most| most.0.floor(digits));
            self.add(spent::cost_is_within(least, most));
        }
    }

    /// When something happened or is due.
    fn add_moments(&mut self, system: &System, filter: &DefectFilter) {
        let at = |moment: Moment| {
            let settings = &system.settings;
            moment.resolve(system.clock.now(), settings.today(&system.clock), |day| {
                settings.start_of_day(day)
            })
        };
        for (column, after, before) in [
            (
                defect::Column::ReportedAt,
                filter.reported_after,
                filter.reported_before,
            ),
            (
                defect::Column::DetectedAt,
                filter.detected_after,
                filter.detected_before,
            ),
            (defect::Column::DueAt, filter.due_after, filter.due_before),
            (
                defect::Column::ClosedAt,
                filter.closed_after,
                filter.closed_before,
            ),
            (
                defect::Column::UpdatedAt,
                filter.updated_after,
                filter.updated_before,
            ),
        ] {
            if let Some(after) = after {
                self.add(Expr::col((D, column)).gte(at(after)));
            }
            if let Some(before) = before {
                self.add(Expr::col((D, column)).lt(at(before)));
            }
        }
        if let Some(is_overdue) = filter.overdue {
            self.add(overdue::condition(is_overdue, system.clock.now()));
            self.is_narrow |= is_overdue;
        }
    }

    /// What it refers to, by ids.
    fn add_references(&mut self, filter: &DefectFilter) {
        fn ids<const EMPTY: bool>(chosen: &Chosen<Id, EMPTY>) -> Chosen<SimpleExpr, EMPTY> {
            chosen.map(|id| vec![Expr::value(id.0)])
        }
        for (column, chosen) in [
            (defect::Column::PartId, &filter.part_id),
            (defect::Column::WorkCenterId, &filter.work_center_id),
            (defect::Column::ReportedBy, &filter.reported_by_id),
        ] {
            if let Some(chosen) = chosen {
                self.choose(column, &ids(chosen));
            }
        }
        for (column, chosen) in [
            (defect::Column::CustomerId, &filter.customer_id),
            (defect::Column::SupplierId, &filter.supplier_id),
            (defect::Column::AssigneeId, &filter.assignee_id),
        ] {
            if let Some(chosen) = chosen {
                self.choose(column, &ids(chosen));
            }
        }
    }

    /// What it refers to, by codes, numbers and names; those that nobody has find nothing.
    async fn add_codes(
        &mut self,
        actor: &Actor,
        db: &impl ConnectionTrait,
        filter: &DefectFilter,
    ) -> Result<()> {
        if let Some(chosen) = &filter.part {
            self.add_parts(chosen);
        }
        if let Some(chosen) = &filter.work_center {
            let columns = (work_center::Column::Code, work_center::Column::Id);
            let known = ids_of::<work_center::Entity>(db, columns, codes(chosen)).await?;
            self.choose(defect::Column::WorkCenterId, &found(chosen, &known));
        }
        for (column, chosen) in [
            (defect::Column::CustomerId, &filter.customer),
            (defect::Column::SupplierId, &filter.supplier),
        ] {
            if let Some(chosen) = chosen {
                let columns = (partner::Column::Code, partner::Column::Id);
                let known = ids_of::<partner::Entity>(db, columns, codes(chosen)).await?;
                self.choose(column, &found(chosen, &known));
            }
        }
        if let Some(chosen) = &filter.assignee {
            let known = people(actor, db, chosen).await?;
            self.choose(defect::Column::AssigneeId, &found(chosen, &known));
        }
        if let Some(chosen) = &filter.reported_by {
            let known = people(actor, db, chosen).await?;
            self.choose(defect::Column::ReportedBy, &found(chosen, &known));
        }
        for (column, list, chosen) in [
            (
                defect::Column::FailureCodeId,
                CodeList::FailureCode,
                &filter.failure_code,
            ),
            (defect::Column::CauseId, CodeList::Cause, &filter.cause),
        ] {
            if let Some(chosen) = chosen {
                let known = code::by_code(db, list, codes(chosen)).await?;
                self.choose(column, &found(chosen, &known));
            }
        }
        Ok(())
    }

    /// Parts by their numbers: perhaps thousands of them, so they stay in the database.
    fn add_parts(&mut self, chosen: &Chosen<Code<100>, false>) {
        let of = |codes: &[Code<100>]| {
            let numbered = codes
                .iter()
                .fold(Condition::any(), |any, code| any.add(numbered(&code.0)));
            let parts = Query::select()
                .column(part::Column::Id)
                .from(part::Entity)
                .cond_where(numbered)
                .to_owned();
            Expr::col((D, defect::Column::PartId)).in_subquery(parts)
        };
        if !chosen.some.is_empty() {
            self.add(of(&chosen.some));
            self.is_narrow = true;
        }
        if !chosen.not.is_empty() {
            self.add(of(&chosen.not).not());
        }
    }
}

/// Parts of this number, or whose numbers begin so.
fn numbered(pattern: &str) -> Condition {
    let column = || Expr::col(part::Column::PartNumber);
    match pattern.strip_suffix('*') {
        Some(beginning) => crate::master::begins_with(column, beginning),
        None => column().eq(pattern).into_condition(),
    }
}

fn choice<const EMPTY: bool>(
    column: defect::Column,
    chosen: &Chosen<SimpleExpr, EMPTY>,
) -> Condition {
    let field = || Expr::col((D, column));
    let mut all = Condition::all();
    match chosen.empty {
        Some(Emptiness::Too) => {
            let some = (!chosen.some.is_empty()).then(|| field().is_in(chosen.some.clone()));
            all = all.add(Condition::any().add_option(some).add(field().is_null()));
        }
        Some(Emptiness::Not) => all = all.add(field().is_not_null()),
        None if !chosen.some.is_empty() || chosen.not.is_empty() => {
            all = all.add(field().is_in(chosen.some.clone()));
        }
        None => {}
    }
    if chosen.not.is_empty() {
        return all;
    }
    let others = field().is_not_in(chosen.not.clone());
    // An empty field is none of them.
    all.add(if EMPTY {
        Condition::any().add(others).add(field().is_null())
    } else {
        others.into_condition()
    })
}

fn within(column: defect::Column, span: Span) -> Condition {
    let field = || Expr::col((D, column));
    Condition::all()
        .add_option(span.least.map(|least| field().gte(least.0)))
        .add_option(span.most.map(|most| field().lte(most.0)))
}

/// Codes as the ids that they stand for.
fn found<const MAX: usize, const EMPTY: bool>(
    chosen: &Chosen<Code<MAX>, EMPTY>,
    known: &HashMap<String, i64>,
) -> Chosen<SimpleExpr, EMPTY> {
    // A value that nobody has stays one, so that nothing is found by it and not everything.
    chosen.map(|code| vec![Expr::value(known.get(&code.0).copied().unwrap_or(NOBODY))])
}

/// No row has this id.
const NOBODY: i64 = 0;

/// The ids of rows by a column that tells them apart; without keys, nothing is asked.
async fn ids_of<E: EntityTrait>(
    db: &impl ConnectionTrait,
    (key, id): (E::Column, E::Column),
    keys: Vec<String>,
) -> Result<HashMap<String, i64>> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(String, i64)> = E::find()
        .filter(key.is_in(keys))
        .select_only()
        .column(key)
        .column(id)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}

/// People by the names that they sign in with, in whatever case they are written, and the caller as `me`.
async fn people<const EMPTY: bool>(
    actor: &Actor,
    db: &impl ConnectionTrait,
    chosen: &Chosen<Code<100>, EMPTY>,
) -> Result<HashMap<String, i64>> {
    let named = || chosen.named().filter(|name| name.0 != ME);
    let keys = named().map(|name| user::key_of(&name.0)).collect();
    let columns = (app_user::Column::UsernameKey, app_user::Column::Id);
    let known = ids_of::<app_user::Entity>(db, columns, keys).await?;
    let found =
        named().filter_map(|name| Some((name.0.clone(), *known.get(&user::key_of(&name.0))?)));
    let caller = actor.id.map(|id| (ME.to_owned(), id));
    Ok(found.chain(caller).collect())
}

/// The caller.
const ME: &str = "me";

fn codes<const MAX: usize, const EMPTY: bool>(chosen: &Chosen<Code<MAX>, EMPTY>) -> Vec<String> {
    chosen.named().map(|code| code.0.clone()).collect()
}
