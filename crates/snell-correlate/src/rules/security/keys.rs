//! The two keys of a person: the one that Clerk gave them, and the application's own.

use std::{collections::BTreeSet, sync::Arc};

use smol_str::SmolStr;
use snell_extract::facts::{
    BindingKind, Expression, ExpressionId, ExpressionKind, ModuleFacts, Pattern, PatternStep,
    Property,
};
use snell_flow::{Entry, Opaque, Root, Step, Value};
use snell_prisma::{FieldId, ScalarType};
use snell_project::{
    client::CallId,
    module::{ExpressionRef, In, ModuleId},
    schema::{ModelRef, SchemaId},
};

use super::calls;
use crate::rule::Context;

/// Which of the two keys a value is, or a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Clerk's: `user_...`
    Clerks,
    /// The application's own.
    Own,
}

/// The columns of the model whose rows are people.
#[derive(Debug, Clone, Copy)]
pub(in crate::rules) struct Person {
    pub(in crate::rules) model: ModelRef,
    /// The primary key.
    pub(in crate::rules) id: FieldId,
    /// The column that holds Clerk's id: the primary key itself, or one beside it.
    pub(in crate::rules) clerks: FieldId,
}

impl Person {
    /// Whether there are two keys that can be taken for each other.
    pub(super) fn has_two(&self) -> bool {
        self.id != self.clerks
    }
}

/// What is known of both, once for all rules.
#[derive(Debug, Default)]
pub(in crate::rules) struct Keys {
    pub(in crate::rules) people: Vec<Person>,
    /// Properties of who asks that guards fill with Clerk's id, and with the own one.
    clerks: BTreeSet<SmolStr>,
    own: BTreeSet<SmolStr>,
}

/// All of it; empty where nothing is imported from Clerk.
pub(in crate::rules) fn keys(context: &Context<'_>) -> Arc<Keys> {
    context.shared.get_or_init(|| gather(context))
}

fn gather(context: &Context<'_>) -> Keys {
    let of_clerk = |facts: &ModuleFacts| calls::imports(facts, &["@clerk/"]);
    let modules: Vec<(ModuleId, &ModuleFacts)> = calls::modules(context)
        .filter(|(_, facts)| of_clerk(facts))
        .collect();
    let mut keys = Keys::default();
    if modules.is_empty() {
        return keys;
    }
    keys.people = people(context);
    for (module, facts) in modules {
        let reader = Reader {
            context,
            module,
            facts,
            people: &keys.people,
        };
        for (name, kind) in reader.principal() {
            match kind {
                Kind::Clerks => keys.clerks.insert(name),
                Kind::Own => keys.own.insert(name),
            };
        }
    }
    keys
}

/// The models with a column for Clerk's id; else those whose own id it may be.
fn people(context: &Context<'_>) -> Vec<Person> {
    let mut found = Vec::new();
    for (schema, live) in context.project.schemas.iter() {
        let models = live.datamodel.models().iter();
        let before = found.len();
        for model in models {
            let Some(id) = single_id(model) else { continue };
            let column = model.columns().find(|field| {
                let name = plain(&field.name);
                name.contains("clerk")
                    && name.ends_with("id")
                    && !name.contains("org")
                    && field.scalar() == Some(ScalarType::String)
                    && model.is_unique(field.id)
            });
            if let Some(column) = column {
                found.push(person(schema, model.id, id, column.id));
            }
        }
        if found.len() > before {
            continue;
        }
        for root in context.project.owners.graph(schema).roots() {
            let model = &live.datamodel[root.model];
            let own = single_id(model).filter(|id| {
                let field = &live.datamodel[*id];
                field.default.is_none() && root.kind == snell_project::ownership::RootKind::Identity
            });
            if let Some(id) = own {
                found.push(person(schema, model.id, id, id));
            }
        }
    }
    found
}

fn person(schema: SchemaId, model: snell_prisma::ModelId, id: FieldId, clerks: FieldId) -> Person {
    Person {
        model: ModelRef { schema, model },
        id,
        clerks,
    }
}

fn single_id(model: &snell_prisma::Model) -> Option<FieldId> {
    let fields = model.primary_key()?.fields()?;
    match fields.as_slice() {
        [only] => Some(*only),
        _ => None,
    }
}

fn plain(name: &str) -> String {
    name.chars()
        .filter(|c| *c != '_')
        .collect::<String>()
        .to_ascii_lowercase()
}

/// Reads what a guard leaves of who asks.
struct Reader<'a> {
    context: &'a Context<'a>,
    module: ModuleId,
    facts: &'a ModuleFacts,
    people: &'a [Person],
}

/// Steps from a value to what it is made of.
const MAX_STEPS: u32 = 6;

impl Reader<'_> {
    /// `request.auth = { userId: payload.sub }`
    fn principal(&self) -> Vec<(SmolStr, Kind)> {
        let mut found = Vec::new();
        for (_, node) in self.facts.all([ExpressionKind::Assign]) {
            let Expression::Assign { target, value, .. } = &node.kind else {
                continue;
            };
            let Pattern::Expression(place) = **target else {
                continue;
            };
            let Expression::Member { object, .. } = self.facts.expression(place) else {
                continue;
            };
            let value = self.facts.unwrap_casts(*value);
            let Expression::Object(properties) = self.facts.expression(value) else {
                continue;
            };
            if !self.is_request(*object) {
                continue;
            }
            for property in properties {
                if let Property::Value { key, value, .. } = property
                    && let Some(name) = key.name()
                    && let Some(kind) = self.kind(*value, MAX_STEPS)
                {
                    found.push((name.text.clone(), kind));
                }
            }
        }
        found
    }

    fn is_request(&self, id: ExpressionId) -> bool {
        let name = match self.facts.expression(self.facts.unwrap_casts(id)) {
            Expression::Identifier { name, .. } => name,
            Expression::Member { property, .. } => &property.text,
            _ => return false,
        };
        let lower = name.to_ascii_lowercase();
        lower.ends_with("req") || lower.ends_with("request")
    }

    fn kind(&self, id: ExpressionId, steps: u32) -> Option<Kind> {
        let steps = steps.checked_sub(1)?;
        match self.facts.expression(self.facts.unwrap_casts(id)) {
            Expression::Member {
                object, property, ..
            } => match property.text.as_str() {
                "sub" => Some(Kind::Clerks),
                "userId" if self.is_of_clerk(*object, steps) => Some(Kind::Clerks),
                name => self.of_row(*object, name, steps),
            },
            Expression::Identifier {
                binding: Some(binding),
                ..
            } => match &self.facts.binding(*binding).kind {
                BindingKind::Variable {
                    init: Some(init), ..
                } => match init.path.as_slice() {
                    [] => self.kind(init.value, steps),
                    [.., PatternStep::Property(name)] if name == "sub" => Some(Kind::Clerks),
                    [PatternStep::Property(name)] if name == "userId" => {
                        self.is_of_clerk(init.value, steps).then_some(Kind::Clerks)
                    }
                    [PatternStep::Property(name)] => self.of_row(init.value, name, steps),
                    _ => None,
                },
                _ => None,
            },
            Expression::Conditional {
                then, otherwise, ..
            } => self
                .kind(*then, steps)
                .or_else(|| self.kind(*otherwise, steps)),
            Expression::Logical { left, right, .. } => {
                self.kind(*left, steps).or_else(|| self.kind(*right, steps))
            }
            Expression::Await(inner) => self.kind(*inner, steps),
            _ => None,
        }
    }

    /// `getAuth(request)`, `await auth()`
    fn is_of_clerk(&self, id: ExpressionId, steps: u32) -> bool {
        let Some(steps) = steps.checked_sub(1) else {
            return false;
        };
        match self.facts.expression(self.facts.unwrap_casts(id)) {
            Expression::Call { .. } => is_clerks_auth(self.context, self.module, id),
            Expression::Await(inner) => self.is_of_clerk(*inner, steps),
            Expression::Identifier {
                binding: Some(binding),
                ..
            } => match &self.facts.binding(*binding).kind {
                BindingKind::Variable {
                    init: Some(init), ..
                } if init.path.is_empty() => self.is_of_clerk(init.value, steps),
                _ => false,
            },
            _ => false,
        }
    }

    /// A column of a person that was looked up: `user.id`, `user.clerkId`.
    fn of_row(&self, object: ExpressionId, name: &str, steps: u32) -> Option<Kind> {
        let steps = steps.checked_sub(1)?;
        let object = self.facts.unwrap_casts(object);
        match self.facts.expression(object) {
            Expression::Await(inner) => self.of_row(*inner, name, steps),
            Expression::Identifier {
                binding: Some(binding),
                ..
            } => match &self.facts.binding(*binding).kind {
                BindingKind::Variable {
                    init: Some(init), ..
                } if init.path.is_empty() => self.of_row(init.value, name, steps),
                _ => None,
            },
            Expression::Call { .. } => {
                let call = self.context.project.call_at(In {
                    module: self.module,
                    id: object,
                })?;
                of_column(self.context, self.people, call, name)
            }
            _ => None,
        }
    }
}

fn is_clerks_auth(context: &Context<'_>, module: ModuleId, id: ExpressionId) -> bool {
    let facts = context.project.modules.facts(module);
    let Expression::Call { callee, .. } = facts.expression(facts.unwrap_casts(id)) else {
        return false;
    };
    match calls::root_symbol(context.project, module, *callee) {
        snell_project::module::Symbol::External { specifier, name } => {
            specifier.starts_with("@clerk/")
                && matches!(name.as_str(), "getAuth" | "auth" | "currentUser")
        }
        _ => false,
    }
}

/// Which key a column of a row is that a call gives.
fn of_column(context: &Context<'_>, people: &[Person], call: CallId, name: &str) -> Option<Kind> {
    let model = context.project.calls.get(call).model()?;
    let person = people
        .iter()
        .find(|person| person.model == model && person.has_two())?;
    let field = context.project.schemas.model(model).field(name)?;
    if field.id == person.id {
        Some(Kind::Own)
    } else if field.id == person.clerks {
        Some(Kind::Clerks)
    } else {
        None
    }
}

impl Keys {
    /// Which of the two keys a value is, when it is one of them for certain.
    pub(super) fn kind(
        &self,
        context: &Context<'_>,
        module: ModuleId,
        value: &Value,
    ) -> Option<Kind> {
        match value {
            Value::Opaque(opaque) => self.of_opaque(context, module, opaque),
            Value::OneOf(choices) => {
                let mut kinds = choices
                    .iter()
                    .map(|choice| self.kind(context, module, &choice.value));
                let first = kinds.next()??;
                kinds.all(|kind| kind == Some(first)).then_some(first)
            }
            _ => None,
        }
    }

    fn of_opaque(&self, context: &Context<'_>, module: ModuleId, opaque: &Opaque) -> Option<Kind> {
        let path: Vec<&SmolStr> = opaque
            .path
            .iter()
            .filter_map(|step| match step {
                Step::Property(name) => Some(name),
                _ => None,
            })
            .collect();
        let last = path.last()?.as_str();
        match &opaque.root {
            Root::Identity => self.of_principal(last),
            Root::ClientInput(decorator, _) if matches!(decorator.as_str(), "Req" | "Request") => {
                let first = path.first()?;
                let principals = context.project.endpoints.principals();
                (path.len() > 1 && principals.contains(first))
                    .then(|| self.of_principal(last))
                    .flatten()
            }
            Root::Row(row) => match path.as_slice() {
                [name] => of_column(context, &self.people, row.call, name),
                _ => None,
            },
            Root::Result(at) => {
                of_auth(context, *at, &path).or_else(|| of_event(context, module, &path))
            }
            Root::Derived(_) => of_event(context, module, &path),
            _ => None,
        }
    }

    fn of_principal(&self, name: &str) -> Option<Kind> {
        match (self.clerks.contains(name), self.own.contains(name)) {
            (true, false) => Some(Kind::Clerks),
            (false, true) => Some(Kind::Own),
            _ => None,
        }
    }

    /// Which of the two keys a column holds: its own, or that of the row it refers to.
    pub(super) fn held(
        &self,
        context: &Context<'_>,
        model: ModelRef,
        field: FieldId,
    ) -> Option<Kind> {
        let of = |id: FieldId| {
            self.people
                .iter()
                .filter(|person| person.has_two() && person.model.schema == model.schema)
                .find_map(|person| match id {
                    id if id == person.id => Some(Kind::Own),
                    id if id == person.clerks => Some(Kind::Clerks),
                    _ => None,
                })
        };
        let declared = context.project.schemas.model(model);
        of(field).or_else(|| {
            declared.relation_fields().find_map(|relation| {
                let side = relation.relation()?;
                match (side.fields.as_slice(), side.references.as_slice()) {
                    ([own], [referred]) if *own == field => of(*referred),
                    _ => None,
                }
            })
        })
    }
}

/// `(await auth()).userId`, `(await verifyToken(token)).sub`
fn of_auth(context: &Context<'_>, at: ExpressionRef, path: &[&SmolStr]) -> Option<Kind> {
    let facts = context.project.modules.facts(at.module);
    match path {
        [name] if name.as_str() == "userId" => {
            is_clerks_auth(context, at.module, at.id).then_some(Kind::Clerks)
        }
        [name] if name.as_str() == "sub" => {
            calls::imports(facts, &["@clerk/"]).then_some(Kind::Clerks)
        }
        _ => None,
    }
}

/// `event.data.id` of an event about a user.
fn of_event(context: &Context<'_>, module: ModuleId, path: &[&SmolStr]) -> Option<Kind> {
    let facts = context.project.modules.facts(module);
    let [.., data, id] = path else { return None };
    let sender = calls::imports(facts, &["svix", "@clerk/"]);
    let users = calls::mentions(context, module, &["user.created", "user.updated"]);
    let others = calls::mentions(context, module, &["organization", "session.", "email."]);
    (data.as_str() == "data" && id.as_str() == "id" && sender && users && !others)
        .then_some(Kind::Clerks)
}

/// A column that a query compares or writes, with what.
pub(super) struct Used<'v> {
    pub(super) model: ModelRef,
    pub(super) field: FieldId,
    pub(super) value: &'v Value,
    pub(super) entry: &'v Entry,
}

/// Rows inside rows that are looked into.
const MAX_DEPTH: u32 = 5;

/// The columns in a `where` or `data`, however they are nested.
pub(super) fn used<'v>(context: &Context<'_>, model: ModelRef, value: &'v Value) -> Vec<Used<'v>> {
    let mut found = Vec::new();
    look(context, model, value, MAX_DEPTH, &mut found);
    found
}

fn look<'v>(
    context: &Context<'_>,
    model: ModelRef,
    value: &'v Value,
    depth: u32,
    found: &mut Vec<Used<'v>>,
) {
    let Some(depth) = depth.checked_sub(1) else {
        return;
    };
    match value {
        Value::Array(array) => {
            for element in array.elements.iter().chain(&array.rest) {
                look(context, model, element, depth, found);
            }
        }
        Value::Object(object) => {
            let declared = context.project.schemas.model(model);
            for (name, entry) in &object.entries {
                let Some(field) = declared.field(name) else {
                    // `AND`, `connect`, `is`, a compound key.
                    look(context, model, &entry.value, depth, found);
                    continue;
                };
                if let Some(side) = field.relation() {
                    let target = ModelRef {
                        schema: model.schema,
                        model: side.target,
                    };
                    look(context, target, &entry.value, depth, found);
                    continue;
                }
                let inner = entry.value.as_object();
                let compared = inner.and_then(|object| {
                    let keys = ["equals", "in", "set"];
                    keys.iter().find_map(|key| object.entries.get(*key))
                });
                found.push(Used {
                    model,
                    field: field.id,
                    value: compared.map_or(&entry.value, |entry| &entry.value),
                    entry,
                });
            }
        }
        _ => {}
    }
}
