//! What a database has and its schema lacks: what makes it anew, and whether a schema could say it.

use std::collections::BTreeSet;

use super::{
    Difference, DriftKind,
    cure::{columns, quoted},
};
use crate::{
    catalog::{
        Catalog, Constraint, Index, Key, KeyTarget, Reference, Relation, RelationKind, Table,
        TableConstraint,
    },
    print::expression,
};

/// Whether a Prisma schema can say what an index is: what it cannot say is not the schema's to
/// follow.
#[must_use]
pub fn is_expressible(index: &Index) -> bool {
    let plain =
        |key: &Key| matches!(key.target, KeyTarget::Column(_)) && key.nulls_first == key.descending;
    let known = ["btree", "hash", "gin", "gist", "spgist", "brin"];
    index.predicate.is_none()
        && !index.nulls_not_distinct
        && index.keys.iter().all(plain)
        && known.contains(&index.method.as_str())
}

/// The statement that makes what a difference is about as the database has it: an index, or a
/// foreign key. None where it is something else.
#[must_use]
pub fn standing(difference: &Difference, actual: &Catalog) -> Option<String> {
    let (relation, table) = table_of(difference, actual)?;
    let on = qualified(&relation.schema, &relation.name);
    let name = difference.object.as_deref()?;
    match difference.kind {
        DriftKind::IndexExtraInDb | DriftKind::IndexShape => {
            let mut indexes = actual.indexes_of(relation.id);
            let (_, index) = indexes.find(|(relation, _)| relation.name == name)?;
            Some(made(table, &on, name, index))
        }
        DriftKind::FkExtraInDb => {
            let key = table.constraint(name)?;
            let TableConstraint::ForeignKey(reference) = &key.kind else {
                return None;
            };
            foreign_key(actual, table, key, reference).map(|add| format!("ALTER TABLE {on} {add};"))
        }
        _ => None,
    }
}

/// Whether an index that the schema lacks does nothing which another one, that stays, does not do
/// as well: one of the same shape, or, where it keeps no rows apart, one that begins as it does.
#[must_use]
pub fn is_spare(difference: &Difference, all: &[Difference], actual: &Catalog) -> bool {
    let Some(name) = difference.object.as_deref() else {
        return false;
    };
    let Some((relation, _)) = table_of(difference, actual) else {
        return false;
    };
    let extra: BTreeSet<&str> = all
        .iter()
        .filter(|one| one.kind == DriftKind::IndexExtraInDb && one.table == difference.table)
        .filter_map(|one| one.object.as_deref())
        .collect();
    let mut indexes = actual.indexes_of(relation.id);
    let Some((_, own)) = indexes.find(|(relation, _)| relation.name == name) else {
        return false;
    };
    let mut others = actual.indexes_of(relation.id);
    others.any(|(relation, other)| {
        !extra.contains(relation.name.as_str()) && !relation.uncertain && does_as_much(other, own)
    })
}

/// Whether everything that `own` does, `other` does.
fn does_as_much(other: &Index, own: &Index) -> bool {
    let plain = |index: &Index| {
        is_expressible(index) && index.include.is_empty() && index.method == "btree"
    };
    if !plain(own) || !plain(other) || own.keys.len() > other.keys.len() {
        return false;
    }
    let alike = |(one, two): (&Key, &Key)| {
        let (KeyTarget::Column(one_at), KeyTarget::Column(two_at)) = (&one.target, &two.target)
        else {
            return false;
        };
        one_at == two_at
            && one.descending == two.descending
            && one.operator_class == two.operator_class
    };
    let whole = own.keys.len() == other.keys.len();
    own.keys.iter().zip(&other.keys).all(alike)
        && match own.unique {
            // Constraints are what foreign keys and `ON CONFLICT ON CONSTRAINT` name.
            true => whole && other.unique && !own.constraint,
            false => true,
        }
}

fn table_of<'a>(
    difference: &Difference,
    catalog: &'a Catalog,
) -> Option<(&'a Relation, &'a Table)> {
    let relation = catalog.find_named(Some(&difference.schema), difference.table.as_deref()?)?;
    match &relation.kind {
        RelationKind::Table(table) => Some((relation, table)),
        _ => None,
    }
}

fn qualified(schema: &str, name: &str) -> String {
    match schema {
        "public" => quoted(name),
        schema => format!("{}.{}", quoted(schema), quoted(name)),
    }
}

/// `CREATE UNIQUE INDEX "n" ON "t" USING gist ("a", (lower(b))) WHERE ...;`
fn made(table: &Table, on: &str, name: &str, index: &Index) -> String {
    let keys = index.keys.iter().map(|key| {
        let mut text = match &key.target {
            KeyTarget::Column(number) => columns(table, &[*number]),
            KeyTarget::Expression(expr) => format!("({})", expression(expr)),
        };
        if !key.default_class && !key.operator_class.is_empty() {
            text.push_str(&format!(" {}", key.operator_class));
        }
        if key.descending {
            text.push_str(" DESC");
        }
        if key.nulls_first != key.descending {
            text.push_str(match key.nulls_first {
                true => " NULLS FIRST",
                false => " NULLS LAST",
            });
        }
        text
    });
    let keys: Vec<String> = keys.collect();
    let distinct = match index.nulls_not_distinct {
        true => " NULLS NOT DISTINCT",
        false => "",
    };
    if index.constraint {
        let keys = keys.join(", ");
        let own = quoted(name);
        return format!("ALTER TABLE {on} ADD CONSTRAINT {own} UNIQUE{distinct} ({keys});");
    }
    let mut text = format!(
        "CREATE {}INDEX {} ON {on}",
        if index.unique { "UNIQUE " } else { "" },
        quoted(name)
    );
    if index.method != "btree" {
        text.push_str(&format!(" USING {}", index.method));
    }
    text.push_str(&format!(" ({})", keys.join(", ")));
    if !index.include.is_empty() {
        text.push_str(&format!(" INCLUDE ({})", columns(table, &index.include)));
    }
    text.push_str(distinct);
    if !index.options.is_empty() {
        let options = index.options.iter();
        let options: Vec<String> = options
            .map(|(name, value)| format!("{name} = {value}"))
            .collect();
        text.push_str(&format!(" WITH ({})", options.join(", ")));
    }
    if let Some(predicate) = &index.predicate {
        text.push_str(&format!(" WHERE {}", expression(predicate)));
    }
    format!("{text};")
}

/// `ADD CONSTRAINT "k" FOREIGN KEY ("a") REFERENCES "t"("id") ON DELETE CASCADE ON UPDATE CASCADE`
pub(super) fn foreign_key(
    catalog: &Catalog,
    table: &Table,
    key: &Constraint,
    reference: &Reference,
) -> Option<String> {
    let target = catalog.relation(reference.table)?;
    let other = catalog.table(reference.table)?;
    Some(format!(
        "ADD CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {}({}) ON DELETE {} ON UPDATE {}",
        quoted(&key.name),
        columns(table, &key.columns),
        qualified(&target.schema, &target.name),
        columns(other, &reference.columns),
        reference.on_delete.words().to_uppercase(),
        reference.on_update.words().to_uppercase(),
    ))
}
