//! Keys of 32 bits in tables that grow.

use snell_prisma::ScalarType;
use snell_project::schema::ModelRef;
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use super::together::{self, Column};
use crate::{
    rule::{Context, Rule},
    support::growth::{Growth, Growths},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "schema/int-primary-key",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "Tables that grow with use count their rows with 32 bits",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let growths = Growths::shared(context);
    let of = |column: &Column<'_>| {
        growths.of_model(ModelRef {
            schema: column.table.id,
            model: column.table.model.id,
        })
    };
    let schemas = together::columns(context, |column| {
        let (model, field) = (column.table.model, column.field);
        let counted = field
            .default
            .as_ref()
            .is_some_and(|default| default.value.is_function("autoincrement"));
        counted
            && model.is_id(field.id)
            && field.scalar() == Some(ScalarType::Int)
            && of(&column).growth.is_by_use()
    });
    schemas
        .into_iter()
        .filter_map(|mut columns| {
            columns.sort_by_key(|column| of(column).growth);
            let fastest = of(columns.first()?);
            // Those from which nothing is taken away get there first.
            let others = columns.len();
            columns.retain(|column| of(column).growth == fastest.growth);
            // What an upsert makes is one row of each key.
            let by_key = |column: &Column<'_>| {
                let made = of(column).made_at;
                made.is_some_and(|at| context.text(at) == "upsert")
            };
            if !columns.iter().all(by_key) {
                columns.retain(|column| !by_key(column));
            }
            let fastest = of(columns.first()?);
            let others = others - columns.len();
            let mut found = together::finding(
                &RULE.metadata,
                &together::places(&columns, Column::at_type),
                match columns.as_slice() {
                    [only] => format!("`{}` is a 32-bit key of a table that grows with use", only.name()),
                    _ => format!("{} tables that grow with use have 32-bit keys", columns.len()),
                },
                match fastest.growth {
                    Growth::AppendOnly => "ends at 2,147,483,647; nothing takes rows away",
                    _ => "ends at 2,147,483,647; deleted rows use numbers up as well",
                },
            )?
            .confidence(Confidence::Likely);
            if let Some(at) = fastest.made_at {
                found = found.related(at, "one more with each request");
            }
            if others > 0 {
                found = found.note(format!("{others} more tables grow with use, and shrink"));
            }
            Some(
                found
                    .help("`BigInt` for the tables that grow fastest, while they are small; for ids that are made elsewhere too, `String @id @default(uuid(7)) @db.Uuid`: 16 bytes instead of 8, in the order of time, not guessed, and no sequence to ask")
                    .subject("schema:int-keys"),
            )
        })
        .collect()
}
