//! Guards that decide by what a column of people holds.

use std::collections::BTreeMap;

use smol_str::SmolStr;
use snell_extract::facts::{Expression, ExpressionKind};
use snell_source::Location;

use crate::{functions, rule::Context};

/// The properties that guards of the application read, each with a place where one does.
#[derive(Debug, Default)]
pub(super) struct Deciding(BTreeMap<SmolStr, Location>);

impl Deciding {
    pub(super) fn find(context: &Context<'_>) -> Self {
        let modules = &context.project.modules;
        let mut found = BTreeMap::new();
        for (module, owner) in modules.iter() {
            let mut guards = owner.facts.classes.iter();
            let guards: Vec<_> = guards
                .by_ref()
                .filter(|class| class.member("canActivate").is_some())
                .map(|class| class.span)
                .collect();
            if guards.is_empty() || !functions::is_application(context.project, module) {
                continue;
            }
            for (_, node) in owner.facts.all([ExpressionKind::Member]) {
                if let Expression::Member { property, .. } = &node.kind
                    && guards.iter().any(|span| span.contains(property.span))
                {
                    let place = found.entry(property.text.clone());
                    place.or_insert_with(|| modules.at(module, property.span));
                }
            }
        }
        Deciding(found)
    }

    /// Where a guard reads a property of this name.
    pub(super) fn by(&self, name: &str) -> Option<Location> {
        self.0.get(name).copied()
    }
}
