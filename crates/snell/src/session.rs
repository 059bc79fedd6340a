//! Opens the workspace that the arguments mean.

use camino::{Utf8Path, Utf8PathBuf};
use snell_correlate::{check_options, rules};
use snell_engine::{
    Analysis, Base, Changes, Content, NewMigrations, Staged, changes_since, contents_before,
    knows_any, staged, staged_changes,
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
    /// The first argument is no command, and no path either.
    #[error("no command or path `{word}`")]
    Command { word: Utf8PathBuf, nearest: String },
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
    /// What the change is told against, when it alone is reported.
    base: Option<Base>,
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
        // Hooks name files that are deleted; what nobody ever had is a typing error, and would silence everything.
        let known = |path: &Utf8PathBuf| {
            decision.root.join(path).exists()
                || changes
                    .as_ref()
                    .is_some_and(|changes| changes.paths().any(|one| one.starts_with(path)))
        };
        let filters = &decision.filters.paths;
        if let Some(first) = filters.first()
            && !filters.iter().any(known)
            && !knows_any(&decision.root, filters)
        {
            return Err(Refusal::Missing(first.clone()));
        }
        let changed = match (&staged, &changes) {
            (Some(staged), _) => Some(staged.changed.clone()),
            (None, Some(changes)) if scope.changed => Some(changes.paths().cloned().collect()),
            _ => None,
        };
        let base = match (&staged, &changed) {
            (Some(_), _) => Some(Base::Head),
            (None, Some(_)) => Some(Base::Parting(scope.since.map(str::to_owned))),
            (None, None) => None,
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
            base,
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

    /// The commit that the change is told against; `None` when everything is reported.
    pub(crate) fn base(&self) -> Result<Option<String>, Refusal> {
        let base = self.base.as_ref();
        Ok(base
            .map(|base| base.commit(&self.decision.root))
            .transpose()?)
    }

    /// Hands over the tree as it was in a commit that the change is told against.
    pub(crate) fn with_files_of<R>(
        &self,
        commit: &str,
        use_it: impl FnOnce(&dyn FileSystem) -> R,
    ) -> Result<R, Refusal> {
        let before = self.contents_of(commit, self.changed.clone().unwrap_or_default())?;
        Ok(self.with_files(|now| use_it(&laid_over(now, &before))))
    }

    /// What these files held in a commit.
    pub(crate) fn contents_of(
        &self,
        commit: &str,
        paths: Vec<Utf8PathBuf>,
    ) -> Result<Vec<Content>, Refusal> {
        Ok(contents_before(&self.decision.root, commit, paths)?)
    }

    /// What puts a file of the workspace into the index, from the working directory.
    pub(crate) fn to_stage(&self, path: &Utf8Path) -> String {
        let path = self.decision.root.join(path);
        let here = std::env::current_dir().ok();
        let here = here.and_then(|here| Utf8PathBuf::from_path_buf(here).ok());
        let near = here.and_then(|here| path.strip_prefix(here).ok().map(Utf8Path::to_owned));
        format!("git add {}", near.unwrap_or(path))
    }

    /// Whether git's index is judged.
    pub(crate) fn is_staged(&self) -> bool {
        self.staged.is_some()
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

/// Refuses a configuration that names what is not there.
pub(crate) fn check_names(analysis: &Analysis, config: &Config) -> Result<(), Refusal> {
    let unknown = analysis.unknown_names(config);
    match unknown.is_empty() {
        true => Ok(()),
        false => Err(Refusal::Config(unknown)),
    }
}

/// Whether a staged file can change what is found.
pub(crate) fn is_relevant(path: &Utf8Path) -> bool {
    snell_workspace::Purpose::of(path).is_some()
}
