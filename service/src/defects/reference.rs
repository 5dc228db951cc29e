//! Whether what a request refers to is there: all of it in one question to the database.

use chrono::{DateTime, FixedOffset};
use db::Tx;
use entity::{app_user, code_value, defect, part, partner, work_center};
use sea_orm::sea_query::{
    Asterisk, CaseStatement, Condition, Expr, ExprTrait, Query, SelectStatement, SimpleExpr,
};
use sea_orm::{ConnectionTrait, Iden, QueryResult};

use crate::error::{FieldError, Result};
use crate::names;
use crate::words::{CodeList, Status};

/// What is asked for a new record besides.
const NEXT_ID: &str = "next_id";
const LABEL: &str = "label";
const PART_NUMBER: &str = "part_number";

/// Something that a field refers to.
pub(crate) enum Reference<'a> {
    Part(i64),
    WorkCenter(i64),
    Customer(i64),
    Supplier(i64),
    Partner(i64),
    User(i64),
    Code(CodeList, &'a str),
    /// A record of a part, reported before the one that stands under this instant and id.
    Earlier {
        id: i64,
        part_id: i64,
        than: Option<(DateTime<FixedOffset>, i64)>,
    },
}

/// The fields of a request that refer to something.
#[derive(Default)]
pub(crate) struct References<'a>(Vec<(&'static str, Reference<'a>)>);

/// What was found: the id behind each field.
#[derive(Default)]
pub(crate) struct Found {
    ids: Vec<(&'static str, Option<i64>)>,
    /// The id that a new record gets, where it was asked for and the database knows it before.
    pub(crate) next_id: Option<i64>,
    /// The label of the names at that moment.
    pub(crate) label: Option<String>,
    /// The number of the part at that moment.
    pub(crate) part_number: Option<String>,
}

impl<'a> References<'a> {
    /// Adds a field, if it was sent.
    pub(crate) fn add(mut self, field: &'static str, reference: Option<Reference<'a>>) -> Self {
        self.0.extend(reference.map(|reference| (field, reference)));
        self
    }

    /// Asks; whatever is missing or retired is put into `errors`.
    pub(crate) async fn resolve(
        self,
        db: &impl ConnectionTrait,
        errors: &mut Vec<FieldError>,
    ) -> Result<Found> {
        if self.0.is_empty() {
            return Ok(Found::default());
        }
        let row = db.query_one(&self.question()).await?;
        Ok(Found {
            ids: self.read(row.as_ref(), errors)?,
            ..Found::default()
        })
    }

    /// Asks for a new record of `table`, and in the same question for its id, which is taken only where all is there.
    pub(crate) async fn resolve_for_new(
        self,
        tx: &Tx,
        table: &str,
        errors: &mut Vec<FieldError>,
    ) -> Result<Found> {
        let found = |field: &str| Expr::col(("found", field.to_owned()));
        let mut question = self.question();
        question.expr_as(SimpleExpr::from(names::label()), LABEL);
        let parts = self.0.iter().filter_map(|(_, reference)| match reference {
            Reference::Part(id) => Some(*id),
            _ => None,
        });
        for id in parts.take(1) {
            question.expr_as(SimpleExpr::from(part_number(id)), PART_NUMBER);
        }
        let next = db::dialect::next_id(tx.get_database_backend(), table);
        let asks_for_id = next.is_some() && errors.is_empty();
        if let Some(next) = next.filter(|_| asks_for_id) {
            let all = self.0.iter().fold(Condition::all(), |all, (field, _)| {
                all.add(found(field).is_not_null())
            });
            let next: SimpleExpr = CaseStatement::new().case(all, Expr::cust(next)).into();
            question = Query::select()
                .column(("found", Asterisk))
                .expr_as(next, NEXT_ID)
                .from_subquery(question, "found")
                .to_owned();
        }
        let row = tx.ask(&question).await?;
        let mut found = Found {
            ids: self.read(row.as_ref(), errors)?,
            ..Found::default()
        };
        if let Some(row) = row {
            found.label = row.try_get("", LABEL)?;
            found.part_number = row.try_get("", PART_NUMBER)?;
            if asks_for_id {
                found.next_id = row.try_get("", NEXT_ID)?;
            }
        }
        Ok(found)
    }

    fn question(&self) -> SelectStatement {
        let mut question = Query::select();
        for (field, reference) in &self.0 {
            question.expr_as(SimpleExpr::from(reference.select()), *field);
        }
        question
    }

    fn read(
        &self,
        row: Option<&QueryResult>,
        errors: &mut Vec<FieldError>,
    ) -> Result<Vec<(&'static str, Option<i64>)>> {
        let mut found = Vec::with_capacity(self.0.len());
        for (field, reference) in &self.0 {
            let id: Option<i64> = match row {
                Some(row) => row.try_get("", field)?,
                None => None,
            };
            if id.is_none() {
                errors.push(FieldError::new(*field, "reference", reference.missing()));
            }
            found.push((*field, id));
        }
        Ok(found)
    }
}

impl Found {
    /// The id behind a field.
    pub(crate) fn id(&self, field: &str) -> Option<i64> {
        self.ids
            .iter()
            .find(|(name, _)| *name == field)
            .and_then(|(_, id)| *id)
    }
}

impl Reference<'_> {
    fn select(&self) -> SelectStatement {
        let active = |column: SimpleExpr| column.eq(true);
        match self {
            Self::Part(id) => by_id(part::Entity, part::Column::Id, *id)
                .and_where(active(Expr::col(part::Column::IsActive)))
                .to_owned(),
            Self::WorkCenter(id) => by_id(work_center::Entity, work_center::Column::Id, *id)
                .and_where(active(Expr::col(work_center::Column::IsActive)))
                .to_owned(),
            Self::Customer(id) => by_id(partner::Entity, partner::Column::Id, *id)
                .and_where(active(Expr::col(partner::Column::IsActive)))
                .and_where(active(Expr::col(partner::Column::IsCustomer)))
                .to_owned(),
            Self::Supplier(id) => by_id(partner::Entity, partner::Column::Id, *id)
                .and_where(active(Expr::col(partner::Column::IsActive)))
                .and_where(active(Expr::col(partner::Column::IsSupplier)))
                .to_owned(),
            Self::Partner(id) => by_id(partner::Entity, partner::Column::Id, *id)
                .and_where(active(Expr::col(partner::Column::IsActive)))
                .to_owned(),
            Self::User(id) => by_id(app_user::Entity, app_user::Column::Id, *id)
                .and_where(active(Expr::col(app_user::Column::IsActive)))
                .to_owned(),
            Self::Code(list, code) => Query::select()
                .column(code_value::Column::Id)
                .from(code_value::Entity)
                .and_where(Expr::col(code_value::Column::ListName).eq(list.word()))
                .and_where(Expr::col(code_value::Column::Code).eq(*code))
                .and_where(active(Expr::col(code_value::Column::IsActive)))
                .to_owned(),
            Self::Earlier { id, part_id, than } => earlier(*id, *part_id, *than),
        }
    }

    /// What is said where there is none.
    fn missing(&self) -> String {
        match self {
            Self::Earlier { .. } => {
                "must be an earlier record of the same part that is not void".to_owned()
            }
            _ => format!("there is no such {}, or it is retired", self.what()),
        }
    }

    fn what(&self) -> &'static str {
        match self {
            Self::Part(_) => "part",
            Self::WorkCenter(_) => "work center",
            Self::Customer(_) => "customer",
            Self::Supplier(_) => "supplier",
            Self::Partner(_) => "partner",
            Self::User(_) => "user",
            Self::Code(..) => "code",
            Self::Earlier { .. } => "record",
        }
    }
}

/// An order in which no record comes before itself, so that repeats never run in a circle.
fn earlier(id: i64, part_id: i64, than: Option<(DateTime<FixedOffset>, i64)>) -> SelectStatement {
    let mut select = by_id(defect::Entity, defect::Column::Id, id);
    select
        .and_where(Expr::col(defect::Column::PartId).eq(part_id))
        .and_where(Expr::col(defect::Column::Status).ne(Status::Void.word()));
    if let Some((at, own)) = than {
        let reported = || Expr::col(defect::Column::ReportedAt);
        select.cond_where(
            Condition::any().add(reported().lt(at)).add(
                Condition::all()
                    .add(reported().eq(at))
                    .add(Expr::col(defect::Column::Id).lt(own)),
            ),
        );
    }
    select
}

fn part_number(id: i64) -> SelectStatement {
    Query::select()
        .column(part::Column::PartNumber)
        .from(part::Entity)
        .and_where(Expr::col(part::Column::Id).eq(id))
        .to_owned()
}

fn by_id<T: Iden + Copy + 'static>(
    table: impl sea_orm::sea_query::IntoTableRef,
    id_column: T,
    id: i64,
) -> SelectStatement {
    Query::select()
        .column(id_column)
        .from(table)
        .and_where(Expr::col(id_column).eq(id))
        .to_owned()
}
