//! SQL of a seed that names a table or a column which the database does not have.

use snell_flow::raw::Reading;
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity, closest};
use snell_sql::{
    ast::{Insert, StatementKind},
    catalog::{Catalog, RelationKind},
};

use crate::{
    rule::{Context, Rule},
    rules::seed_data::words,
    support::seeds::seeds,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "seed-data/unknown-field",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "SQL of a seed names a table or a column that the database does not have",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = raw(context);
    found.extend(scripts(context));
    found
}

/// Raw queries of seeds: the rules about raw SQL speak of the application's own.
fn raw(context: &Context<'_>) -> Vec<Diagnostic> {
    let seeds = seeds(context);
    let mut found: Vec<Diagnostic> = Vec::new();
    for reading in context.readings.iter() {
        let Some(call) = reading.call else { continue };
        let module = context.project.calls.get(call).module;
        let own = seeds.schema(reading.schema);
        let is_seed = own.modules.contains(&module)
            && !context.project.path_facts(module).is_production()
            && !context.project.path_facts(module).test;
        if !is_seed {
            continue;
        }
        // The first name that is not there makes the statement fail; others may follow from it.
        if let Some(finding) = of_reading(context, reading)
            && !found.iter().any(|known| known.subject == finding.subject)
        {
            found.push(finding);
        }
    }
    found
}

fn of_reading(context: &Context<'_>, reading: &Reading) -> Option<Diagnostic> {
    let error = reading.errors.iter().find(|found| {
        matches!(found.error.sqlstate, "42703" | "42P01") && found.described && !found.dumped
    })?;
    let schema = context.project.schemas.get(reading.schema);
    let at = reading.place(context.project, error.error.span);
    let name = error.error.name.clone()?;
    Some(
        Diagnostic::at(
            &RULE.metadata,
            at,
            format!("the seed fails: {}", error.error.message),
        )
        .label("not in the database that migrations and schema describe")
        .confidence(Confidence::Likely)
        .help("name it as the migrations do; where a raw statement is not needed, the client's own methods are checked by the compiler")
        .subject(words::subject(schema, &format!("name:{name}"))),
    )
}

/// SQL files.
fn scripts(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = Vec::new();
    for script in &context.project.beside.seeds {
        let path = &context.sources.file(script.file).path;
        let Some(id) = context.project.schemas.nearest(path.as_str()) else {
            continue;
        };
        let readable = script.parse.dialect.is_none() && script.parse.errors.is_empty();
        let makes_tables = script
            .parse
            .statements
            .iter()
            .any(|one| matches!(one.kind, StatementKind::CreateTable(_)));
        if !readable || makes_tables {
            continue;
        }
        let catalog = context.databases.catalog(context.project, id);
        let schema = context.project.schemas.get(id);
        let inserts: Vec<&Insert> = script
            .parse
            .statements
            .iter()
            .filter_map(|statement| match &statement.kind {
                StatementKind::Insert(insert) => Some(insert),
                _ => None,
            })
            .collect();
        // A file none of whose tables is known is another database's.
        if !inserts
            .iter()
            .any(|insert| catalog.find(&insert.table).is_some())
        {
            continue;
        }
        let wrong = inserts.iter().find_map(|insert| wrong(catalog, insert));
        if let Some((span, message, near)) = wrong {
            let mut finding = Diagnostic::at(
                &RULE.metadata,
                Location::new(script.file, span),
                format!("the seed fails: {message}"),
            )
            .label("not in the database that migrations and schema describe")
            .confidence(Confidence::Likely);
            if let Some(near) = near {
                finding = finding.help(format!("did you mean `{near}`?"));
            }
            found.push(finding.subject(words::subject(schema, &format!("script:{path}"))));
        }
    }
    found
}

/// The first name of an insert that the database does not have.
fn wrong(
    catalog: &Catalog,
    insert: &Insert,
) -> Option<(snell_source::Span, String, Option<String>)> {
    let Some(relation) = catalog.find(&insert.table) else {
        let names: Vec<&str> = catalog
            .tables()
            .map(|(relation, _)| relation.name.as_str())
            .collect();
        let name = &insert.table.name.text;
        let near = closest(name, names.iter().copied()).map(ToString::to_string);
        return Some((
            insert.table.span(),
            format!("there is no table `{name}`"),
            near,
        ));
    };
    let RelationKind::Table(table) = &relation.kind else {
        return None;
    };
    if relation.uncertain {
        return None;
    }
    let column = insert
        .columns
        .iter()
        .find(|name| table.column(&name.text).is_none())?;
    let names = table.columns.iter().map(|column| column.name.as_str());
    Some((
        column.span,
        format!("`{}` has no column `{}`", relation.name, column.text),
        closest(&column.text, names).map(ToString::to_string),
    ))
}
