//! Errors of Prisma that are told apart by hand, beside the helper that does it.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;
use snell_extract::facts::{Expression, ExpressionId, ExpressionKind, ImportedName};
use snell_project::module::{FunctionRef, In, ModuleId, Symbol};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use crate::{
    functions,
    rule::{Context, Rule},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "query/error-helper-bypassed",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "Code tells errors of Prisma apart by hand, beside the helper that others use",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// A helper that fewer modules use is one of them.
const LEAST_USERS: usize = 2;

/// A place that names a code of an error.
struct Named {
    module: ModuleId,
    at: ExpressionId,
    code: String,
    function: Option<FunctionRef>,
}

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let named = named(context);
    let Some((helper, users)) = helper(context, &named) else {
        return Vec::new();
    };
    let knows = |module: ModuleId| named.iter().filter(move |one| one.module == module);
    // What stands beside the helper is a part of it.
    let folder = |module: ModuleId| {
        let path = &context.project.modules.get(module).path;
        path.rsplit_once('/').map_or("", |(folder, _)| folder)
    };
    let modules: BTreeSet<ModuleId> = named.iter().map(|one| one.module).collect();
    modules
        .into_iter()
        .filter(|module| {
            folder(*module) != folder(helper.module) && !maps_for_all(context, *module)
        })
        .filter_map(|module| {
            let first = knows(module).next()?;
            let count = knows(module).count();
            Some(finding(context, first, count, helper, users.len()))
        })
        .collect()
}

/// Where application code names codes of Prisma's errors.
fn named(context: &Context<'_>) -> Vec<Named> {
    let mut found = Vec::new();
    for (module, owner) in context.project.modules.iter() {
        if !functions::is_application(context.project, module) {
            continue;
        }
        for (at, node) in owner.facts.all([ExpressionKind::String]) {
            let Expression::String(text) = &node.kind else {
                continue;
            };
            let digits = text.strip_prefix("P20").unwrap_or_default();
            if digits.len() != 2 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                continue;
            }
            found.push(Named {
                module,
                at,
                code: text.to_string(),
                function: owner.context.function(at).map(|id| In { module, id }),
            });
        }
    }
    found
}

/// The function that tells errors apart for most others, and the modules that import it.
fn helper<'n>(
    context: &Context<'_>,
    named: &'n [Named],
) -> Option<(&'n Named, BTreeSet<ModuleId>)> {
    let mut users: FxHashMap<ModuleId, BTreeSet<ModuleId>> = FxHashMap::default();
    for (module, owner) in context.project.modules.iter() {
        if !functions::is_application(context.project, module) {
            continue;
        }
        for import in owner
            .facts
            .imports
            .iter()
            .filter(|import| !import.type_only)
        {
            let (ImportedName::Named(_) | ImportedName::Default, Some(local)) =
                (&import.imported, import.local)
            else {
                continue;
            };
            let origin = match context.project.modules.binding(module, local) {
                Symbol::Function(function) => function.module,
                Symbol::Class(class) => class.module,
                Symbol::Variable(variable) => variable.module,
                _ => continue,
            };
            users.entry(origin).or_default().insert(module);
        }
    }
    let of = |one: &Named| users.get(&one.module).map_or(0, BTreeSet::len);
    named
        .iter()
        .filter(|one| is_helper(context, one) && of(one) >= LEAST_USERS)
        // Of equals the first: that is where the helper begins.
        .rev()
        .max_by_key(|one| of(one))
        .map(|one| (one, users[&one.module].clone()))
}

/// Whether a function is there for errors: it takes one, and sends no query.
fn is_helper(context: &Context<'_>, one: &Named) -> bool {
    let Some(function) = one.function else {
        return false;
    };
    let queries = context.project.calls.of_module(one.module).next().is_some();
    let takes_error = functions::declared(context.project, function)
        .is_some_and(|declared| !declared.parameters.is_empty());
    takes_error && !queries && !maps_for_all(context, one.module)
}

/// A filter, an interceptor, an extension: it is there for every endpoint.
fn maps_for_all(context: &Context<'_>, module: ModuleId) -> bool {
    let text = &context
        .sources
        .file(context.project.modules.get(module).file)
        .text;
    ["@Catch(", "NestInterceptor", "$extends"]
        .iter()
        .any(|word| text.contains(word))
}

fn finding(
    context: &Context<'_>,
    one: &Named,
    count: usize,
    helper: &Named,
    users: usize,
) -> Diagnostic {
    let project = context.project;
    let at = |one: &Named| -> Location {
        let facts = project.modules.facts(one.module);
        project.modules.at(one.module, facts.span(one.at))
    };
    let helper_name = helper
        .function
        .map_or_else(String::new, |function| functions::name(project, function));
    let path = &project.modules.get(one.module).path;
    let mut found = Diagnostic::at(
        &RULE.metadata,
        at(one),
        format!(
            "`{}` is told apart by hand, beside `{helper_name}`",
            one.code
        ),
    )
    .label("an answer of its own for the same error")
    .related(at(helper), format!("{users} modules leave it to this"));
    if count > 1 {
        found = found.note(format!("{} more in this file", count - 1));
    }
    found
        .confidence(Confidence::Likely)
        .help(format!(
            "hand the error to `{helper_name}`, or teach it what is special here"
        ))
        .subject(format!("module:{path} errors"))
}
