//! The questions of a database audit, and what decides each: rules, tables of
//! the audit, or the reason why it cannot be decided without running anything.
//!
//! `docs/audit-map.md` is made of it, and a test holds it against the rules.

mod access;
mod code;
mod meaning;
mod operation;
mod structure;

/// One question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    /// Its number: `4.1a`.
    pub number: &'static str,
    /// What is asked.
    pub asks: &'static str,
    /// The rules that decide it, by name; `*` stands for all that begin so.
    pub rules: &'static [&'static str],
    /// The tables of the audit that show it.
    pub tables: &'static [Table],
    /// What neither decides, and why; empty when nothing is left.
    pub beside: &'static str,
}

/// A table of the audit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// Facts that stand in two places, with the writes that keep them equal.
    Normalization,
    /// JSON columns with what the code reads and writes of them.
    JsonColumns,
    /// Each nullable column with its writes and reads.
    Nullability,
    /// Foreign keys, and what goes when the row that they lead to does.
    Cascades,
    /// Each index with the queries that it serves, and what is proposed.
    Indexes,
    /// Each table with its owner, and each query with its verdict.
    Ownership,
    /// Endpoints for administrators, with what they reach.
    AdminAccess,
    /// Columns that hold what is sensitive, and where it goes.
    SensitiveFields,
    /// Each column with who reads and who writes it.
    FieldUsage,
    /// Queries in SQL, with their verdicts.
    RawQueries,
    /// Migrations, with what each does to tables and rows.
    Migrations,
    /// Tables, relations and values that the seed fills.
    SeedCoverage,
    /// Each table with how it grows, and what takes rows away.
    Growth,
    /// What comments say of models and fields.
    Documentation,
}

impl Table {
    /// The part of the audit that has it: the number of the heading above it.
    #[must_use]
    pub fn section(self) -> &'static str {
        match self {
            Table::Normalization => "3.2",
            Table::JsonColumns | Table::Nullability | Table::FieldUsage => "5.4",
            Table::Cascades => "3.3",
            Table::Indexes => "4.1",
            Table::Ownership => "7.1",
            Table::AdminAccess => "7.3",
            Table::SensitiveFields => "7.4",
            Table::RawQueries => "5.6",
            Table::Migrations | Table::SeedCoverage => "2.7",
            Table::Growth => "6.2",
            Table::Documentation => "2.9",
        }
    }

    /// What people call it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Table::Normalization => "Normalization",
            Table::JsonColumns => "JSON columns",
            Table::Nullability => "Nullability",
            Table::Cascades => "Cascades",
            Table::Indexes => "Indexes",
            Table::Ownership => "Ownership",
            Table::AdminAccess => "Admin access",
            Table::SensitiveFields => "Sensitive fields",
            Table::FieldUsage => "Field usage",
            Table::RawQueries => "Raw queries",
            Table::Migrations => "Migrations",
            Table::SeedCoverage => "Seed coverage",
            Table::Growth => "Growth",
            Table::Documentation => "Documentation",
        }
    }
}

/// The parts of the audit, with their numbers.
pub const PARTS: [(&str, &str); 10] = [
    ("1", "Normal forms"),
    ("2", "Keys and constraints"),
    ("3", "Indexes"),
    ("4", "Access and secrets"),
    ("5", "Schema and code"),
    ("6", "Embeddings and memories"),
    ("7", "Seeds and migrations"),
    ("8", "Growth"),
    ("9", "Documentation and change"),
    ("10", "What the tables stand for"),
];

/// All questions, in order.
pub fn points() -> impl Iterator<Item = &'static Point> {
    [
        structure::POINTS,
        access::POINTS,
        code::POINTS,
        operation::POINTS,
        meaning::POINTS,
    ]
    .into_iter()
    .flatten()
}
