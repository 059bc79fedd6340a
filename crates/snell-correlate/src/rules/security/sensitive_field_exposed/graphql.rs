//! Secrets among the fields of GraphQL's types: whoever is given such a row may ask for them.

use snell_extract::facts::{Class, Decorator, MemberKind};
use snell_project::{
    Project,
    endpoint::{Endpoint, EndpointKind},
    module::{ClassRef, ModuleId},
    schema::ModelRef,
};
use snell_source::{Confidence, Diagnostic, Location, Severity};

use super::{RULE, Row, Secret, given, held, sensitive};
use crate::{
    functions,
    rule::Context,
    support::contracts::{Binding, Evidence, Mirror, bindings},
};
use smol_str::SmolStr;

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
            let Some(secret) = sensitive::secret_of(model, field) else {
                continue;
            };
            let at = project.modules.at(class.module, decorator.span);
            let Some(asked) = nearest(project, &asked, class.module) else {
                continue;
            };
            let open = open_to_everybody(context, binding.model, name);
            let finding = told(
                context,
                (binding, name),
                (at, schema.field_name(field)),
                (secret, asked, open),
            );
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

fn told(
    context: &Context<'_>,
    (binding, name): (&Binding, &str),
    (at, secret_at): (Location, Location),
    (secret, asked, open): (Secret, &Endpoint, Option<&Endpoint>),
) -> Diagnostic {
    let model = &context.project.schemas.model(binding.model).name;
    let found = Diagnostic::at(
        &RULE.metadata,
        at,
        format!(
            "the type `{}` gives `{model}.{name}` to who asks for it",
            binding.name
        ),
    )
    .label("a field of the type")
    .related(secret_at, "the secret");
    let found = match open {
        Some(open) => found.related(open.at, "gives such rows to who is not signed in"),
        None => found.related(asked.at, "queries answer with types"),
    };
    let least = match (secret, open) {
        (Secret::Password, Some(_)) => None,
        (Secret::Password, None) | (_, Some(_)) => Some(Severity::High),
        _ => Some(Severity::Medium),
    };
    let found = match (least, open) {
        (None, _) => found,
        (Some(least), Some(_)) => found.lowered(least, "it is no password"),
        (Some(least), None) => found.lowered(
            least,
            "which queries give such rows, and to whom, is theirs to decide",
        ),
    };
    found
        .confidence(Confidence::Likely)
        .help(format!(
            "take the field out of the type: without `@Field`, or with `@HideField()`, `{name}` stays in the class and out of the schema"
        ))
        .subject(format!("type:{}.{name}", binding.name))
}

/// An endpoint at which nobody has to sign in, as others of its kind ask for, and that gives rows with
/// a column to whoever asks.
fn open_to_everybody<'a>(
    context: &Context<'a>,
    model: ModelRef,
    column: &str,
) -> Option<&'a Endpoint> {
    let project = context.project;
    let guards = project
        .endpoints
        .iter()
        .any(|other| is_asked(other) && other.access.authenticated);
    let gives = |row: &Row| {
        let call = project.calls.get(row.origin.call);
        let path: Vec<&str> = row.path.iter().map(SmolStr::as_str).collect();
        let fields = call
            .model()
            .filter(|_| call.operation.gives_rows() && !call.operation.is_create())
            .and_then(|of| held(context, of, &row.origin.arguments, &path));
        fields.is_some_and(|fields| {
            let mut fields = fields.iter();
            fields.any(|held| held.model == model && held.field.name == column)
        })
    };
    let mut entered = context.flow.endpoints().filter(|_| guards);
    entered.find_map(|flow| {
        let endpoint = project.endpoints.get(flow.endpoint);
        let open = endpoint.kind == EndpointKind::Query
            && endpoint.is_open_to_everybody()
            && endpoint.access.public.is_none()
            && functions::is_application(project, endpoint.module)
            && !flow.summary.cut;
        if !open {
            return None;
        }
        let mut rows = Vec::new();
        for value in context.flow.answers(flow, endpoint) {
            given(value, &[], 8, &mut rows);
        }
        rows.iter().any(gives).then_some(endpoint)
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
