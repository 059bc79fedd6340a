//! Room lost between columns.

use snell_prisma::{Field, Model, ScalarType};
use snell_project::schema::ModelRef;
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use super::together;
use crate::{
    rule::{Context, Rule},
    support::{growth::Growths, tables::TableModel},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "schema/column-alignment",
        severity: Severity::Info,
        preset: Preset::All,
        summary: "Columns in another order would take less room",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Fewer bytes than this are not worth a word.
const LEAST: u32 = 8;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let growths = Growths::shared(context);
    let schemas = together::schemas(context);
    schemas
        .iter()
        .filter_map(|tables| {
            let grown = tables.iter().filter(|table| {
                let model = ModelRef {
                    schema: table.id,
                    model: table.model.id,
                };
                growths.of_model(model).growth.is_by_use()
            });
            let losing: Vec<(TableModel<'_>, u32)> = grown
                .map(|table| (*table, lost(table.model)))
                .filter(|(_, lost)| *lost >= LEAST)
                .collect();
            finding(&losing)
        })
        .collect()
}

fn finding(tables: &[(TableModel<'_>, u32)]) -> Option<Diagnostic> {
    let places: Vec<_> = tables
        .iter()
        .map(|(table, lost)| {
            (
                table.schema.model_name(table.model),
                format!("{lost} bytes of each row"),
            )
        })
        .collect();
    let (first, lost) = tables.first()?;
    let found = together::finding(
        &RULE.metadata,
        &places,
        format!("{lost} bytes of each row of `{}` are lost between its columns", first.model.name),
        "wide columns start at multiples of their width",
    )?
    .confidence(Confidence::Possible)
    .help("in a new table, columns of eight bytes first, then of four, two and one, then texts; not worth rewriting one that is there");
    Some(found.subject("schema:alignment"))
}

/// The width of a column's values, when all have one. What begins with its length starts anywhere.
fn width(field: &Field) -> Option<u32> {
    if field.is_list() {
        return None;
    }
    let native = field
        .native_type
        .as_ref()
        .map(|native| native.name.as_str());
    match (field.scalar(), native) {
        (_, Some("Uuid" | "Char" | "VarChar" | "Text" | "Timetz")) => None,
        (_, Some("SmallInt")) => Some(2),
        (_, Some("Real" | "Date" | "Oid")) => Some(4),
        (Some(ScalarType::Boolean), _) => Some(1),
        (Some(ScalarType::Int), _) => Some(4),
        (Some(ScalarType::BigInt | ScalarType::Float | ScalarType::DateTime), _) => Some(8),
        (None, _) if field.enumeration().is_some() => Some(4),
        _ => None,
    }
}

/// The bytes between columns whose place is known: from the start of the row to the first
/// value of no fixed width, and from one such to the next.
fn lost(model: &Model) -> u32 {
    let mut lost = 0;
    let mut at: Option<u32> = Some(0);
    let mut run: Vec<u32> = Vec::new();
    for field in model.columns() {
        let Some(width) = width(field) else {
            lost += saved(&run);
            run.clear();
            at = None;
            continue;
        };
        // After a text the place is any, and the first column decides it.
        if at.is_some() || !run.is_empty() || width == 8 {
            run.push(width);
            at = Some(0);
        }
    }
    lost + saved(&run)
}

/// What a run of columns loses, and would not in the best order.
fn saved(run: &[u32]) -> u32 {
    let length = |widths: &[u32]| {
        widths
            .iter()
            .fold(0, |at: u32, width| at.next_multiple_of(*width) + width)
    };
    let mut best = run.to_vec();
    best.sort_unstable_by_key(|width| std::cmp::Reverse(*width));
    length(run) - length(&best)
}

#[cfg(test)]
mod tests {
    use super::saved;

    #[test]
    fn wide_columns_start_at_multiples_of_their_width() {
        assert_eq!(saved(&[8, 8, 4]), 0);
        assert_eq!(saved(&[1, 8, 1, 8]), 14);
        assert_eq!(saved(&[4, 8]), 4);
    }
}
