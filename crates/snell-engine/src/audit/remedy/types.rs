//! Columns that get another type, and columns that are missing.

use std::collections::BTreeMap;

use snell_prisma::{Field, Model, ScalarType};
use snell_source::Diagnostic;
use snell_sql::ast::StatementKind;

use super::{
    super::{quoted, reckoned::bare},
    Known, Later, Remedy, Subject,
};
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
            "SELECT count(*) FROM {table} WHERE {column} IS NOT NULL AND jsonb_typeof({column}::jsonb) NOT IN ('array', 'null');"
        )],
        sql,
        // Every version that runs reads and writes the old column until the last of them is gone.
        later: Later {
            prisma: vec![format!(
                "model {}: {} {kind}[] @map({fresh}), in the place of {name}",
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
        let has = model.columns().any(|field| field.updated_at.is_some());
        if !named || has || known.takes(model) {
            continue;
        }
        let (name, mapped) = called(model, "updatedAt", "updated_at");
        let (kind, native) = moment(known, model);
        remedy.prisma.push(format!(
            "model {}: updatedAt DateTime @default(now()) @updatedAt{mapped}{native}",
            model.name
        ));
        let (table, column) = (table_of(model), quoted(name));
        let Some(made) = made_at(model) else {
            // A default that is one value for all rows is no rewrite of the table.
            remedy.sql.push(format!(
                "ALTER TABLE {table} ADD COLUMN {column} {kind} NOT NULL DEFAULT CURRENT_TIMESTAMP;"
            ));
            continue;
        };
        let made = quoted(&made.db_name);
        // Seconds are those of UTC, whether the column has a time zone by then or not.
        let value = match native.is_empty() {
            true => made,
            false => format!("to_timestamp(extract(epoch FROM {made}))"),
        };
        remedy.sql.extend([
            format!("ALTER TABLE {table} ADD COLUMN {column} {kind};"),
            format!("ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT CURRENT_TIMESTAMP;"),
            format!("UPDATE {table} SET {column} = {value} WHERE {column} IS NULL;"),
            format!("ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL;"),
        ]);
    }
    (!remedy.sql.is_empty()).then_some(remedy)
}

/// The table of a model, with its schema where it says one: another schema may have a table of this name.
fn table_of(model: &Model) -> String {
    let table = quoted(&model.db_name);
    match &model.schema {
        Some(schema) => format!("{}.{table}", quoted(&schema.name)),
        None => table,
    }
}

/// The column that says when a row was made: what is known of its last change before that is kept.
fn made_at(model: &Model) -> Option<&Field> {
    let is_now = |field: &&Field| {
        let default = field.default.as_ref();
        field.scalar() == Some(ScalarType::DateTime)
            && !field.is_list()
            && !field.is_optional()
            && default.is_some_and(|default| default.value.is_function("now"))
    };
    let says = |field: &&Field| field.name.to_ascii_lowercase().contains("created");
    let columns: Vec<&Field> = model.columns().filter(is_now).collect();
    let said = columns.iter().copied().find(says);
    said.or(columns.first().copied())
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
    if known.takes(model) || model.columns().any(|field| field.db_name == name) {
        return None;
    }
    let (kind, native) = moment(known, model);
    Some(Remedy {
        prisma: vec![format!(
            "model {}: {camel} DateTime @default(now()){mapped}{native}",
            model.name
        )],
        sql: vec![format!(
            "ALTER TABLE {} ADD COLUMN {} {kind} NOT NULL DEFAULT CURRENT_TIMESTAMP;",
            subject.table(),
            quoted(name)
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

/// The type that a new moment of a model has in the database, and what the schema says of it: as
/// the others of the model are, with the time zone that another step gives them.
fn moment(known: Known<'_>, model: &Model) -> (String, String) {
    let mut moments = model
        .columns()
        .filter(|field| field.scalar() == Some(ScalarType::DateTime));
    let zoned = moments.find(|field| is_native(field, "Timestamptz"));
    let native = zoned.and_then(|field| field.native_type.as_ref());
    let digits = native.and_then(|native| native.arguments.first());
    match (native, known.zoned) {
        (None, false) => ("timestamp(3)".to_owned(), String::new()),
        _ => {
            let digits = digits.map_or("6", |digits| digits.as_str());
            (
                format!("timestamptz({digits})"),
                format!(" @db.Timestamptz({digits})"),
            )
        }
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
/// stay as they are on the disk, unless digits are cut off: six of them are all that there are.
pub(super) fn moments(known: Known<'_>) -> Option<Remedy> {
    let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut rebuilt: Vec<String> = Vec::new();
    let mut prisma = Vec::new();
    for (_, schema, model) in known.analysis.project.schemas.models() {
        let elsewhere = schema.datamodel.provider() != snell_prisma::Provider::PostgreSql;
        if model.is_view || elsewhere || known.takes(model) {
            continue;
        }
        let plain = |field: &&Field| {
            field.scalar() == Some(ScalarType::DateTime)
                && !field.is_list()
                && (field.native_type.is_none() || is_native(field, "Timestamp"))
        };
        let fields: Vec<&Field> = model.columns().filter(plain).collect();
        if fields.is_empty() {
            continue;
        }
        let actions = fields.iter().map(|field| {
            format!(
                "ALTER COLUMN {} TYPE timestamptz(6)",
                quoted(&field.db_name)
            )
        });
        tables.insert(table_of(model), actions.collect());
        rebuilt.extend(indexes_of(known, model, &fields));
        let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
        let names = names.join(", ");
        prisma.push(format!("model {}: {names}: @db.Timestamptz(6)", model.name));
    }
    if tables.is_empty() {
        return None;
    }
    let mut sql = vec!["SET timezone = 'UTC';".to_owned()];
    sql.extend(
        tables
            .iter()
            .map(|(table, actions)| format!("ALTER TABLE {table} {};", actions.join(", "))),
    );
    sql.push("RESET timezone;".to_owned());
    let kept = "with the session at UTC, and all six digits, no table is written anew";
    let rollout = match rebuilt.is_empty() {
        true => kept.to_owned(),
        false => format!(
            "{kept}; the indexes that hold these columns are, while their table is locked: {}",
            rebuilt.join(", ")
        ),
    };
    Some(Remedy {
        prisma,
        sql,
        rollout: Some(rollout),
        ..Remedy::default()
    })
}

/// The indexes of a table that hold a column.
fn indexes_of(known: Known<'_>, model: &Model, fields: &[&Field]) -> Vec<String> {
    let tables = known.indexes.iter();
    let own = tables.filter(|table| table.table == model.db_name.as_str());
    let rows = own.flat_map(|table| &table.indexes);
    let holds = |names: &[String]| {
        let mut fields = fields.iter();
        fields.any(|field| {
            names
                .iter()
                .any(|name| name.split(' ').next() == Some(field.db_name.as_str()))
        })
    };
    rows.filter(|row| holds(&row.columns))
        .filter_map(|row| row.database_name.as_ref())
        .map(|name| format!("`{name}`"))
        .collect()
}

/// Types of enums under other names, and what the schema says then.
pub(super) fn renamed(known: Known<'_>, diagnostic: &Diagnostic) -> Remedy {
    let mut remedy = super::help::remedy(known, diagnostic);
    for sql in &remedy.sql {
        let names = sql
            .strip_prefix("ALTER TYPE ")
            .and_then(|rest| rest.split_once(" RENAME TO "));
        let Some((old, new)) = names else { continue };
        let (old, new) = (bare(old), bare(new));
        let schemas = known.analysis.project.schemas.iter();
        let mut enums = schemas.flat_map(|(_, schema)| schema.datamodel.enums());
        if let Some(one) = enums.find(|one| one.db_name == old) {
            remedy
                .prisma
                .push(format!("enum {}: @@map(\"{new}\")", one.name));
        }
    }
    remedy
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
    match diagnostic.rule.name {
        "migration/json-text-cast" => {}
        "migration/no-op-backfill" => return is_told_by_nothing(analysis, diagnostic),
        _ => return false,
    }
    filled(analysis, diagnostic).is_some_and(|(table, column)| {
        let mut models = analysis.project.schemas.models();
        models
            .find(|(_, _, model)| model.db_name == table)
            .is_some_and(|(_, _, model)| model.columns().all(|field| field.db_name != column))
    })
}

/// Whether rows that a default has filled stay as they are, since no other column tells their own
/// value: of moments, one may.
fn is_told_by_nothing(analysis: &Analysis, diagnostic: &Diagnostic) -> bool {
    let mut words = diagnostic.subject.split_whitespace();
    let table = words.find_map(|word| word.strip_prefix("table:"));
    let column = diagnostic
        .message
        .split_once(" the default of `")
        .and_then(|(_, rest)| Some(rest.split_once('`')?.0));
    let (Some(table), Some(column)) = (table, column) else {
        return false;
    };
    let mut models = analysis.project.schemas.models();
    let model = models.find(|(_, _, model)| model.db_name == table);
    model.is_some_and(|(_, _, model)| {
        let mut columns = model.columns();
        columns.any(|field| field.db_name == column && field.scalar() != Some(ScalarType::DateTime))
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
