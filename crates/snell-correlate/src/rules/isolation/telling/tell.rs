//! From an exposure to a finding: the endpoint, the calls, the query, and the
//! relations that say whose the row is.

use snell_project::{client::CallId, module::ExpressionRef, ownership::Chain, schema::ModelRef};
use snell_source::{Confidence, Diagnostic, DiagnosticBuilder, Location, RuleMetadata};

use super::{
    consequence,
    remedy::help,
    weight::{by_what_is_shown, is_of_profile, weighed},
};
use crate::{
    rule::Context,
    rules::isolation::exposure::{Exposure, Fault},
};

/// Calls on the way that a finding shows.
const MAX_CALLS: usize = 4;
/// Relations on the way to the owner that a finding shows.
const MAX_RELATIONS: usize = 3;

pub(in crate::rules::isolation) fn finding(
    context: &Context<'_>,
    rule: &'static RuleMetadata,
    exposure: &Exposure,
) -> Diagnostic {
    let project = context.project;
    let call = project.calls.get(exposure.call);
    let model = project.schemas.model(exposure.model);
    let endpoint = project.endpoints.get(exposure.endpoint);
    if matches!(exposure.fault, Fault::Administrative | Fault::Unguarded) {
        return door(context, rule, exposure);
    }
    let chain = project.owners.of(exposure.model).required_chain();
    let (message, label) = words(exposure, &endpoint.name, &model.name, rule);
    let mut finding = Diagnostic::at(rule, place(context, exposure.call), message)
        .label(label)
        .related(
            endpoint.at,
            consequence::who_gets_here(context, endpoint, exposure),
        );
    for at in shown(&exposure.trail) {
        finding = finding.related(call_name(context, *at), "this call leads to the query");
    }
    finding = parts(finding, context, &exposure.fault);
    let owned = match &exposure.fault {
        Fault::Included(included) => included.target,
        _ => exposure.model,
    };
    let told = matches!(exposure.fault, Fault::Reference(_) | Fault::Copied(_));
    if let Some(chain) = project.owners.of(owned).required_chain().filter(|_| !told) {
        finding = along(finding, context, owned, chain);
    }
    if let Some(check) = exposure.late_check
        && rule.name.ends_with("after-use")
    {
        finding = finding.related(place(context, check), "whose it is is asked only here");
    } else if let Some(guarded) = exposure.guarded.filter(|at| *at != exposure.call) {
        let of = project.calls.get(guarded).model().unwrap_or(exposure.model);
        let kept = match exposure.fault {
            Fault::Posed(_) => "here it is who is signed in".to_owned(),
            _ if project.calls.get(guarded).operation.is_create() => format!(
                "here `{}` is made for who asks",
                project.schemas.model(of).name
            ),
            _ => format!(
                "here `{}` is kept to its owner",
                project.schemas.model(of).name
            ),
        };
        finding = finding.related(place(context, guarded), kept);
    }
    let profile = is_of_profile(context, exposure);
    finding = by_what_is_shown(context, finding, exposure);
    finding = weighed(context, finding, exposure, profile);
    finding = consequence::lowered(context, exposure, finding);
    let help = match profile {
        true => format!(
            "select the columns of `{}` that a profile shows to others, or take the owner from who is signed in",
            model.name
        ),
        false => help(exposure, chain, context),
    };
    finding
        .help(help)
        .confidence(Confidence::Likely)
        .subject(format!(
            "endpoint:{} query:{}.{}{}",
            endpoint.name,
            model.name,
            call.operation.as_str(),
            field(&exposure.fault)
        ))
}

/// Labels what of the code a fault is about, beside the query itself.
fn parts(
    mut finding: DiagnosticBuilder,
    context: &Context<'_>,
    fault: &Fault,
) -> DiagnosticBuilder {
    match fault {
        Fault::Either(at) => finding = finding.related(*at, "one of these is enough"),
        Fault::Included(included) => {
            finding = finding.related(included.at, "all of them, whosever they are");
        }
        Fault::Shared(shared) => {
            let administrators = context.project.endpoints.get(shared.administrators);
            finding = finding.related(
                administrators.at,
                format!(
                    "`{}` leads here too, and asks for a role",
                    administrators.name
                ),
            );
        }
        Fault::Copied(copied) => {
            finding = finding
                .related(copied.at, "taken from a row of anybody")
                .related(
                    place(context, copied.from),
                    "nothing ties this row to who asks",
                );
        }
        Fault::Reference(reference) | Fault::NewOwner(reference) => {
            finding = finding.related(
                reference.at,
                format!("`{}` is what the client sent", reference.field),
            );
        }
        _ => {}
    }
    finding
}

/// The field that a fault is about, for subjects.
fn field(fault: &Fault) -> String {
    match fault {
        Fault::Reference(reference) | Fault::NewOwner(reference) => format!(" {}", reference.field),
        Fault::Included(included) => format!(" {}", included.field),
        Fault::Copied(copied) => format!(" {}", copied.field),
        _ => String::new(),
    }
}

/// Labels the relations that lead from a model to its owner.
fn along(
    mut finding: DiagnosticBuilder,
    context: &Context<'_>,
    model: ModelRef,
    chain: &Chain,
) -> DiagnosticBuilder {
    let schema = context.project.schemas.get(model.schema);
    for relation in chain.relations.iter().take(MAX_RELATIONS) {
        let field = &schema.datamodel[*relation];
        let to = schema
            .datamodel
            .target(field)
            .map_or("its owner", |target| target.name.as_str());
        finding = finding.related(
            schema.field_name(field),
            format!("a row belongs to one `{to}`"),
        );
    }
    finding
}

/// An endpoint that lets in whom it should not: the label stands at the endpoint.
fn door(context: &Context<'_>, rule: &'static RuleMetadata, exposure: &Exposure) -> Diagnostic {
    let project = context.project;
    let call = project.calls.get(exposure.call);
    let model = &project.schemas.model(exposure.model).name;
    let endpoint = project.endpoints.get(exposure.endpoint);
    let does = match call.operation.is_write() {
        true => "changes",
        false => "returns",
    };
    let (message, label, help) = match exposure.fault {
        Fault::Administrative => (
            format!(
                "`{}` is for administrators, and every signed-in user may call it",
                endpoint.name
            ),
            "no role is asked for",
            "ask for the role that the other endpoints for administrators ask for",
        ),
        _ => (
            format!(
                "`{}` {does} `{model}` rows without anybody signing in",
                endpoint.name
            ),
            "no guard stands before it",
            "put the guard before it that stands before other endpoints, or mark it as public",
        ),
    };
    let mut finding = Diagnostic::at(rule, endpoint.at, message).label(label);
    for at in shown(&exposure.trail) {
        finding = finding.related(call_name(context, *at), "this call leads to the query");
    }
    finding = finding.related(place(context, exposure.call), "the query");
    if let Some(guarded) = exposure.guarded.filter(|at| *at != exposure.call) {
        finding = finding.related(
            place(context, guarded),
            format!("here `{model}` is kept to its owner"),
        );
    }
    finding
        .help(help)
        .confidence(Confidence::Likely)
        .subject(format!("endpoint:{}", endpoint.name))
}

fn words(
    exposure: &Exposure,
    endpoint: &str,
    model: &str,
    rule: &RuleMetadata,
) -> (String, String) {
    let late = rule.name.ends_with("after-use");
    match &exposure.fault {
        Fault::Write(keyed) | Fault::Read(keyed) => {
            let does = match exposure.fault {
                Fault::Write(_) => "changes",
                _ => "returns",
            };
            let key = keyed.key.text();
            let why = if late {
                "before it is asked whose it is".to_owned()
            } else {
                match exposure.first_only {
                    true => format!("nothing ties the others of `{key}` to who asks"),
                    false => format!("nothing ties `{key}` to who asks"),
                }
            };
            (
                if late {
                    format!("`{endpoint}` {does} the `{model}` that `{key}` names {why}")
                } else {
                    format!("`{endpoint}` {does} any user's `{model}`: {why}")
                },
                match exposure.first_only {
                    true => format!("only the first of `{key}` is looked up before"),
                    false => format!(
                        "`{}` is what the client sent, and nothing else",
                        keyed.field
                    ),
                },
            )
        }
        Fault::Owner(_) | Fault::Asked(_) | Fault::Posed(_) => {
            of_owner(&exposure.fault, endpoint, model)
        }
        Fault::Either(_) => (
            format!("`{endpoint}` reaches any user's `{model}`: an `OR` leaves the owner out"),
            "the owner is not asked for on every way".to_owned(),
        ),
        Fault::Reference(reference) => (
            format!(
                "`{endpoint}` lets a `{model}` refer to a row that nobody checked: nothing ties `{}` to who asks",
                reference.key.text()
            ),
            format!("writes `{}` as it was sent", reference.field),
        ),
        Fault::NewOwner(reference) => (
            format!(
                "`{endpoint}` writes a `{model}` for the owner that the client names in `{}`",
                reference.key.text()
            ),
            format!("writes `{}` as it was sent", reference.field),
        ),
        Fault::Raw { writes, reckons } => (
            format!(
                "`{endpoint}` {} any user's `{model}` with raw SQL: nothing in it is who asks",
                match (*writes, *reckons) {
                    (true, _) => "changes",
                    (false, true) => "gives a number reckoned from",
                    (false, false) => "returns",
                }
            ),
            "no parameter is who asks".to_owned(),
        ),
        Fault::Shared(_) | Fault::Consulted | Fault::List | Fault::First | Fault::Sweep => {
            of_many(&exposure.fault, endpoint, model)
        }
        Fault::Upsert(_) | Fault::Aggregate(_) | Fault::Included(_) | Fault::Copied(_) => {
            beside_rows(&exposure.fault, endpoint, model)
        }
        // These are told by `door`.
        Fault::Unguarded | Fault::Administrative => (String::new(), String::new()),
    }
}

/// The words for whom the client names.
fn of_owner(fault: &Fault, endpoint: &str, model: &str) -> (String, String) {
    match fault {
        Fault::Owner(keyed) => (
            format!(
                "`{endpoint}` uses the `{model}` rows of the owner that the client names in `{}`",
                keyed.key.text()
            ),
            format!("`{}` is what the client sent", keyed.field),
        ),
        Fault::Asked(keyed) => (
            format!(
                "`{endpoint}` answers by the `{model}` rows of the owner that the client names in `{}`",
                keyed.key.text()
            ),
            format!("`{}` is what the client sent", keyed.field),
        ),
        Fault::Posed(keyed) => (
            format!(
                "`{endpoint}` acts for whom the client names in `{}`: elsewhere who is signed in stands there",
                keyed.key.text()
            ),
            format!("`{}` is what the client sent", keyed.field),
        ),
        _ => Default::default(),
    }
}

/// The words for rows of everybody, and for those that administrators reach as well.
fn of_many(fault: &Fault, endpoint: &str, model: &str) -> (String, String) {
    match fault {
        Fault::Shared(shared) => (
            format!(
                "`{endpoint}` changes any user's `{model}` with the query of the administrators: nothing ties `{}` to who asks",
                shared.keyed.key.text()
            ),
            format!(
                "`{}` is what the client sent, and nothing else",
                shared.keyed.field
            ),
        ),
        Fault::Consulted => (
            format!("`{endpoint}` answers by every user's `{model}`"),
            "no condition on the owner".to_owned(),
        ),
        Fault::List => (
            format!("`{endpoint}` returns every user's `{model}`"),
            "no condition on the owner".to_owned(),
        ),
        Fault::First => (
            format!("`{endpoint}` returns any user's `{model}`: the first that is there"),
            "no condition on the owner".to_owned(),
        ),
        Fault::Sweep => (
            format!("`{endpoint}` changes every user's `{model}`"),
            "no condition on the owner".to_owned(),
        ),
        _ => Default::default(),
    }
}

/// The words for what neither gives rows back nor changes known ones.
fn beside_rows(fault: &Fault, endpoint: &str, model: &str) -> (String, String) {
    let (does, when, keyed) = match fault {
        Fault::Included(included) => {
            return (
                format!(
                    "`{endpoint}` returns every user's `{}` with a `{model}`",
                    included.field
                ),
                format!("takes `{}` along", included.field),
            );
        }
        Fault::Copied(copied) => {
            return (
                format!(
                    "`{endpoint}` lets a `{model}` refer to what the row that `{}` names refers to, whosever it is",
                    copied.key.text()
                ),
                format!("writes `{}` of a row that nobody checked", copied.field),
            );
        }
        Fault::Upsert(keyed) => ("changes", " when it is there", Some(keyed)),
        Fault::Aggregate(keyed) => ("counts", "", keyed.as_ref()),
        _ => return Default::default(),
    };
    match keyed {
        Some(keyed) => (
            format!(
                "`{endpoint}` {does} any user's `{model}`{when}: nothing ties `{}` to who asks",
                keyed.key.text()
            ),
            format!(
                "`{}` is what the client sent, and nothing else",
                keyed.field
            ),
        ),
        None => (
            format!("`{endpoint}` {does} every user's `{model}`"),
            "no condition on the owner".to_owned(),
        ),
    }
}

fn shown(trail: &[ExpressionRef]) -> &[ExpressionRef] {
    &trail[..trail.len().min(MAX_CALLS)]
}

fn place(context: &Context<'_>, call: CallId) -> Location {
    let call = context.project.calls.get(call);
    context.project.modules.at(call.module, call.name.span)
}

/// The name of what is called: the rest of a call may be many lines.
fn call_name(context: &Context<'_>, at: ExpressionRef) -> Location {
    let modules = &context.project.modules;
    let facts = modules.facts(at.module);
    if let snell_extract::facts::Expression::Call { callee, .. } = facts.expression(at.id) {
        let span = match facts.expression(*callee) {
            snell_extract::facts::Expression::Member { property, .. } => property.span,
            _ => facts.span(*callee),
        };
        return modules.at(at.module, span);
    }
    modules.location(at)
}
