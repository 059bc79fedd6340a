//! Nobody is asked when the schema changes.

use snell_source::{Diagnostic, Location, Preset, RuleMetadata, Severity, Span};

use crate::{
    rule::{Context, Rule},
    support::migrations::histories,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "maintainability/schema-review-missing",
        severity: Severity::Info,
        preset: Preset::Strict,
        summary: "No line of CODEOWNERS covers the schema or its migrations",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Fewer migrations are one person's work.
const FEWEST: usize = 5;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let owners = &context.project.workspace.deployment.code_owners;
    let mut found = Vec::new();
    for (schema, history) in histories(context) {
        if history.migrations.len() < FEWEST {
            continue;
        }
        let folder = schema.migrations.as_ref().unwrap_or(&schema.path);
        let covers = |pattern: &str| {
            is_covered(pattern, schema.path.as_str()) || is_covered(pattern, folder.as_str())
        };
        if owners
            .iter()
            .any(|line| !line.owners.is_empty() && covers(&line.pattern))
        {
            continue;
        }
        let Some(source) = schema.datamodel.datasource() else {
            continue;
        };
        let at: Location = schema.location(snell_prisma::Place {
            span: Span::new(source.name_span.start, source.name_span.end),
            ..source.at
        });
        let message = match owners.is_empty() {
            true => format!(
                "there is no CODEOWNERS: {} migrations were merged without a fixed reader",
                history.migrations.len()
            ),
            false => "no line of CODEOWNERS covers the schema and its migrations".to_owned(),
        };
        found.push(
            Diagnostic::at(&RULE.metadata, at, message)
                .label("anybody may change it, and nobody is asked")
                .help(format!("a line in .github/CODEOWNERS: /{folder}/ with those who know the database, and a rule of the branch that asks for it"))
                .subject(format!("schema:{} owners", schema.path)),
        );
    }
    found
}

/// Whether a pattern, in the syntax of `.gitignore`, is of a path or of a folder above it.
fn is_covered(pattern: &str, path: &str) -> bool {
    let rooted = pattern.starts_with('/');
    let plain = pattern
        .trim_matches('/')
        .trim_end_matches("/**")
        .trim_end_matches("/*");
    if plain == "*" || plain == "**" {
        return true;
    }
    if let Some(extension) = plain.strip_prefix("*.") {
        return path.ends_with(&format!(".{extension}"));
    }
    let plain = plain.trim_start_matches("**/");
    let below = |path: &str| {
        path == plain
            || path
                .strip_prefix(plain)
                .is_some_and(|rest| rest.starts_with('/'))
    };
    if rooted || plain.contains('/') && !pattern.contains("**") {
        return below(path);
    }
    // A name without a slash is of any folder.
    path.match_indices('/')
        .map(|(at, _)| &path[at + 1..])
        .chain([path])
        .any(below)
}
