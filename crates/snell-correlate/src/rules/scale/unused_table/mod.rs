//! A table that nobody has touched.

use snell_project::schema::ModelRef;
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    support::{
        asked::Asked,
        statistics::{self, Counted, days, grouped, size},
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "scale/unused-table",
        severity: Severity::Low,
        preset: Preset::All,
        summary: "A table was neither read nor written since the database counts",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let Some(taken) = context.statistics else {
        return Vec::new();
    };
    let Some(days) = days(taken) else {
        return Vec::new();
    };
    let asked = Asked::shared(context);
    statistics::tables(context, taken)
        .into_iter()
        .filter(|counted| counted.of_table.scans == 0 && counted.of_table.writes == 0)
        .map(|counted| {
            let model = ModelRef {
                schema: counted.table.id,
                model: counted.table.model.id,
            };
            let by_code = asked.is_partly_unknown(model) || asked.of_model(model).next().is_some();
            finding(&counted, days, by_code)
        })
        .collect()
}

fn finding(counted: &Counted<'_>, days: u64, by_code: bool) -> Diagnostic {
    let (model, table) = (counted.table.model, counted.of_table);
    let found = Diagnostic::at(
        &RULE.metadata,
        counted.table.schema.model_name(model),
        format!(
            "`{}` was neither read nor written in {days} days",
            model.name
        ),
    )
    .label(format!(
        "{} rows, {}",
        grouped(table.rows),
        size(table.total_bytes)
    ))
    .confidence(Confidence::Likely);
    let found = match by_code {
        true => found
            .lowered(
                Severity::Info,
                "the code has queries of it: what they serve is not used",
            )
            .help("ask whether the feature is still offered"),
        false => found.help("keep a dump of its rows, and drop it with its model"),
    };
    found.subject(format!("model:{}", model.name))
}
