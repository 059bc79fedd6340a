//! Sections of texts that have a key for each value of a set.

use rustc_hash::FxHashMap;
use snell_source::{Confidence, Diagnostic, Location};

use super::{RULE, quoted};
use crate::{
    rule::Context,
    support::value_sets::{Authority, Kind, Listed, Section, ValueSets, plain},
};

/// Sections with more keys than this are no lists of values.
const MOST: usize = 80;

pub(super) fn find(context: &Context<'_>, sets: &ValueSets) -> Vec<Diagnostic> {
    let mut by_value: FxHashMap<String, Vec<usize>> = FxHashMap::default();
    for (n, authority) in sets.authorities.iter().enumerate() {
        for member in &authority.members {
            for name in [plain(&member.name), plain(&member.db_name)] {
                let known = by_value.entry(name).or_default();
                if known.last() != Some(&n) {
                    known.push(n);
                }
            }
        }
    }
    let mut found = Vec::new();
    for section in &sets.sections {
        if let Some(authority) = authority(context, sets, &by_value, section) {
            found.extend(section_finding(section, authority));
        }
    }
    found
}

/// The set whose values the keys are: one that some language has whole, or that the section is
/// named after.
fn authority<'s>(
    context: &Context<'_>,
    sets: &'s ValueSets,
    by_value: &FxHashMap<String, Vec<usize>>,
    section: &Section,
) -> Option<&'s Authority> {
    let mut best: Option<(usize, &Authority)> = None;
    for listed in &section.languages {
        if listed.keys.len() > MOST {
            continue;
        }
        let mut hits: FxHashMap<usize, usize> = FxHashMap::default();
        for (key, _) in &listed.keys {
            for n in by_value.get(&plain(key)).into_iter().flatten() {
                *hits.entry(*n).or_default() += 1;
            }
        }
        let mut hits: Vec<(usize, usize)> = hits.into_iter().collect();
        hits.sort_unstable();
        for (n, count) in hits {
            let authority = &sets.authorities[n];
            let members = authority.members.len();
            let mostly = count * 10 >= listed.keys.len() * 6;
            let named = is_named(context, section, authority);
            let whole = count >= members && members >= 3;
            let enough = count >= 2 && count * 2 >= members;
            if mostly && enough && (named || whole) {
                let weight = count + if named { 1000 } else { 0 };
                if best.is_none_or(|(known, _)| weight > known) {
                    best = Some((weight, authority));
                }
            }
        }
    }
    best.map(|(_, authority)| authority)
}

/// Whether a section is named after the enum, or after a column of it.
fn is_named(context: &Context<'_>, section: &Section, authority: &Authority) -> bool {
    let last = section.name.rsplit('.').next().unwrap_or_default();
    let name = plain(last);
    let name = name.strip_suffix('s').unwrap_or(&name);
    let same = |other: &str| {
        let other = plain(other);
        !name.is_empty() && other.strip_suffix('s').unwrap_or(&other) == name
    };
    // `status`, `type`: which of them, the way to it says.
    let whole = plain(&section.name);
    let of_model = |field: snell_project::schema::FieldRef| {
        let (_, _, model) = context.project.schemas.models().find(|(reference, ..)| {
            reference.schema == field.schema && reference.model == field.field.model
        })?;
        Some(whole.contains(&plain(&model.name)))
    };
    authority.names.iter().any(|other| same(other))
        || authority.fields.iter().any(|field| {
            let declared = context.project.schemas.field(*field);
            same(&declared.name) && of_model(*field).unwrap_or(false)
        })
}

fn lacking<'s>(listed: &Listed, authority: &'s Authority) -> Vec<&'s str> {
    let keys: Vec<String> = listed.keys.iter().map(|(key, _)| plain(key)).collect();
    let members = authority.members.iter();
    members
        .filter(|member| {
            !keys.contains(&plain(&member.name)) && !keys.contains(&plain(&member.db_name))
        })
        .map(|member| member.name.as_str())
        .collect()
}

/// One finding for a section: the languages that lack a value.
fn section_finding(section: &Section, authority: &Authority) -> Option<Diagnostic> {
    let members = authority.members.len();
    let languages: Vec<(&Listed, Vec<&str>)> = section
        .languages
        .iter()
        .map(|listed| (listed, lacking(listed, authority)))
        .filter(|(_, lacking)| lacking.len() * 2 <= members)
        .collect();
    let whole = languages.iter().find(|(_, lacking)| lacking.is_empty());
    let partial: Vec<_> = languages
        .iter()
        .filter(|(_, lacking)| !lacking.is_empty())
        .collect();
    let (first, lacking) = partial.first()?;
    let at = first_key(first, authority)?;
    let names: Vec<String> = partial
        .iter()
        .map(|(listed, _)| format!("`{}`", listed.language))
        .collect();
    let named = names.iter().take(4).cloned().collect::<Vec<_>>();
    let languages = crate::support::wording::and(&named);
    let values = quoted(lacking);
    let section_name = if section.name.is_empty() {
        "the texts".to_owned()
    } else {
        format!("`{}`", section.name)
    };
    let member = authority
        .members
        .iter()
        .find(|member| Some(&member.name.as_str()) == lacking.first())?;
    let mut found = Diagnostic::at(
        &RULE.metadata,
        at,
        format!(
            "{section_name} has no text for {values} of {} in {languages}",
            authority.words()
        ),
    )
    .label(format!("the others stand here, without {values}"))
    .related(member.at, "the value that has no text");
    if let Some((listed, _)) = whole
        && let Some(key) = key_of(listed, member.name.as_str())
    {
        found = found.related(key, format!("in `{}` there is one", listed.language));
    }
    if partial.len() > named.len() {
        found = found.note(format!("{} languages lack it", partial.len()));
    }
    let found = found
        .help(format!(
            "add a text for {values}: a reader sees the bare key"
        ))
        .confidence(match authority.kind {
            Kind::Enum(_) => Confidence::Likely,
            _ => Confidence::Possible,
        });
    Some(found.subject(format!("set:{} texts:{}", authority.name, section.name)))
}

/// Where the first text for a value stands.
fn first_key(listed: &Listed, authority: &Authority) -> Option<Location> {
    let known = |key: &str| {
        authority
            .members
            .iter()
            .any(|member| plain(&member.name) == plain(key) || plain(&member.db_name) == plain(key))
    };
    let mut keys = listed.keys.iter();
    keys.find(|(key, _)| known(key)).map(|(_, at)| *at)
}

fn key_of(listed: &Listed, name: &str) -> Option<Location> {
    let mut keys = listed.keys.iter();
    keys.find(|(key, _)| plain(key) == plain(name))
        .map(|(_, at)| *at)
}
