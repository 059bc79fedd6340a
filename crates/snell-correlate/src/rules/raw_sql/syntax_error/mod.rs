//! A statement that PostgreSQL does not take.

use snell_flow::raw::{Engine, Reading};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use super::{
    identifier_as_parameter::misplaced,
    reading::{self, Findings},
};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "raw-sql/syntax-error",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A raw query is refused by PostgreSQL whatever the tables hold",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Codes that tell of a statement's form, not of its names and types.
const FORM: [&str; 6] = ["42601", "42803", "0A000", "42P10", "42P20", "42712"];

/// How the parser calls a parameter where it expects a part of a statement.
const HANDED_OVER: [&str; 1] = ["found POSITIONAL_PARAM"];

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut findings = Findings::of(context, &RULE.metadata);
    for reading in reading::all(context) {
        if misplaced(reading).is_some() {
            continue;
        }
        for found in reading::errors(context, reading) {
            let error = &found.error;
            // What was taken for a value may be a fragment, and the fragment what is missing.
            let may_be_mended = error.sqlstate == "42601" && reading.assumed;
            // Only the engine of Rust surely prepares each text.
            let taken = reading.engine != Engine::Rust && goes_at_once(reading);
            if !FORM.contains(&error.sqlstate) || may_be_mended || taken {
                continue;
            }
            let handed = HANDED_OVER.iter().any(|word| error.message.contains(word));
            let message = match handed {
                true => {
                    "a piece of this statement is handed over as a value: PostgreSQL refuses it"
                        .to_owned()
                }
                false => format!(
                    "PostgreSQL refuses this statement: {}",
                    lower(&error.message)
                ),
            };
            findings.tell(reading, error.span, message, |one| {
                let one = match handed {
                    true => one.label(format!(
                        "no value can stand here ({}): what is put in becomes a parameter, and no text of the statement",
                        error.sqlstate
                    )),
                    false => one.label(format!("({})", error.sqlstate)),
                };
                let one = match error.sqlstate {
                    _ if handed => one.help(
                        "make the piece with `Prisma.sql`, or `Prisma.empty` where there is none, and a list in it with `Prisma.join(values)`: then it is a part of the statement, and its values are parameters",
                    ),
                    "42803" => one.help(
                        "add the column to `GROUP BY`, or put it into an aggregate: `max(...)`",
                    ),
                    "0A000" => one.help("lock the rows in a sub-query, and aggregate over it"),
                    "42P10" => one
                        .help("name the columns of a unique index, or create one")
                        .lowered(
                            Severity::Medium,
                            "an index that was created by hand is not seen here",
                        ),
                    _ => one.help(
                        "mend the text where the label points; `EXPLAIN` of it on a database for development shows whether PostgreSQL takes it",
                    ),
                };
                if reading.assumed {
                    one.confidence(Confidence::Likely)
                } else {
                    one
                }
            });
            // One broken statement is one finding.
            if error.sqlstate == "42601" {
                break;
            }
        }
    }
    findings.done()
}

/// Whether several statements without parameters make up a text. A driver sends such a text as it is, and PostgreSQL
/// runs them all (<https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-MULTI-STATEMENT>).
fn goes_at_once(reading: &Reading) -> bool {
    reading.parse.statements.len() > 1
        && reading.text.parameters.is_empty()
        && !reading.text.open_parameters
        && reading.parse.statements.iter().all(|one| !one.broken)
}

/// A message inside a sentence.
fn lower(message: &str) -> String {
    let mut letters = message.trim_end_matches('.').chars();
    let first = letters.next().map(|letter| letter.to_ascii_lowercase());
    let rest = letters.as_str();
    match first {
        // `INSERT has more ...` keeps its word.
        Some(_) if rest.starts_with(|c: char| c.is_ascii_uppercase()) => message.to_owned(),
        Some(first) => format!("{first}{rest}"),
        None => String::new(),
    }
}
