//! An index with a moment between other columns.

use snell_prisma::ScalarType;
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
        name: "index/timestamp-in-middle",
        severity: Severity::Info,
        preset: Preset::All,
        summary: "A moment stands between the columns of an index",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    index_use::findings(context, finding)
}

fn finding(table: &TableModel<'_>, one: &CurrentIndex) -> Option<Diagnostic> {
    let index = &one.index;
    let columns: Vec<_> = index.fields().collect();
    let (_, inner) = columns.split_first()?;
    let (last, middle) = inner.split_last()?;
    let datamodel = &table.schema.datamodel;
    let moment = middle
        .iter()
        .find(|field| datamodel[**field].scalar() == Some(ScalarType::DateTime))?;
    // The key after a moment settles the order of equal moments.
    let settles = table.model.is_id(*last) || table.model.is_unique(*last);
    let told = matches!(one.standing(), Standing::Redundant | Standing::Unused);
    let sorts = one.services.iter().any(|service| service.sorts);
    if !index.is_plain() || settles || told || sorts {
        return None;
    }
    let (model, name) = (table.model, &datamodel[*moment].name);
    let behind = &datamodel[*last].name;
    Some(
        Diagnostic::at(
            &RULE.metadata,
            index.at,
            format!(
                "`{}` on `{}` has the moment `{name}` before `{behind}`",
                index.name, model.name
            ),
        )
        .label("hardly two rows share a moment: what stands behind it finds nothing")
        .help(format!(
            "put `{name}` last, behind the columns that queries fix"
        ))
        .subject(wording::subject(
            model,
            &wording::fields(datamodel, &columns),
        )),
    )
}
