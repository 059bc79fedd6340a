//! Builds a catalog from what a schema promises, without SQL statements: the other side of
//! a comparison with the replayed one.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use super::{
    Catalog, Column, Constraint, EnumValue, Index, Key, KeyTarget, Place, Provenance, Reference,
    Relation, RelationId, RelationKind, Sequence, Table, TableConstraint, TypeId, UserType,
    UserTypeKind,
};
use crate::ast::{
    Deferral, Expr, ExprKind, QueryBody, ReferentialAction, StatementKind, Target, TypeName,
};

/// A database as a schema describes it.
#[derive(Debug, Clone, Default)]
pub struct Expected {
    /// Tables, enums, keys and indexes; places are those that the builder was given.
    pub catalog: Catalog,
    /// The database schemas that the schema speaks of: nothing else is compared.
    pub schemas: BTreeSet<SmolStr>,
    /// Views that the schema declares, by schema and name. Their columns are not compared.
    pub views: BTreeSet<(SmolStr, SmolStr)>,
    /// Tables that could not be read whole, by schema and name: not compared.
    pub unread: BTreeSet<(SmolStr, SmolStr)>,
    /// Columns with a default that the schema leaves to the database: not compared.
    pub open_defaults: BTreeSet<(RelationId, u16)>,
    /// Indexes with a condition in words of the schema's own: not compared.
    pub conditional: BTreeSet<RelationId>,
}

/// A column to build.
#[derive(Debug, Clone)]
pub struct ColumnSpec<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its type in SQL: `timestamp(3)`, `"Role"[]`. One that the database does not know is
    /// left open, and not compared.
    pub data_type: &'a str,
    /// Whether `NULL` is refused.
    pub not_null: bool,
    /// What it holds by default.
    pub default: DefaultSpec<'a>,
    /// Where the schema says so.
    pub place: Place,
}

/// The default of a column to build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefaultSpec<'a> {
    /// None.
    Absent,
    /// An expression in SQL.
    Sql(&'a str),
    /// The next number of a sequence of the column's own.
    Sequence,
    /// Not known: not compared.
    Open,
}

/// An index to build.
#[derive(Debug, Clone)]
pub struct IndexSpec<'a> {
    /// Its name.
    pub name: &'a str,
    /// `UNIQUE`.
    pub unique: bool,
    /// Its method: `btree`, `gin`.
    pub method: &'a str,
    /// Its keys: the column, its operator class where one is written, whether it descends.
    pub keys: Vec<(u16, Option<&'a str>, bool)>,
    /// Whether it has a condition that is not compared.
    pub conditional: bool,
    /// Where the schema says so.
    pub place: Place,
}

/// A foreign key to build.
#[derive(Debug, Clone)]
pub struct ForeignKeySpec<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its columns.
    pub columns: Vec<u16>,
    /// The table that it points to.
    pub target: RelationId,
    /// The columns that it points to.
    pub references: Vec<u16>,
    /// `ON DELETE`.
    pub on_delete: ReferentialAction,
    /// `ON UPDATE`.
    pub on_update: ReferentialAction,
    /// Where the schema says so.
    pub place: Place,
}

/// Builds an [`Expected`] database, table by table. Names are cut as PostgreSQL cuts them.
#[derive(Debug)]
pub struct Builder {
    expected: Expected,
    /// Expressions that were read: thousands of columns have one type, or `CURRENT_TIMESTAMP` for a default.
    expressions: FxHashMap<String, Option<Expr>>,
}

/// PostgreSQL cuts names at this many bytes.
const NAME_BYTES: usize = 63;

fn cut(name: &str) -> SmolStr {
    let mut end = name.len().min(NAME_BYTES);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    name[..end].into()
}

impl Builder {
    /// An empty database with the schemas and extensions of `actual`, so that their types
    /// have names.
    #[must_use]
    pub fn beside(actual: &Catalog) -> Self {
        let mut catalog = Catalog::new();
        catalog.schemas.clone_from(&actual.schemas);
        catalog.extensions.clone_from(&actual.extensions);
        Builder {
            expected: Expected {
                catalog,
                ..Expected::default()
            },
            expressions: FxHashMap::default(),
        }
    }

    /// The expression that a text holds.
    fn expression(&mut self, text: &str) -> Option<Expr> {
        if let Some(known) = self.expressions.get(text) {
            return known.clone();
        }
        let found = expression(text);
        self.expressions.insert(text.to_owned(), found.clone());
        found
    }

    /// The type that a text names.
    fn written_type(&mut self, text: &str) -> Option<TypeName> {
        match self.expression(&format!("NULL::{text}"))?.kind {
            ExprKind::Cast(_, written) => Some(written),
            _ => None,
        }
    }

    /// The database.
    #[must_use]
    pub fn finish(self) -> Expected {
        self.expected
    }

    /// Says that a schema of the database is managed.
    pub fn manage(&mut self, schema: &str) {
        self.expected.schemas.insert(schema.into());
    }

    /// Says that the schema declares a view.
    pub fn view(&mut self, schema: &str, name: &str) {
        self.expected.views.insert((schema.into(), cut(name)));
    }

    /// Says that a table exists of which not everything is known.
    pub fn unread(&mut self, schema: &str, name: &str) {
        self.expected.unread.insert((schema.into(), cut(name)));
    }

    /// Adds an enum with its values in order.
    pub fn enumeration(&mut self, schema: &str, name: &str, values: &[(&str, Place)], at: Place) {
        let catalog = &mut self.expected.catalog;
        let id = TypeId(TypeId::USER + catalog.fresh() * 2);
        catalog.add_type(UserType {
            id,
            array: TypeId(id.0 + 1),
            schema: schema.into(),
            name: cut(name),
            provenance: Provenance::new(at),
            kind: UserTypeKind::Enum(
                values
                    .iter()
                    .map(|(text, place)| EnumValue {
                        text: (*text).into(),
                        added: *place,
                    })
                    .collect(),
            ),
            uncertain: false,
        });
    }

    /// Adds a table without columns.
    pub fn table(&mut self, schema: &str, name: &str, at: Place) -> RelationId {
        let table = Table {
            next_column: 1,
            ..Table::default()
        };
        self.relation(schema, name, at, RelationKind::Table(table))
    }

    fn relation(&mut self, schema: &str, name: &str, at: Place, kind: RelationKind) -> RelationId {
        let catalog = &mut self.expected.catalog;
        let id = RelationId(catalog.fresh());
        catalog.add_relation(Relation {
            id,
            schema: schema.into(),
            name: cut(name),
            provenance: Provenance::new(at),
            uncertain: false,
            comment: None,
            kind,
        });
        id
    }

    /// Adds a column to a table; its number.
    pub fn column(&mut self, table: RelationId, spec: &ColumnSpec<'_>) -> u16 {
        let data_type = self
            .written_type(spec.data_type)
            .and_then(|written| self.expected.catalog.resolve_type(&written))
            .unwrap_or_else(|| TypeId::UNKNOWN.into());
        let (default, sequence) = match spec.default {
            DefaultSpec::Sql(text) => (self.expression(text), None),
            DefaultSpec::Sequence => (None, Some(self.sequence(table, spec))),
            DefaultSpec::Absent | DefaultSpec::Open => (None, None),
        };
        let open = spec.default == DefaultSpec::Open
            || (matches!(spec.default, DefaultSpec::Sql(_)) && default.is_none());
        let Some(entry) = self.expected.catalog.table_mut(table) else {
            return 0;
        };
        let number = entry.next_column;
        entry.next_column += 1;
        entry.columns.push(Column {
            number,
            name: cut(spec.name),
            data_type,
            not_null: spec.not_null,
            default,
            default_types: BTreeSet::new(),
            sequence,
            identity: None,
            generated: None,
            provenance: Provenance::new(spec.place),
            uncertain: false,
            comment: None,
        });
        if open {
            self.expected.open_defaults.insert((table, number));
        }
        number
    }

    fn sequence(&mut self, table: RelationId, spec: &ColumnSpec<'_>) -> RelationId {
        let (schema, name) = self.name_of(table);
        let sequence = Sequence {
            data_type: TypeId::INT4,
            start: "1".into(),
            increment: "1".into(),
            owned_by: None,
        };
        let name = super::lookup::object_name(&name, spec.name, "seq");
        self.relation(&schema, &name, spec.place, RelationKind::Sequence(sequence))
    }

    fn name_of(&self, id: RelationId) -> (SmolStr, SmolStr) {
        self.expected
            .catalog
            .relation(id)
            .map(|relation| (relation.schema.clone(), relation.name.clone()))
            .unwrap_or_default()
    }

    /// Adds a primary key.
    pub fn primary_key(&mut self, table: RelationId, name: &str, columns: Vec<u16>, at: Place) {
        let spec = IndexSpec {
            name,
            unique: true,
            method: "btree",
            keys: columns
                .iter()
                .map(|number| (*number, None, false))
                .collect(),
            conditional: false,
            place: at,
        };
        let index = self.index(table, &spec);
        if let Some(RelationKind::Index(entry)) = self
            .expected
            .catalog
            .relation_mut(index)
            .map(|relation| &mut relation.kind)
        {
            entry.primary = true;
            entry.constraint = true;
        }
        self.constraint(table, name, columns, TableConstraint::PrimaryKey(index), at);
    }

    /// Adds an index.
    pub fn index(&mut self, table: RelationId, spec: &IndexSpec<'_>) -> RelationId {
        let (schema, _) = self.name_of(table);
        let keys = spec
            .keys
            .iter()
            .map(|(number, class, descending)| {
                self.key(table, spec.method, *number, *class, *descending)
            })
            .collect();
        let index = Index {
            table,
            unique: spec.unique,
            primary: false,
            constraint: false,
            method: spec.method.into(),
            keys,
            include: Vec::new(),
            predicate: None,
            options: Vec::new(),
            nulls_not_distinct: false,
        };
        let id = self.relation(&schema, spec.name, spec.place, RelationKind::Index(index));
        if spec.conditional {
            self.expected.conditional.insert(id);
        }
        id
    }

    fn key(
        &self,
        table: RelationId,
        method: &str,
        number: u16,
        class: Option<&str>,
        descending: bool,
    ) -> Key {
        let catalog = &self.expected.catalog;
        let default = catalog
            .table(table)
            .and_then(|table| table.column_at(number))
            .and_then(|column| catalog.default_class(method, column.data_type.id))
            .map(|class| class.name.clone());
        Key {
            target: KeyTarget::Column(number),
            default_class: class.is_none_or(|class| default.as_deref() == Some(class)),
            operator_class: class.map(SmolStr::from).or(default).unwrap_or_default(),
            descending,
            nulls_first: descending,
        }
    }

    /// Adds a foreign key.
    pub fn foreign_key(&mut self, table: RelationId, spec: ForeignKeySpec<'_>) {
        let reference = Reference {
            table: spec.target,
            columns: spec.references,
            on_delete: spec.on_delete,
            on_update: spec.on_update,
            match_full: false,
        };
        let kind = TableConstraint::ForeignKey(reference);
        self.constraint(table, spec.name, spec.columns, kind, spec.place);
    }

    fn constraint(
        &mut self,
        table: RelationId,
        name: &str,
        columns: Vec<u16>,
        kind: TableConstraint,
        at: Place,
    ) {
        if let Some(table) = self.expected.catalog.table_mut(table) {
            table.constraints.push(Constraint {
                name: cut(name),
                columns,
                kind,
                deferral: Deferral::Never,
                validated: true,
                provenance: Provenance::new(at),
            });
        }
    }
}

/// The expression that a text holds.
fn expression(text: &str) -> Option<Expr> {
    let parse = crate::parse::parse(&format!("SELECT {text}"));
    let [statement] = parse.statements.as_slice() else {
        return None;
    };
    let StatementKind::Query(query) = &statement.kind else {
        return None;
    };
    match &query.body {
        QueryBody::Select(select) if !statement.broken => match select.targets.as_slice() {
            [Target { expr, .. }] => Some(expr.clone()),
            _ => None,
        },
        _ => None,
    }
}
