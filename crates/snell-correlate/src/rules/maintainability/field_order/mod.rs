//! Fields in another order than the team has agreed on.

use snell_prisma::{Field, Model};
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    options,
    rule::{Context, Rule},
    support::wording,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "maintainability/field-order",
        severity: Severity::Low,
        preset: Preset::All,
        summary: "Fields stand in another order than the configuration asks for",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let Some(options) = options::of(context, &RULE.metadata) else {
        return Vec::new();
    };
    let order = options.names("order");
    let order = order.as_slice();
    let models = context.project.schemas.models();
    models
        .filter_map(|(_, schema, model)| {
            let (first, second) = swapped(model, order)?;
            Some(
                Diagnostic::at(
                    &RULE.metadata,
                    schema.field_name(second),
                    format!(
                        "`{}` stands behind `{}` in `{}`",
                        second.name, first.name, model.name
                    ),
                )
                .label("comes first in the order of the configuration")
                .related(schema.field_name(first), "and this one after it")
                .help(format!("the order is {}", order.join(", ")))
                .subject(wording::subject(model, &second.name)),
            )
        })
        .collect()
}

/// The first two fields that stand the wrong way round.
fn swapped<'m>(model: &'m Model, order: &[&str]) -> Option<(&'m Field, &'m Field)> {
    let rest = order
        .iter()
        .position(|name| *name == REST)
        .unwrap_or(order.len());
    let rank = |field: &Field| {
        let named = order.iter().position(|name| field.name == **name);
        named.unwrap_or(rest)
    };
    let fields = model.fields.iter();
    let pairs = fields.zip(model.fields.iter().skip(1));
    pairs.into_iter().find(|(a, b)| rank(a) > rank(b))
}

/// What stands for all other fields.
const REST: &str = "...";
