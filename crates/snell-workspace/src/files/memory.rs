//! Files that exist only in memory: small projects of tests and rule pages.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::{FileSystem, ListedFile, Listing, ReadError, normalize};
use crate::Purpose;

/// A tree in memory. Nothing in it is ignored: it holds what a checkout tracks.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    files: BTreeMap<Utf8PathBuf, Vec<u8>>,
}

impl Memory {
    /// An empty tree.
    #[must_use]
    pub fn new() -> Self {
        Memory::default()
    }

    /// Adds or replaces a file. A path that leads out of the root is left out.
    pub fn insert(&mut self, path: impl AsRef<str>, bytes: impl Into<Vec<u8>>) {
        if let Some(path) = normalize(Utf8Path::new(path.as_ref())) {
            self.files.insert(path, bytes.into());
        }
    }
}

impl<P: AsRef<str>, B: Into<Vec<u8>>> FromIterator<(P, B)> for Memory {
    fn from_iter<I: IntoIterator<Item = (P, B)>>(files: I) -> Self {
        let mut memory = Memory::new();
        for (path, bytes) in files {
            memory.insert(path, bytes);
        }
        memory
    }
}

impl FileSystem for Memory {
    fn list(&self) -> Listing {
        let relevant = |(path, bytes): (&Utf8PathBuf, &Vec<u8>)| {
            Purpose::of(path).map(|_| ListedFile {
                path: path.clone(),
                size: bytes.len() as u64,
            })
        };
        Listing {
            files: self.files.iter().filter_map(relevant).collect(),
            ..Listing::default()
        }
    }

    fn read(&self, path: &Utf8Path, limit: u64) -> Result<Vec<u8>, ReadError> {
        let bytes = self.files.get(path).ok_or(ReadError::Missing)?;
        within(bytes, limit)
    }
}

/// A copy of the bytes if they are few enough.
pub(super) fn within(bytes: &[u8], limit: u64) -> Result<Vec<u8>, ReadError> {
    let size = bytes.len() as u64;
    if size > limit {
        return Err(ReadError::TooLarge { size, limit });
    }
    Ok(bytes.to_vec())
}
