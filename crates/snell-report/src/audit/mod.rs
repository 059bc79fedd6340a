//! The audit of a workspace, as plain data: what was found, and what everything
//! that was judged looks like.
//!
//! [`markdown`](markdown::render) writes it as one document. Nothing in it depends on the
//! day, the machine or the order of threads: the same input gives the same bytes, so that
//! `git diff` of two audits says what changed.

pub mod digest;
mod health;
pub mod html;
mod looked;
pub mod markdown;
mod migrations;
mod patterns;
mod pictures;
pub mod plan;
mod policies;
mod questions;
mod roles;
mod seeding;
mod sheets;
mod standing;
pub mod tables;
mod touched;

use self::{
    digest::Changes,
    plan::PhasePlan,
    tables::{
        Convention, DerivedColumn, IndexTable, Life, Point, Policy, RowSecurity, SecretColumn,
        Seed, VectorSearch,
    },
};
pub use self::{
    health::{harm, moves_rows},
    tables::Owned,
};
use crate::{
    Report,
    erd::Erd,
    trace::{Spot, Trace},
};

/// Everything that an audit tells.
#[derive(Debug, Clone, Default)]
pub struct Audit {
    /// The findings, what they were found in, and what could not be judged.
    pub report: Report,
    /// What is to be said of each finding beyond its diagnostic, in the order of the report's.
    pub findings: Vec<AuditFinding>,
    /// The models, in the order of the schemas.
    pub models: Vec<Model>,
    /// Every foreign key.
    pub relations: Vec<Relation>,
    /// What goes when a row of an owner goes, one entry for each owner.
    pub removals: Vec<Removal>,
    /// The migrations in the order in which they run.
    pub migrations: Vec<Migration>,
    /// Where the database that the migrations build departs from the schema.
    pub drift: Vec<Drift>,
    /// Every query of production code.
    pub queries: Vec<Query>,
    /// The endpoints and their ways to queries.
    pub endpoints: Vec<Trace>,
    /// The texts of raw queries.
    pub raw: Vec<RawQuery>,
    /// What becomes of each column.
    pub fields: Vec<Field>,
    /// The types of the code that mirror models.
    pub mirrors: Vec<Mirror>,
    /// Columns that follow from others.
    pub derived: Vec<DerivedColumn>,
    /// The searches by distance.
    pub searches: Vec<VectorSearch>,
    /// The indexes of each table, and those that are missing.
    pub indexes: Vec<IndexTable>,
    /// What seeds put into each table.
    pub seeds: Vec<Seed>,
    /// What most parts have in common, and the departures.
    pub conventions: Vec<Convention>,
    /// How the rows of each model come, change and go.
    pub lives: Vec<Life>,
    /// Columns with secrets, and with what tells who somebody is.
    pub secrets: Vec<SecretColumn>,
    /// The policies that would give tables row security, in the order in which they can be made.
    pub policies: Vec<Policy>,
    /// The row security that the migrations give tables.
    pub row_security: RowSecurity,
    /// The questions that an audit must answer, with what came of each.
    pub points: Vec<Point>,
    /// What to do, in which order.
    pub plan: Vec<PhasePlan>,
    /// The tables and what links them.
    pub erd: Erd,
    /// What changed since an earlier audit, when there is one to compare with.
    pub changes: Option<Changes>,
}

/// One area of the audit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Area {
    /// Normal forms, keys, types.
    Normalization,
    /// Constraints and referential actions.
    Integrity,
    /// Indexes for the queries that exist.
    Indexing,
    /// Whose rows a request reaches; secrets.
    Security,
    /// Schema against code.
    Consistency,
    /// Embeddings and similarity search.
    VectorSearch,
    /// Migrations and seeds.
    Migrations,
    /// Queries, growth, retention.
    Performance,
    /// Names and documents.
    Maintainability,
    /// Chats, agents, translations, credentials.
    Domain,
}

impl Area {
    /// All areas, in the order of the document.
    pub const ALL: [Area; 10] = [
        Area::Normalization,
        Area::Integrity,
        Area::Indexing,
        Area::Security,
        Area::Consistency,
        Area::VectorSearch,
        Area::Migrations,
        Area::Performance,
        Area::Maintainability,
        Area::Domain,
    ];

    /// What headings call it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Area::Normalization => "Schema design and normalization",
            Area::Integrity => "Data integrity and constraints",
            Area::Indexing => "Indexes",
            Area::Security => "Security and data isolation",
            Area::Consistency => "Application consistency",
            Area::VectorSearch => "Vector search",
            Area::Migrations => "Migrations and seed data",
            Area::Performance => "Performance and scalability",
            Area::Maintainability => "Maintainability and documentation",
            Area::Domain => "Domain",
        }
    }
}

/// A phase of the refactoring plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Integrity faults, security, performance of core paths, everything critical.
    First,
    /// Normalization, missing indexes, wrong cascades.
    Second,
    /// Seed data, documentation, optimisation.
    Third,
    /// Names, documentation of the schema.
    Fourth,
}

impl Phase {
    /// All phases in order.
    pub const ALL: [Phase; 4] = [Phase::First, Phase::Second, Phase::Third, Phase::Fourth];

    /// What headings call it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Phase::First => "Phase 1: integrity, security and core paths",
            Phase::Second => "Phase 2: normalization, indexes and cascades",
            Phase::Third => "Phase 3: seed data, documentation and optimisation",
            Phase::Fourth => "Phase 4: names and schema documentation",
        }
    }

    /// Its number, from 1.
    #[must_use]
    pub fn number(self) -> usize {
        self as usize + 1
    }
}

/// How much work a change is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effort {
    /// One place, or one migration.
    Small,
    /// A few places, or code and a migration together.
    Medium,
    /// Many places, or rows of a table that grows have to be rewritten.
    Large,
}

impl Effort {
    /// The letter of tables.
    #[must_use]
    pub fn letter(self) -> &'static str {
        match self {
            Effort::Small => "S",
            Effort::Medium => "M",
            Effort::Large => "L",
        }
    }
}

/// What an audit says of a finding beyond its diagnostic.
#[derive(Debug, Clone)]
pub struct AuditFinding {
    /// `ISO-9f3c`: stable as long as the fingerprint is.
    pub id: String,
    /// The area.
    pub area: Area,
    /// When it is to be mended.
    pub phase: Phase,
    /// How much work it is.
    pub effort: Effort,
    /// What the effort is reckoned from: `2 files, 3 places`.
    pub basis: String,
    /// Why it matters: the first paragraph of the rule's page.
    pub impact: String,
    /// What is to be done: the finding's help, with its statements as spans of code, or what
    /// takes its place where a migration has run.
    pub advice: Vec<String>,
    /// What can go wrong while it is mended, and how that is avoided.
    pub risk: String,
    /// What shows that it is mended.
    pub test: String,
    /// What kind of change mends it.
    pub change: Change,
    /// Whether it is about a migration that has run: that is corrected by a new one.
    pub applied_migration: bool,
    /// Whether it tells what such a migration did when it ran, and nothing of it is left to
    /// mend: locks that were held, names that changed. It counts nowhere.
    pub past: bool,
    /// The other rules that tell the same, for which it speaks.
    pub also: Vec<String>,
}

/// What kind of change mends a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// The schema and a migration, made by `prisma migrate dev`.
    Schema,
    /// A migration by hand: Prisma's schema cannot express it.
    Sql,
    /// Code.
    Code,
    /// Configuration, scripts or the pipeline.
    Configuration,
    /// Comments of the schema: nothing that runs.
    Comment,
    /// Nothing has to: it may be meant so, which a person decides and a comment says.
    Keep,
}

impl Change {
    /// How it is done in a project with Prisma.
    #[must_use]
    pub fn how(self) -> &'static str {
        match self {
            Change::Schema => {
                "edit `schema.prisma`, then `npx prisma migrate dev --create-only`, and read the SQL before it is applied"
            }
            Change::Sql => {
                "Prisma's schema cannot express it: `npx prisma migrate dev --create-only` makes an empty migration to write the SQL in; where `migrate dev` proposes to undo it later, leave that statement out of the new migration"
            }
            Change::Code => "code alone; the schema stays",
            Change::Configuration => "configuration alone; neither schema nor code changes",
            Change::Comment => "comments in `schema.prisma` alone: no migration follows from them",
            Change::Keep => {
                "keep it, where it is meant so, and say that in a `///` comment; else as the recommendation says"
            }
        }
    }
}

/// A model, as an audit lists it.
#[derive(Debug, Clone)]
pub struct Model {
    /// Its name.
    pub name: String,
    /// The table's.
    pub table: String,
    /// Where it is declared.
    pub spot: Spot,
    /// Its columns.
    pub columns: usize,
    /// Those that may be null.
    pub nullable: usize,
    /// How rows are told apart: `id Int @default(autoincrement())`.
    pub key: String,
    /// Whose its rows are.
    pub ownership: Owned,
    /// Whether a comment says what it is.
    pub documented: bool,
    /// Whether that is one that Prisma keeps, `///`.
    pub kept: bool,
    /// Its columns with comments.
    pub documented_columns: usize,
    /// Row security on its table.
    pub row_security: bool,
}

/// A foreign key.
#[derive(Debug, Clone)]
pub struct Relation {
    /// The model that holds it.
    pub from: String,
    /// Its columns.
    pub columns: Vec<String>,
    /// The model that it refers to.
    pub to: String,
    /// What the deletion of the other row does: `Cascade`.
    pub on_delete: String,
    /// What it does in the database that the migrations build, where that is something else.
    pub built: Option<String>,
    /// Whether the schema says so, or it is Prisma's default.
    pub explicit: bool,
    /// Whether every row has one.
    pub required: bool,
    /// Whether an index finds rows by it.
    pub indexed: bool,
    /// Where it is declared.
    pub spot: Spot,
}

/// What goes with a row of an owner.
#[derive(Debug, Clone)]
pub struct Removal {
    /// The owner.
    pub model: String,
    /// The models whose rows go along, nearest first.
    pub removed: Vec<String>,
    /// The models whose rows stay without it.
    pub detached: Vec<String>,
    /// The models whose rows forbid it.
    pub restricted: Vec<String>,
}

/// A migration.
#[derive(Debug, Clone)]
pub struct Migration {
    /// The folder's name.
    pub name: String,
    /// Its file.
    pub spot: Spot,
    /// Its statements.
    pub statements: usize,
    /// Those that drop or narrow what holds data.
    pub destructive: usize,
    /// Whether a finding says that nothing brings back what it takes.
    pub irreversible: bool,
    /// Those that change a column that is there: its type, its name, or what it refuses.
    pub altering: usize,
    /// Those that change rows.
    pub data: usize,
    /// The findings about locks that its statements take.
    pub locks: usize,
    /// Whether a file says how to go back.
    pub down: bool,
    /// Whether an earlier one of its history fails, at which a deploy stops.
    pub after_failure: bool,
    /// Why it fails when it is replayed: the server's words.
    pub failure: Option<String>,
    /// The ids of findings about it.
    pub findings: Vec<String>,
}

/// One difference between schema and migrations.
#[derive(Debug, Clone)]
pub struct Drift {
    /// What differs, in words.
    pub what: String,
    /// Whether `prisma migrate diff` would tell it, too.
    pub managed: bool,
    /// The table that it is about, where it is about one.
    pub table: Option<String>,
    /// The statements that end it in the schema's favour.
    pub cure: Vec<String>,
    /// What the schema says then, where the database is to be followed.
    pub declared: Vec<String>,
    /// What the database keeps, though the schema lacks it and cannot say it, or only a person
    /// can: by its name.
    pub stays: Option<String>,
    /// The statements that make it, of what the schema has no words for, or lacks.
    pub made: Vec<String>,
}

/// A query.
#[derive(Debug, Clone)]
pub struct Query {
    /// Where.
    pub spot: Spot,
    /// The model; nothing for raw queries.
    pub model: Option<String>,
    /// The operation.
    pub operation: String,
    /// Whether somebody owns the model's rows.
    pub owned: bool,
    /// The verdict of each way: the endpoint's name, the verdict, why.
    pub ways: Vec<Way>,
    /// The verdict where no endpoint leads to it.
    pub verdict: String,
}

/// A way from an endpoint to a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// `GET /agents/:id`
    pub endpoint: String,
    /// `Scoped`
    pub verdict: String,
    /// Why.
    pub reason: String,
}

/// The text of a raw query.
#[derive(Debug, Clone)]
pub struct RawQuery {
    /// Where.
    pub spot: Spot,
    /// `$queryRaw`
    pub method: String,
    /// How the text comes there: `tagged`, `unsafe`.
    pub form: String,
    /// Whether the whole text is known.
    pub whole: bool,
    /// The text, in one line.
    pub sql: String,
    /// Why the server would refuse it.
    pub errors: Vec<String>,
    /// How many parameters it has.
    pub parameters: usize,
    /// The tables that it reads.
    pub reads: Vec<String>,
    /// The tables that it writes.
    pub writes: Vec<String>,
    /// Whether it was read as SQL: only PostgreSQL's is.
    pub read: bool,
}

/// What becomes of a column.
#[derive(Debug, Clone)]
pub struct Field {
    /// The model.
    pub model: String,
    /// The field.
    pub name: String,
    /// Places that write it.
    pub written: usize,
    /// Texts of raw SQL that write it.
    pub by_sql: usize,
    /// Whether raw SQL or an object that is handed on whole may write it.
    pub elsewhere: bool,
    /// Places that filter or sort by it.
    pub asked: usize,
    /// Whether code outside of queries names it.
    pub named: bool,
    /// Front ends that name it.
    pub front_ends: usize,
    /// Whether rules pass it by: keys, time stamps of the server.
    pub exempt: bool,
}

/// A type of the code that mirrors a model.
#[derive(Debug, Clone)]
pub struct Mirror {
    /// Its name.
    pub name: String,
    /// `class`, `zod`
    pub kind: String,
    /// The model.
    pub model: String,
    /// Where it is declared.
    pub spot: Spot,
    /// How the mirror is known.
    pub evidence: String,
    /// Its properties, and how many of them stand for a field.
    pub properties: Option<(usize, usize)>,
}
