//! Runs the analysis on a thread of its own, the newest texts only.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use camino::{Utf8Path, Utf8PathBuf};
use crossbeam_channel::{Receiver, Sender};
use rustc_hash::FxHashMap;
use snell_engine::{
    Analysis, Memory, NewMigrations, analyze_with, changes_since, with_deep_stacks,
};
use snell_report::Report;
use snell_workspace::{Config, ConfigError, Disk, FileSystem, Overlay, Workspace};

use crate::{documents::Document, snapshot::Snapshot, tree::Tree};

/// Runs that take less are begun with every key.
const SHORT: Duration = Duration::from_millis(150);

/// No pause in typing has to be longer.
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

/// What a tree holds, or what is wrong with its configuration.
pub type Discovered = Result<(Workspace, Config), Vec<ConfigError>>;

/// What the door decides for every command alike: the editor shows what `snell check` says.
#[derive(Clone, Copy)]
pub struct Policy {
    /// Reads the manifests and the configuration.
    pub discover: fn(&dyn FileSystem) -> Discovered,
    /// Judges what was understood of these files; the name is that of the workspace.
    pub judge: fn(&dyn FileSystem, &Analysis, &Config, &str) -> Report,
}

/// The texts of one moment.
#[derive(Clone)]
pub(crate) struct Job {
    /// The root, absolute.
    pub(crate) root: Utf8PathBuf,
    /// The documents below it.
    pub(crate) documents: Vec<Document>,
    /// The number of the moment.
    pub(crate) moment: u64,
    /// The number of the root's newest moment: a run for an older one gives up.
    pub(crate) newest: Arc<AtomicU64>,
    /// What changed on the disk since the last job.
    pub(crate) disk: Changed,
}

/// What changed on the disk.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Changed {
    /// Files came or went, or what is ignored changed.
    pub(crate) all: bool,
    /// Files that hold something else, from the root.
    pub(crate) files: Vec<Utf8PathBuf>,
    /// What git knows may have changed.
    pub(crate) git: bool,
}

impl Changed {
    /// Both.
    pub(crate) fn add(&mut self, other: Changed) {
        self.all |= other.all;
        self.git |= other.git;
        self.files.extend(other.files);
    }
}

/// What became of a job.
pub(crate) enum Outcome {
    /// It was judged.
    Judged(Box<Snapshot>),
    /// The configuration has faults.
    Misconfigured(Vec<ConfigError>),
    /// The root cannot be read.
    Unreadable(String),
    /// A fault of snell's own.
    Failed(String),
}

/// A job that came to its end.
pub(crate) struct Done {
    pub(crate) root: Utf8PathBuf,
    pub(crate) moment: u64,
    pub(crate) outcome: Outcome,
    pub(crate) took: Duration,
}

/// Judges jobs until nobody sends any.
pub(crate) fn run(policy: Policy, remembers: bool, jobs: &Receiver<Job>, done: &Sender<Done>) {
    with_deep_stacks(|| {
        let mut roots: FxHashMap<Utf8PathBuf, Root> = FxHashMap::default();
        let mut waiting: Vec<Job> = Vec::new();
        let mut pause = Duration::ZERO;
        loop {
            if waiting.is_empty() {
                let Ok(job) = jobs.recv() else { return };
                waiting.push(job);
            }
            // Who types goes on typing: a run that takes long waits for a pause.
            while let Ok(job) = jobs.recv_timeout(pause) {
                let older = waiting.iter().position(|one| one.root == job.root);
                let job = match older {
                    Some(at) => merged(waiting.remove(at), job),
                    None => job,
                };
                waiting.push(job);
            }
            let job = waiting.remove(0);
            let started = Instant::now();
            let outcome = attempt(policy, remembers, &mut roots, &job);
            let took = started.elapsed();
            let Some(outcome) = outcome else {
                // What it was told of the disk is not lost: the trees know it by now.
                continue;
            };
            pause = match took {
                short if short < SHORT => Duration::ZERO,
                long => (long / 4).min(LONGEST_PAUSE),
            };
            let done_with = Done {
                root: job.root,
                moment: job.moment,
                outcome,
                took,
            };
            if done.send(done_with).is_err() {
                return;
            }
        }
    });
}

/// The newer job, with what the older one was told of the disk.
fn merged(older: Job, newer: Job) -> Job {
    let mut disk = older.disk;
    disk.add(newer.disk);
    Job { disk, ..newer }
}

/// A root between runs.
struct Root {
    tree: Tree,
    /// What texts said that did not change since.
    memory: Memory,
    new: NewMigrations,
}

impl Root {
    fn open(root: &Utf8Path, remembers: bool) -> Result<Self, String> {
        let disk = Disk::new(root).map_err(|error| format!("{root}: {error}"))?;
        Ok(Root {
            tree: Tree::new(disk, remembers),
            memory: Memory::of_process(),
            new: new_migrations(root),
        })
    }

    fn learn(&mut self, root: &Utf8Path, changed: &Changed) {
        if changed.all {
            self.tree.forget_all();
        }
        for path in &changed.files {
            self.tree.forget(path);
        }
        if changed.git || changed.all {
            self.new = new_migrations(root);
        }
    }
}

/// Those that the branch and the working tree change: while one is written, its text is judged.
fn new_migrations(root: &Utf8Path) -> NewMigrations {
    changes_since(root, None).map_or(NewMigrations::Configured, NewMigrations::Changed)
}

/// Nothing when newer texts made it pointless.
fn attempt(
    policy: Policy,
    remembers: bool,
    roots: &mut FxHashMap<Utf8PathBuf, Root>,
    job: &Job,
) -> Option<Outcome> {
    let outdated = || job.newest.load(Ordering::Relaxed) > job.moment;
    let judged = catch_unwind(AssertUnwindSafe(|| {
        let root = match roots.entry(job.root.clone()) {
            std::collections::hash_map::Entry::Occupied(found) => {
                let root = found.into_mut();
                root.learn(&job.root, &job.disk);
                root
            }
            std::collections::hash_map::Entry::Vacant(place) => {
                match Root::open(&job.root, remembers) {
                    Ok(root) => place.insert(root),
                    Err(why) => return Some(Outcome::Unreadable(why)),
                }
            }
        };
        judge(policy, root, job, &outdated)
    }));
    judged.unwrap_or_else(|panic| Some(Outcome::Failed(words(panic.as_ref()))))
}

fn judge(policy: Policy, root: &Root, job: &Job, outdated: &dyn Fn() -> bool) -> Option<Outcome> {
    let mut files = Overlay::new(&root.tree);
    let mut versions = FxHashMap::default();
    for document in &job.documents {
        if let Some(path) = below(&document.path, &job.root) {
            files.replace(&path, document.file.text.as_bytes());
            versions.insert(path, document.version);
        }
    }
    let (workspace, config) = match (policy.discover)(&files) {
        _ if outdated() => return None,
        Ok(found) => found,
        Err(faults) => return Some(Outcome::Misconfigured(faults)),
    };
    let analysis = analyze_with(&files, workspace, &config, &root.new, &root.memory);
    if outdated() {
        return None;
    }
    let name = job.root.file_name().unwrap_or("workspace");
    let report = (policy.judge)(&files, &analysis, &config, name);
    if outdated() {
        return None;
    }
    let snapshot = Snapshot::new(job.root.clone(), analysis, report, versions);
    Some(Outcome::Judged(Box::new(snapshot)))
}

/// A path from the root, with `/` on every system.
pub(crate) fn below(path: &Utf8Path, root: &Utf8Path) -> Option<Utf8PathBuf> {
    let relative = path.strip_prefix(root).ok()?;
    let parts: Vec<&str> = relative.iter().collect();
    (!parts.is_empty()).then(|| Utf8PathBuf::from(parts.join("/")))
}

/// What a panic said.
pub(crate) fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned())
}

#[cfg(test)]
mod tests {
    use std::thread;

    use crossbeam_channel::unbounded;
    use snell_workspace::read_text;

    use super::*;
    use crate::{documents::Documents, uri};

    /// Fails as soon as a text says so: a rule would cost itself alone, the engine a run.
    fn policy() -> Policy {
        Policy {
            discover: |fs| Ok((Workspace::discover(fs), Config::default())),
            judge: |fs, _, _, _| {
                let text = read_text(fs, "a.ts".into()).map(|text| text.text);
                assert!(!text.is_ok_and(|text| text.contains("boom")), "a bug");
                Report::default()
            },
        }
    }

    fn job(root: &Utf8Path, text: &str, moment: u64, newest: &Arc<AtomicU64>) -> Job {
        let mut documents = Documents::default();
        let path = root.join("a.ts");
        assert!(documents.open(uri::of_path(&path), 1, text.to_owned()));
        newest.store(moment, Ordering::Relaxed);
        Job {
            root: root.to_owned(),
            documents: documents.iter().cloned().collect(),
            moment,
            newest: Arc::clone(newest),
            disk: Changed::default(),
        }
    }

    #[test]
    fn a_panic_costs_its_run_and_an_old_text_has_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = Utf8Path::from_path(folder.path()).expect("UTF-8");
        let (jobs, to_do) = unbounded();
        let (report, done) = unbounded();
        let newest = Arc::<AtomicU64>::default();
        let worker = thread::spawn(move || run(policy(), false, &to_do, &report));
        let next = || done.recv_timeout(Duration::from_secs(60)).expect("a run");

        jobs.send(job(root, "boom", 1, &newest))
            .expect("it listens");
        let failed = next();
        assert_eq!(failed.moment, 1);
        assert!(matches!(failed.outcome, Outcome::Failed(why) if why.contains("a bug")));

        // The newest is all that counts of what waits.
        let all = [job(root, "boom", 2, &newest), job(root, "fine", 3, &newest)];
        for job in all {
            jobs.send(job).expect("it listens");
        }
        let judged = next();
        assert_eq!(judged.moment, 3);
        assert!(matches!(judged.outcome, Outcome::Judged(_)));
        drop(jobs);
        worker.join().expect("it ends");
        assert!(done.is_empty());
    }

    #[test]
    fn what_waits_is_told_all_of_the_disk() {
        let newest = Arc::<AtomicU64>::default();
        let root = Utf8Path::new("/r");
        let mut older = job(root, "", 1, &newest);
        older.disk.files.push("a.ts".into());
        older.disk.git = true;
        let mut newer = job(root, "", 2, &newest);
        newer.disk.files.push("b.ts".into());
        let both = merged(older, newer);
        assert_eq!(both.moment, 2);
        assert_eq!(both.disk.files, ["a.ts", "b.ts"]);
        assert!(both.disk.git && !both.disk.all);
    }
}
