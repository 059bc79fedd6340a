//! A column that its table does not have.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::reading::{self, Findings};
use crate::{
    rule::{Context, Rule},
    support::wording::a_few,
};
use snell_sql::catalog::{Relation, RelationKind};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "raw-sql/unknown-column",
        severity: Severity::Critical,
        preset: Preset::Recommended,
        summary: "A raw query names a column that does not exist",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut findings = Findings::of(context, &RULE.metadata);
    for reading in reading::all(context) {
        for found in reading::errors(context, reading) {
            let error = &found.error;
            let Some(name) = error.name.as_ref().filter(|_| error.sqlstate == "42703") else {
                continue;
            };
            if super::unmapped_name::column(context, reading, error).is_some() {
                continue;
            }
            let schema = reading::schema(context, reading);
            let catalog = reading::catalog(context, reading);
            let tables: Vec<_> = error
                .relations
                .iter()
                .filter_map(|id| catalog.relation(*id))
                .collect();
            let message = match tables.as_slice() {
                [table] => format!("table `{}` has no column `{name}`", table.name),
                _ => format!("column `{name}` does not exist"),
            };
            let gone = tables
                .iter()
                .find_map(|table| reading::dropped(schema, &table.name, Some(name)));
            let candidates = error.candidates.iter().map(smol_str::SmolStr::as_str);
            let folded = candidates
                .clone()
                .find(|other| other.eq_ignore_ascii_case(name));
            let doubt = match gone.is_some() || folded.is_some() {
                true => None,
                false => reading::doubt(context, reading),
            };
            if doubt.is_some() && findings.is_told(reading, error.span, &message) {
                continue;
            }
            findings.tell(reading, error.span, message, |mut one| {
                one = one.label("PostgreSQL: 42703");
                one = one.caused_by(reading::failing(context, reading));
                if let Some((migration, at)) = gone {
                    one = one.related(at, format!("`{migration}` dropped it"));
                }
                for table in tables.iter().take(2) {
                    if let Some(at) = reading::origin(context, reading, table.id, None) {
                        one = one.related(at, "the table");
                    }
                }
                if let Some(folded) = folded {
                    one = one.help(format!(
                        "PostgreSQL folds names without quotes to lower case: write `{}`",
                        reading::quoted(folded)
                    ));
                } else if let Some(near) = reading::meant(name, candidates) {
                    one = one.help(format!("did you mean `{near}`?"));
                } else {
                    one = one.help(otherwise(&tables, name));
                }
                reading::weighed(found, doubt, one)
            });
        }
    }
    findings.done()
}

/// What to do where no column comes near in name.
fn otherwise(tables: &[&Relation], name: &str) -> String {
    let columns: Vec<&str> = match tables {
        [only] => match &only.kind {
            RelationKind::Table(table) => (table.columns.iter())
                .map(|column| column.name.as_str())
                .collect(),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    };
    match columns.is_empty() {
        true => format!(
            "name a column that is there, or add `{name}` by a migration before the code runs"
        ),
        false => format!(
            "its columns are {}: name the one that is meant, or add `{name}` by a migration before the code runs",
            a_few(&columns)
        ),
    }
}
