//! The statements that mend a finding, fit for a table in use, and what the schema says then.
//!
//! They come from what the finding is about (its subject), the datamodel and the indexes that
//! are there, and else from the statements that its help shows.

mod constraints;
mod enums;
pub(super) mod help;
mod history;
pub(super) mod indexes;
mod keys;
mod platform;
pub(super) mod types;

use snell_correlate::FieldLives;
use snell_prisma::{Field, Model, Provider};
use snell_project::schema::Schema;
use snell_report::audit::{
    Drift, RawQuery,
    tables::{IndexTable, Policy, VectorSearch},
};
use snell_source::{Confidence, Diagnostic};

use super::{bodies, constraint_name, gone::Gone, held::Held, named, quoted};
use crate::Analysis;
use crate::qualified::Qualified;

/// What mends a finding.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Remedy {
    /// What the schema says then.
    pub(super) prisma: Vec<String>,
    /// Lines of a script, where that is what mends it.
    pub(super) commands: Vec<String>,
    /// Queries that show whether the statements will run.
    pub(super) checks: Vec<String>,
    /// The statements, in order.
    pub(super) sql: Vec<String>,
    /// What the database keeps, though the schema lacks it.
    pub(super) stays: Vec<String>,
    /// How it reaches an application that runs, where the statements alone do not tell.
    pub(super) rollout: Option<String>,
    /// What is left to do when nothing that runs knows the old form any more.
    pub(super) later: Later,
}

/// Statements for a release later.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Later {
    /// What the schema says then.
    pub(super) prisma: Vec<String>,
    /// Queries that must find nothing before.
    pub(super) checks: Vec<String>,
    /// The statements.
    pub(super) sql: Vec<String>,
}

impl Remedy {
    fn of_sql(sql: Vec<String>) -> Self {
        Remedy {
            sql,
            ..Remedy::default()
        }
    }
}

/// What remedies are made of.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    pub(super) analysis: &'a Analysis,
    /// The names that need their schema.
    pub(super) qualified: &'a Qualified,
    pub(super) indexes: &'a [IndexTable],
    pub(super) drift: &'a [Drift],
    pub(super) policies: &'a [Policy],
    /// What other steps take away.
    pub(super) gone: &'a [Gone],
    /// The columns that checks hold to a few values.
    pub(super) held: &'a Held,
    pub(super) searches: &'a [VectorSearch],
    /// The raw queries of the code.
    pub(super) raw: &'a [RawQuery],
    /// Where code reads and writes each column.
    pub(super) lives: &'a FieldLives,
    /// Whether another step gives all moments a time zone.
    pub(super) zoned: bool,
}

/// The model and fields that a subject names.
struct Subject<'a> {
    schema: &'a Schema,
    model: &'a Model,
    fields: Vec<&'a Field>,
}

impl Subject<'_> {
    fn table(&self) -> String {
        quoted(&self.model.db_name)
    }
}

impl<'a> Known<'a> {
    fn model(self, name: &str) -> Option<(&'a Schema, &'a Model)> {
        let models = self.analysis.project.schemas.models();
        let mut named = models.filter(|(_, _, model)| model.name == name);
        named.next().map(|(_, schema, model)| (schema, model))
    }

    /// Whether another step takes a model away, with its table.
    fn takes(self, model: &Model) -> bool {
        let mut whole = self.gone.iter().filter(|one| one.takes_table());
        whole.any(|one| model.name == one.model)
    }

    /// The same of a table by its name in the database.
    fn takes_table(self, table: &str) -> bool {
        let mut models = self.analysis.project.schemas.models();
        models.any(|(_, _, model)| model.db_name == table && self.takes(model))
    }

    fn subject(self, diagnostic: &Diagnostic) -> Option<Subject<'a>> {
        let (models, fields) = named::names(&diagnostic.subject);
        let (schema, model) = self.model(models.first()?)?;
        let fields = fields.iter().filter_map(|name| model.field(name));
        Some(Subject {
            schema,
            model,
            fields: fields.filter(|field| field.is_column()).collect(),
        })
    }
}

/// What mends a finding; nothing where that takes code, or a decision.
pub(super) fn remedy(known: Known<'_>, diagnostic: &Diagnostic) -> Remedy {
    let rule = diagnostic.rule.name;
    // What may be no fault at all is a question, and changes no database.
    if diagnostic.confidence == Confidence::Possible {
        return Remedy::default();
    }
    let subject = known.subject(diagnostic);
    // Statements are those of PostgreSQL.
    if let Some(subject) = &subject
        && !speaks_postgres(subject.schema)
    {
        return Remedy::default();
    }
    let made = match (rule, &subject) {
        ("migration/cannot-apply", _) => history::baseline(known, diagnostic),
        ("migration/db-push-in-deploy", _) => history::first(known),
        ("consistency/schema-migration-drift", _) => Some(drift(known)),
        ("isolation/rls-missing", _) => Some(Remedy::of_sql(
            known
                .policies
                .iter()
                .flat_map(|policy| policy.sql.iter().cloned())
                .collect(),
        )),
        ("integrity/nullable-unique", Some(subject)) => {
            constraints::nullable_unique(known, subject)
        }
        ("integrity/missing-foreign-key", Some(subject)) => {
            keys::missing(known, subject, diagnostic)
        }
        ("integrity/missing-unique", Some(subject)) => {
            constraints::missing_unique(subject, diagnostic)
        }
        ("integrity/nullable-always-set", Some(subject)) => {
            constraints::always_set(known, subject, diagnostic)
        }
        ("integrity/nullable-composite-fk", Some(subject)) => {
            constraints::all_or_none(subject, diagnostic)
        }
        ("integrity/redundant-check", Some(subject)) => {
            constraints::redundant_check(known, subject, diagnostic)
        }
        (
            "integrity/owner-consistency"
            | "schema/redundant-owner-column"
            | "schema/transitive-dependency",
            _,
        ) => constraints::composite_key(known, diagnostic),
        ("integrity/enum-like-string", Some(subject)) => enums::remedy(known, subject, diagnostic),
        ("schema/attribute-kept-twice", _) => Some(help::with_later(known, diagnostic)),
        ("schema/json-array", Some(subject)) => types::json_array(subject, diagnostic),
        ("schema/float-for-money", Some(subject)) => types::decimal(subject, diagnostic),
        ("schema/missing-timestamps", Some(subject)) => {
            types::created_at(known, subject, diagnostic)
        }
        ("schema/missing-updated-at", _) => types::updated_at(known, diagnostic),
        ("schema/timestamp-without-timezone", _) => types::moments(known),
        ("security/credential-key-version", Some(subject)) => types::key_version(subject),
        ("security/clerk-id-unchecked", Some(subject)) => {
            Some(keys::of_stranger(known, subject, diagnostic))
        }
        ("index/redundant" | "index/duplicate" | "index/unique-already-indexed", _) => {
            indexes::dropped(known, diagnostic, false)
        }
        ("index/unused-by-code", _) => indexes::dropped(known, diagnostic, true),
        ("index/partial-opportunity", _) => Some(indexes::narrowed(known, diagnostic)),
        ("vector/index-dropped-by-migrate", _) => indexes::rebuilt(diagnostic),
        ("vector/missing-index", _) => Some(indexes::of_vectors(known, diagnostic)),
        ("migration/json-text-cast", _) => types::unquoted(known, diagnostic),
        ("maintainability/table-map-not-snake-case", _) => Some(types::renamed(known, diagnostic)),
        _ => None,
    };
    let remedy = made.unwrap_or_else(|| help::remedy(known, diagnostic));
    finished(known, subject.as_ref(), remedy)
}

/// The statements as a table in use needs them, with the schema of each name; none that break a function.
fn finished(known: Known<'_>, subject: Option<&Subject<'_>>, mut remedy: Remedy) -> Remedy {
    // What a function names in its body goes only together with that.
    let breaks = |sql: &String| {
        bodies::gone(sql).is_some_and(|name| bodies::function(known.analysis, name).is_some())
    };
    if remedy.sql.iter().any(breaks) {
        return Remedy::default();
    }
    if remedy.later.sql.iter().any(breaks) {
        remedy.later = Later::default();
    }
    let made: Vec<String> = remedy
        .sql
        .iter()
        .filter_map(|sql| sql.strip_prefix("CREATE TABLE "))
        .filter_map(|rest| rest.split_once(" ("))
        .map(|(name, _)| name.to_owned())
        .collect();
    let statements = remedy.sql.iter();
    // A table that was just made has no rows and no readers.
    let is_new = |sql: &str| {
        made.iter().any(|name| {
            sql.contains(&format!(" ON {name} ("))
                || sql.starts_with(&format!("ALTER TABLE {name} "))
        })
    };
    remedy.sql = statements
        .flat_map(|sql| match is_new(sql) {
            true => vec![sql.clone()],
            false => help::live(sql),
        })
        .collect();
    let home = subject.and_then(|one| one.model.schema.as_ref());
    let home = home.map(|schema| schema.name.as_str());
    let later = [&mut remedy.later.checks, &mut remedy.later.sql];
    for sql in [&mut remedy.checks, &mut remedy.sql]
        .into_iter()
        .chain(later)
    {
        known.qualified.statements(home, sql);
    }
    remedy
}

/// Whether the database of a schema understands what the plan says.
fn speaks_postgres(schema: &Schema) -> bool {
    matches!(
        schema.datamodel.provider(),
        Provider::PostgreSql | Provider::CockroachDb
    )
}

/// The schema that a model says is its own.
pub(super) fn home<'a>(analysis: &'a Analysis, name: &str) -> Option<&'a str> {
    let mut models = analysis.project.schemas.models();
    let (_, _, model) = models.find(|(_, _, model)| model.name == name)?;
    model.schema.as_ref().map(|schema| schema.name.as_str())
}

/// What brings the database to the schema: tables, then the rest, then foreign keys; and what the
/// schema has to say of the database.
fn drift(known: Known<'_>) -> Remedy {
    let mut sql = Vec::new();
    let mut keys = Vec::new();
    let goes = |table: &Option<String>| {
        let table = table.as_deref();
        table.is_some_and(|table| known.takes_table(table))
    };
    let stay = || {
        let managed = known.drift.iter().filter(|one| one.managed);
        managed.filter(move |one| !goes(&one.table))
    };
    let mut later = Later::default();
    for difference in stay() {
        for (n, statement) in difference.cure.iter().enumerate() {
            if let Some(check) = filled(&difference.cure[..n], statement) {
                later.checks.push(check);
                later.sql.push(statement.clone());
                continue;
            }
            match statement.contains(" FOREIGN KEY ") && statement.starts_with("ALTER TABLE ") {
                true => keys.push(statement.clone()),
                false => sql.push(statement.clone()),
            }
        }
    }
    sql.splice(0..0, schemas(known, &sql));
    let heads = ["CREATE SCHEMA ", "CREATE TYPE ", "CREATE TABLE "];
    sql.sort_by_key(|statement| {
        let place = heads.iter().position(|head| statement.starts_with(head));
        place.unwrap_or(heads.len())
    });
    sql.extend(keys);
    let mut remedy = Remedy::of_sql(sql);
    remedy.later = later;
    remedy.prisma = stay().flat_map(|one| one.declared.clone()).collect();
    remedy.stays = stay().filter_map(|one| one.stays.clone()).collect();
    // A table that no migration makes may be there all the same, made by `prisma db push`.
    let made = remedy.sql.iter().filter_map(|statement| {
        let rest = statement.strip_prefix("CREATE TABLE ")?;
        Some(rest.split_once(" (")?.0)
    });
    remedy.checks = made
        .map(|name| {
            let literal = name.replace('\'', "''");
            format!("SELECT 1 AS \"is there\" WHERE to_regclass('{literal}') IS NOT NULL;")
        })
        .collect();
    remedy
}

/// What must find nothing before a column is required that a statement before has added: rows that are there have to be
/// given a value first.
fn filled(before: &[String], statement: &str) -> Option<String> {
    let table = statement.strip_prefix("ALTER TABLE ")?;
    let (table, column) = table
        .strip_suffix(" SET NOT NULL;")?
        .split_once(" ALTER COLUMN ")?;
    let adds = format!("ALTER TABLE {table} ADD COLUMN ");
    before.iter().find(|one| one.starts_with(&adds))?;
    Some(format!(
        "SELECT count(*) FROM {table} WHERE {column} IS NULL;"
    ))
}

/// What makes the schemas that statements make something in, and no migration makes.
fn schemas(known: Known<'_>, sql: &[String]) -> Vec<String> {
    let built = |name: &str| {
        let schemas = known.analysis.project.schemas.iter();
        let mut histories = schemas.filter_map(|(_, schema)| schema.history.as_ref());
        histories.any(|history| history.replay.catalog.schemas.contains_key(name))
    };
    let named = sql.iter().filter_map(|statement| {
        let rest = statement
            .strip_prefix("CREATE TABLE ")
            .or_else(|| statement.strip_prefix("CREATE TYPE "))?;
        let (schema, _) = rest.strip_prefix('"')?.split_once("\".\"")?;
        let whole = !schema.contains('"') && !built(schema);
        whole.then(|| format!("CREATE SCHEMA IF NOT EXISTS {};", quoted(schema)))
    });
    let named: std::collections::BTreeSet<String> = named.collect();
    named.into_iter().collect()
}

fn columns(fields: &[&Field]) -> String {
    let names: Vec<String> = fields.iter().map(|field| quoted(&field.db_name)).collect();
    names.join(", ")
}

fn names(fields: &[&Field]) -> String {
    let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
    names.join(", ")
}

fn plain<'a>(fields: &[&'a Field]) -> Vec<&'a str> {
    fields.iter().map(|field| field.db_name.as_str()).collect()
}
