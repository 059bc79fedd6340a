//! Columns that get another type, and columns that are missing.

use std::collections::BTreeMap;

use snell_prisma::{Field, Model, ScalarType};
use snell_source::Diagnostic;
use snell_sql::ast::StatementKind;

use super::{super::quoted, Known, Later, Remedy, Subject};
use crate::Analysis;

/// A list of texts or numbers in the place of JSON.
pub(super) fn json_array(subject: &Subject<'_>, diagnostic: &Diagnostic) -> Option<Remedy> {
    let field = subject.fields.first()?;
    let mut spans = diagnostic
        .help
        .iter()
        .flat_map(|help| help.split('`').skip(1).step_by(2));
    let line = spans.find(|span| span.ends_with("[]"))?;
    let kind = line.split_whitespace().last()?.trim_end_matches("[]");
    let sql_type = match kind {
        "String" => "text",
        "Int" => "integer",
        "Float" => "double precision",
        "Boolean" => "boolean",
        _ => return None,
    };
    let table = subject.table();
    let column = quoted(&field.db_name);
    let fresh = quoted(&format!("{}_list", field.db_name));
    let default = match field.default.is_some() {
        true => format!("ALTER TABLE {table} ALTER COLUMN {fresh} SET DEFAULT '{{}}';"),
        false => String::new(),
    };
    let list = format!("ARRAY(SELECT jsonb_array_elements_text({column}::jsonb)::{sql_type})");
    let is_list = format!("jsonb_typeof({column}::jsonb) = 'array'");
    let mut sql = vec![
        format!("ALTER TABLE {table} ADD COLUMN {fresh} {sql_type}[];"),
        format!("UPDATE {table} SET {fresh} = {list} WHERE {is_list};"),
    ];
    if !default.is_empty() {
        sql.insert(1, default);
    }
    let name = format!("{}List", field.name);
    Some(Remedy {
        prisma: vec![format!(
            "model {}: {name} {kind}[] @map({fresh})",
            subject.model.name
        )],
        checks: vec![format!(
            "SELECT count(*) FROM {table} WHERE {column} IS NOT NULL AND jsonb_typeof({column}::jsonb) <> 'array';"
        )],
        sql,
        // Every version that runs reads and writes the old column until the last of them is gone.
        later: Later {
            prisma: vec![format!(
                "model {}: without {}",
                subject.model.name, field.name
            )],
            checks: vec![format!(
                "SELECT count(*) FROM {table} WHERE {is_list} AND {fresh} IS DISTINCT FROM {list};"
            )],
            sql: vec![format!("ALTER TABLE {table} DROP COLUMN {column};")],
        },
        ..Remedy::default()
    })
}

/// Money as decimal numbers, of as many places as the help says.
pub(super) fn decimal(subject: &Subject<'_>, diagnostic: &Diagnostic) -> Option<Remedy> {
    let field = subject.fields.first()?;
    let mut helps = diagnostic.help.iter();
    let size = helps.find_map(|help| {
        let (_, rest) = help.split_once("@db.Decimal(")?;
        let (size, _) = rest.split_once(')')?;
        let (digits, places) = size.split_once(", ")?;
        let number = |text: &str| text.parse::<u32>().ok();
        Some((number(digits)?, number(places)?))
    });
    let (digits, places) = size.filter(|_| !field.is_list())?;
    let (table, column) = (subject.table(), quoted(&field.db_name));
    let exact = format!("{column}::numeric");
    Some(Remedy {
        prisma: vec![format!(
            "model {}: {} Decimal{} @db.Decimal({digits}, {places})",
            subject.model.name,
            field.name,
            if field.is_optional() { "?" } else { "" }
        )],
        checks: vec![format!(
            "SELECT count(*) FROM {table} WHERE round({exact}, {places}) <> {exact} OR abs({exact}) >= 1e{};",
            digits - places
        )],
        sql: vec![format!(
            "ALTER TABLE {table} ALTER COLUMN {column} TYPE numeric({digits}, {places}) USING round({exact}, {places});"
        )],
        ..Remedy::default()
    })
}

/// The time of the last change, for the models that the finding names.
pub(super) fn updated_at(known: Known<'_>, diagnostic: &Diagnostic) -> Option<Remedy> {
    let mut remedy = Remedy::default();
    for (_, schema, model) in known.analysis.project.schemas.models() {
        let named = diagnostic
            .labels
            .iter()
            .any(|label| schema.model_name(model) == label.at);
        if !named || model.columns().any(|field| field.updated_at.is_some()) {
            continue;
        }
        let (name, mapped) = called(model, "updatedAt", "updated_at");
        let zoned = known.zoned || moment(model) == ZONED;
        let native = match zoned {
            true => " @db.Timestamptz(3)",
            false => "",
        };
        remedy.prisma.push(format!(
            "model {}: updatedAt DateTime @default(now()) @updatedAt{mapped}{native}",
            model.name
        ));
        // A default that is one value for all rows is no rewrite of the table.
        remedy.sql.push(format!(
            "ALTER TABLE {} ADD COLUMN {} {} NOT NULL DEFAULT CURRENT_TIMESTAMP;",
            quoted(&model.db_name),
            quoted(name),
            if zoned { ZONED } else { moment(model) }
        ));
    }
    (!remedy.sql.is_empty()).then_some(remedy)
}

/// The time at which a row was made, for the model that the finding is about.
pub(super) fn created_at(
    known: Known<'_>,
    subject: &Subject<'_>,
    diagnostic: &Diagnostic,
) -> Option<Remedy> {
    let model = subject.model;
    let mut helps = diagnostic.help.iter();
    let camel = helps
        .find_map(|help| help.strip_prefix("add `")?.split_once(' '))?
        .0;
    let snake = snake(camel);
    let (name, mapped) = called(model, camel, &snake);
    if model.columns().any(|field| field.db_name == name) {
        return None;
    }
    let zoned = known.zoned || moment(model) == ZONED;
    Some(Remedy {
        prisma: vec![format!(
            "model {}: {camel} DateTime @default(now()){mapped}{}",
            model.name,
            if zoned { " @db.Timestamptz(3)" } else { "" }
        )],
        sql: vec![format!(
            "ALTER TABLE {} ADD COLUMN {} {} NOT NULL DEFAULT CURRENT_TIMESTAMP;",
            subject.table(),
            quoted(name),
            if zoned { ZONED } else { moment(model) }
        )],
        ..Remedy::default()
    })
}

/// `createdAt` as `created_at`
pub(super) fn snake(name: &str) -> String {
    let mut text = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.push(c.to_ascii_lowercase());
    }
    text
}

/// The type of moments with a time zone.
const ZONED: &str = "timestamptz(3)";

/// The type that moments of a model have.
fn moment(model: &Model) -> &'static str {
    let mut moments = model
        .columns()
        .filter(|field| field.scalar() == Some(ScalarType::DateTime));
    match moments.any(|field| is_native(field, "Timestamptz")) {
        true => ZONED,
        false => "timestamp(3)",
    }
}

fn is_native(field: &Field, name: &str) -> bool {
    let native = field.native_type.as_ref();
    native.is_some_and(|native| native.name == name)
}

/// What a new column is called in the database, and what the schema says of that: as the other
/// columns of the model are.
fn called<'n>(model: &Model, camel: &'n str, snake: &'n str) -> (&'n str, String) {
    let mapped = model
        .columns()
        .any(|field| field.db_name.contains('_') && field.db_name != field.name);
    match mapped {
        true => (snake, format!(" @map(\"{snake}\")")),
        false => (camel, String::new()),
    }
}

/// All moments without a time zone, table by table. With the session's zone at UTC the values
/// stay as they are on the disk.
pub(super) fn moments(known: Known<'_>) -> Option<Remedy> {
    let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut prisma = Vec::new();
    for (_, schema, model) in known.analysis.project.schemas.models() {
        if model.is_view || schema.datamodel.provider() != snell_prisma::Provider::PostgreSql {
            continue;
        }
        let mut names: Vec<&str> = Vec::new();
        for field in model.columns() {
            let plain = field.scalar() == Some(ScalarType::DateTime)
                && !field.is_list()
                && (field.native_type.is_none() || is_native(field, "Timestamp"));
            if plain {
                names.push(&field.name);
                let actions = tables.entry(model.db_name.to_string()).or_default();
                actions.push(format!(
                    "ALTER COLUMN {} TYPE timestamptz(3)",
                    quoted(&field.db_name)
                ));
            }
        }
        if !names.is_empty() {
            let names = names.join(", ");
            prisma.push(format!("model {}: {names}: @db.Timestamptz(3)", model.name));
        }
    }
    if tables.is_empty() {
        return None;
    }
    let mut sql = vec!["SET timezone = 'UTC';".to_owned()];
    sql.extend(
        tables.iter().map(|(table, actions)| {
            format!("ALTER TABLE {} {};", quoted(table), actions.join(", "))
        }),
    );
    sql.push("RESET timezone;".to_owned());
    Some(Remedy {
        prisma,
        checks: Vec::new(),
        sql,
        ..Remedy::default()
    })
}

/// Texts that a migration has filled from JSON, without the quotes that came along. The values
/// that the statement looks for begin and end with a quote: `"word"`.
pub(super) fn unquoted(known: Known<'_>, diagnostic: &Diagnostic) -> Option<Remedy> {
    let (name, column) = filled(known.analysis, diagnostic)?;
    let mut models = known.analysis.project.schemas.models();
    let (_, _, model) = models.find(|(_, _, model)| model.db_name == name)?;
    let field = model.columns().find(|field| field.db_name == column)?;
    if field.scalar() != Some(ScalarType::String) {
        return None;
    }
    let (table, column) = (quoted(&name), quoted(&column));
    // A whole JSON string and nothing else: the cast cannot fail then.
    let is_json = r#"~ '^"([^"\\[:cntrl:]]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*"$'"#;
    Some(Remedy {
        prisma: Vec::new(),
        checks: vec![format!(
            "SELECT {column}, count(*) FROM {table} WHERE {column} {is_json} GROUP BY 1;"
        )],
        sql: vec![format!(
            "UPDATE {table} SET {column} = {column}::jsonb #>> '{{}}' WHERE {column} {is_json};"
        )],
        ..Remedy::default()
    })
}

/// Whether what a migration has filled is there no more: a later one has dropped the column.
pub(in crate::audit) fn is_gone(analysis: &Analysis, diagnostic: &Diagnostic) -> bool {
    if diagnostic.rule.name != "migration/json-text-cast" {
        return false;
    }
    filled(analysis, diagnostic).is_some_and(|(table, column)| {
        let mut models = analysis.project.schemas.models();
        models
            .find(|(_, _, model)| model.db_name == table)
            .is_some_and(|(_, _, model)| model.columns().all(|field| field.db_name != column))
    })
}

/// The table and the column that an `UPDATE` fills, of which a finding speaks.
fn filled(analysis: &Analysis, diagnostic: &Diagnostic) -> Option<(String, String)> {
    let at = diagnostic.primary().at;
    let mut words = diagnostic.subject.split_whitespace();
    let column = words.find_map(|word| word.strip_prefix("column:"))?;
    let histories = analysis.project.schemas.iter();
    let statement = histories
        .filter_map(|(_, schema)| schema.history.as_ref())
        .flat_map(|history| {
            let steps = history.replay.steps.iter();
            steps.filter(move |step| {
                let migration = &history.migrations[step.place.migration as usize];
                let span = step.span;
                migration.file == at.file && span.start <= at.span.start && at.span.end <= span.end
            })
        })
        .next()?;
    let StatementKind::Update(update) = &statement.statement.kind else {
        return None;
    };
    Some((update.table.name.text.to_string(), column.to_owned()))
}

/// The version of the key beside what is encrypted.
pub(super) fn key_version(subject: &Subject<'_>) -> Option<Remedy> {
    let (name, mapped) = called(subject.model, "keyVersion", "key_version");
    Some(Remedy {
        prisma: vec![format!(
            "model {}: keyVersion Int @default(1){mapped}",
            subject.model.name
        )],
        checks: Vec::new(),
        sql: vec![format!(
            "ALTER TABLE {} ADD COLUMN {} integer NOT NULL DEFAULT 1;",
            subject.table(),
            quoted(name)
        )],
        ..Remedy::default()
    })
}
