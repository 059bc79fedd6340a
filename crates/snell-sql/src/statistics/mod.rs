//! What a live database counts of itself: the script that takes it down, and
//! what the script writes.

use serde::Deserialize;

/// The SQL that a user runs: it writes one JSON document, a [`Statistics`].
pub const SCRIPT: &str = include_str!("script.sql");

/// The form of the document that this version reads.
pub const VERSION: u32 = 1;

/// What a database counts of itself.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Statistics {
    /// The form of the document.
    pub snell_statistics: u32,
    /// `server_version_num`.
    pub server_version: u32,
    /// The database's name.
    pub database: String,
    /// For how many days it has counted.
    pub days: Option<f64>,
    /// `password_encryption`.
    pub password_encryption: String,
    /// Its tables, partitions included.
    pub tables: Vec<TableStatistics>,
    /// Their indexes.
    pub indexes: Vec<IndexStatistics>,
    /// Sequences that have given a value.
    pub sequences: Vec<SequenceStatistics>,
}

/// What is counted of a table.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TableStatistics {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// About how many rows it has.
    pub rows: u64,
    /// About how many versions of rows wait to be vacuumed.
    pub dead_rows: u64,
    /// How much it takes, without indexes and long values kept apart.
    pub bytes: u64,
    /// With them.
    pub total_bytes: u64,
    /// What its rows would take, packed; none when it was not analyzed, or the user may not know.
    pub packed_bytes: Option<u64>,
    /// How often it was read, by any way.
    pub scans: u64,
    /// How many rows were written.
    pub writes: u64,
    /// Whether it was ever vacuumed.
    pub vacuumed: bool,
}

/// What is counted of an index.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IndexStatistics {
    /// Its schema.
    pub schema: String,
    /// Its table.
    pub table: String,
    /// Its name.
    pub name: String,
    /// How often it was used.
    pub scans: u64,
    /// How much it takes.
    pub bytes: u64,
    /// Whether it keeps rows unique.
    pub unique: bool,
    /// False after a concurrent build that failed.
    pub valid: bool,
}

/// How far a sequence has come.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SequenceStatistics {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// The schema of its column's table.
    pub table_schema: Option<String>,
    /// The table of the column that it numbers.
    pub table: Option<String>,
    /// That column.
    pub column: Option<String>,
    /// The last value that it gave.
    pub last: i64,
    /// The greatest that it, and its column, can hold.
    pub most: i64,
    /// Whether it starts again.
    pub cycles: bool,
}

impl Statistics {
    /// A table; the schema is `public` when none is named.
    #[must_use]
    pub fn table(&self, schema: Option<&str>, name: &str) -> Option<&TableStatistics> {
        let schema = schema.unwrap_or("public");
        self.tables
            .iter()
            .find(|table| table.name == name && table.schema == schema)
    }

    /// An index; the schema is `public` when none is named.
    #[must_use]
    pub fn index(&self, schema: Option<&str>, name: &str) -> Option<&IndexStatistics> {
        let schema = schema.unwrap_or("public");
        self.indexes
            .iter()
            .find(|index| index.name == name && index.schema == schema)
    }
}
