//! What is moved: every table that holds a system's data, in the order in which rows may be added.
//!
//! Columns, keys and references are those of the entities, so a new column goes along by itself; a new table has to be
//! named in [`tables`] or in [`LEFT_BEHIND`], or a test fails.

use entity::{
    access_token, app_user, approval, approval_rule, attachment, audit_event, car_action,
    car_cause, car_check, car_defect, car_link, car_signature, car_step, code_label, code_value,
    concession, control_limit, corrective_action, cost_entry, defect, defect_link, defect_note,
    defect_serial, disposition_line, due_rule, inspection, labor_entry, note_mention, part,
    partner, repeat_rule, saved_view, setting, signature, subscription, translation, user_role,
    view_choice, webhook, work_center,
};
use sea_orm::sea_query::ColumnType;
use sea_orm::{
    ColumnTrait, DbBackend, EntityTrait, IdenStatic, Identity, Iterable, PrimaryKeyToColumn,
    RelationTrait, RelationType,
};

use super::{Error, MARK, Result};
use crate::password::NO_PASSWORD;
use crate::search;
use crate::webhook::NO_SECRET;

/// Tables whose rows belong to a running server and not to the plant's data, and why.
#[cfg(test)]
pub(super) const LEFT_BEHIND: &[(&str, &str)] = &[
    ("setup_token", "a link that is valid for 24 hours"),
    ("idempotency_key", "answers that are kept for a day"),
    ("job", "what servers of this database work on"),
    ("notice", "what servers of this database have yet to tell"),
    (
        "outbox",
        "what servers of this database have yet to send: a copy must not send it again",
    ),
    (
        "defect_search",
        "derived from the records: the target makes its own",
    ),
    (
        "summary",
        "sums of the records, which a server makes anew where they are not there",
    ),
    ("summary_delta", "what is to be added to these sums"),
    ("summary_build", "which of these sums are read"),
    ("seaql_migrations", "belongs to the schema"),
];

/// Columns that hold a secret, and what stands in an archive without secrets: no password has this hash, and nothing
/// can be signed with this key.
const SECRETS: &[(&str, &str, &str)] = &[
    ("app_user", "password_hash", NO_PASSWORD),
    ("webhook", "secret", NO_SECRET),
];

/// Integers that stand for decimals: how many digits are behind the point.
const DECIMALS: &[(&str, &str, Digits)] = &[
    ("part", "unit_cost", Digits::Currency),
    ("cost_entry", "amount", Digits::Currency),
    ("labor_entry", "rate", Digits::Currency),
    ("labor_entry", "cost", Digits::Currency),
    ("approval_rule", "least_amount", Digits::Currency),
    ("concession", "max_quantity", Digits::Three),
    ("defect", "quantity_inspected", Digits::Three),
    ("defect", "quantity_defective", Digits::Three),
    ("disposition_line", "quantity", Digits::Three),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Digits {
    /// Thousandths.
    Three,
    /// Minor units of the system's currency.
    Currency,
}

/// The unique keys besides the primary ones, by which a row is told apart.
pub(super) const UNIQUE: &[(&str, &[&str])] = &[
    ("app_user", &["username_key"]),
    ("access_token", &["token_hash"]),
    ("part", &["part_number", "revision"]),
    ("code_value", &["list_name", "code"]),
    ("work_center", &["code"]),
    ("partner", &["code"]),
    ("approval_rule", &["code"]),
    ("concession", &["concession_number"]),
    ("approval", &["defect_id", "round", "approver_id"]),
    ("repeat_rule", &["name"]),
    ("due_rule", &["code"]),
    ("control_limit", &["guid"]),
    ("inspection", &["guid"]),
    ("defect", &["tag_number"]),
    ("defect", &["external_id", "external_system"]),
    ("defect_serial", &["defect_id", "serial_number"]),
    ("labor_entry", &["reverses_id"]),
    ("cost_entry", &["reverses_id"]),
    ("defect_link", &["defect_id", "other_id", "kind"]),
    ("note_mention", &["note_id", "user_id"]),
    ("translation", &["defect_id", "field", "language"]),
    ("corrective_action", &["car_number"]),
    ("car_defect", &["car_id", "defect_id"]),
    ("car_step", &["car_id", "step"]),
    ("car_link", &["token_hash"]),
    ("saved_view", &["owner_id", "name"]),
    ("view_choice", &["user_id", "view_id"]),
    ("audit_event", &["entity", "entity_id", "seq"]),
];

/// A table that is moved.
#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) columns: Vec<Column>,
    /// The places of the primary key's columns.
    pub(super) key: Vec<usize>,
    pub(super) references: Vec<Reference>,
    /// Which rows are moved, where not all are.
    only: Option<String>,
    /// Whether an archive without secrets leaves its rows out.
    pub(super) is_secret: bool,
}

/// A column of it.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) nullable: bool,
    /// What stands for it in an archive without secrets.
    pub(super) instead: Option<&'static str>,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Whole,
    /// A whole number of units of 10^-n.
    Decimal(u32),
    Flag,
    Text,
    Day,
    Instant,
}

/// A column that holds the id of a row in another table, or in its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) column: usize,
    pub(super) to: String,
}

/// The tables, each behind those that it refers to. `currency_digits`: of the system's currency.
pub(super) fn tables(currency_digits: u32) -> Result<Vec<Table>> {
    let d = currency_digits;
    let tables = vec![
        // What says how far this database is stays with it.
        table::<setting::Entity>(d)?.only(format!(
            "name NOT IN ('{MARK}', '{}', '{}')",
            search::MARK,
            crate::setting::name::FILES_OWNER
        )),
        table::<app_user::Entity>(d)?,
        table::<user_role::Entity>(d)?,
        // Sessions end with the move; the tokens of programs go on to be valid.
        table::<access_token::Entity>(d)?
            .only("kind = 'api'".to_owned())
            .secret(),
        table::<subscription::Entity>(d)?,
        table::<saved_view::Entity>(d)?,
        table::<view_choice::Entity>(d)?,
        table::<webhook::Entity>(d)?,
        table::<partner::Entity>(d)?,
        table::<part::Entity>(d)?,
        table::<code_value::Entity>(d)?,
        table::<code_label::Entity>(d)?,
        table::<work_center::Entity>(d)?,
        table::<approval_rule::Entity>(d)?,
        table::<concession::Entity>(d)?,
        table::<due_rule::Entity>(d)?,
        table::<repeat_rule::Entity>(d)?,
        table::<control_limit::Entity>(d)?,
        table::<defect::Entity>(d)?,
        table::<defect_serial::Entity>(d)?,
        table::<disposition_line::Entity>(d)?,
        table::<labor_entry::Entity>(d)?,
        table::<cost_entry::Entity>(d)?,
        table::<signature::Entity>(d)?,
        table::<approval::Entity>(d)?,
        table::<defect_link::Entity>(d)?,
        table::<defect_note::Entity>(d)?,
        table::<note_mention::Entity>(d)?,
        table::<attachment::Entity>(d)?,
        table::<inspection::Entity>(d)?,
        table::<translation::Entity>(d)?,
        table::<corrective_action::Entity>(d)?,
        table::<car_defect::Entity>(d)?,
        table::<car_step::Entity>(d)?,
        table::<car_cause::Entity>(d)?,
        table::<car_action::Entity>(d)?,
        table::<car_check::Entity>(d)?,
        table::<car_signature::Entity>(d)?,
        table::<car_link::Entity>(d)?.secret(),
        table::<audit_event::Entity>(d)?,
    ];
    Ok(tables)
}

fn table<E: EntityTrait>(currency_digits: u32) -> Result<Table> {
    let name = E::default().table_name();
    let mut columns = Vec::new();
    for column in E::Column::iter() {
        let definition = column.def();
        let column = column.as_str();
        let digits = DECIMALS.iter().find(|row| (row.0, row.1) == (name, column));
        let kind = match (definition.get_column_type(), digits) {
            (ColumnType::BigInteger, Some((.., Digits::Three))) => Kind::Decimal(3),
            (ColumnType::BigInteger, Some((.., Digits::Currency))) => {
                Kind::Decimal(currency_digits)
            }
            (ColumnType::BigInteger, None) => Kind::Whole,
            (ColumnType::Boolean, _) => Kind::Flag,
            (ColumnType::String(_) | ColumnType::Text, _) => Kind::Text,
            (ColumnType::Date, _) => Kind::Day,
            (ColumnType::TimestampWithTimeZone, _) => Kind::Instant,
            (other, _) => {
                let what = format!("{name}.{column} is of a kind that cannot be moved: {other:?}");
                return Err(Error::Service(crate::Error::internal(what)));
            }
        };
        columns.push(Column {
            name: column,
            kind,
            nullable: definition.is_null(),
            instead: SECRETS
                .iter()
                .find(|row| (row.0, row.1) == (name, column))
                .map(|row| row.2),
        });
    }
    let place = |wanted: &str| columns.iter().position(|column| column.name == wanted);
    let key = E::PrimaryKey::iter()
        .filter_map(|key| place(key.into_column().as_str()))
        .collect();
    let mut references: Vec<Reference> = E::Relation::iter()
        .map(|relation| relation.def())
        .filter(|relation| relation.rel_type == RelationType::HasOne && !relation.is_owner)
        .filter_map(|relation| match &relation.from_col {
            Identity::Unary(from) => Some(Reference {
                column: place(&from.to_string())?,
                to: relation.to_tbl.sea_orm_table().to_string(),
            }),
            _ => None,
        })
        .collect();
    references.sort_by_key(|reference| reference.column);
    Ok(Table {
        name,
        columns,
        key,
        references,
        only: None,
        is_secret: false,
    })
}

impl Table {
    fn only(mut self, condition: String) -> Self {
        self.only = Some(condition);
        self
    }

    fn secret(mut self) -> Self {
        self.is_secret = true;
        self
    }

    /// The references to rows of the table itself.
    pub(super) fn own_references(&self) -> impl Iterator<Item = &Reference> {
        self.references
            .iter()
            .filter(|reference| reference.to == self.name)
    }

    /// The place of the id, where the key is one.
    pub(super) fn id(&self) -> Option<usize> {
        match self.key.as_slice() {
            [place] if self.columns.get(*place)?.kind == Kind::Whole => Some(*place),
            _ => None,
        }
    }

    /// The place of a column.
    pub(super) fn place(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// The table with a part of its columns.
    pub(super) fn with(&self, names: &[&str]) -> Self {
        let columns = self.columns.iter();
        let columns = columns.filter(|column| names.contains(&column.name));
        Self {
            columns: columns.cloned().collect(),
            key: Vec::new(),
            references: Vec::new(),
            only: None,
            ..*self
        }
    }

    /// The unique keys besides the primary one, as the places of their columns.
    pub(super) fn unique_keys(&self) -> impl Iterator<Item = Vec<usize>> + '_ {
        let keys = UNIQUE.iter().filter(|(table, _)| *table == self.name);
        keys.map(|(_, columns)| columns.iter().filter_map(|name| self.place(name)).collect())
    }

    /// The rows in the order of their keys, which is the same everywhere: ids, and codes by code point.
    pub(super) fn select(&self, backend: DbBackend, and: Option<&str>) -> String {
        let columns = self.names(backend, 0..self.columns.len());
        let key = self.names(backend, self.key.iter().copied());
        let (table, only) = (quoted(backend, self.name), self.condition(and));
        format!("SELECT {columns} FROM {table} WHERE {only} ORDER BY {key}")
    }

    /// How many rows are moved.
    pub(super) fn count(&self, backend: DbBackend) -> String {
        let (table, only) = (quoted(backend, self.name), self.condition(None));
        format!("SELECT COUNT(*) FROM {table} WHERE {only}")
    }

    /// Adds no row, which takes the right to add one.
    pub(super) fn nothing(&self, backend: DbBackend) -> String {
        let columns = self.names(backend, 0..self.columns.len());
        let table = quoted(backend, self.name);
        format!("INSERT INTO {table} ({columns}) SELECT {columns} FROM {table} WHERE 1 = 0")
    }

    /// How many rows have a reference to a row that is not there.
    pub(super) fn orphans(&self, backend: DbBackend, reference: &Reference) -> String {
        let name = |name| quoted(backend, name);
        let (table, to, id) = (name(self.name), name(&reference.to), name("id"));
        let column = self.names(backend, [reference.column]);
        format!(
            "SELECT COUNT(*) FROM {table} c LEFT JOIN {to} p ON p.{id} = c.{column} \
             WHERE c.{column} IS NOT NULL AND p.{id} IS NULL"
        )
    }

    fn condition(&self, and: Option<&str>) -> String {
        let both: Vec<&str> = self.only.as_deref().into_iter().chain(and).collect();
        if both.is_empty() {
            "1 = 1".to_owned()
        } else {
            both.join(" AND ")
        }
    }

    fn names(&self, backend: DbBackend, places: impl IntoIterator<Item = usize>) -> String {
        let names: Vec<String> = places
            .into_iter()
            .filter_map(|place| self.columns.get(place))
            .map(|column| quoted(backend, column.name))
            .collect();
        names.join(", ")
    }
}

/// A name of the schema as SQL has it.
pub(super) fn quoted(backend: DbBackend, name: &str) -> String {
    if backend == DbBackend::MySql {
        format!("`{name}`")
    } else {
        format!("\"{name}\"")
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use std::collections::BTreeSet;

    use sea_orm::{ConnectionTrait, Statement};
    use testkit::{Engine, TestDatabase};

    use super::*;

    #[test]
    fn a_table_stands_behind_those_that_it_refers_to() {
        let tables = tables(2).unwrap();
        for (place, table) in tables.iter().enumerate() {
            for reference in &table.references {
                let to = tables.iter().position(|other| other.name == reference.to);
                assert!(to.unwrap() <= place, "{} to {}", table.name, reference.to);
            }
        }
        let of = |name: &str| tables.iter().find(|table| table.name == name).unwrap();
        assert_eq!(of("defect").references.len(), 12);
        assert_eq!(of("labor_entry").own_references().count(), 1);
        assert_eq!((of("part").id(), of("user_role").id()), (Some(0), None));
    }

    #[test]
    fn decimals_and_secrets_are_columns_that_there_are() {
        let tables = tables(0).unwrap();
        let columns = || tables.iter().flat_map(|table| &table.columns);
        let decimals = columns().filter(|column| matches!(column.kind, Kind::Decimal(_)));
        assert_eq!(decimals.count(), DECIMALS.len());
        assert_eq!(
            columns().filter(|column| column.instead.is_some()).count(),
            SECRETS.len()
        );
    }

    /// The first column of a query on a migrated SQLite file.
    async fn texts(t: &TestDatabase, sql: &str) -> BTreeSet<String> {
        let rows =
            t.db.reader()
                .query_all_raw(Statement::from_string(DbBackend::Sqlite, sql));
        let rows = rows.await.unwrap();
        rows.iter()
            .map(|row| row.try_get_by_index(0).unwrap())
            .collect()
    }

    #[test]
    fn every_table_of_the_schema_is_moved_or_left_behind() {
        testkit::run(Engine::Sqlite, |t: TestDatabase| async move {
            // Tables like `defect_words_data` are an index.
            let sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' \
                       AND name NOT LIKE 'defect!_words%' ESCAPE '!'";
            let moved = tables(2)
                .unwrap()
                .into_iter()
                .map(|table| table.name.to_owned());
            let left = LEFT_BEHIND.iter().map(|(name, _)| (*name).to_owned());
            assert_eq!(texts(&t, sql).await, moved.chain(left).collect());
        });
    }

    #[test]
    fn every_unique_key_of_a_table_that_is_moved_is_known() {
        testkit::run(Engine::Sqlite, |t: TestDatabase| async move {
            let sql = "SELECT t.name || ': ' || (SELECT group_concat(c.name, ',' ORDER BY c.seqno) FROM pragma_index_info(i.name) c) \
                       FROM sqlite_master t, pragma_index_list(t.name) i WHERE t.type = 'table' AND i.origin = 'c' AND i.\"unique\" = 1";
            let mut keys = texts(&t, sql).await;
            let is_left = |key: &str| {
                LEFT_BEHIND
                    .iter()
                    .any(|(name, _)| key.starts_with(&format!("{name}: ")))
            };
            keys.retain(|key| !is_left(key));
            let known = UNIQUE
                .iter()
                .map(|(table, columns)| format!("{table}: {}", columns.join(",")));
            assert_eq!(keys, known.collect());
        });
    }

    #[test]
    fn a_key_is_of_whole_numbers_and_codes() {
        for table in tables(2).unwrap() {
            assert!(!table.key.is_empty(), "{}", table.name);
            for place in &table.key {
                let column = &table.columns[*place];
                assert!(matches!(column.kind, Kind::Whole | Kind::Text) && !column.nullable);
            }
        }
    }
}
