//! The conditions of a `where`, as columns.

use std::collections::{BTreeMap, BTreeSet};

use snell_flow::{Literal, ObjectValue, Value};
use snell_prisma::{Datamodel, Field, FieldId, Model, ScalarType};

use super::Manner;
use crate::support::queries::objects;

/// More ways than this, through `OR` or values of several kinds, are not told apart.
const MOST: usize = 16;
/// Conditions inside each other.
const DEEPEST: u32 = 8;

/// What one way through a filter says of rows.
#[derive(Debug, Clone, Default)]
pub(super) struct Conditions<'v> {
    /// Columns that equal one value.
    pub(super) equal: BTreeSet<FieldId>,
    /// Columns that equal one of several.
    pub(super) listed: BTreeSet<FieldId>,
    /// Columns within bounds.
    pub(super) ranged: BTreeSet<FieldId>,
    /// Columns that are compared in another way.
    pub(super) compared: BTreeMap<FieldId, Manner>,
    /// Of the equal ones, those that are compared with a constant, and how SQL says it.
    pub(super) constant: BTreeMap<FieldId, Option<String>>,
    /// Columns that only some runs compare.
    pub(super) optional: BTreeSet<FieldId>,
    /// Of those, the ones that are held within bounds.
    pub(super) bounded: BTreeSet<FieldId>,
    /// A unique key is named.
    pub(super) unique: bool,
    /// Something more is asked that is not known.
    pub(super) open: bool,
    /// It is one arm of an `OR`.
    pub(super) arm: bool,
    /// Filters on related rows: the relation field, and the filter.
    pub(super) related: Vec<(FieldId, &'v Value)>,
}

/// The ways through a filter; none when nothing of it is known.
pub(super) fn of<'v>(
    datamodel: &Datamodel,
    model: &Model,
    filter: &'v Value,
) -> Vec<Conditions<'v>> {
    let reader = Reader { datamodel };
    let mut ways = reader.filter(model, vec![Conditions::default()], filter, DEEPEST);
    for way in &mut ways {
        way.unique |= is_found_by_key(model, &way.equal);
    }
    ways
}

/// Whether columns that equal a value are, together, a unique key.
fn is_found_by_key(model: &Model, equal: &BTreeSet<FieldId>) -> bool {
    model.unique_criteria().any(|key| {
        key.fields()
            .is_some_and(|fields| fields.iter().all(|field| equal.contains(field)))
    })
}

struct Reader<'a> {
    datamodel: &'a Datamodel,
}

impl Reader<'_> {
    fn filter<'v>(
        &self,
        model: &Model,
        ways: Vec<Conditions<'v>>,
        filter: &'v Value,
        depth: u32,
    ) -> Vec<Conditions<'v>> {
        let Some(depth) = depth.checked_sub(1) else {
            return opened(ways);
        };
        let mut found: Vec<Conditions<'v>> = Vec::new();
        for choice in filter.choices() {
            match choice {
                Value::Object(object) => {
                    found.extend(self.object(model, ways.clone(), object, depth));
                }
                Value::Undefined => found.extend(ways.clone()),
                _ => found.extend(opened(ways.clone())),
            }
        }
        found.truncate(MOST);
        found
    }

    fn object<'v>(
        &self,
        model: &Model,
        mut ways: Vec<Conditions<'v>>,
        object: &'v ObjectValue,
        depth: u32,
    ) -> Vec<Conditions<'v>> {
        if !object.spreads.is_empty() {
            ways = opened(ways);
        }
        for (key, entry) in &object.entries {
            // What only some runs ask for finds no rows in the others.
            if !entry.always || entry.value.choices().contains(&&Value::Undefined) {
                ways = self.optional(model, ways, key, &entry.value, depth);
                continue;
            }
            ways = match key.as_str() {
                "AND" => parts(&entry.value)
                    .into_iter()
                    .fold(ways, |ways, part| self.filter(model, ways, part, depth)),
                "OR" => self.either(model, &ways, &entry.value, depth),
                "NOT" => opened(ways),
                name => match model.field(name) {
                    Some(field) => self.field(model, ways, field, &entry.value),
                    None => by_compound_key(model, ways, name),
                },
            };
        }
        ways
    }

    /// A condition that some runs leave out.
    fn optional<'v>(
        &self,
        model: &Model,
        mut ways: Vec<Conditions<'v>>,
        key: &str,
        value: &'v Value,
        depth: u32,
    ) -> Vec<Conditions<'v>> {
        let mut columns: BTreeSet<FieldId> = BTreeSet::new();
        let mut bounded: BTreeSet<FieldId> = BTreeSet::new();
        match key {
            "AND" | "OR" | "NOT" => {
                let none = vec![Conditions::default()];
                for part in parts(value) {
                    for way in self.filter(model, none.clone(), part, depth) {
                        columns.extend(way.equal.iter().chain(&way.listed));
                        columns.extend(way.ranged.iter().chain(way.compared.keys()));
                        columns.extend(way.optional);
                        bounded.extend(way.ranged.iter().chain(&way.bounded));
                    }
                }
            }
            name => {
                let column = model.field(name).map(|field| field.id);
                columns.extend(column);
                bounded.extend(column.filter(|_| is_bounded(value)));
            }
        }
        for way in &mut ways {
            way.optional.extend(&columns);
            way.bounded.extend(&bounded);
        }
        ways
    }

    fn either<'v>(
        &self,
        model: &Model,
        ways: &[Conditions<'v>],
        arms: &'v Value,
        depth: u32,
    ) -> Vec<Conditions<'v>> {
        let arms = parts(arms);
        if arms.is_empty() || ways.len() * arms.len() > MOST {
            return opened(ways.to_vec());
        }
        let mut found = Vec::new();
        for arm in arms {
            let mut ways = ways.to_vec();
            ways.iter_mut().for_each(|way| way.arm = true);
            found.extend(self.filter(model, ways, arm, depth));
        }
        found
    }

    fn field<'v>(
        &self,
        model: &Model,
        mut ways: Vec<Conditions<'v>>,
        field: &Field,
        value: &'v Value,
    ) -> Vec<Conditions<'v>> {
        if field.relation().is_some() {
            for way in &mut ways {
                self.related(way, field, value);
            }
            return ways;
        }
        let kinds: BTreeSet<Comparison> = value.choices().into_iter().map(comparison).collect();
        // A value of several kinds asks in the way that finds least.
        let kind = kinds
            .last()
            .copied()
            .unwrap_or(Comparison::Other(Manner::Other));
        let kind = match kind {
            Comparison::Equal if is_opaque_to_equality(field) => Comparison::Other(Manner::Other),
            kind => kind,
        };
        let constant = value.choices().into_iter().all(is_one_value);
        for way in &mut ways {
            if constant && kind == Comparison::Equal {
                way.constant.insert(field.id, self.in_sql(field, value));
            }
            match kind {
                Comparison::Equal => {
                    way.equal.insert(field.id);
                }
                Comparison::Listed => {
                    way.listed.insert(field.id);
                }
                Comparison::Ranged => {
                    way.ranged.insert(field.id);
                }
                Comparison::Other(manner) => {
                    way.compared.insert(field.id, manner);
                }
            }
            way.unique |= kind == Comparison::Equal && model.is_unique(field.id);
        }
        ways
    }

    /// What SQL says after the column's name, of a single constant.
    fn in_sql(&self, field: &Field, value: &Value) -> Option<String> {
        let choices = value.choices();
        let [only] = choices.as_slice() else {
            return None;
        };
        Some(match equalled(only)? {
            Value::Null => "IS NULL".to_owned(),
            Value::Literal(Literal::Boolean(value)) => format!("= {value}"),
            Value::Literal(Literal::Number(text) | Literal::BigInt(text)) => format!("= {text}"),
            Value::Literal(Literal::String(text)) => {
                let stored = field
                    .enumeration()
                    .and_then(|id| self.datamodel[id].value(text))
                    .map_or(text, |value| &value.db_name);
                format!("= '{}'", stored.replace('\'', "''"))
            }
            _ => return None,
        })
    }

    fn related<'v>(&self, way: &mut Conditions<'v>, field: &Field, value: &'v Value) {
        let key = self
            .datamodel
            .foreign_key(field)
            .filter(|_| field.relation().is_some_and(|relation| relation.holds_key));
        let mut told = false;
        for object in objects(value) {
            for kind in ["some", "is"] {
                if let Some(entry) = object.entries.get(kind) {
                    told = true;
                    way.related.push((field.id, &entry.value));
                }
            }
            told |= ["every", "none", "isNot"]
                .iter()
                .any(|kind| object.entries.contains_key(*kind));
        }
        match value {
            // `author: null`: the column itself.
            Value::Null => way
                .equal
                .extend(key.into_iter().flat_map(|key| key.columns.iter().copied())),
            Value::Object(_) if !told && !field.is_list() => way.related.push((field.id, value)),
            _ => {}
        }
    }
}

/// A constant, or `{ equals: ... }` with one.
fn is_one_value(value: &Value) -> bool {
    equalled(value).is_some_and(Value::is_constant)
}

/// What a condition wants a column to equal.
fn equalled(value: &Value) -> Option<&Value> {
    match value {
        Value::Object(object) => object.entries.get("equals").map(|entry| &entry.value),
        value => Some(value),
    }
}

/// How a column is compared; what finds rows better comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Comparison {
    Equal,
    Listed,
    Ranged,
    Other(Manner),
}

/// <https://www.prisma.io/docs/orm/reference/prisma-client-reference#filter-conditions-and-operators>
fn comparison(value: &Value) -> Comparison {
    let Value::Object(object) = value else {
        return Comparison::Equal;
    };
    let has = |key: &str| object.entries.get(key).is_some_and(|entry| entry.always);
    let mode = object.entries.get("mode");
    let folded = mode.map(|entry| entry.value.constant_text().as_deref() == Some("insensitive"));
    if CONTENTS.into_iter().any(has) {
        Comparison::Other(Manner::Contents)
    } else if folded == Some(false) {
        Comparison::Other(Manner::Other)
    } else if ["contains", "endsWith"].into_iter().any(has) {
        Comparison::Other(Manner::Part)
    } else if has("startsWith") {
        Comparison::Other(match folded {
            Some(true) => Manner::Part,
            _ => Manner::Start,
        })
    } else if folded == Some(true) {
        Comparison::Other(match has("equals") || has("in") {
            true => Manner::Folded,
            false => Manner::Other,
        })
    } else if has("equals") {
        Comparison::Equal
    } else if has("in") {
        Comparison::Listed
    } else if BOUNDS.into_iter().any(has) {
        Comparison::Ranged
    } else {
        Comparison::Other(Manner::Other)
    }
}

/// The operators that hold a column within bounds.
const BOUNDS: [&str; 4] = ["lt", "lte", "gt", "gte"];

/// Whether a condition, in every run that has it, is of bounds, whichever of them.
fn is_bounded(value: &Value) -> bool {
    let mut choices = value.choices().into_iter();
    choices.all(|choice| match choice {
        Value::Object(object) => {
            let mut keys = object.entries.keys();
            !object.entries.is_empty() && keys.all(|key| BOUNDS.contains(&key.as_str()))
        }
        Value::Undefined => true,
        _ => false,
    })
}

/// Filters on what a document or a list holds.
const CONTENTS: [&str; 10] = [
    "path",
    "has",
    "hasSome",
    "hasEvery",
    "array_contains",
    "array_starts_with",
    "array_ends_with",
    "string_contains",
    "string_starts_with",
    "string_ends_with",
];

/// Lists and documents: what equals one as a whole is found by no ordinary index.
fn is_opaque_to_equality(field: &Field) -> bool {
    field.is_list() || field.scalar() == Some(ScalarType::Json)
}

fn by_compound_key<'v>(
    model: &Model,
    mut ways: Vec<Conditions<'v>>,
    key: &str,
) -> Vec<Conditions<'v>> {
    let fields = model.unique_criterion(key).and_then(|key| key.fields());
    for way in &mut ways {
        match &fields {
            Some(fields) => {
                way.equal.extend(fields);
                way.unique = true;
            }
            None => way.open = true,
        }
    }
    ways
}

fn opened(mut ways: Vec<Conditions<'_>>) -> Vec<Conditions<'_>> {
    ways.iter_mut().for_each(|way| way.open = true);
    ways
}

/// The elements of a list, or the value itself.
fn parts(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(array) => array.elements.iter().chain(&array.rest).collect(),
        value => vec![value],
    }
}
