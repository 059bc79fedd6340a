//! What a file of code says before it is parsed. All of it is a function of the text alone, so it
//! is found once, and stays while a process lives and the text is the same.

use std::{
    hash::{Hash as _, Hasher as _},
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use camino::Utf8PathBuf;
use rustc_hash::{FxHashSet, FxHasher};
use snell_extract::{Mentions, mentions};
use snell_source::Span;

/// A text, and what was found in it so far.
pub(crate) struct Scan {
    pub(crate) text: Arc<str>,
    /// What it mentions.
    pub(crate) mentions: Mentions,
    words: OnceLock<Box<[Span]>>,
    specifiers: OnceLock<Box<[Span]>>,
    asks: OnceLock<bool>,
    /// Whether it mattered to a schema, by the schema's hash.
    matters: Mutex<Option<(u64, bool)>>,
}

/// A file of code that was read.
#[derive(Clone)]
pub(crate) struct CodeFile {
    pub(crate) path: Utf8PathBuf,
    pub(crate) scan: Arc<Scan>,
}

impl CodeFile {
    /// The file's text.
    pub(crate) fn text(&self) -> &str {
        &self.scan.text
    }
}

/// The words of requests, and of files that are made into texts to be sent. `useQuery` and the
/// like wrap one of these.
const REQUESTS: [&str; 5] = ["fetch(", "fetch<", "axios", "HttpClient", ".readAsDataURL("];

/// Calls of clients that a hook or a context hands out.
const CALLS: [&str; 8] = [
    "pi.get",
    "pi.post",
    "pi.put",
    "pi.patch",
    "pi.delete",
    "lient.get",
    "lient.post",
    "http.get",
];

impl Scan {
    /// Finds what every run asks for; the rest when somebody asks.
    pub(crate) fn of(text: Arc<str>) -> Self {
        Scan {
            mentions: mentions(&text),
            text,
            words: OnceLock::new(),
            specifiers: OnceLock::new(),
            asks: OnceLock::new(),
            matters: Mutex::default(),
        }
    }

    /// The words of the text, each once: letters, digits and underscores.
    pub(crate) fn words(&self) -> impl Iterator<Item = &str> {
        let words = self.words.get_or_init(|| {
            let mut seen: FxHashSet<&str> = FxHashSet::default();
            self.spans(words(&self.text).filter(|word| !word.is_empty() && seen.insert(word)))
        });
        words.iter().map(|word| word.text(&self.text))
    }

    /// Whether requests are sent, by the look of the text.
    pub(crate) fn asks(&self) -> bool {
        *self.asks.get_or_init(|| {
            let mut words = REQUESTS.iter().chain(&CALLS);
            words.any(|word| self.text.contains(word))
        })
    }

    /// What stands behind `from` in quotes.
    pub(crate) fn specifiers(&self) -> impl Iterator<Item = &str> {
        let specifiers = self
            .specifiers
            .get_or_init(|| self.spans(specifiers(&self.text)));
        specifiers.iter().map(|one| one.text(&self.text))
    }

    /// Whether the text matters to schemas with this hash, which `find` says once.
    pub(crate) fn matters(&self, schemas: u64, find: impl FnOnce() -> bool) -> bool {
        let mut matters = self.matters.lock().unwrap_or_else(PoisonError::into_inner);
        match *matters {
            Some((known, matters)) if known == schemas => matters,
            _ => matters.insert((schemas, find())).1,
        }
    }

    /// Where parts of the text stand in it.
    fn spans<'t>(&'t self, parts: impl Iterator<Item = &'t str>) -> Box<[Span]> {
        let start = self.text.as_ptr() as usize;
        let span = |part: &str| {
            let at = part.as_ptr() as usize - start;
            Span::from_range(at..at + part.len())
        };
        parts.map(span).collect()
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
}

fn specifiers(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("from ").filter_map(|(at, word)| {
        let after = &text[at + word.len()..];
        let quote = after.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
        after[1..].split(quote).next()
    })
}

/// A hash of names that does not ask for their order.
pub(crate) fn hash_of<'n>(names: impl Iterator<Item = &'n str>) -> u64 {
    names.fold(0, |all, name| {
        let mut hasher = FxHasher::default();
        name.hash(&mut hasher);
        all.wrapping_add(hasher.finish())
    })
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;

    use super::*;
    use crate::memory::Memory;

    #[test]
    fn words_come_once_and_specifiers_from_quotes() {
        let scan = Scan::of("import { a } from './b';\nconst a_1 = a + 'from x';".into());
        let words: Vec<&str> = scan.words().collect();
        assert_eq!(words, ["import", "a", "from", "b", "const", "a_1", "x"]);
        assert_eq!(scan.specifiers().collect::<Vec<_>>(), ["./b"]);
    }

    #[test]
    fn what_matters_is_asked_again_for_other_schemas() {
        let scan = Scan::of("".into());
        assert!(scan.matters(1, || true));
        assert!(scan.matters(1, || false));
        assert!(!scan.matters(2, || false));
    }

    #[test]
    fn a_process_scans_a_text_again_when_it_changes() {
        let memory = Memory::of_process();
        let path = Utf8Path::new("a.ts");
        let first = memory.scan(path, "1".into());
        assert!(Arc::ptr_eq(&first, &memory.scan(path, "1".into())));
        assert_eq!(&*memory.scan(path, "2".into()).text, "2");
        let none = Memory::none();
        let again = none.scan(path, "1".into());
        assert!(!Arc::ptr_eq(&again, &none.scan(path, "1".into())));
    }

    #[test]
    fn names_have_one_hash_in_any_order() {
        assert_eq!(
            hash_of(["a", "b"].into_iter()),
            hash_of(["b", "a"].into_iter())
        );
        assert_ne!(hash_of(["a", "b"].into_iter()), hash_of(["ab"].into_iter()));
    }
}
