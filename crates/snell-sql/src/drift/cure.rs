//! The statements that bring a database to what its schema describes.

use super::{Difference, DriftKind, casts, keys, standing};
use crate::ast::ExprKind;
use crate::catalog::{
    Catalog, Column, Constraint, Expected, Index, KeyTarget, Relation, RelationKind, Table,
    TableConstraint, TypeId, UserTypeKind,
};
use crate::print::{expression, string};

/// The statements, on one line each, that end a difference in the schema's favour; none
/// where they are too long to be shown (a whole table), or need a decision of their own.
#[must_use]
pub fn cure(difference: &Difference, expected: &Expected, actual: &Catalog) -> Option<Vec<String>> {
    let cure = Cure {
        difference,
        expected: &expected.catalog,
        actual,
    };
    cure.statements()
}

/// What makes a table that the schema describes and no migration creates.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MissingTable {
    /// `CREATE TABLE` with its primary key, then its indexes.
    pub create: Vec<String>,
    /// Its foreign keys, for when all tables are there.
    pub foreign_keys: Vec<String>,
}

/// The statements for a table that is missing; none for other differences, and where a type or
/// an index of it has no words in SQL.
#[must_use]
pub fn missing_table(
    difference: &Difference,
    expected: &Expected,
    actual: &Catalog,
) -> Option<MissingTable> {
    if difference.kind != DriftKind::TableMissingInDb {
        return None;
    }
    made(difference, &expected.catalog, actual)
}

/// The statements that make a table, a column or an enum as the database has it, where the schema has none.
#[must_use]
pub fn extra(difference: &Difference, actual: &Catalog) -> Option<MissingTable> {
    let cure = Cure {
        difference,
        expected: actual,
        actual,
    };
    match difference.kind {
        DriftKind::TableExtraInDb => made(difference, actual, actual),
        DriftKind::EnumExtraInDb => Some(MissingTable {
            create: vec![cure.create_enum()?],
            foreign_keys: Vec::new(),
        }),
        DriftKind::ColumnExtraInDb => Some(MissingTable {
            create: cure.altered(&[format!("ADD COLUMN {}", cure.column()?)])?,
            foreign_keys: Vec::new(),
        }),
        _ => None,
    }
}

/// The statements that make a table as one of two databases has it.
fn made(difference: &Difference, expected: &Catalog, actual: &Catalog) -> Option<MissingTable> {
    let of = |object: Option<&str>| Difference {
        object: object.map(Into::into),
        ..difference.clone()
    };
    let whole = of(None);
    let cure = Cure {
        difference: &whole,
        expected,
        actual,
    };
    let (relation, table) = cure.table_of(expected)?;
    let name = cure.table_name()?;
    let mut parts = Vec::new();
    for column in &table.columns {
        parts.push(cure.about(&of(Some(&column.name))).column()?);
    }
    let mut found = MissingTable::default();
    for constraint in &table.constraints {
        let own = quoted(&constraint.name);
        match &constraint.kind {
            TableConstraint::PrimaryKey(_) => parts.push(format!(
                "CONSTRAINT {own} PRIMARY KEY ({})",
                columns(table, &constraint.columns)
            )),
            TableConstraint::ForeignKey(_) => {
                let key = of(Some(&constraint.name));
                let add = cure.about(&key).add_foreign_key()?;
                found
                    .foreign_keys
                    .push(format!("ALTER TABLE {name} {add};"));
            }
            _ => {}
        }
    }
    found
        .create
        .push(format!("CREATE TABLE {name} ({});", parts.join(", ")));
    for (index, shape) in expected.indexes_of(relation.id) {
        if !shape.primary {
            let one = of(Some(&index.name));
            found.create.push(cure.about(&one).create_index()?);
        }
    }
    Some(found)
}

struct Cure<'a> {
    difference: &'a Difference,
    expected: &'a Catalog,
    actual: &'a Catalog,
}

impl<'a> Cure<'a> {
    /// The same two databases, asked about another object.
    fn about<'b>(&self, difference: &'b Difference) -> Cure<'b>
    where
        'a: 'b,
    {
        Cure {
            difference,
            expected: self.expected,
            actual: self.actual,
        }
    }

    fn statements(&self) -> Option<Vec<String>> {
        use DriftKind as K;
        let one = |statement: String| Some(vec![statement]);
        match self.difference.kind {
            K::TableExtraInDb => one(format!("DROP TABLE {};", self.table_name()?)),
            K::ColumnMissingInDb => self.added(),
            K::ColumnExtraInDb => self.altered(&[format!("DROP COLUMN {}", self.object()?)]),
            K::ColumnType | K::ColumnNullability | K::ColumnDefault => {
                self.altered(&[self.changed()?])
            }
            K::PrimaryKey => self.primary_key(),
            K::IndexMissingInDb => one(self.create_index()?),
            K::IndexExtraInDb => one(self.drop_index(self.difference.object.as_deref()?)?),
            K::IndexName => one(format!(
                "ALTER INDEX {} RENAME TO {};",
                self.qualified(self.difference.actual.as_deref()?),
                quoted(self.difference.expected.as_deref()?)
            )),
            K::IndexShape => Some(vec![
                self.drop_index(self.difference.object.as_deref()?)?,
                self.create_index()?,
            ]),
            K::FkMissingInDb => self.altered(&[self.add_foreign_key()?]),
            K::FkExtraInDb => self.altered(&[format!("DROP CONSTRAINT {}", self.object()?)]),
            K::FkName => self.altered(&[format!(
                "RENAME CONSTRAINT {} TO {}",
                quoted(self.difference.actual.as_deref()?),
                quoted(self.difference.expected.as_deref()?)
            )]),
            K::FkAction => {
                let built = self.built_key()?;
                self.altered(&[
                    format!("DROP CONSTRAINT {}", quoted(&built.name)),
                    self.add_foreign_key()?,
                ])
            }
            K::EnumMissingInDb => one(self.create_enum()?),
            K::EnumExtraInDb => one(format!("DROP TYPE {};", self.object_qualified()?)),
            K::EnumValuesDiffer => self.enum_values(),
            K::TableMissingInDb
            | K::ModelIsAViewInDb
            | K::EnumOrderDiffers
            | K::ColumnOrder
            | K::UniqueIsConstraint
            | K::CheckExtraInDb
            | K::TriggerExtraInDb
            | K::PolicyExtraInDb
            | K::ViewExtraInDb
            | K::FunctionExtraInDb => None,
        }
    }

    fn qualified(&self, name: &str) -> String {
        if self.difference.schema == "public" {
            quoted(name)
        } else {
            format!("{}.{}", quoted(&self.difference.schema), quoted(name))
        }
    }

    fn table_name(&self) -> Option<String> {
        Some(self.qualified(self.difference.table.as_deref()?))
    }

    fn object(&self) -> Option<String> {
        Some(quoted(self.difference.object.as_deref()?))
    }

    fn object_qualified(&self) -> Option<String> {
        Some(self.qualified(self.difference.object.as_deref()?))
    }

    fn altered(&self, actions: &[String]) -> Option<Vec<String>> {
        Some(vec![format!(
            "ALTER TABLE {} {};",
            self.table_name()?,
            actions.join(", ")
        )])
    }

    fn table_of(&self, catalog: &'a Catalog) -> Option<(&'a Relation, &'a Table)> {
        let name = self.difference.table.as_deref()?;
        let relation = catalog.find_named(Some(&self.difference.schema), name)?;
        match &relation.kind {
            RelationKind::Table(table) => Some((relation, table)),
            _ => None,
        }
    }

    fn wanted_column(&self) -> Option<&'a Column> {
        let (_, table) = self.table_of(self.expected)?;
        table.column(self.difference.object.as_deref()?)
    }

    /// A type that can be written after a column's name.
    fn type_of(&self, column: &Column) -> Option<String> {
        if column.data_type.id == TypeId::UNKNOWN {
            return None;
        }
        let text = self.expected.format_type(&column.data_type);
        Some(
            text.replace(" without time zone", "")
                .replace("character varying", "varchar"),
        )
    }

    fn default_of(&self, column: &Column) -> Option<String> {
        let default = column.default.as_ref()?;
        let text = expression(default);
        match &default.kind {
            // A list needs its type; an empty one has none without.
            ExprKind::Array(_) => Some(format!("{text}::{}", self.type_of(column)?)),
            _ => Some(text),
        }
    }

    fn column(&self) -> Option<String> {
        let column = self.wanted_column()?;
        let mut text = format!("{} ", quoted(&column.name));
        match (column.sequence, column.data_type.id) {
            (Some(_), TypeId::INT2) => text.push_str("smallserial"),
            (Some(_), TypeId::INT8) => text.push_str("bigserial"),
            (Some(_), _) => text.push_str("serial"),
            (None, _) => text.push_str(&self.type_of(column)?),
        }
        if column.not_null {
            text.push_str(" NOT NULL");
        }
        if let Some(default) = self.default_of(column) {
            text.push_str(&format!(" DEFAULT {default}"));
        }
        Some(text)
    }

    /// A column of a table that is there. One without a default that every row has to have is filled in the rows that
    /// are there before it is required: PostgreSQL refuses it else.
    fn added(&self) -> Option<Vec<String>> {
        let (column, text) = (self.wanted_column()?, self.column()?);
        let free =
            column.default.is_some() || column.sequence.is_some() || column.generated.is_some();
        match text.strip_suffix(" NOT NULL").filter(|_| !free) {
            Some(text) => {
                let added = self.altered(&[format!("ADD COLUMN {text}")])?;
                let name = quoted(&column.name);
                let required = self.altered(&[format!("ALTER COLUMN {name} SET NOT NULL")])?;
                Some([added, required].concat())
            }
            None => self.altered(&[format!("ADD COLUMN {text}")]),
        }
    }

    fn changed(&self) -> Option<String> {
        let column = self.wanted_column()?;
        let change = match self.difference.kind {
            DriftKind::ColumnType => return self.retyped(column),
            DriftKind::ColumnNullability if column.not_null => "SET NOT NULL".to_owned(),
            DriftKind::ColumnNullability => "DROP NOT NULL".to_owned(),
            // A sequence has to be made first.
            _ if column.sequence.is_some() => return None,
            _ => match self.default_of(column) {
                Some(default) => format!("SET DEFAULT {default}"),
                None => "DROP DEFAULT".to_owned(),
            },
        };
        Some(format!("ALTER COLUMN {} {change}", quoted(&column.name)))
    }

    /// A column with another type: with a cast where PostgreSQL makes none by itself, and the default
    /// made anew, which is cast by nobody.
    fn retyped(&self, column: &Column) -> Option<String> {
        let (name, wanted) = (quoted(&column.name), self.type_of(column)?);
        let change = format!("ALTER COLUMN {name} SET DATA TYPE {wanted}");
        let built = self.table_of(self.actual);
        let Some(built) = built.and_then(|(_, table)| table.column(&column.name)) else {
            return Some(change);
        };
        let old = self.actual.format_type(&built.data_type);
        if casts::by_itself(&old, &wanted) {
            return Some(change);
        }
        if !casts::is_there(&old, &wanted) {
            return None;
        }
        // One enum is cast to another by way of its words.
        let is_own = |catalog: &Catalog, column: &Column| {
            let user = catalog.user_type(column.data_type.id);
            user.is_some_and(|one| matches!(one.kind, UserTypeKind::Enum(_)))
        };
        let words = match is_own(self.actual, built) && is_own(self.expected, column) {
            true => "::text",
            false => "",
        };
        let mut actions = vec![format!("{change} USING {name}{words}::{wanted}")];
        if built.default.is_some() {
            actions.insert(0, format!("ALTER COLUMN {name} DROP DEFAULT"));
            let default = self.default_of(column);
            actions.extend(default.map(|text| format!("ALTER COLUMN {name} SET DEFAULT {text}")));
        }
        Some(actions.join(", "))
    }

    fn primary_key(&self) -> Option<Vec<String>> {
        let (_, wanted) = self.table_of(self.expected)?;
        let (_, built) = self.table_of(self.actual)?;
        let mut actions = Vec::new();
        if let Some(key) = built.primary_key() {
            actions.push(format!("DROP CONSTRAINT {}", quoted(&key.name)));
        }
        if let Some(key) = wanted.primary_key() {
            actions.push(format!(
                "ADD CONSTRAINT {} PRIMARY KEY ({})",
                quoted(&key.name),
                columns(wanted, &key.columns)
            ));
        }
        self.altered(&actions)
    }

    fn index_named(&self, catalog: &'a Catalog, name: &str) -> Option<(&'a Relation, &'a Index)> {
        let (table, _) = self.table_of(catalog)?;
        let mut indexes = catalog.indexes_of(table.id);
        indexes.find(|(relation, _)| relation.name == name)
    }

    fn create_index(&self) -> Option<String> {
        let name = self.difference.object.as_deref()?;
        let (_, table) = self.table_of(self.expected)?;
        let (relation, index) = self.index_named(self.expected, name)?;
        // What the condition says is only in the schema's own words.
        let keys: Option<Vec<String>> = index
            .keys
            .iter()
            .map(|key| {
                let KeyTarget::Column(number) = key.target else {
                    return None;
                };
                let mut text = columns(table, &[number]);
                if !key.default_class && !key.operator_class.is_empty() {
                    text.push_str(&format!(" {}", key.operator_class));
                }
                if key.descending {
                    text.push_str(" DESC");
                }
                Some(text)
            })
            .collect();
        let method = match index.method.as_str() {
            "btree" => String::new(),
            method => format!(" USING {method}"),
        };
        Some(format!(
            "CREATE {}INDEX {} ON {}{method} ({});",
            if index.unique { "UNIQUE " } else { "" },
            quoted(&relation.name),
            self.table_name()?,
            keys?.join(", ")
        ))
    }

    fn drop_index(&self, name: &str) -> Option<String> {
        let (_, index) = self.index_named(self.actual, name)?;
        Some(if index.constraint {
            format!(
                "ALTER TABLE {} DROP CONSTRAINT {};",
                self.table_name()?,
                quoted(name)
            )
        } else {
            format!("DROP INDEX {};", self.qualified(name))
        })
    }

    fn wanted_key(&self) -> Option<(&'a Table, &'a Constraint)> {
        let (_, table) = self.table_of(self.expected)?;
        let key = table.constraint(self.difference.object.as_deref()?)?;
        Some((table, key))
    }

    /// The foreign key of the database that says what the schema's says.
    fn built_key(&self) -> Option<&'a Constraint> {
        let (wanted_table, wanted) = self.wanted_key()?;
        let TableConstraint::ForeignKey(reference) = &wanted.kind else {
            return None;
        };
        let says = keys::signature(self.expected, wanted_table, wanted, reference);
        let (_, built) = self.table_of(self.actual)?;
        let alike = |constraint: &&Constraint| match &constraint.kind {
            TableConstraint::ForeignKey(reference) => {
                keys::signature(self.actual, built, constraint, reference) == says
            }
            _ => false,
        };
        built
            .constraint(&wanted.name)
            .filter(alike)
            .or_else(|| built.constraints.iter().find(alike))
    }

    fn add_foreign_key(&self) -> Option<String> {
        let (table, key) = self.wanted_key()?;
        let TableConstraint::ForeignKey(reference) = &key.kind else {
            return None;
        };
        standing::foreign_key(self.expected, table, key, reference)
    }

    fn enum_of(&self, catalog: &'a Catalog) -> Option<Vec<&'a str>> {
        let name = self.difference.object.as_deref()?;
        let id = catalog.type_named(Some(&self.difference.schema), name)?;
        match &catalog.user_type(id)?.kind {
            UserTypeKind::Enum(values) => {
                Some(values.iter().map(|value| value.text.as_str()).collect())
            }
            _ => None,
        }
    }

    fn create_enum(&self) -> Option<String> {
        let values: Vec<String> = self
            .enum_of(self.expected)?
            .into_iter()
            .map(string)
            .collect();
        Some(format!(
            "CREATE TYPE {} AS ENUM ({});",
            self.object_qualified()?,
            values.join(", ")
        ))
    }

    /// Values can be added; one is only taken away by way of a new type.
    fn enum_values(&self) -> Option<Vec<String>> {
        let (wanted, built) = (self.enum_of(self.expected)?, self.enum_of(self.actual)?);
        let name = self.object_qualified()?;
        let missing: Vec<String> = wanted
            .iter()
            .filter(|value| !built.contains(value))
            .map(|value| format!("ALTER TYPE {name} ADD VALUE {};", string(value)))
            .collect();
        (!missing.is_empty()).then_some(missing)
    }
}

/// A name in quotes, as Prisma writes all of them.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

pub(super) fn columns(table: &Table, numbers: &[u16]) -> String {
    let names: Vec<String> = table.names(numbers).map(|name| quoted(name)).collect();
    names.join(", ")
}
