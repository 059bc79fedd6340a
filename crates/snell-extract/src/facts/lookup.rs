//! Expressions found by their kind, and by the name that they use, without a look at all of them.

use std::sync::OnceLock;

use super::{BindingId, BindingKind, Expression, ExpressionId, ExpressionNode, ModuleFacts};

/// The kinds of expressions that are looked for in whole modules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum ExpressionKind {
    /// [`Expression::Assign`]
    Assign,
    /// [`Expression::Binary`]
    Binary,
    /// [`Expression::Call`]
    Call,
    /// [`Expression::Cast`]
    Cast,
    /// [`Expression::Conditional`]
    Conditional,
    /// [`Expression::DynamicImport`]
    DynamicImport,
    /// [`Expression::Identifier`]
    Identifier,
    /// [`Expression::Index`]
    Index,
    /// [`Expression::Logical`]
    Logical,
    /// [`Expression::Member`]
    Member,
    /// [`Expression::New`]
    New,
    /// [`Expression::Object`]
    Object,
    /// [`Expression::String`]
    String,
    /// [`Expression::Template`]
    Template,
    /// [`Expression::Update`]
    Update,
    /// All others.
    Other,
}

impl ExpressionKind {
    /// Of an expression.
    fn of(expression: &Expression) -> Self {
        match expression {
            Expression::Assign { .. } => ExpressionKind::Assign,
            Expression::Binary { .. } => ExpressionKind::Binary,
            Expression::Call { .. } => ExpressionKind::Call,
            Expression::Cast { .. } => ExpressionKind::Cast,
            Expression::Conditional { .. } => ExpressionKind::Conditional,
            Expression::DynamicImport(_) => ExpressionKind::DynamicImport,
            Expression::Identifier { .. } => ExpressionKind::Identifier,
            Expression::Index { .. } => ExpressionKind::Index,
            Expression::Logical { .. } => ExpressionKind::Logical,
            Expression::Member { .. } => ExpressionKind::Member,
            Expression::New { .. } => ExpressionKind::New,
            Expression::Object(_) => ExpressionKind::Object,
            Expression::String(_) => ExpressionKind::String,
            Expression::Template { .. } => ExpressionKind::Template,
            Expression::Update { .. } => ExpressionKind::Update,
            _ => ExpressionKind::Other,
        }
    }
}

/// What is made of the expressions of a module when somebody asks first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lookup {
    /// The kind of each, a byte.
    kinds: OnceLock<Box<[u8]>>,
    uses: OnceLock<Uses>,
}

/// The expressions that are names, by what they name.
#[derive(Debug, Clone)]
struct Uses {
    /// Where those of each binding end among all; those of the first begin at 0.
    ends: Box<[u32]>,
    all: Box<[ExpressionId]>,
}

impl Uses {
    fn of(facts: &ModuleFacts) -> Self {
        let names = || {
            facts
                .all([ExpressionKind::Identifier])
                .filter_map(|(id, node)| match &node.kind {
                    Expression::Identifier { binding, .. } => binding.map(|binding| (id, binding)),
                    _ => None,
                })
        };
        // Counted first; then each is put before the end of its own.
        let mut ends = vec![0u32; facts.bindings.len()];
        names().for_each(|(_, binding)| ends[binding.index()] += 1);
        let mut total = 0;
        for end in &mut ends {
            (*end, total) = (total, total + *end);
        }
        let mut all = vec![ExpressionId(0); total as usize];
        for (id, binding) in names() {
            let next = &mut ends[binding.index()];
            all[*next as usize] = id;
            *next += 1;
        }
        Uses {
            ends: ends.into(),
            all: all.into(),
        }
    }
}

/// What follows from the expressions does not tell modules apart.
impl PartialEq for Lookup {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl ModuleFacts {
    /// The expressions of up to three kinds, in the order of their ids.
    pub fn all<const N: usize>(
        &self,
        kinds: [ExpressionKind; N],
    ) -> impl Iterator<Item = (ExpressionId, &ExpressionNode)> {
        const { assert!(N > 0 && N <= 3, "one to three kinds") };
        let bytes = self.lookup.kinds.get_or_init(|| {
            let nodes = self.expressions.iter();
            nodes
                .map(|node| ExpressionKind::of(&node.kind) as u8)
                .collect()
        });
        let [first, second, third] = [0, 1, 2].map(|n| kinds[n.min(N - 1)] as u8);
        let mut next = 0;
        std::iter::from_fn(move || {
            let rest = &bytes[next..];
            let at = match N {
                1 => memchr::memchr(first, rest),
                2 => memchr::memchr2(first, second, rest),
                _ => memchr::memchr3(first, second, third, rest),
            }?;
            let id = next + at;
            next = id + 1;
            let number = u32::try_from(id).ok()?;
            Some((ExpressionId(number), &self.expressions[id]))
        })
    }
}

impl ModuleFacts {
    /// What a name of the module was given where it is declared; none for all that is no such name.
    #[must_use]
    pub fn given(&self, id: ExpressionId) -> Option<ExpressionId> {
        let Expression::Identifier {
            binding: Some(binding),
            ..
        } = self.expression(self.unwrap_casts(id))
        else {
            return None;
        };
        match &self.binding(*binding).kind {
            BindingKind::Variable {
                init: Some(init), ..
            } if init.path.is_empty() => Some(init.value),
            _ => None,
        }
    }

    /// The expressions that use a name of the module, in the order of their ids.
    #[must_use]
    pub fn uses(&self, binding: BindingId) -> &[ExpressionId] {
        let uses = self.lookup.uses.get_or_init(|| Uses::of(self));
        let Some(end) = uses.ends.get(binding.index()) else {
            return &[];
        };
        let start = match binding.index().checked_sub(1) {
            Some(before) => uses.ends[before],
            None => 0,
        };
        &uses.all[start as usize..*end as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::{Expression, ExpressionKind};
    use crate::{Dialect, extract};

    #[test]
    fn finds_what_going_through_all_finds() {
        let text = "const a = new B(c.d, { e: `f` }); g(a['h'] ?? 'i'); a.j = 1 + 2;";
        let facts = extract(text, Dialect::TypeScript);
        let every = |wanted: &[ExpressionKind]| -> Vec<u32> {
            let nodes = (0u32..).zip(&facts.expressions);
            nodes
                .filter(|(_, node)| wanted.contains(&ExpressionKind::of(&node.kind)))
                .map(|(n, _)| n)
                .collect()
        };
        let ids = |found: &mut dyn Iterator<
            Item = (super::ExpressionId, &super::ExpressionNode),
        >| { found.map(|(id, _)| id.0).collect::<Vec<u32>>() };
        for kind in [
            ExpressionKind::Assign,
            ExpressionKind::Logical,
            ExpressionKind::Object,
            ExpressionKind::Template,
        ] {
            assert_eq!(ids(&mut facts.all([kind])), every(&[kind]));
            assert!(!every(&[kind]).is_empty(), "{kind:?}");
        }
        let called = [ExpressionKind::Call, ExpressionKind::New];
        assert_eq!(ids(&mut facts.all(called)), every(&called));
        let named = [
            ExpressionKind::Identifier,
            ExpressionKind::Member,
            ExpressionKind::String,
        ];
        assert_eq!(ids(&mut facts.all(named)), every(&named));
        for n in 0..u32::try_from(facts.bindings.len()).expect("few") {
            let own = super::BindingId(n);
            let named = facts.all([ExpressionKind::Identifier]).filter(|(_, node)| {
                matches!(node.kind, Expression::Identifier { binding: Some(of), .. } if of == own)
            });
            let named: Vec<super::ExpressionId> = named.map(|(id, _)| id).collect();
            assert_eq!(facts.uses(own), named);
        }
        assert_eq!(facts.uses(super::BindingId(0)).len(), 2);
        let strings = facts.all([ExpressionKind::String]);
        assert!(
            strings
                .map(|(_, node)| &node.kind)
                .all(|kind| matches!(kind, Expression::String(_)))
        );
    }
}
