//! The client says what a query filters by, loads or selects.

use snell_flow::{Opaque, Root, Step, Value};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use super::{
    pipes::{Loose, loose},
    tell,
    traffic::{Sent, is_for_few, traffic},
};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "security/user-controlled-query-shape",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "The client decides what a query filters by, loads or selects",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// The parts of a query that are its shape.
const PARTS: [&str; 5] = ["where", "select", "include", "omit", "orderBy"];

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let traffic = traffic(context);
    let mut found: Vec<Diagnostic> = Vec::new();
    for sent in &traffic.sent {
        let endpoint = sent.endpoint(context);
        let call = context.project.calls.get(sent.call);
        if is_for_few(endpoint) || call.model().is_none() {
            continue;
        }
        let mut tell = |part: &str, value: &Opaque, at: Location| {
            let Some(loose) = loose(context, &traffic.pipes, endpoint, value) else {
                return;
            };
            if found.iter().all(|known| known.primary().at != at) {
                found.push(finding(context, sent, part, (loose, at)));
            }
        };
        match &sent.arguments {
            Value::Object(object) => {
                for part in PARTS {
                    if let Some(entry) = object.entries.get(part)
                        && let Some(value) = shape(&entry.value, 4)
                    {
                        tell(part, value, tell::entry(context, entry));
                    }
                }
                if !call.operation.is_write()
                    && let Some(value) = object.spreads.iter().find_map(|spread| shape(spread, 1))
                {
                    // What the program selects comes after it, and stays.
                    let fixed = object.entries.get("select").is_some_and(|one| one.always);
                    let part = if fixed { "rest" } else { "arguments" };
                    tell(part, value, tell::operation(context, sent.call));
                }
            }
            value if !call.operation.is_write() => {
                if let Some(value) = shape(value, 1) {
                    tell("arguments", value, tell::operation(context, sent.call));
                }
            }
            _ => {}
        }
    }
    found
}

/// A value of the client's that stands where an object is expected.
fn shape(value: &Value, depth: u32) -> Option<&Opaque> {
    let depth = depth.checked_sub(1)?;
    match value {
        Value::Opaque(opaque) => match &opaque.root {
            // A header is a text.
            Root::ClientInput(decorator, _) if decorator != "Headers" => Some(&**opaque),
            _ => None,
        },
        Value::Object(object) => {
            let spread = object
                .spreads
                .iter()
                .find_map(|spread| shape(spread, depth));
            spread.or_else(|| {
                let lists = object
                    .entries
                    .iter()
                    .filter(|(key, _)| matches!(key.as_str(), "AND" | "OR" | "NOT"));
                lists
                    .into_iter()
                    .find_map(|(_, entry)| shape(&entry.value, depth))
            })
        }
        Value::Array(array) => array
            .elements
            .iter()
            .chain(&array.rest)
            .find_map(|element| shape(element, depth)),
        Value::OneOf(choices) => choices.iter().find_map(|one| shape(&one.value, depth)),
        _ => None,
    }
    .filter(|opaque| !is_text(opaque))
}

/// A part of a list, which is no object.
fn is_text(opaque: &Opaque) -> bool {
    opaque
        .path
        .iter()
        .any(|step| matches!(step, Step::Each(_) | Step::At(_)))
}

fn finding(
    context: &Context<'_>,
    sent: &Sent,
    part: &str,
    (loose, at): (Loose, Location),
) -> Diagnostic {
    let title = tell::title(context, sent.call);
    let what = match part {
        "arguments" => "everything that it asks for".to_owned(),
        "rest" => "everything that it asks for but its `select`".to_owned(),
        part => format!("its `{part}`"),
    };
    let mut finding = Diagnostic::at(
        &RULE.metadata,
        at,
        format!("The client tells `{title}` {what}"),
    )
    .label(loose.words());
    finding = tell::way(finding, context, sent, "the client sends it here");
    if part == "orderBy" {
        finding = finding.lowered(
            Severity::Medium,
            "an order shows less than a filter does, and only bit by bit",
        );
    }
    if part == "rest" {
        finding = finding.lowered(
            Severity::Medium,
            "it says which rows and in what order, not which columns",
        );
    }
    finding
        .confidence(Confidence::Likely)
        .help(match part {
            "select" | "include" | "omit" => {
                "choose from selections that the program knows by name"
            }
            "orderBy" => "choose from a list of fields: `@IsIn(['createdAt', 'name'])`",
            _ => "take each filter by its name, and build the object here",
        })
        .subject(format!(
            "query:{title} {part} {}",
            sent.endpoint(context).name
        ))
}
