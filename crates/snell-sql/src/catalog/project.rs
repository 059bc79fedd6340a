//! Lays a catalog out as the plain data of [`super::document`].

use super::document::*;
use super::stored::{stored, stored_jsonb};
use super::{
    Catalog, Column, Constraint, DataType, Index, KeyTarget, Relation, RelationId, RelationKind,
    Table, TableConstraint, TypeId, UserTypeKind,
};
use crate::ast::{Deferral, Expr};
use crate::print::{identifier, string};

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
                using: policy.using.as_ref().map(stored_text),
                check: policy.check.as_ref().map(stored_text),
            })
            .collect(),
        triggers: table
            .triggers
            .iter()
            .map(|trigger| TriggerView {
                name: trigger.name.to_string(),
                function: trigger.function.to_string(),
                timing: trigger.timing.to_uppercase(),
                events: trigger.events.iter().map(|e| e.to_uppercase()).collect(),
                enabled: if trigger.enabled { "O" } else { "D" },
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
            string(&relation_name(catalog, sequence))
        )),
        None => column
            .default
            .as_ref()
            .map(|default| match column.data_type.id {
                TypeId::JSONB => crate::print::expression(&stored_jsonb(default)),
                _ => stored_text(default),
            }),
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
        generated: column.generated.as_ref().map(stored_text),
    }
}

/// A relation's name, with its schema where the search path does not lead there.
fn relation_name(catalog: &Catalog, relation: &Relation) -> String {
    let name = identifier(&relation.name);
    if catalog.search_path.contains(&relation.schema) {
        name
    } else {
        format!("{}.{name}", identifier(&relation.schema))
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
            view.definition = Some(format!("CHECK ({})", stored_text(expr)));
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
                    KeyTarget::Expression(expr) => Some(stored_text(expr)),
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
        predicate: index.predicate.as_ref().map(stored_text),
        options: index
            .options
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect(),
        nulls_not_distinct: index.nulls_not_distinct,
    }
}

/// An expression as the server keeps it.
fn stored_text(expr: &Expr) -> String {
    crate::print::expression(&stored(expr))
}
