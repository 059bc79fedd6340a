//! Guards that let everybody through when a setting is missing.

use snell_extract::facts::{
    BinaryOperator, Block, Class, Expression, ExpressionId, FunctionBody, FunctionId,
    LogicalOperator, MemberKind, Pattern, Statement, StatementNode, UnaryOperator,
};
use snell_project::module::{ExpressionRef, In, ModuleId};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity, Span};

use super::{
    calls,
    material::{self, Material},
};
use crate::rule::{Context, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "security/guard-fails-open",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A guard lets everybody through when a setting is missing",
        page: include_str!("rule.md"),
        since: "0.1.0",
    },
    check,
};

/// Words in the text of a guard that asks who somebody is.
const ASKS: [&str; 12] = [
    "authorization",
    "unauthorized",
    "headers",
    "api_key",
    "token",
    "signature",
    "secret",
    "apikey",
    "api-key",
    "x-api",
    "session",
    "jwt",
];

/// Words in the names of guards that keep nobody from anything.
const OTHER: [&str; 5] = ["throttl", "ratelimit", "captcha", "feature", "maintenance"];

/// Words by which code asks where it runs.
const WHERE: [&str; 8] = [
    "NODE_ENV",
    "nodeEnv",
    "isProd",
    "isDev",
    "APP_ENV",
    "'production'",
    "'development'",
    "\"production\"",
];

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (module, facts) in calls::modules(context) {
        for class in &facts.classes {
            let name = class.name.as_ref().map_or("", |name| name.text.as_str());
            let lower = name.to_ascii_lowercase();
            if OTHER.iter().any(|word| lower.contains(word)) || !asks(context, module, class) {
                continue;
            }
            let Some(MemberKind::Method(method)) = class.member("canActivate").map(|m| &m.kind)
            else {
                continue;
            };
            let guard = Guard {
                context,
                module,
                class,
            };
            if let Some(open) = guard.opening(*method) {
                found.push(guard.finding(name, &open));
            }
        }
    }
    found
}

fn asks(context: &Context<'_>, module: ModuleId, class: &Class) -> bool {
    let at = context.project.modules.at(module, class.span);
    let text = context.text(at).to_ascii_lowercase();
    ASKS.iter().any(|word| text.contains(word))
}

/// Where a guard gives up.
struct Opening {
    /// The condition.
    test: ExpressionId,
    /// What is missing then.
    missing: ExpressionId,
    /// What lets through.
    passes: Span,
}

struct Guard<'a> {
    context: &'a Context<'a>,
    module: ModuleId,
    class: &'a Class,
}

impl Guard<'_> {
    fn facts(&self) -> &snell_extract::facts::ModuleFacts {
        self.context.project.modules.facts(self.module)
    }

    fn at(&self, id: ExpressionId) -> ExpressionRef {
        In {
            module: self.module,
            id,
        }
    }

    fn text(&self, span: Span) -> &str {
        self.context
            .text(self.context.project.modules.at(self.module, span))
    }

    fn opening(&self, method: FunctionId) -> Option<Opening> {
        match &self.facts().function(method).body {
            FunctionBody::Block(block) => self.in_block(block),
            FunctionBody::Expression(value) => self.in_value(*value),
            FunctionBody::None => None,
        }
    }

    fn in_block(&self, block: &Block) -> Option<Opening> {
        block.iter().find_map(|statement| match &statement.kind {
            Statement::If {
                test,
                then,
                otherwise,
            } => {
                if self.asks_where(self.facts().span(*test)) {
                    return None;
                }
                let here = self.passes(then).and_then(|passes| {
                    Some(Opening {
                        test: *test,
                        missing: self.absent(*test)?,
                        passes,
                    })
                });
                here.or_else(|| self.in_block(then))
                    .or_else(|| self.in_block(otherwise.as_ref()?))
            }
            Statement::Try { block, .. } | Statement::Block(block) => self.in_block(block),
            Statement::Return(Some(value)) => self.in_value(*value),
            _ => None,
        })
    }

    /// `return !secret || given === secret`
    fn in_value(&self, value: ExpressionId) -> Option<Opening> {
        let facts = self.facts();
        let Expression::Logical {
            operator: LogicalOperator::Or,
            left,
            ..
        } = facts.expression(facts.unwrap_casts(value))
        else {
            return None;
        };
        if self.asks_where(facts.span(value)) {
            return None;
        }
        Some(Opening {
            test: *left,
            missing: self.absent(*left)?,
            passes: facts.span(*left),
        })
    }

    fn asks_where(&self, span: Span) -> bool {
        let text = self.text(span);
        WHERE.iter().any(|word| text.contains(word))
    }

    /// The `return true` with which a block ends, when it does nothing but report before.
    fn passes(&self, block: &Block) -> Option<Span> {
        let (last, before) = block.split_last()?;
        let Statement::Return(Some(value)) = &last.kind else {
            return None;
        };
        let reports = |statement: &StatementNode| {
            matches!(&statement.kind, Statement::Expression(id)
                if matches!(self.facts().expression(*id), Expression::Call { .. }))
        };
        let facts = self.facts();
        let true_ = match facts.expression(facts.unwrap_casts(*value)) {
            Expression::Boolean(value) => *value,
            _ => false,
        };
        (true_ && before.iter().all(reports)).then_some(last.span)
    }

    /// What is missing when the condition holds, when nothing but that decides.
    fn absent(&self, test: ExpressionId) -> Option<ExpressionId> {
        let facts = self.facts();
        match facts.expression(facts.unwrap_casts(test)) {
            Expression::Unary {
                operator: UnaryOperator::Not,
                operand,
            } => self.is_setting(*operand).then_some(*operand),
            Expression::Binary {
                operator: BinaryOperator::Equal,
                left,
                right,
            } => {
                let nothing = match facts.expression(facts.unwrap_casts(*right)) {
                    Expression::Undefined | Expression::Null => true,
                    Expression::String(text) => text.is_empty(),
                    _ => false,
                };
                (nothing && self.is_setting(*left)).then_some(*left)
            }
            Expression::Logical {
                operator: LogicalOperator::Or,
                left,
                right,
            } => {
                let found = self.absent(*left)?;
                self.absent(*right).map(|_| found)
            }
            _ => None,
        }
    }

    /// Whether a value is there when, and only when, a setting is.
    fn is_setting(&self, id: ExpressionId) -> bool {
        let facts = self.facts();
        let switch = ["enable", "disable", "flag", "skip"];
        let lower = self.text(facts.span(id)).to_ascii_lowercase();
        if switch.iter().any(|word| lower.contains(word)) {
            return false;
        }
        if material::of(self.context.project, self.at(id)) == Material::Environment {
            return true;
        }
        match facts.expression(facts.unwrap_casts(id)) {
            Expression::Member {
                object, property, ..
            } if matches!(facts.expression(*object), Expression::This) => {
                self.is_made_of_setting(&property.text)
            }
            _ => false,
        }
    }

    /// Whether the constructor makes a field where a setting is there:
    /// `if (secret) { this.client = create(secret) }`.
    fn is_made_of_setting(&self, name: &str) -> bool {
        let Some(constructor) = self.class.constructor() else {
            return false;
        };
        let facts = self.facts();
        let FunctionBody::Block(block) = &facts.function(constructor).body else {
            return false;
        };
        let mut anywhere = 0;
        let mut under = 0;
        for (test, statement) in flat(block, None) {
            if self.assigns(statement, name) {
                anywhere += 1;
                under += usize::from(test.is_some_and(|test| self.is_setting(test)));
            }
        }
        anywhere > 0 && anywhere == under
    }

    /// `this.name = value`, when the value is not nothing.
    fn assigns(&self, statement: &StatementNode, name: &str) -> bool {
        let facts = self.facts();
        let Statement::Expression(id) = &statement.kind else {
            return false;
        };
        let Expression::Assign { target, value, .. } = facts.expression(*id) else {
            return false;
        };
        let Pattern::Expression(place) = **target else {
            return false;
        };
        matches!(facts.expression(place), Expression::Member { object, property, .. }
            if property.text == name && matches!(facts.expression(*object), Expression::This))
            && !matches!(
                facts.expression(*value),
                Expression::Null | Expression::Undefined
            )
    }

    fn finding(&self, name: &str, open: &Opening) -> Diagnostic {
        let modules = &self.context.project.modules;
        let missing = self.facts().span(open.missing);
        let what = crate::functions::short(self.text(missing));
        let passes = modules.at(self.module, open.passes);
        let test = modules.at(self.module, self.facts().span(open.test));
        let mut found = Diagnostic::at(
            &RULE.metadata,
            test,
            format!("`{name}` lets everybody through when `{what}` is missing"),
        )
        .label("holds wherever the setting was forgotten");
        if passes != test {
            found = found.related(passes, "nobody is asked who they are");
        }
        if self.asks_where(self.class.span) {
            found = found.lowered(
                Severity::Medium,
                "the class asks where it runs: it may refuse to start there",
            );
        }
        found
            .confidence(Confidence::Likely)
            .help(
                "refuse when the setting is missing: throw where the application starts, and here",
            )
            .subject(format!("class:{name}"))
    }
}

/// All statements of a block, each with the condition of the innermost `if` around it.
fn flat(block: &Block, test: Option<ExpressionId>) -> Vec<(Option<ExpressionId>, &StatementNode)> {
    let mut all = Vec::new();
    for statement in block {
        all.push((test, statement));
        match &statement.kind {
            Statement::If {
                test: inner,
                then,
                otherwise,
            } => {
                all.extend(flat(then, Some(*inner)));
                if let Some(otherwise) = otherwise {
                    all.extend(flat(otherwise, None));
                }
            }
            Statement::Block(body) | Statement::Try { block: body, .. } => {
                all.extend(flat(body, test));
            }
            _ => {}
        }
    }
    all
}
