//! Row security that the tables' owner goes past.

use snell_project::schema::{History, Schema};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    support::policies::{self, Guarded},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "isolation/rls-without-force",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "Policies do not bind the role that owns the tables",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let schemas = context.project.schemas.iter();
    schemas
        .filter_map(|(_, schema)| {
            let history = schema.history.as_ref()?;
            let open: Vec<Guarded<'_>> = policies::guarded(context)
                .filter(|one| std::ptr::eq(one.schema, schema))
                .filter(|one| one.table.row_security && !one.table.force_row_security)
                .collect();
            (!has_other_role(context, history)).then(|| finding(schema, history, &open))?
        })
        .collect()
}

/// Whether a migration lets another role in, as which the application may connect.
pub(super) fn has_other_role(context: &Context<'_>, history: &History) -> bool {
    history.migrations.iter().any(|migration| {
        let text = context
            .sources
            .file(migration.file)
            .text
            .to_ascii_lowercase();
        let mut words = text.split_whitespace().peekable();
        let mut found = false;
        while let Some(word) = words.next() {
            let next = words.peek().copied().unwrap_or_default();
            found |= word == "grant"
                || word == "create" && matches!(next, "role" | "user")
                || word == "set" && matches!(next, "role" | "session");
        }
        found
    })
}

fn finding(schema: &Schema, history: &History, open: &[Guarded<'_>]) -> Option<Diagnostic> {
    let first = open.first()?;
    let policy = first.table.policies.first()?;
    let name = &first.relation.name;
    let which = match open.len() - 1 {
        0 => format!("`{name}`"),
        1 => format!("`{name}` and 1 more table"),
        more => format!("`{name}` and {more} more tables"),
    };
    let mut found = Diagnostic::at(
        &RULE.metadata,
        history.location(policy.provenance.created),
        format!("the policies of {which} do not bind the role that created them"),
    )
    .label("without `FORCE ROW LEVEL SECURITY` the owner of the table sees every row");
    if let Some(at) = first.model() {
        found = found.related(at, "Prisma migrates, and mostly also asks, as the owner");
    }
    Some(
        found
            .confidence(Confidence::Likely)
            .lowered(
                Severity::Medium,
                "no migration creates or grants to another role; the application may connect as one that was made elsewhere",
            )
            .help(format!(
                "ALTER TABLE \"{name}\" FORCE ROW LEVEL SECURITY, or connect as a role that does not own the tables"
            ))
            .subject(format!("schema:{}", schema.path)),
    )
}
