//! A create that leaves out a field which must be filled.

use snell_project::client::arguments::Requirement;
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::{
    calls::{Found, faults},
    walk::FaultKind,
};
use crate::{Context, rule::Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "consistency/missing-required-field",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A create leaves out a field that has no default",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    faults(context, |kind| matches!(kind, FaultKind::Missing(_)))
        .iter()
        .filter_map(|found| match &found.fault.kind {
            FaultKind::Missing(requirement) => Some(finding(context, found, requirement)),
            _ => None,
        })
        .collect()
}

fn finding(context: &Context<'_>, found: &Found<'_>, requirement: &Requirement) -> Diagnostic {
    let datamodel = &found.schema.datamodel;
    let field = &datamodel[requirement.field];
    let model = &datamodel[requirement.field.model];
    let builder = Diagnostic::at(
        &RULE.metadata,
        found.fault.at,
        format!(
            "this create leaves out `{}`, which `{}` requires",
            field.name, model.name
        ),
    )
    .label(format!("`{}` is not here", field.name))
    .related(
        found.schema.field_name(field),
        "required, and without a default",
    );
    let groups: Vec<String> = requirement
        .any_of
        .iter()
        .filter(|group| !group.is_empty())
        .map(|group| {
            let names: Vec<String> = group.iter().map(|name| format!("`{name}`")).collect();
            names.join(" and ")
        })
        .collect();
    found.finish(
        context,
        builder.help(format!("give {}", groups.join(" or "))),
        format!("model:{} field:{} missing", model.name, field.name),
    )
}
