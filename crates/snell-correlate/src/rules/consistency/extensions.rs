//! What `$extends` adds to clients, as far as it is written out.

use rustc_hash::FxHashSet;
use smol_str::SmolStr;
use snell_extract::facts::{
    Expression, ExpressionId, FunctionBody, ModuleFacts, Property, SiteKind,
};
use snell_project::Project;

/// Names that extensions of clients give.
#[derive(Debug, Default)]
pub(super) struct Extensions {
    names: FxHashSet<SmolStr>,
    opaque: bool,
}

impl Extensions {
    /// Of all `$extends(...)` and `defineExtension(...)` of the project.
    pub(super) fn of(project: &Project) -> Self {
        let mut extensions = Extensions::default();
        for (_, module) in project.modules.iter() {
            let facts = &module.facts;
            for site in &facts.sites {
                if site.kind == SiteKind::Extension {
                    extensions.call(facts, site.expression);
                }
            }
        }
        extensions
    }

    /// Whether an extension gives something this name.
    pub(super) fn give(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// Whether some extension is not written out where it is applied.
    pub(super) fn are_opaque(&self) -> bool {
        self.opaque
    }

    fn call(&mut self, facts: &ModuleFacts, call: ExpressionId) {
        let Expression::Call { arguments, .. } = facts.expression(call) else {
            self.opaque = true;
            return;
        };
        for argument in arguments {
            let value = facts.unwrap_casts(argument.value);
            match facts.expression(value) {
                Expression::Object(_) => self.object(facts, value, 0),
                Expression::Function(function) => match &facts.function(*function).body {
                    FunctionBody::Expression(body) => self.object(facts, *body, 0),
                    FunctionBody::Block(_) | FunctionBody::None => self.opaque = true,
                },
                _ => self.opaque = true,
            }
        }
    }

    /// All keys: which kind of addition each is, hardly matters.
    fn object(&mut self, facts: &ModuleFacts, id: ExpressionId, depth: u32) {
        let Expression::Object(properties) = facts.expression(facts.unwrap_casts(id)) else {
            self.opaque |= depth < 3;
            return;
        };
        for property in properties {
            match property {
                Property::Value { key, value, .. } => {
                    match key.name() {
                        Some(name) => {
                            self.names.insert(name.text.clone());
                        }
                        None => self.opaque = true,
                    }
                    if depth < 3 {
                        self.object(facts, *value, depth + 1);
                    }
                }
                Property::Method { key, .. } => {
                    if let Some(name) = key.name() {
                        self.names.insert(name.text.clone());
                    }
                }
                Property::Spread { .. } => self.opaque = true,
            }
        }
    }
}
