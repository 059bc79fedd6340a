//! A trigger begins to run in every write of a table in use.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::StatementKind;

use crate::{
    rule::{Context, Rule},
    support::migrations::{changes, with_place},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/create-trigger",
        severity: Severity::Info,
        preset: Preset::Strict,
        summary: "A migration makes a trigger, which runs in every write from then on",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    changes(context)
        .filter_map(|change| {
            let StatementKind::CreateTrigger(create) = &change.step.statement.kind else {
                return None;
            };
            let lived = change.lived(&create.table)?;
            let (table, name) = (&lived.relation.name, &create.name.text);
            let events = create.events.join(" or ");
            // One that is made again stands for a change of it.
            let known = lived.table.triggers.iter().any(|trigger| trigger.name == *name);
            if known {
                return None;
            }
            let rows = if create.for_each_row { ", once for each row" } else { "" };
            let finding = change
                .finding(
                    &RULE.metadata,
                    create.name.span,
                    format!("`{name}` runs {} {events} of `{table}`{rows}: nothing in schema or code shows it", create.timing),
                )
                .label("no write of the table gets past it");
            Some(
                with_place(finding, change.declared(table, None), "the model")
                    .help("say in a `///` comment of the model what it does, and measure a bulk write with it")
                    .subject(change.subject(&format!("trigger:{name}"))),
            )
        })
        .collect()
}
