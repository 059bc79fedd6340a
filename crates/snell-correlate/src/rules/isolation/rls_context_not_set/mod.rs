//! A query of a table with row security that nobody has told who asks.

mod alone;
mod never;

use std::collections::{BTreeMap, BTreeSet};

use snell_extract::facts::{BindingKind, Expression};
use snell_flow::scope::{Reached, RowSecurity, raw_text, row_security, sets_context};
use snell_project::{
    client::{CallId, ClientCall, Operation},
    endpoint::Endpoint,
    module::ModuleId,
};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};
use snell_sql::{
    ast::{Expr, ExprKind, Part, walk_expression},
    catalog::Policy,
};

use super::{policy_roles, survey};
use crate::{
    functions,
    rule::{Context, Rule},
    support::privileged::is_privileged,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "isolation/rls-context-not-set",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A query of a table with row security runs without the setting that its policies ask for",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// What sets a context for queries that do not show it.
const CARRIERS: [&str; 6] = [
    "$extends",
    "$use",
    "$allOperations",
    "AsyncLocalStorage",
    "nestjs-cls",
    "Proxy(",
];

/// Further queries of a module that a finding shows.
const MAX_MORE: usize = 3;

/// A query without its context.
struct Bare<'a> {
    call: CallId,
    endpoint: &'a Endpoint,
    secured: RowSecurity<'a>,
    /// The setting that was made before it, and does not hold for it.
    set_before: Option<CallId>,
}

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut by_module: BTreeMap<ModuleId, Vec<Bare<'_>>> = BTreeMap::new();
    let mut kept = false;
    for entered in context.walks {
        let endpoint = context.project.endpoints.get(entered.endpoint);
        if !endpoint.kind.is_request()
            || !functions::is_application(context.project, endpoint.module)
        {
            continue;
        }
        let mut setter = None;
        for reached in &entered.walk.queries {
            kept |= !reached.settings.is_empty();
            let call = context.project.calls.get(reached.query.call);
            if call.operation.is_raw() && sets_context(reached.query) {
                setter = Some(reached);
            } else if let Some(bare) = bare(context, endpoint, reached, setter) {
                let module = by_module.entry(call.module).or_default();
                if module.iter().all(|other| other.call != bare.call) {
                    module.push(bare);
                }
            }
        }
    }
    let told_at = by_module.values().flatten();
    let told_at: BTreeSet<CallId> = told_at.filter_map(|one| one.set_before).collect();
    let mut found = alone::findings(context, &told_at);
    found.extend(never::findings(context));
    if by_module.is_empty() || is_carried(context) {
        return found;
    }
    // What other rules tell of a query weighs more.
    let told = survey::survey(context);
    for mut bare in by_module.into_values() {
        bare.retain(|one| {
            (kept || one.set_before.is_some())
                && told
                    .exposures
                    .iter()
                    .all(|exposure| exposure.call != one.call)
        });
        bare.sort_by_key(|one| one.call);
        found.extend(finding(context, &bare));
    }
    found
}

/// A query of a secured table, when nothing set before it in its own transaction
/// is what the policies ask for.
fn bare<'a>(
    context: &Context<'a>,
    endpoint: &'a Endpoint,
    reached: &Reached<'_>,
    setter: Option<&Reached<'_>>,
) -> Option<Bare<'a>> {
    let project = context.project;
    let call = project.calls.get(reached.query.call);
    let secured = row_security(project, call.model()?)?;
    if call.client.extended
        || is_privileged(context.project, call)
        || reached
            .transaction
            .is_some_and(|around| is_privileged(project, project.calls.get(around)))
        || secured
            .settings
            .iter()
            .any(|name| name.starts_with("request."))
        || !policy_roles::binds_client(context, call.model()?.schema, secured.table)
        || !asks(&secured, call.operation)
    {
        return None;
    }
    let names = |text: &str| {
        secured
            .settings
            .iter()
            .any(|name| text.contains(name.as_str()))
    };
    if reached.settings.iter().any(|query| names(&raw_text(query))) {
        return None;
    }
    let set_before = setter.filter(|reached| names(&raw_text(reached.query)));
    // Something that is not followed may have set it.
    let unseen = reached.doubtful || reached.transaction.is_none() && is_handed(context, call);
    if unseen && set_before.is_none() {
        return None;
    }
    Some(Bare {
        call: reached.query.call,
        endpoint,
        secured,
        set_before: set_before.map(|reached| reached.query.call),
    })
}

/// Whether the client is a parameter: whoever handed it over may have set what holds for it.
fn is_handed(context: &Context<'_>, call: &ClientCall) -> bool {
    let facts = context.project.modules.facts(call.module);
    let mut at = facts.unwrap_casts(call.receiver);
    loop {
        at = match facts.expression(at) {
            Expression::Member { object, .. } | Expression::Index { object, .. } => {
                facts.unwrap_casts(*object)
            }
            Expression::Identifier {
                binding: Some(binding),
                ..
            } => return matches!(facts.binding(*binding).kind, BindingKind::Parameter { .. }),
            _ => return false,
        };
    }
}

/// Whether every policy that may let rows through to an operation asks for a setting.
fn asks(secured: &RowSecurity<'_>, operation: Operation) -> bool {
    let command = match operation {
        Operation::Update | Operation::UpdateMany | Operation::UpdateManyAndReturn => "update",
        Operation::Delete | Operation::DeleteMany => "delete",
        _ if operation.is_create() => "insert",
        Operation::Upsert => return true,
        _ => "select",
    };
    let mut policies = secured
        .table
        .policies
        .iter()
        .filter(|policy| policy.permissive)
        .filter(|policy| policy.command == "all" || policy.command == command)
        .peekable();
    policies.peek().is_some() && policies.all(|policy| asks_only(policy, command))
}

fn asks_only(policy: &Policy, command: &str) -> bool {
    let condition = match command {
        "insert" => policy.check.as_ref().or(policy.using.as_ref()),
        _ => policy.using.as_ref(),
    };
    condition.is_some_and(|condition| holds_call(condition) && !allows_nobody(condition))
}

fn holds_call(condition: &Expr) -> bool {
    let mut found = false;
    walk_expression(condition, &mut |part| {
        found |= matches!(part, Part::Expr(inner) if matches!(inner.kind, ExprKind::Call(_)));
    });
    found
}

/// Whether a condition has a way for sessions that say nothing.
fn allows_nobody(condition: &Expr) -> bool {
    let mut found = false;
    walk_expression(condition, &mut |part| {
        if let Part::Expr(inner) = part
            && let ExprKind::IsNull(operand, true) = &inner.kind
        {
            found |= holds_call(operand);
        }
    });
    found
}

/// Whether the application may set the context where no query shows it.
fn is_carried(context: &Context<'_>) -> bool {
    let project = context.project;
    project.modules.iter().any(|(id, module)| {
        let text = &context.sources.file(module.file).text;
        functions::is_application(project, id)
            && (text.contains("set_config") || text.to_ascii_lowercase().contains("set local"))
            && CARRIERS.iter().any(|word| text.contains(word))
    })
}

fn finding(context: &Context<'_>, bare: &[Bare<'_>]) -> Option<Diagnostic> {
    let first = bare.first()?;
    let project = context.project;
    let title = |one: &Bare<'_>| {
        let call = project.calls.get(one.call);
        let model = call
            .model()
            .map(|model| &project.schemas.model(model).accessor);
        format!(
            "{}.{}",
            model.map_or("", |name| name.as_str()),
            call.operation.as_str()
        )
    };
    let setting = first.secured.settings.first()?;
    let more = match bare.len() - 1 {
        0 => String::new(),
        1 => " (and 1 more query here)".to_owned(),
        more => format!(" (and {more} more queries here)"),
    };
    let mut found = Diagnostic::at(
        &RULE.metadata,
        at(context, first.call),
        format!(
            "`{}` asks `{}` without `{setting}`, which its policies ask for{more}",
            title(first),
            first.secured.relation.name
        ),
    )
    .label("no row, an error, or the rows of whoever used this connection before");
    if let Some(set) = first.set_before {
        found = found.related(
            at(context, set),
            "set elsewhere: it holds for its own transaction, or for whoever gets this connection",
        );
    }
    for other in bare.iter().skip(1).take(MAX_MORE) {
        found = found.related(at(context, other.call), "and here");
    }
    if let Some(model) = project.calls.get(first.call).model() {
        let schema = project.schemas.get(model.schema);
        if let (Some(history), Some(policy)) =
            (&schema.history, first.secured.table.policies.first())
        {
            let place = history.location(policy.provenance.created);
            found = found.related(place, "this policy asks for it");
        }
    }
    Some(
        found
            .related(first.endpoint.at, "the endpoint")
            .confidence(Confidence::Likely)
            .help("set it first and ask then, on one client of one `$transaction`: `SELECT set_config(..., ..., true)`")
            .subject(format!("query:{} {}", title(first), first.secured.relation.name)),
    )
}

fn at(context: &Context<'_>, call: CallId) -> Location {
    let call = context.project.calls.get(call);
    context.project.modules.at(call.module, call.name.span)
}
