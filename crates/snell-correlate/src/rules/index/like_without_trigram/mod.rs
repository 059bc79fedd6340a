//! A search for a part of a text that no trigram index serves.

use snell_prisma::ScalarType;
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::contents::{self, Unfound};
use crate::{
    rule::{Context, Rule},
    support::{advice::text, asked::Manner},
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "index/like-without-trigram",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "A search for a part of a text reads the whole table",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut unfound = contents::unfound(context, &[Manner::Part], contents::looks_inside);
    for one in &mut unfound {
        let datamodel = &one.table.schema.datamodel;
        // JSON has no trigrams, whatever text a path in it leads to.
        one.columns
            .retain(|field| datamodel[*field].scalar() == Some(ScalarType::String));
    }
    unfound.retain(|one| !one.columns.is_empty());
    unfound.iter().filter_map(finding).collect()
}

fn finding(unfound: &Unfound<'_>) -> Option<Diagnostic> {
    let model = unfound.table.model;
    let message = format!(
        "no index finds `{}` rows by a part of {}",
        model.name,
        unfound.names()
    );
    let found = unfound.finding(&RULE.metadata, &message, "compares the text of every row")?;
    Some(
        found
            .help(format!(
                "an index of trigrams serves it, after `CREATE EXTENSION pg_trgm;`: `CREATE INDEX CONCURRENTLY ON {} USING gin ({});`",
                text::table(model),
                unfound.in_sql(" gin_trgm_ops")
            ))
            .help("Prisma has it in the schema as `@@index([...(ops: raw(\"gin_trgm_ops\"))], type: Gin)`")
            .subject(unfound.subject()),
    )
}
