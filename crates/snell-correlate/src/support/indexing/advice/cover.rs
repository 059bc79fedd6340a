//! The fewest indexes for the needs of one table.
//!
//! A need comes before another one when every index for the other begins with an
//! index for it. That is a partial order, and the fewest indexes are the fewest
//! chains that cover it: as many as there are needs, less the largest matching of
//! each need with one that follows it (Dilworth's theorem, Kőnig's construction).

use std::collections::BTreeSet;

use snell_prisma::FieldId;

use super::Unserved;
use crate::support::asked::Sort;

/// What an index must have to be of use.
#[derive(Debug, Clone)]
pub(super) struct Need {
    /// Its first columns, in whatever order.
    pub(super) fixed: BTreeSet<FieldId>,
    /// The same, in the order that is best for the need alone.
    pub(super) first: Vec<FieldId>,
    /// The columns after them, in this order.
    pub(super) tail: Vec<Sort>,
    /// What it is for.
    pub(super) serves: Vec<Unserved>,
}

impl Need {
    /// For columns alone.
    pub(super) fn of_columns(columns: &[FieldId], one: Unserved) -> Need {
        Need {
            fixed: columns.iter().copied().collect(),
            first: columns.to_vec(),
            tail: Vec::new(),
            serves: vec![one],
        }
    }

    /// What needs are sorted by, so that the result does not depend on their order.
    pub(super) fn key(&self) -> (usize, Vec<FieldId>, &[Sort]) {
        (
            self.fixed.len(),
            self.fixed.iter().copied().collect(),
            &self.tail,
        )
    }

    /// Whether every index for `other` can be one for this, too.
    fn precedes(&self, other: &Need) -> bool {
        let tail: BTreeSet<FieldId> = self.tail.iter().map(|sort| sort.field).collect();
        let grows = (&self.fixed, &self.tail) != (&other.fixed, &other.tail);
        let inside = self.fixed.is_subset(&other.fixed) && tail.is_subset(&other.fixed);
        let begins = self.fixed == other.fixed && other.tail.starts_with(&self.tail);
        grows && (inside || begins)
    }
}

/// The needs in as few chains as can be, each in order.
pub(super) fn chains(needs: Vec<Need>) -> Vec<Vec<Need>> {
    let follows: Vec<Vec<usize>> = needs
        .iter()
        .map(|need| {
            let numbered = needs.iter().enumerate();
            let after = numbered.filter(|(_, other)| need.precedes(other));
            after.map(|(number, _)| number).collect()
        })
        .collect();
    // For each need, the one that comes before it in its chain.
    let mut before: Vec<Option<usize>> = vec![None; needs.len()];
    for start in 0..needs.len() {
        let mut tried = vec![false; needs.len()];
        augment(start, &follows, &mut before, &mut tried);
    }
    let mut after: Vec<Option<usize>> = vec![None; needs.len()];
    for (number, earlier) in before.iter().enumerate() {
        if let Some(earlier) = earlier {
            after[*earlier] = Some(number);
        }
    }
    let mut needs: Vec<Option<Need>> = needs.into_iter().map(Some).collect();
    let heads = (0..needs.len()).filter(|number| before[*number].is_none());
    let mut found = Vec::new();
    for head in heads.collect::<Vec<_>>() {
        let mut chain = Vec::new();
        let mut next = Some(head);
        while let Some(number) = next {
            chain.extend(needs[number].take());
            next = after[number];
        }
        if chain
            .iter()
            .any(|need| !need.fixed.is_empty() || !need.tail.is_empty())
        {
            found.push(chain);
        }
    }
    found
}

/// Finds a follower for a need, moving others on where that frees one.
fn augment(
    need: usize,
    follows: &[Vec<usize>],
    before: &mut [Option<usize>],
    tried: &mut [bool],
) -> bool {
    for &follower in &follows[need] {
        if std::mem::replace(&mut tried[follower], true) {
            continue;
        }
        let free = match before[follower] {
            None => true,
            Some(other) => augment(other, follows, before, tried),
        };
        if free {
            before[follower] = Some(need);
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use snell_prisma::FieldId;

    use super::{Need, chains};
    use crate::support::asked::Sort;

    fn fields() -> Vec<FieldId> {
        let text = "model M {\n a Int @id\n b Int\n c Int\n d Int\n}\n";
        let parse = snell_prisma::parse(text);
        let (datamodel, _) = snell_prisma::lower(&[(0, &parse)]);
        datamodel.models()[0]
            .fields
            .iter()
            .map(|field| field.id)
            .collect()
    }

    fn need(fixed: &[FieldId], tail: &[FieldId]) -> Need {
        Need {
            fixed: fixed.iter().copied().collect::<BTreeSet<_>>(),
            first: fixed.to_vec(),
            tail: tail
                .iter()
                .map(|field| Sort {
                    field: *field,
                    descending: true,
                    nulls_first: true,
                })
                .collect(),
            serves: Vec::new(),
        }
    }

    #[test]
    fn a_chain_may_have_to_give_way() {
        let f = fields();
        let (a, b, c) = (f[0], f[1], f[2]);
        // [a, c] and [b, a]: taking [a, b] for the first would need three.
        let needs = vec![
            need(&[a], &[]),
            need(&[b], &[]),
            need(&[a, b], &[]),
            need(&[a, c], &[]),
        ];
        assert_eq!(chains(needs).len(), 2);
    }

    #[test]
    fn an_order_may_be_within_what_another_fixes() {
        let f = fields();
        let (a, b, c) = (f[0], f[1], f[2]);
        assert_eq!(chains(vec![need(&[a], &[b]), need(&[a, b], &[c])]).len(), 1);
        assert_eq!(chains(vec![need(&[a], &[b]), need(&[a], &[c])]).len(), 2);
        assert_eq!(chains(vec![need(&[a], &[b]), need(&[a], &[b, c])]).len(), 1);
    }
}
