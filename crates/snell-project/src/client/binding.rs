//! From a site that looks like a client call to the model behind it.
//!
//! A delegate's name and an operation's name together are nearly proof: what
//! is needed of types is to refuse look-alikes (a service with a method
//! `createMany` in a field that is named like a model) and to follow clients
//! that go by odd names.

use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use snell_extract::facts::{Expression, ExpressionId, Name, Site, SiteKind, TypeExpression};
use snell_source::Confidence;

use super::{CallId, CallTarget, ClientCall, Operation, open::OpenCalls, tested::test_only};
use crate::{
    module::{ExpressionRef, In, ModuleId, Modules},
    schema::{ModelRef, SchemaId, Schemas},
    types::{Client, Type, Types},
};

/// Accessor names of all live schemas.
#[derive(Debug, Default)]
pub struct Delegates {
    by_accessor: FxHashMap<SmolStr, Vec<ModelRef>>,
}

impl Delegates {
    /// Of these schemas.
    #[must_use]
    pub fn of(schemas: &Schemas) -> Self {
        let mut delegates = Delegates::default();
        for (schema, live) in schemas.iter() {
            for model in live
                .datamodel
                .models()
                .iter()
                .filter(|model| model.ignored.is_none())
            {
                let found = ModelRef {
                    schema,
                    model: model.id,
                };
                delegates
                    .by_accessor
                    .entry(model.accessor.clone())
                    .or_default()
                    .push(found);
            }
        }
        delegates
    }

    pub(super) fn of_accessor(&self, accessor: &str, schema: Option<SchemaId>) -> Option<ModelRef> {
        let models = self.by_accessor.get(accessor)?;
        match schema {
            Some(schema) => models.iter().find(|model| model.schema == schema).copied(),
            None => models.first().copied(),
        }
    }
}

/// All client calls of the run, in the order of modules and places.
#[derive(Debug, Default)]
pub struct ClientCalls {
    calls: Vec<ClientCall>,
    open: OpenCalls,
}

impl ClientCalls {
    /// Binds the sites of all modules. What runs only where tests run is none of the program's.
    #[must_use]
    pub fn bind(modules: &Modules, schemas: &Schemas) -> Self {
        let binder = Binder {
            modules,
            types: Types::new(modules),
            schemas,
            delegates: Delegates::of(schemas),
        };
        let mut calls: Vec<ClientCall> = Vec::new();
        let mut open = OpenCalls::of(schemas);
        for (module, found) in modules.iter() {
            let facts = &found.facts;
            let tested = match facts.sites[..] {
                [] => Vec::new(),
                _ => test_only(facts),
            };
            let runs = |site: &&Site| {
                let at = facts.span(site.expression);
                !tested.iter().any(|part| part.contains(at))
            };
            for site in facts.sites.iter().filter(runs) {
                let call = binder.site(module, site);
                if call
                    .as_ref()
                    .is_none_or(|call| call.target == CallTarget::AnyModel)
                {
                    open.add(module, site, call.as_ref());
                }
                calls.extend(call);
            }
        }
        open.first = u32::try_from(calls.len()).unwrap_or(u32::MAX);
        open.delegates = binder.delegates;
        ClientCalls { calls, open }
    }

    /// The call that an operation at this place is on the delegate of this name, where the place
    /// itself does not say which model that is: what runs there knows.
    #[must_use]
    pub fn on_delegate(
        &self,
        at: ExpressionRef,
        accessor: &str,
        schema: Option<SchemaId>,
    ) -> Option<CallId> {
        self.open.on_delegate(at, accessor, schema)
    }

    /// Whether an operation stands at this place of which it is not known whether it is one of a
    /// delegate, or of which.
    #[must_use]
    pub fn is_open(&self, at: ExpressionRef) -> bool {
        self.open.places.contains_key(&at)
    }

    /// All calls with their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (CallId, &ClientCall)> {
        self.calls
            .iter()
            .zip(0u32..)
            .map(|(call, n)| (CallId(n), call))
    }

    /// All calls, and after them those of these that only what runs made calls of a model.
    pub fn with_opened(
        &self,
        reached: impl Iterator<Item = CallId>,
    ) -> impl Iterator<Item = (CallId, &ClientCall)> {
        let opened = reached.filter(|id| id.0 as usize >= self.calls.len());
        self.iter().chain(opened.map(|id| (id, self.get(id))))
    }

    /// The calls of one module.
    pub fn of_module(&self, module: ModuleId) -> impl Iterator<Item = (CallId, &ClientCall)> {
        let first = self.calls.partition_point(|call| call.module < module);
        let calls = self.calls[first..].iter().zip(first..);
        calls
            .take_while(move |(call, _)| call.module == module)
            .filter_map(|(call, n)| Some((CallId(u32::try_from(n).ok()?), call)))
    }

    /// The call of this number.
    #[must_use]
    pub fn get(&self, id: CallId) -> &ClientCall {
        match self.calls.get(id.0 as usize) {
            Some(call) => call,
            None => self.open.get(id),
        }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.calls.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }
}

struct Binder<'p> {
    modules: &'p Modules,
    types: Types<'p>,
    schemas: &'p Schemas,
    delegates: Delegates,
}

/// A delegate's candidate before the operation is weighed.
struct Candidate {
    client: Client,
    target: CallTarget,
    confidence: Confidence,
}

impl Binder<'_> {
    fn site(&self, module: ModuleId, site: &Site) -> Option<ClientCall> {
        let operation = Operation::named(&site.operation.text)?;
        let receiver = self.modules.facts(module).unwrap_casts(site.receiver?);
        let candidate = match site.kind {
            SiteKind::ModelOperation => self.delegate(module, receiver, operation),
            SiteKind::RawQuery | SiteKind::Transaction => self.client_operation(module, receiver),
            _ => None,
        }?;
        let schema = match &candidate.target {
            CallTarget::Models(models) => models.first().map(|model| model.schema),
            _ => self
                .schemas
                .of_client(&candidate.client, &self.modules.get(module).path),
        };
        Some(ClientCall {
            module,
            expression: site.expression,
            operation,
            name: site.operation.clone(),
            receiver: site.receiver?,
            client: self.scoped(candidate.client, &candidate.target),
            target: candidate.target,
            schema,
            confidence: candidate.confidence,
        })
    }

    /// The client, as far as it concerns the models that are asked for.
    fn scoped(&self, client: Client, target: &CallTarget) -> Client {
        let CallTarget::Models(models) = target else {
            return client;
        };
        models.iter().fold(client, |client, model| {
            let declared = self.schemas.model(*model);
            let schema = self.schemas.get(model.schema);
            client.of_model(&declared.name, schema.is_under_policies(declared))
        })
    }

    /// `$queryRaw`, `$transaction`: only Prisma names methods so; only a
    /// receiver that is known to be something else is refused.
    fn client_operation(&self, module: ModuleId, receiver: ExpressionId) -> Option<Candidate> {
        let found = |client, confidence| {
            Some(Candidate {
                client,
                target: CallTarget::Client,
                confidence,
            })
        };
        match self.types.of(In {
            module,
            id: receiver,
        }) {
            Type::Client(client) => found(client, Confidence::Certain),
            // `prisma.$replica()`, `this.prisma.client`: a way to a client.
            Type::Delegate(client, _) => found(client, Confidence::Likely),
            Type::Instance(_) | Type::Object(_) | Type::Primitive | Type::Constructor(_) => None,
            Type::External(specifier, _) if !specifier.to_ascii_lowercase().contains("prisma") => {
                None
            }
            _ => found(Client::default(), Confidence::Likely),
        }
    }

    fn delegate(
        &self,
        module: ModuleId,
        receiver: ExpressionId,
        operation: Operation,
    ) -> Option<Candidate> {
        let facts = self.modules.facts(module);
        match facts.expression(receiver) {
            Expression::Member {
                object, property, ..
            } => self.property(module, receiver, *object, property, operation),
            Expression::Index { object, index, .. } => self.dynamic(module, *object, *index),
            _ => match self.types.of(In {
                module,
                id: receiver,
            }) {
                Type::Delegate(client, accessor) => {
                    let model = self.model(&client, module, &accessor)?;
                    Some(Candidate {
                        client,
                        target: CallTarget::Models(vec![model]),
                        confidence: Confidence::Certain,
                    })
                }
                _ => None,
            },
        }
    }

    /// `object.property.operation(...)`
    fn property(
        &self,
        module: ModuleId,
        receiver: ExpressionId,
        object: ExpressionId,
        property: &Name,
        operation: Operation,
    ) -> Option<Candidate> {
        let accessor = property.text.as_str();
        let owner = self.types.of(In { module, id: object });
        let looks = self.looks_like_client(module, object);
        let (client, confidence) = match owner {
            // A class that is a client may have fields of its own.
            Type::Client(client) => match self.types.of(In {
                module,
                id: receiver,
            }) {
                Type::Instance(_) | Type::Object(_) | Type::External(..) | Type::Primitive => {
                    return None;
                }
                _ => (client, Confidence::Certain),
            },
            // `this.prisma.client.user`: a field that the client's class does not show.
            Type::Delegate(client, way) if self.model(&client, module, &way).is_none() || looks => {
                (client, Confidence::Likely)
            }
            // A repository that holds the client's delegates: `this.repository.model.user`.
            Type::Delegate(..) => return None,
            Type::Unknown
            | Type::Any
            | Type::Declared(_)
            | Type::Interface(_)
            | Type::External(..)
            | Type::Namespace(_)
            | Type::Function(_)
                if looks =>
            {
                (Client::default(), Confidence::Likely)
            }
            Type::Unknown | Type::Any if operation.is_distinctive() => {
                (Client::default(), Confidence::Possible)
            }
            _ => return None,
        };
        match self.model(&client, module, accessor) {
            Some(model) => Some(Candidate {
                client,
                target: CallTarget::Models(vec![model]),
                confidence,
            }),
            None if confidence == Confidence::Certain
                && operation.is_distinctive()
                && self
                    .schemas
                    .of_client(&client, &self.modules.get(module).path)
                    .is_some() =>
            {
                Some(Candidate {
                    client,
                    target: CallTarget::UnknownModel(property.clone()),
                    confidence,
                })
            }
            None => None,
        }
    }

    /// `client[model].findMany(...)`
    fn dynamic(
        &self,
        module: ModuleId,
        object: ExpressionId,
        index: ExpressionId,
    ) -> Option<Candidate> {
        let owner = self.types.of(In { module, id: object });
        let (client, confidence) = match owner {
            Type::Client(client) => (client, Confidence::Certain),
            Type::Unknown | Type::Any | Type::Delegate(..)
                if self.looks_like_client(module, object) =>
            {
                (Client::default(), Confidence::Likely)
            }
            _ => return None,
        };
        let names = self.possible_names(module, index);
        let models: Option<Vec<ModelRef>> = names
            .iter()
            .map(|name| self.model(&client, module, name))
            .collect();
        let target = match models {
            Some(models) if !models.is_empty() => CallTarget::Models(models),
            _ => CallTarget::AnyModel,
        };
        Some(Candidate {
            client,
            target,
            confidence,
        })
    }

    /// The strings that an index may be: a literal, or a union of literals it is declared as.
    fn possible_names(&self, module: ModuleId, index: ExpressionId) -> Vec<SmolStr> {
        let facts = self.modules.facts(module);
        match facts.expression(facts.unwrap_casts(index)) {
            Expression::String(text) => vec![text.clone()],
            Expression::Identifier {
                binding: Some(binding),
                ..
            } => {
                let annotation = match &facts.binding(*binding).kind {
                    snell_extract::facts::BindingKind::Parameter {
                        function,
                        index,
                        path,
                    } if path.is_empty() => facts
                        .function(*function)
                        .parameters
                        .get(*index as usize)
                        .and_then(|p| p.ty),
                    snell_extract::facts::BindingKind::Variable { ty, .. } => *ty,
                    _ => None,
                };
                match annotation.map(|ty| facts.type_expression(ty)) {
                    Some(TypeExpression::Union(members)) => members
                        .iter()
                        .map(|member| match facts.type_expression(*member) {
                            TypeExpression::StringLiteral(text) => Some(text.clone()),
                            _ => None,
                        })
                        .collect::<Option<Vec<_>>>()
                        .unwrap_or_default(),
                    Some(TypeExpression::StringLiteral(text)) => vec![text.clone()],
                    _ => Vec::new(),
                }
            }
            _ => Vec::new(),
        }
    }

    fn model(&self, client: &Client, module: ModuleId, accessor: &str) -> Option<ModelRef> {
        let schema = self
            .schemas
            .of_client(client, &self.modules.get(module).path);
        self.delegates
            .of_accessor(accessor, schema)
            .or_else(|| self.delegates.of_accessor(accessor, None))
    }

    /// Whether the last name of an expression is one that clients go by.
    fn looks_like_client(&self, module: ModuleId, id: ExpressionId) -> bool {
        let facts = self.modules.facts(module);
        match facts.expression(facts.unwrap_casts(id)) {
            Expression::Identifier { name, .. } => is_client_name(name),
            Expression::Member {
                object, property, ..
            } => {
                is_client_name(&property.text)
                    || property.text == "model"
                    || {
                        // `this.prisma.admin`
                        matches!(facts.expression(*object), Expression::Member { property, .. } if is_client_name(&property.text))
                    }
            }
            Expression::Call { callee, .. } => self.looks_like_client(module, *callee),
            Expression::Await(value) => self.looks_like_client(module, *value),
            Expression::Logical { left, right, .. } => {
                self.looks_like_client(module, *left) || self.looks_like_client(module, *right)
            }
            Expression::Conditional {
                then, otherwise, ..
            } => {
                self.looks_like_client(module, *then) || self.looks_like_client(module, *otherwise)
            }
            _ => false,
        }
    }
}

/// The names that clients go by in real code.
fn is_client_name(name: &str) -> bool {
    let lower = name
        .trim_start_matches(['_', '#', '$'])
        .to_ascii_lowercase();
    [
        "prisma", "trx", "client", "replica", "reader", "writer", "database", "executor",
    ]
    .iter()
    .any(|part| lower.contains(part))
        || lower.starts_with("tx")
        || lower.ends_with("tx")
        || lower.starts_with("db")
        || lower.ends_with("db")
}
