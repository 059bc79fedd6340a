//! Where a key that is written comes from: what the client sent, or a row that nobody checked.

use snell_flow::{
    Fact, Root, RowOrigin, Step, Value,
    scope::{Key, Origin, Trust, asks_of_row, leaves, origins, passed_on},
};
use snell_project::{client::CallId, ownership::Ownership, schema::ModelRef};

use super::Search;
use crate::{
    rule::Context,
    rules::isolation::{evidence::Evidence, exposure::Copied},
    support::name_words::has_word,
};

impl Search<'_, '_> {
    /// `let id = sent; if (...) { id = other; }`: the client's key, where it may be that and nothing
    /// that decides so may have looked at it.
    pub(super) fn chosen(&self, value: &Value) -> Option<Key> {
        let Value::OneOf(choices) = value else {
            return None;
        };
        choices.iter().find_map(|choice| {
            let (mut sent, mut other) = (None, false);
            origins(&choice.value, &mut |origin| match origin {
                Origin::Client(key) => sent = Some(key),
                _ => other = true,
            });
            let key = sent.filter(|_| !other)?;
            let trust = Trust::of(&self.facts.with_each(choice.facts.iter()));
            (is_blind_to(&trust) && !trust.holds(&key)).then_some(key)
        })
    }

    /// The client's key that a value is, when nothing ties it to who asks.
    pub(super) fn sent(&self, value: &Value) -> Option<Key> {
        let (mut sent, mut other) = (None, false);
        origins(value, &mut |origin| match origin {
            Origin::Client(key) => {
                other |= self.trust.holds(&key);
                sent.get_or_insert(key);
            }
            Origin::Constant => {}
            Origin::Row(row, path) if !self.trust.is_row_in_scope(row) => {
                match passed_on(self.context.project, row, &path.names(), self.facts) {
                    Some(key) => {
                        other |= self.trust.holds(&key);
                        sent.get_or_insert(key);
                    }
                    None => other = true,
                }
            }
            _ => other = true,
        });
        sent.filter(|key| !other && !self.is_absent(key))
    }

    /// Whether nothing was sent there, on this way: `if (body.albumId) { ...; return; }` went before. That something made
    /// of it is falsy (`body.albumId.startsWith('a')`) says no such thing.
    fn is_absent(&self, key: &Key) -> bool {
        self.facts.iter().any(|fact| {
            let Fact::Falsy(value @ Value::Opaque(opaque)) = fact else {
                return false;
            };
            let sent = matches!(opaque.root, Root::ClientInput(..) | Root::Parsed(_))
                && opaque.path.last() != Some(&Step::Converted);
            let mut it = false;
            origins(value, &mut |origin| {
                it |= matches!(&origin, Origin::Client(sent) if sent == key)
            });
            sent && it
        })
    }

    /// Whether a value is the key of whom a row belongs to, as every row does: `site.ownerId`, `site.owner.id`.
    pub(super) fn is_of_owner(&self, value: &Value) -> bool {
        let (mut found, mut other) = (false, false);
        origins(value, &mut |origin| match origin {
            Origin::Row(row, path) => {
                let path = path.names();
                let model = self.context.project.calls.get(row.call).model();
                let named = model.zip(path.first());
                found |= named.is_some_and(|(model, first)| self.is_owner(model, first));
            }
            Origin::Constant => {}
            _ => other = true,
        });
        found && !other
    }

    fn is_owner(&self, model: ModelRef, name: &str) -> bool {
        let declared = self.context.project.schemas.model(model);
        let owners = &self.context.project.owners;
        let graph = owners.graph(model.schema);
        declared.field(name).is_some_and(|field| {
            let mut direct = owners.of(model).direct();
            direct.any(|chain| {
                chain.required
                    && graph.ends_at_person(chain)
                    && (chain.key == Some(field.id) || chain.relations.first() == Some(&field.id))
            })
        })
    }

    /// The query whose row a value is a part of, and the key by which the client
    /// names that row, when nothing ties either to who asks.
    pub(super) fn taken(&self, value: &Value) -> Option<(CallId, Key)> {
        let (mut found, mut other) = (None, false);
        origins(value, &mut |origin| match origin {
            Origin::Row(row, path) if !path.is_empty() && !self.trust.is_row_in_scope(row) => {
                let key = named_by(row).filter(|key| !self.trust.holds(key));
                let owned = self
                    .context
                    .project
                    .calls
                    .get(row.call)
                    .model()
                    .is_some_and(|model| {
                        matches!(self.context.project.owners.of(model), Ownership::Owned(_))
                    });
                match key.filter(|_| owned && !asks_of_row(self.context.project, self.facts, row)) {
                    Some(key) => found = Some((row.call, key)),
                    None => other = true,
                }
            }
            Origin::Constant => {}
            _ => other = true,
        });
        found.filter(|_| !other)
    }
}

/// Words in the names of models whose rows tell somebody of something, or say that it happened: they are made for whom it
/// is about, whoever makes them.
const TELLING: [&str; 20] = [
    "notification",
    "notice",
    "message",
    "event",
    "log",
    "activity",
    "audit",
    "view",
    "visit",
    "click",
    "alert",
    "mail",
    "email",
    "invite",
    "invitation",
    "request",
    "review",
    "rating",
    "report",
    "feed",
];

/// Where rows of a model are kept to their owner, of a row whose owner is taken from one that is given back to nobody
/// else: who makes the new row acts for them.
pub(super) fn kept_beside(
    context: &Context<'_>,
    model: ModelRef,
    copied: &Copied,
    evidence: &Evidence,
) -> Option<CallId> {
    let from = context.project.calls.get(copied.from).model()?;
    let private = evidence.private(from, copied.from).is_some()
        && !evidence.is_on_open_pages(from)
        && !evidence.is_open(model);
    evidence
        .guarded(model)
        .filter(|_| private && !tells(context, model))
}

/// Whether rows of a model tell somebody of something, or say that it happened, by what they are called.
pub(in crate::rules::isolation) fn tells(context: &Context<'_>, model: ModelRef) -> bool {
    has_word(&context.project.schemas.model(model).name, &TELLING)
}

/// Whether what holds asks nothing that may say whose a row is.
fn is_blind_to(trust: &Trust) -> bool {
    !trust.privileged && !trust.opaque
}

/// What the client sent, when a row was looked up by that alone.
fn named_by(row: &RowOrigin) -> Option<Key> {
    let filter = &row.arguments.as_object()?.entries.get("where")?.value;
    let leaves = leaves(filter)?;
    let [leaf] = leaves.as_slice() else {
        return None;
    };
    let (mut key, mut other) = (None, leaf.weak || !leaf.always);
    origins(leaf.value, &mut |origin| match origin {
        Origin::Client(sent) => key = Some(sent),
        _ => other = true,
    });
    key.filter(|_| !other)
}
