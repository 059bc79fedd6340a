//! Finds the files of a monorepo, its packages and its configuration, as facts.
//!
//! [`resolve_root`] decides which folder is meant, a [`FileSystem`] lists and
//! reads it, and [`Workspace::discover`] says what is there: files and what they
//! are for, packages, `tsconfig` files. Nothing here knows TypeScript, Prisma's
//! syntax or SQL, and nothing is ever run or fetched.

mod classify;
mod config;
mod deploy;
mod environment;
mod files;
mod generated;
mod json;
mod locale;
mod packages;
mod problem;
mod purpose;
mod root;
mod tsconfig;
mod workspace;
mod yaml;

pub use classify::{Classifier, PathFacts};
pub use config::{
    Config, ConfigError, Ignore, Isolation, Origin, Roles, RuleLevel, RuleOverride, RuleSchema,
    RuleSetting, Sourced, config_schema,
};
pub use deploy::{
    CodeOwners, CommandContext, CommandFact, Deployment, ImageContext, ImageFact, InitMount,
};
pub use environment::EnvironmentExample;
pub use files::{
    Disk, FileSystem, Link, ListedFile, Listing, Memory, Overlay, ReadError, Text, join, normalize,
    read_text,
};
pub use generated::{ClientGenerator, GeneratedClient};
pub use json::{Json, JsonValue, Member, Spanned};
pub use locale::Locale;
pub use packages::{
    Dependency, DependencyKind, LockFile, LockedVersion, Locker, MemberPatterns, Package,
    PackageManifest, PnpmWorkspace, PrismaKey, PrismaVersion, Script,
};
pub use problem::{Problem, ProblemKind};
pub use purpose::Purpose;
pub use root::{ReportFilter, RootDecision, RootReason, resolve_root};
pub use tsconfig::{PathMapping, ResolvedTsConfig, TsConfig, TsConfigs};
pub use workspace::{Workspace, WorkspaceFile};
