//! A file system with some files replaced or taken away.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::memory::within;
use super::{FileSystem, ListedFile, Listing, ReadError, normalize};
use crate::Purpose;

/// Another file system, with the content of some files replaced: by the blobs of
/// the git index (`--staged`) or by an editor's buffers.
pub struct Overlay<'base> {
    base: &'base dyn FileSystem,
    /// `None`: the file is gone.
    changes: BTreeMap<Utf8PathBuf, Option<Vec<u8>>>,
}

impl<'base> Overlay<'base> {
    /// `base`, unchanged so far.
    #[must_use]
    pub fn new(base: &'base dyn FileSystem) -> Self {
        Overlay {
            base,
            changes: BTreeMap::new(),
        }
    }

    /// Shows `bytes` at `path`, whether or not the base has such a file. A path
    /// that leads out of the root is left out.
    pub fn replace(&mut self, path: &Utf8Path, bytes: impl Into<Vec<u8>>) {
        if let Some(path) = normalize(path) {
            self.changes.insert(path, Some(bytes.into()));
        }
    }

    /// Hides a file of the base.
    pub fn remove(&mut self, path: &Utf8Path) {
        if let Some(path) = normalize(path) {
            self.changes.insert(path, None);
        }
    }
}

impl FileSystem for Overlay<'_> {
    fn list(&self) -> Listing {
        let mut listing = self.base.list();
        listing
            .files
            .retain(|file| !self.changes.contains_key(&file.path));
        for (path, bytes) in &self.changes {
            if let (Some(bytes), Some(_)) = (bytes, Purpose::of(path)) {
                listing.files.push(ListedFile {
                    path: path.clone(),
                    size: bytes.len() as u64,
                });
            }
        }
        listing.sort();
        listing
    }

    fn read(&self, path: &Utf8Path, limit: u64) -> Result<Vec<u8>, ReadError> {
        match self.changes.get(path) {
            Some(Some(bytes)) => within(bytes, limit),
            Some(None) => Err(ReadError::Missing),
            None => self.base.read(path, limit),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Memory;
    use super::*;

    #[test]
    fn replaced_added_and_removed_files_are_seen_through_it() {
        let base: Memory = [("a.ts", "old"), ("b.ts", "gone"), ("c.ts", "kept")]
            .into_iter()
            .collect();
        let mut overlay = Overlay::new(&base);
        overlay.replace("a.ts".into(), "new");
        overlay.replace("./x/../d.sql".into(), "added");
        overlay.remove("b.ts".into());

        let paths: Vec<_> = overlay.list().files.into_iter().map(|f| f.path).collect();
        assert_eq!(paths, ["a.ts", "c.ts", "d.sql"]);
        assert_eq!(overlay.read("a.ts".into(), 9), Ok(b"new".to_vec()));
        assert_eq!(overlay.read("b.ts".into(), 9), Err(ReadError::Missing));
        assert_eq!(overlay.read("c.ts".into(), 9), Ok(b"kept".to_vec()));
        assert_eq!(
            overlay.read("d.sql".into(), 2),
            Err(ReadError::TooLarge { size: 5, limit: 2 })
        );
    }
}
