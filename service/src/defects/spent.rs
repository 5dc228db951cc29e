//! What was spent on a record, as the database adds it up from the record's entries each time: nothing of it is kept, so
//! that whoever enters time or money waits for nobody. Over the alias [`D`].

use entity::{cost_entry, defect, labor_entry};
use sea_orm::DbBackend;
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait, Query, SelectStatement, SimpleExpr};

use super::query::D;
use crate::words::CostKind;

/// Its minutes; NULL of none.
pub(super) fn minutes() -> SelectStatement {
    Query::select()
        .expr(Expr::col((labor_entry::Entity, labor_entry::Column::Minutes)).sum())
        .from(labor_entry::Entity)
        .and_where(
            Expr::col((labor_entry::Entity, labor_entry::Column::DefectId))
                .equals((D, defect::Column::Id)),
        )
        .to_owned()
}

/// Its cost in minor units; NULL of none.
pub(super) fn cost() -> SelectStatement {
    of_costs(signed().sum())
}

/// Whether its cost lies between two amounts in minor units, both included.
pub(super) fn cost_is_within(least: i64, most: i64) -> SimpleExpr {
    SimpleExpr::from(of_costs(signed().sum().if_null(0).between(least, most)))
}

/// A sum as a 64-bit number, 0 of nothing: the engines sum BIGINTs to different types.
pub(super) fn total_of(sum: SelectStatement, backend: DbBackend) -> SimpleExpr {
    let sum = SimpleExpr::from(sum).if_null(0);
    sum.cast_as(db::dialect::sum_type(backend))
}

fn of_costs(what: SimpleExpr) -> SelectStatement {
    Query::select()
        .expr(what)
        .from(cost_entry::Entity)
        .and_where(
            Expr::col((cost_entry::Entity, cost_entry::Column::DefectId))
                .equals((D, defect::Column::Id)),
        )
        .to_owned()
}

/// An entry's amount; what came back lowers the total.
fn signed() -> SimpleExpr {
    let amount = || Expr::col((cost_entry::Entity, cost_entry::Column::Amount));
    let is_recovery =
        Expr::col((cost_entry::Entity, cost_entry::Column::Kind)).eq(CostKind::Recovery.word());
    CaseStatement::new()
        .case(is_recovery, Expr::value(0).sub(amount()))
        .finally(amount())
        .into()
}
