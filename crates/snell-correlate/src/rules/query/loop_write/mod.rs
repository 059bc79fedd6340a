//! Writes row by row, where one statement would do.

use snell_extract::facts::{BindingKind, Expression};
use snell_flow::{Entry, Query, Root, Step, Value};
use snell_project::client::Operation;
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use super::{
    n_plus_one,
    repeated::{self, Repeated},
    sent_lists, shape, standing, written,
};
use crate::{
    functions,
    rule::{Context, Rule},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "query/loop-write",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "Rows are written one by one in a loop",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let all = repeated::all(context);
    let writes: Vec<&Repeated<'_>> = all
        .iter()
        .filter(|one| is_of_one_row(one, context) && !standing::of(context, one).leaves)
        .filter(|one| !decides_by_count(one, context) && !marks_work(one, context))
        .collect();
    // One finding for each loop, about the write that could most surely be one statement.
    let mut loops: Vec<Vec<&Repeated<'_>>> = Vec::new();
    for one in writes {
        let same = |other: &Repeated<'_>| {
            other.function == one.function && other.around.id == one.around.id
        };
        match loops.iter_mut().find(|group| same(group[0])) {
            Some(group) => group.push(one),
            None => loops.push(vec![one]),
        }
    }
    loops
        .iter()
        .map(|group| {
            let first = group
                .iter()
                .find(|one| kept_apart_by(one, context).is_none())
                .unwrap_or(&group[0]);
            finding(context, first, group)
        })
        .collect()
}

/// Whether rows are written that each round names: one of them, those of a
/// key, or what a statement of the author's own changes.
pub(super) fn is_of_one_row(one: &Repeated<'_>, context: &Context<'_>) -> bool {
    match one.call(context).operation {
        Operation::Create
        | Operation::Update
        | Operation::Upsert
        | Operation::Delete
        | Operation::UpdateMany
        | Operation::DeleteMany => true,
        _ => repeated::changing_word(context, one.query).is_some(),
    }
}

fn finding(context: &Context<'_>, one: &Repeated<'_>, group: &[&Repeated<'_>]) -> Diagnostic {
    let title = one.title(context);
    let mut found = Diagnostic::at(
        &RULE.metadata,
        one.place(context),
        format!("`{title}` runs {}", one.rounds(context)),
    )
    .label("one round trip for each row")
    .related(one.around.at, "the loop");
    for step in one.chain.iter().skip(1) {
        found = found.related(repeated::callee_name(context, *step), "which calls this");
    }
    if !one.chain.is_empty() {
        found = found.related(one.query_name(context), "the write");
    }
    let mut told = vec![one.place(context)];
    for other in group.iter().take(5) {
        let place = other.place(context);
        if !told.contains(&place) {
            found = found.related(place, "and this one");
            told.push(place);
        }
    }
    // How often it runs, whoever asks decides: that outweighs what each round needs of its own.
    let asked = sent_lists::decide(context, one) && !repeated::is_background(context, one.function);
    // What is an operation of its own cannot be sent together with others of its kind.
    let operation = !one.chain.is_empty() && one.among_others;
    if let Some(why) = kept_apart_by(one, context).filter(|_| !asked || operation) {
        found = found.lowered(Severity::Low, why);
    }
    let help = advice(one, context);
    found
        .confidence(Confidence::Likely)
        .help(help)
        .subject(format!(
            "query:{} {title}",
            functions::name(context.project, one.function)
        ))
}

/// Whether a round writes down at the row itself how its work has gone: sent together, the writes
/// would say so of work that has not been done, or be lost with the first failure.
fn marks_work(one: &Repeated<'_>, context: &Context<'_>) -> bool {
    let call = one.call(context);
    let updates = matches!(call.operation, Operation::Update | Operation::UpdateMany);
    updates
        && one.works
        && call.model().is_some()
        && n_plus_one::iterated(context, one) == call.model()
}

/// Whether the round goes on by how many rows were written: `updateMany` as a claim.
fn decides_by_count(one: &Repeated<'_>, context: &Context<'_>) -> bool {
    let call = one.call(context);
    let many = matches!(
        call.operation,
        Operation::UpdateMany | Operation::DeleteMany
    );
    // What the loop calls may count its rows to say that there were none.
    if !many || !one.chain.is_empty() {
        return false;
    }
    let module = context.project.modules.get(call.module);
    let facts = &module.facts;
    let Some(awaited) = module
        .context
        .parent(call.expression)
        .filter(|parent| matches!(facts.expression(*parent), Expression::Await(_)))
    else {
        return false;
    };
    let is_bound = facts.bindings.iter().any(|binding| {
        matches!(&binding.kind, BindingKind::Variable { init: Some(init), .. } if init.value == awaited)
    });
    let counted = module.context.parent(awaited).is_some_and(|parent| {
        matches!(facts.expression(parent), Expression::Member { property, .. } if property.text == "count")
    });
    is_bound || counted
}

/// What to do: the one statement that does the same, as far as there is one.
fn advice(one: &Repeated<'_>, context: &Context<'_>) -> String {
    // A round that looks, works and marks does not wait for the others.
    if !one.chain.is_empty() && one.among_others {
        return "keep the loop where a round needs what it did before, or works between its statements; else let what it calls take all elements and send one statement".to_owned();
    }
    let apart = [OWN_VALUES, UNKNOWN_VALUES, NESTED_VALUES];
    let alone = kept_apart_by(one, context).is_none_or(|why| !apart.contains(&why));
    let operation = one.call(context).operation;
    // One value for all rows is only what no round computes.
    let same = alone && !(data(one.query).is_some() && is_computed_in_round(one));
    match operation {
        // The client has `createManyAndReturn` from 5.14 on.
        Operation::Create
            if alone
                && is_used(one, context)
                && context
                    .project
                    .prisma_version(one.call(context).module)
                    .is_some_and(|version| !version.has_reached(5, 14)) =>
        {
            "insert all rows at once, `createMany({ data: rows })`, and read them back with one `findMany`".to_owned()
        }
        Operation::Create if alone && is_used(one, context) => {
            "insert all rows at once, and get them back: `createManyAndReturn({ data: rows })`".to_owned()
        }
        Operation::Create if alone => {
            "insert all rows at once: `createMany({ data: rows })`".to_owned()
        }
        Operation::Delete | Operation::DeleteMany if alone => {
            format!("delete all at once: `deleteMany({{ where: {} }})`", condition(one, context))
        }
        Operation::Update | Operation::UpdateMany if same => format!(
            "update all at once: `updateMany({{ where: {}, {} }})`",
            condition(one, context),
            written_data(one, context)
        ),
        Operation::Delete | Operation::DeleteMany => "delete all at once: `deleteMany({ where: { OR: keys } })`".to_owned(),
        operation if operation.is_raw() => match repeated::changing_word(context, one.query) {
            Some("insert") => "insert all rows at once: `INSERT ... SELECT ... FROM unnest(...)`, with one list for each column".to_owned(),
            Some(word) if alone => format!(
                "{word} all at once: `WHERE {} = ANY(${{keys}})`",
                compared(one).as_deref().unwrap_or("key")
            ),
            _ => "change all rows at once: join `unnest(...)`, with one list for each value of a round".to_owned(),
        },
        Operation::Create => "send them together: `$transaction(rows.map(...))`".to_owned(),
        Operation::Upsert if updates_nothing(one.query) && !is_used(one, context) => {
            "insert those that are missing at once: `createMany({ data: rows, skipDuplicates: true })`".to_owned()
        }
        Operation::Upsert if updates_nothing(one.query) => {
            "insert those that are missing at once, `createMany({ data: rows, skipDuplicates: true })`, and read all with one `findMany`".to_owned()
        }
        Operation::Upsert => "send them together: `$transaction(rows.map(...))`, or one raw `INSERT ... ON CONFLICT ... DO UPDATE`".to_owned(),
        _ => "send them together: `$transaction(rows.map(...))`, or one raw `UPDATE ... FROM (VALUES ...)`".to_owned(),
    }
}

/// `upsert({ ..., update: {} })`
fn updates_nothing(query: &Query) -> bool {
    let arguments = query.arguments.first().and_then(Value::as_object);
    let update = arguments.and_then(|arguments| arguments.entries.get("update"));
    let update = update.and_then(|update| update.value.as_object());
    update.is_some_and(|update| update.entries.is_empty() && update.spreads.is_empty())
}

/// The condition on all elements: `{ id: { in: ids }, userId }`.
fn condition(one: &Repeated<'_>, context: &Context<'_>) -> String {
    let (round, _) = written::conditions(one.query, one.around.id);
    let key = round.first().map_or("id", |(key, _)| key);
    written::condition_on_all(context, one.query, one.around.id, key)
}

/// Whether anything takes the row that each round gets back.
fn is_used(one: &Repeated<'_>, context: &Context<'_>) -> bool {
    let call = one.call(context);
    let module = context.project.modules.get(call.module);
    let awaited = module
        .context
        .parent(call.expression)
        .filter(|parent| matches!(module.facts.expression(*parent), Expression::Await(_)));
    !one.chain.is_empty()
        || !module
            .context
            .is_discarded(awaited.unwrap_or(call.expression))
}

/// `data: { title: '' }` as it is written.
fn written_data(one: &Repeated<'_>, context: &Context<'_>) -> String {
    let arguments = one.query.arguments.first().and_then(Value::as_object);
    let entry = arguments.and_then(|arguments| arguments.entries.get("data"));
    let text = entry.map(|entry| written::entry(context, "data", entry));
    text.filter(|text| !text.ends_with("..."))
        .unwrap_or_else(|| "data".to_owned())
}

/// Whether the rows of all rounds are told by one key that each round gives.
fn is_by_one_key(one: &Repeated<'_>) -> bool {
    let (round, _) = written::conditions(one.query, one.around.id);
    let plain = |entry: &Entry| matches!(&entry.value, Value::Opaque(_));
    matches!(round.as_slice(), [(_, entry)] if plain(entry))
}

/// The column with which a raw statement compares its only value of the round.
fn compared(one: &Repeated<'_>) -> Option<String> {
    let values = shape::before_round_values(one.query, one.around.id);
    let [before] = values.as_slice() else {
        return None;
    };
    let left = before.trim_end().strip_suffix('=')?.trim_end();
    let lower = left.to_ascii_lowercase();
    let column = left
        .rsplit(|c: char| c.is_whitespace() || c == '(')
        .next()?;
    let plain = column
        .chars()
        .all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '"'));
    (lower.contains("where") && plain && !column.is_empty()).then(|| column.to_owned())
}

/// No call of the client writes rows that get values of their own.
const OWN_VALUES: &str = "each row gets values of its own: no single call of the client does that";

/// What a create spreads into its row may be more than columns.
const UNKNOWN_VALUES: &str =
    "what each row gets is not all known: related rows may be written with it";

/// Related rows are written with each row.
const NESTED_VALUES: &str =
    "related rows are written with each: `createMany` takes plain columns only";

/// Why one statement cannot surely take the place of the loop.
fn kept_apart_by(one: &Repeated<'_>, context: &Context<'_>) -> Option<&'static str> {
    let operation = one.call(context).operation;
    let one_statement = match operation {
        Operation::Create => !nests(one.query),
        Operation::Delete | Operation::DeleteMany => is_by_one_key(one),
        Operation::Update | Operation::UpdateMany => {
            !nests(one.query) && !writes_round(one) && is_by_one_key(one)
        }
        _ if operation.is_raw() => {
            repeated::changing_word(context, one.query) == Some("insert") || compared(one).is_some()
        }
        _ => false,
    };
    if !one_statement {
        return Some(match operation {
            Operation::Create if spreads(one.query) => UNKNOWN_VALUES,
            Operation::Create => NESTED_VALUES,
            _ => OWN_VALUES,
        });
    }
    if !one.chain.is_empty() {
        return Some("what the loop calls is an operation of its own");
    }
    if repeated::is_background(context, one.function) {
        return Some("a job: nobody waits for the answer");
    }
    if one.may_end_early {
        return Some("a `return` inside the loop may end it before the last element");
    }
    if one.among_others {
        return Some("each round does more than this write");
    }
    if shape::is_whole_text(one.query, one.around.id) {
        return Some("each round runs a statement of its own");
    }
    is_computed_in_round(one).then_some("what is written is computed in each round")
}

/// Whether what is written comes from a call in the loop.
fn is_computed_in_round(one: &Repeated<'_>) -> bool {
    let written = match data(one.query) {
        None => one
            .query
            .arguments
            .first()
            .filter(|first| matches!(first, Value::Sql(_))),
        data => data,
    };
    written.is_some_and(|data| {
        let mut computed = false;
        data.visit(&mut |value| {
            computed |= match value {
                Value::Unknown => true,
                Value::Opaque(opaque) => matches!(opaque.root, Root::Result(_)),
                _ => false,
            };
        });
        computed
    })
}

/// Whether `data` holds what is not known.
fn spreads(query: &Query) -> bool {
    data(query).is_none_or(|data| match data {
        Value::Object(object) => object.spreads.iter().any(|spread| !is_plain_row(spread)),
        _ => true,
    })
}

/// Whether a value is a row as a query without relations gives it: columns, and nothing else.
fn is_plain_row(value: &Value) -> bool {
    let Value::Opaque(opaque) = value else {
        return false;
    };
    let Root::Row(row) = &opaque.root else {
        return false;
    };
    let whole = opaque.path.iter().all(|step| matches!(step, Step::Each(_)));
    let arguments = row.arguments.as_object();
    whole
        && arguments.is_some_and(|arguments| {
            arguments.spreads.is_empty()
                && !arguments.entries.contains_key("include")
                && !arguments.entries.contains_key("select")
        })
}

/// Whether `data` writes related rows too, which `createMany` cannot.
fn nests(query: &Query) -> bool {
    data(query).is_none_or(|data| match data {
        Value::Object(object) => {
            object.spreads.iter().any(|spread| !is_plain_row(spread))
                || object.entries.values().any(|entry| {
                    matches!(&entry.value, Value::Object(inner)
                        if ["create", "connect", "connectOrCreate", "createMany", "set", "disconnect"]
                            .iter()
                            .any(|key| inner.entries.contains_key(*key)))
                })
        }
        _ => true,
    })
}

/// Whether what is written differs from round to round: by a value of the
/// round, or because a round decides between some.
fn writes_round(one: &Repeated<'_>) -> bool {
    data(one.query).is_none_or(|data| {
        let mut decided = false;
        data.visit(&mut |value| decided |= matches!(value, Value::OneOf(_)));
        decided || data.depends_on_loop(one.around.id)
    })
}

fn data(query: &Query) -> Option<&Value> {
    let arguments = query.arguments.first()?.as_object()?;
    Some(&arguments.entries.get("data")?.value)
}
