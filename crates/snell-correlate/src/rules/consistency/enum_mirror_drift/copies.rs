//! Lists of the code beside the set that they are a copy of.

use std::cell::OnceCell;

use aho_corasick::AhoCorasick;
use rustc_hash::FxHashMap;
use snell_project::schema::FieldRef;
use snell_source::{Confidence, Diagnostic, DiagnosticBuilder, Severity, Span, closest};

use super::{RULE, quoted};
use crate::{
    rule::Context,
    support::{
        contracts::{self, Evidence, Mirror},
        name_words::words,
        value_sets::{Authority, Copied, Difference, Form, Kind, ValueSets, compare, plain},
    },
};

/// Words before and after the name of an enum that make no other set of it.
const BEFORE: [&str; 6] = ["prisma", "api", "client", "db", "e", "i"];
const AFTER: [&str; 13] = [
    "enum", "options", "option", "values", "value", "list", "schema", "types", "type", "dto",
    "input", "es", "s",
];

/// How the copy is known to be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum How {
    /// The names are the same.
    Name,
    /// The names are the same but for a word like `Option`.
    Nearly,
    /// It stands at a property of a type that mirrors the model.
    Property,
    /// The name is the last word of the other.
    Kin,
}

/// A copy that differs.
struct Drift<'s> {
    authority: &'s Authority,
    copy: &'s Copied,
    difference: Difference,
    /// How many copies of one file say the same.
    times: usize,
}

pub(super) fn find(context: &Context<'_>, sets: &ValueSets) -> Vec<Diagnostic> {
    let mut by_name: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
    for (n, authority) in sets.authorities.iter().enumerate() {
        for name in &authority.names {
            by_name.entry(name).or_default().push(n);
        }
    }
    let owners = owners(context, sets);
    let mut found: Vec<Drift<'_>> = Vec::new();
    for copy in &sets.copies {
        let mut candidates = candidates(copy, &by_name, &owners);
        if candidates.is_empty() {
            candidates = kin(sets, copy);
        }
        let Some(drift) = drift(sets, copy, &candidates) else {
            continue;
        };
        let same = found.iter_mut().find(|other| {
            other.copy.form == Form::Property
                && other.copy.module == copy.module
                && other.copy.name == copy.name
                && other.difference == drift.difference
        });
        match same {
            Some(other) => other.times += 1,
            None => found.push(drift),
        }
    }
    let said = OnceCell::new();
    let said = || said.get_or_init(|| said_on_purpose(context)).as_slice();
    let told = found.iter().filter(|drift| !is_on_purpose(&said, drift));
    told.map(finding).collect()
}

/// Words of a comment that says why something is not there.
const ON_PURPOSE: [&str; 7] = [
    "intentional",
    "on purpose",
    "deliberate",
    "left out",
    "omitted",
    "excluded",
    "by design",
];

/// Whether a comment of the code says of each value which the copy lacks that it is left out, and of
/// what.
fn is_on_purpose<'s>(said: &dyn Fn() -> &'s [String], drift: &Drift<'_>) -> bool {
    let Difference { missing, extra, .. } = &drift.difference;
    if missing.is_empty() || !extra.is_empty() {
        return false;
    }
    let words: Vec<&str> = missing
        .iter()
        .map(|n| drift.authority.members[*n].name.as_str())
        .chain([drift.copy.name.as_str()])
        .collect();
    said()
        .iter()
        .any(|comment| words.iter().all(|word| comment.contains(word)))
}

/// The comments of the code that say of something that it is left out.
fn said_on_purpose(context: &Context<'_>) -> Vec<String> {
    let mut found = Vec::new();
    let words = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .build(ON_PURPOSE);
    let Ok(words) = words else { return found };
    for (_, module) in context.project.modules.iter() {
        let text = &context.sources.file(module.file).text;
        let mut comments = module.facts.comments.iter();
        if !comments.any(|span| words.is_match(span.text(text))) {
            continue;
        }
        let mut comments = blocks(text, &module.facts.comments);
        comments.retain(|comment| words.is_match(comment));
        found.append(&mut comments);
    }
    found
}

/// The comments of a text, those with nothing but space between them as one.
fn blocks(text: &str, comments: &[Span]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut end = None;
    for span in comments {
        let part = |from: u32, to: u32| text.get(from as usize..to as usize).unwrap_or_default();
        let own = part(span.start, span.end);
        let goes_on = end.is_some_and(|end| part(end, span.start).trim().is_empty());
        match found.last_mut().filter(|_| goes_on) {
            Some(last) => {
                last.push(' ');
                last.push_str(own);
            }
            None => found.push(own.to_owned()),
        }
        end = Some(span.end);
    }
    found
}

/// The sets that a copy may mirror.
fn candidates(
    copy: &Copied,
    by_name: &FxHashMap<&str, Vec<usize>>,
    owners: &FxHashMap<(String, String), Vec<usize>>,
) -> Vec<(usize, How)> {
    let name = plain(&copy.name);
    let of_name = |name: &str| by_name.get(name).into_iter().flatten().copied();
    if copy.form == Form::Property {
        let owner = copy.owner.as_deref().unwrap_or_default();
        let by_owner = owners.get(&(owner.to_owned(), name.clone()));
        let by_owner = by_owner.into_iter().flatten().map(|n| (*n, How::Property));
        let named = of_name(&name)
            .filter(|_| copy.says_enough())
            .map(|n| (n, How::Name));
        return by_owner.chain(named).collect();
    }
    let exact: Vec<_> = of_name(&name).map(|n| (n, How::Name)).collect();
    if !exact.is_empty() {
        return exact;
    }
    let shorter = AFTER.iter().filter_map(|word| name.strip_suffix(word));
    let shorter = shorter.chain(BEFORE.iter().filter_map(|word| name.strip_prefix(word)));
    let nearly: Vec<_> = shorter
        .flat_map(|name| of_name(name).map(|n| (n, How::Nearly)))
        .collect();
    nearly
}

/// The enums whose last word is all that a list is called: `CATEGORIES` of `ExperienceCategory`.
fn kin(sets: &ValueSets, copy: &Copied) -> Vec<(usize, How)> {
    let named = words(&copy.name);
    let ([word], false) = (named.as_slice(), copy.form == Form::Property) else {
        return Vec::new();
    };
    let all = sets.authorities.iter().enumerate();
    all.filter(|(_, authority)| matches!(authority.kind, Kind::Enum(_)))
        .filter(|(_, authority)| words(&authority.name).last() == Some(word))
        .map(|(n, _)| (n, How::Kin))
        .collect()
}

/// For the name of each type that mirrors a model, and each of its properties: the sets of the
/// columns.
fn owners(context: &Context<'_>, sets: &ValueSets) -> FxHashMap<(String, String), Vec<usize>> {
    let mut of_field: FxHashMap<FieldRef, usize> = FxHashMap::default();
    for (n, authority) in sets.authorities.iter().enumerate() {
        of_field.extend(authority.fields.iter().map(|field| (*field, n)));
    }
    let mut found: FxHashMap<(String, String), Vec<usize>> = FxHashMap::default();
    for binding in contracts::bindings(context).iter() {
        let lower = binding.name.to_ascii_lowercase();
        // A request may take a part of the values.
        let asks = binding.evidence == Evidence::Written
            || ["create", "update", "upsert", "patch"]
                .iter()
                .any(|word| lower.starts_with(word));
        if asks || !matches!(binding.mirror, Mirror::Interface(_) | Mirror::Alias(_)) {
            continue;
        }
        for field in &context.project.schemas.model(binding.model).fields {
            let field_ref = FieldRef {
                schema: binding.model.schema,
                field: field.id,
            };
            if let Some(n) = of_field.get(&field_ref) {
                let place = (binding.name.to_string(), plain(&field.name));
                let sets = found.entry(place).or_default();
                if !sets.contains(n) {
                    sets.push(*n);
                }
            }
        }
    }
    found
}

/// Roles that providers of language models have beside those of the application.
const CHAT_ROLES: [&str; 7] = [
    "system",
    "user",
    "assistant",
    "tool",
    "function",
    "developer",
    "model",
];

fn drift<'s>(
    sets: &'s ValueSets,
    copy: &'s Copied,
    candidates: &[(usize, How)],
) -> Option<Drift<'s>> {
    let values = || copy.values.iter().map(|(value, _)| value);
    let is_chat = values().all(|value| CHAT_ROLES.contains(&value.to_ascii_lowercase().as_str()))
        && values().any(|value| value.eq_ignore_ascii_case("assistant"));
    if is_chat {
        return None;
    }
    // A filter offers what somebody looks for: all of them, and some.
    let offers_all = values().any(|value| matches!(plain(value).as_str(), "all" | "any"));
    let mut best: Option<Drift<'s>> = None;
    for (n, how) in candidates {
        let authority = &sets.authorities[*n];
        let difference = compare(authority, values());
        if difference.is_none() || offers_all && difference.extra.is_empty() {
            return None;
        }
        let better = best
            .as_ref()
            .is_none_or(|best| difference.common > best.difference.common);
        if better && is_mirror(authority, copy, &difference, *how) {
            best = Some(Drift {
                authority,
                copy,
                difference,
                times: 1,
            });
        }
    }
    best
}

/// Whether enough is common for two lists to be of the same thing.
fn is_mirror(authority: &Authority, copy: &Copied, difference: &Difference, how: How) -> bool {
    let (members, values) = (authority.members.len(), copy.values.len());
    let half = difference.common * 2 >= members && difference.common * 2 >= values;
    match how {
        How::Name if copy.form == Form::Property => {
            // `workspaceType: 'personal' | 'team'`: as many values, one under another name.
            half && difference.missing.len() == difference.extra.len()
        }
        // A part of the values is what the property may be there.
        How::Property => half && !difference.extra.is_empty(),
        How::Name => half && (difference.common >= 2 || copy.says_enough()),
        How::Nearly => half && difference.common >= 2,
        // All are the same but for one, which both have, written in two ways.
        How::Kin => match (difference.missing.as_slice(), difference.extra.as_slice()) {
            ([missing], [extra]) => {
                let member = &authority.members[*missing].name;
                difference.common >= 3 && is_respelled(&copy.values[*extra].0, member)
            }
            _ => false,
        },
    }
}

fn finding(drift: &Drift<'_>) -> Diagnostic {
    let Drift {
        authority,
        copy,
        difference,
        ..
    } = drift;
    let missing: Vec<&str> = difference
        .missing
        .iter()
        .map(|n| authority.members[*n].name.as_str())
        .collect();
    let extra: Vec<&str> = difference
        .extra
        .iter()
        .map(|n| copy.values[*n].0.as_str())
        .collect();
    let name = match &copy.owner {
        Some(owner) if copy.form == Form::Guard => owner.to_string(),
        Some(owner) => format!("{owner}.{}", copy.name),
        None => copy.name.to_string(),
    };
    let words = authority.words();
    let message = match (missing.as_slice(), extra.as_slice()) {
        (missing, []) => format!("`{name}` lacks {} of {words}", quoted(missing)),
        ([], extra) => format!(
            "`{name}` has {}, which {words} does not know",
            quoted(extra)
        ),
        (missing, extra) => format!(
            "`{name}` has {} where {words} has {}",
            quoted(extra),
            quoted(missing)
        ),
    };
    let at = difference
        .extra
        .first()
        .map_or(copy.at, |n| copy.values[*n].1);
    let label = match extra.as_slice() {
        [] if copy.form == Form::Guard => "refuses what rows hold".to_owned(),
        [] => "the copy".to_owned(),
        extra => format!("no value of {words}: {}", quoted(extra)),
    };
    let found = Diagnostic::at(&RULE.metadata, at, message).label(label);
    let found = match difference.missing.first() {
        Some(n) => found.related(
            authority.members[*n].at,
            format!("{} not in the copy", quoted(&missing)),
        ),
        None => found.related(authority.at, "what decides"),
    };
    let found = help(found, drift, &missing, &extra);
    weigh(found, drift, &extra)
        .confidence(Confidence::Likely)
        .subject(format!("set:{} copy:{name}", authority.name))
}

fn help(
    found: DiagnosticBuilder,
    drift: &Drift<'_>,
    missing: &[&str],
    extra: &[&str],
) -> DiagnosticBuilder {
    let (copy, authority) = (drift.copy, drift.authority);
    if !copy.used {
        return found.help(format!(
            "nobody imports `{}`: delete it, and import what decides where it is needed",
            copy.name
        ));
    }
    match (missing, extra) {
        (missing, []) if copy.form == Form::Guard => found.help(format!(
            "ask for {} as well, or ask the set itself whether it has the value",
            quoted(missing)
        )),
        // Values in a case of their own have no `Exclude` of the set's.
        (missing, []) if is_lower(copy) && missing.iter().any(|name| has_upper(name)) => {
            let own: Vec<String> = missing.iter().map(|name| in_case_of(copy, name)).collect();
            let own: Vec<&str> = own.iter().map(String::as_str).collect();
            found.help(format!("add {} here", quoted(&own)))
        }
        (missing, []) if matches!(authority.kind, Kind::Enum(_)) => found.help(format!(
            "add {} here; what leaves a value out on purpose says so: `Exclude<{}, '{}'>`",
            quoted(missing),
            authority.name,
            missing[0]
        )),
        (missing, []) => found.help(format!("add {} here", quoted(missing))),
        ([], extra) => found.help(format!(
            "remove {} here, or add it to {}",
            quoted(extra),
            authority.words()
        )),
        (missing, extra) => {
            let near = extra.iter().find_map(|value| {
                let mut missing = missing.iter().copied();
                Some((value, missing.find(|member| is_respelled(value, member))?))
            });
            match near {
                Some((value, near)) => found.help(format!(
                    "`{value}` and `{near}` look like one value: write it the same way on both sides"
                )),
                None => found.help(format!(
                    "call the values the same on both sides, or name what maps {} to {}",
                    quoted(extra),
                    quoted(missing)
                )),
            }
        }
    }
}

fn has_upper(name: &str) -> bool {
    name.chars().any(char::is_uppercase)
}

/// Whether a copy writes all of its values small.
fn is_lower(copy: &Copied) -> bool {
    !copy.values.iter().any(|(value, _)| has_upper(value))
}

/// A value as a copy writes its own: `LOVE_LETTER` is `love-letter` beside `thank-you`.
fn in_case_of(copy: &Copied, name: &str) -> String {
    let lower = name.to_lowercase();
    match copy.values.iter().any(|(value, _)| value.contains('-')) {
        true => lower.replace('_', "-"),
        false => lower,
    }
}

fn weigh(found: DiagnosticBuilder, drift: &Drift<'_>, extra: &[&str]) -> DiagnosticBuilder {
    let found = if drift.times > 1 {
        found.note(format!(
            "{} properties of the file say the same",
            drift.times
        ))
    } else {
        found
    };
    if !drift.copy.used {
        return found.lowered(Severity::Low, "nobody imports the copy");
    }
    if drift.difference.missing.is_empty() && !extra.is_empty() {
        return found.lowered(
            Severity::Low,
            "a value more may be a state of the client alone, never stored",
        );
    }
    if !drift.difference.missing.is_empty() && !extra.is_empty() && !is_near(drift) {
        return found.lowered(
            Severity::Low,
            "values under other names may be of another list of the same name",
        );
    }
    match drift.authority.kind {
        Kind::Comment => found.lowered(Severity::Low, "a comment is what the copy is judged by"),
        _ => found,
    }
}

/// Whether some value is a member with another spelling.
fn is_near(drift: &Drift<'_>) -> bool {
    drift.difference.extra.iter().any(|n| {
        let mut missing = drift.difference.missing.iter();
        let value = &drift.copy.values[*n].0;
        missing.any(|n| is_respelled(value, &drift.authority.members[*n].name))
    })
}

/// Whether two values look like one: a typo, or a word more.
fn is_respelled(value: &str, member: &str) -> bool {
    let (a, b) = (words(value), words(member));
    let begins = !a.is_empty() && a.len() != b.len() && (a.starts_with(&b) || b.starts_with(&a));
    closest(value, [member]).is_some() || begins && !b.is_empty()
}
