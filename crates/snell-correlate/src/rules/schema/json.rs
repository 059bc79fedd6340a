//! What the application does with each JSON column: what it writes there, whether it looks
//! inside, and whether queries do.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use snell_extract::facts::{Expression, ExpressionKind, ModuleFacts};
use snell_flow::Value;
use snell_prisma::{Field, Model, ScalarType};
use snell_project::schema::{FieldRef, SchemaId};
use snell_source::Location;

use crate::{
    functions,
    rule::Context,
    support::{rows_written, tables},
};

/// What a write gives a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shape {
    /// An object with these keys; those that are always there.
    Keys(BTreeSet<SmolStr>),
    /// Nothing: NULL, or JSON's `null`.
    Nothing,
    /// A list, a constant, or something that is not known.
    Other,
}

/// What becomes of one JSON column.
#[derive(Debug, Default, Clone)]
pub(super) struct JsonUse {
    /// What is written, and where.
    pub writes: Vec<(Location, Shape)>,
    /// Where code reads a key of what `x.<field>` holds: the key, and the place.
    pub inside: Vec<(SmolStr, Location)>,
    /// Where code names a type for it: `x.<field> as Settings`.
    pub typed: Vec<Location>,
}

/// All JSON columns of PostgreSQL schemas, with what becomes of them.
#[derive(Debug, Default)]
pub(super) struct JsonUses(BTreeMap<FieldRef, JsonUse>);

impl JsonUses {
    /// Finds them, once for all rules.
    pub(super) fn shared(context: &Context<'_>) -> Arc<Self> {
        context.shared.get_or_init(|| JsonUses::of(context))
    }

    /// The columns, in the order of schemas.
    pub(super) fn iter(&self) -> impl Iterator<Item = (FieldRef, &JsonUse)> {
        self.0.iter().map(|(field, found)| (*field, found))
    }

    fn of(context: &Context<'_>) -> Self {
        let mut uses = JsonUses::default();
        for table in tables::of_postgres(context) {
            for field in table.model.columns().filter(|field| is_json(field)) {
                uses.0.insert(
                    FieldRef {
                        schema: table.id,
                        field: field.id,
                    },
                    JsonUse::default(),
                );
            }
        }
        if !uses.0.is_empty() {
            uses.written(context);
            uses.read(context);
        }
        uses
    }

    fn written(&mut self, context: &Context<'_>) {
        rows_written::visit(context, &mut |written| {
            let model = context.project.schemas.model(written.model);
            for (field, entry) in written.columns(model) {
                let reference = FieldRef {
                    schema: written.model.schema,
                    field: field.id,
                };
                let Some(found) = self.0.get_mut(&reference) else {
                    continue;
                };
                let at = rows_written::key_at(context, entry);
                let shape = shape(&entry.value);
                // A second look at the same place knows more: what a caller hands over.
                match found.writes.iter_mut().find(|(place, _)| *place == at) {
                    Some((_, known)) if *known == Shape::Other => *known = shape,
                    Some((_, known)) if shape != Shape::Other && *known != shape => {
                        *known = Shape::Other;
                    }
                    Some(_) => {}
                    None => found.writes.push((at, shape)),
                }
            }
        });
    }

    /// Looks for the columns' names in code: which column a property is of is not known, so
    /// only names count that no column of another type has.
    fn read(&mut self, context: &Context<'_>) {
        let mut fields: FxHashMap<SmolStr, Vec<FieldRef>> = FxHashMap::default();
        for reference in self.0.keys() {
            let name = &context.project.schemas.field(*reference).name;
            fields.entry(name.clone()).or_default().push(*reference);
        }
        for (id, module) in context.project.modules.iter() {
            if !functions::is_application(context.project, id) {
                continue;
            }
            let facts = &module.facts;
            for (_, node) in facts.all([ExpressionKind::Member, ExpressionKind::Cast]) {
                let at = context.project.modules.at(id, node.span);
                match &node.kind {
                    Expression::Member {
                        object, property, ..
                    } => {
                        let Some(name) = property_of(facts, *object) else {
                            continue;
                        };
                        for reference in fields.get(name).into_iter().flatten() {
                            let found = self.0.entry(*reference).or_default();
                            found.inside.push((property.text.clone(), at));
                        }
                    }
                    Expression::Cast {
                        value, ty: Some(_), ..
                    } => {
                        let Some(name) = property_of(facts, *value) else {
                            continue;
                        };
                        for reference in fields.get(name).into_iter().flatten() {
                            self.0.entry(*reference).or_default().typed.push(at);
                        }
                    }
                    _ => {}
                }
            }
        }
    }
}

/// A JSON column that is no list.
pub(super) fn is_json(field: &Field) -> bool {
    field.scalar() == Some(ScalarType::Json) && !field.is_list()
}

/// The JSON column of a table's column name, in any schema's model of that table.
pub(super) fn column(
    context: &Context<'_>,
    schema: SchemaId,
    table: &str,
    column: &str,
) -> Option<FieldRef> {
    let datamodel = &context.project.schemas.get(schema).datamodel;
    let model: &Model = datamodel.models_of_table(table).next()?;
    let field = model
        .field_of_column(column)
        .filter(|field| is_json(field))?;
    Some(FieldRef {
        schema,
        field: field.id,
    })
}

fn property_of(facts: &ModuleFacts, id: snell_extract::facts::ExpressionId) -> Option<&SmolStr> {
    match facts.expression(facts.unwrap_casts(id)) {
        Expression::Member { property, .. } => Some(&property.text),
        _ => None,
    }
}

fn shape(value: &Value) -> Shape {
    let mut found: Option<Shape> = None;
    for choice in value.choices() {
        let one = match choice {
            Value::Null | Value::Undefined => continue,
            Value::Object(object) if object.spreads.is_empty() => Shape::Keys(
                object
                    .entries
                    .iter()
                    .filter(|(_, entry)| entry.always)
                    .map(|(key, _)| key.clone())
                    .collect(),
            ),
            _ => Shape::Other,
        };
        match &found {
            Some(known) if *known != one => return Shape::Other,
            _ => found = Some(one),
        }
    }
    found.unwrap_or(Shape::Nothing)
}
