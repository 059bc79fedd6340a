//! Remembers what texts say: facts by the content that they were read from.
//!
//! Reading a text is a pure function of it, so what was understood once holds for
//! every file with the same bytes, in every run of the same build. A [`Memory`] may
//! hold facts for a process that lives on (a language server), keep them on disk for
//! the next run, do both, or neither. It never changes what is found: what it cannot
//! give, or gives broken, is read anew.

mod codec;
mod disk;
mod folder;
mod shard;
#[cfg(test)]
mod tests;

use std::{
    any::Any,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::FxHashMap;
use serde::{Serialize, de::DeserializeOwned};
use snell_extract::{Dialect, ModuleFacts, extract};
use snell_project::module::{Listing, Resolver};

use crate::{before::Before, scan::Scan};

pub use folder::cache_folder;

use disk::Kept;

/// The content of a text, how it was read, and by which reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Key([u8; 32]);

impl Key {
    /// `reader` tells apart what is made of the same text: the kind of facts, and the dialect.
    fn of(reader: [u8; 2], text: &str) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&reader);
        hasher.update(text.as_bytes());
        Key(*hasher.finalize().as_bytes())
    }
}

/// The key of what was found in a tree: by the build of all that judges.
fn found_in(name: &str) -> Key {
    Key::of(
        [Before::KIND, 0],
        &format!("{}\n{name}", env!("SNELL_JUDGES")),
    )
}

/// What may be remembered.
pub(crate) trait Remembered: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Tells these facts apart from others of the same text.
    const KIND: u8;
}

impl Remembered for ModuleFacts {
    const KIND: u8 = 1;
}

impl Remembered for snell_prisma::Parse {
    const KIND: u8 = 2;
}

impl Remembered for snell_sql::Parse {
    const KIND: u8 = 3;
}

impl Remembered for Before {
    const KIND: u8 = 4;
}

/// Runs after which facts that nobody asked for are forgotten by the process.
const FORGET_AFTER: u32 = 8;

/// What a process holds of one text.
struct Held {
    facts: Arc<dyn Any + Send + Sync>,
    /// The run that asked for it last.
    run: u32,
}

/// The facts of texts that were read before.
#[derive(Default)]
pub struct Memory {
    held: Option<Mutex<Holding>>,
    kept: Option<Kept>,
}

/// What a process holds.
#[derive(Default)]
struct Holding {
    facts: FxHashMap<Key, Held>,
    /// By path, with the run that asked for it last.
    scans: FxHashMap<Utf8PathBuf, (u32, Arc<Scan>)>,
    resolver: Option<Arc<Resolver>>,
    run: u32,
}

impl std::fmt::Debug for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Memory")
            .field("held", &self.held.is_some())
            .field("kept", &self.kept)
            .finish()
    }
}

impl Memory {
    /// Remembers nothing: every text is read anew.
    #[must_use]
    pub fn none() -> Self {
        Memory::default()
    }

    /// Holds facts as long as it lives, for a process that analyses again and again: one that
    /// is shared by all its analyses. What several runs did not ask for is forgotten.
    #[must_use]
    pub fn of_process() -> Self {
        Memory {
            held: Some(Mutex::default()),
            kept: None,
        }
    }

    /// Keeps facts on disk as well, in a folder of their own (see [`cache_folder`]). Nothing is read
    /// or written yet, and no fault of that folder is an error: it costs speed alone.
    #[must_use]
    pub fn on_disk(mut self, folder: &Utf8Path) -> Self {
        self.kept = Some(Kept::at(folder));
        self
    }

    /// The facts of a module.
    pub(crate) fn module(&self, text: &str, dialect: Dialect) -> Arc<ModuleFacts> {
        let variant = match dialect {
            Dialect::TypeScript => 0,
            Dialect::Tsx => 1,
        };
        self.recall(variant, text, || extract(text, dialect))
    }

    /// What a file of a Prisma schema says.
    pub(crate) fn schema(&self, text: &str) -> Arc<snell_prisma::Parse> {
        self.recall(0, text, || snell_prisma::parse(text))
    }

    /// What an SQL file says.
    pub(crate) fn sql(&self, text: &str) -> Arc<snell_sql::Parse> {
        self.recall(0, text, || snell_sql::parse(text))
    }

    /// What was found in a tree, by a name that says what the tree holds and what was asked.
    #[must_use]
    pub fn before(&self, name: &str) -> Option<Before> {
        self.kept.as_ref()?.get(found_in(name))
    }

    /// Keeps what was found in a tree.
    pub fn keep_before(&self, name: &str, found: Before) {
        if let Some(kept) = &self.kept
            && kept.get::<Before>(found_in(name)).is_none()
        {
            kept.put(found_in(name), Arc::new(found));
            kept.settle();
        }
    }

    /// What the text at this path says unparsed. A process that lives on holds it as long as the
    /// text stays the same; it is found as fast as it could be read from disk.
    pub(crate) fn scan(&self, path: &Utf8Path, text: Arc<str>) -> Arc<Scan> {
        if let Some(mut holding) = self.holding() {
            let run = holding.run;
            if let Some((last, scan)) = holding.scans.get_mut(path)
                && scan.text == text
            {
                *last = run;
                return Arc::clone(scan);
            }
        }
        let scan = Arc::new(Scan::of(text));
        if let Some(mut holding) = self.holding() {
            let run = holding.run;
            holding
                .scans
                .insert(path.to_owned(), (run, Arc::clone(&scan)));
        }
        scan
    }

    /// A resolver over this listing: the last one, with its answers, when nothing came or went.
    pub(crate) fn resolver(&self, listing: Listing) -> Arc<Resolver> {
        if let Some(holding) = self.holding()
            && let Some(last) = &holding.resolver
            && last.is_over(&listing)
        {
            return Arc::clone(last);
        }
        let resolver = Arc::new(Resolver::new(listing));
        if let Some(mut holding) = self.holding() {
            holding.resolver = Some(Arc::clone(&resolver));
        }
        resolver
    }

    /// What was made of a text before, or is made of it now.
    fn recall<T: Remembered>(&self, variant: u8, text: &str, make: impl FnOnce() -> T) -> Arc<T> {
        if self.held.is_none() && self.kept.is_none() {
            return Arc::new(make());
        }
        let key = Key::of([T::KIND, variant], text);
        if let Some(facts) = self.still_held(key) {
            return facts;
        }
        let facts = match self.kept.as_ref().and_then(|kept| kept.get(key)) {
            Some(facts) => Arc::new(facts),
            None => {
                let facts = Arc::new(make());
                if let Some(kept) = &self.kept {
                    kept.put(key, Arc::clone(&facts));
                }
                facts
            }
        };
        if let Some(mut holding) = self.holding() {
            let held = Held {
                facts: Arc::clone(&facts) as Arc<dyn Any + Send + Sync>,
                run: holding.run,
            };
            holding.facts.insert(key, held);
        }
        facts
    }

    fn holding(&self) -> Option<MutexGuard<'_, Holding>> {
        let held = self.held.as_ref()?;
        // A panic between two plain insertions leaves nothing half done.
        Some(held.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn still_held<T: Remembered>(&self, key: Key) -> Option<Arc<T>> {
        let mut holding = self.holding()?;
        let run = holding.run;
        let held = holding.facts.get_mut(&key)?;
        held.run = run;
        Arc::clone(&held.facts).downcast().ok()
    }

    /// All texts of a run were read: starts to write what is new, beside whatever the run does
    /// next, and forgets what nobody asks for any more.
    pub(crate) fn settle(&self) {
        if let Some(mut holding) = self.holding() {
            let run = holding.run;
            holding.run = run.wrapping_add(1);
            holding
                .facts
                .retain(|_, held| run.wrapping_sub(held.run) < FORGET_AFTER);
            holding
                .scans
                .retain(|_, (last, _)| run.wrapping_sub(*last) < FORGET_AFTER);
        }
        if let Some(kept) = &self.kept {
            kept.settle();
        }
    }

    /// Waits until what is new is written, and says why it could not be, if so. A memory that is dropped
    /// waits as well.
    pub fn finish(&self) -> Option<String> {
        self.kept.as_ref().and_then(Kept::finish)
    }
}
