//! A reference to one of several tables.

use snell_prisma::{Field, Model, ScalarType};
use snell_project::{names::plain, schema::FieldRef};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use super::{together, words};
use crate::{
    rule::{Context, Rule},
    support::{field_life::field_lives, tables::TableModel, value_sets, wording},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "schema/polymorphic-reference",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A column refers to one of several tables, and the database checks none",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Last words of the column that says which table is meant.
const KINDS: [&str; 5] = ["type", "kind", "model", "entity", "table"];

/// What such references are called when no list of the tables is known.
const CALLED: [&str; 10] = [
    "entity",
    "resource",
    "target",
    "subject",
    "object",
    "record",
    "parent",
    "reference",
    "referenced",
    "related",
];

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for tables in together::schemas(context) {
        // Where no list says which tables are meant, the names say that it is done so.
        let mut named: Vec<(Location, String)> = Vec::new();
        for table in tables {
            // A log outlives what it speaks of: it may not refer to it.
            let outside = field_lives(context).is_made_outside(table.reference(), table.model);
            if outside || words::is_log(&table.model.name) {
                continue;
            }
            let ids = table
                .model
                .columns()
                .filter(|id| is_free_id(table.model, id));
            for id in ids {
                match reference(context, table, id) {
                    Some(Reference::Listed(kind, meant)) => {
                        found.push(finding(table, id, kind, &meant));
                    }
                    Some(Reference::Named) => {
                        let name = format!("{}.{}", table.model.name, id.name);
                        named.push((table.schema.field_name(id), name));
                    }
                    None => {}
                }
            }
        }
        found.extend(of_names(&named));
    }
    found
}

fn of_names(named: &[(Location, String)]) -> Option<Diagnostic> {
    let names: Vec<String> = named.iter().map(|(_, name)| name.clone()).collect();
    let found = together::finding(
        &RULE.metadata,
        named,
        format!(
            "{} of one of several tables, as a column beside says",
            together::are(&names, "ids")
        ),
        "no foreign key: it may name a row that never was, or is gone",
    )?
    .confidence(Confidence::Possible)
    .help(CURE);
    Some(found.subject("schema:polymorphic"))
}

const CURE: &str = "a nullable foreign key for each table and a check that one of them is set, or a table of its own for each kind";

/// How it is known that a column refers to one of several tables.
enum Reference<'a> {
    /// The kinds are listed: the column that says which, and the tables.
    Listed(&'a Field, Vec<&'a Model>),
    /// It is called so.
    Named,
}

/// A scalar that is called an id and that no foreign key holds.
fn is_free_id(model: &Model, field: &Field) -> bool {
    let words = words::of(&field.name);
    matches!(
        field.scalar(),
        Some(ScalarType::String | ScalarType::Int | ScalarType::BigInt)
    ) && words.len() > 1
        && words.last().is_some_and(|last| last == "id")
        && !model.is_foreign_key(field.id)
        && !field.is_list()
}

fn reference<'a>(
    context: &Context<'_>,
    table: TableModel<'a>,
    id: &Field,
) -> Option<Reference<'a>> {
    let mut stem = words::of(&id.name);
    stem.pop();
    let kind = table.model.columns().find(|field| {
        let words = words::of(&field.name);
        let [before @ .., last] = words.as_slice() else {
            return false;
        };
        let scalar = field.scalar() == Some(ScalarType::String) || field.enumeration().is_some();
        scalar && before == stem.as_slice() && KINDS.contains(&last.as_str())
    })?;
    let meant = meant(context, table, kind);
    if meant.len() >= 2 {
        return Some(Reference::Listed(kind, meant));
    }
    let called = stem.last().is_some_and(|last| {
        CALLED.contains(&last.as_str()) || last.len() > 5 && last.ends_with("able")
    });
    called.then_some(Reference::Named)
}

fn finding(table: TableModel<'_>, id: &Field, kind: &Field, meant: &[&Model]) -> Diagnostic {
    let TableModel { schema, model, .. } = table;
    let mut found = Diagnostic::at(
        &RULE.metadata,
        schema.field_name(id),
        format!(
            "`{}.{}` refers to one of several tables",
            model.name, id.name
        ),
    )
    .label("no foreign key: it may name a row that never was, or is gone")
    .related(schema.field_name(kind), "says which table is meant")
    .help(CURE);
    for other in meant {
        found = found.related(schema.model_name(other), "one of them");
    }
    found.subject(wording::subject(model, &id.name))
}

/// The models whose names the kinds are, as far as an enum, a check or a comment lists them.
fn meant<'a>(context: &Context<'_>, table: TableModel<'a>, kind: &Field) -> Vec<&'a Model> {
    let column = FieldRef {
        schema: table.id,
        field: kind.id,
    };
    let sets = value_sets::value_sets(context);
    let lists = sets
        .authorities
        .iter()
        .filter(|set| set.fields.contains(&column));
    let kinds: Vec<_> = lists
        .flat_map(|set| &set.members)
        .map(|member| plain(&member.name))
        .collect();
    let models = table.schema.datamodel.models().iter();
    models
        .filter(|other| other.id != table.model.id && kinds.contains(&plain(&other.name)))
        .collect()
}
