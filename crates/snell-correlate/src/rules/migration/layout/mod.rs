//! An SQL file among the migrations that Prisma does not run.

use crate::{
    rule::{Context, Rule},
    support::migrations::histories,
};
use snell_source::{Diagnostic, Location, Preset, RuleMetadata, Severity, Span};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/layout",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "An SQL file lies among the migrations where Prisma does not look for one",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    histories(context)
        .flat_map(|(schema, history)| {
            let new = history.strays.iter().filter(|(_, is_new)| *is_new);
            new.map(move |(file, _)| {
                let path = &context.sources.file(*file).path;
                let name = path.file_name().unwrap_or(path.as_str());
                Diagnostic::at(
                    &RULE.metadata,
                    Location::new(*file, first_line(&context.sources.file(*file).text)),
                    format!("Prisma does not run `{name}`: a migration is a folder with a `migration.sql`"),
                )
                .label("runs nowhere")
                .help("move it to `<time>_<what it does>/migration.sql` in the folder of the migrations; or out of it")
                .subject(format!("schema:{} file:{name}", schema.path))
            })
        })
        .collect()
}

/// The first line with words that are no comment.
fn first_line(text: &str) -> Span {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let words = line.trim_end();
        if !words.is_empty() && !words.starts_with("--") {
            return Span::from_range(start..start + words.len());
        }
        start += line.len();
    }
    Span::default()
}
