//! A setting that policies read in a form that fails when nobody has set it.

use std::collections::BTreeMap;

use snell_source::{Diagnostic, Location, Preset, RuleMetadata, Severity};
use snell_sql::ast::{Call, Expr, ExprKind, Part, walk_expression};

use crate::{
    rule::{Context, Rule},
    support::policies,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "isolation/rls-setting-form",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A policy reads a setting in a form that fails when nobody has set it",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// How a setting is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Form {
    /// Without the second argument: an error where it was never set.
    Strict,
    /// Cast as it is: an error where it is empty, as after the transaction that set it.
    Cast,
}

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    // One setting is read alike in all policies: one finding for each form.
    let mut found: BTreeMap<(String, Form), (Location, usize)> = BTreeMap::new();
    for guarded in policies::active(context) {
        for policy in &guarded.table.policies {
            for condition in policies::conditions(policy) {
                for (setting, form) in forms(condition) {
                    let place = (guarded.policy_at(policy), 0);
                    found.entry((setting, form)).or_insert(place).1 += 1;
                }
            }
        }
    }
    let found = found.into_iter();
    found
        .map(|((setting, form), (at, count))| finding(&setting, form, at, count))
        .collect()
}

/// The settings that a condition reads in a form that may fail.
fn forms(condition: &Expr) -> Vec<(String, Form)> {
    let mut found = Vec::new();
    walk_expression(condition, &mut |part| {
        let Part::Expr(inner) = part else { return };
        match &inner.kind {
            ExprKind::Call(call) => {
                if let Some(setting) = setting(call)
                    && call.arguments.len() == 1
                {
                    found.push((setting, Form::Strict));
                }
            }
            ExprKind::Cast(operand, to) => {
                let text = ["text", "varchar", "citext", "name"];
                if let ExprKind::Call(call) = &operand.kind
                    && let Some(setting) = setting(call)
                    && call.arguments.len() > 1
                    && !text.contains(&to.name.name.text.as_str())
                {
                    found.push((setting, Form::Cast));
                }
            }
            _ => {}
        }
    });
    found.sort();
    found.dedup();
    found
}

/// The name of the setting that a call reads.
fn setting(call: &Call) -> Option<String> {
    let first = call.arguments.first()?;
    let name = match &first.value.kind {
        ExprKind::String(name) => name,
        ExprKind::Cast(inner, _) => match &inner.kind {
            ExprKind::String(name) => name,
            _ => return None,
        },
        _ => return None,
    };
    // The server's own settings are always set.
    (call.name.name.text == "current_setting" && name.contains('.')).then(|| name.to_string())
}

fn finding(setting: &str, form: Form, at: Location, count: usize) -> Diagnostic {
    let (message, label, help) = match form {
        Form::Strict => (
            format!("a query fails with 42704 where `{setting}` was never set"),
            "asks for the setting without `missing_ok`",
            format!("current_setting('{setting}', true) gives NULL instead, and no row passes"),
        ),
        Form::Cast => (
            format!("a query fails with 22P02 where `{setting}` is empty"),
            "an empty text is no value of this type, and a setting is empty after the transaction that set it",
            format!(
                "NULLIF(current_setting('{setting}', true), '') before the cast gives NULL instead, and no row passes"
            ),
        ),
    };
    let found = Diagnostic::at(&RULE.metadata, at, message)
        .label(label)
        .help(help);
    let found = match count {
        0 | 1 => found,
        many => found.note(format!("{many} conditions read it so")),
    };
    found.subject(format!("setting:{setting} {form:?}"))
}
