//! Types that are said to be made of a generated client's: `extends User`, `implements User`,
//! `Prisma.UserGetPayload<...>`, `z.object(...) satisfies z.ZodType<User>`.

use snell_extract::facts::{BindingKind, CastKind, Expression, TypeExpression, TypeId};
use snell_project::{
    module::{ModuleId, Symbol},
    schema::ModelRef,
};

use super::{Evidence, Mirror, Shown, declarations};
use crate::rule::Context;

/// What the client's generated types of a model are called after its name.
const GENERATED: [&str; 8] = [
    "GetPayload",
    "UncheckedCreateInput",
    "UncheckedUpdateInput",
    "CreateManyInput",
    "CreateWithoutInput",
    "CreateInput",
    "UpdateInput",
    "Payload",
];

/// Types inside types are looked at this deep.
const DEPTH: u32 = 6;

pub(super) fn find(context: &Context<'_>, shown: &mut Vec<Shown>) {
    declarations(context, &mut |mirror, _| {
        let (module, types) = mentioned(context, mirror);
        for ty in types {
            if let Some(model) = model_of_type(context, module, ty, DEPTH) {
                let facts = context.project.modules.facts(module);
                shown.push(Shown {
                    mirror,
                    model,
                    evidence: Evidence::Asserted,
                    because: context
                        .project
                        .modules
                        .at(module, facts.types[ty.index()].span),
                });
            }
        }
    });
}

/// The types that a declaration is said to be made of.
fn mentioned(context: &Context<'_>, mirror: Mirror) -> (ModuleId, Vec<TypeId>) {
    let modules = &context.project.modules;
    match mirror {
        Mirror::Class(one) => {
            let class = modules.facts(one.module).class(one.id);
            (one.module, class.implements.clone())
        }
        Mirror::Interface(one) => {
            let interface = &modules.facts(one.module).interfaces[one.id as usize];
            (one.module, interface.extends.clone())
        }
        Mirror::Alias(one) => {
            let facts = modules.facts(one.module);
            let ty = facts.type_aliases[one.id as usize].ty;
            match facts.type_expression(ty) {
                TypeExpression::Intersection(parts) => (one.module, parts.clone()),
                _ => (one.module, vec![ty]),
            }
        }
        Mirror::Zod(one) => {
            let facts = modules.facts(one.module);
            let mut types = Vec::new();
            if let BindingKind::Variable {
                ty,
                init: Some(init),
                ..
            } = &facts.binding(one.id).kind
            {
                types.extend(*ty);
                if let Expression::Cast {
                    ty: Some(ty),
                    kind: CastKind::Satisfies,
                    ..
                } = facts.expression(init.value)
                {
                    types.push(*ty);
                }
            }
            let is_schema = |ty: &TypeId| {
                matches!(facts.type_expression(*ty), TypeExpression::Named { name, .. }
                    if name.rsplit('.').next().is_some_and(|last| last.starts_with("Zod")))
            };
            types.retain(is_schema);
            (one.module, types)
        }
        Mirror::Inline(one) => (one.module, vec![one.id]),
    }
}

/// The model that a type of a generated client is of.
pub(super) fn model_of_type(
    context: &Context<'_>,
    module: ModuleId,
    ty: TypeId,
    depth: u32,
) -> Option<ModelRef> {
    let depth = depth.checked_sub(1)?;
    let facts = context.project.modules.facts(module);
    match facts.type_expression(ty) {
        TypeExpression::Array(inner) | TypeExpression::Readonly(inner) => {
            model_of_type(context, module, *inner, depth)
        }
        TypeExpression::Intersection(parts) => parts
            .iter()
            .find_map(|part| model_of_type(context, module, *part, depth)),
        TypeExpression::Named { name, arguments } => {
            if let Some(generated) = name.strip_prefix("Prisma.") {
                let model = GENERATED
                    .iter()
                    .find_map(|end| generated.strip_suffix(end))?;
                return model_named(context, model);
            }
            let last = name.rsplit('.').next().unwrap_or(name);
            match (last, arguments.as_slice()) {
                (
                    "Promise" | "Array" | "Partial" | "Required" | "Readonly" | "Omit" | "Pick"
                    | "ZodType" | "ZodSchema",
                    [inner, ..],
                ) => model_of_type(context, module, *inner, depth),
                (_, []) => match context.project.modules.type_name(module, name) {
                    Symbol::External { specifier, name } if is_client(&specifier) => {
                        model_named(context, &name)
                    }
                    _ => None,
                },
                _ => None,
            }
        }
        _ => None,
    }
}

/// Whether a specifier is that of a generated client.
fn is_client(specifier: &str) -> bool {
    specifier == "@prisma/client"
        || specifier.contains("generated")
        || specifier.contains("prisma") && !specifier.starts_with('@')
}

/// The only model of this name.
fn model_named(context: &Context<'_>, name: &str) -> Option<ModelRef> {
    let models = context.project.schemas.models();
    let mut found = models.filter(|(.., model)| model.name == name);
    match (found.next(), found.next()) {
        (Some((id, ..)), None) => Some(id),
        _ => None,
    }
}
