//! What keys, vectors and names of algorithms are made of, as far as the
//! program says it: constants, the environment, chance.

mod places;

use std::collections::HashSet;

use smol_str::SmolStr;
use snell_extract::facts::{
    BindingKind, Element, Expression, ExpressionId, LogicalOperator, MemberKind, ModuleFacts,
};
use snell_project::{
    Project,
    module::{ClassRef, ExpressionRef, FunctionRef, In, Symbol},
    types::{Type, Types},
};

pub(super) use self::places::assigned;
use self::places::{getter, is_of_module};
use super::{
    calls,
    composed::{all_of, one_of},
};

/// What a value is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::rules) enum Material {
    /// The constant that is written here.
    Constant(ExpressionRef),
    /// Zeros: `Buffer.alloc(16)`.
    Zeros(ExpressionRef),
    /// The environment or the configuration: the same while the program runs.
    Environment,
    /// The same, and when it is not set, the constant that is written here.
    Fallback(ExpressionRef),
    /// On one way the constant that is written here, on others not known.
    Perhaps(ExpressionRef),
    /// Chance, drawn where it is used.
    Random,
    /// Chance, drawn once: where the module or the object begins.
    RandomOnce(ExpressionRef),
    /// The empty text, `null`, `undefined`.
    Nothing,
    /// Not known.
    Unknown,
}

/// Names inside names are followed this deep.
const DEPTH: u32 = 24;

/// What an expression is made of.
pub(in crate::rules) fn of(project: &Project, at: ExpressionRef) -> Material {
    Reader {
        project,
        types: Types::new(&project.modules),
        open: HashSet::new(),
    }
    .expression(at, DEPTH)
}

/// The text that an expression is, when it is a constant one.
pub(super) fn text(project: &Project, at: ExpressionRef) -> Option<SmolStr> {
    let Material::Constant(found) = of(project, at) else {
        return None;
    };
    let facts = project.modules.facts(found.module);
    match facts.expression(found.id) {
        Expression::String(text) => Some(text.clone()),
        Expression::Template { chunks, .. } => chunks.first().map(|chunk| chunk.text.clone()),
        _ => None,
    }
}

struct Reader<'p> {
    project: &'p Project,
    types: Types<'p>,
    /// Functions that are being read.
    open: HashSet<FunctionRef>,
}

/// Methods that give the same material in another form.
const SAME: [&str; 12] = [
    "slice",
    "substring",
    "substr",
    "subarray",
    "padEnd",
    "padStart",
    "repeat",
    "toString",
    "trim",
    "encode",
    "digest",
    "toBuffer",
];

impl Reader<'_> {
    #[allow(clippy::too_many_lines, reason = "one arm for each form")]
    fn expression(&mut self, at: ExpressionRef, depth: u32) -> Material {
        let Some(depth) = depth.checked_sub(1) else {
            return Material::Unknown;
        };
        let facts = self.project.modules.facts(at.module);
        let id = facts.unwrap_casts(at.id);
        let inside = |id: ExpressionId| In {
            module: at.module,
            id,
        };
        match facts.expression(id) {
            Expression::String(text) if text.is_empty() => Material::Nothing,
            Expression::Null | Expression::Undefined => Material::Nothing,
            Expression::String(_) | Expression::Number(_) => Material::Constant(inside(id)),
            Expression::Template { values, .. } if values.is_empty() => {
                Material::Constant(inside(id))
            }
            Expression::Template { values, .. } => {
                let parts = values
                    .iter()
                    .map(|value| self.expression(inside(*value), depth));
                all_of(parts.collect())
            }
            Expression::Array(elements) => {
                let plain = elements.iter().all(|element| {
                    matches!(element, Element::Value(value)
                        if matches!(facts.expression(*value), Expression::Number(_)))
                });
                match plain && !elements.is_empty() {
                    true => Material::Constant(inside(id)),
                    false => Material::Unknown,
                }
            }
            Expression::Await(value) => self.expression(inside(*value), depth),
            Expression::Conditional {
                then, otherwise, ..
            } => {
                let ways = [then, otherwise].map(|way| self.expression(inside(*way), depth));
                one_of(ways.to_vec())
            }
            Expression::Logical {
                operator,
                left,
                right,
            } => {
                let left = self.expression(inside(*left), depth);
                let right = self.expression(inside(*right), depth);
                match (operator, left, right) {
                    (LogicalOperator::And, _, right) => right,
                    (_, Material::Nothing, right) => right,
                    (_, Material::Environment, Material::Constant(at)) => Material::Fallback(at),
                    (_, Material::Environment, Material::Fallback(at)) => Material::Fallback(at),
                    (_, Material::Unknown, Material::Constant(at)) => Material::Perhaps(at),
                    (_, left, _) => left,
                }
            }
            Expression::Identifier {
                binding: Some(binding),
                ..
            } => {
                let within = self.project.modules.get(at.module).context.function(id);
                let symbol = self.project.modules.binding(at.module, *binding);
                let found = self.symbol(&symbol, depth);
                match found {
                    // Drawn outside of the function that uses it.
                    Material::Random if within.is_some() && is_of_module(self.project, &symbol) => {
                        Material::RandomOnce(inside(id))
                    }
                    found => found,
                }
            }
            Expression::Member {
                object, property, ..
            } => self.member(inside(id), *object, &property.text, depth),
            Expression::Index { object, .. } => match self.expression(inside(*object), depth) {
                found @ Material::Environment => found,
                _ => Material::Unknown,
            },
            Expression::Call { .. } | Expression::New { .. } => self.call(inside(id), depth),
            _ => Material::Unknown,
        }
    }

    fn symbol(&mut self, symbol: &Symbol, depth: u32) -> Material {
        match symbol {
            Symbol::Variable(variable) => {
                let facts = self.project.modules.facts(variable.module);
                let binding = facts.binding(variable.id);
                let inside = |id: ExpressionId| In {
                    module: variable.module,
                    id,
                };
                match &binding.kind {
                    BindingKind::Variable {
                        init: Some(init), ..
                    } if !binding.reassigned => {
                        let whole = self.expression(inside(init.value), depth);
                        let default = init.default.map(inside);
                        match (init.path.is_empty(), whole, default) {
                            (true, whole, _) => whole,
                            (_, Material::Environment, None) => Material::Environment,
                            (_, Material::Environment, Some(default)) => {
                                match self.expression(default, depth) {
                                    Material::Constant(at) => Material::Fallback(at),
                                    _ => Material::Environment,
                                }
                            }
                            _ => Material::Unknown,
                        }
                    }
                    _ => Material::Unknown,
                }
            }
            Symbol::Expression(value) => self.expression(*value, depth),
            _ => Material::Unknown,
        }
    }

    fn member(
        &mut self,
        at: ExpressionRef,
        object: ExpressionId,
        name: &str,
        depth: u32,
    ) -> Material {
        let project = self.project;
        let facts = project.modules.facts(at.module);
        let inside = |id: ExpressionId| In {
            module: at.module,
            id,
        };
        match facts.expression(facts.unwrap_casts(object)) {
            Expression::Identifier {
                name: root,
                binding: None,
            } if root == "process" && name == "env" => Material::Environment,
            Expression::This => {
                let object = facts.unwrap_casts(object);
                match project.modules.get(at.module).context.this_class(object) {
                    Some(class) => self.field(
                        In {
                            module: at.module,
                            id: class,
                        },
                        name,
                        depth,
                    ),
                    None => Material::Unknown,
                }
            }
            Expression::Member { .. } => match self.expression(inside(object), depth) {
                Material::Environment => Material::Environment,
                _ => self.of_object(inside(object), name, depth),
            },
            _ => self.of_object(inside(object), name, depth),
        }
    }

    /// `constants.NAME`: a property of an object literal, a static field, a name of a module.
    fn of_object(&mut self, object: ExpressionRef, name: &str, depth: u32) -> Material {
        match self.types.of(object) {
            Type::Object(literal) => {
                let facts = self.project.modules.facts(literal.module);
                if let Some(id) = calls::property(facts, literal.id, name) {
                    let module = literal.module;
                    return self.expression(In { module, id }, depth);
                }
                match getter(facts, literal.id, name) {
                    Some(id) => {
                        let module = literal.module;
                        self.function(In { module, id }, depth)
                    }
                    None => Material::Unknown,
                }
            }
            Type::Namespace(module) => {
                let symbol = self.project.modules.export(module, name);
                self.symbol(&symbol, depth)
            }
            Type::Constructor(class) | Type::Instance(class) => self.field(class, name, depth),
            _ => Material::Unknown,
        }
    }

    /// A field of a class: its initial value, or what the constructor assigns.
    fn field(&mut self, class: ClassRef, name: &str, depth: u32) -> Material {
        let facts = self.project.modules.facts(class.module);
        let declared = facts.class(class.id);
        let once = |found: Material, id: ExpressionId| match found {
            Material::Random => Material::RandomOnce(In {
                module: class.module,
                id,
            }),
            found => found,
        };
        let assigned = assigned(facts, facts.class(class.id).span, name);
        if let Some(member) = declared.member(name) {
            match member.kind {
                MemberKind::Field {
                    init: Some(init), ..
                } if assigned.is_empty() => {
                    let at = In {
                        module: class.module,
                        id: init,
                    };
                    return once(self.expression(at, depth), init);
                }
                MemberKind::Getter(id) => {
                    return self.function(
                        In {
                            module: class.module,
                            id,
                        },
                        depth,
                    );
                }
                _ => {}
            }
        }
        let ways = assigned.into_iter().map(|value| {
            let at = In {
                module: class.module,
                id: value,
            };
            once(self.expression(at, depth), value)
        });
        one_of(ways.collect())
    }

    fn call(&mut self, at: ExpressionRef, depth: u32) -> Material {
        let facts = self.project.modules.facts(at.module);
        let (callee, arguments) = match facts.expression(at.id) {
            Expression::Call {
                callee, arguments, ..
            }
            | Expression::New {
                callee, arguments, ..
            } => (facts.unwrap_casts(*callee), arguments),
            _ => return Material::Unknown,
        };
        let argument = |n: usize| {
            arguments.get(n).map(|argument| In {
                module: at.module,
                id: argument.value,
            })
        };
        let (name, object) = match facts.expression(callee) {
            Expression::Identifier { name, .. } => (name.as_str(), None),
            Expression::Member {
                object, property, ..
            } => (property.text.as_str(), Some(*object)),
            _ => return Material::Unknown,
        };
        let first = |reader: &mut Self| match argument(0) {
            Some(at) => reader.expression(at, depth),
            None => Material::Unknown,
        };
        match name {
            "randomBytes" | "randomFillSync" | "getRandomValues" | "randomUUID"
            | "pseudoRandomBytes" | "nanoid" => Material::Random,
            "alloc" => Material::Zeros(at),
            "scryptSync" | "pbkdf2Sync" | "scrypt" | "from" | "createSecretKey" | "Uint8Array"
            | "String" | "parse" | "decode" => first(self),
            "hkdfSync" => match argument(1) {
                Some(at) => self.expression(at, depth),
                None => Material::Unknown,
            },
            "get" | "getOrThrow" if object.is_some_and(|object| is_config(facts, object)) => {
                match argument(1).map(|at| self.expression(at, depth)) {
                    Some(Material::Constant(at)) => Material::Fallback(at),
                    _ => Material::Environment,
                }
            }
            "update" => match object.map(|object| self.digested(at, object, depth)) {
                None | Some(Material::Constant(_) | Material::Nothing) => first(self),
                // What goes into a digest beside constants makes it as secret as that is.
                Some(other) => other,
            },
            name if SAME.contains(&name) && object.is_some() => match object {
                Some(object) => self.expression(
                    In {
                        module: at.module,
                        id: object,
                    },
                    depth,
                ),
                None => Material::Unknown,
            },
            _ => match self.types.callee(In {
                module: at.module,
                id: callee,
            }) {
                Some(function) => self.function(function, depth),
                None => Material::Unknown,
            },
        }
    }

    /// What a digest was fed before: `createHash(name)` nothing, `createHmac(name, key)` its key.
    fn digested(&mut self, at: ExpressionRef, object: ExpressionId, depth: u32) -> Material {
        let facts = self.project.modules.facts(at.module);
        let object = facts.unwrap_casts(object);
        let Expression::Call {
            callee, arguments, ..
        } = facts.expression(object)
        else {
            return Material::Unknown;
        };
        let name = match facts.expression(facts.unwrap_casts(*callee)) {
            Expression::Identifier { name, .. } => name,
            Expression::Member { property, .. } => &property.text,
            _ => return Material::Unknown,
        };
        let inside = |id| In {
            module: at.module,
            id,
        };
        match (name.as_str(), arguments.get(1)) {
            ("createHash", _) => Material::Constant(at),
            ("createHmac", Some(key)) => self.expression(inside(key.value), depth),
            _ => self.expression(inside(object), depth),
        }
    }

    /// What a function gives back, when that is no matter of its parameters.
    fn function(&mut self, function: FunctionRef, depth: u32) -> Material {
        if !self.open.insert(function) {
            return Material::Unknown;
        }
        let facts = self.project.modules.facts(function.module);
        let values = facts.function(function.id).body.returned();
        let found = values
            .into_iter()
            .map(|id| {
                self.expression(
                    In {
                        module: function.module,
                        id,
                    },
                    depth,
                )
            })
            .collect();
        self.open.remove(&function);
        one_of(found)
    }
}

/// `this.config`, `configService`, `env`
pub(super) fn is_config(facts: &ModuleFacts, object: ExpressionId) -> bool {
    let name = match facts.expression(facts.unwrap_casts(object)) {
        Expression::Identifier { name, .. } => name,
        Expression::Member { property, .. } => &property.text,
        _ => return false,
    };
    let lower = name.to_ascii_lowercase();
    lower.contains("config") || lower.contains("env")
}
