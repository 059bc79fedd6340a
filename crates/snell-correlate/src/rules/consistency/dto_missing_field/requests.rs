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

/// Properties that the class does not have, and those that it asks for and nobody sends: one
/// finding for each request, and for each property once, since several requests may share a type.
pub(super) fn find(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found: BTreeMap<(Location, Location), Diagnostic> = BTreeMap::new();
    let mut told: FxHashSet<(Location, Location)> = FxHashSet::default();
    let taken = taken_places(context);
    for sending in sendings(context) {
        let unknown = sending.sent.iter().filter(|sent| {
            // `Partial<Word>` of what answers hold: not all of it is meant to be sent.
            let is_meant = !sent.optional || !taken.contains(&sent.at);
            sending.pipe.drops_everywhere
                && is_meant
                && !sending.names.contains(&sent.name)
                && told.insert((sent.at, sending.at))
        });
        // Without what is optional a request passes: that is told apart.
        let (at_times, always): (Vec<&Sent<'_>>, Vec<_>) = unknown.partition(|sent| sent.optional);
        let modules = &context.project.front.modules;
        let at = modules.location(sending.pair.request.at);
        let unsent = match sending.open {
            true => None,
            false => unsent(context, &sending, at, &always),
        };
        let groups = [&always, &at_times];
        for (first, more) in groups.into_iter().filter_map(|group| group.split_first()) {
            if unsent.is_none() || first.optional {
                let finding = refused(context, &sending, first, more);
                found.entry((first.at, sending.at)).or_insert(finding);
            }
        }
        if let Some(finding) = unsent {
            found.entry((at, sending.at)).or_insert(finding);
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

/// What the pipe does with a property that the class does not have, and what comes of it.
fn fate(sending: &Sending<'_>) -> (&'static str, &'static str, &'static str) {
    if sending.pipe.forbids {
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
    }
}

/// Properties that the pipe refuses or drops.
fn refused(
    context: &Context<'_>,
    sending: &Sending<'_>,
    first: &Sent<'_>,
    more: &[&Sent<'_>],
) -> Diagnostic {
    let (name, class) = (&first.name, sending.name);
    let (what, label, pipe) = fate(sending);
    let finding = Diagnostic::at(
        &RULE.metadata,
        first.at,
        format!("`{name}` {what}: `{class}` has no such property"),
    )
    .label(label);
    let mut finding = sides(context, &sending.pair, finding)
        .related(sending.at, format!("has no `{name}`"))
        .related(sending.pipe.at, pipe);
    for other in more {
        finding = finding.related(other.at, format!("`{}` {what} as well", other.name));
    }
    let finding = finding.help(format!(
        "add `{name}` to `{class}` with its validators, or send it no more"
    ));
    let finding = if first.optional {
        finding.lowered(Severity::Low, "a request that leaves it out passes")
    } else {
        finding
    };
    finding.subject(format!("class:{class} sent:{name}"))
}

/// What the class asks for, and a request never sends.
fn unsent(
    context: &Context<'_>,
    sending: &Sending<'_>,
    at: Location,
    unknown: &[&Sent<'_>],
) -> Option<Diagnostic> {
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
    let mut finding = sides(context, &sending.pair, finding)
        .related(asked, "has to be there")
        .related(sending.pipe.at, "refuses a body without it");
    let (what, ..) = fate(sending);
    for sent in unknown {
        finding = finding.related(sent.at, format!("`{}` {what}: no such property", sent.name));
    }
    Some(
        finding
            .help(format!(
                "send {names}, or let `{class}` do without: `@IsOptional()`"
            ))
            .subject(format!("class:{class} unsent:{names}")),
    )
}
