//! `value || default` where zero is a value of the column.

use rustc_hash::FxHashMap;
use snell_extract::facts::{
    Expression, ExpressionId, ExpressionKind, LogicalOperator, MemberKind, ModuleFacts,
    TypeExpression,
};
use snell_prisma::{Field, Model, Place, ScalarType, Value};
use snell_project::{
    module::{In, ModuleId},
    schema::Schema,
    types::{Type, Types},
};
use snell_source::{Confidence, Diagnostic, Location, Preset, RuleMetadata, Severity};

use super::contract::bound;
use crate::{
    functions,
    rule::{Context, Rule},
    support::{built, declared::initializer},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "consistency/falsy-default",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "`||` replaces a zero that the column may hold",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// A column that may be zero, and what says so.
struct Zero<'a> {
    schema: &'a Schema,
    model: &'a Model,
    field: &'a Field,
    says: Location,
    words: &'static str,
}

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let zeros = zeros(context);
    if zeros.is_empty() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (id, module) in context.project.modules.iter() {
        if !functions::is_application(context.project, id) {
            continue;
        }
        for (own, node) in module.facts.all([ExpressionKind::Logical]) {
            let Expression::Logical {
                operator: LogicalOperator::Or,
                left,
                right,
            } = &node.kind
            else {
                continue;
            };
            let at = In {
                module: id,
                id: own,
            };
            found.extend(finding(context, &zeros, at, (*left, *right)));
        }
    }
    found
}

/// The numbers that may be zero, by their names in lower case letters and digits.
fn zeros<'a>(context: &Context<'a>) -> FxHashMap<String, Vec<Zero<'a>>> {
    let mut found: FxHashMap<String, Vec<Zero<'a>>> = FxHashMap::default();
    let mut add = |zero: Zero<'a>| {
        let same = found.entry(plain(&zero.field.name)).or_default();
        if same
            .iter()
            .all(|other| other.field.name_span != zero.field.name_span)
        {
            same.push(zero);
        }
    };
    for (_, schema) in context.project.schemas.iter() {
        for model in schema.datamodel.models() {
            let built = built::table(schema, model);
            for field in model.columns().filter(|field| is_number(field)) {
                let checked = built.and_then(|table| table.from_zero(field));
                let default = field.default.as_ref().filter(
                    |default| matches!(&default.value, Value::Number(text) if text.parse() == Ok(0.0)),
                );
                let says = checked
                    .map(|at| (at, "the database says that it may be 0"))
                    .or_else(|| {
                        Some((
                            schema.location(Place {
                                span: default?.span,
                                ..field.at
                            }),
                            "it is 0 where nothing is said",
                        ))
                    });
                if let Some((says, words)) = says {
                    add(Zero {
                        schema,
                        model,
                        field,
                        says,
                        words,
                    });
                }
            }
        }
    }
    for one in bound(context).iter().filter(|one| is_number(one.field)) {
        if let Some((least, says)) = one.accepts.least
            && least == 0.0
        {
            let words = "whoever sends it may say 0";
            add(Zero {
                schema: one.schema,
                model: one.model,
                field: one.field,
                says,
                words,
            });
        }
    }
    found
}

fn is_number(field: &Field) -> bool {
    let scalar = field.scalar();
    !field.is_list()
        && matches!(
            scalar,
            Some(ScalarType::Int | ScalarType::Float | ScalarType::Decimal)
        )
}

/// A name without case and underscores.
fn plain(name: &str) -> String {
    name.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

fn finding(
    context: &Context<'_>,
    zeros: &FxHashMap<String, Vec<Zero<'_>>>,
    at: In<ExpressionId>,
    (left, right): (ExpressionId, ExpressionId),
) -> Option<Diagnostic> {
    let facts = context.project.modules.facts(at.module);
    let Expression::Member {
        object, property, ..
    } = facts.expression(facts.unwrap_casts(left))
    else {
        return None;
    };
    let columns = zeros.get(&plain(&property.text))?;
    let default = number(context, In { id: right, ..at }, 4)?;
    if default == 0.0 {
        return None;
    }
    let beside = properties(context, at.module, *object)?;
    let zero = columns.iter().find(|zero| mirrors(zero.model, &beside))?;
    let place = context.project.modules.location(at);
    let name = format!("{}.{}", zero.model.name, zero.field.name);
    let text = |id| context.text(context.project.modules.location(In { id, ..at }));
    let (read, fallback) = (text(left), text(right));
    Some(
        Diagnostic::at(
            &RULE.metadata,
            place,
            format!(
                "`||` puts {default} in the place of a `{}` of 0",
                property.text
            ),
        )
        .label(format!(
            "0 is falsy: what was stored as 0 is read as {default}"
        ))
        .related(zero.says, zero.words)
        .related(zero.schema.field_name(zero.field), "the column")
        .confidence(Confidence::Likely)
        .help(format!("`{read} ?? {fallback}`"))
        .subject(format!("field:{name} at:{}", around(context, at))),
    )
}

/// The function around a place, for the subject.
fn around(context: &Context<'_>, at: In<ExpressionId>) -> String {
    let module = context.project.modules.get(at.module);
    match module.context.function(at.id) {
        Some(id) => functions::name(
            context.project,
            In {
                module: at.module,
                id,
            },
        ),
        None => module.path.to_string(),
    }
}

/// The names of what the object has, when its type is one of the workspace.
fn properties(
    context: &Context<'_>,
    module: ModuleId,
    object: ExpressionId,
) -> Option<Vec<String>> {
    let modules = &context.project.modules;
    let of_members = |members: &[snell_extract::facts::TypeMember]| {
        members
            .iter()
            .map(|member| plain(&member.name.text))
            .collect()
    };
    match Types::new(modules).of(In { module, id: object }) {
        Type::Interface(found) => {
            let facts = modules.facts(found.module);
            Some(of_members(&facts.interfaces[found.id as usize].members))
        }
        Type::Declared(found) => match modules.facts(found.module).type_expression(found.id) {
            TypeExpression::Object(members) => Some(of_members(members)),
            _ => None,
        },
        Type::Instance(found) => Some(fields(modules.facts(found.module), found.id)),
        _ => None,
    }
}

fn fields(facts: &ModuleFacts, class: snell_extract::facts::ClassId) -> Vec<String> {
    let members = facts.class(class).members.iter();
    members
        .filter(|member| matches!(member.kind, MemberKind::Field { .. }))
        .filter_map(|member| Some(plain(&member.key.name()?.text)))
        .collect()
}

/// Whether an object with these properties stands for rows of a model: most of them are its columns,
/// and they are several.
fn mirrors(model: &Model, properties: &[String]) -> bool {
    let columns: Vec<String> = model.columns().map(|field| plain(&field.name)).collect();
    let shared = properties
        .iter()
        .filter(|name| columns.contains(name))
        .count();
    shared >= 3 && shared * 3 >= properties.len() * 2
}

/// A number that is written, or that a constant holds.
fn number(context: &Context<'_>, value: In<ExpressionId>, depth: u32) -> Option<f64> {
    let depth = depth.checked_sub(1)?;
    let modules = &context.project.modules;
    let facts = modules.facts(value.module);
    match facts.expression(facts.unwrap_casts(value.id)) {
        Expression::Number(text) => text.replace('_', "").parse().ok(),
        Expression::Identifier { binding, .. } => {
            let constant = initializer(context, modules.binding(value.module, (*binding)?))?;
            number(context, constant, depth)
        }
        Expression::Member {
            object, property, ..
        } => {
            let Expression::Identifier { binding, .. } = facts.expression(*object) else {
                return None;
            };
            let object = initializer(context, modules.binding(value.module, (*binding)?))?;
            let facts = modules.facts(object.module);
            let Expression::Object(properties) = facts.expression(facts.unwrap_casts(object.id))
            else {
                return None;
            };
            let id = properties.iter().find_map(|one| match one {
                snell_extract::facts::Property::Value { key, value, .. } => key
                    .name()
                    .filter(|name| name.text == property.text)
                    .map(|_| *value),
                _ => None,
            })?;
            number(context, In { id, ..object }, depth)
        }
        _ => None,
    }
}
