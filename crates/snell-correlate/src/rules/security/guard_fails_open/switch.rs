//! Switches that a guard goes by and that stand open until somebody sets a variable.

use smol_str::SmolStr;
use snell_extract::facts::{
    BinaryOperator, BindingKind, Element, Expression, ExpressionId, ExpressionKind,
    LogicalOperator, MemberKind, ModuleFacts, UnaryOperator,
};
use snell_project::module::{ExpressionRef, In, ModuleId, Symbol};

use crate::rules::security::{
    calls,
    material::{assigned, is_config},
    setting::Settings,
};

/// Names that are followed.
const DEPTH: u32 = 12;

/// Words in the names of guards and switches that ask who somebody is, or what they may do.
const ASKS: [&str; 14] = [
    "auth",
    "jwt",
    "login",
    "token",
    "role",
    "permission",
    "rbac",
    "security",
    "apikey",
    "api_key",
    "signature",
    "session",
    "access",
    "acl",
];

/// What ends the names of variables that say where the program runs.
const WHERE: [&str; 3] = ["_ENV", "ENVIRONMENT", "STAGE"];

/// What is known of a value where no variable is set.
#[derive(Debug, Clone, PartialEq)]
enum Known {
    Nothing,
    Is(bool),
    Text(SmolStr),
}

impl Known {
    fn holds(&self) -> bool {
        match self {
            Known::Nothing => false,
            Known::Is(value) => *value,
            Known::Text(text) => !text.is_empty(),
        }
    }
}

/// A variable that has to be set before a guard asks anything.
pub(super) struct Switch {
    pub(super) at: ExpressionId,
    pub(super) variable: SmolStr,
}

/// The variable without which a condition holds, in a guard of this name.
pub(super) fn open_until_set(
    settings: &Settings<'_>,
    test: ExpressionId,
    guard: &str,
) -> Option<Switch> {
    let mut reader = Reader {
        settings,
        read: Vec::new(),
    };
    let holds = reader.value(
        In {
            module: settings.module,
            id: test,
        },
        DEPTH,
    )?;
    let [variable] = reader.read.as_slice() else {
        return None;
    };
    let lower = |name: &str| name.to_ascii_lowercase();
    let names = [lower(guard), lower(variable)];
    let asks = names
        .iter()
        .any(|name| ASKS.iter().any(|word| name.contains(word)));
    let says_where = WHERE.iter().any(|end| variable.ends_with(end));
    (holds.holds() && asks && !says_where && !has_default(settings, variable)).then(|| Switch {
        at: test,
        variable: variable.clone(),
    })
}

/// Whether what checks the environment gives a variable a value where it is not set: a schema does by
/// `.default(...)`, a class by what its field is from the start.
fn has_default(settings: &Settings<'_>, variable: &str) -> bool {
    let context = settings.context;
    calls::modules(context).any(|(module, facts)| {
        calls::mentions(context, module, &[variable])
            && (in_schema(module, facts, variable) || in_class(facts, variable))
    })
}

/// `AUTH_REQUIRED: z.string().default('true')`
fn in_schema(module: ModuleId, facts: &ModuleFacts, variable: &str) -> bool {
    let mut objects = facts.all([ExpressionKind::Object]);
    objects.any(|(object, _)| {
        calls::property(facts, object, variable).is_some_and(|rule| {
            let span = facts.span(rule);
            let mut all = calls::of_module(module, facts);
            all.any(|call| call.name == "default" && span.contains(facts.span(call.at)))
        })
    })
}

/// `AUTH_REQUIRED = 'true'`
fn in_class(facts: &ModuleFacts, variable: &str) -> bool {
    facts.classes.iter().any(|class| {
        let member = class.member(variable);
        member.is_some_and(|member| matches!(member.kind, MemberKind::Field { init: Some(_), .. }))
    })
}

struct Reader<'s> {
    settings: &'s Settings<'s>,
    /// The variables that were read.
    read: Vec<SmolStr>,
}

impl Reader<'_> {
    fn facts(&self, at: ExpressionRef) -> &ModuleFacts {
        self.settings.context.project.modules.facts(at.module)
    }

    fn value(&mut self, at: ExpressionRef, depth: u32) -> Option<Known> {
        let depth = depth.checked_sub(1)?;
        if let Some(variable) = self.variable(at) {
            if !self.read.contains(&variable) {
                self.read.push(variable);
            }
            return Some(Known::Nothing);
        }
        let inside = |id: ExpressionId| In {
            module: at.module,
            id,
        };
        let context = self.settings.context;
        let facts = context.project.modules.facts(at.module);
        match facts.expression(facts.unwrap_casts(at.id)) {
            Expression::String(text) => Some(Known::Text(text.clone())),
            Expression::Boolean(value) => Some(Known::Is(*value)),
            Expression::Null | Expression::Undefined => Some(Known::Nothing),
            Expression::Unary {
                operator: UnaryOperator::Not,
                operand,
            } => Some(Known::Is(!self.value(inside(*operand), depth)?.holds())),
            Expression::Binary {
                operator,
                left,
                right,
            } => {
                let left = self.value(inside(*left), depth)?;
                let same = left == self.value(inside(*right), depth)?;
                match operator {
                    BinaryOperator::Equal => Some(Known::Is(same)),
                    BinaryOperator::NotEqual => Some(Known::Is(!same)),
                    _ => None,
                }
            }
            Expression::Logical {
                operator,
                left,
                right,
            } => {
                let left = self.value(inside(*left), depth)?;
                let decided = match operator {
                    LogicalOperator::And => !left.holds(),
                    LogicalOperator::Or => left.holds(),
                    LogicalOperator::Coalesce => left != Known::Nothing,
                };
                if decided {
                    Some(left)
                } else {
                    self.value(inside(*right), depth)
                }
            }
            Expression::Identifier {
                binding: Some(binding),
                ..
            } => self.named(context.project.modules.binding(at.module, *binding), depth),
            Expression::Member {
                object, property, ..
            } if matches!(facts.expression(*object), Expression::This) => {
                let id = self.field(at, &property.text)?;
                self.value(inside(id), depth)
            }
            Expression::Call {
                callee, arguments, ..
            } => self.call(
                at,
                *callee,
                arguments.first().map(|first| first.value),
                depth,
            ),
            _ => None,
        }
    }

    /// The value that a name was given, and keeps.
    fn named(&mut self, symbol: Symbol, depth: u32) -> Option<Known> {
        let variable = match symbol {
            Symbol::Variable(variable) => variable,
            Symbol::Expression(value) => return self.value(value, depth),
            _ => return None,
        };
        let module = variable.module;
        let facts = self.settings.context.project.modules.facts(module);
        let binding = facts.binding(variable.id);
        let BindingKind::Variable {
            init: Some(init), ..
        } = &binding.kind
        else {
            return None;
        };
        let id = init.value;
        let plain = init.path.is_empty() && !binding.reassigned;
        plain.then(|| self.value(In { module, id }, depth))?
    }

    /// `Boolean(value)`, `value?.toLowerCase()`, `['true', '1'].includes(value)`
    fn call(
        &mut self,
        at: ExpressionRef,
        callee: ExpressionId,
        first: Option<ExpressionId>,
        depth: u32,
    ) -> Option<Known> {
        let inside = |id: ExpressionId| In {
            module: at.module,
            id,
        };
        let facts = self.settings.context.project.modules.facts(at.module);
        match facts.expression(facts.unwrap_casts(callee)) {
            Expression::Identifier { name, .. } if name == "Boolean" => {
                Some(Known::Is(self.value(inside(first?), depth)?.holds()))
            }
            Expression::Member {
                object, property, ..
            } => match property.text.as_str() {
                "toLowerCase" | "toUpperCase" | "trim" | "toString" => {
                    let value = self.value(inside(*object), depth)?;
                    (value == Known::Nothing).then_some(value)
                }
                "includes" => {
                    let Expression::Array(elements) = facts.expression(*object) else {
                        return None;
                    };
                    let texts: Option<Vec<&SmolStr>> = elements
                        .iter()
                        .map(|element| match element {
                            Element::Value(value) => match facts.expression(*value) {
                                Expression::String(text) => Some(text),
                                _ => None,
                            },
                            _ => None,
                        })
                        .collect();
                    let texts = texts?;
                    match self.value(inside(first?), depth)? {
                        Known::Text(text) => Some(Known::Is(texts.contains(&&text))),
                        _ => Some(Known::Is(false)),
                    }
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// The one value that a field of the class has from the start.
    fn field(&self, at: ExpressionRef, name: &str) -> Option<ExpressionId> {
        let class = self
            .settings
            .class
            .filter(|_| at.module == self.settings.module)?;
        let assigned = assigned(self.facts(at), class.span, name);
        let initial = class.member(name).and_then(|member| match member.kind {
            MemberKind::Field { init, .. } => init,
            _ => None,
        });
        match (assigned.as_slice(), initial) {
            ([one], None) => Some(*one),
            ([], initial) => initial,
            _ => None,
        }
    }

    /// The variable of the environment that is read here, with nothing in its place:
    /// `process.env.NAME`, `this.config.get('NAME')`.
    fn variable(&self, at: ExpressionRef) -> Option<SmolStr> {
        let facts = self.facts(at);
        let is_variable = |name: &str| {
            let mut letters = name.chars();
            name.len() > 1
                && letters.all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
        };
        let is_env = |id: ExpressionId| {
            matches!(facts.expression(id), Expression::Member { object, property, .. }
                if property.text == "env" && matches!(facts.expression(*object),
                    Expression::Identifier { name, binding: None } if name == "process"))
        };
        let name = match facts.expression(facts.unwrap_casts(at.id)) {
            Expression::Member {
                object, property, ..
            } if is_env(*object) => property.text.clone(),
            Expression::Index { object, index, .. } if is_env(*object) => {
                match facts.expression(*index) {
                    Expression::String(text) => text.clone(),
                    _ => return None,
                }
            }
            Expression::Call {
                callee, arguments, ..
            } => match (facts.expression(*callee), &arguments[..]) {
                (
                    Expression::Member {
                        object, property, ..
                    },
                    [only],
                ) if property.text == "get" && is_config(facts, *object) => {
                    match facts.expression(only.value) {
                        Expression::String(text) => text.clone(),
                        _ => return None,
                    }
                }
                _ => return None,
            },
            _ => return None,
        };
        is_variable(&name).then_some(name)
    }
}
