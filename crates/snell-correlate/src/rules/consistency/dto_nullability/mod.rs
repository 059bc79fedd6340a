//! What a client may leave out, or send as null, is written to a column that needs a value.

use snell_extract::facts::{Expression, MemberKind};
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::contract::{Bound, bound};
use crate::{
    rule::{Context, Rule},
    rules::security::traffic,
    support::declared::Declared,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "consistency/dto-nullability",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A value that may be missing is written to a column that needs one",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let bound = bound(context);
    bound
        .iter()
        .filter_map(|one| finding(context, one))
        .collect()
}

fn finding(context: &Context<'_>, bound: &Bound<'_>) -> Option<Diagnostic> {
    let accepts = &bound.accepts;
    if accepts.converted || !bound.field.is_required() || !bound.unasked {
        return None;
    }
    let (name, column) = (&bound.name, &bound.field.name);
    if let Some(at) = accepts.null {
        let finding = bound.finding(
            &RULE.metadata,
            at,
            format!("`{name}` may be null, and `{}` may not", bound.column()),
            (
                "lets `null` through, which the write refuses",
                "needs a value",
            ),
        );
        return Some(
            finding
                .help(format!(
                    "leave `null` out of the validator, or make `{column}` optional in the schema"
                ))
                .subject(bound.subject()),
        );
    }
    let has_value = bound.field.default.is_some() || bound.field.updated_at.is_some();
    if !bound.creates || has_value || !accepts.absent || accepts.conditional {
        return None;
    }
    if has_initial_value(context, &bound.declared) {
        return None;
    }
    let model = &bound.model.name;
    let finding = bound.finding(
        &RULE.metadata,
        bound.at,
        format!("`{name}` may be left out, and no `{model}` can be made without `{column}`"),
        ("may be left out", "needs a value, and has no default"),
    );
    Some(
        finding
            .help(format!(
                "make `{name}` required, or give `{column}` a default in the schema"
            ))
            .subject(bound.subject()),
    )
}

/// `locale: Locale = Locale.EN` of a class, where a pipe hands on what it makes of the class: the
/// value is there although the client left it out.
fn has_initial_value(context: &Context<'_>, declared: &Declared<'_>) -> bool {
    let facts = context.project.modules.facts(declared.module);
    let mut members = facts.classes.iter().flat_map(|class| &class.members);
    let begins = members.any(|member| {
        let MemberKind::Field {
            init: Some(init), ..
        } = member.kind
        else {
            return false;
        };
        let named = member
            .key
            .name()
            .is_some_and(|name| name.span == declared.at);
        let nothing = matches!(
            facts.expression(facts.unwrap_casts(init)),
            Expression::Null | Expression::Undefined
        );
        named && !nothing
    });
    begins && traffic(context).pipes.made.iter().any(|pipe| pipe.makes)
}
