//! What migrations set for their session, told once for a project.

use snell_source::{Diagnostic, RuleMetadata};

use crate::{
    rule::Context,
    rules::migration::locks,
    support::migrations::{Change, changes},
};

/// What a rule about a session's parameter says.
pub(super) struct Missing {
    /// The parameter.
    pub(super) parameter: &'static str,
    /// What happens without it.
    pub(super) message: &'static str,
    /// What to write.
    pub(super) help: &'static str,
}

/// One finding for each schema whose new migrations lock tables in use, where nothing that was read
/// names the parameter: a role, a connection string and a wrapper of the command can set it as well.
pub(super) fn missing(
    context: &Context<'_>,
    rule: &'static RuleMetadata,
    missing: &Missing,
) -> Vec<Diagnostic> {
    let is_named = |text: &str| text.contains(missing.parameter);
    if context.sources.iter().any(|(_, file)| is_named(&file.text)) {
        return Vec::new();
    }
    let mut told: Vec<&str> = Vec::new();
    let mut found = Vec::new();
    for change in changes(context) {
        let schema = change.schema.path.as_str();
        let waits = !locks::exclusive(change).is_empty() || locks::long(change).is_some();
        if !waits || told.contains(&schema) {
            continue;
        }
        told.push(schema);
        found.push(finding(change, rule, missing));
    }
    found
}

fn finding(change: Change<'_>, rule: &'static RuleMetadata, missing: &Missing) -> Diagnostic {
    change
        .finding(rule, change.step.span, missing.message)
        .label(format!("nothing sets {} before it", missing.parameter))
        .help(missing.help)
        .note("told once: it holds for all migrations")
        .subject(format!(
            "schema:{} session:{}",
            change.schema.path, missing.parameter
        ))
}
