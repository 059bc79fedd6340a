//! Guards that let everybody through who says so: `if (body.operationName === 'login') return true`, before anybody has
//! been asked who they are.

use snell_extract::facts::{
    BinaryOperator, BindingKind, Block, Class, Expression, ExpressionId, FunctionBody, FunctionId,
    LogicalOperator, ModuleFacts, PatternStep, Statement,
};
use snell_project::module::ModuleId;
use snell_source::{Confidence, Diagnostic, Span};

use super::{RULE, lets_through};
use crate::rule::Context;

/// Parts of a request that the client writes as it likes.
const PARTS: [&str; 4] = ["body", "query", "headers", "cookies"];

/// Words in the names of what proves who somebody is, and is worth something only where it is right.
const PROOFS: [&str; 9] = [
    "authoriz",
    "token",
    "secret",
    "signature",
    "key",
    "jwt",
    "session",
    "password",
    "hmac",
];

/// Words of what asks who somebody is.
const VERIFIES: [&str; 6] = [
    "verify",
    "validate",
    "super.canactivate",
    "decode",
    "getsession",
    "authenticate",
];

/// Methods of texts and lists that say how they are alike.
const ALIKE: [&str; 3] = ["includes", "startsWith", "endsWith"];

/// Steps on the way to where a value comes from.
const DEPTH: u32 = 12;

/// The guard's way out that the client opens.
pub(super) fn finding(
    context: &Context<'_>,
    module: ModuleId,
    class: &Class,
    method: FunctionId,
) -> Option<Diagnostic> {
    let facts = context.project.modules.facts(module);
    let FunctionBody::Block(block) = &facts.function(method).body else {
        return None;
    };
    let guard = Guard {
        context,
        module,
        facts,
        start: facts.function(method).span.start,
    };
    let (test, sent, passes) = guard.opening(block).filter(|_| guard.refuses(method))?;
    let name = class.name.as_ref().map_or("", |name| name.text.as_str());
    let modules = &context.project.modules;
    let what = crate::functions::short(guard.text(facts.span(sent)));
    Some(
        Diagnostic::at(
            &RULE.metadata,
            modules.at(module, facts.span(test)),
            format!("`{name}` lets everybody through who sends the right `{what}`"),
        )
        .label("the client writes this as it likes")
        .related(modules.at(module, passes), "nobody is asked who they are")
        .confidence(Confidence::Likely)
        .help("mark the endpoints that are for everybody at themselves, with metadata that the guard reads")
        .subject(format!("class:{name} sent")),
    )
}

struct Guard<'a> {
    context: &'a Context<'a>,
    module: ModuleId,
    facts: &'a ModuleFacts,
    /// Where the method begins.
    start: u32,
}

impl Guard<'_> {
    fn text(&self, span: Span) -> &str {
        let at = self.context.project.modules.at(self.module, span);
        self.context.text(at)
    }

    /// Whether somebody is not let through: it throws, or gives back something else than `true`.
    fn refuses(&self, method: FunctionId) -> bool {
        let text = self.text(self.facts.function(method).span);
        let passes = text.matches("return true").count();
        text.contains("throw ") || text.matches("return ").count() > passes
    }

    /// A condition under which everybody is let through, what of it the client sends, and what lets through.
    fn opening(&self, block: &Block) -> Option<(ExpressionId, ExpressionId, Span)> {
        block.iter().find_map(|statement| match &statement.kind {
            Statement::If {
                test,
                then,
                otherwise,
            } => {
                let here = lets_through(self.facts, then).and_then(|passes| {
                    let sent = self.said(*test)?;
                    self.is_first(*test).then_some((*test, sent, passes))
                });
                here.or_else(|| self.opening(then))
                    .or_else(|| self.opening(otherwise.as_ref()?))
            }
            Statement::Try { block, .. } | Statement::Block(block) => self.opening(block),
            _ => None,
        })
    }

    /// Whether nobody has been asked who they are before.
    fn is_first(&self, test: ExpressionId) -> bool {
        let before = Span::new(self.start, self.facts.span(test).end);
        let before = self.text(before).to_ascii_lowercase();
        !VERIFIES.iter().any(|word| before.contains(word))
    }

    /// What the client sends, where a condition compares that with a text, and holds when it is so.
    fn said(&self, test: ExpressionId) -> Option<ExpressionId> {
        let facts = self.facts;
        let constant = |id: ExpressionId| {
            matches!(
                facts.expression(facts.unwrap_casts(id)),
                Expression::String(_) | Expression::Boolean(true) | Expression::Number(_)
            )
        };
        match facts.expression(facts.unwrap_casts(test)) {
            Expression::Logical {
                operator: LogicalOperator::Or,
                left,
                right,
            } => self.said(*left).or_else(|| self.said(*right)),
            Expression::Logical {
                operator: LogicalOperator::And,
                left,
                right,
            } => {
                let sent = self.said(*right);
                let plain = |id: &ExpressionId| self.said(*id).is_some() || self.is_sent(*id);
                sent.filter(|_| plain(left))
            }
            Expression::Binary {
                operator: BinaryOperator::Equal,
                left,
                right,
            } => match (constant(*left), constant(*right)) {
                (false, true) => self.is_sent(*left).then_some(*left),
                (true, false) => self.is_sent(*right).then_some(*right),
                _ => None,
            },
            Expression::Call {
                callee, arguments, ..
            } => match facts.expression(*callee) {
                Expression::Member {
                    object, property, ..
                } if ALIKE.contains(&property.text.as_str()) => {
                    let first = arguments.first()?.value;
                    let list = matches!(
                        facts.expression(facts.unwrap_casts(*object)),
                        Expression::Array(_)
                    );
                    match list {
                        true => self.is_sent(first).then_some(first),
                        false => (constant(first) && self.is_sent(*object)).then_some(*object),
                    }
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether a value is one that the client sends, and no proof of who they are.
    fn is_sent(&self, id: ExpressionId) -> bool {
        let mut names = Vec::new();
        let of_request = self.way(id, &mut names, DEPTH);
        let lower = |name: &String| name.to_ascii_lowercase();
        let is_part = |name: &String| PARTS.contains(&name.as_str());
        let is_proof = |name: &String| {
            let name = lower(name);
            PROOFS.iter().any(|word| name.contains(word))
        };
        of_request && names.iter().any(is_part) && !names.iter().any(is_proof)
    }

    /// The names on the way to a value, and whether that begins at the request.
    fn way(&self, id: ExpressionId, names: &mut Vec<String>, depth: u32) -> bool {
        let facts = self.facts;
        let Some(depth) = depth.checked_sub(1) else {
            return false;
        };
        match facts.expression(facts.unwrap_casts(id)) {
            Expression::Member {
                object, property, ..
            } => {
                names.push(property.text.to_string());
                self.way(*object, names, depth)
            }
            Expression::Index { object, index, .. } => match facts.expression(*index) {
                Expression::String(text) => {
                    names.push(text.to_string());
                    self.way(*object, names, depth)
                }
                _ => false,
            },
            Expression::Call { callee, .. } => match facts.expression(*callee) {
                Expression::Member {
                    object, property, ..
                } => match property.text.as_str() {
                    "getRequest" | "getContext" => true,
                    "toLowerCase" | "toUpperCase" | "trim" | "toString" => {
                        self.way(*object, names, depth)
                    }
                    _ => false,
                },
                _ => false,
            },
            Expression::Identifier {
                binding: Some(binding),
                ..
            } => match &facts.binding(*binding).kind {
                BindingKind::Variable {
                    init: Some(init), ..
                } => {
                    for step in &init.path {
                        match step {
                            PatternStep::Property(name) => names.push(name.to_string()),
                            _ => return false,
                        }
                    }
                    self.way(init.value, names, depth)
                }
                BindingKind::Parameter { .. } => true,
                _ => false,
            },
            _ => false,
        }
    }
}
