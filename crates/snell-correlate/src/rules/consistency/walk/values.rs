//! What a value says by where it came from: a column of a row that a query gave back, or something
//! that a parameter or a field of a class is declared with.

use smol_str::SmolStr;
use snell_extract::facts::{
    BindingId, BindingKind, CastKind, Expression, ExpressionId, ExpressionKind, ModuleFacts,
    TypeExpression, TypeId,
};
use snell_flow::{Opaque, Root, Step, Value};
use snell_prisma::{Field, FieldType, ScalarType};
use snell_project::{
    client::arguments::{Atom, Input},
    module::{ExpressionRef, In, ModuleId, Symbol},
    schema::{ModelRef, Schema},
};
use snell_source::{Confidence, Location};

use super::{Spot, Walk};
use crate::{
    rule::Context,
    rules::consistency::{
        kind::{Kind, is_client},
        typed::Typed,
    },
    support::declared::{self, Said},
};

/// Variables behind variables are followed this deep.
const DEPTH: u32 = 4;

impl<'p> Walk<'p> {
    /// Judges a value of which no declaration tells at the place itself. `at` is what is written
    /// there, or the list of which the value is an element.
    pub(super) fn by_origin(&mut self, spot: Spot<'_>, input: &Input, at: Option<ExpressionRef>) {
        let Value::Opaque(opaque) = spot.value else {
            return;
        };
        if at.is_some_and(|at| is_cast(&self.context, at, DEPTH)) {
            return;
        }
        if let Root::Row(_) = opaque.root {
            if let Some((schema, field)) = column(&self.context, opaque) {
                self.of_column(spot, input, schema, field);
            }
            return;
        }
        match declaration(&self.context, opaque) {
            Some(_) if is_doubted(&self.context, opaque) => {}
            Some(Known::Declared(typed)) => {
                self.of_declaration(spot, input, &typed, spot.expression)
            }
            Some(Known::Column(schema, field)) => self.of_column(spot, input, schema, field),
            None => {}
        }
    }

    /// A column's value, where another one is written or asked for.
    fn of_column(&mut self, spot: Spot<'_>, input: &Input, schema: &Schema, field: &Field) {
        let declared = schema.field_name(field);
        match &field.ty {
            FieldType::Enum(id) => {
                let values = &schema.datamodel[*id].values;
                let texts: Vec<SmolStr> = values.iter().map(|one| one.name.clone()).collect();
                // What the code around asked of the value is not known here: one in common is enough.
                self.all_refused(
                    spot,
                    input,
                    texts.into_iter().map(|text| Kind::Text(Some(text))),
                    declared,
                );
            }
            FieldType::Scalar(scalar) => {
                self.all_refused(spot, input, of_scalar(*scalar).into_iter(), declared);
            }
            _ => {}
        }
    }

    /// A value whose kinds the place refuses, whichever it is.
    pub(super) fn all_refused(
        &mut self,
        spot: Spot<'_>,
        input: &Input,
        kinds: impl Iterator<Item = Kind>,
        declared: Location,
    ) {
        let kinds: Vec<Kind> = kinds.collect();
        if kinds.iter().any(|kind| self.refused(input, kind).is_none()) {
            return;
        }
        let Some(first) = kinds.into_iter().next() else {
            return;
        };
        // Of several texts, none is the one that is written.
        let first = match (first, input.atom) {
            (Kind::Text(_), atom) if !matches!(atom, Some(Atom::Enum(_))) => Kind::Text(None),
            (first, _) => first,
        };
        let spot = Spot {
            declared: Some(declared),
            ..spot
        };
        self.judge(spot, input, first);
    }
}

/// What JavaScript has for a column, where that is one kind of value.
fn of_scalar(scalar: ScalarType) -> Option<Kind> {
    Some(match scalar {
        ScalarType::String => Kind::Text(None),
        ScalarType::Int | ScalarType::Float => Kind::Number(None),
        ScalarType::BigInt => Kind::BigInt,
        ScalarType::Boolean => Kind::Boolean,
        ScalarType::DateTime => Kind::Date,
        ScalarType::Decimal | ScalarType::Json | ScalarType::Bytes => return None,
    })
}

/// The column whose value an opaque is, as the client gives it.
fn column<'p>(context: &Context<'p>, opaque: &Opaque) -> Option<(&'p Schema, &'p Field)> {
    let Root::Row(origin) = &opaque.root else {
        return None;
    };
    let call = context.project.calls.get(origin.call);
    if call.confidence == Confidence::Possible
        || call.client.extended
        || !call.operation.gives_rows()
    {
        return None;
    }
    of_row(context, call.model()?, &opaque.path)
}

/// The column to which a path leads from a row.
fn of_row<'p>(
    context: &Context<'p>,
    model: ModelRef,
    path: &[Step],
) -> Option<(&'p Schema, &'p Field)> {
    let schema = context.project.schemas.get(model.schema);
    let mut model = &schema.datamodel[model.model];
    let mut steps = path.iter();
    while let Some(step) = steps.next() {
        let name = match step {
            Step::Each(_) | Step::At(_) => continue,
            // An element that is written out: `rows[0]`.
            Step::Property(name) if name.parse::<u32>().is_ok() => continue,
            Step::Property(name) => name,
            Step::Converted | Step::Without(_) => return None,
        };
        let field = model.field(name)?;
        if field.relation().is_some() {
            model = schema.datamodel.target(field)?;
            continue;
        }
        // Of a list of values, an element; of a `Json`, nothing is known.
        let rest = steps.as_slice();
        let whole = rest.is_empty() && !field.is_list();
        let element = matches!(rest, [Step::Each(_) | Step::At(_)]) && field.is_list();
        return (whole || element).then_some((schema, field));
    }
    None
}

/// What is said of a value.
enum Known<'p> {
    /// By a declaration.
    Declared(Typed<'p>),
    /// By the schema: the declaration is a row's type, as the client generates it.
    Column(&'p Schema, &'p Field),
}

/// What a parameter, a field of a class, or a property of either is declared as.
fn declaration<'p>(context: &Context<'p>, opaque: &Opaque) -> Option<Known<'p>> {
    let mut found = match &opaque.root {
        Root::Parameter(function, index) => declared::parameter(context, *function, *index)?,
        Root::Field(class, name) => declared::class_property(context, *class, name)?,
        _ => return None,
    };
    let mut rest = false;
    for (n, step) in opaque.path.iter().enumerate() {
        rest = false;
        match step {
            Step::Property(name) => {
                let Some(property) = declared::property(context, &found, name) else {
                    let Said::Type(ty) = found.ty else {
                        return None;
                    };
                    let model = row_type(context, found.module, ty)?;
                    let (schema, field) = of_row(context, model, &opaque.path[n..])?;
                    return Some(Known::Column(schema, field));
                };
                found = property;
            }
            Step::Each(_) | Step::At(_) => found = declared::element(context, &found)?,
            Step::Without(_) => rest = true,
            Step::Converted => return None,
        }
    }
    let declared = found;
    Some(Known::Declared(Typed { declared, rest }))
}

/// The model whose rows a type is of: `User`, `Prisma.UserGetPayload<...>`, either with `null`.
fn row_type(context: &Context<'_>, module: ModuleId, ty: TypeId) -> Option<ModelRef> {
    match context.project.modules.facts(module).type_expression(ty) {
        TypeExpression::Union(parts) | TypeExpression::Intersection(parts) => {
            let mut models = parts
                .iter()
                .filter_map(|part| row_type(context, module, *part));
            models.next().filter(|_| models.next().is_none())
        }
        TypeExpression::Named { name, arguments } => {
            let payload = name.strip_prefix("Prisma.");
            let payload = payload.and_then(|name| name.strip_suffix("GetPayload"));
            match (payload, context.project.modules.type_name(module, name)) {
                (Some(model), _) => model_named(context, model),
                (None, Symbol::External { specifier, name })
                    if arguments.is_empty() && is_client(&specifier) =>
                {
                    model_named(context, &name)
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// The only model of this name.
fn model_named(context: &Context<'_>, name: &str) -> Option<ModelRef> {
    let models = context.project.schemas.models();
    let mut found = models.filter(|(.., model)| model.name == name);
    let (only, ..) = found.next()?;
    found.next().is_none().then_some(only)
}

/// Whether a cast is written in an expression, or in what its variable begins with.
fn is_cast(context: &Context<'_>, at: ExpressionRef, depth: u32) -> bool {
    let facts = context.project.modules.facts(at.module);
    let span = facts.expressions[at.id.index()].span;
    let mut casts = facts.all([ExpressionKind::Cast]);
    if casts.any(|(_, node)| span.contains(node.span) && is_belief(&node.kind)) {
        return true;
    }
    let Some(depth) = depth.checked_sub(1) else {
        return true;
    };
    let Some(binding) = root(facts, at.id) else {
        return false;
    };
    match &facts.binding(binding).kind {
        BindingKind::Variable {
            init: Some(init), ..
        } => {
            let init = In {
                id: init.value,
                ..at
            };
            is_cast(context, init, depth)
        }
        _ => false,
    }
}

/// Whether a parameter, or a part of it, is cast somewhere: its declaration is not believed there.
fn is_doubted(context: &Context<'_>, opaque: &Opaque) -> bool {
    let Root::Parameter(function, index) = &opaque.root else {
        return false;
    };
    let facts = context.project.modules.facts(function.module);
    let is_of_it = |id: ExpressionId| {
        let binding = root(facts, id).map(|binding| &facts.binding(binding).kind);
        matches!(binding, Some(BindingKind::Parameter { function: of, index: at, .. })
            if *of == function.id && at == index)
    };
    facts
        .all([ExpressionKind::Cast])
        .any(|(_, node)| match &node.kind {
            Expression::Cast { value, .. } => is_belief(&node.kind) && is_of_it(*value),
            _ => false,
        })
}

/// `as T`
fn is_belief(expression: &Expression) -> bool {
    matches!(
        expression,
        Expression::Cast {
            kind: CastKind::As,
            ..
        }
    )
}

/// The name at which a chain of properties begins.
fn root(facts: &ModuleFacts, id: ExpressionId) -> Option<BindingId> {
    match facts.expression(facts.unwrap_casts(id)) {
        Expression::Identifier { binding, .. } => *binding,
        Expression::Member { object, .. } => root(facts, *object),
        _ => None,
    }
}
