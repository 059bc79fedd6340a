//! What role is written, and who decides on it.

use smol_str::SmolStr;
use snell_extract::facts::{Expression, ModuleFacts};
use snell_flow::{
    Entry, Fact, Literal, Opaque, Root, Value,
    scope::{Key, Origin, asks_of_row, origins},
};
use snell_prisma::Field;
use snell_project::{
    client::Operation,
    ownership::{Ownership, RootKind},
    schema::ModelRef,
};

use super::{
    Written,
    above::Above,
    columns::{Column, is_most, is_people},
};
use crate::{
    rules::security::{pipes::loose, traffic::traffic},
    support::{closed_set, declared},
};

/// Objects and lists around the key of a role that are looked into.
const NESTED: u32 = 4;

/// A role that is given to whoever asks.
#[derive(Debug, Clone)]
pub(super) enum Giving {
    /// The client names it; the most that it can name.
    Asked(SmolStr),
    /// It is always this one.
    Always(SmolStr),
    /// The client names the row of a role: any row of this model.
    Any(SmolStr),
    /// The client, who has a role, names one above it.
    Above(Above),
}

impl Written<'_> {
    /// How the column's role comes to be written, and where; nowhere by itself, when all of
    /// what the client sent is.
    pub(super) fn giving(&self, column: &Column, name: &str) -> Option<(Option<&Entry>, Giving)> {
        if let Some(of) = column.of {
            let entry = entry_of(self.data, name)?;
            let named = self.names_any(&entry.value, of, NESTED);
            return named.then(|| (Some(entry), Giving::Any(column.most.clone())));
        }
        if let Some(entry) = entry_of(self.data, name) {
            return self
                .of_value(&entry.value, column)
                .map(|giving| (Some(entry), giving));
        }
        let whole = whole(self.data)?;
        let pipes = &traffic(self.context).pipes;
        if loose(self.context, pipes, self.endpoint, whole).is_some() {
            // All of it is the client's: another rule tells that.
            return None;
        }
        let of = declared::value(self.context, Some(self.endpoint), whole)?;
        let role = declared::property(self.context, &of, name)?;
        let validated = !role.decorators.is_empty() || matches!(role.ty, declared::Said::Zod(_));
        let most = self.most_of(Some(role), column)?;
        validated.then_some((None, Giving::Asked(most)))
    }

    fn of_value(&self, value: &Value, column: &Column) -> Option<Giving> {
        match value {
            Value::OneOf(choices) => {
                // What is compared before may be refused.
                let mut given = choices
                    .iter()
                    .filter(|choice| !choice.facts.iter().any(is_compared));
                given.find_map(|choice| match self.of_value(&choice.value, column)? {
                    asked @ Giving::Asked(_) => Some(asked),
                    // One of several: what decides is not known.
                    Giving::Always(_) | Giving::Any(_) | Giving::Above(_) => None,
                })
            }
            Value::Opaque(opaque) => self.of_client(value, opaque, column),
            Value::Literal(Literal::String(role)) if column.only.is_none() && is_most(role) => {
                self.always().then(|| Giving::Always(role.clone()))
            }
            Value::Literal(Literal::Boolean(true)) if column.only.is_none() => {
                self.always().then(|| Giving::Always(column.most.clone()))
            }
            _ => None,
        }
    }

    /// Whether a value names the role that the client alone chose: by its key, or by what a row of roles was looked up
    /// by, of which nothing was asked.
    fn names_any(&self, value: &Value, of: ModelRef, depth: u32) -> bool {
        let Some(depth) = depth.checked_sub(1) else {
            return false;
        };
        match value {
            // `{ connect: { id } }`, `{ set: [{ id }] }`
            Value::Object(object) => {
                let mut ways = ["connect", "set"].iter();
                let way = ways.find_map(|way| object.entries.get(*way));
                let key = way.or_else(|| {
                    object
                        .entries
                        .values()
                        .next()
                        .filter(|_| depth + 1 < NESTED)
                });
                key.is_some_and(|key| self.names_any(&key.value, of, depth))
            }
            Value::Array(array) => {
                let mut all = array.elements.iter().chain(&array.rest);
                all.any(|one| self.names_any(one, of, depth))
            }
            value => self.is_chosen(value, of),
        }
    }

    fn is_chosen(&self, value: &Value, of: ModelRef) -> bool {
        let (mut chosen, mut other) = (false, false);
        origins(value, &mut |origin| match origin {
            Origin::Client(key) if !is_secret(&key) => {
                let asked = self.reached.facts.iter().any(|fact| {
                    mentions(fact, &mut |value| client_key(value).as_ref() == Some(&key))
                });
                chosen = true;
                other |= asked;
            }
            Origin::Row(row, _) => {
                let model = self.context.project.calls.get(row.call).model();
                let arguments = row.arguments.as_object();
                let filter = arguments.and_then(|arguments| arguments.entries.get("where"));
                let sent = filter.is_some_and(|filter| {
                    let (mut sent, mut others) = (false, false);
                    origins(&filter.value, &mut |origin| match origin {
                        Origin::Client(key) if !is_secret(&key) => sent = true,
                        Origin::Constant => {}
                        _ => others = true,
                    });
                    sent && !others
                });
                chosen = true;
                other |= model != Some(of)
                    || !sent
                    || asks_of_row(self.context.project, &self.reached.facts, row);
            }
            _ => other = true,
        });
        chosen && !other
    }

    fn of_client(&self, value: &Value, opaque: &Opaque, column: &Column) -> Option<Giving> {
        if !matches!(opaque.root, Root::ClientInput(..)) {
            return None;
        }
        let key = client_key(value)?;
        let limited = self
            .reached
            .facts
            .iter()
            .any(|fact| mentions(fact, &mut |value| client_key(value).as_ref() == Some(&key)));
        if limited {
            return None;
        }
        let role = declared::value(self.context, Some(self.endpoint), opaque);
        self.most_of(role, column).map(Giving::Asked)
    }

    /// The most that a client can name, where what it sends is declared so.
    fn most_of(&self, role: Option<declared::Declared<'_>>, column: &Column) -> Option<SmolStr> {
        let set = role.and_then(|role| closed_set::of(self.context, &role));
        match set {
            Some(set) => set.values.into_iter().find(|value| column.counts(value)),
            None => (!column.listed).then(|| column.most.clone()),
        }
    }

    /// Whether a role that is always the same is given to one whom nothing ties to what the
    /// role is in.
    fn always(&self) -> bool {
        if !self.endpoint.access.authenticated || self.reached.doubtful {
            return false;
        }
        let call = self.context.project.calls.get(self.reached.query.call);
        match call.operation {
            Operation::Create => self.joins_any(),
            Operation::Update => !self.walk.uses_identity && self.is_keyed_by_client(),
            _ => false,
        }
    }

    /// Whether the row that is changed is found by what the client sent, also through others.
    fn is_keyed_by_client(&self) -> bool {
        let arguments = self.reached.query.arguments.first();
        let Some(filter) = arguments
            .and_then(Value::as_object)
            .and_then(|arguments| arguments.entries.get("where"))
        else {
            return false;
        };
        let (mut client, mut other) = (false, false);
        every(&filter.value, 4, &mut |origin| match origin {
            Origin::Client(key) => match is_secret(&key) {
                true => other = true,
                false => client = true,
            },
            Origin::Constant | Origin::Row(..) => {}
            _ => other = true,
        });
        client && !other
    }

    /// Whether a new row is put into a group that nothing says is that of who asks: the first
    /// one, or any that the client names.
    fn joins_any(&self) -> bool {
        let schemas = &self.context.project.schemas;
        let declared = schemas.model(self.model);
        let trust = self.reached.trust();
        let groups = declared.relation_fields().filter_map(Field::relation);
        let groups = groups.filter(|side| {
            let target = ModelRef {
                schema: self.model.schema,
                model: side.target,
            };
            side.holds_key && !is_people(self.context, target)
        });
        let columns = groups.filter_map(|side| side.fields.first());
        columns
            .filter_map(|column| declared.fields.iter().find(|field| field.id == *column))
            .filter_map(|column| entry_of(self.data, &column.name))
            .any(|entry| {
                let mut any = true;
                let mut rows = false;
                every(&entry.value, 4, &mut |origin| match origin {
                    Origin::Client(key) => any &= !is_secret(&key) && !trust.holds(&key),
                    Origin::Constant => {}
                    Origin::Row(row, _) => {
                        rows = true;
                        any &= !self
                            .context
                            .project
                            .calls
                            .get(row.call)
                            .operation
                            .is_create();
                    }
                    _ => any = false,
                });
                any && (rows || !entry.value.is_constant())
            })
    }

    /// Whether the group that the role is in is made by the same request: who founds it decides.
    pub(super) fn founds(&self) -> bool {
        let project = self.context.project;
        let declared = project.schemas.model(self.model);
        let parents: Vec<ModelRef> = declared
            .relation_fields()
            .filter_map(Field::relation)
            .filter(|side| !side.fields.is_empty())
            .map(|side| ModelRef {
                schema: self.model.schema,
                model: side.target,
            })
            .filter(|target| !is_people(self.context, *target))
            .collect();
        let made = |reached: &snell_flow::scope::Reached<'_>| {
            let call = project.calls.get(reached.query.call);
            let new = call.operation.is_create() || call.operation == Operation::Upsert;
            call.model().filter(|model| new && *model != self.model)
        };
        let by_others = self.walk.queries.iter().filter_map(made).any(|model| {
            parents.contains(&model)
                || *project.owners.of(model) == Ownership::Root(RootKind::Tenant)
        });
        // `workspace: { create: { ... } }`
        let nested = declared.relation_fields().any(|relation| {
            entry_of(self.data, &relation.name).is_some_and(|entry| {
                entry_of(&entry.value, "create").is_some()
                    || entry_of(&entry.value, "connectOrCreate").is_some()
            })
        });
        by_others || nested
    }
}

/// Visits the origins of a value, those by which its rows were found included.
fn every<'v>(value: &'v Value, depth: u32, each: &mut dyn FnMut(Origin<'v>)) {
    let Some(depth) = depth.checked_sub(1) else {
        each(Origin::Unknown);
        return;
    };
    let mut rows = Vec::new();
    origins(value, &mut |origin| {
        if let Origin::Row(row, _) = &origin {
            rows.push(*row);
        }
        each(origin);
    });
    for row in rows {
        let filter = row
            .arguments
            .as_object()
            .and_then(|arguments| arguments.entries.get("where"));
        if let Some(filter) = filter {
            every(&filter.value, depth, each);
        }
    }
}

/// Words in the names of what only those know who were told.
const SECRETS: [&str; 7] = [
    "token",
    "code",
    "secret",
    "otp",
    "hash",
    "signature",
    "invit",
];

fn is_secret(key: &Key) -> bool {
    let last = key.path.last().map(|name| name.to_ascii_lowercase());
    last.is_some_and(|name| SECRETS.iter().any(|word| name.contains(word)))
}

fn entry_of<'v>(value: &'v Value, name: &str) -> Option<&'v Entry> {
    value.as_object()?.entries.get(name)
}

/// What the client sent, where all of it is written.
fn whole(value: &Value) -> Option<&Opaque> {
    match value {
        Value::Opaque(opaque) if matches!(opaque.root, Root::ClientInput(..)) => Some(opaque),
        Value::Object(object) => object.spreads.iter().find_map(whole),
        _ => None,
    }
}

fn client_key(value: &Value) -> Option<Key> {
    let mut found = None;
    origins(value, &mut |origin| {
        if let Origin::Client(key) = origin {
            found = Some(key);
        }
    });
    found
}

/// Whether a fact compares something: it says more than that it is there.
fn is_compared(fact: &Fact) -> bool {
    match fact {
        Fact::Equal(..) | Fact::Differ(..) | Fact::Member(..) => true,
        Fact::OneOf(groups) => groups
            .iter()
            .flat_map(|group| group.iter())
            .any(is_compared),
        Fact::Truthy(value) | Fact::Falsy(value) => {
            // `allowed.includes(role)` that was not followed
            matches!(value, Value::Opaque(opaque) if matches!(opaque.root, Root::Result(_) | Root::Derived(_)))
        }
    }
}

/// Whether a fact that compares is about some value.
fn mentions(fact: &Fact, is: &mut dyn FnMut(&Value) -> bool) -> bool {
    match fact {
        Fact::Equal(a, b) | Fact::Differ(a, b) | Fact::Member(a, b) => is(a) || is(b),
        Fact::OneOf(groups) => groups
            .iter()
            .flat_map(|group| group.iter())
            .any(|fact| mentions(fact, is)),
        Fact::Truthy(value) | Fact::Falsy(value) => is_compared(fact) && is(value),
    }
}

/// Whether an expression reads a role of something, or is one.
pub(super) fn reads_role(facts: &ModuleFacts, kind: &Expression) -> bool {
    let Expression::Member {
        object, property, ..
    } = kind
    else {
        return false;
    };
    let says = |name: &str| {
        let lower = name.to_ascii_lowercase();
        ["role", "permission", "admin"]
            .iter()
            .any(|word| lower.contains(word))
    };
    // A value of another enum may have the word in it.
    let is_constant = !property.text.chars().any(|c| c.is_ascii_lowercase());
    match is_constant {
        false => says(&property.text),
        true => {
            matches!(facts.expression(*object), Expression::Identifier { name, .. } if says(name))
        }
    }
}
