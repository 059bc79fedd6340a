//! What a file is for, as its name says; and which names are relevant at all.

use camino::Utf8Path;

use crate::locale::Locale;

/// Why a file is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// TypeScript and JavaScript, `prisma.config.*` and declarations included.
    Code,
    /// `.prisma`.
    PrismaSchema,
    /// `.sql`.
    Sql,
    /// `package.json`.
    PackageManifest,
    /// `pnpm-workspace.yaml`, `nx.json`, `project.json`, `turbo.json`, `lerna.json`.
    WorkspaceManifest,
    /// `package-lock.json`, `pnpm-lock.yaml`, `yarn.lock`, `bun.lock`.
    LockFile,
    /// `tsconfig*.json`, `jsconfig.json`.
    TsConfig,
    /// `nest-cli.json`.
    NestCli,
    /// Configuration, baseline of snell itself.
    Snell,
    /// `migration_lock.toml`: marks Prisma's migrations folder.
    MigrationLock,
    /// GitHub workflows and composite actions, GitLab CI, CircleCI and others.
    Pipeline,
    /// Docker compose files.
    Compose,
    /// `Dockerfile*`, `*.Dockerfile`.
    Dockerfile,
    /// Shell scripts, git hooks, entry points.
    Shell,
    /// `Makefile`, `justfile`.
    Makefile,
    /// `Procfile`.
    Procfile,
    /// Hosts' settings: `fly.toml`, `railway.*`, `vercel.json`, `render.yaml`, `app.json`, ...
    Deploy,
    /// Templates, GraphQL documents and other languages: read for the names that they say.
    Text,
    /// `CODEOWNERS`.
    CodeOwners,
    /// JSON with the texts of one language: `locales/en.json`, `i18n/de/common.json`.
    Locale,
    /// JSON that is called after an account of a service: `firebase-adminsdk.json`, `gcp-credentials.json`.
    ServiceAccount,
    /// `.env*`: listed by name; of examples the names of variables are read, of the others nothing.
    Environment,
}

impl Purpose {
    /// The largest file that is read, in bytes, unless its purpose allows more.
    pub const CODE_LIMIT: u64 = 4 << 20;
    /// Dumps and data migrations are long.
    pub const SQL_LIMIT: u64 = 32 << 20;
    /// Lock files are only scanned for two names.
    pub const LOCK_LIMIT: u64 = 64 << 20;

    /// What the file at this path is for; `None`: nothing that snell reads.
    #[must_use]
    pub fn of(path: &Utf8Path) -> Option<Purpose> {
        let name = path.file_name()?;
        by_name(name)
            .or_else(|| by_pattern(name))
            .or_else(|| by_folder(path, name))
            .or_else(|| by_language(path))
            .or_else(|| by_extension(path.extension()?))
    }

    /// The largest file of this purpose that is read, in bytes.
    #[must_use]
    pub fn limit(self) -> u64 {
        match self {
            Purpose::Sql => Purpose::SQL_LIMIT,
            Purpose::LockFile => Purpose::LOCK_LIMIT,
            _ => Purpose::CODE_LIMIT,
        }
    }
}

fn by_name(name: &str) -> Option<Purpose> {
    Some(match name {
        "package.json" => Purpose::PackageManifest,
        "pnpm-workspace.yaml"
        | "nx.json"
        | "project.json"
        | "turbo.json"
        | "turbo.jsonc"
        | "lerna.json" => Purpose::WorkspaceManifest,
        "package-lock.json"
        | "npm-shrinkwrap.json"
        | "pnpm-lock.yaml"
        | "yarn.lock"
        | "bun.lock" => Purpose::LockFile,
        "jsconfig.json" => Purpose::TsConfig,
        "nest-cli.json" => Purpose::NestCli,
        "snell.jsonc" | "snell.json" | ".snell.jsonc" | "snell-baseline.json" => Purpose::Snell,
        "migration_lock.toml" => Purpose::MigrationLock,
        ".gitlab-ci.yml"
        | ".gitlab-ci.yaml"
        | "bitbucket-pipelines.yml"
        | "azure-pipelines.yml"
        | ".pre-commit-config.yaml"
        | "lefthook.yml"
        | "lefthook.yaml"
        | "cloudbuild.yaml"
        | "buildspec.yml"
        | ".travis.yml" => Purpose::Pipeline,
        "Makefile" | "makefile" | "GNUmakefile" | "justfile" | "Justfile" => Purpose::Makefile,
        "Procfile" => Purpose::Procfile,
        "CODEOWNERS" => Purpose::CodeOwners,
        "fly.toml" | "railway.json" | "railway.toml" | "vercel.json" | "netlify.toml"
        | "render.yaml" | "render.yml" | "nixpacks.toml" | "app.json" | "heroku.yml"
        | "app.yaml" => Purpose::Deploy,
        _ => return None,
    })
}

fn by_pattern(name: &str) -> Option<Purpose> {
    let lower = name.to_ascii_lowercase();
    if lower.starts_with("tsconfig") && lower.ends_with(".json") {
        Some(Purpose::TsConfig)
    } else if lower == "dockerfile"
        || lower.starts_with("dockerfile.")
        || lower.ends_with(".dockerfile")
    {
        Some(Purpose::Dockerfile)
    } else if is_yaml(&lower)
        && (lower.starts_with("docker-compose") || lower.starts_with("compose."))
    {
        Some(Purpose::Compose)
    } else if lower == ".env" || lower.starts_with(".env.") || lower.starts_with(".env_") {
        Some(Purpose::Environment)
    } else if lower == "entrypoint" || lower == "docker-entrypoint" {
        Some(Purpose::Shell)
    } else {
        None
    }
}

fn by_folder(path: &Utf8Path, name: &str) -> Option<Purpose> {
    let folder = path.parent()?;
    if is_yaml(name) {
        let workflow = folder.ends_with(".github/workflows")
            || folder.ends_with(".circleci")
            || folder.ends_with(".buildkite")
            || folder.components().any(|part| part.as_str() == ".gitlab");
        let action = matches!(name, "action.yml" | "action.yaml");
        return if workflow || action {
            Some(Purpose::Pipeline)
        } else if in_docker_folder(folder) {
            Some(Purpose::Compose)
        } else {
            None
        };
    }
    // `packages/tsconfig/nextjs.json`: a package of configurations that others extend.
    let shared = folder
        .file_name()
        .is_some_and(|name| name.ends_with("tsconfig") || name.ends_with("typescript-config"));
    if shared && name.ends_with(".json") {
        return Some(Purpose::TsConfig);
    }
    (folder.ends_with(".husky") && !name.contains('.')).then_some(Purpose::Shell)
}

fn by_language(path: &Utf8Path) -> Option<Purpose> {
    if path.extension() != Some("json") {
        return None;
    }
    if Locale::of(path).is_some() {
        return Some(Purpose::Locale);
    }
    is_of_account(path.file_stem()?).then_some(Purpose::ServiceAccount)
}

/// Whether a name says that a file lets a program in somewhere.
fn is_of_account(name: &str) -> bool {
    const WORDS: [&str; 8] = [
        "serviceaccount",
        "firebase",
        "adminsdk",
        "credential",
        "gcp",
        "gcloud",
        "google",
        "privatekey",
    ];
    let plain: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect::<String>()
        .to_ascii_lowercase();
    WORDS.iter().any(|word| plain.contains(word))
}

/// Folders that are named after Docker hold compose files under any name.
fn in_docker_folder(folder: &Utf8Path) -> bool {
    folder
        .file_name()
        .is_some_and(|name| matches!(name, "docker" | "dockers" | ".docker" | "compose"))
}

fn by_extension(extension: &str) -> Option<Purpose> {
    Some(match extension {
        "ts" | "tsx" | "mts" | "cts" | "js" | "jsx" | "mjs" | "cjs" => Purpose::Code,
        "prisma" => Purpose::PrismaSchema,
        "sql" => Purpose::Sql,
        "sh" | "bash" => Purpose::Shell,
        "vue" | "svelte" | "astro" | "html" | "hbs" | "ejs" | "graphql" | "gql" | "py" | "go"
        | "rb" | "php" | "java" | "kt" | "cs" | "rs" => Purpose::Text,
        _ => return None,
    })
}

fn is_yaml(name: &str) -> bool {
    name.ends_with(".yml") || name.ends_with(".yaml")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_files_are_for() {
        let cases = [
            ("apps/api/src/a.ts", Some(Purpose::Code)),
            ("apps/api/prisma.config.mjs", Some(Purpose::Code)),
            ("schema.prisma", Some(Purpose::PrismaSchema)),
            ("a/migration.sql", Some(Purpose::Sql)),
            ("tsconfig.base.json", Some(Purpose::TsConfig)),
            ("prod.Dockerfile", Some(Purpose::Dockerfile)),
            ("Dockerfile.dev", Some(Purpose::Dockerfile)),
            ("docker-compose.deploy.yml", Some(Purpose::Compose)),
            ("dockers/database.yml", Some(Purpose::Compose)),
            (".github/workflows/ci.yml", Some(Purpose::Pipeline)),
            (".github/dependabot.yml", None),
            (".husky/pre-commit", Some(Purpose::Shell)),
            ("x/.env.production", Some(Purpose::Environment)),
            ("i18n/en.json", Some(Purpose::Locale)),
            ("data/words.json", None),
            (
                "src/push/firebase-adminsdk.json",
                Some(Purpose::ServiceAccount),
            ),
            ("web/Page.vue", Some(Purpose::Text)),
            ("README.md", None),
        ];
        for (path, purpose) in cases {
            assert_eq!(Purpose::of(path.into()), purpose, "{path}");
        }
    }
}
