//! Guards that are given other guards, and ask them one after the other.

use smol_str::SmolStr;
use snell_extract::facts::Expression;

use super::{
    guard::{Does, Guard},
    reads::delegates,
    scan,
};
use crate::module::{ClassRef, Modules};

/// Guards that ask guards that ask guards.
pub(super) const DEPTH: u32 = 3;

/// The guards that a guard is given, when it asks them: `await this.jwtGuard.canActivate(context)`.
pub(super) fn asked(modules: &Modules, class: ClassRef) -> Vec<ClassRef> {
    let facts = modules.facts(class.module);
    let declared = facts.class(class.id);
    let asks = scan::inside(modules, class.module, declared.span).any(|(_, node)| {
        let Expression::Call { callee, .. } = &node.kind else {
            return false;
        };
        matches!(facts.expression(*callee), Expression::Member { object, property, .. }
            if property.text == "canActivate"
                && !matches!(facts.expression(*object), Expression::Super))
    });
    match asks {
        true => delegates(modules, class),
        false => Vec::new(),
    }
}

/// What a guard and those that it asks do together.
pub(super) fn together(name: SmolStr, own: Guard, asked: Vec<Guard>) -> Guard {
    let mut keys: Vec<SmolStr> = Vec::new();
    let (mut refuses, mut restricts, mut unknown) = (false, false, false);
    let mut signs_in = own.signs_in || matches!(own.does, Does::Authenticates(_));
    let mut whole = Guard {
        exempts: false,
        ..own
    };
    for guard in asked {
        keys.extend(guard.keys().iter().cloned());
        signs_in |= guard.signs_in;
        match &guard.does {
            Does::Authenticates(_) => signs_in = true,
            // Without its metadata it lets everybody through.
            Does::Allows(..) => restricts = true,
            Does::Restricts(..) => {
                restricts = true;
                refuses = true;
            }
            Does::Unknown(_) | Does::Asked(..) => unknown = true,
            Does::Nothing | Does::Offers(_) => {}
        }
        whole.exempts |= guard.exempts;
        whole.checks.extend(guard.checks);
        whole.looks_by.extend(guard.looks_by);
        whole.opened_by.extend(guard.opened_by);
        whole.reads.more |= guard.reads.more;
        whole.reads.keys.extend(guard.reads.keys);
        whole.reads.optional.extend(guard.reads.optional);
    }
    whole.signs_in = signs_in;
    whole.does = match (unknown, restricts, refuses) {
        (true, ..) => Does::Unknown(name),
        (_, true, true) => Does::Restricts(name, keys),
        (_, true, false) => Does::Allows(name, keys),
        _ if signs_in => Does::Authenticates(keys),
        _ => Does::Nothing,
    };
    whole
}
