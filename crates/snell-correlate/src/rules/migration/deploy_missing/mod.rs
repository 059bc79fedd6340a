//! Nothing that deploys the application runs its migrations.

use snell_project::beside::Command;
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    support::{deployed, migrations::histories},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/deploy-missing",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "The application is deployed, and nothing in the repository runs its migrations",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Who mentions one of these knows how migrations get to the database; how it is done is for other rules.
const KNOWN: [&str; 5] = [
    "migrate deploy",
    "\"deploy\"",
    "'deploy'",
    "db push",
    "migrate dev",
];

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut newest = histories(context).filter_map(|(_, history)| history.migrations.last());
    let Some(newest) = newest.next() else {
        return Vec::new();
    };
    let Some(start) = deployed::starts(context.project).find(|start| has_client(context, start))
    else {
        return Vec::new();
    };
    let mut texts = context.sources.iter();
    if texts.any(|(_, file)| KNOWN.iter().any(|words| file.text.contains(words))) {
        return Vec::new();
    }
    let finding = Diagnostic::at(
        &RULE.metadata,
        start.at(),
        "the application starts here, and nothing in this repository runs its migrations before it",
    )
    .label("meets the database as somebody left it")
    .related(Location::new(newest.file, newest.parse.statements.first().map_or_else(Default::default, |one| one.span)), "the newest migration")
    .help("run `npx prisma migrate deploy` once for each deployment, before the new code starts: it runs what is pending, under a lock")
    .confidence(Confidence::Possible)
    .subject(format!("deploy:{}", start.fact.path));
    vec![finding]
}

/// Whether a start is one of a package that uses Prisma.
fn has_client(context: &Context<'_>, start: &Command) -> bool {
    let package = context.project.workspace.package_of(&start.fact.path);
    package.is_some_and(|package| package.manifest.dependencies.contains_key("@prisma/client"))
}
