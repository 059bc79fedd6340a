//! The roles that a decorator names.

use smol_str::SmolStr;
use snell_extract::facts::{Element, Expression, ExpressionId};

use super::scan;
use crate::module::{ExpressionRef, In, Modules, Symbol};

/// What a decorator is handed, where it may be roles.
#[derive(Debug, Clone, Default)]
pub(super) struct Named {
    /// The values, as they are written: `ADMIN` of `Role.ADMIN`.
    pub(super) names: Vec<SmolStr>,
    /// The enum of a generated client of which all of them are.
    pub(super) of: Option<SmolStr>,
    /// They are all that the enum of the code has.
    pub(super) all: bool,
    /// All of them can be read.
    pub(super) known: bool,
}

/// Lists in lists.
const DEPTH: u32 = 8;

/// What a decorator names.
pub(super) fn roles(modules: &Modules, at: ExpressionRef) -> Named {
    let facts = modules.facts(at.module);
    let mut reader = Reader::new(modules);
    if let Expression::Call {
        callee, arguments, ..
    } = facts.expression(at.id)
    {
        let callee = match facts.expression(*callee) {
            Expression::Identifier { name, .. } => name.as_str(),
            Expression::Member { property, .. } => property.text.as_str(),
            _ => "",
        };
        // `SetMetadata('roles', [...])`: the first says under which key.
        let keys = usize::from(callee == "SetMetadata");
        for argument in arguments.iter().skip(keys) {
            reader.read(
                In {
                    module: at.module,
                    id: argument.value,
                },
                DEPTH,
            );
        }
    }
    reader.finish()
}

/// The same of what is known to be roles: each may be a list.
pub(super) fn listed(modules: &Modules, all: &[ExpressionRef]) -> Named {
    let mut reader = Reader::new(modules);
    for one in all {
        reader.read(*one, DEPTH);
    }
    reader.finish()
}

struct Reader<'m> {
    modules: &'m Modules,
    named: Named,
    /// The enums of the code whose members are named.
    enums: Vec<In<u32>>,
    /// The enums of a generated client whose members are named.
    generated: Vec<SmolStr>,
}

impl<'m> Reader<'m> {
    fn new(modules: &'m Modules) -> Self {
        Reader {
            modules,
            named: Named {
                known: true,
                ..Named::default()
            },
            enums: Vec::new(),
            generated: Vec::new(),
        }
    }

    fn read(&mut self, at: ExpressionRef, depth: u32) {
        let modules = self.modules;
        let facts = modules.facts(at.module);
        let here = |id: ExpressionId| In {
            module: at.module,
            id,
        };
        let Some(depth) = depth.checked_sub(1) else {
            self.named.known = false;
            return;
        };
        match facts.expression(facts.unwrap_casts(at.id)) {
            Expression::String(text) => self.named.names.push(text.clone()),
            Expression::Array(elements) => {
                for element in elements {
                    match element {
                        Element::Value(value) | Element::Spread(value) => {
                            self.read(here(*value), depth);
                        }
                        Element::Hole => {}
                    }
                }
            }
            Expression::Member {
                object, property, ..
            } => match scan::symbol(modules, here(*object)) {
                Symbol::Enum(of) => {
                    self.enums.push(of);
                    let text = scan::text(modules, at, 8);
                    self.named.names.push(text.unwrap_or(property.text.clone()));
                }
                Symbol::External { name, .. } => {
                    self.generated.push(name);
                    self.named.names.push(property.text.clone());
                }
                _ => match scan::text(modules, at, 8) {
                    Some(text) => self.named.names.push(text),
                    None => self.named.known = false,
                },
            },
            // `Object.values(Role)`
            Expression::Call {
                callee, arguments, ..
            } if matches!(facts.expression(*callee), Expression::Member { property, .. }
                if property.text == "values") =>
            {
                match arguments
                    .first()
                    .map(|first| scan::symbol(modules, here(first.value)))
                {
                    Some(Symbol::Enum(_)) => self.named.all = true,
                    Some(Symbol::External { name, .. }) if name != "default" => {
                        self.named.all = true;
                    }
                    _ => self.named.known = false,
                }
            }
            Expression::Identifier { .. } => {
                match scan::initial(modules, &scan::symbol(modules, at)) {
                    Some(init) => self.read(init, depth),
                    None => self.named.known = false,
                }
            }
            _ => self.named.known = false,
        }
    }

    fn finish(self) -> Named {
        let Reader {
            modules,
            mut named,
            enums,
            generated,
        } = self;
        let count = named.names.len();
        if let Some(first) = enums.first()
            && enums.len() == count
            && enums.iter().all(|of| of == first)
        {
            let members = modules.facts(first.module).enums[first.id as usize]
                .members
                .len();
            let mut different = named.names.clone();
            different.sort();
            different.dedup();
            named.all |= members > 1 && different.len() == members;
        }
        if let Some(first) = generated.first()
            && generated.len() == count
            && generated.iter().all(|of| of == first)
        {
            named.of = Some(first.clone());
        }
        named
    }
}
