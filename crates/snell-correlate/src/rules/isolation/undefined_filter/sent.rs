//! Keys that a request may leave out, whatever the handler declares: a type is gone when the program
//! runs, and no validation looks at a single `@Query('id') id: string`.

use snell_extract::facts::{Decorator, Expression, MemberKind, Pattern, Property, TypeExpression};
use snell_flow::{
    Entry, Fact, ObjectValue, Opaque, Root, Step, Value,
    scope::{Reached, Verdict, verdict},
};
use snell_prisma::Model;
use snell_project::{
    client::Operation,
    endpoint::{Endpoint, EndpointKind, Given},
    module::ModuleId,
    ownership::Ownership,
    schema::ModelRef,
};
use snell_source::{Confidence, Diagnostic, Severity};

use super::{RULE, names_rows, others_name_rows, refuses_undefined};
use crate::{
    functions,
    rule::Context,
    support::{
        declared::{self, Declared},
        name_words::has_word,
        proofs::{self, Proof},
    },
};

/// All of them, in the order of endpoints.
pub(super) fn findings(context: &Context<'_>) -> Vec<Diagnostic> {
    let project = context.project;
    let mut found = Vec::new();
    for entered in context.walks {
        let endpoint = project.endpoints.get(entered.endpoint);
        let judged = endpoint.kind == EndpointKind::Http
            && endpoint.class.is_some()
            && functions::is_application(project, endpoint.module);
        if judged {
            let queries = entered.walk.queries.iter();
            found.extend(queries.filter_map(|reached| finding(context, endpoint, reached)));
        }
    }
    found
}

/// What may be left out of a request.
enum Absent {
    /// What the client sends; `on_purpose` where the handler declares that it may be missing.
    Sent { on_purpose: bool },
    /// A property of who asks that is declared as optional.
    Identity,
}

fn finding(
    context: &Context<'_>,
    endpoint: &Endpoint,
    reached: &Reached<'_>,
) -> Option<Diagnostic> {
    let project = context.project;
    let call = project.calls.get(reached.query.call);
    let reference = call.model()?;
    if call.client.changes_queries() || refuses_undefined(context, reference) {
        return None;
    }
    let model = project.schemas.model(reference);
    let arguments = reached.query.arguments.first()?.as_object()?;
    let filter = arguments.entries.get("where")?.value.as_object()?;
    if !filter.spreads.is_empty() {
        return None;
    }
    let mut open = filter.entries.iter().filter_map(|(name, entry)| {
        let absent = may_be_absent(context, endpoint, reached, entry)?;
        Some((name.as_str(), entry, absent))
    });
    let (name, entry, absent) = open.next()?;
    let alone = open.next().is_none();
    let proves = proves(name);
    if !alone
        || !(names_rows(model, name) || proves)
        || others_name_rows(model, filter, &[(name, entry)])
    {
        return None;
    }
    let does = match call.operation {
        Operation::FindFirst | Operation::FindFirstOrThrow => "finds any row",
        Operation::DeleteMany => "deletes all rows",
        Operation::UpdateMany => "changes all rows",
        // A list may be narrowed on purpose, unless somebody asks whose its rows are.
        Operation::FindMany if is_owners(context, reference, name) => "reads all rows",
        _ => return None,
    };
    let listed = call.operation == Operation::FindMany;
    let proved = proofs::of(project, &reached.facts, &entry.value);
    let wanted = match absent {
        Absent::Sent { on_purpose } => {
            proved != Proof::Keyed && (!listed || !on_purpose && proved == Proof::Filtered)
        }
        Absent::Identity => is_owners(context, reference, name),
    };
    if !wanted {
        return None;
    }
    Some(told(
        context,
        endpoint,
        reached,
        (model, filter),
        (name, entry),
        &absent,
        does,
    ))
}

fn told(
    context: &Context<'_>,
    endpoint: &Endpoint,
    reached: &Reached<'_>,
    (model, filter): (&Model, &ObjectValue),
    (name, entry): (&str, &Entry),
    absent: &Absent,
    does: &str,
) -> Diagnostic {
    let project = context.project;
    let call = project.calls.get(reached.query.call);
    let title = format!("{}.{}", model.accessor, call.operation.as_str());
    let (label, help) = match absent {
        Absent::Sent { .. } => (
            "may be left out of the request, and then this condition is gone",
            format!(
                "refuse a request without it (a pipe at the parameter, or a validated class), or stop when `{name}` is missing"
            ),
        ),
        Absent::Identity => (
            "is declared as optional where who asks is handed over: without it, this condition is gone",
            format!(
                "stop when `{name}` is missing, before the query (or turn on `strictUndefinedChecks`)"
            ),
        ),
    };
    let mut found = Diagnostic::at(
        &RULE.metadata,
        project.modules.at(entry.module, entry.key),
        format!("`{title}` {does} when `{name}` is `undefined`"),
    )
    .label(label)
    .related(endpoint.at, "the client sends it here")
    .related(project.modules.at(call.module, call.name.span), "the query");
    if filter.entries.len() > 1 && !proves(name) {
        found = found.lowered(Severity::Medium, "the other conditions still hold");
    }
    if matches!(absent, Absent::Identity) {
        found = found.lowered(
            Severity::Medium,
            "whether anybody is signed in without one is not seen",
        );
    }
    found
        .confidence(Confidence::Likely)
        .help(help)
        .subject(format!("query:{} {title} {name}", endpoint.name))
}

/// Whether who knows the value of a column proves something by it: the first row is nobody's proof.
fn proves(name: &str) -> bool {
    has_word(name, &["token", "secret", "otp"])
}

/// Whether a key says whose the rows are.
pub(super) fn is_owners(context: &Context<'_>, model: ModelRef, name: &str) -> bool {
    let declared = context.project.schemas.model(model);
    let Some(field) = declared.field(name) else {
        return false;
    };
    let Ownership::Owned(chains) = context.project.owners.of(model) else {
        return false;
    };
    let mut own = chains
        .iter()
        .filter(|chain| chain.required && chain.relations.len() < 2);
    own.any(|chain| chain.key == Some(field.id))
}

/// Whether nothing but a declared type says that a value is there.
fn may_be_absent(
    context: &Context<'_>,
    endpoint: &Endpoint,
    reached: &Reached<'_>,
    entry: &Entry,
) -> Option<Absent> {
    let Value::Opaque(opaque) = &entry.value else {
        return None;
    };
    // `...(key ? { key } : {})` says that the condition may be left out.
    if !entry.always || is_asked(&reached.facts, &entry.value) {
        return None;
    }
    let names: Option<Vec<&str>> = opaque
        .path
        .iter()
        .map(|step| match step {
            Step::Property(name) => Some(name.as_str()),
            _ => None,
        })
        .collect();
    match (&opaque.root, names?.as_slice()) {
        (Root::ClientInput(..), _) => sent(context, endpoint, opaque),
        (Root::Identity, [name]) => {
            let said = who_asks(context, endpoint)?;
            let property = declared::property(context, &said, name)?;
            // Whoever writes `string | undefined` at the query's side as well wants both.
            let trust = reached.trust();
            let scoped = verdict(context.project, reached, trust) == Verdict::Scoped;
            (property.optional && scoped).then_some(Absent::Identity)
        }
        _ => None,
    }
}

/// Whether something before asks for the value, or compares it.
pub(super) fn is_asked<'f>(facts: impl IntoIterator<Item = &'f Fact>, value: &Value) -> bool {
    facts.into_iter().any(|fact| asks(fact, value))
}

fn asks(fact: &Fact, value: &Value) -> bool {
    match fact {
        Fact::Truthy(known) | Fact::Falsy(known) => known == value,
        Fact::Equal(a, b) | Fact::Differ(a, b) | Fact::Member(a, b) => a == value || b == value,
        Fact::OneOf(ways) => ways.iter().any(|way| is_asked(way.iter(), value)),
    }
}

/// The parameter that is handed who asks.
fn who_asks<'a>(context: &Context<'a>, endpoint: &Endpoint) -> Option<Declared<'a>> {
    let index = endpoint
        .parameters
        .iter()
        .position(|given| *given == Given::Identity)?;
    declared::parameter(context, endpoint.handler, u32::try_from(index).ok()?)
}

/// A name of the query string, or of what no class describes, without a pipe that would refuse it.
fn sent(context: &Context<'_>, endpoint: &Endpoint, value: &Opaque) -> Option<Absent> {
    let Root::ClientInput(part, key) = &value.root else {
        return None;
    };
    let single = key.is_some() && value.path.is_empty();
    // Of what a body holds, that it is no text is told.
    if !single || part != "Query" {
        return None;
    }
    let given = Given::Client(part.clone(), key.clone());
    let index = endpoint.parameters.iter().position(|one| *one == given)?;
    let handler = endpoint.handler;
    let declared = functions::declared(context.project, handler)?;
    let parameter = declared.parameters.get(index)?;
    let piped = parameter
        .decorators
        .iter()
        .any(|decorator| has_pipe(context, handler.module, decorator));
    let defaulted = matches!(parameter.pattern, Pattern::Default { .. });
    if piped || defaulted || is_looked_at(context, endpoint) {
        return None;
    }
    let facts = context.project.modules.facts(handler.module);
    let may_be_undefined = parameter.ty.is_some_and(|ty| {
        matches!(facts.type_expression(ty), TypeExpression::Union(all)
            if all.iter().any(|one| matches!(facts.type_expression(*one), TypeExpression::Undefined)))
    });
    Some(Absent::Sent {
        on_purpose: parameter.optional || may_be_undefined,
    })
}

/// `@Query('id', ParseUUIDPipe)`; one that lets nothing through as it is does not count.
fn has_pipe(context: &Context<'_>, module: ModuleId, decorator: &Decorator) -> bool {
    let facts = context.project.modules.facts(module);
    let Expression::Call { arguments, .. } = facts.expression(decorator.expression) else {
        return false;
    };
    let lets_through = |value| match facts.expression(value) {
        Expression::New { arguments, .. } => arguments.iter().any(|argument| {
            let Expression::Object(properties) = facts.expression(argument.value) else {
                return false;
            };
            properties.iter().any(|property| {
                matches!(property, Property::Value { key, value, .. }
                    if key.name().is_some_and(|name| name.text == "optional")
                        && matches!(facts.expression(*value), Expression::Boolean(true)))
            })
        }),
        _ => false,
    };
    arguments
        .iter()
        .skip(1)
        .any(|argument| !lets_through(argument.value))
}

/// Whether guards, or pipes and interceptors of the method or its class, look at what is sent.
fn is_looked_at(context: &Context<'_>, endpoint: &Endpoint) -> bool {
    if !endpoint.access.checked.is_empty() || !endpoint.access.unknown.is_empty() {
        return true;
    }
    let Some(class) = functions::class_of(context.project, endpoint.handler) else {
        return true;
    };
    let mut members = class.members.iter();
    let member = members
        .find(|member| matches!(member.kind, MemberKind::Method(id) if id == endpoint.handler.id));
    let own = member.into_iter().flat_map(|member| &member.decorators);
    own.chain(&class.decorators).any(|decorator| {
        let name = decorator.name.rsplit('.').next().unwrap_or_default();
        matches!(name, "UsePipes" | "UseInterceptors")
    })
}
