//! The indexes that a table has, and what they are to a query.

use smol_str::SmolStr;
use snell_prisma::{Algorithm, Datamodel, FieldId, IndexKind, Model, SortOrder};
use snell_project::schema::Schema;
use snell_source::Location;
use snell_sql::{
    ast::{Expr, ExprKind, Part, walk_expression},
    catalog::KeyTarget,
};

use crate::support::{
    asked::{Ask, Sort},
    built::{self, BuiltIndex},
    wording,
};

/// A column of an index; `None` in place of the field stands for an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key {
    /// The column.
    pub field: Option<FieldId>,
    /// Greatest first.
    pub descending: bool,
    /// Whether NULLs come first.
    pub nulls_first: bool,
}

/// An index of a table, of the schema or of the migrations.
#[derive(Debug, Clone)]
pub(crate) struct TableIndex {
    /// What a message calls it: `@@index([a, b])`, or its name in the database.
    pub name: String,
    /// Its name in the database.
    pub db_name: Option<SmolStr>,
    /// Its columns, in order.
    pub keys: Vec<Key>,
    /// Whether it is sorted: a B-tree.
    pub ordered: bool,
    /// Whether it finds rows by equality: a B-tree or a hash.
    pub finds_equals: bool,
    /// Whether it keeps rows unique.
    pub unique: bool,
    /// What orders or finds: `btree`, `gin`, `hnsw`.
    pub method: SmolStr,
    /// The columns inside its expressions.
    pub inside: Vec<FieldId>,
    /// Columns that it carries along: `INCLUDE`.
    pub carried: Vec<FieldId>,
    /// The columns of its condition, when it holds only some rows.
    pub partial: Option<Vec<FieldId>>,
    /// Whether the schema declares it.
    pub declared: bool,
    /// Where it is made.
    pub at: Location,
}

/// The indexes of a model's table: those of the schema, and those that only
/// the migrations know.
pub(crate) fn of(schema: &Schema, model: &Model) -> Vec<TableIndex> {
    let table = built::table(schema, model);
    let mut found = Vec::new();
    for index in &model.all_indexes {
        if index.kind == IndexKind::Fulltext {
            continue;
        }
        let as_built = table
            .zip(index.db_name.as_deref())
            .and_then(|(table, name)| table.index(name));
        let keys = index.columns.iter().map(|column| {
            let descending = column.sort == Some(SortOrder::Desc);
            Key {
                field: column.field.filter(|_| !column.is_path()),
                descending,
                nulls_first: descending,
            }
        });
        let is_hash = index.algorithm == Some(Algorithm::Hash);
        let ordered = matches!(index.algorithm, None | Some(Algorithm::BTree));
        let mut one = TableIndex {
            name: wording::declared(index),
            db_name: index.db_name.clone(),
            keys: keys.collect(),
            ordered,
            finds_equals: ordered || is_hash,
            unique: index.is_unique(),
            method: index
                .algorithm
                .as_ref()
                .map_or(SmolStr::new("btree"), |algorithm| {
                    SmolStr::new(algorithm.as_str().to_ascii_lowercase())
                }),
            inside: Vec::new(),
            carried: Vec::new(),
            partial: index.condition.as_ref().map(|_| Vec::new()),
            declared: true,
            at: schema.location(model.place(index.span)),
        };
        // The migrations may have made more of it than the schema can say.
        if let Some(built) = as_built {
            let truth = from_built(model, built);
            one = TableIndex {
                name: one.name,
                at: one.at,
                declared: true,
                ..truth
            };
        }
        found.push(one);
    }
    if let Some(table) = table {
        let named = |name: &str| {
            let mut declared = model.all_indexes.iter();
            declared.any(|index| index.db_name.as_deref() == Some(name))
        };
        for built in table.indexes().filter(|built| !named(built.name)) {
            let one = from_built(model, built);
            // One that the database has under another name is the schema's own:
            // `consistency/schema-migration-drift` tells of the name.
            if !found.iter().any(|known| known.is_same_as(&one)) {
                found.push(one);
            }
        }
    }
    found
}

/// Indexes that only the migrations know, each beside one of the schema that the database has, too,
/// and that does the same: with what a message calls that one.
pub(crate) fn doubles(schema: &Schema, model: &Model) -> Vec<(TableIndex, String)> {
    let Some(table) = built::table(schema, model) else {
        return Vec::new();
    };
    let declared: Vec<TableIndex> = of(schema, model)
        .into_iter()
        .filter(|one| one.declared)
        .collect();
    let is_built = |one: &&TableIndex| {
        (one.db_name.as_deref()).is_some_and(|name| table.index(name).is_some())
    };
    let named = |name: &str| {
        declared
            .iter()
            .any(|one| one.db_name.as_deref() == Some(name))
    };
    table
        .indexes()
        .filter(|built| !named(built.name))
        .filter_map(|built| {
            let one = from_built(model, built);
            let mut others = declared.iter().filter(is_built);
            let other = others.find(|other| other.is_same_as(&one))?;
            Some((one, other.name.clone()))
        })
        .collect()
}

fn from_built(model: &Model, built: BuiltIndex<'_>) -> TableIndex {
    let keys = built.index.keys.iter().zip(built.columns());
    let keys = keys.map(|(key, column)| Key {
        field: column
            .filter(|_| matches!(key.target, KeyTarget::Column(_)))
            .and_then(|column| model.field_of_column(column))
            .map(|field| field.id),
        descending: key.descending,
        nulls_first: key.nulls_first,
    });
    let method = built.index.method.as_str();
    TableIndex {
        name: built.name.to_string(),
        db_name: Some(built.name.clone()),
        keys: keys.collect(),
        ordered: method == "btree",
        finds_equals: matches!(method, "btree" | "hash"),
        unique: built.index.unique,
        method: built.index.method.clone(),
        inside: built
            .index
            .keys
            .iter()
            .flat_map(|key| match &key.target {
                KeyTarget::Expression(expr) => mentioned(model, expr),
                KeyTarget::Column(_) => Vec::new(),
            })
            .collect(),
        carried: built
            .carried()
            .filter_map(|column| model.field_of_column(column))
            .map(|field| field.id)
            .collect(),
        partial: built
            .index
            .predicate
            .as_ref()
            .map(|predicate| mentioned(model, predicate)),
        declared: false,
        at: built.created(),
    }
}

/// The columns that a condition mentions.
fn mentioned(model: &Model, condition: &Expr) -> Vec<FieldId> {
    let mut found = Vec::new();
    walk_expression(condition, &mut |part| {
        if let Part::Expr(inner) = part
            && let ExprKind::Column(names) = &inner.kind
            && let Some(name) = names.last()
        {
            found.extend(model.field_of_column(&name.text).map(|field| field.id));
        }
    });
    found
}

impl TableIndex {
    /// Whether it is there for queries alone: it keeps nothing unique, holds every
    /// row, is sorted, and all of it is columns.
    pub(crate) fn is_plain(&self) -> bool {
        self.ordered
            && !self.unique
            && self.partial.is_none()
            && self.keys.iter().all(|key| key.field.is_some())
    }

    /// Whether its first column is this one.
    pub(crate) fn leads_with(&self, field: FieldId) -> bool {
        self.keys
            .first()
            .is_some_and(|key| key.field == Some(field))
    }

    /// Its columns, as far as they are columns.
    pub(crate) fn fields(&self) -> impl Iterator<Item = FieldId> {
        self.keys.iter().filter_map(|key| key.field)
    }

    /// Whether the rows that a query asks for are in the index at all, as far
    /// as can be told: a condition on columns that the query does not speak of
    /// leaves rows out.
    fn holds_rows_of(&self, ask: &Ask) -> bool {
        let columns = ask.columns();
        self.partial
            .as_ref()
            .is_none_or(|condition| condition.iter().all(|field| columns.contains(field)))
    }

    /// Whether both hold the same rows in the same order.
    fn is_same_as(&self, other: &TableIndex) -> bool {
        self.keys == other.keys
            && self.keys.iter().all(|key| key.field.is_some())
            && (self.ordered, self.finds_equals, self.unique)
                == (other.ordered, other.finds_equals, other.unique)
            && self.partial == other.partial
    }

    /// How many of its first columns a query fixes.
    pub(crate) fn bound(&self, ask: &Ask) -> usize {
        if !self.finds_equals || !self.holds_rows_of(ask) {
            return 0;
        }
        let fixed = self
            .keys
            .iter()
            .take_while(|key| key.field.is_some_and(|field| ask.fixes(field)))
            .count();
        match self.ordered {
            true => fixed,
            // A hash finds nothing by a part of its columns.
            false => fixed * usize::from(fixed == self.keys.len()),
        }
    }

    /// Whether it finds the rows of a query without reading the whole table:
    /// by a column that the query fixes, or by one that it bounds.
    pub(crate) fn finds(&self, ask: &Ask) -> bool {
        let first = self.keys.first().and_then(|key| key.field);
        self.bound(ask) > 0
            || self.ordered
                && self.holds_rows_of(ask)
                && first.is_some_and(|field| ask.ranged.contains(&field))
    }

    /// How it stands to a query's order.
    pub(crate) fn sorts(&self, datamodel: &Datamodel, ask: &Ask) -> Sorted {
        if !self.ordered || !self.holds_rows_of(ask) {
            return Sorted::No;
        }
        // One value at a time: the rows of several come in several orders.
        let skipped = self
            .keys
            .iter()
            .take_while(|key| key.field.is_some_and(|field| ask.equal.contains(&field)))
            .count();
        let wanted: Vec<Sort> = ask
            .order
            .iter()
            .filter(|sort| !ask.equal.contains(&sort.field))
            .copied()
            .collect();
        // What an index has of the first columns spares most of the sorting: PostgreSQL
        // then sorts only rows that are equal in those.
        let rest = &self.keys[skipped..];
        let pairs = || wanted.iter().zip(rest);
        if wanted.is_empty()
            || rest.is_empty()
            || !pairs().all(|(sort, key)| key.field == Some(sort.field))
        {
            return Sorted::No;
        }
        let has_nulls = |sort: &Sort| datamodel[sort.field].is_optional();
        let runs = |turned: bool| {
            pairs().all(|(sort, key)| {
                (sort.descending == key.descending) != turned
                    && (!has_nulls(sort) || (sort.nulls_first == key.nulls_first) != turned)
            })
        };
        let directions =
            |turned: bool| pairs().all(|(sort, key)| (sort.descending == key.descending) != turned);
        if runs(false) || runs(true) {
            Sorted::Yes
        } else if directions(false) || directions(true) {
            Sorted::ButForNulls
        } else {
            Sorted::ButForDirections
        }
    }
}

/// Whether an index gives rows in the order that a query asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sorted {
    /// It does.
    Yes,
    /// It would, if it put NULLs at the other end.
    ButForNulls,
    /// It would, if its columns ran in the query's directions.
    ButForDirections,
    /// It has other columns.
    No,
}
