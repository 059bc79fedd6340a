//! Texts of unexpected errors that are sent to clients.

mod caught;
mod kept;

use snell_extract::facts::{
    BinaryOperator, BindingId, BindingKind, Block, Expression, ExpressionId, ExpressionKind,
    FunctionBody, FunctionId, MemberKind, ModuleFacts, Pattern, Statement, UnaryOperator,
    walk::{self, Visitor},
};
use snell_project::module::{In, ModuleId};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity, Span};

use self::caught::Caught;
use super::calls;
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "security/error-leak",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "The text of an unexpected error is sent to the client",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Functions that hand a text on as it is.
const ANSWERS: [&str; 12] = [
    "json",
    "send",
    "end",
    "write",
    "status",
    "code",
    "reply",
    "getResponse",
    "String",
    "stringify",
    "concat",
    "body",
];

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (module, facts) in calls::modules(context) {
        for class in &facts.classes {
            let Some(MemberKind::Method(method)) = class.member("catch").map(|member| &member.kind)
            else {
                continue;
            };
            let filters = class.decorators.iter().find(|one| one.name == "Catch");
            let Some(filter) = filters else { continue };
            let caught = Caught::of(facts, filter.expression);
            let name = class.name.as_ref().map_or("", |name| name.text.as_str());
            if let Some(leak) = in_filter(context, module, *method, caught) {
                found.push(finding(context, module, &leak, &format!("class:{name}")));
            }
        }
        found.extend(in_handlers(context, module, facts));
    }
    found
}

/// A place where an error's text leaves.
struct Leak {
    /// `error.message`
    at: Span,
    /// What makes the error unexpected.
    why: &'static str,
    /// The query that fails, when it is known.
    query: Option<Span>,
}

fn in_filter(
    context: &Context<'_>,
    module: ModuleId,
    method: FunctionId,
    caught: Caught,
) -> Option<Leak> {
    if caught == Caught::Own {
        return None;
    }
    let facts = context.project.modules.facts(module);
    let function = facts.function(method);
    let Pattern::Binding(error) = function.parameters.first()?.pattern else {
        return None;
    };
    let FunctionBody::Block(body) = &function.body else {
        return None;
    };
    let text = context.text(context.project.modules.at(module, function.span));
    if !["json", "send", "reply", "graphql", "GraphQLError"]
        .iter()
        .any(|word| text.contains(word))
    {
        return None;
    }
    let mut search = Search::of(context, module, error);
    search.block(facts, body);
    Some(Leak {
        at: search.found?,
        why: match caught {
            Caught::Prisma => "it names tables, columns and the line of the code",
            _ => "of an error that nobody expected, of Prisma as well",
        },
        query: None,
    })
}

/// `catch (error) { throw new HttpException(error.message) }` around a query.
fn in_handlers<'a>(
    context: &'a Context<'a>,
    module: ModuleId,
    facts: &'a ModuleFacts,
) -> Vec<Diagnostic> {
    let mut handlers = Handlers {
        context,
        module,
        found: Vec::new(),
    };
    if context.project.calls.of_module(module).next().is_some() {
        walk::walk_module(&mut handlers, facts);
    }
    let mut found = Vec::new();
    for (leak, place) in handlers.found {
        let around = calls::around(context, module, place);
        found.push(finding(context, module, &leak, &format!("catch:{around}")));
    }
    found
}

struct Handlers<'a> {
    context: &'a Context<'a>,
    module: ModuleId,
    found: Vec<(Leak, ExpressionId)>,
}

impl Visitor for Handlers<'_> {
    fn statement(&mut self, facts: &ModuleFacts, statement: &snell_extract::facts::StatementNode) {
        if let Statement::Try {
            block,
            parameter: Some(Pattern::Binding(error)),
            handler: Some(handler),
            ..
        } = &statement.kind
            && let Some((query, at)) = self.query(block)
        {
            let mut search = Search::of(self.context, self.module, *error);
            search.returns = self.is_handler(at);
            search.leaving(facts, handler);
            if let Some(found) = search.found {
                let leak = Leak {
                    at: found,
                    why: "it may be Prisma's: it names tables, columns and the line of the code",
                    query: Some(query),
                };
                self.found.push((leak, at));
            }
        }
        walk::walk_statement(self, facts, statement);
    }
}

impl Handlers<'_> {
    /// Whether the function around an expression answers requests.
    fn is_handler(&self, at: ExpressionId) -> bool {
        let found = self.context.project.modules.get(self.module);
        let inner = found.context.function(at);
        let inner = inner.map(|id| found.facts.outermost(id));
        let module = self.module;
        inner.is_some_and(|id| {
            let endpoints = &self.context.project.endpoints;
            endpoints
                .iter()
                .any(|endpoint| endpoint.handler == In { module, id })
        })
    }

    /// The first query among the statements of a `try`.
    fn query(&self, block: &Block) -> Option<(Span, ExpressionId)> {
        let first = block.first()?.span;
        let last = block.last()?.span;
        let span = first.cover(last);
        let facts = self.context.project.modules.facts(self.module);
        self.context
            .project
            .calls
            .of_module(self.module)
            .find(|(_, call)| span.contains(facts.span(call.expression)))
            .map(|(_, call)| (call.name.span, call.expression))
    }
}

/// Looks for `error.message` where it leaves.
struct Search<'a> {
    context: &'a Context<'a>,
    module: ModuleId,
    /// The error, and names that stand for it: `const e = error as Error`.
    names: Vec<BindingId>,
    found: Option<Span>,
    /// Whether what is looked at is sent.
    leaves: bool,
    /// Whether what the function gives back is sent.
    returns: bool,
}

impl<'a> Search<'a> {
    fn of(context: &'a Context<'a>, module: ModuleId, error: BindingId) -> Self {
        let facts = context.project.modules.facts(module);
        let mut names = vec![error];
        for (n, binding) in (0u32..).zip(&facts.bindings) {
            if let BindingKind::Variable {
                init: Some(init), ..
            } = &binding.kind
                && init.path.is_empty()
                && matches!(facts.expression(facts.unwrap_casts(init.value)),
                    Expression::Identifier { binding: Some(of), .. } if *of == error)
            {
                names.push(BindingId(n));
            }
        }
        Search {
            context,
            module,
            names,
            found: None,
            leaves: true,
            returns: true,
        }
    }

    fn block(&mut self, facts: &ModuleFacts, block: &Block) {
        for statement in block {
            self.statement(facts, statement);
            // What follows is about errors of a kind where all others left.
            if let Statement::If { test, then, .. } = &statement.kind
                && then.last().is_some_and(|last| {
                    matches!(last.kind, Statement::Return(_) | Statement::Throw(_))
                })
                && self.asks(facts, *test) == Asked::Others
            {
                break;
            }
        }
    }

    /// Only what a handler throws, returns or answers leaves it.
    fn leaving(&mut self, facts: &ModuleFacts, block: &Block) {
        self.leaves = false;
        self.block(facts, block);
    }

    /// Whether a condition asks what the error is, or where the code runs.
    fn asks(&self, facts: &ModuleFacts, test: ExpressionId) -> Asked {
        let text = self.context.text(
            self.context
                .project
                .modules
                .at(self.module, facts.span(test)),
        );
        if [
            "NODE_ENV",
            "isProd",
            "isDev",
            "nodeEnv",
            "development",
            "debug",
        ]
        .iter()
        .any(|word| text.contains(word))
        {
            return Asked::Place;
        }
        match facts.expression(facts.unwrap_casts(test)) {
            Expression::Binary {
                operator: BinaryOperator::Instanceof,
                right,
                ..
            } => match facts.expression(*right) {
                Expression::Identifier { name, .. }
                    if name == "Error" || name.starts_with("PrismaClient") =>
                {
                    Asked::Any
                }
                Expression::Member { property, .. }
                    if property.text.starts_with("PrismaClient") =>
                {
                    Asked::Any
                }
                _ => Asked::Kind,
            },
            // `!(error instanceof HttpException)`: what follows is about all others.
            Expression::Unary {
                operator: UnaryOperator::Not,
                operand,
            } if matches!(
                facts.expression(facts.unwrap_casts(*operand)),
                Expression::Binary {
                    operator: BinaryOperator::Instanceof,
                    ..
                }
            ) && self.asks(facts, *operand) == Asked::Kind =>
            {
                Asked::Others
            }
            // Anything else that is asked of the error may know it.
            _ if self.mentions(facts, test) && !text.contains("'message' in") => Asked::Kind,
            _ => Asked::Any,
        }
    }

    fn mentions(&self, facts: &ModuleFacts, id: ExpressionId) -> bool {
        let span = facts.span(id);
        facts.all([ExpressionKind::Identifier]).any(|(_, node)| {
            span.contains(node.span)
                && matches!(node.kind, Expression::Identifier { binding: Some(of), .. } if self.names.contains(&of))
        })
    }
}

/// What a condition asks.
#[derive(PartialEq, Eq)]
enum Asked {
    /// Where the code runs.
    Place,
    /// Which error it is.
    Kind,
    /// Whether it is none of a kind.
    Others,
    /// Nothing of these.
    Any,
}

impl Visitor for Search<'_> {
    fn statement(&mut self, facts: &ModuleFacts, statement: &snell_extract::facts::StatementNode) {
        let outer = self.leaves;
        match &statement.kind {
            Statement::If {
                test,
                then,
                otherwise,
            } => match self.asks(facts, *test) {
                Asked::Place => {}
                Asked::Kind => {
                    if let Some(otherwise) = otherwise {
                        self.block(facts, otherwise);
                    }
                }
                Asked::Others => self.block(facts, then),
                Asked::Any => {
                    self.block(facts, then);
                    if let Some(otherwise) = otherwise {
                        self.block(facts, otherwise);
                    }
                }
            },
            // What only a log is told of stays here.
            Statement::Variable { declarators, .. }
                if declarators
                    .iter()
                    .all(|one| kept::is_kept(self.context, self.module, &one.target)) => {}
            Statement::Throw(_) => {
                self.leaves = true;
                walk::walk_statement(self, facts, statement);
            }
            Statement::Return(_) => {
                self.leaves |= self.returns;
                walk::walk_statement(self, facts, statement);
            }
            _ => walk::walk_statement(self, facts, statement),
        }
        self.leaves = outer;
    }

    fn expression(&mut self, facts: &ModuleFacts, id: ExpressionId) {
        if self.found.is_some() {
            return;
        }
        match facts.expression(id) {
            Expression::Conditional {
                test,
                then,
                otherwise,
            } => match self.asks(facts, *test) {
                Asked::Place => {}
                Asked::Kind => self.expression(facts, *otherwise),
                Asked::Others => self.expression(facts, *then),
                Asked::Any => {
                    self.expression(facts, *then);
                    self.expression(facts, *otherwise);
                }
            },
            Expression::Call { callee, .. } => {
                let name = match facts.expression(*callee) {
                    Expression::Member { property, .. } => property.text.as_str(),
                    Expression::Identifier { name, .. } => name.as_str(),
                    _ => "",
                };
                if kept::KEEPS.contains(&name) || kept::is_keeper(facts, *callee) {
                    return;
                }
                let answers = ANSWERS.contains(&name);
                let outer = self.leaves;
                self.leaves |= matches!(name, "json" | "send" | "end" | "write");
                if answers {
                    walk::walk_expression(self, facts, id);
                } else {
                    // What another function makes of the text is not known.
                    self.expression(facts, *callee);
                }
                self.leaves = outer;
            }
            // `throw new Error(error.message)` stays inside: a filter answers.
            Expression::New { callee, .. } => {
                let plain = matches!(facts.expression(*callee), Expression::Identifier { name, .. }
                    if !name.ends_with("Exception") && !name.ends_with("HttpError") && name != "GraphQLError" && name != "TRPCError");
                if !plain {
                    walk::walk_expression(self, facts, id);
                }
            }
            Expression::Member {
                object, property, ..
            } if matches!(property.text.as_str(), "message" | "stack")
                && self.leaves
                && matches!(facts.expression(facts.unwrap_casts(*object)),
                    Expression::Identifier { binding: Some(of), .. } if self.names.contains(of)) =>
            {
                self.found = Some(facts.span(id));
            }
            _ => walk::walk_expression(self, facts, id),
        }
    }

    fn function(&mut self, _: &ModuleFacts, _: FunctionId) {}
}

fn finding(context: &Context<'_>, module: ModuleId, leak: &Leak, subject: &str) -> Diagnostic {
    let modules = &context.project.modules;
    let at = modules.at(module, leak.at);
    let what = crate::functions::short(context.text(at));
    let mut found = Diagnostic::at(
        &RULE.metadata,
        at,
        format!("`{what}` of an unexpected error is sent to the client"),
    )
    .label(leak.why);
    if let Some(query) = leak.query {
        found = found.related(modules.at(module, query), "a query that may fail");
    }
    found
        .confidence(Confidence::Likely)
        .help("log the error, and answer with a text of your own")
        .subject(subject.to_owned())
}
