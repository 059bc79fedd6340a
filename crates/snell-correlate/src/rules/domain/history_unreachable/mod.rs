//! Turns of a conversation that are kept and that nobody gets to any more: lists give the newest alone.

use snell_flow::{
    Literal, ObjectValue, Value,
    scope::{Reached, leaves},
};
use snell_prisma::Model;
use snell_project::{
    client::{CallId, Operation},
    endpoint::Endpoint,
    schema::ModelRef,
};
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    functions,
    rule::{Context, Rule},
    support::{
        queries::{self, ModelQuery, objects},
        roles::{Message, Roles},
        wording,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "domain/history-unreachable",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "Older messages of a conversation cannot be read: lists give the newest alone",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Rows inside rows that are looked into for the list.
const DEPTH: u32 = 4;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let roles = Roles::shared(context);
    let messages = roles.messages.iter();
    messages
        .filter_map(|message| finding(context, message))
        .collect()
}

/// What a list gives of all rows.
enum Gives {
    /// So many of the newest.
    Newest(String),
    /// All of them, or those that the client asks for next, or it is not known.
    More,
}

/// The list that gives the newest turns to somebody.
struct Newest<'a> {
    endpoint: &'a Endpoint,
    call: CallId,
    count: String,
}

fn finding(context: &Context<'_>, message: &Message) -> Option<Diagnostic> {
    let project = context.project;
    let schema = project.schemas.get(message.model.schema);
    let model = project.schemas.model(message.model);
    let newest = newest(context, message.model)?;
    if is_in_raw_sql(context, model) || comes_along(context, message.model) {
        return None;
    }
    let call = project.calls.get(newest.call);
    let found = Diagnostic::at(
        &RULE.metadata,
        queries::operation_at(context, call),
        format!(
            "`{}` rows before the newest {} are kept, and no endpoint gives them back",
            model.name, newest.count
        ),
    )
    .label("no `cursor`, no `skip`, and nobody may ask for more")
    .related(
        newest.endpoint.at,
        format!("`{}` gives these back", newest.endpoint.name),
    );
    let found = match onward(context, message.model) {
        Some(query) => {
            let owner = query.event.function;
            found
                .related(
                    queries::operation_at(context, query.call),
                    "reads on from a row, and nothing calls it",
                )
                .help(format!(
                    "take the key of the oldest message that is shown from the request, and read on with `{}`",
                    functions::name(project, owner)
                ))
        }
        None => found
            .help(
                "take the key of the oldest message that is shown from the request (`cursor`, `skip: 1`), or delete what nobody can read",
            )
            .lowered(
                Severity::Low,
                "that people see the newest alone may be meant; they are kept for nobody then",
            ),
    };
    let parent = &schema.datamodel[message.parent].name;
    Some(
        found
            .confidence(Confidence::Likely)
            .subject(wording::subject(model, parent)),
    )
}

/// The list that gives the newest rows to somebody, where no endpoint gives back others.
fn newest<'a>(context: &Context<'a>, model: ModelRef) -> Option<Newest<'a>> {
    let project = context.project;
    let mut found = None;
    for entered in context.walks {
        let endpoint = project.endpoints.get(entered.endpoint);
        if !endpoint.kind.is_request() || project.path_facts(endpoint.module).test {
            continue;
        }
        let walk = &entered.walk;
        for reached in &walk.queries {
            let call = project.calls.get(reached.query.call);
            if call.operation != Operation::FindMany || call.model() != Some(model) {
                continue;
            }
            let mut given = walk.escapes.iter();
            let is_given = given.any(|escape| escape.row.call == reached.query.call);
            match gives(reached) {
                Gives::Newest(count) if is_given => {
                    found.get_or_insert(Newest {
                        endpoint,
                        call: reached.query.call,
                        count,
                    });
                }
                Gives::Newest(_) => {}
                // What a change reads for itself, it need not give back.
                Gives::More if is_given || !changes(endpoint) => return None,
                Gives::More => {}
            }
        }
    }
    found
}

/// Whether an endpoint is there to change something.
fn changes(endpoint: &Endpoint) -> bool {
    let method = endpoint.name.split(' ').next().unwrap_or_default();
    matches!(method, "POST" | "PUT" | "PATCH" | "DELETE")
}

fn gives(reached: &Reached<'_>) -> Gives {
    let arguments = reached.query.arguments.first().and_then(Value::as_object);
    let count = arguments.and_then(|arguments| {
        let value = |key: &str| arguments.entries.get(key).map(|entry| &entry.value);
        let onward = reads_on(arguments) || !arguments.spreads.is_empty();
        (!onward && value("orderBy").is_some_and(is_newest_first))
            .then(|| value("take").and_then(number))
            .flatten()
    });
    count.map_or(Gives::More, Gives::Newest)
}

/// Whether a list begins elsewhere than at the first row.
fn reads_on(arguments: &ObjectValue) -> bool {
    let begins = ["cursor", "skip"]
        .iter()
        .any(|key| arguments.entries.contains_key(*key));
    let bounded = arguments.entries.get("where").is_some_and(|filter| {
        leaves(&filter.value).is_none_or(|leaves| leaves.iter().any(|leaf| leaf.weak))
    });
    begins || bounded
}

/// `{ id: 'desc' }`, or the first of several.
fn is_newest_first(order: &Value) -> bool {
    let first = match order {
        Value::Array(array) => array.elements.first(),
        one => Some(one),
    };
    let first = first.and_then(Value::as_object);
    let direction = first.and_then(|first| first.entries.values().next());
    direction.is_some_and(
        |direction| matches!(&direction.value, Value::Literal(Literal::String(text)) if text == "desc"),
    )
}

/// A number that the program says, whoever asks.
fn number(value: &Value) -> Option<String> {
    match value {
        Value::Literal(Literal::Number(number)) => Some(number.to_string()),
        _ => None,
    }
}

/// A method that reads on from a row, and that nothing comes to.
fn onward<'a>(context: &Context<'a>, model: ModelRef) -> Option<ModelQuery<'a>> {
    let mut queries = queries::of_model(context, model).into_iter();
    queries.find(|query| {
        let arguments = query.event.query.arguments.first();
        query.call.operation == Operation::FindMany
            && functions::is_application(context.project, query.call.module)
            && arguments
                .and_then(Value::as_object)
                .is_some_and(|arguments| {
                    let mut filters = arguments.entries.get("where").into_iter();
                    let both = filters.any(|filter| filter.value.choices().len() > 1);
                    reads_on(arguments) || both
                })
    })
}

/// Whether a statement of raw SQL names the table.
fn is_in_raw_sql(context: &Context<'_>, model: &Model) -> bool {
    queries::application(context).any(|(call, event)| {
        let mut arguments = event.query.arguments.iter();
        call.operation.is_raw()
            && arguments.any(|text| {
                let text = queries::constant_text(text);
                text.contains("SELECT") && text.contains(model.db_name.as_str()) && !is_count(&text)
            })
    })
}

/// Whether no more than a number comes back.
fn is_count(text: &str) -> bool {
    let selected = text.split_once("SELECT").map_or("", |(_, rest)| rest);
    selected
        .trim_start()
        .to_ascii_uppercase()
        .starts_with("COUNT(")
}

/// Whether rows of other models bring the list along, whole or not known how much of it.
fn comes_along(context: &Context<'_>, model: ModelRef) -> bool {
    queries::of_models(context)
        .filter(|query| query.model.schema == model.schema)
        .any(|query| {
            let arguments = query.event.query.arguments.first();
            arguments.is_some_and(|arguments| brings(context, query.model, arguments, model, DEPTH))
        })
}

fn brings(
    context: &Context<'_>,
    of: ModelRef,
    arguments: &Value,
    model: ModelRef,
    depth: u32,
) -> bool {
    let Some(depth) = depth.checked_sub(1) else {
        return true;
    };
    let declared = context.project.schemas.model(of);
    objects(arguments).any(|arguments| {
        let selections = ["include", "select"].iter();
        let selections = selections.filter_map(|key| arguments.entries.get(*key));
        selections
            .flat_map(|entry| objects(&entry.value))
            .any(|chosen| {
                chosen.entries.iter().any(|(name, entry)| {
                    let field = declared.field(name);
                    let Some((field, side)) = field.and_then(|one| Some((one, one.relation()?)))
                    else {
                        return false;
                    };
                    let target = ModelRef {
                        schema: of.schema,
                        model: side.target,
                    };
                    let few = entry.value.as_object().is_some_and(|inner| {
                        let take = inner.entries.get("take");
                        take.is_some_and(|take| number(&take.value).is_some()) && !reads_on(inner)
                    });
                    target == model && field.is_list() && !few
                        || brings(context, target, &entry.value, model, depth)
                })
            })
    })
}
