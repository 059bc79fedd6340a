//! An index over very many columns.

use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use crate::{
    rule::{Context, Rule},
    support::{
        index_use::{self, CurrentIndex, Standing},
        tables::TableModel,
        wording,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "index/too-many-columns",
        severity: Severity::Low,
        preset: Preset::Strict,
        summary: "An index has more columns than find or sort rows",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

/// Columns that an index may have.
const MOST: usize = 4;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    index_use::findings(context, |table, one| {
        is_wide(one).then(|| finding(table, one))
    })
}

/// Whether it is longer than it may be, and no query is known to use it whole.
fn is_wide(one: &CurrentIndex) -> bool {
    one.index.is_plain()
        && one.index.keys.len() > MOST
        && !matches!(one.standing(), Standing::Redundant | Standing::Unused)
        && !one.services.iter().any(|service| service.whole)
}

fn finding(table: &TableModel<'_>, one: &CurrentIndex) -> Diagnostic {
    let (model, index) = (table.model, &one.index);
    let columns: Vec<_> = index.fields().collect();
    let used = one.services.iter().map(|service| service.bound).max();
    let found = Diagnostic::at(
        &RULE.metadata,
        index.at,
        format!(
            "`{}` on `{}` has {} columns",
            index.name,
            model.name,
            columns.len()
        ),
    );
    let found = match used {
        Some(used) if used > 0 => found.label(format!("its queries use the first {used} of them")),
        _ => found.label("the last ones seldom leave fewer rows than the first"),
    };
    found
        .related(table.schema.model_name(model), "each write of a row writes all of them")
        .help("keep the columns that queries fix, and the one that they sort or bound by; columns that are only read along belong into `INCLUDE`")
        .subject(wording::subject(model, &wording::fields(&table.schema.datamodel, &columns)))
}
