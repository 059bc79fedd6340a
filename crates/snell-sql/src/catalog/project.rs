//! A catalog as plain data: what `facts catalog` prints.

use serde::Serialize;

use super::{
    Catalog, Column, Constraint, DataType, Index, KeyTarget, Relation, RelationId, RelationKind,
    Table, TableConstraint, TypeId, UserTypeKind,
};
use crate::ast::Deferral;
use crate::print::{expression, identifier, string};

/// A catalog in the shape of PostgreSQL's own, sorted by schema and name.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct CatalogView {
    pub schemas: Vec<String>,
    pub extensions: Vec<ExtensionView>,
    pub enums: Vec<EnumView>,
    pub domains: Vec<DomainView>,
    pub sequences: Vec<SequenceView>,
    pub tables: Vec<TableView>,
    pub views: Vec<ViewView>,
    pub functions: Vec<FunctionView>,
}

/// An extension.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct ExtensionView {
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    pub schema: String,
}

/// An enum, its values in order.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct EnumView {
    pub schema: String,
    pub name: String,
    pub values: Vec<String>,
}

/// A domain.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct DomainView {
    pub schema: String,
    pub name: String,
    #[serde(rename = "type")]
    pub data_type: String,
    pub nullable: bool,
}

/// A sequence.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct SequenceView {
    pub schema: String,
    pub name: String,
    #[serde(rename = "type")]
    pub data_type: String,
    pub start: String,
    pub increment: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owned_by: Option<String>,
}

/// A table.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct TableView {
    pub schema: String,
    pub name: String,
    pub kind: &'static str,
    pub columns: Vec<ColumnView>,
    pub constraints: Vec<ConstraintView>,
    pub indexes: Vec<IndexView>,
    pub rls: RowSecurityView,
    pub policies: Vec<PolicyView>,
    pub triggers: Vec<TriggerView>,
    /// True when a statement that may not have run shaped it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub uncertain: bool,
}

/// A column of a table or view.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct ColumnView {
    pub name: String,
    /// As `format_type` spells it; none when it could not be worked out.
    #[serde(rename = "type")]
    pub data_type: Option<String>,
    /// The type's own name in `pg_type`.
    pub udt: Option<String>,
    pub nullable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generated: Option<String>,
}

/// A constraint.
#[derive(Debug, Clone, Default, Serialize)]
#[allow(missing_docs)]
pub struct ConstraintView {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub columns: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub definition: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ref_table: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ref_columns: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_delete: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_update: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deferrable: Option<&'static str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub not_valid: bool,
}

/// An index.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct IndexView {
    pub name: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unique: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub primary: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub constraint: bool,
    pub method: String,
    pub keys: Vec<KeyView>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub predicate: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub nulls_not_distinct: bool,
}

/// A key of an index.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct KeyView {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expr: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nulls: Option<&'static str>,
    pub opclass: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub opclass_non_default: bool,
}

/// Row level security of a table.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct RowSecurityView {
    pub enabled: bool,
    pub forced: bool,
}

/// A policy.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct PolicyView {
    pub name: String,
    pub permissive: bool,
    pub command: String,
    pub roles: Vec<String>,
    pub using: Option<String>,
    pub check: Option<String>,
}

/// A trigger.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct TriggerView {
    pub name: String,
    pub function: String,
    pub timing: String,
    pub events: Vec<String>,
    pub enabled: bool,
}

/// A view.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct ViewView {
    pub schema: String,
    pub name: String,
    pub kind: &'static str,
    pub columns: Vec<ColumnView>,
    pub indexes: Vec<IndexView>,
}

/// A function or procedure.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct FunctionView {
    pub schema: String,
    pub name: String,
    pub arguments: Vec<Option<String>>,
    pub returns: Option<String>,
    pub language: String,
    pub volatility: String,
    pub security_definer: bool,
    pub strict: bool,
}

/// Lays a catalog out as plain data.
#[must_use]
pub fn project(catalog: &Catalog) -> CatalogView {
    let mut view = CatalogView {
        schemas: catalog.schemas.keys().map(ToString::to_string).collect(),
        extensions: catalog
            .extensions
            .iter()
            .map(|(name, extension)| ExtensionView {
                name: name.to_string(),
                version: extension.version.as_ref().map(ToString::to_string),
                schema: extension.schema.to_string(),
            })
            .collect(),
        enums: Vec::new(),
        domains: Vec::new(),
        sequences: Vec::new(),
        tables: Vec::new(),
        views: Vec::new(),
        functions: functions(catalog),
    };
    for user_type in catalog.types() {
        let (schema, name) = (user_type.schema.to_string(), user_type.name.to_string());
        match &user_type.kind {
            UserTypeKind::Enum(values) => view.enums.push(EnumView {
                schema,
                name,
                values: values.iter().map(|value| value.text.to_string()).collect(),
            }),
            UserTypeKind::Domain(domain) => view.domains.push(DomainView {
                schema,
                name,
                data_type: catalog.format_type(&domain.base),
                nullable: !domain.not_null,
            }),
            _ => {}
        }
    }
    for relation in catalog.relations() {
        match &relation.kind {
            RelationKind::Table(table) => view.tables.push(table_view(catalog, relation, table)),
            RelationKind::View(entry) => view.views.push(ViewView {
                schema: relation.schema.to_string(),
                name: relation.name.to_string(),
                kind: if entry.materialized {
                    "materialized view"
                } else {
                    "view"
                },
                columns: entry
                    .columns
                    .iter()
                    .map(|column| ColumnView {
                        name: column.name.to_string(),
                        data_type: column.data_type.as_ref().map(|t| catalog.format_type(t)),
                        udt: column
                            .data_type
                            .as_ref()
                            .map(|t| catalog.type_name(t.id).to_string()),
                        nullable: !column.not_null,
                        default: None,
                        identity: None,
                        generated: None,
                    })
                    .collect(),
                indexes: indexes(catalog, relation.id),
            }),
            RelationKind::Sequence(sequence) => view.sequences.push(SequenceView {
                schema: relation.schema.to_string(),
                name: relation.name.to_string(),
                data_type: catalog.format_type(&sequence.data_type.into()),
                start: sequence.start.to_string(),
                increment: sequence.increment.to_string(),
                owned_by: owner(catalog, sequence.owned_by),
            }),
            RelationKind::Index(_) => {}
        }
    }
    sort(&mut view);
    view
}

fn sort(view: &mut CatalogView) {
    view.enums
        .sort_by(|a, b| (&a.schema, &a.name).cmp(&(&b.schema, &b.name)));
    view.domains
        .sort_by(|a, b| (&a.schema, &a.name).cmp(&(&b.schema, &b.name)));
    view.sequences
        .sort_by(|a, b| (&a.schema, &a.name).cmp(&(&b.schema, &b.name)));
    view.tables
        .sort_by(|a, b| (&a.schema, &a.name).cmp(&(&b.schema, &b.name)));
    view.views
        .sort_by(|a, b| (&a.schema, &a.name).cmp(&(&b.schema, &b.name)));
    view.functions.sort_by(|a, b| {
        (&a.schema, &a.name, &a.arguments).cmp(&(&b.schema, &b.name, &b.arguments))
    });
}

fn functions(catalog: &Catalog) -> Vec<FunctionView> {
    let spell = |data_type: &Option<DataType>| {
        data_type
            .as_ref()
            .map(|data_type| catalog.format_type(&data_type.id.into()))
    };
    catalog
        .functions
        .iter()
        .map(|function| FunctionView {
            schema: function.schema.to_string(),
            name: function.name.to_string(),
            arguments: function.arguments.iter().map(spell).collect(),
            returns: spell(&function.returns),
            language: function.language.to_string(),
            volatility: function.volatility.to_string(),
            security_definer: function.security_definer,
            strict: function.strict,
        })
        .collect()
}

fn owner(catalog: &Catalog, owned_by: Option<(RelationId, u16)>) -> Option<String> {
    let (id, number) = owned_by?;
    let relation = catalog.relation(id)?;
    let column = catalog.table(id)?.column_at(number)?;
    Some(format!(
        "{}.{}",
        identifier(&relation.name),
        identifier(&column.name)
    ))
}

fn table_view(catalog: &Catalog, relation: &Relation, table: &Table) -> TableView {
    let mut constraints: Vec<ConstraintView> = table
        .constraints
        .iter()
        .map(|constraint| constraint_view(catalog, table, constraint))
        .collect();
    constraints.sort_by(|a, b| a.name.cmp(&b.name));
    TableView {
        schema: relation.schema.to_string(),
        name: relation.name.to_string(),
        kind: if table.partitioned {
            "partitioned table"
        } else {
            "table"
        },
        columns: table
            .columns
            .iter()
            .map(|column| column_view(catalog, column))
            .collect(),
        constraints,
        indexes: indexes(catalog, relation.id),
        rls: RowSecurityView {
            enabled: table.row_security,
            forced: table.force_row_security,
        },
        policies: table
            .policies
            .iter()
            .map(|policy| PolicyView {
                name: policy.name.to_string(),
                permissive: policy.permissive,
                command: policy.command.to_string(),
                roles: policy.roles.iter().map(ToString::to_string).collect(),
                using: policy.using.as_ref().map(expression),
                check: policy.check.as_ref().map(expression),
            })
            .collect(),
        triggers: table
            .triggers
            .iter()
            .map(|trigger| TriggerView {
                name: trigger.name.to_string(),
                function: trigger.function.to_string(),
                timing: trigger.timing.to_string(),
                events: trigger.events.iter().map(ToString::to_string).collect(),
                enabled: trigger.enabled,
            })
            .collect(),
        uncertain: relation.uncertain,
    }
}

fn column_view(catalog: &Catalog, column: &Column) -> ColumnView {
    let sequence = column.sequence.and_then(|id| catalog.relation(id));
    let default = match sequence {
        Some(sequence) => Some(format!(
            "nextval({}::regclass)",
            string(&identifier(&sequence.name))
        )),
        None => column.default.as_ref().map(expression),
    };
    let known = column.data_type.id != TypeId::UNKNOWN;
    ColumnView {
        name: column.name.to_string(),
        data_type: known.then(|| catalog.format_type(&column.data_type)),
        udt: known.then(|| catalog.type_name(column.data_type.id).to_string()),
        nullable: !column.not_null,
        default,
        identity: column
            .identity
            .map(|always| if always { "always" } else { "by default" }),
        generated: column.generated.as_ref().map(expression),
    }
}

fn names(table: &Table, numbers: &[u16]) -> Vec<String> {
    table.names(numbers).map(ToString::to_string).collect()
}

fn constraint_view(catalog: &Catalog, table: &Table, constraint: &Constraint) -> ConstraintView {
    let mut view = ConstraintView {
        name: constraint.name.to_string(),
        columns: names(table, &constraint.columns),
        deferrable: match constraint.deferral {
            Deferral::Never => None,
            Deferral::Immediate => Some("initially immediate"),
            Deferral::Deferred => Some("initially deferred"),
        },
        not_valid: !constraint.validated,
        ..ConstraintView::default()
    };
    view.kind = match &constraint.kind {
        TableConstraint::PrimaryKey(_) => "primary key",
        TableConstraint::Unique(_) => "unique",
        TableConstraint::Exclude(_) => "exclude",
        TableConstraint::Check(expr) => {
            view.definition = Some(format!("CHECK ({})", expression(expr)));
            "check"
        }
        TableConstraint::ForeignKey(reference) => {
            let target = catalog.relation(reference.table);
            view.ref_table = target.map(|relation| relation.name.to_string());
            view.ref_columns = catalog
                .table(reference.table)
                .map(|table| names(table, &reference.columns));
            view.on_delete = Some(reference.on_delete.words());
            view.on_update = Some(reference.on_update.words());
            "foreign key"
        }
    };
    view
}

fn indexes(catalog: &Catalog, id: RelationId) -> Vec<IndexView> {
    let mut views: Vec<IndexView> = catalog
        .indexes_of(id)
        .map(|(relation, index)| index_view(catalog, relation, index))
        .collect();
    views.sort_by(|a, b| a.name.cmp(&b.name));
    views
}

fn index_view(catalog: &Catalog, relation: &Relation, index: &Index) -> IndexView {
    let column = |number: u16| -> Option<String> {
        match &catalog.relation(index.table)?.kind {
            RelationKind::Table(table) => Some(table.column_at(number)?.name.to_string()),
            RelationKind::View(view) => {
                let position = usize::from(number).checked_sub(1)?;
                Some(view.columns.get(position)?.name.to_string())
            }
            _ => None,
        }
    };
    IndexView {
        name: relation.name.to_string(),
        unique: index.unique,
        primary: index.primary,
        constraint: index.constraint,
        method: index.method.to_string(),
        keys: index
            .keys
            .iter()
            .map(|key| KeyView {
                column: match &key.target {
                    KeyTarget::Column(number) => column(*number),
                    KeyTarget::Expression(_) => None,
                },
                expr: match &key.target {
                    KeyTarget::Column(_) => None,
                    KeyTarget::Expression(expr) => Some(expression(expr)),
                },
                order: key.descending.then_some("desc"),
                nulls: match (key.descending, key.nulls_first) {
                    (true, false) => Some("last"),
                    (false, true) => Some("first"),
                    _ => None,
                },
                opclass: key.operator_class.to_string(),
                opclass_non_default: !key.default_class,
            })
            .collect(),
        include: index.include.iter().filter_map(|n| column(*n)).collect(),
        predicate: index.predicate.as_ref().map(expression),
        options: index
            .options
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect(),
        nulls_not_distinct: index.nulls_not_distinct,
    }
}
