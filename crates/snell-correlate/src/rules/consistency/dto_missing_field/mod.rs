//! A DTO lacks what a row needs, or promises what no row has.

mod requests;

use snell_extract::facts::MemberKind;
use snell_flow::{Opaque, Root, Step, Value, scope::Reached};
use snell_prisma::{Field, Model};
use snell_project::{client::Operation, endpoint::Endpoint, schema::Schema};
use snell_source::{Diagnostic, Joined, Location, Preset, RuleMetadata, Severity};

use crate::{
    functions,
    rule::{Context, Rule},
    support::{
        contracts::{Binding, Evidence, Mirror, bindings, members, mirror_of_type},
        declared::{self, Said},
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "consistency/dto-missing-field",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A DTO lacks what a row needs or a front end sends, or promises what no row has",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: Some(Joined::ByWhole),
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = Vec::new();
    for entered in context.walks {
        let endpoint = context.project.endpoints.get(entered.endpoint);
        if !endpoint.kind.is_request()
            || !functions::is_application(context.project, endpoint.module)
        {
            continue;
        }
        for reached in &entered.walk.queries {
            for finding in lacking(context, endpoint, reached) {
                // Whoever sends it: a type is told of once for a column.
                if found.iter().all(|known| known.subject != finding.subject) {
                    found.push(finding);
                }
            }
        }
    }
    let contracts = bindings(context);
    for binding in contracts.iter() {
        if binding.evidence == Evidence::Returned && !contracts.is_mapped(binding.mirror) {
            found.extend(promised(context, binding));
        }
    }
    found.extend(requests::find(context));
    found
}

/// The columns that a create needs, and gets from nobody.
fn lacking(context: &Context<'_>, endpoint: &Endpoint, reached: &Reached<'_>) -> Vec<Diagnostic> {
    let call = context.project.calls.get(reached.query.call);
    let arguments = reached.query.arguments.first().and_then(Value::as_object);
    let (Some(model), Some(arguments), false) = (call.model(), arguments, call.client.extended)
    else {
        return Vec::new();
    };
    let key = match call.operation {
        Operation::Upsert => "create",
        operation if operation.is_create() => "data",
        _ => return Vec::new(),
    };
    let Some(entry) = arguments.entries.get(key) else {
        return Vec::new();
    };
    let (sent, beside) = match &entry.value {
        Value::Opaque(sent) => (sent, None),
        Value::Object(object) => match object.spreads.as_slice() {
            [Value::Opaque(sent)] => (sent, Some(object)),
            _ => return Vec::new(),
        },
        _ => return Vec::new(),
    };
    let Some((mirror, names)) = sent_names(context, endpoint, sent) else {
        return Vec::new();
    };
    let schema = context.project.schemas.get(model.schema);
    let model = context.project.schemas.model(model);
    let is_given = |name: &str| {
        names.iter().any(|own| own == name)
            || beside.is_some_and(|object| object.entries.contains_key(name))
    };
    let write = context.project.modules.at(call.module, call.name.span);
    model
        .columns()
        .filter(|field| !field.may_be_omitted() && field.is_visible())
        .filter(|field| !is_given(&field.name) && !by_relation(model, field, &is_given))
        .map(|field| lacks(context, mirror, (schema, model, field), write))
        .collect()
}

/// Whether a relation that holds the column is given in its place.
fn by_relation(model: &Model, field: &Field, is_given: &dyn Fn(&str) -> bool) -> bool {
    model.relation_fields().any(|relation| {
        let holds = relation
            .relation()
            .is_some_and(|relation| relation.fields.contains(&field.id));
        holds && is_given(&relation.name)
    })
}

/// The type of an object of the client's that is written whole, and all names that it may have.
fn sent_names(
    context: &Context<'_>,
    endpoint: &Endpoint,
    sent: &Opaque,
) -> Option<(Mirror, Vec<smol_str::SmolStr>)> {
    let is_plain = sent
        .path
        .iter()
        .all(|step| matches!(step, Step::Property(_) | Step::Without(_)));
    if !is_plain || !matches!(sent.root, Root::ClientInput(..)) {
        return None;
    }
    let declared = declared::value(context, Some(endpoint), sent)?;
    let Said::Type(ty) = declared.ty else {
        return None;
    };
    let mirror = mirror_of_type(context, declared.module, ty, 8)?;
    let mut names = members::names(context, mirror)?;
    for step in &sent.path {
        if let Step::Without(without) = step {
            names.retain(|name| !without.contains(name));
        }
    }
    // What has no properties of its own is filled in another way.
    (!names.is_empty()).then_some((mirror, names))
}

fn lacks(
    context: &Context<'_>,
    mirror: Mirror,
    (schema, model, field): (&Schema, &Model, &Field),
    write: Location,
) -> Diagnostic {
    let (at, name) = (mirror.place(context), mirror.name(context));
    let what = if name.is_empty() {
        "what is sent".to_owned()
    } else {
        format!("`{name}`")
    };
    let column = format!("{}.{}", model.name, field.name);
    let message = format!(
        "{what} has no `{}`, and no `{}` can be made without it",
        field.name, model.name
    );
    Diagnostic::at(&RULE.metadata, at, message)
        .label(format!("has no `{}`", field.name))
        .related(
            schema.field_name(field),
            "needs a value, and has no default",
        )
        .related(write, "is made of it here, and of nothing else")
        .help(format!(
            "add `{}` to it, give it beside in the write, or give the column a default",
            field.name
        ))
        .subject(format!("column:{column} in:{name}"))
}

/// Properties that a response promises, and that rows given back as it do not have.
fn promised(context: &Context<'_>, binding: &Binding) -> Vec<Diagnostic> {
    let Some(names) = members::names(context, binding.mirror) else {
        return Vec::new();
    };
    if is_transformed(context, binding.mirror) {
        return Vec::new();
    }
    let schema = context.project.schemas.get(binding.model.schema);
    let model = context.project.schemas.model(binding.model);
    let mut found = Vec::new();
    for name in names
        .iter()
        .filter(|name| model.field(name).is_none() && !name.starts_with('_'))
    {
        let Some(declared) = members::property(context, binding.mirror, name) else {
            continue;
        };
        if declared.optional || !declared.decorators.is_empty() && is_made(&declared) {
            continue;
        }
        let at = context.project.modules.at(declared.module, declared.at);
        let message = format!(
            "`{name}` is promised, and rows of `{}` have no such field",
            model.name
        );
        found.push(
            Diagnostic::at(&RULE.metadata, at, message)
                .label("always `undefined`")
                .related(schema.model_name(model), "has no such field")
                .related(
                    binding.because,
                    "what is given back is read here, and given back as it is",
                )
                .help("map the row to what is promised, or leave the property out")
                .subject(format!(
                    "model:{} name:{name} in:{}",
                    model.name, binding.name
                )),
        );
    }
    // Where most is missing, something between makes it.
    if found.len() * 2 > names.len() {
        return Vec::new();
    }
    found
}

/// Whether a decorator fills the property.
fn is_made(declared: &declared::Declared<'_>) -> bool {
    declared.decorators.iter().any(|one| {
        matches!(
            one.name.as_str(),
            "Expose" | "Transform" | "Exclude" | "ResolveField" | "HideField"
        )
    })
}

/// Whether a class makes its properties itself: in its constructor, or by getters.
fn is_transformed(context: &Context<'_>, mirror: Mirror) -> bool {
    let Mirror::Class(class) = mirror else {
        return false;
    };
    let class = context.project.modules.facts(class.module).class(class.id);
    let graphql = class.decorators.iter().any(|one| one.name == "ObjectType");
    graphql
        || class.members.iter().any(|member| {
            matches!(
                member.kind,
                MemberKind::Constructor(_) | MemberKind::Getter(_) | MemberKind::Method(_)
            )
        })
}
