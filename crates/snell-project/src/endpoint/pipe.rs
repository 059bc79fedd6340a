//! Pipes of parameters: whether one may ask whose a row is, or only says what a value looks like.

use snell_extract::facts::{BindingKind, Expression, ExpressionId, FunctionBody, MemberKind};

use super::scan;
use crate::module::{ClassRef, ExpressionRef, FunctionRef, In, ModuleId, Modules, Symbol};

/// So many names and bases are gone through to a pipe's class.
const DEPTH: u32 = 6;

/// Whether a pipe may look something up: what it lets through may have been checked then. One that
/// validates or converts leaves the value what the client sent.
pub(super) fn looks_things_up(modules: &Modules, pipe: ExpressionRef) -> bool {
    of_expression(modules, pipe, DEPTH)
}

fn of_expression(modules: &Modules, at: ExpressionRef, depth: u32) -> bool {
    let Some(depth) = depth.checked_sub(1) else {
        return true;
    };
    let facts = modules.facts(at.module);
    let here = |id| In {
        module: at.module,
        id,
    };
    match facts.expression(facts.unwrap_casts(at.id)) {
        // What stands in a decorator is made when modules are loaded: no service is there to be
        // handed over.
        Expression::New { callee, .. } => match scan::symbol(modules, here(*callee)) {
            Symbol::Class(class) => of_class(modules, class, true, depth),
            Symbol::External { .. } => false,
            _ => true,
        },
        // `zodPipe(schema)`
        Expression::Call { callee, .. } => match scan::symbol(modules, here(*callee)) {
            Symbol::External { .. } => false,
            Symbol::Function(function) => of_maker(modules, function, depth),
            symbol => scan::initial(modules, &symbol).is_none_or(|init| {
                match modules.facts(init.module).expression(init.id) {
                    Expression::Function(id) => {
                        let function = In {
                            module: init.module,
                            id: *id,
                        };
                        of_maker(modules, function, depth)
                    }
                    _ => true,
                }
            }),
        },
        Expression::Identifier { .. } | Expression::Member { .. } => {
            match scan::symbol(modules, at) {
                Symbol::Class(class) => of_class(modules, class, false, depth),
                Symbol::External { .. } => false,
                symbol => scan::initial(modules, &symbol)
                    .is_none_or(|init| of_expression(modules, init, depth)),
            }
        }
        _ => true,
    }
}

/// What a function that makes pipes gives back: a pipe that is made in it.
fn of_maker(modules: &Modules, function: FunctionRef, depth: u32) -> bool {
    let facts = modules.facts(function.module);
    let declared = facts.function(function.id);
    let here = |id| In {
        module: function.module,
        id,
    };
    match &declared.body {
        FunctionBody::Expression(value) => of_expression(modules, here(*value), depth),
        FunctionBody::Block(_) => {
            let mut made = scan::inside(modules, function.module, declared.span)
                .filter(|(_, node)| match node.kind {
                    Expression::New { callee, .. } => is_pipe(modules, here(callee)),
                    _ => false,
                })
                .map(|(id, _)| id)
                .peekable();
            made.peek().is_none() || made.any(|id| of_expression(modules, here(id), depth))
        }
        FunctionBody::None => true,
    }
}

fn is_pipe(modules: &Modules, class: ExpressionRef) -> bool {
    match scan::symbol(modules, class) {
        Symbol::Class(class) => {
            let facts = modules.facts(class.module);
            facts.class(class.id).member("transform").is_some()
        }
        Symbol::External { name, .. } => name.ends_with("Pipe"),
        _ => false,
    }
}

/// `by_hand` is one that `new` makes, with what stands between its brackets.
fn of_class(modules: &Modules, class: ClassRef, by_hand: bool, depth: u32) -> bool {
    let Some(depth) = depth.checked_sub(1) else {
        return true;
    };
    let facts = modules.facts(class.module);
    let declared = facts.class(class.id);
    let injected = declared.members.iter().any(|member| {
        matches!(member.kind, MemberKind::Field { .. })
            && member.decorators.iter().any(|one| one.name == "Inject")
    });
    let handed = declared.constructor().is_some_and(|constructor| {
        let mut parameters = facts.function(constructor).parameters.iter();
        parameters.any(|parameter| parameter.property.is_some())
    });
    if injected || handed && !by_hand || waits_for_own(modules, class.module, class) {
        return true;
    }
    declared.extends.is_some_and(|base| {
        let base = In {
            module: class.module,
            id: base,
        };
        match scan::symbol(modules, base) {
            Symbol::Class(base) => of_class(modules, base, by_hand, depth),
            _ => false,
        }
    })
}

/// Whether a class waits for something of the workspace beside its own methods: a client that a module
/// holds, a function that may ask one.
fn waits_for_own(modules: &Modules, module: ModuleId, class: ClassRef) -> bool {
    let facts = modules.facts(module);
    let span = facts.class(class.id).span;
    scan::inside(modules, module, span).any(|(_, node)| match node.kind {
        Expression::Await(waited) => is_own(modules, In { module, id: waited }),
        _ => false,
    })
}

fn is_own(modules: &Modules, at: ExpressionRef) -> bool {
    let facts = modules.facts(at.module);
    let root = root_of(modules, at.module, at.id);
    let Expression::Identifier {
        binding: Some(binding),
        ..
    } = facts.expression(root)
    else {
        return false;
    };
    match modules.binding(at.module, *binding) {
        Symbol::External { .. } => false,
        Symbol::Variable(variable) => !matches!(
            modules.facts(variable.module).binding(variable.id).kind,
            BindingKind::Parameter { .. }
        ),
        _ => true,
    }
}

/// `prisma` of `prisma.user.findMany()`
fn root_of(modules: &Modules, module: ModuleId, mut id: ExpressionId) -> ExpressionId {
    let facts = modules.facts(module);
    loop {
        id = facts.unwrap_casts(id);
        id = match facts.expression(id) {
            Expression::Call { callee, .. } | Expression::New { callee, .. } => *callee,
            Expression::Member { object, .. } | Expression::Index { object, .. } => *object,
            _ => return id,
        };
    }
}
