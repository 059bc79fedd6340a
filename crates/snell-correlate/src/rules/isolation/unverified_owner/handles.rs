//! Groups that the client names by a handle that is no secret, where others ask whether who is
//! signed in belongs to them.

use std::collections::BTreeMap;

use snell_flow::scope::{
    Key, Origin, Trust, Verdict, Walked, leaves, opens, origins, told, verdict,
};
use snell_project::{
    client::CallId,
    endpoint::Endpoint,
    ownership::{Ownership, RootKind},
    schema::ModelRef,
};
use snell_source::{Confidence, Diagnostic, Location, Severity};

use super::RULE;
use crate::{functions, rule::Context, rules::isolation::tenant, support::growth::Growths};

/// Fewer endpoints than this may be meant for all.
const MANY: usize = 3;

/// The endpoints that reach rows of a group by its handle.
struct Named {
    count: usize,
    field: String,
    key: String,
    /// The first that looks the group up.
    query: CallId,
    endpoint: Location,
    /// A query on what belongs to the group.
    reached: CallId,
}

/// One finding for each model of groups.
pub(super) fn findings(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found: BTreeMap<ModelRef, Named> = BTreeMap::new();
    for entered in context.walks {
        let endpoint = context.project.endpoints.get(entered.endpoint);
        let judged = endpoint.is_open_to_every_user()
            && !endpoint.is_limited()
            && !entered.walk.cut
            && functions::is_application(context.project, endpoint.module);
        if judged && let Some((group, named)) = named(context, entered, endpoint) {
            let count = |known: &mut Named| known.count += 1;
            found.entry(group).and_modify(count).or_insert(named);
        }
    }
    found
        .iter()
        .filter(|(_, named)| named.count >= MANY)
        .filter_map(|(group, named)| Some(tell(context, *group, named, asked(context, *group)?)))
        .collect()
}

/// The group that an endpoint looks up by a handle, when it then reaches what belongs to it.
fn named(
    context: &Context<'_>,
    entered: &Walked<'_>,
    endpoint: &Endpoint,
) -> Option<(ModelRef, Named)> {
    let project = context.project;
    let walk = &entered.walk;
    let (group, field, key, query) = walk.queries.iter().find_map(|reached| {
        let call = project.calls.get(reached.query.call);
        let group = call
            .model()
            .filter(|model| tenant::is_tenant(context, *model))?;
        let arguments = reached.query.arguments.first()?.as_object()?;
        let leaves = leaves(&arguments.entries.get("where")?.value)?;
        let trust = reached.trust();
        let (field, key) = leaves.iter().find_map(|leaf| {
            let name = leaf.path.last().filter(|name| opens(name))?;
            Some((name.to_string(), sent(leaf.value, trust)?))
        })?;
        Some((group, field, key, reached.query.call))
    })?;
    let reached = walk.queries.iter().find(|reached| {
        let call = project.calls.get(reached.query.call);
        let belongs = call
            .model()
            .is_some_and(|model| tenant::is_owned(context, model));
        let trust = reached.trust();
        // What was asked of the group in between is known by then.
        belongs
            && !trust.holds(&key)
            && verdict(project, reached, trust) == Verdict::Unknown
            && matches!(
                told(project, walk, reached, trust),
                Some(Verdict::ClientKeyOnly(_))
            )
    })?;
    let named = Named {
        count: 1,
        field,
        key: key.text(),
        query,
        endpoint: endpoint.at,
        reached: reached.query.call,
    };
    Some((group, named))
}

/// What the path of the request names, when nothing ties it to who asks.
fn sent(value: &snell_flow::Value, trust: &Trust) -> Option<Key> {
    let (mut sent, mut others) = (None, false);
    origins(value, &mut |origin| match origin {
        Origin::Client(key) if key.part == "param" && !trust.holds(&key) => sent = Some(key),
        Origin::Constant => {}
        _ => others = true,
    });
    sent.filter(|_| !others)
}

/// Where it is asked whether who is signed in belongs to such a group.
fn asked(context: &Context<'_>, group: ModelRef) -> Option<CallId> {
    let project = context.project;
    let joins = |model: ModelRef| {
        let sides = project.schemas.model(model).relation_fields();
        let targets = sides
            .filter_map(|field| field.relation())
            .map(|side| ModelRef {
                schema: model.schema,
                model: side.target,
            });
        let (mut of_group, mut of_person) = (false, false);
        for target in targets {
            of_group |= target == group;
            of_person |= *project.owners.of(target) == Ownership::Root(RootKind::Identity);
        }
        of_group && of_person
    };
    context.walks.iter().find_map(|entered| {
        entered.walk.queries.iter().find_map(|reached| {
            let model = project.calls.get(reached.query.call).model()?;
            let trust = reached.trust();
            (joins(model)
                && verdict(project, reached, trust) == Verdict::Scoped
                && has_members(context, model))
            .then_some(reached.query.call)
        })
    })
}

/// Whether the application makes rows of a model: without members nobody is kept out.
fn has_members(context: &Context<'_>, model: ModelRef) -> bool {
    Growths::shared(context).of_model(model).made_at.is_some()
}

fn tell(context: &Context<'_>, group: ModelRef, named: &Named, asked: CallId) -> Diagnostic {
    let project = context.project;
    let name = &project.schemas.model(group).name;
    let place = |call: CallId| {
        let call = project.calls.get(call);
        project.modules.at(call.module, call.name.span)
    };
    Diagnostic::at(
        &RULE.metadata,
        place(named.query),
        format!(
            "{} endpoints reach the rows of any `{name}`: nothing ties its `{}` to who asks",
            named.count, named.field
        ),
    )
    .label(format!("`{}` is what the client sent, and no secret", named.key))
    .related(named.endpoint, "every signed-in user gets here")
    .related(place(named.reached), "here rows of it are reached")
    .example(place(asked), "here it is asked whether who is signed in belongs to one")
    .lowered(
        Severity::High,
        "that a member is meant is told by another endpoint alone",
    )
    .confidence(Confidence::Likely)
    .help(format!(
        "look the `{name}` up together with who asks, in a guard before each of them: a member of it, or nothing found"
    ))
    .subject(format!("handle:{name}"))
}
