//! Raw SQL over rows of anybody.

use snell_flow::{
    Value,
    scope::{Origin, Reached, Trust, opens, origins},
};
use snell_project::{client::CallId, ownership::Ownership, schema::ModelRef};

use super::{
    evidence::{Entry, Evidence},
    survey::{Exposure, Fault, is_blind},
};
use crate::rule::Context;

pub(super) fn fault(
    context: &Context<'_>,
    entry: &Entry<'_>,
    reached: &Reached<'_>,
    evidence: &Evidence,
) -> Option<Exposure> {
    let call = context.project.calls.get(reached.query.call);
    let trust = Trust::of(&reached.facts);
    if !call.operation.is_raw() || !is_blind(reached, &trust) || !is_of_client(reached, &trust) {
        return None;
    }
    let (model, writes) = owned(context, reached.query.call)?;
    let guarded = if writes {
        evidence.guarded(model)?
    } else if gives_back(entry, reached) {
        evidence.given_back(model)?
    } else {
        return None;
    };
    Some(Exposure {
        endpoint: entry.position,
        call: reached.query.call,
        model,
        fault: Fault::Raw { writes },
        trail: reached.trail.clone(),
        late_check: None,
        guarded: Some(guarded),
        presumed: false,
    })
}

/// Whether all that a query is handed is constant or of the client, and
/// nothing ties it to who asks.
fn is_of_client(reached: &Reached<'_>, trust: &Trust<'_>) -> bool {
    let (mut client, mut other) = (false, false);
    for argument in &reached.query.arguments {
        argument.visit(&mut |value| match value {
            Value::Unknown | Value::Function(_) => other = true,
            Value::Opaque(_) => {
                // The value outlives the visit only as a copy.
                let value = value.clone();
                origins(&value, &mut |origin| match origin {
                    Origin::Client(key) => {
                        client = true;
                        other |= trust.holds(&key);
                    }
                    Origin::Constant => {}
                    _ => other = true,
                });
            }
            _ => {}
        });
    }
    client && !other
}

/// The first owned model whose table every text of the query reads or writes,
/// when each of its tables is known and no column opens rows to others.
fn owned(context: &Context<'_>, call: CallId) -> Option<(ModelRef, bool)> {
    let readings = context.readings.of(call);
    let mut found = None;
    for reading in readings {
        if !reading.errors.is_empty() || reading.assumed {
            return None;
        }
        let catalog = context.databases.catalog(context.project, reading.schema);
        let writes = match reading.facts.kind {
            "SELECT" => false,
            "UPDATE" | "DELETE" => true,
            _ => return None,
        };
        let mut model = None;
        for (id, column) in reading.facts.reads.iter().chain(&reading.facts.writes) {
            let relation = catalog.relation(*id)?;
            let datamodel = &context.project.schemas.get(reading.schema).datamodel;
            let declared = datamodel
                .models()
                .iter()
                .find(|model| model.db_name == relation.name.as_str())?;
            if let Some(name) = column.and_then(|number| catalog.column_name(*id, number))
                && opens(&name)
            {
                return None;
            }
            let of = ModelRef {
                schema: reading.schema,
                model: declared.id,
            };
            if matches!(context.project.owners.of(of), Ownership::Owned(_)) {
                model.get_or_insert(of);
            }
        }
        found = Some((model?, writes));
    }
    found
}

fn gives_back(entry: &Entry<'_>, reached: &Reached<'_>) -> bool {
    let escapes = entry.walk.escapes.iter();
    !entry.walk.doubtful
        && escapes
            .filter(|escape| escape.row.call == reached.query.call)
            .any(|escape| {
                let trust = Trust::of(&escape.facts);
                !trust.privileged && !trust.opaque && !entry.walk.asks_others(&escape.facts)
            })
}
