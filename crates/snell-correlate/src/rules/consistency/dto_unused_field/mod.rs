//! A property that a client may send, and that no handler reads.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;
use smol_str::SmolStr;
use snell_extract::facts::{
    BindingId, BindingKind, Expression, ExpressionId, MemberKind, ModuleFacts, Pattern, PatternStep,
};
use snell_project::{
    endpoint::{Endpoint, Given},
    module::{ClassRef, Module},
};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use super::dto_without_validators::runtime_class;
use crate::{
    functions,
    rule::{Context, Rule},
    rules::security::is_validator,
    support::wording,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "consistency/dto-unused-field",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A DTO takes a property that no handler reads",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// What all handlers that take a class do with it.
#[derive(Debug, Default)]
struct Use {
    /// One of them hands it on as a whole, or does what is not followed.
    whole: bool,
    /// The properties that they read.
    read: FxHashSet<SmolStr>,
    /// The parameters.
    taken: Vec<Location>,
}

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut uses: BTreeMap<ClassRef, Use> = BTreeMap::new();
    for endpoint in context.project.endpoints.iter() {
        if endpoint.kind.is_request() && functions::is_application(context.project, endpoint.module)
        {
            of_endpoint(context, endpoint, &mut uses);
        }
    }
    uses.iter()
        .filter(|(_, used)| !used.whole)
        .filter_map(|(class, used)| finding(context, *class, used))
        .collect()
}

fn of_endpoint(context: &Context<'_>, endpoint: &Endpoint, uses: &mut BTreeMap<ClassRef, Use>) {
    let Some(handler) = functions::declared(context.project, endpoint.handler) else {
        return;
    };
    let id = endpoint.handler.module;
    let module = context.project.modules.get(id);
    for (index, (given, parameter)) in endpoint
        .parameters
        .iter()
        .zip(&handler.parameters)
        .enumerate()
    {
        let Given::Client(part, None) = given else {
            continue;
        };
        let Some(class) = runtime_class(context, id, parameter) else {
            continue;
        };
        let used = uses.entry(class).or_default();
        used.taken
            .push(context.project.modules.at(id, parameter.span));
        // A guard may read it before the handler does, and GraphQL has its own ways.
        used.whole |=
            !matches!(part.as_str(), "Body" | "Query") || !endpoint.access.unknown.is_empty();
        used.read
            .extend(endpoint.access.checked.iter().map(|key| key.name.clone()));
        let bindings = module.facts.bindings.iter().zip(0u32..);
        let mut of_parameter = bindings.filter_map(|(binding, n)| match &binding.kind {
            BindingKind::Parameter {
                function,
                index: own,
                path,
            } if *function == endpoint.handler.id && usize::try_from(*own) == Ok(index) => {
                Some((BindingId(n), path))
            }
            _ => None,
        });
        if matches!(&parameter.pattern, Pattern::Binding(_)) {
            match of_parameter.next() {
                Some((binding, _)) => of_name(module, binding, used),
                None => used.whole = true,
            }
        } else {
            of_parameter.for_each(|(_, path)| step(path, used));
        }
    }
}

/// `{ limit }: Query`
fn step(path: &[PatternStep], used: &mut Use) {
    match path.first() {
        Some(PatternStep::Property(name)) => {
            used.read.insert(name.clone());
        }
        _ => used.whole = true,
    }
}

/// What is done with a name that holds the whole.
fn of_name(module: &Module, binding: BindingId, used: &mut Use) {
    let facts = &module.facts;
    for id in facts.uses(binding).iter().copied() {
        let parent = module.context.parent(id);
        match parent.map(|parent| facts.expression(parent)) {
            Some(Expression::Member {
                object, property, ..
            }) if *object == id => {
                used.read.insert(property.text.clone());
            }
            Some(Expression::Index { object, index, .. }) if *object == id => {
                match facts.expression(*index) {
                    Expression::String(name) => {
                        used.read.insert(name.clone());
                    }
                    _ => used.whole = true,
                }
            }
            Some(_) => used.whole = true,
            None => taken_apart(facts, id, used),
        }
    }
}

/// `const { limit } = query;`
fn taken_apart(facts: &ModuleFacts, value: ExpressionId, used: &mut Use) {
    let mut any = false;
    for binding in &facts.bindings {
        if let BindingKind::Variable {
            init: Some(init), ..
        } = &binding.kind
            && init.value == value
        {
            any = true;
            step(&init.path, used);
        }
    }
    used.whole |= !any;
}

fn finding(context: &Context<'_>, class: ClassRef, used: &Use) -> Option<Diagnostic> {
    let modules = &context.project.modules;
    let facts = modules.facts(class.module);
    let declared = facts.class(class.id);
    let name = declared.name.as_ref()?;
    // What a validator or a transformation reads of its own object is read.
    let text = context.text(modules.at(class.module, declared.span));
    let unread: Vec<_> = declared
        .members
        .iter()
        .filter(|member| matches!(member.kind, MemberKind::Field { .. }) && !member.is_static)
        .filter(|member| member.decorators.iter().any(|one| is_validator(facts, one)))
        .filter_map(|member| member.key.name())
        .filter(|key| !used.read.contains(&key.text) && !text.contains(&format!(".{}", key.text)))
        .collect();
    let first = unread.first()?;
    // Who reads nothing of it has it for its validators.
    if used.read.is_empty() {
        return None;
    }
    let names: Vec<String> = unread.iter().map(|key| format!("`{}`", key.text)).collect();
    let names = wording::and(&names);
    let class_name = &name.text;
    let mut finding = Diagnostic::at(
        &RULE.metadata,
        modules.at(class.module, first.span),
        format!("`{class_name}` takes {names}, and nothing reads it"),
    )
    .label("whoever sends it believes that it counts");
    for key in &unread[1..] {
        finding = finding.related(modules.at(class.module, key.span), "nor this one");
    }
    for at in used.taken.iter().take(2) {
        finding = finding.related(*at, "other properties of it are read here");
    }
    Some(
        finding
            .confidence(Confidence::Likely)
            .help(format!(
                "do what {names} asks for, or take it out of the class"
            ))
            .subject(format!(
                "class:{class_name} properties:{}",
                unread
                    .iter()
                    .map(|key| key.text.as_str())
                    .collect::<Vec<_>>()
                    .join(",")
            )),
    )
}
