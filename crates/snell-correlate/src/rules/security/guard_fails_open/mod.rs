//! Guards that let everybody through when a setting is missing.

mod guest;
mod handler;
mod order;
mod sent;
mod switch;

use smol_str::SmolStr;
use snell_extract::facts::{
    Block, Class, Expression, ExpressionId, FunctionBody, FunctionId, LogicalOperator, MemberKind,
    ModuleFacts, Statement, StatementNode,
};
use snell_project::module::ModuleId;
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity, Span};

use super::{calls, setting::Settings};
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
        joined: None,
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

/// Words in the names of guards that keep nobody from anything, or ask where a request comes from and not who sends it:
/// a header that no form can send is as good a proof of that as any.
const OTHER: [&str; 8] = [
    "throttl",
    "ratelimit",
    "captcha",
    "feature",
    "maintenance",
    "csrf",
    "xsrf",
    "origin",
];

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (module, facts) in calls::modules(context) {
        for class in &facts.classes {
            let name = class.name.as_ref().map_or("", |name| name.text.as_str());
            let lower = name.to_ascii_lowercase();
            if OTHER.iter().any(|word| lower.contains(word)) {
                continue;
            }
            let Some(MemberKind::Method(method)) = class.member("canActivate").map(|m| &m.kind)
            else {
                continue;
            };
            let guard = Guard {
                settings: Settings {
                    context,
                    module,
                    class: Some(class),
                },
                class,
                name,
                asks: asks(context, module, class),
            };
            if let Some(open) = guard.opening(*method) {
                found.push(guard.finding(name, &open));
            }
            if guard.asks {
                found.extend(sent::finding(context, module, class, *method));
            }
        }
    }
    found.extend(order::findings(context));
    found.extend(guest::findings(context));
    found.extend(handler::findings(context));
    found
}

fn asks(context: &Context<'_>, module: ModuleId, class: &Class) -> bool {
    let at = context.project.modules.at(module, class.span);
    let text = context.text(at).to_ascii_lowercase();
    ASKS.iter().any(|word| text.contains(word))
}

/// The `return true` with which a block ends, when nothing before it decides.
fn lets_through(facts: &ModuleFacts, block: &Block) -> Option<Span> {
    let (last, before) = block.split_last()?;
    let Statement::Return(Some(value)) = &last.kind else {
        return None;
    };
    // Who comes through may be given a name.
    let reports = |statement: &StatementNode| {
        matches!(
            &statement.kind,
            Statement::Expression(_) | Statement::Variable { .. }
        )
    };
    let true_ = match facts.expression(facts.unwrap_casts(*value)) {
        Expression::Boolean(value) => *value,
        _ => false,
    };
    (true_ && before.iter().all(reports)).then_some(last.span)
}

/// Where a guard gives up.
struct Opening {
    /// The condition.
    test: ExpressionId,
    /// What is missing then.
    missing: ExpressionId,
    /// What lets through.
    passes: Span,
    /// The variable without which it is open.
    variable: Option<SmolStr>,
}

struct Guard<'a> {
    settings: Settings<'a>,
    class: &'a Class,
    name: &'a str,
    /// Its text says that it asks who somebody is.
    asks: bool,
}

impl Guard<'_> {
    fn opening(&self, method: FunctionId) -> Option<Opening> {
        match &self.settings.facts().function(method).body {
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
                if self.settings.asks_where(self.settings.facts().span(*test)) {
                    return None;
                }
                let here = lets_through(self.settings.facts(), then)
                    .and_then(|passes| self.opened(*test, passes));
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
        let facts = self.settings.facts();
        let Expression::Logical {
            operator: LogicalOperator::Or,
            left,
            ..
        } = facts.expression(facts.unwrap_casts(value))
        else {
            return None;
        };
        if self.settings.asks_where(facts.span(value)) {
            return None;
        }
        self.opened(*left, facts.span(*left))
    }

    /// What opens the guard where nothing is set, when a condition does.
    fn opened(&self, test: ExpressionId, passes: Span) -> Option<Opening> {
        let absent = || self.settings.absent(test).filter(|_| self.asks);
        let switch = || switch::open_until_set(&self.settings, test, self.name);
        let (missing, variable) = match absent() {
            Some(missing) => (missing, None),
            None => switch().map(|switch| (switch.at, Some(switch.variable)))?,
        };
        Some(Opening {
            test,
            missing,
            passes,
            variable,
        })
    }

    fn finding(&self, name: &str, open: &Opening) -> Diagnostic {
        let modules = &self.settings.context.project.modules;
        let missing = self.settings.facts().span(open.missing);
        let what = crate::functions::short(self.settings.text(missing));
        let switch = open.variable.as_ref().map(ToString::to_string);
        let is_switch = switch.is_some();
        let variable = switch.or_else(|| self.settings.variable(open.missing));
        let passes = modules.at(self.settings.module, open.passes);
        let test = modules.at(self.settings.module, self.settings.facts().span(open.test));
        let mut found = Diagnostic::at(
            &RULE.metadata,
            test,
            match &variable {
                Some(variable) => {
                    format!("`{name}` lets everybody through when `{variable}` is not set")
                }
                None => format!("`{name}` lets everybody through when `{what}` is missing"),
            },
        )
        .label(match variable {
            Some(_) if is_switch => format!("`{what}` holds wherever the variable was forgotten"),
            Some(_) => format!("`{what}` is missing wherever the variable was forgotten"),
            None => "holds wherever the setting was forgotten".to_owned(),
        });
        if passes != test {
            found = found.related(passes, "nobody is asked who they are");
        }
        if self.settings.asks_where(self.class.span) {
            found = found.lowered(
                Severity::Medium,
                "the class asks where it runs: it may refuse to start there",
            );
        }
        found
            .confidence(Confidence::Likely)
            .help(match is_switch {
                true => "let it ask wherever nothing says otherwise: what opens it has to be set (`=== 'true'`), and is refused where the application starts in production",
                false => "refuse when the setting is missing: throw where the application starts, and here",
            })
            .subject(format!("class:{name}"))
    }
}
