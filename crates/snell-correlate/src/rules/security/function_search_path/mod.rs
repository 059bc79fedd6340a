//! Functions whose names mean what their caller's settings say.

use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::catalog::Function;

use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "security/function-search-path",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "Functions of the database look names up where their caller says",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Further functions that the finding shows.
const MAX_SHOWN: usize = 4;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (_, schema) in context.project.schemas.iter() {
        let Some(history) = &schema.history else {
            continue;
        };
        let functions = history.replay.catalog.functions.iter();
        let open: Vec<&Function> = functions
            .map(|function| &**function)
            // `security/security-definer-function` tells of those that run as their owner.
            .filter(|function| {
                !function.sets_search_path
                    && !function.security_definer
                    && matches!(function.language.as_str(), "plpgsql" | "sql")
            })
            .collect();
        let Some((first, others)) = open.split_first() else {
            continue;
        };
        let at = |function: &Function| history.location(function.provenance.created);
        let message = match others.len() {
            0 => format!("`{}` looks names up where its caller says", first.name),
            n => format!(
                "`{}` and {n} more look names up where their caller says",
                first.name
            ),
        };
        let mut finding =
            Diagnostic::at(&RULE.metadata, at(first), message).label("without `SET search_path`");
        for other in others.iter().take(MAX_SHOWN) {
            finding = finding.related(at(other), format!("nor `{}`", other.name));
        }
        found.push(
            finding
                .confidence(Confidence::Likely)
                .help("ALTER FUNCTION ... SET search_path = pg_catalog, public; an SQL function that should be put into its queries is better left without, with every name qualified")
                .subject(format!("schema:{} functions", schema.path)),
        );
    }
    found
}
