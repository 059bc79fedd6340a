//! Embeddings that are read as text, and that an endpoint makes no use of.

use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;
use snell_flow::raw::Reading;
use snell_project::client::CallId;
use snell_source::{Confidence, Diagnostic, Span};

use super::RULE;
use crate::{
    rule::Context,
    rules::raw_sql::reading::{self, Findings},
    support::row_uses::{self, Use},
};

/// A column of a result that is an embedding.
pub(super) struct Selected<'a> {
    call: CallId,
    reading: &'a Reading,
    /// Its name in the rows.
    name: SmolStr,
    span: Span,
}

impl Selected<'_> {
    pub(super) fn call(&self) -> CallId {
        self.call
    }
}

/// The embeddings that raw queries give back, one for each query.
pub(super) fn selected<'a>(context: &Context<'a>) -> Vec<Selected<'a>> {
    let mut seen: FxHashSet<CallId> = FxHashSet::default();
    reading::all(context)
        .filter(|reading| reading.errors.is_empty() && reading.facts.kind == "SELECT")
        .filter_map(|reading| {
            let catalog = reading::catalog(context, reading);
            let is_vector = |name: &str| {
                reading.facts.reads.iter().any(|(table, number)| {
                    let table = catalog.table(*table);
                    table
                        .and_then(|table| table.column(name))
                        .is_some_and(|column| {
                            Some(column.number) == *number
                                && crate::rules::vector::distance::is_vector(catalog, column)
                        })
                })
            };
            let column = reading
                .facts
                .columns
                .iter()
                .find(|column| is_vector(&column.name))?;
            let call = reading.call?;
            seen.insert(call).then(|| Selected {
                call,
                reading,
                name: column.name.clone(),
                span: column.span,
            })
        })
        .collect()
}

/// Those that some endpoint reads without use.
pub(super) fn findings(
    context: &Context<'_>,
    selected: &[Selected<'_>],
    uses: &FxHashMap<CallId, Vec<Use>>,
) -> Vec<Diagnostic> {
    let mut findings = Findings::of(context, &RULE.metadata);
    for column in selected {
        let Some(entries) = uses.get(&column.call()) else {
            continue;
        };
        let idle = entries
            .iter()
            .filter(|entry| is_idle(context, column, entry));
        let idle: Vec<usize> = idle.filter_map(|entry| entry.endpoint).collect();
        let Some(first) = idle.first() else { continue };
        let endpoint = context.project.endpoints.get(*first);
        let message = format!(
            "`{}` is read for every row, and `{}` makes no use of it",
            column.name, endpoint.name
        );
        findings.tell(column.reading, column.span, message, |one| {
            let mut one = one
                .label("a vector, as text: some kilobytes for each row")
                .related(endpoint.at, "gives back other columns alone")
                .confidence(Confidence::Likely);
            for other in idle.iter().skip(1).take(2) {
                let other = context.project.endpoints.get(*other);
                one = one.related(other.at, "so does this one");
            }
            one.help("leave the column out, and read it in a query of its own where it is compared")
        });
    }
    findings.done()
}

/// Whether an entry neither gives the column back nor names it after the query.
fn is_idle(context: &Context<'_>, column: &Selected<'_>, entry: &Use) -> bool {
    if entry.whole || entry.endpoint.is_none() {
        return false;
    }
    let own = context.raw.get(column.call()).into_iter();
    let own: FxHashSet<_> = own
        .flat_map(|query| query.runs.iter().map(|run| run.function))
        .collect();
    let others: FxHashSet<_> = entry.functions.difference(&own).copied().collect();
    let plain = |name: &str| name.replace('_', "").to_ascii_lowercase();
    let wanted = plain(&column.name);
    !entry.keys.iter().any(|key| plain(key) == wanted)
        && !row_uses::mentions(context, &others, &|name| plain(name) == wanted)
}
