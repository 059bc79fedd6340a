//! The files of a root, remembered between runs as long as the editor tells what changes.

use std::sync::{Mutex, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::FxHashMap;
use snell_workspace::{Disk, FileSystem, Listing, ReadError};

/// What a read came to.
type Read = Result<Vec<u8>, ReadError>;

/// A folder on disk. With an editor that watches files, what was read once is not read again
/// until the editor says that it changed.
pub(crate) struct Tree {
    disk: Disk,
    remembers: bool,
    listing: Mutex<Option<Listing>>,
    read: Mutex<FxHashMap<Utf8PathBuf, Read>>,
}

impl Tree {
    /// The tree of a disk; `remembers` when the editor watches it.
    pub(crate) fn new(disk: Disk, remembers: bool) -> Self {
        Tree {
            disk,
            remembers,
            listing: Mutex::default(),
            read: Mutex::default(),
        }
    }

    /// Forgets everything: files came or went, or what git ignores changed.
    pub(crate) fn forget_all(&self) {
        *lock(&self.listing) = None;
        lock(&self.read).clear();
    }

    /// Forgets what one file held.
    pub(crate) fn forget(&self, path: &Utf8Path) {
        lock(&self.read).remove(path);
    }
}

impl FileSystem for Tree {
    fn list(&self) -> Listing {
        if !self.remembers {
            return self.disk.list();
        }
        let mut listing = lock(&self.listing);
        listing.get_or_insert_with(|| self.disk.list()).clone()
    }

    fn read(&self, path: &Utf8Path, limit: u64) -> Read {
        if !self.remembers {
            return self.disk.read(path, limit);
        }
        if let Some(known) = lock(&self.read).get(path) {
            return match known {
                Ok(bytes) if bytes.len() as u64 > limit => Err(ReadError::TooLarge {
                    size: bytes.len() as u64,
                    limit,
                }),
                known => known.clone(),
            };
        }
        let read = self.disk.read(path, limit);
        // Another limit may let it through.
        if !matches!(read, Err(ReadError::TooLarge { .. })) {
            lock(&self.read).insert(path.to_owned(), read.clone());
        }
        read
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_was_read_is_remembered_until_it_is_forgotten() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = Utf8Path::from_path(folder.path()).expect("UTF-8");
        fs::write(root.join("a.ts"), "1").expect("a file");
        let tree = Tree::new(Disk::new(root).expect("a tree"), true);
        let path = Utf8Path::new("a.ts");
        assert_eq!(tree.list().files.len(), 1);
        assert_eq!(tree.read(path, 9), Ok(b"1".to_vec()));
        fs::write(root.join("a.ts"), "22").expect("a file");
        fs::write(root.join("b.ts"), "").expect("a file");
        assert_eq!(tree.read(path, 9), Ok(b"1".to_vec()));
        assert_eq!(
            tree.read(path, 0),
            Err(ReadError::TooLarge { size: 1, limit: 0 })
        );
        tree.forget(path);
        assert_eq!(tree.read(path, 9), Ok(b"22".to_vec()));
        assert_eq!(tree.list().files.len(), 1);
        tree.forget_all();
        assert_eq!(tree.list().files.len(), 2);
    }
}
