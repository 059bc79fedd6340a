//! Controllers that ask the database themselves.

use std::collections::BTreeMap;

use snell_extract::facts::{ClassId, ExpressionId};
use snell_project::{
    client::CallId,
    module::{ClassRef, In, Module},
};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    functions,
    rule::{Context, Rule},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "query/in-controller",
        severity: Severity::Info,
        preset: Preset::All,
        summary: "A controller asks the database itself",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Decorators of classes that answer requests.
const ANSWERS: [&str; 3] = ["Controller", "Resolver", "WebSocketGateway"];

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut by_class: BTreeMap<ClassRef, Vec<CallId>> = BTreeMap::new();
    for (id, call) in context.project.calls.iter() {
        if !functions::is_application(context.project, call.module) {
            continue;
        }
        let module = context.project.modules.get(call.module);
        let Some(class) = class_around(module, call.expression) else {
            continue;
        };
        let declared = module.facts.class(class);
        let answers = declared
            .decorators
            .iter()
            .filter_map(|one| functions::decorator_name(&module.facts, one))
            .any(|name| ANSWERS.contains(&name));
        if answers {
            let class = In {
                module: call.module,
                id: class,
            };
            by_class.entry(class).or_default().push(id);
        }
    }
    by_class
        .into_iter()
        .filter_map(|(class, calls)| finding(context, class, &calls))
        .collect()
}

/// The class in whose method an expression stands.
fn class_around(module: &Module, at: ExpressionId) -> Option<ClassId> {
    let mut function = module.context.function(at);
    while let Some(id) = function {
        let declared = module.facts.function(id);
        if declared.class.is_some() {
            return declared.class;
        }
        function = declared.parent;
    }
    None
}

fn finding(context: &Context<'_>, class: ClassRef, calls: &[CallId]) -> Option<Diagnostic> {
    let project = context.project;
    let declared = project.modules.facts(class.module).class(class.id);
    let name = declared.name.as_ref()?;
    let place = |id: CallId| {
        let call = project.calls.get(id);
        project.modules.at(call.module, call.name.span)
    };
    let queries = match calls.len() {
        1 => "a query".to_owned(),
        n => format!("{n} queries"),
    };
    Some(
        Diagnostic::at(
            &RULE.metadata,
            project.modules.at(class.module, name.span),
            format!("`{}` asks the database itself", name.text),
        )
        .label(format!("{queries} in the class that answers requests"))
        .related(place(*calls.first()?), "the first one")
        .confidence(Confidence::Possible)
        .help(
            "move them into a service or a repository: jobs, other endpoints and tests can call it",
        )
        .subject(format!("class:{}", name.text)),
    )
}
