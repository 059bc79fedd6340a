//! A key that another one implies.

use std::collections::BTreeSet;

use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use super::{
    chain::{self, Detour},
    words,
};
use crate::{
    rule::{Context, Rule},
    support::{
        tables::{self, TableModel},
        wording,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "schema/transitive-dependency",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A foreign key repeats what another one leads to",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for table in tables::of_postgres(context) {
        // What leads to the owner is kept for filters: `schema/redundant-owner-column`.
        let roots = context.project.owners.graph(table.id).roots();
        let mut told = BTreeSet::new();
        // What a log says has to stand there itself.
        if words::is_log(&table.model.name) {
            continue;
        }
        for detour in chain::detours(table) {
            let owner = roots.iter().any(|root| root.model == detour.target);
            if !owner && told.insert(detour.direct.field) {
                found.push(finding(context, table, &detour));
            }
        }
    }
    found
}

fn finding(context: &Context<'_>, table: TableModel<'_>, detour: &Detour<'_>) -> Diagnostic {
    let TableModel { schema, model, .. } = table;
    let datamodel = &schema.datamodel;
    let (direct, through) = (
        &datamodel[detour.direct.columns[0]],
        &datamodel[detour.through.columns[0]],
    );
    let way = format!(
        "{}.{}",
        datamodel[detour.through.field].name, datamodel[detour.further.field].name
    );
    let mut found = Diagnostic::at(
        &RULE.metadata,
        schema.field_name(direct),
        format!(
            "`{}.{}` says again what `{way}` says",
            model.name, direct.name
        ),
    )
    .label("nothing keeps the two equal")
    .related(schema.field_name(through), "one row, and with it the other")
    .related(
        schema.field_name(&datamodel[detour.further.field]),
        "required: each has exactly one",
    )
    .confidence(Confidence::Likely);
    if chain::is_optional(datamodel, detour.through) {
        found = found.confidence(Confidence::Possible).note(format!(
            "`{}` is optional: the copy also speaks for rows without one, or whose one is gone",
            through.name
        ));
    }
    found
        .note(format!(
            "without it each read takes one join more ({}); with it each write has to say both",
            chain::filters(context, table, detour)
        ))
        .help(match chain::is_optional(datamodel, detour.direct) {
            // A composite key of which one column is NULL checks none of them.
            true => format!("read `{way}` instead, where it is there; a composite foreign key ties nothing while `{}` may be NULL: keep both keys, and say in a comment what the copy is for", direct.name),
            false => format!(
                "read `{way}` instead; or keep it, tied: {}",
                chain::tie(table, detour)
            ),
        })
        .subject(wording::subject(model, &direct.name))
}
