//! Writes row by row, where one statement would do.

use snell_flow::{Query, Root, Value};
use snell_project::client::Operation;
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use super::repeated::{self, Repeated};
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
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let all = repeated::all(context);
    let writes: Vec<&Repeated<'_>> = all
        .iter()
        .filter(|one| is_of_one_row(one, context))
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

/// Whether one row is written.
pub(super) fn is_of_one_row(one: &Repeated<'_>, context: &Context<'_>) -> bool {
    matches!(
        one.call(context).operation,
        Operation::Create | Operation::Update | Operation::Upsert | Operation::Delete
    )
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
    if let Some(why) = kept_apart_by(one, context) {
        found = found.lowered(Severity::Low, why);
    }
    let help = match one.call(context).operation {
        Operation::Create if !nests(one.query) => {
            "insert all rows at once: `createMany({ data: rows })` (`createManyAndReturn` where the rows are needed)"
        }
        Operation::Delete => "delete all at once: `deleteMany({ where: { id: { in: ids } } })`",
        Operation::Update if !nests(one.query) && !writes_round(one) => {
            "update all at once: `updateMany({ where: { id: { in: ids } }, data })`"
        }
        _ => {
            "send them together: `$transaction(rows.map(...))`, or one raw `UPDATE ... FROM (VALUES ...)`"
        }
    };
    found
        .confidence(Confidence::Likely)
        .help(help)
        .subject(format!(
            "query:{} {title}",
            functions::name(context.project, one.function)
        ))
}

/// Why one statement cannot surely take the place of the loop.
fn kept_apart_by(one: &Repeated<'_>, context: &Context<'_>) -> Option<&'static str> {
    let one_statement = match one.call(context).operation {
        Operation::Create => !nests(one.query),
        Operation::Delete => true,
        Operation::Update => !nests(one.query) && !writes_round(one),
        _ => false,
    };
    if !one_statement {
        return Some("each row gets values of its own: no single call of the client does that");
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
    is_computed_in_round(one).then_some("what is written is computed in each round")
}

/// Whether what is written comes from a call in the loop.
fn is_computed_in_round(one: &Repeated<'_>) -> bool {
    data(one.query).is_some_and(|data| {
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

/// Whether `data` writes related rows too, which `createMany` cannot.
fn nests(query: &Query) -> bool {
    data(query).is_none_or(|data| match data {
        Value::Object(object) => {
            !object.spreads.is_empty()
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
