//! A front end's type of an answer beside what the endpoint gives back.

mod decimals;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use smol_str::SmolStr;
use snell_extract::facts::{self, Expression, ExpressionId, ExpressionKind, ModuleFacts};
use snell_prisma::{FieldType, ScalarType};
use snell_project::{front::How, module::Symbol, schema::ModelRef};
use snell_source::{
    Confidence, Diagnostic, DiagnosticBuilder, Joined, Location, Preset, RuleMetadata, Severity,
};

use crate::{
    rule::{Context, Rule},
    rules::security::{
        calls,
        sensitive_field_exposed::{shapes_all_responses, shapes_response},
    },
    support::answers::{Mirror, Missing, Pair, Property, Taken, chosen_at, compared, pairs},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "consistency/response-mismatch",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A front end expects what the endpoint does not give back",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: Some(Joined::ByWhole),
    },
    check,
};

/// A finding that is not finished: another endpoint may say more.
struct Draft {
    finding: DiagnosticBuilder,
    subject: String,
    /// Of a property that is never given, what its type says of that.
    missing: Option<Missed>,
}

/// A property that is never given.
#[derive(Clone, Copy)]
enum Missed {
    /// It may be left out.
    Optional,
    /// It is there.
    Promised,
}

/// What the rule finds; `consistency/dto-type-mismatch` leaves these places to it.
#[derive(Debug)]
struct Told(Vec<Diagnostic>);

fn told(context: &Context<'_>) -> Arc<Told> {
    context.shared.get_or_init(|| Told(find(context)))
}

/// Whether the rule tells of a property.
pub(super) fn is_told(context: &Context<'_>, at: Location) -> bool {
    told(context).0.iter().any(|one| one.primary().at == at)
}

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    told(context).0.clone()
}

/// What is done with values that JSON cannot hold, in the whole workspace.
struct Habits {
    /// The server has decimals written as numbers.
    writes_decimals: bool,
    /// Front ends make dates of what arrives.
    revives_dates: bool,
    /// What interceptors put around what endpoints give back: `success` of `{ success: true, data }`.
    around: BTreeSet<SmolStr>,
}

impl Habits {
    fn of(context: &Context<'_>) -> Self {
        Habits {
            writes_decimals: decimals::are_numbers(context),
            revives_dates: revives(context),
            around: around(context),
        }
    }
}

fn find(context: &Context<'_>) -> Vec<Diagnostic> {
    if shapes_all_responses(context) || adds_to_all_responses(context) {
        return Vec::new();
    }
    // By where properties are declared: several endpoints may share a type.
    let mut found: BTreeMap<Location, Draft> = BTreeMap::new();
    let mut given: Vec<Location> = Vec::new();
    let habits = Habits::of(context);
    for pair in pairs(context) {
        if shapes_response(context, pair.endpoint) {
            continue;
        }
        let Some(compared) = compared(context, &pair) else {
            continue;
        };
        for missing in compared.missing {
            let at = missing.property.at;
            if habits.around.contains(missing.path.as_str()) {
                continue;
            }
            if let (false, Some(draft)) =
                (found.contains_key(&at), missed(context, &pair, &missing))
            {
                found.insert(at, draft);
            }
        }
        given.extend(compared.given);
        for mirror in compared.mirrors {
            let at = mirror.property.at;
            if let (false, Some(draft)) = (
                found.contains_key(&at),
                differs(context, &habits, &pair, &mirror),
            ) {
                found.insert(at, draft);
            }
        }
    }
    let told = found.into_iter().filter_map(|(at, draft)| {
        let finding = match (draft.missing, given.contains(&at)) {
            // What may be left out is given by one endpoint and not by another.
            (Some(Missed::Optional), true) => return None,
            (Some(Missed::Promised), true) => draft.finding.lowered(
                Severity::Low,
                "another endpoint with the same type gives it",
            ),
            _ => draft.finding,
        };
        Some(finding.subject(draft.subject))
    });
    told.collect()
}

/// Whether an interceptor of the application puts something beside what endpoints give back.
fn adds_to_all_responses(context: &Context<'_>) -> bool {
    context.project.modules.iter().any(|(_, module)| {
        let intercepts = module
            .facts
            .classes
            .iter()
            .any(|class| class.member("intercept").is_some());
        let text = &context.sources.file(module.file).text;
        intercepts && text.contains("map(") && text.contains("...")
    })
}

/// The properties of the objects that interceptors make of answers: `map((data) => ({ success: true, data }))`.
fn around(context: &Context<'_>) -> BTreeSet<SmolStr> {
    let mut found = BTreeSet::new();
    for (module, facts) in calls::modules(context) {
        let mut classes = facts.classes.iter();
        let Some(class) = classes.find(|class| class.member("intercept").is_some()) else {
            continue;
        };
        let maps = calls::of_module(module, facts).filter(|call| {
            call.name == "map" && call.object.is_none() && class.span.contains(facts.span(call.at))
        });
        let callbacks = maps.filter_map(|call| {
            let first = facts.unwrap_casts(call.arguments.first()?.value);
            match facts.expression(first) {
                Expression::Function(id) => Some(facts.function(*id)),
                _ => None,
            }
        });
        for value in callbacks.flat_map(|callback| callback.body.returned()) {
            keys(facts, value, &mut found);
        }
    }
    found
}

/// The keys of an object, or of those that a condition chooses from.
fn keys(facts: &ModuleFacts, value: ExpressionId, found: &mut BTreeSet<SmolStr>) {
    match facts.expression(facts.unwrap_casts(value)) {
        Expression::Object(properties) => {
            found.extend(properties.iter().filter_map(|property| match property {
                facts::Property::Value { key, .. } => Some(key.name()?.text.clone()),
                _ => None,
            }));
        }
        Expression::Conditional {
            then, otherwise, ..
        } => {
            keys(facts, *then, found);
            keys(facts, *otherwise, found);
        }
        _ => {}
    }
}

/// A property that the endpoint never gives.
fn missed(context: &Context<'_>, pair: &Pair<'_>, missing: &Missing<'_>) -> Option<Draft> {
    let property = &missing.property;
    let read = read_at(context, property);
    // What may be left out is not promised by anybody.
    if property.optional && read.is_none() {
        return None;
    }
    let name = &property.name;
    let message = format!(
        "`{}` never gives `{}` back",
        pair.endpoint.name, missing.path
    );
    let finding =
        Diagnostic::at(&RULE.metadata, property.at, message).label(if property.optional {
            "the front end asks for it"
        } else {
            "the front end counts on it"
        });
    let mut finding = sides(context, pair, finding)
        .related(
            chosen_at(&missing.object, pair.endpoint),
            format!("gives no `{name}`"),
        )
        .help(format!(
            "give `{name}` back, or take it out of the type{}",
            if read.is_some() {
                " and of what reads it"
            } else {
                ""
            }
        ));
    if let Some(read) = read {
        finding = finding.related(read, "`undefined` here");
    }
    if property.optional {
        finding = finding.lowered(Severity::Low, "the type says that it may be missing");
    }
    let missed = if property.optional {
        Missed::Optional
    } else {
        Missed::Promised
    };
    Some(draft(finding, pair, property, Some(missed)))
}

/// A column that arrives as something else than the type says.
fn differs(
    context: &Context<'_>,
    habits: &Habits,
    pair: &Pair<'_>,
    mirror: &Mirror<'_>,
) -> Option<Draft> {
    let (model, field) = mirror.column;
    let property = &mirror.property;
    let plain = match property.taken(context) {
        Some(Taken::Plain(name)) => name,
        _ => SmolStr::default(),
    };
    let scalar = match field.ty {
        FieldType::Scalar(scalar) => Some(scalar),
        _ => None,
    };
    let column = column_name(context, model, field.name.as_str());
    let told = match (scalar, plain.as_str()) {
        (Some(ScalarType::Decimal), "number") if !habits.writes_decimals => {
            let message = format!("`{}` arrives as a string, not as a number", mirror.path);
            let help = "declare it `string`, or convert it in the endpoint: `Number(...)` or `.toNumber()`";
            Some((
                message,
                "`number` here",
                "a `Decimal`, which JSON holds as a string",
                help,
                Severity::Medium,
            ))
        }
        (Some(ScalarType::DateTime), "Date") if !habits.revives_dates => {
            let message = format!("`{}` arrives as a string, not as a `Date`", mirror.path);
            let help = "declare it `string`, and make a `Date` of it where one is needed";
            Some((
                message,
                "`Date` here",
                "a `DateTime`, which JSON holds as a string",
                help,
                Severity::Low,
            ))
        }
        _ if field.is_optional() && !plain.is_empty() && !property.is_nullable(context) => {
            let message = format!("`{}` may be `null`", mirror.path);
            let help = "add `| null` to the type, and say what is shown then";
            Some((
                message,
                "never `null` here",
                "the column may be",
                help,
                Severity::Low,
            ))
        }
        _ => None,
    };
    let (message, here, there, help, severity) = told?;
    let schema = context.project.schemas.get(model.schema);
    let finding = Diagnostic::at(&RULE.metadata, property.at, message).label(here);
    let mut finding = sides(context, pair, finding)
        .related(schema.field_name(field), format!("`{column}`: {there}"))
        .help(help);
    if severity < Severity::Medium {
        finding = finding.lowered(severity, "code that never looks closer works");
    }
    Some(draft(finding, pair, property, None))
}

fn column_name(context: &Context<'_>, model: ModelRef, field: &str) -> String {
    format!("{}.{field}", context.project.schemas.model(model).name)
}

/// Both sides of the join: the call, and the route.
pub(super) fn sides(
    context: &Context<'_>,
    pair: &Pair<'_>,
    finding: DiagnosticBuilder,
) -> DiagnosticBuilder {
    let modules = &context.project.front.modules;
    let finding = finding
        .related(modules.location(pair.request.at), "asked for here")
        .related(pair.endpoint.at, "served here");
    let finding = if pair.request.by_name {
        finding.lowered(
            Severity::Low,
            "the client of the call is known by its name alone",
        )
    } else {
        finding
    };
    match pair.how {
        How::Path | How::Base => finding.confidence(Confidence::Likely),
        How::Proxy => finding.lowered(
            Severity::Low,
            "a first segment of the path has to be taken off on the way",
        ),
    }
}

fn draft(
    finding: DiagnosticBuilder,
    pair: &Pair<'_>,
    property: &Property<'_>,
    missing: Option<Missed>,
) -> Draft {
    let owner = property.owner.unwrap_or_default();
    Draft {
        finding,
        subject: format!("{} {owner}.{}", pair.endpoint.name, property.name),
        missing,
    }
}

/// Where a front end reads a property of this name, in a module that names this type.
fn read_at(context: &Context<'_>, property: &Property<'_>) -> Option<Location> {
    let owner = property.owner?;
    let modules = &context.project.front.modules;
    modules.iter().find_map(|(id, module)| {
        let facts = &module.facts;
        let declares = match modules.type_name(id, owner) {
            Symbol::Interface(of) | Symbol::TypeAlias(of) => Some(of.module),
            Symbol::Class(of) => Some(of.module),
            _ => None,
        };
        if declares.is_none_or(|of| modules.get(of).file != property.at.file) {
            return None;
        }
        let mut members = facts.all([ExpressionKind::Member]);
        members.find_map(|(_, node)| match &node.kind {
            Expression::Member { property: read, .. } if read.text == property.name => {
                Some(modules.at(id, read.span))
            }
            _ => None,
        })
    })
}

/// Whether what asks makes dates of what arrives.
fn revives(context: &Context<'_>) -> bool {
    let front = &context.project.front;
    front.requests.iter().any(|request| {
        let file = front.modules.get(request.at.module).file;
        let text = &context.sources.file(file).text;
        let words = [
            "reviver",
            "superjson",
            "transformResponse",
            "parseISO",
            "plainToInstance",
            "new Date(",
        ];
        words.iter().any(|word| text.contains(word))
    })
}
