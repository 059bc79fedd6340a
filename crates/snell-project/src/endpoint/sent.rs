//! What a guard looks at of that which the client sent: which keys, when
//! these can be told.

use smol_str::SmolStr;
use snell_extract::facts::{
    BindingKind, Expression, ExpressionId, LogicalOperator, ModuleFacts, PatternStep,
};
use snell_source::Span;

use super::scan;
use crate::module::{ClassRef, Context, In, ModuleId, Modules, Symbol};

/// A key of what the client sent.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct SentKey {
    /// The decorator that would hand it over: `Param`, `Query`, `Body`, `Args`.
    pub part: &'static str,
    /// The name in it, or the way: `where.id`.
    pub name: SmolStr,
}

/// The parts of a request, by the property that holds them.
const PARTS: [(&str, &str); 7] = [
    ("params", "Param"),
    ("query", "Query"),
    ("body", "Body"),
    ("args", "Args"),
    ("getArgs", "Args"),
    ("variables", "Args"),
    ("variableValues", "Args"),
];

/// The part of what a procedure is handed that the client sent.
const INPUTS: [(&str, &str); 3] = [
    ("input", "Args"),
    ("rawInput", "Args"),
    ("getRawInput", "Args"),
];

/// Properties that hold more than can be told apart.
const ANYTHING: [&str; 2] = ["getArgByIndex", "getData"];

/// The way to an endpoint as it was written, with all keys that stand in it.
const WRITTEN_OUT: &str = "originalUrl";

/// Methods that take a text apart.
const TAKES_APART: [&str; 8] = [
    "split",
    "match",
    "matchAll",
    "exec",
    "substring",
    "slice",
    "replace",
    "at",
];

/// Names that are handed on are followed so often.
const DEPTH: u32 = 4;

/// The keys that a class reads of what the client sent; `None` when it may
/// read any.
pub(super) fn keys(modules: &Modules, class: ClassRef) -> Option<Vec<SentKey>> {
    let span = modules.facts(class.module).class(class.id).span;
    keys_inside(modules, class.module, span)
}

/// The same of what stands inside a span: a function.
pub(super) fn keys_inside(modules: &Modules, module: ModuleId, span: Span) -> Option<Vec<SentKey>> {
    read(modules, module, span, &PARTS)
}

/// The keys that a middleware of procedures reads of the input; `None` when it may read any.
pub(super) fn inputs(modules: &Modules, module: ModuleId, span: Span) -> Option<Vec<SentKey>> {
    read(modules, module, span, &INPUTS)
}

/// Functions that are handed the request are followed so often.
const CALLS: u32 = 2;

/// The keys that are read inside a span, and by the functions that are handed the request there.
fn read(modules: &Modules, module: ModuleId, span: Span, parts: Parts) -> Option<Vec<SentKey>> {
    let mut found = Vec::new();
    read_through(modules, module, span, parts, CALLS, &mut found)?;
    Some(found)
}

fn read_through(
    modules: &Modules,
    module: ModuleId,
    span: Span,
    parts: Parts,
    depth: u32,
    found: &mut Vec<SentKey>,
) -> Option<()> {
    found.extend(read_here(modules, module, span, parts)?);
    let Some(depth) = depth.checked_sub(1) else {
        return Some(());
    };
    let facts = modules.facts(module);
    for (_, node) in scan::inside(modules, module, span) {
        let Expression::Call {
            callee, arguments, ..
        } = &node.kind
        else {
            continue;
        };
        if !arguments.iter().any(|one| is_request(facts, one.value)) {
            continue;
        }
        let callee = In {
            module,
            id: *callee,
        };
        // Methods of the class itself stand inside the span already.
        if let Symbol::Function(called) = scan::symbol(modules, callee) {
            let body = modules.facts(called.module).function(called.id).span;
            if called.module != module || !span.contains(body) {
                read_through(modules, called.module, body, parts, depth, found)?;
            }
        }
    }
    Some(())
}

/// Whether a value is called like the request, or what holds it.
fn is_request(facts: &ModuleFacts, id: ExpressionId) -> bool {
    let Expression::Identifier { name, .. } = facts.expression(facts.unwrap_casts(id)) else {
        return false;
    };
    let lower = name.to_ascii_lowercase();
    lower == "req" || lower.ends_with("request") || matches!(&*lower, "ctx" | "context")
}

fn read_here(
    modules: &Modules,
    module: ModuleId,
    span: Span,
    parts: Parts,
) -> Option<Vec<SentKey>> {
    let facts = modules.facts(module);
    let reader = Reader {
        facts,
        context: &modules.get(module).context,
        span,
        parts,
    };
    let mut found = Vec::new();
    for (id, node) in scan::inside(modules, module, span) {
        let name = match &node.kind {
            Expression::Member { property, .. } => property.text.as_str(),
            Expression::Index { index, .. } => match facts.expression(*index) {
                Expression::String(text) => text.as_str(),
                _ => continue,
            },
            _ => continue,
        };
        if ANYTHING.contains(&name) || name == WRITTEN_OUT && reader.takes_texts_apart() {
            return None;
        }
        if let Some(part) = part(parts, name) {
            // `context.getArgs()`: what is called gives the part.
            let whole = reader.called(id).unwrap_or(id);
            reader.of(whole, part, DEPTH, &mut found)?;
        }
    }
    reader.taken_apart(&mut found)?;
    Some(found)
}

/// Properties, and the parts of a request that they hold.
type Parts = &'static [(&'static str, &'static str)];

fn part(parts: Parts, name: &str) -> Option<&'static str> {
    let found = parts.iter().find(|(property, _)| *property == name);
    found.map(|(_, part)| *part)
}

struct Reader<'a> {
    facts: &'a ModuleFacts,
    context: &'a Context,
    span: Span,
    parts: Parts,
}

impl Reader<'_> {
    fn expressions(&self) -> impl Iterator<Item = (ExpressionId, &Expression)> {
        let all = self.facts.expressions.iter().zip(0u32..);
        all.filter(|(node, _)| self.span.contains(node.span))
            .map(|(node, n)| (ExpressionId(n), &node.kind))
    }

    fn is(&self, id: ExpressionId, whole: ExpressionId) -> bool {
        self.facts.unwrap_casts(id) == whole
    }

    /// Whether a text that is called like a way is taken apart: what it is compared with, and what is written to a log,
    /// tells no key from another.
    fn takes_texts_apart(&self) -> bool {
        let names_way = |span: Span| {
            self.expressions().any(|(id, kind)| {
                let name = match kind {
                    Expression::Member { property, .. } => &property.text,
                    Expression::Identifier { name, .. } => name,
                    _ => return false,
                };
                let lower = name.to_ascii_lowercase();
                let way = ["url", "path", "route"]
                    .iter()
                    .any(|word| lower.contains(word));
                way && span.contains(self.facts.span(id))
            })
        };
        self.expressions().any(|(_, kind)| match kind {
            Expression::Call {
                callee, arguments, ..
            } => match self.facts.expression(*callee) {
                Expression::Member {
                    object, property, ..
                } if TAKES_APART.contains(&property.text.as_str()) => {
                    names_way(self.facts.span(*object))
                        || arguments
                            .iter()
                            .any(|given| names_way(self.facts.span(given.value)))
                }
                _ => false,
            },
            Expression::New { arguments, .. } => arguments
                .iter()
                .any(|given| names_way(self.facts.span(given.value))),
            _ => false,
        })
    }

    /// The call of an expression.
    fn called(&self, id: ExpressionId) -> Option<ExpressionId> {
        self.expressions().find_map(|(call, kind)| match kind {
            Expression::Call { callee, .. } if self.is(*callee, id) => Some(call),
            _ => None,
        })
    }

    /// The keys that are read of an expression that is a whole part.
    fn of(
        &self,
        whole: ExpressionId,
        part: &'static str,
        depth: u32,
        found: &mut Vec<SentKey>,
    ) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        let mut uses = 0;
        for (id, kind) in self.expressions() {
            match kind {
                Expression::Member {
                    object, property, ..
                } if self.is(*object, whole) => {
                    add(found, part, &property.text);
                }
                Expression::Index { object, index, .. } if self.is(*object, whole) => {
                    match self.facts.expression(*index) {
                        Expression::String(name) => add(found, part, name),
                        _ => return None,
                    }
                }
                // `req.body ?? {}`, `req.body && req.body.id`
                Expression::Logical {
                    operator: LogicalOperator::Coalesce,
                    left,
                    ..
                } if self.is(*left, whole) => self.of(id, part, depth, found)?,
                Expression::Logical { left, .. } if self.is(*left, whole) => {
                    self.of(id, part, depth, found).unwrap_or_default();
                }
                Expression::Await(value) if self.is(*value, whole) => {
                    self.of(id, part, depth, found)?;
                }
                // Whether there is any, and of what kind it is: nothing of it is read.
                Expression::Unary { operand, .. } if self.is(*operand, whole) => {}
                Expression::Binary { left, right, .. }
                    if self.is(*left, whole) || self.is(*right, whole) => {}
                Expression::Call {
                    callee, arguments, ..
                } if self.is_list_test(*callee)
                    && arguments.iter().any(|given| self.is(given.value, whole)) => {}
                _ => continue,
            }
            uses += 1;
        }
        for (binding, n) in self.facts.bindings.iter().zip(0u32..) {
            let BindingKind::Variable {
                init: Some(init), ..
            } = &binding.kind
            else {
                continue;
            };
            if !self.span.contains(binding.span) || !self.is(init.value, whole) {
                continue;
            }
            uses += 1;
            match init.path.first() {
                Some(PatternStep::Property(name)) => add(found, part, name),
                Some(_) => return None,
                None => self.named(n, part, depth, found)?,
            }
        }
        (uses > 0).then_some(())
    }

    /// The keys that are read of a name that stands for a whole part.
    fn named(
        &self,
        binding: u32,
        part: &'static str,
        depth: u32,
        found: &mut Vec<SentKey>,
    ) -> Option<()> {
        for (id, kind) in self.expressions() {
            let named = matches!(kind,
                Expression::Identifier { binding: Some(of), .. } if of.0 == binding);
            // `if (input)`: what stands alone in a statement is asked whether it is there.
            if named && (self.context.parent(id).is_some() || self.is_initial(id)) {
                self.of(id, part, depth, found)?;
            }
        }
        Some(())
    }

    /// Whether a variable is made of an expression.
    fn is_initial(&self, id: ExpressionId) -> bool {
        self.facts.bindings.iter().any(|binding| {
            matches!(&binding.kind, BindingKind::Variable { init: Some(init), .. }
                if self.is(init.value, id))
        })
    }

    /// `Array.isArray`
    fn is_list_test(&self, callee: ExpressionId) -> bool {
        matches!(self.facts.expression(callee), Expression::Member { property, .. }
            if property.text == "isArray")
    }

    /// `const { params, user } = request`, `const { body: { id } } = request`
    fn taken_apart(&self, found: &mut Vec<SentKey>) -> Option<()> {
        for (binding, n) in self.facts.bindings.iter().zip(0u32..) {
            if !self.span.contains(binding.span) {
                continue;
            }
            let path = match &binding.kind {
                BindingKind::Variable {
                    init: Some(init), ..
                } => &init.path,
                BindingKind::Parameter { path, .. } => path,
                _ => continue,
            };
            let mut steps = path.iter();
            let whole = steps.find_map(|step| match step {
                PatternStep::Property(name) => part(self.parts, name),
                _ => None,
            });
            let Some(part) = whole else { continue };
            match steps.next() {
                Some(PatternStep::Property(name)) => add(found, part, name),
                Some(_) => return None,
                None => self.named(n, part, DEPTH, found)?,
            }
        }
        Some(())
    }
}

fn add(found: &mut Vec<SentKey>, part: &'static str, name: &SmolStr) {
    let key = SentKey {
        part,
        name: name.clone(),
    };
    if !found.contains(&key) {
        found.push(key);
    }
}
