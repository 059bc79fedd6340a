//! Settings that policies read, and that nothing in the repository makes: row security is declared, and
//! either lets nothing through or does not bind whoever asks.

use std::collections::BTreeSet;

use smol_str::SmolStr;
use snell_flow::scope::settings_of;
use snell_project::schema::{History, Schema};
use snell_source::{Confidence, Diagnostic, Severity};

use super::RULE;
use crate::{
    rule::Context,
    support::policies::{self, Guarded},
};

/// What makes settings that is no part of a repository: PostgREST tells who asks before each query.
const OF_OTHERS: [&str; 2] = ["request.", "pgrst."];

/// One finding for each schema whose tables the code asks.
pub(super) fn findings(context: &Context<'_>) -> Vec<Diagnostic> {
    let schemas = context.project.schemas.iter();
    schemas
        .filter(|(id, _)| {
            let mut calls = context.project.calls.iter();
            calls.any(|(_, call)| call.model().is_some_and(|model| model.schema == *id))
        })
        .filter_map(|(_, schema)| finding(context, schema, schema.history.as_ref()?))
        .collect()
}

fn finding(context: &Context<'_>, schema: &Schema, history: &History) -> Option<Diagnostic> {
    let mut unset: BTreeSet<SmolStr> = BTreeSet::new();
    let mut asked: Vec<(Guarded<'_>, &snell_sql::catalog::Policy)> = Vec::new();
    let guarded = policies::active(context).filter(|one| std::ptr::eq(one.schema, schema));
    for guarded in guarded {
        for policy in &guarded.table.policies {
            let conditions = policies::conditions(policy);
            let settings: Vec<SmolStr> = conditions
                .flat_map(|condition| settings_of(history, condition))
                .filter(|name| name.contains('.'))
                .collect();
            if !settings.is_empty() {
                asked.push((guarded, policy));
            }
            unset.extend(settings);
        }
    }
    let others = |name: &SmolStr| OF_OTHERS.iter().any(|head| name.starts_with(head));
    if unset.is_empty() || unset.iter().any(others) || is_set(context, history, &unset) {
        return None;
    }
    let (first, policy) = asked.first()?;
    let names: Vec<String> = unset.iter().map(|name| format!("`{name}`")).collect();
    let tables: BTreeSet<_> = asked.iter().map(|(one, _)| one.relation.id).collect();
    let of = match tables.len() {
        1 => format!("`{}`", first.relation.name),
        n => format!("{n} tables"),
    };
    let mut found = Diagnostic::at(
        &RULE.metadata,
        first.policy_at(policy),
        format!(
            "the policies of {of} ask for {}, which nothing in the repository sets",
            names.join(", ")
        ),
    )
    .label("lets no row through, or does not bind who asks: row security is declared, and not in force");
    if let Some(at) = first.model() {
        found = found.related(at, "the code asks this table");
    }
    Some(
        found
            .lowered(
                Severity::Medium,
                "something else may set it, such as a proxy of connections",
            )
            .confidence(Confidence::Likely)
            .help("begin each transaction of a request with `SELECT set_config(..., $1, true)`, and connect as a role that the policies bind; or drop the policies, where conditions of the application are what is meant")
            .subject(format!("schema:{} settings", schema.path)),
    )
}

/// Whether any text but the policies themselves names a setting, or sets one whose name is not
/// written out.
fn is_set(context: &Context<'_>, history: &History, names: &BTreeSet<SmolStr>) -> bool {
    let migrations: BTreeSet<_> = history.migrations.iter().map(|one| one.file).collect();
    context.sources.iter().any(|(file, source)| {
        let text = source.text.to_ascii_lowercase();
        let sets = text.contains("set_config") || text.contains("set local");
        sets || !migrations.contains(&file) && names.iter().any(|name| text.contains(name.as_str()))
    })
}
