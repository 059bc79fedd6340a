//! An amount of money as a binary fraction.

use snell_prisma::{Field, Model, ScalarType};
use snell_source::{Confidence, Diagnostic, Joined, Preset, RuleMetadata, Severity};

use super::words;
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
        name: "schema/float-for-money",
        severity: Severity::Medium,
        preset: Preset::Recommended,
        summary: "An amount of money is a binary fraction",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: Some(Joined::ByWhole),
    },
    check,
};

/// Words for amounts of money.
const MONEY: [&str; 16] = [
    "price",
    "amount",
    "cost",
    "fee",
    "salary",
    "balance",
    "revenue",
    "payout",
    "refund",
    "tax",
    "subtotal",
    "discount",
    "invoice",
    "wage",
    "payment",
    "commission",
];

/// Words beside them that make the number something else: a share, a count, an
/// estimate, something physical.
const OTHERWISE: [&str; 26] = [
    "rate",
    "percent",
    "pct",
    "ratio",
    "factor",
    "share",
    "count",
    "weight",
    "score",
    "token",
    "index",
    "multiplier",
    "time",
    "days",
    "change",
    "volume",
    "quality",
    "performance",
    "prediction",
    "market",
    "estimate",
    "risk",
    "probability",
    "likelihood",
    "confidence",
    "propensity",
];

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    tables::of_postgres(context)
        .flat_map(|table| {
            let fields = table.model.fields.iter();
            fields.filter_map(move |field| finding(table, field))
        })
        .collect()
}

fn finding(table: TableModel<'_>, field: &Field) -> Option<Diagnostic> {
    let words = words::of(&field.name);
    let has = |list: &[&str]| {
        words
            .iter()
            .any(|word| list.contains(&word.trim_end_matches('s')))
    };
    if field.scalar() != Some(ScalarType::Float) || !has(&MONEY) || has(&OTHERWISE) {
        return None;
    }
    let TableModel { schema, model, .. } = table;
    let found = Diagnostic::at(
        &RULE.metadata,
        schema.field_type(field),
        format!("`{}.{}` holds money as a `Float`", model.name, field.name),
    )
    .label("0.1 + 0.2 is not 0.3 here: sums drift, and comparisons fail")
    .confidence(Confidence::Likely)
    .help(help(model, &words));
    Some(found.subject(wording::subject(model, &field.name)))
}

/// Two places cut what a unit costs, or what a currency beside it has more of.
fn help(model: &Model, words: &[String]) -> &'static str {
    let per_unit = words
        .iter()
        .any(|word| PER_UNIT.contains(&word.trim_end_matches('s')));
    let mut names = model.fields.iter().map(|field| field.name.to_lowercase());
    if per_unit || names.any(|name| COMPANIONS.iter().any(|word| name.contains(word))) {
        "use `Decimal @db.Decimal(20, 8)`, with as many places as the smallest amount has"
    } else {
        "use `Decimal @db.Decimal(12, 2)`, or an `Int` of the smallest unit"
    }
}

/// Words of amounts that are smaller than the smallest coin: what one of many costs.
const PER_UNIT: [&str; 5] = ["unit", "per", "each", "provider", "usd"];

/// Parts of the names of fields beside an amount that say the same: of any currency,
/// or counted in tokens and symbols.
const COMPANIONS: [&str; 4] = ["currency", "token", "symbol", "usage"];
