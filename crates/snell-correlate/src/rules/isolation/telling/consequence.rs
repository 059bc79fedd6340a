//! Who comes to a fault, and what comes of it: what is read through a reference that nobody checked.

use smol_str::SmolStr;
use snell_flow::{
    Fact, ObjectValue, Root, Step, Value,
    scope::{Origin, Reached, Walk, leaves, origins},
};
use snell_prisma::{Field, FieldId, Model};
use snell_project::{
    endpoint::Endpoint,
    ownership::{Ownership, RootKind},
    schema::ModelRef,
};
use snell_source::{DiagnosticBuilder, Severity};

use crate::{
    rule::Context,
    rules::isolation::{
        exposure::{Exposure, Fault, Reference},
        people::is_identity,
        references::names_who_asks,
        survey::survey,
        tenant,
    },
    support::queries,
};

/// Words in the names of columns that say what somebody may do.
const RIGHTS: [&str; 5] = ["role", "owner", "admin", "permission", "right"];

/// Names of columns by which a row is told from others, and nothing more.
const TITLES: [&str; 11] = [
    "id", "name", "title", "label", "slug", "code", "picture", "image", "avatar", "icon", "color",
];

/// Selections inside selections that are looked into.
const DEPTH: u32 = 6;

/// Who gets to an endpoint, in words.
pub(super) fn who_gets_here(
    context: &Context<'_>,
    endpoint: &Endpoint,
    exposure: &Exposure,
) -> String {
    match endpoint.access.restricted.first() {
        Some(_) if endpoint.access.ordinary => format!(
            "whoever has one of these roles gets here: `{}`",
            endpoint.access.roles.join("`, `")
        ),
        Some(asked) if exposure.alike > 0 => format!(
            "`{asked}` stands before {} other endpoints with this right, and each keeps `{}` rows to who asks",
            exposure.alike,
            context.project.schemas.model(exposure.model).name
        ),
        Some(asked) => format!("`{asked}` asks for no more than a right in one's own tenant"),
        None if is_asked_for_role(context, exposure) => {
            "who has the role that is asked for, in a group of their own, gets here".to_owned()
        }
        None => "every signed-in user gets here".to_owned(),
    }
}

/// Lowers what is said of a reference by what can be done with it.
pub(super) fn lowered(
    context: &Context<'_>,
    exposure: &Exposure,
    finding: DiagnosticBuilder,
) -> DiagnosticBuilder {
    let Fault::Reference(reference) = &exposure.fault else {
        return finding;
    };
    if survey(context)
        .evidence
        .reacts(context, exposure.model, reference.target)
    {
        return finding.lowered(
            Severity::Low,
            "one for each person and row: people may act on rows of others",
        );
    }
    if is_identity(context, reference.target) {
        return finding.lowered(
            Severity::Medium,
            "it names somebody who has a part in the row, and not whose it is",
        );
    }
    // What is put into a room or a group, those in it are shown.
    if tenant::is_room(context, reference.target) || tenant::is_tenant(context, reference.target) {
        return finding;
    }
    let target = &context.project.schemas.model(reference.target).name;
    match carried(context, exposure, reference) {
        Carried::Nothing => finding.lowered(
            Severity::Medium,
            format!("nothing reads the `{target}` through this reference"),
        ),
        Carried::Names => finding.lowered(
            Severity::Medium,
            format!("no more than what the `{target}` is called comes back through it"),
        ),
        Carried::More if is_asked_for_role(context, exposure) => finding.lowered(
            Severity::Medium,
            "a role is asked for, if one in a group of one's own",
        ),
        Carried::More => finding,
    }
}

/// The endpoint's way through the program.
pub(super) fn walk<'a>(context: &Context<'a>, exposure: &Exposure) -> Option<&'a Walk<'a>> {
    let mut walks = context.walks.iter();
    let own = walks.find(|walked| walked.endpoint == exposure.endpoint);
    own.map(|walked| &walked.walk)
}

/// Names of columns by which somebody who has no part in a row is shown what it is.
const SHOWN: [&str; 12] = [
    "name",
    "title",
    "label",
    "slug",
    "image",
    "logo",
    "avatar",
    "icon",
    "color",
    "picture",
    "displayName",
    "imageUrl",
];

/// Whether nothing of a row is given back but what it is called or looks like, by an endpoint that
/// looks up the part that who asks has in it and gives it back without one as well: a page to join.
pub(super) fn gives_name_to_outsiders(context: &Context<'_>, exposure: &Exposure) -> bool {
    let Some(walk) = walk(context, exposure) else {
        return false;
    };
    let mut own = walk
        .escapes
        .iter()
        .filter(|escape| escape.row.call == exposure.call)
        .peekable();
    let names = own.peek().is_some()
        && own.all(|escape| {
            matches!(escape.path.first(), Some(Step::Property(name)) if SHOWN.contains(&name.as_str()))
        });
    let looks_up = |reached: &Reached<'_>| {
        let call = context.project.calls.get(reached.query.call);
        call.model() != Some(exposure.model)
            && call.operation.finds_rows()
            && reached.query.arguments.iter().any(names_who_asks)
    };
    names && walk.queries.iter().any(looks_up)
}

/// Whether a list is one of rows whose texts hold what the client asks for.
pub(super) fn is_searched(context: &Context<'_>, exposure: &Exposure) -> bool {
    let Some(walk) = walk(context, exposure) else {
        return false;
    };
    let mut own = walk
        .queries
        .iter()
        .filter(|reached| reached.query.call == exposure.call);
    own.any(|reached| {
        let arguments = reached.query.arguments.first().and_then(Value::as_object);
        let filter = arguments.and_then(|arguments| arguments.entries.get("where"));
        let leaves = filter.and_then(|filter| leaves(&filter.value));
        leaves.into_iter().flatten().any(|leaf| {
            let mut sent = false;
            origins(leaf.value, &mut |origin| {
                sent |= matches!(origin, Origin::Client(_));
            });
            leaf.weak && sent
        })
    })
}

/// Whether a role that stands in a row of who asks is compared before the query.
fn is_asked_for_role(context: &Context<'_>, exposure: &Exposure) -> bool {
    let Some(walk) = walk(context, exposure) else {
        return false;
    };
    let is_it = |reached: &&Reached<'_>| {
        reached.query.call == exposure.call && reached.trail == exposure.trail
    };
    let reached = walk.queries.iter().find(is_it);
    reached.is_some_and(|reached| reached.facts.iter().any(asks_for_role))
}

fn asks_for_role(fact: &Fact) -> bool {
    let role = |value: &Value| {
        let mut found = false;
        origins(value, &mut |origin| {
            if let Origin::Row(row, path) = origin {
                let named = path.last().is_some_and(|last| {
                    let lower = last.to_ascii_lowercase();
                    RIGHTS.iter().any(|word| lower.contains(word))
                });
                found |= named && names_who_asks(&row.arguments);
            }
        });
        found
    };
    match fact {
        Fact::Equal(a, b) | Fact::Member(a, b) => role(a) || role(b),
        _ => false,
    }
}

/// What comes back through a reference.
enum Carried {
    Nothing,
    /// What the row is called.
    Names,
    /// More, or it is not known.
    More,
}

fn carried(context: &Context<'_>, exposure: &Exposure, reference: &Reference) -> Carried {
    let Some(link) = Link::of(context, exposure.model, reference) else {
        return Carried::More;
    };
    let read_by_key = walk(context, exposure).is_none_or(|walk| {
        walk.queries.iter().any(|reached| {
            let call = context.project.calls.get(reached.query.call);
            let own = call.model() == Some(link.target) && call.operation.finds_rows();
            own && reached.query.arguments.iter().any(|value| {
                let mut named = false;
                origins(value, &mut |origin| {
                    named |= matches!(&origin, Origin::Client(key) if *key == reference.key);
                });
                named
            })
        })
    });
    if read_by_key || link.blocks_others(context) || link.is_in_raw_sql(context) {
        return Carried::More;
    }
    let mut names = false;
    for query in queries::of_models(context) {
        let arguments = query.event.query.arguments.first();
        let Some(arguments) = arguments.and_then(Value::as_object) else {
            continue;
        };
        if link.is_followed(context, query.model, arguments) {
            return Carried::More;
        }
        match link.taken(context, query.model, arguments, DEPTH) {
            Carried::Nothing => {}
            Carried::Names => names = true,
            Carried::More => return Carried::More,
        }
    }
    match names {
        true => Carried::Names,
        false => Carried::Nothing,
    }
}

/// The relation by which a row refers to another.
struct Link<'a> {
    model: ModelRef,
    target: ModelRef,
    relation: &'a Field,
    key: &'a Field,
}

impl<'a> Link<'a> {
    fn of(context: &Context<'a>, model: ModelRef, reference: &Reference) -> Option<Self> {
        let declared = context.project.schemas.model(model);
        let first = declared.field(reference.field.split('.').next()?)?;
        let mut relations = declared.relation_fields();
        let relation = relations.find(|relation| {
            let side = relation.relation();
            relation.id == first.id || side.is_some_and(|side| side.fields.as_slice() == [first.id])
        })?;
        let [key] = relation.relation()?.fields.as_slice() else {
            return None;
        };
        let key = declared.fields.iter().find(|field| field.id == *key)?;
        Some(Link {
            model,
            target: reference.target,
            relation,
            key,
        })
    }

    /// Whether a row that refers to somebody's keeps them from making their own.
    fn blocks_others(&self, context: &Context<'_>) -> bool {
        let declared = context.project.schemas.model(self.model);
        declared.unique_criteria().any(|unique| {
            let columns = || unique.columns.iter().filter_map(|column| column.field);
            let mut others = columns().filter(|column| *column != self.key.id);
            columns().any(|column| column == self.key.id)
                && !others.any(|column| self.is_of_owner(context, declared, column))
        })
    }

    /// Whether a column names a person, or a group of people.
    fn is_of_owner(&self, context: &Context<'_>, declared: &Model, column: FieldId) -> bool {
        let mut sides = declared.relation_fields().filter_map(Field::relation);
        sides.any(|side| {
            let target = ModelRef {
                schema: self.model.schema,
                model: side.target,
            };
            let owner = matches!(
                context.project.owners.of(target),
                Ownership::Root(RootKind::Identity | RootKind::Tenant)
            );
            owner && side.fields.as_slice() == [column]
        })
    }

    /// Whether a statement of raw SQL names both tables.
    fn is_in_raw_sql(&self, context: &Context<'_>) -> bool {
        let name = |model: ModelRef| context.project.schemas.model(model).db_name.as_str();
        let (own, target) = (name(self.model), name(self.target));
        queries::application(context).any(|(call, event)| {
            call.operation.is_raw()
                && event.query.arguments.iter().any(|argument| {
                    let text = queries::constant_text(argument);
                    text.contains(own) && text.contains(target)
                })
        })
    }

    /// Whether a query goes by the key: to the rows that refer to one, or from such a row to what
    /// it refers to.
    fn is_followed(&self, context: &Context<'_>, model: ModelRef, arguments: &ObjectValue) -> bool {
        let filter = arguments.entries.get("where");
        // Whoever asks by the key asks for rows of their own tenant alone.
        let kept = filter
            .and_then(|filter| filter.value.as_object())
            .is_some_and(|filter| {
                let declared = context.project.schemas.model(self.model);
                let mut columns = filter
                    .entries
                    .keys()
                    .filter_map(|name| declared.field(name));
                columns.any(|column| {
                    column.id != self.key.id && self.is_of_owner(context, declared, column.id)
                })
            });
        let by_key = model == self.model
            && !kept
            && filter.is_some_and(|filter| {
                leaves(&filter.value).is_none_or(|leaves| {
                    let names =
                        |name: &SmolStr| *name == self.relation.name || *name == self.key.name;
                    leaves.iter().any(|leaf| leaf.path.iter().any(names))
                        && !leaves.iter().any(|leaf| names_who_asks(leaf.value))
                })
            });
        let mut from_row = false;
        for entry in arguments.entries.values() {
            entry.value.visit(&mut |part| {
                if let Value::Opaque(opaque) = part
                    && let Root::Row(row) = &opaque.root
                    && context.project.calls.get(row.call).model() == Some(self.model)
                {
                    origins(part, &mut |origin| {
                        from_row |= matches!(origin, Origin::Row(_, path)
                            if path.last().is_some_and(|last| last == self.key.name));
                    });
                }
            });
        }
        by_key || from_row
    }

    /// What a selection takes through the relation, from either side.
    fn taken(
        &self,
        context: &Context<'_>,
        model: ModelRef,
        arguments: &ObjectValue,
        depth: u32,
    ) -> Carried {
        let Some(depth) = depth.checked_sub(1) else {
            return Carried::More;
        };
        let declared = context.project.schemas.model(model);
        let id = self.relation.relation().and_then(|side| side.relation);
        let mut names = false;
        let selections = ["include", "select"].into_iter();
        for selection in selections.filter_map(|key| arguments.entries.get(key)) {
            let Some(chosen) = selection
                .value
                .as_object()
                .filter(|one| one.spreads.is_empty())
            else {
                return Carried::More;
            };
            for (name, entry) in &chosen.entries {
                let Some(field) = declared.field(name) else {
                    continue;
                };
                let Some(side) = field.relation() else {
                    continue;
                };
                if side.relation == id && entry.value.truth() != Some(false) {
                    let forward = model == self.model && field.id == self.relation.id;
                    match forward && is_name(&entry.value) {
                        true => names = true,
                        false => return Carried::More,
                    }
                    continue;
                }
                let target = ModelRef {
                    schema: model.schema,
                    model: side.target,
                };
                let inner = entry.value.as_object();
                match inner.map(|inner| self.taken(context, target, inner, depth)) {
                    None | Some(Carried::Nothing) => {}
                    Some(Carried::Names) => names = true,
                    Some(Carried::More) => return Carried::More,
                }
            }
        }
        match names {
            true => Carried::Names,
            false => Carried::Nothing,
        }
    }
}

/// `{ select: { id: true, name: true } }`
fn is_name(taken: &Value) -> bool {
    let selected = taken
        .as_object()
        .and_then(|taken| taken.entries.get("select"));
    selected
        .and_then(|selected| selected.value.as_object())
        .is_some_and(|selected| {
            let mut names = selected.entries.keys();
            selected.spreads.is_empty() && names.all(|name| TITLES.contains(&name.as_str()))
        })
}
