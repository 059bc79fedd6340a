//! Where bytes come from: disk, memory, or either with some files replaced.
//!
//! Nothing above this crate touches `std::fs`. A path here is always relative
//! to the root, with `/` on every system and without `.` or `..`.

mod disk;
mod memory;
mod overlay;
mod text;

use camino::{Utf8Path, Utf8PathBuf};

pub use disk::Disk;
pub use memory::Memory;
pub use overlay::Overlay;
pub use text::{Text, read_text};

use crate::Problem;

/// A tree of files to be analysed.
pub trait FileSystem: Send + Sync {
    /// The relevant files of the tree ([`Purpose::of`](crate::Purpose::of)), and
    /// what could not be listed; both sorted.
    fn list(&self) -> Listing;

    /// The bytes of a file, also of one that the listing leaves out (a package's
    /// `tsconfig` below `node_modules`).
    ///
    /// # Errors
    /// When there is no such regular file below the root, or it is larger than
    /// `limit` bytes.
    fn read(&self, path: &Utf8Path, limit: u64) -> Result<Vec<u8>, ReadError>;
}

/// What a [`FileSystem`] holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// Relevant files, sorted by path.
    pub files: Vec<ListedFile>,
    /// Symbolic links that lead to somewhere else below the root. They are not
    /// followed: what they lead to is listed where it is.
    pub links: Vec<Link>,
    /// What could not be listed, sorted.
    pub problems: Vec<Problem>,
}

impl Listing {
    /// Brings everything into the order that the fields promise.
    pub(crate) fn sort(&mut self) {
        self.files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        self.files.dedup_by(|a, b| a.path == b.path);
        self.links.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        self.problems.sort();
        self.problems.dedup();
    }
}

/// One relevant file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedFile {
    /// Relative to the root.
    pub path: Utf8PathBuf,
    /// Bytes on disk.
    pub size: u64,
}

/// A symbolic link inside the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The link, relative to the root.
    pub path: Utf8PathBuf,
    /// What it leads to, relative to the root; empty for the root itself.
    pub target: Utf8PathBuf,
}

/// Why a file could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Nothing there.
    #[error("no such file")]
    Missing,
    /// A folder, FIFO, socket or device: never opened, opening may block.
    #[error("not a regular file")]
    NotAFile,
    /// The path leads out of the root.
    #[error("leads out of the root")]
    Outside,
    /// Larger than the limit, both in bytes.
    #[error("{size} bytes, more than the limit of {limit}")]
    TooLarge {
        /// Bytes on disk.
        size: u64,
        /// Bytes allowed.
        limit: u64,
    },
    /// Environment files hold secrets: their names are facts, their content is not read
    /// unless the name says that it is an example.
    #[error("environment files are not read")]
    Secret,
    /// The system refused, in its words.
    #[error("{0}")]
    Io(String),
}

/// Removes `.` and `..` from a path without asking the disk. `None` when it
/// leads out of the root or is absolute.
#[must_use]
pub fn normalize(path: &Utf8Path) -> Option<Utf8PathBuf> {
    let mut parts: Vec<&str> = Vec::new();
    for component in path.components() {
        match component {
            camino::Utf8Component::Normal(part) => parts.push(part),
            camino::Utf8Component::CurDir => {}
            camino::Utf8Component::ParentDir => {
                parts.pop()?;
            }
            camino::Utf8Component::RootDir | camino::Utf8Component::Prefix(_) => return None,
        }
    }
    Some(Utf8PathBuf::from(parts.join("/")))
}

/// `relative`, as written in a file of `folder`, from the root.
#[must_use]
pub fn join(folder: &Utf8Path, relative: &str) -> Option<Utf8PathBuf> {
    normalize(&folder.join(relative))
}
