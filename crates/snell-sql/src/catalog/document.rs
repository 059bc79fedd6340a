//! The document that `snell facts catalog` prints under `catalog`: plain data, sorted by
//! schema and name. Keys that would say `false` or nothing are left out.

use serde::Serialize;

/// A catalog in the shape of PostgreSQL's own, sorted by schema and name.
#[derive(Debug, Clone, Serialize)]
pub struct CatalogView {
    /// Schemas that are not the system's.
    pub schemas: Vec<String>,
    /// Installed extensions.
    pub extensions: Vec<ExtensionView>,
    /// Enums.
    pub enums: Vec<EnumView>,
    /// Domains.
    pub domains: Vec<DomainView>,
    /// Sequences, those of `serial` columns included.
    pub sequences: Vec<SequenceView>,
    /// Tables.
    pub tables: Vec<TableView>,
    /// Views and materialized views.
    pub views: Vec<ViewView>,
    /// Functions and procedures.
    pub functions: Vec<FunctionView>,
}

/// An extension.
#[derive(Debug, Clone, Serialize)]
pub struct ExtensionView {
    /// Its name.
    pub name: String,
    /// The version written with `VERSION`; the server's default is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The schema that its objects live in.
    pub schema: String,
}

/// An enum, its values in order.
#[derive(Debug, Clone, Serialize)]
pub struct EnumView {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Its values, in the order that they sort in.
    pub values: Vec<String>,
}

/// A domain.
#[derive(Debug, Clone, Serialize)]
pub struct DomainView {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// The type under it, as `format_type` spells it.
    #[serde(rename = "type")]
    pub data_type: String,
    /// False after `NOT NULL`.
    pub nullable: bool,
}

/// A sequence.
#[derive(Debug, Clone, Serialize)]
pub struct SequenceView {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// The type of its numbers.
    #[serde(rename = "type")]
    pub data_type: String,
    /// Its first number.
    pub start: String,
    /// Its step.
    pub increment: String,
    /// The column that it goes with, as `table.column`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owned_by: Option<String>,
}

/// A table.
#[derive(Debug, Clone, Serialize)]
pub struct TableView {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// `table` or `partitioned table`.
    pub kind: &'static str,
    /// Its columns, in order of creation.
    pub columns: Vec<ColumnView>,
    /// Its constraints, by name.
    pub constraints: Vec<ConstraintView>,
    /// Its indexes, by name; those of keys and unique constraints included.
    pub indexes: Vec<IndexView>,
    /// Row level security.
    pub rls: RowSecurityView,
    /// Its policies.
    pub policies: Vec<PolicyView>,
    /// Its triggers.
    pub triggers: Vec<TriggerView>,
    /// True when a statement that may not have run shaped it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub uncertain: bool,
}

/// A column of a table or view.
#[derive(Debug, Clone, Serialize)]
pub struct ColumnView {
    /// Its name.
    pub name: String,
    /// As `format_type` spells it; none when it could not be worked out.
    #[serde(rename = "type")]
    pub data_type: Option<String>,
    /// The type's own name in `pg_type`.
    pub udt: Option<String>,
    /// Whether it may hold `NULL`; true for every column of a view, as in `pg_attribute`.
    pub nullable: bool,
    /// `DEFAULT`, the expression as the server prints it back, but without the casts that it adds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// `always` or `by default` for an identity column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<&'static str>,
    /// The expression of a generated column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generated: Option<String>,
}

/// A constraint.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ConstraintView {
    /// Its name.
    pub name: String,
    /// `primary key`, `unique`, `foreign key`, `check` or `exclude`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Its columns, in the order of the key.
    pub columns: Vec<String>,
    /// The text of a check.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub definition: Option<String>,
    /// The table that a foreign key points to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ref_table: Option<String>,
    /// The columns that it points to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ref_columns: Option<Vec<String>>,
    /// What happens to the row when the other one goes: `no action`, `restrict`, `cascade`, `set null`, `set default`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_delete: Option<&'static str>,
    /// The same when the other key changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_update: Option<&'static str>,
    /// `initially immediate` or `initially deferred` for a constraint that may wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deferrable: Option<&'static str>,
    /// True after `NOT VALID`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub not_valid: bool,
}

/// An index.
#[derive(Debug, Clone, Serialize)]
pub struct IndexView {
    /// Its name.
    pub name: String,
    /// `UNIQUE`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unique: bool,
    /// Whether it serves the primary key.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub primary: bool,
    /// Whether a constraint owns it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub constraint: bool,
    /// `btree`, `hash`, `gin`, `gist`, `brin`, `hnsw`, `ivfflat`.
    pub method: String,
    /// Its keys, in order.
    pub keys: Vec<KeyView>,
    /// The columns of `INCLUDE`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<String>,
    /// The condition of a partial index.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub predicate: Option<String>,
    /// `WITH (...)`, as `name=value`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
    /// `NULLS NOT DISTINCT`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub nulls_not_distinct: bool,
}

/// A key of an index.
#[derive(Debug, Clone, Serialize)]
pub struct KeyView {
    /// The column, for a key that is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// The expression, for a key that is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expr: Option<String>,
    /// `desc`, where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<&'static str>,
    /// `first` or `last`, where it is not the order's default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nulls: Option<&'static str>,
    /// The operator class; the type's default where none is written.
    pub opclass: String,
    /// Whether that class is another than the type's default.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub opclass_non_default: bool,
}

/// Row level security of a table.
#[derive(Debug, Clone, Serialize)]
pub struct RowSecurityView {
    /// `ENABLE ROW LEVEL SECURITY`.
    pub enabled: bool,
    /// `FORCE ROW LEVEL SECURITY`: the owner is bound too.
    pub forced: bool,
}

/// A policy.
#[derive(Debug, Clone, Serialize)]
pub struct PolicyView {
    /// Its name.
    pub name: String,
    /// False after `AS RESTRICTIVE`.
    pub permissive: bool,
    /// The command that it is for; `ALL` for every one.
    pub command: String,
    /// The roles that it binds; `public` for all.
    pub roles: Vec<String>,
    /// `USING`: which rows are seen.
    pub using: Option<String>,
    /// `WITH CHECK`: which rows may be written.
    pub check: Option<String>,
}

/// A trigger.
#[derive(Debug, Clone, Serialize)]
pub struct TriggerView {
    /// Its name.
    pub name: String,
    /// The function that it calls.
    pub function: String,
    /// `BEFORE`, `AFTER` or `INSTEAD OF`.
    pub timing: String,
    /// `INSERT`, `UPDATE`, `DELETE`, `TRUNCATE`.
    pub events: Vec<String>,
    /// `O`, or `D` after `DISABLE TRIGGER`, as in `pg_trigger.tgenabled`.
    pub enabled: &'static str,
}

/// A view.
#[derive(Debug, Clone, Serialize)]
pub struct ViewView {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// `view` or `materialized view`.
    pub kind: &'static str,
    /// Its columns, in order.
    pub columns: Vec<ColumnView>,
    /// The indexes of a materialized view.
    pub indexes: Vec<IndexView>,
}

/// A function or procedure.
#[derive(Debug, Clone, Serialize)]
pub struct FunctionView {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// The types of its arguments, none where unknown.
    pub arguments: Vec<Option<String>>,
    /// The type that it gives.
    pub returns: Option<String>,
    /// Its language.
    pub language: String,
    /// `immutable`, `stable` or `volatile`.
    pub volatility: String,
    /// Whether it runs as its owner.
    pub security_definer: bool,
    /// Whether it gives `NULL` for any `NULL`.
    pub strict: bool,
}
