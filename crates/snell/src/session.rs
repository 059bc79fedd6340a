//! Opens the workspace that the arguments mean.

use camino::{Utf8Path, Utf8PathBuf};
use snell_correlate::rules;
use snell_engine::{Staged, staged};
use snell_workspace::{
    Config, ConfigError, Disk, FileSystem, Overlay, RootDecision, Workspace, resolve_root,
};

/// Why nothing could be judged.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// An argument leads nowhere.
    #[error("{0}: no such file or folder")]
    Missing(Utf8PathBuf),
    /// An argument leads out of the workspace.
    #[error("{path} lies outside of the workspace {root}")]
    Outside {
        path: Utf8PathBuf,
        root: Utf8PathBuf,
    },
    /// The working directory is no UTF-8, or gone.
    #[error("the working directory cannot be used: {0}")]
    WorkingDirectory(String),
    /// The root cannot be read.
    #[error("{0}: {1}")]
    Unreadable(Utf8PathBuf, std::io::Error),
    /// The configuration has faults.
    #[error("the configuration has faults")]
    Config(Vec<ConfigError>),
    /// Git could not be asked.
    #[error("{0}")]
    Git(#[from] snell_engine::GitError),
}

/// A workspace, opened.
pub(crate) struct Session {
    pub(crate) decision: RootDecision,
    disk: Disk,
    staged: Option<Staged>,
}

impl Session {
    /// Decides the root for these arguments and opens it.
    pub(crate) fn open(paths: &[Utf8PathBuf], from_index: bool) -> Result<Self, Refusal> {
        let cwd = std::env::current_dir()
            .map_err(|error| Refusal::WorkingDirectory(error.to_string()))?;
        let cwd = Utf8PathBuf::from_path_buf(cwd)
            .map_err(|path| Refusal::WorkingDirectory(path.display().to_string()))?;
        let decision = resolve_root(paths, &cwd);
        if let Some(path) = decision.outside.first() {
            // A file that was deleted may still be named by a hook.
            return Err(if cwd.join(path).exists() {
                Refusal::Outside {
                    path: path.clone(),
                    root: decision.root,
                }
            } else {
                Refusal::Missing(path.clone())
            });
        }
        let disk = Disk::new(&decision.root)
            .map_err(|error| Refusal::Unreadable(decision.root.clone(), error))?;
        let staged = if from_index {
            Some(staged(&decision.root)?)
        } else {
            None
        };
        Ok(Session {
            decision,
            disk,
            staged,
        })
    }

    /// The workspace's name: its folder's.
    pub(crate) fn name(&self) -> &str {
        self.decision.root.file_name().unwrap_or("workspace")
    }

    /// The staged files, when the index is judged.
    pub(crate) fn changed(&self) -> Option<&[Utf8PathBuf]> {
        self.staged.as_ref().map(|staged| staged.changed.as_slice())
    }

    /// Hands the tree over: the disk's, or what the index makes of it.
    pub(crate) fn with_files<R>(&self, use_it: impl FnOnce(&dyn FileSystem) -> R) -> R {
        let Some(staged) = &self.staged else {
            return use_it(&self.disk);
        };
        let mut overlay = Overlay::new(&self.disk);
        for (path, content) in &staged.contents {
            match content {
                Some(bytes) => overlay.replace(path, bytes.clone()),
                None => overlay.remove(path),
            }
        }
        use_it(&overlay)
    }
}

/// What the tree's manifests say, and its configuration, the names of rules checked.
pub(crate) fn discover(fs: &dyn FileSystem) -> Result<(Workspace, Config), Refusal> {
    let workspace = Workspace::discover(fs);
    let config = Config::read(fs, &workspace.packages).map_err(Refusal::Config)?;
    let known: Vec<&str> = rules::all().iter().map(|rule| rule.metadata.name).collect();
    let unknown = config.check_rule_names(&known);
    if unknown.is_empty() {
        Ok((workspace, config))
    } else {
        Err(Refusal::Config(unknown))
    }
}

/// Whether a staged file can change what is found.
pub(crate) fn is_relevant(path: &Utf8Path) -> bool {
    snell_workspace::Purpose::of(path).is_some()
}
