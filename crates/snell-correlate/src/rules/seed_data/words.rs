//! What rules about seeds share: the seeds of each schema, who the people are, and what a seed says of where it runs.

use snell_prisma::{FieldId, Model};
use snell_project::{
    ownership::RootKind,
    schema::{Schema, SchemaId},
};
use snell_source::{Diagnostic, DiagnosticBuilder, Location};
use snell_sql::ast::StatementKind;

use crate::{
    rule::Context,
    support::seeds::{SchemaSeeds, StartKind, seeds},
};

/// At most one finding for the seeds of each schema.
pub(super) fn each_schema<'a>(
    context: &Context<'a>,
    finding: impl Fn(SchemaId, &'a Schema, &SchemaSeeds) -> Option<Diagnostic>,
) -> Vec<Diagnostic> {
    let seeds = seeds(context);
    let schemas = context.project.schemas.iter();
    schemas
        .filter_map(|(id, schema)| finding(id, schema, seeds.schema(id)))
        .collect()
}

/// Places that a finding about what seeds leave out shows.
const SHOWN: usize = 6;

/// A finding with the first of these places and words, and how many `more` there are.
pub(super) fn show(
    mut finding: DiagnosticBuilder,
    places: &[(Location, String)],
    more: &str,
) -> DiagnosticBuilder {
    for (at, words) in places.iter().take(SHOWN) {
        finding = finding.related(*at, words.clone());
    }
    match places.len().checked_sub(SHOWN) {
        Some(left @ 1..) => finding.note(format!("{left} {more}")),
        _ => finding,
    }
}

/// The model whose rows sign in, or own all others where nobody does.
pub(super) fn people<'a>(context: &Context<'a>, id: SchemaId) -> Option<&'a Model> {
    let schema = context.project.schemas.get(id);
    let roots = context.project.owners.graph(id).roots();
    let of_kind = |kind: RootKind| roots.iter().find(|root| root.kind == kind);
    let root = of_kind(RootKind::Identity).or_else(|| of_kind(RootKind::Tenant))?;
    Some(&schema.datamodel[root.model])
}

/// The one field that is the key of a model.
pub(super) fn single_key(model: &Model) -> Option<FieldId> {
    match model.primary_key()?.fields()?.as_slice() {
        [only] => Some(*only),
        _ => None,
    }
}

/// Whether the seed asks which environment it runs in.
pub(super) fn asks_environment(context: &Context<'_>, own: &SchemaSeeds) -> bool {
    const ASKS: [&str; 5] = [
        "NODE_ENV",
        "APP_ENV",
        "isProduction",
        "VERCEL_ENV",
        "IS_PROD",
    ];
    own.modules.iter().any(|module| {
        let file = context.project.modules.get(*module).file;
        let text = &context.sources.file(file).text;
        ASKS.iter().any(|words| text.contains(words))
    })
}

/// Whether names say that every start of the seeds is for work on the code alone.
pub(super) fn is_for_work(context: &Context<'_>, own: &SchemaSeeds) -> bool {
    const WORDS: [&str; 7] = ["dev", "test", "e2e", "local", "demo", "mock", "sandbox"];
    let says = |text: &str| {
        text.split(|c: char| !c.is_alphanumeric()).any(|word| {
            let word = word.to_ascii_lowercase();
            WORDS.contains(&word.as_str())
        })
    };
    !own.starts.is_empty()
        && own.starts.iter().all(|start| {
            let path = start
                .module
                .map(|module| context.project.modules.get(module).path.as_str());
            let named = matches!(&start.kind, StartKind::Script(name) if says(name));
            named || path.is_some_and(says)
        })
}

/// Whether a migration inserts rows of a model.
pub(super) fn is_inserted(schema: &Schema, model: &Model) -> bool {
    let Some(history) = &schema.history else {
        return false;
    };
    let migrations = history.migrations.iter();
    let mut statements = migrations.flat_map(|migration| &migration.parse.statements);
    statements.any(|statement| match &statement.kind {
        StatementKind::Insert(insert) => insert.table.name.text == model.db_name,
        _ => false,
    })
}

/// The subject of a finding about all seeds of a schema.
pub(super) fn subject(schema: &Schema, what: &str) -> String {
    format!("seeds:{} {what}", schema.path)
}
