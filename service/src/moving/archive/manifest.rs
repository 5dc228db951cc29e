//! `manifest.json`.

use serde::{Deserialize, Serialize};

use super::super::row::Content;
use super::super::tables::{Kind, Table};

/// What the manifest calls itself.
const FORMAT: &str = "dmt archive";

/// Moves when a reader of the version before would misunderstand.
pub(crate) const FORMAT_VERSION: u32 = 1;

/// What an archive holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    pub(crate) format: String,
    pub(crate) format_version: u32,
    /// The program that wrote it.
    pub(crate) program: String,
    /// The last step of the schema.
    pub(crate) schema: String,
    /// The moment of which it is, to the second or so.
    pub(crate) created_at: String,
    pub(crate) source: Source,
    /// Whether password hashes and the tokens of programs are in it.
    pub(crate) secrets: bool,
    pub(crate) tables: Vec<TableEntry>,
}

/// Which database it came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Source {
    /// `SQLite`, `PostgreSQL`, `MariaDB` or `MySQL`.
    pub(crate) engine: String,
    /// As the database tells it.
    pub(crate) version: String,
}

/// A table's file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TableEntry {
    pub(crate) name: String,
    pub(crate) file: String,
    pub(crate) rows: u64,
    pub(crate) sha256: String,
    pub(crate) key: Vec<String>,
    pub(crate) columns: Vec<ColumnEntry>,
}

/// A column of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ColumnEntry {
    pub(crate) name: String,
    /// `integer`, `decimal`, `boolean`, `text`, `date` or `instant`.
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// How many digits a decimal has behind the point.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) digits: Option<u32>,
    pub(crate) nullable: bool,
    /// The table whose `id` it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) references: Option<String>,
}

/// What comes first, so that a newer manifest is told from a broken one.
#[derive(Deserialize)]
struct Head {
    format: String,
    format_version: u32,
}

impl Manifest {
    pub(crate) fn new(schema: String, created_at: String, source: Source, secrets: bool) -> Self {
        Self {
            format: FORMAT.to_owned(),
            format_version: FORMAT_VERSION,
            program: concat!("dmt ", env!("CARGO_PKG_VERSION")).to_owned(),
            schema,
            created_at,
            source,
            secrets,
            tables: Vec::new(),
        }
    }

    /// Reads one; what is wrong with it as the end of a sentence.
    pub(crate) fn parse(json: &[u8]) -> Result<Self, String> {
        let head: Head = serde_json::from_slice(json)
            .map_err(|error| format!("is not the manifest of a dmt archive ({error})"))?;
        if head.format != FORMAT {
            return Err(format!(
                "is of the format {:?}, not {FORMAT:?}",
                head.format
            ));
        }
        if head.format_version != FORMAT_VERSION {
            return Err(format!(
                "is of format version {}, and this dmt reads version {FORMAT_VERSION}: use the dmt that wrote it, or a newer one",
                head.format_version
            ));
        }
        serde_json::from_slice(json).map_err(|error| format!("cannot be read ({error})"))
    }

    /// How many rows of a table it has.
    pub(crate) fn rows(&self, table: &str) -> Option<u64> {
        let entry = self.tables.iter().find(|entry| entry.name == table);
        entry.map(|entry| entry.rows)
    }

    /// As it is written.
    pub(crate) fn to_json(&self) -> Vec<u8> {
        // Only maps with other keys than texts cannot be written, and it has none.
        let mut json = serde_json::to_vec_pretty(self).unwrap_or_default();
        json.push(b'\n');
        json
    }
}

impl TableEntry {
    pub(crate) fn new(table: &Table, content: Content) -> Self {
        let column = |place: usize| table.columns.get(place);
        Self {
            name: table.name.to_owned(),
            file: file_of(table),
            rows: content.rows,
            sha256: content.sha256,
            key: table
                .key
                .iter()
                .filter_map(|place| Some(column(*place)?.name.to_owned()))
                .collect(),
            columns: columns_of(table),
        }
    }

    /// How its columns differ from those of this program's table, as the end of a sentence.
    pub(crate) fn difference(&self, table: &Table) -> Option<String> {
        let ours = columns_of(table);
        let known = |name: &str| ours.iter().any(|column| column.name == name);
        if let Some(column) = self.columns.iter().find(|column| !known(&column.name)) {
            return Some(format!(
                "has a column {} in {}, which this dmt does not know: import it with the dmt that wrote it, or a newer one",
                column.name, self.name
            ));
        }
        let there = |name: &str| self.columns.iter().any(|column| column.name == name);
        if let Some(column) = ours.iter().find(|column| !there(&column.name)) {
            return Some(format!(
                "lacks the column {} of {}: import it with the dmt that wrote it, and migrate that system then",
                column.name, self.name
            ));
        }
        let differs = ours
            .iter()
            .zip(&self.columns)
            .find(|(ours, theirs)| ours != theirs);
        differs.map(|(column, _)| {
            format!(
                "has another kind of column {} in {}",
                column.name, self.name
            )
        })
    }
}

/// The name of a table's file.
pub(crate) fn file_of(table: &Table) -> String {
    format!("{}.jsonl", table.name)
}

fn columns_of(table: &Table) -> Vec<ColumnEntry> {
    let columns = table.columns.iter().enumerate();
    let entry = |(place, column): (usize, &super::super::tables::Column)| {
        let reference = table
            .references
            .iter()
            .find(|reference| reference.column == place);
        let (kind, digits) = match column.kind {
            Kind::Whole => ("integer", None),
            Kind::Decimal(digits) => ("decimal", Some(digits)),
            Kind::Flag => ("boolean", None),
            Kind::Text => ("text", None),
            Kind::Day => ("date", None),
            Kind::Instant => ("instant", None),
        };
        ColumnEntry {
            name: column.name.to_owned(),
            kind: kind.to_owned(),
            digits,
            nullable: column.nullable,
            references: reference.map(|reference| reference.to.clone()),
        }
    };
    columns.map(entry).collect()
}
