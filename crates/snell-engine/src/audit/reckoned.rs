//! Of a step of the plan: what its statements touch, and how much work it is.

use std::collections::BTreeSet;

use snell_report::audit::{
    Effort,
    plan::{Complexity, Statement},
};

use super::{remedy::Known, steps::Findings};

/// The table that a statement alters.
pub(super) fn table(sql: &str) -> Option<String> {
    let rest = sql.strip_prefix("ALTER TABLE ")?;
    let name = rest.split_whitespace().next()?;
    Some(format!("`{}`", name.trim_matches('"')))
}

/// The table whose indexes a statement changes.
pub(super) fn indexed(known: Known<'_>, sql: &str) -> Option<String> {
    let named = |name: &str| format!("`{}`", name.trim_matches(['"', ';']));
    if let Some(name) = sql.strip_prefix("DROP INDEX CONCURRENTLY ") {
        let name = name
            .trim_start_matches("IF EXISTS ")
            .trim_matches(['"', ';']);
        let mut tables = known.indexes.iter();
        let table = tables.find(|table| {
            let mut rows = table.indexes.iter();
            rows.any(|row| row.database_name.as_deref() == Some(name))
        })?;
        return Some(named(&table.table));
    }
    let is_made = sql.starts_with("CREATE INDEX ") || sql.starts_with("CREATE UNIQUE INDEX ");
    let (_, rest) = sql.split_once(" ON ").filter(|_| is_made)?;
    Some(named(rest.split_whitespace().next()?))
}

pub(super) fn effort(findings: &Findings<'_>) -> Effort {
    let largest = findings.iter().map(|(_, more)| more.effort).max();
    match (largest, findings.len()) {
        (Some(Effort::Small), 4..) => Effort::Medium,
        (Some(Effort::Medium), 10..) => Effort::Large,
        (largest, _) => largest.unwrap_or(Effort::Small),
    }
}

/// What statements ask for beside themselves: code that knows another type, a role and a
/// setting for policies, a look at each of many.
pub(super) fn effort_of(sql: &[Statement]) -> Effort {
    const MANY: usize = 10;
    let has = |words: &str| sql.iter().any(|one| one.text.contains(words));
    if has("CREATE POLICY ") || has(" TYPE ") && sql.len() > MANY {
        return Effort::Large;
    }
    match has(" TYPE ") || has(" DROP COLUMN ") || sql.len() > MANY {
        true => Effort::Medium,
        false => Effort::Small,
    }
}

/// Places and files of all its findings, and how the tables grow that it alters.
pub(super) fn basis(
    findings: &Findings<'_>,
    known: Known<'_>,
    tables: &BTreeSet<String>,
) -> String {
    let sources = &known.analysis.sources;
    let labels = || findings.iter().flat_map(|(one, _)| &one.labels);
    let places: BTreeSet<_> = labels()
        .map(|label| (label.at.file, label.at.span.start))
        .collect();
    let files: BTreeSet<&str> = labels()
        .map(|label| sources.file(label.at.file).path.as_str())
        .collect();
    let count = |n: usize, word: &str| match n {
        1 => format!("1 {word}"),
        n => format!("{n} {word}s"),
    };
    let mut text = format!(
        "{} in {}",
        count(places.len(), "place"),
        count(files.len(), "file")
    );
    let growing = known.indexes.iter().filter(|one| {
        matches!(one.growth.as_str(), "append-only" | "by action")
            && tables.contains(&format!("`{}`", one.table))
    });
    let names: Vec<String> = growing.map(|one| format!("`{}`", one.table)).collect();
    const SHOWN: usize = 4;
    match names.len() {
        0 => {}
        n if n > SHOWN => text.push_str(&format!("; alters {n} tables that grow with use")),
        _ => text.push_str(&format!("; alters {}, growing with use", names.join(", "))),
    }
    text
}

pub(super) fn complexity(effort: Effort, sql: bool, checks: bool) -> Complexity {
    match (effort, sql, checks) {
        (Effort::Large, ..) | (Effort::Medium, true, true) => Complexity::Involved,
        (Effort::Small, _, false) => Complexity::Simple,
        _ => Complexity::Moderate,
    }
}

/// An index that a statement makes: a plain one, whose keys alone say what it does.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct MadeIndex {
    table: String,
    keys: Vec<String>,
}

impl MadeIndex {
    pub(super) fn of(sql: &str) -> Option<Self> {
        let rest = sql.strip_prefix("CREATE INDEX ")?;
        let (_, rest) = rest.split_once("ON ")?;
        let (table, rest) = rest.split_once(" (")?;
        let (keys, end) = rest.split_once(')')?;
        let plain = !table.contains(' ') && !keys.contains('(') && !end.contains(" WHERE ");
        plain.then(|| MadeIndex {
            table: table.to_owned(),
            keys: keys.split(", ").map(str::to_owned).collect(),
        })
    }

    /// Whether this one has the keys of another, and perhaps more behind them.
    pub(super) fn begins_as(&self, other: &MadeIndex) -> bool {
        self.table == other.table && self.keys.starts_with(&other.keys)
    }
}

#[cfg(test)]
mod tests {
    use super::MadeIndex;

    #[test]
    fn an_index_may_begin_as_another() {
        let of = |sql: &str| MadeIndex::of(sql);
        let long = of("CREATE INDEX CONCURRENTLY ON \"a\" (\"b\", \"c\" DESC);");
        let short = of("CREATE INDEX CONCURRENTLY ON \"a\" (\"b\") INCLUDE (\"d\");");
        let (long, short) = (long.expect("an index"), short.expect("an index"));
        assert!(long.begins_as(&short) && !short.begins_as(&long));
        let other = of("CREATE INDEX ON \"x\" (\"b\");").expect("an index");
        assert!(!long.begins_as(&other));
        assert_eq!(of("CREATE INDEX ON \"a\" (\"b\") WHERE \"b\" > 0;"), None);
        assert_eq!(of("CREATE INDEX ON \"a\" USING gin (\"b\");"), None);
    }
}
