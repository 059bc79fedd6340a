//! Extensions whose functions stand among the application's own.

use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "security/extension-in-public",
        severity: Severity::Info,
        preset: Preset::Strict,
        summary: "Extensions put their functions into the schema of the tables",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (_, schema) in context.project.schemas.iter() {
        let Some(history) = &schema.history else {
            continue;
        };
        let mut installed: Vec<(Location, &str)> = history
            .replay
            .catalog
            .extensions
            .iter()
            .filter(|(_, extension)| extension.schema == "public")
            .filter_map(|(name, extension)| {
                let place = extension.provenance.as_ref()?.created;
                Some((history.location(place), name.as_str()))
            })
            .collect();
        installed.sort_by_key(|(at, _)| (context.sources.file(at.file).path.clone(), at.span));
        let Some(((first, name), others)) = installed.split_first() else {
            continue;
        };
        let mut finding = Diagnostic::at(
            &RULE.metadata,
            *first,
            "extensions put their functions and types into `public`",
        )
        .label(format!(
            "`{name}`: without `SCHEMA` it goes where the tables are"
        ));
        for (at, name) in others {
            finding = finding.related(*at, format!("and `{name}`"));
        }
        found.push(
            finding
                .confidence(Confidence::Likely)
                .help("keep it while the host puts it there, or no other role may make functions in `public`; else, in this order: the search_path of each role that connects, `ALTER ROLE ... SET search_path = public, extensions`, and only then `CREATE SCHEMA extensions` with `ALTER EXTENSION ... SET SCHEMA extensions`: before that, no statement finds the types")
                .help("migrations to come make it there: `CREATE EXTENSION ... SCHEMA extensions`")
                .subject(format!("schema:{} extensions", schema.path)),
        );
    }
    found
}
