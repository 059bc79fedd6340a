//! Facts kept in a folder, for the next run.
//!
//! The folder of one build of the readers holds [`SHARDS`] files, chosen by the key's first bits. A run reads a
//! file when it first asks for one of its keys, and replaces it as a whole when it has something
//! new: a reader sees the old file or the new one, never half of one. Two runs at once may forget each other's
//! additions, no more. No fault of the disk reaches the run.

use std::{
    fs, io,
    io::Write,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::FxHashSet;

use super::{
    Key, Remembered,
    codec::{decode, encode},
    shard::{Days, Shard, stamp},
};

/// Files in a folder: one that changed a file rewrites little, and all of them are soon opened.
const SHARDS: usize = 64;

/// Bytes of all files of a folder together.
const MOST: usize = 512 << 20;

/// Days after which what nobody asked for is dropped.
const KEPT_DAYS: u32 = 30;

/// Days that may pass until a file is written anew only to say what was asked for.
const TOUCHED_DAYS: u32 = 7;

/// The length of a day.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What the name of a build's folder begins with.
const FOLDER: &str = "facts-";

/// What the name of a file begins with that is not complete yet.
const UNFINISHED: &str = ".unfinished-";

/// What tells other programs that the folder is a cache (https://bford.info/cachedir/), and git to leave it
/// out wherever it was put.
const MARKS: [(&str, &str); 2] = [
    (
        "CACHEDIR.TAG",
        "Signature: 8a477f597d28d172789f06886806bc55\n",
    ),
    (".gitignore", "*\n"),
];

/// Facts that wait to be written, as what makes their bytes.
type Waiting = (Key, Box<dyn FnOnce() -> Option<Vec<u8>> + Send>);

/// What one run asked for and made.
#[derive(Default)]
struct Run {
    asked: FxHashSet<Key>,
    /// Files whose entries are to be marked as asked for.
    aged: FxHashSet<usize>,
    waiting: Vec<Waiting>,
}

/// A folder of facts.
pub(super) struct Kept {
    folder: Utf8PathBuf,
    stamp: [u8; 32],
    shards: Vec<Mutex<Option<Arc<Shard>>>>,
    run: Mutex<Run>,
    writer: Mutex<Option<JoinHandle<io::Result<()>>>>,
    today: u32,
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Kept").field(&self.folder).finish()
    }
}

/// A panic elsewhere leaves these plain collections whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Which file holds a key.
fn shard_of(key: Key) -> usize {
    usize::from(key.0[0]) % SHARDS
}

impl Kept {
    /// The facts below `cache`.
    pub(super) fn at(cache: &Utf8Path) -> Self {
        let stamp = stamp();
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let days = since.unwrap_or_default().as_secs() / DAY.as_secs();
        Kept {
            folder: cache.join(folder_name(&stamp)),
            stamp,
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            run: Mutex::default(),
            writer: Mutex::default(),
            today: u32::try_from(days).unwrap_or(0),
        }
    }

    /// The facts under a key.
    pub(super) fn get<T: Remembered>(&self, key: Key) -> Option<T> {
        let number = shard_of(key);
        let shard = self.shard(number);
        let (bytes, day) = shard.get(key)?;
        let facts = decode(bytes)?;
        let mut run = lock(&self.run);
        run.asked.insert(key);
        if day.saturating_add(TOUCHED_DAYS) <= self.today {
            run.aged.insert(number);
        }
        Some(facts)
    }

    /// Facts that were made now.
    pub(super) fn put<T: Remembered>(&self, key: Key, facts: Arc<T>) {
        let bytes = Box::new(move || encode(&*facts));
        lock(&self.run).waiting.push((key, bytes));
    }

    fn shard(&self, number: usize) -> Arc<Shard> {
        let mut shard = lock(&self.shards[number]);
        Arc::clone(shard.get_or_insert_with(|| {
            let bytes = read(&self.folder.join(file_name(number)));
            Arc::new(Shard::read(bytes, &self.stamp))
        }))
    }

    /// Writes what the run made, on a thread of its own, and lets go of what was read.
    pub(super) fn settle(&self) {
        let run = std::mem::take(&mut *lock(&self.run));
        let read: Vec<Option<Arc<Shard>>> =
            self.shards.iter().map(|one| lock(one).take()).collect();
        if run.waiting.is_empty() && run.aged.is_empty() {
            return;
        }
        let mut writer = lock(&self.writer);
        if let Some(before) = writer.take() {
            // Its error was that of an earlier run.
            let _ = before.join();
        }
        let (folder, stamp, today) = (self.folder.clone(), self.stamp, self.today);
        let write = move || write(&folder, &stamp, today, run, &read);
        // Without a thread nothing is kept, which costs the next run its time.
        *writer = thread::Builder::new().spawn(write).ok();
    }

    /// Waits for what is written; why it could not be.
    pub(super) fn finish(&self) -> Option<String> {
        let writer = lock(&self.writer).take()?;
        match writer.join() {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(format!("{}: {error}", self.folder)),
            Err(_) => Some(format!("{}: writing failed", self.folder)),
        }
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.finish();
    }
}

fn folder_name(stamp: &[u8; 32]) -> String {
    let hex = blake3::Hash::from_bytes(*stamp).to_hex();
    format!("{FOLDER}{}", &hex[..16])
}

fn file_name(number: usize) -> String {
    format!("{number:02x}")
}

/// A file's bytes; none of what is no file, or larger than all files together may be.
fn read(path: &Utf8Path) -> Vec<u8> {
    let fits = path
        .symlink_metadata()
        .is_ok_and(|metadata| metadata.is_file() && metadata.len() <= MOST as u64);
    if fits {
        fs::read(path).unwrap_or_default()
    } else {
        Vec::new()
    }
}

/// Replaces the files that have something new.
fn write(
    folder: &Utf8Path,
    stamp: &[u8; 32],
    today: u32,
    run: Run,
    read: &[Option<Arc<Shard>>],
) -> io::Result<()> {
    let mut added: Vec<Vec<(Key, Vec<u8>)>> = vec![Vec::new(); SHARDS];
    for (key, bytes) in run.waiting {
        if let Some(bytes) = bytes() {
            added[shard_of(key)].push((key, bytes));
        }
    }
    prepare(folder)?;
    let days = Days {
        today,
        oldest: today.saturating_sub(KEPT_DAYS),
    };
    let none = Arc::new(Shard::default());
    for (number, added) in added.iter().enumerate() {
        if added.is_empty() && !run.aged.contains(&number) {
            continue;
        }
        let before = read[number].as_ref().unwrap_or(&none);
        let asked = |key| run.asked.contains(&key);
        let bytes = before.rewritten(stamp, added, asked, days, MOST / SHARDS);
        replace(&folder.join(file_name(number)), folder, &bytes)?;
    }
    Ok(())
}

/// Puts a file into its place at once: who reads meanwhile sees the old one.
fn replace(path: &Utf8Path, folder: &Utf8Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = tempfile::Builder::new()
        .prefix(UNFINISHED)
        .tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Makes the folder, marks what is around it as a cache, and drops what other builds left long ago.
fn prepare(folder: &Utf8Path) -> io::Result<()> {
    let metadata = folder.symlink_metadata();
    if metadata.is_ok_and(|metadata| !metadata.is_dir()) {
        return Err(io::Error::other("no folder"));
    }
    fs::create_dir_all(folder)?;
    let Some(cache) = folder.parent() else {
        return Ok(());
    };
    for (name, text) in MARKS {
        let mark = cache.join(name);
        if mark.symlink_metadata().is_err() {
            fs::write(mark, text)?;
        }
    }
    prune(cache, folder);
    Ok(())
}

/// Drops the folders of builds that nobody runs any more, and what a killed run left unfinished.
fn prune(cache: &Utf8Path, own: &Utf8Path) {
    let old = |path: &Utf8Path, days: u32| {
        let changed = path
            .symlink_metadata()
            .and_then(|metadata| metadata.modified());
        changed.is_ok_and(|time| time.elapsed().is_ok_and(|age| age > DAY * days))
    };
    for entry in cache.read_dir_utf8().into_iter().flatten().flatten() {
        let build = entry.file_name().strip_prefix(FOLDER);
        let build =
            build.is_some_and(|hex| hex.len() == 16 && hex.bytes().all(|b| b.is_ascii_hexdigit()));
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if build && is_folder && entry.path() != own && old(entry.path(), KEPT_DAYS) {
            // Another run may be doing the same.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
    for entry in own.read_dir_utf8().into_iter().flatten().flatten() {
        if entry.file_name().starts_with(UNFINISHED) && old(entry.path(), 1) {
            let _ = fs::remove_file(entry.path());
        }
    }
}
