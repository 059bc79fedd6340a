//! Lists of the code under one name, of which no schema knows.

use std::collections::BTreeMap;

use snell_source::{Confidence, Diagnostic, Severity};

use super::{RULE, quoted};
use crate::support::value_sets::{Copied, Form, ValueSets, plain};

pub(super) fn find(sets: &ValueSets) -> Vec<Diagnostic> {
    let mut by_name: BTreeMap<String, Vec<&Copied>> = BTreeMap::new();
    for copy in &sets.copies {
        if copy.exported && matches!(copy.form, Form::Enum | Form::Union) {
            by_name.entry(plain(&copy.name)).or_default().push(copy);
        }
    }
    let mut found = Vec::new();
    for (name, copies) in &by_name {
        let decided = sets
            .authorities
            .iter()
            .find(|authority| authority.names.contains(name));
        for dead in copies.iter().filter(|copy| !copy.used) {
            let live = copies.iter().find(|copy| copy.used);
            match (live, decided) {
                (Some(live), _) => found.extend(dead_copy(dead, live)),
                (None, Some(authority)) if dead.form == Form::Enum => {
                    let difference = crate::support::value_sets::compare(authority, values(dead));
                    if difference.is_none() {
                        found.push(unused(dead, authority.at, &authority.words()));
                    }
                }
                _ => {}
            }
        }
    }
    found
}

fn values(copy: &Copied) -> impl Iterator<Item = &smol_str::SmolStr> {
    copy.values.iter().map(|(value, _)| value)
}

/// A copy that nobody imports beside one that is.
fn dead_copy(dead: &Copied, live: &Copied) -> Option<Diagnostic> {
    let has = |copy: &Copied, value: &str| values(copy).any(|one| plain(one) == plain(value));
    let missing: Vec<&str> = values(live)
        .filter(|value| !has(dead, value))
        .map(|value| value.as_str())
        .collect();
    let extra = values(dead).filter(|value| !has(live, value)).count();
    let common = live.values.len() - missing.len();
    if common == 0 || extra * 2 > dead.values.len() {
        return None;
    }
    let live_words = format!("the `{}` that the code uses", live.name);
    if missing.is_empty() && extra == 0 {
        return Some(unused(dead, live.at, &live_words));
    }
    let message = if missing.is_empty() {
        format!("`{}` has values that {live_words} lacks", dead.name)
    } else {
        format!("`{}` lacks {} of {live_words}", dead.name, quoted(&missing))
    };
    Some(
        Diagnostic::at(&RULE.metadata, dead.at, message)
            .label("a copy that nobody imports")
            .related(live.at, "the one that the code uses")
            .help(format!(
                "delete the copy, and import `{}` from where the other is",
                dead.name
            ))
            .lowered(Severity::Low, "nobody imports the copy")
            .confidence(Confidence::Likely)
            .subject(format!("copy:{} module:{:?}", dead.name, dead.module)),
    )
}

fn unused(dead: &Copied, decides: snell_source::Location, words: &str) -> Diagnostic {
    Diagnostic::at(
        &RULE.metadata,
        dead.at,
        format!("`{}` repeats {words}, and nobody imports it", dead.name),
    )
    .label("a dead copy")
    .related(decides, "what it repeats")
    .help("delete the copy before the two differ")
    .lowered(Severity::Low, "the copy says the same, and is not used")
    .confidence(Confidence::Likely)
    .subject(format!("copy:{}", dead.name))
}
