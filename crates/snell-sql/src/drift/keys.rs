//! Primary keys, indexes and foreign keys of a table on both sides.

use std::collections::BTreeSet;

use smol_str::SmolStr;

use super::{Comparison, Difference, DriftKind, Pair, Weight, list};
use crate::catalog::{
    Catalog, Constraint, Index, KeyTarget, Reference, Relation, RelationId, Table, TableConstraint,
};

/// An index of a table.
type TableIndex<'a> = (&'a Relation, &'a Index);

impl Comparison<'_> {
    /// Primary key and indexes.
    pub(super) fn keys(&mut self, pair: Pair<'_>) {
        let (expected, actual) = (&self.expected.catalog, self.actual);
        let ((wanted, wanted_table), (built, built_table)) = (pair.expected, pair.actual);
        let mut rest: Vec<TableIndex<'_>> = actual
            .indexes_of(built.id)
            .filter(|(_, index)| !index.primary)
            .collect();
        self.primary_key(pair, &mut rest);
        let mut unmatched = Vec::new();
        for (relation, index) in expected.indexes_of(wanted.id) {
            if index.primary {
                continue;
            }
            let named = rest
                .iter()
                .position(|(other, _)| other.name == relation.name);
            match named {
                Some(position) => {
                    let found = rest.swap_remove(position);
                    self.index(pair, (relation, index), found);
                }
                None => unmatched.push((relation, index)),
            }
        }
        for (relation, index) in unmatched {
            let shape = shape(wanted_table, index);
            let twin = rest
                .iter()
                .position(|(_, other)| super::keys::shape(built_table, other) == shape);
            let row = |kind| Difference {
                expected_at: Some(relation.provenance.shaped),
                ..pair.difference(kind, Some(relation.name.clone()))
            };
            self.found.push(match twin {
                Some(position) => {
                    let (other, _) = rest.swap_remove(position);
                    Difference {
                        expected: Some(relation.name.to_string()),
                        actual: Some(other.name.to_string()),
                        actual_at: Some(other.provenance.shaped),
                        ..row(DriftKind::IndexName)
                    }
                }
                None => Difference {
                    expected: Some(shape),
                    ..row(DriftKind::IndexMissingInDb)
                },
            });
        }
        for (relation, index) in rest {
            let mut row = pair.difference(DriftKind::IndexExtraInDb, Some(relation.name.clone()));
            if relation.uncertain {
                row.weight = Weight::Uncertain;
            } else if excludes(built_table, relation.id) {
                row.weight = Weight::Unmanaged;
            }
            self.found.push(Difference {
                actual: Some(shape(built_table, index)),
                expected_at: None,
                actual_at: Some(relation.provenance.shaped),
                ..row
            });
        }
    }

    fn primary_key(&mut self, pair: Pair<'_>, rest: &mut Vec<TableIndex<'_>>) {
        let ((_, wanted), (_, built)) = (pair.expected, pair.actual);
        let columns = |table: &Table| -> Option<Vec<SmolStr>> {
            let key = table.primary_key()?;
            Some(table.names(&key.columns).cloned().collect())
        };
        let (one, two) = (columns(wanted), columns(built));
        if one == two {
            return;
        }
        // Before Prisma 6 a join table had a unique index where it has its key now.
        if let (Some(one), None) = (&one, &two)
            && is_join_table(one)
            && let Some(position) = rest.iter().position(|(_, index)| {
                index.unique && index.predicate.is_none() && key_columns(built, index) == *one
            })
        {
            rest.swap_remove(position);
            return;
        }
        let place = |table: &Table| table.primary_key().map(|key| key.provenance.shaped);
        let row = pair.difference(DriftKind::PrimaryKey, None);
        self.found.push(Difference {
            expected: one.map(list),
            actual: two.map(list),
            expected_at: place(wanted).or(row.expected_at),
            actual_at: place(built).or(row.actual_at),
            ..row
        });
    }

    /// Two indexes of one name.
    fn index(&mut self, pair: Pair<'_>, wanted: TableIndex<'_>, built: TableIndex<'_>) {
        let ((_, wanted_table), (_, built_table)) = (pair.expected, pair.actual);
        let row = |kind| Difference {
            expected_at: Some(wanted.0.provenance.shaped),
            actual_at: Some(built.0.provenance.shaped),
            ..pair.difference(kind, Some(wanted.0.name.clone()))
        };
        let one = shape(wanted_table, wanted.1);
        let two = if self.expected.conditional.contains(&wanted.0.id) {
            shape_of(built_table, built.1, false)
        } else {
            shape(built_table, built.1)
        };
        if one != two {
            self.found.push(Difference {
                expected: Some(one),
                actual: Some(two),
                ..row(DriftKind::IndexShape)
            });
        } else if built.1.constraint {
            self.found.push(Difference {
                weight: Weight::Informational,
                ..row(DriftKind::UniqueIsConstraint)
            });
        }
    }

    /// Foreign keys: matched by name, then by what they say.
    pub(super) fn foreign_keys(&mut self, pair: Pair<'_>) {
        let (expected, actual) = (&self.expected.catalog, self.actual);
        let ((_, wanted), (_, built)) = (pair.expected, pair.actual);
        let mut rest: Vec<(&Constraint, &Reference)> = references(built).collect();
        let mut unmatched = Vec::new();
        for (constraint, reference) in references(wanted) {
            let says = signature(expected, wanted, constraint, reference);
            let named = rest.iter().position(|(other, target)| {
                other.name == constraint.name && signature(actual, built, other, target) == says
            });
            match named {
                Some(position) => {
                    let found = rest.swap_remove(position);
                    self.actions(pair, (constraint, reference), found);
                }
                None => unmatched.push((constraint, reference, says)),
            }
        }
        for (constraint, reference, says) in unmatched {
            let twin = rest
                .iter()
                .position(|(other, target)| signature(actual, built, other, target) == says);
            let row = |kind| Difference {
                expected_at: Some(constraint.provenance.shaped),
                ..pair.difference(kind, Some(constraint.name.clone()))
            };
            let Some(position) = twin else {
                self.found.push(Difference {
                    expected: Some(format!("{says} {}", actions(reference))),
                    ..row(DriftKind::FkMissingInDb)
                });
                continue;
            };
            let found = rest.swap_remove(position);
            self.found.push(Difference {
                expected: Some(constraint.name.to_string()),
                actual: Some(found.0.name.to_string()),
                actual_at: Some(found.0.provenance.shaped),
                ..row(DriftKind::FkName)
            });
            self.actions(pair, (constraint, reference), found);
        }
        for (constraint, reference) in rest {
            let says = signature(actual, built, constraint, reference);
            self.found.push(Difference {
                actual: Some(format!("{says} {}", actions(reference))),
                expected_at: None,
                actual_at: Some(constraint.provenance.shaped),
                ..pair.difference(DriftKind::FkExtraInDb, Some(constraint.name.clone()))
            });
        }
    }

    fn actions(
        &mut self,
        pair: Pair<'_>,
        (wanted, one): (&Constraint, &Reference),
        (built, two): (&Constraint, &Reference),
    ) {
        if (one.on_delete, one.on_update) != (two.on_delete, two.on_update) {
            self.found.push(Difference {
                expected: Some(actions(one)),
                actual: Some(actions(two)),
                expected_at: Some(wanted.provenance.shaped),
                actual_at: Some(built.provenance.shaped),
                ..pair.difference(DriftKind::FkAction, Some(wanted.name.clone()))
            });
        }
    }
}

/// Whether a key is that of an implicit many-to-many table.
fn is_join_table(key: &[SmolStr]) -> bool {
    matches!(key, [a, b] if a == "A" && b == "B")
}

fn excludes(table: &Table, index: RelationId) -> bool {
    table
        .constraints
        .iter()
        .any(|constraint| matches!(constraint.kind, TableConstraint::Exclude(id) if id == index))
}

fn key_columns(table: &Table, index: &Index) -> Vec<SmolStr> {
    let numbers: BTreeSet<u16> = index
        .keys
        .iter()
        .filter_map(|key| match key.target {
            KeyTarget::Column(number) => Some(number),
            KeyTarget::Expression(_) => None,
        })
        .collect();
    let numbers: Vec<u16> = numbers.into_iter().collect();
    table.names(&numbers).cloned().collect()
}

/// An index in one line: `unique btree(a, b desc) where c IS NOT NULL`.
fn shape(table: &Table, index: &Index) -> String {
    shape_of(table, index, true)
}

fn shape_of(table: &Table, index: &Index, condition: bool) -> String {
    let keys = index.keys.iter().map(|key| {
        let mut text = match &key.target {
            KeyTarget::Column(number) => list(table.names(&[*number])),
            KeyTarget::Expression(expr) => format!("({})", crate::print::expression(expr)),
        };
        if !key.default_class {
            text = format!("{text} {}", key.operator_class);
        }
        if key.descending {
            text.push_str(" desc");
        }
        if key.nulls_first != key.descending {
            text.push_str(if key.nulls_first {
                " nulls first"
            } else {
                " nulls last"
            });
        }
        text
    });
    let mut text = format!(
        "{}{}({})",
        if index.unique { "unique " } else { "" },
        index.method,
        list(keys)
    );
    if !index.include.is_empty() {
        text.push_str(&format!(" include ({})", list(table.names(&index.include))));
    }
    if let Some(predicate) = index.predicate.as_ref().filter(|_| condition) {
        text.push_str(&format!(" where {}", crate::print::expression(predicate)));
    }
    text
}

fn references(table: &Table) -> impl Iterator<Item = (&Constraint, &Reference)> {
    table
        .constraints
        .iter()
        .filter_map(|constraint| match &constraint.kind {
            TableConstraint::ForeignKey(reference) => Some((constraint, reference)),
            _ => None,
        })
}

/// What a foreign key says, its actions apart: `(a, b) -> T(x, y)`.
pub(super) fn signature(
    catalog: &Catalog,
    table: &Table,
    constraint: &Constraint,
    reference: &Reference,
) -> String {
    let target = catalog.relation(reference.table);
    let columns = catalog
        .table(reference.table)
        .map(|target| list(target.names(&reference.columns)))
        .unwrap_or_default();
    format!(
        "({}) -> {}({columns})",
        list(table.names(&constraint.columns)),
        target.map_or("?", |relation| relation.name.as_str()),
    )
}

fn actions(reference: &Reference) -> String {
    format!(
        "on delete {} on update {}",
        reference.on_delete.words(),
        reference.on_update.words()
    )
}
