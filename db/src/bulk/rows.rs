//! Rows of one table, as values.

use sea_orm::{
    ActiveModelTrait, EntityTrait, IdenStatic, IntoActiveModel, Iterable, PrimaryKeyToColumn, Value,
};

/// Of no type: every column takes it.
const NULL: Value = Value::String(None);

/// Rows of one table, each with a value for the same columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Rows {
    table: String,
    columns: Vec<String>,
    values: Vec<Value>,
}

impl Rows {
    /// No rows yet. The names are the schema's, not input.
    #[must_use]
    pub fn new(
        table: impl Into<String>,
        columns: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        Self {
            table: table.into(),
            columns: columns.into_iter().map(Into::into).collect(),
            values: Vec::new(),
        }
    }

    /// The columns that they have values for.
    pub(super) fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Rows as they are, ids included.
    #[must_use]
    pub fn of<E>(models: Vec<E::Model>) -> Self
    where
        E: EntityTrait,
        E::Model: IntoActiveModel<E::ActiveModel>,
    {
        Self::of_columns::<E>(models, |_| true)
    }

    /// Rows to which the database gives their ids.
    #[must_use]
    pub fn without_ids<E>(models: Vec<E::Model>) -> Self
    where
        E: EntityTrait,
        E::Model: IntoActiveModel<E::ActiveModel>,
    {
        Self::of_columns::<E>(models, |column| {
            E::PrimaryKey::from_column(column).is_none()
        })
    }

    fn of_columns<E>(models: Vec<E::Model>, wanted: impl Fn(E::Column) -> bool) -> Self
    where
        E: EntityTrait,
        E::Model: IntoActiveModel<E::ActiveModel>,
    {
        let columns: Vec<E::Column> = E::Column::iter().filter(|column| wanted(*column)).collect();
        let mut rows = Self::new(
            E::default().table_name(),
            columns.iter().map(IdenStatic::as_str),
        );
        rows.values.reserve(models.len() * columns.len());
        for model in models {
            let mut row = model.into_active_model();
            rows.push(
                columns
                    .iter()
                    .map(|column| row.take(*column).into_value().unwrap_or(NULL)),
            );
        }
        rows
    }

    /// Adds a row: a value for each column, in their order. What is missing at its end is NULL, what is too much left
    /// out.
    pub fn push(&mut self, row: impl IntoIterator<Item = Value>) {
        let nulls = std::iter::repeat(NULL);
        self.values
            .extend(row.into_iter().chain(nulls).take(self.columns.len()));
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len() / self.columns.len().max(1)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The table that they belong to.
    #[must_use]
    pub fn table(&self) -> &str {
        &self.table
    }

    /// The table's name, the columns' names, and the values, row by row.
    pub(super) fn into_parts(self) -> (String, Vec<String>, Vec<Value>) {
        (self.table, self.columns, self.values)
    }
}
