//! Many `findUnique` calls that Prisma's data loader puts together.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::{n_plus_one::is_loaded_together, repeated};
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
            found
                .help("say what is meant: one `findMany` with `in`")
                .subject(format!(
                    "query:{} {title}",
                    functions::name(context.project, one.function)
                ))
        })
        .collect()
}
