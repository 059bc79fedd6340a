//! A property that a class hides, in rows that are no instances of it.

use std::collections::BTreeMap;

use snell_extract::facts::{Decorator, Expression, ImportedName, Member, MemberKind, ModuleFacts};
use snell_prisma::Field;
use snell_project::{
    endpoint::Endpoint,
    module::{ClassRef, ModuleId},
    schema::ModelRef,
};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use super::sensitive_field_exposed::{shapes_all_responses, shapes_response};
use crate::{
    functions,
    rule::{Context, Rule},
    support::{
        answers::{Given, given},
        contracts::{Evidence, Mirror, bindings},
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "security/serialization-bypassed",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A class hides a property, and rows that are no instances of it are given back",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// A property with `@Exclude()`, of a class that stands for rows of a model.
struct Hidden<'a> {
    class: &'a str,
    module: ModuleId,
    decorator: &'a Decorator,
    name: &'a str,
}

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let hidden = hidden(context);
    if hidden.is_empty() || shapes_all_responses(context) || serializes_by_type(context) {
        return Vec::new();
    }
    let mut found: BTreeMap<Location, Diagnostic> = BTreeMap::new();
    for (position, endpoint) in context.project.endpoints.iter().enumerate() {
        let is_answer = endpoint.kind.is_request()
            && functions::is_application(context.project, endpoint.module)
            && !shapes_response(context, endpoint);
        if let (true, Some(given)) = (is_answer, given(context, position)) {
            look(context, &hidden, endpoint, &given, &mut found);
        }
    }
    found.into_values().collect()
}

/// Whether some interceptor makes instances of what is given back: `@SerializeOptions({ type })`.
fn serializes_by_type(context: &Context<'_>) -> bool {
    context.project.modules.iter().any(|(_, module)| {
        module.facts.imports.iter().any(|import| {
            matches!(&import.imported, ImportedName::Named(name) if name == "SerializeOptions")
        })
    })
}

/// The hidden properties of all classes that are bound to a model.
fn hidden<'a>(context: &Context<'a>) -> BTreeMap<(ModelRef, String), Hidden<'a>> {
    let mut found = BTreeMap::new();
    for binding in bindings(context).iter() {
        // What is written is a request's, and hides nothing.
        let (Mirror::Class(class), false) = (binding.mirror, binding.evidence == Evidence::Written)
        else {
            continue;
        };
        for (member, decorator) in excluded(context, class) {
            let facts = context.project.modules.facts(class.module);
            let declared = facts.class(class.id);
            if let (Some(key), Some(name)) = (member.key.name(), &declared.name) {
                found
                    .entry((binding.model, key.text.to_string()))
                    .or_insert(Hidden {
                        class: name.text.as_str(),
                        module: class.module,
                        decorator,
                        name: key.text.as_str(),
                    });
            }
        }
    }
    found
}

/// The members of a class that class-transformer leaves out of what is sent.
fn excluded<'a>(
    context: &Context<'a>,
    class: ClassRef,
) -> impl Iterator<Item = (&'a Member, &'a Decorator)> {
    let facts = context.project.modules.facts(class.module);
    facts
        .class(class.id)
        .members
        .iter()
        .filter_map(move |member| {
            let is_field = matches!(member.kind, MemberKind::Field { .. }) && !member.is_static;
            let mut decorators = member.decorators.iter();
            let decorator = decorators.find(|one| is_exclude(facts, one))?;
            is_field.then_some((member, decorator))
        })
}

/// `@Exclude()` of class-transformer, that leaves a property out of what is sent.
fn is_exclude(facts: &ModuleFacts, decorator: &Decorator) -> bool {
    let imported = facts.imports.iter().any(|import| {
        import.source.text == "class-transformer"
            && matches!(&import.imported, ImportedName::Named(name) if name == "Exclude")
    });
    // `{ toClassOnly: true }` hides what arrives.
    let is_plain = match facts.expression(decorator.expression) {
        Expression::Call { arguments, .. } => arguments.is_empty(),
        _ => false,
    };
    decorator.name == "Exclude" && imported && is_plain
}

fn look(
    context: &Context<'_>,
    hidden: &BTreeMap<(ModelRef, String), Hidden<'_>>,
    endpoint: &Endpoint,
    given: &Given<'_>,
    found: &mut BTreeMap<Location, Diagnostic>,
) {
    match given {
        Given::List(inner) => look(context, hidden, endpoint, inner, found),
        Given::Object(object) => {
            for part in object.properties.values() {
                look(context, hidden, endpoint, part, found);
            }
            let columns = object.properties.values().filter_map(|part| match part {
                Given::Column(model, field) => Some((*model, *field)),
                _ => None,
            });
            for (model, field) in columns {
                if let Some(one) = hidden.get(&(model, field.name.to_string())) {
                    let at = context.project.modules.at(one.module, one.decorator.span);
                    found.entry(at).or_insert_with(|| {
                        finding(context, endpoint, one, (model, field), object.at)
                    });
                }
            }
        }
        Given::Unknown | Given::Nothing | Given::Column(..) => {}
    }
}

fn finding(
    context: &Context<'_>,
    endpoint: &Endpoint,
    hidden: &Hidden<'_>,
    (model, field): (ModelRef, &Field),
    chosen: Option<Location>,
) -> Diagnostic {
    let schema = context.project.schemas.get(model.schema);
    let (class, name) = (hidden.class, hidden.name);
    let mut finding = Diagnostic::at(
        &RULE.metadata,
        context
            .project
            .modules
            .at(hidden.module, hidden.decorator.span),
        format!(
            "`{}` gives `{name}` back, which `{class}` hides",
            endpoint.name
        ),
    )
    .label(format!("runs on instances of `{class}` alone"))
    .related(endpoint.at, "answers with rows, which are plain objects");
    if let Some(at) = chosen {
        finding = finding.related(at, "the row is read here");
    }
    finding
        .related(schema.field_name(field), "the column")
        .confidence(Confidence::Likely)
        .help(format!(
            "leave it out of the query: `omit: {{ {name}: true }}`; or give back `new {class}(row)`, `plainToInstance({class}, row)`"
        ))
        .subject(format!("class:{class} property:{name}"))
}
