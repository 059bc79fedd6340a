//! Functions, triggers, policies and comments.

use std::sync::Arc;

use super::fault::{Fault, fault};
use super::{Related, Replayer};
use crate::ast::{
    AlterPolicy, Comment, CreateFunction, CreatePolicy, CreateTrigger, Drop, DropTarget, Name,
    ObjectKind, ObjectName, ParameterMode, Rename,
};
use crate::catalog::{Function, Policy, RelationId, RelationKind, Trigger};

impl Replayer {
    pub(super) fn create_function(&mut self, create: &CreateFunction) -> Result<(), Fault> {
        self.need_schema(&create.name)?;
        let function = self.function(create)?;
        let position = self.catalog.functions.iter().position(|other| {
            other.schema == function.schema
                && other.name == function.name
                && other.arguments == function.arguments
        });
        match position {
            Some(position) if create.or_replace => {
                let created = self.catalog.functions[position].provenance.created;
                let mut function = function;
                function.provenance.created = created;
                self.catalog.functions[position] = Arc::new(function);
            }
            Some(position) => {
                let place = self.catalog.functions[position].provenance.created;
                return Err(fault(
                    "42723",
                    create.name.span(),
                    format!(
                        "function \"{}\" already exists with same argument types",
                        create.name.name.text
                    ),
                )
                .related(Some(Related {
                    place,
                    message: "the function is created here".into(),
                })));
            }
            None => self.catalog.functions.push(Arc::new(function)),
        }
        Ok(())
    }

    fn function(&self, create: &CreateFunction) -> Result<Function, Fault> {
        let inputs: Vec<_> = create
            .parameters
            .iter()
            .filter(|parameter| parameter.mode != ParameterMode::Out)
            .collect();
        let resolve = |written: &crate::ast::TypeName| {
            if written.indirect && !written.name.name.text.is_empty() {
                // SETOF keeps its type; %TYPE names a column, which nobody asks about.
                return Ok(self.catalog.resolve_type(written));
            }
            match self.catalog.resolve_type(written) {
                Some(found) => Ok(Some(found)),
                None if self.catalog.find(&written.name).is_some() => Ok(None),
                None if self.unknown_extension() => Ok(None),
                None => self.data_type(written).map(Some),
            }
        };
        let mut arguments = Vec::new();
        for parameter in &inputs {
            arguments.push(resolve(&parameter.type_name)?);
        }
        let mut outputs = Vec::new();
        for parameter in &create.parameters {
            if matches!(parameter.mode, ParameterMode::Out | ParameterMode::InOut) {
                let name = parameter
                    .name
                    .as_ref()
                    .map_or_else(|| "column".into(), |name| name.text.clone());
                outputs.push((name, resolve(&parameter.type_name)?));
            }
        }
        for (name, written) in &create.table {
            outputs.push((name.text.clone(), resolve(written)?));
        }
        Ok(Function {
            schema: self.catalog.creation_schema(&create.name, false),
            name: create.name.name.text.clone(),
            procedure: create.procedure,
            argument_names: inputs
                .iter()
                .map(|parameter| parameter.name.as_ref().map(|name| name.text.clone()))
                .collect(),
            defaults: inputs.iter().filter(|parameter| parameter.default).count(),
            variadic: inputs
                .iter()
                .any(|parameter| parameter.mode == ParameterMode::Variadic),
            arguments,
            returns: match &create.returns {
                Some(written) => resolve(written)?,
                None => None,
            },
            returns_set: create.returns_set,
            outputs,
            language: create.language.clone().unwrap_or_default(),
            volatility: create.volatility.clone(),
            security_definer: create.security_definer,
            strict: create.strict,
            sets_search_path: create.sets_search_path,
            provenance: self.provenance(),
        })
    }

    pub(super) fn triggers_mut(&mut self, id: RelationId) -> Option<&mut Vec<Trigger>> {
        match &mut self.catalog.relation_mut(id)?.kind {
            RelationKind::Table(table) => Some(&mut table.triggers),
            RelationKind::View(view) => Some(&mut view.triggers),
            _ => None,
        }
    }

    pub(super) fn create_trigger(&mut self, create: &CreateTrigger) -> Result<(), Fault> {
        let id = self.relation(&create.table)?;
        let mut columns = Vec::new();
        if self.catalog.table(id).is_some() {
            for name in &create.columns {
                columns.push(self.column_number(id, name)?);
            }
        }
        let schema = create.function.schema.as_ref().map(|s| s.text.as_str());
        let name = create.function.name.text.as_str();
        let known = self.catalog.functions_named(schema, name).next().is_some()
            || crate::library::library().functions.contains_key(name)
            || self.unknown_extension();
        if !known {
            return Err(fault(
                "42883",
                create.function.span(),
                format!("function {}() does not exist", create.function),
            )
            .related(self.dropped_at(name)));
        }
        let trigger = Trigger {
            name: create.name.text.clone(),
            function: create.function.name.text.clone(),
            timing: create.timing.clone(),
            events: create.events.clone(),
            columns,
            enabled: true,
            provenance: self.provenance(),
        };
        let table = self.relation_name(id);
        let Some(triggers) = self.triggers_mut(id) else {
            return Ok(());
        };
        if let Some(existing) = triggers.iter_mut().find(|t| t.name == create.name.text) {
            if create.or_replace {
                let created = existing.provenance.created;
                *existing = trigger;
                existing.provenance.created = created;
                return Ok(());
            }
            let place = existing.provenance.created;
            return Err(fault(
                "42710",
                create.name.span,
                format!(
                    "trigger \"{}\" for relation \"{table}\" already exists",
                    create.name.text
                ),
            )
            .related(Some(Related {
                place,
                message: "the trigger is created here".into(),
            })));
        }
        triggers.push(trigger);
        self.shaped(id);
        Ok(())
    }

    pub(super) fn enable_trigger(
        &mut self,
        id: RelationId,
        name: Option<&Name>,
        enabled: bool,
    ) -> Result<(), Fault> {
        let table = self.relation_name(id);
        let Some(triggers) = self.triggers_mut(id) else {
            return Ok(());
        };
        let mut found = name.is_none();
        for trigger in triggers {
            if name.is_none_or(|name| name.text == trigger.name) {
                trigger.enabled = enabled;
                found = true;
            }
        }
        match name {
            Some(name) if !found => Err(fault(
                "42704",
                name.span,
                format!(
                    "trigger \"{}\" for table \"{table}\" does not exist",
                    name.text
                ),
            )),
            _ => Ok(()),
        }
    }

    /// The relation that a trigger or policy stands on; none when `IF EXISTS` lets it be absent.
    fn holder(
        &self,
        table: Option<&ObjectName>,
        if_exists: bool,
    ) -> Result<Option<RelationId>, Fault> {
        let Some(table) = table else {
            return Ok(None);
        };
        if if_exists && self.catalog.find(table).is_none() {
            return Ok(None);
        }
        self.relation(table).map(Some)
    }

    pub(super) fn drop_trigger(&mut self, drop: &Drop, target: &DropTarget) -> Result<(), Fault> {
        let Some(id) = self.holder(target.table.as_ref(), drop.if_exists)? else {
            return Ok(());
        };
        let name = &target.name.name;
        let table = self.relation_name(id);
        let related = self.dropped_at(&name.text);
        let Some(triggers) = self.triggers_mut(id) else {
            return Ok(());
        };
        let before = triggers.len();
        triggers.retain(|trigger| trigger.name != name.text);
        if triggers.len() == before && !drop.if_exists {
            return Err(fault(
                "42704",
                name.span,
                format!(
                    "trigger \"{}\" for table \"{table}\" does not exist",
                    name.text
                ),
            )
            .related(related));
        }
        Ok(())
    }

    pub(super) fn rename_trigger(&mut self, rename: &Rename) -> Result<(), Fault> {
        let Some(id) = self.holder(rename.table.as_ref(), false)? else {
            return Ok(());
        };
        let name = &rename.name.name;
        let table = self.relation_name(id);
        let found = self
            .triggers_mut(id)
            .and_then(|triggers| triggers.iter_mut().find(|t| t.name == name.text));
        match found {
            Some(trigger) => {
                trigger.name = rename.new_name.text.clone();
                Ok(())
            }
            None => Err(fault(
                "42704",
                name.span,
                format!(
                    "trigger \"{}\" for table \"{table}\" does not exist",
                    name.text
                ),
            )),
        }
    }

    pub(super) fn create_policy(&mut self, create: &CreatePolicy) -> Result<(), Fault> {
        let id = self.table(&create.table)?;
        let provenance = self.provenance();
        let policy = Policy {
            name: create.name.text.clone(),
            permissive: create.permissive,
            command: create.command.clone(),
            roles: create.roles.iter().map(|role| role.text.clone()).collect(),
            using: create.using.clone(),
            check: create.check.clone(),
            provenance,
        };
        let Some(table) = self.catalog.table_mut(id) else {
            return Ok(());
        };
        if let Some(existing) = table.policies.iter().find(|p| p.name == create.name.text) {
            let place = existing.provenance.created;
            return Err(fault(
                "42710",
                create.name.span,
                format!(
                    "policy \"{}\" for table \"{}\" already exists",
                    create.name.text, create.table.name.text
                ),
            )
            .related(Some(Related {
                place,
                message: "the policy is created here".into(),
            })));
        }
        table.policies.push(policy);
        self.shaped(id);
        Ok(())
    }

    fn with_policy(
        &mut self,
        table: &ObjectName,
        name: &Name,
        change: impl FnOnce(&mut Policy),
    ) -> Result<(), Fault> {
        let id = self.table(table)?;
        let place = self.place;
        let found = self
            .catalog
            .table_mut(id)
            .and_then(|table| table.policies.iter_mut().find(|p| p.name == name.text));
        match found {
            Some(policy) => {
                change(policy);
                policy.provenance.shaped = place;
                Ok(())
            }
            None => Err(fault(
                "42704",
                name.span,
                format!(
                    "policy \"{}\" for table \"{}\" does not exist",
                    name.text, table.name.text
                ),
            )),
        }
    }

    pub(super) fn alter_policy(&mut self, alter: &AlterPolicy) -> Result<(), Fault> {
        self.with_policy(&alter.table, &alter.name, |policy| {
            if alter.using.is_some() {
                policy.using = alter.using.clone();
            }
            if alter.check.is_some() {
                policy.check = alter.check.clone();
            }
        })
    }

    pub(super) fn rename_policy(&mut self, rename: &Rename) -> Result<(), Fault> {
        let Some(table) = &rename.table else {
            return Ok(());
        };
        self.with_policy(table, &rename.name.name, |policy| {
            policy.name = rename.new_name.text.clone();
        })
    }

    pub(super) fn drop_policy(&mut self, drop: &Drop, target: &DropTarget) -> Result<(), Fault> {
        let Some(id) = self.holder(target.table.as_ref(), drop.if_exists)? else {
            return Ok(());
        };
        let name = &target.name.name;
        let Some(table) = self.catalog.table_mut(id) else {
            return Ok(());
        };
        let before = table.policies.len();
        table.policies.retain(|policy| policy.name != name.text);
        if table.policies.len() == before && !drop.if_exists {
            return Err(fault(
                "42704",
                name.span,
                format!("policy \"{}\" does not exist", name.text),
            ));
        }
        Ok(())
    }

    pub(super) fn comment(&mut self, comment: &Comment) -> Result<(), Fault> {
        match comment.kind {
            ObjectKind::Table
            | ObjectKind::View
            | ObjectKind::MaterializedView
            | ObjectKind::Index
            | ObjectKind::Sequence => {
                let id = self.relation(&comment.name)?;
                if let Some(relation) = self.catalog.relation_mut(id) {
                    relation.comment = comment.text.clone();
                }
                Ok(())
            }
            ObjectKind::Column => {
                let Some(table) = &comment.table else {
                    return Ok(());
                };
                let id = self.relation(table)?;
                if self.catalog.table(id).is_none() {
                    return Ok(());
                }
                let number = self.column_number(id, &comment.name.name)?;
                if let Some(column) = self
                    .catalog
                    .table_mut(id)
                    .and_then(|table| table.column_at_mut(number))
                {
                    column.comment = comment.text.clone();
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }
}
