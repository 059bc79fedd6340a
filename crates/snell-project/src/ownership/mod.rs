//! Who owns the rows of each model: the models that stand for a person or a
//! tenant, and the chains of to-one relations that lead to them.
//!
//! ```text
//! MessageTranslation.message -> Message.session -> ChatSession.user -> User
//! ```
//!
//! A chain is followed through foreign keys of the model's own table. Columns
//! that say who touched a row last (`createdBy`, `approvedById`) own nothing.

mod chains;
mod keys;
mod roots;
mod secured;

use snell_prisma::{FieldId, ModelId};
use snell_workspace::Isolation;

use crate::{
    client::CallId,
    schema::{ModelRef, Schema, SchemaId, Schemas},
};
use keys::{BareKey, Keys};

/// Why a model is at the end of chains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RootKind {
    /// Its rows are the people (or accounts) that sign in.
    Identity,
    /// Its rows are groups of people: organisations, workspaces, teams.
    Tenant,
    /// Its rows are what some people share, as the code shows: rooms, conversations. Whoever is in
    /// one sees it, and a role in the application says nothing of that.
    Room,
}

/// A model at the end of chains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnerRoot {
    /// The model.
    pub model: ModelId,
    /// Why.
    pub kind: RootKind,
}

/// One way from a model to an owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// The relation fields, first that of the model itself. Empty when only a
    /// column without a relation names the owner.
    pub relations: Vec<FieldId>,
    /// The column of the last model on the way that holds the owner's key,
    /// when it is a single one.
    pub key: Option<FieldId>,
    /// Where it ends.
    pub root: ModelId,
    /// Whether every step is required: no row without this owner.
    pub required: bool,
}

/// What is known of the owner of a model's rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ownership {
    /// The model is an owner itself.
    Root(RootKind),
    /// Its rows belong to owners: shortest chains first, required before optional ones.
    Owned(Vec<Chain>),
    /// Nobody owns its rows, as far as the schema says.
    Global,
}

impl Ownership {
    /// The chains that begin and end at the model itself: a column of it, or one relation, names the owner.
    pub fn direct(&self) -> impl Iterator<Item = &Chain> {
        let chains = match self {
            Ownership::Owned(chains) => chains.as_slice(),
            _ => &[],
        };
        chains.iter().filter(|chain| chain.relations.len() < 2)
    }

    /// The shortest chain that every row has.
    #[must_use]
    pub fn required_chain(&self) -> Option<&Chain> {
        match self {
            Ownership::Owned(chains) => chains.iter().find(|chain| chain.required),
            _ => None,
        }
    }
}

/// What the code shows of who signs in.
#[derive(Debug, Default)]
pub struct SignsIn {
    /// The models whose rows are compared with a password, or whose keys are signed into a token.
    pub people: Vec<ModelRef>,
    /// Whether passwords are compared with those rows: tokens are made of others as well.
    pub compared: bool,
    /// The models whose keys are signed into it beside: what those rows belong to.
    pub groups: Vec<ModelRef>,
}

/// The owners of one schema's models.
#[derive(Debug, Default)]
pub struct OwnerGraph {
    roots: Vec<OwnerRoot>,
    models: Vec<Ownership>,
    /// The columns that hold keys of other models though no relation says so.
    bare: Vec<BareKey>,
    /// The owners that policies of the database name.
    secured: Vec<OwnerRoot>,
    /// Those of which only the code says whose their rows are.
    learned: Vec<ModelId>,
    /// Where those who open a row that people share are put into it.
    joined: Vec<(ModelId, CallId)>,
}

impl OwnerGraph {
    fn keys<'a>(&'a self, schema: &'a Schema) -> Keys<'a> {
        Keys {
            datamodel: &schema.datamodel,
            bare: &self.bare,
        }
    }

    /// The model whose key a column holds though no relation of the schema says so.
    #[must_use]
    pub fn names_row_of(&self, column: FieldId) -> Option<ModelId> {
        let mut keys = self.bare.iter();
        let key = keys.find(|key| key.column == column)?;
        Some(key.target)
    }

    /// Whether nothing is known: no model owns, and no column names who asks.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let mut models = self.models.iter();
        self.roots.is_empty() && !models.any(|one| matches!(one, Ownership::Owned(_)))
    }

    /// The models that own.
    #[must_use]
    pub fn roots(&self) -> &[OwnerRoot] {
        &self.roots
    }

    /// Whether a chain ends at one person: at the model of people, or at a column that holds the key
    /// of one of whom the schema has no model.
    #[must_use]
    pub fn ends_at_person(&self, chain: &Chain) -> bool {
        match self.of(chain.root) {
            Ownership::Root(kind) => *kind == RootKind::Identity,
            _ => true,
        }
    }

    /// What is known of a model.
    #[must_use]
    pub fn of(&self, model: ModelId) -> &Ownership {
        self.models.get(model.index()).unwrap_or(&Ownership::Global)
    }
}

/// The owners of all live schemas.
#[derive(Debug, Default)]
pub struct Owners {
    graphs: Vec<OwnerGraph>,
}

impl Owners {
    /// Infers owners; `settings` overrule what is inferred.
    #[must_use]
    pub fn infer(schemas: &Schemas, settings: &Isolation) -> Self {
        let graphs = schemas
            .iter()
            .map(|(_, schema)| {
                let secured = secured::of(schema);
                let bare = keys::of(schema, &secured.keys);
                let keys = Keys {
                    datamodel: &schema.datamodel,
                    bare: &bare,
                };
                let mut roots = roots::of(keys, settings);
                roots::add(&mut roots, &secured.roots);
                let models = chains::of(keys, &roots, settings, &[]);
                OwnerGraph {
                    roots,
                    models,
                    bare,
                    secured: secured.roots,
                    learned: Vec::new(),
                    joined: Vec::new(),
                }
            })
            .collect();
        Owners { graphs }
    }

    /// Takes over which model's rows sign in, and which are the groups that a token names, as the
    /// code shows, where no model is called so.
    pub fn learn_people(&mut self, schemas: &Schemas, signs_in: &SignsIn, settings: &Isolation) {
        for (id, schema) in schemas.iter() {
            let graph = &mut self.graphs[id.0 as usize];
            let mut people = signs_in.people.iter();
            let Some(person) = people.find(|model| model.schema == id) else {
                continue;
            };
            let known = graph.roots.iter().any(|root| {
                root.kind == RootKind::Identity
                    && !(signs_in.compared
                        && roots::is_doubtful(&schema.datamodel, root.model, person.model))
            });
            if known || settings.user_model.value.is_some() {
                continue;
            }
            let keys = graph.keys(schema);
            let mut roots = roots::around(keys, &keys.datamodel[person.model]);
            roots::add(&mut roots, &graph.secured);
            let groups = signs_in.groups.iter().filter(|model| model.schema == id);
            for group in groups {
                if !roots.iter().any(|root| root.model == group.model) {
                    roots.push(OwnerRoot {
                        model: group.model,
                        kind: RootKind::Tenant,
                    });
                }
            }
            graph.models = chains::of(keys, &roots, settings, &[]);
            graph.roots = roots;
        }
    }

    /// Takes over which models' rows are groups that each person is in one of, as the code shows.
    pub fn learn_groups(&mut self, schemas: &Schemas, groups: &[ModelRef], settings: &Isolation) {
        for (id, schema) in schemas.iter() {
            let graph = &mut self.graphs[id.0 as usize];
            let before = graph.roots.len();
            for group in groups.iter().filter(|group| group.schema == id) {
                if !graph.roots.iter().any(|root| root.model == group.model) {
                    graph.roots.push(OwnerRoot {
                        model: group.model,
                        kind: RootKind::Tenant,
                    });
                }
            }
            if graph.roots.len() > before {
                graph.models = chains::of(graph.keys(schema), &graph.roots, settings, &[]);
            }
        }
    }

    /// Takes over which models' rows are shared by those who are in them, as the code shows, of models that
    /// belong to nobody so far.
    pub fn learn_rooms(
        &mut self,
        schemas: &Schemas,
        rooms: &[(ModelRef, CallId)],
        settings: &Isolation,
    ) {
        for (id, schema) in schemas.iter() {
            let graph = &mut self.graphs[id.0 as usize];
            let before = graph.roots.len();
            for (room, joined) in rooms.iter().filter(|(room, _)| room.schema == id) {
                let name = &schema.datamodel[room.model].name;
                let mut global = settings.global_models.value.iter();
                if !global.any(|global| global == name.as_str()) {
                    graph.roots.push(OwnerRoot {
                        model: room.model,
                        kind: RootKind::Room,
                    });
                    graph.joined.push((room.model, *joined));
                }
            }
            if graph.roots.len() > before {
                graph.models = chains::of(graph.keys(schema), &graph.roots, settings, &[]);
            }
        }
    }

    /// Takes over which columns hold the keys of people of whom a schema has no model: they live in
    /// another service.
    pub fn learn_strangers(
        &mut self,
        schemas: &Schemas,
        columns: &[(ModelRef, FieldId)],
        settings: &Isolation,
    ) {
        for (id, schema) in schemas.iter() {
            let graph = &mut self.graphs[id.0 as usize];
            let own = columns.iter().filter(|(model, _)| model.schema == id);
            let people: Vec<FieldId> = own.map(|(_, column)| *column).collect();
            if !graph.roots.is_empty() || people.is_empty() {
                continue;
            }
            graph.roots = roots::groups(&schema.datamodel, &people);
            graph.models = chains::of(graph.keys(schema), &graph.roots, settings, &people);
        }
    }

    /// Takes columns over that hold the key of who signs in, as the code shows, of models
    /// that belong to nobody by the schema alone.
    pub fn learn(
        &mut self,
        schemas: &Schemas,
        columns: Vec<(ModelRef, FieldId)>,
        settings: &Isolation,
    ) {
        for (model, key) in columns {
            let name = &schemas.model(model).name;
            let mut global = settings.global_models.value.iter();
            if global.any(|global| global == name.as_str()) {
                continue;
            }
            let graph = &mut self.graphs[model.schema.0 as usize];
            let mut roots = graph.roots.iter();
            let person = roots.find(|root| root.kind == RootKind::Identity);
            let Some(root) = person.map(|root| root.model) else {
                continue;
            };
            let required = schemas.get(model.schema).datamodel[key].is_required();
            let chain = Chain {
                relations: Vec::new(),
                key: Some(key),
                root,
                required,
            };
            match &mut graph.models[model.model.index()] {
                Ownership::Root(_) => {}
                Ownership::Owned(chains) => chains.push(chain),
                none => {
                    *none = Ownership::Owned(vec![chain]);
                    graph.learned.push(model.model);
                }
            }
        }
    }

    /// The owners of one schema.
    #[must_use]
    pub fn graph(&self, schema: SchemaId) -> &OwnerGraph {
        &self.graphs[schema.0 as usize]
    }

    /// The models whose rows people share, each with the call that puts who opens one into it.
    pub fn rooms(&self) -> impl Iterator<Item = (ModelRef, CallId)> {
        let graphs = (0_u32..).zip(&self.graphs);
        graphs.flat_map(|(schema, graph)| {
            let schema = SchemaId(schema);
            let joined = graph.joined.iter();
            joined.map(move |(model, call)| {
                (
                    ModelRef {
                        schema,
                        model: *model,
                    },
                    *call,
                )
            })
        })
    }

    /// Whether only the code says whose rows of a model are: who made a row may change it,
    /// and who may see it is another question.
    #[must_use]
    pub fn is_learned(&self, model: ModelRef) -> bool {
        self.graph(model.schema).learned.contains(&model.model)
    }

    /// What is known of a model.
    #[must_use]
    pub fn of(&self, model: ModelRef) -> &Ownership {
        self.graph(model.schema).of(model.model)
    }
}

/// Whether a column says who touched a row (`createdBy`, `updated_by_id`)
/// rather than whose it is.
fn is_audit(column: &str) -> bool {
    let plain: String = column
        .chars()
        .filter(|c| *c != '_')
        .collect::<String>()
        .to_ascii_lowercase();
    ["by", "byid", "byuserid", "byuser", "byuid"]
        .iter()
        .any(|ending| plain.ends_with(ending))
}

#[cfg(test)]
mod tests;
