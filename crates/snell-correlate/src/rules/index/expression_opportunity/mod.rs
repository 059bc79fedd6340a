//! A comparison without regard to case that no index serves.

use snell_prisma::FieldId;
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::contents::{self, Unfound};
use crate::{
    rule::{Context, Rule},
    support::{advice::text, asked::Manner},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "index/expression-opportunity",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "No index serves a comparison without regard to case",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let unfound = contents::unfound(context, &[Manner::Folded], contents::looks_inside);
    unfound.iter().filter_map(finding).collect()
}

fn finding(unfound: &Unfound<'_>) -> Option<Diagnostic> {
    let (schema, model) = (unfound.table.schema, unfound.table.model);
    let is_citext = |field: &FieldId| {
        let native = schema.datamodel[*field].native_type.as_ref();
        native.is_some_and(|native| native.name.eq_ignore_ascii_case("citext"))
    };
    if unfound.columns.iter().any(is_citext) {
        return None;
    }
    let message = format!(
        "no index finds `{}` rows by {} without regard to case",
        model.name,
        unfound.names()
    );
    let found = unfound.finding(&RULE.metadata, &message, "compares the text of every row")?;
    if !unfound.within.is_empty() {
        let within = unfound.within.iter().map(|column| unfound.spelled(*column));
        let lowered = unfound.columns.iter();
        let lowered = lowered.map(|column| format!("lower({})", unfound.spelled(*column)));
        let keys: Vec<String> = within.chain(lowered).collect();
        return Some(
            found
                .help(format!(
                    "keep it while one {} has few rows; where they are many, compare `lower(...)` in a raw query: `CREATE INDEX CONCURRENTLY ON {} ({});` serves that",
                    unfound.named(&unfound.within),
                    text::table(model),
                    keys.join(", ")
                ))
                .subject(unfound.subject()),
        );
    }
    Some(
        found
            .help("make the column `@db.Citext` (after `CREATE EXTENSION citext;`) and compare it as it is: an ordinary index serves it then")
            .help(format!(
                "or keep the queries: what Prisma sends is `ILIKE`, which trigrams serve: `CREATE INDEX CONCURRENTLY ON {} USING gin ({});`; a raw `lower(...) =` is served by an index over `lower(...)`",
                text::table(model),
                unfound.in_sql(" gin_trgm_ops")
            ))
            .subject(unfound.subject()),
    )
}
