//! The command line.

mod words;

use camino::Utf8PathBuf;
use clap::{Args, Parser, Subcommand, ValueEnum};

use self::words::count;
pub(crate) use self::words::{
    ConfidenceName, Count, Output, PresetName, SeverityName, Threshold, When,
};
use crate::cache::CacheArguments;

/// Finds where a NestJS + Prisma + PostgreSQL monorepo contradicts itself.
#[derive(Debug, Parser)]
#[command(
    name = "snell",
    version,
    max_term_width = 100,
    args_conflicts_with_subcommands = true
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) check: CheckArguments,
    /// When to use colours
    #[arg(long, value_enum, default_value_t, global = true, value_name = "WHEN")]
    pub(crate) color: When,
    /// When to link rules to their pages
    #[arg(long, value_enum, default_value_t, global = true, value_name = "WHEN")]
    pub(crate) links: When,
    #[command(flatten)]
    pub(crate) cache: CacheArguments,
}

/// What to do; `check` when nothing is said.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Find problems
    Check(CheckArguments),
    /// Show a rule's page, or a finding with all that leads to it
    Explain(ExplainArguments),
    /// List the rules
    Rules(RulesArguments),
    /// Print what was understood, for other programs
    Facts(FactsArguments),
    /// Show an endpoint's way to its queries
    Trace(TraceArguments),
    /// Write the whole audit of the database as a document
    Audit(AuditArguments),
    /// Draw the tables, whose rows they hold, and what links them
    Erd(ErdArguments),
    /// Print the SQL that takes down what a database counts of itself, for `--stats`
    StatsQuery,
    /// Show what was found in the workspace, and why
    Doctor(DoctorArguments),
    /// Serve an editor over standard input and output: the language server protocol
    Lsp(LspArguments),
    /// Accept today's findings, or see what became of the accepted ones
    #[command(subcommand)]
    Baseline(BaselineCommand),
    /// Write a configuration, and what runs snell on each commit and in CI
    Init(InitArguments),
    /// Print a script that completes commands and options in a shell
    Completions(CompletionsArguments),
}

/// `snell lsp`
#[derive(Debug, Args)]
pub(crate) struct LspArguments {
    /// Editors say so; there is no other way
    #[arg(long, hide = true)]
    pub(crate) stdio: bool,
}

/// `snell baseline`
#[derive(Debug, Subcommand)]
pub(crate) enum BaselineCommand {
    /// Accept today's findings: write them to the baseline file
    Create(BaselineCreateArguments),
    /// Take out the entries whose finding is there no more
    Prune(BaselineArguments),
    /// Say what the baseline holds, and what became of it
    Status(BaselineArguments),
}

/// `snell baseline prune`, `snell baseline status`
#[derive(Debug, Args)]
pub(crate) struct BaselineArguments {
    /// The workspace, or a folder in it
    pub(crate) path: Option<Utf8PathBuf>,
}

/// `snell baseline create`
#[derive(Debug, Args)]
pub(crate) struct BaselineCreateArguments {
    /// The workspace, or files and folders in it: then their findings are added to those accepted
    pub(crate) paths: Vec<Utf8PathBuf>,
    /// Accept critical findings too
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub(crate) include: Option<Included>,
    /// Add what is new in git's index to what is accepted
    #[arg(long)]
    pub(crate) staged: bool,
}

/// What a baseline takes in only when it is asked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Included {
    /// Data of others, or all data, at risk
    Critical,
}

/// `snell init`
#[derive(Debug, Args)]
pub(crate) struct InitArguments {
    /// The workspace, or a folder in it
    pub(crate) path: Option<Utf8PathBuf>,
    /// Do it without asking
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// Show what would be written, and write nothing
    #[arg(long, conflicts_with = "yes")]
    pub(crate) dry_run: bool,
    /// Run snell on each commit by this hook manager [default: the one that is there]
    #[arg(long, value_enum, value_name = "MANAGER")]
    pub(crate) hook: Option<Hook>,
    /// Run snell in this pipeline [default: the one that is there]
    #[arg(long, value_enum, value_name = "PIPELINE")]
    pub(crate) ci: Option<Ci>,
}

/// What runs checks on a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Hook {
    /// `.husky/pre-commit`
    Husky,
    /// `lint-staged` in package.json
    LintStaged,
    /// `lefthook.yml`
    Lefthook,
    /// `.pre-commit-config.yaml`
    PreCommit,
    /// None
    None,
}

/// What runs checks on a push.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Ci {
    /// A workflow of GitHub Actions
    Github,
    /// A job of GitLab
    Gitlab,
    /// None
    None,
}

/// `snell completions`
#[derive(Debug, Args)]
pub(crate) struct CompletionsArguments {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

/// `snell audit`
#[derive(Debug, Args)]
pub(crate) struct AuditArguments {
    /// The workspace, or a folder in it
    pub(crate) path: Option<Utf8PathBuf>,
    /// Where to write it; `-` is standard output [default: `audit.output` of the configuration, or
    /// _prompts/audits/database-audit.md; with the ending .html for a page]
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<Utf8PathBuf>,
    /// Replace an audit that snell wrote before
    #[arg(long)]
    pub(crate) update: bool,
    /// How to write it; `json` holds the findings and the open questions
    #[arg(long, short, value_enum, default_value_t = AuditFormat::Markdown)]
    pub(crate) format: AuditFormat,
    /// Say what changed since this audit, written with `--format json`
    #[arg(long, value_name = "OLD.json")]
    pub(crate) compare: Option<Utf8PathBuf>,
    /// Exit with 1 for findings of this severity or a worse one
    #[arg(long, value_enum, default_value_t = Threshold::None, value_name = "SEVERITY")]
    pub(crate) fail_on: Threshold,
}

/// How an audit is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum AuditFormat {
    /// The document
    Markdown,
    /// The same as one file for a browser, beside where the document goes
    Html,
    /// Findings and questions, for programs
    Json,
}

/// `snell check`
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("fixing").args(["fix", "diff"]).multiple(true))]
pub(crate) struct CheckArguments {
    /// The workspace, or files and folders to report on
    pub(crate) paths: Vec<Utf8PathBuf>,
    /// How to write the findings: FORMAT or FORMAT=FILE; may be repeated
    #[arg(long = "format", short = 'f', value_name = "FORMAT[=FILE]")]
    pub(crate) formats: Vec<Output>,
    /// Write the findings to a file
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output_file: Option<Utf8PathBuf>,
    /// Exit with 1 for findings of this severity or a worse one
    #[arg(long, value_enum, default_value_t = Threshold::High, value_name = "SEVERITY")]
    pub(crate) fail_on: Threshold,
    /// Exit with 0 whatever is found
    #[arg(long)]
    pub(crate) exit_zero: bool,
    /// Leave milder findings out; `low` and `info` call the rules that are mild, too [default: medium,
    /// and what is mended without thinking]
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub(crate) min_severity: Option<SeverityName>,
    /// Leave less certain findings out
    #[arg(long, value_enum, value_name = "CONFIDENCE")]
    pub(crate) min_confidence: Option<ConfidenceName>,
    /// Run the rules of this preset, whatever the configuration says
    #[arg(long, value_enum, value_name = "PRESET")]
    pub(crate) preset: Option<PresetName>,
    /// Report what comments and the configuration silence as well
    #[arg(long)]
    pub(crate) no_ignores: bool,
    /// Count the findings of each rule instead of showing them
    #[arg(long)]
    pub(crate) statistics: bool,
    /// Draw at most this many findings for people; `none` draws all
    #[arg(long, default_value = "50", value_name = "N", value_parser = count)]
    pub(crate) max_findings: Count,
    /// Run these rules alone: names, categories or globs
    #[arg(long, value_delimiter = ',', value_name = "RULES")]
    pub(crate) only: Vec<String>,
    /// Do not run these rules
    #[arg(long, value_delimiter = ',', value_name = "RULES")]
    pub(crate) skip: Vec<String>,
    /// Judge what git's index holds, and report what is new in it
    #[arg(long)]
    pub(crate) staged: bool,
    /// Report what is new since the branch parted from the one that it goes into
    #[arg(long, conflicts_with = "staged")]
    pub(crate) changed: bool,
    /// Take what changed since this branch or commit for new: its migrations are judged
    #[arg(long, value_name = "REF")]
    pub(crate) since: Option<String>,
    /// Judge the text of all migrations, of those that have run already too
    #[arg(long)]
    pub(crate) all_migrations: bool,
    /// What the database counts of itself, as the SQL of `snell stats-query` writes it
    #[arg(long, value_name = "FILE")]
    pub(crate) stats: Option<Utf8PathBuf>,
    /// Show suppressed and baselined findings too
    #[arg(long)]
    pub(crate) show_suppressed: bool,
    /// Leave the baseline aside: its findings count
    #[arg(long)]
    pub(crate) no_baseline: bool,
    /// Mend what can be mended without changing what the code does
    #[arg(long, conflicts_with = "staged")]
    pub(crate) fix: bool,
    /// Change schemas too, each with the migration that belongs to it
    #[arg(long, requires = "fixing")]
    pub(crate) unsafe_fixes: bool,
    /// Show what `--fix` would write, and write nothing
    #[arg(long, conflicts_with = "staged")]
    pub(crate) diff: bool,
    /// Check again whenever a file changes
    #[arg(long, conflicts_with_all = ["staged", "fix", "diff"])]
    pub(crate) watch: bool,
    /// Do not say what takes long
    #[arg(long)]
    pub(crate) no_progress: bool,
    /// What other linters call `--fail-on`: the most findings below `high`
    #[arg(long, hide = true, value_name = "N")]
    pub(crate) max_warnings: Option<usize>,
    /// Findings only
    #[arg(long, short)]
    pub(crate) quiet: bool,
    /// Say which schemas were judged
    #[arg(long, short)]
    pub(crate) verbose: bool,
}

/// `snell explain`
#[derive(Debug, Args)]
pub(crate) struct ExplainArguments {
    /// The rule, as category/name; or a finding, by the beginning of its fingerprint or its name in
    /// an audit
    pub(crate) rule: String,
    /// How to write the page
    #[arg(long, short, value_enum, default_value_t = PageFormat::Human)]
    pub(crate) format: PageFormat,
}

/// `snell rules`
#[derive(Debug, Args)]
pub(crate) struct RulesArguments {
    /// Names, categories or globs; all rules when absent
    pub(crate) patterns: Vec<String>,
    /// How to write the list
    #[arg(long, short, value_enum, default_value_t = PageFormat::Human)]
    pub(crate) format: PageFormat,
}

/// `snell facts`
#[derive(Debug, Args)]
pub(crate) struct FactsArguments {
    /// What to print
    #[arg(value_enum)]
    pub(crate) kind: FactsKind,
    /// The workspace, or a folder in it
    pub(crate) path: Option<Utf8PathBuf>,
}

/// `snell trace`
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("what").required(true).args(["endpoint", "all"]))]
pub(crate) struct TraceArguments {
    /// An endpoint (`GET /agents/:id`, `AgentController.findOne`, or a part), or FILE:LINE
    #[arg(value_name = "ENDPOINT|FILE:LINE")]
    pub(crate) endpoint: Option<String>,
    /// List all endpoints with the queries that one request runs, worst first
    #[arg(long)]
    pub(crate) all: bool,
    /// The workspace, or a folder in it
    #[arg(long = "in", value_name = "PATH")]
    pub(crate) path: Option<Utf8PathBuf>,
    /// How to write the ways
    #[arg(long, short, value_enum, default_value_t = TraceFormat::Human)]
    pub(crate) format: TraceFormat,
}

/// How ways are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TraceFormat {
    /// For people
    Human,
    /// As JSON, one document on each line
    Json,
}

/// `snell erd`
#[derive(Debug, Args)]
pub(crate) struct ErdArguments {
    /// The workspace, or a folder in it
    pub(crate) path: Option<Utf8PathBuf>,
    /// How to write the diagram
    #[arg(long, short, value_enum, default_value_t = ErdFormat::Mermaid)]
    pub(crate) format: ErdFormat,
    /// Which columns to show
    #[arg(long, value_enum, default_value_t = ErdColumns::Auto, value_name = "WHICH")]
    pub(crate) columns: ErdColumns,
    /// Draw these models or tables alone, with those that they are linked to
    #[arg(long, value_delimiter = ',', value_name = "MODELS")]
    pub(crate) around: Vec<String>,
    /// Draw the lines to tables that many others lead to, too
    #[arg(long)]
    pub(crate) hub_edges: bool,
    /// Write the diagram to a file
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output_file: Option<Utf8PathBuf>,
}

/// How diagrams are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ErdFormat {
    /// Text that GitHub and GitLab draw
    Mermaid,
    /// A picture
    Svg,
    /// For Graphviz
    Dot,
    /// The tables and links as JSON
    Json,
}

/// Which columns a diagram shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ErdColumns {
    /// All of up to 40 tables, those of keys when there are more
    Auto,
    /// All
    All,
    /// Those of keys and links
    Keys,
}

/// `snell doctor`
#[derive(Debug, Args)]
pub(crate) struct DoctorArguments {
    /// The workspace, or a folder in it
    pub(crate) path: Option<Utf8PathBuf>,
    /// Show the configuration alone: each value, and where it was said
    #[arg(long)]
    pub(crate) print_config: bool,
}

/// The documents of `snell facts`.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum FactsKind {
    /// The live Prisma schemas, one document each
    Schema,
    /// The calls of Prisma clients
    Calls,
    /// The databases that the migrations build
    Catalog,
    /// Where those depart from what the schemas describe
    Drift,
    /// The texts of raw queries, with their names and types
    RawSql,
    /// The methods that requests reach, and what they run
    Endpoints,
    /// What front ends ask of the API, and the endpoints that serve it
    Routes,
    /// Whose rows each query reaches, from where, how often
    Queries,
    /// What becomes of each field: where it is written, filtered, sorted, selected, named
    Fields,
    /// The types that mirror models, and how that is known
    Contracts,
    /// The indexes of each table, what uses them, those that are missing, and how tables grow
    Indexes,
    /// What seeds put into each table
    Seeds,
    /// What most parts of the project have in common, and what departs from it
    Conventions,
}

/// How pages and lists are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PageFormat {
    /// For people
    Human,
    /// As markdown
    Markdown,
    /// As JSON
    Json,
}
