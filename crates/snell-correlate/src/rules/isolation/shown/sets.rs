//! Columns that name rows together: the posts of a group. Where one query asks for those of who asks by such a
//! column, one that asks by the column alone leaves whose they are out.

use std::collections::BTreeMap;

use smol_str::SmolStr;
use snell_flow::scope::{Keyed, Leaf, Origin, Reached, leaves, origins};
use snell_prisma::ScalarType;
use snell_project::{client::CallId, schema::ModelRef};

use crate::rule::Context;

/// Columns by which the client names rows beside who asks, each with such a query.
#[derive(Debug, Default)]
pub(super) struct Sets(BTreeMap<(ModelRef, SmolStr), CallId>);

impl Sets {
    /// Notes a query that is kept to who asks.
    pub(super) fn add(&mut self, context: &Context<'_>, reached: &Reached<'_>, model: ModelRef) {
        for keyed in named(context, reached, model) {
            let place = self.0.entry((model, keyed.field));
            place.or_insert(reached.query.call);
        }
    }

    /// What the client sent by which a query names such rows.
    pub(super) fn of(
        &self,
        context: &Context<'_>,
        reached: &Reached<'_>,
        model: ModelRef,
    ) -> Option<(Keyed, CallId)> {
        let mut sets = named(context, reached, model).into_iter();
        sets.find_map(|keyed| {
            let place = *self.0.get(&(model, keyed.field.clone()))?;
            Some((keyed, place))
        })
    }
}

/// The columns of texts, no keys themselves, that a condition compares with what the client sent.
fn named(context: &Context<'_>, reached: &Reached<'_>, model: ModelRef) -> Vec<Keyed> {
    let declared = context.project.schemas.model(model);
    let trust = reached.trust();
    let arguments = reached.query.arguments.first();
    let filter = arguments
        .and_then(|arguments| arguments.as_object())
        .and_then(|arguments| arguments.entries.get("where"));
    let keyed = |leaf: Leaf<'_>| {
        let [name] = leaf.path.as_slice() else {
            return None;
        };
        let field = declared.field(name)?;
        let text = field.scalar() == Some(ScalarType::String)
            && !declared.is_id(field.id)
            && !declared.is_unique(field.id)
            && !declared.is_foreign_key(field.id);
        let (mut sent, mut others) = (None, leaf.weak || leaf.negated || !leaf.always);
        origins(leaf.value, &mut |origin| match origin {
            Origin::Client(key) if !trust.holds(&key) => sent = Some(key),
            _ => others = true,
        });
        let key = sent.filter(|_| text && !others)?;
        Some(Keyed {
            field: name.clone(),
            key,
            by_unique: false,
        })
    };
    let leaves = filter.and_then(|filter| leaves(&filter.value));
    leaves.into_iter().flatten().filter_map(keyed).collect()
}
