//! Writes row by row, where one statement would do.

use snell_flow::{Query, Value};
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
    let writes = all.iter().filter(|one| {
        let operation = one.call(context).operation;
        operation.is_write()
            && !matches!(
                operation,
                Operation::CreateMany
                    | Operation::CreateManyAndReturn
                    | Operation::UpdateMany
                    | Operation::UpdateManyAndReturn
                    | Operation::DeleteMany
            )
    });
    writes.map(|one| finding(context, one)).collect()
}

fn finding(context: &Context<'_>, one: &Repeated<'_>) -> Diagnostic {
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
    let operation = one.call(context).operation;
    let (help, single) = match operation {
        Operation::Create if nests(one.query) => (
            "send them together: `$transaction(rows.map((row) => ...create(...)))`",
            false,
        ),
        Operation::Create => (
            "insert all rows at once: `createMany({ data: rows })` (`createManyAndReturn` where the rows are needed)",
            true,
        ),
        Operation::Delete => (
            "delete all at once: `deleteMany({ where: { id: { in: ids } } })`",
            true,
        ),
        Operation::Update if !writes_round(one) => (
            "update all at once: `updateMany({ where: { id: { in: ids } }, data })`",
            true,
        ),
        _ => (
            "send them together: `$transaction(rows.map(...))`, or one raw `UPDATE ... FROM (VALUES ...)`",
            false,
        ),
    };
    if !single {
        found = found.lowered(
            Severity::Low,
            "each row gets values of its own: no single call of the client does that",
        );
    }
    found
        .confidence(Confidence::Likely)
        .help(help)
        .subject(format!(
            "query:{} {title}",
            functions::name(context.project, one.function)
        ))
}

/// Whether `data` writes related rows too, which `createMany` cannot.
fn nests(query: &Query) -> bool {
    data(query).is_none_or(|data| match data {
        Value::Object(object) => {
            !object.spreads.is_empty()
                || object.entries.values().any(|entry| {
                    matches!(&entry.value, Value::Object(inner)
                        if ["create", "connect", "connectOrCreate", "createMany"]
                            .iter()
                            .any(|key| inner.entries.contains_key(*key)))
                })
        }
        _ => true,
    })
}

/// Whether what is written differs from round to round.
fn writes_round(one: &Repeated<'_>) -> bool {
    data(one.query).is_none_or(|data| data.depends_on_loop(one.around.id))
}

fn data(query: &Query) -> Option<&Value> {
    let arguments = query.arguments.first()?.as_object()?;
    Some(&arguments.entries.get("data")?.value)
}
