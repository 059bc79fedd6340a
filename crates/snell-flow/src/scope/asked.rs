//! Whether a condition asks of calls that are not followed whose the rows of a query are.

use rustc_hash::FxHashSet;

use super::{Origin, Trust, Walk, origins, trust::results_in};
use crate::{
    fact::Fact,
    facts::Facts,
    value::{Literal, Root, Value},
};

impl Walk<'_> {
    /// Whether a fact is about the result of an unknown call that was handed a key by which the rows
    /// with these arguments may be named.
    #[must_use]
    pub fn asks_others(&self, facts: &Facts, rows: &[Value]) -> bool {
        let mut asked = FxHashSet::default();
        let decide = facts
            .iter()
            .filter(|fact| !self.is_presence_in_memory(fact));
        for fact in decide {
            results_in(fact, &mut |at| {
                asked.insert(at);
            });
        }
        let mut about = asked.iter().filter_map(|at| self.handed.get(at));
        about.any(|about| about.may_be(rows))
            || facts.iter().any(|fact| is_form_of_key(fact, rows))
            || !self.answered.is_empty() && self.compares_answer(facts)
    }

    /// Whether a fact is that something is, or is not, in memory under the key of a row.
    fn is_presence_in_memory(&self, fact: &Fact) -> bool {
        let (Fact::Truthy(value) | Fact::Falsy(value)) = fact else {
            return false;
        };
        let Value::Opaque(opaque) = value else {
            return false;
        };
        matches!(opaque.root, Root::Result(at) if opaque.path.is_empty() && self.remembered.contains(&at))
    }

    /// Whether what another system says of a key that the client sent is
    /// compared with what is known of who asks.
    fn compares_answer(&self, facts: &Facts) -> bool {
        let trust = Trust::of(facts);
        let answers = |value: &Value| {
            let mut found = false;
            origins(value, &mut |origin| {
                found |= matches!(origin, Origin::Result(at) if self.answered.contains(&at));
            });
            found
        };
        facts.iter().any(|fact| match fact {
            Fact::Equal(a, b) | Fact::Member(a, b) => {
                answers(a) && trust.is_trusted(b) || answers(b) && trust.is_trusted(a)
            }
            _ => false,
        })
    }
}

/// Whether a fact is that a key by which the rows with these arguments may be named has some form. Who checks as much
/// mostly asks what is not followed as well, and says both in one condition.
fn is_form_of_key(fact: &Fact, rows: &[Value]) -> bool {
    let Fact::Member(wanted, Value::Literal(Literal::Pattern(_))) = fact else {
        return false;
    };
    let mut formed = false;
    origins(wanted, &mut |origin| {
        if let Origin::Client(key) = origin {
            for row in rows {
                origins(row, &mut |origin| {
                    formed |= matches!(&origin, Origin::Client(named) if *named == key);
                });
            }
        }
    });
    formed
}
