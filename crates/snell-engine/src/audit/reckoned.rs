//! Of a step of the plan: what its statements touch, and how much work it is.

use std::collections::{BTreeMap, BTreeSet};

use snell_report::audit::{
    Effort,
    plan::{Complexity, Statement},
};

use super::{remedy::Known, steps::Findings};

/// A name of a statement without its schema and its quotes.
pub(super) fn bare(name: &str) -> &str {
    let name = name.trim_matches(['"', ';']);
    name.rsplit_once("\".\"").map_or(name, |(_, own)| own)
}

/// The table that a statement alters.
pub(super) fn table(sql: &str) -> Option<String> {
    let rest = sql.strip_prefix("ALTER TABLE ")?;
    Some(format!("`{}`", bare(rest.split_whitespace().next()?)))
}

/// The table whose indexes a statement changes.
pub(super) fn indexed(known: Known<'_>, sql: &str) -> Option<String> {
    let named = |name: &str| format!("`{}`", bare(name));
    if let Some(name) = sql.strip_prefix("DROP INDEX CONCURRENTLY ") {
        let name = bare(name.trim_start_matches("IF EXISTS "));
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

/// Constraints and indexes that have another name once earlier steps are done: by the table (none of
/// an index) and the old name.
#[derive(Debug, Default)]
pub(super) struct Renames(BTreeMap<(String, String), String>);

impl Renames {
    /// What a statement gives another name, or makes anew under one.
    pub(super) fn learn(&mut self, sql: &str) {
        let sql = sql.trim_end_matches(';');
        let new = if let Some(rest) = sql.strip_prefix("ALTER INDEX ") {
            let names = rest
                .trim_start_matches("IF EXISTS ")
                .split_once(" RENAME TO ");
            names.map(|(old, new)| (("", old), new))
        } else if let Some(rest) = sql.strip_prefix("ALTER TABLE ") {
            let (table, action) = rest.split_once(' ').unwrap_or((rest, ""));
            let renamed = action
                .strip_prefix("RENAME CONSTRAINT ")
                .and_then(|rest| rest.split_once(" TO "));
            let anew = action
                .strip_prefix("DROP CONSTRAINT ")
                .and_then(|rest| rest.split_once(", ADD CONSTRAINT "))
                .map(|(old, rest)| (old, rest.split(' ').next().unwrap_or(rest)));
            let names = renamed.or(anew).filter(|(old, new)| old != new);
            names.map(|(old, new)| ((table, old), new))
        } else {
            None
        };
        if let Some(((table, old), new)) = new {
            let key = (table.to_owned(), old.to_owned());
            self.0.insert(key, new.to_owned());
        }
    }

    /// A statement that drops something, by the name that it has by then.
    pub(super) fn applied(&self, sql: &str) -> String {
        const INDEX: &str = "DROP INDEX CONCURRENTLY ";
        const CONSTRAINT: &str = " DROP CONSTRAINT ";
        let of = |table: &str, old: &str| {
            let key = (table.to_owned(), old.to_owned());
            self.0.get(&key)
        };
        if let Some(old) = sql.strip_prefix(INDEX) {
            let old = old.trim_end_matches(';');
            // A new name has no schema: the index stays where it is.
            let schema = old.rsplit_once('.').map_or("", |(schema, _)| schema);
            let dot = if schema.is_empty() { "" } else { "." };
            let new = of("", old);
            return new.map_or_else(
                || sql.to_owned(),
                |new| format!("{INDEX}{schema}{dot}{new};"),
            );
        }
        let found = sql.strip_prefix("ALTER TABLE ").and_then(|rest| {
            let (table, _) = rest.split_once(' ')?;
            let (before, rest) = sql.split_once(CONSTRAINT)?;
            let end = rest.find([',', ';']).unwrap_or(rest.len());
            let new = of(table, &rest[..end])?;
            Some(format!("{before}{CONSTRAINT}{new}{}", &rest[end..]))
        });
        found.unwrap_or_else(|| sql.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::Renames;

    #[test]
    fn what_has_another_name_is_dropped_by_that() {
        let mut renames = Renames::default();
        renames.learn("ALTER TABLE \"a\" RENAME CONSTRAINT \"k\" TO \"a_k_fkey\";");
        renames.learn("ALTER TABLE \"b\" DROP CONSTRAINT \"k\", ADD CONSTRAINT \"b_k_fkey\" FOREIGN KEY (\"c\") REFERENCES \"a\"(\"id\");");
        renames.learn("ALTER INDEX \"i\" RENAME TO \"a_i_idx\";");
        renames.learn("ALTER INDEX \"s\".\"x\" RENAME TO \"y\";");
        for (sql, wanted) in [
            (
                "ALTER TABLE \"a\" DROP CONSTRAINT \"k\";",
                "ALTER TABLE \"a\" DROP CONSTRAINT \"a_k_fkey\";",
            ),
            (
                "ALTER TABLE \"b\" DROP CONSTRAINT \"k\", ADD CONSTRAINT \"k\" CHECK (true);",
                "ALTER TABLE \"b\" DROP CONSTRAINT \"b_k_fkey\", ADD CONSTRAINT \"k\" CHECK (true);",
            ),
            (
                "ALTER TABLE \"c\" DROP CONSTRAINT \"k\";",
                "ALTER TABLE \"c\" DROP CONSTRAINT \"k\";",
            ),
            (
                "DROP INDEX CONCURRENTLY \"i\";",
                "DROP INDEX CONCURRENTLY \"a_i_idx\";",
            ),
            (
                "DROP INDEX CONCURRENTLY \"s\".\"x\";",
                "DROP INDEX CONCURRENTLY \"s\".\"y\";",
            ),
            (
                "DROP INDEX CONCURRENTLY \"j\";",
                "DROP INDEX CONCURRENTLY \"j\";",
            ),
        ] {
            assert_eq!(renames.applied(sql), wanted);
        }
    }
}
