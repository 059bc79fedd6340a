//! A table that events fill and nothing empties.

use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use super::lasting::{self, AllLasting, Lasting};
use crate::{
    rule::{Context, Rule},
    support::wording,
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "scale/unbounded-growth",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A table grows with every event, and nothing ends that",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let all = AllLasting::shared(context);
    let rows = all.iter().filter(|lasting| {
        // What goes when people delete the row above is theirs to keep; accounts stay for years.
        let is_theirs = lasting.taken_with.is_some_and(|with| !with.is_account);
        lasting.is_fast()
            && lasting.payload.is_empty()
            && lasting.grown.changed_at.is_none()
            && !lasting.is_record(context)
            && !is_theirs
    });
    rows.map(|lasting| finding(context, lasting)).collect()
}

fn finding(context: &Context<'_>, lasting: &Lasting) -> Diagnostic {
    let model = context.project.schemas.model(lasting.model);
    let dated = &context.project.schemas.get(lasting.model.schema).datamodel[lasting.dated].name;
    lasting::finding(
        context,
        &RULE.metadata,
        lasting,
        format!(
            "`{}` rows are added by use, and {}",
            model.name,
            lasting.until(context)
        ),
        "grows without end".to_owned(),
    )
    .confidence(Confidence::Likely)
    .help(format!(
        "say how long rows are needed, and remove older ones by a schedule: `deleteMany({{ where: {{ {dated}: {{ lt: ... }} }} }})`, some thousand at a time"
    ))
    .help("where they are needed for ever, keep sums of them, or partition the table by month: then a month can be moved away in an instant")
    .subject(wording::subject(model, "growth"))
}
