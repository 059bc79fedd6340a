//! What metadata of endpoints a guard reads.

use smol_str::SmolStr;
use snell_extract::facts::{Expression, ExpressionId, MemberKind, MethodCall, Pattern};

use super::{indirect, optional, scan};
use crate::{
    module::{ClassRef, ExpressionRef, In, ModuleId, Modules},
    types::{Type, Types},
};

/// Guards that ask each other are followed this deep.
const DEPTH: u32 = 4;

/// What metadata a guard reads.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Reads {
    /// The guard's name.
    pub(super) by: SmolStr,
    /// The keys.
    pub(super) keys: Vec<SmolStr>,
    /// Those without which it lets everybody through.
    pub(super) optional: Vec<SmolStr>,
    /// It may read others: it is not of the workspace, or hands on what they are read of.
    pub(super) more: bool,
    /// It asks whether a list holds the role of something: `roles.includes(membership.role)`.
    pub(super) compares_roles: bool,
}

impl Reads {
    /// What a class and its bases read, these keys in all.
    pub(super) fn of(
        modules: &Modules,
        name: &SmolStr,
        keys: &[SmolStr],
        ancestry: &[ClassRef],
    ) -> Self {
        let all = ancestry.iter();
        Reads {
            by: name.clone(),
            keys: keys.to_vec(),
            optional: all
                .clone()
                .flat_map(|class| optional::keys(modules, *class))
                .collect(),
            more: false,
            compares_roles: !keys.is_empty()
                && all.into_iter().any(|class| compares_roles(modules, *class)),
        }
    }
}

/// Whether a guard asks a list whether it holds a property that is called a role.
fn compares_roles(modules: &Modules, class: ClassRef) -> bool {
    let facts = modules.facts(class.module);
    let span = facts.class(class.id).span;
    scan::inside(modules, class.module, span).any(|(_, node)| {
        let Some(MethodCall {
            property,
            arguments,
            ..
        }) = facts.method_call(&node.kind)
        else {
            return false;
        };
        let [wanted] = arguments else { return false };
        property.text == "includes"
            && matches!(facts.expression(facts.unwrap_casts(wanted.value)),
                Expression::Member { property, .. } if property.text.to_ascii_lowercase().ends_with("role"))
    })
}

/// The keys of `reflector.getAllAndOverride(KEY, ...)`, and the decorators
/// that are asked for by themselves; those too that a function reads which the class calls for it.
pub(super) fn metadata_keys(modules: &Modules, class: ClassRef) -> Vec<SmolStr> {
    let facts = modules.facts(class.module);
    let span = facts.class(class.id).span;
    let mut keys = Vec::new();
    for (_, node) in scan::inside(modules, class.module, span) {
        match key_of(modules, class.module, &node.kind) {
            Some(key) if indirect::is_handed(modules, class, key) => {}
            Some(key) => keys.push(indirect::name(modules, key)),
            None => {
                if let Expression::Call {
                    callee, arguments, ..
                } = &node.kind
                {
                    keys.extend(indirect::keys(modules, class, *callee, arguments));
                }
            }
        }
    }
    keys
}

/// The key for which an expression asks metadata.
pub(super) fn key_of(
    modules: &Modules,
    module: ModuleId,
    expression: &Expression,
) -> Option<ExpressionRef> {
    let MethodCall {
        object,
        property,
        arguments,
    } = modules.facts(module).method_call(expression)?;
    let reads = match property.text.as_str() {
        "getAll" | "getAllAndOverride" | "getAllAndMerge" => true,
        "get" => speaks_of_reflector(modules, module, object),
        _ => false,
    };
    let id = arguments.first().filter(|_| reads)?.value;
    Some(In { module, id })
}

/// What reads metadata, by its name or type: settings and headers are read with `get` as well.
pub(super) fn speaks_of_reflector(
    modules: &Modules,
    module: ModuleId,
    object: ExpressionId,
) -> bool {
    let facts = modules.facts(module);
    let name = match facts.expression(facts.unwrap_casts(object)) {
        Expression::Identifier { name, .. } => name,
        Expression::Member { property, .. } => &property.text,
        _ => return false,
    };
    let at = In { module, id: object };
    name.to_ascii_lowercase().contains("reflect")
        || matches!(Types::new(modules).of(at),
            Type::External(_, name) if name == "Reflector")
}

/// Whether a guard hands what it is asked about to something that may read metadata of it:
/// neither itself, nor its base, nor what makes another context of it.
pub(super) fn hands_on(modules: &Modules, class: ClassRef) -> bool {
    hands_on_within(modules, class, DEPTH)
}

fn hands_on_within(modules: &Modules, class: ClassRef, depth: u32) -> bool {
    let Some(depth) = depth.checked_sub(1) else {
        return true;
    };
    let facts = modules.facts(class.module);
    let declared = facts.class(class.id);
    let Some(MemberKind::Method(method)) = declared.member("canActivate").map(|own| &own.kind)
    else {
        return false;
    };
    let Some(Pattern::Binding(context)) = facts
        .function(*method)
        .parameters
        .first()
        .map(|parameter| &parameter.pattern)
    else {
        return false;
    };
    scan::inside(modules, class.module, declared.span).any(|(_, node)| {
        let Expression::Call {
            callee, arguments, ..
        } = &node.kind
        else {
            return false;
        };
        let handed = arguments.iter().any(|argument| {
            matches!(facts.expression(facts.unwrap_casts(argument.value)),
                Expression::Identifier { binding, .. } if *binding == Some(*context))
        });
        handed
            && match facts.expression(*callee) {
                Expression::Member {
                    object, property, ..
                } => {
                    let own = matches!(
                        facts.expression(*object),
                        Expression::This | Expression::Super
                    );
                    let asks_guards = property.text == "canActivate" && {
                        let guards = delegates(modules, class);
                        let plain = |guard: &ClassRef| {
                            metadata_keys(modules, *guard).is_empty()
                                && !hands_on_within(modules, *guard, depth)
                        };
                        !guards.is_empty() && guards.iter().all(plain)
                    };
                    !own && property.text != "create" && !asks_guards
                }
                _ => true,
            }
    })
}

/// The guards that a guard is given, to ask them itself.
pub(super) fn delegates(modules: &Modules, class: ClassRef) -> Vec<ClassRef> {
    let facts = modules.facts(class.module);
    let Some(constructor) = facts.class(class.id).constructor() else {
        return Vec::new();
    };
    let function = In {
        module: class.module,
        id: constructor,
    };
    let types = Types::new(modules);
    let parameters = 0u32..;
    let parameters = parameters.zip(&facts.function(constructor).parameters);
    parameters
        .filter_map(|(index, _)| match types.of_parameter(function, index) {
            Type::Instance(given) => Some(given),
            _ => None,
        })
        .filter(|given| {
            let ancestry = types.ancestry(*given);
            let mut all = ancestry.iter();
            all.any(|one| {
                let declared = modules.facts(one.module).class(one.id);
                declared.member("canActivate").is_some()
            })
        })
        .collect()
}
