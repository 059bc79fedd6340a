//! What `snell init` goes by: the schemas, the owner, the package manager, hooks and pipelines.

use camino::{Utf8Path, Utf8PathBuf};
use snell_engine::Analysis;
use snell_workspace::{Config, FileSystem, Locker, ReadError, read_text};

use crate::args::{Ci, Hook};

/// What is there.
pub(super) struct Found {
    /// The configuration.
    pub(super) config: Option<Utf8PathBuf>,
    /// Live schemas.
    pub(super) schemas: Vec<SchemaFound>,
    /// The one model that owns rows.
    pub(super) owner: Option<String>,
    /// What starts the program of a package.
    pub(super) runner: Runner,
    /// Hook managers.
    pub(super) hooks: Vec<Hook>,
    /// Pipelines.
    pub(super) pipelines: Vec<Ci>,
    /// Whether the root has a package.json.
    pub(super) has_manifest: bool,
}

/// A live schema.
pub(super) struct SchemaFound {
    pub(super) path: Utf8PathBuf,
    models: usize,
    migrations: Option<usize>,
}

/// The package manager's ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Runner {
    /// Runs an installed program.
    pub(super) run: &'static str,
    /// Installs what the lock file says.
    pub(super) install: &'static str,
    /// Adds a package for development.
    pub(super) add: &'static str,
    /// Steps that make it available in a workflow of GitHub.
    pub(super) setup: &'static str,
    /// The image and commands that make it available in a job of GitLab.
    pub(super) prepare: &'static str,
}

const NPM: Runner = Runner {
    run: "npx --no-install",
    install: "npm ci",
    add: "npm install --save-dev",
    setup: "",
    prepare: "",
};

const PNPM: Runner = Runner {
    run: "pnpm exec",
    install: "pnpm install --frozen-lockfile",
    add: "pnpm add --save-dev --workspace-root",
    setup: "      - uses: pnpm/action-setup@v4\n",
    prepare: "    - corepack enable\n",
};

const YARN: Runner = Runner {
    run: "yarn run",
    install: "yarn install --immutable",
    add: "yarn add --dev",
    setup: "      - run: corepack enable\n",
    prepare: "    - corepack enable\n",
};

const BUN: Runner = Runner {
    run: "bunx --no-install",
    install: "bun install --frozen-lockfile",
    add: "bun add --dev",
    setup: "      - uses: oven-sh/setup-bun@v2\n",
    prepare: "    - npm install --global bun\n",
};

impl Found {
    pub(super) fn of(fs: &dyn FileSystem, analysis: &Analysis, config: &Config) -> Self {
        let project = &analysis.project;
        let workspace = &project.workspace;
        let schemas = project.schemas.iter().map(|(_, schema)| SchemaFound {
            path: schema.path.clone(),
            models: schema.datamodel.models().len(),
            migrations: schema.history.as_ref().map(|one| one.migrations.len()),
        });
        let roots: Vec<String> = project
            .schemas
            .iter()
            .flat_map(|(id, schema)| {
                let roots = project.owners.graph(id).roots().iter();
                roots.map(|root| schema.datamodel[root.model].name.to_string())
            })
            .collect();
        let owner = match roots.as_slice() {
            [one] => Some(one.clone()),
            _ => None,
        };
        let lock = workspace
            .locks
            .iter()
            .min_by_key(|lock| lock.folder.as_str().len());
        let manifest = workspace
            .packages
            .iter()
            .find(|one| one.folder.as_str().is_empty());
        Found {
            config: config.file.clone(),
            schemas: schemas.collect(),
            owner,
            runner: match lock.map(|lock| lock.locker) {
                Some(Locker::Pnpm) => PNPM,
                Some(Locker::Yarn) => YARN,
                Some(Locker::Bun) => BUN,
                None if exists(fs, "pnpm-workspace.yaml") => PNPM,
                _ => NPM,
            },
            hooks: hooks(fs),
            pipelines: pipelines(fs, analysis),
            has_manifest: manifest.is_some(),
        }
    }

    /// What was found, in a few lines.
    pub(super) fn told(&self) -> String {
        let mut out = String::new();
        for schema in &self.schemas {
            let migrations = match schema.migrations {
                Some(n) => format!("{n} migrations"),
                None => "no migrations".to_owned(),
            };
            out.push_str(&format!(
                "Found    {} ({} models, {migrations})\n",
                schema.path, schema.models
            ));
        }
        let words = |names: Vec<&str>| match names.is_empty() {
            true => "none".to_owned(),
            false => names.join(", "),
        };
        let hooks = self.hooks.iter().map(|hook| match hook {
            Hook::Husky => "husky",
            Hook::LintStaged => "lint-staged",
            Hook::Lefthook => "lefthook",
            Hook::PreCommit => "pre-commit",
            Hook::None => "none",
        });
        let pipelines = self.pipelines.iter().map(|ci| match ci {
            Ci::Github => "GitHub Actions",
            Ci::Gitlab => "GitLab",
            Ci::None => "none",
        });
        out.push_str(&format!(
            "         hooks: {}; CI: {}\n",
            words(hooks.collect()),
            words(pipelines.collect())
        ));
        out
    }

    /// What to do then.
    pub(super) fn next_steps(&self) -> String {
        format!(
            "\nNext     {add} snell\n         {run} snell check             shows what there is today\n         {run} snell baseline create   starts from a green build\n",
            add = self.runner.add,
            run = self.runner.run
        )
    }
}

/// Whether a file is there, whatever it holds.
pub(super) fn exists(fs: &dyn FileSystem, path: &str) -> bool {
    !matches!(read_text(fs, Utf8Path::new(path)), Err(ReadError::Missing))
}

/// The hook managers, the one that commits go through first.
fn hooks(fs: &dyn FileSystem) -> Vec<Hook> {
    let manifest = read_text(fs, Utf8Path::new("package.json"));
    let names = |word: &str| manifest.as_ref().is_ok_and(|text| text.text.contains(word));
    let lefthook = ["lefthook.yml", "lefthook.yaml", ".lefthook.yml"];
    let found = [
        (
            Hook::Husky,
            exists(fs, ".husky/pre-commit") || names("\"husky\""),
        ),
        (Hook::Lefthook, lefthook.iter().any(|path| exists(fs, path))),
        (Hook::PreCommit, exists(fs, ".pre-commit-config.yaml")),
        (Hook::LintStaged, names("\"lint-staged\": {")),
    ];
    found
        .into_iter()
        .filter(|(_, there)| *there)
        .map(|(hook, _)| hook)
        .collect()
}

fn pipelines(fs: &dyn FileSystem, analysis: &Analysis) -> Vec<Ci> {
    let mut files = analysis.project.workspace.files.iter();
    let github = files.any(|file| file.path.starts_with(".github/workflows"));
    let found = [
        (Ci::Github, github),
        (Ci::Gitlab, exists(fs, ".gitlab-ci.yml")),
    ];
    found
        .into_iter()
        .filter(|(_, there)| *there)
        .map(|(ci, _)| ci)
        .collect()
}
