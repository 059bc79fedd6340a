//! An index that no query of the code uses.

use snell_prisma::FieldId;
use snell_source::{Confidence, Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    support::{
        advice::Advice,
        index_use::{Current, Standing},
        indexes::TableIndex,
        tables::{self, TableModel},
        wording,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "index/unused-by-code",
        severity: Severity::Info,
        preset: Preset::Strict,
        summary: "No query of the code uses an index",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let current = Current::shared(context);
    let advice = Advice::shared(context);
    // What meets another index in all its queries is told with the index that would do for both.
    let met = |index: &TableIndex| {
        let mut replaced = advice
            .proposals
            .iter()
            .flat_map(|proposal| &proposal.replaces);
        replaced.any(|one| one.met && one.index.at == index.at)
    };
    let mut found = Vec::new();
    for table in tables::of_postgres(context) {
        let unused = current
            .of(&table)
            .iter()
            .filter(|one| one.standing() == Standing::Unused && !met(&one.index));
        found.extend(unused.map(|one| finding(&table, &one.index)));
    }
    found
}

fn finding(table: &TableModel<'_>, index: &TableIndex) -> Diagnostic {
    let model = table.model;
    let found = Diagnostic::at(
        &RULE.metadata,
        index.at,
        format!("no query of the code uses `{}` on `{}`", index.name, model.name),
    )
    .label("each write of a row maintains it")
    .related(table.schema.model_name(model), "its queries are all known, as far as the code goes")
    .confidence(Confidence::Likely)
    .help("ask a server that has run for weeks before it goes: idx_scan of the view pg_stat_user_indexes");
    let found = match index.declared {
        true => found,
        false => found.help(format!(
            "the schema does not know it: it goes by a migration, `DROP INDEX CONCURRENTLY \"{}\";`",
            index.name
        )),
    };
    let columns = index.keys.iter().filter_map(|key| key.field);
    let columns: Vec<FieldId> = columns.collect();
    let columns = wording::fields(&table.schema.datamodel, &columns);
    found.subject(wording::subject(model, &columns))
}
