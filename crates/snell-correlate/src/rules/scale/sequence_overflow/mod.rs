//! Keys that come to the end of their type.

use snell_prisma::{Field, ScalarType};
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};
use snell_sql::statistics::SequenceStatistics;

use crate::{
    rule::{Context, Rule},
    support::{
        statistics::{self, Counted, grouped, namespace},
        wording,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "scale/sequence-overflow",
        severity: Severity::High,
        preset: Preset::All,
        summary: "A numbered key has used up most of the numbers that its type holds",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let Some(taken) = context.statistics else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for counted in statistics::tables(context, taken) {
        let model = counted.table.model;
        let schema = namespace(model).unwrap_or("public");
        for sequence in &taken.sequences {
            let of_table = sequence.table.as_deref() == Some(model.db_name.as_str())
                && sequence.table_schema.as_deref() == Some(schema);
            let column = sequence.column.as_deref().filter(|_| of_table);
            if let Some(field) = column.and_then(|column| model.field_of_column(column)) {
                found.extend(of_sequence(&counted, field, sequence));
            }
        }
    }
    found
}

fn of_sequence(
    counted: &Counted<'_>,
    field: &Field,
    sequence: &SequenceStatistics,
) -> Option<Diagnostic> {
    let (last, most) = (
        u64::try_from(sequence.last).ok()?,
        u64::try_from(sequence.most).ok()?,
    );
    // A quotient: ten times the greatest number does not fit.
    let percent = last / (most / 100).max(1);
    if percent < 50 || sequence.cycles {
        return None;
    }
    let (schema, model) = (counted.table.schema, counted.table.model);
    let name = format!("{}.{}", model.name, field.name);
    let mut found = Diagnostic::at(
        &RULE.metadata,
        schema.field_type(field),
        format!("`{name}` has used {percent} % of its numbers"),
    )
    .label(format!("{} of {}", grouped(last), grouped(most)))
    .note("inserts fail when the last one is given; numbers of failed inserts are used up, too");
    if percent < 80 {
        found = found.lowered(Severity::Medium, "half of them are left");
    }
    found = match field.scalar() {
        Some(ScalarType::Int) => found.help(format!(
            "make it `BigInt`, with every column that refers to it: on a table of {} rows by a second column that is filled in batches",
            grouped(counted.of_table.rows)
        )),
        _ => found.help("give the sequence and its column a wider type"),
    };
    Some(found.subject(wording::subject(model, &field.name)))
}
