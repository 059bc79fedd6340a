//! Which types of GraphQL come in lists, by what resolvers and classes say that they give.

use rustc_hash::FxHashSet;
use smol_str::SmolStr;
use snell_extract::facts::{
    Class, Decorator, Element, Expression, ExpressionId, FunctionBody, MemberKind, ModuleFacts,
};
use snell_project::endpoint::Endpoint;

use crate::{functions, rule::Context};

/// The types that are given.
#[derive(Default)]
pub(super) struct Returned {
    /// By a query or a mutation, one of them.
    single: FxHashSet<SmolStr>,
    /// In a list, or as a part of something else, which may come in one.
    within: FxHashSet<SmolStr>,
}

impl Returned {
    pub(super) fn of(context: &Context<'_>) -> Self {
        let mut returned = Returned::default();
        for (module, owner) in context.project.modules.iter() {
            if !functions::is_application(context.project, module) {
                continue;
            }
            for class in &owner.facts.classes {
                returned.class(context, module, &owner.facts, class);
            }
        }
        returned
    }

    /// Whether what the fields of a resolver hang on is given by itself, and never in a list.
    pub(super) fn never_in_list(&self, context: &Context<'_>, endpoint: &Endpoint) -> bool {
        let Some(class) = endpoint.class else {
            return false;
        };
        let facts = context.project.modules.facts(class.module);
        let mut decorators = facts.class(class.id).decorators.iter();
        let resolver = decorators.find(|decorator| decorator.name == "Resolver");
        let Some(names) = resolver.map(|resolver| given(facts, resolver)) else {
            return false;
        };
        let [(name, false)] = names.as_slice() else {
            return false;
        };
        self.single.contains(name) && !self.within.contains(name)
    }

    fn class(
        &mut self,
        context: &Context<'_>,
        module: snell_project::module::ModuleId,
        facts: &ModuleFacts,
        class: &Class,
    ) {
        // `extends Paginated(Note)`
        if let Some(base) = class.extends
            && let Expression::Call { arguments, .. } = facts.expression(base)
        {
            let named = arguments.iter().filter_map(|one| name_of(facts, one.value));
            self.within.extend(named);
        }
        for member in &class.members {
            for decorator in &member.decorators {
                let asked = matches!(
                    decorator.name.rsplit('.').next(),
                    Some("Query" | "Mutation" | "Subscription")
                );
                for (name, listed) in given(facts, decorator) {
                    match asked && !listed {
                        true => self.single.insert(name),
                        false => self.within.insert(name),
                    };
                }
            }
            // `@Field() owner: User`
            if let MemberKind::Field { ty: Some(_), .. } = member.kind
                && !member.decorators.is_empty()
            {
                let text = context.text(context.project.modules.at(module, member.span));
                let words = text.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
                self.within.extend(words.map(SmolStr::from));
            }
        }
    }
}

/// The types that a decorator names, each with whether it is a list of them: `() => [Note]`.
fn given(facts: &ModuleFacts, decorator: &Decorator) -> Vec<(SmolStr, bool)> {
    let Expression::Call { arguments, .. } = facts.expression(decorator.expression) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for argument in arguments {
        let value = match facts.expression(argument.value) {
            Expression::Function(id) => match &facts.function(*id).body {
                FunctionBody::Expression(value) => *value,
                _ => continue,
            },
            _ => argument.value,
        };
        match facts.expression(facts.unwrap_casts(value)) {
            Expression::Array(elements) => {
                let names = elements.iter().filter_map(|one| match one {
                    Element::Value(value) => name_of(facts, *value),
                    _ => None,
                });
                found.extend(names.map(|name| (name, true)));
            }
            _ => found.extend(name_of(facts, value).map(|name| (name, false))),
        }
    }
    found
}

fn name_of(facts: &ModuleFacts, value: ExpressionId) -> Option<SmolStr> {
    match facts.expression(facts.unwrap_casts(value)) {
        Expression::Identifier { name, .. } => Some(name.clone()),
        _ => None,
    }
}
