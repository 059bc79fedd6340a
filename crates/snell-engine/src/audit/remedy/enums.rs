//! Texts that become enums.

use snell_prisma::{Field, Value};
use snell_source::{Diagnostic, Location};
use snell_sql::catalog::TableConstraint;

use super::{
    super::{constraint_name, held, quoted},
    Known, Remedy, Subject,
};

/// The type, and the column of it. Nothing where not all values are told.
pub(super) fn remedy(
    known: Known<'_>,
    subject: &Subject<'_>,
    diagnostic: &Diagnostic,
) -> Option<Remedy> {
    let field = subject.fields.first()?;
    if let Some(checked) = checked(known, subject, field, diagnostic) {
        return Some(checked);
    }
    let name = held::declared(diagnostic)?;
    let values = values(known, diagnostic)?;
    let (table, column) = (subject.table(), quoted(&field.db_name));
    let literals: Vec<String> = values
        .iter()
        .map(|value| format!("'{}'", value.replace('\'', "''")))
        .collect();
    let list = literals.join(", ");
    // With `@map` clients would send and get another word than the one that is stored.
    if values.iter().any(|value| !is_name(value)) {
        return None;
    }
    let mapped = mapped(subject, &name);
    let type_name = mapped.as_ref().unwrap_or(&name);
    let mut sql = vec![format!(
        "CREATE TYPE {} AS ENUM ({list});",
        quoted(type_name)
    )];
    // A check compares with texts, which the new type is none of.
    for check in checks(subject, &field.db_name) {
        sql.push(format!(
            "ALTER TABLE {table} DROP CONSTRAINT {};",
            quoted(&check)
        ));
    }
    let mut actions = Vec::new();
    let default = constant(field);
    if default.is_some() {
        actions.push(format!("ALTER COLUMN {column} DROP DEFAULT"));
    }
    actions.push(format!(
        "ALTER COLUMN {column} TYPE {0} USING {column}::{0}",
        quoted(type_name)
    ));
    if let Some(value) = default {
        actions.push(format!(
            "ALTER COLUMN {column} SET DEFAULT '{}'::{}",
            value.replace('\'', "''"),
            quoted(type_name)
        ));
    }
    sql.push(format!("ALTER TABLE {table} {};", actions.join(", ")));
    let mut lines: Vec<String> = values.iter().map(|value| format!("  {value}\n")).collect();
    lines.extend(mapped.as_ref().map(|name| format!("\n  @@map({name:?})\n")));
    Some(Remedy {
        prisma: vec![
            format!("enum {name} {{\n{}}}", lines.concat()),
            format!(
                "model {}: {} {name}{}",
                subject.model.name,
                field.name,
                if field.is_optional() { "?" } else { "" }
            ),
        ],
        checks: vec![format!(
            "SELECT {column}, count(*) FROM {table} WHERE {column} NOT IN ({list}) GROUP BY 1;"
        )],
        sql,
        ..Remedy::default()
    })
}

/// A check of the database, where it holds such texts by checks already.
fn checked(
    known: Known<'_>,
    subject: &Subject<'_>,
    field: &Field,
    diagnostic: &Diagnostic,
) -> Option<Remedy> {
    let names = held::columns(subject.model);
    let model = &subject.model.name;
    known.held.like(model, &field.name, &names)?;
    let (table, column) = (subject.table(), quoted(&field.db_name));
    // One that has a check has nothing left to do.
    if !checks(subject, &field.db_name).is_empty() {
        return Some(Remedy::default());
    }
    let list: Vec<String> = values(known, diagnostic)?
        .iter()
        .map(|value| format!("'{}'", value.replace('\'', "''")))
        .collect();
    let list = list.join(", ");
    let name = constraint_name(&subject.model.db_name, &[&field.db_name], "check");
    Some(Remedy {
        checks: vec![format!(
            "SELECT {column}, count(*) FROM {table} WHERE {column} NOT IN ({list}) GROUP BY 1;"
        )],
        sql: vec![format!(
            "ALTER TABLE {table} ADD CONSTRAINT {} CHECK ({column} IN ({list}));",
            quoted(&name)
        )],
        ..Remedy::default()
    })
}

/// The name of the type in the database, where tables are called otherwise than their models
/// are: as they are, in small letters with underscores.
fn mapped(subject: &Subject<'_>, name: &str) -> Option<String> {
    let small = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let mut models = subject.schema.datamodel.models().iter();
    let in_small = models.all(|model| model.db_name.chars().all(small));
    let snake = super::types::snake(name);
    // A type of the server would be meant, or the type of a table's rows.
    let taken = SERVER.contains(&snake.as_str())
        || subject
            .schema
            .datamodel
            .models()
            .iter()
            .any(|model| model.db_name == snake.as_str());
    (in_small && !taken && snake != name).then_some(snake)
}

/// Names of the server's own types that an enum may have, too.
const SERVER: [&str; 14] = [
    "bit", "box", "circle", "date", "interval", "json", "line", "money", "name", "path", "point",
    "text", "time", "uuid",
];

/// Whether a value can be one of an enum as it is.
fn is_name(value: &str) -> bool {
    value.starts_with(|c: char| c.is_ascii_alphabetic())
        && value.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn constant(field: &snell_prisma::Field) -> Option<String> {
    match &field.default.as_ref()?.value {
        Value::String(text) => Some(text.to_string()),
        _ => None,
    }
}

/// The checks of a column in the database that the migrations build.
fn checks(subject: &Subject<'_>, column: &str) -> Vec<String> {
    let Some(history) = &subject.schema.history else {
        return Vec::new();
    };
    let mut tables = history.replay.catalog.tables();
    let Some((_, table)) = tables.find(|(relation, _)| relation.name == subject.model.db_name)
    else {
        return Vec::new();
    };
    table
        .constraints
        .iter()
        .filter(|constraint| {
            matches!(constraint.kind, TableConstraint::Check(_))
                && table.names(&constraint.columns).any(|name| name == column)
        })
        .map(|constraint| constraint.name.to_string())
        .collect()
}

/// The values: those that a label lists whole, or, where it says how many more there are, those
/// that stand at its place.
fn values(known: Known<'_>, diagnostic: &Diagnostic) -> Option<Vec<String>> {
    for label in diagnostic.related() {
        let shown: Vec<String> = label
            .text
            .split('`')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect();
        if shown.len() < 2 {
            continue;
        }
        let Some(more) = more(&label.text) else {
            return Some(shown);
        };
        let found = written(known, label.at);
        if found.len() == shown.len() + more && shown.iter().all(|value| found.contains(value)) {
            return Some(found);
        }
    }
    None
}

/// `, 12 more`
fn more(text: &str) -> Option<usize> {
    let (before, _) = text.rsplit_once(" more")?;
    before.rsplit(' ').next()?.parse().ok()
}

/// The quoted texts at a place, or in the braces or brackets behind it.
fn written(known: Known<'_>, at: Location) -> Vec<String> {
    let text = &known.analysis.sources.file(at.file).text;
    let (start, end) = (at.span.start as usize, at.span.end as usize);
    let inside = quoted_texts(text.get(start..end).unwrap_or_default());
    if !inside.is_empty() {
        return inside;
    }
    let rest = text.get(end..).unwrap_or_default();
    let end = rest.find(['}', ']', ';']).unwrap_or(0);
    let behind = quoted_texts(&rest[..end]);
    match behind.is_empty() {
        true => listed(text, &rest[..end]),
        false => behind,
    }
}

/// The texts of the list that a type is made of: `(typeof NAMES)[number]`.
fn listed(text: &str, type_text: &str) -> Vec<String> {
    let found = type_text.split_once("typeof ").and_then(|(_, rest)| {
        let name: String = rest
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
            .collect();
        let (_, after) = text.split_once(&format!("{name} = ["))?;
        Some(after.split(']').next().unwrap_or_default())
    });
    found.map(quoted_texts).unwrap_or_default()
}

fn quoted_texts(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(['\'', '"']) {
        let quote = &rest[start..=start];
        let after = &rest[start + 1..];
        let Some(end) = after.find(quote) else { break };
        if !found.iter().any(|known| known == &after[..end]) {
            found.push(after[..end].to_owned());
        }
        rest = &after[end + 1..];
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_are_no_names_get_one() {
        assert!(is_name("female") && is_name("NOT_SAID"));
        assert!(!is_name("non-binary") && !is_name("3d") && !is_name(""));
    }

    #[test]
    fn a_type_may_be_made_of_a_list() {
        let text =
            "export const SIZES = ['s', 'm'] as const;\nexport type Size = (typeof SIZES)[number];";
        assert_eq!(listed(text, " = (typeof SIZES)[number"), ["s", "m"]);
        assert!(listed(text, " = (typeof OTHERS)[number").is_empty());
    }

    #[test]
    fn lists_say_how_many_are_left_out() {
        assert_eq!(more("`a`, `b`, 12 more"), Some(12));
        assert_eq!(more("takes `a`, `b`"), None);
        assert_eq!(
            quoted_texts("A = 'a', B = \"b\", C = 'a'"),
            ["a".to_owned(), "b".to_owned()]
        );
    }
}
