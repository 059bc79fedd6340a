//! What calls of the client ask.

use rustc_hash::FxHashSet;
use snell_flow::{Literal, Value};
use snell_prisma::{Datamodel, Field, FieldId, Model};
use snell_project::{
    client::Operation,
    ownership::{Ownership, RootKind},
    schema::{ModelRef, SchemaId},
};

use super::{
    Ask, Asked, Sort, Through, Use,
    conditions::{self, Conditions},
};
use crate::{
    functions,
    rule::Context,
    support::queries::{self, ModelQuery, objects},
};

/// Relations inside each other that are followed.
const DEEPEST: u32 = 6;
/// Orders of one query that are told apart.
const MOST_ORDERS: usize = 6;

/// Adds what the application's calls ask.
pub(super) fn collect(context: &Context<'_>, asked: &mut Asked) {
    let queries = || {
        queries::of_models(context)
            .filter(|query| functions::is_application(context.project, query.call.module))
    };
    let scoped: FxHashSet<ModelRef> = queries()
        .filter(|query| query.call.client.is_scoping())
        .map(|query| query.model)
        .collect();
    for query in queries() {
        let client = &query.call.client;
        // Of a transaction that is handed over as such it is not known which client began it.
        let handed = client.transaction && client.class.is_none() && !client.extended;
        let adds = client.is_scoping() || handed && scoped.contains(&query.model);
        let schema = query.model.schema;
        let mut reader = Reader {
            schema,
            datamodel: &context.project.schemas.get(schema).datamodel,
            place: Use {
                at: queries::operation_at(context, query.call),
                call: Some(query.event.query.call),
                repeated: !query.event.event.loops.is_empty(),
            },
            added: adds.then(|| owner_column(context, query.model)),
            asked,
        };
        reader.query(&query);
    }
}

struct Reader<'a, 'c> {
    schema: SchemaId,
    datamodel: &'a Datamodel,
    place: Use,
    /// The column that the client adds to the condition of the query, where it adds one; none inside where it is not known.
    added: Option<Option<FieldId>>,
    asked: &'c mut Asked,
}

/// The column by which a client keeps the queries of a model to one tenant: that of the model itself.
fn owner_column(context: &Context<'_>, model: ModelRef) -> Option<FieldId> {
    let owners = &context.project.owners;
    let mut direct = owners.of(model).direct();
    let chain = direct.find(|chain| {
        let root = ModelRef {
            schema: model.schema,
            model: chain.root,
        };
        *owners.of(root) == Ownership::Root(RootKind::Tenant)
    })?;
    chain.key
}

/// What stands beside a filter.
#[derive(Debug, Clone, Default)]
struct Beside {
    order: Vec<Sort>,
    limited: bool,
}

impl Reader<'_, '_> {
    fn query(&mut self, query: &ModelQuery<'_>) {
        let model = &self.datamodel[query.model.model];
        let operation = query.call.operation;
        if operation.is_create() {
            return;
        }
        let known = match query.event.query.arguments.first() {
            None | Some(Value::Undefined | Value::Object(_)) => true,
            Some(_) => false,
        };
        if !known {
            self.asked.add_unknown(self.model(model));
            return;
        }
        let one = matches!(
            operation,
            Operation::FindFirst | Operation::FindFirstOrThrow
        );
        let limited = one || query.argument("take").is_some_and(is_count);
        for order in self.orders(model, query.argument("orderBy")) {
            let filter = query.argument("where");
            let beside = Beside { order, limited };
            self.rows(model, filter, &beside, None, Through::Itself);
        }
        let single = one || operation.is_by_unique();
        for key in ["include", "select"] {
            if let Some(projection) = query.argument(key) {
                self.projection(model, projection, single, DEEPEST);
            }
        }
    }

    fn model(&self, model: &Model) -> ModelRef {
        ModelRef {
            schema: self.schema,
            model: model.id,
        }
    }

    /// Rows of a model that a filter finds; those of `key`'s columns are given.
    fn rows(
        &mut self,
        model: &Model,
        filter: Option<&Value>,
        beside: &Beside,
        key: Option<(&[FieldId], bool)>,
        through: Through,
    ) {
        let ways = match filter {
            None => vec![Conditions::default()],
            Some(filter) => conditions::of(self.datamodel, model, filter),
        };
        if ways.is_empty() || ways.iter().any(|way| way.open) {
            self.asked.add_unknown(self.model(model));
        }
        for way in ways {
            self.related(model, &way);
            let by_parents = self.found_by_parents(model, &way);
            // Rows that another table's rows alone choose are joined first: no index of this one
            // has the few that are left in order.
            let joined = !way.related.is_empty() && way.equal.is_empty() && way.listed.is_empty();
            let mut ask = Ask {
                equal: way.equal,
                listed: way.listed,
                ranged: way.ranged,
                compared: way.compared,
                constant: way.constant,
                optional: way.optional,
                bounded: way.bounded,
                open: way.open,
                order: if way.arm || joined {
                    Vec::new()
                } else {
                    beside.order.clone()
                },
                limited: beside.limited,
                unique: way.unique,
                ..Ask::new(self.model(model), through)
            };
            match key {
                Some((columns, true)) => ask.equal.extend(columns),
                Some((columns, false)) => {
                    // Rows of many parents at once come in no single order.
                    ask.listed.extend(columns);
                    ask.order.clear();
                    ask.limited = false;
                }
                None => {}
            }
            if !by_parents.is_empty() {
                ask.listed.extend(by_parents);
                ask.order.clear();
                ask.limited = false;
            }
            if through == Through::Itself {
                match self.added {
                    Some(Some(column)) => ask.equal.extend([column]),
                    Some(None) => ask.open = true,
                    None => {}
                }
            }
            if through == Through::Itself && ask.columns().is_empty() {
                continue;
            }
            self.asked.add(ask, self.place);
        }
    }

    /// The foreign keys by which rows are come to from parents that an index finds:
    /// `where: { chapter: { bookId }, title }`, with indexes that lead with both keys.
    fn found_by_parents(&self, model: &Model, way: &Conditions<'_>) -> Vec<FieldId> {
        let mut found = Vec::new();
        for (relation, filter) in &way.related {
            let field = &self.datamodel[*relation];
            let side = field.relation().filter(|side| side.holds_key);
            let (Some(side), Some(target)) = (side, self.datamodel.target(field)) else {
                continue;
            };
            let ways = conditions::of(self.datamodel, target, filter);
            let served = |way: &Conditions<'_>| {
                way.unique || way.equal.iter().any(|column| leads(target, *column))
            };
            let child = side
                .fields
                .first()
                .is_some_and(|first| leads(model, *first));
            if child && !ways.is_empty() && ways.iter().all(served) {
                found.extend(side.fields.iter().copied());
            }
        }
        found
    }

    /// Rows of related models that a filter asks for.
    fn related(&mut self, model: &Model, way: &Conditions<'_>) {
        for (relation, filter) in &way.related {
            let field = &self.datamodel[*relation];
            let Some(target) = self.datamodel.target(field) else {
                continue;
            };
            let narrowed = way.unique || way.equal.iter().any(|column| leads(model, *column));
            let key = self.key_at_other_side(field).filter(|_| narrowed);
            let none = Beside::default();
            self.rows(
                target,
                Some(filter),
                &none,
                key.as_deref().map(|columns| (columns, true)),
                Through::Filter,
            );
        }
    }

    /// Relations that are read along.
    fn projection(&mut self, model: &Model, value: &Value, single: bool, depth: u32) {
        let Some(depth) = depth.checked_sub(1) else {
            return;
        };
        for object in objects(value) {
            for (name, entry) in &object.entries {
                if name == "_count" {
                    let selects = objects(&entry.value).filter_map(|o| o.entries.get("select"));
                    for select in selects {
                        self.projection(model, &select.value, single, depth);
                    }
                    continue;
                }
                let Some(field) = model.field(name) else {
                    continue;
                };
                if matches!(
                    entry.value,
                    Value::Literal(Literal::Boolean(false)) | Value::Undefined
                ) {
                    continue;
                }
                let Some(target) = self.datamodel.target(field) else {
                    continue;
                };
                let key = self.key_at_other_side(field);
                let nested: Vec<_> = objects(&entry.value).collect();
                if let Some(columns) = &key {
                    let argument = |key: &str| nested.iter().find_map(|o| o.entries.get(key));
                    let beside = Beside {
                        order: self.order(target, argument("orderBy").map(|entry| &entry.value)),
                        limited: argument("take").is_some_and(|entry| is_count(&entry.value)),
                    };
                    let filter = argument("where").map(|entry| &entry.value);
                    let columns = Some((columns.as_slice(), single));
                    self.rows(target, filter, &beside, columns, Through::Include);
                }
                let single = single && !field.is_list();
                for object in nested {
                    for key in ["include", "select"] {
                        if let Some(entry) = object.entries.get(key) {
                            self.projection(target, &entry.value, single, depth);
                        }
                    }
                }
            }
        }
    }

    /// The foreign key of a relation, when the other side holds it.
    fn key_at_other_side(&self, field: &Field) -> Option<Vec<FieldId>> {
        let relation = field.relation()?;
        if relation.holds_key {
            return None;
        }
        let key = self.datamodel.foreign_key(field)?;
        Some(key.columns.clone())
    }

    /// The orders that a query may ask for: one, or one for each value of its key.
    fn orders(&self, model: &Model, value: Option<&Value>) -> Vec<Vec<Sort>> {
        let choices = value.map(Value::choices).unwrap_or_default();
        let mut found: Vec<Vec<Sort>> = Vec::new();
        for choice in choices.into_iter().take(MOST_ORDERS) {
            let mut orders = vec![self.order(model, Some(choice))];
            // A key that only some runs set is the order of those.
            if let Value::Object(object) = choice {
                let entries = object.entries.iter().filter(|(_, entry)| !entry.always);
                let sorts = entries.filter_map(|(name, entry)| {
                    let field = model.field(name).filter(|field| field.is_column())?;
                    sort(field, &entry.value)
                });
                orders.extend(sorts.map(|sort| vec![sort]));
            }
            orders.retain(|order| !found.contains(order));
            found.extend(orders);
        }
        if found.is_empty() {
            found.push(Vec::new());
        }
        found
    }

    /// An order of plain columns; as far as it is one.
    fn order(&self, model: &Model, value: Option<&Value>) -> Vec<Sort> {
        let mut order = Vec::new();
        let Some(value) = value else { return order };
        let items: Vec<&Value> = match value {
            Value::Array(array) if array.rest.is_none() => array.elements.iter().collect(),
            Value::Object(_) => vec![value],
            _ => return order,
        };
        for item in items {
            let Some(object) = item.as_object().filter(|object| object.spreads.is_empty()) else {
                return order;
            };
            for (name, entry) in &object.entries {
                let sort = model
                    .field(name)
                    .filter(|field| field.is_column() && entry.always)
                    .and_then(|field| sort(field, &entry.value));
                match sort {
                    Some(sort) => order.push(sort),
                    None => return order,
                }
            }
        }
        order
    }
}

/// `'desc'`, `{ sort: 'desc', nulls: 'last' }`
fn sort(field: &Field, value: &Value) -> Option<Sort> {
    let text = |value: &Value| value.constant_text().map(|text| text.to_string());
    let (direction, nulls) = match value {
        Value::Object(object) => (
            text(&object.entries.get("sort")?.value)?,
            object
                .entries
                .get("nulls")
                .and_then(|entry| text(&entry.value)),
        ),
        value => (text(value)?, None),
    };
    let descending = match direction.as_str() {
        "asc" => false,
        "desc" => true,
        _ => return None,
    };
    Some(Sort {
        field: field.id,
        descending,
        // A column without NULLs has them nowhere: the direction's own place.
        nulls_first: match nulls.as_deref().filter(|_| field.is_optional()) {
            Some(place) => place == "first",
            None => descending,
        },
    })
}

/// Whether an index of the model leads with a column.
fn leads(model: &Model, field: FieldId) -> bool {
    model
        .all_indexes
        .iter()
        .any(|index| index.columns.first().and_then(|column| column.field) == Some(field))
}

/// `take: 20`, `take: limit`, `take: options?.limit`: not only `undefined`.
fn is_count(value: &Value) -> bool {
    value
        .choices()
        .iter()
        .any(|choice| **choice != Value::Undefined)
}
