//! One file of kept facts: a stamp, then entries, each with its own check.
//!
//! ```text
//! stamp [32]   the build of the readers and this layout
//! entry        key [32] · day u32 · length u32 · check [16] · facts [length]
//! ```
//!
//! Numbers are little-endian. A file with another stamp is empty; a broken entry ends the file.

use std::ops::Range;

use rustc_hash::FxHashMap;

use super::Key;

/// Changes with the layout.
const LAYOUT: &str = "snell facts 1";

/// Bytes of an entry before its facts.
const HEAD: usize = 32 + 4 + 4 + 16;

/// What the facts of this build begin with, in every file.
pub(super) fn stamp() -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    for word in [LAYOUT, env!("CARGO_PKG_VERSION"), env!("SNELL_READERS")] {
        hasher.update(word.as_bytes());
        hasher.update(&[0]);
    }
    *hasher.finalize().as_bytes()
}

fn check(facts: &[u8]) -> [u8; 16] {
    let mut check = [0; 16];
    check.copy_from_slice(&blake3::hash(facts).as_bytes()[..16]);
    check
}

/// Where an entry's facts stand.
#[derive(Debug, Clone)]
struct Place {
    facts: Range<usize>,
    /// Days since 1970 when it was asked for last, as it is written.
    day: u32,
}

/// The entries of one file.
#[derive(Debug, Default)]
pub(super) struct Shard {
    bytes: Vec<u8>,
    places: FxHashMap<Key, Place>,
}

impl Shard {
    /// The entries of a file's bytes; none of those of another build.
    pub(super) fn read(bytes: Vec<u8>, stamp: &[u8; 32]) -> Self {
        let mut places = FxHashMap::default();
        if !bytes.starts_with(stamp) {
            return Shard::default();
        }
        let mut at = stamp.len();
        while let Some(head) = bytes.get(at..at + HEAD) {
            let mut key = [0; 32];
            key.copy_from_slice(&head[..32]);
            let number = |from: usize| {
                let bytes = [head[from], head[from + 1], head[from + 2], head[from + 3]];
                u32::from_le_bytes(bytes)
            };
            let start = at + HEAD;
            let end = start + number(36) as usize;
            if end > bytes.len() {
                break;
            }
            let place = Place {
                facts: start..end,
                day: number(32),
            };
            places.insert(Key(key), place);
            at = end;
        }
        Shard { bytes, places }
    }

    /// The facts under a key, if they are whole, and the day on which they were asked for last.
    pub(super) fn get(&self, key: Key) -> Option<(&[u8], u32)> {
        let place = self.places.get(&key)?;
        let facts = &self.bytes[place.facts.clone()];
        let written = &self.bytes[place.facts.start - 16..place.facts.start];
        (written == check(facts)).then_some((facts, place.day))
    }

    /// The file's bytes with the new entries, those of `asked` marked with `today`, and without those
    /// that nobody asked for since `oldest`; of more than `most` bytes the oldest are left out.
    pub(super) fn rewritten(
        &self,
        stamp: &[u8; 32],
        added: &[(Key, Vec<u8>)],
        asked: impl Fn(Key) -> bool,
        days: Days,
        most: usize,
    ) -> Vec<u8> {
        let new: FxHashMap<Key, &[u8]> = added
            .iter()
            .map(|(key, facts)| (*key, &facts[..]))
            .collect();
        let mut entries: Vec<(u32, Key, &[u8])> = new
            .iter()
            .map(|(key, facts)| (days.today, *key, *facts))
            .collect();
        for key in self.places.keys().filter(|key| !new.contains_key(key)) {
            let Some((facts, day)) = self.get(*key) else {
                continue;
            };
            let day = if asked(*key) { days.today } else { day };
            if (days.oldest..=days.today).contains(&day) {
                entries.push((day, *key, facts));
            }
        }
        // The youngest first, so that what is cut off is old; by keys, so that the bytes do not depend
        // on the order in which files were read.
        entries.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut bytes = stamp.to_vec();
        for (day, key, facts) in entries {
            let Ok(length) = u32::try_from(facts.len()) else {
                continue;
            };
            if bytes.len() + HEAD + facts.len() > most {
                continue;
            }
            bytes.extend_from_slice(&key.0);
            bytes.extend_from_slice(&day.to_le_bytes());
            bytes.extend_from_slice(&length.to_le_bytes());
            bytes.extend_from_slice(&check(facts));
            bytes.extend_from_slice(facts);
        }
        bytes
    }
}

/// Days since 1970.
#[derive(Debug, Clone, Copy)]
pub(super) struct Days {
    pub(super) today: u32,
    /// What nobody asked for since is left out.
    pub(super) oldest: u32,
}
