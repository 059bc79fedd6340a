//! Roles that whoever registers may take: being asked for one of them sets nobody apart.

use std::collections::BTreeSet;

use smol_str::SmolStr;
use snell_flow::{
    Fact, Opaque, Root, Value,
    scope::{Origin, Reached, Walked, origins},
};
use snell_prisma::EnumId;
use snell_project::{
    endpoint::{Endpoint, right_about},
    schema::ModelRef,
};

use crate::{
    rule::Context,
    rules::isolation::people,
    support::{closed_set, declared, rights::asks_for_right},
};

/// What the roles that may be taken are about, as endpoints ask for them.
#[derive(Debug, Default)]
pub(in crate::rules::isolation) struct Taken {
    /// Those that may.
    taken: BTreeSet<SmolStr>,
    /// All that stand in the same columns.
    all: BTreeSet<SmolStr>,
}

impl Taken {
    /// Gathers them over the endpoints at which nobody has to be signed in.
    pub(in crate::rules::isolation) fn gather(context: &Context<'_>) -> Self {
        let mut taken = Taken::default();
        for walked in context.walks {
            let endpoint = context.project.endpoints.get(walked.endpoint);
            let access = &endpoint.access;
            let open = endpoint.kind.is_request()
                && !access.authenticated
                && !access.administrative
                && !access.verified
                && access.restricted.is_empty()
                && access.unknown.is_empty()
                && !context.project.path_facts(endpoint.module).test;
            if open {
                taken.register(context, endpoint, walked);
            }
        }
        taken
    }

    fn register(&mut self, context: &Context<'_>, endpoint: &Endpoint, walked: &Walked<'_>) {
        for reached in &walked.walk.queries {
            let call = context.project.calls.get(reached.query.call);
            let Some(model) = call
                .model()
                .filter(|model| call.operation.is_create() && people::is_identity(context, *model))
            else {
                continue;
            };
            let declared = context.project.schemas.model(model);
            for field in declared.columns() {
                let lower = field.name.to_ascii_lowercase();
                let role = lower.ends_with("role") || lower.ends_with("roles");
                if let (true, Some(id)) = (role, field.enumeration())
                    && let Some(sent) = sent(reached, &field.name)
                {
                    self.add(context, endpoint, (model, id), sent);
                }
            }
        }
    }

    /// What the client may name, by how what it sends is declared: the whole enum, or a part of it.
    fn add(
        &mut self,
        context: &Context<'_>,
        endpoint: &Endpoint,
        (model, id): (ModelRef, EnumId),
        sent: &Opaque,
    ) {
        let enums = context.project.schemas.get(model.schema).datamodel.enums();
        let Some(of) = enums.get(id.index()) else {
            return;
        };
        let values: Vec<SmolStr> = of.values.iter().map(|value| value.name.clone()).collect();
        let said = declared::value(context, Some(endpoint), sent);
        let named = said.and_then(|said| closed_set::of(context, &said));
        let named = named.map_or_else(|| values.clone(), |set| set.values.into_iter().collect());
        let about = |value: &SmolStr| right_about(value);
        self.taken.extend(named.iter().filter_map(about));
        self.all.extend(values.iter().filter_map(about));
    }

    /// Whether an endpoint asks for no more than a role that may be taken.
    pub(in crate::rules::isolation) fn opens(&self, endpoint: &Endpoint) -> bool {
        let access = &endpoint.access;
        let of_role = |name: &SmolStr| name.to_ascii_lowercase().contains("role");
        access.restricted.iter().all(of_role)
            && access.rights.iter().all(|right| self.all.contains(right))
            && access.rights.iter().any(|right| self.taken.contains(right))
    }

    /// Whether one of the roles of an endpoint that administrators come to as well may be taken, and is none of
    /// those who decide over others.
    pub(in crate::rules::isolation) fn opens_beside(&self, endpoint: &Endpoint) -> bool {
        let mut roles = endpoint.access.roles.iter();
        let of_others = |role: &&SmolStr| !asks_for_right(role);
        self.opens(endpoint)
            && roles.any(|role| {
                let about = right_about(role).filter(|_| of_others(&role));
                about.is_some_and(|about| self.taken.contains(&about))
            })
    }
}

/// What the client sent, where it is written into a column as it is and nothing compares it before.
fn sent<'r>(reached: &'r Reached<'_>, column: &str) -> Option<&'r Opaque> {
    let arguments = reached.query.arguments.first()?.as_object()?;
    let data = arguments.entries.get("data")?.value.as_object()?;
    let Value::Opaque(sent) = &data.entries.get(column)?.value else {
        return None;
    };
    let of_client = matches!(sent.root, Root::ClientInput(..));
    let compared = reached.facts.iter().any(|fact| compares(fact, sent));
    (of_client && !compared).then_some(sent)
}

/// Whether a fact compares what the client sent with something.
fn compares(fact: &Fact, sent: &Opaque) -> bool {
    let key = |value: &Value| {
        let mut key = None;
        origins(value, &mut |origin| {
            if let Origin::Client(found) = origin {
                key = Some(found);
            }
        });
        key
    };
    let wanted = key(&Value::Opaque(sent.clone().into()));
    let is = |value: &Value| wanted.is_some() && key(value) == wanted;
    match fact {
        Fact::Equal(a, b) | Fact::Differ(a, b) | Fact::Member(a, b) => is(a) || is(b),
        Fact::OneOf(groups) => groups
            .iter()
            .flat_map(|group| group.iter())
            .any(|fact| compares(fact, sent)),
        Fact::Truthy(value) | Fact::Falsy(value) => {
            matches!(value, Value::Opaque(opaque) if matches!(opaque.root, Root::Result(_) | Root::Derived(_)))
                && is(value)
        }
    }
}
