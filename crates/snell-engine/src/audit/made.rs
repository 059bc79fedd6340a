//! The indexes that a plan makes, step by step: two of one head cost twice, and serve the same.

use std::collections::BTreeMap;

use super::{
    remedy::{Known, Remedy, indexes},
    steps::Findings,
};

/// An index that a statement makes, of all rows and of columns alone.
#[derive(Debug, Clone, PartialEq, Eq)]
struct MadeIndex {
    table: String,
    keys: Vec<String>,
    unique: bool,
    /// Whether it carries columns along.
    carries: bool,
}

impl MadeIndex {
    fn of(sql: &str) -> Option<Self> {
        let plain = sql.strip_prefix("CREATE INDEX ");
        let unique = plain.is_none();
        let rest = plain.or_else(|| sql.strip_prefix("CREATE UNIQUE INDEX "))?;
        let (_, rest) = rest.split_once("ON ")?;
        let (table, rest) = rest.split_once(" (")?;
        let (keys, end) = rest.split_once(')')?;
        let whole = !table.contains(' ') && !keys.contains('(') && !end.contains(" WHERE ");
        whole.then(|| MadeIndex {
            table: table.to_owned(),
            keys: keys.split(", ").map(str::to_owned).collect(),
            unique,
            carries: end.contains(" INCLUDE "),
        })
    }

    /// Whether this one has the keys of another, and perhaps more behind them.
    fn begins_as(&self, other: &MadeIndex) -> bool {
        self.table == other.table && self.keys.starts_with(&other.keys)
    }
}

/// An index with what makes it, and what the schema says of it.
struct Wanted {
    index: MadeIndex,
    sql: String,
    prisma: Vec<String>,
}

/// The indexes of a plan.
#[derive(Default)]
pub(super) struct Made {
    /// Those that some step asks for.
    wanted: Vec<Wanted>,
    /// Those that earlier steps make, each with the step.
    made: Vec<(MadeIndex, String)>,
}

impl Made {
    /// With those that findings ask for.
    pub(super) fn of(findings: &Findings<'_>, remedy: impl Fn(usize) -> Remedy) -> Self {
        let mut wanted: Vec<Wanted> = Vec::new();
        for (n, (diagnostic, _)) in findings.iter().enumerate() {
            if !(diagnostic.help.iter()).any(|help| help.contains("CREATE INDEX ")) {
                continue;
            }
            let own = remedy(n);
            for sql in &own.sql {
                let index = MadeIndex::of(sql).filter(|one| !one.unique && !one.carries);
                wanted.extend(index.map(|index| Wanted {
                    index,
                    sql: sql.clone(),
                    prisma: own.prisma.clone(),
                }));
            }
        }
        Made {
            wanted,
            made: Vec::new(),
        }
    }

    /// Makes one index of what mends a finding and what earlier steps made, or later ones want: an
    /// index that begins as another takes its place. `before` learns of the earlier steps.
    pub(super) fn join(
        &mut self,
        known: Known<'_>,
        number: &str,
        own: &mut Remedy,
        before: &mut BTreeMap<String, String>,
    ) {
        let statements = std::mem::take(&mut own.sql);
        let makes = |sql: &&String| sql.starts_with("CREATE INDEX ");
        let only = statements.iter().filter(makes).count() == 1;
        for sql in statements {
            let Some(index) = MadeIndex::of(&sql) else {
                own.sql.push(sql);
                continue;
            };
            if index.unique {
                self.add(known, number, index, sql, own);
                continue;
            }
            if let Some((_, step)) = self.made.iter().find(|(one, _)| one.begins_as(&index)) {
                if step != number {
                    let why = "its index begins with the same columns".to_owned();
                    before.insert(step.clone(), why);
                }
                own.prisma.retain(|line| !declares(line));
                continue;
            }
            let longer =
                |one: &&Wanted| one.index.begins_as(&index) && one.index.keys != index.keys;
            match self
                .wanted
                .iter()
                .filter(longer)
                .max_by_key(|one| one.index.keys.len())
            {
                Some(one) if only || own.prisma.is_empty() => {
                    let (index, sql) = (one.index.clone(), one.sql.clone());
                    let said = one.prisma.iter().filter(|line| declares(line)).cloned();
                    let said: Vec<String> = said.collect();
                    own.prisma.retain(|line| !declares(line));
                    own.prisma.extend(said);
                    self.add(known, number, index, sql, own);
                }
                _ => self.add(known, number, index, sql, own),
            }
        }
    }

    /// Adds one, and takes away what is its beginning alone.
    fn add(
        &mut self,
        known: Known<'_>,
        number: &str,
        index: MadeIndex,
        sql: String,
        own: &mut Remedy,
    ) {
        own.sql.push(sql);
        let spared = indexes::spared(known, &index.table, &index.keys);
        own.sql.extend(spared.sql);
        for line in spared.prisma {
            if !own.prisma.contains(&line) {
                own.prisma.push(line);
            }
        }
        self.made.push((index, number.to_owned()));
    }
}

/// `model A: @@index([b])`
fn declares(line: &str) -> bool {
    line.contains(": @@index(")
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
        assert!(short.carries && !long.carries);
        let other = of("CREATE INDEX ON \"x\" (\"b\");").expect("an index");
        assert!(!long.begins_as(&other));
        let unique = of("CREATE UNIQUE INDEX CONCURRENTLY \"k\" ON \"a\" (\"b\", \"d\");");
        assert!(unique.expect("an index").begins_as(&short));
        assert_eq!(of("CREATE INDEX ON \"a\" (\"b\") WHERE \"b\" > 0;"), None);
        assert_eq!(of("CREATE INDEX ON \"a\" USING gin (\"b\");"), None);
    }
}
