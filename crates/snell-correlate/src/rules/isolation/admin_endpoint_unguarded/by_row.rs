//! Roles that people have by a row of their own (an `Admin` with the key of a user), and endpoints by which everybody
//! who is signed in may add one.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;
use snell_flow::{
    Fact, Root, RowOrigin, Value,
    scope::{Origin, Reached, Trust, leaves, origins},
};
use snell_prisma::{Field, Model};
use snell_project::{
    client::{CallId, Operation},
    endpoint::EndpointKind,
    module::ClassRef,
    schema::ModelRef,
};
use snell_source::{Confidence, Diagnostic};

use super::{RULE, rights};
use crate::{
    rule::Context,
    rules::isolation::{
        entries::{Entry, entries},
        people,
        references::names_who_asks,
        tenant,
    },
    support::{declared, name_words::words},
};

/// Words in the names of models whose rows are those who run an application.
const ADMINISTRATORS: [&str; 6] = [
    "admin",
    "administrator",
    "superadmin",
    "superuser",
    "staff",
    "moderator",
];

/// What the names of columns end with that say who is signed in, and no more.
const SIGNED_IN: [&str; 6] = ["id", "sub", "user", "email", "uid", "session"];

/// Other endpoints of the class that a finding shows.
const MORE: usize = 3;

/// A model whose rows are roles of people.
struct Role {
    /// Where it is asked whether who asks has one.
    asked: CallId,
    /// They run the whole application, and not one group of people.
    over_all: bool,
}

/// A new row by everybody who is signed in.
struct Open<'a> {
    entry: &'a Entry<'a>,
    reached: &'a Reached<'a>,
    model: ModelRef,
    /// The column in which the client names the group.
    group: Option<SmolStr>,
}

/// One finding for each class with endpoints that let everybody who is signed in have such a role.
pub(super) fn findings(context: &Context<'_>) -> Vec<Diagnostic> {
    let roles = roles(context);
    if roles.is_empty() {
        return Vec::new();
    }
    let entries = entries(context);
    let groups = groups(context, &entries);
    let mut open: BTreeMap<ClassRef, Vec<Open<'_>>> = BTreeMap::new();
    for entry in &entries {
        let class = entry.endpoint.class;
        if let Some(class) = class.filter(|_| rights::is_for_every_user(context, entry)) {
            let mut queries = entry.walk.queries.iter();
            let known = (&roles, &groups);
            let one = queries.find_map(|reached| opening(context, known, entry, reached));
            open.entry(class).or_default().extend(one);
        }
    }
    open.values()
        .filter_map(|open| finding(context, &roles, open))
        .collect()
}

/// The models of which guards, or the code of endpoints, look a row up by who asks, to let those in who have one.
fn roles(context: &Context<'_>) -> BTreeMap<ModelRef, Role> {
    let project = context.project;
    let mut found = BTreeMap::new();
    for entered in context.walks {
        let endpoint = project.endpoints.get(entered.endpoint);
        for reached in &entered.walk.queries {
            // A guard goes by what it finds; of what an endpoint finds, its code says so.
            let looked_up = match endpoint.kind {
                EndpointKind::Before => Some(reached.query.call),
                _ => reached.facts.iter().find_map(found_row),
            };
            let Some(asked) = looked_up else { continue };
            let call = project.calls.get(asked);
            let Some(model) = call.model().filter(|_| looks_one_up(call.operation)) else {
                continue;
            };
            let declared = project.schemas.model(model);
            let Some(key) = key_of_person(context, model, declared) else {
                continue;
            };
            let over_all = words(&declared.name)
                .iter()
                .any(|word| ADMINISTRATORS.contains(&word.as_str()));
            let before = endpoint.kind == EndpointKind::Before
                && is_by(reached, key)
                && (over_all || is_asked_for(context, declared));
            if before || endpoint.kind.is_request() && over_all {
                found.entry(model).or_insert(Role { asked, over_all });
            }
        }
    }
    found
}

/// The query that gave a row of which it holds that it is there, where it was looked up by who asks.
fn found_row(fact: &Fact) -> Option<CallId> {
    let Fact::Truthy(Value::Opaque(opaque)) = fact else {
        return None;
    };
    let (Root::Row(row), []) = (&opaque.root, opaque.path.as_slice()) else {
        return None;
    };
    names_who_asks(&row.arguments).then_some(row.call)
}

fn looks_one_up(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::FindUnique
            | Operation::FindUniqueOrThrow
            | Operation::FindFirst
            | Operation::FindFirstOrThrow
            | Operation::Count
    )
}

/// The column by which a row is one person's: there is one for each.
fn key_of_person<'m>(
    context: &Context<'_>,
    model: ModelRef,
    declared: &'m Model,
) -> Option<&'m Field> {
    if people::is_identity(context, model) {
        return None;
    }
    let columns = people::columns(context, model.schema, declared);
    let mut keys = declared.columns();
    keys.find(|field| {
        columns.contains(&field.id) && (declared.is_id(field.id) || declared.is_unique(field.id))
    })
}

/// Whether a look-up asks for a row by the key of a person and nothing else, which the client does not name.
fn is_by(reached: &Reached<'_>, key: &Field) -> bool {
    let arguments = reached.query.arguments.first().and_then(Value::as_object);
    let filter = arguments.and_then(|arguments| arguments.entries.get("where"));
    let leaves = filter.and_then(|filter| leaves(&filter.value));
    let Some([only]) = leaves.as_deref() else {
        return false;
    };
    let mut who = true;
    origins(only.value, &mut |origin| {
        who &= !matches!(origin, Origin::Client(_) | Origin::Constant);
    });
    who && !only.weak && *only.path == [key.name.clone()]
}

/// Whether an endpoint asks for a role that is called as a model is.
fn is_asked_for(context: &Context<'_>, model: &Model) -> bool {
    let name = words(&model.name).concat();
    let mut endpoints = context.project.endpoints.iter();
    endpoints.any(|endpoint| {
        let mut roles = endpoint.access.roles.iter();
        roles.any(|role| words(role).concat() == name)
    })
}

/// The relations by which queries ask whether who asks has such a row: `company: { managers: { some: { id } } }`.
fn groups(context: &Context<'_>, entries: &[Entry<'_>]) -> BTreeSet<(ModelRef, SmolStr)> {
    let mut found = BTreeSet::new();
    let queries = entries.iter().flat_map(|entry| &entry.walk.queries);
    for reached in queries {
        let model = context.project.calls.get(reached.query.call).model();
        let arguments = reached.query.arguments.first().and_then(Value::as_object);
        let filter = arguments.and_then(|arguments| arguments.entries.get("where"));
        let leaves = filter.and_then(|filter| leaves(&filter.value));
        let (Some(model), Some(leaves)) = (model, leaves) else {
            continue;
        };
        for leaf in leaves.iter().filter(|leaf| !leaf.negated) {
            let mut who = false;
            origins(leaf.value, &mut |origin| {
                who |= matches!(origin, Origin::Identity(_));
            });
            if let ([relation, _, ..], true) = (leaf.path.as_slice(), who) {
                found.insert((model, relation.clone()));
            }
        }
    }
    found
}

/// The roles, and the relations by which groups know who has one.
type Known<'k> = (
    &'k BTreeMap<ModelRef, Role>,
    &'k BTreeSet<(ModelRef, SmolStr)>,
);

/// A new row of such a model that an endpoint adds for who asks, or for whom the client names.
fn opening<'a>(
    context: &Context<'_>,
    (roles, groups): Known<'_>,
    entry: &'a Entry<'a>,
    reached: &'a Reached<'a>,
) -> Option<Open<'a>> {
    let call = context.project.calls.get(reached.query.call);
    let model = call.model()?;
    let role = roles.get(&model)?;
    if !call.operation.is_create() && call.operation != Operation::Upsert {
        return None;
    }
    let arguments = reached.query.arguments.first()?.as_object()?;
    let data = ["data", "create"].into_iter();
    let data = &data
        .filter_map(|name| arguments.entries.get(name))
        .next()?
        .value;
    let declared = context.project.schemas.model(model);
    let key = key_of_person(context, model, declared)?;
    let trust = reached.trust();
    let asks = || {
        let facts = reached.facts.iter();
        reached.doubtful
            || trust.opaque
            || facts.clone().any(|fact| asks(context, trust, model, fact))
    };
    if !is_of_who_asks(declared, key, data) || asks() {
        return None;
    }
    let group = group(context, model, |column| {
        is_sent(context, entry, column, data, trust)
    });
    let group = group.filter(|(target, _)| {
        let mut back = context.project.schemas.model(*target).relation_fields();
        tenant::is_tenant(context, *target)
            || back.any(|field| {
                let of = field
                    .relation()
                    .is_some_and(|side| side.target == model.model);
                of && groups.contains(&(*target, field.name.clone()))
            })
    });
    let group = group.map(|(_, column)| column);
    (role.over_all || group.is_some()).then_some(Open {
        entry,
        reached,
        model,
        group,
    })
}

/// Whether a new row is for who asks, or for whom the client names.
fn is_of_who_asks(model: &Model, key: &Field, data: &Value) -> bool {
    let person = |value: &Value| {
        let (mut person, mut other) = (false, false);
        origins(value, &mut |origin| match origin {
            Origin::Identity(_) | Origin::Client(_) => person = true,
            _ => other = true,
        });
        person && !other
    };
    match data {
        Value::Object(object) => {
            let mut sides = model.relation_fields();
            let relation = sides.find(|field| {
                let side = field.relation();
                side.is_some_and(|side| side.fields.as_slice() == [key.id])
            });
            let names = [Some(&key.name), relation.map(|field| &field.name)];
            let mut written = names.into_iter().flatten();
            let own = written.find_map(|name| object.entries.get(name));
            match own {
                Some(own) => person(&own.value),
                None => object.spreads.iter().any(person),
            }
        }
        Value::Opaque(_) => person(data),
        _ => false,
    }
}

/// The model that a new row refers to beside the person, and the column by which the client names the one.
fn group(
    context: &Context<'_>,
    model: ModelRef,
    is_sent: impl Fn(&SmolStr) -> bool,
) -> Option<(ModelRef, SmolStr)> {
    let declared = context.project.schemas.model(model);
    let mut sides = declared.relation_fields().filter_map(Field::relation);
    sides.find_map(|side| {
        let target = ModelRef {
            schema: model.schema,
            model: side.target,
        };
        let [column] = side.fields.as_slice() else {
            return None;
        };
        let column = declared.fields.iter().find(|field| field.id == *column)?;
        (!people::is_identity(context, target) && is_sent(&column.name))
            .then(|| (target, column.name.clone()))
    })
}

/// Whether the client says what a column of a new row holds.
fn is_sent(
    context: &Context<'_>,
    entry: &Entry<'_>,
    column: &SmolStr,
    data: &Value,
    trust: &Trust,
) -> bool {
    let sent = |value: &Value, below: Option<&SmolStr>| {
        let (mut sent, mut other) = (false, false);
        origins(value, &mut |origin| match origin {
            Origin::Client(mut key) => {
                key.path.extend(below.cloned());
                match trust.holds(&key) {
                    true => other = true,
                    false => sent = true,
                }
            }
            _ => other = true,
        });
        sent && !other
    };
    let within = |whole: &Value| {
        let Value::Opaque(opaque) = whole else {
            return false;
        };
        let said = declared::value(context, Some(entry.endpoint), opaque);
        let property = said.and_then(|said| declared::property(context, &said, column));
        property.is_some() && sent(whole, Some(column))
    };
    match data {
        Value::Object(object) => match object.entries.get(column) {
            Some(own) => sent(&own.value, None),
            None => object.spreads.iter().any(within),
        },
        whole => within(whole),
    }
}

/// Whether something that holds asks more of who asks than to be signed in, and to name themselves.
fn asks(context: &Context<'_>, trust: &Trust, model: ModelRef, fact: &Fact) -> bool {
    let project = context.project;
    let own = |row: &RowOrigin| {
        let of = project.calls.get(row.call).model();
        let person = of.is_some_and(|of| people::is_identity(context, of));
        person || of == Some(model) && trust.is_row_in_scope(row)
    };
    let about_others = |value: &Value| {
        let mut others = false;
        origins(value, &mut |origin| {
            others |= match origin {
                Origin::Row(row, path) => !own(row) || path.last().is_some_and(says_more),
                Origin::Result(_) | Origin::Unknown | Origin::Program => true,
                Origin::Identity(path) => path.last().cloned().is_some_and(says_more),
                Origin::Client(_) | Origin::Constant => false,
            };
        });
        others
    };
    let of_who_asks = |value: &Value| {
        let mut who = false;
        origins(value, &mut |origin| {
            who |= matches!(origin, Origin::Identity(_) | Origin::Row(..));
        });
        who
    };
    match fact {
        Fact::Truthy(value) | Fact::Falsy(value) => about_others(value),
        // That who asks is whom the client names asks for nothing; a code that both know does.
        Fact::Equal(a, b) | Fact::Member(a, b) => {
            about_others(a) || about_others(b) || !of_who_asks(a) && !of_who_asks(b)
        }
        Fact::Differ(a, b) => about_others(a) || about_others(b),
        Fact::OneOf(groups) => groups.iter().all(|group| {
            let mut group = group.iter();
            group.any(|fact| asks(context, trust, model, fact))
        }),
    }
}

/// Whether a property says more of somebody than that they are signed in.
fn says_more(name: SmolStr) -> bool {
    let lower = name.to_ascii_lowercase();
    !SIGNED_IN.iter().any(|word| lower.ends_with(word))
}

fn finding(
    context: &Context<'_>,
    roles: &BTreeMap<ModelRef, Role>,
    open: &[Open<'_>],
) -> Option<Diagnostic> {
    let project = context.project;
    let first = open.first()?;
    let role = roles.get(&first.model)?;
    let declared = project.schemas.model(first.model);
    let name = &declared.name;
    let endpoint = first.entry.endpoint;
    let of = match &first.group {
        Some(column) if !role.over_all => format!(" of the `{column}` that they name"),
        _ => String::new(),
    };
    let more = match open.len() {
        1 => String::new(),
        n => format!(", and {} more of its class do the like", n - 1),
    };
    let call = project.calls.get(first.reached.query.call);
    let asked = project.calls.get(role.asked);
    let mut found = Diagnostic::at(
        &RULE.metadata,
        endpoint.at,
        format!(
            "by `{}` every signed-in user becomes `{name}`{of}{more}",
            endpoint.name
        ),
    )
    .label("no role is asked for")
    .related(
        project.modules.at(call.module, call.name.span),
        format!("adds the row of `{name}`"),
    )
    .related(
        project.modules.at(asked.module, asked.name.span),
        "whoever has such a row has the role",
    );
    for other in open.iter().skip(1).take(MORE) {
        found = found.related(other.entry.endpoint.at, "nor here");
    }
    Some(
        found
            .confidence(Confidence::Likely)
            .help("let those alone add such rows who have the role, or were invited: ask for it before this endpoint")
            .subject(format!("endpoint:{} role:{}", endpoint.name, declared.accessor)),
    )
}
