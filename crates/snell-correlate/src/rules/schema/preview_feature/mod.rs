//! Preview features.

use snell_prisma::{Generator, Provider};
use snell_project::schema::Schema;
use snell_source::{Diagnostic, Location, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    support::wording,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "schema/preview-feature",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A generator turns on features that are not finished, or no features any more",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// What Prisma 6 still calls a preview.
const PREVIEWS: [&str; 8] = [
    "fullTextSearchPostgres",
    "nativeDistinct",
    "postgresqlExtensions",
    "relationJoins",
    "schemaEngineDriverAdapters",
    "shardKeys",
    "typedSql",
    "views",
];

/// What was a preview once: it is there without being turned on, or gone.
const FINISHED: [&str; 40] = [
    "aggregateApi",
    "atomicNumberOperations",
    "clientExtensions",
    "cockroachdb",
    "connectOrCreate",
    "createMany",
    "dataProxy",
    "deno",
    "distinct",
    "driverAdapters",
    "extendedIndexes",
    "extendedWhereUnique",
    "fieldReference",
    "filterJson",
    "filteredRelationCount",
    "groupBy",
    "improvedQueryRaw",
    "insensitiveFilters",
    "interactiveTransactions",
    "jsonProtocol",
    "microsoftSqlServer",
    "middlewares",
    "mongoDb",
    "multiSchema",
    "nApi",
    "namedConstraints",
    "nativeTypes",
    "omitApi",
    "orderByAggregateGroup",
    "orderByNulls",
    "orderByRelation",
    "prismaSchemaFolder",
    "queryCompiler",
    "referentialActions",
    "referentialIntegrity",
    "selectRelationCount",
    "tracing",
    "transactionApi",
    "uncheckedScalarInputs",
    "metrics",
];

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let schemas = context.project.schemas.iter();
    schemas
        .filter(|(_, schema)| schema.datamodel.provider() == Provider::PostgreSql)
        .flat_map(|(_, schema)| {
            let generators = schema.datamodel.generators().iter();
            generators.filter_map(|generator| finding(context, schema, generator))
        })
        .collect()
}

fn finding(context: &Context<'_>, schema: &Schema, generator: &Generator) -> Option<Diagnostic> {
    let named = |list: &[&str]| -> Vec<String> {
        let features = generator.preview_features.iter();
        let known = features.filter(|feature| list.contains(&feature.as_str()));
        known.map(|feature| format!("`{feature}`")).collect()
    };
    let previews = named(&PREVIEWS);
    // An older version still wants them.
    let version = context.project.workspace.prisma_version(&schema.path);
    let finished = match version.map(|version| version.major) {
        Some(6..) => named(&FINISHED),
        _ => Vec::new(),
    };
    if previews.is_empty() && finished.is_empty() {
        return None;
    }
    let setting = generator
        .settings
        .iter()
        .find(|one| one.key.text == "previewFeatures")?;
    let at = schema.location(snell_prisma::Place {
        span: setting.key.span,
        ..generator.at
    });
    Some(told(at, &previews, &finished))
}

fn told(at: Location, previews: &[String], finished: &[String]) -> Diagnostic {
    let message = if previews.is_empty() {
        format!("{} need not be turned on any more", wording::and(finished))
    } else {
        let verb = if previews.len() == 1 {
            "is a preview"
        } else {
            "are previews"
        };
        format!("{} {verb}", wording::and(previews))
    };
    let mut found = Diagnostic::at(&RULE.metadata, at, message);
    if previews.is_empty() {
        found = found
            .label("no previews since Prisma 6")
            .lowered(Severity::Info, "the names have no effect")
            .help("remove the names");
    } else {
        found = found
            .label("may change or go in any release, without a major version")
            .help("pin Prisma's version, read the notes of each release for these, and leave out what the code does not use");
        if !finished.is_empty() {
            found = found.note(format!(
                "{} need not be turned on any more",
                wording::and(finished)
            ));
        }
    }
    found.subject("generator:previewFeatures")
}
