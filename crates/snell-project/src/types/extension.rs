//! What an extension of a client does to the conditions of queries.

use std::collections::BTreeSet;

use smol_str::SmolStr;
use snell_extract::facts::{
    BindingKind, Expression, ExpressionId, ExpressionKind, ModuleFacts, Property,
};
use snell_source::Span;

use super::{Type, Types, scoped::Models};
use crate::module::{ModuleId, Symbol};

/// Words in the names of what says whose rows are.
const OWNERS: [&str; 9] = [
    "tenant",
    "user",
    "owner",
    "org",
    "workspace",
    "account",
    "company",
    "team",
    "customer",
];

/// Functions that an extension hands what was asked are followed this far.
const HELPERS: u32 = 2;

/// Words in the names of packages whose extensions may keep rows apart.
const KEEPERS: [&str; 10] = [
    "tenant", "tenancy", "rls", "polic", "access", "auth", "acl", "casl", "yates", "zenstack",
];

/// What an extension does to the conditions of queries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Conditions {
    /// It leaves them alone: it adds methods or fields, or looks on.
    Kept,
    /// It may change them.
    Amended,
    /// It intercepts the queries of these models and writes a `where` that names an owner.
    Scoped(Models),
}

/// Where an extension is written.
enum Written {
    /// In these bytes of a module.
    Here(ModuleId, Span),
    /// In a package of this name.
    Package(String),
    Unknown,
}

impl Types<'_> {
    /// The keys that extensions of clients add to the conditions of all that is asked: `{ ...args.where, firmId }`.
    #[must_use]
    pub fn added_keys(&self, within: impl Fn(ModuleId) -> bool) -> BTreeSet<SmolStr> {
        let mut keys = BTreeSet::new();
        for (module, known) in self.modules.iter().filter(|(module, _)| within(*module)) {
            for (_, node) in known.facts.all([ExpressionKind::Call]) {
                let Some(call) = known.facts.method_call(&node.kind) else {
                    continue;
                };
                let extension = call.arguments.first();
                if let Some(extension) = extension.filter(|_| call.property.text == "$extends")
                    && let Written::Here(written, span) =
                        self.extension(module, extension.value, super::DEPTH)
                {
                    let mut told = Told::default();
                    self.tell(written, span, &mut told, HELPERS);
                    if matches!(told.conditions(Models::default), Conditions::Scoped(_)) {
                        keys.extend(told.keys);
                    }
                }
            }
        }
        keys
    }

    /// What an extension that is handed to `$extends` does to the conditions of queries.
    pub(super) fn conditions(
        &self,
        module: ModuleId,
        extension: ExpressionId,
        depth: u32,
    ) -> Conditions {
        match self.extension(module, extension, depth) {
            Written::Here(module, span) => self.conditions_in(module, span),
            Written::Package(name) if !KEEPERS.iter().any(|word| name.contains(word)) => {
                Conditions::Kept
            }
            Written::Package(_) | Written::Unknown => Conditions::Amended,
        }
    }

    fn conditions_in(&self, module: ModuleId, span: Span) -> Conditions {
        let mut told = Told::default();
        self.tell(module, span, &mut told, HELPERS);
        told.conditions(|| self.models_in(module, span))
    }

    /// What a part of an extension names, and the functions of the workspace that it hands what
    /// was asked.
    fn tell(&self, module: ModuleId, span: Span, told: &mut Told, helpers: u32) {
        let facts = self.modules.facts(module);
        let asked = Asked::of(facts, span);
        let inside = facts
            .expressions
            .iter()
            .filter(|node| span.contains(node.span));
        for node in inside {
            match &node.kind {
                Expression::Identifier { name, .. } => told.name(name),
                Expression::Member { property, .. } => told.name(&property.text),
                Expression::String(text) => told.text(text),
                Expression::Template { chunks, .. } => {
                    chunks.iter().for_each(|chunk| told.text(&chunk.text));
                }
                Expression::TaggedTemplate { template, .. } => {
                    let chunks = template.chunks.iter();
                    chunks.for_each(|chunk| told.text(&chunk.text));
                }
                Expression::Object(properties) => {
                    let before = told.keys.len();
                    told.keys.extend(added_keys(facts, properties));
                    told.owner |= told.keys.len() > before;
                    for property in properties {
                        match property {
                            Property::Value { key, .. } | Property::Method { key, .. } => {
                                if let Some(key) = key.name() {
                                    told.name(&key.text);
                                }
                            }
                            Property::Spread { value, .. } => {
                                // Part of the extension that stands elsewhere.
                                told.elsewhere |= helpers == HELPERS
                                    && !matches!(
                                        facts.expression(*value),
                                        Expression::Identifier { name, .. } if name == "args"
                                    );
                            }
                        }
                    }
                }
                Expression::Call {
                    callee, arguments, ..
                } => {
                    let goes_on = matches!(
                        facts.expression(*callee),
                        Expression::Identifier { name, .. } if name == "query"
                    );
                    if goes_on || !arguments.iter().any(|argument| asked.is(argument.value)) {
                        continue;
                    }
                    told.elsewhere = true;
                    if let Some(helpers) = helpers.checked_sub(1)
                        && let Type::Function(helper) =
                            self.expression(module, *callee, super::DEPTH / 2)
                    {
                        let span = self.modules.facts(helper.module).function(helper.id).span;
                        self.tell(helper.module, span, told, helpers);
                    }
                }
                _ => {}
            }
        }
    }

    /// Where an extension is written: in place, in a variable, or in the
    /// function that makes it.
    fn extension(&self, module: ModuleId, id: ExpressionId, depth: u32) -> Written {
        let facts = self.modules.facts(module);
        let id = facts.unwrap_casts(id);
        match facts.expression(id) {
            Expression::Call { callee, .. } => match self.expression(module, *callee, depth) {
                Type::Function(made) => {
                    let function = self.modules.facts(made.module).function(made.id);
                    Written::Here(made.module, function.span)
                }
                // `Prisma.defineExtension({ ... })`
                _ if is_definition(facts.expression(*callee)) => {
                    Written::Here(module, facts.span(id))
                }
                Type::External(specifier, name) => {
                    Written::Package(format!("{specifier} {name}").to_ascii_lowercase())
                }
                _ => Written::Unknown,
            },
            Expression::Identifier {
                binding: Some(binding),
                ..
            } => match self.modules.binding(module, *binding) {
                Symbol::Variable(variable) => {
                    let owner = self.modules.facts(variable.module);
                    match &owner.binding(variable.id).kind {
                        BindingKind::Variable {
                            init: Some(init), ..
                        } => self.initial(variable.module, init.value, depth),
                        _ => Written::Unknown,
                    }
                }
                Symbol::Function(made) => {
                    let function = self.modules.facts(made.module).function(made.id);
                    Written::Here(made.module, function.span)
                }
                Symbol::External { specifier, name } => {
                    Written::Package(format!("{specifier} {name}").to_ascii_lowercase())
                }
                _ => Written::Unknown,
            },
            // `$extends((client) => client.$extends({ ... }))`
            _ => Written::Here(module, facts.span(id)),
        }
    }

    fn initial(&self, module: ModuleId, value: ExpressionId, depth: u32) -> Written {
        match depth.checked_sub(1) {
            Some(depth) => self.extension(module, value, depth),
            None => Written::Unknown,
        }
    }
}

/// The keys of something in a condition that goes on from what was asked: `{ ...args.where, firmId }`.
fn added_keys(facts: &ModuleFacts, properties: &[Property]) -> Vec<SmolStr> {
    let goes_on = |property: &Property| match property {
        Property::Spread { value, .. } => match facts.expression(facts.unwrap_casts(*value)) {
            Expression::Member { property, .. } => property.text == "where",
            Expression::Identifier { name, .. } => name == "where",
            _ => false,
        },
        _ => false,
    };
    if !properties.iter().any(goes_on) {
        return Vec::new();
    }
    let key = |property: &Property| match property {
        Property::Value { key, .. } => {
            let name = &key.name()?.text;
            (name.ends_with("Id") || name.ends_with("_id")).then(|| name.clone())
        }
        _ => None,
    };
    properties.iter().filter_map(key).collect()
}

fn is_definition(callee: &Expression) -> bool {
    match callee {
        Expression::Member { property, .. } => property.text == "defineExtension",
        Expression::Identifier { name, .. } => name == "defineExtension",
        _ => false,
    }
}

/// The names under which a part of an extension holds what was asked.
struct Asked<'a> {
    facts: &'a ModuleFacts,
    names: Vec<&'a str>,
}

impl<'a> Asked<'a> {
    /// `args`, and variables that begin as it: `let changed = args as Options`.
    fn of(facts: &'a ModuleFacts, span: Span) -> Self {
        let mut asked = Asked {
            facts,
            names: vec!["args"],
        };
        let bindings = facts.bindings.iter();
        for binding in bindings.filter(|binding| span.contains(binding.span)) {
            if let BindingKind::Variable {
                init: Some(init), ..
            } = &binding.kind
                && init.path.is_empty()
                && asked.is(init.value)
            {
                asked.names.push(&binding.name);
            }
        }
        asked
    }

    fn is(&self, id: ExpressionId) -> bool {
        match self.facts.expression(self.facts.unwrap_casts(id)) {
            Expression::Identifier { name, .. } => self.names.contains(&name.as_str()),
            _ => false,
        }
    }
}

/// What the text of an extension names.
#[derive(Default)]
struct Told {
    all: bool,
    query: bool,
    condition: bool,
    owner: bool,
    /// The keys that it adds to conditions.
    keys: Vec<SmolStr>,
    /// Something that stands elsewhere is handed what was asked, or is a part of it.
    elsewhere: bool,
}

impl Told {
    fn name(&mut self, text: &str) {
        self.all |= matches!(text, "$allModels" | "$allOperations");
        self.query |= text == "query";
        self.condition |= text == "where";
        let lower = text.to_ascii_lowercase();
        self.owner |= OWNERS.iter().any(|word| lower.contains(word)) && lower.ends_with("id");
    }

    /// SQL that tells the database who asks: its policies may ask for that.
    fn text(&mut self, text: &str) {
        let lower = text.to_ascii_lowercase();
        self.elsewhere |= lower.contains("set_config") || lower.contains("set local");
    }

    fn conditions(&self, models: impl FnOnce() -> Models) -> Conditions {
        if self.all && self.condition && self.owner {
            Conditions::Scoped(models())
        } else if self.elsewhere || self.query && self.condition {
            Conditions::Amended
        } else {
            Conditions::Kept
        }
    }
}
