//! An index on the first columns of another one.

use snell_prisma::Model;
use snell_project::schema::Schema;
use snell_source::{Diagnostic, Preset, RuleMetadata, Severity};

use super::fixes;
use crate::{
    rule::{Context, Rule},
    support::{
        index_overlap::{self, Overlap, OverlapKind},
        wording,
    },
};

/// The rule.
pub static RULE: Rule = Rule {
    metadata: RuleMetadata {
        name: "index/redundant",
        severity: Severity::Low,
        preset: Preset::Recommended,
        summary: "An index is the beginning of another one",
        page: include_str!("rule.md"),
        since: "0.1.0",
        joined: None,
    },
    check,
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    index_overlap::findings(context, OverlapKind::Prefix, |schema, model, overlap| {
        finding(context, schema, model, overlap)
    })
}

fn finding(
    context: &Context<'_>,
    schema: &Schema,
    model: &Model,
    overlap: &Overlap<'_>,
) -> Diagnostic {
    let (index, by) = (overlap.index, overlap.by);
    let name = wording::declared(index);
    let others = match overlap.others {
        0 => String::new(),
        1 => ", and so does 1 other index".to_owned(),
        n => format!(", and so do {n} other indexes"),
    };
    let found = Diagnostic::at(
        &RULE.metadata,
        schema.location(model.place(index.span)),
        format!(
            "`{name}` on `{}` is redundant: `{}` starts with the same columns",
            model.name,
            wording::declared(by)
        ),
    )
    .label("what this index finds, the longer one finds too")
    .related(
        schema.location(model.place(by.span)),
        format!("starts with `{}`{others}", wording::columns(index)),
    )
    .help(format!(
        "remove `{name}`: each write of a row then maintains one index less"
    ));
    let found = match fixes::remove(context, schema, model, index) {
        Some(fix) => found.fix(fix),
        None => found,
    };
    found.subject(wording::subject(model, &wording::columns(index)))
}
