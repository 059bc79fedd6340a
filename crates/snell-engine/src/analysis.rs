//! One run: from a tree of files to findings.

use camino::{Utf8Path, Utf8PathBuf};
use snell_prisma::SchemaError;
use snell_project::{Project, schema::Decision};
use snell_report::{Counts, Notice, NoticeKind};
use snell_source::{FileId, Sources};
use snell_workspace::{Config, FileSystem, Workspace};

use crate::{modules, schemas};

/// What one run understood.
#[derive(Debug)]
pub struct Analysis {
    /// The texts that were read.
    pub sources: Sources,
    /// What they mean.
    pub project: Project,
    /// Which schemas are live, and why.
    pub decisions: Vec<Decision>,
    /// Faults of the live schemas.
    pub schema_errors: Vec<(FileId, SchemaError)>,
    /// What could not be read or judged.
    pub notices: Vec<Notice>,
    /// How much was read.
    pub counts: Counts,
}

/// How much was read, for progress.
pub type Counted = Counts;

/// Reads and binds a whole workspace. Nothing of it is run.
#[must_use]
pub fn analyze(fs: &dyn FileSystem, config: &Config) -> Analysis {
    let workspace = Workspace::discover(fs);
    let mut notices: Vec<Notice> = workspace
        .problems
        .iter()
        .map(|problem| Notice {
            kind: NoticeKind::Unreadable,
            path: Some(problem.path.clone()),
            message: problem.kind.to_string(),
        })
        .collect();
    let mut sources = Sources::new();
    let configured: Vec<Utf8PathBuf> = config.schemas.iter().map(|path| Utf8PathBuf::from(&path.value)).collect();
    let migrations = config.migrations.first().map(|path| Utf8Path::new(path.value.as_str()));
    let found = schemas::find(fs, &workspace, &configured, migrations, &mut sources, &mut notices);
    let modules = modules::link(fs, &workspace, &mut sources, &mut notices);
    let files = workspace.files.len();
    let project = Project::bind(workspace, found.schemas, modules);
    let counts = Counts {
        models: project.schemas.models().count(),
        migrations: 0,
        client_calls: project.calls.iter().filter(|(_, call)| !call.operation.is_of_client()).count(),
        raw_queries: project.calls.iter().filter(|(_, call)| call.operation.is_raw()).count(),
        files,
    };
    Analysis { sources, project, decisions: found.decisions, schema_errors: found.errors, notices, counts }
}
