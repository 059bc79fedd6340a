//! What the paths of a condition name: rows of the model itself, of a parent, of an owner.

use smol_str::SmolStr;
use snell_prisma::{Field, FieldType, Index, Model, ModelId, ScalarType};
use snell_project::{
    Project,
    client::ClientCall,
    ownership::{Chain, Ownership, RootKind},
    schema::ModelRef,
};

use super::is_content;

/// What the paths of a condition on a model name.
pub(super) struct Names<'a> {
    pub(super) project: &'a Project,
    pub(super) model: ModelRef,
    pub(super) declared: &'a Model,
}

impl Names<'_> {
    /// The field at the end of a path, and the model that holds it.
    fn field(&self, path: &[SmolStr]) -> Option<(&Model, &Field)> {
        let datamodel = &self.project.schemas.get(self.model.schema).datamodel;
        let mut at = self.declared;
        for (n, name) in path.iter().enumerate() {
            if let Some(key) = at.unique_criterion(name)
                && key.columns.len() > 1
            {
                let column = path.get(n + 1)?;
                return Some((at, at.field(column)?));
            }
            let field = at.field(name)?;
            match datamodel.target(field) {
                Some(target) => at = target,
                None => return Some((at, field)),
            }
        }
        None
    }

    /// Whether the path names rows of the model itself.
    pub(super) fn is_unique(&self, path: &[SmolStr], call: &ClientCall) -> bool {
        let Some((holder, field)) = self.field(path) else {
            return false;
        };
        holder.id == self.declared.id
            && (holder.is_id(field.id)
                || holder.is_unique(field.id)
                || (call.operation.is_by_unique()
                    && holder
                        .unique_criteria()
                        .any(|key: &Index| key.columns.iter().any(|c| c.field == Some(field.id)))))
    }

    /// Whether the path names the rows of an owned parent.
    pub(super) fn is_parent(&self, path: &[SmolStr]) -> bool {
        let Some((holder, field)) = self.field(path) else {
            return false;
        };
        if holder.id != self.declared.id {
            return holder.is_id(field.id);
        }
        let graph = self.project.owners.graph(self.model.schema);
        let owned = |target: ModelId| {
            matches!(
                graph.of(target),
                Ownership::Owned(_) | Ownership::Root(RootKind::Room)
            )
        };
        let mut sides = holder.relation_fields().filter_map(Field::relation);
        sides.any(|side| side.fields.contains(&field.id) && owned(side.target))
            || graph.names_row_of(field.id).is_some_and(owned)
    }

    /// Whether a field holds the key of an owner without whom there is no row; of rows that may be
    /// there without one, each field may.
    pub(super) fn is_key_of_required_owner(&self, field: &str) -> bool {
        let chains = match self.project.owners.of(self.model) {
            Ownership::Owned(chains) => chains.as_slice(),
            _ => &[],
        };
        let mut required = chains
            .iter()
            .filter(|chain| chain.required && chain.relations.len() < 2)
            .peekable();
        let declared = self.declared.field(field).map(|field| field.id);
        required.peek().is_none()
            || required.any(|chain| {
                declared.is_some()
                    && (chain.key == declared || chain.relations.first().copied() == declared)
            })
    }

    /// Whether a field holds the owner whom a row may be without: no other is required of it.
    pub(super) fn is_optional_owner(&self, field: &str) -> bool {
        let Some(declared) = self.declared.field(field).map(|field| field.id) else {
            return false;
        };
        let chains = match self.project.owners.of(self.model) {
            Ownership::Owned(chains) => chains.as_slice(),
            _ => &[],
        };
        let holds = |chain: &Chain| {
            chain.relations.len() < 2
                && (chain.key == Some(declared) || chain.relations.first() == Some(&declared))
        };
        chains.iter().all(|chain| !chain.required) && chains.iter().any(holds)
    }

    /// Whether the path is of a person that rows belong to, and says what they are like, and not who: `user: { role }`.
    pub(super) fn describes_owner(&self, path: &[SmolStr]) -> bool {
        let Some((holder, field)) = self.field(path) else {
            return false;
        };
        let graph = self.project.owners.graph(self.model.schema);
        holder.id != self.declared.id
            && *graph.of(holder.id) == Ownership::Root(RootKind::Identity)
            && !self.is_owner_key(path)
            && !holder.is_foreign_key(field.id)
    }

    /// Whether the path is a column of the row itself that says how much there is, when something was or which state it
    /// is in: nothing that it is compared with is somebody.
    pub(super) fn measures(&self, path: &[SmolStr]) -> bool {
        let [name] = path else { return false };
        let field = self.declared.field(name);
        field.is_some_and(|field| match &field.ty {
            FieldType::Enum(_) => true,
            FieldType::Scalar(scalar) => matches!(
                scalar,
                ScalarType::Int
                    | ScalarType::BigInt
                    | ScalarType::Float
                    | ScalarType::Decimal
                    | ScalarType::DateTime
                    | ScalarType::Boolean
            ),
            _ => false,
        }) && is_content(self.project, self.model, path)
    }

    /// Whether the path names the owner itself: of what people share, one who is in it.
    pub(super) fn is_owner_key(&self, path: &[SmolStr]) -> bool {
        let Some((holder, field)) = self.field(path) else {
            return false;
        };
        let graph = self.project.owners.graph(self.model.schema);
        let person = |model| *graph.of(model) == Ownership::Root(RootKind::Identity);
        match graph.of(self.declared.id) {
            Ownership::Owned(chains) => chains.iter().any(|chain| match graph.of(chain.root) {
                Ownership::Root(RootKind::Room) => false,
                Ownership::Root(_) => {
                    let one = || holder.is_id(field.id) || holder.is_unique(field.id);
                    chain.key == Some(field.id) || chain.root == field.id.model && one()
                }
                _ => chain.key == Some(field.id),
            }),
            Ownership::Root(RootKind::Room) if holder.id != self.declared.id => {
                let mut sides = holder.relation_fields().filter_map(Field::relation);
                person(holder.id) && holder.is_id(field.id)
                    || sides.any(|side| side.fields == [field.id] && person(side.target))
            }
            _ => false,
        }
    }
}
