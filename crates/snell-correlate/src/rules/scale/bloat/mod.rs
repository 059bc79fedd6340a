//! A table whose file holds more room than rows.

use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    support::statistics::{self, Counted, grouped, size},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "scale/bloat",
        severity: Severity::Low,
        preset: Preset::All,
        summary: "A table takes far more room than its rows need",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Below this much room nobody gains by a rewrite.
const LEAST_BYTES: u64 = 50 << 20;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let Some(taken) = context.statistics else {
        return Vec::new();
    };
    let tables = statistics::tables(context, taken).into_iter();
    tables.filter_map(|counted| of_table(&counted)).collect()
}

fn of_table(counted: &Counted<'_>) -> Option<Diagnostic> {
    let (model, table) = (counted.table.model, counted.of_table);
    if table.bytes < LEAST_BYTES {
        return None;
    }
    let all = table.rows + table.dead_rows;
    let dead = table.dead_rows * 100 / all.max(1);
    let free = table
        .packed_bytes
        .map(|packed| table.bytes.saturating_sub(packed))
        .filter(|free| *free >= LEAST_BYTES && *free > table.bytes / 2);
    let (what, help) = match free {
        _ if dead >= 20 => (
            format!(
                "{dead} % of its rows are dead: {} of {}",
                grouped(table.dead_rows),
                grouped(all)
            ),
            match table.vacuumed {
                true => {
                    "let autovacuum come sooner: autovacuum_vacuum_scale_factor = 0.02 for this table; look for transactions that stay open"
                }
                false => {
                    "it was never vacuumed: look whether autovacuum is off, or held up by a transaction or replication slot that stays open"
                }
            },
        ),
        Some(free) => (
            format!("about {} of its {} are free", size(free), size(table.bytes)),
            "rows that come fill it again; to give it back, rewrite the table while it is in use: pg_repack, not VACUUM FULL",
        ),
        None => return None,
    };
    let schema = counted.table.schema;
    Some(
        Diagnostic::at(
            &RULE.metadata,
            schema.model_name(model),
            format!("`{}` takes far more room than its rows need", model.name),
        )
        .label(what)
        .confidence(Confidence::Likely)
        .help(help)
        .subject(format!("model:{}", model.name)),
    )
}
