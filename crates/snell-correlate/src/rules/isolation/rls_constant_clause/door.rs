//! A setting that lets its session past every policy: whoever may run SQL may set it.

use std::collections::BTreeMap;

use smol_str::SmolStr;
use snell_flow::scope::settings_of;
use snell_source::{Confidence, Diagnostic, Severity};
use snell_sql::{
    ast::{Expr, ExprKind, Part, walk_expression},
    catalog::Policy,
};

use super::RULE;
use crate::{
    rule::Context,
    support::policies::{self, Guarded},
};

/// Words of names that say what such a setting is for.
const OPENS: [&str; 5] = ["bypass", "skip", "disable", "superuser", "unrestricted"];

/// Further policies that a finding shows.
const SHOWN: usize = 3;

/// One finding for each setting of a schema.
pub(super) fn findings(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut doors: BTreeMap<(&str, SmolStr), Vec<(Guarded<'_>, &Policy)>> = BTreeMap::new();
    for guarded in policies::active(context) {
        let open = |policy: &&Policy| {
            let mut roles = policy.roles.iter();
            policy.permissive && (policy.roles.is_empty() || roles.any(|role| role == "public"))
        };
        for policy in guarded.table.policies.iter().filter(open) {
            let mut conditions = policies::conditions(policy);
            if let Some(setting) = conditions.find_map(|condition| setting(&guarded, condition)) {
                let key = (guarded.schema.path.as_str(), setting);
                doors.entry(key).or_default().push((guarded, policy));
            }
        }
    }
    let found = doors.into_iter();
    found
        .filter_map(|((_, setting), policies)| finding(&setting, &policies))
        .collect()
}

/// The setting that makes a condition true for every row.
fn setting(guarded: &Guarded<'_>, condition: &Expr) -> Option<SmolStr> {
    if let ExprKind::Logical(false, operands) = &condition.kind {
        return operands.iter().find_map(|one| setting(guarded, one));
    }
    let mut of_rows = false;
    walk_expression(condition, &mut |part| {
        of_rows |= match part {
            Part::Expr(inner) => matches!(inner.kind, ExprKind::Column(_)),
            Part::From(_) => true,
            _ => false,
        };
    });
    let mut settings = settings_of(guarded.history(), condition).into_iter();
    settings.find(|name| !of_rows && OPENS.iter().any(|word| name.contains(word)))
}

fn finding(setting: &str, policies: &[(Guarded<'_>, &Policy)]) -> Option<Diagnostic> {
    let ((guarded, policy), others) = policies.split_first()?;
    let name = &guarded.relation.name;
    let more = match others.len() {
        0 => String::new(),
        n => format!(" (and {n} more)"),
    };
    let mut found = Diagnostic::at(
        &RULE.metadata,
        guarded.policy_at(policy),
        format!(
            "policy `{}` of `{name}`{more} lets any session past that sets `{setting}`",
            policy.name
        ),
    )
    .label("the same for every row: `SET` needs no right, and one injected statement is enough");
    for (guarded, policy) in others.iter().take(SHOWN) {
        found = found.related(guarded.policy_at(policy), "and this one");
    }
    Some(
        found
            .lowered(Severity::Low, "it takes a way to run statements")
            .confidence(Confidence::Likely)
            .help("a role in place of the setting: `CREATE POLICY ... TO the_role USING (true)`, or one with `BYPASSRLS`, as which jobs alone connect")
            .subject(format!("setting:{setting}")),
    )
}
