//! What guards, strategies and middleware leave on the request.

use std::{cell::OnceCell, collections::BTreeMap};

use rustc_hash::FxHashSet;
use smol_str::SmolStr;
use snell_extract::facts::{
    AssignOperator, BindingKind, Class, Expression, ExpressionId, ExpressionKind, FunctionId,
    MemberKind, ModuleFacts, Pattern,
};
use snell_project::module::{In, ModuleId, Symbol};
use snell_source::Location;

use super::keys;
use crate::{rule::Context, rules::security::calls};

/// When something is left on the request, in the order in which NestJS runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Before all guards.
    Middleware,
    /// A guard, or a strategy that one runs.
    Guard,
    /// After them, or it is not known when.
    Later,
}

/// Something that is left on the request.
#[derive(Debug)]
pub(super) struct Put {
    pub(super) stage: Stage,
    /// The names of its properties; `None` where any may be there.
    pub(super) keys: Option<Vec<SmolStr>>,
    /// The guards that leave it; none where they are not known.
    pub(super) by: Vec<SmolStr>,
    /// The property of the request that it is taken from.
    pub(super) from: Option<SmolStr>,
    pub(super) at: Location,
    /// One of the guards is named where it may stand before everything.
    anywhere: OnceCell<bool>,
}

/// Where guards are named that stand before more than one class.
const ANYWHERE: [&str; 4] = [
    "APP_GUARD",
    "useGlobalGuards",
    "applyDecorators",
    "canActivate",
];

impl Put {
    /// Whether one of its guards is named where it may stand before everything.
    pub(super) fn may_stand_anywhere(&self, context: &Context<'_>) -> bool {
        *self.anywhere.get_or_init(|| {
            context.project.modules.iter().any(|(_, module)| {
                let text = &context.sources.file(module.file).text;
                module.file != self.at.file
                    && self.by.iter().any(|guard| text.contains(guard.as_str()))
                    && ANYWHERE.iter().any(|word| text.contains(word))
            })
        })
    }
}

/// Everything that is left on requests, by the name of the property.
#[derive(Debug, Default)]
pub(super) struct Puts {
    by: BTreeMap<SmolStr, Vec<Put>>,
    /// Names that are assigned to something else than the request or `this`, with the last name of that.
    others: FxHashSet<(SmolStr, SmolStr)>,
    /// Something may leave anything.
    pub(super) anything: bool,
    /// What a package runs before guards may leave anything.
    pub(super) outside: bool,
}

/// Words in the specifiers of packages whose middleware leaves nothing that says who asks.
const HARMLESS: [&str; 14] = [
    "express",
    "helmet",
    "compression",
    "cookie-parser",
    "body-parser",
    "cors",
    "csurf",
    "csrf",
    "morgan",
    "rate-limit",
    "pino",
    "winston",
    "swagger",
    "multer",
];

/// What the modules of servers import.
const SERVERS: [&str; 3] = ["@nestjs/", "express", "fastify"];

/// The names that strategies of packages have where they are given none.
const OWN_NAMES: [(&str, &str); 4] = [
    ("passport-jwt", "jwt"),
    ("passport-local", "local"),
    ("passport-google-oauth20", "google"),
    ("passport-github2", "github"),
];

/// Packages whose guards leave nothing but what strategies give.
const GUARDS: [&str; 2] = ["@nestjs/passport", "@nestjs/throttler"];

impl Puts {
    pub(super) fn find(context: &Context<'_>) -> Self {
        let mut puts = Puts::default();
        for (module, facts) in calls::modules(context) {
            let reader = Reader {
                context,
                module,
                facts,
            };
            for (at, node) in facts.all([ExpressionKind::Assign]) {
                if let Expression::Assign {
                    operator,
                    target,
                    value,
                } = &node.kind
                {
                    let plain = *operator == AssignOperator::Assign;
                    reader.assigned(at, target, (*value, plain), &mut puts);
                }
            }
            for class in &facts.classes {
                reader.strategy(class, &mut puts);
            }
            reader.called(&mut puts);
        }
        puts
    }

    /// What is left under a name.
    pub(super) fn of(&self, name: &str) -> &[Put] {
        self.by.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether a name is assigned to something of another name, or of this one.
    pub(super) fn may_be_put(&self, of: Option<&str>, name: &str) -> bool {
        let mut others = self.others.iter();
        others.any(|(object, put)| put == name && of.is_none_or(|of| object == of))
    }

    /// Whether anything is left by a guard.
    pub(super) fn has_guards(&self) -> bool {
        let mut all = self.by.values().flatten();
        all.any(|put| put.stage == Stage::Guard)
    }
}

struct Reader<'c, 'a> {
    context: &'c Context<'a>,
    module: ModuleId,
    facts: &'a ModuleFacts,
}

impl Reader<'_, '_> {
    /// `request.user = value`
    fn assigned(
        &self,
        at: ExpressionId,
        target: &Pattern,
        (value, plain): (ExpressionId, bool),
        puts: &mut Puts,
    ) {
        let Pattern::Expression(place) = target else {
            return;
        };
        let (object, name) = match self.facts.expression(self.facts.unwrap_casts(*place)) {
            Expression::Member {
                object, property, ..
            } => (*object, property.text.clone()),
            Expression::Index { object, index, .. } => match self.facts.expression(*index) {
                Expression::String(name) => (*object, name.clone()),
                _ => {
                    puts.anything |= self.is_request(*object);
                    return;
                }
            },
            _ => return,
        };
        if !self.is_request(object) {
            let of = match self.facts.expression(self.facts.unwrap_casts(object)) {
                Expression::Identifier { name, .. } => name.clone(),
                Expression::Member { property, .. } => property.text.clone(),
                _ => SmolStr::default(),
            };
            // What a front end keeps is no request.
            let mut imports = self.facts.imports.iter();
            if imports.any(|import| {
                SERVERS
                    .iter()
                    .any(|one| import.source.text.starts_with(one))
            }) {
                puts.others.insert((of, name));
            }
            return;
        }
        let (stage, class) = self.stage(at);
        let put = Put {
            stage,
            by: class.into_iter().collect(),
            keys: plain
                .then(|| keys::of(self.context, self.module, value))
                .flatten(),
            from: self.taken_from(value),
            at: self
                .context
                .project
                .modules
                .at(self.module, self.facts.span(at)),
            anywhere: OnceCell::new(),
        };
        puts.by.entry(name).or_default().push(put);
    }

    /// What `validate` of a strategy gives back is `request.user`.
    fn strategy(&self, class: &Class, puts: &mut Puts) {
        let method = |name: &str| match class.member(name)?.kind {
            MemberKind::Method(method) => Some(method),
            _ => None,
        };
        let is_strategy = class.extends.is_some_and(|base| {
            let name = match self.facts.expression(base) {
                Expression::Call { callee, .. } => self.facts.expression(*callee),
                other => other,
            };
            matches!(name, Expression::Identifier { name, .. } if name.ends_with("Strategy"))
        });
        if is_strategy {
            let by = self.guards_of(class);
            let put = match method("validate") {
                Some(validate) => self.given_back(validate, by),
                None => Put {
                    stage: Stage::Guard,
                    by,
                    keys: None,
                    from: None,
                    at: self.context.project.modules.at(self.module, class.span),
                    anywhere: OnceCell::new(),
                },
            };
            puts.by.entry("user".into()).or_default().push(put);
        }
        // `handleRequest` of an `AuthGuard` gives what becomes `request.user`.
        if let Some(handle) = method("handleRequest") {
            let values = self.facts.function(handle).body.returned();
            let hands_on = values.iter().all(|value| {
                matches!(
                    self.facts.expression(self.facts.unwrap_casts(*value)),
                    Expression::Identifier { binding: Some(binding), .. }
                        if matches!(self.facts.binding(*binding).kind, BindingKind::Parameter { .. })
                )
            });
            if !hands_on {
                let own = class.name.iter().map(|name| name.text.clone());
                let put = self.given_back(handle, own.collect());
                puts.by.entry("user".into()).or_default().push(put);
            }
        }
    }

    /// The guards that run a strategy: `AuthGuard('jwt')` and the classes that extend it; none where the
    /// strategy's name is not known.
    fn guards_of(&self, strategy: &Class) -> Vec<SmolStr> {
        let Some(Expression::Call { arguments, .. }) =
            strategy.extends.map(|base| self.facts.expression(base))
        else {
            return Vec::new();
        };
        let [of, named @ ..] = &arguments[..] else {
            return Vec::new();
        };
        let name = match named {
            [] => {
                let symbol = calls::root_symbol(self.context.project, self.module, of.value);
                match symbol {
                    Symbol::External { specifier, .. } => OWN_NAMES
                        .iter()
                        .find(|(package, _)| *package == specifier)
                        .map(|(_, name)| SmolStr::from(*name)),
                    _ => None,
                }
            }
            [name, ..] => match self.facts.expression(name.value) {
                Expression::String(name) => Some(name.clone()),
                _ => None,
            },
        };
        let Some(name) = name else {
            return Vec::new();
        };
        let written = [
            format!("AuthGuard('{name}'"),
            format!("AuthGuard(\"{name}\""),
        ];
        let mut found: Vec<SmolStr> = Vec::new();
        for (_, facts) in calls::modules(self.context) {
            for class in &facts.classes {
                let by = class.extends.map(|base| facts.expression(base));
                let runs = match by {
                    Some(Expression::Call {
                        callee, arguments, ..
                    }) => {
                        matches!(facts.expression(*callee), Expression::Identifier { name, .. }
                            if name == "AuthGuard")
                            && arguments
                                .iter()
                                .any(|given| match facts.expression(given.value) {
                                    Expression::String(own) => *own == name,
                                    // One of several, or a name that is not written out.
                                    _ => true,
                                })
                    }
                    _ => false,
                };
                found.extend(
                    class
                        .name
                        .iter()
                        .filter(|_| runs)
                        .map(|name| name.text.clone()),
                );
            }
        }
        found.extend(written.map(SmolStr::from));
        found
    }

    fn given_back(&self, method: FunctionId, by: Vec<SmolStr>) -> Put {
        let function = In {
            module: self.module,
            id: method,
        };
        let known = !keys::answers_by_call(self.context, function);
        let span = self.facts.function(method).span;
        Put {
            stage: Stage::Guard,
            by,
            keys: known
                .then(|| keys::given_back(self.context, function))
                .flatten(),
            from: None,
            at: self.context.project.modules.at(self.module, span),
            anywhere: OnceCell::new(),
        }
    }

    /// `user` of `request.user.tenantId`
    fn taken_from(&self, mut value: ExpressionId) -> Option<SmolStr> {
        loop {
            value = self.facts.unwrap_casts(value);
            let Expression::Member {
                object, property, ..
            } = self.facts.expression(value)
            else {
                return None;
            };
            if self.is_request(*object) {
                return Some(property.text.clone());
            }
            value = *object;
        }
    }

    /// `request`, `ctx.req`, `context.switchToHttp().getRequest()`
    fn is_request(&self, id: ExpressionId) -> bool {
        let named = |name: &str| {
            let lower = name.to_ascii_lowercase();
            lower == "req" || lower.ends_with("request")
        };
        match self.facts.expression(self.facts.unwrap_casts(id)) {
            Expression::Identifier { name, binding } => {
                let made = binding.and_then(|binding| match &self.facts.binding(binding).kind {
                    BindingKind::Variable {
                        init: Some(init), ..
                    } if init.path.is_empty() => Some(init.value),
                    _ => None,
                });
                named(name) || made.is_some_and(|made| self.is_taken_request(made))
            }
            Expression::Member { property, .. } => named(&property.text),
            _ => self.is_taken_request(id),
        }
    }

    /// `context.switchToHttp().getRequest()`
    fn is_taken_request(&self, id: ExpressionId) -> bool {
        match self.facts.expression(self.facts.unwrap_casts(id)) {
            Expression::Call { callee, .. } => {
                matches!(self.facts.expression(*callee), Expression::Member { property, .. }
                    if property.text == "getRequest")
            }
            _ => false,
        }
    }

    /// When an expression runs, by the class around it.
    fn stage(&self, at: ExpressionId) -> (Stage, Option<SmolStr>) {
        let span = self.facts.span(at);
        let class = self
            .facts
            .classes
            .iter()
            .find(|class| class.span.contains(span));
        let Some(class) = class else {
            return (Stage::Later, None);
        };
        let has = |name: &str| class.member(name).is_some();
        let stage = if has("canActivate") || has("validate") {
            Stage::Guard
        } else if has("use") {
            Stage::Middleware
        } else {
            Stage::Later
        };
        (stage, class.name.as_ref().map(|name| name.text.clone()))
    }

    /// The calls that may leave more than can be told: `Object.assign(request, found)`,
    /// `app.use(clerkMiddleware())`, a package's guard.
    fn called(&self, puts: &mut Puts) {
        for call in calls::of_module(self.module, self.facts) {
            let first = call.argument(0).map(|argument| argument.id);
            let on = call.object.map(|object| self.facts.expression(object));
            let on_name = match on {
                Some(Expression::Identifier { name, .. }) => name.as_str(),
                _ => "",
            };
            match call.name {
                "assign" | "defineProperty" | "defineProperties" | "set" | "merge"
                    if first.is_some_and(|first| self.is_or_is_of_request(first)) =>
                {
                    puts.anything = true;
                }
                "use" | "session" if on_name == "passport" => puts.anything = true,
                "use" | "apply" => {
                    let mut given = call.arguments.iter();
                    puts.outside |= given.any(|given| self.is_of_package(given.value, &HARMLESS));
                }
                "UseGuards" => {
                    let mut given = call.arguments.iter();
                    puts.anything |= given.any(|given| self.is_of_package(given.value, &GUARDS));
                }
                _ => {}
            }
        }
    }

    fn is_or_is_of_request(&self, id: ExpressionId) -> bool {
        let of = match self.facts.expression(self.facts.unwrap_casts(id)) {
            Expression::Member { object, .. } => self.is_request(*object),
            _ => false,
        };
        of || self.is_request(id)
    }

    /// Whether something comes from a package that is none of these.
    fn is_of_package(&self, mut id: ExpressionId, known: &[&str]) -> bool {
        loop {
            id = self.facts.unwrap_casts(id);
            id = match self.facts.expression(id) {
                Expression::Call { callee, .. } | Expression::New { callee, .. } => *callee,
                Expression::Member { object, .. } => *object,
                _ => break,
            };
        }
        let Expression::Identifier {
            binding: Some(binding),
            ..
        } = self.facts.expression(id)
        else {
            return false;
        };
        match self.context.project.modules.binding(self.module, *binding) {
            Symbol::External { specifier, .. } => {
                !known.iter().any(|known| specifier.contains(known))
            }
            _ => false,
        }
    }
}
