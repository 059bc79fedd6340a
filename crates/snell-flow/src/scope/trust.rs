//! What checks have tied to who asks.
//!
//! Trust is given freely: a doubt about a check makes a rule silent. What is
//! not known to be checked must not have been looked at by anything.

use snell_project::{endpoint::Endpoint, module::ExpressionRef};

use super::{
    Key, Origin,
    content::says_who_did,
    inside::is_checked_inside,
    leaves, origins,
    passed::overruled,
    unseen::{decides_unknown, decides_unseen, is_key_of_row, is_made_elsewhere, is_opaque},
};
use crate::{
    fact::{Fact, resolved},
    facts::Facts,
    value::{Opaque, Root, RowOrigin, Step, Value},
};

/// What may be used as a key because a check before ties it to who asks.
#[derive(Debug, Default)]
pub struct Trust {
    keys: Vec<Key>,
    rows: Vec<RowOrigin>,
    /// Something was asked of who asks that is no mere sign-in: a role, a plan.
    pub privileged: bool,
    /// Something decides whose meaning is not known.
    pub opaque: bool,
    /// It is compared with something, and not only there or not: it may be who asks.
    pub compared: bool,
}

/// Facts lead to facts: so often at most.
const ROUNDS: usize = 5;

/// The last names of what merely says that somebody is signed in.
const SIGNED_IN: [&str; 8] = [
    "id", "sub", "user", "auth", "uid", "email", "session", "name",
];

/// What holds of what the client sent before an endpoint begins: a guard that
/// looks at a key may check whose it is.
pub(super) fn checked(endpoint: &Endpoint) -> Facts {
    let keys = endpoint.access.checked.iter();
    let checked = keys.map(|key| {
        let mut way = key.name.split('.');
        let first = way.next().map(Into::into);
        let sent = Opaque {
            root: Root::ClientInput(key.part.into(), first),
            path: way.map(|name| Step::Property(name.into())).collect(),
        };
        Fact::Equal(Value::Opaque(sent.into()), Value::opaque(Root::Identity))
    });
    checked.collect::<Vec<Fact>>().into()
}

impl Trust {
    /// What these facts say.
    #[must_use]
    pub fn of(facts: &Facts) -> Self {
        let mut trust = Trust::default();
        for fact in facts {
            trust.weigh(fact);
        }
        for _ in 0..ROUNDS {
            let before = trust.keys.len() + trust.rows.len();
            for fact in facts {
                trust.tie(fact);
            }
            if trust.keys.len() + trust.rows.len() == before {
                break;
            }
        }
        trust
    }

    /// What a fact says whatever others say.
    fn weigh(&mut self, fact: &Fact) {
        match fact {
            Fact::Truthy(value) => self.weigh_presence(value),
            Fact::Falsy(value) => self.opaque |= is_opaque(value),
            Fact::Equal(a, b) => {
                self.privileged |= (names_identity(a) && b.is_constant())
                    || (names_identity(b) && a.is_constant());
                self.unseen(a, b);
                // `row.tenantId === this.context.getStore().tenantId`: what a call gave may be who asks.
                self.opaque |= is_key_of_row(a) && is_made_elsewhere(b)
                    || is_key_of_row(b) && is_made_elsewhere(a);
            }
            Fact::Differ(a, b) => self.unseen(a, b),
            Fact::Member(wanted, list) => {
                self.privileged |= names_identity(wanted) && list.is_constant()
                    || names_identity(list) && wanted.is_constant();
                self.unseen(wanted, list);
            }
            Fact::OneOf(groups) => {
                let was_opaque = self.opaque;
                for fact in groups.iter().flat_map(|group| group.iter()) {
                    self.weigh(fact);
                }
                // Ways that part and meet again decide nothing.
                self.opaque = was_opaque || decides_unseen(groups);
            }
        }
    }

    /// What a fact ties to who asks, by what is tied already.
    fn tie(&mut self, fact: &Fact) {
        match fact {
            Fact::Truthy(value) => {
                self.present(value);
                self.held(value);
            }
            Fact::Falsy(_) => {}
            Fact::Equal(a, b) => {
                if b.is_constant() && !is_zero(b) {
                    self.held(a);
                }
                // What has a value of its own is there: a number of rows, a column of one.
                if matches!(b, Value::Literal(_)) && !is_zero(b) {
                    self.present(a);
                }
                if self.is_trusted(a) {
                    self.vouch(b);
                }
                if self.is_trusted(b) {
                    self.vouch(a);
                }
            }
            Fact::Differ(a, b) => {
                if is_zero(b) {
                    self.held(a);
                }
            }
            Fact::Member(wanted, list) => {
                if self.is_trusted(list) {
                    self.vouch(wanted);
                }
                if names_identity(wanted) {
                    self.vouch(list);
                }
            }
            // Who is refused and comes past it all the same is checked by nothing.
            Fact::OneOf(groups) => {
                for fact in resolved(groups).iter().flat_map(|group| group.iter()) {
                    self.tie(fact);
                }
            }
        }
    }

    /// Two values that are compared, one of which is not known.
    fn unseen(&mut self, a: &Value, b: &Value) {
        self.opaque |= decides_unknown(a, b);
        self.compared |= is_opaque(a) || is_opaque(b);
    }

    /// A row that is there: what it was looked for by, when that was in scope.
    fn present(&mut self, value: &Value) {
        let mut rows = Vec::new();
        origins(value, &mut |origin| {
            if let Origin::Row(row, _) = origin {
                rows.push(row);
            }
        });
        for row in rows {
            if self.is_row_in_scope(row) {
                self.vouch_row(row);
            }
        }
    }

    /// Rows that came along with a row, of which there is one: they were asked for together with who
    /// asks (`include: { members: { where: { userId } } }`), so the row is one of theirs.
    fn held(&mut self, value: &Value) {
        let mut rows = Vec::new();
        origins(value, &mut |origin| {
            if let Origin::Row(row, path) = origin
                && let [relation, of] = path.names().as_slice()
                && (of == "length" || of.starts_with('['))
                && taken_along(&row.arguments, relation).is_some_and(|kept| self.is_trusted(kept))
            {
                rows.push(row);
            }
        });
        for row in rows {
            self.vouch_row(row);
        }
    }

    fn weigh_presence(&mut self, value: &Value) {
        origins(value, &mut |origin| {
            if let Origin::Identity(path) = origin {
                let signed_in = path.last().is_none_or(|last| {
                    let last = last.to_ascii_lowercase();
                    SIGNED_IN.contains(&last.as_str()) || last.ends_with("id")
                });
                self.privileged |= !signed_in;
            }
        });
        self.opaque |= is_opaque(value);
    }

    /// Everything that a value is made of may be used.
    fn vouch(&mut self, value: &Value) {
        let mut keys = Vec::new();
        let mut rows = Vec::new();
        origins(value, &mut |origin| match origin {
            Origin::Client(key) => keys.push(key),
            Origin::Row(row, _) => rows.push(row),
            _ => {}
        });
        for key in keys {
            if !self.keys.contains(&key) {
                self.keys.push(key);
            }
        }
        for row in rows {
            self.vouch_row(row);
        }
    }

    fn vouch_row(&mut self, row: &RowOrigin) {
        if self.rows.contains(row) {
            return;
        }
        self.rows.push(row.clone());
        if let Some(filter) = filter_of(&row.arguments) {
            self.vouch(filter);
        }
    }

    /// Whether a row was looked for by something that ties it to who asks.
    #[must_use]
    pub fn is_row_in_scope(&self, row: &RowOrigin) -> bool {
        self.rows.contains(row)
            || row.is_scoped_by_client()
            || filter_of(&row.arguments)
                .or_else(|| written(&row.arguments))
                .is_some_and(|filter| {
                    self.is_trusted(filter)
                        && !self.is_overruled(filter)
                        && !self.is_of_others(filter)
                })
            || self.is_taken(&row.arguments)
            || is_checked_inside(&row.arguments, self)
    }

    /// Whether a row is who asks's by now, whether it was there before or not: `upsert({ create: { userId },
    /// update: { userId } })`.
    fn is_taken(&self, arguments: &Value) -> bool {
        let Some(arguments) = arguments.as_object() else {
            return false;
        };
        let part = |name: &str| arguments.entries.get(name)?.value.as_object();
        let (Some(made), Some(changed)) = (part("create"), part("update")) else {
            return false;
        };
        made.entries.iter().any(|(name, entry)| {
            let changed = changed.entries.get(name).filter(|entry| entry.always);
            !says_who_did(name)
                && entry.always
                && self.is_trusted(&entry.value)
                && changed.is_some_and(|changed| self.is_trusted(&changed.value))
        })
    }

    /// Whether a condition names who asks to leave them out alone: `userId: { not: user.id }`.
    fn is_of_others(&self, filter: &Value) -> bool {
        leaves(filter).is_some_and(|leaves| {
            let mut tied = leaves
                .iter()
                .filter(|leaf| self.is_trusted(leaf.value))
                .peekable();
            tied.peek().is_some() && tied.all(|leaf| leaf.negated)
        })
    }

    /// Whether all that ties a condition to who asks is a default that the client may overrule.
    fn is_overruled(&self, filter: &Value) -> bool {
        let mut overrules = false;
        for entry in filter
            .as_object()
            .into_iter()
            .flat_map(|one| one.entries.values())
        {
            match &entry.value {
                Value::OneOf(choices) if overruled(choices, self).is_some() => overrules = true,
                value if self.is_trusted(value) => return false,
                _ => {}
            }
        }
        overrules
    }

    /// Whether any part of a value ties it to who asks.
    #[must_use]
    pub fn is_trusted(&self, value: &Value) -> bool {
        let mut trusted = false;
        origins(value, &mut |origin| {
            trusted |= match origin {
                Origin::Identity(_) => true,
                Origin::Client(key) => self.keys.iter().any(|known| known.covers(&key)),
                Origin::Row(row, _) => self.is_row_in_scope(row),
                _ => false,
            };
        });
        trusted
    }

    /// The keys tied to who asks that stand inside of this one.
    pub(super) fn inside<'t>(&'t self, key: &'t Key) -> impl Iterator<Item = &'t Key> {
        self.keys.iter().filter(|known| key.covers(known))
    }

    /// Whether the first of a list that the client sent was tied to who asks, and the list was not.
    #[must_use]
    pub fn holds_first_of(&self, list: &Key) -> bool {
        let depth = list.path.len();
        !self.holds(list)
            && self.keys.iter().any(|known| {
                let at = known.path.get(depth);
                list.covers(known) && at.is_some_and(|at| at.starts_with('['))
            })
    }

    /// Whether the key was tied to who asks.
    #[must_use]
    pub fn holds(&self, key: &Key) -> bool {
        self.keys.iter().any(|known| known.covers(key))
    }
}

/// What a row was looked for by: the `where` of the query's first argument,
/// all arguments of a raw query.
#[must_use]
pub(super) fn filter_of(arguments: &Value) -> Option<&Value> {
    if let Value::Array(_) = arguments {
        return Some(arguments);
    }
    arguments
        .as_object()
        .and_then(|object| object.entries.get("where"))
        .map(|entry| &entry.value)
}

/// The condition of the rows of a relation that come along with a row.
fn taken_along<'v>(arguments: &'v Value, relation: &str) -> Option<&'v Value> {
    let arguments = arguments.as_object()?;
    ["include", "select"].into_iter().find_map(|how| {
        let taken = arguments.entries.get(how)?.value.as_object()?;
        filter_of(&taken.entries.get(relation)?.value)
    })
}

/// `0`
fn is_zero(value: &Value) -> bool {
    matches!(value, Value::Literal(crate::value::Literal::Number(number)) if **number == *"0")
}

/// What a new row was made of: nobody but who asked has it yet.
fn written(arguments: &Value) -> Option<&Value> {
    let entries = &arguments.as_object()?.entries;
    entries.get("data").map(|entry| &entry.value)
}

/// Whether a fact is about who asks, more than that somebody does.
#[must_use]
pub fn is_about_identity(fact: &Fact) -> bool {
    match fact {
        Fact::Truthy(_) | Fact::Falsy(_) => false,
        Fact::Equal(a, b) | Fact::Differ(a, b) | Fact::Member(a, b) => {
            names_identity(a) || names_identity(b)
        }
        Fact::OneOf(groups) => groups
            .iter()
            .any(|group| group.iter().any(is_about_identity)),
    }
}

/// Whether it holds that somebody is signed in.
#[must_use]
pub fn is_signed_in(facts: &Facts) -> bool {
    facts.iter().any(|fact| match fact {
        Fact::Truthy(value) => {
            let (mut who, mut others) = (false, false);
            origins(value, &mut |origin| match origin {
                Origin::Identity(_) => who = true,
                _ => others = true,
            });
            who && !others
        }
        _ => false,
    })
}

/// Whether a value is made of who asks.
pub(super) fn names_identity(value: &Value) -> bool {
    let mut named = false;
    origins(value, &mut |origin| {
        named |= matches!(origin, Origin::Identity(_));
    });
    named
}

/// Visits the calls that are not followed whose results a fact is about.
pub(super) fn results_in(fact: &Fact, each: &mut dyn FnMut(ExpressionRef)) {
    let mut look = |value: &Value| {
        origins(value, &mut |origin| {
            if let Origin::Result(at) = origin {
                each(at);
            }
        });
    };
    match fact {
        Fact::Truthy(value) | Fact::Falsy(value) => look(value),
        Fact::Equal(a, b) | Fact::Differ(a, b) | Fact::Member(a, b) => {
            look(a);
            look(b);
        }
        Fact::OneOf(groups) => {
            for fact in groups.iter().flat_map(|group| group.iter()) {
                results_in(fact, each);
            }
        }
    }
}
