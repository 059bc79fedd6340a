//! A growing table of documents that nothing empties.

use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use super::lasting::{self, AllLasting, Lasting};
use crate::{
    rule::{Context, Rule},
    rules::domain::raw_payload_retention,
    support::{tables, wording},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "scale/missing-retention",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "Documents are kept for ever, row after row",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let all = AllLasting::shared(context);
    // A document that is changed is no record of what came in.
    let rows = all.iter().filter(|lasting| {
        let grown = lasting.grown;
        lasting.is_fast()
            && !lasting.payload.is_empty()
            && grown.emptied_at.is_none()
            && grown.changed_at.is_none()
            && !lasting.is_record(context)
            && !is_told(context, lasting)
    });
    rows.map(|lasting| finding(context, lasting)).collect()
}

/// Whether the rule about requests and answers tells of the table: that is the same fault.
fn is_told(context: &Context<'_>, lasting: &Lasting) -> bool {
    tables::of_postgres(context)
        .filter(|table| table.reference() == lasting.model)
        .any(|table| raw_payload_retention::tells(context, table))
}

fn finding(context: &Context<'_>, lasting: &Lasting) -> Diagnostic {
    let schema = context.project.schemas.get(lasting.model.schema);
    let model = context.project.schemas.model(lasting.model);
    let names = lasting.payload.iter();
    let names = names.map(|field| format!("`{}`", schema.datamodel[*field].name));
    let names = wording::and(&names.collect::<Vec<_>>());
    let dated = &schema.datamodel[lasting.dated].name;
    let mut found = lasting::finding(
        context,
        &RULE.metadata,
        lasting,
        format!(
            "each `{}` row keeps {names}, and {}",
            model.name,
            lasting.until(context)
        ),
        "grows without end, and by more than rows".to_owned(),
    );
    for field in lasting.payload.iter().take(2) {
        found = found.related(
            schema.field_name(&schema.datamodel[*field]),
            "as large as what comes in",
        );
    }
    let emptied = lasting
        .payload
        .iter()
        .filter(|field| schema.datamodel[**field].is_optional())
        .map(|field| format!("{}: null", schema.datamodel[*field].name))
        .collect::<Vec<_>>();
    found = found.confidence(Confidence::Likely).help(format!(
        "say how long they are needed, and remove older ones by a schedule: `deleteMany({{ where: {{ {dated}: {{ lt: ... }} }} }})`, some thousand at a time"
    ));
    if !emptied.is_empty() {
        found = found.help(format!(
            "where the rows are needed longer than what they hold, empty it: `data: {{ {} }}`",
            emptied.join(", ")
        ));
    }
    found.subject(wording::subject(model, "retention"))
}
