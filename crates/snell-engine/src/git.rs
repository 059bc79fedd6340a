//! What git's index holds: the contents that a commit would get.
//!
//! Git itself is asked: it honours worktrees, sparse checkouts, partial
//! commits (`GIT_INDEX_FILE`) and every setting, and a hook always has it.

use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
};

use camino::{Utf8Path, Utf8PathBuf};

/// The index against the last commit and the working tree.
#[derive(Debug, Default)]
pub struct Staged {
    /// The files that the commit would change, from the root; deleted ones too.
    pub changed: Vec<Utf8PathBuf>,
    /// The contents in the index of every file that the working tree shows
    /// differently; `None` when the index has no such file.
    pub contents: Vec<Content>,
}

/// A path from the root, and its blob in the index.
pub type Content = (Utf8PathBuf, Option<Vec<u8>>);

/// What a branch did to the files below the root.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Files that were not there where the branches parted.
    pub added: BTreeSet<Utf8PathBuf>,
    /// Files that say something else than there.
    pub edited: BTreeSet<Utf8PathBuf>,
    /// Files that are gone.
    pub removed: BTreeSet<Utf8PathBuf>,
}

impl Changes {
    /// All files that changed.
    pub fn paths(&self) -> impl Iterator<Item = &Utf8PathBuf> {
        self.added.iter().chain(&self.edited).chain(&self.removed)
    }
}

/// Why git could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// It could not be started.
    #[error("git could not be run: {0}")]
    NotRun(#[from] std::io::Error),
    /// It refused, in its words.
    #[error("git refused: {0}")]
    Refused(String),
    /// There is no repository around the folder.
    #[error("{0} is in no git repository: there is nothing that a change could be told against")]
    NoRepository(Utf8PathBuf),
    /// No commit to compare with.
    #[error("no commit to compare with: tried {0}; name one with `--since`")]
    NoBase(String),
    /// No commit to compare with, in a clone that may have left it out.
    #[error(
        "no commit to compare with: tried {0}; this clone is shallow: fetch all of it (`fetch-depth: 0`)"
    )]
    NoBaseInShallow(String),
    /// The history ends before the branches part.
    #[error("the history is too short to compare with {0}: fetch all of it (`fetch-depth: 0`)")]
    Shallow(String),
}

/// What is staged below `root`.
///
/// # Errors
/// When there is no git, or `root` is not inside a repository.
pub fn staged(root: &Utf8Path) -> Result<Staged, GitError> {
    in_repository(root)?;
    const NAMES: [&str; 4] = ["--name-only", "--no-renames", "-z", "--relative"];
    let ask = |first: &[&str]| names(root, &[first, &NAMES].concat());
    let untracked = ["ls-files", "--others", "--exclude-standard", "-z"];
    // Git looks at every file each time: the three do not wait for each other.
    let (cached, (unstaged, untracked)) = rayon::join(
        || ask(&["diff", "--cached"]),
        || rayon::join(|| ask(&["diff"]), || names(root, &untracked)),
    );
    let (cached, unstaged) = (cached?, unstaged?);
    let mut differing: Vec<Utf8PathBuf> = cached.iter().chain(&unstaged).cloned().collect();
    differing.sort();
    differing.dedup();
    let mut contents = blobs(root, "", differing)?;
    // What git does not know yet is in no commit.
    contents.extend(untracked?.into_iter().map(|path| (path, None)));
    Ok(Staged {
        changed: cached,
        contents,
    })
}

/// The commit that a change is told against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Base {
    /// The last one.
    Head,
    /// The one where the working tree's branch parted from this branch or commit; without one,
    /// from the branch that changes are merged into.
    Parting(Option<String>),
}

impl Base {
    /// The commit, in words that git knows.
    ///
    /// # Errors
    /// When there is no git, `root` is not inside a repository, or no such commit is known.
    pub fn commit(&self, root: &Utf8Path) -> Result<String, GitError> {
        match self {
            Base::Head => Ok("HEAD".to_owned()),
            Base::Parting(reference) => merge_base(root, reference.as_deref()),
        }
    }
}

/// What these files held in a commit; `None` for one that was not there.
///
/// # Errors
/// When there is no git, or `root` is not inside a repository.
pub fn contents_before(
    root: &Utf8Path,
    commit: &str,
    paths: Vec<Utf8PathBuf>,
) -> Result<Vec<Content>, GitError> {
    blobs(root, commit, paths)
}

/// A name of all that a commit holds below the root: another commit that holds the same has the same, and so has an index.
///
/// # Errors
/// When there is no git, `root` is not inside a repository, or there is no such commit.
pub fn tree_name(root: &Utf8Path, commit: &str) -> Result<String, GitError> {
    // <mode> <kind> <id>\t<path>
    named(root, &["ls-tree", "-r", "-z", commit], 2)
}

/// The same of the index: what the next commit holds.
///
/// # Errors
/// When there is no git, or `root` is not inside a repository.
pub fn index_name(root: &Utf8Path) -> Result<String, GitError> {
    // <mode> <id> <stage>\t<path>
    named(root, &["ls-files", "-s", "-z"], 1)
}

/// A hash over a listing of files: the mode, the word that holds the blob's name, and the path of each.
fn named(root: &Utf8Path, listing: &[&str], id: usize) -> Result<String, GitError> {
    let mut hasher = blake3::Hasher::new();
    for line in names(root, listing)? {
        let (head, path) = line.as_str().split_once('\t').unwrap_or_default();
        let words: Vec<&str> = head.split(' ').collect();
        for word in [words.first(), words.get(id), Some(&path)] {
            hasher.update(word.copied().unwrap_or_default().as_bytes());
            hasher.update(&[0]);
        }
    }
    Ok(hasher.finalize().to_hex().to_string())
}

/// Whether git knows one of these paths: the index has it, or the last commit has.
#[must_use]
pub fn knows_any(root: &Utf8Path, paths: &[Utf8PathBuf]) -> bool {
    let answers = |command: &[&str]| {
        let paths = paths.iter().map(|path| path.as_str());
        let arguments: Vec<&str> = command.iter().copied().chain(paths).collect();
        names(root, &arguments).is_ok_and(|found| !found.is_empty())
    };
    let literally = "--literal-pathspecs";
    answers(&[literally, "ls-files", "-z", "--"])
        || answers(&[literally, "ls-tree", "-r", "-z", "HEAD", "--"])
}

/// What the working tree holds otherwise than the commit where it parted from `reference`;
/// without one, from the branch that changes are merged into.
///
/// # Errors
/// When there is no git, `root` is not inside a repository, or no such commit is known.
pub fn changes_since(root: &Utf8Path, reference: Option<&str>) -> Result<Changes, GitError> {
    let base = merge_base(root, reference)?;
    let mut changes = statuses(root, &["diff", &base])?;
    let untracked = ["ls-files", "--others", "--exclude-standard", "-z"];
    changes.added.extend(names(root, &untracked)?);
    Ok(changes)
}

/// What of the staged files is new against the commit where the branch parted from
/// `reference`. Without a reference, and with no branch to compare with, all of it is.
///
/// # Errors
/// When there is no git, `root` is not inside a repository, or it does not know `reference`.
pub fn staged_changes(
    root: &Utf8Path,
    staged: &Staged,
    reference: Option<&str>,
) -> Result<Changes, GitError> {
    let all = match merge_base(root, reference) {
        Ok(base) => statuses(root, &["diff", "--cached", &base])?,
        Err(error) if reference.is_some() => return Err(error),
        Err(_) => Changes::default(),
    };
    let mut changes = Changes::default();
    for path in &staged.changed {
        let kept = if all.edited.contains(path) {
            &mut changes.edited
        } else if all.removed.contains(path) {
            &mut changes.removed
        } else {
            &mut changes.added
        };
        kept.insert(path.clone());
    }
    Ok(changes)
}

/// The files that a `diff` names, by what became of them.
fn statuses(root: &Utf8Path, command: &[&str]) -> Result<Changes, GitError> {
    let arguments = [
        command,
        &["--name-status", "--no-renames", "-z", "--relative"],
    ]
    .concat();
    let words = names(root, &arguments)?;
    let mut changes = Changes::default();
    for pair in words.chunks_exact(2) {
        let path = pair[1].clone();
        match pair[0].as_str() {
            "A" => changes.added.insert(path),
            "D" => changes.removed.insert(path),
            _ => changes.edited.insert(path),
        };
    }
    Ok(changes)
}

/// The commit where the working tree's branch parted from another.
fn merge_base(root: &Utf8Path, reference: Option<&str>) -> Result<String, GitError> {
    in_repository(root)?;
    let candidates = match reference {
        Some(reference) => vec![reference.to_owned()],
        None => usual_bases(|name| std::env::var(name).ok()),
    };
    let shallow = || {
        let answer = line(root, &["rev-parse", "--is-shallow-repository"]);
        answer.is_ok_and(|answer| answer == "true")
    };
    let commit = |name: &str| {
        let verify = ["rev-parse", "--verify", "--quiet", "--end-of-options"];
        let name = format!("{name}^{{commit}}");
        line(root, &[&verify[..], &[&name]].concat()).ok()
    };
    for candidate in &candidates {
        let Some(tip) = commit(candidate) else {
            continue;
        };
        // A shallow clone of a branch takes that branch for what its origin shows first.
        if candidate == ORIGIN && commit("HEAD").as_ref() == Some(&tip) && shallow() {
            continue;
        }
        return line(root, &["merge-base", &tip, "HEAD"]).map_err(|error| match shallow() {
            true => GitError::Shallow(candidate.clone()),
            false => error,
        });
    }
    let tried = candidates.join(", ");
    Err(match shallow() {
        true => GitError::NoBaseInShallow(tried),
        false => GitError::NoBase(tried),
    })
}

/// The branch that a clone's origin shows first.
const ORIGIN: &str = "origin/HEAD";

/// The branches that changes are usually merged into; where a pipeline names one, that alone.
fn usual_bases(variable: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let told = ["GITHUB_BASE_REF", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME"];
    let mut told = told.iter().filter_map(|name| variable(name));
    match told.find(|branch| !branch.is_empty() && !branch.starts_with('-')) {
        Some(branch) => vec![format!("origin/{branch}"), branch],
        None => [ORIGIN, "origin/main", "origin/master", "main", "master"]
            .map(String::from)
            .to_vec(),
    }
}

/// Refuses a folder that no repository is around: what git says there is about its arguments.
fn in_repository(root: &Utf8Path) -> Result<(), GitError> {
    let around = root.ancestors().any(|folder| folder.join(".git").exists());
    if around || std::env::var_os("GIT_DIR").is_some() {
        return Ok(());
    }
    Err(GitError::NoRepository(root.to_owned()))
}

/// The first line that git answers.
fn line(root: &Utf8Path, arguments: &[&str]) -> Result<String, GitError> {
    let answer = names(root, arguments)?;
    let first = answer.first().map(|text| text.as_str().trim().to_owned());
    first.ok_or_else(|| GitError::Refused("no answer".to_owned()))
}

fn names(root: &Utf8Path, arguments: &[&str]) -> Result<Vec<Utf8PathBuf>, GitError> {
    let output = Command::new("git")
        .arg("-C")
        .arg(root)
        .args(arguments)
        .stdin(Stdio::null())
        .output()?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        let first = words.lines().next().unwrap_or("no reason given");
        return Err(GitError::Refused(first.to_owned()));
    }
    let names = output.stdout.split(|byte| *byte == 0);
    Ok(names
        .filter(|name| !name.is_empty())
        // A path that is not UTF-8 cannot be listed by snell either.
        .filter_map(|name| std::str::from_utf8(name).ok())
        .map(Utf8PathBuf::from)
        .collect())
}

/// The blobs of these paths in a commit, or in the index, which has the empty name.
fn blobs(root: &Utf8Path, commit: &str, paths: Vec<Utf8PathBuf>) -> Result<Vec<Content>, GitError> {
    if paths.is_empty() {
        return Ok(Vec::new());
    }
    let mut git = Command::new("git")
        .arg("-C")
        .arg(root)
        .args(["cat-file", "--batch"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let (Some(mut asked), Some(answered)) = (git.stdin.take(), git.stdout.take()) else {
        return Err(GitError::Refused("its pipes are closed".to_owned()));
    };
    let mut answered = BufReader::new(answered);
    let mut found = Vec::new();
    for path in paths {
        // One question, one answer: neither pipe can fill up. A line break
        // would end the question early.
        if path.as_str().contains('\n') {
            continue;
        }
        writeln!(asked, "{commit}:./{path}")?;
        asked.flush()?;
        let blob = answer(&mut answered)?;
        found.push((path, blob));
    }
    drop(asked);
    git.wait()?;
    Ok(found)
}

/// `<id> blob <size>`, a line break, the bytes, a line break; or `<name> missing`.
fn answer(from: &mut impl BufRead) -> std::io::Result<Option<Vec<u8>>> {
    let mut head = String::new();
    from.read_line(&mut head)?;
    let mut words = head.trim_end().rsplit(' ');
    let (size, kind) = (words.next(), words.next());
    let size = size.and_then(|size| size.parse::<usize>().ok());
    let Some(size) = size.filter(|_| kind.is_some_and(|kind| kind != "missing")) else {
        return Ok(None);
    };
    let mut bytes = vec![0; size + 1];
    from.read_exact(&mut bytes)?;
    bytes.pop();
    Ok((kind == Some("blob")).then_some(bytes))
}
