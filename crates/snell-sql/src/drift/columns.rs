//! Columns of a table on both sides: presence, type, nullability, default, order.

use super::{Comparison, Difference, DriftKind, Pair, Weight, defaults};
use crate::catalog::{Catalog, Column, DataType, TypeId};

impl Comparison<'_> {
    pub(super) fn columns(&mut self, pair: Pair<'_>) {
        let ((_, wanted), (_, built)) = (pair.expected, pair.actual);
        for column in &wanted.columns {
            match built.column(&column.name) {
                Some(found) => self.column(pair, column, found),
                None => self.found.push(Difference {
                    expected: Some(described(&self.expected.catalog, column)),
                    expected_at: Some(column.provenance.shaped),
                    ..pair.difference(DriftKind::ColumnMissingInDb, Some(column.name.clone()))
                }),
            }
        }
        for column in &built.columns {
            if wanted.column(&column.name).is_some() {
                continue;
            }
            let row = pair.difference(DriftKind::ColumnExtraInDb, Some(column.name.clone()));
            self.found.push(Difference {
                weight: certain(row.weight, column),
                actual: Some(described(self.actual, column)),
                actual_at: Some(column.provenance.shaped),
                ..row
            });
        }
        let order = |columns: &[Column], others: &[Column]| -> Vec<_> {
            let shared = |c: &&Column| others.iter().any(|other| other.name == c.name);
            let shared = columns.iter().filter(shared);
            shared.map(|column| column.name.clone()).collect()
        };
        if order(&wanted.columns, &built.columns) != order(&built.columns, &wanted.columns) {
            self.found.push(Difference {
                weight: Weight::Informational,
                ..pair.difference(DriftKind::ColumnOrder, None)
            });
        }
    }

    fn column(&mut self, pair: Pair<'_>, wanted: &Column, built: &Column) {
        let row = |kind: DriftKind| {
            let row = pair.difference(kind, Some(wanted.name.clone()));
            Difference {
                weight: certain(row.weight, built),
                expected_at: Some(wanted.provenance.shaped),
                actual_at: Some(built.provenance.shaped),
                ..row
            }
        };
        if let Some((one, two)) = self.types(wanted, built) {
            let mut row = row(DriftKind::ColumnType);
            if equivalent(&wanted.data_type, &built.data_type) {
                row.weight = Weight::Equivalent;
            }
            (row.expected, row.actual) = (Some(one), Some(two));
            self.found.push(row);
        }
        if wanted.not_null != built.not_null {
            let mut row = row(DriftKind::ColumnNullability);
            let array = self.expected.catalog.element_of(wanted.data_type.id);
            if array.is_some() {
                // The client knows no list that is null.
                row.weight = Weight::Informational;
            }
            let words = |not_null: bool| Some(if not_null { "not null" } else { "null" }.into());
            (row.expected, row.actual) = (words(wanted.not_null), words(built.not_null));
            self.found.push(row);
        }
        let (table, _) = pair.expected;
        if self
            .expected
            .open_defaults
            .contains(&(table.id, wanted.number))
        {
            return;
        }
        if let Some(difference) = defaults::compare(wanted, built) {
            let mut row = row(DriftKind::ColumnDefault);
            if difference.equivalent {
                row.weight = Weight::Equivalent;
            }
            (row.expected, row.actual) = (difference.expected, difference.actual);
            self.found.push(row);
        }
    }

    /// Both types where they differ and are known.
    fn types(&self, wanted: &Column, built: &Column) -> Option<(String, String)> {
        if [wanted, built]
            .iter()
            .any(|column| column.data_type.id == TypeId::UNKNOWN)
        {
            return None;
        }
        let one = self.expected.catalog.format_type(&wanted.data_type);
        let two = self.actual.format_type(&built.data_type);
        (one != two).then_some((one, two))
    }
}

fn certain(weight: Weight, column: &Column) -> Weight {
    if column.uncertain {
        Weight::Uncertain
    } else {
        weight
    }
}

/// Whether two types hold the same values: a precision of 6 is that of no precision.
fn equivalent(one: &DataType, two: &DataType) -> bool {
    let precision = |data_type: &DataType| data_type.modifiers.first().copied().unwrap_or(6);
    one.id == two.id
        && matches!(
            one.id,
            TypeId::TIME | TypeId::TIMETZ | TypeId::TIMESTAMP | TypeId::TIMESTAMPTZ
        )
        && precision(one) == precision(two)
}

/// A column in one line: `integer not null default 0`.
fn described(catalog: &Catalog, column: &Column) -> String {
    let mut text = if column.data_type.id == TypeId::UNKNOWN {
        "?".to_owned()
    } else {
        catalog.format_type(&column.data_type)
    };
    if column.not_null {
        text.push_str(" not null");
    }
    if let Some(default) = defaults::text(column) {
        text.push_str(" default ");
        text.push_str(&default);
    }
    text
}
