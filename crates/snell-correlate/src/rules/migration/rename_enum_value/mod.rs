//! A value of an enum gets another name.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::{StatementKind, TypeChange};

use crate::{
    rule::{Context, Rule},
    support::migrations::{changes, with_place},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/rename-enum-value",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A migration renames a value of an enum that running code still writes",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    changes(context)
        .filter_map(|change| {
            let StatementKind::AlterType(alter) = &change.step.statement.kind else {
                return None;
            };
            let TypeChange::RenameValue(old, new) = &alter.change else {
                return None;
            };
            let name = &alter.name.name.text;
            let is_new = change.earlier().any(|other| {
                matches!(&other.step.statement.kind, StatementKind::CreateType(create) if create.name.name.text == *name)
            });
            if is_new {
                return None;
            }
            let started = change
                .finding(
                    &RULE.metadata,
                    old.span,
                    format!("renaming `{}` of `{name}` to `{}` breaks the code that runs until the deploy is done", old.text, new.text),
                )
                .label("refused from here on (22P02), and not known to old clients by its new name");
            let place = change.declared_enum(name);
            Some(
                with_place(started, place, "the enum")
                    .help(format!("keep the value and rename it in the schema alone: `{} @map(\"{}\")` needs no migration", new.text, old.text))
                    .help("or add the new value, write it, move the rows, and take the old one away in a later migration")
                    .subject(change.subject(&format!("enum:{name} value:{}", old.text))),
            )
        })
        .collect()
}
