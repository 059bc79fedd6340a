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
    /// Steps that make the package manager available in a workflow of GitHub.
    pub(super) setup: String,
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
    /// Runs the program of a package that is there, without asking.
    pub(super) once: &'static str,
    /// The image and commands that make it available in a job of GitLab.
    pub(super) prepare: &'static str,
}

const NPM: Runner = Runner {
    run: "npx --no-install",
    install: "npm ci --ignore-scripts",
    add: "npm install --save-dev",
    once: "npx",
    prepare: "",
};

/// A folder without a package.json has no package of its own: what runs is fetched, in the version that wrote the line.
const NO_PACKAGE: Runner = Runner {
    run: concat!("npx --yes --package=snell@", env!("CARGO_PKG_VERSION")),
    install: "",
    add: "",
    ..NPM
};

const PNPM: Runner = Runner {
    run: "pnpm exec",
    install: "pnpm install --frozen-lockfile --ignore-scripts",
    add: "pnpm add --save-dev --workspace-root",
    once: "pnpm exec",
    prepare: "    - corepack enable\n",
};

const YARN: Runner = Runner {
    run: "yarn run",
    install: "yarn install --immutable",
    add: "yarn add --dev",
    once: "yarn",
    prepare: "    - corepack enable\n",
};

const BUN: Runner = Runner {
    run: "bunx --no-install",
    install: "bun install --frozen-lockfile --ignore-scripts",
    add: "bun add --dev",
    once: "bunx",
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
        let runner = match lock.map(|lock| lock.locker) {
            _ if manifest.is_none() => NO_PACKAGE,
            Some(Locker::Pnpm) => PNPM,
            Some(Locker::Yarn) => YARN,
            Some(Locker::Bun) => BUN,
            None if exists(fs, "pnpm-workspace.yaml") => PNPM,
            _ => NPM,
        };
        Found {
            config: config.file.clone(),
            schemas: schemas.collect(),
            owner,
            setup: setup(fs, runner),
            runner,
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
    pub(super) fn next_steps(&self, hook: Hook) -> String {
        let Runner { run, add, once, .. } = self.runner;
        let mut steps = Vec::new();
        if !add.is_empty() {
            steps.push(format!("{add} snell"));
        }
        // A hook manager that is not there yet runs nothing.
        let husky = format!("{add} husky && {once} husky");
        match hook {
            Hook::Husky | Hook::LintStaged if self.hooks.contains(&Hook::Husky) => {}
            Hook::Husky => steps.push(husky),
            Hook::LintStaged => {
                steps.push(format!("{add} lint-staged"));
                steps.push(husky);
                steps.push("echo \"npx --no-install lint-staged\" > .husky/pre-commit".to_owned());
            }
            Hook::Lefthook if self.hooks.contains(&Hook::Lefthook) => {}
            Hook::Lefthook => steps.push(format!("{add} lefthook && {once} lefthook install")),
            Hook::PreCommit => steps.push("pre-commit install".to_owned()),
            Hook::None => {}
        }
        steps.push(format!(
            "{run} snell check             shows what there is today"
        ));
        steps.push(format!(
            "{run} snell baseline create   starts from a green build"
        ));
        format!("\nNext     {}\n", steps.join("\n         "))
    }
}

/// Steps of a workflow of GitHub that make the package manager available.
fn setup(fs: &dyn FileSystem, runner: Runner) -> String {
    let says = |path: &str, word: &str| {
        read_text(fs, Utf8Path::new(path)).is_ok_and(|text| text.text.contains(word))
    };
    if runner == YARN {
        "      - run: corepack enable\n".to_owned()
    } else if runner == BUN {
        "      - uses: oven-sh/setup-bun@v2\n".to_owned()
    } else if runner == PNPM {
        // The action asks for a version where package.json names none; the lock file's tells which
        // (<https://github.com/pnpm/spec/tree/master/lockfile>).
        let version = match () {
            () if says("package.json", "\"packageManager\"") => "",
            () if says("pnpm-lock.yaml", "lockfileVersion: '6") => "8",
            () if says("pnpm-lock.yaml", "lockfileVersion: 5") => "7",
            () => "9",
        };
        let with = match version {
            "" => String::new(),
            version => format!("        with:\n          version: {version}\n"),
        };
        format!("      - uses: pnpm/action-setup@v4\n{with}")
    } else {
        String::new()
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
