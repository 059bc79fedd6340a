//! Rows that say what people may do (roles, permissions, who has which), and endpoints by which
//! everybody who is signed in may write them.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashSet;
use smol_str::SmolStr;
use snell_extract::facts::MemberKind;
use snell_flow::scope::{Reached, asks_for_role};
use snell_prisma::{Field, Model};
use snell_project::{
    endpoint::{Endpoint, EndpointKind, Given},
    module::ClassRef,
    ownership::{Ownership, RootKind},
    schema::ModelRef,
};
use snell_source::{Confidence, Diagnostic, Severity};

use super::RULE;
use crate::{
    functions,
    rule::Context,
    rules::isolation::{
        doors,
        entries::{Entry, entries},
        people, tenant,
    },
    support::name_words::has_word,
};

/// Words in the names of what people are made part of to be let do something.
const ROLES: [&str; 1] = ["role"];

/// Words in the names of what somebody may do.
const RIGHTS: [&str; 5] = ["permission", "privilege", "right", "ability", "capability"];

/// Other endpoints of the class that a finding shows.
const MORE: usize = 3;

/// A model whose rows say what people may do, and why that is known.
struct Catalogue {
    /// The relation by which people have them.
    by: ModelRef,
    field: snell_prisma::FieldId,
}

/// Those of all schemas.
fn catalogues(context: &Context<'_>) -> BTreeMap<ModelRef, Catalogue> {
    let mut found = BTreeMap::new();
    for (person, _, declared) in context.project.schemas.models() {
        if !people::is_identity(context, person) {
            continue;
        }
        for field in declared.relation_fields() {
            let Some(side) = field.relation() else {
                continue;
            };
            let to = of(person, side.target);
            let held = side.holds_key || field.is_list();
            if held && decides(context, person, field, to) {
                add(context, &mut found, (person, field), to);
            }
        }
    }
    found
}

const fn of(model: ModelRef, target: snell_prisma::ModelId) -> ModelRef {
    ModelRef {
        schema: model.schema,
        model: target,
    }
}

/// Whether people have what they may do by a relation: to what is called a role here and there,
/// or to what holds a list of permissions.
fn decides(context: &Context<'_>, person: ModelRef, field: &Field, to: ModelRef) -> bool {
    let target = context.project.schemas.model(to);
    if is_somebodys(context, to) || is_record(field) {
        return false;
    }
    let said = has_word(&field.name, &ROLES) && has_word(&target.name, &ROLES);
    let grants = |field: &Field| {
        let to = field.relation().map(|side| of(person, side.target));
        let named = to.is_some_and(|to| has_word(&context.project.schemas.model(to).name, &RIGHTS));
        field.is_list() && (named || field.relation().is_none() && has_word(&field.name, &RIGHTS))
    };
    said || has_word(&target.name, &ROLES) && target.fields.iter().any(grants)
}

/// `createdRoles`: people are not part of what they made.
fn is_record(field: &Field) -> bool {
    has_word(
        &field.name,
        &[
            "created", "updated", "deleted", "assigned", "granted", "changed", "approved",
        ],
    )
}

/// Whether rows of a model belong to a tenant or to people of one: what they say counts there.
fn is_somebodys(context: &Context<'_>, model: ModelRef) -> bool {
    tenant::is_owned(context, model)
        || matches!(
            context.project.owners.of(model),
            Ownership::Root(RootKind::Identity | RootKind::Tenant)
        )
}

/// Adds a model of roles, what stands between it and people, and the rights that it has.
fn add(
    context: &Context<'_>,
    found: &mut BTreeMap<ModelRef, Catalogue>,
    (person, field): (ModelRef, &Field),
    role: ModelRef,
) {
    let mut put = |model: ModelRef| {
        found.entry(model).or_insert(Catalogue {
            by: person,
            field: field.id,
        });
    };
    put(role);
    let schemas = &context.project.schemas;
    let targets = |model: &Model| -> Vec<ModelRef> {
        let sides = model.relation_fields().filter(|field| !is_record(field));
        let sides = sides.filter_map(Field::relation);
        sides.map(|side| of(role, side.target)).collect()
    };
    for next in targets(schemas.model(role)) {
        let declared = schemas.model(next);
        if people::is_identity(context, next) || is_somebodys(context, next) {
            continue;
        }
        if has_word(&declared.name, &RIGHTS) || has_word(&declared.name, &ROLES) {
            put(next);
            // Through the rows that give a role its rights.
            for beyond in targets(declared) {
                if has_word(&schemas.model(beyond).name, &RIGHTS) {
                    put(beyond);
                }
            }
        }
    }
}

/// A write of such rows by everybody who is signed in.
struct Open<'a> {
    endpoint: &'a Endpoint,
    reached: &'a Reached<'a>,
    model: ModelRef,
}

/// One finding for each class with endpoints that let everybody who is signed in write what people
/// may do.
pub(super) fn findings(context: &Context<'_>, told: &FxHashSet<usize>) -> Vec<Diagnostic> {
    let catalogues = catalogues(context);
    if catalogues.is_empty() {
        return Vec::new();
    }
    let readers = readers(context);
    if readers.anywhere {
        return Vec::new();
    }
    let entries = entries(context);
    let inline = entries.iter().find(|entry| asks_itself(context, entry));
    let readers = Readers {
        inline: inline.map(|entry| entry.endpoint.name.clone()),
        ..readers
    };
    let mut open: BTreeMap<ClassRef, Vec<Open<'_>>> = BTreeMap::new();
    for entry in &entries {
        let Some(class) = entry.endpoint.class else {
            continue;
        };
        if told.contains(&entry.position)
            || !is_for_every_user(context, entry)
            || readers.stand_before(context, entry.endpoint)
        {
            continue;
        }
        let write = entry.walk.queries.iter().find_map(|reached| {
            let call = context.project.calls.get(reached.query.call);
            let model = call.model()?;
            (call.operation.is_write()
                && catalogues.contains_key(&model)
                && !asks(context, reached))
            .then_some(Open {
                endpoint: entry.endpoint,
                reached,
                model,
            })
        });
        open.entry(class).or_default().extend(write);
    }
    open.values()
        .filter_map(|open| finding(context, &catalogues, open, &readers))
        .collect()
}

/// Whether everybody who is signed in gets to an endpoint, and nothing that it is handed or runs
/// may ask for more.
pub(super) fn is_for_every_user(context: &Context<'_>, entry: &Entry<'_>) -> bool {
    let endpoint = entry.endpoint;
    let access = &endpoint.access;
    let judged = matches!(
        endpoint.kind,
        EndpointKind::Http | EndpointKind::Query | EndpointKind::Mutation
    );
    judged
        && functions::is_application(context.project, endpoint.module)
        && (access.authenticated || endpoint.parameters.contains(&Given::Identity))
        && access.public.is_none()
        && access.restricted.is_empty()
        && access.unknown.is_empty()
        && access.checked.is_empty()
        && !access.may_read
        && !access.verified
        && !entry.walk.cut
        && !entry.walk.doubtful
        && !endpoint.parameters.contains(&Given::Request)
        && !endpoint.parameters.contains(&Given::Unknown)
        && !doors::is_of_outside(endpoint)
}

/// Whether something before a query may ask what who asks may do.
pub(super) fn asks(context: &Context<'_>, reached: &Reached<'_>) -> bool {
    let trust = reached.trust();
    reached.doubtful
        || trust.privileged
        || trust.opaque
        || trust.compared
        || asks_for_role(context.project, &reached.facts)
}

/// Whether the code of an endpoint asks for a role before it goes on: `this.requireAdmin(user)`.
fn asks_itself(context: &Context<'_>, entry: &Entry<'_>) -> bool {
    let mut queries = entry.walk.queries.iter();
    queries.any(|reached| asks_for_role(context.project, &reached.facts))
}

/// Words of what asks for roles or rights.
const ASKS: [&str; 6] = ["role", "permission", "abilit", "polic", "rbac", "acl"];

/// What of the workspace stands before endpoints and speaks of roles or rights.
#[derive(Default)]
struct Readers {
    /// By metadata: an endpoint without it is let through.
    marked: BTreeSet<SmolStr>,
    /// By something else, such as the path, where it is put before endpoints one by one.
    placed: BTreeSet<SmolStr>,
    /// By something else, before all or behind another guard.
    anywhere: bool,
    /// An endpoint whose code asks for one.
    inline: Option<SmolStr>,
}

fn readers(context: &Context<'_>) -> Readers {
    let modules = &context.project.modules;
    let mut found = Readers::default();
    let mut placed = String::new();
    for (module, owner) in modules.iter() {
        let decorators = owner.facts.classes.iter().flat_map(|class| {
            let members = class.members.iter().flat_map(|member| &member.decorators);
            class.decorators.iter().chain(members)
        });
        for decorator in decorators.filter(|one| one.name == "UseGuards") {
            placed.push_str(context.text(modules.at(module, decorator.span)));
        }
    }
    for (module, owner) in modules.iter() {
        for class in &owner.facts.classes {
            let stands = ["canActivate", "intercept", "use"];
            let stands = stands.iter().any(|name| class.member(name).is_some());
            let Some(name) = class.name.as_ref().filter(|_| stands) else {
                continue;
            };
            let text = context.text(modules.at(module, class.span));
            let lower = text.to_ascii_lowercase();
            if !ASKS.iter().any(|word| lower.contains(word)) {
                continue;
            }
            if lower.contains("reflector") {
                found.marked.insert(name.text.clone());
            } else if placed.contains(name.text.as_str()) {
                found.placed.insert(name.text.clone());
            } else {
                found.anywhere = true;
            }
        }
    }
    found
}

impl Readers {
    /// Whether one of them stands before an endpoint, and does not go by metadata.
    fn stand_before(&self, context: &Context<'_>, endpoint: &Endpoint) -> bool {
        let Some(class) = functions::class_of(context.project, endpoint.handler) else {
            return true;
        };
        let method = class.members.iter().find(
            |member| matches!(member.kind, MemberKind::Method(id) if id == endpoint.handler.id),
        );
        let own = method.into_iter().flat_map(|member| &member.decorators);
        own.chain(&class.decorators).any(|decorator| {
            let at = context
                .project
                .modules
                .at(endpoint.handler.module, decorator.span);
            let text = context.text(at);
            self.placed.iter().any(|name| text.contains(name.as_str()))
        })
    }
}

fn finding(
    context: &Context<'_>,
    catalogues: &BTreeMap<ModelRef, Catalogue>,
    open: &[Open<'_>],
    readers: &Readers,
) -> Option<Diagnostic> {
    let project = context.project;
    let first = open.first()?;
    let Catalogue { by, field } = catalogues.get(&first.model)?;
    let declared = project.schemas.model(first.model);
    let schema = project.schemas.get(by.schema);
    let relation = project.schemas.model(*by);
    let relation = relation.fields.iter().find(|one| one.id == *field)?;
    let more = match open.len() {
        1 => String::new(),
        n => format!(", and {} more of its class do", n - 1),
    };
    let call = project.calls.get(first.reached.query.call);
    let mut found = Diagnostic::at(
        &RULE.metadata,
        first.endpoint.at,
        format!(
            "`{}` writes what people may do (`{}`), and every signed-in user may call it{more}",
            first.endpoint.name, declared.name
        ),
    )
    .label("no role is asked for")
    .related(
        project.modules.at(call.module, call.name.span),
        format!("writes `{}`", declared.name),
    )
    .related(
        schema.field_name(relation),
        "what somebody may do hangs on this",
    );
    for other in open.iter().skip(1).take(MORE) {
        found = found.related(other.endpoint.at, "nor here");
    }
    found = match readers.marked.iter().chain(&readers.placed).next() {
        Some(guard) => found.note(format!("`{guard}` asks for roles, and does not stand here")),
        None => match &readers.inline {
            Some(other) => found.note(format!("the code of `{other}` asks for a role, and none here does")),
            None => found.lowered(
                Severity::High,
                "no guard of the workspace asks for roles yet: what they say decides nothing so far",
            ),
        },
    };
    Some(
        found
            .confidence(Confidence::Likely)
            .help("let those alone write roles and rights who have one for it: ask for it before these endpoints")
            .subject(format!(
                "endpoint:{} query:{}.{}",
                first.endpoint.name, declared.accessor, call.name.text
            )),
    )
}
