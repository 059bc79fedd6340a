//! Numbered columns.

use std::collections::BTreeMap;

use snell_prisma::{Field, FieldType};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use super::words;
use crate::{
    rule::{Context, Rule},
    support::{
        tables::{self, TableModel},
        wording,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "schema/repeating-columns",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "Numbered columns hold what is a list",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Two are a pair: home and away, first and second player.
const LEAST: usize = 3;

/// What comes in numbered parts by itself: the lines of an address, levels, places of a
/// ranking, quarters and weeks.
const PARTS: [&str; 15] = [
    "line", "address", "street", "addr", "level", "tier", "place", "rank", "quarter", "week",
    "month", "day", "year", "part", "version",
];

/// What says of every column of a group that it is one of several levels: the administrative ones of a place.
const LEVELS: [&str; 6] = ["admin", "adm", "level", "tier", "region", "subdivision"];

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    tables::of_postgres(context)
        .flat_map(|table| {
            groups(table)
                .into_iter()
                .map(move |group| finding(table, &group))
        })
        .collect()
}

/// Columns that differ in their number alone.
struct Group<'a> {
    /// The name without the number: `image{}Url`.
    pattern: String,
    columns: Vec<&'a Field>,
}

fn groups(table: TableModel<'_>) -> Vec<Group<'_>> {
    let mut found: BTreeMap<String, Vec<(u32, &Field)>> = BTreeMap::new();
    for field in table
        .model
        .columns()
        .filter(|field| field.ignored.is_none())
    {
        if let Some((pattern, number)) = numbered(&field.name) {
            found.entry(pattern).or_default().push((number, field));
        }
    }
    let groups = found.into_iter().filter_map(|(pattern, mut columns)| {
        columns.sort_by_key(|(number, _)| *number);
        let first = columns[0];
        let follow = columns
            .iter()
            .zip(first.0..)
            .all(|((number, field), wanted)| *number == wanted && field.ty == first.1.ty);
        let stem = pattern.split("{}").next().unwrap_or_default();
        let words = words::of(stem);
        let is_level = words.iter().any(|word| LEVELS.contains(&word.as_str()));
        let stem = words.last().map(String::as_str).unwrap_or_default();
        let is_list = stem.len() > 1 && !is_level && !PARTS.contains(&stem);
        (columns.len() >= LEAST && first.0 <= 1 && follow && is_list).then(|| Group {
            pattern,
            columns: columns.into_iter().map(|(_, field)| field).collect(),
        })
    });
    groups.collect()
}

/// `image2Url` to `image{}Url` and 2; a name with two numbers is left alone.
fn numbered(name: &str) -> Option<(String, u32)> {
    let start = name.find(|c: char| c.is_ascii_digit())?;
    let digits = name[start..]
        .chars()
        .take_while(char::is_ascii_digit)
        .count();
    let (before, rest) = (&name[..start], &name[start + digits..]);
    let number = name[start..start + digits].parse().ok()?;
    let other = rest.contains(|c: char| c.is_ascii_digit());
    (!other && digits <= 2).then(|| (format!("{before}{{}}{rest}"), number))
}

fn finding(table: TableModel<'_>, group: &Group<'_>) -> Diagnostic {
    let TableModel { schema, model, .. } = table;
    let (first, last) = (group.columns[0], group.columns[group.columns.len() - 1]);
    let thing = group.pattern.replace("{}", "").trim_matches('_').to_owned();
    let mut found = Diagnostic::at(
        &RULE.metadata,
        schema.field_name(first),
        format!(
            "`{}` has {} columns for one thing: `{}` to `{}`",
            model.name,
            group.columns.len(),
            first.name,
            last.name
        ),
    )
    .label("a list, cut off at the last number")
    .confidence(Confidence::Likely);
    for field in &group.columns[1..] {
        found = found.related(schema.field_name(field), "one more of it");
    }
    found
        .help(format!(
            "a table with one row for each `{thing}`, its number in a column; a list (`{thing}s {}[]`) where nothing refers to an element",
            match &first.ty {
                FieldType::Scalar(scalar) => scalar.as_str(),
                _ => "String",
            }
        ))
        .subject(wording::subject(model, &group.pattern))
}

#[cfg(test)]
mod tests {
    use super::numbered;

    #[test]
    fn a_number_stands_anywhere_once() {
        assert_eq!(numbered("phone3"), Some(("phone{}".to_owned(), 3)));
        assert_eq!(numbered("image2Url"), Some(("image{}Url".to_owned(), 2)));
        assert_eq!(numbered("sha256of2"), None);
        assert_eq!(numbered("name"), None);
    }
}
