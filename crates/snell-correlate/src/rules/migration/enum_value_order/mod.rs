//! A value of an enum that sorts elsewhere than the schema shows it.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::ast::{StatementKind, TypeChange};

use crate::{
    rule::{Context, Rule},
    support::migrations::{Change, changes, with_place},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "migration/enum-value-order",
        severity: Severity::Info,
        preset: Preset::All,
        summary: "A value is added at the end of an enum, and the schema has it elsewhere",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    changes(context).filter_map(finding).collect()
}

fn finding(change: Change<'_>) -> Option<Diagnostic> {
    let StatementKind::AlterType(alter) = &change.step.statement.kind else {
        return None;
    };
    let TypeChange::AddValue(add) = &alter.change else {
        return None;
    };
    let name = &alter.name.name.text;
    let declared = change
        .schema
        .datamodel
        .enums()
        .iter()
        .find(|one| one.db_name == *name)?;
    let position = declared
        .values
        .iter()
        .position(|value| value.db_name == add.value.text)?;
    let next = declared.values.get(position + 1)?;
    // What the migrations come to in the end: values that are added later may be the next ones.
    let catalog = &change.history.replay.catalog;
    let built = catalog.enum_values(catalog.type_named(None, name)?)?;
    let place = |wanted: &str| built.iter().position(|value| value.text == wanted);
    if add.position.is_some() || place(&next.db_name)? > place(&add.value.text)? {
        return None;
    }
    let value = &add.value.text;
    let finding = change
        .finding(
            &RULE.metadata,
            add.value.span,
            format!(
                "`{value}` sorts last in `{name}`; the schema shows it before `{}`",
                next.name
            ),
        )
        .label("at the end, since nothing says where");
    Some(
        with_place(finding, change.declared_enum(name), "the enum")
            .help(format!("`ADD VALUE '{value}' BEFORE '{}'`, where rows are sorted or compared by the column", next.db_name))
            .subject(change.subject(&format!("enum:{name} value:{value}"))),
    )
}
