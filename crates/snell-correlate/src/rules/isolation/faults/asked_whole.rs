//! Conditions that the client sends as a whole: `where: { userId, ...query }`, `where: query`. Which
//! columns there may be, its type says.

use smol_str::SmolStr;
use snell_flow::{
    ObjectValue, Opaque, Root, Step, Value,
    scope::{self, Key, Keyed, Origin, Reached, Verdict, opens, origins},
};
use snell_project::schema::ModelRef;

use crate::{
    rule::Context,
    rules::isolation::{
        entries::Entry,
        evidence::Evidence,
        exposure::{Exposure, Fault},
        reach::{changes, given_back},
    },
    support::declared,
};

/// Whose rows a query with such a condition reaches: those of whom the client names, where the type has
/// the column of the owner.
pub(in crate::rules::isolation) fn fault(
    context: &Context<'_>,
    entry: &Entry<'_>,
    reached: &Reached<'_>,
    evidence: &Evidence,
) -> Option<Exposure> {
    let call = context.project.calls.get(reached.query.call);
    let model = call.model()?;
    let trust = reached.trust();
    if !entry.is_blind(reached, trust, evidence.limited) || call.client.changes_queries() {
        return None;
    }
    // What stands beside it keeps the rows to who asks.
    let found = scope::verdict(context.project, reached, trust);
    if matches!(
        found,
        Verdict::Scoped | Verdict::ScopedByParent | Verdict::CheckedBefore
    ) {
        return None;
    }
    let (sent, beside) = sent_wholes(reached.query.arguments.first()?)?;
    let (column, key) = sent
        .iter()
        .find_map(|sent| owner_among(context, entry, model, sent, beside))?;
    if trust.holds(&key) {
        return None;
    }
    let guarded = match call.operation {
        operation if changes(operation) => evidence.guarded(model)?,
        operation if operation.finds_rows() && !evidence.is_on_open_pages(model) => {
            let back = given_back(entry, reached, |_, _| true);
            evidence.given_back(model).filter(|_| back)?
        }
        _ => return None,
    };
    let keyed = Keyed {
        field: column,
        key,
        by_unique: false,
    };
    Some(Exposure {
        guarded: (guarded != reached.query.call).then_some(guarded),
        ..Exposure::of(entry, reached, model, Fault::Owner(keyed))
    })
}

/// The verdict where nothing of such a condition can say whose the rows are.
pub(in crate::rules::isolation) fn verdict(
    context: &Context<'_>,
    entry: &Entry<'_>,
    reached: &Reached<'_>,
    model: ModelRef,
) -> Option<Verdict> {
    let (sent, beside) = sent_wholes(reached.query.arguments.first()?)?;
    let trust = reached.trust();
    let declared = context.project.schemas.model(model);
    let typed = sent.iter().all(|sent| {
        let whole = declared::value(context, Some(entry.endpoint), sent);
        let (Some(whole), Some(key)) = (whole, key_of(sent)) else {
            return false;
        };
        let names = declared.columns().map(|field| &field.name);
        let mut asked = names.filter(|name| declared::property(context, &whole, name).is_some());
        let checked = |name: &SmolStr| {
            let mut key = key.clone();
            key.path.push(name.clone());
            trust.holds(&key)
        };
        let mut any = false;
        !asked.any(|name| {
            any = true;
            checked(name)
        }) && any
    });
    if !typed {
        return None;
    }
    let mut anybody = true;
    for (name, entry) in beside.into_iter().flat_map(|beside| &beside.entries) {
        anybody &= !opens(name);
        origins(&entry.value, &mut |origin| {
            anybody &= match origin {
                Origin::Constant => true,
                Origin::Client(key) => !trust.holds(&key),
                _ => false,
            };
        });
    }
    anybody.then_some(Verdict::Unfiltered)
}

/// What of a condition the client sends as a whole, and the object that it is spread into.
fn sent_wholes(arguments: &Value) -> Option<(Vec<&Opaque>, Option<&ObjectValue>)> {
    let filter = &arguments.as_object()?.entries.get("where")?.value;
    let is_sent = |value: &Value| match value {
        Value::Opaque(sent) => {
            matches!(&sent.root, Root::ClientInput(part, _) if part != "Headers")
        }
        _ => false,
    };
    let (spreads, beside) = match filter {
        Value::Object(object) => (object.spreads.iter().collect(), Some(&**object)),
        value => (vec![value], None),
    };
    let all = !spreads.is_empty() && spreads.iter().all(|spread: &&Value| is_sent(spread));
    let sent = spreads.into_iter().filter_map(|spread| match spread {
        Value::Opaque(sent) => Some(&**sent),
        _ => None,
    });
    all.then(|| (sent.collect(), beside))
}

/// The column of the owner that a type has, unless the condition puts another value in its place.
fn owner_among(
    context: &Context<'_>,
    entry: &Entry<'_>,
    model: ModelRef,
    sent: &Opaque,
    beside: Option<&ObjectValue>,
) -> Option<(SmolStr, Key)> {
    let whole = declared::value(context, Some(entry.endpoint), sent)?;
    let key = key_of(sent)?;
    let datamodel = &context.project.schemas.get(model.schema).datamodel;
    let left_out = |name: &SmolStr| {
        let mut steps = sent.path.iter();
        steps.any(|step| matches!(step, Step::Without(names) if names.contains(name)))
    };
    let stays = |name: &str| {
        let entry = beside.and_then(|beside| beside.entries.get(name));
        entry.is_some_and(|entry| !entry.beneath)
    };
    context.project.owners.of(model).direct().find_map(|chain| {
        let field = &datamodel[chain.key?];
        let relation = chain.relations.first().map(|field| &datamodel[*field].name);
        let asked = field.id.model == model.model
            && !left_out(&field.name)
            && !stays(&field.name)
            // A condition on the person beside it holds as well.
            && relation.is_none_or(|name| beside.is_none_or(|beside| !beside.entries.contains_key(name)))
            && declared::property(context, &whole, &field.name).is_some();
        let mut key = key.clone();
        key.path.push(field.name.clone());
        asked.then(|| (field.name.clone(), key))
    })
}

/// What the client sends: where it stands in the request.
fn key_of(sent: &Opaque) -> Option<Key> {
    let mut found = None;
    origins(&Value::Opaque(sent.clone().into()), &mut |origin| {
        if let Origin::Client(key) = origin {
            found = Some(key);
        }
    });
    found
}
