//! Whether what is written to a column is certainly there: neither `null` nor `undefined`.

use snell_extract::facts::Expression;
use snell_flow::{Opaque, Root, Step, Value};
use snell_project::module::{ExpressionRef, ModuleId};

use crate::rule::Context;
use crate::support::{
    accepts,
    contracts::shape,
    declared::{self, Declared, Said},
    name_words::has_word,
};

/// Functions that always give something back.
const GIVERS: [&str; 19] = [
    "now",
    "randomUUID",
    "uuid",
    "uuidv4",
    "uuidv7",
    "v4",
    "v7",
    "nanoid",
    "createId",
    "cuid",
    "stringify",
    "hash",
    "hashSync",
    "toISOString",
    "toString",
    "toLowerCase",
    "toUpperCase",
    "trim",
    "randomBytes",
];

/// Whether a value is certainly there; what is not known is not.
pub(crate) fn is_set(context: &Context<'_>, value: &Value) -> bool {
    match value {
        Value::Literal(_) | Value::Text(_) | Value::Array(_) | Value::Sql(_) => true,
        // `{ set: x }`, or a value of its own.
        Value::Object(object) => object
            .entries
            .get("set")
            .is_none_or(|set| is_set(context, &set.value)),
        Value::OneOf(choices) => choices.iter().all(|one| is_set(context, &one.value)),
        Value::Opaque(opaque) => is_there(context, opaque),
        _ => false,
    }
}

/// Whether a value is nothing but `null`, `Prisma.DbNull` or `Prisma.JsonNull`: names of another
/// package, of which nothing else is known.
pub(crate) fn is_null(value: &Value) -> bool {
    let Value::Opaque(opaque) = value else {
        return *value == Value::Null;
    };
    let last = opaque.path.last();
    matches!(opaque.root, Root::Outer(_))
        && matches!(last, Some(Step::Property(name)) if has_word(name, &["null"]))
}

fn is_there(context: &Context<'_>, opaque: &Opaque) -> bool {
    let plain = opaque
        .path
        .iter()
        .all(|step| matches!(step, Step::Property(_) | Step::Converted));
    if !plain {
        return false;
    }
    let mut names = opaque.path.iter().filter_map(|step| match step {
        Step::Property(name) => Some(name.as_str()),
        _ => None,
    });
    match &opaque.root {
        Root::Result(call) => names.next().is_none() && gives(context, *call),
        Root::Row(row) => {
            let model = context.project.calls.get(row.call).model();
            let (Some(model), Some(name), None) = (model, names.next(), names.next()) else {
                return false;
            };
            let field = context.project.schemas.model(model).field(name);
            field.is_some_and(|field| field.is_column() && !field.is_optional())
        }
        Root::Identity => matches!(names.next_back(), Some("id" | "userId" | "sub")),
        Root::Parameter(..) => {
            declared::value(context, None, opaque).is_some_and(|one| is_promised(context, &one))
        }
        _ => false,
    }
}

/// `new Date()`, `randomUUID()`
fn gives(context: &Context<'_>, call: ExpressionRef) -> bool {
    let facts = context.project.modules.facts(call.module);
    match facts.expression(facts.unwrap_casts(call.id)) {
        Expression::New { .. } => true,
        Expression::Call { callee, .. } => match facts.expression(*callee) {
            Expression::Identifier { name, .. } => GIVERS.contains(&name.as_str()),
            Expression::Member {
                property, optional, ..
            } => !optional && GIVERS.contains(&property.text.as_str()),
            _ => false,
        },
        _ => false,
    }
}

/// Whether a declaration says that the value is there, and somebody holds it to that: a validator,
/// or a compiler that tells `null` from a value.
fn is_promised(context: &Context<'_>, declared: &Declared<'_>) -> bool {
    let accepts = accepts::of(context, declared);
    match declared.ty {
        Said::Nothing => false,
        Said::Zod(_) => accepts.kind.is_some() && !accepts.absent && accepts.null.is_none(),
        Said::Type(_) => {
            let held = accepts.checked || checks_null(context, declared.module);
            held && !accepts.absent
                && accepts.null.is_none()
                && !declared::may_be_absent(context, declared)
                && shape::of(context, declared).is_some()
        }
    }
}

/// Whether the compiler tells `null` from a value in a module.
pub(crate) fn checks_null(context: &Context<'_>, module: ModuleId) -> bool {
    let path = context.project.modules.get(module).path.as_str();
    let configs = &context.project.workspace.tsconfigs;
    configs.checks_null(camino::Utf8Path::new(path)) == Some(true)
}
