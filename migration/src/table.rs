//! The portable columns: the only place that says how a kind of value is stored on each database.
//!
//! A step describes a table by these columns, and the same description gives tables on SQLite, PostgreSQL,
//! MariaDB and MySQL that read back as one entity. What is not offered here (unsigned, decimals, native
//! enums, unbounded strings, `DEFAULT CURRENT_TIMESTAMP`) differs between them.

use db::{Engine, dialect};
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// Oracle's limit of old, kept so that a fifth database fits.
#[cfg(test)]
pub(crate) const LONGEST_NAME: usize = 30;

/// A table as a migration step describes it; [`Table::create`] makes it on any database.
pub(crate) struct Table {
    pub(crate) name: &'static str,
    /// The table's name in constraint names, short enough for [`LONGEST_NAME`].
    pub(crate) alias: &'static str,
    pub(crate) columns: Vec<Column>,
    pub(crate) references: Vec<(&'static str, &'static str)>,
    primary_key: Option<&'static [&'static str]>,
    uniques: Vec<(String, &'static [&'static str])>,
    indexes: Vec<(String, &'static [&'static str])>,
}

pub(crate) struct Column {
    pub(crate) name: &'static str,
    kind: Kind,
    nullable: bool,
}

enum Kind {
    Id,
    Big,
    Bool,
    Code(u32),
    Text(u32),
    LongText,
    Day,
    Instant,
}

impl Table {
    /// Starts a table; `alias` stands for it in the names of its constraints.
    pub(crate) fn new(name: &'static str, alias: &'static str) -> Self {
        Self {
            name,
            alias,
            columns: Vec::new(),
            references: Vec::new(),
            primary_key: None,
            uniques: Vec::new(),
            indexes: Vec::new(),
        }
    }

    /// `id`, assigned by the database.
    pub(crate) fn id(self) -> Self {
        self.column("id", Kind::Id)
    }

    /// A whole number: counts, minor units of money, thousandths, minutes.
    pub(crate) fn big(self, name: &'static str) -> Self {
        self.column(name, Kind::Big)
    }

    /// Yes or no.
    pub(crate) fn boolean(self, name: &'static str) -> Self {
        self.column(name, Kind::Bool)
    }

    /// Short text that is compared, sorted or joined; ordered by code point everywhere.
    pub(crate) fn code(self, name: &'static str, length: u32) -> Self {
        self.column(name, Kind::Code(length))
    }

    /// Text for people, of at most `length` characters.
    pub(crate) fn text(self, name: &'static str, length: u32) -> Self {
        self.column(name, Kind::Text(length))
    }

    /// Text without a limit of its own.
    pub(crate) fn long_text(self, name: &'static str) -> Self {
        self.column(name, Kind::LongText)
    }

    /// A calendar day.
    pub(crate) fn day(self, name: &'static str) -> Self {
        self.column(name, Kind::Day)
    }

    /// A moment in UTC, to the microsecond.
    pub(crate) fn instant(self, name: &'static str) -> Self {
        self.column(name, Kind::Instant)
    }

    /// The id of a row in `target`; indexed unless another index begins with it.
    pub(crate) fn reference(mut self, name: &'static str, target: &'static str) -> Self {
        self.references.push((name, target));
        self.column(name, Kind::Big)
    }

    /// Lets the column described last be absent.
    pub(crate) fn nullable(mut self) -> Self {
        if let Some(last) = self.columns.last_mut() {
            last.nullable = true;
        }
        self
    }

    /// A primary key of several columns, or of one that the database does not assign.
    pub(crate) fn primary_key(mut self, columns: &'static [&'static str]) -> Self {
        self.primary_key = Some(columns);
        self
    }

    /// No two rows share these values.
    pub(crate) fn unique(mut self, columns: &'static [&'static str]) -> Self {
        let name = format!("uq_{}_{}", self.alias, columns[columns.len() - 1]);
        self.uniques.push((name, columns));
        self
    }

    /// An index that a query needs.
    pub(crate) fn index(mut self, suffix: &'static str, columns: &'static [&'static str]) -> Self {
        self.indexes
            .push((format!("ix_{}_{suffix}", self.alias), columns));
        self
    }

    /// What every audited record carries: its version, its audit chain's end, when it came and changed.
    pub(crate) fn audited(self) -> Self {
        self.big("version")
            .big("audit_seq")
            .code("audit_head", 64)
            .instant("created_at")
            .instant("updated_at")
    }

    /// Creates the table and its indexes; harmless where a crashed run has made part of it already.
    pub(crate) async fn create(self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        let engine = Engine::detect(manager.get_connection()).await?;
        manager.create_table(self.statement(engine)).await?;
        self.create_indexes(manager).await
    }

    /// Creates the indexes that are not there yet.
    pub(crate) async fn create_indexes(&self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        for (name, columns, unique) in self.index_list() {
            // MySQL has no CREATE INDEX IF NOT EXISTS, and commits each statement by itself.
            if manager.has_index(self.name, &name).await? {
                continue;
            }
            let mut index = Index::create();
            index.name(&name).table(self.name);
            for column in columns {
                index.col(column);
            }
            if unique {
                index.unique();
            }
            manager.create_index(index.to_owned()).await?;
        }
        Ok(())
    }

    /// Drops the table.
    pub(crate) async fn remove(self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        let mut table = sea_orm_migration::prelude::Table::drop();
        manager
            .drop_table(table.table(self.name).if_exists().to_owned())
            .await
    }

    fn column(mut self, name: &'static str, kind: Kind) -> Self {
        self.columns.push(Column {
            name,
            kind,
            nullable: false,
        });
        self
    }

    fn statement(&self, engine: Engine) -> TableCreateStatement {
        let mut table = sea_orm_migration::prelude::Table::create();
        table.table(self.name).if_not_exists();
        for column in &self.columns {
            table.col(column.definition(engine.family()));
        }
        if let Some(columns) = self.primary_key {
            let mut key = Index::create();
            for column in columns {
                key.col(*column);
            }
            table.primary_key(&mut key);
        }
        // The code generator numbers several references to one table from the last name to the first.
        let mut references = self.references.clone();
        references.sort_by_key(|reference| std::cmp::Reverse(reference.0));
        for (column, target) in references {
            let mut key = ForeignKey::create();
            key.name(format!("fk_{}_{column}", self.alias))
                .from(self.name, column)
                .to(target, "id");
            table.foreign_key(&mut key);
        }
        dialect::table_options(engine, &mut table);
        table
    }

    pub(crate) fn index_list(&self) -> Vec<(String, Vec<&'static str>, bool)> {
        let mut list: Vec<_> = Vec::new();
        for (name, columns) in &self.uniques {
            list.push((name.clone(), columns.to_vec(), true));
        }
        for (name, columns) in &self.indexes {
            list.push((name.clone(), columns.to_vec(), false));
        }
        for (column, _) in &self.references {
            let begins = |columns: &[&str]| columns.first() == Some(column);
            let served = self.primary_key.is_some_and(begins)
                || list.iter().any(|(_, columns, _)| begins(columns));
            if !served {
                list.push((format!("ix_{}_{column}", self.alias), vec![column], false));
            }
        }
        list
    }

    /// Every name that creating this table gives to the database.
    #[cfg(test)]
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names = vec![self.name.to_owned()];
        names.extend(self.columns.iter().map(|column| column.name.to_owned()));
        names.extend(
            self.references
                .iter()
                .map(|(column, _)| format!("fk_{}_{column}", self.alias)),
        );
        names.extend(self.index_list().into_iter().map(|(name, ..)| name));
        names
    }
}

impl Column {
    pub(crate) fn definition(&self, family: DbBackend) -> ColumnDef {
        let mut column = ColumnDef::new(self.name);
        match self.kind {
            Kind::Id => column.big_integer().auto_increment().primary_key(),
            Kind::Big => column.big_integer(),
            Kind::Bool => column.boolean(),
            Kind::Code(length) => {
                column.string_len(length);
                match dialect::code_collation(family) {
                    Some(collation) => column.extra(format!("COLLATE \"{collation}\"")),
                    None => &mut column,
                }
            }
            Kind::Text(length) => column.string_len(length),
            Kind::LongText => match dialect::long_text_type(family) {
                Some(name) => column.custom(name),
                None => column.text(),
            },
            Kind::Day => column.date(),
            Kind::Instant => match dialect::instant_type(family) {
                Some(name) => column.custom(name),
                None => column.timestamp_with_time_zone(),
            },
        };
        if self.nullable {
            column.null();
        } else {
            column.not_null();
        }
        column
    }
}
