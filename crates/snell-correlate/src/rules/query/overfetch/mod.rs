//! Columns and relations that are read and not needed.

mod columns;
pub(super) mod relations;
pub(super) mod rows;
mod vectors;

use rustc_hash::FxHashSet;
use snell_flow::ObjectValue;
use snell_project::client::CallId;
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    support::{queries::ModelQuery, row_uses},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "query/overfetch",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "A query reads columns or relations that nothing needs",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut wanted: FxHashSet<CallId> = FxHashSet::default();
    let payloads = columns::payloads(context);
    let vectors = vectors::selected(context);
    wanted.extend(payloads.iter().map(|one| one.event.query.call));
    wanted.extend(vectors.iter().map(|one| one.call()));
    let uses = row_uses::of(context, &wanted);
    let mut found = columns::all_selected(context);
    found.extend(columns::findings(context, &payloads, &uses));
    found.extend(relations::findings(context));
    found.extend(vectors::findings(context, &vectors, &uses));
    found
}

/// The argument object of a query of which every key is known.
pub(super) fn arguments<'a>(query: &ModelQuery<'a>) -> Option<&'a ObjectValue> {
    let object = query.event.query.arguments.first()?.as_object()?;
    object.spreads.is_empty().then_some(object)
}
