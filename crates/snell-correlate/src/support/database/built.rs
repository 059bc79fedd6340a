//! What the replayed migrations built for a model: indexes and checks that a
//! schema cannot say, or does not.

use smol_str::SmolStr;
use snell_prisma::{Field, Model};
use snell_project::schema::{History, Schema};
use snell_source::Location;
use snell_sql::{
    ast::{Deferral, Expr, ExprKind, Part, ReferentialAction, walk_expression},
    catalog::{Constraint, Index, Key, KeyTarget, Relation, RelationKind, Table, TableConstraint},
};

/// The table of a model, as the migrations left it.
#[derive(Debug, Clone, Copy)]
pub struct BuiltTable<'a> {
    history: &'a History,
    relation: &'a Relation,
    table: &'a Table,
}

/// The table of a model; none without migrations, or when they never create it.
pub fn table<'a>(schema: &'a Schema, model: &Model) -> Option<BuiltTable<'a>> {
    let history = schema.history.as_ref()?;
    let namespace = model.schema.as_ref().map(|mapped| mapped.name.as_str());
    let catalog = &history.replay.catalog;
    let relation = catalog.find_named(namespace, &model.db_name)?;
    match &relation.kind {
        RelationKind::Table(table) => Some(BuiltTable {
            history,
            relation,
            table,
        }),
        _ => None,
    }
}

/// An index of the database.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BuiltIndex<'a> {
    /// Its name.
    pub name: &'a SmolStr,
    /// What it is.
    pub index: &'a Index,
    relation: &'a Relation,
    history: &'a History,
    table: &'a Table,
}

/// A foreign key of the database.
#[derive(Debug, Clone)]
pub struct BuiltKey<'a> {
    /// Its columns, in order.
    pub columns: Vec<&'a SmolStr>,
    /// The table that they reference.
    pub table: &'a SmolStr,
    /// Its columns, in order.
    pub references: Vec<&'a SmolStr>,
    /// `ON DELETE`.
    pub on_delete: ReferentialAction,
}

impl<'a> BuiltTable<'a> {
    /// The indexes, those of keys and uniques included.
    pub(crate) fn indexes(self) -> impl Iterator<Item = BuiltIndex<'a>> {
        let catalog = &self.history.replay.catalog;
        catalog
            .indexes_of(self.relation.id)
            .map(move |(relation, index)| BuiltIndex {
                name: &relation.name,
                index,
                relation,
                history: self.history,
                table: self.table,
            })
    }

    /// Whether there is a primary key.
    pub(crate) fn has_primary_key(self) -> bool {
        self.table.primary_key().is_some()
    }

    /// Whether a constraint refuses rows that meet others in something.
    pub(crate) fn excludes(self) -> bool {
        let mut constraints = self.table.constraints.iter();
        constraints.any(|one| matches!(one.kind, TableConstraint::Exclude(_)))
    }

    /// Whether policies decide which rows each caller sees.
    pub(crate) fn has_policies(self) -> bool {
        self.table.row_security && !self.table.policies.is_empty()
    }

    /// Whether a column refuses NULL.
    pub(crate) fn is_not_null(self, column: &str) -> bool {
        self.table
            .column(column)
            .is_some_and(|column| column.not_null)
    }

    /// Whether the database computes a column.
    pub(crate) fn is_generated(self, column: &str) -> bool {
        self.table
            .column(column)
            .is_some_and(|column| column.generated.is_some())
    }

    /// Whether a column takes its numbers from an identity.
    pub(crate) fn is_identity(self, column: &str) -> bool {
        self.table
            .column(column)
            .is_some_and(|column| column.identity.is_some())
    }

    /// Whether a unique index lies inside some columns, conditions and expressions on
    /// them included.
    pub(crate) fn keeps_unique(self, columns: &[&str]) -> bool {
        self.indexes().any(|index| {
            let inside = |key: &Key| match &key.target {
                KeyTarget::Column(number) => self
                    .table
                    .column_at(*number)
                    .is_some_and(|column| columns.contains(&column.name.as_str())),
                KeyTarget::Expression(expr) => mentions(expr, columns),
            };
            index.index.unique && index.index.keys.iter().all(inside)
        })
    }

    /// Whether a foreign key holds a column, alone or with others.
    pub(crate) fn references_by(self, column: &str) -> bool {
        self.table.constraints.iter().any(|constraint| {
            matches!(constraint.kind, TableConstraint::ForeignKey(_))
                && self
                    .table
                    .names(&constraint.columns)
                    .any(|name| name == column)
        })
    }

    /// Whether columns are NULL together or not at all: `MATCH FULL`, or a check over all of them.
    pub(crate) fn keeps_together(self, columns: &[&str]) -> bool {
        self.table.constraints.iter().any(|constraint| {
            let names: Vec<&SmolStr> = self.table.names(&constraint.columns).collect();
            let all = columns.iter().all(|c| names.iter().any(|name| name == c));
            match &constraint.kind {
                TableConstraint::ForeignKey(reference) => all && reference.match_full,
                TableConstraint::Check(check) => columns.iter().all(|c| mentions(check, &[c])),
                _ => false,
            }
        })
    }

    /// The constraints that were added with `NOT VALID` and never validated: the
    /// name, and the statement.
    pub(crate) fn unvalidated(self) -> impl Iterator<Item = (&'a Constraint, Location)> {
        let constraints = self.table.constraints.iter();
        constraints
            .filter(|constraint| !constraint.validated)
            .map(move |constraint| {
                let at = self.history.location(constraint.provenance.created);
                (constraint, at)
            })
    }

    /// The foreign keys.
    pub fn foreign_keys(self) -> impl Iterator<Item = BuiltKey<'a>> {
        self.table.constraints.iter().filter_map(move |constraint| {
            let TableConstraint::ForeignKey(reference) = &constraint.kind else {
                return None;
            };
            let target = self.history.replay.catalog.relation(reference.table)?;
            let RelationKind::Table(table) = &target.kind else {
                return None;
            };
            Some(BuiltKey {
                columns: self.table.names(&constraint.columns).collect(),
                table: &target.name,
                references: table.names(&reference.columns).collect(),
                on_delete: reference.on_delete,
            })
        })
    }

    /// Whether a check speaks of a column.
    pub(crate) fn has_check_of(self, column: &str) -> bool {
        self.table.constraints.iter().any(|constraint| {
            matches!(&constraint.kind, TableConstraint::Check(check) if mentions(check, &[column]))
        })
    }

    /// Whether a condition or dynamic text decides what the table is.
    pub fn is_uncertain(self) -> bool {
        self.relation.uncertain
    }

    /// How the unique constraint that an index belongs to waits for the end of a
    /// transaction; none for an index alone.
    pub(crate) fn deferral(self, index: BuiltIndex<'_>) -> Option<Deferral> {
        let mut constraints = self.table.constraints.iter();
        constraints
            .find(|constraint| {
                matches!(constraint.kind, TableConstraint::Unique(of) if of == index.relation.id)
            })
            .map(|constraint| constraint.deferral)
    }

    /// The index of this name.
    pub(crate) fn index(self, name: &str) -> Option<BuiltIndex<'a>> {
        self.indexes().find(|built| built.name == name)
    }

    /// The strings that a check allows in a column, and the statement that says so.
    pub fn allowed(self, field: &Field) -> Option<(Vec<SmolStr>, Location)> {
        self.table.constraints.iter().find_map(|constraint| {
            let TableConstraint::Check(check) = &constraint.kind else {
                return None;
            };
            let values = listed(check, &field.db_name)?;
            let place = constraint.provenance.created;
            Some((values, self.history.within(place, check.span)))
        })
    }

    /// Whether some check reads a column.
    pub(crate) fn is_checked(self, column: &str) -> bool {
        self.table.constraints.iter().any(|constraint| {
            matches!(&constraint.kind, TableConstraint::Check(check) if mentions(check, &[column]))
        })
    }

    /// Where a check says that a column may be zero: its least value, or that of a range.
    pub(crate) fn from_zero(self, field: &Field) -> Option<Location> {
        self.table.constraints.iter().find_map(|constraint| {
            let TableConstraint::Check(check) = &constraint.kind else {
                return None;
            };
            let place = constraint.provenance.created;
            starts_at_zero(check, &field.db_name).then(|| self.history.within(place, check.span))
        })
    }

    /// The least and the greatest number that a check allows in a column, and where it says so.
    pub(crate) fn range(self, column: &str) -> Option<(Option<f64>, Option<f64>, Location)> {
        self.table.constraints.iter().find_map(|constraint| {
            let TableConstraint::Check(check) = &constraint.kind else {
                return None;
            };
            let (least, greatest) = range_of(check, column)?;
            let at = self
                .history
                .within(constraint.provenance.created, check.span);
            Some((least, greatest, at))
        })
    }
}

impl<'a> BuiltIndex<'a> {
    /// Its columns in order; `None` stands for an expression.
    pub(crate) fn columns(self) -> impl Iterator<Item = Option<&'a SmolStr>> {
        self.index.keys.iter().map(move |key| match &key.target {
            KeyTarget::Column(number) => self.table.column_at(*number).map(|column| &column.name),
            KeyTarget::Expression(_) => None,
        })
    }

    /// The columns that it carries along.
    pub(crate) fn carried(self) -> impl Iterator<Item = &'a SmolStr> {
        let numbers = self.index.include.iter();
        let columns = numbers.filter_map(move |number| self.table.column_at(*number));
        columns.map(|column| &column.name)
    }

    /// The statement that created it.
    pub(crate) fn created(self) -> Location {
        self.history.location(self.relation.provenance.created)
    }

    /// Whether rows are unique over just these columns.
    pub(crate) fn is_unique_over(self, columns: &[&str]) -> bool {
        self.index.unique
            && self.index.predicate.is_none()
            && self.index.keys.len() == columns.len()
            && self
                .columns()
                .all(|key| key.is_some_and(|key| columns.contains(&key.as_str())))
    }

    /// Whether it keeps rows unique over some of `columns` that have a NULL in one
    /// of `nullable`: `NULLS NOT DISTINCT`, a condition or an expression on it.
    pub(crate) fn tells_nulls_apart(self, columns: &[&str], nullable: &[&str]) -> bool {
        let inside = self
            .columns()
            .flatten()
            .all(|key| columns.contains(&key.as_str()));
        let mentions = |expr: &Expr| mentions(expr, nullable);
        let by_expression = self.index.keys.iter().any(|key| match &key.target {
            KeyTarget::Expression(expr) => mentions(expr),
            KeyTarget::Column(_) => false,
        });
        self.index.unique
            && inside
            && (self.index.nulls_not_distinct
                || by_expression
                || self.index.predicate.as_ref().is_some_and(mentions))
    }

    /// Whether it finds rows by equality on these columns, whatever their order.
    pub(crate) fn leads(self, columns: &[&str]) -> bool {
        let first: Vec<Option<&SmolStr>> = self.columns().take(columns.len()).collect();
        let has = |column: &&str| first.iter().flatten().any(|found| *found == column);
        matches!(self.index.method.as_str(), "btree" | "hash")
            && self.index.predicate.is_none()
            && columns.iter().all(has)
    }
}

/// The strings of `column IN (...)` or `column = ANY (ARRAY[...])`, alone or
/// beside `column IS NULL`.
pub(crate) fn listed(check: &Expr, column: &str) -> Option<Vec<SmolStr>> {
    let is_column = |operand: &Expr| match &uncast(operand).kind {
        ExprKind::Column(names) => names.last().is_some_and(|name| name.text == column),
        _ => false,
    };
    let strings = |values: &[Expr]| -> Option<Vec<SmolStr>> {
        let texts = values.iter().map(|value| match &uncast(value).kind {
            ExprKind::String(text) => Some(text.clone()),
            _ => None,
        });
        texts.collect()
    };
    match &check.kind {
        ExprKind::InList(operand, values, true) if is_column(operand) => strings(values),
        ExprKind::AnyArray(_, operand, array, true) if is_column(operand) => {
            match &uncast(array).kind {
                ExprKind::Array(values) => strings(values),
                _ => None,
            }
        }
        ExprKind::Logical(false, arms) => {
            let (nulls, rest): (Vec<&Expr>, Vec<&Expr>) = arms.iter().partition(
                |arm| matches!(&arm.kind, ExprKind::IsNull(operand, true) if is_column(operand)),
            );
            match (nulls.is_empty(), rest.as_slice()) {
                (false, [only]) => listed(only, column),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Whether a check has `column >= 0` or `column BETWEEN 0 AND ...` in it.
fn starts_at_zero(check: &Expr, column: &str) -> bool {
    let is_column = |operand: &Expr| match &uncast(operand).kind {
        ExprKind::Column(names) => names.last().is_some_and(|name| name.text == column),
        _ => false,
    };
    let is_zero = |bound: &Expr| match &uncast(bound).kind {
        ExprKind::Integer(text) | ExprKind::Decimal(text) => text.parse() == Ok(0.0),
        _ => false,
    };
    let mut found = false;
    walk_expression(check, &mut |part| {
        if let Part::Expr(inner) = part {
            found |= match &inner.kind {
                ExprKind::Binary(operator, left, right) if operator.symbol == ">=" => {
                    is_column(left) && is_zero(right)
                }
                ExprKind::Between(operand, low, _, true) => is_column(operand) && is_zero(low),
                _ => false,
            };
        }
    });
    found
}

/// The bounds of `column >= 1 AND column <= 9` or `column BETWEEN 1 AND 9`; none where it says
/// anything else.
fn range_of(check: &Expr, column: &str) -> Option<(Option<f64>, Option<f64>)> {
    let is_column = |operand: &Expr| match &uncast(operand).kind {
        ExprKind::Column(names) => names.last().is_some_and(|name| name.text == column),
        _ => false,
    };
    let number = |bound: &Expr| match &uncast(bound).kind {
        ExprKind::Integer(text) | ExprKind::Decimal(text) => text.parse().ok(),
        _ => None,
    };
    match &check.kind {
        ExprKind::Binary(operator, left, right) if is_column(left) => {
            match operator.symbol.as_str() {
                ">=" => Some((Some(number(right)?), None)),
                "<=" => Some((None, Some(number(right)?))),
                _ => None,
            }
        }
        ExprKind::Between(operand, low, high, true) if is_column(operand) => {
            Some((Some(number(low)?), Some(number(high)?)))
        }
        ExprKind::Logical(true, parts) => {
            let mut whole = (None, None);
            for part in parts {
                let (least, greatest) = range_of(part, column)?;
                whole = (whole.0.or(least), whole.1.or(greatest));
            }
            Some(whole)
        }
        _ => None,
    }
}

/// Whether an expression reads one of some columns.
fn mentions(expr: &Expr, columns: &[&str]) -> bool {
    let mut found = false;
    walk_expression(expr, &mut |part| {
        if let Part::Expr(inner) = part
            && let ExprKind::Column(names) = &inner.kind
            && let Some(name) = names.last()
        {
            found |= columns.contains(&name.text.as_str());
        }
    });
    found
}

fn uncast(expr: &Expr) -> &Expr {
    match &expr.kind {
        ExprKind::Cast(inner, _) => uncast(inner),
        _ => expr,
    }
}
