//! A distance that the index does not know.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::distance;
use crate::{
    rule::{Context, Rule},
    rules::raw_sql::reading::{self, Findings},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "vector/opclass-mismatch",
        severity: Severity::High,
        preset: Preset::Recommended,
        summary: "A search uses another distance than the index of its column",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut findings = Findings::of(context, &RULE.metadata);
    for reading in reading::all(context).filter(|reading| reading.errors.is_empty()) {
        let catalog = reading::catalog(context, reading);
        for sorted in distance::sorted(reading, catalog) {
            let Some(operator) = sorted.bare else {
                continue;
            };
            let indexes = distance::indexes(catalog, sorted.column);
            let classes = |index: &snell_sql::catalog::Index| {
                index
                    .keys
                    .first()
                    .map(|key| key.operator_class.clone())
                    .unwrap_or_default()
            };
            let ending = format!("_{}_ops", sorted.measure);
            let fits = indexes
                .iter()
                .any(|(_, index)| classes(index).ends_with(&ending));
            let Some((relation, index)) = indexes.first().filter(|_| !fits) else {
                continue;
            };
            let class = classes(index);
            let message = format!(
                "`{}` sorts by another distance than index `{}` knows",
                operator.symbol, relation.name
            );
            let kind = class.split('_').next().unwrap_or("vector");
            findings.tell(reading, operator.span, message, |mut one| {
                one = one.label("the index cannot serve this operator");
                if let Some(history) = &reading::schema(context, reading).history {
                    one = one.related(
                        history.location(relation.provenance.created),
                        format!("an index for `{class}`"),
                    );
                }
                one.help(format!(
                    "create the index with `{}`, or use the operator that it was made for",
                    distance::class(kind, sorted.measure)
                ))
            });
        }
    }
    findings.done()
}
