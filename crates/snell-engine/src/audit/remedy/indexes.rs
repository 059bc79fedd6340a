//! Indexes that go, and vector indexes that stay.

use snell_report::audit::tables::{IndexRow, IndexTable, VectorSearch};
use snell_source::Diagnostic;

use super::{
    super::{quoted, spot},
    Known, Later, Remedy, help, home,
};

/// What an index that only costs is dropped by. `ask` whether the server has to be asked first.
pub(super) fn dropped(known: Known<'_>, diagnostic: &Diagnostic, ask: bool) -> Option<Remedy> {
    let primary = diagnostic.primary().at;
    let file = known.analysis.sources.file(primary.file);
    let line = file.position(primary.span.start).line;
    let called = diagnostic.message.split('`').nth(1)?;
    let found = known.indexes.iter().find_map(|table| {
        let mut rows = table.indexes.iter();
        let row = rows.find(|row| {
            row.spot.file == file.path.as_str()
                && row.spot.line == line
                && (row.name == called || diagnostic.message.contains(&format!("`{}`", row.name)))
        })?;
        Some((table, row))
    });
    let (table, row) = found?;
    let name = row.database_name.as_ref()?;
    let mut remedy = Remedy::of_sql(vec![drop(known, &table.table, row)?]);
    if row.declared {
        remedy
            .prisma
            .push(format!("model {}: without {}", table.model, row.name));
    }
    if ask {
        remedy.checks.push(format!(
            "SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = '{}';",
            name.replace('\'', "''")
        ));
    }
    Some(remedy)
}

/// An index of a part of the rows, and what drops the one of all rows in whose place it comes.
pub(super) fn narrowed(known: Known<'_>, diagnostic: &Diagnostic) -> Remedy {
    let mut remedy = help::remedy(known, diagnostic);
    let old = dropped(known, diagnostic, false).filter(|_| !remedy.sql.is_empty());
    if let Some(old) = old {
        remedy.sql.extend(old.sql);
        remedy.prisma.extend(old.prisma);
    }
    remedy
}

/// Many looks at the statistics of indexes as one.
pub(in crate::audit) fn together(checks: &mut Vec<String>) {
    const HEAD: &str = "SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = ";
    let names: Vec<&str> = checks
        .iter()
        .filter_map(|check| check.strip_prefix(HEAD)?.strip_suffix(';'))
        .collect();
    if names.is_empty() {
        return;
    }
    let one = format!(
        "SELECT indexrelname, idx_scan FROM pg_stat_user_indexes WHERE idx_scan > 0 AND indexrelname IN ({});",
        names.join(", ")
    );
    checks.retain(|check| !check.starts_with(HEAD));
    checks.push(one);
}

/// What drops an index; a constraint's goes with its constraint.
pub(super) fn drop(known: Known<'_>, table: &str, row: &IndexRow) -> Option<String> {
    let name = row.database_name.as_ref()?;
    if row.kind == "primary key" {
        return None;
    }
    Some(match is_constraint(known, table, name) {
        true => format!(
            "ALTER TABLE {} DROP CONSTRAINT {};",
            quoted(table),
            quoted(name)
        ),
        false => format!("DROP INDEX CONCURRENTLY {};", quoted(name)),
    })
}

/// Whether an index belongs to a constraint of the database that the migrations build.
pub(super) fn is_constraint(known: Known<'_>, table: &str, name: &str) -> bool {
    let schemas = known.analysis.project.schemas.iter();
    schemas
        .filter_map(|(_, schema)| schema.history.as_ref())
        .any(|history| {
            let mut tables = history.replay.catalog.tables();
            tables
                .any(|(relation, built)| relation.name == table && built.constraint(name).is_some())
        })
}

/// What has nothing left to do once proposed indexes are there: what drops it, and what the
/// schema does not say any more.
pub(super) fn replaced(known: Known<'_>, made: &[String]) -> Remedy {
    let mut found = Remedy::default();
    for table in known.indexes {
        for proposal in &table.proposed {
            if !made.contains(&proposal.sql) {
                continue;
            }
            for name in &proposal.replaces {
                let Some(row) = table.indexes.iter().find(|row| row.name == *name) else {
                    continue;
                };
                found.sql.extend(drop(known, &table.table, row));
                if row.declared {
                    let gone = format!("model {}: without {}", table.model, row.name);
                    found.prisma.push(gone);
                }
            }
        }
    }
    found
}

/// What has nothing left to do once an index with these keys is there: it is their beginning.
pub(in crate::audit) fn spared(known: Known<'_>, of: &str, keys: &[String]) -> Remedy {
    let mut found = Remedy::default();
    // A table with its schema, or without.
    let is_it = |one: &&IndexTable| {
        let own = quoted(&one.table);
        let home = home(known.analysis, &one.model);
        of == own || home.is_some_and(|home| of == format!("{}.{own}", quoted(home)))
    };
    for table in known.indexes.iter().filter(is_it) {
        for row in table.indexes.iter().filter(|row| row.plain) {
            let own: Vec<String> = row.columns.iter().map(|column| key(column)).collect();
            if own.len() > keys.len() || !keys.starts_with(&own) {
                continue;
            }
            found.sql.extend(drop(known, &table.table, row));
            if row.declared {
                let gone = format!("model {}: without {}", table.model, row.name);
                found.prisma.push(gone);
            }
        }
    }
    found.sql = found.sql.iter().flat_map(|sql| help::live(sql)).collect();
    known.qualified.statements(None, &mut found.sql);
    found
}

/// `created_at DESC` as statements have it.
fn key(column: &str) -> String {
    match column.split_once(' ') {
        Some((name, rest)) => format!("{} {rest}", quoted(name)),
        None => quoted(column),
    }
}

/// A vector index that `prisma migrate dev` drops, in the form that it leaves alone.
pub(super) fn rebuilt(diagnostic: &Diagnostic) -> Option<Remedy> {
    let word = |key: &str| {
        let mut words = diagnostic.subject.split_whitespace();
        words.find_map(|word| word.strip_prefix(key))
    };
    let (table, index) = (word("table:")?, word("index:")?);
    let mut spans = diagnostic
        .help
        .iter()
        .flat_map(|help| help.split('`').skip(1).step_by(2));
    let target = spans.find(|span| span.starts_with('('))?;
    let said = &diagnostic.primary().text;
    let method = ["hnsw", "ivfflat"]
        .into_iter()
        .find(|method| said.starts_with(method))?;
    let condition = target
        .rsplit_once(" WHERE ")
        .map_or(target, |(_, rest)| rest);
    Some(Remedy {
        sql: vec![format!(
            "CREATE INDEX CONCURRENTLY {} ON {} USING {method} {target};",
            quoted(&format!("{}_kept", index.trim_end_matches("_idx"))),
            quoted(table)
        )],
        rollout: Some(format!(
            "the new index serves searches that say `{condition}` alone: add that to them, look at the plan of each with `EXPLAIN`, and only then does the old index `{index}` go, with the last step of this plan"
        )),
        later: Later {
            sql: vec![format!("DROP INDEX CONCURRENTLY {};", quoted(index))],
            ..Later::default()
        },
        ..Remedy::default()
    })
}

/// A vector index that is not there, after a look at whether one search compares that much.
pub(super) fn of_vectors(known: Known<'_>, diagnostic: &Diagnostic) -> Remedy {
    let mut remedy = help::remedy(known, diagnostic);
    let at = spot(known.analysis, diagnostic.primary().at);
    let search = known.searches.iter().find(|one| one.spot == at);
    remedy.checks.extend(search.map(VectorSearch::measure));
    remedy
}
