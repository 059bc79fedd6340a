//! Many `findUnique` calls that Prisma's data loader puts together.

use snell_flow::{Step, Value};
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::{
    n_plus_one::{is_loaded_together, iterated},
    repeated::{self, Repeated},
};
use crate::{
    functions,
    rule::{Context, Rule},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "query/n-plus-one-batched",
        severity: Severity::Info,
        preset: Preset::Strict,
        summary: "Many `findUnique` calls rely on Prisma to make one query of them",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let all = repeated::all(context);
    let batched = all.iter().filter(|one| is_loaded_together(one, context));
    batched
        .map(|one| {
            let title = one.title(context);
            let mut found = Diagnostic::at(
                &RULE.metadata,
                one.place(context),
                format!("`{title}` is called {}", one.rounds(context)),
            )
            .label("calls of the same tick become one query")
            .related(one.around.at, "the loop");
            if !one.chain.is_empty() {
                found = found.related(one.query_name(context), "the query");
            }
            let model = one.call(context).model();
            let read = iterated(context, one)
                .filter(|rows| Some(*rows) == model && asks_for_the_element(one));
            found
                .help(match read {
                    Some(rows) => format!(
                        "each `{}` that the loop goes through has been read already: hand the row on in the place of its key, and no query is left",
                        context.project.schemas.model(rows).name
                    ),
                    None => "say what is meant: one `findMany` with `in`".to_owned(),
                })
                .subject(format!(
                    "query:{} {title}",
                    functions::name(context.project, one.function)
                ))
        })
        .collect()
}

/// Whether the only thing that a query asks by is the same field of the loop's element:
/// `where: { id: row.id }`, and not `{ id: row.parentId }`.
fn asks_for_the_element(one: &Repeated<'_>) -> bool {
    let arguments = one.query.arguments.first().and_then(Value::as_object);
    let filter = arguments.and_then(|arguments| arguments.entries.get("where"));
    let filter = filter.and_then(|entry| entry.value.as_object());
    let Some(filter) = filter.filter(|filter| filter.entries.len() == 1) else {
        return false;
    };
    filter.entries.iter().all(|(key, entry)| {
        let Value::Opaque(opaque) = &entry.value else {
            return false;
        };
        matches!(opaque.path.split_last(), Some((Step::Property(name), each))
            if *name == *key && each.iter().all(|step| matches!(step, Step::Each(_))))
            && entry.value.depends_on_loop(one.around.id)
    })
}
