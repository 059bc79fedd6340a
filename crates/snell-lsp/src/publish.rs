//! What editors are told of a run: diagnostics of all files, those that are stale taken back.

use std::{
    sync::{Arc, atomic::AtomicU64},
    thread,
};

use camino::{Utf8Path, Utf8PathBuf};
use crossbeam_channel::Sender;
use gen_lsp_types::{Diagnostic, MessageType, PublishDiagnosticsParams};
use lsp_server::{Message, Notification};
use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::json;
use snell_report::{Finding, NoticeKind};
use snell_source::SourceFile;

use crate::{
    client::Client,
    diagnostics::{self, ByFile},
    documents::Documents,
    snapshot::Snapshot,
    worker::{Changed, Outcome},
};

/// The files whose changes matter, as globs.
pub(crate) const WATCHED: [&str; 5] = [
    "**/*.{ts,tsx,mts,cts,js,mjs,cjs,jsx,prisma,sql}",
    "**/*.{json,jsonc,yaml,yml,toml}",
    "**/{Dockerfile,Dockerfile.*,*.Dockerfile,*.sh,Makefile,justfile,Procfile,CODEOWNERS}",
    "**/{.env.example,.gitignore}",
    "**/.{github,gitlab,husky,circleci,buildkite}/**",
];

/// A root, as the conversation knows it.
pub(crate) struct Root {
    /// Absolute.
    pub(crate) path: Utf8PathBuf,
    /// The number of the newest moment.
    pub(crate) newest: Arc<AtomicU64>,
    /// What the last run that went well understood.
    pub(crate) snapshot: Option<Arc<Snapshot>>,
    /// Whether any run is done.
    pub(crate) settled: bool,
    /// What changed on the disk since the last job; absolute paths.
    pub(crate) disk: Changed,
    published: FxHashMap<Utf8PathBuf, Published>,
    told: FxHashSet<String>,
}

/// What the editor shows of a file.
struct Published {
    version: Option<i32>,
    diagnostics: Vec<Diagnostic>,
}

impl Root {
    /// A root that nothing is known of.
    pub(crate) fn new(path: Utf8PathBuf) -> Self {
        Root {
            path,
            newest: Arc::default(),
            snapshot: None,
            settled: false,
            disk: Changed::default(),
            published: FxHashMap::default(),
            told: FxHashSet::default(),
        }
    }

    /// How many findings count.
    pub(crate) fn findings(&self) -> usize {
        self.snapshot.as_ref().map_or(0, |snapshot| {
            let findings = snapshot.report.findings.iter();
            findings
                .filter(|finding| Finding::is_active(finding))
                .count()
        })
    }
}

/// Tells what became of a run.
pub(crate) fn outcome(
    sender: &Sender<Message>,
    client: &Client,
    documents: &Documents,
    root: &mut Root,
    outcome: Outcome,
) {
    match outcome {
        Outcome::Judged(snapshot) => {
            let snapshot = Arc::new(*snapshot);
            notices(sender, root, &snapshot);
            let found = diagnostics::of(&snapshot, documents);
            let old = root.snapshot.replace(Arc::clone(&snapshot));
            let judged = |path: &Utf8Path, version: i32| {
                let seen = snapshot.versions.get(path).copied();
                seen.filter(|seen| *seen == version || client.settings.on_save)
            };
            publish(sender, client, documents, root, found, &judged);
            // Taking it apart takes longer than an editor should wait for its next answer.
            thread::spawn(move || drop(old));
        }
        Outcome::Misconfigured(faults) => {
            let path = root.path.clone();
            let text = |file: &Utf8Path| {
                let document = documents.get(&path.join(file));
                document.map(|open| SourceFile::new(file, Arc::clone(&open.file.text)))
            };
            // Nothing else can be judged before they are mended: what was found before stands.
            let mut found = diagnostics::of_faults(&faults, text);
            for (file, shown) in &root.published {
                found
                    .entry(file.clone())
                    .or_insert_with(|| shown.diagnostics.clone());
            }
            publish(sender, client, documents, root, found, &|_, version| {
                Some(version)
            });
        }
        Outcome::Unreadable(why) => once(sender, root, MessageType::Error, &why),
        Outcome::Failed(why) => {
            let words = format!(
                "snell failed, and shows what it found before; this is a bug, please report it: {why}"
            );
            once(sender, root, MessageType::Error, &words);
        }
    }
}

/// Takes back what was published of a root.
pub(crate) fn clear(sender: &Sender<Message>, documents: &Documents, root: Root) {
    for path in root.published.into_keys() {
        send(sender, documents, &root.path.join(path), None, Vec::new());
    }
}

/// Sends what differs from what the editor shows. `judged` gives the version of an open document
/// that the diagnostics are of; a document without one is left to the next run.
fn publish(
    sender: &Sender<Message>,
    client: &Client,
    documents: &Documents,
    root: &mut Root,
    mut found: ByFile,
    judged: &dyn Fn(&Utf8Path, i32) -> Option<i32>,
) {
    let open = documents.iter();
    let open = open.filter_map(|document| crate::worker::below(&document.path, &root.path));
    let mut paths: Vec<Utf8PathBuf> = open.collect();
    paths.extend(found.keys().cloned());
    paths.extend(root.published.keys().cloned());
    paths.sort();
    paths.dedup();
    for path in paths {
        let full = root.path.join(&path);
        let version = match documents.get(&full) {
            None => None,
            Some(document) => match judged(&path, document.version) {
                None => continue,
                seen => seen,
            },
        };
        let mut diagnostics = found.remove(&path).unwrap_or_default();
        if version.is_none() && client.settings.open_files_only {
            diagnostics.clear();
        }
        let known = root.published.get(&path);
        let same = match known {
            Some(known) => known.version == version && known.diagnostics == diagnostics,
            None => version.is_none() && diagnostics.is_empty(),
        };
        if same {
            continue;
        }
        send(sender, documents, &full, version, diagnostics.clone());
        if diagnostics.is_empty() && version.is_none() {
            root.published.remove(&path);
        } else {
            let published = Published {
                version,
                diagnostics,
            };
            root.published.insert(path, published);
        }
    }
}

fn send(
    sender: &Sender<Message>,
    documents: &Documents,
    path: &Utf8Path,
    version: Option<i32>,
    diagnostics: Vec<Diagnostic>,
) {
    let params = PublishDiagnosticsParams {
        uri: documents.uri(path),
        version,
        diagnostics,
    };
    let method = "textDocument/publishDiagnostics".to_owned();
    let _ = sender.send(Notification::new(method, params).into());
}

/// Faults of snell's own, and that there is nothing to judge.
fn notices(sender: &Sender<Message>, root: &mut Root, snapshot: &Snapshot) {
    if snapshot.analysis.project.schemas.is_empty() {
        let words = format!("no Prisma schema was found below {}", root.path);
        if root.told.insert(words.clone()) {
            message(sender, "window/logMessage", MessageType::Info, &words);
        }
    }
    for notice in &snapshot.report.notices {
        let place = notice.path.as_deref().unwrap_or_default();
        let words = format!("{place}: {}", notice.message);
        let words = words.trim_start_matches(": ");
        if notice.kind == NoticeKind::Internal {
            once(sender, root, MessageType::Error, words);
        } else if root.told.insert(words.to_owned()) {
            message(sender, "window/logMessage", MessageType::Info, words);
        }
    }
}

/// Shows words, unless they were shown before.
fn once(sender: &Sender<Message>, root: &mut Root, kind: MessageType, words: &str) {
    if root.told.insert(words.to_owned()) {
        message(sender, "window/showMessage", kind, words);
    }
}

/// Words for people.
pub(crate) fn message(sender: &Sender<Message>, method: &str, kind: MessageType, words: &str) {
    let params = json!({ "type": kind, "message": words });
    let _ = sender.send(Notification::new(method.to_owned(), params).into());
}

#[cfg(test)]
mod tests {
    use crossbeam_channel::{Receiver, unbounded};

    use super::*;

    fn told(from: &Receiver<Message>) -> Vec<(String, String)> {
        from.try_iter()
            .filter_map(|message| match message {
                Message::Notification(one) => {
                    let words = one.params["message"].as_str().unwrap_or_default();
                    Some((one.method, words.to_owned()))
                }
                _ => None,
            })
            .collect()
    }

    #[test]
    fn a_failed_run_is_shown_once_and_takes_nothing_back() {
        let (sender, receiver) = unbounded();
        let mut root = Root::new("/r".into());
        root.published.insert(
            "a.ts".into(),
            Published {
                version: None,
                diagnostics: Vec::new(),
            },
        );
        let (client, documents) = (Client::default(), Documents::default());
        for _ in 0..2 {
            let failed = Outcome::Failed("index out of bounds".to_owned());
            outcome(&sender, &client, &documents, &mut root, failed);
        }
        let told = told(&receiver);
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!(told[0].0, "window/showMessage");
        assert!(told[0].1.contains("index out of bounds"));
        assert_eq!(root.published.len(), 1);
    }
}
