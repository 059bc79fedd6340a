//! Nothing fills the tables of a schema with first rows.

use rustc_hash::FxHashSet;
use snell_prisma::Model;
use snell_project::schema::{ModelRef, Schema, SchemaId};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};
use snell_sql::ast::StatementKind;

use crate::{
    functions,
    rule::{Context, Rule},
    rules::seed_data::words,
    support::{
        growth::{Growth, Growths},
        queries,
        seeds::SchemaSeeds,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "seed-data/missing-seed",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "No seed fills a new database, though the application reads what nobody else writes",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// A schema of fewer models is filled by hand.
const FEWEST: usize = 4;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    words::each_schema(context, |id, schema, own| finding(context, id, schema, own))
}

fn finding(
    context: &Context<'_>,
    id: SchemaId,
    schema: &Schema,
    own: &SchemaSeeds,
) -> Option<Diagnostic> {
    let models = schema.datamodel.models();
    if !own.is_missing() || models.len() < FEWEST || is_seeded_otherwise(context, schema) {
        return None;
    }
    let read = read(context, id);
    if read.is_empty() || !uses_prisma(context, schema) || is_projection(context, id, schema) {
        return None;
    }
    let growths = Growths::shared(context);
    let empty = models.iter().find_map(|model| {
        let reference = ModelRef {
            schema: id,
            model: model.id,
        };
        let at = read.iter().find(|(read, _)| *read == model.id)?.1;
        let is_filled = growths.of_model(reference).growth != Growth::Configuration
            || words::is_inserted(schema, model)
            || is_filled_in_raw(context, id, model);
        (!is_filled).then_some((model, at))
    });
    let source = schema.datamodel.datasource()?;
    let started = match empty {
        Some((model, at)) => Diagnostic::at(
            &RULE.metadata,
            schema.model_name(model),
            format!(
                "nothing writes rows of `{}`, which the application reads: there is no seed, and no migration inserts any",
                model.name
            ),
        )
        .label("a new database has none of these")
        .related(at, "read here"),
        None => Diagnostic::at(
            &RULE.metadata,
            schema.location(snell_prisma::Place {
                span: source.name_span,
                ..source.at
            }),
            "no seed fills a new database: everybody starts with empty tables",
        )
        .label("not filled by a seed, nor by a migration")
        .lowered(
            Severity::Low,
            "the application itself writes rows of every model that it reads",
        ),
    };
    Some(
        started
            .confidence(Confidence::Likely)
            .help(format!(
                "write a seed of upserts that a new checkout needs to be of use (two users, one row of each model, every value of an enum), and name it where `prisma db seed` looks: {}",
                match context.project.workspace.prisma_version(&schema.path) {
                    Some(version) if version.major >= 7 => "`migrations.seed` of prisma.config.ts",
                    Some(_) => "`prisma.seed` of package.json",
                    None => "`migrations.seed` of prisma.config.ts, or `prisma.seed` of package.json before Prisma 7",
                }
            ))
            .subject(words::subject(schema, "missing")),
    )
}

/// Whether another schema with migrations makes the same tables, and no code writes rows through
/// this one's client: it is a view of a database that another package fills.
fn is_projection(context: &Context<'_>, id: SchemaId, schema: &Schema) -> bool {
    let has_migrations = |schema: &Schema| {
        let history = schema.history.as_ref();
        history.is_some_and(|history| !history.migrations.is_empty())
    };
    let is_told = |model: &Model| {
        context.project.schemas.iter().any(|(other, of)| {
            let mut models = of.datamodel.models().iter();
            other != id && has_migrations(of) && models.any(|one| one.db_name == model.db_name)
        })
    };
    let models = schema.datamodel.models();
    let told = models.iter().filter(|model| is_told(model)).count();
    !has_migrations(schema)
        && told * 2 > models.len()
        && queries::of_models(context)
            .filter(|query| query.model.schema == id)
            .filter(|query| functions::is_application(context.project, query.call.module))
            .all(|query| !query.call.operation.is_write())
}

/// The models of which application code reads rows, with the first place.
fn read(context: &Context<'_>, id: SchemaId) -> Vec<(snell_prisma::ModelId, Location)> {
    let mut known = FxHashSet::default();
    queries::of_models(context)
        .filter(|query| query.model.schema == id)
        .filter(|query| query.call.operation.gives_rows() && !query.call.operation.is_write())
        .filter(|query| functions::is_application(context.project, query.call.module))
        .filter(|query| known.insert(query.model.model))
        .map(|query| {
            (
                query.model.model,
                queries::operation_at(context, query.call),
            )
        })
        .collect()
}

/// Whether the package of the schema is one that uses Prisma: a schema alone is somebody's notes.
fn uses_prisma(context: &Context<'_>, schema: &Schema) -> bool {
    let package = context.project.workspace.package_of(&schema.path);
    package.is_some_and(|package| {
        let own = &package.manifest.dependencies;
        own.contains_key("prisma") || own.contains_key("@prisma/client")
    })
}

/// Whether raw SQL of any code inserts rows of a model.
fn is_filled_in_raw(context: &Context<'_>, id: SchemaId, model: &Model) -> bool {
    let mut readings = context.readings.iter().filter(|one| one.schema == id);
    readings.any(|reading| {
        reading.statement().is_some_and(|statement| {
            matches!(&statement.kind, StatementKind::Insert(insert) if insert.table.name.text == model.db_name)
        })
    })
}

/// Whether a file is called a seed that is neither code nor SQL that was read, or a command
/// speaks of one: it may fill the tables.
fn is_seeded_otherwise(context: &Context<'_>, schema: &Schema) -> bool {
    let near = |path: &camino::Utf8Path| {
        context
            .project
            .schemas
            .nearest(path.as_str())
            .is_some_and(|id| context.project.schemas.get(id).path == schema.path)
    };
    let mut files = context.project.workspace.files.iter();
    let by_file = files.any(|file| {
        let facts = file.facts;
        facts.seed && !facts.test && !facts.sample && !facts.vendored && near(&file.path)
    });
    let mut commands = context.project.beside.commands.iter();
    by_file
        || commands.any(|command| {
            let text = &command.fact.text;
            text.contains("seed") && !text.contains("skip-seed") && near(&command.fact.path)
        })
}
