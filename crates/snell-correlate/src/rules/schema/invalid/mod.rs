//! What Prisma refuses in a schema.

use snell_prisma::{ErrorKind, SchemaError};
use snell_source::{Diagnostic, FileId, Location, Preset, RuleMetadata, Severity};

use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "schema/invalid",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "Prisma refuses the schema",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// More places than these make a finding no clearer.
const SHOWN: usize = 6;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut causes: Vec<(String, FileId, Vec<&SchemaError>)> = Vec::new();
    for (file, error) in context.schema_errors {
        let cause = cause(&error.message);
        // What cannot be read says nothing of why.
        let known = causes
            .iter_mut()
            .filter(|_| error.kind == ErrorKind::Semantic)
            .find(|(other, within, _)| within == file && *other == cause);
        match known {
            Some((_, _, errors)) => errors.push(error),
            None => causes.push((cause, *file, vec![error])),
        }
    }
    causes
        .iter()
        .filter_map(|(_, file, errors)| Some(finding(*file, errors.split_first()?)))
        .collect()
}

/// What a message says beside the names in it: errors of which that is the same have one cause.
fn cause(message: &str) -> String {
    message.split('`').step_by(2).collect()
}

fn finding(file: FileId, (first, others): (&&SchemaError, &[&SchemaError])) -> Diagnostic {
    let label = match first.kind {
        ErrorKind::Syntax => "not read: nothing is known of what stands here",
        ErrorKind::Semantic => "Prisma refuses this",
    };
    let message = match others.len() {
        0 => first.message.clone(),
        more => format!("{}; likewise {more} more in this file", first.message),
    };
    let mut found =
        Diagnostic::at(&RULE.metadata, Location::new(file, first.span), message).label(label);
    for error in others.iter().take(SHOWN) {
        found = found.related(Location::new(file, error.span), error.message.clone());
    }
    found
        .help("`prisma validate` says the same; no client is generated before it is mended")
        .subject(format!("schema:{}", first.message))
}
