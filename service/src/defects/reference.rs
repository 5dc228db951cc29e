//! Whether what a request refers to is there: all of it in one question to the database.

use entity::{app_user, code_value, part, partner, work_center};
use sea_orm::sea_query::{
    Asterisk, CaseStatement, Condition, Expr, ExprTrait, Query, SelectStatement, SimpleExpr,
};
use sea_orm::{ConnectionTrait, Iden, QueryResult};

use crate::error::{FieldError, Result};
use crate::names;
use crate::words::CodeList;

/// What is asked for a new record besides.
const NEXT_ID: &str = "next_id";
const LABEL: &str = "label";

/// Something that a field refers to.
pub(super) enum Reference<'a> {
    Part(i64),
    WorkCenter(i64),
    Customer(i64),
    Supplier(i64),
    User(i64),
    Code(CodeList, &'a str),
}

/// The fields of a request that refer to something.
#[derive(Default)]
pub(super) struct References<'a>(Vec<(&'static str, Reference<'a>)>);

/// What was found: the id behind each field.
#[derive(Default)]
pub(super) struct Found {
    ids: Vec<(&'static str, Option<i64>)>,
    /// The id that a new record gets, where it was asked for and the database knows it before.
    pub(super) next_id: Option<i64>,
    /// The label of the names at that moment.
    pub(super) label: Option<String>,
}

impl<'a> References<'a> {
    /// Adds a field, if it was sent.
    pub(super) fn add(mut self, field: &'static str, reference: Option<Reference<'a>>) -> Self {
        self.0.extend(reference.map(|reference| (field, reference)));
        self
    }

    /// Asks; whatever is missing or retired is put into `errors`.
    pub(super) async fn resolve(
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
    pub(super) async fn resolve_for_new(
        self,
        db: &impl ConnectionTrait,
        table: &str,
        errors: &mut Vec<FieldError>,
    ) -> Result<Found> {
        let found = |field: &str| Expr::col(("found", field.to_owned()));
        let mut question = self.question();
        question.expr_as(SimpleExpr::from(names::label()), LABEL);
        let next = db::dialect::next_id(db.get_database_backend(), table);
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
        let row = db.query_one(&question).await?;
        let mut found = Found {
            ids: self.read(row.as_ref(), errors)?,
            ..Found::default()
        };
        if let Some(row) = row {
            found.label = row.try_get("", LABEL)?;
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
                let message = format!("there is no such {}, or it is retired", reference.what());
                errors.push(FieldError::new(*field, "reference", message));
            }
            found.push((*field, id));
        }
        Ok(found)
    }
}

impl Found {
    /// The id behind a field.
    pub(super) fn id(&self, field: &str) -> Option<i64> {
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
        }
    }

    fn what(&self) -> &'static str {
        match self {
            Self::Part(_) => "part",
            Self::WorkCenter(_) => "work center",
            Self::Customer(_) => "customer",
            Self::Supplier(_) => "supplier",
            Self::User(_) => "user",
            Self::Code(..) => "code",
        }
    }
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
