//! Opens the workspace that the arguments mean.

use camino::{Utf8Path, Utf8PathBuf};
use snell_correlate::{check_options, rules};
use snell_engine::{
    Base, Changes, Content, NewMigrations, Staged, changes_since, contents_before, staged,
    staged_changes,
};
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

/// What of the workspace is judged and reported.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Scope<'a> {
    /// Git's index instead of the working tree, and what it changes alone.
    pub(crate) staged: bool,
    /// What a branch changes alone.
    pub(crate) changed: bool,
    /// The branch or commit that changes are told against.
    pub(crate) since: Option<&'a str>,
    /// The text of all migrations.
    pub(crate) all_migrations: bool,
}

/// A workspace, opened.
pub(crate) struct Session {
    pub(crate) decision: RootDecision,
    disk: Disk,
    staged: Option<Staged>,
    new: NewMigrations,
    /// The files that findings must touch; `None`: none need to.
    changed: Option<Vec<Utf8PathBuf>>,
    /// What the change is told against, when it takes files away.
    lost_since: Option<Base>,
}

impl Session {
    /// Decides the root for these arguments and opens it.
    pub(crate) fn open(paths: &[Utf8PathBuf], scope: Scope<'_>) -> Result<Self, Refusal> {
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
        let staged = if scope.staged {
            Some(staged(&decision.root)?)
        } else {
            None
        };
        let changes = changes(&decision.root, staged.as_ref(), scope)?;
        let changed = match (&staged, &changes) {
            (Some(staged), _) => Some(staged.changed.clone()),
            (None, Some(changes)) if scope.changed => Some(changes.paths().cloned().collect()),
            _ => None,
        };
        let lost_since = match (&staged, &changes) {
            (Some(staged), _) => takes_away(staged).then_some(Base::Head),
            (None, Some(changes)) if changes.removed.iter().any(|path| is_relevant(path)) => {
                Some(Base::Parting(scope.since.map(str::to_owned)))
            }
            _ => None,
        };
        let new = match changes {
            _ if scope.all_migrations => NewMigrations::All,
            Some(changes) => NewMigrations::Changed(changes),
            None => NewMigrations::Configured,
        };
        Ok(Session {
            decision,
            disk,
            staged,
            new,
            changed,
            lost_since,
        })
    }

    /// Arguments below the root that lead nowhere: a typing error, or a file that was deleted.
    pub(crate) fn missing(&self) -> impl Iterator<Item = &Utf8PathBuf> {
        let filters = self.decision.filters.paths.iter();
        filters.filter(|path| !self.decision.root.join(path).exists())
    }

    /// Refuses a path that leads nowhere, for commands whose path is where they look.
    pub(crate) fn all_there(&self) -> Result<(), Refusal> {
        match self.missing().next() {
            Some(path) => Err(Refusal::Missing(path.clone())),
            None => Ok(()),
        }
    }

    /// The workspace's name: its folder's.
    pub(crate) fn name(&self) -> &str {
        self.decision.root.file_name().unwrap_or("workspace")
    }

    /// The files that changed, when nothing else is reported.
    pub(crate) fn changed(&self) -> Option<&[Utf8PathBuf]> {
        self.changed.as_deref()
    }

    /// Which migrations are new.
    pub(crate) fn new_migrations(&self) -> &NewMigrations {
        &self.new
    }

    /// The working tree, whatever the index holds.
    pub(crate) fn disk(&self) -> &dyn FileSystem {
        &self.disk
    }

    /// Hands the tree over: the disk's, or what the index makes of it.
    pub(crate) fn with_files<R>(&self, use_it: impl FnOnce(&dyn FileSystem) -> R) -> R {
        let Some(staged) = &self.staged else {
            return use_it(&self.disk);
        };
        use_it(&laid_over(&self.disk, &staged.contents))
    }

    /// Hands over the tree as it was before a change that takes files away: what is wrong
    /// without them may stand in no file that changed. `None` when it takes none.
    pub(crate) fn with_files_before<R>(
        &self,
        use_it: impl FnOnce(&dyn FileSystem) -> R,
    ) -> Result<Option<R>, Refusal> {
        let (Some(base), Some(changed)) = (&self.lost_since, &self.changed) else {
            return Ok(None);
        };
        let before = contents_before(&self.decision.root, base, changed.clone())?;
        Ok(Some(
            self.with_files(|now| use_it(&laid_over(now, &before))),
        ))
    }
}

/// A tree with these contents in it.
fn laid_over<'base>(base: &'base dyn FileSystem, contents: &[Content]) -> Overlay<'base> {
    let mut overlay = Overlay::new(base);
    for (path, content) in contents {
        match content {
            Some(bytes) => overlay.replace(path, bytes.clone()),
            None => overlay.remove(path),
        }
    }
    overlay
}

/// Whether the commit would take away a file that can change what is found.
fn takes_away(staged: &Staged) -> bool {
    let mut contents = staged.contents.iter();
    contents.any(|(path, content)| {
        content.is_none() && is_relevant(path) && staged.changed.contains(path)
    })
}

/// What git knows of the change, when it is asked.
fn changes(
    root: &Utf8Path,
    staged: Option<&Staged>,
    scope: Scope<'_>,
) -> Result<Option<Changes>, Refusal> {
    Ok(match staged {
        Some(staged) => Some(staged_changes(root, staged, scope.since)?),
        None if scope.changed || scope.since.is_some() => Some(changes_since(root, scope.since)?),
        None => None,
    })
}

/// What the tree's manifests say, and its configuration, the names of rules checked.
pub(crate) fn discover(fs: &dyn FileSystem) -> Result<(Workspace, Config), Refusal> {
    let workspace = Workspace::discover(fs);
    let config = Config::read(fs, &workspace.packages).map_err(Refusal::Config)?;
    let known: Vec<&str> = rules::all().iter().map(|rule| rule.metadata.name).collect();
    let mut unknown = config.check_rule_names(&known);
    unknown.extend(check_options(&config));
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
