//! Which files may hold a copy of an enum, though they mention nothing of the database.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;
use snell_extract::ModuleFacts;
use snell_extract::facts::Export;
use snell_project::schema::Schemas;
use snell_workspace::Locale;

use crate::scan::{CodeFile, hash_of};

/// The values of all enums, in lower case, with the numbers of the enums that have them.
#[derive(Debug, Default)]
pub(crate) struct Values(FxHashMap<String, Vec<usize>>);

/// Longer strings are no values.
const LONGEST: usize = 48;

impl Values {
    /// Those of the live schemas.
    pub(crate) fn of(schemas: &Schemas) -> Self {
        let mut values = Values::default();
        let enums = schemas
            .iter()
            .flat_map(|(_, schema)| schema.datamodel.enums());
        for (number, declared) in enums.enumerate() {
            for value in &declared.values {
                for name in [&value.name, &value.db_name] {
                    let known = values.0.entry(name.to_lowercase()).or_default();
                    if known.last() != Some(&number) {
                        known.push(number);
                    }
                }
            }
        }
        values
    }

    /// A hash of the values, and of which belong together.
    pub(crate) fn hash(&self) -> u64 {
        self.0.iter().fold(0, |all, (value, numbers)| {
            let value = hash_of(std::iter::once(value.as_str()));
            let own = numbers.iter().fold(value, |own, number| {
                own.wrapping_mul(31).wrapping_add(*number as u64)
            });
            all.wrapping_add(own)
        })
    }

    /// Whether a file has the texts of a language, or declares types or constants and quotes two
    /// values of one enum.
    pub(crate) fn may_be_in(&self, path: &Utf8Path, text: &str) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let declares = [
            "type ",
            "interface ",
            "as const",
            ".enum(",
            "function is",
            "function parse",
            "function assert",
            "function validate",
            "const is",
            "const parse",
        ];
        Locale::of(path).is_some()
            || declares.iter().any(|word| text.contains(word)) && self.are_quoted(text)
    }

    fn are_quoted(&self, text: &str) -> bool {
        let mut seen: FxHashMap<usize, String> = FxHashMap::default();
        let mut rest = text;
        while let Some(start) = rest.find(['\'', '"', '`']) {
            let quote = rest[start..].chars().next().unwrap_or('"');
            let inner = &rest[start + 1..];
            let end = inner.find(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '-' | ' '));
            let Some(end) = end else { break };
            let word = &inner[..end];
            if inner[end..].starts_with(quote) && !word.is_empty() && word.len() <= LONGEST {
                let word = word.to_lowercase();
                for number in self.0.get(&word).into_iter().flatten() {
                    match seen.get(number) {
                        Some(other) if *other != word => return true,
                        Some(_) => {}
                        None => {
                            seen.insert(*number, word.clone());
                        }
                    }
                }
                rest = &inner[end + 1..];
            } else {
                rest = &inner[end..];
            }
        }
        false
    }
}

fn exported(facts: &ModuleFacts) -> impl Iterator<Item = &SmolStr> {
    let names = facts.enums.iter().map(|one| &one.name.text);
    let names = names.chain(facts.type_aliases.iter().map(|one| &one.name.text));
    names.filter(|name| {
        let mut exports = facts.exports.iter();
        exports.any(|export| matches!(export, Export::Local { local, .. } if local == *name))
    })
}

/// The names under which several modules export enums or types.
pub(crate) fn twins<'a>(parsed: impl Iterator<Item = &'a ModuleFacts>) -> FxHashSet<SmolStr> {
    let mut seen: FxHashSet<&SmolStr> = FxHashSet::default();
    let names = parsed.flat_map(exported);
    names.filter(|name| !seen.insert(name)).cloned().collect()
}

/// The files that mention one of some names.
pub(crate) fn mentioning(
    names: &FxHashSet<SmolStr>,
    rest: &BTreeMap<Utf8PathBuf, CodeFile>,
) -> Vec<Utf8PathBuf> {
    if names.is_empty() {
        return Vec::new();
    }
    rest.par_iter()
        .filter(|(_, file)| file.scan.words().any(|word| names.contains(word)))
        .map(|(path, _)| path.clone())
        .collect()
}

/// Functions that a module exports by their names.
fn exported_functions(facts: &ModuleFacts) -> impl Iterator<Item = &SmolStr> {
    let own = facts.functions.iter().filter(|one| one.parent.is_none());
    let names = own.filter_map(|one| Some(&one.name.as_ref()?.text));
    names.filter(|name| {
        let mut exports = facts.exports.iter();
        exports.any(|export| matches!(export, Export::Local { local, .. } if local == *name))
    })
}

/// The names of exported enums, types and functions that files which were not parsed mention.
pub(crate) fn named_elsewhere<'a>(
    parsed: impl Iterator<Item = &'a ModuleFacts>,
    rest: &[CodeFile],
) -> FxHashSet<SmolStr> {
    let exported: FxHashSet<&str> = parsed
        .flat_map(|facts| exported(facts).chain(exported_functions(facts)))
        .map(SmolStr::as_str)
        .collect();
    rest.par_iter()
        .flat_map_iter(|file| {
            let known = file.scan.words().filter(|word| exported.contains(word));
            known.map(SmolStr::new)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_values_of_one_enum_make_a_file_matter() {
        let mut values = Values::default();
        values.0.insert("open".to_owned(), vec![0]);
        values.0.insert("shut".to_owned(), vec![0]);
        values.0.insert("red".to_owned(), vec![1]);
        let quotes = |text: &str| values.may_be_in(Utf8Path::new("web/a.ts"), text);
        assert!(quotes("type A = 'open' | 'SHUT'"));
        assert!(!quotes("type A = 'open' | 'red' | 'open'"));
        assert!(!quotes("type A = \"it's open\" | 'shut down'"));
        assert!(values.may_be_in(Utf8Path::new("web/locales/de.ts"), ""));
    }
}
