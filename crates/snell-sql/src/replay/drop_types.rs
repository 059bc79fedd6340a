//! `DROP` of types, schemas, extensions and functions.

use super::fault::{Fault, fault};
use super::{Related, Replayer};
use crate::ast::{Drop, DropTarget};
use crate::catalog::{Column, RelationId, TypeId};

impl Replayer {
    pub(super) fn drop_type(&mut self, drop: &Drop, target: &DropTarget) -> Result<(), Fault> {
        let schema = target
            .name
            .schema
            .as_ref()
            .map(|schema| schema.text.as_str());
        let found = self
            .catalog
            .type_named(schema, &target.name.name.text)
            .and_then(|id| self.catalog.user_type(id));
        let Some(user_type) = found else {
            if drop.if_exists {
                return Ok(());
            }
            return Err(fault(
                "42704",
                target.name.span(),
                format!("type \"{}\" does not exist", target.name),
            )
            .related(self.dropped_at(&target.name.name.text)));
        };
        let (id, array) = (user_type.id, user_type.array);
        let users = self.type_users(id, array);
        let defaults = self.default_users(id, array);
        let views: Vec<RelationId> = self
            .catalog
            .views()
            .filter(|(_, view)| view.types.contains(&id) || view.types.contains(&array))
            .map(|(relation, _)| relation.id)
            .collect();
        if !drop.cascade
            && let Some(holder) = users
                .first()
                .or_else(|| defaults.first())
                .map(|(table, _)| *table)
                .or_else(|| views.first().copied())
                .and_then(|holder| self.catalog.relation(holder))
        {
            return Err(fault(
                "2BP01",
                target.name.span(),
                format!(
                    "cannot drop type {} because other objects depend on it",
                    target.name
                ),
            )
            .related(Some(Related {
                place: holder.provenance.shaped,
                message: format!("\"{}\" uses the type", holder.name),
            })));
        }
        for (table, number) in users {
            self.remove_column(table, number);
        }
        for (table, number) in defaults {
            if let Some(column) = self
                .catalog
                .table_mut(table)
                .and_then(|table| table.column_at_mut(number))
            {
                column.default = None;
                column.default_types.clear();
            }
        }
        for view in views {
            self.remove_view(view);
        }
        self.catalog.remove_type(id);
        Ok(())
    }

    /// Columns of another type whose default still needs a type.
    fn default_users(&self, id: TypeId, array: TypeId) -> Vec<(RelationId, u16)> {
        self.columns_where(|column| {
            column.default_types.contains(&id) || column.default_types.contains(&array)
        })
    }

    fn type_users(&self, id: TypeId, array: TypeId) -> Vec<(RelationId, u16)> {
        self.columns_where(|column| column.data_type.id == id || column.data_type.id == array)
    }

    fn columns_where(&self, is_meant: impl Fn(&Column) -> bool) -> Vec<(RelationId, u16)> {
        let tables = self.catalog.tables();
        let columns = tables.flat_map(|(relation, table)| {
            let columns = table.columns.iter();
            columns.map(move |column| (relation.id, column))
        });
        columns
            .filter(|(_, column)| is_meant(column))
            .map(|(relation, column)| (relation, column.number))
            .collect()
    }

    pub(super) fn drop_schema(&mut self, drop: &Drop, target: &DropTarget) -> Result<(), Fault> {
        let name = &target.name.name;
        if !self.catalog.schemas.contains_key(&name.text) {
            if drop.if_exists {
                return Ok(());
            }
            return Err(fault(
                "3F000",
                name.span,
                format!("schema \"{}\" does not exist", name.text),
            ));
        }
        let members: Vec<RelationId> = self
            .catalog
            .relations()
            .filter(|relation| relation.schema == name.text)
            .map(|relation| relation.id)
            .collect();
        if !members.is_empty() && !drop.cascade {
            return Err(fault(
                "2BP01",
                name.span,
                format!(
                    "cannot drop schema {} because other objects depend on it",
                    name.text
                ),
            ));
        }
        for member in members {
            self.remove_view(member);
        }
        let types: Vec<(TypeId, TypeId)> = self
            .catalog
            .types()
            .filter(|user_type| user_type.schema == name.text)
            .map(|user_type| (user_type.id, user_type.array))
            .collect();
        for (id, array) in types {
            for (table, number) in self.type_users(id, array) {
                self.remove_column(table, number);
            }
            self.catalog.remove_type(id);
        }
        self.catalog
            .functions
            .retain(|function| function.schema != name.text);
        self.catalog.schemas.remove(&name.text);
        Ok(())
    }

    pub(super) fn drop_extension(&mut self, drop: &Drop, target: &DropTarget) -> Result<(), Fault> {
        let name = &target.name.name;
        if !self.catalog.extensions.contains_key(&name.text) {
            if drop.if_exists {
                return Ok(());
            }
            return Err(fault(
                "42704",
                name.span,
                format!("extension \"{}\" does not exist", name.text),
            ));
        }
        let types: Vec<TypeId> = crate::library::library()
            .types
            .values()
            .filter(|entry| entry.extension == Some(name.text.as_str()))
            .map(|entry| entry.id)
            .collect();
        let users: Vec<(RelationId, u16)> = types
            .iter()
            .flat_map(|id| self.type_users(*id, *id))
            .collect();
        if !users.is_empty() && !drop.cascade {
            return Err(fault(
                "2BP01",
                name.span,
                format!(
                    "cannot drop extension {} because other objects depend on it",
                    name.text
                ),
            ));
        }
        for (table, number) in users {
            self.remove_column(table, number);
        }
        self.catalog.extensions.remove(&name.text);
        Ok(())
    }

    pub(super) fn drop_function(&mut self, drop: &Drop, target: &DropTarget) -> Result<(), Fault> {
        let schema = target
            .name
            .schema
            .as_ref()
            .map(|schema| schema.text.as_str());
        let name = target.name.name.text.as_str();
        let wanted: Option<Vec<_>> = target.arguments.as_ref().map(|types| {
            types
                .iter()
                .map(|written| self.catalog.resolve_type(written).map(|t| t.id))
                .collect()
        });
        let found: Vec<_> = self
            .catalog
            .functions_named(schema, name)
            .filter(|function| {
                wanted.as_ref().is_none_or(|wanted| {
                    let own: Vec<_> = function
                        .arguments
                        .iter()
                        .map(|argument| argument.as_ref().map(|t| t.id))
                        .collect();
                    own == *wanted
                })
            })
            .map(|function| (function.schema.clone(), function.arguments.clone()))
            .collect();
        if found.len() > 1 {
            return Err(fault(
                "42725",
                target.name.span(),
                format!("function name \"{name}\" is not unique"),
            ));
        }
        let Some((schema, arguments)) = found.into_iter().next() else {
            if drop.if_exists {
                return Ok(());
            }
            return Err(fault(
                "42883",
                target.name.span(),
                format!("could not find a function named \"{name}\""),
            )
            .related(self.dropped_at(name)));
        };
        self.release_function(drop, target)?;
        self.catalog.functions.retain(|function| {
            !(function.name == name && function.schema == schema && function.arguments == arguments)
        });
        Ok(())
    }

    /// Triggers hold their function fast.
    fn release_function(&mut self, drop: &Drop, target: &DropTarget) -> Result<(), Fault> {
        let name = &target.name.name.text;
        let holders: Vec<RelationId> = self
            .catalog
            .tables()
            .filter(|(_, table)| table.triggers.iter().any(|t| t.function == *name))
            .map(|(relation, _)| relation.id)
            .collect();
        if !drop.cascade
            && let Some(holder) = holders.first()
        {
            let related = self
                .catalog
                .table(*holder)
                .and_then(|table| table.triggers.iter().find(|t| t.function == *name))
                .map(|trigger| Related {
                    place: trigger.provenance.created,
                    message: format!("trigger \"{}\" executes it", trigger.name),
                });
            return Err(fault(
                "2BP01",
                target.name.span(),
                format!("cannot drop function {name}() because other objects depend on it"),
            )
            .related(related));
        }
        for holder in holders {
            if let Some(table) = self.catalog.table_mut(holder) {
                table.triggers.retain(|trigger| trigger.function != *name);
            }
        }
        Ok(())
    }
}
