//! `snell check --watch`: a check, and another one whenever a file changes.

use std::{
    path::Path,
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    time::Duration,
};

use anyhow::Context as _;
use camino::Utf8Path;
use notify::{RecursiveMode, Watcher as _};

use super::check::once;
use crate::{
    Exit, Failure,
    args::CheckArguments,
    session::{Scope, Session, is_relevant},
    terminal::{Terminal, print, tell},
};

/// Changes that come together are one change: editors and branches write many files.
const TOGETHER: Duration = Duration::from_millis(150);

/// Runs until it is stopped.
pub(super) fn run(arguments: &CheckArguments, terminal: Terminal) -> Result<Exit, Failure> {
    let session = Session::open(&arguments.paths, Scope::default())?;
    let root = session.decision.root.clone();
    let (send, changes) = channel();
    let watched = root.clone();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        // An event that cannot be told is a change that somebody should look at.
        let matters = event.map_or(true, |event| {
            !event.kind.is_access() && event.paths.iter().any(|path| matters(&watched, path))
        });
        if matters {
            // Nobody listens any more when the program ends.
            let _ = send.send(());
        }
    })
    .context("files cannot be watched")?;
    watcher
        .watch(root.as_std_path(), RecursiveMode::Recursive)
        .with_context(|| format!("{root} cannot be watched"))?;
    loop {
        if terminal.interactive {
            print("\u{1b}[2J\u{1b}[H")?;
        }
        if let Err(failure) = once(arguments, terminal) {
            // What is being written may be wrong for a while.
            tell(&failure.to_string());
        }
        tell("Watching for changes; Ctrl-C ends.\n");
        if !next(&changes) {
            return Ok(Exit::Clean);
        }
    }
}

/// Waits for a change, and for those that come with it; `false` when none can come any more.
fn next(changes: &Receiver<()>) -> bool {
    if changes.recv().is_err() {
        return false;
    }
    loop {
        match changes.recv_timeout(TOGETHER) {
            Ok(()) => {}
            Err(RecvTimeoutError::Timeout) => return true,
            Err(RecvTimeoutError::Disconnected) => return false,
        }
    }
}

/// Whether a file of this path is read at all.
fn matters(root: &Utf8Path, path: &Path) -> bool {
    let Some(path) = Utf8Path::from_path(path) else {
        return false;
    };
    let inside = path.strip_prefix(root).unwrap_or(path);
    let hidden = inside
        .components()
        .any(|part| matches!(part.as_str(), "node_modules" | ".git" | "dist" | "target"));
    !hidden && is_relevant(inside)
}
