//! Texts of a few values, to which checks hold them.

use snell_source::{Diagnostic, Location};
use snell_sql::catalog::TableConstraint;

use super::{
    super::{constraint_name, quoted},
    Known, Remedy, Subject,
};

/// A check that the column holds one of its values: an enum would need a stop of the application, and all
/// that hangs on the column (conditions of indexes, checks, functions) to be made anew. Nothing where not all
/// values are told.
pub(super) fn remedy(
    known: Known<'_>,
    subject: &Subject<'_>,
    diagnostic: &Diagnostic,
) -> Option<Remedy> {
    let field = subject.fields.first()?;
    // One that a check holds has nothing left to do.
    if known.held.has(&subject.model.name, &field.name) {
        return Some(Remedy::default());
    }
    let (table, column) = (subject.table(), quoted(&field.db_name));
    let list: Vec<String> = values(known, diagnostic)?
        .iter()
        .map(|value| format!("'{}'", value.replace('\'', "''")))
        .collect();
    let list = list.join(", ");
    let of_end = |end| constraint_name(&subject.model.db_name, &[&field.db_name], end);
    // Another check may have the usual name.
    let taken = checks(subject, &field.db_name);
    let name = match taken.contains(&of_end("check")) {
        true => of_end("allowed"),
        false => of_end("check"),
    };
    Some(Remedy {
        checks: vec![format!(
            "SELECT {column}, count(*) FROM {table} WHERE {column} NOT IN ({list}) GROUP BY 1;"
        )],
        sql: vec![format!(
            "ALTER TABLE {table} ADD CONSTRAINT {} CHECK ({column} IN ({list}));",
            quoted(&name)
        )],
        ..Remedy::default()
    })
}

/// The checks of a column in the database that the migrations build.
fn checks(subject: &Subject<'_>, column: &str) -> Vec<String> {
    let Some(history) = &subject.schema.history else {
        return Vec::new();
    };
    let mut tables = history.replay.catalog.tables();
    let Some((_, table)) = tables.find(|(relation, _)| relation.name == subject.model.db_name)
    else {
        return Vec::new();
    };
    table
        .constraints
        .iter()
        .filter(|constraint| {
            matches!(constraint.kind, TableConstraint::Check(_))
                && table.names(&constraint.columns).any(|name| name == column)
        })
        .map(|constraint| constraint.name.to_string())
        .collect()
}

/// The values: those that a label lists whole, or, where it says how many more there are, those
/// that stand at its place.
fn values(known: Known<'_>, diagnostic: &Diagnostic) -> Option<Vec<String>> {
    for label in diagnostic.related() {
        let shown: Vec<String> = label
            .text
            .split('`')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect();
        if shown.len() < 2 {
            continue;
        }
        let Some(more) = more(&label.text) else {
            return Some(shown);
        };
        let found = written(known, label.at);
        if found.len() == shown.len() + more && shown.iter().all(|value| found.contains(value)) {
            return Some(found);
        }
    }
    None
}

/// `, 12 more`
fn more(text: &str) -> Option<usize> {
    let (before, _) = text.rsplit_once(" more")?;
    before.rsplit(' ').next()?.parse().ok()
}

/// The quoted texts at a place, or in the braces or brackets behind it.
fn written(known: Known<'_>, at: Location) -> Vec<String> {
    let text = &known.analysis.sources.file(at.file).text;
    let (start, end) = (at.span.start as usize, at.span.end as usize);
    let inside = quoted_texts(text.get(start..end).unwrap_or_default());
    if !inside.is_empty() {
        return inside;
    }
    let rest = text.get(end..).unwrap_or_default();
    let end = rest.find(['}', ']', ';']).unwrap_or(0);
    let behind = quoted_texts(&rest[..end]);
    match behind.is_empty() {
        true => listed(text, &rest[..end]),
        false => behind,
    }
}

/// The texts of the list that a type is made of: `(typeof NAMES)[number]`.
fn listed(text: &str, type_text: &str) -> Vec<String> {
    let found = type_text.split_once("typeof ").and_then(|(_, rest)| {
        let name: String = rest
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
            .collect();
        let (_, after) = text.split_once(&format!("{name} = ["))?;
        Some(after.split(']').next().unwrap_or_default())
    });
    found.map(quoted_texts).unwrap_or_default()
}

fn quoted_texts(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(['\'', '"']) {
        let quote = &rest[start..=start];
        let after = &rest[start + 1..];
        let Some(end) = after.find(quote) else { break };
        if !found.iter().any(|known| known == &after[..end]) {
            found.push(after[..end].to_owned());
        }
        rest = &after[end + 1..];
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_may_be_made_of_a_list() {
        let text =
            "export const SIZES = ['s', 'm'] as const;\nexport type Size = (typeof SIZES)[number];";
        assert_eq!(listed(text, " = (typeof SIZES)[number"), ["s", "m"]);
        assert!(listed(text, " = (typeof OTHERS)[number").is_empty());
    }

    #[test]
    fn lists_say_how_many_are_left_out() {
        assert_eq!(more("`a`, `b`, 12 more"), Some(12));
        assert_eq!(more("takes `a`, `b`"), None);
        assert_eq!(
            quoted_texts("A = 'a', B = \"b\", C = 'a'"),
            ["a".to_owned(), "b".to_owned()]
        );
    }
}
