//! Which tables the policies of a table read: PostgreSQL refuses a query whose policies lead back to
//! the table that they guard.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;
use snell_prisma::{Datamodel, ModelId};
use snell_sql::ast::{FromItem, Part, walk_expression};

use crate::Analysis;

/// By table: those that who reads it asks as well.
#[derive(Debug, Default)]
pub(super) struct Reads(BTreeMap<SmolStr, BTreeSet<SmolStr>>);

impl Reads {
    /// Of the policies that stand when the migrations have run.
    pub(super) fn of(analysis: &Analysis) -> Self {
        let mut found = Reads::default();
        let schemas = analysis.project.schemas.iter();
        for (_, schema) in schemas {
            let Some(history) = &schema.history else {
                continue;
            };
            let catalog = &history.replay.catalog;
            for (relation, table) in catalog.tables().filter(|(_, table)| table.row_security) {
                let policies = table.policies.iter();
                let shown = policies.filter(|one| matches!(one.command.as_str(), "all" | "select"));
                for condition in shown.filter_map(|policy| policy.using.as_ref()) {
                    walk_expression(condition, &mut |part| {
                        if let Part::From(FromItem::Table(name, _)) = part {
                            let of_table = found.0.entry(relation.name.clone()).or_default();
                            of_table.insert(name.name.text.clone());
                        }
                    });
                }
            }
        }
        found
    }

    /// Adds a policy of a table that reads others; not where PostgreSQL would refuse it.
    pub(super) fn add(&mut self, datamodel: &Datamodel, own: ModelId, read: &[ModelId]) -> bool {
        if read.iter().any(|one| self.refuses(datamodel, own, *one)) {
            return false;
        }
        let read = read.iter().map(|one| datamodel[*one].db_name.clone());
        let of_table = self.0.entry(datamodel[own].db_name.clone()).or_default();
        of_table.extend(read);
        true
    }

    /// Whether a policy of a table must not read another: that leads back to it, or into a circle.
    pub(super) fn refuses(&self, datamodel: &Datamodel, own: ModelId, read: ModelId) -> bool {
        let (own, read) = (&datamodel[own].db_name, &datamodel[read].db_name);
        let reached = self.reached([read]);
        reached.contains(own)
            || reached.iter().any(|table| {
                let next = self.0.get(*table).into_iter().flatten();
                self.reached(next).contains(table)
            })
    }

    /// The tables that are read, those behind them included.
    fn reached<'a>(&'a self, from: impl IntoIterator<Item = &'a SmolStr>) -> BTreeSet<&'a SmolStr> {
        let mut seen = BTreeSet::new();
        let mut open: Vec<&SmolStr> = from.into_iter().collect();
        while let Some(table) = open.pop() {
            if seen.insert(table) {
                open.extend(self.0.get(table).into_iter().flatten());
            }
        }
        seen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leads_back_is_refused() {
        let schema =
            "model A {\n id Int @id\n}\nmodel B {\n id Int @id\n}\nmodel C {\n id Int @id\n}";
        let parse = snell_prisma::parse(schema);
        let (datamodel, _) = snell_prisma::lower(&[(0, &parse)]);
        let id = |name: &str| datamodel.model(name).expect("a model").id;
        let (a, b, c) = (id("A"), id("B"), id("C"));
        let mut reads = Reads::default();
        assert!(reads.refuses(&datamodel, a, a));
        assert!(reads.add(&datamodel, a, &[b]));
        assert!(!reads.add(&datamodel, b, &[a]));
        assert!(reads.add(&datamodel, b, &[c]));
        assert!(!reads.add(&datamodel, c, &[a]));
        assert!(!reads.refuses(&datamodel, a, c));
        // A circle that stood before.
        reads.0.insert("C".into(), BTreeSet::from(["C".into()]));
        assert!(reads.refuses(&datamodel, a, b));
    }
}
