//! What seeds put into each table, in the words of every format.

use super::tables::Seed;

/// The heads of its columns.
pub(super) const HEADS: [&str; 7] = [
    "Model",
    "# Rows",
    "# Owners",
    "Relations filled",
    "Enum values",
    "Roles",
    "Where",
];

/// The cells between a model and the places where its rows are made; empty where there is nothing
/// to say.
pub(super) fn cells(seed: &Seed) -> [String; 5] {
    [
        rows(seed),
        seed.owners.map_or_else(String::new, |n| n.to_string()),
        relations(seed),
        values(seed),
        roles(seed),
    ]
}

fn rows(seed: &Seed) -> String {
    match (seed.rows, seed.many) {
        (0, false) => "none".to_owned(),
        (n, false) => n.to_string(),
        (0, true) => "some".to_owned(),
        (n, true) => format!("{n} and more"),
    }
}

fn relations(seed: &Seed) -> String {
    let (with, without) = &seed.relations;
    let mut said = Vec::new();
    if !with.is_empty() {
        said.push(names(with));
    }
    if !without.is_empty() && !seed.made.is_empty() {
        said.push(format!("not {}", names(without)));
    }
    said.join("; ")
}

fn values(seed: &Seed) -> String {
    let said = seed.enums.iter().filter(|_| !seed.made.is_empty());
    let said: Vec<String> = said
        .map(|one| {
            let all = one.seeded.len() + one.missing.len();
            let open = if one.open { ", others not known" } else { "" };
            let missing = match one.missing.is_empty() {
                true => String::new(),
                false => format!("; not {}", names(&one.missing)),
            };
            format!(
                "`{}` {} of {all}{missing}{open}",
                one.field,
                one.seeded.len()
            )
        })
        .collect();
    said.join("; ")
}

fn roles(seed: &Seed) -> String {
    let said = seed
        .roles
        .iter()
        .map(|(field, values)| match values.is_empty() {
            true => format!("`{field}`: none known"),
            false => format!("`{field}`: {}", names(values)),
        });
    said.collect::<Vec<_>>().join("; ")
}

fn names(all: &[String]) -> String {
    let all: Vec<String> = all.iter().map(|name| format!("`{name}`")).collect();
    all.join(", ")
}
