//! What front ends send beside the class that takes it.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;
use snell_source::{Diagnostic, Location, Severity};

use super::RULE;
use crate::{
    rule::Context,
    rules::consistency::{
        response_mismatch::sides,
        sendings::{Sending, Sent, sendings},
    },
    support::{
        answers::{Taken, taken},
        wording,
    },
};

/// By place: several requests may share a type.
type Found = BTreeMap<(Location, Location), Diagnostic>;

/// Properties that the class does not have, and those that it asks for and nobody sends.
pub(super) fn find(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = Found::new();
    let taken = taken_places(context);
    for sending in sendings(context) {
        if sending.pipe.drops_everywhere {
            for sent in &sending.sent {
                // `Partial<Word>` of what answers hold: not all of it is meant to be sent.
                let is_meant = !sent.optional || !taken.contains(&sent.at);
                if is_meant && !sending.names.contains(&sent.name) {
                    found
                        .entry((sent.at, sending.at))
                        .or_insert_with(|| unknown(context, &sending, sent));
                }
            }
        }
        if !sending.open {
            let at = context
                .project
                .front
                .modules
                .location(sending.pair.request.at);
            if let Some(finding) = unsent(context, &sending, at) {
                found.entry((at, sending.at)).or_insert(finding);
            }
        }
    }
    found.into_values().collect()
}

/// Where the properties of answers are declared.
fn taken_places(context: &Context<'_>) -> FxHashSet<Location> {
    let mut found = FxHashSet::default();
    let requests = context.project.front.requests.iter();
    for ty in requests.filter_map(|request| request.response) {
        let mut answer = taken(context, ty);
        while let Some(Taken::List(inner)) = answer {
            answer = Some(*inner);
        }
        if let Some(Taken::Object(properties)) = answer {
            found.extend(properties.iter().map(|property| property.at));
        }
    }
    found
}

/// A property that the pipe refuses or drops.
fn unknown(context: &Context<'_>, sending: &Sending<'_>, sent: &Sent<'_>) -> Diagnostic {
    let (name, class) = (&sent.name, sending.name);
    let (what, label, pipe) = if sending.pipe.forbids {
        (
            "is refused",
            "a request with it gets 400: \"property should not exist\"",
            "refuses what no class declares",
        )
    } else {
        (
            "is dropped",
            "is gone before the handler sees it",
            "drops what no class declares",
        )
    };
    let finding = Diagnostic::at(
        &RULE.metadata,
        sent.at,
        format!("`{name}` {what}: `{class}` has no such property"),
    )
    .label(label);
    let finding = sides(context, &sending.pair, finding)
        .related(sending.at, format!("has no `{name}`"))
        .related(sending.pipe.at, pipe)
        .help(format!(
            "add `{name}` to `{class}` with its validators, or send it no more"
        ));
    let finding = if sent.optional {
        finding.lowered(Severity::Low, "a request that leaves it out passes")
    } else {
        finding
    };
    finding.subject(format!("class:{class} sent:{name}"))
}

/// What the class asks for, and a request never sends.
fn unsent(context: &Context<'_>, sending: &Sending<'_>, at: Location) -> Option<Diagnostic> {
    let missing: Vec<_> = sending
        .names
        .iter()
        .filter(|name| sending.sent.iter().all(|sent| sent.name != **name))
        .filter_map(|name| Some((name, sending.asked(context, name)?.0)))
        .collect();
    let (_, first) = missing.first()?;
    // Where most is missing, something between adds it.
    if missing.len() > sending.sent.len() {
        return None;
    }
    let names: Vec<String> = missing
        .iter()
        .map(|(name, _)| format!("`{name}`"))
        .collect();
    let names = wording::and(&names);
    let class = sending.name;
    let finding = Diagnostic::at(
        &RULE.metadata,
        at,
        format!("every such request is refused: `{class}` asks for {names}"),
    )
    .label(format!("sends no {names}"));
    let asked = context.project.modules.at(first.module, first.at);
    Some(
        sides(context, &sending.pair, finding)
            .related(asked, "has to be there")
            .related(sending.pipe.at, "refuses a body without it")
            .help(format!(
                "send {names}, or let `{class}` do without: `@IsOptional()`"
            ))
            .subject(format!("class:{class} unsent:{names}")),
    )
}
