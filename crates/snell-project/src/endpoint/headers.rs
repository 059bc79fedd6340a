//! All headers in one parameter, `@Headers() headers`: which of them are read.

use smol_str::SmolStr;
use snell_extract::facts::{BindingId, Expression, ExpressionId, MemberKind, Parameter, Pattern};

use super::{scan, sent::SentKey};
use crate::module::{ClassRef, In, ModuleId, Modules, Symbol};

/// So many methods hand the headers on.
const DEPTH: u32 = 4;

/// Words in the names of headers that prove who asks.
const PROOFS: [&str; 8] = [
    "auth",
    "cookie",
    "token",
    "key",
    "secret",
    "signature",
    "session",
    "jwt",
];

/// Words in the names of headers that what stands before the application may set.
const SET_BEFORE: [&str; 3] = ["user", "forwarded", "remote"];

/// Whether a header of this name proves who asks.
#[must_use]
pub fn is_proof(name: &str) -> bool {
    let name = name.to_lowercase();
    PROOFS.iter().any(|word| name.contains(word))
}

/// Whether one may say, or prove, who asks.
pub(super) fn may_prove(name: &str) -> bool {
    let lower = name.to_lowercase();
    is_proof(&lower) || SET_BEFORE.iter().any(|word| lower.contains(word))
}

/// Words of a class that asks whether somebody belongs to what a header names.
const ASKS: [&str; 7] = [
    "user",
    "member",
    "findunique",
    "findfirst",
    "prisma",
    "claims",
    "verify",
];

/// Words in the names of headers that name a group.
const GROUPS: [&str; 6] = [
    "tenant",
    "org",
    "company",
    "workspace",
    "account",
    "customer",
];

/// The headers that name whose rows are meant, and of which a guard may ask whether who is signed
/// in belongs to them. One that looks at the form of a header alone asks nothing.
pub(super) fn asked_about(modules: &Modules, ancestry: &[ClassRef]) -> Vec<SentKey> {
    let mut found: Vec<SmolStr> = Vec::new();
    let mut asks = false;
    for class in ancestry {
        let module = class.module;
        let span = modules.facts(module).class(class.id).span;
        asks |= scan::words(modules, module, span).iter().any(|word| {
            let word = word.to_ascii_lowercase();
            ASKS.iter().any(|known| word.contains(known))
        });
        for (_, node) in scan::inside(modules, module, span) {
            let name = match &node.kind {
                Expression::Index { index, .. } => Some(*index),
                // `request.header('x-tenant-id')`
                Expression::Call { arguments, .. } => arguments.first().map(|first| first.value),
                _ => None,
            };
            let name = name.and_then(|id| scan::text(modules, In { module, id }, 8));
            found.extend(name.map(|name| SmolStr::from(name.to_lowercase())));
        }
    }
    let names_whose = |name: &SmolStr| {
        name.contains('-')
            && !may_prove(name)
            && (name.ends_with("id") || GROUPS.iter().any(|group| name.contains(group)))
    };
    found.retain(|name| asks && names_whose(name));
    found.sort();
    found.dedup();
    let key = |name| SentKey {
        part: "Headers",
        name,
    };
    found.into_iter().map(key).collect()
}

/// The names of the headers that are read of a parameter which holds all of them, in lower case;
/// `None` where any may be read.
pub(super) fn read(
    modules: &Modules,
    module: ModuleId,
    parameter: &Parameter,
) -> Option<Vec<SmolStr>> {
    let mut names = Vec::new();
    through(modules, module, parameter, &mut names, DEPTH)?;
    names.sort();
    names.dedup();
    Some(names)
}

fn through(
    modules: &Modules,
    module: ModuleId,
    parameter: &Parameter,
    names: &mut Vec<SmolStr>,
    depth: u32,
) -> Option<()> {
    let depth = depth.checked_sub(1)?;
    let Pattern::Binding(own) = parameter.pattern else {
        return None;
    };
    let facts = modules.facts(module);
    let is_own = |id: ExpressionId| is_use(facts.expression(facts.unwrap_casts(id)), own);
    let mut understood = 0usize;
    let mut uses = 0usize;
    for (n, node) in (0u32..).zip(&facts.expressions) {
        match &node.kind {
            kind if is_use(kind, own) => uses += 1,
            Expression::Member {
                object, property, ..
            } if is_own(*object) => {
                understood += 1;
                names.push(property.text.to_lowercase().into());
            }
            Expression::Index { object, index, .. } if is_own(*object) => {
                let name = scan::text(modules, In { module, id: *index }, 8)?;
                understood += 1;
                names.push(name.to_lowercase().into());
            }
            Expression::Call {
                callee, arguments, ..
            } => {
                for (position, argument) in arguments.iter().enumerate() {
                    if is_own(argument.value) {
                        let (there, handed) =
                            called(modules, module, (ExpressionId(n), *callee), position)?;
                        through(modules, there, handed, names, depth)?;
                        understood += 1;
                    }
                }
            }
            _ => {}
        }
    }
    (uses == understood).then_some(())
}

fn is_use(kind: &Expression, own: BindingId) -> bool {
    matches!(kind, Expression::Identifier { binding: Some(used), .. } if *used == own)
}

/// The parameter that a call hands an argument to: of a function, or of a method of the same class.
fn called(
    modules: &Modules,
    module: ModuleId,
    (call, callee): (ExpressionId, ExpressionId),
    position: usize,
) -> Option<(ModuleId, &Parameter)> {
    let facts = modules.facts(module);
    let function = match facts.expression(facts.unwrap_casts(callee)) {
        Expression::Member {
            object, property, ..
        } if matches!(facts.expression(*object), Expression::This) => {
            let at = facts.span(call);
            let class = facts.classes.iter().find(|class| class.span.contains(at))?;
            match class.member(&property.text)?.kind {
                MemberKind::Method(method) => In { module, id: method },
                _ => return None,
            }
        }
        _ => match scan::symbol(modules, In { module, id: callee }) {
            Symbol::Function(function) => function,
            _ => return None,
        },
    };
    let declared = modules.facts(function.module).function(function.id);
    Some((function.module, declared.parameters.get(position)?))
}
