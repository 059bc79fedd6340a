//! A column of the type `money`.

use snell_prisma::Field;
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

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
        name: "schema/money-type",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "An amount is stored as `money`, whose unit depends on the server",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    tables::of_postgres(context)
        .flat_map(|table| {
            let fields = table.model.fields.iter();
            fields.filter_map(move |field| finding(table, field))
        })
        .collect()
}

fn finding(table: TableModel<'_>, field: &Field) -> Option<Diagnostic> {
    let native = field
        .native_type
        .as_ref()
        .filter(|native| native.name == "Money")?;
    let TableModel { schema, model, .. } = table;
    let found = Diagnostic::at(
        &RULE.metadata,
        schema.location(field.place(native.span)),
        format!("`{}.{}` is of the type `money`", model.name, field.name),
    )
    .label("its currency and decimals are those of the server's `lc_monetary`")
    .help("store a `Decimal @db.Decimal(12, 2)`, and the currency beside it");
    Some(found.subject(wording::subject(model, &field.name)))
}
