//! Types, domains, sequences, schemas, extensions, and objects that change their names.

use std::sync::Arc;

use smol_str::SmolStr;

use super::fault::{Fault, fault};
use super::{NoteKind, Related, Replayer};
use crate::ast::{
    AddValue, AlterSequence, AlterType, ConstraintKind, CreateDomain, CreateExtension,
    CreateSchema, CreateSequence, CreateType, Label, Name, ObjectKind, ObjectName, Rename,
    SequenceOptions, SetParameter, SetSchema, TypeChange, TypeDefinition,
};
use crate::catalog::{
    Domain, EnumValue, Extension, RelationId, RelationKind, Sequence, TypeId, UserType,
    UserTypeKind,
};

impl Replayer {
    /// Puts a new type under a free name.
    fn new_type(&mut self, name: &ObjectName, kind: UserTypeKind) -> Result<TypeId, Fault> {
        self.need_schema(name)?;
        let schema = self.catalog.creation_schema(name, false);
        let existing = self
            .catalog
            .type_named(Some(&schema), &name.name.text)
            .and_then(|id| self.catalog.user_type(id))
            .map(|user_type| user_type.provenance.created)
            .or_else(|| {
                // A table's row type has the table's name.
                let relation = self.catalog.find_named(Some(&schema), &name.name.text)?;
                let rows = matches!(
                    relation.kind,
                    RelationKind::Table(_) | RelationKind::View(_)
                );
                rows.then_some(relation.provenance.created)
            });
        if let Some(place) = existing {
            return Err(fault(
                "42710",
                name.span(),
                format!("type \"{}\" already exists", name.name.text),
            )
            .related(Some(Related {
                place,
                message: format!("type \"{}\" is created here", name.name.text),
            })));
        }
        // Even numbers are types, the odd one after each is its array.
        let id = TypeId(TypeId::USER + self.catalog.fresh() * 2);
        self.catalog.add_type(UserType {
            id,
            array: TypeId(id.0 + 1),
            schema,
            name: name.name.text.clone(),
            kind,
            provenance: self.provenance(),
            uncertain: self.maybe > 0,
        });
        self.new_types.insert(id);
        Ok(id)
    }

    pub(super) fn create_type(&mut self, create: &CreateType) -> Result<(), Fault> {
        let kind = match &create.definition {
            TypeDefinition::Enum(labels) => {
                let added = self.place;
                UserTypeKind::Enum(
                    labels
                        .iter()
                        .map(|label| EnumValue {
                            text: label.text.clone(),
                            added,
                        })
                        .collect(),
                )
            }
            TypeDefinition::Composite(fields) => {
                let fields = fields
                    .iter()
                    .map(|(name, written)| Ok((name.text.clone(), self.data_type(written)?)))
                    .collect::<Result<_, Fault>>()?;
                UserTypeKind::Composite(fields)
            }
            TypeDefinition::Other => UserTypeKind::Other,
        };
        self.new_type(&create.name, kind).map(|_| ())
    }

    pub(super) fn create_domain(&mut self, create: &CreateDomain) -> Result<(), Fault> {
        let mut domain = Domain {
            base: self.data_type(&create.base)?,
            not_null: false,
            default: None,
            checks: Vec::new(),
        };
        for constraint in &create.constraints {
            match &constraint.kind {
                ConstraintKind::NotNull(_) => domain.not_null = true,
                ConstraintKind::Default(value) => domain.default = Some(value.clone()),
                ConstraintKind::Check(expr) => {
                    let name = constraint.name.as_ref().map_or_else(
                        || SmolStr::from(format!("{}_check", create.name.name.text)),
                        |name| name.text.clone(),
                    );
                    domain.checks.push((name, expr.clone()));
                }
                _ => {}
            }
        }
        self.new_type(&create.name, UserTypeKind::Domain(domain))
            .map(|_| ())
    }

    fn user_type(&self, name: &ObjectName) -> Result<TypeId, Fault> {
        let schema = name.schema.as_ref().map(|schema| schema.text.as_str());
        self.catalog
            .type_named(schema, &name.name.text)
            .filter(|id| self.catalog.user_type(*id).is_some())
            .ok_or_else(|| {
                fault(
                    "42704",
                    name.span(),
                    format!("type \"{name}\" does not exist"),
                )
                .related(self.dropped_at(&name.name.text))
            })
    }

    pub(super) fn alter_type(&mut self, alter: &AlterType) -> Result<(), Fault> {
        let id = self.user_type(&alter.name)?;
        match &alter.change {
            TypeChange::AddValue(add) => self.add_value(id, add)?,
            TypeChange::RenameValue(old, new) => self.rename_value(id, old, new)?,
            TypeChange::Other => {}
        }
        let (place, uncertain) = (self.place, self.maybe > 0);
        if let Some(user_type) = self.catalog.type_mut(id) {
            user_type.provenance.shaped = place;
            user_type.uncertain |= uncertain;
        }
        Ok(())
    }

    fn enum_mut(&mut self, id: TypeId) -> Option<&mut Vec<EnumValue>> {
        match &mut self.catalog.type_mut(id)?.kind {
            UserTypeKind::Enum(values) => Some(values),
            _ => None,
        }
    }

    fn add_value(&mut self, id: TypeId, add: &AddValue) -> Result<(), Fault> {
        let place = self.place;
        let Some(values) = self.enum_mut(id) else {
            return Err(fault("42809", add.value.span, "the type is not an enum"));
        };
        if let Some(existing) = values.iter().find(|value| value.text == add.value.text) {
            if add.if_not_exists {
                return Ok(());
            }
            let related = Related {
                place: existing.added,
                message: "the value is added here".into(),
            };
            return Err(fault(
                "42710",
                add.value.span,
                format!("enum label \"{}\" already exists", add.value.text),
            )
            .related(Some(related)));
        }
        let at = match &add.position {
            None => values.len(),
            Some((neighbour, before)) => {
                let Some(found) = values.iter().position(|v| v.text == neighbour.text) else {
                    return Err(missing_value(neighbour));
                };
                if *before { found } else { found + 1 }
            }
        };
        values.insert(
            at,
            EnumValue {
                text: add.value.text.clone(),
                added: place,
            },
        );
        if !self.new_types.contains(&id) {
            self.new_values
                .push((id, add.value.text.clone(), self.place));
        }
        Ok(())
    }

    fn rename_value(&mut self, id: TypeId, old: &Label, new: &Label) -> Result<(), Fault> {
        let Some(values) = self.enum_mut(id) else {
            return Err(fault("42809", old.span, "the type is not an enum"));
        };
        if values.iter().any(|value| value.text == new.text) {
            return Err(fault(
                "42710",
                new.span,
                format!("enum label \"{}\" already exists", new.text),
            ));
        }
        match values.iter_mut().find(|value| value.text == old.text) {
            Some(value) => {
                value.text = new.text.clone();
                Ok(())
            }
            None => Err(missing_value(old)),
        }
    }

    pub(super) fn create_sequence(&mut self, create: &CreateSequence) -> Result<(), Fault> {
        let data_type = match &create.options.type_name {
            Some(written) => self.data_type(written)?.id,
            None => TypeId::INT8,
        };
        let owned_by = self.owner_of(&create.options)?;
        self.new_relation(
            &create.name,
            create.if_not_exists,
            create.temporary,
            RelationKind::Sequence(Sequence {
                data_type,
                start: create.options.start.clone().unwrap_or_else(|| "1".into()),
                increment: create
                    .options
                    .increment
                    .clone()
                    .unwrap_or_else(|| "1".into()),
                owned_by,
            }),
        )
        .map(|_| ())
    }

    fn owner_of(&self, options: &SequenceOptions) -> Result<Option<(RelationId, u16)>, Fault> {
        let Some(parts) = options.owned_by.as_deref() else {
            return Ok(None);
        };
        let [rest @ .., table, column] = parts else {
            return Ok(None);
        };
        let name = ObjectName {
            schema: rest.last().cloned(),
            name: table.clone(),
        };
        let id = self.table(&name)?;
        Ok(Some((id, self.column_number(id, column)?)))
    }

    pub(super) fn alter_sequence(&mut self, alter: &AlterSequence) -> Result<(), Fault> {
        if alter.if_exists && self.catalog.find(&alter.name).is_none() {
            return Ok(());
        }
        let id = self.relation(&alter.name)?;
        let owner = self.owner_of(&alter.options)?;
        let data_type = match &alter.options.type_name {
            Some(written) => Some(self.data_type(written)?.id),
            None => None,
        };
        if let Some(RelationKind::Sequence(sequence)) = self
            .catalog
            .relation_mut(id)
            .map(|relation| &mut relation.kind)
        {
            if alter.options.owned_by.is_some() {
                sequence.owned_by = owner;
            }
            if let Some(data_type) = data_type {
                sequence.data_type = data_type;
            }
            if let Some(start) = &alter.options.start {
                sequence.start = start.clone();
            }
            if let Some(increment) = &alter.options.increment {
                sequence.increment = increment.clone();
            }
        }
        self.shaped(id);
        Ok(())
    }

    pub(super) fn create_schema(&mut self, create: &CreateSchema) -> Result<(), Fault> {
        if let Some(existing) = self.catalog.schemas.get(&create.name.text) {
            if create.if_not_exists {
                return Ok(());
            }
            return Err(fault(
                "42P06",
                create.name.span,
                format!("schema \"{}\" already exists", create.name.text),
            )
            .related(existing.map(|provenance| Related {
                place: provenance.created,
                message: "the schema is created here".into(),
            })));
        }
        let provenance = self.provenance();
        self.catalog
            .schemas
            .insert(create.name.text.clone(), Some(provenance));
        Ok(())
    }

    pub(super) fn create_extension(&mut self, create: &CreateExtension) -> Result<(), Fault> {
        if let Some(existing) = self.catalog.extensions.get(&create.name.text) {
            if create.if_not_exists {
                return Ok(());
            }
            return Err(fault(
                "42710",
                create.name.span,
                format!("extension \"{}\" already exists", create.name.text),
            )
            .related(existing.provenance.map(|provenance| Related {
                place: provenance.created,
                message: "the extension is created here".into(),
            })));
        }
        if !crate::library::knows_extension(&create.name.text) {
            self.note(NoteKind::UnknownExtension(create.name.text.clone()));
        }
        let schema = match &create.schema {
            Some(schema) => schema.text.clone(),
            None => "public".into(),
        };
        let provenance = Some(self.provenance());
        self.catalog.extensions.insert(
            create.name.text.clone(),
            Extension {
                schema,
                version: create.version.clone(),
                provenance,
            },
        );
        Ok(())
    }

    pub(super) fn publication(&mut self, name: &Name, create: bool) -> Result<(), Fault> {
        if create {
            if !self.catalog.publications.insert(name.text.clone()) {
                return Err(fault(
                    "42710",
                    name.span,
                    format!("publication \"{}\" already exists", name.text),
                ));
            }
        } else if !self.catalog.publications.contains(&name.text) {
            return Err(fault(
                "42704",
                name.span,
                format!("publication \"{}\" does not exist", name.text),
            ));
        }
        Ok(())
    }

    pub(super) fn rename(&mut self, rename: &Rename) -> Result<(), Fault> {
        match rename.kind {
            ObjectKind::Type | ObjectKind::Domain => self.rename_type(rename),
            ObjectKind::Index | ObjectKind::Sequence => {
                if rename.if_exists && self.catalog.find(&rename.name).is_none() {
                    return Ok(());
                }
                let id = self.relation(&rename.name)?;
                self.rename_relation_to(id, &rename.new_name)
            }
            ObjectKind::Schema => self.rename_schema(&rename.name.name, &rename.new_name),
            ObjectKind::Trigger => self.rename_trigger(rename),
            ObjectKind::Policy => self.rename_policy(rename),
            ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Routine => {
                let schema = rename.name.schema.as_ref().map(|s| s.text.clone());
                for function in &mut self.catalog.functions {
                    if function.name == rename.name.name.text
                        && schema.as_ref().is_none_or(|s| function.schema == *s)
                    {
                        Arc::make_mut(function).name = rename.new_name.text.clone();
                    }
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn rename_type(&mut self, rename: &Rename) -> Result<(), Fault> {
        let id = self.user_type(&rename.name)?;
        let schema = self
            .catalog
            .user_type(id)
            .map(|user_type| user_type.schema.clone())
            .unwrap_or_default();
        let taken = self
            .catalog
            .type_named(Some(&schema), &rename.new_name.text)
            .and_then(|other| self.catalog.user_type(other));
        if let Some(existing) = taken {
            return Err(fault(
                "42710",
                rename.new_name.span,
                format!("type \"{}\" already exists", rename.new_name.text),
            )
            .related(Some(Related {
                place: existing.provenance.created,
                message: "the type is created here".into(),
            })));
        }
        self.catalog
            .rename_type(id, schema, rename.new_name.text.clone());
        let place = self.place;
        if let Some(user_type) = self.catalog.type_mut(id) {
            user_type.provenance.shaped = place;
        }
        self.dropped.push((rename.name.name.text.clone(), place));
        Ok(())
    }

    pub(super) fn set_schema(&mut self, set: &SetSchema) -> Result<(), Fault> {
        match set.kind {
            ObjectKind::Type | ObjectKind::Domain => {
                let id = self.user_type(&set.name)?;
                let name = set.name.name.text.clone();
                self.catalog.rename_type(id, set.schema.text.clone(), name);
                Ok(())
            }
            ObjectKind::Sequence | ObjectKind::Index => {
                let id = self.relation(&set.name)?;
                self.move_relation(id, &set.schema)
            }
            ObjectKind::Extension => {
                if let Some(extension) = self.catalog.extensions.get_mut(&set.name.name.text) {
                    extension.schema = set.schema.text.clone();
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    pub(super) fn set_parameter(&mut self, set: &SetParameter) {
        if set.name != "search_path" {
            return;
        }
        let path: Vec<SmolStr> = set
            .values
            .iter()
            .filter(|value| *value != "$user" && *value != "pg_catalog")
            .cloned()
            .collect();
        self.catalog.search_path = if set.values.is_empty() {
            vec!["public".into()]
        } else {
            path
        };
    }
}

fn missing_value(label: &Label) -> Fault {
    fault(
        "22023",
        label.span,
        format!("\"{}\" is not an existing enum label", label.text),
    )
}
