//! A function that a policy calls for each row.

use snell_project::schema::Schema;
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::{
    ast::{Call, Expr, ExprKind, Part, walk_expression},
    catalog::{Function, Policy},
};

use crate::{
    rule::{Context, Rule},
    support::policies::{self, Guarded},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "isolation/rls-per-row-function",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A policy calls a function for each row of the table",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (_, schema) in context.project.schemas.iter() {
        let mut told: Vec<String> = Vec::new();
        let mut cheap: Vec<Slow<'_>> = Vec::new();
        for guarded in policies::active(context).filter(|one| std::ptr::eq(one.schema, schema)) {
            for policy in &guarded.table.policies {
                for slow in slow(guarded, policy) {
                    if slow.function.is_none() {
                        cheap.push(slow);
                    } else if !told.contains(&slow.name) {
                        told.push(slow.name.clone());
                        found.push(finding(&slow));
                    }
                }
            }
        }
        found.extend(of_session(schema, &cheap));
    }
    found
}

/// A call in the condition of a policy.
struct Slow<'a> {
    guarded: Guarded<'a>,
    policy: &'a Policy,
    name: String,
    /// The function, when a migration made it.
    function: Option<&'a Function>,
    /// Whether it is handed a column of the row.
    of_row: bool,
}

fn slow<'a>(guarded: Guarded<'a>, policy: &'a Policy) -> Vec<Slow<'a>> {
    let mut found = Vec::new();
    for condition in policies::conditions(policy) {
        outer_calls(condition, &mut |call| {
            let name = call.name.name.text.as_str();
            let mut functions = guarded.catalog().functions.iter();
            let function = functions.find(|function| function.name == name);
            let of_session = name == "current_setting"
                || call
                    .name
                    .schema
                    .as_ref()
                    .is_some_and(|schema| schema.text == "auth");
            let of_row = call
                .arguments
                .iter()
                .any(|argument| has_column(&argument.value));
            // An SQL function may be put into the query; another that is immutable asks no table.
            let runs = function.is_some_and(|function| {
                function.volatility != "immutable"
                    && (function.language == "plpgsql" || function.security_definer)
            });
            if runs || function.is_none() && of_session && !of_row {
                found.push(Slow {
                    guarded,
                    policy,
                    name: call.name.to_string(),
                    function: function.map(|function| &**function),
                    of_row,
                });
            }
        });
    }
    found
}

/// The calls outside of subqueries.
fn outer_calls<'e>(expr: &'e Expr, each: &mut dyn FnMut(&'e Call)) {
    let mut inside: Vec<snell_source::Span> = Vec::new();
    walk_expression(expr, &mut |part| match part {
        Part::Query(query) => inside.push(query.span),
        Part::Expr(inner) => {
            if let ExprKind::Call(call) = &inner.kind
                && !inside.iter().any(|query| query.contains(inner.span))
            {
                each(call);
            }
        }
        _ => {}
    });
}

fn has_column(expr: &Expr) -> bool {
    let mut found = false;
    walk_expression(expr, &mut |part| {
        found |= matches!(part, Part::Expr(inner) if matches!(inner.kind, ExprKind::Column(_)));
    });
    found
}

fn finding(slow: &Slow<'_>) -> Diagnostic {
    let (guarded, policy, call) = (&slow.guarded, slow.policy, &slow.name);
    let name = &guarded.relation.name;
    let mut found = Diagnostic::at(
        &RULE.metadata,
        guarded.policy_at(policy),
        format!(
            "policy `{}` calls `{call}` for each row of `{name}`",
            policy.name
        ),
    )
    .label("runs once for each row that a query looks at");
    if let Some(function) = slow.function {
        let at = guarded.history().location(function.provenance.created);
        found = found.related(at, "the function");
    }
    if let Some(at) = guarded.model() {
        found = found.related(at, "the table");
    }
    let help = if slow.of_row {
        "let the function give all keys at once, and compare with those: `column IN (SELECT ...)`"
    } else {
        "put it into a subquery, which runs once for each statement: `(SELECT ...)`"
    };
    found
        .confidence(Confidence::Likely)
        .help(help)
        .subject(format!("function:{call}"))
}

/// What the server itself answers is quick: one finding for all policies.
fn of_session(schema: &Schema, cheap: &[Slow<'_>]) -> Option<Diagnostic> {
    let first = cheap.first()?;
    let mut policies: Vec<*const Policy> = cheap
        .iter()
        .map(|one| std::ptr::from_ref(one.policy))
        .collect();
    policies.dedup();
    let which = match policies.len() - 1 {
        0 => format!("policy `{}` calls", first.policy.name),
        1 => format!("policy `{}` and 1 more call", first.policy.name),
        more => format!("policy `{}` and {more} more call", first.policy.name),
    };
    Some(
        Diagnostic::at(
            &RULE.metadata,
            first.guarded.policy_at(first.policy),
            format!("{which} `{}` for each row", first.name),
        )
        .label("runs for each row that no index has picked")
        .confidence(Confidence::Likely)
        .lowered(
            Severity::Low,
            "what the session holds is quickly read, and an index condition reads it once",
        )
        .help("put it into a subquery, which runs once for each statement: `(SELECT ...)`")
        .subject(format!("schema:{}", schema.path)),
    )
}
