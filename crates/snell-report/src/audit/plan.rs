//! The refactoring plan of an audit: phases of steps, each with the statements that do it.

use snell_source::Severity;

use super::{Change, Effort, Phase};
use crate::trace::Spot;

/// Why a step waits for those that bring the migrations in order.
pub const HISTORY: &str = "the history must run before it is added to";

/// One phase.
#[derive(Debug, Clone)]
pub struct PhasePlan {
    /// Which.
    pub phase: Phase,
    /// Its steps, in order.
    pub steps: Vec<Step>,
}

impl PhasePlan {
    /// The steps that change the database, by their places.
    pub(super) fn migrates(&self) -> Vec<usize> {
        (1..)
            .zip(&self.steps)
            .filter(|(_, step)| matches!(step.change, Change::Schema | Change::Sql))
            .map(|(n, _)| n)
            .collect()
    }
}

/// `2.1 to 2.21, 2.24`: steps one after the other.
pub(super) fn ranges(phase: usize, steps: &[usize]) -> String {
    let runs = steps.chunk_by(|a, b| a + 1 == *b);
    let runs: Vec<String> = runs
        .map(|run| match run {
            [first, .., last] if run.len() > 2 => format!("{phase}.{first} to {phase}.{last}"),
            few => {
                let few: Vec<String> = few.iter().map(|n| format!("{phase}.{n}")).collect();
                few.join(", ")
            }
        })
        .collect();
    runs.join(", ")
}

/// One step: the findings of one rule in one phase.
#[derive(Debug, Clone)]
pub struct Step {
    /// `1.2`
    pub number: String,
    /// The rule.
    pub rule: String,
    /// What it does, in words: what is wrong until then.
    pub title: String,
    /// The ids of its findings.
    pub findings: Vec<String>,
    /// How bad the worst of them is.
    pub severity: Severity,
    /// How much work.
    pub effort: Effort,
    /// What that is reckoned from.
    pub basis: String,
    /// How hard it is to get right.
    pub complexity: Complexity,
    /// What kind of change.
    pub change: Change,
    /// What the schema says then, one line for each change.
    pub prisma: Vec<String>,
    /// What the database keeps, though the schema lacks it: nothing drops it.
    pub stays: Vec<String>,
    /// What is typed into a shell, where that is the change: lines of a script.
    pub commands: Vec<String>,
    /// Queries that show whether the statements will run, for before.
    pub checks: Vec<String>,
    /// The statements, in order.
    pub sql: Vec<Statement>,
    /// Whether they are for the databases in use alone and no migration: a baseline follows,
    /// which has all of it.
    pub outside: bool,
    /// What may go wrong.
    pub risk: String,
    /// What shows that it is done.
    pub test: String,
    /// The numbers of steps that come before, and why.
    pub depends: Vec<(String, String)>,
    /// The earlier step that does the same, where there is one: nothing is left to run.
    pub done_by: Option<String>,
    /// Its findings that the statements do not mend: a person reads what they say.
    pub by_hand: Vec<String>,
    /// The code that knows the old form of what the statements change.
    pub code: Vec<CodeOf>,
    /// How the change reaches an application that runs.
    pub rollout: Option<String>,
}

/// The code that knows a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeOf {
    /// `Agent.gender`
    pub column: String,
    /// Lines that write it.
    pub written: Vec<Spot>,
    /// Lines that filter, sort or select by it.
    pub read: Vec<Spot>,
    /// How many files of front ends name it.
    pub front_ends: usize,
}

impl CodeOf {
    /// Whether no code was seen to know it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places() + self.front_ends == 0
    }

    /// How many lines there are.
    #[must_use]
    pub fn places(&self) -> usize {
        self.written.len() + self.read.len()
    }

    /// The lines.
    pub fn spots(&self) -> impl Iterator<Item = &Spot> {
        self.written.iter().chain(&self.read)
    }
}

/// How hard a change is to get right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Complexity {
    /// One kind of change, that nothing else waits for.
    Simple,
    /// Rows or callers have to be looked at first.
    Moderate,
    /// Schema, rows and code change together.
    Involved,
}

impl Complexity {
    /// The word of tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Complexity::Simple => "simple",
            Complexity::Moderate => "moderate",
            Complexity::Involved => "involved",
        }
    }
}

/// One statement of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The text, with its semicolon.
    pub text: String,
    /// Whether it must be alone in its migration, since it cannot run in a transaction.
    pub alone: bool,
}

impl Statement {
    /// A statement; `CONCURRENTLY` keeps it out of transactions.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        Statement {
            alone: text.contains(" CONCURRENTLY "),
            text,
        }
    }
}
