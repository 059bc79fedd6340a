//! No pipeline runs the migrations before somebody deploys them.

use snell_project::beside::Command;
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity, Span};
use snell_workspace::CommandContext;

use crate::{
    rule::{Context, Rule},
    support::{deployed::scripts_called, migrations::histories},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "maintainability/migration-untested",
        severity: Severity::Medium,
        preset: Preset::Strict,
        summary: "A pipeline builds and tests, and never runs the migrations on an empty database",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// What runs or compares migrations.
const RUNS: [&str; 6] = [
    "migrate deploy",
    "migrate diff",
    "migrate reset",
    "migrate dev",
    "migrate status",
    "db execute",
];

/// One finding for the repository.
fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let newest = histories(context).find_map(|(_, history)| history.migrations.last());
    let Some(newest) = newest else {
        return Vec::new();
    };
    let commands = &context.project.beside.commands;
    let mut pipeline = commands.iter().filter(|command| is_of_pipeline(command));
    // What runs by the clock, or deploys, is no place for a test of migrations.
    let Some(first) = pipeline
        .clone()
        .find(|command| is_check(&command.fact.text))
    else {
        return Vec::new();
    };
    if pipeline.any(|command| leads_to(context, command, DEPTH)) || tests_make_databases(context) {
        return Vec::new();
    }
    let images = context.project.workspace.deployment.images.iter();
    let has_database = images.clone().any(|image| {
        matches!(
            image.context,
            snell_workspace::ImageContext::Pipeline { .. }
        ) && image.image.contains("postgres")
    });
    let start = newest
        .parse
        .statements
        .first()
        .map_or_else(Span::default, |one| one.span);
    let finding = Diagnostic::at(
        &RULE.metadata,
        first.at(),
        "no pipeline runs the migrations: whether a new database can be built from them is found out when somebody needs one",
    )
    .label(match has_database {
        true => "runs beside a database that no migration builds",
        false => "checks the code alone",
    })
    .related(Location::new(newest.file, start), "the newest migration")
    .confidence(Confidence::Likely)
    .help(help(context))
    .subject("pipeline:migrations".to_owned());
    vec![finding]
}

/// What a job runs, by the version of Prisma that is installed.
fn help(context: &Context<'_>) -> String {
    let schemas = context.project.schemas.iter();
    let version = schemas
        .filter_map(|(_, schema)| context.project.workspace.prisma_version(&schema.path))
        .map(|version| version.major)
        .max();
    let modern = "`npx prisma migrate diff --from-config-datasource --to-schema prisma/schema.prisma --exit-code`";
    let older = "`npx prisma migrate diff --from-url \"$DATABASE_URL\" --to-schema-datamodel prisma/schema.prisma --exit-code`";
    let diff = match version {
        Some(7..) => modern.to_owned(),
        Some(_) => older.to_owned(),
        None => format!("{modern} (before Prisma 7: {older})"),
    };
    format!("a job with a `postgres` service: `npx prisma migrate deploy`, then {diff}")
}

/// Scripts that call scripts are followed this deep.
const DEPTH: u32 = 4;

fn is_of_pipeline(command: &Command) -> bool {
    let path = command.fact.path.as_str();
    let is_pipeline = matches!(command.fact.context, CommandContext::Pipeline { .. });
    // Hooks of git, and what builds an image, check nothing.
    is_pipeline && !path.contains("lefthook") && !path.contains("pre-commit")
}

/// Whether a command checks something: what a test of migrations would stand beside.
fn is_check(text: &str) -> bool {
    ["test", "lint", "build", "tsc"]
        .iter()
        .any(|word| text.contains(word))
}

/// Whether a command runs migrations, through the scripts that it calls.
fn leads_to(context: &Context<'_>, command: &Command, depth: u32) -> bool {
    let text = &command.fact.text;
    if RUNS.iter().any(|words| text.contains(words)) || text.contains("db push") {
        return true;
    }
    let Some(depth) = depth.checked_sub(1) else {
        return false;
    };
    let names = scripts_called(text);
    // `pnpm turbo run test`, `npx nx run-many -t e2e`, `bash scripts/ci.sh`: the words name scripts.
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ';' | '&' | ',' | '='))
        .collect();
    context.project.beside.commands.iter().any(|other| {
        let called = match &other.fact.context {
            CommandContext::PackageScript { name } | CommandContext::NxTarget { name } => {
                names.contains(&name.as_str()) || words.contains(&name.as_str())
            }
            CommandContext::Shell => {
                let file = other.fact.path.file_name().unwrap_or_default();
                words
                    .iter()
                    .any(|word| word.rsplit('/').next() == Some(file))
            }
            CommandContext::Make { target } => {
                text.contains("make ") && words.contains(&target.as_str())
            }
            CommandContext::Compose { .. } => text.contains("compose"),
            CommandContext::Dockerfile { .. } => {
                text.contains("docker build") || text.contains("compose")
            }
            _ => false,
        };
        called && !std::ptr::eq(other, command) && leads_to(context, other, depth)
    })
}

/// Whether the set-up of tests runs migrations itself.
fn tests_make_databases(context: &Context<'_>) -> bool {
    let mut modules = context.project.modules.iter();
    modules.any(|(id, module)| {
        let facts = context.project.path_facts(id);
        let text = &context.sources.file(module.file).text;
        (facts.test || facts.tool_config || facts.script)
            && [
                "migrate deploy",
                "migrate reset",
                "db push",
                "migrate', 'deploy",
                "migrate\", \"deploy",
            ]
            .iter()
            .any(|words| text.contains(words))
    })
}
