//! Classes, interfaces and schemas of the code that mirror a model by name.

use snell_extract::facts::ClassId;
use snell_extract::facts::{BindingKind, MemberKind, TypeExpression, TypeMember};
use snell_prisma::{Field, Model};
use snell_project::module::{ClassRef, In, Module, ModuleId};

use crate::{
    rule::Context,
    support::declared::{self, Declared, Said},
};

/// Words in the names of types that ask for rows rather than hold one.
const QUESTIONS: [&str; 7] = [
    "orderby", "where", "filter", "query", "args", "search", "sort",
];
const PREFIXES: [&str; 9] = [
    "create", "update", "upsert", "patch", "edit", "new", "base", "public", "save",
];
const SUFFIXES: [&str; 13] = [
    "dto", "input", "request", "response", "entity", "model", "schema", "view", "payload", "body",
    "data", "type", "row",
];

/// Something that mirrors a model.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Mirror<'a> {
    Class(ClassRef),
    Members(ModuleId, &'a [TypeMember]),
    Zod(Declared<'a>),
}

impl<'a> Mirror<'a> {
    /// What it says of a field.
    pub(crate) fn property(self, context: &Context<'a>, field: &Field) -> Option<Declared<'a>> {
        match self {
            Mirror::Class(class) => declared::class_property(context, class, &field.name),
            Mirror::Members(module, members) => declared::member(module, members, &field.name),
            Mirror::Zod(schema) => declared::property(context, &schema, &field.name),
        }
    }
}

/// Calls `each` for every mirror, with the name of the model in lower case.
pub(crate) fn visit<'a>(context: &Context<'a>, each: &mut dyn FnMut(&str, Mirror<'a>)) {
    for (id, module) in context.project.modules.iter() {
        let facts = context.project.path_facts(id);
        if facts.test || facts.sample || facts.vendored || facts.story || facts.seed {
            continue;
        }
        visit_types(id, module, each);
        visit_schemas(id, module, each);
    }
}

fn visit_types<'a>(id: ModuleId, module: &'a Module, each: &mut dyn FnMut(&str, Mirror<'a>)) {
    let facts = &module.facts;
    for (class, n) in facts.classes.iter().zip(0u32..) {
        let holds = class
            .members
            .iter()
            .any(|member| matches!(member.kind, MemberKind::Field { .. }))
            || class.extends.is_some();
        if let Some(name) = &class.name
            && holds
            && let Some(model) = model_name(&name.text)
        {
            each(
                &model,
                Mirror::Class(In {
                    module: id,
                    id: ClassId(n),
                }),
            );
        }
    }
    for interface in &facts.interfaces {
        if let Some(model) = model_name(&interface.name.text) {
            each(&model, Mirror::Members(id, &interface.members));
        }
    }
    for alias in &facts.type_aliases {
        if let TypeExpression::Object(members) = facts.type_expression(alias.ty)
            && let Some(model) = model_name(&alias.name.text)
        {
            each(&model, Mirror::Members(id, members));
        }
    }
}

/// `export const createPostSchema = z.object({ ... })`
fn visit_schemas<'a>(id: ModuleId, module: &'a Module, each: &mut dyn FnMut(&str, Mirror<'a>)) {
    for binding in &module.facts.bindings {
        let BindingKind::Variable {
            init: Some(init), ..
        } = &binding.kind
        else {
            continue;
        };
        let schema = binding.function.is_none()
            && init.path.is_empty()
            && binding.name.to_ascii_lowercase().ends_with("schema");
        if schema && let Some(model) = model_name(&binding.name) {
            each(
                &model,
                Mirror::Zod(Declared {
                    module: id,
                    ty: Said::Zod(init.value),
                    optional: false,
                    decorators: &[],
                    at: binding.span,
                }),
            );
        }
    }
}

/// `post` for `CreatePostDto`, `PostEntity`, `postSchema`.
pub(crate) fn model_name(name: &str) -> Option<String> {
    let lower = name.to_ascii_lowercase();
    if QUESTIONS.iter().any(|word| lower.contains(word)) {
        return None;
    }
    let mut rest = lower.as_str();
    while let Some(shorter) = SUFFIXES
        .iter()
        .find_map(|suffix| rest.strip_suffix(suffix))
        .filter(|shorter| !shorter.is_empty())
    {
        rest = shorter;
    }
    if let Some(shorter) = PREFIXES.iter().find_map(|prefix| rest.strip_prefix(prefix))
        && !shorter.is_empty()
    {
        rest = shorter;
    }
    Some(rest.to_owned())
}

/// Whether most of what a mirror holds are fields of the model: a type of the
/// same name may be of another world.
pub(crate) fn resembles(context: &Context<'_>, mirror: Mirror<'_>, model: &Model) -> bool {
    let facts = |module| context.project.modules.facts(module);
    let names: Vec<&str> = match mirror {
        Mirror::Class(class) => {
            let members = facts(class.module).class(class.id).members.iter();
            let fields = members.filter(|m| matches!(m.kind, MemberKind::Field { .. }));
            fields
                .filter_map(|member| member.key.name().map(|name| name.text.as_str()))
                .collect()
        }
        Mirror::Members(_, members) => members.iter().map(|m| m.name.text.as_str()).collect(),
        // What a schema takes is written to the model, or not used at all.
        Mirror::Zod(_) => return true,
    };
    let known = names
        .iter()
        .filter(|name| model.field(name).is_some())
        .count();
    known >= 3.min(model.fields.len()) && known * 10 >= names.len() * 6
}
