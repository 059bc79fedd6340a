//! Of searches by distance, the index that finds their rows once the plan is done: one that a step
//! drops serves nothing any more.

use std::collections::BTreeSet;

use snell_report::audit::Audit;

use super::{constraint_name, reckoned::bare};

/// Names the index that stays in the place of one that goes.
pub(super) fn settle(audit: &mut Audit) {
    let statements = || {
        let steps = audit.plan.iter().flat_map(|phase| &phase.steps);
        steps
            .flat_map(|step| &step.sql)
            .map(|one| one.text.as_str())
    };
    let dropped = statements().filter_map(|sql| {
        let rest = sql.strip_prefix("DROP INDEX CONCURRENTLY ")?;
        Some(bare(rest.trim_start_matches("IF EXISTS ")).to_owned())
    });
    let dropped: BTreeSet<String> = dropped.collect();
    let made: Vec<(String, String, Vec<String>)> = statements().filter_map(made).collect();
    for search in &mut audit.searches {
        let goes = |name: &str| dropped.contains(name);
        if !search.found_by.as_ref().is_some_and(|(name, _)| goes(name)) {
            continue;
        }
        let of_table = audit.indexes.iter().filter(|one| one.table == search.table);
        let there = of_table.flat_map(|one| &one.indexes).filter_map(|row| {
            let name = row.database_name.as_ref()?;
            let serves = row.method == "btree" && (row.plain || row.kind == "primary key");
            (serves && !goes(name)).then(|| (name.clone(), row.columns.clone()))
        });
        let fresh = made.iter().filter(|(_, table, _)| *table == search.table);
        let fresh = fresh.map(|(name, _, columns)| (name.clone(), columns.clone()));
        let led = |columns: &[String]| {
            let fixed = columns
                .iter()
                .take_while(|column| search.filters.iter().any(|one| one == bare(column)));
            fixed.count()
        };
        search.found_by = there
            .chain(fresh)
            .filter(|(_, columns)| led(columns) > 0)
            .min_by_key(|(_, columns)| (std::cmp::Reverse(led(columns)), columns.len()));
    }
}

/// The name, the table and the columns of an index of all rows that a statement makes.
fn made(sql: &str) -> Option<(String, String, Vec<String>)> {
    let (head, rest) = sql.strip_prefix("CREATE ")?.split_once("ON ")?;
    let (table, rest) = rest.split_once(" (")?;
    let (keys, end) = rest.split_once(')')?;
    if table.contains(' ') || keys.contains('(') || end.contains(" WHERE ") {
        return None;
    }
    let columns: Vec<String> = keys
        .split(", ")
        .map(|key| bare(key.split(' ').next().unwrap_or(key)).to_owned())
        .collect();
    let table = bare(table).to_owned();
    let named = head
        .trim()
        .rsplit(' ')
        .next()
        .filter(|word| word.starts_with('"'));
    let name = named.map_or_else(
        || {
            let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
            constraint_name(&table, &columns, "idx")
        },
        |name| bare(name).to_owned(),
    );
    Some((name, table, columns))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indexes_that_the_plan_makes_have_names() {
        let of = |sql: &str| made(sql).map(|(name, _, columns)| (name, columns.len()));
        assert_eq!(
            of("CREATE INDEX CONCURRENTLY ON \"s\".\"a\" (\"b\", \"c\" DESC);"),
            Some(("a_b_c_idx".to_owned(), 2))
        );
        assert_eq!(
            of("CREATE UNIQUE INDEX CONCURRENTLY \"k\" ON \"a\" (\"b\");"),
            Some(("k".to_owned(), 1))
        );
        assert_eq!(of("CREATE INDEX ON \"a\" (\"b\") WHERE \"c\";"), None);
    }
}
