//! Which kind of site each predicate of the query stands for, and what a site of that kind looks like.

use crate::facts::{BindingKind, Expression, ExpressionId, ImportedName, ModuleFacts, SiteKind};

/// What a predicate whose words match stands for.
#[derive(Debug)]
pub(super) struct Reader {
    /// The predicate, `?` included.
    pub(super) predicate: &'static str,
    /// The kind of its sites.
    pub(super) kind: SiteKind,
    /// Whether the word may be a part of the name.
    pub(super) part: bool,
    /// Whether an expression with this receiver is one of them.
    pub(super) fits: fn(&ModuleFacts, ExpressionId, Option<ExpressionId>) -> bool,
}

/// The readers of all predicates.
pub(super) static READERS: &[Reader] = &[
    reader("model?", SiteKind::ModelOperation, is_call),
    reader("raw?", SiteKind::RawQuery, |_, _, _| true),
    reader("transaction?", SiteKind::Transaction, is_call),
    reader("extension?", SiteKind::Extension, is_call),
    reader("fragment?", SiteKind::SqlFragment, is_fragment),
    Reader {
        part: true,
        ..reader("client?", SiteKind::ClientConstruction, |_, _, _| true)
    },
    reader("decorator?", SiteKind::ParamDecorator, is_call),
    reader("validation?", SiteKind::ValidationSchema, is_schema),
];

const fn reader(
    predicate: &'static str,
    kind: SiteKind,
    fits: fn(&ModuleFacts, ExpressionId, Option<ExpressionId>) -> bool,
) -> Reader {
    Reader {
        predicate,
        kind,
        part: false,
        fits,
    }
}

/// What is called with arguments, and is no tag of a template.
fn is_call(facts: &ModuleFacts, site: ExpressionId, _: Option<ExpressionId>) -> bool {
    matches!(facts.expression(site), Expression::Call { .. })
}

/// `join` and `raw` are everybody's words: they make fragments when `Prisma`, whatever its local
/// name, stands before them. `sql` makes one as the tag of a template, too.
fn is_fragment(facts: &ModuleFacts, site: ExpressionId, receiver: Option<ExpressionId>) -> bool {
    let Some(receiver) = receiver else {
        return matches!(facts.expression(site), Expression::TaggedTemplate { .. });
    };
    let Expression::Identifier { name, binding } = facts.expression(receiver) else {
        return false;
    };
    let imported = binding.and_then(|binding| match facts.binding(binding).kind {
        BindingKind::Import(import) => facts.imports.get(import as usize),
        _ => None,
    });
    match imported.map(|import| &import.imported) {
        Some(ImportedName::Named(original)) => original == "Prisma",
        _ => name == "Prisma",
    }
}

/// `z.object(...)`, and no method of anything longer.
fn is_schema(facts: &ModuleFacts, site: ExpressionId, receiver: Option<ExpressionId>) -> bool {
    let bare = |receiver| matches!(facts.expression(receiver), Expression::Identifier { .. });
    is_call(facts, site, None) && receiver.is_some_and(bare)
}
