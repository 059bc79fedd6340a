//! Where a text is expected, the client can send an object of operators.

use snell_flow::{Fact, Opaque, Root, Step, Value, scope::leaves};
use snell_prisma::{Field, ScalarType};
use snell_project::{client::Operation, schema::ModelRef};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use super::{
    pipes::{Loose, loose},
    tell,
    traffic::{Sent, is_for_few, traffic},
};
use crate::{
    rule::{Context, Rule},
    support::{
        name_words::split,
        proofs::{self, Proof},
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "security/operator-injection",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "The client can send operators where a plain value is expected",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Words in the names of fields by which somebody proves who they are.
const PROOFS: [&str; 7] = ["token", "code", "otp", "password", "secret", "pin", "hash"];

/// Words beside which a code is none that is kept secret.
const OPEN_CODES: [&str; 9] = [
    "language", "country", "currency", "postal", "zip", "error", "status", "area", "color",
];

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let traffic = traffic(context);
    let mut told: Vec<Told> = Vec::new();
    for sent in &traffic.sent {
        let endpoint = sent.endpoint(context);
        let call = context.project.calls.get(sent.call);
        let filters = matches!(
            call.operation,
            Operation::FindFirst
                | Operation::FindFirstOrThrow
                | Operation::FindMany
                | Operation::Count
                | Operation::UpdateMany
                | Operation::DeleteMany
        );
        let (true, false, Some(model)) = (filters, is_for_few(endpoint), call.model()) else {
            continue;
        };
        let arguments = sent.arguments.as_object();
        let Some(filter) = arguments.and_then(|object| object.entries.get("where")) else {
            continue;
        };
        let Some(all) = leaves(&filter.value) else {
            continue;
        };
        for leaf in &all {
            let [name] = leaf.path.as_slice() else {
                continue;
            };
            // Rows that are kept to who asks stay so, unless it is the same filter that says so: a row
            // that operators find proves what else they find.
            let proved = sent.checked && {
                let proof = proofs::of(context.project, &sent.facts, leaf.value);
                proof == Proof::Filtered
            };
            if sent.own && !proved {
                continue;
            }
            let field = context.project.schemas.model(model).field(name);
            let (Some(field), Some(value)) = (field, plain(leaf.value)) else {
                continue;
            };
            let below = is_below_operator(&filter.value, leaf.value, true);
            if field.scalar() != Some(ScalarType::String)
                || leaf.weak
                || below
                || is_text(sent, leaf.value)
            {
                continue;
            }
            let Some(loose) = loose(context, &traffic.pipes, endpoint, value) else {
                continue;
            };
            let at = place(context, &filter.value, name).unwrap_or(tell::entry(context, filter));
            let found = finding(context, sent, (model, field), (loose, at), proved);
            let beside = all.len();
            keep(&mut told, (sent.endpoint, value.clone()), (beside, found));
        }
    }
    told.into_iter().map(|(_, (_, finding))| finding).collect()
}

/// What the client sends to an endpoint, and the finding about it with the number of conditions of
/// its filter.
type Told = ((usize, Opaque), (usize, Diagnostic));

/// One value that nothing checks is one fault, and so is one filter: the gravest stays, of two alike
/// the one whose filter holds least beside it, and shows the other.
fn keep(told: &mut Vec<Told>, key: (usize, Opaque), finding: (usize, Diagnostic)) {
    let same =
        |known: &&mut Told| known.0 == key || known.1.1.primary().at == finding.1.primary().at;
    let weight = |one: &(usize, Diagnostic)| (one.1.severity, std::cmp::Reverse(one.0));
    let Some(known) = told.iter_mut().find(same) else {
        told.push((key, finding));
        return;
    };
    let one_value = known.0 == key;
    let mut finding = finding;
    if weight(&known.1) < weight(&finding) {
        std::mem::swap(&mut known.1, &mut finding);
        known.0 = key;
    }
    let other = finding.1.primary().at;
    if one_value && other != known.1.1.primary().at {
        known.1.1.also(other, "this one takes it, too");
    }
}

/// A value as the client sent it: a name in the body or the query string.
fn plain(value: &Value) -> Option<&Opaque> {
    let Value::Opaque(opaque) = value else {
        return None;
    };
    let Root::ClientInput(decorator, key) = &opaque.root else {
        return None;
    };
    let untouched = opaque
        .path
        .iter()
        .all(|step| matches!(step, Step::Property(_)));
    let named = key.is_some() || !opaque.path.is_empty();
    (!matches!(decorator.as_str(), "Query" | "Headers")
        && untouched
        && named
        && !is_of_query(opaque))
    .then_some(opaque)
}

/// `req.query.x`: with the parsers of today it is a text, or a list of texts.
fn is_of_query(opaque: &Opaque) -> bool {
    matches!(&opaque.root, Root::ClientInput(decorator, None) if decorator == "Req")
        && matches!(opaque.path.first(), Some(Step::Property(name)) if name == "query" || name == "params")
}

/// Whether something before asked what the value is: compared it, looked it up in a list, used it
/// as a key.
fn is_text(sent: &Sent, value: &Value) -> bool {
    sent.plain.contains(value) || sent.facts.iter().any(|fact| compares(fact, value))
}

/// Whether a fact says that a value is equal to something, on each way that it leaves open.
fn compares(fact: &Fact, value: &Value) -> bool {
    match fact {
        Fact::Equal(a, b) | Fact::Member(a, b) => a == value || b == value,
        Fact::OneOf(ways) => {
            let mut ways = ways.iter();
            ways.all(|way| way.iter().any(|fact| compares(fact, value)))
        }
        _ => false,
    }
}

/// Whether a value stands below an operator of its field: `{ in: value }`. The client takes no
/// operators there.
fn is_below_operator(filter: &Value, wanted: &Value, whole: bool) -> bool {
    match filter {
        Value::Object(object) => object.entries.iter().any(|(name, entry)| {
            let joins = matches!(name.as_str(), "AND" | "OR" | "NOT");
            match joins && whole {
                true => is_below_operator(&entry.value, wanted, true),
                false if std::ptr::eq(&entry.value, wanted) => !whole,
                false => is_below_operator(&entry.value, wanted, false),
            }
        }),
        Value::Array(array) => {
            let mut all = array.elements.iter().chain(&array.rest);
            all.any(|one| is_below_operator(one, wanted, whole))
        }
        Value::OneOf(choices) => {
            let mut all = choices.iter().map(|choice| &choice.value);
            all.any(|one| is_below_operator(one, wanted, whole))
        }
        _ => false,
    }
}

/// Where a key of a filter is written.
fn place(context: &Context<'_>, filter: &Value, name: &str) -> Option<Location> {
    let entry = filter.as_object()?.entries.get(name)?;
    Some(tell::entry(context, entry))
}

fn finding(
    context: &Context<'_>,
    sent: &Sent,
    (model, field): (ModelRef, &Field),
    (loose, at): (Loose, Location),
    proved: bool,
) -> Diagnostic {
    let title = tell::title(context, sent.call);
    let name = &field.name;
    let call = context.project.calls.get(sent.call);
    let words = split(name);
    let says = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let proof = says(&PROOFS) && !says(&OPEN_CODES);
    let mut finding = Diagnostic::at(
        &RULE.metadata,
        at,
        format!("`{title}` takes `{{ not: '' }}` for `{name}` when the client sends it"),
    )
    .label(loose.words());
    let schema = context.project.schemas.get(model.schema);
    finding = finding.related(
        schema.field_name(field),
        "an object here is a filter of its own",
    );
    finding = tell::way(finding, context, sent, "the client sends it here");
    if proved {
        finding = finding.note("the row that proves it is found by the same operators");
    } else if !proof && !call.operation.is_write() {
        finding = finding.lowered(Severity::Medium, "the field holds no secret");
    }
    finding
        .confidence(Confidence::Likely)
        .help(format!(
            "let a validator say that it is a text (`@IsString()` in a class), or write `{name}: {{ equals: String(...) }}`"
        ))
        .subject(format!("query:{title} {name} {}", sent.endpoint(context).name))
}
