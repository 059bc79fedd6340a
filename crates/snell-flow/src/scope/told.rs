//! What may still be said of a query whose key may be one that is handed round, like a slug: who
//! comes to it, and that nothing but what the client sent, or nothing at all, says whose its rows
//! are. One such query is no fault; many may be.

use smol_str::SmolStr;
use snell_prisma::{Field, FieldType, ScalarType};
use snell_project::{
    Project,
    client::{ClientCall, Operation},
    ownership::{Ownership, RootKind},
    schema::ModelRef,
};

use super::{
    Key, Keyed, Leaf, Origin, Reached, Trust, Verdict, Walk, leaves, opens, origins,
    trust::filter_of,
};
use crate::{
    fact::Fact,
    value::{Literal, RowOrigin, Value},
};

/// Words in the names of what only some who are signed in have.
const ROLES: [&str; 7] = [
    "admin",
    "moderator",
    "role",
    "permission",
    "superuser",
    "staff",
    "isowner",
];

/// How far rows are followed to what they were looked up by.
const DEPTH: u32 = 6;

/// Whether something holds that only some who are signed in come with: a role.
#[must_use]
pub fn asks_for_role<'f>(project: &Project, facts: impl IntoIterator<Item = &'f Fact>) -> bool {
    let facts: Vec<&Fact> = facts.into_iter().collect();
    facts.iter().any(|fact| is_role(project, fact, &facts))
}

/// The role that code compares the one of who asks with; empty where it compares with none.
#[must_use]
pub fn role_asked<'f>(
    project: &Project,
    facts: impl IntoIterator<Item = &'f Fact>,
) -> Option<SmolStr> {
    let facts: Vec<&Fact> = facts.into_iter().collect();
    let asking = facts.iter().filter(|fact| is_role(project, fact, &facts));
    let names = asking.map(|fact| match fact {
        Fact::Equal(a, b) | Fact::Member(a, b) => {
            let text = |value: &Value| match value {
                Value::Literal(Literal::String(text)) => Some(text.clone()),
                _ => None,
            };
            text(a).or_else(|| text(b)).unwrap_or_default()
        }
        _ => SmolStr::default(),
    });
    names.max_by_key(|name| !name.is_empty())
}

/// Whether a value is made of what role somebody has who asks.
pub(super) fn is_role_of_who_asks(project: &Project, value: &Value) -> bool {
    let mut found = false;
    origins(value, &mut |origin| {
        found |= match origin {
            Origin::Identity(path) => path.iter().any(says_role),
            Origin::Row(row, path) => path.names().iter().any(says_role) && is_own(project, row),
            _ => false,
        };
    });
    found
}

/// Whether a fact is about a role. Of ways, those count that nothing else known rules out: of `row && row.role === A`
/// the one without the row, where it is there.
fn is_role(project: &Project, fact: &Fact, known: &[&Fact]) -> bool {
    let role = |value: &Value| is_role_of_who_asks(project, value);
    match fact {
        Fact::Truthy(value) => role(value),
        Fact::Equal(a, b) | Fact::Member(a, b) => {
            role(a) && b.is_constant() || role(b) && a.is_constant()
        }
        Fact::OneOf(groups) => {
            let ruled_out = |group: &[Fact]| {
                let mut facts = group.iter();
                facts.any(|fact| known.iter().any(|known| known.contradicts(fact)))
            };
            let mut open = groups.iter().filter(|group| !ruled_out(group)).peekable();
            open.peek().is_some() && open.all(|group| asks_for_role(project, group.iter()))
        }
        Fact::Falsy(_) | Fact::Differ(..) => false,
    }
}

fn says_role(name: &SmolStr) -> bool {
    let lower = name.to_ascii_lowercase();
    ROLES.iter().any(|word| lower.contains(word))
}

/// Whether a row is who asks, as the database knows them.
fn is_own(project: &Project, row: &RowOrigin) -> bool {
    let identity = project
        .calls
        .get(row.call)
        .model()
        .is_some_and(|model| *project.owners.of(model) == Ownership::Root(RootKind::Identity));
    // Who asks is looked up by what a token or a session says, never by what was sent.
    identity
        && filter_of(&row.arguments).is_some_and(|filter| {
            let mut sent = false;
            origins(filter, &mut |origin| {
                sent |= matches!(origin, Origin::Client(_))
            });
            !sent
        })
}

/// What nothing is said of but by the client, when everything that the query is
/// handed is known and nothing that ran before may have checked it.
#[must_use]
pub fn told(
    project: &Project,
    walk: &Walk<'_>,
    reached: &Reached<'_>,
    trust: &Trust,
) -> Option<Verdict> {
    let call = project.calls.get(reached.query.call);
    if reached.doubtful
        || trust.opaque
        || walk.asks_others(&reached.facts, &reached.query.arguments)
        || call.client.changes_queries()
    {
        return None;
    }
    let arguments = reached.query.arguments.first();
    let Some(arguments) = arguments else {
        return (!call.operation.is_create()).then_some(Verdict::Unfiltered);
    };
    let mut made = Made::default();
    if call.operation.is_create() {
        return of_new(project, call, arguments, trust, &mut made);
    }
    let Some(filter) = filter_of(arguments) else {
        return arguments
            .as_object()
            .filter(|object| object.spreads.is_empty())
            .map(|_| Verdict::Unfiltered);
    };
    let model = call.model()?;
    for leaf in leaves(filter)? {
        let unknown = made.unknown;
        made.look(project, leaf.value, &leaf.path.join("."), trust, DEPTH);
        made.unknown = unknown || made.unknown && !says_nothing(project, model, &leaf);
    }
    made.verdict()
}

/// Words in the names of columns that may say whose a row is.
const WHOSE: [&str; 12] = [
    "user", "owner", "author", "creat", "account", "org", "tenant", "team", "member", "mail",
    "login", "by",
];

/// Whether a condition is on a column that says what a row is like, and nothing of whose it is.
fn says_nothing(project: &Project, model: ModelRef, leaf: &Leaf<'_>) -> bool {
    let declared = project.schemas.model(model);
    let [name] = leaf.path.as_slice() else {
        return false;
    };
    let Some(field) = declared.field(name) else {
        return false;
    };
    let mut sides = declared.relation_fields().filter_map(Field::relation);
    let key = declared.is_id(field.id)
        || declared.is_unique(field.id)
        || field.relation().is_some()
        || sides.any(|side| side.fields.contains(&field.id));
    // When something was, and whether, is said of nobody: `createdAt`.
    let of_nobody = matches!(
        field.ty,
        FieldType::Scalar(ScalarType::DateTime | ScalarType::Boolean)
    );
    if of_nobody {
        return !opens(name);
    }
    let lower = name.to_ascii_lowercase();
    let whose = lower.ends_with("id") || WHOSE.iter().any(|word| lower.contains(word));
    !key && !whose && !opens(name)
}

/// A new row: by the keys of others that are written into it.
fn of_new(
    project: &Project,
    call: &ClientCall,
    arguments: &Value,
    trust: &Trust,
    made: &mut Made,
) -> Option<Verdict> {
    let keys = keys_of_new(project, call, arguments)?;
    for (name, value) in &keys {
        made.look(project, value, name, trust, DEPTH);
    }
    match made.verdict()? {
        Verdict::ClientKeyOnly(keyed) if !keys.is_empty() => Some(Verdict::ClientKeyOnly(keyed)),
        _ => None,
    }
}

/// The keys of others that are written into a new row, when all that is written is known.
fn keys_of_new<'v>(
    project: &Project,
    call: &ClientCall,
    arguments: &'v Value,
) -> Option<Vec<(SmolStr, &'v Value)>> {
    let declared = project.schemas.model(call.model()?);
    let data = &arguments.as_object()?.entries.get("data")?.value;
    let data = data.as_object().filter(|data| data.spreads.is_empty())?;
    let mut keys = Vec::new();
    for relation in declared.relation_fields() {
        let side = relation.relation();
        let columns = declared
            .fields
            .iter()
            .filter(|field| side.is_some_and(|side| side.fields.contains(&field.id)));
        for name in columns.map(|column| &column.name).chain([&relation.name]) {
            if let Some(entry) = data.entries.get(name) {
                keys.push((name.clone(), &entry.value));
            }
        }
    }
    Some(keys)
}

/// What the values of a condition are made of.
#[derive(Default)]
struct Made {
    unknown: bool,
    sent: Option<(String, Key)>,
}

impl Made {
    fn look(&mut self, project: &Project, value: &Value, field: &str, trust: &Trust, depth: u32) {
        let Some(depth) = depth.checked_sub(1) else {
            self.unknown = true;
            return;
        };
        let mut rows = Vec::new();
        if matches!(value, Value::Unknown) {
            self.unknown = true;
        }
        origins(value, &mut |origin| match origin {
            Origin::Client(key) if !trust.holds(&key) => {
                self.sent.get_or_insert_with(|| (field.to_owned(), key));
            }
            Origin::Constant => {}
            Origin::Row(row, _) => rows.push(row),
            _ => self.unknown = true,
        });
        for row in rows {
            let call = project.calls.get(row.call);
            let model = call.model();
            if call.operation == Operation::Create {
                self.look_at_new(project, call, row, trust, depth);
                continue;
            }
            match filter_of(&row.arguments).map(leaves) {
                Some(Some(leaves)) => {
                    for leaf in leaves {
                        let unknown = self.unknown;
                        self.look(project, leaf.value, field, trust, depth);
                        let nothing =
                            model.is_some_and(|model| says_nothing(project, model, &leaf));
                        self.unknown = unknown || self.unknown && !nothing;
                    }
                }
                _ => self.unknown = true,
            }
        }
    }

    /// A row that was made on the way is whose the rows are that it was put under.
    fn look_at_new(
        &mut self,
        project: &Project,
        call: &ClientCall,
        row: &RowOrigin,
        trust: &Trust,
        depth: u32,
    ) {
        let keys = keys_of_new(project, call, &row.arguments).unwrap_or_default();
        self.unknown |= keys.is_empty();
        for (name, value) in keys {
            self.look(project, value, &name, trust, depth);
        }
    }

    fn verdict(&mut self) -> Option<Verdict> {
        if self.unknown {
            return None;
        }
        Some(match self.sent.take() {
            Some((field, key)) => Verdict::ClientKeyOnly(Keyed {
                field: field.into(),
                key,
                by_unique: false,
            }),
            None => Verdict::Unfiltered,
        })
    }
}
