//! Ways that no run takes: what must hold on them cannot.

use snell_flow::{Fact, Facts, Root, Step, Value};
use snell_prisma::{Datamodel, Model};
use snell_project::{Project, client::Operation};

/// Whether what holds at the calls that lead somewhere, outermost first, and what holds there
/// cannot be: one rules the other out, or asks for what a row was read without.
pub(super) fn comes(project: &Project, held: &[&Facts], here: &Facts) -> bool {
    let lacks = |facts: &Facts| facts.iter().any(|fact| is_of_nothing(project, fact));
    if lacks(here) || held.iter().any(|facts| lacks(facts)) {
        return true;
    }
    let against = |facts: &Facts, others: &Facts| {
        facts
            .iter()
            .any(|fact| is_stable(fact) && others.iter().any(|other| fact.contradicts(other)))
    };
    let all: Vec<&Facts> = held.iter().copied().chain([here]).collect();
    let mut outer = all.iter().enumerate();
    outer.any(|(n, facts)| all[n + 1..].iter().any(|others| against(facts, others)))
}

/// Whether what a fact says of a value holds however often the value is asked for: it was handed
/// over, and nothing computes it anew.
fn is_stable(fact: &Fact) -> bool {
    let known = |value: &Value| matches!(value, Value::Opaque(opaque) if matches!(opaque.root, Root::Parameter(..) | Root::ClientInput(..)));
    match fact {
        Fact::Truthy(value) | Fact::Falsy(value) => known(value),
        Fact::Equal(value, other) | Fact::Differ(value, other) => {
            known(value) && other.is_constant()
        }
        _ => false,
    }
}

/// Whether a fact says that a column is there which its query does not select.
fn is_of_nothing(project: &Project, fact: &Fact) -> bool {
    let Fact::Truthy(Value::Opaque(opaque)) = fact else {
        return false;
    };
    let Root::Row(row) = &opaque.root else {
        return false;
    };
    let call = project.calls.get(row.call);
    let Some(model) = call.model() else {
        return false;
    };
    let of_one = matches!(
        call.operation,
        Operation::FindFirst
            | Operation::FindFirstOrThrow
            | Operation::FindUnique
            | Operation::FindUniqueOrThrow
    );
    if !of_one && call.operation != Operation::FindMany {
        return false;
    }
    let datamodel = &project.schemas.get(model.schema).datamodel;
    is_left_out(
        datamodel,
        project.schemas.model(model),
        &row.arguments,
        &opaque.path,
    )
}

fn is_left_out(datamodel: &Datamodel, model: &Model, query: &Value, path: &[Step]) -> bool {
    let mut steps = path
        .iter()
        .filter(|step| !matches!(step, Step::Each(_) | Step::At(_)));
    let Some(Step::Property(name)) = steps.next() else {
        return false;
    };
    let (Some(field), Some(query)) = (model.field(name), query.as_object()) else {
        return false;
    };
    let select = query.entries.get("select");
    let Some(select) = select.and_then(|entry| entry.value.as_object()) else {
        return false;
    };
    if !query.spreads.is_empty() || !select.spreads.is_empty() {
        return false;
    }
    let Some(entry) = select.entries.get(name) else {
        return true;
    };
    let rest: Vec<Step> = steps.cloned().collect();
    let target = datamodel.target(field);
    target.is_some_and(|target| is_left_out(datamodel, target, &entry.value, &rest))
}
