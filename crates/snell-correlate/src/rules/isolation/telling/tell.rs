//! From an exposure to a finding: the endpoint, the calls, the query, and the
//! relations that say whose the row is.

use snell_project::{
    client::CallId,
    endpoint::{Endpoint, Given},
    module::ExpressionRef,
    ownership::Chain,
    schema::ModelRef,
};
use snell_source::{Confidence, Diagnostic, DiagnosticBuilder, Location, RuleMetadata, Severity};

use super::{
    consequence,
    remedy::help,
    swapped::{self, Swapped},
    weight::{by_what_is_shown, is_of_profile, weighed},
    words::words,
};
use crate::{
    rule::Context,
    rules::isolation::{
        exposure::{Exposure, Fault},
        kinds,
        noted::{self, AllMissing, Missing},
        tenant,
    },
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
    let (message, label) = match of_members(context, exposure, &endpoint.name) {
        Some(said) => said,
        None => words(exposure, &endpoint.name, &model.name, rule),
    };
    let mut finding = Diagnostic::at(rule, place(context, exposure.call), message)
        .label(label)
        .related(
            endpoint.at,
            consequence::who_gets_here(context, endpoint, exposure),
        );
    let swapped = swapped::of(context, exposure);
    finding = along_calls(finding, context, exposure, swapped.as_ref());
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
        let kept = match exposure.fault {
            Fault::Posed(_) => "here it is who is signed in".to_owned(),
            _ => kept(context, exposure, guarded),
        };
        finding = finding.example(place(context, guarded), kept);
    }
    finding = likewise(finding, exposure);
    let profile = is_of_profile(context, exposure);
    finding = by_what_is_shown(context, finding, exposure);
    finding = weighed(context, finding, exposure, profile);
    finding = consequence::lowered(context, exposure, finding);
    let missing = AllMissing::shared(context);
    let missing = guard_missing(&missing, exposure);
    let help = match (missing, &swapped) {
        (Some(missing), _) => format!(
            "put `{0}` before the endpoint (`@UseGuards(..., {0})`): what it names asks for more than to be signed in",
            missing.reader
        ),
        (None, Some(swapped)) => format!(
            "hand the arguments over in the order of the parameters: `{}`",
            swapped.right
        ),
        (None, None) if profile => format!(
            "select the columns of `{}` that a profile shows to others, or take the owner from who is signed in",
            model.name
        ),
        (None, None) => help(exposure, chain, context),
    };
    if let Some(cause) = cause(context, exposure, missing) {
        finding = finding.caused_by(cause);
    }
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

/// Labels the calls that lead to the query.
fn along_calls(
    mut finding: DiagnosticBuilder,
    context: &Context<'_>,
    exposure: &Exposure,
    swapped: Option<&Swapped>,
) -> DiagnosticBuilder {
    for at in shown(&exposure.trail) {
        let said = match swapped {
            Some(swapped) if swapped.call == *at => format!(
                "its arguments stand in another order than the parameters: `{}` arrives as `{}`",
                swapped.argument, swapped.parameter
            ),
            _ => "this call leads to the query".to_owned(),
        };
        finding = finding.related(call_name(context, *at), said);
    }
    finding
}

/// The guard that is missing before the endpoint of a fault. What a row refers to is nobody's to check who stands there.
fn guard_missing<'m>(all: &'m AllMissing, exposure: &Exposure) -> Option<&'m Missing> {
    let refers = matches!(
        exposure.fault,
        Fault::Reference(_) | Fault::Copied(_) | Fault::NewOwner(_) | Fault::Included(_)
    );
    all.at(exposure.endpoint).filter(|_| !refers)
}

/// What a finding has in common with others.
fn cause(context: &Context<'_>, exposure: &Exposure, missing: Option<&Missing>) -> Option<String> {
    let endpoint = context.project.endpoints.get(exposure.endpoint);
    match (missing, &exposure.fault) {
        (Some(missing), _) => Some(missing.cause.clone()),
        // The keys of one body are looked at in one place, or in none.
        (None, Fault::Reference(_)) => Some(format!("{} {:?}", endpoint.name, exposure.call)),
        _ => None,
    }
}

/// Says how many other endpoints of the class have the fault.
fn likewise(finding: DiagnosticBuilder, exposure: &Exposure) -> DiagnosticBuilder {
    let others = match exposure.beside {
        0 => return finding,
        1 => "another endpoint of the class does".to_owned(),
        more => format!("{more} other endpoints of the class do"),
    };
    finding.note(format!("{others} the like"))
}

/// The words for rows of a group whose members other endpoints ask for.
fn of_members(
    context: &Context<'_>,
    exposure: &Exposure,
    endpoint: &str,
) -> Option<(String, String)> {
    let project = context.project;
    let (Fault::Owner(keyed) | Fault::Write(keyed) | Fault::Read(keyed)) = &exposure.fault else {
        return None;
    };
    let group = &project.schemas.model(exposure.of_members?).name;
    let does = match project.calls.get(exposure.call).operation.is_write() {
        true => "changes",
        false => "returns",
    };
    Some((
        format!(
            "`{endpoint}` {does} the `{}` of any `{group}`: nothing asks whether who asks is in the one that `{}` leads to",
            project.schemas.model(exposure.model).name,
            keyed.key.text()
        ),
        format!("`{}` is what the client named", keyed.field),
    ))
}

/// What the place says where rows are kept to their owner.
fn kept(context: &Context<'_>, exposure: &Exposure, guarded: CallId) -> String {
    let project = context.project;
    let call = project.calls.get(guarded);
    let of = call.model().unwrap_or(exposure.model);
    let mut rooms = project.owners.rooms();
    let opened = rooms.find(|(_, joined)| *joined == guarded);
    if let Some((room, _)) = opened {
        let room = &project.schemas.model(room).name;
        return format!("here who makes a `{room}` is put into it");
    }
    let name = &project.schemas.model(of).name;
    if let Fault::Reference(reference) = &exposure.fault
        && tenant::is_tenant(context, reference.target)
        && of != exposure.model
        && of != reference.target
    {
        let group = &project.schemas.model(reference.target).name;
        return format!("here only who is in the `{group}` that is named goes on");
    }
    if let Some(group) = exposure.of_members {
        let group = &project.schemas.model(group).name;
        return format!("here only who is in the `{group}` that is named goes on");
    }
    match call.operation.is_create() {
        true => format!("here `{name}` is made for who asks"),
        false => format!("here `{name}` is kept to its owner"),
    }
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

/// Lowers what nobody changes.
fn of_read(
    context: &Context<'_>,
    exposure: &Exposure,
    finding: DiagnosticBuilder,
) -> DiagnosticBuilder {
    let finding = finding.lowered(Severity::High, "rows are read, not changed");
    match exposure.fault == Fault::Unguarded && kinds::is_on_offer(context, exposure.model) {
        true => finding.lowered(
            Severity::Medium,
            "what a business offers may be there for everybody to see",
        ),
        false => finding,
    }
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
    let unread = noted::unread(context, endpoint);
    let (message, label, help) = match (&exposure.fault, unread) {
        (Fault::Administrative, Some((noted, reader))) => (
            format!(
                "`{}` is for administrators, and every signed-in user may call it: no guard before it reads its `{}`",
                endpoint.name, noted.name
            ),
            format!(
                "`{reader}`, which reads `{}` elsewhere, does not stand before it",
                noted.name
            ),
            format!(
                "put `{reader}` before it (`@UseGuards(..., {reader})`), or before the whole class"
            ),
        ),
        (Fault::Administrative, None) => (
            format!(
                "`{}` is for administrators, and {} may call it",
                endpoint.name,
                match signs_in(context, endpoint) {
                    true => "every signed-in user",
                    false => "everybody, without signing in,",
                }
            ),
            "no role is asked for".to_owned(),
            match exposure.presumed {
                true => "put a guard before the class that asks who is signed in whether they are an administrator",
                false => "ask for the role that the other endpoints for administrators ask for",
            }
            .to_owned(),
        ),
        _ => (
            format!(
                "`{}` {does} `{model}` rows without anybody signing in",
                endpoint.name
            ),
            "no guard stands before it".to_owned(),
            "put the guard before it that stands before other endpoints, or mark it as public"
                .to_owned(),
        ),
    };
    let mut finding = Diagnostic::at(rule, endpoint.at, message).label(label);
    for at in shown(&exposure.trail) {
        finding = finding.related(call_name(context, *at), "this call leads to the query");
    }
    finding = finding.related(place(context, exposure.call), "the query");
    if let Some(guarded) = exposure.guarded.filter(|at| *at != exposure.call) {
        finding = finding.example(place(context, guarded), kept(context, exposure, guarded));
    }
    if let Some(other) = exposure.shown_at {
        let other = project.endpoints.get(other);
        finding = finding
            .related(other.at, "runs the same query for others")
            .lowered(
                Severity::Medium,
                format!("it reads what `{}` shows to more people", other.name),
            );
    }
    if !call.operation.is_write() {
        finding = of_read(context, exposure, finding);
    }
    if exposure.presumed {
        finding = finding.lowered(
            Severity::High,
            "no endpoint for administrators asks for a role: that people have some is all that says who they are for",
        );
    }
    likewise(finding, exposure)
        .help(help)
        .confidence(Confidence::Likely)
        .subject(format!("endpoint:{}", endpoint.name))
}

/// Whether somebody has to sign in before an endpoint, as far as can be told: where no endpoint of its kind asks for
/// that, what asks is not seen.
fn signs_in(context: &Context<'_>, endpoint: &Endpoint) -> bool {
    let mut others = context.project.endpoints.iter();
    endpoint.access.authenticated
        || endpoint.parameters.contains(&Given::Identity)
        || !others.any(|other| other.kind == endpoint.kind && other.access.authenticated)
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
