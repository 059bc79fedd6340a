//! What git's index holds: the contents that a commit would get.
//!
//! Git itself is asked: it honours worktrees, sparse checkouts, partial
//! commits (`GIT_INDEX_FILE`) and every setting, and a hook always has it.

use std::{
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

/// Why git could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// It could not be started.
    #[error("git could not be run: {0}")]
    NotRun(#[from] std::io::Error),
    /// It refused, in its words.
    #[error("git refused: {0}")]
    Refused(String),
}

/// What is staged below `root`.
///
/// # Errors
/// When there is no git, or `root` is not inside a repository.
pub fn staged(root: &Utf8Path) -> Result<Staged, GitError> {
    let cached = names(
        root,
        &[
            "diff",
            "--cached",
            "--name-only",
            "--no-renames",
            "-z",
            "--relative",
        ],
    )?;
    let unstaged = names(
        root,
        &["diff", "--name-only", "--no-renames", "-z", "--relative"],
    )?;
    let mut differing: Vec<Utf8PathBuf> = cached.iter().chain(&unstaged).cloned().collect();
    differing.sort();
    differing.dedup();
    Ok(Staged {
        changed: cached,
        contents: blobs(root, differing)?,
    })
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

/// The blobs of these paths in the index.
fn blobs(root: &Utf8Path, paths: Vec<Utf8PathBuf>) -> Result<Vec<Content>, GitError> {
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
        writeln!(asked, ":./{path}")?;
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
