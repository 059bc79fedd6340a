//! Secrets among the fields of GraphQL's types: whoever is given such a row may ask for them.

use snell_extract::facts::{Class, Decorator, MemberKind};
use snell_project::{
    Project,
    endpoint::{Endpoint, EndpointKind},
    module::{ClassRef, ModuleId},
    schema::ModelRef,
};
use snell_source::{Confidence, Diagnostic, Severity};

use super::{RULE, Secret, secret};
use crate::{
    functions,
    rule::Context,
    support::contracts::{Evidence, Mirror, bindings},
};

/// Words of what may stand between a field and who asks for it: a decorator, a middleware.
const MAY_KEEP: [&str; 8] = [
    "hide",
    "exclude",
    "auth",
    "role",
    "permission",
    "guard",
    "directive",
    "middleware",
];

/// The query that stands nearest to a type: that of its own application, where there are several.
fn nearest<'p>(
    project: &Project,
    asked: &[&'p Endpoint],
    module: ModuleId,
) -> Option<&'p Endpoint> {
    let path = |module: ModuleId| project.modules.get(module).path.split('/');
    let common = |endpoint: &&&Endpoint| {
        let parts = path(module).zip(path(endpoint.module));
        parts.take_while(|(own, other)| own == other).count()
    };
    asked.iter().rev().max_by_key(common).copied()
}

/// Each field of a type that a column with a secret stands behind.
pub(super) fn fields(context: &Context<'_>) -> Vec<Diagnostic> {
    let project = context.project;
    let asked: Vec<&Endpoint> = project
        .endpoints
        .iter()
        .filter(|endpoint| {
            is_asked(endpoint) && functions::is_application(project, endpoint.module)
        })
        .collect();
    if asked.is_empty() {
        return Vec::new();
    }
    let mut found: Vec<Diagnostic> = Vec::new();
    for binding in bindings(context).iter() {
        let Mirror::Class(class) = binding.mirror else {
            continue;
        };
        if binding.evidence == Evidence::Written || !is_type(context, class) {
            continue;
        }
        let declared = project.modules.facts(class.module).class(class.id);
        for (decorator, name) in shown(context, class.module, declared) {
            let schema = project.schemas.get(binding.model.schema);
            let model = project.schemas.model(binding.model);
            let fields = model.fields.iter();
            let Some(field) = fields.into_iter().find(|field| field.name == name) else {
                continue;
            };
            let Some(secret) = secret(field) else {
                continue;
            };
            let at = project.modules.at(class.module, decorator.span);
            let Some(asked) = nearest(project, &asked, class.module) else {
                continue;
            };
            let finding = Diagnostic::at(
                &RULE.metadata,
                at,
                format!("the type `{}` gives `{}.{name}` to who asks for it", binding.name, model.name),
            )
            .label("a field of the type")
            .related(schema.field_name(field), "the secret")
            .related(asked.at, "queries answer with types")
            .lowered(
                match secret {
                    Secret::Password => Severity::High,
                    Secret::Key | Secret::Token => Severity::Medium,
                },
                "which queries give such rows, and to whom, is theirs to decide",
            )
            .confidence(Confidence::Likely)
            .help(format!(
                "take the field out of the type: without `@Field`, or with `@HideField()`, `{name}` stays in the class and out of the schema"
            ))
            .subject(format!("type:{}.{name}", binding.name));
            if found.iter().all(|known| known.primary().at != at) {
                found.push(finding);
            }
        }
    }
    found
}

/// Whether a type that mirrors a model has a field of this name.
pub(in crate::rules) fn is_field_of_type(
    context: &Context<'_>,
    model: ModelRef,
    name: &str,
) -> bool {
    bindings(context).iter().any(|binding| {
        let Mirror::Class(class) = binding.mirror else {
            return false;
        };
        let declared = context.project.modules.facts(class.module).class(class.id);
        binding.model == model
            && is_type(context, class)
            && shown(context, class.module, declared)
                .iter()
                .any(|(_, field)| *field == name)
    })
}

fn is_asked(endpoint: &Endpoint) -> bool {
    matches!(
        endpoint.kind,
        EndpointKind::Query | EndpointKind::Mutation | EndpointKind::Subscription
    )
}

fn is_type(context: &Context<'_>, class: ClassRef) -> bool {
    let declared = context.project.modules.facts(class.module).class(class.id);
    let mut decorators = declared.decorators.iter();
    functions::is_application(context.project, class.module)
        && decorators.any(|one| one.name == "ObjectType")
}

/// The properties of a class with `@Field`, and nothing that may keep them from who asks.
fn shown<'a>(
    context: &Context<'a>,
    module: ModuleId,
    class: &'a Class,
) -> Vec<(&'a Decorator, &'a str)> {
    let members = class.members.iter();
    members
        .filter(|member| matches!(member.kind, MemberKind::Field { .. }))
        .filter_map(|member| {
            let decorator = member.decorators.iter().find(|one| one.name == "Field")?;
            let kept = member.decorators.iter().any(|one| {
                let text = context.text(context.project.modules.at(module, one.span));
                let lower = text.to_ascii_lowercase();
                MAY_KEEP.iter().any(|word| lower.contains(word))
            });
            let name = member.key.name()?.text.as_str();
            (!kept && !is_resolved(context, name)).then_some((decorator, name))
        })
        .collect()
}

/// Whether some resolver decides what is given for fields of this name.
fn is_resolved(context: &Context<'_>, name: &str) -> bool {
    context.project.endpoints.iter().any(|endpoint| {
        let facts = context.project.modules.facts(endpoint.handler.module);
        let declared = facts.function(endpoint.handler.id).name.as_ref();
        endpoint.kind == EndpointKind::Field && declared.is_some_and(|one| one.text == name)
    })
}
