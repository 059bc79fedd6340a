//! A type of fixed values, which only grows.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::{StatementKind, TypeDefinition};

use crate::{
    rule::{Context, Rule},
    support::migrations::{changes, with_place},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/create-enum",
        severity: Severity::Info,
        preset: Preset::All,
        summary: "A migration makes an enum, from which no value can be removed",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    changes(context)
        .filter_map(|change| {
            let StatementKind::CreateType(create) = &change.step.statement.kind else {
                return None;
            };
            let TypeDefinition::Enum(values) = &create.definition else {
                return None;
            };
            let name = &create.name.name.text;
            let declared = change.declared_enum(name)?;
            // Prisma's way to remove a value makes the type again under another name.
            let finding = change
                .finding(
                    &RULE.metadata,
                    create.name.span(),
                    format!("`{name}` has {} values: more can be added, none can be taken away without rewriting every table that has it", values.len()),
                )
                .label("a type of the database");
            Some(
                with_place(finding, Some(declared), "the enum")
                    .help("right for values that code decides on; values that people add and retire belong in a table")
                    .subject(change.subject(&format!("enum:{name}"))),
            )
        })
        .collect()
}
