//! What a container hands out: which class stands behind a token, an abstract class, an interface.

use camino::Utf8Path;
use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;
use snell_extract::facts::{
    ClassId, Decorator, Expression, ExpressionKind, FunctionBody, MemberKind, Property,
    TypeExpression,
};
use snell_workspace::Classifier;

use super::{Type, Types};
use crate::{
    endpoint::scan,
    module::{BindingRef, ClassRef, ExpressionRef, In, ModuleId, Modules, Symbol},
};

/// By what something is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Token {
    Class(ClassRef),
    Text(SmolStr),
    /// The value of a constant: `Symbol('users')`.
    Value(ExpressionRef),
    Variable(BindingRef),
    External(SmolStr, SmolStr),
}

/// How a provider says what it hands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    Class,
    Existing,
    Factory,
    Value,
}

#[derive(Debug)]
struct Provider {
    how: How,
    what: ExpressionRef,
}

/// What the providers of a workspace hand out, and which classes stand behind which. What tests
/// provide is none of it.
#[derive(Debug, Default)]
pub(crate) struct Providers {
    by_token: FxHashMap<Token, Vec<Provider>>,
    /// For each interface, the classes that implement it.
    implementers: FxHashMap<In<u32>, Vec<ClassRef>>,
    /// For each class, those that extend or implement it.
    heirs: FxHashMap<ClassRef, Vec<ClassRef>>,
    /// The classes that providers name.
    named: FxHashSet<ClassRef>,
}

/// A provider that names another is followed this far.
const MAX_EXISTING: u32 = 4;

impl Providers {
    /// Of all modules. Only texts and names are asked, no types: those ask here.
    pub(super) fn of(modules: &Modules) -> Self {
        let paths = modules
            .iter()
            .map(|(_, one)| Utf8Path::new(one.path.as_str()));
        let classifier = Classifier::new(paths);
        let mut found = Providers::default();
        for (module, owner) in modules.iter() {
            if classifier.facts(Utf8Path::new(owner.path.as_str())).test {
                continue;
            }
            for (_, node) in owner.facts.all([ExpressionKind::Object]) {
                if let Expression::Object(properties) = &node.kind {
                    found.provider(modules, module, properties);
                }
            }
            found.classes(modules, module);
        }
        found
    }

    fn provider(&mut self, modules: &Modules, module: ModuleId, properties: &[Property]) {
        let value = |wanted: &str| {
            properties.iter().find_map(|property| match property {
                Property::Value { key, value, .. }
                    if key.name().is_some_and(|n| n.text == wanted) =>
                {
                    Some(In { module, id: *value })
                }
                Property::Method { key, .. } if key.name().is_some_and(|n| n.text == wanted) => {
                    None
                }
                _ => None,
            })
        };
        let Some(token) = value("provide").and_then(|at| token(modules, at)) else {
            return;
        };
        let ways = [
            ("useClass", How::Class),
            ("useExisting", How::Existing),
            ("useFactory", How::Factory),
            ("useValue", How::Value),
        ];
        for (key, how) in ways {
            if let Some(what) = value(key) {
                if let Symbol::Class(class) = scan::symbol(modules, what) {
                    self.named.insert(class);
                }
                let all = self.by_token.entry(token.clone()).or_default();
                all.push(Provider { how, what });
            }
        }
    }

    fn classes(&mut self, modules: &Modules, module: ModuleId) {
        let facts = modules.facts(module);
        for (declared, n) in facts.classes.iter().zip(0u32..) {
            let class = In {
                module,
                id: ClassId(n),
            };
            if let Some(base) = declared.extends
                && let Symbol::Class(base) = scan::symbol(modules, In { module, id: base })
            {
                self.heirs.entry(base).or_default().push(class);
            }
            for ty in &declared.implements {
                let TypeExpression::Named { name, .. } = facts.type_expression(*ty) else {
                    continue;
                };
                match modules.type_name(module, name) {
                    Symbol::Interface(interface) => {
                        self.implementers.entry(interface).or_default().push(class);
                    }
                    Symbol::Class(base) => self.heirs.entry(base).or_default().push(class),
                    _ => {}
                }
            }
        }
    }

    /// The classes that one can make which come from a class: heirs of heirs as well.
    fn made_of(&self, modules: &Modules, class: ClassRef) -> Vec<ClassRef> {
        let mut all = vec![class];
        let mut n = 0;
        while let Some(one) = all.get(n).copied() {
            n += 1;
            for heir in self.heirs.get(&one).into_iter().flatten() {
                if !all.contains(heir) {
                    all.push(*heir);
                }
            }
        }
        all.retain(|one| *one != class && !modules.facts(one.module).class(one.id).is_abstract);
        all
    }
}

/// What a token is called by, or is.
fn token(modules: &Modules, at: ExpressionRef) -> Option<Token> {
    if let Some(text) = scan::text(modules, at, 8) {
        return Some(Token::Text(text));
    }
    match scan::symbol(modules, at) {
        Symbol::Class(class) => Some(Token::Class(class)),
        symbol @ Symbol::Variable(variable) => Some(match scan::initial(modules, &symbol) {
            Some(value) => Token::Value(value),
            None => Token::Variable(variable),
        }),
        Symbol::External { specifier, name } => Some(Token::External(specifier, name)),
        _ => scan::constant(modules, at, 8).map(Token::Value),
    }
}

impl Types<'_> {
    fn providers(&self) -> &Providers {
        let memo = self.modules.memo();
        memo.providers(|| Providers::of(self.modules))
    }

    /// What is handed over where something declared as a class is asked for.
    pub(super) fn of_class(&self, class: ClassRef, from: ModuleId, depth: u32) -> Type {
        let declared = self.instance(class);
        let handed = self.handed(&Token::Class(class), from, depth, MAX_EXISTING);
        match self.rather(&declared, handed) {
            Some(found) => found,
            None if self.is_unwritten(class) => {
                match self.providers().made_of(self.modules, class)[..] {
                    [only] => self.instance(only),
                    _ => declared,
                }
            }
            None => declared,
        }
    }

    /// The same where `@Inject(TOKEN)` says what is asked for.
    pub(super) fn injected(
        &self,
        module: ModuleId,
        decorators: &[Decorator],
        declared: Type,
        depth: u32,
    ) -> Type {
        let mut injects = decorators.iter().filter(|one| one.name == "Inject");
        let token = injects.find_map(|decorator| {
            let facts = self.modules.facts(module);
            let Expression::Call { arguments, .. } = facts.expression(decorator.expression) else {
                return None;
            };
            let mut first = arguments.first()?.value;
            // `forwardRef(() => TOKEN)`
            if let Expression::Call { arguments, .. } = facts.expression(first)
                && let Some(inner) = arguments.first()
                && let Expression::Function(id) = facts.expression(inner.value)
                && let FunctionBody::Expression(value) = facts.function(*id).body
            {
                first = value;
            }
            token(self.modules, In { module, id: first })
        });
        let Some(token) = token else {
            return declared;
        };
        let handed = self.handed(&token, module, depth, MAX_EXISTING);
        self.rather(&declared, handed).unwrap_or(declared)
    }

    /// What is handed over, where it says more than what is declared.
    pub(super) fn rather(&self, declared: &Type, mut handed: Vec<Type>) -> Option<Type> {
        if handed.len() != 1 {
            return None;
        }
        let handed = handed.pop()?;
        match (declared, &handed) {
            (Type::Client(declared), Type::Client(_)) => {
                let Type::Client(handed) = handed else {
                    return None;
                };
                Some(Type::Client(declared.clone().with(handed)))
            }
            (Type::Instance(class), Type::Instance(made)) => {
                let comes = self.is_unwritten(*class)
                    || self
                        .providers()
                        .made_of(self.modules, *class)
                        .contains(made);
                (comes && class != made).then_some(handed)
            }
            (
                Type::Unknown | Type::Any | Type::Interface(_) | Type::Declared(_),
                Type::Instance(_) | Type::Client(_) | Type::Object(_) | Type::Delegate(..),
            ) => Some(handed),
            (Type::External(..), Type::Instance(_) | Type::Client(_)) => Some(handed),
            _ => None,
        }
    }

    /// What the providers of a token hand out, as far as it is known: those of the application
    /// that asks, where it has some.
    fn handed(&self, token: &Token, from: ModuleId, depth: u32, existing: u32) -> Vec<Type> {
        let (Some(depth), Some(existing)) = (depth.checked_sub(1), existing.checked_sub(1)) else {
            return Vec::new();
        };
        let Some(all) = self.providers().by_token.get(token) else {
            return Vec::new();
        };
        let application =
            |module: ModuleId| crate::endpoint::application(&self.modules.get(module).path);
        let own = application(from);
        let mut near: Vec<&Provider> = all.iter().collect();
        if near.len() > 1 && near.iter().any(|one| application(one.what.module) == own) {
            near.retain(|one| application(one.what.module) == own);
        }
        let mut found = Vec::new();
        for provider in near {
            for ty in self.of_provider(provider, from, depth, existing) {
                if ty != Type::Unknown && !found.contains(&ty) {
                    found.push(ty);
                }
            }
        }
        found
    }

    fn of_provider(
        &self,
        provider: &Provider,
        from: ModuleId,
        depth: u32,
        existing: u32,
    ) -> Vec<Type> {
        let ExpressionRef { module, id } = provider.what;
        let facts = self.modules.facts(module);
        match provider.how {
            How::Class => {
                // `useClass: inCloud ? CloudStore : DiskStore`
                let classes = match facts.expression(facts.unwrap_casts(id)) {
                    Expression::Conditional {
                        then, otherwise, ..
                    } => vec![*then, *otherwise],
                    _ => vec![id],
                };
                let classes = classes
                    .into_iter()
                    .map(|id| self.expression(module, id, depth));
                let classes = classes.filter_map(|ty| match ty {
                    Type::Constructor(class) => Some(self.instance(class)),
                    _ => None,
                });
                classes.collect()
            }
            How::Existing => match token(self.modules, provider.what) {
                Some(Token::Class(class)) => vec![self.of_class(class, from, depth)],
                Some(token) => self.handed(&token, from, depth, existing),
                None => Vec::new(),
            },
            How::Factory => match self.expression(module, id, depth) {
                Type::Function(factory) => {
                    let values = self.modules.facts(factory.module).function(factory.id);
                    let returned = values.body.returned().into_iter();
                    let known = returned
                        .map(|value| self.expression(factory.module, value, depth))
                        .filter(|ty| !matches!(ty, Type::Any | Type::Primitive));
                    known.collect()
                }
                _ => Vec::new(),
            },
            How::Value => vec![self.expression(module, id, depth)],
        }
    }

    /// Whether a class leaves methods to those that come from it.
    fn is_unwritten(&self, class: ClassRef) -> bool {
        let facts = self.modules.facts(class.module);
        let declared = facts.class(class.id);
        declared.is_abstract
            && declared.members.iter().any(|member| match member.kind {
                MemberKind::Method(id) => facts.function(id).body == FunctionBody::None,
                MemberKind::Field { .. } => member.is_abstract,
                _ => false,
            })
    }

    /// The class that stands behind an interface: the only one, or the only one that is provided.
    pub(super) fn implementation(&self, interface: In<u32>) -> Option<ClassRef> {
        let all = self.providers().implementers.get(&interface)?;
        match all[..] {
            [only] => Some(only),
            _ => match self.provided_of(all)[..] {
                [only] => Some(only),
                _ => None,
            },
        }
    }

    /// Those of these classes that some provider hands out.
    fn provided_of(&self, classes: &[ClassRef]) -> Vec<ClassRef> {
        let named = &self.providers().named;
        let kept = classes.iter().filter(|class| named.contains(class));
        kept.copied().collect()
    }

    /// The modules that declare what others stand behind, each with one that does: who asks for the
    /// first comes to the second, without an import.
    pub(crate) fn behind(&self) -> Vec<(ModuleId, ModuleId)> {
        let providers = self.providers();
        let mut found = Vec::new();
        for (interface, all) in &providers.implementers {
            let classes = match self.implementation(*interface) {
                Some(only) => vec![only],
                None => self.provided_of(all),
            };
            let pairs = classes.iter().map(|class| (interface.module, class.module));
            found.extend(pairs);
        }
        for (base, heirs) in &providers.heirs {
            if self.is_unwritten(*base) {
                found.extend(heirs.iter().map(|heir| (base.module, heir.module)));
            }
        }
        found.retain(|(declared, class)| declared != class);
        found
    }

    /// The classes one of which a value of a declared type is, where providers name several.
    #[must_use]
    pub fn stand_ins(&self, declared: &Type, from: ModuleId) -> Vec<ClassRef> {
        match declared {
            Type::Instance(class) if self.is_unwritten(*class) => {
                let handed = self.handed(&Token::Class(*class), from, super::DEPTH, MAX_EXISTING);
                let classes = handed.into_iter().filter_map(|ty| match ty {
                    Type::Instance(class) => Some(class),
                    _ => None,
                });
                classes.collect()
            }
            Type::Interface(interface) => match self.providers().implementers.get(interface) {
                Some(all) => match self.implementation(*interface) {
                    Some(only) => vec![only],
                    None => self.provided_of(all),
                },
                None => Vec::new(),
            },
            _ => Vec::new(),
        }
    }
}
