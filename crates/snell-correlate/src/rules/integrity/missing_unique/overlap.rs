//! Rows that take something for a while (a room, a vehicle), where the code looks whether it is free and
//! the database does not keep it so.

use std::collections::BTreeSet;

use snell_flow::{ObjectValue, Value, scope::Reached};
use snell_prisma::{Field, FieldId, Model, ScalarType};
use snell_project::{client::Operation, schema::ModelRef};
use snell_source::{Confidence, Diagnostic, Severity};

use super::RULE;
use crate::{
    functions,
    rule::Context,
    support::{built, queries, wording},
};

/// Words of code in which two requests take turns, or the database refuses the second.
const KEEPS: [&str; 9] = [
    "Serializable",
    "FOR UPDATE",
    "advisory",
    "23P01",
    "mutex",
    "Mutex",
    "lock(",
    "Lock(",
    "redlock",
];

/// What is taken, from when and until when.
#[derive(Clone, Copy)]
struct Span<'d> {
    taken: &'d Field,
    from: &'d Field,
    until: &'d Field,
    /// Whether times that only touch meet as well: `lte` and `gte`.
    closed: bool,
}

/// One finding for each model whose rows endpoints add after such a look.
pub(super) fn findings(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut told: BTreeSet<ModelRef> = BTreeSet::new();
    let mut found = Vec::new();
    for walked in context.walks {
        let endpoint = context.project.endpoints.get(walked.endpoint);
        if !functions::is_application(context.project, endpoint.module) {
            continue;
        }
        let all = &walked.walk.queries;
        for (n, made) in all.iter().enumerate() {
            let call = context.project.calls.get(made.query.call);
            let Some(model) = call.model() else { continue };
            if call.operation != Operation::Create || told.contains(&model) {
                continue;
            }
            let looked = all[..n].iter().find_map(|look| {
                let span = looks(context, look, model)?;
                Some((look, span))
                    .filter(|_| fills(made, span) && !takes_turns(context, look, made))
            });
            if let Some((look, span)) = looked
                && !is_kept(context, model)
            {
                told.insert(model);
                found.push(finding(context, model, (look, made), span));
            }
        }
    }
    found
}

/// What a query looks for: rows of the same thing whose time meets another one.
fn looks<'a>(context: &Context<'a>, look: &Reached<'_>, model: ModelRef) -> Option<Span<'a>> {
    let call = context.project.calls.get(look.query.call);
    let reads = matches!(
        call.operation,
        Operation::FindFirst | Operation::FindMany | Operation::Count
    );
    if !reads || call.model() != Some(model) {
        return None;
    }
    let declared = context.project.schemas.model(model);
    let filter = look
        .query
        .arguments
        .first()?
        .as_object()?
        .entries
        .get("where")?;
    let mut asked = Asked::default();
    asked.gather(declared, &filter.value, 6);
    let (from, until, closed) = asked.before.iter().find_map(|before| {
        let meets = |after: &&Bound<'_>| after.field != before.field && after.value != before.value;
        let after = asked.after.iter().find(meets)?;
        let closed = before.closed && after.closed;
        Some((before.field, after.field, closed))
    })?;
    let field = |id: FieldId| declared.columns().find(|field| field.id == id);
    Some(Span {
        taken: field(*asked.equal.first()?)?,
        from: field(from)?,
        until: field(until)?,
        closed,
    })
}

/// A time that is compared.
struct Bound<'v> {
    field: FieldId,
    value: &'v Value,
    /// Whether the same time counts: `lte`.
    closed: bool,
}

/// The comparisons of a condition.
#[derive(Default)]
struct Asked<'v> {
    before: Vec<Bound<'v>>,
    after: Vec<Bound<'v>>,
    /// References to something else.
    equal: Vec<FieldId>,
}

impl<'v> Asked<'v> {
    fn gather(&mut self, model: &Model, value: &'v Value, depth: u32) {
        let Some(depth) = depth.checked_sub(1) else {
            return;
        };
        match value {
            Value::Array(array) => {
                for element in array.elements.iter() {
                    self.gather(model, element, depth);
                }
            }
            Value::Object(object) => {
                for (name, entry) in &object.entries {
                    match model.field(name) {
                        None if matches!(name.as_str(), "AND" | "OR") => {
                            self.gather(model, &entry.value, depth);
                        }
                        Some(field) => self.compared(model, field, &entry.value),
                        None => {}
                    }
                }
            }
            _ => {}
        }
    }

    fn compared(&mut self, model: &Model, field: &Field, value: &'v Value) {
        let range = value.as_object();
        if field.scalar() == Some(ScalarType::DateTime) {
            let of = |keys: [&str; 2]| {
                let range: &'v ObjectValue = range?;
                keys.iter().find_map(|key| {
                    let entry = range.entries.get(*key)?;
                    Some(Bound {
                        field: field.id,
                        value: &entry.value,
                        closed: key.ends_with('e'),
                    })
                })
            };
            self.before.extend(of(["lt", "lte"]));
            self.after.extend(of(["gt", "gte"]));
        } else if model.is_foreign_key(field.id) && range.is_none() && !value.is_constant() {
            self.equal.push(field.id);
        }
    }
}

/// Whether a new row says from when and until when it takes what was looked for.
fn fills(made: &Reached<'_>, span: Span<'_>) -> bool {
    let data = made.query.arguments.first().and_then(Value::as_object);
    let data = data.and_then(|arguments| arguments.entries.get("data")?.value.as_object());
    data.is_some_and(|data| {
        let given = |field: &Field| {
            data.entries.contains_key(field.name.as_str()) || !data.spreads.is_empty()
        };
        given(span.from) && given(span.until)
    })
}

/// Whether code around one of the queries lets two requests take turns.
fn takes_turns(context: &Context<'_>, look: &Reached<'_>, made: &Reached<'_>) -> bool {
    let modules = &context.project.modules;
    let mut around = vec![look.run.function, made.run.function];
    for at in look.trail.iter().chain(&made.trail) {
        let module = modules.get(at.module);
        around.extend(
            module
                .context
                .function(at.id)
                .map(|id| snell_project::module::In {
                    module: at.module,
                    id: module.facts.outermost(id),
                }),
        );
    }
    around.into_iter().any(|function| {
        let declared = functions::declared(context.project, function);
        let text = declared.map(|own| context.text(modules.at(function.module, own.span)));
        text.is_none_or(|text| KEEPS.iter().any(|word| text.contains(word)))
    })
}

/// Whether the database refuses rows that meet, as far as its migrations are known.
fn is_kept(context: &Context<'_>, model: ModelRef) -> bool {
    let schema = context.project.schemas.get(model.schema);
    let declared = context.project.schemas.model(model);
    let table = built::table(schema, declared);
    table.is_some_and(|table| table.is_uncertain() || table.excludes())
}

fn finding(
    context: &Context<'_>,
    model: ModelRef,
    (look, made): (&Reached<'_>, &Reached<'_>),
    span: Span<'_>,
) -> Diagnostic {
    let schema = context.project.schemas.get(model.schema);
    let declared = context.project.schemas.model(model);
    let calls = &context.project.calls;
    let place =
        |reached: &Reached<'_>| queries::operation_at(context, calls.get(reached.query.call));
    let Span {
        taken,
        from,
        until,
        closed,
    } = span;
    // What is stored without a time zone, or without a time, makes the range of the same kind.
    let native = from.native_type.as_ref();
    let range = match native.map(|native| native.name.as_str()) {
        Some("Timestamptz") => "tstzrange",
        Some("Date") => "daterange",
        _ => "tsrange",
    };
    let ends = if closed { ", '[]'" } else { "" };
    Diagnostic::at(
        &RULE.metadata,
        schema.model_name(declared),
        format!(
            "two `{}` rows can take the same `{}` at the same time, and the code expects one",
            declared.name, taken.name
        ),
    )
    .label(format!(
        "nothing keeps `{}` to `{}` of one `{}` apart",
        from.name, until.name, taken.name
    ))
    .related(place(look), "looks whether it is free")
    .related(place(made), "takes it: two requests can both get here")
    .lowered(
        Severity::Medium,
        "it takes two requests at the same moment",
    )
    .confidence(Confidence::Likely)
    .help(format!(
        "in a migration of your own: `CREATE EXTENSION IF NOT EXISTS btree_gist; ALTER TABLE \"{}\" ADD CONSTRAINT \"{}_no_overlap\" EXCLUDE USING gist (\"{}\" WITH =, {range}(\"{}\", \"{}\"{ends}) WITH &&);` (with `WHERE` for the states that count), after the overlaps that are there are gone, and answer the error 23P01 with 409",
        declared.db_name, declared.db_name, taken.db_name, from.db_name, until.db_name
    ))
    .subject(wording::subject(declared, "overlap"))
}
