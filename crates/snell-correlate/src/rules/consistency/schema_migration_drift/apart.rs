//! Migrations that belong to another state of the schema altogether: one finding for the history, whatever the number
//! of its differences.

use std::collections::BTreeSet;

use snell_source::{Confidence, Diagnostic, Severity};
use snell_sql::drift::{Difference, DriftKind};

use super::{RULE, weight};
use crate::support::{
    drift::{FEW, Sides},
    wording,
};

/// What the finding for a whole history is about, and what its differences come from.
pub(super) fn subject(sides: Sides<'_>) -> String {
    format!("schema:{}", sides.schema.path)
}

/// The tables on both sides whose columns or keys differ.
fn differing<'a>(
    differences: impl Iterator<Item = &'a Difference>,
) -> BTreeSet<(&'a str, &'a str)> {
    use DriftKind as K;
    let differences = differences.filter(|one| {
        matches!(
            one.kind,
            K::ColumnMissingInDb
                | K::ColumnExtraInDb
                | K::ColumnType
                | K::ColumnNullability
                | K::PrimaryKey
        )
    });
    differences
        .filter_map(|one| Some((one.schema.as_str(), one.table.as_deref()?)))
        .collect()
}

/// Of the tables that migrations make, how many they make otherwise.
pub(super) fn others(sides: Sides<'_>, missing: usize) -> Option<String> {
    let made = sides.tables().saturating_sub(missing);
    match differing(sides.differences()).len() {
        0 => None,
        n => Some(format!("of the {made} tables that they make, {n} differ")),
    }
}

/// One finding for a history most of whose tables differ; `found` is what is told of each.
pub(super) fn lead(
    sides: Sides<'_>,
    differences: &[&Difference],
    found: &[Diagnostic],
) -> Option<Diagnostic> {
    let (tables, apart) = (sides.tables(), differing(differences.iter().copied()).len());
    if apart <= FEW || apart * 2 < tables {
        return None;
    }
    let worst = found.iter().max_by_key(|one| one.severity)?;
    let mut finding = Diagnostic::at(
        &RULE.metadata,
        worst.primary().at,
        format!(
            "the migrations are those of another schema: {apart} of its {tables} tables differ"
        ),
    )
    .label(worst.message.clone());
    if worst.severity < RULE.metadata.severity {
        finding = finding.lowered(worst.severity, "none of the differences weighs more");
    }
    Some(
        finding
            .help("write the migration that the history lacks: `prisma migrate diff --from-migrations <folder> --to-schema-datamodel <schema> --script`, and read what it drops")
            .confidence(Confidence::Likely)
            .caused_by(subject(sides))
            .subject(subject(sides)),
    )
}

/// One finding for a history that stops before the schema does: what weighs most of its differences is all that no
/// migration makes, of many things at once.
pub(super) fn stopped(
    sides: Sides<'_>,
    differences: &[&Difference],
    found: &[Diagnostic],
) -> Option<Diagnostic> {
    use DriftKind as K;
    let weighs = |one: &&&Difference| weight::lowered(sides, one).is_none();
    let grave: Vec<&Difference> = differences.iter().filter(weighs).copied().collect();
    let of = |kind: DriftKind| grave.iter().filter(move |one| one.kind == kind);
    let tables: BTreeSet<&str> = of(K::TableMissingInDb)
        .filter_map(|one| one.table.as_deref())
        .collect();
    let columns: BTreeSet<&str> = of(K::ColumnMissingInDb)
        .filter_map(|one| one.table.as_deref())
        .collect();
    let enums: BTreeSet<&str> = of(K::EnumValuesDiffer)
        .filter_map(|one| one.object.as_deref())
        .collect();
    let never = |one: &&Difference| {
        let lacks = match one.kind {
            K::EnumValuesDiffer => {
                let (wanted, built) = sides.enum_values(one);
                built.iter().all(|value| wanted.contains(value))
            }
            K::TableMissingInDb
            | K::ColumnMissingInDb
            | K::EnumMissingInDb
            | K::IndexMissingInDb
            | K::FkMissingInDb => true,
            _ => false,
        };
        lacks && sides.taken(one).is_none()
    };
    let several = |count: usize| if count == 1 { "" } else { "s" };
    let parts: Vec<String> = [
        (tables.len(), "table", ""),
        (columns.len(), "table", " with new columns"),
        (enums.len(), "enum", " with new values"),
    ]
    .into_iter()
    .filter(|(count, ..)| *count > 0)
    .map(|(count, what, with)| format!("{count} {what}{}{with}", several(count)))
    .collect();
    let many = parts.len() > 1 && tables.len() + columns.len() + enums.len() > FEW;
    let worst = found.iter().max_by_key(|one| one.severity)?;
    if !many || !grave.iter().all(never) || worst.severity < RULE.metadata.severity {
        return None;
    }
    Some(
        Diagnostic::at(
            &RULE.metadata,
            worst.primary().at,
            "the migrations stop before the schema does: no later one makes what it has since",
        )
        .label(worst.message.clone())
        .note(format!("what no migration makes: {}", wording::and(&parts)))
        .help("write the migration that the history lacks: `prisma migrate diff --from-migrations <folder> --to-schema-datamodel <schema> --script`, and fill required columns in the rows that are there before they are required")
        .help("where a database has it already, mark it as applied there: `prisma migrate resolve --applied <name>`")
        .confidence(sides.confidence())
        .caused_by(subject(sides))
        .subject(subject(sides)),
    )
}

/// Names the finding for the history as the cause of what weighs as much.
pub(super) fn led(findings: &mut [Diagnostic]) {
    let lead = findings
        .first()
        .filter(|first| first.cause.as_ref() == Some(&first.subject))
        .map(|first| (first.severity, first.subject.clone()));
    let Some((severity, subject)) = lead else {
        return;
    };
    for finding in findings.iter_mut().skip(1) {
        if finding.severity == severity && finding.severity > Severity::Low {
            finding.cause = Some(subject.clone());
        }
    }
}
